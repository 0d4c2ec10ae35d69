/*
 * Rounds
 *
 * A check that passed once may have been lucky. Here the same plan is run again and again on one
 * mesh: workers, derived values and verdicts are new in each round, while scratch workloads stay
 * from the first to the last, because making them anew would measure kubelet and not the mesh. What
 * a round named as causes is kept for the run's one answer; nothing else of it is.
 */
#include "wookie/model/event.h"
#include "wookie/run/runner.h"

#include <cjson/cJSON.h>

static void tell(struct wk_runner *runner, const char *state, wk_nsec begin)
{
	cJSON *event = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_ROUND);
	(void)cJSON_AddNumberToObject(event, "round", runner->round);
	(void)cJSON_AddStringToObject(event, "state", state);
	(void)cJSON_AddNumberToObject(event, "seconds", wk_event_time(wk_now() - begin));
	wk_events_add(runner->run->events, event);
}

static void add_symptom(cJSON *symptoms, const char *scope, cJSON *codes)
{
	cJSON *symptom = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(symptom, "for", scope);
	(void)cJSON_AddItemToObject(symptom, "codes", codes);
	(void)cJSON_AddItemToArray(symptoms, symptom);
}

void wk_runner_forget(struct wk_runner *runner)
{
	for (size_t i = 0; i < runner->run->plan->n_checks; i++) {
		struct wk_slot *slot = &runner->slots[i];

		if (slot->causes)
			add_symptom(runner->symptoms, runner->run->plan->checks[i].scope,
				WK_TAKE(slot->causes));
		slot->state = WK_SLOT_WAITING;
	}
}

static size_t reds(const struct wk_tally *tally)
{
	return tally->failed + tally->errors + tally->flaky;
}

/* What ends the checks of a round ends the rounds too: the next one would only say it again. */
static bool is_hopeless(const struct wk_runner *runner)
{
	const struct wk_run *run = runner->run;
	WK_AUTOFREE char *casualty = run->casualty ? run->casualty(run->context) : NULL;

	return casualty || runner->silence || wk_now() >= run->deadline;
}

static bool is_last(const struct wk_runner *runner, bool red, wk_nsec longest)
{
	const struct wk_repeat *repeat = runner->run->repeat;

	if (runner->round >= repeat->most || is_hopeless(runner))
		return true;
	if (red && (repeat->until_fail || runner->run->fail_fast))
		return true;
	return repeat->in_time && runner->run->deadline - wk_now() < longest;
}

bool wk_runner_rounds(struct wk_runner *runner, struct wk_err *err)
{
	wk_nsec longest = 0;
	bool last = false;

	while (!last) {
		size_t before = reds(&runner->tally);
		wk_nsec begin = wk_now();

		wk_runner_forget(runner);
		runner->round++;
		tell(runner, "begin", begin);
		if (!wk_runner_suites(runner, err))
			return false;
		tell(runner, "done", begin);
		if (wk_now() - begin > longest)
			longest = wk_now() - begin;
		last = is_last(runner, reds(&runner->tally) > before, longest);
	}
	return true;
}
