#include "trial.h"

#include "wookie/mesh/facts.h"
#include "wookie/run/attempt.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

enum mesh {
	SETTLED,
	CHANGED, /* by the harness, a moment ago */
	PROVEN,  /* changed, and a failure that stays is final */
};

#define BROKEN "it is fine: expected true, got false"

static const struct {
	const char *name;
	const char *does;
	enum mesh mesh;
	unsigned stable;
	wk_nsec within;
	const char *verdict;
	int attempts; /* 0: any number */
	int held_at;  /* number of the first attempt that held; 0: none */
	int flaps;
	const char *reason;
} rows[] = {
	{"holds at once", "h", CHANGED, 1, 0, "pass", 1, 1, 0, ""},
	{"holds at once, settled", "h", SETTLED, 1, 0, "pass", 1, 1, 0, ""},
	{"converges, and is looked at then", "bbh", CHANGED, 1, 5 * WK_SEC, "pass", 4, 3, 0, ""},
	{"converges by luck", "bbhbh", CHANGED, 1, 5 * WK_SEC, "fail", 4, 3, 1, BROKEN},
	{"nothing is left to converge", "bh", SETTLED, 1, 5 * WK_SEC, "fail", 1, 0, 0, BROKEN},
	{"an error on the way", "eh", CHANGED, 1, 5 * WK_SEC, "pass", 2, 2, 0, ""},
	{"an error is no look", "eeh", SETTLED, 1, 5 * WK_SEC, "pass", 3, 3, 0, ""},
	{"three in a row", "h", CHANGED, 3, 0, "pass", 3, 1, 0, ""},
	{"holds and breaks", "hbh", CHANGED, 2, 5 * WK_SEC, "fail", 2, 1, 1, BROKEN},
	{"holds and breaks, settled", "hbh", SETTLED, 2, 5 * WK_SEC, "fail", 2, 1, 1, BROKEN},
	{"holds, breaks, holds", "hbh", PROVEN, 2, 5 * WK_SEC, "pass", 5, 1, 1, ""},
	{"holds, breaks twice, holds", "hbbh", PROVEN, 2, 5 * WK_SEC, "pass", 6, 1, 1, ""},
	{"holds and breaks, over and over", "bhbhbh", PROVEN, 2, 9 * WK_SEC, "pass", 8, 2, 2, ""},
	{"an error within a row", "heh", CHANGED, 2, 5 * WK_SEC, "pass", 4, 1, 0, ""},
	{"never holds", "b", CHANGED, 1, 0, "fail", 1, 0, 0, BROKEN},
	{"its time passes", "b", CHANGED, 1, 300 * WK_MSEC, "fail", 0, 0, 0, BROKEN},
	{"a row breaks after its time", "hb", CHANGED, 2, 0, "fail", 2, 1, 1, BROKEN},
	{"no transport", "e", CHANGED, 1, 0, "error", 1, 0, 0, "script: no API server"},
	{"no transport, settled", "e", SETTLED, 1, 60 * WK_MSEC, "error", 0, 0, 0,
		"script: no API server"},
	{"no transport in the end", "be", CHANGED, 1, 60 * WK_MSEC, "error", 0, 0, 0,
		"script: no API server"},
};

static double first_held(const cJSON *event)
{
	const cJSON *at = cJSON_GetObjectItemCaseSensitive(event, "first_held");

	return at ? at->valuedouble : -1;
}

/* The number of the attempt that was under way at that time; 0 where `time` is none. */
static int attempt_at(const cJSON *event, double time)
{
	const cJSON *attempts = cJSON_GetObjectItemCaseSensitive(event, "attempts");
	int n = 0;

	for (const cJSON *i = attempts->child; i; i = i->next)
		n += cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(i, "at")) <= time;
	return n;
}

Test(attempts, a_failure_that_stays_the_same_settles_before_its_time)
{
	struct wk_check one = check("one", "bad");
	struct trial t;
	const cJSON *event;

	one.within = 20 * WK_SEC;
	trial_begin(&t, &one, 1);
	t.run.changed = true;
	t.settle = 100 * WK_MSEC;
	trial_go(&t);
	event = event_of(&t, "one");
	cr_expect_str_eq(text(event, "verdict"), "fail");
	cr_expect_gt(number(event, "n_attempts"), 1);
	cr_expect_lt(number(event, "seconds"), 15);
	event = cJSON_GetObjectItemCaseSensitive(event, "broken");
	cr_assert_eq(cJSON_GetArraySize(event), 1);
	cr_expect_str_eq(cJSON_GetArrayItem(event, 0)->valuestring, "it is fine");
	trial_end(&t);
}

Test(attempts, attempts_go_on_until_the_verdict_stands)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *args = wk_xasprintf("{\"does\": \"%s\"}", rows[i].does);
		struct wk_check checks[] = {check("c", "script")};
		struct trial t;
		const cJSON *event;
		bool flaky;

		checks[0].probe.args = args;
		checks[0].stable = rows[i].stable;
		checks[0].within = rows[i].within;
		trial_begin(&t, checks, 1);
		t.run.changed = rows[i].mesh != SETTLED;
		t.settle = rows[i].mesh == PROVEN ? 8 * WK_SEC : 0;
		trial_go(&t);
		cr_assert(t.result, "%s: %s", rows[i].name, t.err.msg);
		event = event_of(&t, "c");
		cr_expect_str_eq(text(event, "verdict"), rows[i].verdict, "%s: %s, %s",
			rows[i].name, text(event, "verdict"), text(event, "reason"));
		cr_expect_str_eq(text(event, "reason"), rows[i].reason, "%s: %s", rows[i].name,
			text(event, "reason"));
		if (rows[i].attempts)
			cr_expect_eq(number(event, "n_attempts"), rows[i].attempts, "%s: %d",
				rows[i].name, number(event, "n_attempts"));
		cr_expect_eq(attempt_at(event, first_held(event)), rows[i].held_at, "%s: %f",
			rows[i].name, first_held(event));
		cr_expect_eq(number(event, "flaps"), rows[i].flaps, "%s: %d", rows[i].name,
			number(event, "flaps"));
		/* Only a pass is flaky. */
		flaky = rows[i].flaps && strcmp(rows[i].verdict, "pass") == 0;
		cr_expect_eq(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "flaky")) != 0,
			flaky, "%s", rows[i].name);
		cr_expect_eq(t.tally.flaky, flaky, "%s", rows[i].name);
		trial_end(&t);
	}
}

/* Facts that are never twice the same. */
static bool gather_moving(
	struct wk_access *access, wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	(void)deadline;
	(void)err;
	*ret = wk_facts_declared(access->topology);
	(void)cJSON_AddNumberToObject(
		cJSON_GetObjectItem(*ret, "clusters")->child, "moved", (double)wk_now());
	return true;
}

Test(attempts, what_was_judged_by_values_that_had_changed_is_looked_at_once_more)
{
	static const struct {
		const char *does;
		const char *verdict;
	} looks[] = {{"bh", "pass"}, {"bbh", "fail"}};

	for (size_t i = 0; i < WK_COUNT(looks); i++) {
		WK_AUTOFREE char *args = wk_xasprintf("{\"does\": \"%s\"}", looks[i].does);
		struct wk_check one = check("one", "script");
		struct trial t;

		one.probe.args = args;
		one.within = 5 * WK_SEC;
		trial_begin(&t, &one, 1);
		t.run.sources.gather = gather_moving;
		trial_go(&t);
		cr_expect_str_eq(text(event_of(&t, "one"), "verdict"), looks[i].verdict, "%s",
			looks[i].does);
		cr_expect_eq(number(event_of(&t, "one"), "n_attempts"), 2 + (int)(i == 0), "%s: %d",
			looks[i].does, number(event_of(&t, "one"), "n_attempts"));
		trial_end(&t);
	}
}

Test(attempts, the_control_is_asked_before_what_counts_its_traffic)
{
	struct wk_check one = check("one", "turns");
	WK_AUTOFREE char *args = NULL;
	struct trial t;

	one.control = (struct wk_probe_call){.kind = "turns"};
	one.control_expect = ok;
	one.n_control_expect = 1;
	trial_begin(&t, &one, 1);
	args = wk_xasprintf("{\"file\": \"%s/turns\", \"does\": \"bh\"}", t.dir);
	one.probe.args = args;
	one.control.args = args;
	trial_go(&t);
	cr_expect_str_eq(text(event_of(&t, "one"), "reason"), "control: " BROKEN);
	trial_end(&t);
}

Test(attempts, only_the_first_round_settles)
{
	static const struct wk_repeat twice = {.most = 2};
	struct wk_check one = check("one", "turns");
	WK_AUTOFREE char *args = NULL;
	struct trial t;

	one.within = 5 * WK_SEC;
	trial_begin(&t, &one, 1);
	args = wk_xasprintf("{\"file\": \"%s/turns\", \"does\": \"bhhbh\"}", t.dir);
	one.probe.args = args;
	t.run.changed = true;
	t.run.repeat = &twice;
	trial_go(&t);
	cr_expect_eq(t.tally.passed, 1);
	cr_expect_eq(t.tally.failed, 1);
	trial_end(&t);
}

static bool second_is_odd(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)err;
	*ret_evidence = cJSON_Parse("{\"each\":[{\"of\":\"p\",\"n\":1},{\"of\":\"q\",\"n\":2},{"
				    "\"of\":\"r\",\"n\":3}]}");
	return true;
}

static wk_probe_fn *find_odd(const char *kind)
{
	(void)kind;
	return second_is_odd;
}

/* Whoever pastes the command is to see what was red. */
Test(attempts, of_several_the_one_that_broke_is_shown_by_hand)
{
	static struct wk_expectation expect[] = {
		{.that = "n", .jq = ".n", .equals = "1", .at_least = 1}};
	struct wk_check check = {
		.probe = {.kind = "envoy",
			.args = "{\"cluster\": \"c\", \"from\": {\"namespace\": \"n\", \"name\": "
				"[\"p\", \"q\", \"r\"]}, \"get\": \"node\"}"},
		.expect = expect,
		.n_expect = 1};
	const struct wk_planned planned = {.check = &check};
	const struct wk_check_job job = {.planned = &planned, .sources = {.find = find_odd}};
	struct wk_attempt attempt;
	cJSON *vars = cJSON_CreateObject();

	wk_attempt_make(&job, vars, wk_now() + WK_SEC, &attempt);
	cr_expect_eq(attempt.outcome, WK_BROKE);
	cr_expect_str_eq(attempt.reason, "n: q (2 of 3): expected 1, got 2");
	cr_assert_not_null(attempt.reproduce);
	cr_expect_not_null(strstr(attempt.reproduce, " exec q "), "%s", attempt.reproduce);
	wk_attempt_finish(&attempt);
	cJSON_Delete(vars);
}
