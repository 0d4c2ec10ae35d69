/*
 * dns: what a name means to a client
 *
 * The query goes through the pod's own resolver path, as an application's would, so that capture by
 * the sidecar is part of what is tested. The agent's table (istio pkg/dns/client) is taken beside
 * it: an empty table, a table without the name and a table with it are three different faults
 * behind one NXDOMAIN.
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "wookie/mesh/debug.h"
#include "wookie/mesh/names.h"
#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/read.h"
#include "wookie/probe/redact.h"

#define MAX_NAMES 16

const struct wk_arg_spec wk_probe_dns_args[] = {
	{"cluster", WK_ARG_STRING, true, "name of the client's cluster"},
	{"from", WK_ARG_ANY, true, "the client's container: {namespace, name, container}"},
	{"names", WK_ARG_STRINGS, true, "names to ask for"},
	{"type", WK_ARG_STRING, false, "record type; A unless given"},
	{"search", WK_ARG_BOOL, false, "apply the search list, as applications do"},
	{"table", WK_ARG_BOOL, false, "also read the table of the agent in the sidecar"},
	{0},
};

/* Fills argv for dig; `names` live as long as args. */
static void dig_argv(const struct cJSON *args, const char **argv)
{
	const char *names[MAX_NAMES + 1];
	const char *type = wk_arg_text(args, "type");
	size_t n_names = wk_arg_texts(args, "names", names, WK_COUNT(names));
	size_t n = 0;

	argv[n++] = "dig";
	argv[n++] = wk_arg_true(args, "search") ? "+search" : "+nosearch";
	argv[n++] = "+tries=1";
	argv[n++] = "+time=2";
	argv[n++] = "+noall";
	argv[n++] = "+comments";
	argv[n++] = "+question";
	argv[n++] = "+answer";
	argv[n++] = "+stats";
	for (size_t i = 0; i < n_names; i++) {
		argv[n++] = "-q";
		argv[n++] = names[i];
		argv[n++] = "-t";
		argv[n++] = type ? type : "A";
	}
	argv[n] = NULL;
}

static void add_asked(cJSON *answers, const struct cJSON *args)
{
	const char *names[MAX_NAMES + 1];
	size_t n_names = wk_arg_texts(args, "names", names, WK_COUNT(names));

	for (size_t i = 0; i < n_names; i++) {
		cJSON *answer = cJSON_GetArrayItem(answers, (int)i);

		if (answer)
			(void)cJSON_AddStringToObject(answer, "asked", names[i]);
	}
}

/* {"size", "entries": {name: {"ips", "registry"}}} of the asked names; null without a table. */
static cJSON *reduce_table(const char *text, const struct cJSON *args)
{
	const char *names[MAX_NAMES + 1];
	size_t n_names = wk_arg_texts(args, "names", names, WK_COUNT(names));
	cJSON *reply = cJSON_Parse(text);
	const cJSON *table = cJSON_GetObjectItemCaseSensitive(reply, "table");
	cJSON *result = cJSON_CreateObject();
	cJSON *entries = NULL;

	(void)cJSON_AddNumberToObject(result, "size", cJSON_GetArraySize(table));
	entries = cJSON_AddObjectToObject(result, "entries");
	for (size_t i = 0; i < n_names; i++) {
		const cJSON *entry = cJSON_GetObjectItemCaseSensitive(table, names[i]);

		if (entry)
			(void)cJSON_AddItemToObject(
				entries, names[i], cJSON_Duplicate(entry, true));
	}
	cJSON_Delete(reply);
	return result;
}

/* A pod without a sidecar has no table: that is told, not an error. */
static void add_table(const struct wk_probe_env *env, struct wk_kube *kube,
	const struct cJSON *args, cJSON *evidence)
{
	WK_AUTO(wk_buf_finish) struct wk_buf text = WK_BUF_INIT(0);
	struct wk_pod sidecar;
	struct wk_err why;

	if (wk_pod_read(args, "from", WK_PROXY_CONTAINER, &sidecar, &why) &&
		wk_mesh_agent_get(kube, &(struct wk_mesh_pod){sidecar.namespace, sidecar.name},
			"/debug/ndsz", env->deadline, &text, &why)) {
		(void)cJSON_AddItemToObject(
			evidence, "table", reduce_table(wk_buf_str(&text), args));
		return;
	}
	(void)cJSON_AddNullToObject(evidence, "table");
	(void)cJSON_AddStringToObject(evidence, "tableProblem", why.msg);
}

bool wk_probe_dns(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	WK_AUTO(wk_exec_result_finish) struct wk_exec_result result = {0};
	const char *argv[10 + 4 * MAX_NAMES];
	struct wk_pod pod;
	struct wk_kube *kube = NULL;
	cJSON *evidence = NULL;
	cJSON *answers = NULL;

	if (wk_args_absent(args, wk_probe_dns_args, ret_evidence))
		return true;
	kube = wk_probe_cluster(env, args, "cluster", err);
	if (!kube || !wk_pod_read(args, "from", NULL, &pod, err) ||
		!wk_args_fit(args, "names", MAX_NAMES, err))
		return false;
	dig_argv(args, argv);
	if (!wk_pod_exec(env, kube, &pod, argv, &result, err))
		return wk_pod_absent(env, kube, &pod, ret_evidence);
	answers = wk_read_dig(wk_buf_str(&result.out), result.out.len);
	if (cJSON_GetArraySize(answers) == 0) {
		cJSON_Delete(answers);
		return wk_err_set(err, WK_ERR_REMOTE, "dig in %s/%s ended with %d: %.200s",
			pod.namespace, pod.name, result.exit_code, wk_buf_str(&result.err));
	}
	add_asked(answers, args);
	evidence = cJSON_CreateObject();
	(void)cJSON_AddItemToObject(evidence, "answers", answers);
	if (wk_arg_true(args, "table"))
		add_table(env, kube, args, evidence);
	wk_redact(evidence);
	*ret_evidence = evidence;
	return true;
}

char *wk_probe_dns_by_hand(const struct cJSON *args)
{
	const char *argv[10 + 4 * MAX_NAMES];

	dig_argv(args, argv);
	return wk_by_hand_exec(args, NULL, argv);
}
