#include "wookie/base/mem.h"
#include "wookie/expect/expect.h"
#include "wookie/expect/scan.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>

static const char facts[] =
	"{\"server\": {\"name\": \"cluster-a\", \"network\": \"network1\", \"helloworld\": null,"
	"  \"gateway\": {\"port\": 15443, \"addresses\": [\"172.24.0.2\"], \"enabled\": true},"
	"  \"from\": {\"gateway.addresses\": \"cluster-a service gw\", \"gateway\": \"topology:9\","
	"    \"network\": \"topology:3\"}},"
	" \"clusters\": [{\"name\": \"a\", \"from\": {\"name\": \"topology:1\"}},"
	"   {\"name\": \"b\", \"from\": {\"name\": \"topology:2\"}}]}";

static cJSON *vars(void)
{
	cJSON *json = cJSON_Parse(facts);

	cr_assert(json);
	return json;
}

static const struct {
	const char *name;
	const char *program;
	const char *input;
	const char *value; /* NULL: refused */
	const char *message;
} evals[] = {
	{"variables", "$server.gateway.port", NULL, "15443", NULL},
	{"input", ".a | length", "{\"a\": [1, 2]}", "2", NULL},
	{"the issue's own kind",
		"[.[]? | select(.Network == $server.network) | .Addr] | sort # gateways",
		"[{\"Network\": \"network1\", \"Addr\": \"x\"}, {\"Network\": \"n2\"}]", "[\"x\"]",
		NULL},
	{"a comment at the end", "1 # one", NULL, "1", NULL},
	{"brackets in a string", "\"a)b\\(1 + 1)\"", NULL, "\"a)b2\"", NULL},
	{"a field named as what is refused", ".env", "{\"env\": 1}", "1", NULL},
	{"a key named as what is refused", "{input: 1} | .input", NULL, "1", NULL},
	{"every type", ".", "[null, true, false, 1.5, \"t\", {\"k\": []}]",
		"[null,true,false,1.5,\"t\",{\"k\":[]}]", NULL},
	{"no value", "empty", NULL, NULL, "jq 'empty': yields no value, expected one"},
	{"two values", "1, 2", NULL, NULL,
		"jq '1, 2': yields more than one value, expected one; put it in [...]"},
	{"an error", ".[]", NULL, NULL, "jq '.[]': cannot iterate over null (null)"},
	{"an error of its own", "error(\"no\")", NULL, NULL, "jq 'error(\"no\")': no"},
	{"an error after the first value", "1, error(\"no\")", NULL, NULL,
		"jq '1, error(\"no\")': no"},
	{"syntax", "1 +", NULL, NULL, "jq '1 +': syntax error, unexpected $end"},
	{"unknown function", "foo(1)", NULL, NULL, "jq 'foo(1)': foo/1 is not defined"},
	{"unknown variable", "$client.name", NULL, NULL,
		"jq '$client.name': $client is not defined"},
	{"environment", "env.PATH", NULL, NULL,
		"jq 'env.PATH': 'env' reaches out of the expression; it sees only evidence and "
		"derived values"},
	{"environment variable", "$ENV.PATH", NULL, NULL,
		"jq '$ENV.PATH': '$ENV' reaches out of the expression; it sees only evidence and "
		"derived values"},
	{"input function", "[inputs]", NULL, NULL,
		"jq '[inputs]': 'inputs' reaches out of the expression; it sees only evidence and "
		"derived values"},
	{"a module", "import \"a\" as a; 1", NULL, NULL,
		"jq 'import \"a\" as a; 1': 'import' reaches out of the expression; it sees only "
		"evidence and derived values"},
	{"refused inside a string", "\"\\(env)\"", NULL, NULL,
		"jq '\"\\(env)\"': 'env' reaches out of the expression; it sees only evidence and "
		"derived values"},
	{"leaving its parentheses", "1) | (2", NULL, NULL, "jq '1) | (2': ')' closes nothing"},
	{"an open bracket", "[1", NULL, NULL, "jq '[1': a bracket is not closed"},
	{"an open string", "\"a", NULL, NULL, "jq '\"a': a string is not closed"},
};

static void evaluate_all(const char *how)
{
	cJSON *v = vars();

	for (size_t i = 0; i < WK_COUNT(evals); i++) {
		cJSON *input = evals[i].input ? cJSON_Parse(evals[i].input) : NULL;
		cJSON *value = NULL;
		WK_AUTOFREE char *text = NULL;
		struct wk_err err = {.msg = ""};
		bool ok = wk_jq_eval(evals[i].program, input, v, &value, &err);

		cr_expect_eq(ok, evals[i].value != NULL, "%s, %s: %s", how, evals[i].name, err.msg);
		text = value ? cJSON_PrintUnformatted(value) : NULL;
		if (ok && evals[i].value)
			cr_expect_str_eq(
				text, evals[i].value, "%s, %s: %s", how, evals[i].name, text);
		if (!ok && evals[i].message)
			cr_expect_str_eq(err.msg, evals[i].message, "%s, %s: %s", how,
				evals[i].name, err.msg);
		cJSON_Delete(input);
		cJSON_Delete(value);
	}
	cJSON_Delete(v);
}

Test(jq, a_program_yields_one_value_or_says_why_not)
{
	evaluate_all("compiled when used");
}

Test(jq, programs_prepared_together_give_the_same_answers)
{
	const char *programs[WK_COUNT(evals)];
	cJSON *v = vars();
	size_t n = 0;

	for (size_t i = 0; i < WK_COUNT(evals); i++)
		if (evals[i].value)
			programs[n++] = evals[i].program;
	wk_jq_prepare(programs, n, v);
	for (size_t i = 0; i < n; i++)
		cr_expect(wk_jq_is_prepared(programs[i], v), "%s", programs[i]);
	evaluate_all("prepared");
	wk_jq_forget();
	cJSON_Delete(v);
}

static const struct {
	const char *wrong;
	const char *message;
} wrongs[] = {
	{".a | | .b", "jq '.a | | .b': syntax error, unexpected '|'"},
	{"1 +", "jq '1 +': syntax error, unexpected $end"},
	{"1 + # one", "jq '1 + # one': syntax error, unexpected $end"},
	{"foo(\n1)", "jq 'foo(\n1)': foo/1 is not defined"},
	{"def f: 1; 2;", "jq 'def f: 1; 2;': syntax error, unexpected ';', expecting $end"},
};

Test(jq, a_wrong_program_keeps_no_other_from_being_prepared)
{
	for (size_t i = 0; i < WK_COUNT(wrongs); i++) {
		const char *programs[] = {".a\n| .b # two lines", "$server.name", wrongs[i].wrong,
			".after", "bar(2)"};
		cJSON *v = vars();
		struct wk_err err = {.msg = ""};

		wk_jq_prepare(programs, WK_COUNT(programs), v);
		for (size_t j = 0; j < WK_COUNT(programs); j++)
			cr_expect_eq(wk_jq_is_prepared(programs[j], v), j != 2 && j != 4,
				"%s with %s", programs[j], wrongs[i].wrong);
		cr_expect_not(wk_jq_check(wrongs[i].wrong, v, &err), "%s", wrongs[i].wrong);
		cr_expect_str_eq(err.msg, wrongs[i].message, "%s", err.msg);
		wk_jq_forget();
		cJSON_Delete(v);
	}
}

Test(jq, a_prepared_program_is_not_used_where_its_variable_is_not_there)
{
	const char *programs[] = {"$server.name"};
	cJSON *v = vars();
	cJSON *none = cJSON_CreateObject();
	cJSON *value = NULL;
	struct wk_err err;

	wk_jq_prepare(programs, 1, v);
	cr_expect_not(wk_jq_eval("$server.name", NULL, none, &value, &err));
	cr_expect_str_eq(err.msg, "jq '$server.name': $server is not defined");
	wk_jq_forget();
	cJSON_Delete(none);
	cJSON_Delete(v);
}

static const struct {
	const char *program;
	const char *message; /* NULL: fine */
} checks[] = {
	{"$server.gateway.port + 1", NULL},
	{"$server.helloworld.anything.goes", NULL},
	{"$clusters | map(.name)", NULL},
	{"$clusters[0].name", NULL},
	{"1 as $x | $x.y", NULL},
	{"$server.gatway.port",
		"jq '$server.gatway.port': '$server' holds no 'gatway'; the nearest is 'gateway'"},
	{"$server[\"netwrk\"]",
		"jq '$server[\"netwrk\"]': '$server' holds no 'netwrk'; the nearest is 'network'"},
	{"$clusters[].nme", "jq '$clusters[].nme': '$clusters' holds no 'nme'; the nearest is "
			    "'name'"},
	{"$server.zzzzzzz", "jq '$server.zzzzzzz': '$server' holds no 'zzzzzzz'"},
	{"$nobody", "jq '$nobody': $nobody is not defined"},
	{"1 +", "jq '1 +': syntax error, unexpected $end"},
};

Test(jq, what_looks_at_no_evidence_is_known)
{
	static const struct {
		const char *program;
		bool looks;
	} rows[] = {
		{".", true},
		{".answers[0].status", true},
		{"length > 0", true},
		{"[$server.a, .b]", true},
		{"$server as $s | .x == $s.x", true},
		{"if .a then 1 else 2 end", true},
		{"\"\\(.a)\"", true},
		{"..", true},
		{"true", false},
		{"1 == 1", false},
		{"1.5 < .5", false},
		{"$server.host == $client.host", false},
		{"$server.list | length", false},
		{"[$server.a] | .[0]", false},
		{"\"a.b | .c\"", false},
		{"{a: 1}", false},
		{"$server.list[0].name", false},
		{"(1 | 2) == 2 # .a", false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++)
		cr_expect_eq(wk_scan_looks(rows[i].program), rows[i].looks, "%s", rows[i].program);
}

Test(jq, checking_finds_what_does_not_compile_and_what_is_misspelt)
{
	cJSON *v = vars();

	for (size_t i = 0; i < WK_COUNT(checks); i++) {
		struct wk_err err = {.msg = ""};
		bool ok = wk_jq_check(checks[i].program, v, &err);

		cr_expect_eq(ok, !checks[i].message, "%s: %s", checks[i].program, err.msg);
		if (checks[i].message)
			cr_expect_str_eq(err.msg, checks[i].message, "%s", err.msg);
	}
	cJSON_Delete(v);
}

static const struct {
	const char *program;
	const char *from;
} origins[] = {
	{"$server.gateway.addresses | sort", "cluster-a service gw"},
	{"$server.gateway.port", "topology:9"},
	{"$server.network", "topology:3"},
	{"$server.gateway.addresses + [$server.network]", "cluster-a service gw; topology:3"},
	{"[$clusters[].name]", "topology:1; topology:2"},
	{"$server[\"network\"]", "topology:3"},
	{"200", ""},
	{"$server", ""},
	{"\"$server.network\"", ""},
};

Test(jq, the_origin_of_a_value_is_the_longest_path_that_is_known)
{
	cJSON *v = vars();

	for (size_t i = 0; i < WK_COUNT(origins); i++) {
		WK_AUTOFREE char *from = wk_scan_from(origins[i].program, v);

		cr_expect_str_eq(from, origins[i].from, "%s: '%s'", origins[i].program, from);
	}
	cJSON_Delete(v);
}
