#include "trial.h"

#include "wookie/base/file.h"
#include "wookie/proc/interrupt.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

/* The event of a check in a round; NULL where there is none. */
static const cJSON *event_in(const struct trial *t, const char *id, int round)
{
	for (const cJSON *i = t->events->child; i; i = i->next)
		if (strcmp(text(i, "event"), "check") == 0 && strcmp(text(i, "id"), id) == 0 &&
			number(i, "round") == round)
			return i;
	return NULL;
}

static const char *verdict_in(const struct trial *t, const char *id, int round)
{
	const cJSON *event = event_in(t, id, round);

	return event ? text(event, "verdict") : "none";
}

/* How many rounds were begun and done. */
static int count_rounds(const struct trial *t, const char *state)
{
	int n = 0;

	for (const cJSON *i = t->events->child; i; i = i->next)
		n += strcmp(text(i, "event"), "round") == 0 && strcmp(text(i, "state"), state) == 0;
	return n;
}

static bool has_evidence(const struct trial *t, const char *name)
{
	WK_AUTOFREE char *path = wk_xasprintf("%s/evidence/%s.json", t->dir, name);

	return wk_path_exists(path);
}

/* Two checks: "steady" passes, "c" does in its attempts what `does` says, a letter each. */
static void go_in_rounds(struct trial *t, const struct wk_repeat *repeat, const char *does)
{
	static struct wk_check checks[2];
	WK_AUTOFREE char *args = NULL;

	checks[0] = check("steady", "good");
	checks[1] = check("c", "turns");
	checks[1].within = 1;
	trial_begin(t, checks, 2);
	args = wk_xasprintf("{\"file\": \"%s/turns\", \"does\": \"%s\"}", t->dir, does);
	checks[1].probe.args = args;
	t->run.repeat = repeat;
	trial_go(t);
}

Test(rounds, each_judges_every_check_anew)
{
	static const struct wk_repeat three = {.most = 3};
	struct trial t;

	go_in_rounds(&t, &three, "hhh");
	cr_assert(t.result, "%s", t.err.msg);
	cr_expect_eq(count_rounds(&t, "begin"), 3);
	cr_expect_eq(count_rounds(&t, "done"), 3);
	for (int round = 1; round <= 3; round++) {
		cr_expect_str_eq(verdict_in(&t, "steady", round), "pass", "round %d", round);
		cr_expect_str_eq(verdict_in(&t, "c", round), "pass", "round %d", round);
	}
	cr_expect_eq(t.tally.passed, 6);
	trial_end(&t);
}

Test(rounds, what_passes_again_is_told_short_and_leaves_no_second_evidence)
{
	static const struct wk_repeat three = {.most = 3};
	struct trial t;
	const cJSON *event;

	go_in_rounds(&t, &three, "hbh");
	cr_expect_str_not_empty(text(event_in(&t, "c", 1), "title"));
	cr_expect_str_eq(text(event_in(&t, "c", 1), "evidence"), "evidence/c.round-1.json");
	cr_expect_str_eq(text(event_in(&t, "c", 2), "evidence"), "evidence/c.round-2.json");
	event = event_in(&t, "c", 3);
	cr_expect_str_eq(text(event, "verdict"), "pass");
	cr_expect_eq(number(event, "n_attempts"), 1);
	cr_expect(cJSON_HasObjectItem(event, "first_held"));
	cr_expect_not(cJSON_HasObjectItem(event, "title"));
	cr_expect_not(cJSON_HasObjectItem(event, "evidence"));
	cr_expect(has_evidence(&t, "c.round-1"));
	cr_expect(has_evidence(&t, "c.round-2"));
	cr_expect_not(has_evidence(&t, "c.round-3"));
	trial_end(&t);
}

static const struct {
	const char *name;
	struct wk_repeat repeat;
	bool fail_fast;
	unsigned stable;
	const char *does;
	int rounds;
} ends[] = {
	{"a red one is no end by itself", {.most = 3}, false, 1, "bhh", 3},
	{"until one fails", {.most = 9, .until_fail = true}, false, 1, "hhbh", 3},
	{"until one fails, and none does", {.most = 4, .until_fail = true}, false, 1, "h", 4},
	{"until one is flaky", {.most = 9, .until_fail = true}, false, 2, "hhhbhhhh", 2},
	{"the first failure", {.most = 9}, true, 1, "hbh", 2},
};

Test(rounds, end_where_that_was_asked_for)
{
	for (size_t i = 0; i < WK_COUNT(ends); i++) {
		WK_AUTOFREE char *args = NULL;
		struct wk_check one = check("c", "turns");
		struct trial t;

		one.stable = ends[i].stable;
		one.within = ends[i].stable > 1 ? 5 * WK_SEC : 1;
		trial_begin(&t, &one, 1);
		args = wk_xasprintf(
			"{\"file\": \"%s/turns\", \"does\": \"%s\"}", t.dir, ends[i].does);
		one.probe.args = args;
		t.run.repeat = &ends[i].repeat;
		t.run.fail_fast = ends[i].fail_fast;
		trial_go(&t);
		cr_assert(t.result, "%s: %s", ends[i].name, t.err.msg);
		cr_expect_eq(count_rounds(&t, "done"), ends[i].rounds, "%s: %d", ends[i].name,
			count_rounds(&t, "done"));
		trial_end(&t);
	}
}

/* Once a round is over, half a second is left. */
static void hurry(void *trial, const cJSON *event)
{
	struct trial *t = trial;

	if (strcmp(text(event, "event"), "round") == 0 && strcmp(text(event, "state"), "done") == 0)
		t->run.deadline = wk_now() + 500 * WK_MSEC;
}

Test(rounds, none_is_begun_that_would_not_end_in_time)
{
	static const struct wk_repeat in_time = {.most = 9, .in_time = true};
	struct wk_check one = check("c", "good");
	struct trial t;

	one.stable = 5; /* a second, by the pauses between its attempts */
	trial_begin(&t, &one, 1);
	t.run.repeat = &in_time;
	t.watch = hurry;
	trial_go(&t);
	cr_expect(t.result);
	cr_expect_eq(t.tally.passed, 1);
	cr_expect_eq(t.tally.errors, 0);
	cr_expect_eq(count_rounds(&t, "begin"), 1);
	trial_end(&t);
}

static char *dead(void *context)
{
	(void)context;
	return wk_xstrdup("kubelet of cluster-b died");
}

Test(rounds, a_dead_component_ends_them_with_the_round)
{
	static const struct wk_repeat nine = {.most = 9};
	struct wk_check one = check("c", "good");
	struct trial t;

	trial_begin(&t, &one, 1);
	t.run.repeat = &nine;
	t.run.casualty = dead;
	trial_go(&t);
	cr_expect_eq(count_rounds(&t, "done"), 1);
	cr_expect_eq(t.tally.errors, 1);
	trial_end(&t);
}

Test(rounds, an_interrupt_leaves_the_round_open)
{
	static const struct wk_repeat nine = {.most = 9};
	struct wk_check checks[] = {check("a", "good"), check("b", "interrupt")};
	struct trial t;

	wk_interrupt_catch();
	trial_begin(&t, checks, 2);
	t.run.jobs = 1;
	t.run.repeat = &nine;
	trial_go(&t);
	cr_expect_not(t.result);
	cr_expect_eq(t.err.kind, WK_ERR_INTERRUPTED);
	cr_expect_eq(count_rounds(&t, "begin"), 1);
	cr_expect_eq(count_rounds(&t, "done"), 0);
	trial_end(&t);
}

Test(rounds, the_likeliest_cause_is_that_of_all_of_them)
{
	static const struct wk_repeat three = {.most = 3};
	struct trial t;
	const cJSON *cause;

	go_in_rounds(&t, &three, "bhb");
	cause = cJSON_GetArrayItem(t.events, cJSON_GetArraySize(t.events) - 1);
	cr_expect_str_eq(text(cause, "event"), "cause");
	cr_expect_eq(number(cause, "of"), 2);
	trial_end(&t);
}

Test(rounds, a_run_without_them_has_none)
{
	struct wk_check one = check("c", "good");
	struct trial t;

	trial_begin(&t, &one, 1);
	trial_go(&t);
	cr_expect_eq(count_rounds(&t, "begin"), 0);
	cr_expect_not(cJSON_HasObjectItem(event_of(&t, "c"), "round"));
	trial_end(&t);
}
