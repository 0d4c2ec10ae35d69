/*
 * The result tree
 *
 * Events come in one by one, from a log or live, and find their place: checks of the plan become
 * testcases before anything ran, and verdicts fill them. A verdict is never dropped: a check that
 * the plan does not know is added, and of two verdicts for one check the worse counts, so that no
 * pass can cover a failure. What is odd about a log is remembered beside the results, and makes the run
 * red: a line that cannot be read may have been a failure.
 */
#include "wookie/report/results.h"

#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

enum { PROBLEMS_MAX = 20 };

const char *wk_event_text(const struct cJSON *event, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, key));

	return text ? text : "";
}

double wk_event_seconds(const struct cJSON *event, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, key);

	return cJSON_IsNumber(item) && item->valuedouble > 0 && item->valuedouble < 1e9
		       ? item->valuedouble
		       : 0;
}

bool wk_event_flag(const struct cJSON *event, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, key));
}

bool wk_event_is(const struct cJSON *event, const char *name)
{
	return strcmp(wk_event_text(event, "event"), name) == 0;
}

struct wk_results *wk_results_new(void)
{
	struct wk_results *results = wk_xcalloc(1, sizeof(*results));

	results->arena = wk_arena_new();
	results->events = cJSON_CreateArray();
	return results;
}

void wk_results_free(struct wk_results *results)
{
	if (!results)
		return;
	cJSON_Delete(results->events);
	wk_arena_free(results->arena);
	free(results->places);
	free(results);
}

bool wk_results_truncated(const struct wk_results *results)
{
	return results->truncated;
}

enum wk_exit wk_results_exit(const struct wk_results *results)
{
	return results->exit;
}

void wk_results_problem(struct wk_results *results, const char *fmt, ...)
{
	WK_AUTOFREE char *text = NULL;
	va_list ap;

	if (results->n_problems == PROBLEMS_MAX) {
		results->more_problems++;
		return;
	}
	va_start(ap, fmt);
	text = wk_xvasprintf(fmt, ap);
	va_end(ap);
	results->problems = wk_arena_grow(
		results->arena, results->problems, results->n_problems, sizeof(char *));
	results->problems[results->n_problems++] = wk_arena_strdup(results->arena, text);
}

void wk_results_share_problems(struct wk_results *results, const struct wk_results *of)
{
	results->problems = of->problems;
	results->n_problems = of->n_problems;
	results->more_problems = of->more_problems;
}

struct wk_suite_result *wk_results_suite(
	struct wk_results *results, const char *name, const char *title)
{
	struct wk_suite_result *suite;

	for (size_t i = results->round_suite; i < results->n_suites; i++)
		if (strcmp(results->suites[i].name, name) == 0)
			return &results->suites[i];
	results->suites = wk_arena_grow(
		results->arena, results->suites, results->n_suites, sizeof(*results->suites));
	suite = &results->suites[results->n_suites++];
	*suite = (struct wk_suite_result){
		.name = wk_arena_strdup(results->arena, *name ? name : "unnamed"),
		.title = wk_arena_strdup(results->arena, title),
		.round = results->round};
	return suite;
}

/* FNV-1a over the id and the round. */
static size_t hash(const char *id, unsigned round)
{
	uint64_t h = 14695981039346656037u ^ round;

	for (const char *p = id; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

/* Where the case of a check in a round is noted, or is to be. */
static size_t *place_of(const struct wk_results *results, const char *id, unsigned round)
{
	size_t at = hash(id, round) & (results->n_places - 1);

	while (results->places[at]) {
		const struct wk_case *c = &results->cases[results->places[at] - 1];

		if (c->round == round && strcmp(c->check, id) == 0)
			break;
		at = (at + 1) & (results->n_places - 1);
	}
	return &results->places[at];
}

/* Keeps the table at most half full. Of two cases of one id the first is found. */
static void note_place(struct wk_results *results, size_t added)
{
	size_t first = added;
	size_t *place;

	if (2 * results->n_cases > results->n_places) {
		results->n_places = results->n_places ? 2 * results->n_places : 256;
		free(results->places);
		results->places = wk_xcalloc(results->n_places, sizeof(*results->places));
		first = 0;
	}
	for (size_t i = first; i <= added; i++) {
		place = place_of(results, results->cases[i].check, results->cases[i].round);
		if (!*place)
			*place = i + 1;
	}
}

struct wk_case *wk_results_case(struct wk_results *results, size_t suite, const char *id)
{
	struct wk_case *c;

	results->cases = wk_arena_grow(
		results->arena, results->cases, results->n_cases, sizeof(*results->cases));
	c = &results->cases[results->n_cases];
	*c = (struct wk_case){.check = wk_arena_strdup(results->arena, id),
		.title = "",
		.reason = "",
		.type = "",
		.details = "",
		.suite = suite,
		.round = results->suites[suite].round,
		.order = results->n_cases};
	c->id = c->round ? wk_arena_printf(results->arena, "%s round %u", c->check, c->round)
			 : c->check;
	results->n_cases++;
	note_place(results, results->n_cases - 1);
	results->suites[suite].count++;
	return c;
}

/* Which round an event is of: where it does not say, the one under way. */
static unsigned round_of(const struct wk_results *results, const struct cJSON *event)
{
	double round = wk_event_seconds(event, "round");

	return results->round && round >= 1 ? (unsigned)round : results->round;
}

/* The case of a check in a round; NULL where there is none. */
static struct wk_case *find_case(struct wk_results *results, const char *id, unsigned round)
{
	size_t place = results->n_places ? *place_of(results, id, round) : 0;

	return place ? &results->cases[place - 1] : NULL;
}

/* A testcase for a check that has none yet. */
static struct wk_case *add_check(struct wk_results *results, const struct cJSON *check)
{
	const char *name = wk_event_text(check, "suite");
	struct wk_suite_result *suite = wk_results_suite(results, name, "");
	struct wk_case *c = wk_results_case(
		results, (size_t)(suite - results->suites), wk_event_text(check, "id"));

	c->title = wk_event_text(check, "title");
	c->plan = wk_event_is(check, WK_EVENT_CHECK) ? NULL : check;
	return c;
}

/* Also for a round after the first: what was odd about the plan has been said. */
void wk_results_planned(struct wk_results *results, const struct cJSON *plan)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(plan, "suites"))
	{
		(void)wk_results_suite(
			results, wk_event_text(item, "name"), wk_event_text(item, "title"));
	}
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(plan, "checks"))
	{
		if (find_case(results, wk_event_text(item, "id"), results->round)) {
			if (results->round <= 1)
				wk_results_problem(results, "check '%s' is planned twice",
					wk_event_text(item, "id"));
		} else {
			(void)add_check(results, item);
		}
	}
}

static void add_plan(struct wk_results *results, const struct cJSON *plan)
{
	if (results->planned)
		wk_results_problem(results, "a second plan; its checks are added to the first");
	else
		results->plan = plan;
	results->planned = true;
	/* What is planned is planned for a first round at least. */
	if (wk_results_repeats(results) && results->round == 0)
		results->round = 1;
	wk_results_planned(results, plan);
}

/* What a check event says; a verdict that is none of the four cannot be a pass. */
static enum wk_verdict verdict_of(const struct cJSON *event)
{
	for (enum wk_verdict v = WK_PASS; v <= WK_SKIP; v++)
		if (strcmp(wk_event_text(event, "verdict"), wk_verdict_name(v)) == 0)
			return v;
	return WK_ERROR;
}

static int badness(enum wk_verdict verdict)
{
	static const int ranks[] = {[WK_PASS] = 0, [WK_SKIP] = 1, [WK_FAIL] = 2, [WK_ERROR] = 3};

	return ranks[verdict];
}

void wk_case_settle(struct wk_case *c)
{
	static const char *const types[] = {[WK_PASS] = "",
		[WK_FAIL] = "wookie.expectation",
		[WK_ERROR] = "wookie.error",
		[WK_SKIP] = "wookie.skip"};
	static const enum wk_exit exits[] = {[WK_PASS] = WK_EXIT_OK,
		[WK_FAIL] = WK_EXIT_FAILED,
		[WK_ERROR] = WK_EXIT_ENVIRONMENT,
		[WK_SKIP] = WK_EXIT_OK};
	bool held = strcmp(wk_event_text(c->event, "verdict"), "pass") == 0;
	bool flake = c->flaky && held;

	if (flake) {
		c->verdict = WK_FAIL;
		c->reason = "flaky: it held, broke, and held again";
	}
	c->type = flake ? "wookie.flaky" : types[c->verdict];
	c->exit = exits[c->verdict];
	if (c->verdict != WK_PASS && !*c->reason)
		c->reason = "no reason given";
}

static void add_verdict(struct wk_results *results, const struct cJSON *event)
{
	const char *id = wk_event_text(event, "id");
	struct wk_case *c = find_case(results, id, round_of(results, event));

	if (!c) {
		wk_results_problem(results, "check '%s' is not in the plan", id);
		c = add_check(results, event);
	}
	if (c->judged) {
		wk_results_problem(
			results, "check '%s' was judged twice; the worse verdict counts", id);
		if (badness(verdict_of(event)) <= badness(c->verdict))
			return;
	}
	c->event = event;
	c->judged = true;
	c->verdict = verdict_of(event);
	c->flaky = wk_event_flag(event, "flaky");
	c->seconds = wk_event_seconds(event, "seconds");
	c->held = wk_event_seconds(event, "first_held");
	c->reason = wk_event_text(event, "reason");
	wk_case_settle(c);
}

static void add_begin(struct wk_results *results, const struct cJSON *event)
{
	struct wk_case *c =
		find_case(results, wk_event_text(event, "id"), round_of(results, event));

	if (c && !c->judged)
		c->begun = wk_event_seconds(event, "elapsed");
}

static void add_once(
	struct wk_results *results, const struct cJSON **slot, const struct cJSON *event)
{
	if (*slot)
		wk_results_problem(results, "a second '%s' event", wk_event_text(event, "event"));
	else
		*slot = event;
}

static void take_in(struct wk_results *results, const struct cJSON *event)
{
	if (wk_event_is(event, WK_EVENT_RUN))
		add_once(results, &results->run, event);
	else if (wk_event_is(event, WK_EVENT_PLAN))
		add_plan(results, event);
	else if (wk_event_is(event, WK_EVENT_ROUND))
		wk_results_round(results, event);
	else if (wk_event_is(event, WK_EVENT_CHECK))
		add_verdict(results, event);
	else if (wk_event_is(event, WK_EVENT_CAUSE))
		add_once(results, &results->cause, event);
	else if (wk_event_is(event, WK_EVENT_SUSPECT)) {
		if (results->n_suspects < WK_SUSPECTS)
			results->suspects[results->n_suspects++] = event;
	} else if (wk_event_is(event, "bundle"))
		add_once(results, &results->bundle, event);
	else if (wk_event_is(event, WK_EVENT_END))
		add_once(results, &results->end, event);
}

void wk_results_add(struct wk_results *results, struct cJSON *event)
{
	double elapsed = wk_event_seconds(event, "elapsed");

	wk_text_scrub_json(event);
	if (elapsed > results->elapsed)
		results->elapsed = elapsed;
	/* Nothing is rendered from it later. */
	if (wk_event_is(event, WK_EVENT_BEGIN)) {
		add_begin(results, event);
		cJSON_Delete(event);
		return;
	}
	(void)cJSON_AddItemToArray(results->events, event);
	take_in(results, event);
}
