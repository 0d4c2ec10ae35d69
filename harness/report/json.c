/*
 * results.json
 *
 * The result tree as one object for programs. Keys are listed in wookie/report/report.h and stay:
 * what an event does not hold is null, so that a reader need not ask whether a key is there.
 */
#include "wookie/report/results.h"

#include <cjson/cJSON.h>
#include <string.h>

static void put_copy(cJSON *to, const struct cJSON *from, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, key);

	(void)cJSON_AddItemToObject(
		to, key, item ? cJSON_Duplicate(item, true) : cJSON_CreateNull());
}

static void put_copies(cJSON *to, const struct cJSON *from, const char *const keys[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_copy(to, from, keys[i]);
}

static void put_count(cJSON *to, const char *key, size_t value)
{
	(void)cJSON_AddNumberToObject(to, key, (double)value);
}

static void put_counts(cJSON *to, const struct wk_results *results)
{
	cJSON *counts = cJSON_AddObjectToObject(to, "counts");
	cJSON *tests = cJSON_AddObjectToObject(to, "tests");

	put_count(counts, "checks", results->checks.all);
	put_count(counts, "passed", results->checks.passed);
	put_count(counts, "failed", results->checks.failed);
	put_count(counts, "errors", results->checks.errors);
	put_count(counts, "skipped", results->checks.skipped);
	put_count(counts, "flaky", results->checks.flaky);
	put_count(counts, "not_judged", results->checks.not_judged);
	put_count(tests, "all", results->tests.all);
	put_count(tests, "passed", results->tests.passed);
	put_count(tests, "failed", results->tests.failed);
	put_count(tests, "errors", results->tests.errors);
	put_count(tests, "skipped", results->tests.skipped);
}

static void put_run(cJSON *to, const struct wk_results *results)
{
	static const char *const keys[] = {
		"id", "mesh", "topology", "sources", "argv", "strict", "dir"};
	cJSON *run = cJSON_AddObjectToObject(to, "run");
	const cJSON *started = cJSON_GetObjectItemCaseSensitive(results->run, "at");
	double settled;

	put_copies(run, results->run, keys, WK_COUNT(keys));
	if (*wk_event_text(results->run, "injected"))
		(void)cJSON_AddStringToObject(
			run, "injected", wk_event_text(results->run, "injected"));
	(void)cJSON_AddItemToObject(
		run, "started", started ? cJSON_Duplicate(started, true) : cJSON_CreateNull());
	(void)cJSON_AddNumberToObject(run, "seconds", results->elapsed);
	(void)cJSON_AddItemToObject(run, "settled",
		wk_results_settled(results, &settled) ? cJSON_CreateNumber(settled)
						      : cJSON_CreateNull());
}

static void put_problems(cJSON *to, const struct wk_results *results)
{
	cJSON *problems = cJSON_AddArrayToObject(to, "problems");

	for (size_t i = 0; i < results->n_problems; i++)
		(void)cJSON_AddItemToArray(problems, cJSON_CreateString(results->problems[i]));
}

static void put_cause(cJSON *to, const struct wk_results *results)
{
	static const char *const keys[] = {
		"code", "title", "meaning", "fix", "explains", "of", "also", "command"};

	if (results->cause)
		put_copies(
			cJSON_AddObjectToObject(to, "cause"), results->cause, keys, WK_COUNT(keys));
	else
		(void)cJSON_AddNullToObject(to, "cause");
}

static void put_suspects(cJSON *to, const struct wk_results *results)
{
	static const char *const keys[] = {"code", "cluster", "layer", "what", "name", "fields",
		"by", "since", "distance", "touches", "command"};
	cJSON *list = NULL;

	if (results->n_suspects > 0)
		list = cJSON_AddArrayToObject(to, "suspects");
	for (size_t i = 0; i < results->n_suspects; i++) {
		cJSON *suspect = cJSON_CreateObject();

		put_copies(suspect, results->suspects[i], keys, WK_COUNT(keys));
		(void)cJSON_AddItemToArray(list, suspect);
	}
}

/* 0 is none. */
static void put_number(cJSON *to, const char *key, unsigned number)
{
	(void)cJSON_AddItemToObject(
		to, key, number ? cJSON_CreateNumber(number) : cJSON_CreateNull());
}

static void put_check(cJSON *checks, const struct wk_results *results, const struct wk_case *c)
{
	static const char *const names[] = {"name", "for", "false_alarm"};
	static const char *const keys[] = {"expectation", "causes", "n_attempts", "attempts",
		"first_held", "flaps", "evidence", "kind", "reproduce", "response"};
	static const char *const of_proofs[] = {"fault", "proofs"};
	cJSON *check = cJSON_CreateObject();

	(void)cJSON_AddItemToArray(checks, check);
	(void)cJSON_AddStringToObject(check, "id", c->check);
	put_number(check, "round", c->round);
	put_copies(check, c->plan ? c->plan : c->event, names, WK_COUNT(names));
	(void)cJSON_AddStringToObject(check, "suite", results->suites[c->suite].name);
	(void)cJSON_AddStringToObject(check, "title", c->title);
	(void)cJSON_AddStringToObject(check, "verdict", wk_verdict_name(c->verdict));
	(void)cJSON_AddBoolToObject(check, "judged", c->judged);
	(void)cJSON_AddBoolToObject(check, "flaky", c->flaky);
	(void)cJSON_AddNumberToObject(check, "seconds", c->seconds);
	(void)cJSON_AddStringToObject(check, "reason", c->reason);
	put_copies(check, c->event, keys, WK_COUNT(keys));
	for (size_t i = 0; i < WK_COUNT(of_proofs); i++)
		if (cJSON_HasObjectItem(c->event, of_proofs[i]))
			put_copy(check, c->event, of_proofs[i]);
}

static void put_rounds_check(cJSON *checks, const struct wk_rounds_check *check)
{
	cJSON *item = cJSON_CreateObject();

	(void)cJSON_AddItemToArray(checks, item);
	(void)cJSON_AddStringToObject(item, "id", check->first->check);
	(void)cJSON_AddNumberToObject(item, "rounds", (double)check->rounds);
	(void)cJSON_AddNumberToObject(item, "passed", (double)check->passed);
	(void)cJSON_AddNumberToObject(item, "skipped", (double)check->skipped);
	(void)cJSON_AddNumberToObject(item, "slowest", check->slowest);
	put_number(item, "slowest_round", check->slowest_round);
}

static void put_rounds(cJSON *to, const struct wk_results *results)
{
	static const char *const keys[] = {"most", "until_fail"};
	struct wk_rounds_check *checks;
	cJSON *rounds;
	cJSON *list;
	size_t n;

	if (!wk_results_repeats(results)) {
		(void)cJSON_AddNullToObject(to, "rounds");
		return;
	}
	rounds = cJSON_AddObjectToObject(to, "rounds");
	put_copies(rounds, cJSON_GetObjectItemCaseSensitive(results->run, "repeat"), keys,
		WK_COUNT(keys));
	(void)cJSON_AddNumberToObject(rounds, "run", results->round);
	(void)cJSON_AddNumberToObject(rounds, "green", (double)wk_rounds_green(results));
	list = cJSON_AddArrayToObject(rounds, "checks");
	n = wk_rounds_checks(results, &checks);
	for (size_t i = 0; i < n; i++)
		put_rounds_check(list, &checks[i]);
}

static void put_run_case(cJSON *cases, const struct wk_case *c)
{
	cJSON *item = cJSON_CreateObject();

	(void)cJSON_AddItemToArray(cases, item);
	(void)cJSON_AddStringToObject(item, "id", c->id);
	(void)cJSON_AddStringToObject(item, "verdict", wk_verdict_name(c->verdict));
	(void)cJSON_AddNumberToObject(item, "exit", (double)c->exit);
	(void)cJSON_AddStringToObject(item, "reason", c->reason);
	(void)cJSON_AddStringToObject(item, "details", c->details);
}

static void put_cases(cJSON *to, const struct wk_results *results)
{
	cJSON *checks = cJSON_AddArrayToObject(to, "checks");
	cJSON *cases = cJSON_AddArrayToObject(to, "run_cases");

	for (size_t i = 0; i < results->n_cases; i++) {
		if (results->cases[i].synthetic)
			put_run_case(cases, &results->cases[i]);
		else
			put_check(checks, results, &results->cases[i]);
	}
}

static void put_steps(cJSON *to, const struct wk_results *results)
{
	static const char *const keys[] = {"phase", "what", "state", "seconds", "detail"};
	cJSON *steps = cJSON_AddArrayToObject(to, "steps");
	const cJSON *event;

	cJSON_ArrayForEach(event, results->events)
	{
		const char *state = wk_event_text(event, "state");
		cJSON *step;

		if (!wk_event_is(event, WK_EVENT_STEP) ||
			(strcmp(state, "done") != 0 && strcmp(state, "failed") != 0))
			continue;
		step = cJSON_CreateObject();
		put_copies(step, event, keys, WK_COUNT(keys));
		(void)cJSON_AddItemToArray(steps, step);
	}
}

static cJSON *whole(const struct wk_results *results)
{
	cJSON *to = cJSON_CreateObject();
	const cJSON *leftover = cJSON_GetObjectItemCaseSensitive(results->end, "leftover");
	const cJSON *path = cJSON_GetObjectItemCaseSensitive(results->bundle, "path");

	(void)cJSON_AddNumberToObject(to, "version", 1);
	(void)cJSON_AddStringToObject(to, "tool", wk_event_text(results->run, "version"));
	put_run(to, results);
	(void)cJSON_AddNumberToObject(to, "exit", (double)results->exit);
	(void)cJSON_AddBoolToObject(to, "complete", results->end != NULL);
	(void)cJSON_AddBoolToObject(to, "truncated", results->truncated);
	put_problems(to, results);
	put_counts(to, results);
	put_cause(to, results);
	put_suspects(to, results);
	(void)cJSON_AddItemToObject(
		to, "leftover", leftover ? cJSON_Duplicate(leftover, true) : cJSON_CreateArray());
	(void)cJSON_AddItemToObject(
		to, "bundle", path ? cJSON_Duplicate(path, true) : cJSON_CreateNull());
	put_rounds(to, results);
	put_cases(to, results);
	put_steps(to, results);
	return to;
}

bool wk_report_json(const struct wk_results *results, struct wk_buf *out, struct wk_err *err)
{
	cJSON *object = whole(results);
	char *text = cJSON_Print(object);

	cJSON_Delete(object);
	if (!text)
		abort(); /* cJSON has no other reason than a lack of memory */
	(void)wk_buf_puts(out, text);
	(void)wk_buf_putc(out, '\n');
	cJSON_free(text);
	return !out->full ||
	       wk_err_set(err, WK_ERR_SYSTEM, "results.json is larger than %zu bytes", out->max);
}
