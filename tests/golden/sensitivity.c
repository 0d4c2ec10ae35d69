/* Prints docs/sensitivity.md: how small a loss each traffic check sees. Everything in it is worked out
 * from the shipped suites on the shipped topology: how much one run asks is read from the arguments
 * that a probe would get, and whether each of it counts from what the expectations compare with. */
#include "wookie/conf/catalog.h"
#include "wookie/conf/topology.h"
#include "wookie/expect/expect.h"
#include "wookie/fault/fault.h"
#include "wookie/mesh/facts.h"
#include "wookie/probe/probe.h"
#include "wookie/run/plan.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CERTAIN 0.999

/* How much of its traffic one run of a check judges. */
struct sample {
	const char *const *unit; /* several and one */
	int n;
	bool each_replica; /* it asks every replica itself */
};

static int number_of(const cJSON *args, const char *key, int otherwise)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(args, key);

	return cJSON_IsNumber(value) ? value->valueint : otherwise;
}

/* "http://{a,b,c}:5000/" asks three. */
static int hosts_in(const char *url)
{
	const char *end = url && strstr(url, "://{") ? strchr(url, '}') : NULL;
	int n = 1;

	for (const char *p = end ? strchr(url, '{') : NULL; p && p < end; p++)
		n += *p == ',';
	return n;
}

static const char *const requests[] = {"requests", "request"};
static const char *const conversations[] = {"conversations", "conversation"};
static const char *const handshakes[] = {"handshakes", "handshake"};
static const char *const queries[] = {"queries", "query"};

static bool take_sample(const char *kind, const cJSON *args, struct sample *ret)
{
	int count = number_of(args, "count", 1);
	const cJSON *list;

	*ret = (struct sample){0};
	if (strcmp(kind, "http") == 0) {
		const char *url =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, "url"));
		int hosts = hosts_in(url);

		*ret = (struct sample){requests, count * hosts, hosts > 1};
	} else if (strcmp(kind, "tcp") == 0) {
		list = cJSON_GetObjectItemCaseSensitive(args, "hosts");
		*ret = (struct sample){conversations, count * cJSON_GetArraySize(list),
			cJSON_GetArraySize(list) > 1};
	} else if (strcmp(kind, "tls") == 0) {
		*ret = (struct sample){handshakes, count, false};
	} else if (strcmp(kind, "dns") == 0) {
		list = cJSON_GetObjectItemCaseSensitive(args, "names");
		*ret = (struct sample){queries, cJSON_GetArraySize(list), false};
	}
	return ret->unit != NULL;
}

/* A number of things that are wrong, or of all; a list or count of them alike. */
static bool is_none_or_all(const cJSON *value, int n)
{
	double sum = 0;
	const cJSON *item;

	if (cJSON_IsNumber(value))
		return value->valueint == n || value->valueint == 0;
	if (cJSON_IsArray(value))
		return !value->child || cJSON_GetArraySize(value) == n;
	cJSON_ArrayForEach(item, value) sum += cJSON_IsNumber(item) ? item->valuedouble : 0;
	return cJSON_IsObject(value) && (!value->child || (int)sum == n);
}

static bool counts_each(
	const struct wk_expectation *expect, size_t n_expect, int n, const cJSON *vars)
{
	bool each = n == 1;

	for (size_t i = 0; i < n_expect; i++) {
		cJSON *value = NULL;
		struct wk_err ignored;

		if (expect[i].equals && wk_jq_eval(expect[i].equals, NULL, vars, &value, &ignored))
			each = each || is_none_or_all(value, n);
		cJSON_Delete(value);
	}
	return each;
}

static bool is_named(const cJSON *args, const char *name)
{
	WK_AUTOFREE char *text = cJSON_PrintUnformatted(args);

	return name && strstr(text, name);
}

/* Whether what it sends goes to the server's replicas, rather than to their gateway alone or to copies. */
static bool meets_replicas(const cJSON *args, const cJSON *vars)
{
	const cJSON *server = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(vars, "server"), "helloworld");

	return is_named(
		args, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(server, "host")));
}

static void print_chance(const struct sample *sample, bool meets, int replicas)
{
	if (sample->each_replica)
		(void)printf("0");
	else if (!meets)
		(void)printf("-");
	else
		(void)printf("%.2g", pow(1 - 1.0 / replicas, sample->n));
}

static void print_row(const struct wk_planned *planned, const struct wk_probe_call *call,
	const struct wk_expectation *expect, size_t n_expect, const cJSON *vars, int replicas)
{
	bool control = call == &planned->check->control;
	struct sample sample;
	struct wk_err err;
	cJSON *args = NULL;
	const cJSON *around;

	if (!call->kind || !wk_expand(call->args ? call->args : "{}", vars, &args, &err))
		return;
	/* What a look at a proxy counts is the traffic that it sends meanwhile. */
	around = cJSON_GetObjectItemCaseSensitive(args, "around");
	if (around && around->child ? take_sample(around->child->string, around->child, &sample)
				    : take_sample(call->kind, args, &sample)) {
		bool each = counts_each(expect, n_expect, sample.n, vars);

		sample.n *= (int)planned->check->stable;
		(void)printf("| `%s`%s | %d %s%s | ", planned->name, control ? ", control" : "",
			sample.n, sample.unit[sample.n == 1],
			sample.each_replica ? ", every replica itself" : "");
		if (each)
			(void)printf("%.3g %% | ", 100 * (1 - pow(1 - CERTAIN, 1.0 / sample.n)));
		else
			(void)printf("judges who answers, not each | ");
		print_chance(
			&sample, sample.unit != queries && meets_replicas(args, vars), replicas);
		(void)printf(" |\n");
	}
	cJSON_Delete(args);
}

/* What only a mesh that is up can tell: as many addresses as there are replicas. */
static int make_up(cJSON *facts)
{
	cJSON *cluster;
	int replicas = 0;

	cJSON_ArrayForEach(cluster, cJSON_GetObjectItemCaseSensitive(facts, "clusters"))
	{
		cJSON *server = cJSON_GetObjectItemCaseSensitive(cluster, "helloworld");
		cJSON *endpoints = cJSON_CreateArray();
		int n = number_of(server, "replicas", 0);

		replicas = n > replicas ? n : replicas;
		for (int i = 0; i < n; i++)
			(void)cJSON_AddItemToArray(endpoints, cJSON_CreateString("192.0.2.1"));
		if (cJSON_IsObject(server)) {
			cJSON_DeleteItemFromObjectCaseSensitive(server, "endpoints");
			(void)cJSON_AddItemToObject(server, "endpoints", endpoints);
		} else {
			cJSON_Delete(endpoints);
		}
	}
	return replicas;
}

static void print_table(const struct wk_plan *plan, const cJSON *facts, int replicas)
{
	(void)printf("| check | one run judges | smallest loss that it sees in %g %% of runs | "
		     "chance to miss one dead replica of %d |\n|---|---|---|---|\n",
		100 * CERTAIN, replicas);
	for (size_t i = 0; i < plan->n_checks; i++) {
		const struct wk_planned *planned = &plan->checks[i];
		const struct wk_check *check = planned->check;
		cJSON *vars;

		if (planned->nowhere || (i > 0 && plan->checks[i - 1].check == check))
			continue;
		vars = wk_plan_vars(planned, facts);
		print_row(planned, &check->probe, check->expect, check->n_expect, vars, replicas);
		print_row(planned, &check->control, check->control_expect, check->n_control_expect,
			vars, replicas);
		cJSON_Delete(vars);
	}
}

static bool print_page(const char *root, struct wk_arena *arena, struct wk_err *err)
{
	const struct wk_catalog_source source = {
		.datadir = root, .probes = wk_probe_specs(), .steps = wk_fault_specs()};
	const char *file = wk_arena_printf(arena, "%s/fixtures/topologies/wookie.yaml", root);
	struct wk_catalog catalog;
	struct wk_topology topology;
	struct wk_plan plan;
	cJSON *facts;
	int replicas;

	if (!wk_catalog_load(arena, &source, &catalog, err) ||
		!wk_topology_load(arena, file, NULL, 0, &topology, err) ||
		!wk_plan_make(arena, &catalog, &topology, &(struct wk_selection){0}, &plan, err))
		return false;
	facts = wk_facts_declared(&topology);
	wk_plan_prepare(&plan);
	replicas = make_up(facts);
	print_table(&plan, facts, replicas);
	wk_jq_forget();
	cJSON_Delete(facts);
	return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_err err = {0};

	if (argc == 2 && print_page(argv[1], arena, &err))
		return 0;
	(void)fprintf(
		stderr, "sensitivity: %s\n", argc == 2 ? err.msg : "expected the source folder");
	return 1;
}
