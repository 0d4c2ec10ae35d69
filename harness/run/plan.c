/*
 * The plan
 *
 * Suites name roles, the topology names clusters; the plan is their product, made before anything
 * is created: every check once for each cluster, link or pair it is for, in the order in which the
 * catalog has the suites. What is selected is decided here and nowhere else.
 */
#include "wookie/run/plan.h"

#include "wookie/base/err.h"
#include "wookie/base/mem.h"
#include "wookie/base/suggest.h"
#include "wookie/expect/expect.h"
#include "wookie/mesh/facts.h"
#include "wookie/probe/probe.h"
#include "wookie/run/scratch.h"

#include <cjson/cJSON.h>
#include <fnmatch.h>
#include <string.h>

struct maker {
	struct wk_arena *arena;
	const struct wk_topology *topology;
	const struct wk_selection *selection;
	const struct wk_suite *suite;
	const struct wk_check *check;
	struct wk_plan *plan;
	cJSON *facts; /* as declared; made by the first check that asks for them */
};

static bool listed(const char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

bool wk_plan_match(const char *pattern, const char *name, const char *scope)
{
	size_t len = strlen(pattern);
	const char *open = strchr(pattern, '[');
	WK_AUTOFREE char *names = NULL;
	WK_AUTOFREE char *scopes = NULL;

	if (fnmatch(pattern, name, 0) == 0)
		return true;
	if (!open || pattern[len - 1] != ']')
		return false;
	names = wk_xstrndup(pattern, (size_t)(open - pattern));
	scopes = wk_xstrndup(open + 1, len - (size_t)(open - pattern) - 2);
	return fnmatch(names, name, 0) == 0 && fnmatch(scopes, scope, 0) == 0;
}

static bool matches(const char *const *patterns, size_t n, const char *name, const char *scope)
{
	for (size_t i = 0; i < n; i++)
		if (wk_plan_match(patterns[i], name, scope))
			return true;
	return false;
}

static bool is_wanted(const struct wk_selection *selection, const struct wk_planned *planned)
{
	const char *const *operands = selection->suites;
	size_t n = selection->n_suites;

	if (n > 0 && !listed(operands, n, "all") && !listed(operands, n, planned->suite->name) &&
		!matches(operands, n, planned->name, planned->scope))
		return false;
	if (selection->n_only > 0 &&
		!matches(selection->only, selection->n_only, planned->name, planned->scope))
		return false;
	if (matches(selection->skip, selection->n_skip, planned->name, planned->scope))
		return false;
	return selection->n_ids == 0 || listed(selection->ids, selection->n_ids, planned->id);
}

/* Whether the topology is one that the check is about. What cannot be judged is planned, and told. */
static bool is_at_home(struct maker *maker, const struct wk_planned *planned)
{
	const char *where = maker->check->only_where;

	if (!where || planned->nowhere)
		return true;
	if (!maker->facts)
		maker->facts = wk_facts_declared(maker->topology);
	return wk_planned_holds(planned, where, maker->facts);
}

static bool looks_inside(const struct wk_probe_call *probe)
{
	cJSON *args = probe->args ? cJSON_Parse(probe->args) : NULL;
	bool inside = args && wk_probe_looks_inside(probe->kind, args);

	cJSON_Delete(args);
	return inside;
}

static bool makes_objects(const struct wk_catalog *catalog, const struct wk_suite *suite,
	const struct wk_check *check)
{
	if (wk_probe_acts(check->probe.kind))
		return true;
	for (size_t i = 0; i < suite->n_with; i++) {
		const struct wk_scratch *scratch = wk_catalog_scratch(catalog, suite->with[i]);

		if (scratch && wk_scratch_is_used(scratch, check))
			return true;
	}
	return false;
}

/* Why the check is not to be asked here; NULL: it is. */
static const char *why_not(const struct maker *maker, bool nobody)
{
	const struct wk_check *check = maker->check;
	const struct wk_selection *selection = maker->selection;

	if (nobody && check->scope != WK_SCOPE_MESH)
		return "no cluster declares a test-pod while another one declares a helloworld";
	if (selection->read_only && makes_objects(maker->plan->catalog, maker->suite, check))
		return "it needs objects of its own, and --read-only makes none";
	if (maker->topology->provider == WK_PROVIDER_EXISTING &&
		(looks_inside(&check->probe) || looks_inside(&check->control)))
		return "it is asked from the clusters' own network, which a kubeconfig does not "
		       "open";
	return NULL;
}

static void add(struct maker *maker, int client, int server, int cluster)
{
	const struct wk_cluster *clusters = maker->topology->clusters;
	struct wk_plan *plan = maker->plan;
	struct wk_planned planned = {
		.suite = maker->suite,
		.check = maker->check,
		.name = maker->check->full_id,
		.scope = "",
		.client = client,
		.server = server,
		.cluster = cluster,
	};

	if (client >= 0)
		planned.scope = wk_arena_printf(
			maker->arena, "%s>%s", clusters[client].name, clusters[server].name);
	else if (cluster >= 0)
		planned.scope = clusters[cluster].name;
	planned.id = planned.name;
	if (planned.scope[0])
		planned.id = wk_arena_printf(maker->arena, "%s[%s]", planned.name, planned.scope);
	if (!is_wanted(maker->selection, &planned))
		return;
	planned.nowhere = why_not(maker, client < 0 && cluster < 0);
	if (!is_at_home(maker, &planned))
		return;
	plan->checks =
		wk_arena_grow(maker->arena, plan->checks, plan->n_checks, sizeof(*plan->checks));
	plan->checks[plan->n_checks++] = planned;
}

size_t wk_scope_instances(const struct wk_topology *topology, enum wk_scope scope,
	struct wk_instance ret[WK_MAX_INSTANCES])
{
	int n_clusters = (int)topology->n_clusters;
	size_t n = 0;

	if (scope == WK_SCOPE_MESH) {
		ret[0] = (struct wk_instance){-1, -1, -1};
		return 1;
	}
	for (int i = 0; i < n_clusters && scope == WK_SCOPE_CLUSTERS; i++)
		ret[n++] = (struct wk_instance){-1, -1, i};
	for (int i = 0; i < n_clusters * n_clusters && scope != WK_SCOPE_CLUSTERS; i++) {
		const struct wk_cluster *client = &topology->clusters[i / n_clusters];
		const struct wk_cluster *server = &topology->clusters[i % n_clusters];
		bool pair = wk_cluster_workload(client, WK_WORKLOAD_TEST_POD) &&
			    wk_cluster_workload(server, WK_WORKLOAD_HELLOWORLD);

		if (client != server && (pair || scope == WK_SCOPE_LINKS))
			ret[n++] = (struct wk_instance){i / n_clusters, i % n_clusters, -1};
	}
	return n;
}

static void add_suite(struct maker *maker)
{
	for (size_t i = 0; i < maker->suite->n_checks; i++) {
		struct wk_instance instances[WK_MAX_INSTANCES];
		size_t n;

		maker->check = &maker->suite->checks[i];
		n = wk_scope_instances(maker->topology, maker->check->scope, instances);
		for (size_t j = 0; j < n; j++)
			add(maker, instances[j].client, instances[j].server, instances[j].cluster);
		/* What is checked nowhere is told, not left out. */
		if (n == 0)
			add(maker, -1, -1, -1);
	}
}

static bool is_known(const struct wk_catalog *catalog, const char *operand)
{
	WK_AUTOFREE char *name = wk_xstrndup(operand, strcspn(operand, "["));

	if (strcmp(operand, "all") == 0 || wk_catalog_suite(catalog, operand))
		return true;
	for (size_t i = 0; i < catalog->n_suites; i++)
		for (size_t j = 0; j < catalog->suites[i].n_checks; j++)
			if (wk_plan_match(operand, catalog->suites[i].checks[j].full_id, "") ||
				fnmatch(name, catalog->suites[i].checks[j].full_id, 0) == 0)
				return true;
	return false;
}

const char *wk_plan_nearest(
	struct wk_arena *arena, const struct wk_catalog *catalog, const char *word)
{
	const char **names = NULL;
	size_t n = 0;

	for (size_t i = 0; i < catalog->n_suites; i++) {
		const struct wk_suite *suite = &catalog->suites[i];

		names = wk_arena_grow(arena, names, n, sizeof(*names));
		names[n++] = suite->name;
		for (size_t j = 0; j < suite->n_checks; j++) {
			names = wk_arena_grow(arena, names, n, sizeof(*names));
			names[n++] = suite->checks[j].full_id;
		}
	}
	return wk_suggest(word, names, n);
}

static bool unknown_operand(struct wk_arena *arena, const struct wk_catalog *catalog,
	const char *operand, struct wk_err *err)
{
	WK_AUTOFREE char *name = wk_xstrndup(operand, strcspn(operand, "["));
	const char *near = wk_plan_nearest(arena, catalog, name);
	const char *what = strchr(operand, '.') ? "check" : "suite";

	if (near)
		return wk_err_set(err, WK_ERR_INPUT, "unknown %s '%.80s'; the nearest is '%s'",
			what, operand, near);
	return wk_err_set(err, WK_ERR_INPUT,
		"unknown %s '%.80s'; expected 'all' or one that 'wookie-conform list' shows", what,
		operand);
}

bool wk_plan_make(struct wk_arena *arena, const struct wk_catalog *catalog,
	const struct wk_topology *topology, const struct wk_selection *selection,
	struct wk_plan *ret, struct wk_err *err)
{
	struct wk_plan plan = {.catalog = catalog, .topology = topology};
	struct maker maker = {
		.arena = arena, .topology = topology, .selection = selection, .plan = &plan};

	for (size_t i = 0; i < selection->n_suites; i++)
		if (!is_known(catalog, selection->suites[i]))
			return unknown_operand(arena, catalog, selection->suites[i], err);
	for (size_t i = 0; i < catalog->n_suites; i++) {
		maker.suite = &catalog->suites[i];
		add_suite(&maker);
	}
	cJSON_Delete(maker.facts);
	*ret = plan;
	return true;
}

static void add_copy(cJSON *vars, const char *name, const cJSON *value)
{
	if (value)
		(void)cJSON_AddItemToObject(vars, name, cJSON_Duplicate(value, true));
}

struct cJSON *wk_instance_vars(const struct wk_instance *instance, const struct cJSON *facts)
{
	const cJSON *clusters = cJSON_GetObjectItemCaseSensitive(facts, "clusters");
	cJSON *vars = cJSON_CreateObject();

	if (instance->client >= 0)
		add_copy(vars, "client", cJSON_GetArrayItem(clusters, instance->client));
	if (instance->server >= 0)
		add_copy(vars, "server", cJSON_GetArrayItem(clusters, instance->server));
	if (instance->cluster >= 0)
		add_copy(vars, "cluster", cJSON_GetArrayItem(clusters, instance->cluster));
	add_copy(vars, "clusters", clusters);
	add_copy(vars, "mesh", cJSON_GetObjectItemCaseSensitive(facts, "mesh"));
	return vars;
}

struct cJSON *wk_plan_vars(const struct wk_planned *check, const struct cJSON *facts)
{
	struct wk_instance instance = {check->client, check->server, check->cluster};

	return wk_instance_vars(&instance, facts);
}

bool wk_when_holds(const char *when, const struct cJSON *vars, bool *ret, struct wk_err *err)
{
	cJSON *value = NULL;

	*ret = true;
	if (!when)
		return true;
	if (!wk_jq_eval(when, NULL, vars, &value, err))
		return wk_err_context(err, "when");
	*ret = !cJSON_IsFalse(value) && !cJSON_IsNull(value);
	cJSON_Delete(value);
	return true;
}

bool wk_planned_holds(const struct wk_planned *planned, const char *when, const struct cJSON *facts)
{
	cJSON *vars = wk_plan_vars(planned, facts);
	struct wk_err unjudged;
	bool holds = false;
	bool ok = wk_when_holds(when, vars, &holds, &unjudged);

	cJSON_Delete(vars);
	return !ok || holds;
}

bool wk_fault_is_meant(const struct wk_fault *fault, const struct wk_topology *topology, bool *ret,
	struct wk_err *err)
{
	struct wk_instance instances[WK_MAX_INSTANCES];
	cJSON *facts = NULL;
	cJSON *vars = NULL;
	bool ok;

	*ret = false;
	if (wk_scope_instances(topology, fault->scope, instances) == 0)
		return true;
	facts = wk_facts_declared(topology);
	vars = wk_instance_vars(&instances[0], facts);
	ok = wk_when_holds(fault->when, vars, ret, err);
	cJSON_Delete(vars);
	cJSON_Delete(facts);
	return ok || wk_err_context(err, "fault '%s'", fault->id);
}
