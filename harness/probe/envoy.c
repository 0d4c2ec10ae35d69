/*
 * envoy: what a proxy was told and what it saw
 *
 * One page of the admin interface of a sidecar or gateway, reduced to the fields that checks ask
 * for. The page's own filters keep the transfer small where Envoy has them. The table of names is the
 * agent's beside it, who answers DNS where the sidecar captures it. Counters of a proxy's whole life prove
 * nothing about now, so they may be taken around some traffic.
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "wookie/mesh/debug.h"
#include "wookie/mesh/names.h"
#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/each.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/read.h"
#include "wookie/probe/redact.h"

const struct wk_arg_spec wk_probe_envoy_args[] = {
	{"cluster", WK_ARG_STRING, true, "name of the cluster"},
	{"from", WK_ARG_ANY, true,
		"the pod: {namespace, name}; its istio-proxy is asked. A list of names: each"},
	{"get", WK_ARG_STRING, true,
		"certs, clusters, extensions, listeners, names, node, policies or roots"},
	{"match", WK_ARG_STRING, false, "keep what has this text in its name"},
	{"around", WK_ARG_ANY, false,
		"one probe (http: {...}) between two looks: counters are of what it caused"},
	{0},
};

typedef struct cJSON *page_reader(const struct cJSON *reply, const char *match);

static struct cJSON *certs(const struct cJSON *reply, const char *match)
{
	(void)match;
	return wk_read_envoy_certs(reply);
}

/* The agent's table of names (istio pkg/dns/proto), as it is. */
static struct cJSON *names(const struct cJSON *reply, const char *match)
{
	const cJSON *table = cJSON_GetObjectItemCaseSensitive(reply, "table");

	(void)match;
	return table ? cJSON_Duplicate(table, true) : cJSON_CreateNull();
}

static struct cJSON *node(const struct cJSON *reply, const char *match)
{
	(void)match;
	return wk_read_envoy_node(reply);
}

static struct cJSON *roots(const struct cJSON *reply, const char *match)
{
	(void)match;
	return wk_read_envoy_roots(reply);
}

static const struct page {
	const char *name;
	const char *path;
	page_reader *read;
	bool (*get)(struct wk_kube *kube, const struct wk_mesh_pod *pod, const char *path,
		wk_nsec deadline, struct wk_buf *ret, struct wk_err *err);
} pages[] = {
	{"certs", "certs", certs, wk_mesh_envoy_get},
	{"clusters", "clusters?format=json", wk_read_envoy_clusters, wk_mesh_envoy_get},
	{"extensions", "config_dump?resource=ecds_filters", wk_read_envoy_extensions,
		wk_mesh_envoy_get},
	{"listeners", "config_dump?resource=dynamic_listeners", wk_read_envoy_listeners,
		wk_mesh_envoy_get},
	{"names", "/debug/ndsz", names, wk_mesh_agent_get},
	{"node", "server_info", node, wk_mesh_envoy_get},
	{"policies", "config_dump?resource=dynamic_active_clusters", wk_read_envoy_policies,
		wk_mesh_envoy_get},
	{"roots", "config_dump?resource=dynamic_active_secrets", roots, wk_mesh_envoy_get},
};

static const struct page *find_page(const char *name)
{
	for (size_t i = 0; name && i < WK_COUNT(pages); i++)
		if (strcmp(pages[i].name, name) == 0)
			return &pages[i];
	return NULL;
}

/* What one look at the page brings; *ret stays NULL where there is no such pod or proxy, which *ret_absent
 * tells. */
static bool look(const struct wk_probe_env *env, const struct cJSON *args, const struct page *page,
	struct cJSON **ret, struct cJSON **ret_absent, struct wk_err *err)
{
	WK_AUTO(wk_buf_finish) struct wk_buf text = WK_BUF_INIT(0);
	struct wk_kube *kube = wk_probe_cluster(env, args, "cluster", err);
	struct wk_pod pod;
	cJSON *reply = NULL;

	if (!kube || !wk_pod_read(args, "from", WK_PROXY_CONTAINER, &pod, err))
		return false;
	if (!page->get(kube, &(struct wk_mesh_pod){pod.namespace, pod.name}, page->path,
		    env->deadline, &text, err))
		return wk_pod_absent(env, kube, &pod, ret_absent);
	/* A kind of which the proxy has nothing (Envoy's source/server/admin/config_dump_handler.cc). */
	reply = strstr(wk_buf_str(&text), "not found in config dump")
			? cJSON_CreateObject()
			: cJSON_ParseWithLength(wk_buf_str(&text), text.len);
	if (!reply)
		return wk_err_set(err, WK_ERR_REMOTE,
			"envoy of %s/%s answered %s with no JSON: '%.100s'", pod.namespace,
			pod.name, page->path, wk_buf_str(&text));
	*ret = page->read(reply, wk_arg_text(args, "match"));
	cJSON_Delete(reply);
	return true;
}

/* The traffic that is counted: one probe of another kind. */
static bool send(
	const struct wk_probe_env *env, const cJSON *around, struct cJSON **ret, struct wk_err *err)
{
	const cJSON *call = around->child;
	wk_probe_fn *fn = call && call->string ? wk_probe_find(call->string) : NULL;

	if (!fn || fn == wk_probe_envoy || call->next)
		return wk_err_set(
			err, WK_ERR_INPUT, "around: expected one probe, such as http: {...}");
	return fn(env, call, ret, err) || wk_err_context(err, "around");
}

/* Counters tell of everything since the proxy began: what is counted here is what came in between. */
static bool look_around(const struct wk_probe_env *env, const struct cJSON *args,
	const struct page *page, struct cJSON **ret_evidence, struct wk_err *err)
{
	const cJSON *around = cJSON_GetObjectItemCaseSensitive(args, "around");
	cJSON *before = NULL;
	cJSON *after = NULL;
	cJSON *sent = NULL;
	cJSON *absent = NULL;
	bool ok = (!around || (look(env, args, page, &before, &absent, err) &&
				      (absent || send(env, around, &sent, err)))) &&
		  (absent || look(env, args, page, &after, &absent, err));

	if (ok && !absent) {
		*ret_evidence = cJSON_CreateObject();
		if (around)
			wk_read_envoy_since(after, before);
		(void)cJSON_AddItemToObject(*ret_evidence, page->name, WK_TAKE(after));
		if (sent)
			(void)cJSON_AddItemToObject(*ret_evidence, "around", WK_TAKE(sent));
		wk_redact(*ret_evidence);
	} else if (ok) {
		*ret_evidence = WK_TAKE(absent);
	}
	cJSON_Delete(absent);
	cJSON_Delete(sent);
	cJSON_Delete(after);
	cJSON_Delete(before);
	return ok;
}

static bool ask_one(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	const struct page *page;

	if (wk_args_absent(args, wk_probe_envoy_args, ret_evidence))
		return true;
	page = find_page(wk_arg_text(args, "get"));
	if (!page)
		return wk_err_set(err, WK_ERR_INPUT,
			"envoy has no page '%s'; expected certs, clusters, extensions, listeners, "
			"names, node, policies or roots",
			wk_arg_text(args, "get"));
	return look_around(env, args, page, ret_evidence, err);
}

bool wk_probe_envoy(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	return wk_probe_each(env, args, "from.name", ask_one, ret_evidence, err);
}

char *wk_probe_envoy_by_hand(const struct cJSON *args)
{
	const struct page *page = find_page(wk_arg_text(args, "get"));

	if (page && page->get == wk_mesh_agent_get)
		return wk_by_hand_exec(args, WK_PROXY_CONTAINER,
			(const char *const[]){"pilot-agent", "request", "--debug-port", "15020",
				"GET", page->path, NULL});
	return wk_by_hand_exec(args, WK_PROXY_CONTAINER,
		(const char *const[]){
			"pilot-agent", "request", "GET", page ? page->path : "help", NULL});
}
