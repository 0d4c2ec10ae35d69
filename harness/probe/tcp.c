/*
 * tcp: a protocol in which the server speaks first
 *
 * What a database does: the server greets, the connection idles, then data flows both ways. The
 * client sends a token of its own making and the echo must carry it beside the server's, so that a
 * cached or foreign answer cannot pass. It runs in the client's container with busybox, whose nc
 * and sh are small and whose /proc/uptime stamps need no clock of ours. All connections of one look
 * go into one exec, side by side: what one of several servers does is seen only by who meets it.
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
	{"hosts", WK_ARG_STRINGS, true, "names or addresses of the servers"},
	{"port", WK_ARG_COUNT, true, "TCP port"},
	{"count", WK_ARG_COUNT, false, "connections to each, side by side; 1 unless given"},
	{"idle", WK_ARG_DURATION, false, "silence after the greeting; 1s unless given"},
	{0},
};

#define MOST_HOSTS 64

struct script {
	char token[33];
	char idle[24];
	char bound[24];
	char port[24];
	char count[24];
	const char *hosts[MOST_HOSTS + 1];
	size_t n_hosts;
	const char *argv[10 + MOST_HOSTS + 1];
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

/* Connections are numbered from 1 on, host by host, and each sends the token with its number. nc has
 * a time of its own, because it keeps the pipe open as long as it lives, also when nobody answers.
 * Everything that the servers say goes to standard output, behind the number of the connection and
 * the moment of its arrival; so does the moment of sending. */
static const char script_text[] =
	"token=$1 count=$2 port=$3 idle=$4 bound=$5 n=0\n"
	"shift 5\n"
	"exec 3>&1\n"
	"now() { busybox cut -d' ' -f1 /proc/uptime; }\n"
	"talk() {\n"
	"{ busybox sleep \"$idle\"; echo \"$1 $(now) SENT\" >&3; echo \"$token-$1\"; "
	"busybox sleep 0.5; } |\n"
	"busybox timeout \"$bound\" busybox nc \"$2\" \"$port\" | while IFS= read -r line; do\n"
	"echo \"$1 $(now) $line\" >&3; done; }\n"
	"for host in \"$@\"; do i=0; while [ $i -lt \"$count\" ]; do\n"
	"i=$((i + 1)) n=$((n + 1)); talk $n \"$host\" & done; done; wait\n";

static void script_make(struct script *script, const struct cJSON *args)
{
	wk_nsec idle = wk_arg_duration(args, "idle", WK_SEC);
	const char *const argv[] = {"busybox", "sh", "-c", script_text, "sh", script->token,
		script->count, script->port, script->idle, script->bound};

	(void)snprintf(script->idle, sizeof(script->idle), "%.2f", wk_seconds(idle));
	(void)snprintf(script->bound, sizeof(script->bound), "%.0f", wk_seconds(idle) + 5);
	(void)snprintf(script->port, sizeof(script->port), "%ld", wk_arg_count(args, "port", 0));
	(void)snprintf(script->count, sizeof(script->count), "%ld", wk_arg_count(args, "count", 1));
	(void)memcpy(script->argv, argv, sizeof(argv));
	(void)memcpy(script->argv + WK_COUNT(argv), script->hosts,
		script->n_hosts * sizeof(script->hosts[0]));
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
	if (!wk_args_fit(args, "hosts", MOST_HOSTS, err))
		return false;
	script.n_hosts = wk_arg_texts(args, "hosts", script.hosts, WK_COUNT(script.hosts));
	script_make(&script, args);
	if (!wk_pod_exec(env, kube, &pod, script.argv, &result, err))
		return wk_pod_absent(env, kube, &pod, ret_evidence);
	evidence = wk_read_exchanges(wk_buf_str(&result.out), result.out.len,
		&(const struct wk_exchanges){.token = script.token,
			.hosts = script.hosts,
			.n_hosts = script.n_hosts,
			.each = (size_t)wk_arg_count(args, "count", 1)});
	problem = wk_text_clean(wk_buf_str(&result.err), result.err.len, 300);
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
	/* One of them: see harness/probe/table.c. */
	const char *host = wk_arg_text(args, "hosts");
	char port[24];

	(void)snprintf(port, sizeof(port), "%ld", wk_arg_count(args, "port", 0));
	return wk_by_hand_exec(args, NULL,
		(const char *const[]){"busybox", "nc", host ? host : "HOST", port, NULL});
}
