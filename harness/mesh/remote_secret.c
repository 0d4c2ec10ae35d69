/*
 * Remote secrets
 *
 * A remote secret is a kubeconfig with the token of a service account that may only read, stored in
 * the *other* cluster under this cluster's name. istiod takes the cluster's identity from the data
 * key, not from the Secret's name, and looks for the label istio/multiCluster alone (istio
 * pkg/kube/multicluster/secretcontroller.go). Made here as istioctl/pkg/multicluster/
 * remote_secret.go does; the server is the address at which the other node reaches this one.
 */
#include "wookie/mesh/remote_secret.h"

#include "wookie/mesh/names.h"
#include "wookie/mesh/object.h"
#include "wookie/mesh/template.h"
#include "wookie/pki/ca.h"

#include <cjson/cJSON.h>
#include <string.h>

#define TOKEN_SECRET WK_READER_ACCOUNT "-istio-remote-secret-token"
#define LABEL "istio/multiCluster"
#define LOOK_EVERY (50 * WK_MSEC)
/* For the last look, so that the deadline is met by words and not by a broken-off answer. */
#define ANSWER_TIME (300 * WK_MSEC)
#define KUBECONFIG_MAX ((size_t)256 * 1024)

static const char token_template[] =
	"apiVersion: v1\n"
	"kind: Secret\n"
	"metadata:\n"
	"  name: " TOKEN_SECRET "\n"
	"  namespace: " WK_SYSTEM_NAMESPACE "\n"
	"  annotations: {kubernetes.io/service-account.name: " WK_READER_ACCOUNT "}\n"
	"type: kubernetes.io/service-account-token\n";

static const char kubeconfig_template[] = "apiVersion: v1\n"
					  "clusters:\n"
					  "- cluster:\n"
					  "    certificate-authority-data: ${ca}\n"
					  "    server: ${server}\n"
					  "${tlsServerName}"
					  "  name: ${cluster}\n"
					  "contexts:\n"
					  "- context:\n"
					  "    cluster: ${cluster}\n"
					  "    user: ${cluster}\n"
					  "  name: ${cluster}\n"
					  "current-context: ${cluster}\n"
					  "kind: Config\n"
					  "preferences: {}\n"
					  "users:\n"
					  "- name: ${cluster}\n"
					  "  user:\n"
					  "    token: ${token}\n";

static const char secret_template[] =
	"apiVersion: v1\n"
	"kind: Secret\n"
	"metadata:\n"
	"  name: ${name}\n"
	"  namespace: " WK_SYSTEM_NAMESPACE "\n"
	"  labels: {" LABEL ": \"true\", " WK_MANAGED_LABEL ": " WK_MANAGED_BY "}\n"
	"  annotations: {networking.istio.io/cluster: ${cluster}}\n"
	"stringData:\n"
	"  ${cluster}: ${kubeconfig}\n";

static const char *data_of(const cJSON *secret, const char *key)
{
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(wk_object_at(secret, "data"), key));

	return text && *text ? text : NULL;
}

/* The token controller fills the Secret once it has seen it; *ret is the whole Secret. */
static bool await_token(struct wk_kube *kube, const char *cluster, wk_nsec deadline, cJSON **ret,
	struct wk_err *err)
{
	static const char path[] =
		"/api/v1/namespaces/" WK_SYSTEM_NAMESPACE "/secrets/" TOKEN_SECRET;

	for (;;) {
		cJSON *secret = NULL;

		if (!wk_kube_find(kube, path, deadline + ANSWER_TIME, &secret, err))
			return false;
		if (data_of(secret, "token") && data_of(secret, "ca.crt")) {
			*ret = secret;
			return true;
		}
		cJSON_Delete(secret);
		if (wk_now() >= deadline)
			return wk_err_set(err, WK_ERR_TIMEOUT,
				"cluster '%s': secret '" WK_SYSTEM_NAMESPACE "/" TOKEN_SECRET
				"' got no token, expected the controller manager to add one to it",
				cluster);
		wk_pause(LOOK_EVERY);
	}
}

static bool token_secret(struct wk_kube *kube, const char *cluster, wk_nsec deadline, cJSON **ret,
	struct wk_err *err)
{
	cJSON *objects = NULL;
	bool applied = false;

	if (!wk_template_objects("reader token", token_template, NULL, 0, &objects, err))
		return false;
	applied = wk_kube_apply(kube, cJSON_GetArrayItem(objects, 0), deadline, err);
	cJSON_Delete(objects);
	return applied && await_token(kube, cluster, deadline, ret, err);
}

/* The caller frees. */
static char *kubeconfig(
	const struct wk_kubeconfig *config, const char *cluster, const char *ca, const char *token)
{
	WK_AUTOFREE char *tls = config->tls_server_name ? wk_xasprintf("    tls-server-name: %s\n",
								  config->tls_server_name)
							: wk_xstrdup("");
	const struct wk_value values[] = {
		{"cluster", cluster, WK_VALUE_TEXT},
		{"ca", ca, WK_VALUE_TEXT},
		{"server", config->server, WK_VALUE_TEXT},
		{"tlsServerName", tls, WK_VALUE_RAW},
		{"token", token, WK_VALUE_TEXT},
	};

	return wk_template_fill(kubeconfig_template, values, WK_COUNT(values));
}

static bool compose(const struct wk_kubeconfig *config, const char *cluster, const cJSON *token,
	cJSON **ret, struct wk_err *err)
{
	WK_AUTO(wk_buf_finish) struct wk_buf bearer = WK_BUF_INIT(KUBECONFIG_MAX);
	WK_AUTOFREE char *name = wk_xasprintf(WK_REMOTE_SECRET "%s", cluster);
	WK_AUTOFREE char *text = NULL;
	cJSON *objects = NULL;

	if (!wk_base64_decode(data_of(token, "token"), &bearer, err))
		return false;
	text = kubeconfig(config, cluster, data_of(token, "ca.crt"), wk_buf_str(&bearer));
	const struct wk_value values[] = {
		{"name", name, WK_VALUE_TEXT},
		{"cluster", cluster, WK_VALUE_TEXT},
		{"kubeconfig", text, WK_VALUE_TEXT},
	};
	if (!wk_template_objects(
		    "remote secret", secret_template, values, WK_COUNT(values), &objects, err))
		return false;
	*ret = cJSON_DetachItemFromArray(objects, 0);
	cJSON_Delete(objects);
	return true;
}

bool wk_remote_secret_make(struct wk_access *access, size_t cluster, wk_nsec deadline,
	struct cJSON **ret, struct wk_err *err)
{
	const char *name = access->topology->clusters[cluster].name;
	struct wk_kube *kube = wk_access_kube(access, cluster);
	cJSON *token = NULL;
	bool made = false;

	if (!token_secret(kube, name, deadline, &token, err))
		return wk_err_context(err, "remote secret of '%s'", name);
	made = compose(&access->config[cluster], name, token, ret, err);
	cJSON_Delete(token);
	return made || wk_err_context(err, "remote secret of '%s'", name);
}

static void read_kubeconfig(const char *encoded, struct wk_remote_secret *secret)
{
	WK_AUTO(wk_buf_finish) struct wk_buf text = WK_BUF_INIT(KUBECONFIG_MAX);
	WK_AUTOFREE char *where = wk_xasprintf("secret %s key %s", secret->name, secret->key);
	struct wk_err problem = {0};

	secret->readable =
		wk_base64_decode(encoded, &text, &problem) &&
		wk_kubeconfig_parse(where, wk_buf_str(&text), text.len, &secret->config, &problem);
	if (!secret->readable)
		secret->problem = wk_xstrdup(problem.msg);
}

bool wk_remote_secret_parse(
	const struct cJSON *secret, struct wk_remote_secret *ret, struct wk_err *err)
{
	const char *kind = wk_object_text(secret, "kind");
	const cJSON *data = wk_object_at(secret, "data");
	struct wk_remote_secret parsed = {0};
	const char *label = NULL;

	if ((kind && strcmp(kind, "Secret") != 0) || !*wk_object_name(secret))
		return wk_err_set(err, WK_ERR_REMOTE, "found '%s' '%s', expected a Secret",
			kind ? kind : "an object", wk_object_name(secret));
	label = wk_object_label(secret, LABEL);
	parsed.name = wk_xstrdup(wk_object_name(secret));
	parsed.labelled = label && strcmp(label, "true") == 0;
	parsed.n_keys = (size_t)cJSON_GetArraySize(data);
	if (cJSON_IsObject(data) && data->child) {
		const char *encoded = cJSON_GetStringValue(data->child);

		parsed.key = wk_xstrdup(data->child->string);
		read_kubeconfig(encoded ? encoded : "", &parsed);
	} else {
		parsed.problem = wk_xstrdup("the secret holds no data");
	}
	*ret = parsed;
	return true;
}

void wk_remote_secret_finish(struct wk_remote_secret *secret)
{
	if (!secret)
		return;
	free(WK_TAKE(secret->name));
	free(WK_TAKE(secret->key));
	free(WK_TAKE(secret->problem));
	wk_kubeconfig_finish(&secret->config);
}
