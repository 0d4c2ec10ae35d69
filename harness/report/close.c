/*
 * Judging what the log leaves open
 *
 * Every testcase carries the exit code that it alone would give the run, and the run's exit code
 * is the first of them in the order of wookie/model/event.h. What makes a run red without being a
 * check (set-up, leftovers, an interrupt, skips under --strict) becomes a testcase of its own, so
 * that a report can never be green beside an exit code that is not.
 */
#include "wookie/report/results.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

enum { DETAILS_MAX = 8000 };

/* A check that failed is told before what could not be done beside it: a red mesh is no environment. */
static const enum wk_exit order[] = {WK_EXIT_INTERRUPTED, WK_EXIT_USAGE, WK_EXIT_FAILED,
	WK_EXIT_ENVIRONMENT, WK_EXIT_LEFTOVER, WK_EXIT_NOTHING, WK_EXIT_OK};

static size_t rank(enum wk_exit exit)
{
	size_t i = 0;

	while (order[i] != exit && order[i] != WK_EXIT_OK)
		i++;
	return i;
}

/* What is no exit code of ours counts as an error. */
static enum wk_exit exit_of_number(int number)
{
	for (size_t i = 0; i < WK_COUNT(order); i++)
		if ((int)order[i] == number)
			return order[i];
	return WK_EXIT_ENVIRONMENT;
}

bool wk_exit_before(enum wk_exit a, enum wk_exit b)
{
	return rank(a) < rank(b);
}

/* What a testcase of one kind says beside its own words. */
struct blame {
	const char *id;
	const char *type;
	enum wk_verdict verdict;
	enum wk_exit exit;
};

static struct wk_case *find_synthetic(struct wk_results *results, const char *id)
{
	for (size_t i = 0; i < results->n_cases; i++)
		if (results->cases[i].synthetic && strcmp(results->cases[i].id, id) == 0)
			return &results->cases[i];
	return NULL;
}

static void add_line(struct wk_results *results, struct wk_case *c, const char *line)
{
	c->details = wk_arena_printf(
		results->arena, "%s%s%s", c->details, *c->details ? "\n" : "", line);
}

/* Adds a testcase, or another line to the one that is there. */
static void add_blame(struct wk_results *results, const struct blame *blame, const char *reason)
{
	struct wk_case *c = find_synthetic(results, blame->id);
	struct wk_suite_result *suite;

	if (c) {
		if (wk_exit_before(blame->exit, c->exit))
			c->exit = blame->exit;
		if (strlen(c->details) > DETAILS_MAX)
			c->untold++;
		else
			add_line(results, c, reason);
		return;
	}
	suite = wk_results_suite(results, "run", "what the run needed besides its checks");
	suite->round = 0;
	c = wk_results_case(results, (size_t)(suite - results->suites), blame->id);
	c->synthetic = true;
	c->judged = true;
	c->verdict = blame->verdict;
	c->exit = blame->exit;
	c->type = blame->type;
	c->reason = wk_arena_strdup(results->arena, reason);
}

/* Where a phase is one step, its name says nothing new. */
static bool is_whole_phase(const struct cJSON *step)
{
	return strcmp(wk_event_text(step, "what"), wk_event_text(step, "phase")) == 0;
}

const char *wk_step_trouble(const struct wk_results *results, const struct cJSON *step)
{
	const char *detail = wk_event_text(step, "detail");

	detail = *detail ? detail : "could not be done";
	return is_whole_phase(step) ? detail
				    : wk_arena_printf(results->arena, "%s: %s",
					      wk_event_text(step, "what"), detail);
}

static void blame_step(struct wk_results *results, const struct cJSON *step)
{
	const char *phase = wk_event_text(step, "phase");
	const char *id = wk_arena_printf(results->arena, "[%s]", *phase ? phase : "step");
	bool down = strcmp(phase, "down") == 0;
	const struct blame blame = {id, down ? "wookie.leftover" : "wookie.setup", WK_ERROR,
		down ? WK_EXIT_LEFTOVER : WK_EXIT_ENVIRONMENT};

	add_blame(results, &blame, wk_step_trouble(results, step));
}

static const char *step_name(struct wk_results *results, const struct cJSON *step)
{
	const char *phase = wk_event_text(step, "phase");

	return is_whole_phase(step) ? phase
				    : wk_arena_printf(results->arena, "%s of '%s'", phase,
					      wk_event_text(step, "what"));
}

/* The first step that could not be done before the checks, in words; NULL: all could. */
static const char *blame_steps(struct wk_results *results)
{
	const char *first = NULL;
	const cJSON *event;

	cJSON_ArrayForEach(event, results->events)
	{
		if (!wk_event_is(event, WK_EVENT_STEP) ||
			strcmp(wk_event_text(event, "state"), "failed") != 0)
			continue;
		blame_step(results, event);
		if (!first && strcmp(wk_event_text(event, "phase"), "down") != 0)
			first = wk_arena_printf(
				results->arena, "%s did not succeed", step_name(results, event));
	}
	return first;
}

static void blame_leftovers(struct wk_results *results)
{
	static const struct blame blame = {"[down]", "wookie.leftover", WK_ERROR, WK_EXIT_LEFTOVER};
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(results->end, "leftover"))
	{
		const char *text = cJSON_GetStringValue(item);

		add_blame(results, &blame,
			wk_arena_printf(results->arena, "left behind: %s", text ? text : "?"));
	}
}

static void blame_end(struct wk_results *results)
{
	static const struct blame killed = {
		"[run]", "wookie.killed", WK_ERROR, WK_EXIT_ENVIRONMENT};
	static const struct blame interrupted = {
		"[interrupted]", "wookie.interrupted", WK_ERROR, WK_EXIT_INTERRUPTED};
	const char *reason = wk_event_text(results->end, "reason");

	if (!results->end)
		add_blame(results, &killed,
			"the run was killed; wookie-conform down removes what it left");
	else if (wk_event_flag(results->end, "interrupted"))
		add_blame(results, &interrupted, *reason ? reason : "the run was interrupted");
	blame_leftovers(results);
}

/* Why a planned check has no verdict. */
static const char *unjudged_reason(struct wk_results *results, const char *failed_step)
{
	const char *reason = wk_event_text(results->end, "reason");

	if (!results->end)
		return "not judged: the run was killed";
	if (wk_event_flag(results->end, "interrupted"))
		return "not judged: the run was interrupted";
	if (failed_step)
		return wk_arena_printf(results->arena, "not judged: %s", failed_step);
	return wk_arena_printf(
		results->arena, "not judged: %s", *reason ? reason : "the run ended before it");
}

static void settle_checks(struct wk_results *results, const char *failed_step)
{
	const char *unjudged = unjudged_reason(results, failed_step);

	for (size_t i = 0; i < results->n_cases; i++) {
		struct wk_case *c = &results->cases[i];

		if (c->synthetic)
			continue;
		if (!c->judged) {
			c->verdict = WK_ERROR;
			c->reason = c->begun > 0 ? wk_arena_printf(results->arena,
							   "%s while it ran", unjudged)
						 : unjudged;
		}
		wk_case_settle(c);
		if (!c->judged)
			c->type = "wookie.notjudged";
	}
}

static void count(struct wk_counts *counts, const struct wk_case *c)
{
	counts->all++;
	counts->passed += c->verdict == WK_PASS;
	counts->failed += c->verdict == WK_FAIL;
	counts->errors += c->verdict == WK_ERROR;
	counts->skipped += c->verdict == WK_SKIP;
	counts->flaky += c->flaky;
	counts->not_judged += !c->judged;
}

static void count_all(struct wk_results *results)
{
	results->checks = (struct wk_counts){0};
	results->tests = (struct wk_counts){0};
	for (size_t i = 0; i < results->n_cases; i++) {
		if (!results->cases[i].synthetic)
			count(&results->checks, &results->cases[i]);
		count(&results->tests, &results->cases[i]);
	}
}

static void blame_selection(struct wk_results *results)
{
	static const struct blame nothing = {"[plan]", "wookie.nothing", WK_ERROR, WK_EXIT_NOTHING};
	static const struct blame strict = {"[strict]", "wookie.strict", WK_FAIL, WK_EXIT_NOTHING};

	count_all(results);
	if (results->planned && results->checks.all == 0)
		add_blame(results, &nothing, "no check was selected");
	if (wk_event_flag(results->run, "strict") && results->checks.skipped > 0)
		add_blame(results, &strict,
			wk_arena_printf(results->arena, "%zu skipped; --strict allows none",
				results->checks.skipped));
}

static enum wk_exit exit_of_cases(const struct wk_results *results)
{
	enum wk_exit exit = WK_EXIT_OK;

	for (size_t i = 0; i < results->n_cases; i++)
		if (wk_exit_before(results->cases[i].exit, exit))
			exit = results->cases[i].exit;
	return exit;
}

/* The run may have ended for a reason that no event shows, such as a full disk. */
static void blame_exit(struct wk_results *results)
{
	int told = (int)wk_event_seconds(results->end, "exit");
	const char *reason = wk_event_text(results->end, "reason");
	const struct blame blame = {"[run]", "wookie.run", WK_ERROR, exit_of_number(told)};

	if (wk_exit_before(blame.exit, exit_of_cases(results)))
		add_blame(results, &blame,
			*reason ? reason
				: wk_arena_printf(
					  results->arena, "the run ended with exit code %d", told));
}

/* What cannot be read may have been a failure. */
static void blame_log(struct wk_results *results)
{
	static const struct blame blame = {"[log]", "wookie.log", WK_ERROR, WK_EXIT_ENVIRONMENT};

	for (size_t i = 0; i < results->n_problems; i++)
		add_blame(results, &blame, results->problems[i]);
	if (results->more_problems)
		add_blame(results, &blame,
			wk_arena_printf(results->arena, "and %zu more oddities of the event log",
				results->more_problems));
}

static void count_untold(struct wk_results *results)
{
	for (size_t i = 0; i < results->n_cases; i++)
		if (results->cases[i].untold)
			add_line(results, &results->cases[i],
				wk_arena_printf(
					results->arena, "and %zu more", results->cases[i].untold));
}

static int by_suite(const void *a, const void *b)
{
	const struct wk_case *x = a;
	const struct wk_case *y = b;

	if (x->suite != y->suite)
		return x->suite < y->suite ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void sort_cases(struct wk_results *results)
{
	size_t first = 0;

	if (results->n_cases)
		qsort(results->cases, results->n_cases, sizeof(*results->cases), by_suite);
	for (size_t i = 0; i < results->n_suites; i++) {
		results->suites[i].first = first;
		first += results->suites[i].count;
	}
}

void wk_results_close(struct wk_results *results)
{
	assert(!results->closed);
	results->closed = true;
	settle_checks(results, blame_steps(results));
	blame_end(results);
	blame_selection(results);
	blame_log(results);
	blame_exit(results);
	count_untold(results);
	sort_cases(results);
	count_all(results);
	results->exit = exit_of_cases(results);
}
