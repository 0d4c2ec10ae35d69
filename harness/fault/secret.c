/*
 * Broken remote secrets and foreign roots
 *
 * Both start from what is there, so that exactly one thing is wrong: a kubeconfig with another
 * server, token or CA, or a cluster whose istiod signs under a root of its own.
 */
#include "wookie/base/num.h"
#include "wookie/fault/undo.h"
#include "wookie/mesh/names.h"
#include "wookie/pki/ca.h"

#include <cjson/cJSON.h>
#include <string.h>

#define CA_DAYS 30

static void wk_cert_finish_cleanup(struct wk_cert *cert)
{
	wk_cert_finish(cert);
}

static cJSON *secret_named(const char *name)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *metadata;

	(void)cJSON_AddStringToObject(object, "apiVersion", "v1");
	(void)cJSON_AddStringToObject(object, "kind", "Secret");
	metadata = cJSON_AddObjectToObject(object, "metadata");
	(void)cJSON_AddStringToObject(metadata, "namespace", WK_SYSTEM_NAMESPACE);
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
		(void)wk_fault_void(err, "there is no Secret '%s'", name);
		return NULL;
	}
	if (wk_undo_add(undo, WK_UNDO_OBJECT, wk_fault_cluster_name(env, cluster),
		    cJSON_Duplicate(now, true), err))
		return now;
	cJSON_Delete(now);
	return NULL;
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

/* The name of a cluster that args give by name or as a derived object, or NULL. */
static const char *cluster_text(const cJSON *args, const char *key)
{
	const cJSON *cluster = cJSON_GetObjectItemCaseSensitive(args, key);

	return cJSON_IsObject(cluster) ? wk_fault_text(cluster, "name")
				       : cJSON_GetStringValue(cluster);
}

/* The kubeconfig with what args want to be different; the caller frees. */
static char *broken_kubeconfig(
	const char *good, const cJSON *args, const char *token, const char *ca)
{
	const char *content = wk_fault_text(args, "content");
	char *text = wk_xstrdup(content ? content : good);

	text = with_value(text, "server:", wk_fault_text(args, "server"));
	text = with_value(text, "token:", token);
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

/* The first entry of a remote secret, which is the only one. */
static const cJSON *entry_of(const cJSON *secret)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(secret, "data");

	return data ? data->child : NULL;
}

/* What the cluster `of` holds about `like`: a kubeconfig that is good, and of somebody else. */
static bool kubeconfig_like(
	const struct wk_fault_env *env, const cJSON *args, struct wk_buf *ret, struct wk_err *err)
{
	const char *of = cluster_text(args, "of");
	const char *like = cluster_text(args, "like");
	WK_AUTOFREE char *name = wk_xasprintf(WK_REMOTE_SECRET "%s", like ? like : "");
	int owner = of ? wk_access_find(env->access, of) : -1;
	cJSON *object = NULL;
	cJSON *secret = NULL;
	bool ok;

	if (owner < 0)
		return wk_err_set(err, WK_ERR_INPUT, "there is no cluster '%s'", of ? of : "?");
	object = secret_named(name);
	ok = wk_fault_find(env, (size_t)owner, object, &secret, err);
	cJSON_Delete(object);
	if (!ok)
		return false;
	ok = entry_of(secret) ? wk_base64_decode(cJSON_GetStringValue(entry_of(secret)), ret, err)
			      : wk_fault_void(err, "'%s' holds no Secret '%s'", of, name);
	cJSON_Delete(secret);
	return ok;
}

/* The caller frees; NULL with an error. */
static char *other_token(const struct wk_fault_env *env, const cJSON *args, struct wk_err *err)
{
	const char *of = cluster_text(args, "of");
	const char *left = wk_fault_text(args, "token");
	int owner = of ? wk_access_find(env->access, of) : -1;
	wk_nsec length = -3600 * WK_SEC;

	if (left && strcmp(left, "expired") != 0 && !wk_duration_parse(left, &length, err))
		return NULL;
	if (owner >= 0)
		return wk_fault_token(env, (size_t)owner, length, err);
	(void)wk_err_set(err, WK_ERR_INPUT, "there is no cluster '%s'", of ? of : "?");
	return NULL;
}

/* Puts what args make of the secret in its place. */
static bool break_secret(const struct wk_fault_env *env, size_t cluster, const cJSON *args,
	const cJSON *secret, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) good = WK_BUF_INIT(65536);
	struct wk_buf WK_AUTO(wk_buf_finish) base = WK_BUF_INIT(65536);
	const cJSON *entry = entry_of(secret);
	const char *key = wk_fault_text(args, "key");
	bool like = cJSON_HasObjectItem(args, "like");
	bool foreign = cJSON_HasObjectItem(args, "ca");
	bool old = cJSON_HasObjectItem(args, "token");
	WK_AUTOFREE char *ca = foreign ? other_ca(err) : NULL;
	WK_AUTOFREE char *token = old ? other_token(env, args, err) : NULL;
	WK_AUTOFREE char *broken = NULL;

	if ((foreign && !ca) || (old && !token))
		return false;
	if (!entry)
		return wk_fault_void(err, "the remote secret is empty");
	if (!wk_base64_decode(cJSON_GetStringValue(entry), &good, err) ||
		(like && !kubeconfig_like(env, args, &base, err)))
		return false;
	broken = broken_kubeconfig(wk_buf_str(like ? &base : &good), args, token, ca);
	if (strcmp(broken, wk_buf_str(&good)) == 0 && (!key || strcmp(key, entry->string) == 0))
		return wk_fault_void(err, "the remote secret is as it was");
	return put_secret(env, cluster, secret, key ? key : entry->string, broken, err);
}

bool wk_fault_remote_secret(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	const char *owner = cluster_text(args, "of");
	WK_AUTOFREE char *name = wk_xasprintf(WK_REMOTE_SECRET "%s", owner ? owner : "");
	int cluster = wk_fault_cluster(env, args, err);
	cJSON *secret = cluster < 0 ? NULL : take_secret(env, (size_t)cluster, name, undo, err);
	bool ok = secret && break_secret(env, (size_t)cluster, args, secret, err);

	cJSON_Delete(secret);
	return ok;
}

static void add_data(cJSON *data, const char *key, const char *pem)
{
	WK_AUTOFREE char *text = wk_base64_encode(pem, strlen(pem));

	cJSON_DeleteItemFromObjectCaseSensitive(data, key);
	(void)cJSON_AddStringToObject(data, key, text);
}

/* cacerts as Istio reads it (istio security/pkg/pki/ca/ca.go); `above` is the chain over the
 * intermediate. */
static void fill_cacerts(cJSON *secret, const struct wk_cert *intermediate, const char *above)
{
	WK_AUTOFREE char *chain = wk_xasprintf("%s%s", intermediate->cert_pem, above);
	cJSON *data = cJSON_GetObjectItemCaseSensitive(secret, "data");

	add_data(data, "ca-cert.pem", intermediate->cert_pem);
	add_data(data, "ca-key.pem", intermediate->key_pem);
	add_data(data, "cert-chain.pem", chain);
}

/* A root nobody else trusts, and an intermediate of it. */
static bool make_foreign(cJSON *secret, struct wk_err *err)
{
	struct wk_cert WK_AUTO(wk_cert_finish) root = {0};
	struct wk_cert WK_AUTO(wk_cert_finish) intermediate = {0};

	if (!wk_ca_root("/O=Istio/CN=Root CA", CA_DAYS, &root, err) ||
		!wk_ca_intermediate(
			&root, "/O=Istio/CN=Intermediate CA", CA_DAYS, &intermediate, err))
		return false;
	fill_cacerts(secret, &intermediate, root.cert_pem);
	add_data(cJSON_GetObjectItemCaseSensitive(secret, "data"), "root-cert.pem", root.cert_pem);
	return true;
}

static bool read_data(const cJSON *secret, const char *key, struct wk_buf *ret, struct wk_err *err)
{
	const char *text = wk_fault_text(cJSON_GetObjectItemCaseSensitive(secret, "data"), key);

	return text ? wk_base64_decode(text, ret, err)
		    : wk_fault_void(err, "cacerts has no '%s'", key);
}

/* Below the intermediate that is there, so that the root stays the same; soon it ends. */
static bool make_short_lived(cJSON *secret, wk_nsec life, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) cert = WK_BUF_INIT(65536);
	struct wk_buf WK_AUTO(wk_buf_finish) key = WK_BUF_INIT(65536);
	struct wk_buf WK_AUTO(wk_buf_finish) chain = WK_BUF_INIT(65536);
	struct wk_cert WK_AUTO(wk_cert_finish) intermediate = {0};

	if (!read_data(secret, "ca-cert.pem", &cert, err) ||
		!read_data(secret, "ca-key.pem", &key, err) ||
		!read_data(secret, "cert-chain.pem", &chain, err))
		return false;

	WK_AUTOFREE char *cert_pem = wk_xstrdup(wk_buf_str(&cert));
	WK_AUTOFREE char *key_pem = wk_xstrdup(wk_buf_str(&key));
	const struct wk_cert present = {.cert_pem = cert_pem, .key_pem = key_pem};

	if (!wk_ca_short_lived(&present, "/O=Istio/CN=Intermediate CA/L=short-lived", life,
		    &intermediate, err))
		return false;
	fill_cacerts(secret, &intermediate, wk_buf_str(&chain));
	return true;
}

/* The first step of a rotation: the next root is trusted before anybody signs under it. */
static bool add_root(cJSON *secret, wk_nsec life, struct wk_err *err)
{
	static const char key[] = "root-cert.pem";
	struct wk_cert WK_AUTO(wk_cert_finish) next = {0};
	struct wk_buf WK_AUTO(wk_buf_finish) present = WK_BUF_INIT(65536);
	cJSON *data = cJSON_GetObjectItemCaseSensitive(secret, "data");
	const char *text = wk_fault_text(data, key);

	if (!text || !wk_base64_decode(text, &present, err))
		return !text && wk_fault_void(err, "'cacerts' holds no '%s'", key);
	if (life > 0 ? !wk_ca_short_lived(NULL, "/O=Istio/CN=Next Root CA", life, &next, err)
		     : !wk_ca_root("/O=Istio/CN=Next Root CA", CA_DAYS, &next, err))
		return false;
	WK_AUTOFREE char *both = wk_xasprintf("%s%s", wk_buf_str(&present), next.cert_pem);

	add_data(data, key, both);
	return true;
}

static bool change_ca(cJSON *secret, const cJSON *args, struct wk_err *err)
{
	const char *life = wk_fault_text(args, "life");
	const char *beside = wk_fault_text(args, "beside");
	wk_nsec length = 0;

	if (life && !wk_duration_parse(life, &length, err))
		return false;
	if (beside)
		return strcmp(beside, "root") == 0
			       ? add_root(secret, length, err)
			       : wk_err_set(err, WK_ERR_INPUT,
					 "beside: expected 'root', found '%s'", beside);
	return life ? make_short_lived(secret, length, err) : make_foreign(secret, err);
}

bool wk_fault_replace_ca(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	int cluster = wk_fault_cluster(env, args, err);
	cJSON *secret =
		cluster < 0 ? NULL : take_secret(env, (size_t)cluster, "cacerts", undo, err);
	cJSON *fresh = secret ? wk_fault_fresh(secret) : NULL;
	bool ok = fresh && change_ca(fresh, args, err) &&
		  wk_kube_apply(
			  wk_access_kube(env->access, (size_t)cluster), fresh, env->deadline, err);

	cJSON_Delete(fresh);
	cJSON_Delete(secret);
	return ok;
}
