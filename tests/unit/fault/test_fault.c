#include "wookie/base/mem.h"
#include "wookie/fault/undo.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static cJSON *parsed(const char *text)
{
	cJSON *json = cJSON_Parse(text);

	cr_assert_not_null(json, "%s", text);
	return json;
}

static void assert_same(cJSON *got, const char *text, const char *row)
{
	cJSON *wanted = parsed(text);
	WK_AUTOFREE char *shown = cJSON_PrintUnformatted(got);

	cr_expect(cJSON_Compare(got, wanted, true), "%s: got %s, expected %s", row, shown, text);
	cJSON_Delete(wanted);
}

/* Cases of RFC 7386, appendix A, those whose target and patch are objects. */
static const struct {
	const char *row;
	const char *object;
	const char *patch;
	const char *result;
} merges[] = {
	{"a value is replaced", "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
	{"a key is added", "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
	{"null removes", "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
	{"null of nothing is nothing", "{\"e\":1}", "{\"a\":null}", "{\"e\":1}"},
	{"a list is replaced whole", "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
	{"objects are merged", "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
		"{\"a\":{\"b\":\"d\"}}"},
	{"null within a new object leaves no trace", "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}",
		"{\"a\":{\"bb\":{}}}"},
	{"an object takes the place of a text", "{\"a\":\"foo\"}", "{\"a\":{\"b\":1}}",
		"{\"a\":{\"b\":1}}"},
};

Test(fault, a_merge_patch_is_merged_as_the_rfc_says)
{
	for (size_t i = 0; i < WK_COUNT(merges); i++) {
		cJSON *object = parsed(merges[i].object);
		cJSON *patch = parsed(merges[i].patch);

		wk_fault_merge(object, patch);
		assert_same(object, merges[i].result, merges[i].row);
		cJSON_Delete(object);
		cJSON_Delete(patch);
	}
}

/* A pod as an API server returns it after a webhook gave it a sidecar. */
static const char injected[] =
	"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"caller\",\"namespace\":"
	"\"trade\",\"uid\":\"1\",\"labels\":{\"app\":\"caller\",\"tlsMode\":\"istio\"},"
	"\"annotations\":{\"sidecar\":\"yes\"},\"managedFields\":["
	"{\"manager\":\"kubelet\",\"operation\":\"Update\",\"fieldsV1\":{\"f:status\":{}}},"
	"{\"manager\":\"us\",\"operation\":\"Apply\",\"fieldsV1\":{\"f:metadata\":{\"f:labels\":"
	"{\"f:app\":{}}},\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"curl\\\"}\":{\".\":{},"
	"\"f:command\":{},\"f:image\":{},\"f:name\":{}}},\"f:serviceAccountName\":{}}}}]},"
	"\"spec\":{\"containers\":[{\"name\":\"istio-proxy\",\"image\":\"proxy\"},{\"name\":"
	"\"curl\",\"image\":\"curl\",\"command\":[\"sleep\",\"infinity\"],\"env\":[]}],"
	"\"initContainers\":[{\"name\":\"istio-init\"}],\"nodeName\":\"node\","
	"\"serviceAccountName\":\"caller\"},\"status\":{\"phase\":\"Running\"}}";

Test(fault, a_pod_as_applied_is_without_what_server_and_webhook_added)
{
	cJSON *pod = parsed(injected);
	cJSON *applied = wk_fault_as_applied(pod);

	assert_same(applied,
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"trade\","
		"\"name\":\"caller\",\"labels\":{\"app\":\"caller\"}},\"spec\":{\"containers\":"
		"[{\"name\":\"curl\",\"image\":\"curl\",\"command\":[\"sleep\",\"infinity\"]}],"
		"\"serviceAccountName\":\"caller\"}}",
		"injected pod");
	cJSON_Delete(applied);
	cJSON_Delete(pod);
}

Test(fault, a_pod_that_nobody_applied_has_no_first_state)
{
	cJSON *pod = parsed("{\"metadata\":{\"name\":\"p\",\"namespace\":\"n\",\"managedFields\":"
			    "[{\"operation\":\"Update\",\"fieldsV1\":{\"f:spec\":{}}}]},"
			    "\"spec\":{}}");

	cr_expect_null(wk_fault_as_applied(pod));
	cJSON_Delete(pod);
}

Test(fault, a_fresh_object_holds_nothing_of_the_server)
{
	cJSON *object = parsed(injected);
	cJSON *fresh = wk_fault_fresh(object);
	cJSON *metadata = cJSON_GetObjectItemCaseSensitive(fresh, "metadata");

	cr_expect_null(cJSON_GetObjectItemCaseSensitive(fresh, "status"));
	cr_expect_null(cJSON_GetObjectItemCaseSensitive(metadata, "uid"));
	cr_expect_null(cJSON_GetObjectItemCaseSensitive(metadata, "managedFields"));
	cr_expect_str_eq(wk_fault_text(metadata, "name"), "caller");
	cr_expect_not_null(cJSON_GetObjectItemCaseSensitive(fresh, "spec"));
	cJSON_Delete(fresh);
	cJSON_Delete(object);
}

Test(fault, kinds_of_steps_are_sorted_and_say_what_they_are)
{
	const struct wk_kind_spec *specs = wk_fault_specs();

	cr_assert_not_null(specs[0].name);
	for (size_t i = 0; specs[i].name; i++) {
		cr_expect_not_null(specs[i].doc, "%s", specs[i].name);
		cr_expect_not_null(specs[i].args, "%s", specs[i].name);
		if (i > 0)
			cr_expect_lt(strcmp(specs[i - 1].name, specs[i].name), 0,
				"%s comes after %s", specs[i - 1].name, specs[i].name);
	}
}

Test(fault, an_unknown_step_is_refused_by_name)
{
	struct wk_fault_step step = {
		.kind = "shake", .args = "{}", .pos = {.file = "f.yaml", .line = 7}};
	struct wk_fault_env env = {.deadline = WK_NEVER};
	struct wk_undo *undo = wk_undo_new();
	cJSON *vars = parsed("{}");
	struct wk_err err = {0};

	cr_expect_not(wk_fault_steps(&env, &step, 1, vars, undo, &err));
	cr_expect_str_eq(err.msg, "f.yaml:7: shake: there is no step 'shake'");
	cJSON_Delete(vars);
	wk_undo_free(undo);
}
