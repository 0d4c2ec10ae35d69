#include "../run/fakes.h"
#include "../run/mesh.h"
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

static const cJSON *ask(struct asked *asked, const struct wk_check *question,
	bool (*facts)(struct wk_access *, size_t, wk_nsec, struct cJSON *, struct wk_err *),
	wk_nsec time)
{
	struct wk_err err = {0};
	struct wk_diagnose diagnose = {.catalog = &asked->catalog,
		.access = &asked->access,
		.mesh = "m",
		.find = find,
		.ask = facts,
		.deadline = wk_now() + time};

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

/* Whoever reads "all is well" must know of what. */
Test(diagnose, it_says_what_it_did_not_ask)
{
	struct wk_expectation asks[] = {{.that = "x", .jq = ".good", .cause = "WK-A-001"}};
	struct wk_expectation checks_only[] = {{.that = "y", .jq = ".good", .cause = "WK-A-001"},
		{.that = "z", .jq = ".good", .cause = "WK-B-001"}};
	struct wk_check question = {.id = "q",
		.full_id = "questions.q",
		.probe = {.kind = "canned", .args = "{\"json\": {\"good\": true, \"say\": \"x\"}}"},
		.answer = ".say",
		.expect = asks,
		.n_expect = 1,
		.scope = WK_SCOPE_CLUSTERS};
	struct wk_check check = {.id = "c", .full_id = "s.c", .expect = checks_only, .n_expect = 2};
	struct wk_suite diagnosis = {.name = "questions", .checks = &question, .n_checks = 1};
	struct wk_suite suite = {.name = "s", .checks = &check, .n_checks = 1};
	struct wk_cause known[] = {
		{.code = "WK-A-001"}, {.code = "WK-B-001"}, {.code = "WK-C-001"}};
	const struct wk_catalog catalog = {.suites = &suite,
		.n_suites = 1,
		.diagnosis = &diagnosis,
		.n_diagnosis = 1,
		.causes = known,
		.n_causes = WK_COUNT(known)};
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct wk_diagnosis got = {0};
	struct wk_err err = {0};
	WK_AUTOFREE char *told = NULL;
	const struct wk_diagnose diagnose = {.catalog = &catalog,
		.access = &access,
		.mesh = "m",
		.find = find,
		.ask = all_speak,
		.deadline = wk_now() + 10 * WK_SEC};

	cr_assert(wk_diagnose(&diagnose, &got, &err), "%s", err.msg);
	told = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(got.answers, "notAsked"));
	cr_expect_str_eq(told, "[\"WK-B-001\"]", "%s", told);
	wk_diagnosis_finish(&got);
}
