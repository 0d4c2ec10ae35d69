/*
 * The order of checks
 *
 * Checks of one suite run side by side, as many as there are jobs, each as soon as what it needs has
 * passed. One that disturbs others runs alone, when nothing else is left to start. Before anything
 * is started, everything that ends a run early is looked at: an interrupt, the run's deadline, a
 * dead component, a cluster that no longer answers, the first failure under --fail-fast. Whether the
 * clusters answer is asked after every check that could not be judged, before more would hang.
 */
#include "wookie/proc/interrupt.h"
#include "wookie/run/needs.h"

#include <string.h>

struct span {
	struct wk_runner *runner;
	const struct wk_planned *checks;
	size_t first;
	size_t last;
	size_t n_running;
	bool alone; /* what runs is exclusive */
	struct wk_needs *needs;
	size_t errors; /* so many when the clusters last answered */
};

static void decide_rest(
	struct span *span, enum wk_slot_state upto, enum wk_verdict verdict, const char *reason)
{
	for (size_t i = span->first; i <= span->last; i++)
		if (span->runner->slots[i].state <= upto)
			wk_slot_decide(span->runner, i, verdict, reason);
}

/* The first check so far that failed or could not be judged. */
static const struct wk_planned *first_red(const struct span *span)
{
	const struct wk_slot *slots = span->runner->slots;

	for (size_t i = 0; i <= span->last; i++)
		if (slots[i].state == WK_SLOT_DONE && wk_verdict_is_red(slots[i].verdict))
			return &span->checks[i];
	return NULL;
}

/* Ends the suite early where the run is to end. */
static void look_around(struct span *span)
{
	const struct wk_run *run = span->runner->run;
	WK_AUTOFREE char *casualty = run->casualty ? run->casualty(run->context) : NULL;
	const struct wk_planned *red = run->fail_fast ? first_red(span) : NULL;
	WK_AUTOFREE char *reason = NULL;

	if (casualty) {
		decide_rest(span, WK_SLOT_RUNNING, WK_ERROR, casualty);
	} else if (wk_now() >= run->deadline) {
		decide_rest(span, WK_SLOT_RUNNING, WK_ERROR, WK_TIME_OVER);
	} else if (span->runner->silence) {
		decide_rest(span, WK_SLOT_RUNNING, WK_ERROR, span->runner->silence);
	} else if (red) {
		reason = wk_xasprintf("not run: '%s' was not passed (--fail-fast)", red->id);
		decide_rest(span, WK_SLOT_WAITING, WK_SKIP, reason);
	}
}

static void skip(struct span *span, size_t at, size_t blocker)
{
	static const char *const words[] = {
		[WK_PASS] = "passed",
		[WK_FAIL] = "failed",
		[WK_ERROR] = "could not be judged",
		[WK_SKIP] = "was skipped",
	};
	WK_AUTOFREE char *reason = wk_xasprintf("needs '%s', which %s", span->checks[blocker].id,
		words[span->runner->slots[blocker].verdict]);

	wk_slot_decide(span->runner, at, WK_SKIP, reason);
}

static void start(struct span *span, size_t at)
{
	struct wk_err err;

	if (!wk_slot_start(span->runner, at, &err)) {
		wk_slot_decide(span->runner, at, WK_ERROR, err.msg);
		return;
	}
	span->n_running++;
	span->alone = span->checks[at].check->exclusive;
}

static bool has_room(const struct span *span, size_t at)
{
	unsigned jobs = span->runner->run->jobs > 0 ? span->runner->run->jobs : 1;

	if (span->checks[at].check->exclusive)
		return span->n_running == 0;
	return span->n_running < jobs && !span->alone;
}

static void start_ready(struct span *span, bool exclusive)
{
	wk_needs_note(span->needs, span->runner->slots);
	for (size_t i = span->first; i <= span->last; i++) {
		size_t blocker = 0;

		if (span->runner->slots[i].state != WK_SLOT_WAITING ||
			span->checks[i].check->exclusive != exclusive)
			continue;
		if (span->checks[i].nowhere) {
			wk_slot_decide(span->runner, i, WK_SKIP, span->checks[i].nowhere);
			continue;
		}
		switch (wk_needs_of(span->needs, i, &blocker)) {
		case WK_READY:
			if (has_room(span, i))
				start(span, i);
			break;
		case WK_BLOCKED:
			skip(span, i, blocker);
			break;
		case WK_NOT_YET:
			break;
		}
	}
}

static size_t n_in(const struct span *span, enum wk_slot_state state)
{
	size_t n = 0;

	for (size_t i = span->first; i <= span->last; i++)
		n += span->runner->slots[i].state == state;
	return n;
}

static void look_all(struct span *span)
{
	for (size_t i = span->first; i <= span->last; i++)
		if (span->runner->slots[i].state == WK_SLOT_RUNNING)
			wk_slot_look(span->runner, i);
	span->n_running = n_in(span, WK_SLOT_RUNNING);
	span->alone = span->alone && span->n_running > 0;
}

bool wk_schedule_is_over(struct wk_runner *runner, size_t first, size_t last)
{
	struct span span = {.runner = runner,
		.checks = runner->run->plan->checks,
		.first = first,
		.last = last};

	look_around(&span);
	return n_in(&span, WK_SLOT_DONE) > last - first;
}

static bool in_doubt(const struct span *span)
{
	return span->runner->tally.errors != span->errors;
}

/* Once what runs is through. False only when interrupted. */
static bool ask_again(struct span *span, struct wk_err *err)
{
	if (!in_doubt(span) || span->n_running > 0)
		return true;
	span->errors = span->runner->tally.errors;
	return wk_runner_gather(span->runner, err);
}

bool wk_schedule(struct wk_runner *runner, size_t first, size_t last, struct wk_err *err)
{
	struct wk_needs *WK_AUTO(wk_needs_free) needs =
		wk_needs_new(runner->run->plan, first, last);
	struct span span = {.runner = runner,
		.checks = runner->run->plan->checks,
		.first = first,
		.last = last,
		.needs = needs,
		.errors = runner->tally.errors};

	while (n_in(&span, WK_SLOT_DONE) <= last - first) {
		size_t done = n_in(&span, WK_SLOT_DONE);

		if (wk_interrupted(err) || !ask_again(&span, err))
			return false;
		look_around(&span);
		if (!in_doubt(&span)) {
			start_ready(&span, false);
			start_ready(&span, true);
		}
		if (n_in(&span, WK_SLOT_RUNNING) > 0)
			wk_runner_pause(runner, NULL);
		else if (n_in(&span, WK_SLOT_DONE) == done)
			decide_rest(&span, WK_SLOT_WAITING, WK_ERROR,
				"not run: this check and what it needs wait for each other");
		look_all(&span);
	}
	return true;
}
