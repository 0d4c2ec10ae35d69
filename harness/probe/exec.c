/*
 * exec: a command in a container
 *
 * For evidence that no other kind brings. The command's own failure is evidence; that it could not
 * be started is not.
 */
#include <cjson/cJSON.h>

#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/redact.h"
#include "wookie/probe/text.h"

#define MAX_ARGS 32
#define MAX_TEXT ((size_t)256 * 1024)

const struct wk_arg_spec wk_probe_exec_args[] = {
	{"cluster", WK_ARG_STRING, true, "name of the cluster"},
	{"from", WK_ARG_ANY, true, "the container: {namespace, name, container}"},
	{"argv", WK_ARG_STRINGS, true, "the command and its arguments; no shell"},
	{0},
};

static void add_text(cJSON *evidence, const char *key, const struct wk_buf *buf)
{
	WK_AUTOFREE char *text = wk_text_clean(wk_buf_str(buf), buf->len, MAX_TEXT);

	(void)cJSON_AddStringToObject(evidence, key, text);
}

bool wk_probe_exec(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	WK_AUTO(wk_exec_result_finish) struct wk_exec_result result = {0};
	const char *argv[MAX_ARGS];
	struct wk_pod pod;
	struct wk_kube *kube = NULL;
	cJSON *evidence = NULL;

	if (wk_args_absent(args, wk_probe_exec_args, ret_evidence))
		return true;
	kube = wk_probe_cluster(env, args, "cluster", err);
	if (!kube || !wk_pod_read(args, "from", NULL, &pod, err))
		return false;
	if (!wk_args_fit(args, "argv", MAX_ARGS - 1, err))
		return false;
	if (wk_arg_texts(args, "argv", argv, MAX_ARGS) == 0)
		return wk_err_set(err, WK_ERR_INPUT, "'argv' is empty; expected a command");
	if (!wk_pod_exec(env, kube, &pod, argv, &result, err))
		return wk_pod_absent(env, kube, &pod, ret_evidence);
	if (result.out.len > MAX_TEXT || result.err.len > MAX_TEXT)
		return wk_err_set(err, WK_ERR_REMOTE,
			"'%s' said %zu bytes, more than the %zu that are judged", argv[0],
			result.out.len + result.err.len, MAX_TEXT);
	evidence = cJSON_CreateObject();
	(void)cJSON_AddNumberToObject(evidence, "exit", result.exit_code);
	add_text(evidence, "stdout", &result.out);
	add_text(evidence, "stderr", &result.err);
	wk_redact(evidence);
	*ret_evidence = evidence;
	return true;
}

char *wk_probe_exec_by_hand(const struct cJSON *args)
{
	const char *argv[MAX_ARGS];

	(void)wk_arg_texts(args, "argv", argv, MAX_ARGS);
	return wk_by_hand_exec(args, NULL, argv);
}
