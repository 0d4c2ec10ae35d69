#include "wookie/base/mem.h"
#include "wookie/expect/expect.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static cJSON *vars(void)
{
	return cJSON_Parse("{\"server\": {\"name\": \"cluster-a\", \"port\": 15443,"
			   " \"ips\": [\"1.2.3.4\"], \"none\": null}}");
}

static const struct {
	const char *name;
	const char *json;
	const char *expanded; /* NULL: refused */
	const char *message;
} rows[] = {
	{"nothing to do", "{\"a\":[1,\"b\",null]}", "{\"a\":[1,\"b\",null]}", NULL},
	{"a whole string keeps its type", "{\"port\":\"$server.port\"}", "{\"port\":15443}", NULL},
	{"also a list", "[\"$server.ips\",1]", "[[\"1.2.3.4\"],1]", NULL},
	{"also null", "[\"$server.none\"]", "[null]", NULL},
	{"it may be any expression", "\"$server.ips | length\"", "1", NULL},
	{"inside a text", "{\"u\":\"http://${server.name}:${$server.port}/\"}",
		"{\"u\":\"http://cluster-a:15443/\"}", NULL},
	{"a list inside a text", "[\"x ${server.ips}\"]", "[\"x [\\\"1.2.3.4\\\"]\"]", NULL},
	{"braces inside", "[\"${server | {n: .name} | .n}\"]", "[\"cluster-a\"]", NULL},
	{"a doubled sign", "[\"$$server and $${x}\"]", "[\"$server and ${x}\"]", NULL},
	{"a lone sign", "[\"^a$\",\"5 $\"]", "[\"^a$\",\"5 $\"]", NULL},
	{"keys stay", "{\"$server.port\":1}", "{\"$server.port\":1}", NULL},
	{"several in one object", "{\"a\":\"$server.name\",\"b\":\"$server.port\",\"c\":2}",
		"{\"a\":\"cluster-a\",\"b\":15443,\"c\":2}", NULL},
	{"null inside a text", "[\"${server.none}:80\"]", NULL,
		"'$server.none' is not there, expected a value"},
	{"not closed", "[\"${server.name\"]", NULL,
		"'${server.name': '${' is not closed, expected '}'"},
	{"not compiling", "[\"$server.name:80\"]", NULL,
		"jq '$server.name:80': syntax error, unexpected ':', expecting $end"},
	{"no JSON", "[", NULL, "'[' is no JSON"},
};

Test(expand, dollar_expressions_become_values)
{
	cJSON *v = vars();

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_err err = {.msg = ""};
		WK_AUTOFREE char *text = NULL;
		cJSON *value = NULL;
		bool ok = wk_expand(rows[i].json, v, &value, &err);

		cr_expect_eq(ok, rows[i].expanded != NULL, "%s: %s", rows[i].name, err.msg);
		text = value ? cJSON_PrintUnformatted(value) : NULL;
		if (ok && rows[i].expanded)
			cr_expect_str_eq(text, rows[i].expanded, "%s: %s", rows[i].name, text);
		if (!ok && rows[i].message)
			cr_expect_str_eq(err.msg, rows[i].message, "%s: %s", rows[i].name, err.msg);
		cJSON_Delete(value);
	}
	cJSON_Delete(v);
}

static bool collect(void *context, const char *program, struct wk_err *err)
{
	char *list = context;

	if (strstr(program, "stop"))
		return wk_err_set(err, WK_ERR_INPUT, "stopped");
	strcat(list, program);
	strcat(list, ";");
	return true;
}

Test(expand, the_programs_of_a_text_are_shown_one_by_one)
{
	char list[200] = "";
	struct wk_err err;

	cr_assert(
		wk_expand_programs("{\"a\":\"$server.port\",\"b\":[\"${client.name}-x\",\"$$no\"]}",
			collect, list, &err));
	cr_expect_str_eq(list, "$server.port;$client.name;");
	cr_expect_not(wk_expand_programs("[\"$stop\"]", collect, list, &err));
	cr_expect_str_eq(err.msg, "stopped");
}
