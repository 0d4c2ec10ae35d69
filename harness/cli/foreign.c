/*
 * A session on clusters that somebody else made
 *
 * A topology says what is claimed of them, or else what they say of themselves is taken for it; --context how
 * each is reached. Nothing is brought up or taken down, so what a session does otherwise with its mesh has no
 * part here.
 */
#include "wookie/cli/session.h"

#include "wookie/conf/topology.h"
#include "wookie/mesh/discover.h"
#include "wookie/provider/existing.h"

#include <stdlib.h>
#include <string.h>

#define FOUND_TIME (30 * WK_SEC)
#define ABOUT_MAX ((size_t)64 * 1024)

bool wk_session_is_foreign(const struct wk_session *session)
{
	return session->topology.provider == WK_PROVIDER_EXISTING;
}

bool wk_session_is_lent(const struct wk_session *session)
{
	return session->args->against || wk_session_is_foreign(session);
}

/* "cluster-a=kind-a", or a context alone: one may hold any character but a blank, so the first '=' counts. */
static struct wk_existing split(struct wk_session *session, const char *item)
{
	const char *context = strchr(item, '=');

	if (!context)
		return (struct wk_existing){NULL, item};
	return (struct wk_existing){
		wk_arena_strndup(session->arena, item, (size_t)(context - item)), context + 1};
}

static bool take_context(struct wk_session *session, const char *item, struct wk_err *err)
{
	const struct wk_existing given = split(session, item);
	struct wk_cluster *clusters = session->topology.clusters;

	if (!given.name || !*given.name || !*given.context)
		return wk_err_set(
			err, WK_ERR_INPUT, "--context: expected CLUSTER=CONTEXT, found '%s'", item);
	if (!wk_cli_cluster(&session->topology, given.name, err))
		return wk_err_context(err, "--context");
	for (size_t i = 0; i < session->topology.n_clusters; i++)
		if (strcmp(clusters[i].name, given.name) == 0)
			clusters[i].context = given.context;
	session->topology.provider = WK_PROVIDER_EXISTING;
	return true;
}

bool wk_session_contexts(struct wk_session *session, struct wk_err *err)
{
	const struct wk_list *contexts = &session->args->contexts;
	const struct wk_topology *topology = &session->topology;

	for (size_t i = 0; i < contexts->n; i++)
		if (!take_context(session, contexts->items[i], err))
			return false;
	for (size_t i = 0; wk_session_is_foreign(session) && i < topology->n_clusters; i++)
		if (!topology->clusters[i].context)
			return wk_err_set(err, WK_ERR_INPUT,
				"nothing says how cluster '%s' is reached: give --context "
				"%s=CONTEXT, or 'context:' in %s",
				topology->clusters[i].name, topology->clusters[i].name,
				topology->file);
	return true;
}

struct wk_kubeconfig_source wk_cli_kubeconfig(const struct wk_args *args)
{
	return (struct wk_kubeconfig_source){
		.files = args && args->kubeconfig ? args->kubeconfig : getenv("KUBECONFIG"),
		.home = getenv("HOME")};
}

static bool reach(struct wk_session *session, const struct wk_existing clusters[], size_t n,
	struct wk_err *err)
{
	const struct wk_kubeconfig_source source = wk_cli_kubeconfig(session->args);

	return wk_existing_reach(
		&source, clusters, n, session->deadline, session->access.config, err);
}

bool wk_session_reach(struct wk_session *session, struct wk_err *err)
{
	const struct wk_topology *topology = &session->topology;
	struct wk_existing clusters[WK_MAX_CLUSTERS];

	session->access.topology = topology;
	if (session->access.config[0].server)
		return true; /* they were asked for the topology already */
	for (size_t i = 0; i < topology->n_clusters; i++)
		clusters[i] = (struct wk_existing){
			topology->clusters[i].name, topology->clusters[i].context};
	return reach(session, clusters, topology->n_clusters, err);
}

static bool discover(struct wk_session *session, const struct wk_existing clusters[], size_t n,
	struct wk_buf *ret, struct wk_err *err)
{
	struct wk_discovered asked[WK_MAX_CLUSTERS];
	wk_nsec deadline = wk_earlier(wk_now() + FOUND_TIME, session->deadline);
	bool ok;

	for (size_t i = 0; i < n; i++)
		asked[i] = (struct wk_discovered){clusters[i].context, clusters[i].name,
			wk_kube_new(&session->access.config[i], -1)};
	ok = wk_discover(asked, n, deadline, ret, err);
	for (size_t i = 0; i < n; i++)
		wk_kube_free(asked[i].kube);
	return ok;
}

bool wk_session_found(struct wk_session *session, struct wk_buf *ret, struct wk_err *err)
{
	const struct wk_list *contexts = &session->args->contexts;
	struct wk_existing clusters[WK_MAX_CLUSTERS];

	if (contexts->n < 2 || contexts->n > WK_MAX_CLUSTERS)
		return wk_err_set(err, WK_ERR_INPUT,
			"--context: a mesh is of 2 to %d clusters, found %zu contexts",
			WK_MAX_CLUSTERS, contexts->n);
	for (size_t i = 0; i < contexts->n; i++)
		clusters[i] = split(session, contexts->items[i]);
	return reach(session, clusters, contexts->n, err) &&
	       discover(session, clusters, contexts->n, ret, err);
}

bool wk_session_discover(struct wk_session *session, struct wk_err *err)
{
	const struct wk_args *args = session->args;
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(WK_FOUND_MAX);
	struct wk_topology_text from = {
		.name = "what was found", .sets = args->sets.items, .n_sets = args->sets.n};

	if (!wk_session_found(session, &text, err))
		return false;
	from.text = wk_buf_str(&text);
	from.len = text.len;
	return wk_topology_parse(session->arena, &from, &session->topology, err);
}

/* "cluster-a in network1, gateway on port 15443, helloworld demo/helloworld" */
char *wk_cli_about(const struct wk_cluster *cluster)
{
	struct wk_buf text = WK_BUF_INIT(ABOUT_MAX);

	(void)wk_buf_printf(&text, "%s in %s, ", cluster->name, cluster->network);
	if (cluster->gateway_enabled)
		(void)wk_buf_printf(&text, "gateway on port %u", cluster->gateway_port);
	else
		(void)wk_buf_puts(&text, "no east-west gateway");
	for (size_t i = 0; i < cluster->n_workloads; i++)
		(void)wk_buf_printf(&text, ", %s %s/%s",
			wk_workload_kind_name(cluster->workloads[i].kind),
			cluster->workloads[i].namespace, cluster->workloads[i].name);
	if (cluster->n_workloads == 0)
		(void)wk_buf_puts(&text, ", no workload that the checks know");
	return wk_buf_take(&text);
}
