/*
 * Rounds
 *
 * Where a run repeats its checks, each round is judged as if it were a run: the plan's checks become
 * testcases once more, with the round in their names, so that no reader takes two verdicts for one.
 * What only all rounds together can tell, which check is not always the same and how long each took
 * to hold, is counted from those testcases at the end.
 */
#include "wookie/report/results.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { ROUNDS_MAX = 1000000 };

bool wk_results_repeats(const struct wk_results *results)
{
	return cJSON_GetObjectItemCaseSensitive(results->run, "repeat") != NULL;
}

const char *wk_suite_label(const struct wk_results *results, const struct wk_suite_result *suite)
{
	return suite->round
		       ? wk_arena_printf(results->arena, "%s round %u", suite->name, suite->round)
		       : suite->name;
}

static void begin(struct wk_results *results)
{
	/* The first one is there with the plan. */
	if (results->round_begun) {
		results->round++;
		results->round_suite = results->n_suites;
		results->round_case = results->n_cases;
		wk_results_planned(results, results->plan);
	}
	results->round_begun = true;
}

void wk_results_round(struct wk_results *results, const struct cJSON *event)
{
	double number = wk_event_seconds(event, "round");
	unsigned next = results->round_begun ? results->round + 1 : 1;
	bool done = strcmp(wk_event_text(event, "state"), "done") == 0;

	if (!results->round || number > ROUNDS_MAX)
		wk_results_problem(results, "a round of a run that has none");
	else if ((unsigned)number != (done ? results->round : next))
		wk_results_problem(results, "round %.0f comes after round %u", number, next - 1);
	else if (!done)
		begin(results);
}

static void count(struct wk_rounds_check *check, const struct wk_case *c)
{
	check->rounds++;
	check->skipped += c->verdict == WK_SKIP;
	check->passed += c->verdict == WK_PASS;
	if (wk_verdict_is_red(c->verdict)) {
		if (check->n_bad < WK_BAD_ROUNDS)
			check->bad[check->n_bad] = c->round;
		check->n_bad++;
	}
	if (c->verdict == WK_PASS && c->held > check->slowest) {
		check->slowest = c->held;
		check->slowest_round = c->round;
	}
}

/* Its entry; one is added where there is none. Checks come in the same order in each round: the next
 * one is almost always the one after the last. */
static size_t entry_of(
	struct wk_rounds_check *checks, size_t *n, const struct wk_case *c, size_t last)
{
	for (size_t i = 0; i < *n; i++) {
		size_t at = (last + 1 + i) % *n;

		if (strcmp(checks[at].first->check, c->check) == 0)
			return at;
	}
	checks[*n] = (struct wk_rounds_check){.first = c};
	return (*n)++;
}

size_t wk_rounds_checks(const struct wk_results *results, struct wk_rounds_check **ret)
{
	struct wk_rounds_check *checks =
		wk_arena_alloc(results->arena, results->n_cases + 1, sizeof(*checks));
	size_t n = 0;
	size_t at = 0;

	for (size_t i = 0; i < results->n_cases; i++) {
		if (results->cases[i].synthetic || !results->cases[i].judged)
			continue;
		at = entry_of(checks, &n, &results->cases[i], at);
		count(&checks[at], &results->cases[i]);
	}
	*ret = checks;
	return n;
}

size_t wk_rounds_green(const struct wk_results *results)
{
	bool *red = wk_arena_alloc(results->arena, (size_t)results->round + 1, sizeof(*red));
	size_t n = 0;

	for (size_t i = 0; i < results->n_cases; i++)
		if (results->cases[i].exit != WK_EXIT_OK)
			red[results->cases[i].round] = true;
	for (unsigned round = 1; round <= results->round; round++)
		n += !red[round];
	return n;
}

static bool is_plain_pass(const struct cJSON *event)
{
	return wk_event_is(event, WK_EVENT_CHECK) && !wk_event_flag(event, "flaky") &&
	       strcmp(wk_event_text(event, "verdict"), wk_verdict_name(WK_PASS)) == 0;
}

void wk_results_forget_passes(struct wk_results *results)
{
	cJSON *next;

	if (results->round <= 1)
		return;
	for (size_t i = results->round_case; i < results->n_cases; i++)
		if (is_plain_pass(results->cases[i].event))
			results->cases[i].event = NULL;
	for (cJSON *event = results->events->child; event; event = next) {
		next = event->next;
		if (is_plain_pass(event) && wk_event_seconds(event, "round") > 1)
			cJSON_Delete(cJSON_DetachItemViaPointer(results->events, event));
	}
}

const char *wk_rounds_name(const struct wk_results *results)
{
	const cJSON *repeat = cJSON_GetObjectItemCaseSensitive(results->run, "repeat");
	double most = wk_event_seconds(repeat, "most");

	return most > 0 ? wk_arena_printf(results->arena, "round %u of %.0f", results->round, most)
			: wk_arena_printf(results->arena, "round %u", results->round);
}
