#include "wookie/conf/catalog.h"
#include "wookie/fault/fault.h"
#include "wookie/mesh/facts.h"
#include "wookie/probe/probe.h"
#include "wookie/run/runner.h"
#include "wookie/run/scratch.h"

#include "../kube/server.h"
#include "mesh.h"
#include "shipped.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

static struct wk_scratch_object strict_objects[] = {
	{.to = "$server",
		.manifest = "{\"kind\": \"PeerAuthentication\", \"metadata\": {\"name\": \"s\","
			    " \"namespace\": \"${server.helloworld.namespace}\"}}"},
	{.to = "$client.name", .manifest = "{\"kind\": \"Pod\"}", .wait = "Ready"},
};
static struct wk_scratch_object plain_objects[] = {
	{.to = "$cluster", .manifest = "{\"kind\": \"Namespace\"}"}};
static struct wk_scratch scratch[] = {
	{.id = "strict", .scope = WK_SCOPE_PAIRS, .objects = strict_objects, .n_objects = 2},
	{.id = "plain", .scope = WK_SCOPE_CLUSTERS, .objects = plain_objects, .n_objects = 1},
};
static const struct wk_catalog catalog = {.scratch = scratch, .n_scratch = 2};
static const char *both_ids[] = {"strict", "plain"};
static const char *plain_ids[] = {"plain"};
static const struct wk_suite both = {.name = "both", .with = both_ids, .n_with = 2};
static const struct wk_suite plain = {.name = "plain", .with = plain_ids, .n_with = 1};
static const struct wk_check any = {.probe = {.kind = "http", .args = "{\"url\":\"http://s/\"}"}};
static const struct wk_check other = {.probe = {.kind = "http", .args = "{}"}};
static struct wk_planned checks[] = {{.suite = &both, .check = &any},
	{.suite = &both, .check = &any}, {.suite = &plain, .check = &other}};
static const struct wk_plan plan = {
	.catalog = &catalog, .topology = &topology, .checks = checks, .n_checks = 3};

Test(scratch, objects_are_made_once_for_each_of_their_scope_and_labelled)
{
	cJSON *facts = wk_facts_declared(&topology);
	cJSON *list = NULL;
	struct wk_err err;
	char *text;

	cr_assert(wk_scratch_expand(&plan, facts, &list, &err), "%s", err.msg);
	text = cJSON_PrintUnformatted(list);
	cr_expect_str_eq(text,
		"[{\"scratch\":\"strict\",\"cluster\":0,\"object\":{\"kind\":"
		"\"PeerAuthentication\","
		"\"metadata\":{\"name\":\"s\",\"namespace\":\"demo\",\"labels\":"
		"{\"wookie-conform/scratch\":\"strict\"}}}},"
		"{\"scratch\":\"strict\",\"cluster\":1,\"object\":{\"kind\":\"Pod\",\"metadata\":"
		"{\"labels\":{\"wookie-conform/scratch\":\"strict\"}}},\"wait\":\"Ready\"},"
		"{\"scratch\":\"plain\",\"cluster\":0,\"object\":{\"kind\":\"Namespace\","
		"\"metadata\":{\"labels\":{\"wookie-conform/scratch\":\"plain\"}}}},"
		"{\"scratch\":\"plain\",\"cluster\":1,\"object\":{\"kind\":\"Namespace\","
		"\"metadata\":{\"labels\":{\"wookie-conform/scratch\":\"plain\"}}}}]",
		"%s", text);
	cJSON_free(text);
	cJSON_Delete(list);
	cJSON_Delete(facts);
}

/* What the topology's longest names become: no name of a pod or Service, and no label, is too long. */
Test(scratch, names_have_room_for_the_longest_cluster)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	static char longest[46];
	struct wk_cluster own_clusters[] = {clusters[0], clusters[1]};
	struct wk_topology own = topology;
	struct wk_catalog shipped = {0};
	struct wk_plan every = {.catalog = &shipped, .topology = &own};
	cJSON *facts = NULL;
	cJSON *list = NULL;
	const cJSON *entry;
	struct wk_err err;

	memset(longest, 'c', 45);
	own_clusters[0].name = own_clusters[1].name = longest;
	own.clusters = own_clusters;
	load_shipped(arena, &shipped);
	cr_assert(wk_plan_make(arena, &shipped, &own, &(struct wk_selection){0}, &every, &err));
	facts = wk_facts_declared(&own);
	cr_assert(wk_scratch_expand(&every, facts, &list, &err), "%s", err.msg);
	cr_expect_gt(cJSON_GetArraySize(list), 5);
	cJSON_ArrayForEach(entry, list)
	{
		const cJSON *object = cJSON_GetObjectItem(entry, "object");
		const cJSON *name =
			cJSON_GetObjectItem(cJSON_GetObjectItem(object, "metadata"), "name");

		cr_expect_leq(strlen(name->valuestring), 63, "%s", name->valuestring);
	}
	cJSON_Delete(list);
	cJSON_Delete(facts);
}

Test(scratch, what_was_heard_of_one_is_told_from_the_others)
{
	static const struct {
		const char *lines;
		enum wk_scratch_state state;
		const char *why;
	} rows[] = {
		{"", WK_SCRATCH_COMING, NULL},
		{"strict", WK_SCRATCH_COMING, NULL}, /* its line is still on the way */
		{"stricter\nother\n", WK_SCRATCH_COMING, NULL},
		{"other\nstrict\n", WK_SCRATCH_THERE, NULL},
		{"strict\tPod 'x': is not Ready in time\nstrict\n", WK_SCRATCH_FAILED,
			"Pod 'x': is not Ready in time"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *why = NULL;

		cr_expect_eq(wk_scratch_heard(rows[i].lines, "strict", &why), rows[i].state,
			"row %zu", i);
		cr_expect_str_eq(why ? why : "", rows[i].why ? rows[i].why : "", "row %zu", i);
	}
}

Test(scratch, an_object_for_no_cluster_names_its_scratch)
{
	struct wk_scratch_object objects[] = {{.to = "\"nobody\"", .manifest = "{}"}};
	struct wk_scratch wrong[] = {
		{.id = "plain", .scope = WK_SCOPE_MESH, .objects = objects, .n_objects = 1}};
	const struct wk_catalog own = {.scratch = wrong, .n_scratch = 1};
	struct wk_planned one = {.suite = &plain, .check = &other};
	const struct wk_plan its = {
		.catalog = &own, .topology = &topology, .checks = &one, .n_checks = 1};
	cJSON *facts = wk_facts_declared(&topology);
	cJSON *list = NULL;
	struct wk_err err;

	cr_assert_not(wk_scratch_expand(&its, facts, &list, &err));
	cr_expect_str_eq(err.msg, "scratch 'plain': 'to: \"nobody\"' is no cluster");
	cJSON_Delete(facts);
}

Test(scratch, only_what_a_check_names_is_used_by_it)
{
	static struct wk_scratch_object objects[] = {
		{.manifest = "{\"metadata\":{\"name\":\"wookie-back-${server.name}\"}}"},
		{.manifest = "{\"metadata\":{\"name\":\"wookie-caller-${client.name}\"}}"},
		{.manifest = "{\"metadata\":{\"name\":\"wookie-entry\"},"
			     "\"spec\":{\"hosts\":[\"database-${server.name}.test\"]}}"}};
	static const struct wk_scratch pair = {.id = "pair", .objects = objects, .n_objects = 3};
	static const struct {
		const char *probe;
		const char *control;
		const char *jq;
		bool used;
	} rows[] = {
		{"{\"from\":{\"name\":\"wookie-caller-${client.name}\"}}", NULL, ".", true},
		{"{\"url\":\"http://wookie-back-${server.name}.x:5000/\"}", NULL, ".", true},
		{"{\"url\":\"http://helloworld:5000/\"}", "{\"name\":\"wookie-back-b\"}", ".",
			true},
		{"{\"url\":\"http://wookie-spread-a:5000/\"}", NULL, ".", false},
		{"{\"kind\":\"Pod\"}", NULL,
			"any(.items[]; .metadata.name == \"wookie-back-\\($server.name)\")", true},
		{"{\"names\":[\"database-${server.name}.test\"]}", NULL, ".", true},
		{"{\"names\":[\"${server.helloworld.host}\"]}", NULL, ".", false},
		{NULL, NULL, ".", false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_expectation expect = {.that = "x", .jq = rows[i].jq};
		const struct wk_check check = {.probe = {.args = rows[i].probe},
			.control = {.args = rows[i].control},
			.expect = &expect,
			.n_expect = 1};

		cr_expect_eq(wk_scratch_is_used(&pair, &check), rows[i].used, "row %zu", i);
	}
}

Test(scratch, what_this_run_has_made_is_fresh_for_the_checks_that_name_it)
{
	static struct wk_scratch_object objects[] = {
		{.manifest = "{\"metadata\":{\"name\":\"wookie-back-${server.name}\"}}"}};
	static struct wk_scratch pair = {.id = "pair", .objects = objects, .n_objects = 1};
	static const char *with[] = {"pair"};
	static const struct wk_suite suite = {.with = with, .n_with = 1};
	static const struct wk_check uses = {.probe = {.args = "{\"name\":\"wookie-back-b\"}"}};
	static const struct wk_check foreign = {.probe = {.args = "{\"name\":\"helloworld\"}"}};
	static const struct wk_catalog pairs = {.scratch = &pair, .n_scratch = 1};
	static const struct wk_plan of_pairs = {.catalog = &pairs};
	static const struct wk_run run = {.plan = &of_pairs};
	struct wk_runner runner = {.run = &run};
	const struct wk_planned planned[] = {
		{.suite = &suite, .check = &uses}, {.suite = &suite, .check = &foreign}};

	cr_expect_not(wk_scratch_is_fresh(&runner, &planned[0]));
	runner.scratch = cJSON_CreateArray();
	cr_expect(wk_scratch_is_fresh(&runner, &planned[0]));
	cr_expect_not(wk_scratch_is_fresh(&runner, &planned[1]));
	cJSON_Delete(runner.scratch);
}

#define PODS(status)                                                                             \
	FOUND("{\"items\":[{\"metadata\":{\"name\":\"done\",\"namespace\":\"n\"},\"status\":{"   \
	      "\"conditions\":"                                                                  \
	      "[{\"type\":\"Ready\",\"status\":\"True\"}]}},{\"metadata\":{\"name\":\"copy-1\"," \
	      "\"namespace\":\"n\"},\"status\":{" status "}}]}")
#define NO_EVENTS FOUND("{\"items\":[]}")
#define EVENT(reason, message)                                                               \
	FOUND("{\"items\":[{\"involvedObject\":{\"name\":\"copy-7f\"},\"type\":\"Warning\"," \
	      "\"reason\":\"" reason "\",\"message\":\"" message "\"}]}")

static const struct {
	const char *name;
	struct turn turns[3];
	size_t n;
	const char *why;
} obstacles[] = {
	{"an image",
		{PODS("\"phase\":\"Pending\",\"containerStatuses\":[{\"name\":\"c\",\"state\":{"
		      "\"waiting\":{\"reason\":\"ImagePullBackOff\",\"message\":\"no such\"}}}]"),
			NO_EVENTS},
		2,
		"is not Ready in time; its pod is Pending; container 'c': ImagePullBackOff: no "
		"such"},
	{"a sidecar, in its own words",
		{PODS("\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"istio-init\","
		      "\"state\":{\"terminated\":{\"reason\":\"Completed\"}}},{\"name\":"
		      "\"istio-proxy\",\"ready\":false,\"state\":{\"running\":{}}}],"
		      "\"containerStatuses\":[{\"name\":\"c\",\"state\":{\"waiting\":{\"reason\":"
		      "\"PodInitializing\"}}}]"),
			NO_EVENTS,
			FOUND("2026-11-26T18:00:00.1Z\tinfo\tstarted\n"
			      "2026-11-26T18:00:01.2Z\twarn\tca\tno such file\n"
			      "2026-11-26T18:00:02.3Z\tinfo\twaits\n")},
		3,
		"is not Ready in time; its pod is Pending; container 'istio-proxy' is not ready; "
		"istio-proxy says: warn ca no such file"},
	{"a quota",
		{FOUND("{\"items\":[]}"),
			EVENT("FailedCreate", "pods are forbidden: exceeded quota: full")},
		2, "is not Ready in time; FailedCreate: pods are forbidden: exceeded quota: full"},
};

Test(scratch, what_is_not_ready_says_what_holds_it_up)
{
	cJSON *object = cJSON_Parse("{\"metadata\":{\"namespace\":\"n\",\"name\":\"copy\"}}");

	for (size_t i = 0; i < WK_COUNT(obstacles); i++) {
		struct wk_kube *kube = NULL;
		struct server server;
		struct wk_err err = {0};

		server_start(&server, obstacles[i].turns, obstacles[i].n);
		kube = wk_kube_new(&server.config, -1);
		wk_scratch_obstacle(kube, object, "Ready", &err);
		cr_expect_str_eq(err.msg, obstacles[i].why, "%s: %s", obstacles[i].name, err.msg);
		wk_kube_free(kube);
		server_stop(&server);
	}
	cJSON_Delete(object);
}
