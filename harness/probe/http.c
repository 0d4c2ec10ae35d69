/*
 * http: requests from a client pod
 *
 * All requests of one look go into one exec of curl. Side by side they force the sidecar to open
 * new connections to the gateway, which is what shows a fault that warm pools hide; one after the
 * other over one connection they show reuse. Every failure of a transfer is evidence: curl's own
 * exit code is that of some transfer and says nothing.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/read.h"
#include "wookie/probe/redact.h"

#define MAX_HEADERS 8
#define MAX_ARGV (26 + 2 * MAX_HEADERS)

const struct wk_arg_spec wk_probe_http_args[] = {
	{"cluster", WK_ARG_STRING, true, "name of the client's cluster"},
	{"from", WK_ARG_ANY, true, "the client's container: {namespace, name, container}"},
	{"url", WK_ARG_STRING, true, "what to get"},
	{"via", WK_ARG_STRING, false,
		"address to connect to, whatever the name in the url says; null: that of the name"},
	{"count", WK_ARG_COUNT, false, "how many requests; 1 unless given"},
	{"parallel", WK_ARG_BOOL, false, "side by side, which forces new upstream connections"},
	{"reuse", WK_ARG_BOOL, false, "over one client connection instead of one for each"},
	{"headers", WK_ARG_MAP, false, "request headers"},
	{"timeout", WK_ARG_DURATION, false, "of each request; 5s unless given"},
	{0},
};

/* Owns the texts that argv points to. */
struct command {
	char *url;
	char *via;
	char timeout[24];
	char *headers[MAX_HEADERS];
	size_t n_headers;
	const char *argv[MAX_ARGV];
};

static void command_finish(struct command *command)
{
	free(command->url);
	free(command->via);
	for (size_t i = 0; i < command->n_headers; i++)
		free(command->headers[i]);
}

static void command_finish_cleanup(struct command *command)
{
	command_finish(command);
}

/* A glob makes one curl send them all; the number keeps the requests apart in access logs. */
static char *globbed(const char *url, long count)
{
	if (count <= 1)
		return wk_xstrdup(url);
	return wk_xasprintf("%s%cn=[1-%ld]", url, strchr(url, '?') ? '&' : '?', count);
}

static void read_headers(struct command *command, const struct cJSON *args)
{
	const cJSON *header = NULL;

	cJSON_ArrayForEach(header, cJSON_GetObjectItemCaseSensitive(args, "headers"))
	{
		if (cJSON_IsString(header) && command->n_headers < MAX_HEADERS)
			command->headers[command->n_headers++] =
				wk_xasprintf("%s: %s", header->string, header->valuestring);
	}
}

static void command_make(struct command *command, const struct cJSON *args)
{
	const char **argv = command->argv;
	long count = wk_arg_count(args, "count", 1);
	const char *url = wk_arg_text(args, "url");
	const char *via = wk_arg_text(args, "via");
	size_t n = 0;

	*command = (struct command){.url = globbed(url ? url : "", count)};
	read_headers(command, args);
	(void)snprintf(command->timeout, sizeof(command->timeout), "%.3f",
		wk_seconds(wk_arg_duration(args, "timeout", 5 * WK_SEC)));
	argv[n++] = "curl";
	argv[n++] = "-sS";
	argv[n++] = "--no-progress-meter";
	argv[n++] = "-m";
	argv[n++] = command->timeout;
	if (count <= 1)
		argv[n++] = "-g";
	if (wk_arg_true(args, "parallel")) {
		argv[n++] = "-Z";
		argv[n++] = "--parallel-immediate";
		argv[n++] = "--parallel-max";
		argv[n++] = "30";
	}
	if (!wk_arg_true(args, "reuse")) {
		argv[n++] = "-H";
		argv[n++] = "Connection: close";
	}
	for (size_t i = 0; i < command->n_headers; i++) {
		argv[n++] = "-H";
		argv[n++] = command->headers[i];
	}
	if (via) {
		command->via = wk_xasprintf("::%s:", via);
		argv[n++] = "--connect-to";
		argv[n++] = command->via;
	}
	argv[n++] = "-w";
	argv[n++] = "\n%{json}\n";
	argv[n++] = command->url;
	argv[n] = NULL;
}

bool wk_probe_http(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	WK_AUTO(wk_exec_result_finish) struct wk_exec_result result = {0};
	WK_AUTO(command_finish) struct command command = {0};
	struct wk_pod pod;
	struct wk_kube *kube = NULL;
	cJSON *evidence = NULL;

	if (wk_args_absent(args, wk_probe_http_args, ret_evidence))
		return true;
	kube = wk_probe_cluster(env, args, "cluster", err);
	if (!kube || !wk_pod_read(args, "from", NULL, &pod, err) ||
		!wk_args_fit(args, "headers", MAX_HEADERS, err))
		return false;
	command_make(&command, args);
	if (!wk_pod_exec(env, kube, &pod, command.argv, &result, err))
		return wk_pod_absent(env, kube, &pod, ret_evidence);
	evidence = wk_read_curl(wk_buf_str(&result.out), result.out.len);
	if (wk_arg_count(evidence, "sent", 0) == 0) {
		cJSON_Delete(evidence);
		return wk_err_set(err, WK_ERR_REMOTE,
			"curl in %s/%s reported no transfer, it ended with %d: %.200s",
			pod.namespace, pod.name, result.exit_code, wk_buf_str(&result.err));
	}
	wk_redact(evidence);
	*ret_evidence = evidence;
	return true;
}

char *wk_probe_http_by_hand(const struct cJSON *args)
{
	WK_AUTO(command_finish) struct command command = {0};

	command_make(&command, args);
	return wk_by_hand_exec(args, NULL, command.argv);
}
