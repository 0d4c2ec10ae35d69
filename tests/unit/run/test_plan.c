#include "wookie/run/plan.h"

#include "mesh.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct wk_expectation plain[] = {{.that = "it is", .jq = ".", .at_least = 1}};

#define CHECK(suite, name, where)                                                        \
	{                                                                                \
		.id = (name), .full_id = suite "." name, .title = (name),                \
		.probe = {.kind = "kube", .args = "{}"}, .expect = plain, .n_expect = 1, \
		.scope = (where), .stable = 1                                            \
	}

static struct wk_check dns_checks[] = {
	CHECK("dns", "resolves", WK_SCOPE_PAIRS),
	CHECK("dns", "table", WK_SCOPE_CLUSTERS),
};
static struct wk_check routing_checks[] = {
	CHECK("routing", "links", WK_SCOPE_LINKS),
	CHECK("routing", "whole", WK_SCOPE_MESH),
};
static struct wk_suite suites[] = {
	{.name = "dns", .title = "d", .checks = dns_checks, .n_checks = 2},
	{.name = "routing", .title = "r", .checks = routing_checks, .n_checks = 2},
};
static const struct wk_catalog catalog = {.suites = suites, .n_suites = 2};

static void expect_ids(const char *name, const struct wk_selection *selection, const char *ids)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_plan plan = {0};
	char got[500] = "";
	struct wk_err err;

	cr_assert(wk_plan_make(arena, &catalog, &topology, selection, &plan, &err), "%s: %s", name,
		err.msg);
	for (size_t i = 0; i < plan.n_checks; i++) {
		strcat(got, i ? " " : "");
		strcat(got, plan.checks[i].id);
	}
	cr_expect_str_eq(got, ids, "%s: %s", name, got);
}

#define EVERY                                                                                \
	"dns.resolves[b>a] dns.table[a] dns.table[b] routing.links[a>b] routing.links[b>a] " \
	"routing.whole"

Test(plan, every_check_is_planned_once_for_each_of_its_scope)
{
	const char *all[] = {"all"};

	expect_ids("nothing named", &(struct wk_selection){0}, EVERY);
	expect_ids("all", &(struct wk_selection){.suites = all, .n_suites = 1}, EVERY);
}

Test(plan, what_holds_only_where_the_topology_is_another_is_not_planned)
{
	static const struct {
		const char *where;
		size_t n;
	} rows[] = {
		{"$mesh.id != null", 6}, {"$mesh.id == null", 4}, {"$cluster.name == \"a\"", 5},
		{"$mesh.id | nosuch", 6}, /* cannot be judged: told when it is run, not left out */
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		struct wk_check own_checks[] = {dns_checks[0], dns_checks[1]};
		struct wk_suite own_suites[] = {suites[0], suites[1]};
		struct wk_catalog own = {.suites = own_suites, .n_suites = 2};
		struct wk_plan plan = {0};
		struct wk_err err;

		own_checks[1].only_where = rows[i].where;
		own_suites[0].checks = own_checks;
		cr_assert(wk_plan_make(
				  arena, &own, &topology, &(struct wk_selection){0}, &plan, &err),
			"%s", err.msg);
		cr_expect_eq(plan.n_checks, rows[i].n, "%s: %zu", rows[i].where, plan.n_checks);
	}
}

Test(plan, what_the_topology_has_nothing_for_is_planned_once_with_the_reason)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_cluster no_pods[] = {clusters[0], clusters[1]};
	struct wk_topology own = topology;
	struct wk_plan plan = {0};
	struct wk_err err;

	no_pods[1].n_workloads = 0;
	own.clusters = no_pods;
	cr_assert(wk_plan_make(arena, &catalog, &own, &(struct wk_selection){0}, &plan, &err), "%s",
		err.msg);
	cr_assert_eq(plan.n_checks, 6);
	cr_expect_str_eq(plan.checks[0].id, "dns.resolves");
	cr_expect_str_eq(plan.checks[0].nowhere,
		"no cluster declares a test-pod while another one declares a helloworld");
	for (size_t i = 1; i < plan.n_checks; i++)
		cr_expect_null(plan.checks[i].nowhere, "%s", plan.checks[i].id);
	cr_expect(wk_plan_verify(&plan, &err), "%s", err.msg);
}

/* Three checks of a suite with scratch: one that uses it, one that looks from inside, one that does neither. */
static void plan_limited(
	enum wk_provider provider, bool read_only, const char *scratched, const char *inside)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_scratch_object pod = {.to = "$cluster",
		.manifest = "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"wookie-pod\"}}"};
	struct wk_scratch scratch = {.id = "pods", .objects = &pod, .n_objects = 1};
	const char *with[] = {"pods"};
	struct wk_check checks[] = {CHECK("own", "scratched", WK_SCOPE_MESH),
		CHECK("own", "inside", WK_SCOPE_MESH), CHECK("own", "plain", WK_SCOPE_MESH)};
	struct wk_suite suite = {
		.name = "own", .checks = checks, .n_checks = 3, .with = with, .n_with = 1};
	const struct wk_catalog own = {
		.suites = &suite, .n_suites = 1, .scratch = &scratch, .n_scratch = 1};
	const struct wk_selection selection = {.read_only = read_only};
	struct wk_topology of = topology;
	struct wk_plan plan = {0};
	struct wk_err err;

	of.provider = provider;
	checks[0].probe.args = "{\"name\":\"wookie-pod\"}";
	checks[1].probe = (struct wk_probe_call){
		.kind = "envoy", .args = "{\"around\":{\"tls\":{\"address\":\"x\"}}}"};
	cr_assert(wk_plan_make(arena, &own, &of, &selection, &plan, &err), "%s", err.msg);
	cr_assert_eq(plan.n_checks, 3);
	cr_expect_str_eq(plan.checks[0].nowhere ? plan.checks[0].nowhere : "", scratched);
	cr_expect_str_eq(plan.checks[1].nowhere ? plan.checks[1].nowhere : "", inside);
	cr_expect_null(plan.checks[2].nowhere);
}

Test(plan, what_cannot_be_asked_there_is_skipped_with_the_reason)
{
	static const char makes[] = "it needs objects of its own, and --read-only makes none";
	static const char inside[] =
		"it is asked from the clusters' own network, which a kubeconfig does not open";

	plan_limited(WK_PROVIDER_NATIVE, false, "", "");
	plan_limited(WK_PROVIDER_NATIVE, true, makes, "");
	plan_limited(WK_PROVIDER_EXISTING, false, "", inside);
	plan_limited(WK_PROVIDER_EXISTING, true, makes, inside);
}

Test(plan, suites_globs_and_ids_select)
{
	const char *dns[] = {"dns"};
	const char *both[] = {"routing", "dns"};
	const char *globs[] = {"*.t*", "routing.whole"};
	const char *ids[] = {"dns.table[b]", "dns.gone[b]"};

	expect_ids("one suite", &(struct wk_selection){.suites = dns, .n_suites = 1},
		"dns.resolves[b>a] dns.table[a] dns.table[b]");
	expect_ids("order is the catalog's", &(struct wk_selection){.suites = both, .n_suites = 2},
		EVERY);
	expect_ids("only", &(struct wk_selection){.only = globs, .n_only = 2},
		"dns.table[a] dns.table[b] routing.whole");
	expect_ids("skip", &(struct wk_selection){.skip = globs, .n_skip = 2},
		"dns.resolves[b>a] routing.links[a>b] routing.links[b>a]");
	expect_ids("ids", &(struct wk_selection){.ids = ids, .n_ids = 2}, "dns.table[b]");
}

Test(plan, printed_ids_and_names_select)
{
	const char *name[] = {"dns.resolves"};
	const char *id[] = {"dns.table[b]", "routing"};
	const char *globs[] = {"dns.*[a]", "routing.links[b>*]"};
	const char *brackets[] = {"dns.[rt]*"};

	expect_ids("a name", &(struct wk_selection){.suites = name, .n_suites = 1},
		"dns.resolves[b>a]");
	expect_ids("an id and a suite", &(struct wk_selection){.suites = id, .n_suites = 2},
		"dns.table[b] routing.links[a>b] routing.links[b>a] routing.whole");
	expect_ids("only an id", &(struct wk_selection){.only = id, .n_only = 1}, "dns.table[b]");
	expect_ids("globs of both parts", &(struct wk_selection){.only = globs, .n_only = 2},
		"dns.table[a] routing.links[b>a]");
	expect_ids("a set of letters", &(struct wk_selection){.only = brackets, .n_only = 1},
		"dns.resolves[b>a] dns.table[a] dns.table[b]");
}

Test(plan, an_unknown_suite_gets_the_nearest_name)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	const char *names[] = {"routin"};
	const struct wk_selection selection = {.suites = names, .n_suites = 1};
	struct wk_plan plan;
	struct wk_err err;

	cr_assert_not(wk_plan_make(arena, &catalog, &topology, &selection, &plan, &err));
	cr_expect_eq(err.kind, WK_ERR_INPUT);
	cr_expect_str_eq(err.msg, "unknown suite 'routin'; the nearest is 'routing'");
}

Test(plan, a_check_has_the_variables_of_its_scope)
{
	cJSON *facts = cJSON_Parse(
		"{\"mesh\":{\"id\":\"m\"},\"clusters\":[{\"name\":\"a\"},{\"name\":\"b\"}]}");
	struct wk_planned link = {.client = 1, .server = 0, .cluster = -1};
	struct wk_planned whole = {.client = -1, .server = -1, .cluster = -1};
	cJSON *of_link = wk_plan_vars(&link, facts);
	cJSON *of_whole = wk_plan_vars(&whole, facts);
	char *text = cJSON_PrintUnformatted(of_link);

	cr_expect_str_eq(text, "{\"client\":{\"name\":\"b\"},\"server\":{\"name\":\"a\"},"
			       "\"clusters\":[{\"name\":\"a\"},{\"name\":\"b\"}],"
			       "\"mesh\":{\"id\":\"m\"}}");
	cr_expect_not(cJSON_HasObjectItem(of_whole, "client"));
	cr_expect(cJSON_HasObjectItem(of_whole, "mesh"));
	cJSON_free(text);
	cJSON_Delete(of_link);
	cJSON_Delete(of_whole);
	cJSON_Delete(facts);
}

#define AT(l)                                              \
	{                                                  \
		.file = "s.yaml", .line = (l), .column = 7 \
	}

static const struct {
	const char *name;
	const char *args;
	const char *jq;
	const char *equals;
	const char *message; /* NULL: fine */
} verified[] = {
	{"fine", "{\"cluster\": \"$server\"}", ".a", "$server.network", NULL},
	{"args", "{\"cluster\": \"$sever.name\"}", ".", NULL,
		"s.yaml:1:7: jq '$sever.name': $sever is not defined"},
	{"of another scope", "{\"cluster\": \"$cluster\"}", ".", NULL,
		"s.yaml:1:7: jq '$cluster': $cluster is not defined"},
	{"jq", "{}", ".a |", NULL, "s.yaml:2:7: jq '.a |': syntax error, unexpected $end"},
	{"equals", "{}", ".a", "$server.netwrk",
		"s.yaml:3:7: jq '$server.netwrk': '$server' holds no 'netwrk'; the nearest is "
		"'network'"},
};

Test(plan, verifying_names_the_place_of_what_is_wrong)
{
	for (size_t i = 0; i < WK_COUNT(verified); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		struct wk_expectation e[] = {{.that = "x",
			.jq = verified[i].jq,
			.equals = verified[i].equals,
			.jq_pos = AT(2),
			.equals_pos = AT(3)}};
		struct wk_check check[] = {CHECK("s", "c", WK_SCOPE_PAIRS)};
		struct wk_suite suite[] = {
			{.name = "s", .title = "s", .checks = check, .n_checks = 1}};
		const struct wk_catalog own = {.suites = suite, .n_suites = 1};
		struct wk_plan plan;
		struct wk_err err = {.msg = ""};
		bool ok;

		check[0].probe = (struct wk_probe_call){
			.kind = "kube", .args = verified[i].args, .pos = AT(1)};
		check[0].expect = e;
		cr_assert(wk_plan_make(
			arena, &own, &topology, &(struct wk_selection){0}, &plan, &err));
		ok = wk_plan_verify(&plan, &err);
		cr_expect_eq(ok, !verified[i].message, "%s: %s", verified[i].name, err.msg);
		if (verified[i].message)
			cr_expect_str_eq(
				err.msg, verified[i].message, "%s: %s", verified[i].name, err.msg);
	}
}

static const struct {
	const char *name;
	const char *args;
	const char *message; /* NULL: fine */
} steps[] = {
	{"good", "{\"name\": \"${server.name}\", \"jq\": \".a\"}", NULL},
	{"a key", "{\"name\": \"$server.netwrk\"}",
		"f.yaml:4:7: jq '$server.netwrk': '$server' holds no 'netwrk'; the nearest is "
		"'network'"},
	{"jq", "{\"jq\": \".a |\"}", "f.yaml:4:7: jq '.a |': syntax error, unexpected $end"},
	{"value", "{\"value\": \"(\"}", "f.yaml:4:7: jq '(': a bracket is not closed"},
	{"jq that is filled in later", "{\"jq\": \".a == \\\"${server.name}\\\"\"}", NULL},
};

Test(plan, steps_of_faults_are_verified_in_their_place)
{
	for (size_t i = 0; i < WK_COUNT(steps); i++) {
		struct wk_fault_step step[] = {{.kind = "patch",
			.args = steps[i].args,
			.pos = {.file = "f.yaml", .line = 4, .column = 7}}};
		struct wk_fault fault[] = {{.id = "f",
			.scope = WK_SCOPE_PAIRS,
			.inject = step,
			.n_inject = 1,
			.heal = step,
			.n_heal = 1}};
		const struct wk_catalog own = {.faults = fault, .n_faults = 1};
		struct wk_err err = {.msg = ""};
		bool ok = wk_faults_verify(&own, &topology, NULL, &err);

		cr_expect_eq(ok, !steps[i].message, "%s: %s", steps[i].name, err.msg);
		if (steps[i].message)
			cr_expect_str_eq(
				err.msg, steps[i].message, "%s: %s", steps[i].name, err.msg);
	}
}
