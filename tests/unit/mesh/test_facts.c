#include "../kube/server.h"
#include "wookie/mesh/facts.h"
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#define NOTHING                                                                            \
	{                                                                                  \
		.status = 404, .body = "{\"kind\":\"Status\",\"message\":\"x not found\"," \
				       "\"details\":{\"name\":\"x\"}}"                     \
	}
#define POD(name, ip, ready)                                       \
	"{\"metadata\":{\"name\":\"" name "\",\"uid\":\"uid-" name \
	"\"},\"status\":{\"podIP\":\"" ip                          \
	"\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"" ready "\"}]}}"

#define HOOK(service, how, value)                                                               \
	"{\"clientConfig\":{\"service\":{\"name\":\"" service                                   \
	"\"}},\"namespaceSelector\":{\"matchExpressions\":[{\"key\":\"istio.io/rev\","          \
	"\"operator\":\"" how "\",\"values\":[\"" value "\"]},{\"key\":\"other\",\"operator\":" \
	"\"In\",\"values\":[\"no\"]}]}}"

static struct wk_workload workloads[] = {
	{.kind = WK_WORKLOAD_HELLOWORLD,
		.name = "hello",
		.namespace = "shop",
		.replicas = 4,
		.version = "v7",
		.pos = {"mine.yaml", 9, 1}},
	{.kind = WK_WORKLOAD_TEST_POD,
		.name = "caller",
		.namespace = "shop",
		.replicas = 1,
		.version = "v1",
		.pos = {"mine.yaml", 10, 1}},
};

static struct wk_cluster cluster = {
	.name = "east",
	.role = WK_ROLE_DR,
	.network = "blue",
	.address = "10.9.0.2",
	.pods = {.text = "10.1.0.0/16", .pos = {"mine.yaml", 7, 1}},
	.services = {.text = "10.2.0.0/16", .pos = {"mine.yaml", 8, 1}},
	.gateway_enabled = true,
	.gateway_port = 15443,
	.workloads = workloads,
	.n_workloads = WK_COUNT(workloads),
	.pos = {"mine.yaml", 5, 3},
};

static const struct wk_topology topology = {
	.file = "mine.yaml",
	.mesh_id = "mesh1",
	.trust_domain = "cluster.local",
	.istio_version = "1.28.2",
	.wire = {.text = "10.9.0.0/16"},
	.clusters = &cluster,
	.n_clusters = 1,
};

static const cJSON *first_cluster(const cJSON *facts)
{
	return cJSON_GetArrayItem(wk_object_at(facts, "clusters"), 0);
}

/* Compares what is at a path with JSON text; NULL stands for a key that is there and null. */
static void expect(const cJSON *json, const char *path, const char *want)
{
	const cJSON *at = wk_object_at(json, path);
	cJSON *wanted = cJSON_Parse(want);

	cr_expect(at && cJSON_Compare(at, wanted, true), "%s, expected %s", path, want);
	cJSON_Delete(wanted);
}

/* Whether a path of the tree, "helloworld.pods[].ip", has a row. */
static bool is_about(const struct wk_fact_about *about, const char *path)
{
	for (; about->path; about++)
		if (strcmp(about->path, path) == 0)
			return true;
	return false;
}

/* Every leaf of the tree has a row, and so has nothing else that is told apart by name. */
static void expect_rows(const cJSON *json, const struct wk_fact_about *about, const char *path)
{
	const cJSON *item;

	if (!cJSON_IsObject(json) && !cJSON_IsArray(json))
		cr_expect(is_about(about, path), "'%s' has no row", path);
	cJSON_ArrayForEach(item, json)
	{
		const char *name = strcmp(path, "from") == 0 ? "{}" : item->string;
		WK_AUTOFREE char *below =
			wk_xasprintf("%s%s%s", path, *path && name ? "." : "", name ? name : "[]");

		expect_rows(item, about, below);
	}
}

/* What a row names is there, as far as lists have members. */
static void expect_there(const cJSON *json, const struct wk_fact_about *about)
{
	for (; about->path; about++) {
		WK_AUTOFREE char *path = wk_xstrdup(about->path);
		char *end = strpbrk(path, "[{");
		bool list = end && *end == '[';

		if (end)
			end[list ? 0 : -1] = '\0';
		cr_expect(list ? cJSON_IsArray(wk_object_at(json, path))
			       : wk_object_at(json, path) != NULL,
			"'%s' is not there", about->path);
	}
}

static const char *origin(const cJSON *json, const char *path)
{
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(wk_object_at(json, "from"), path));

	return text ? text : "(absent)";
}

static bool gather(
	const struct turn *turns, size_t n, cJSON **ret, char url[64], struct wk_err *err)
{
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct server server;
	bool ok = false;

	server_start(&server, turns, n);
	access.kube[0] = wk_kube_new(&server.config, -1);
	ok = wk_facts_gather(&access, wk_now() + 5 * WK_SEC, ret, err);
	memcpy(url, server.url, sizeof(server.url));
	wk_kube_free(access.kube[0]);
	server_stop(&server);
	return ok;
}

Test(facts, what_only_a_cluster_knows_is_null_in_a_plan)
{
	static const char *const nulls[] = {"uid", "root", "rootPem", "istiod.clusterIP",
		"helloworld.clusterIP", "testPod.ip", "testPod.ready"};
	cJSON *facts = wk_facts_declared(&topology);
	const cJSON *json = first_cluster(facts);

	for (size_t i = 0; i < WK_COUNT(nulls); i++)
		expect(json, nulls[i], "null");
	expect(json, "istiod.pods", "[]");
	expect(json, "gateway.addresses", "[]");
	expect(json, "helloworld.endpoints", "[]");
	expect(json, "helloworld.replicas", "4");
	expect(json, "helloworld.host", "\"hello.shop.svc.cluster.local\"");
	expect(json, "role", "\"dr\"");
	cr_expect_str_eq(origin(json, "network"), "topology mine.yaml:5");
	cr_expect_str_eq(origin(json, "podSubnet"), "topology mine.yaml:7");
	cr_expect_str_eq(origin(json, "helloworld"), "topology mine.yaml:9");
	cJSON_Delete(facts);
}

Test(facts, each_value_is_what_its_own_object_says)
{
	static const struct turn turns[] = {
		FOUND("{\"metadata\":{\"uid\":\"u1\"}}"),
		FOUND("{\"data\":{\"root-cert.pem\":\"no certificate\"}}"),
		FOUND("{\"spec\":{\"clusterIP\":\"10.2.0.5\"}}"),
		FOUND("{\"spec\":{\"selector\":{\"app\":\"istiod\"}}}"),
		FOUND("{\"items\":[" POD("istiod-b", "10.1.0.3", "False") "," POD(
			"istiod-a", "10.1.0.2", "True") "]}"),
		FOUND("{\"items\":[{\"webhooks\":[" HOOK("istiod", "In", "default") "," HOOK(
			"istiod", "NotIn", "old") "]},{\"webhooks\":[" HOOK("istiod-1", "In",
			"stable") "," HOOK("others", "In", "foreign") "]}]}"),
		FOUND("{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"10.9.0.7\"},"
		      "{\"ip\":\"10.9.0.2\"},{\"hostname\":\"gw.example\"}]}}}"),
		FOUND("{\"items\":[" POD("gw-2", "10.1.0.9", "True") "," POD(
			"gw-1", "10.1.0.8", "True") "]}"),
		FOUND("{\"spec\":{\"clusterIP\":\"10.2.0.6\"}}"),
		FOUND("{\"items\":[{\"endpoints\":[{\"addresses\":[\"10.1.0.6\"],\"conditions\":"
		      "{\"ready\":true}},{\"addresses\":[\"10.1.0.7\"],\"conditions\":{\"ready\":"
		      "false}}]},{\"endpoints\":[{\"addresses\":[\"10.1.0.4\"],\"conditions\":{"
		      "\"ready\":true}}]}]}"),
		FOUND("{\"items\":[" POD("hello-2", "10.1.0.6", "True") "," POD("hello-1",
			"10.1.0.4", "True") "," POD("hello-3", "10.1.0.7", "False") "]}"),
		FOUND(POD("caller", "10.1.0.5", "True")),
	};
	struct wk_err err = {0};
	cJSON *facts = NULL;
	const cJSON *json = NULL;
	char url[64];

	cr_assert(gather(turns, WK_COUNT(turns), &facts, url, &err), "%s", err.msg);
	json = first_cluster(facts);
	cr_expect_str_eq(wk_object_text(json, "server"), url);
	expect_rows(json, wk_facts_of_cluster, "");
	expect_there(json, wk_facts_of_cluster);
	expect_rows(wk_object_at(facts, "mesh"), wk_facts_of_mesh, "");
	expect_there(wk_object_at(facts, "mesh"), wk_facts_of_mesh);
	expect(json, "uid", "\"u1\"");
	expect(json, "root", "null");
	expect(json, "rootPem", "\"no certificate\"");
	expect(json, "roots", "[]");
	expect(json, "istiod",
		"{\"pods\":[\"istiod-a\"],\"clusterIP\":\"10.2.0.5\",\"revisions\":[\"default\","
		"\"stable\"]}");
	expect(json, "gateway.addresses", "[\"10.9.0.2\",\"10.9.0.7\",\"gw.example\"]");
	expect(json, "gateway.pods", "[\"gw-1\",\"gw-2\"]");
	expect(json, "gateway.podIPs", "[\"10.1.0.8\",\"10.1.0.9\"]");
	expect(json, "helloworld.clusterIP", "\"10.2.0.6\"");
	expect(json, "helloworld.endpoints", "[\"10.1.0.4\",\"10.1.0.6\"]");
	expect(json, "helloworld.pods",
		"[{\"name\":\"hello-1\",\"ip\":\"10.1.0.4\",\"uid\":\"uid-hello-1\"},"
		"{\"name\":\"hello-2\",\"ip\":\"10.1.0.6\",\"uid\":\"uid-hello-2\"}]");
	expect(json, "helloworld.replicas", "4");
	expect(json, "testPod.ip", "\"10.1.0.5\"");
	expect(json, "testPod.ready", "true");
	cr_expect_str_eq(origin(json, "gateway.addresses"),
		"east service istio-system/istio-eastwestgateway status.loadBalancer");
	cr_expect_str_eq(
		origin(json, "helloworld.clusterIP"), "east service shop/hello spec.clusterIP");
	cJSON_Delete(facts);
}

Test(facts, an_object_that_is_not_there_leaves_null_and_no_guess)
{
	static const struct turn turns[] = {NOTHING};
	struct wk_err err = {0};
	cJSON *facts = NULL;
	const cJSON *json = NULL;
	char url[64];

	cr_assert(gather(turns, WK_COUNT(turns), &facts, url, &err), "%s", err.msg);
	json = first_cluster(facts);
	expect(json, "root", "null");
	expect(json, "istiod", "{\"pods\":[],\"clusterIP\":null,\"revisions\":[]}");
	expect(json, "gateway.addresses", "[]");
	expect(json, "helloworld.clusterIP", "null");
	expect(json, "helloworld.pods", "[]");
	expect(json, "testPod.ready", "null");
	cJSON_Delete(facts);
}

Test(facts, a_server_that_refuses_is_an_error_and_no_null)
{
	static const struct turn turns[] = {
		{.status = 403, .body = "{\"kind\":\"Status\",\"message\":\"may not\"}"}};
	struct wk_err err = {0};
	cJSON *facts = NULL;
	char url[64];

	cr_expect_not(gather(turns, WK_COUNT(turns), &facts, url, &err));
	cr_expect(strncmp(err.msg, "cluster 'east': ", 16) == 0, "%s", err.msg);
	cr_expect_null(facts);
}
