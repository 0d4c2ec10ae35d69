/*
 * tcp: a protocol in which the server speaks first
 *
 * What a database does: the server greets, the connection idles, then data flows both ways. The
 * client sends a token of its own making and the echo must carry it beside the server's, so that a
 * cached or foreign answer cannot pass. It runs in the client's container with busybox, whose nc
 * and sh are small and whose /proc/uptime stamps need no clock of ours.
 */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/read.h"
#include "wookie/probe/redact.h"
#include "wookie/probe/text.h"

const struct wk_arg_spec wk_probe_tcp_args[] = {
	{"cluster", WK_ARG_STRING, true, "name of the client's cluster"},
	{"from", WK_ARG_ANY, true, "the client's container: {namespace, name, container}"},
	{"host", WK_ARG_STRING, true, "name or address of the server"},
	{"port", WK_ARG_COUNT, true, "TCP port"},
	{"idle", WK_ARG_DURATION, false, "silence after the greeting; 1s unless given"},
	{0},
};

struct script {
	char token[33];
	char idle[24];
	char bound[24];
	char port[8];
	const char *argv[16];
};

static bool make_token(char token[33], struct wk_err *err)
{
	uint8_t bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return wk_err_set(err, WK_ERR_SYSTEM, "the kernel gives no random bytes");
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(token + 2 * i, 3, "%02x", bytes[i]);
	return true;
}

/* $1 host, $2 port, $3 idle, $4 line, $5 the time that nc has: it keeps the pipe open as long as it
 * lives, also when nobody answers. The moment of sending goes to standard error, everything that
 * the server says goes to standard output with the moment of its arrival. */
static const char script_text[] =
	"now() { busybox cut -d' ' -f1 /proc/uptime; }\n"
	"{ busybox sleep \"$3\"; now >&2; echo \"$4\"; busybox sleep 0.5; } |\n"
	"busybox timeout \"$5\" busybox nc \"$1\" \"$2\" | while IFS= read -r line; do echo "
	"\"$(now) $line\"; done";

static void script_make(struct script *script, const struct cJSON *args)
{
	wk_nsec idle = wk_arg_duration(args, "idle", WK_SEC);
	const char *const argv[] = {"busybox", "sh", "-c", script_text, "sh",
		wk_arg_text(args, "host"), script->port, script->idle, script->token, script->bound,
		NULL};

	(void)snprintf(script->idle, sizeof(script->idle), "%.2f", wk_seconds(idle));
	(void)snprintf(script->bound, sizeof(script->bound), "%.0f", wk_seconds(idle) + 5);
	(void)snprintf(script->port, sizeof(script->port), "%ld", wk_arg_count(args, "port", 0));
	(void)memcpy(script->argv, argv, sizeof(argv));
}

bool wk_probe_tcp(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	WK_AUTO(wk_exec_result_finish) struct wk_exec_result result = {0};
	struct script script = {0};
	struct wk_pod pod;
	struct wk_kube *kube = NULL;
	cJSON *evidence = NULL;
	WK_AUTOFREE char *problem = NULL;

	if (wk_args_absent(args, wk_probe_tcp_args, ret_evidence))
		return true;
	kube = wk_probe_cluster(env, args, "cluster", err);
	if (!kube || !wk_pod_read(args, "from", NULL, &pod, err) || !make_token(script.token, err))
		return false;
	script_make(&script, args);
	if (!wk_pod_exec(env, kube, &pod, script.argv, &result, err))
		return wk_pod_absent(env, kube, &pod, ret_evidence);
	evidence =
		wk_read_exchange(wk_buf_str(&result.out), result.out.len, wk_buf_str(&result.err));
	problem = wk_text_clean(wk_buf_str(&result.err), result.err.len, 300);
	(void)cJSON_AddStringToObject(evidence, "sent", script.token);
	(void)cJSON_AddNumberToObject(
		evidence, "idle", wk_seconds(wk_arg_duration(args, "idle", WK_SEC)));
	(void)cJSON_AddNumberToObject(evidence, "exit", result.exit_code);
	(void)cJSON_AddStringToObject(evidence, "stderr", problem);
	wk_redact(evidence);
	*ret_evidence = evidence;
	return true;
}

char *wk_probe_tcp_by_hand(const struct cJSON *args)
{
	char port[24];

	(void)snprintf(port, sizeof(port), "%ld", wk_arg_count(args, "port", 0));
	return wk_by_hand_exec(args, NULL,
		(const char *const[]){"busybox", "nc", wk_arg_text(args, "host"), port, NULL});
}
