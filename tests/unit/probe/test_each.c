/* Asking each of several: everybody's answer is evidence, and a list of nobody is nobody. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#include "wookie/probe/args.h"
#include "wookie/probe/each.h"

/* Answers with what it was asked for, and has no answer of "mute". */
static bool echo(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	const cJSON *from = cJSON_GetObjectItemCaseSensitive(args, "from");
	const char *name = wk_arg_text(from, "name");

	(void)env;
	if (name && strcmp(name, "mute") == 0)
		return wk_err_set(err, WK_ERR_REMOTE, "says nothing");
	*ret = cJSON_CreateObject();
	if (name)
		(void)cJSON_AddStringToObject(*ret, "said", name);
	else
		(void)cJSON_AddNullToObject(*ret, "said");
	return true;
}

static const struct {
	const char *name; /* of the pod, as JSON */
	const char *evidence;
} rows[] = {
	{"\"a\"", "{\"said\":\"a\"}"},
	{"[\"a\"]", "{\"said\":\"a\",\"of\":\"a\"}"},
	{"[\"a\",\"b\"]",
		"{\"each\":[{\"said\":\"a\",\"of\":\"a\"},{\"said\":\"b\",\"of\":\"b\"}]}"},
	{"[]", "{\"said\":null,\"of\":\"\"}"},
	{"null", "{\"said\":null}"},
};

Test(each, everybody_on_a_list_is_asked)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *text = wk_xasprintf("{\"from\":{\"name\":%s}}", rows[i].name);
		cJSON *args = cJSON_Parse(text);
		cJSON *evidence = NULL;
		struct wk_err err = {0};
		char *got = NULL;

		cr_assert(wk_probe_each(NULL, args, "from.name", echo, &evidence, &err));
		got = cJSON_PrintUnformatted(evidence);
		cr_expect_str_eq(got, rows[i].evidence);
		cJSON_free(got);
		cJSON_Delete(evidence);
		cJSON_Delete(args);
	}
}

Test(each, one_that_cannot_be_asked_is_named)
{
	cJSON *args = cJSON_Parse("{\"from\":{\"name\":[\"a\",\"mute\"]}}");
	cJSON *evidence = NULL;
	struct wk_err err = {0};

	cr_expect_not(wk_probe_each(NULL, args, "from.name", echo, &evidence, &err));
	cr_expect_str_eq(err.msg, "mute: says nothing");
	cJSON_Delete(args);
}

Test(each, a_list_of_nobody_is_as_absent_as_null)
{
	static const struct wk_arg_spec specs[] = {{.key = "from", .required = true}, {0}};
	static const char *const absent[] = {"{\"from\":[]}", "{\"from\":{\"name\":[]}}",
		"{\"from\":null}", "{\"from\":{\"name\":null}}", "{}"};

	for (size_t i = 0; i < WK_COUNT(absent); i++) {
		cJSON *args = cJSON_Parse(absent[i]);
		cJSON *evidence = NULL;

		cr_expect(wk_args_absent(args, specs, &evidence), "%s", absent[i]);
		cJSON_Delete(evidence);
		cJSON_Delete(args);
	}
}
