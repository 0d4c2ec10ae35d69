/*
 * Looking once
 *
 * A question is one attempt at a check, judged like any other; only that it also has an answer in
 * words, and that what could not be judged is unknown and never ok. A check of a suite is looked at the
 * same way, and says in the words of its expectations what does not hold. What is kept besides is the
 * evidence of a probe as it came. Both run in a worker, and each item is sent as soon as it is there:
 * one that hangs takes nothing along but what comes after it.
 */
#include "wookie/diagnose/look.h"

#include "wookie/base/file.h"
#include "wookie/expect/expect.h"
#include "wookie/mesh/facts.h"
#include "wookie/model/evidence.h"
#include "wookie/probe/redact.h"
#include "wookie/run/attempt.h"
#include "wookie/run/run.h"

#include <cjson/cJSON.h>
#include <string.h>

#define ANSWER_MAX ((size_t)4096)
#define AS_EXPECTED "as expected"

bool wk_look_is_kept(const struct wk_planned *planned)
{
	return planned->check->n_expect == 0;
}

bool wk_look_is_check(const struct wk_planned *planned)
{
	return !planned->check->answer && !wk_look_is_kept(planned);
}

struct cJSON *wk_look_row(const struct wk_planned *planned, const char *state, const char *answer)
{
	const struct wk_check *check = planned->check;
	bool of_suite = wk_look_is_check(planned);
	cJSON *row = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(row, "id", of_suite ? check->full_id : check->id);
	(void)cJSON_AddStringToObject(row, "ask", of_suite ? check->id : check->title);
	if (of_suite)
		(void)cJSON_AddStringToObject(row, "suite", planned->suite->name);
	(void)cJSON_AddStringToObject(row, "for", planned->scope);
	(void)cJSON_AddStringToObject(row, "state", state);
	(void)cJSON_AddStringToObject(row, "answer", answer);
	return row;
}

static const char *state_of(enum wk_outcome outcome)
{
	static const char *const names[] = {
		[WK_HELD] = "ok",
		[WK_BROKE] = "not ok",
		[WK_UNJUDGED] = "unknown",
		[WK_NOT_MEANT] = "skipped",
	};

	return names[outcome];
}

/* In a few words, or NULL where the evidence is not what the expression was written for. */
static char *answer_to(const struct wk_check *check, const cJSON *evidence, const cJSON *vars)
{
	cJSON *value = NULL;
	char *answer = NULL;
	struct wk_err why;

	if (!evidence || !wk_jq_eval(check->answer, evidence, vars, &value, &why))
		return NULL;
	if (cJSON_IsString(value) && value->valuestring[0])
		answer = wk_xstrdup(value->valuestring);
	cJSON_Delete(value);
	return answer;
}

/* What each of several says, or what all of them say alike. */
static char *answer_of_each(const struct wk_check *check, const cJSON *each, const cJSON *vars)
{
	WK_AUTOFREE char *first = answer_to(check, each->child, vars);
	struct wk_buf WK_AUTO(wk_buf_finish) words = WK_BUF_INIT(ANSWER_MAX);
	const cJSON *one = NULL;
	bool alike = first != NULL;

	cJSON_ArrayForEach(one, each)
	{
		WK_AUTOFREE char *answer = answer_to(check, one, vars);
		const char *of =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(one, WK_EVIDENCE_OF));

		if (!answer)
			return NULL;
		alike = alike && strcmp(answer, first) == 0;
		(void)wk_buf_printf(
			&words, "%s%s: %s", words.len ? "; " : "", of ? of : "one", answer);
	}
	return alike ? WK_TAKE(first) : wk_buf_take(&words);
}

static char *answer_of(
	const struct wk_check *check, const struct wk_attempt *attempt, const cJSON *vars)
{
	const cJSON *evidence = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetArrayItem(attempt->record, 0), "evidence");
	const cJSON *each = cJSON_GetObjectItemCaseSensitive(evidence, WK_EVIDENCE_EACH);

	if (!check->answer)
		return attempt->outcome == WK_HELD ? wk_xstrdup(AS_EXPECTED) : NULL;
	return cJSON_IsArray(each) && each->child ? answer_of_each(check, each, vars)
						  : answer_to(check, evidence, vars);
}

static cJSON *row_of(const struct wk_planned *planned, struct wk_attempt *attempt,
	const cJSON *vars, wk_nsec begin)
{
	bool judged = attempt->outcome == WK_HELD || attempt->outcome == WK_BROKE;
	WK_AUTOFREE char *answer = judged ? answer_of(planned->check, attempt, vars) : NULL;
	const char *reason = attempt->reason ? attempt->reason : "";
	cJSON *row = wk_look_row(planned, state_of(attempt->outcome), answer ? answer : reason);

	if (attempt->reason)
		(void)cJSON_AddStringToObject(row, "reason", attempt->reason);
	(void)cJSON_AddItemToObject(row, "causes",
		attempt->outcome == WK_BROKE ? WK_TAKE(attempt->causes) : cJSON_CreateArray());
	if (attempt->outcome == WK_BROKE)
		(void)cJSON_AddItemToObject(row, "held", WK_TAKE(attempt->held));
	if (attempt->reproduce)
		(void)cJSON_AddStringToObject(row, "reproduce", attempt->reproduce);
	(void)cJSON_AddNumberToObject(row, "seconds", wk_event_time(wk_now() - begin));
	return row;
}

static void look_at_question(
	const struct wk_look *look, const struct wk_planned *planned, cJSON *vars, cJSON *line)
{
	const struct wk_diagnose *diagnose = look->diagnose;
	const struct wk_check_job job = {
		.planned = planned,
		.access = diagnose->access,
		.sources = {.find = diagnose->find ? diagnose->find : wk_probe_find},
	};
	struct wk_attempt WK_AUTO(wk_attempt_finish) attempt = {.outcome = WK_UNJUDGED};
	wk_nsec begin = wk_now();

	wk_attempt_make(&job, vars, begin + look->patience, &attempt);
	(void)cJSON_AddItemToObject(line, "row", row_of(planned, &attempt, vars, begin));
	(void)cJSON_AddItemToObject(line, "json", WK_TAKE(attempt.record));
}

static bool take(const struct wk_look *look, const struct wk_planned *planned, const cJSON *vars,
	cJSON **ret, struct wk_err *err)
{
	const struct wk_diagnose *diagnose = look->diagnose;
	const struct wk_probe_call *call = &planned->check->probe;
	const struct wk_probe_env env = {
		.access = diagnose->access, .deadline = wk_now() + look->patience};
	wk_probe_fn *probe = (diagnose->find ? diagnose->find : wk_probe_find)(call->kind);
	cJSON *args = NULL;
	bool ok;

	if (!probe)
		return wk_err_set(err, WK_ERR_INPUT, "no such probe kind '%s'", call->kind);
	if (!wk_expand(call->args ? call->args : "{}", vars, &args, err))
		return false;
	ok = probe(&env, args, ret, err);
	cJSON_Delete(args);
	return ok;
}

static void look_at_state(
	const struct wk_look *look, const struct wk_planned *planned, cJSON *vars, cJSON *line)
{
	cJSON *evidence = NULL;
	struct wk_err err;

	if (!take(look, planned, vars, &evidence, &err)) {
		evidence = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(evidence, "unknown", err.msg);
	}
	/* What the topology does not declare is no file. */
	if (cJSON_HasObjectItem(evidence, "absent"))
		cJSON_Delete(evidence);
	else
		(void)cJSON_AddItemToObject(line, "json", evidence);
}

int wk_look_work(void *context, int pipe)
{
	const struct wk_look *look = context;
	bool sent = true;

	for (size_t i = 0; sent && i < look->n_items; i++) {
		const struct wk_planned *planned = &look->plan->checks[look->items[i]];
		cJSON *vars = wk_plan_vars(planned, look->facts);
		cJSON *line = cJSON_CreateObject();
		WK_AUTOFREE char *text = NULL;
		struct wk_err err;

		(void)cJSON_AddNumberToObject(line, "item", (double)look->items[i]);
		if (wk_look_is_kept(planned))
			look_at_state(look, planned, vars, line);
		else
			look_at_question(look, planned, vars, line);
		wk_redact(line);
		text = cJSON_PrintUnformatted(line);
		sent = wk_write_all(pipe, text, strlen(text), &err) &&
		       wk_write_all(pipe, "\n", 1, &err);
		cJSON_Delete(line);
		cJSON_Delete(vars);
	}
	return sent ? 0 : 1;
}
