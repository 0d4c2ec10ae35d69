/*
 * From a worker to an event
 *
 * The worker judges; here its answer becomes an evidence file and a `check` event. A worker that
 * crashed, outstayed its time or sent something else than an answer leaves the question open, which
 * is an error and never a failure.
 */
#include "wookie/base/file.h"
#include "wookie/model/event.h"
#include "wookie/run/cause.h"
#include "wookie/run/runner.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define MOST_TOLD 8
#define NAME_LEN 200
#define EVIDENCE_MAX ((size_t)1024 * 1024)

static void count(struct wk_runner *runner, const struct cJSON *event, enum wk_verdict verdict)
{
	struct wk_tally *tally = &runner->tally;

	tally->passed += verdict == WK_PASS;
	tally->failed += verdict == WK_FAIL;
	tally->errors += verdict == WK_ERROR;
	tally->skipped += verdict == WK_SKIP;
	tally->flaky += cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "flaky")) ? 1 : 0;
}

/* What the first cause is called, for those who do not know its code by heart. */
static void add_cause_title(const struct wk_catalog *catalog, struct cJSON *event)
{
	const cJSON *causes = cJSON_GetObjectItemCaseSensitive(event, "causes");
	const char *code = cJSON_GetStringValue(cJSON_GetArrayItem(causes, 0));
	const struct wk_cause *cause = code ? wk_catalog_cause(catalog, code) : NULL;

	if (cause)
		(void)cJSON_AddStringToObject(event, "cause_title", cause->title);
}

/* A pass that nothing speaks against. */
static bool is_plain(const struct cJSON *event, enum wk_verdict verdict)
{
	return verdict == WK_PASS &&
	       !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "flaky"));
}

/* Leaves out what the plan and the first round tell. */
static void shorten(struct cJSON *event)
{
	static const char *const told[] = {
		"name", "suite", "title", "for", "kind", "causes", "reproduce", "response"};
	const cJSON *attempts = cJSON_GetObjectItemCaseSensitive(event, "attempts");

	for (size_t i = 0; i < WK_COUNT(told); i++)
		cJSON_DeleteItemFromObjectCaseSensitive(event, told[i]);
	if (cJSON_GetArraySize(attempts) <= 1)
		cJSON_DeleteItemFromObjectCaseSensitive(event, "attempts");
}

/* What could not be judged has a cause too, where its reason tells of one. */
static void add_told(const struct wk_catalog *catalog, cJSON *event)
{
	const char *codes[MOST_TOLD];
	const char *reason =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "reason"));
	size_t n = reason ? wk_cause_told(catalog, reason, codes, WK_COUNT(codes)) : 0;

	cJSON_DeleteItemFromObjectCaseSensitive(event, "causes");
	(void)cJSON_AddItemToObject(event, "causes", cJSON_CreateStringArray(codes, (int)n));
}

/* Takes the event over. */
static void conclude(
	struct wk_runner *runner, size_t at, enum wk_verdict verdict, struct cJSON *event)
{
	const struct wk_catalog *catalog = runner->run->plan->catalog;
	struct wk_slot *slot = &runner->slots[at];
	const cJSON *causes;

	if (verdict == WK_ERROR)
		add_told(catalog, event);
	causes = cJSON_GetObjectItemCaseSensitive(event, "causes");
	wk_cause_see(runner->seen, runner->run->plan->checks[at].check, verdict,
		cJSON_GetObjectItemCaseSensitive(event, "held"));
	slot->state = WK_SLOT_DONE;
	slot->verdict = verdict;
	slot->has_passed = slot->has_passed || verdict == WK_PASS;
	if (verdict == WK_FAIL || cJSON_GetArraySize(causes) > 0) {
		slot->causes = cJSON_Duplicate(causes, true);
		add_cause_title(catalog, event);
	}
	wk_worker_finish(&slot->worker);
	count(runner, event, verdict);
	if (runner->round > 0)
		(void)cJSON_AddNumberToObject(event, "round", runner->round);
	if (runner->round > 1 && is_plain(event, verdict))
		shorten(event);
	wk_events_add(runner->run->events, event);
}

void wk_slot_decide(
	struct wk_runner *runner, size_t at, enum wk_verdict verdict, const char *reason)
{
	struct wk_slot *slot = &runner->slots[at];
	cJSON *event = wk_check_event(&runner->run->plan->checks[at], verdict);
	wk_nsec spent = slot->state == WK_SLOT_RUNNING ? wk_now() - slot->begin : 0;

	(void)cJSON_AddBoolToObject(event, "flaky", false);
	(void)cJSON_AddNumberToObject(event, "seconds", wk_event_time(spent));
	(void)cJSON_AddStringToObject(event, "reason", reason);
	(void)cJSON_AddArrayToObject(event, "attempts");
	(void)cJSON_AddNumberToObject(event, "n_attempts", 0);
	(void)cJSON_AddNumberToObject(event, "flaps", 0);
	(void)cJSON_AddArrayToObject(event, "causes");
	conclude(runner, at, verdict, event);
}

static void tell_begin(const struct wk_runner *runner, const struct wk_planned *planned)
{
	cJSON *event = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_BEGIN);
	(void)cJSON_AddStringToObject(event, "id", planned->id);
	if (runner->round > 0)
		(void)cJSON_AddNumberToObject(event, "round", runner->round);
	wk_events_add(runner->run->events, event);
}

/* Settling is the first round's: whoever was not green in it had all the time there is. */
static bool is_settling(const struct wk_runner *runner, const struct wk_planned *planned)
{
	return runner->round <= 1 && (runner->run->changed || wk_scratch_is_fresh(runner, planned));
}

bool wk_slot_start(struct wk_runner *runner, size_t at, struct wk_err *err)
{
	struct wk_slot *slot = &runner->slots[at];
	const struct wk_planned *planned = &runner->run->plan->checks[at];

	slot->begin = wk_now();
	slot->job = (struct wk_check_job){
		.planned = planned,
		.access = runner->run->access,
		.facts = runner->facts,
		.sources = runner->sources,
		.settling = is_settling(runner, planned),
		.deadline = runner->run->deadline,
	};
	if (!wk_runner_start(runner, &slot->worker, wk_check_work, &slot->job,
		    slot->begin + wk_check_time(planned->check), err))
		return false;
	slot->state = WK_SLOT_RUNNING;
	tell_begin(runner, planned);
	return true;
}

/* Tells names apart that are the same as far as they fit. */
static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (const char *p = text; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	return h;
}

/* "dns.resolves[b>a]" becomes "dns.resolves.b_a", in rounds "dns.resolves.b_a.round-3"; cluster names
 * hold neither '_' nor '.'. A file's name ends at 255 bytes, an id does not. */
static char *file_name(const char *id, unsigned round)
{
	struct wk_buf WK_AUTO(wk_buf_finish) name = WK_BUF_INIT(255);

	for (const char *p = id; *p && name.len < NAME_LEN; p++)
		if (*p == '[')
			(void)wk_buf_putc(&name, '.');
		else if (isalnum((unsigned char)*p) || strchr("-_.", *p))
			(void)wk_buf_putc(&name, *p);
		else if (*p != ']')
			(void)wk_buf_putc(&name, '_');
	if (name.len == NAME_LEN)
		(void)wk_buf_printf(&name, "-%08" PRIx32, hash(id));
	if (round > 0)
		(void)wk_buf_printf(&name, ".round-%u", round);
	return wk_buf_take(&name);
}

static void write_evidence(
	struct wk_runner *runner, const char *id, const struct cJSON *record, struct cJSON *event)
{
	WK_AUTOFREE char *name = file_name(id, runner->round);
	WK_AUTOFREE char *path = wk_xasprintf("%s/evidence/%s.json", runner->run->dir, name);
	WK_AUTOFREE char *relative = wk_xasprintf("evidence/%s.json", name);
	WK_AUTOFREE char *text = cJSON_Print(record);
	size_t len = text ? strlen(text) : 0;
	struct wk_err err;

	/* Pretty where that fits, else as it is: evidence itself was bounded by the worker. */
	if (len > EVIDENCE_MAX) {
		free(text);
		text = cJSON_PrintUnformatted(record);
		len = text ? strlen(text) : 0;
	}
	if (text && wk_file_write(path, text, len, 0644, &err))
		(void)cJSON_AddStringToObject(event, "evidence", relative);
}

static bool verdict_in(const struct cJSON *event, enum wk_verdict *ret)
{
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "verdict"));

	for (int i = WK_PASS; name && i <= WK_SKIP; i++)
		if (strcmp(wk_verdict_name((enum wk_verdict)i), name) == 0) {
			*ret = (enum wk_verdict)i;
			return true;
		}
	return false;
}

static void take_answer(struct wk_runner *runner, size_t at, int status)
{
	struct wk_slot *slot = &runner->slots[at];
	cJSON *answer = slot->worker.out.full ? NULL : cJSON_Parse(wk_buf_str(&slot->worker.out));
	cJSON *event = cJSON_DetachItemFromObjectCaseSensitive(answer, "event");
	const cJSON *record = cJSON_GetObjectItemCaseSensitive(answer, "record");
	WK_AUTOFREE char *reason = NULL;
	enum wk_verdict verdict = WK_ERROR;

	if (event && status == 0 && verdict_in(event, &verdict)) {
		/* Of what passes again and again the first time is enough to compare with. */
		if (!slot->has_passed || !is_plain(event, verdict))
			write_evidence(runner, runner->run->plan->checks[at].id, record, event);
		conclude(runner, at, verdict, event);
	} else {
		cJSON_Delete(event);
		reason = wk_xasprintf("the worker of this check ended with code %d and %s", status,
			slot->worker.out.full  ? "sent more than it may"
			: slot->worker.out.len ? "an answer that cannot be read"
					       : "no answer");
		wk_slot_decide(runner, at, WK_ERROR, reason);
	}
	cJSON_Delete(answer);
}

void wk_slot_look(struct wk_runner *runner, size_t at)
{
	struct wk_slot *slot = &runner->slots[at];
	WK_AUTOFREE char *reason = NULL;
	int status = 0;

	switch (wk_worker_look(&slot->worker, &status)) {
	case WK_WORKER_RUNNING:
		return;
	case WK_WORKER_EXITED:
		take_answer(runner, at, status);
		return;
	case WK_WORKER_KILLED:
		reason = wk_xasprintf("the worker of this check crashed: %s", strsignal(status));
		break;
	case WK_WORKER_LATE:
		reason = wk_xasprintf("the worker of this check gave no answer within %.0f s",
			wk_seconds(slot->worker.deadline - slot->begin));
		break;
	}
	wk_slot_decide(runner, at, WK_ERROR, reason);
}
