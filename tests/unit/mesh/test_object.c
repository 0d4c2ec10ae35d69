#include "wookie/base/mem.h"
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>

Test(object, a_path_reaches_what_is_there_and_nothing_else)
{
	static const struct {
		const char *json;
		const char *path;
		const char *want;
	} rows[] = {
		{"{\"a\":{\"b\":\"x\"}}", "a.b", "x"},
		{"{\"a\":{\"b\":\"x\"}}", "a.c", NULL},
		{"{\"a\":{\"b\":\"x\"}}", "a.b.c", NULL},
		{"{\"ab\":\"x\"}", "a", NULL},
		{"{\"a\":7}", "a", NULL},
		{"[1]", "a", NULL},
		{"null", "a.b", NULL},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *json = cJSON_Parse(rows[i].json);
		const char *got = wk_object_text(json, rows[i].path);

		cr_expect_eq(!got, !rows[i].want, "%s in %s", rows[i].path, rows[i].json);
		if (got && rows[i].want)
			cr_expect_str_eq(got, rows[i].want, "%s", rows[i].json);
		cJSON_Delete(json);
	}
	cr_expect_null(wk_object_at(NULL, "a"));
	cr_expect_str_eq(wk_object_name(NULL), "");
}

Test(object, a_pod_that_is_being_deleted_is_not_ready)
{
	static const struct {
		const char *json;
		bool want;
	} rows[] = {
		{"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}", true},
		{"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"}]}}",
			false},
		{"{\"status\":{\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"True\"}]}}",
			false},
		{"{\"metadata\":{\"deletionTimestamp\":\"2026-11-22T14:00:00Z\"},"
		 "\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}",
			false},
		{"{}", false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *json = cJSON_Parse(rows[i].json);

		cr_expect_eq(wk_pod_is_ready(json), rows[i].want, "%s", rows[i].json);
		cJSON_Delete(json);
	}
}

Test(object, a_deployment_is_rolled_out_when_every_count_says_so)
{
	static const struct {
		const char *status;
		bool want;
	} rows[] = {
		{"\"observedGeneration\":2,\"updatedReplicas\":3,\"replicas\":3,"
		 "\"availableReplicas\":3",
			true},
		{"\"observedGeneration\":1,\"updatedReplicas\":3,\"replicas\":3,"
		 "\"availableReplicas\":3",
			false},
		{"\"observedGeneration\":2,\"updatedReplicas\":1,\"replicas\":3,"
		 "\"availableReplicas\":3",
			false},
		{"\"observedGeneration\":2,\"updatedReplicas\":3,\"replicas\":4,"
		 "\"availableReplicas\":3",
			false},
		{"\"observedGeneration\":2,\"updatedReplicas\":3,\"replicas\":3", false},
		{"", false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *text = wk_xasprintf("{\"metadata\":{\"generation\":2},\"spec\":{"
						      "\"replicas\":3},\"status\":{%s}}",
			rows[i].status);
		cJSON *json = cJSON_Parse(text);

		cr_expect_eq(wk_deployment_is_rolled_out(json), rows[i].want, "%s", text);
		cJSON_Delete(json);
	}
	cr_expect_not(wk_deployment_is_rolled_out(NULL));
}
