#include "../run/fakes.h"
#include "../run/mesh.h"
#include "../run/shipped.h"
#include "wookie/diagnose/diagnose.h"
#include "wookie/proc/interrupt.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Canned probes: the evidence is the argument "json", or what its kind says. */

static bool canned(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)err;
	*ret = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(args, "json"), true);
	return true;
}

static bool refuse(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)ret;
	return wk_err_set(err, WK_ERR_REMOTE, "no exec");
}

static wk_probe_fn *find(const char *kind)
{
	static const struct fake fakes[] = {
		{"canned", canned}, {"refuse", refuse}, {"hang", fake_hang}, {"crash", fake_crash}};

	return fake_find(fakes, WK_COUNT(fakes), kind);
}

static bool all_speak(struct wk_access *access, size_t cluster, wk_nsec deadline,
	struct cJSON *entry, struct wk_err *err)
{
	(void)access;
	(void)cluster;
	(void)deadline;
	(void)err;
	cJSON_ReplaceItemInObject(entry, "uid", cJSON_CreateString("u"));
	return true;
}

static bool first_is_silent(struct wk_access *access, size_t cluster, wk_nsec deadline,
	struct cJSON *entry, struct wk_err *err)
{
	if (cluster == 0)
		return wk_err_set(err, WK_ERR_TIMEOUT, "a hangs");
	return all_speak(access, cluster, deadline, entry, err);
}

static bool first_hangs(struct wk_access *access, size_t cluster, wk_nsec deadline,
	struct cJSON *entry, struct wk_err *err)
{
	while (cluster == 0 && pause() < 0)
		;
	return all_speak(access, cluster, deadline, entry, err);
}

static struct wk_expectation is_good[] = {
	{.that = "it is good", .jq = ".good", .at_least = 1, .cause = "WK-SEC-001"}};
static const struct wk_cause causes[] = {
	{.code = "WK-SEC-001", .title = "it is bad", .fix = "make it good"},
	{.code = "WK-NODE-001", .title = "node", .fix = "anew"}};

/* Asks one question of this kind and scope. */
struct asked {
	struct wk_check checks[2];
	struct wk_suite suites[2];
	struct wk_catalog catalog;
	struct wk_access access;
	struct wk_diagnosis diagnosis;
};

/* `latest`: from now; 0: none. */
static const cJSON *ask_by(struct asked *asked, const struct wk_check *question,
	bool (*facts)(struct wk_access *, size_t, wk_nsec, struct cJSON *, struct wk_err *),
	wk_nsec time, wk_nsec latest)
{
	struct wk_err err = {0};
	struct wk_diagnose diagnose = {.catalog = &asked->catalog,
		.access = &asked->access,
		.mesh = "m",
		.find = find,
		.ask = facts,
		.deadline = wk_now() + time,
		.latest = latest ? wk_now() + latest : 0};

	*asked = (struct asked){.access = {.topology = &topology, .netns = -1}};
	asked->checks[0] = *question;
	asked->checks[0].id = "q";
	asked->checks[0].full_id = "questions.q";
	asked->checks[0].title = "question";
	asked->checks[0].expect = is_good;
	asked->checks[0].n_expect = 1;
	asked->checks[1] = (struct wk_check){.id = "kept",
		.full_id = "state.kept",
		.title = "kept",
		.probe = {.kind = "canned", .args = "{\"json\": {\"k\": 1}}"},
		.scope = WK_SCOPE_CLUSTERS};
	for (int i = 0; i < 2; i++)
		asked->suites[i] = (struct wk_suite){.name = i ? "state" : "questions",
			.checks = &asked->checks[i],
			.n_checks = 1};
	asked->catalog = (struct wk_catalog){.diagnosis = asked->suites,
		.n_diagnosis = 2,
		.causes = (struct wk_cause *)(uintptr_t)causes,
		.n_causes = WK_COUNT(causes)};
	cr_assert(wk_diagnose(&diagnose, &asked->diagnosis, &err), "%s", err.msg);
	return cJSON_GetObjectItem(asked->diagnosis.answers, "rows");
}

static const cJSON *ask(struct asked *asked, const struct wk_check *question,
	bool (*facts)(struct wk_access *, size_t, wk_nsec, struct cJSON *, struct wk_err *),
	wk_nsec time)
{
	return ask_by(asked, question, facts, time, 0);
}

static const char *text(const cJSON *row, const char *key)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, key));

	return value ? value : "";
}

static const cJSON *row_of(const cJSON *rows, const char *id, const char *scope)
{
	const cJSON *row = NULL;

	cJSON_ArrayForEach(row, rows) if (strcmp(text(row, "id"), id) == 0 &&
					  strcmp(text(row, "for"), scope) == 0) break;
	cr_assert_not_null(row, "no row %s for %s", id, scope);
	return row;
}

static int exit_of(const struct asked *asked)
{
	return cJSON_GetObjectItem(asked->diagnosis.answers, "exit")->valueint;
}

Test(diagnose, evidence_becomes_a_verdict_and_a_few_words)
{
	static const struct {
		const char *kind;
		const char *args;
		const char *state;
		const char *answer;
		int exit;
	} rows[] = {
		{"canned", "{\"json\": {\"good\": true, \"say\": \"fine\"}}", "ok", "fine", 0},
		{"canned", "{\"json\": {\"good\": false, \"say\": \"foul\"}}", "not ok", "foul", 1},
		{"canned", "{\"json\": {}}", "not ok",
			"it is good: the evidence holds no such value", 1},
		{"canned", "{\"json\": null}", "not ok",
			"it is good: the evidence holds no such value", 1},
		{"canned", "{\"json\": [1, 2]}", "unknown", NULL, 3},
		{"canned", "{\"json\": \"garbage\"}", "unknown", NULL, 3},
		{"refuse", "{}", "unknown", "refuse: no exec", 3},
		{"nothing", "{}", "unknown", "nothing: no such probe kind 'nothing'", 3},
		{"crash", "{}", "unknown", "its worker crashed: Segmentation fault", 3},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct wk_check question = {
			.probe = {.kind = rows[i].kind, .args = rows[i].args},
			.answer = ".say",
			.scope = WK_SCOPE_CLUSTERS};
		struct asked asked;
		const cJSON *row = row_of(ask(&asked, &question, all_speak, 10 * WK_SEC), "q", "a");

		cr_expect_str_eq(
			text(row, "state"), rows[i].state, "row %zu: %s", i, text(row, "answer"));
		if (rows[i].answer)
			cr_expect_str_eq(text(row, "answer"), rows[i].answer, "row %zu: %s", i,
				text(row, "answer"));
		cr_expect(text(row, "answer")[0], "row %zu: no answer", i);
		cr_expect_eq(exit_of(&asked), rows[i].exit, "row %zu", i);
		wk_diagnosis_finish(&asked.diagnosis);
	}
}

Test(diagnose, a_silent_cluster_costs_only_its_own_rows)
{
	struct wk_check question = {
		.probe = {.kind = "canned", .args = "{\"json\": {\"good\": true, \"say\": \"x\"}}"},
		.answer = ".say",
		.scope = WK_SCOPE_LINKS};
	struct asked asked;
	const cJSON *rows = ask(&asked, &question, first_is_silent, 10 * WK_SEC);

	cr_expect_str_eq(text(row_of(rows, "node", "a"), "state"), "not ok");
	cr_expect_str_eq(text(row_of(rows, "node", "a"), "answer"), "a hangs");
	cr_expect_str_eq(text(row_of(rows, "node", "b"), "state"), "ok");
	cr_expect_str_eq(text(row_of(rows, "q", "a>b"), "answer"), "not asked: a does not answer");
	cr_expect_str_eq(text(row_of(rows, "q", "b>a"), "state"), "unknown");
	cr_expect_eq(exit_of(&asked), 3);
	wk_diagnosis_finish(&asked.diagnosis);
	question.without_api = true;
	rows = ask(&asked, &question, first_is_silent, 10 * WK_SEC);
	cr_expect_str_eq(text(row_of(rows, "q", "b>a"), "state"), "ok");
	wk_diagnosis_finish(&asked.diagnosis);
}

Test(diagnose, it_ends_in_time_whoever_hangs)
{
	const struct wk_check question = {
		.probe = {.kind = "hang"}, .answer = ".", .scope = WK_SCOPE_CLUSTERS};
	wk_nsec begin = wk_now();
	struct asked asked;
	const cJSON *rows = ask(&asked, &question, first_hangs, WK_SEC);

	cr_expect_lt(wk_now() - begin, 8 * WK_SEC);
	cr_expect_str_eq(text(row_of(rows, "node", "a"), "state"), "not ok");
	cr_expect(strstr(text(row_of(rows, "node", "a"), "answer"), "no answer within"));
	cr_expect(strstr(text(row_of(rows, "q", "b"), "answer"), "no answer within"), "%s",
		text(row_of(rows, "q", "b"), "answer"));
	wk_diagnosis_finish(&asked.diagnosis);
}

/* Neither the mesh's doing nor an answer: exit code 3, not 1. */
Test(diagnose, what_was_not_asked_for_want_of_time_says_so)
{
	const struct wk_check question = {
		.probe = {.kind = "hang"}, .answer = ".", .scope = WK_SCOPE_CLUSTERS};
	const struct {
		bool (*facts)(struct wk_access *, size_t, wk_nsec, struct cJSON *, struct wk_err *);
		const char *node;
	} rows[] = {{first_hangs, "unknown"}, {all_speak, "ok"}};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		wk_nsec begin = wk_now();
		struct asked asked;
		const cJSON *got = ask_by(&asked, &question, rows[i].facts, WK_SEC, WK_SEC / 2);

		cr_expect_lt(wk_now() - begin, 2 * WK_SEC, "row %zu", i);
		cr_expect_str_eq(text(row_of(got, "node", "a"), "state"), rows[i].node);
		cr_expect_str_eq(text(row_of(got, "q", "b"), "state"), "unknown");
		cr_expect_str_eq(text(row_of(got, "q", "b"), "answer"), WK_TIME_OVER);
		cr_expect_eq(exit_of(&asked), 3, "row %zu", i);
		wk_diagnosis_finish(&asked.diagnosis);
	}
}

Test(diagnose, the_likeliest_cause_is_named)
{
	const struct wk_check question = {
		.probe = {.kind = "canned", .args = "{\"json\": {\"good\": false}}"},
		.answer = ".say // \"bad\"",
		.scope = WK_SCOPE_CLUSTERS};
	struct asked asked;
	const cJSON *cause;

	(void)ask(&asked, &question, all_speak, 10 * WK_SEC);
	cause = cJSON_GetObjectItem(asked.diagnosis.answers, "cause");
	cr_expect_str_eq(text(cause, "code"), "WK-SEC-001");
	cr_expect_eq(cJSON_GetObjectItem(cause, "of")->valueint, 2);
	wk_diagnosis_finish(&asked.diagnosis);
}

Test(diagnose, what_was_looked_at_is_kept_for_the_bundle)
{
	const struct wk_check question = {
		.probe = {.kind = "canned", .args = "{\"json\": {\"good\": true}}"},
		.answer = ".",
		.scope = WK_SCOPE_PAIRS};
	struct asked asked;
	const cJSON *file = NULL;
	int found = 0;

	(void)ask(&asked, &question, all_speak, 10 * WK_SEC);
	cJSON_ArrayForEach(file, asked.diagnosis.files) found +=
		strcmp(text(file, "path"), "questions/b_a/q.json") == 0 ||
		strcmp(text(file, "path"), "state/a/kept.json") == 0 ||
		strcmp(text(file, "path"), "state/b/kept.json") == 0;
	cr_expect_eq(found, 3);
	cr_expect_eq(cJSON_GetArraySize(asked.diagnosis.files), 3);
	wk_diagnosis_finish(&asked.diagnosis);
}

Test(diagnose, without_questions_nothing_is_well)
{
	struct wk_access access = {.topology = &topology, .netns = -1};
	const struct wk_catalog catalog = {0};
	const struct wk_diagnose diagnose = {
		.catalog = &catalog, .access = &access, .mesh = "m", .deadline = wk_now() + WK_SEC};
	struct wk_diagnosis diagnosis = {0};
	struct wk_err err = {0};

	cr_expect_not(wk_diagnose(&diagnose, &diagnosis, &err));
	cr_expect_eq(err.kind, WK_ERR_INPUT);
}

/* One question that is well beside the checks of a suite "s"; the rows, and the screen where wanted. */
struct beside {
	struct wk_catalog catalog;
	struct wk_suite questions;
	struct wk_suite suite;
	struct wk_check question;
	struct wk_access access;
	struct wk_diagnosis diagnosis;
};

static struct wk_expectation is_well[] = {{.that = "x", .jq = ".good", .cause = "WK-A-001"}};
static struct wk_expectation is_sound[] = {{.that = "y", .jq = ".sound", .cause = "WK-A-001"},
	{.that = "z", .jq = ".sound", .cause = "WK-B-001"}};
static struct wk_scratch_object a_pod[] = {
	{.to = "$cluster", .manifest = "{\"metadata\":{\"name\":\"wookie-pod\"}}"}};
static struct wk_scratch pods[] = {{.id = "pods", .objects = a_pod, .n_objects = 1}};
static const char *with_pods[] = {"pods"};
static const struct wk_cause three[] = {{.code = "WK-A-001", .title = "a", .fix = "f"},
	{.code = "WK-B-001", .title = "b", .fix = "f"},
	{.code = "WK-C-001", .title = "c", .fix = "f"},
	{.code = "WK-NODE-001", .title = "node", .fix = "anew"}};

static const cJSON *ask_beside(
	struct beside *beside, struct wk_check *checks, size_t n, const char **unlooked)
{
	struct wk_err err = {0};
	const struct wk_diagnose diagnose = {.catalog = &beside->catalog,
		.access = &beside->access,
		.mesh = "m",
		.find = find,
		.ask = all_speak,
		.deadline = wk_now() + 10 * WK_SEC};

	*beside = (struct beside){.access = {.topology = &topology, .netns = -1},
		.question = {.id = "q",
			.full_id = "questions.q",
			.title = "question",
			.probe = {.kind = "canned",
				.args = "{\"json\": {\"good\": true, \"say\": \"x\"}}"},
			.answer = ".say",
			.expect = is_well,
			.n_expect = 1,
			.scope = WK_SCOPE_CLUSTERS}};
	beside->questions =
		(struct wk_suite){.name = "questions", .checks = &beside->question, .n_checks = 1};
	beside->suite = (struct wk_suite){
		.name = "s", .checks = checks, .n_checks = n, .with = with_pods, .n_with = 1};
	beside->catalog = (struct wk_catalog){.suites = &beside->suite,
		.n_suites = 1,
		.scratch = pods,
		.n_scratch = 1,
		.diagnosis = &beside->questions,
		.n_diagnosis = 1,
		.unlooked = unlooked,
		.n_unlooked = unlooked ? 1 : 0,
		.causes = (struct wk_cause *)(uintptr_t)three,
		.n_causes = WK_COUNT(three)};
	for (size_t i = 0; i < n; i++) {
		checks[i].expect = is_sound;
		checks[i].n_expect = WK_COUNT(is_sound);
	}
	cr_assert(wk_diagnose(&diagnose, &beside->diagnosis, &err), "%s", err.msg);
	return cJSON_GetObjectItem(beside->diagnosis.answers, "rows");
}

#define CHECK(name, found)                                                   \
	.id = name, .full_id = "s." name, .title = "what " name " is about", \
	.probe = {.kind = "canned", .args = "{\"json\": {\"sound\": " found "}}"}

static const char *not_asked(const struct beside *beside)
{
	static char told[128];

	(void)cJSON_PrintPreallocated(
		cJSON_GetObjectItemCaseSensitive(beside->diagnosis.answers, "notAsked"), told,
		sizeof(told), false);
	return told;
}

/* Whoever reads "all is well" must know of what. */
Test(diagnose, it_says_what_it_did_not_ask)
{
	struct wk_check check = {CHECK("c", "true"), .scope = WK_SCOPE_CLUSTERS};
	const char *unlooked[] = {"s.c"};
	struct beside beside;

	(void)ask_beside(&beside, &check, 1, unlooked);
	cr_expect_str_eq(not_asked(&beside), "[\"WK-B-001\"]");
	wk_diagnosis_finish(&beside.diagnosis);
	(void)ask_beside(&beside, &check, 1, NULL);
	cr_expect_str_eq(not_asked(&beside), "[]");
	wk_diagnosis_finish(&beside.diagnosis);
}

Test(diagnose, what_a_suite_knows_is_known_here)
{
	struct wk_check checks[] = {{CHECK("c", "false"), .scope = WK_SCOPE_CLUSTERS},
		{CHECK("d", "true"), .scope = WK_SCOPE_CLUSTERS}};
	struct beside beside;
	const cJSON *rows = ask_beside(&beside, checks, WK_COUNT(checks), NULL);
	const cJSON *row = row_of(rows, "s.c", "a");
	const cJSON *cause = cJSON_GetObjectItem(beside.diagnosis.answers, "cause");

	cr_expect_str_eq(text(row, "suite"), "s");
	cr_expect_str_eq(text(row, "ask"), "c");
	cr_expect_str_eq(text(row, "state"), "not ok");
	cr_expect(strstr(text(row, "answer"), "y: "), "%s", text(row, "answer"));
	cr_expect_str_eq(text(row_of(rows, "s.d", "a"), "answer"), "as expected");
	cr_expect_str_eq(text(cause, "code"), "WK-A-001");
	cr_expect_eq(cJSON_GetObjectItem(beside.diagnosis.answers, "exit")->valueint, 1);
	wk_diagnosis_finish(&beside.diagnosis);
}

/* Without a word: what makes something, and what needs a pod that is not there, would be red where all is well. */
Test(diagnose, what_needs_something_made_is_not_looked_at)
{
	struct wk_check checks[] = {
		{.id = "scratch",
			.full_id = "s.scratch",
			.probe = {.kind = "canned", .args = "{\"from\": \"wookie-pod\"}"}},
		{.id = "acts", .full_id = "s.acts", .probe = {.kind = "canary"}}};
	struct beside beside;
	const cJSON *rows = ask_beside(&beside, checks, WK_COUNT(checks), NULL);
	const cJSON *row = NULL;

	cJSON_ArrayForEach(row, rows)
		cr_expect_not(cJSON_HasObjectItem(row, "suite"), "%s", text(row, "id"));
	wk_diagnosis_finish(&beside.diagnosis);
}

Test(diagnose, a_check_whose_prerequisite_is_red_says_nothing)
{
	const char *needs[] = {"c"};
	struct wk_check checks[] = {{CHECK("c", "false"), .scope = WK_SCOPE_CLUSTERS},
		{CHECK("d", "false"), .scope = WK_SCOPE_CLUSTERS, .needs = needs, .n_needs = 1}};
	struct beside beside;
	const cJSON *row = row_of(ask_beside(&beside, checks, WK_COUNT(checks), NULL), "s.d", "b");

	cr_expect_str_eq(text(row, "state"), "skipped");
	cr_expect_str_eq(text(row, "answer"), "needs s.c[b], which does not hold");
	wk_diagnosis_finish(&beside.diagnosis);
}

Test(diagnose, a_check_has_a_line_where_it_names_a_cause_that_none_above_does)
{
	struct wk_check checks[] = {{CHECK("first", "false"), .scope = WK_SCOPE_CLUSTERS},
		{CHECK("second", "false"), .scope = WK_SCOPE_CLUSTERS},
		{CHECK("third", "true"), .scope = WK_SCOPE_CLUSTERS}};
	struct beside beside;
	char *screen = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&screen, &len);
	const struct wk_console_options options = {.out = out};

	(void)ask_beside(&beside, checks, WK_COUNT(checks), NULL);
	wk_diagnosis_print(beside.diagnosis.answers, &options);
	(void)fclose(out);
	cr_expect(strstr(screen, " first "), "%s", screen);
	cr_expect_null(strstr(screen, " second "), "%s", screen);
	cr_expect_null(strstr(screen, " third "), "%s", screen);
	cr_expect(strstr(screen, "6 ok, 4 not ok, 0 unknown, 6 of them checks"), "%s", screen);
	free(screen);
	wk_diagnosis_finish(&beside.diagnosis);
}

/* Faults that diagnose was seen to name wrongly, or not at all, while a run named them rightly. */
Test(diagnose, the_shipped_questions_and_checks_know_these_causes)
{
	static const char *const codes[] = {"WK-GW-012", "WK-RT-013", "WK-SC-010"};
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_catalog catalog;
	struct wk_plan plan;
	struct wk_err err = {0};

	load_shipped(arena, &catalog);
	cr_assert(wk_diagnose_plan(arena, &catalog, &topology, &plan, &err), "%s", err.msg);
	for (size_t i = 0; i < WK_COUNT(codes); i++) {
		bool known = false;

		for (size_t j = 0; j < plan.n_checks; j++)
			for (size_t k = 0; k < plan.checks[j].check->n_expect; k++)
				known = known || strcmp(plan.checks[j].check->expect[k].cause,
							 codes[i]) == 0;
		cr_expect(known, "%s", codes[i]);
	}
}
