/*
 * One check
 *
 * Runs in a worker of its own. Convergence and conformance are two questions. On a mesh that nobody
 * changed the first look is the verdict: what fails now and then fails, however often it would hold
 * if it were asked again. While the harness's own changes settle, attempts go on until one holds or
 * the time to converge (`within`) is over; what broke on the way is forgiven, but the first that holds
 * after it only says that the mesh has settled: the verdict is that of the looks after that one, and
 * what breaks once it held is not tried again. So a loss that an attempt survives by luck now and then
 * has to be survived by luck twice in a row.
 *
 * `within` bounds when the last attempt may begin, not when it must end: an attempt that is cut short
 * would judge its own deadline and not the mesh. A row that holds when the time is over may be
 * completed; either it does or it breaks, and both are an answer. An attempt that could not be judged
 * was no look and is made again. Derived values are gathered anew after every attempt that does not
 * hold, because then it may be them that are old: where they were, it was no look either, but once.
 */
#include "wookie/run/check.h"

#include "wookie/base/file.h"
#include "wookie/model/event.h"
#include "wookie/probe/redact.h"
#include "wookie/run/attempt.h"
#include "wookie/run/run.h"

#include <cjson/cJSON.h>
#include <string.h>

#define SPACING (250 * WK_MSEC)
#define KEEP 10
#define VARS_MAX ((size_t)128 * 1024)
#define SLACK (5 * WK_SEC)

struct trial {
	const struct wk_check_job *job;
	wk_nsec begin;
	cJSON *facts;
	cJSON *vars;
	cJSON *history; /* the first and the last attempts */
	int n_attempts;
	unsigned streak;
	wk_nsec first_held;      /* since the begin; -1: never */
	bool broke;              /* at least once */
	bool looked_again;       /* because derived values were old */
	int flaps;               /* so often it broke after having held */
	enum wk_outcome outcome; /* that has been the same, */
	cJSON *broken;           /* for the same expectations, */
	wk_nsec since;           /* since then */
	struct wk_attempt last;
};

wk_nsec wk_check_time(const struct wk_check *check)
{
	/* The row, the look that says that the mesh has settled, and the one that was too late. */
	return check->within + (wk_nsec)(check->stable + 2) * WK_ATTEMPT_TIME + SLACK;
}

struct cJSON *wk_check_event(const struct wk_planned *planned, enum wk_verdict verdict)
{
	cJSON *event = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_CHECK);
	(void)cJSON_AddStringToObject(event, "id", planned->id);
	(void)cJSON_AddStringToObject(event, "name", planned->name);
	(void)cJSON_AddStringToObject(event, "suite", planned->suite->name);
	(void)cJSON_AddStringToObject(event, "title", planned->check->title);
	(void)cJSON_AddStringToObject(event, "for", planned->scope);
	(void)cJSON_AddStringToObject(event, "verdict", wk_verdict_name(verdict));
	(void)cJSON_AddStringToObject(event, "kind", planned->check->probe.kind);
	return event;
}

static void remember(struct trial *trial, wk_nsec at)
{
	cJSON *entry = cJSON_CreateObject();

	(void)cJSON_AddNumberToObject(entry, "at", wk_event_time(at - trial->begin));
	(void)cJSON_AddBoolToObject(entry, "held", trial->last.outcome == WK_HELD);
	if (trial->last.reason)
		(void)cJSON_AddStringToObject(entry, "reason", trial->last.reason);
	if (cJSON_GetArraySize(trial->history) == 2 * KEEP)
		cJSON_DeleteItemFromArray(trial->history, KEEP);
	(void)cJSON_AddItemToArray(trial->history, entry);
	trial->n_attempts++;
}

static bool derive(struct trial *trial, wk_nsec deadline, struct wk_err *err)
{
	const struct wk_check_job *job = trial->job;

	if (trial->vars)
		return true;
	if (!trial->facts && !job->sources.gather(job->access, deadline, &trial->facts, err))
		return false;
	trial->vars = wk_plan_vars(job->planned, trial->facts);
	return true;
}

static void forget_facts(struct trial *trial)
{
	cJSON_Delete(WK_TAKE(trial->facts));
	cJSON_Delete(WK_TAKE(trial->vars));
}

/* Values in reasons may differ from attempt to attempt; what counts is which expectations hold. */
static void watch_change(struct trial *trial, wk_nsec now)
{
	bool same = trial->n_attempts > 0 && trial->outcome == trial->last.outcome &&
		    (trial->outcome != WK_BROKE ||
			    cJSON_Compare(trial->broken, trial->last.broken, true));

	if (same)
		return;
	cJSON_Delete(trial->broken);
	trial->broken = cJSON_Duplicate(trial->last.broken, true);
	trial->outcome = trial->last.outcome;
	trial->since = now;
}

static bool is_settled(const struct trial *trial)
{
	wk_nsec settle = trial->job->planned->settle;

	return settle > 0 && trial->streak == 0 && wk_now() - trial->since >= settle;
}

static void attempt(struct trial *trial)
{
	wk_nsec now = wk_now();
	wk_nsec deadline = now + WK_ATTEMPT_TIME;
	struct wk_err err;

	wk_attempt_finish(&trial->last);
	if (deadline > trial->job->deadline)
		deadline = trial->job->deadline;
	if (derive(trial, deadline, &err))
		wk_attempt_make(trial->job, trial->vars, deadline, &trial->last);
	else
		trial->last =
			(struct wk_attempt){.outcome = WK_UNJUDGED, .reason = wk_xstrdup(err.msg)};
	watch_change(trial, now);
	remember(trial, now);
	if (trial->last.outcome == WK_HELD) {
		if (trial->first_held < 0)
			trial->first_held = wk_now() - trial->begin;
		trial->streak++;
		return;
	}
	if (trial->last.outcome == WK_BROKE) {
		trial->broke = true;
		trial->flaps += trial->streak > 0;
	}
	trial->streak = 0;
}

/* The first repetitions come soon: most of what converges does so within a second. */
static wk_nsec spacing(const struct trial *trial)
{
	static const wk_nsec early[] = {50 * WK_MSEC, 100 * WK_MSEC, 200 * WK_MSEC, 400 * WK_MSEC};

	if (trial->streak > 0)
		return SPACING;
	if ((size_t)trial->n_attempts <= WK_COUNT(early))
		return early[trial->n_attempts - 1];
	return 2 * SPACING;
}

static enum wk_verdict verdict_of(const struct trial *trial)
{
	switch (trial->last.outcome) {
	case WK_HELD:
		return WK_PASS;
	case WK_BROKE:
		return WK_FAIL;
	case WK_NOT_MEANT:
		return WK_SKIP;
	case WK_UNJUDGED:
		break;
	}
	return WK_ERROR;
}

/* Whether what broke was judged by derived values that are no longer true. The new ones stay. */
static bool was_stale(struct trial *trial)
{
	cJSON *old = WK_TAKE(trial->vars);
	struct wk_err ignored;
	bool stale;

	forget_facts(trial);
	stale = derive(trial, wk_now() + WK_ATTEMPT_TIME, &ignored) &&
		!cJSON_Compare(old, trial->vars, true);
	cJSON_Delete(old);
	return stale;
}

/* What a probe has made itself takes its time to arrive, on any mesh. */
static bool is_settling(const struct trial *trial)
{
	return trial->job->settling || wk_probe_acts(trial->job->planned->check->probe.kind);
}

/* So many attempts in a row have to hold. */
static unsigned row_of(const struct trial *trial)
{
	unsigned stable = trial->job->planned->check->stable;

	return (stable > 0 ? stable : 1) + trial->broke;
}

static bool may_break_again(struct trial *trial)
{
	if (is_settled(trial))
		return false;
	if (is_settling(trial))
		return trial->flaps == 0 || trial->job->planned->settle > 0;
	if (trial->looked_again)
		return false;
	trial->looked_again = true;
	return was_stale(trial);
}

static bool goes_on(struct trial *trial, wk_nsec end)
{
	switch (trial->last.outcome) {
	case WK_HELD:
		return trial->streak < row_of(trial);
	case WK_BROKE:
		return wk_now() < end && may_break_again(trial);
	case WK_UNJUDGED:
		return wk_now() < end && !is_settled(trial);
	case WK_NOT_MEANT:
		break;
	}
	return false;
}

static enum wk_verdict converge(struct trial *trial)
{
	wk_nsec end = trial->begin + trial->job->planned->check->within;

	attempt(trial);
	while (goes_on(trial, end)) {
		wk_nsec left = end - wk_now();
		wk_nsec pause = spacing(trial);

		wk_pause(trial->streak == 0 && left < pause ? left : pause);
		if (trial->streak == 0 && !trial->looked_again)
			forget_facts(trial);
		attempt(trial);
	}
	return verdict_of(trial);
}

static cJSON *event_of(struct trial *trial, enum wk_verdict verdict)
{
	cJSON *event = wk_check_event(trial->job->planned, verdict);
	struct wk_attempt *last = &trial->last;

	(void)cJSON_AddBoolToObject(event, "flaky", verdict == WK_PASS && trial->flaps > 0);
	(void)cJSON_AddNumberToObject(event, "seconds", wk_event_time(wk_now() - trial->begin));
	if (last->reason)
		(void)cJSON_AddStringToObject(event, "reason", last->reason);
	(void)cJSON_AddItemToObject(event, "attempts", cJSON_Duplicate(trial->history, true));
	(void)cJSON_AddNumberToObject(event, "n_attempts", trial->n_attempts);
	if (trial->first_held >= 0)
		(void)cJSON_AddNumberToObject(
			event, "first_held", wk_event_time(trial->first_held));
	(void)cJSON_AddNumberToObject(event, "flaps", trial->flaps);
	if (verdict == WK_FAIL && last->expectation)
		(void)cJSON_AddItemToObject(event, "expectation", WK_TAKE(last->expectation));
	(void)cJSON_AddItemToObject(
		event, "causes", verdict == WK_FAIL ? WK_TAKE(last->causes) : cJSON_CreateArray());
	if (verdict == WK_FAIL) {
		(void)cJSON_AddItemToObject(event, "broken", WK_TAKE(last->broken));
		(void)cJSON_AddItemToObject(event, "held", WK_TAKE(last->held));
	}
	if (last->reproduce)
		(void)cJSON_AddStringToObject(event, "reproduce", last->reproduce);
	if (last->response)
		(void)cJSON_AddStringToObject(event, "response", last->response);
	return event;
}

static cJSON *record_of(struct trial *trial, enum wk_verdict verdict)
{
	const struct wk_planned *planned = trial->job->planned;
	cJSON *record = cJSON_CreateObject();
	char now[21];

	wk_clock_utc(now);
	(void)cJSON_AddStringToObject(record, "id", planned->id);
	(void)cJSON_AddStringToObject(record, "title", planned->check->title);
	(void)cJSON_AddStringToObject(record, "at", now);
	(void)cJSON_AddStringToObject(record, "verdict", wk_verdict_name(verdict));
	if (trial->last.reason)
		(void)cJSON_AddStringToObject(record, "reason", trial->last.reason);
	if (trial->last.reproduce)
		(void)cJSON_AddStringToObject(record, "reproduce", trial->last.reproduce);
	if (trial->last.record)
		(void)cJSON_AddItemToObject(record, "probes", WK_TAKE(trial->last.record));
	(void)cJSON_AddItemToObject(record, "attempts", cJSON_Duplicate(trial->history, true));
	if (trial->vars)
		(void)cJSON_AddItemToObject(
			record, "derived", wk_bounded(WK_TAKE(trial->vars), VARS_MAX));
	return record;
}

int wk_check_work(void *check_job, int pipe)
{
	const struct wk_check_job *job = check_job;
	struct trial trial = {
		.job = job,
		.begin = wk_now(),
		.facts = job->facts ? cJSON_Duplicate(job->facts, true) : NULL,
		.history = cJSON_CreateArray(),
		.first_held = -1,
	};
	cJSON *answer = cJSON_CreateObject();
	enum wk_verdict verdict = converge(&trial);
	WK_AUTOFREE char *text = NULL;
	struct wk_err err;
	bool sent;

	(void)cJSON_AddItemToObject(answer, "event", event_of(&trial, verdict));
	(void)cJSON_AddItemToObject(answer, "record", record_of(&trial, verdict));
	wk_redact(answer);
	text = cJSON_PrintUnformatted(answer);
	sent = wk_write_all(pipe, text, strlen(text), &err);
	cJSON_Delete(answer);
	cJSON_Delete(trial.history);
	cJSON_Delete(trial.broken);
	wk_attempt_finish(&trial.last);
	forget_facts(&trial);
	return sent ? 0 : 1;
}
