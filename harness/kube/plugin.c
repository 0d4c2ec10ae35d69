/*
 * Plugins that hand out credentials
 *
 * A cloud's API server takes tokens that live for minutes, and a program that the user has for it
 * prints one: client.authentication.k8s.io (Kubernetes "client-go credential plugins"). It is told
 * who asks in KUBERNETES_EXEC_INFO and prints an ExecCredential. It gets no terminal and nothing to
 * read: a run has nobody to answer questions, and says so before, in KUBERNETES_EXEC_INFO.
 *
 * What it prints is a secret and in no message; what it says on standard error is for the person,
 * and is in every message.
 */
#include "wookie/kube/login.h"

#include "wookie/base/mem.h"
#include "wookie/base/num.h"
#include "wookie/pki/ca.h"
#include "wookie/proc/cmd.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>
#include <time.h>

#define PATIENCE (60 * WK_SEC)
#define WORDS_MAX 240

void wk_forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void wk_forget_text(struct wk_buf *text)
{
	if (text->data)
		explicit_bzero(text->data, text->len);
	wk_buf_finish(text);
}

void wk_credential_finish(struct wk_kube_credential *credential)
{
	wk_forget(credential->token);
	free(credential->cert_pem);
	wk_forget(credential->key_pem);
	*credential = (struct wk_kube_credential){0};
}

static void free_all(char **texts)
{
	for (char **text = texts; text && *text; text++)
		free(*text);
	free(texts);
}

void wk_plugin_finish(struct wk_kube_plugin *plugin)
{
	free_all(plugin->argv);
	free_all(plugin->env);
	free(plugin->api_version);
	free(plugin->install_hint);
	free(plugin->info);
	free(plugin->cluster_config);
	*plugin = (struct wk_kube_plugin){0};
}

/* The members of clientauthentication's Cluster, in its spelling. */
static cJSON *cluster_json(const struct wk_kube_plugin *plugin, const struct wk_kubeconfig *config)
{
	cJSON *cluster = cJSON_CreateObject();

	cJSON_AddStringToObject(cluster, "server", config->server);
	if (config->tls_server_name)
		cJSON_AddStringToObject(cluster, "tls-server-name", config->tls_server_name);
	if (config->insecure)
		cJSON_AddTrueToObject(cluster, "insecure-skip-tls-verify");
	if (config->ca_pem) {
		WK_AUTOFREE char *data = wk_base64_encode(config->ca_pem, strlen(config->ca_pem));

		cJSON_AddStringToObject(cluster, "certificate-authority-data", data);
	}
	if (config->proxy_url)
		cJSON_AddStringToObject(cluster, "proxy-url", config->proxy_url);
	if (plugin->cluster_config)
		cJSON_AddRawToObject(cluster, "config", plugin->cluster_config);
	return cluster;
}

char *wk_plugin_info(const struct wk_kube_plugin *plugin, const struct wk_kubeconfig *cluster)
{
	cJSON *info = cJSON_CreateObject();
	cJSON *spec;
	char *text;

	cJSON_AddStringToObject(info, "kind", "ExecCredential");
	cJSON_AddStringToObject(info, "apiVersion", plugin->api_version);
	spec = cJSON_AddObjectToObject(info, "spec");
	cJSON_AddFalseToObject(spec, "interactive");
	if (plugin->provide_cluster)
		cJSON_AddItemToObject(spec, "cluster", cluster_json(plugin, cluster));
	text = cJSON_PrintUnformatted(info);
	cJSON_Delete(info);
	if (!text)
		abort(); /* out of memory, as in base/mem.c */
	return text;
}

/* What the plugin said to the person, on one line, from its end where it is long: that is where
 * programs say what stopped them. The caller frees; "" for nothing. */
static char *words(const struct wk_buf *said)
{
	struct wk_buf line = WK_BUF_INIT(said->len + 1);
	const char *from;

	for (size_t i = 0; i < said->len; i++) {
		char c = said->data[i];

		if (iscntrl((unsigned char)c) || c == ' ')
			c = line.len > 0 && line.data[line.len - 1] != ' ' ? ' ' : '\0';
		if (c)
			(void)wk_buf_putc(&line, c);
	}
	if (line.len > 0 && line.data[line.len - 1] == ' ')
		line.data[--line.len] = '\0';
	if (line.len <= WORDS_MAX)
		return wk_buf_take(&line);
	from = line.data + line.len - WORDS_MAX;
	while (((unsigned char)*from & 0xc0) == 0x80)
		from++;
	char *end = wk_xasprintf("... %s", from);
	wk_buf_finish(&line);
	return end;
}

static bool missing(const struct wk_kube_plugin *plugin, struct wk_err *err)
{
	struct wk_err why = *err;

	return wk_err_set(err, WK_ERR_MISSING, "%s: %s", why.msg,
		plugin->install_hint ? plugin->install_hint
				     : "install this plugin, which the kubeconfig asks for "
				       "credentials, or use a context that needs none");
}

static bool failed(
	const struct wk_cmd_result *result, wk_nsec began, const char *name, struct wk_err *err)
{
	WK_AUTOFREE char *said = words(&result->err);
	const char *colon = *said ? ": " : "";

	if (result->timed_out)
		return wk_err_set(err, WK_ERR_TIMEOUT,
			"it did not end within %.1f s; run '%s' by hand, it may be waiting for "
			"a login%s%s",
			wk_seconds(wk_now() - began), name, colon, said);
	if (result->signal)
		return wk_err_set(err, WK_ERR_REMOTE, "it was ended by signal %d (%s)%s%s",
			result->signal, strsignal(result->signal), colon, said);
	return wk_err_set(err, WK_ERR_REMOTE, "it failed with exit code %d%s%s", result->exit_code,
		*said ? ": " : " and said nothing; run it by hand", said);
}

static bool text_at(const cJSON *status, const char *key, char **ret, struct wk_err *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(status, key);
	const char *text = cJSON_GetStringValue(item);

	if (item && !text && !cJSON_IsNull(item))
		return wk_err_set(
			err, WK_ERR_REMOTE, "expected a text as 'status.%s' of its answer", key);
	*ret = text && *text ? wk_xstrdup(text) : NULL;
	return true;
}

static bool read_expiry(const cJSON *status, int64_t *ret, struct wk_err *err)
{
	WK_AUTOFREE char *text = NULL;
	char now[21];

	if (!text_at(status, "expirationTimestamp", &text, err))
		return false;
	if (!text)
		return true;
	if (!wk_date_parse(text, ret, err)) {
		err->kind = WK_ERR_REMOTE;
		return wk_err_context(err, "'status.expirationTimestamp' of its answer");
	}
	wk_clock_utc(now);
	if (*ret <= (int64_t)time(NULL))
		return wk_err_set(err, WK_ERR_REMOTE,
			"it gave credentials that expired at %s, and now it is %s: log in again, "
			"or set the clock",
			text, now);
	return true;
}

static bool read_status(const cJSON *status, struct wk_kube_credential *ret, struct wk_err *err)
{
	struct wk_kube_credential WK_AUTO(wk_credential_finish) got = {0};

	if (!text_at(status, "token", &got.token, err) ||
		!text_at(status, "clientCertificateData", &got.cert_pem, err) ||
		!text_at(status, "clientKeyData", &got.key_pem, err) ||
		!read_expiry(status, &got.expires, err))
		return false;
	if (!got.cert_pem != !got.key_pem)
		return wk_err_set(err, WK_ERR_REMOTE,
			"its answer has one of 'clientCertificateData' and 'clientKeyData', which "
			"need each other");
	if (!got.token && !got.cert_pem)
		return wk_err_set(err, WK_ERR_REMOTE,
			"expected a 'token' or a 'clientCertificateData' in 'status' of its "
			"answer, found neither");
	if (got.token && strcspn(got.token, "\r\n") != strlen(got.token))
		return wk_err_set(err, WK_ERR_REMOTE, "expected a token on one line");
	if (got.cert_pem && !wk_cert_check(&(struct wk_cert){got.cert_pem, got.key_pem}, err)) {
		err->kind = WK_ERR_REMOTE;
		return wk_err_context(err, "'clientCertificateData' of its answer");
	}
	*ret = got;
	got = (struct wk_kube_credential){0};
	return true;
}

static bool read_answer(const char *api_version, const cJSON *answer,
	struct wk_kube_credential *ret, struct wk_err *err)
{
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(answer, "status");
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "kind"));
	const char *version =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "apiVersion"));

	if (!kind || strcmp(kind, "ExecCredential") != 0)
		return wk_err_set(err, WK_ERR_REMOTE,
			"expected an ExecCredential in JSON on its standard output, found %s",
			answer ? "other JSON" : "no JSON");
	if (!version || strcmp(version, api_version) != 0)
		return wk_err_set(err, WK_ERR_REMOTE,
			"it answers in version '%.60s', and the kubeconfig says '%s': update the "
			"one or the other",
			version ? version : "", api_version);
	if (!cJSON_IsObject(status))
		return wk_err_set(err, WK_ERR_REMOTE, "expected 'status' in its answer");
	return read_status(status, ret, err);
}

bool wk_plugin_answer(const char *api_version, const char *text, struct wk_kube_credential *ret,
	struct wk_err *err)
{
	cJSON *answer = cJSON_ParseWithOpts(text, NULL, true);
	bool ok = read_answer(api_version, answer, ret, err);

	cJSON_Delete(answer);
	return ok;
}

static bool run(const struct wk_kube_plugin *plugin, const char *const *env, wk_nsec deadline,
	struct wk_kube_credential *ret, struct wk_err *err)
{
	const char *const *argv = (const char *const *)plugin->argv;
	wk_nsec began = wk_now();
	const struct wk_cmd cmd = {.argv = argv,
		.env = env,
		.netns = -1,
		.deadline = wk_earlier(deadline, began + PATIENCE)};
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};
	bool ok;

	if (!wk_cmd_run(&cmd, &result, err))
		return err->kind == WK_ERR_MISSING ? missing(plugin, err) : false;
	ok = result.exit_code == 0 && !result.timed_out
		     ? wk_plugin_answer(plugin->api_version, wk_buf_str(&result.out), ret, err)
		     : failed(&result, began, argv[0], err);
	wk_forget_text(&result.out);
	return ok;
}

bool wk_plugin_run(const struct wk_kube_plugin *plugin, wk_nsec deadline,
	struct wk_kube_credential *ret, struct wk_err *err)
{
	WK_AUTOFREE char *info = wk_xasprintf("KUBERNETES_EXEC_INFO=%s", plugin->info);
	WK_AUTOFREE const char **env = NULL;
	size_t n = 0;

	while (plugin->env[n])
		n++;
	env = wk_xcalloc(n + 2, sizeof(*env));
	for (size_t i = 0; i < n; i++)
		env[i] = plugin->env[i];
	env[n] = info;
	return run(plugin, env, deadline, ret, err);
}
