/*
 * Broken remote secrets and foreign roots
 *
 * Both start from what is there, so that exactly one thing is wrong: a kubeconfig with another
 * server, token or CA, or a cluster whose istiod signs under a root of its own.
 */
#include "wookie/fault/undo.h"
#include "wookie/mesh/remote_secret.h"
#include "wookie/pki/ca.h"

#include <cjson/cJSON.h>
#include <string.h>

#define CA_DAYS 30

static const char system_namespace[] = "istio-system";

static cJSON *secret_named(const char *name)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *metadata;

	(void)cJSON_AddStringToObject(object, "apiVersion", "v1");
	(void)cJSON_AddStringToObject(object, "kind", "Secret");
	metadata = cJSON_AddObjectToObject(object, "metadata");
	(void)cJSON_AddStringToObject(metadata, "namespace", system_namespace);
	(void)cJSON_AddStringToObject(metadata, "name", name);
	return object;
}

/* The Secret as it is, remembered; an error when it is not there. */
static cJSON *take_secret(const struct wk_fault_env *env, size_t cluster, const char *name,
	struct wk_undo *undo, struct wk_err *err)
{
	cJSON *object = secret_named(name);
	cJSON *now = NULL;
	bool ok = wk_fault_find(env, cluster, object, &now, err);

	cJSON_Delete(object);
	if (!ok)
		return NULL;
	if (!now) {
		(void)wk_err_set(err, WK_ERR_REMOTE, "void: there is no Secret '%s'", name);
		return NULL;
	}
	wk_undo_object(undo, cluster, cJSON_Duplicate(now, true));
	return now;
}

/* A CA that has nothing to do with any cluster, base64 of its PEM; the caller frees. */
static char *other_ca(struct wk_err *err)
{
	struct wk_cert ca = {0};
	char *text = NULL;

	if (wk_ca_root("/CN=another CA", CA_DAYS, &ca, err))
		text = wk_base64_encode(ca.cert_pem, strlen(ca.cert_pem));
	wk_cert_finish(&ca);
	return text;
}

/* Replaces what stands behind "label" up to the end of its line. */
static char *replace_value(const char *text, const char *label, const char *value)
{
	const char *at = strstr(text, label);
	const char *end;

	if (!at)
		return wk_xstrdup(text);
	at += strlen(label);
	end = at + strcspn(at, "\n");
	return wk_xasprintf("%.*s %s%s", (int)(at - text), text, value, end);
}

static char *with_value(char *text, const char *label, const char *value)
{
	char *changed;

	if (!value)
		return text;
	changed = replace_value(text, label, value);
	free(text);
	return changed;
}

/* The kubeconfig with what args want to be different; the caller frees. */
static char *broken_kubeconfig(const char *good, const cJSON *args, struct wk_err *err)
{
	const char *content = wk_fault_text(args, "content");
	WK_AUTOFREE char *ca = wk_fault_text(args, "ca") ? other_ca(err) : NULL;
	char *text = wk_xstrdup(content ? content : good);

	text = with_value(text, "server:", wk_fault_text(args, "server"));
	text = with_value(text, "token:", wk_fault_text(args, "token"));
	return with_value(text, "certificate-authority-data:", ca);
}

static bool put_secret(const struct wk_fault_env *env, size_t cluster, const cJSON *secret,
	const char *key, const char *kubeconfig, struct wk_err *err)
{
	struct wk_kube *kube = wk_access_kube(env->access, cluster);
	WK_AUTOFREE char *data = wk_base64_encode(kubeconfig, strlen(kubeconfig));
	cJSON *fresh = wk_fault_fresh(secret);
	bool ok;

	cJSON_DeleteItemFromObjectCaseSensitive(fresh, "data");
	(void)cJSON_AddStringToObject(cJSON_AddObjectToObject(fresh, "data"), key, data);
	ok = wk_kube_delete(kube, secret, 0, env->deadline, err) &&
	     wk_kube_apply(kube, fresh, env->deadline, err);
	cJSON_Delete(fresh);
	return ok;
}

bool wk_fault_remote_secret(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	const cJSON *of = cJSON_GetObjectItemCaseSensitive(args, "of");
	const char *owner =
		cJSON_IsObject(of) ? wk_fault_text(of, "name") : cJSON_GetStringValue(of);
	WK_AUTOFREE char *name = wk_xasprintf("istio-remote-secret-%s", owner ? owner : "");
	struct wk_buf WK_AUTO(wk_buf_finish) good = WK_BUF_INIT(65536);
	WK_AUTOFREE char *broken = NULL;
	int cluster = wk_fault_cluster(env, args, err);
	cJSON *secret = cluster < 0 ? NULL : take_secret(env, (size_t)cluster, name, undo, err);
	const cJSON *entry = secret ? cJSON_GetObjectItemCaseSensitive(secret, "data") : NULL;
	const char *key = wk_fault_text(args, "key");
	bool ok = false;

	entry = entry ? entry->child : NULL;
	if (entry && wk_base64_decode(cJSON_GetStringValue(entry), &good, err)) {
		broken = broken_kubeconfig(wk_buf_str(&good), args, err);
		if (strcmp(broken, wk_buf_str(&good)) == 0 && !key)
			(void)wk_err_set(err, WK_ERR_REMOTE, "void: '%s' is as it was", name);
		else
			ok = put_secret(env, (size_t)cluster, secret, key ? key : entry->string,
				broken, err);
	}
	cJSON_Delete(secret);
	return ok;
}

static void add_data(cJSON *data, const char *key, const char *pem)
{
	WK_AUTOFREE char *text = wk_base64_encode(pem, strlen(pem));

	cJSON_DeleteItemFromObjectCaseSensitive(data, key);
	(void)cJSON_AddStringToObject(data, key, text);
}

/* cacerts as Istio reads it (istio security/pkg/pki/ca/ca.go), of a root nobody else trusts. */
static void fill_cacerts(
	cJSON *secret, const struct wk_cert *root, const struct wk_cert *intermediate)
{
	WK_AUTOFREE char *chain = wk_xasprintf("%s%s", intermediate->cert_pem, root->cert_pem);
	cJSON *data = cJSON_GetObjectItemCaseSensitive(secret, "data");

	add_data(data, "root-cert.pem", root->cert_pem);
	add_data(data, "ca-cert.pem", intermediate->cert_pem);
	add_data(data, "ca-key.pem", intermediate->key_pem);
	add_data(data, "cert-chain.pem", chain);
}

bool wk_fault_replace_ca(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	int cluster = wk_fault_cluster(env, args, err);
	cJSON *secret =
		cluster < 0 ? NULL : take_secret(env, (size_t)cluster, "cacerts", undo, err);
	struct wk_cert root = {0};
	struct wk_cert intermediate = {0};
	cJSON *fresh;
	bool ok = secret && wk_ca_root("/O=Istio/CN=Root CA", CA_DAYS, &root, err) &&
		  wk_ca_intermediate(
			  &root, "/O=Istio/CN=Intermediate CA", CA_DAYS, &intermediate, err);

	if (ok) {
		fresh = wk_fault_fresh(secret);
		fill_cacerts(fresh, &root, &intermediate);
		ok = wk_kube_apply(
			wk_access_kube(env->access, (size_t)cluster), fresh, env->deadline, err);
		cJSON_Delete(fresh);
	}
	wk_cert_finish(&intermediate);
	wk_cert_finish(&root);
	cJSON_Delete(secret);
	return ok;
}
