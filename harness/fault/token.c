/*
 * Tokens that have expired, or will
 *
 * No API server gives an expired one out, and waiting for one takes the ten minutes that it lives at
 * least. So it is signed here, with the key of the node's own API server, and nothing is wrong with it but
 * its time: the same account, issuer and audience as any token of a ServiceAccount (Kubernetes
 * pkg/serviceaccount/claims.go).
 */
#include "wookie/base/file.h"
#include "wookie/fault/undo.h"
#include "wookie/mesh/names.h"
#include "wookie/pki/jwt.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <time.h>

#define CMDLINE_MAX ((size_t)64 * 1024)

static const char key_flag[] = "--service-account-signing-key-file=";
static const char issuer_flag[] = "--service-account-issuer=";

/* The value of a flag among NUL-terminated words, or NULL. */
static const char *flag_value(const struct wk_buf *words, const char *flag)
{
	const char *text = wk_buf_str(words);

	for (size_t at = 0; at < words->len; at += strlen(text + at) + 1)
		if (strncmp(text + at, flag, strlen(flag)) == 0)
			return text + at + strlen(flag);
	return NULL;
}

static char *claims_of(const char *issuer, const char *uid, wk_nsec left)
{
	long long now = (long long)time(NULL);

	return wk_xasprintf(
		"{\"iss\":\"%s\",\"aud\":[\"%s\"],\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld,"
		"\"sub\":\"system:serviceaccount:" WK_SYSTEM_NAMESPACE ":" WK_READER_ACCOUNT "\","
		"\"kubernetes.io\":{\"namespace\":\"" WK_SYSTEM_NAMESPACE "\",\"serviceaccount\":"
		"{\"name\":\"" WK_READER_ACCOUNT "\",\"uid\":\"%s\"}}}",
		issuer, issuer, now - 7200, now - 7200, now + (long long)(left / WK_SEC), uid);
}

/* The account's uid; the caller frees. NULL with an error. */
static char *reader_uid(const struct wk_fault_env *env, size_t cluster, struct wk_err *err)
{
	cJSON *name = cJSON_Parse(
		"{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":"
		"{\"namespace\":\"" WK_SYSTEM_NAMESPACE "\",\"name\":\"" WK_READER_ACCOUNT "\"}}");
	cJSON *account = NULL;
	bool ok = wk_fault_find(env, cluster, name, &account, err);
	const char *uid =
		account ? wk_fault_text(
				  cJSON_GetObjectItemCaseSensitive(account, "metadata"), "uid")
			: NULL;
	char *copy = uid ? wk_xstrdup(uid) : NULL;

	cJSON_Delete(name);
	cJSON_Delete(account);
	if (ok && !copy)
		(void)wk_err_set(
			err, WK_ERR_MISSING, "there is no ServiceAccount '" WK_READER_ACCOUNT "'");
	return copy;
}

char *wk_fault_token(
	const struct wk_fault_env *env, size_t cluster, wk_nsec left, struct wk_err *err)
{
	const char *name = env->access->topology->clusters[cluster].name;
	pid_t pid = env->component_pid(env->context, name, "kube-apiserver");
	WK_AUTOFREE char *cmdline = wk_xasprintf("/proc/%d/cmdline", (int)pid);
	struct wk_buf WK_AUTO(wk_buf_finish) words = WK_BUF_INIT(CMDLINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) key = WK_BUF_INIT(CMDLINE_MAX);
	const char *file;
	const char *issuer;
	char *token = NULL;

	if (pid <= 0) {
		(void)wk_err_set(
			err, WK_ERR_MISSING, "no API server runs in the node of '%s'", name);
		return NULL;
	}
	if (!wk_file_read(cmdline, CMDLINE_MAX, &words, err))
		return NULL;
	file = flag_value(&words, key_flag);
	issuer = flag_value(&words, issuer_flag);
	if (!file || !issuer) {
		(void)wk_err_set(err, WK_ERR_MISSING, "the API server of '%s' has no '%s'", name,
			file ? issuer_flag : key_flag);
		return NULL;
	}
	/* The file as that process sees it, in the node's own mount namespace. */
	WK_AUTOFREE char *path = wk_xasprintf("/proc/%d/root%s", (int)pid, file);
	WK_AUTOFREE char *uid = reader_uid(env, cluster, err);
	WK_AUTOFREE char *claims = uid ? claims_of(issuer, uid, left) : NULL;

	if (!claims || !wk_file_read(path, CMDLINE_MAX, &key, err))
		return NULL;
	/* Had it ended meanwhile, that could be the file of another. */
	if (env->component_pid(env->context, name, "kube-apiserver") != pid) {
		(void)wk_err_set(err, WK_ERR_MISSING, "the API server of '%s' ended", name);
		return NULL;
	}
	if (!wk_jwt_sign(wk_buf_str(&key), claims, &token, err))
		return NULL;
	return token;
}
