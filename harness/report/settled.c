/*
 * How long the mesh took to settle
 *
 * No mechanism of its own waits for that: it is seen from the checks. One that did not hold at its first look
 * and did later, without a break after that, met a mesh that was still on its way to what the harness had
 * changed itself. The mesh had settled when the last of them held, counted from the end of the change
 * before it. A check that never held tells that it did not settle, and then there is no such time. In rounds
 * it is the first that shows it.
 */
#include "wookie/report/results.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static bool held_first(const struct wk_case *c)
{
	const cJSON *attempts = cJSON_GetObjectItemCaseSensitive(c->event, "attempts");

	return !attempts || !attempts->child || wk_event_flag(attempts->child, "held");
}

static double begun(const struct wk_case *c)
{
	double ended = wk_event_seconds(c->event, "elapsed");

	/* Older logs do not say. */
	return c->begun > 0 ? c->begun : ended - c->seconds;
}

static bool is_change(const struct cJSON *event)
{
	static const char *const phases[] = {"up", "deploy", "scratch"};

	if (!wk_event_is(event, WK_EVENT_STEP) ||
		strcmp(wk_event_text(event, "state"), "done") != 0)
		return false;
	for (size_t i = 0; i < WK_COUNT(phases); i++)
		if (strcmp(wk_event_text(event, "phase"), phases[i]) == 0)
			return true;
	return false;
}

/* When the harness had changed something, in the order of the log. */
struct changes {
	double *at;
	size_t n;
};

static void find_changes(const struct wk_results *results, struct changes *ret)
{
	const cJSON *event;

	cJSON_ArrayForEach(event, results->events)
	{
		if (!is_change(event))
			continue;
		ret->at = wk_arena_grow(results->arena, ret->at, ret->n, sizeof(*ret->at));
		ret->at[ret->n++] = wk_event_seconds(event, "elapsed");
	}
}

/* The last change before that time; `first` where there was none. */
static double changed_before(const struct changes *changes, double time, double first)
{
	double last = -1;

	for (size_t i = 0; i < changes->n; i++)
		if (changes->at[i] <= time && changes->at[i] > last)
			last = changes->at[i];
	return last < 0 ? first : last;
}

/* Whether the mesh was looked at by this check. */
static bool has_looked(const struct wk_case *c)
{
	return c->judged && c->round <= 1 && c->verdict != WK_SKIP &&
	       cJSON_HasObjectItem(c->event, "n_attempts");
}

static double first_look(const struct wk_results *results)
{
	double first = results->elapsed;

	for (size_t i = 0; i < results->n_cases; i++)
		if (has_looked(&results->cases[i]) && begun(&results->cases[i]) < first)
			first = begun(&results->cases[i]);
	return first;
}

bool wk_results_settled(const struct wk_results *results, double *ret)
{
	double first = first_look(results);
	struct changes changes = {0};
	double settled = 0;
	bool looked = false;

	if (wk_results_is_proof(results))
		return false;
	find_changes(results, &changes);
	for (size_t i = 0; i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];
		double took;

		if (!has_looked(c))
			continue;
		looked = true;
		if (c->flaky)
			return false;
		if (held_first(c))
			continue;
		if (c->verdict != WK_PASS || c->held <= 0)
			return false;
		took = begun(c) + c->held - changed_before(&changes, begun(c), first);
		if (took > settled)
			settled = took;
	}
	if (looked)
		*ret = round(settled * 1000) / 1000;
	return looked;
}
