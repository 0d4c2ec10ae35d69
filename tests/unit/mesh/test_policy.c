#include "wookie/mesh/policy.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>

static struct wk_workload workloads[] = {
	{.name = "hello", .namespace = "shop", .mtls = WK_MTLS_PERMISSIVE},
	{.name = "other", .namespace = "shop", .mtls = WK_MTLS_INHERITED},
	{.name = "far", .namespace = "depot", .mtls = WK_MTLS_INHERITED},
};
static struct wk_namespace namespaces[] = {{.name = "shop", .mtls = WK_MTLS_STRICT}};
static struct wk_cluster cluster = {.name = "a",
	.workloads = workloads,
	.n_workloads = WK_COUNT(workloads),
	.namespaces = namespaces,
	.n_namespaces = 1};

#define POLICY(name, namespace, selector, mode)                                                   \
	"{\"apiVersion\":\"security.istio.io/v1\",\"kind\":\"PeerAuthentication\",\"metadata\":{" \
	"\"name\":\"" name                                                                        \
	"\",\"namespace\":\"" namespace "\",\"labels\":{\"app.kubernetes.io/"                     \
					"managed-by\":\"wookie-conform\"}},\"spec\":{" selector   \
					"\"mtls\":{\"mode\":\"" mode "\"}}}"
#define HELLO "\"selector\":{\"matchLabels\":{\"app\":\"hello\"}},"

Test(policy, each_level_that_says_something_has_its_own)
{
	static const struct {
		enum wk_mtls mesh;
		const char *policies;
	} rows[] = {
		{WK_MTLS_PERMISSIVE, "[" POLICY("default", "shop", "", "STRICT") "," POLICY(
					     "hello", "shop", HELLO, "PERMISSIVE") "]"},
		{WK_MTLS_STRICT, "[" POLICY("default", "istio-system", "", "STRICT") "," POLICY(
					 "default", "shop", "", "STRICT") "," POLICY("hello",
					 "shop", HELLO, "PERMISSIVE") "]"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct wk_topology topology = {
			.clusters = &cluster, .n_clusters = 1, .mtls = rows[i].mesh};
		struct wk_err err = {0};
		cJSON *policies = NULL;
		char *text;

		cr_assert(wk_policy_objects(&topology, &cluster, &policies, &err), "%s", err.msg);
		text = cJSON_PrintUnformatted(policies);
		cr_expect_str_eq(text, rows[i].policies, "row %zu: %s", i, text);
		cJSON_free(text);
		cJSON_Delete(policies);
	}
}

Test(policy, the_nearest_level_counts)
{
	const struct wk_topology topology = {
		.clusters = &cluster, .n_clusters = 1, .mtls = WK_MTLS_PERMISSIVE};
	const struct wk_topology strict = {
		.clusters = &cluster, .n_clusters = 1, .mtls = WK_MTLS_STRICT};

	cr_expect_eq(wk_workload_mtls(&strict, &cluster, &workloads[0]), WK_MTLS_PERMISSIVE);
	cr_expect_eq(wk_workload_mtls(&topology, &cluster, &workloads[1]), WK_MTLS_STRICT);
	cr_expect_eq(wk_workload_mtls(&topology, &cluster, &workloads[2]), WK_MTLS_PERMISSIVE);
	cr_expect_eq(wk_workload_mtls(&strict, &cluster, &workloads[2]), WK_MTLS_STRICT);
}
