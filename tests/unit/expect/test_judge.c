#include "wookie/base/mem.h"
#include "wookie/expect/expect.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>

static const char facts[] =
	"{\"server\": {\"ips\": [\"172.24.0.2\"], \"none\": null, \"empty\": [],"
	" \"from\": {\"ips\": \"cluster-a service gw\", \"none\": \"cluster-a service x\"}}}";

static const struct {
	const char *name;
	const char *evidence;
	const char *jq;
	const char *equals;
	long at_least;
	const char *reason; /* "": holds; NULL: cannot be judged */
} rows[] = {
	{"equal lists", "[\"172.24.0.2\"]", ".", "$server.ips", 1, ""},
	{"whole numbers are numbers", "3.0", ".", "3", 1, ""},
	{"key order does not matter", "{\"a\":1,\"b\":2}", ".", "{b: 2, a: 1}", 1, ""},
	{"true", "{\"ok\":true}", ".ok", NULL, 1, ""},
	{"zero is a value", "0", ".", "0", 1, ""},
	{"an empty list where that is asked for", "[]", ".", "$server.empty", 0, ""},
	{"another list", "[\"172.24.0.8\"]", ".", "$server.ips", 1,
		"expected [\"172.24.0.2\"], got [\"172.24.0.8\"]"},
	{"an empty list", "[]", ".", "$server.ips", 1, "expected [\"172.24.0.2\"], got []"},
	{"an absent key", "{}", ".gone", "$server.ips", 1, "expected [\"172.24.0.2\"], got null"},
	{"nothing equals nothing", "[]", ".", "$server.empty", 1,
		"found nothing, expected at least 1"},
	{"an empty text", "\"\"", ".", "\"\"", 1, "found nothing, expected at least 1"},
	{"null equals null", "null", ".", "$server.none", 1,
		"what is expected is not there: cluster-a service x"},
	{"expected is null without a source", "1", ".", "null", 1,
		"what is expected is not there: null"},
	{"too few", "[1]", ".", "[1]", 2, "found 1, expected at least 2: [1]"},
	{"false", "{\"ok\":false}", ".ok", NULL, 1, "expected true, got false"},
	{"no truth at all", "{}", ".ok", NULL, 1, "the evidence holds no such value"},
	{"a number is not true", "1", ".", NULL, 1, "expected true, got 1"},
	{"a text is no number", "\"3\"", ".", "3", 1, "expected 3, got \"3\""},
	{"each of several", "{\"each\":[{\"of\":\"a\",\"n\":3},{\"of\":\"b\",\"n\":3}]}", ".n", "3",
		1, ""},
	{"the second of several is no other", "{\"each\":[{\"of\":\"a\",\"n\":3},{\"of\":\"b\"}]}",
		".n", "3", 1, "b (1 of 2): expected 3, got null"},
	{"none of several", "{\"each\":[{\"of\":\"a\",\"n\":1},{\"of\":\"b\",\"n\":2}]}", ".n", "3",
		1, "a (2 of 2): expected 3, got 1"},
	{"nobody was asked", "{\"each\":[]}", ".n", "3", 1, "expected 3, got null"},
	{"one of several cannot be judged", "{\"each\":[{\"n\":[1]},{\"n\":null}]}", ".n[]", "1", 1,
		NULL},
	{"jq error", "null", ".[]", NULL, 1, NULL},
	{"jq error in what is expected", "1", ".", "$server.none[]", 1, NULL},
};

Test(judge, nothing_passes_on_nothing)
{
	cJSON *vars = cJSON_Parse(facts);

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_expectation e = {
			.jq = rows[i].jq, .equals = rows[i].equals, .at_least = rows[i].at_least};
		struct wk_judgement WK_AUTO(wk_judgement_finish) j = {.held = false};
		struct wk_err err = {.msg = ""};
		cJSON *evidence = cJSON_Parse(rows[i].evidence);
		bool ok = wk_expect_judge(&e, evidence, vars, &j, &err);

		cr_expect_eq(ok, rows[i].reason != NULL, "%s: %s", rows[i].name, err.msg);
		if (ok && rows[i].reason) {
			cr_expect_str_eq(
				j.reason, rows[i].reason, "%s: %s", rows[i].name, j.reason);
			cr_expect_eq(j.held, rows[i].reason[0] == '\0', "%s", rows[i].name);
		}
		cJSON_Delete(evidence);
	}
	cJSON_Delete(vars);
}

Test(judge, the_origin_of_what_is_expected_comes_along)
{
	struct wk_expectation e = {.jq = ".", .equals = "$server.ips", .at_least = 1};
	struct wk_judgement WK_AUTO(wk_judgement_finish) j = {.held = false};
	cJSON *vars = cJSON_Parse(facts);
	struct wk_err err;

	cr_assert(wk_expect_judge(&e, NULL, vars, &j, &err));
	cr_expect_str_eq(j.from, "cluster-a service gw");
	cr_expect(cJSON_IsNull(j.got));
	cr_expect(cJSON_IsArray(j.expected));
	cJSON_Delete(vars);
}

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"

static const struct {
	const char *name;
	const char *expected;
	const char *got;
	const char *text;
} differences[] = {
	{"short", "[1]", "[2]", "expected [1], got [2]"},
	{"lists", "[\"a\",\"b\",\"" LONG LONG "\"]", "[\"" LONG LONG "\",\"c\"]",
		"missing: [\"a\",\"b\"], unexpected: [\"c\"]"},
	{"only missing", "[\"a\",\"" LONG LONG "\"]", "[\"" LONG LONG "\"]", "missing: [\"a\"]"},
	{"another order", "[1,\"" LONG LONG "\"]", "[\"" LONG LONG "\",1]",
		"expected 2 elements, got 2: the same ones in another order or number"},
	{"objects", "{\"x\":{\"y\":1,\"z\":\"" LONG LONG "\"}}",
		"{\"x\":{\"y\":2,\"z\":\"" LONG LONG "\"}}", "at .x.y: expected 1, got 2"},
	{"a key too many", "{\"z\":\"" LONG LONG "\"}", "{\"z\":\"" LONG LONG "\",\"y\":2}",
		"at .y: expected nothing, got 2"},
	{"a key too few", "{\"z\":\"" LONG LONG "\",\"y\":2}", "{\"z\":\"" LONG LONG "\"}",
		"at .y: expected 2, got nothing"},
	{"texts", "\"" LONG LONG "-a\"", "\"" LONG LONG "-b\"",
		"expected '...12345678901234567890123456789-a', got "
		"'...12345678901234567890123456789-b'"},
};

Test(judge, long_values_are_told_by_their_difference)
{
	for (size_t i = 0; i < WK_COUNT(differences); i++) {
		cJSON *expected = cJSON_Parse(differences[i].expected);
		cJSON *got = cJSON_Parse(differences[i].got);
		WK_AUTOFREE char *text = wk_value_difference(expected, got);

		cr_expect_str_eq(text, differences[i].text, "%s: %s", differences[i].name, text);
		cJSON_Delete(expected);
		cJSON_Delete(got);
	}
}

Test(judge, a_cut_value_ends_at_a_letter)
{
	cJSON *value = cJSON_CreateString("aäö");
	WK_AUTOFREE char *text = wk_value_text(value, 3);

	cr_expect_str_eq(text, "\"a...");
	cJSON_Delete(value);
}
