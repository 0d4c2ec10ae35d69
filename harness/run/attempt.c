/*
 * One attempt
 *
 * Probe, judge; and where the check has a positive control, probe and judge that in the same breath,
 * so that a mesh in which nothing works cannot pass a negative check. The control's evidence is taken
 * first: what counts traffic in a proxy has that of its control to count, at the first look. All
 * expectations are judged, not only up to the first that breaks: their causes together tell more.
 * One that was judged and does not hold outweighs one that could not be judged.
 */
#include "wookie/run/attempt.h"

#include "wookie/base/mem.h"
#include "wookie/expect/expect.h"

#include <cjson/cJSON.h>
#include <string.h>

#define EVIDENCE_MAX ((size_t)768 * 1024)
#define VALUE_MAX ((size_t)16 * 1024)

struct cJSON *wk_bounded(struct cJSON *value, size_t max)
{
	WK_AUTOFREE char *text = value ? cJSON_PrintUnformatted(value) : NULL;

	if (!text || strlen(text) <= max)
		return value;
	cJSON_Delete(value);
	text[max] = '\0';
	return cJSON_CreateString(text);
}

static void set_reason(struct wk_attempt *attempt, enum wk_outcome outcome, const char *reason)
{
	if (attempt->outcome == WK_BROKE || (attempt->outcome == outcome && attempt->reason))
		return;
	attempt->outcome = outcome;
	free(attempt->reason);
	attempt->reason = wk_xstrdup(reason);
}

static cJSON *expectation_json(const struct wk_expectation *e, const struct wk_judgement *j)
{
	cJSON *json = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(json, "that", e->that);
	(void)cJSON_AddItemToObject(json, "expected",
		wk_bounded(j->expected ? cJSON_Duplicate(j->expected, true) : cJSON_CreateTrue(),
			VALUE_MAX));
	(void)cJSON_AddItemToObject(
		json, "got", wk_bounded(cJSON_Duplicate(j->got, true), VALUE_MAX));
	(void)cJSON_AddStringToObject(json, "from", j->from);
	if (e->cause)
		(void)cJSON_AddStringToObject(json, "cause", e->cause);
	if (e->pos.file) {
		(void)cJSON_AddStringToObject(json, "file", e->pos.file);
		(void)cJSON_AddNumberToObject(json, "line", e->pos.line);
	}
	return json;
}

static void add_cause(cJSON *causes, const char *code)
{
	for (const cJSON *i = causes->child; i; i = i->next)
		if (strcmp(i->valuestring, code) == 0)
			return;
	(void)cJSON_AddItemToArray(causes, cJSON_CreateString(code));
}

static void note(struct wk_attempt *attempt, const char *role, const struct wk_expectation *e,
	const struct wk_judgement *j, cJSON *list)
{
	cJSON *json = expectation_json(e, j);
	WK_AUTOFREE char *reason = wk_xasprintf("%s%s: %s", role, e->that, j->reason);

	if (j->held) {
		(void)cJSON_AddItemToArray(attempt->held, cJSON_CreateString(e->that));
	} else {
		set_reason(attempt, WK_BROKE, reason);
		(void)cJSON_AddItemToArray(attempt->broken, cJSON_CreateString(e->that));
		if (e->cause)
			add_cause(attempt->causes, e->cause);
		if (!attempt->expectation)
			attempt->expectation = cJSON_Duplicate(json, true);
	}
	(void)cJSON_AddStringToObject(json, "jq", e->jq);
	if (e->equals)
		(void)cJSON_AddStringToObject(json, "equals", e->equals);
	(void)cJSON_AddBoolToObject(json, "held", j->held);
	(void)cJSON_AddItemToArray(list, json);
}

/* A probe with what is expected of it: the check's own, or its control. */
struct part {
	const char *role; /* in front of reasons */
	const struct wk_probe_call *call;
	const struct wk_expectation *expect;
	size_t n_expect;
	cJSON *record;
	cJSON *evidence;       /* NULL: there was none to be had, */
	struct wk_err trouble; /* and this is why */
	bool broke;            /* some expectation, */
	char *whose;           /* and of whom, where several were asked; NULL: not known */
};

/* The first of whom it did not hold: by what several said, or the first that the value itself names. */
static void note_whose(struct part *part, const struct wk_judgement *j)
{
	const char *named = cJSON_GetStringValue(cJSON_IsArray(j->got) ? j->got->child : j->got);

	if (j->held || part->broke)
		return;
	part->broke = true;
	named = j->whose ? j->whose : named;
	part->whose = named ? wk_xstrdup(named) : NULL;
}

static void judge_all(struct wk_attempt *attempt, struct part *part, const cJSON *evidence,
	const cJSON *vars, cJSON *list)
{
	for (size_t i = 0; i < part->n_expect; i++) {
		struct wk_judgement WK_AUTO(wk_judgement_finish) j = {.held = false};
		const struct wk_expectation *e = &part->expect[i];
		struct wk_err err;

		if (wk_expect_judge(e, evidence, vars, &j, &err)) {
			note(attempt, part->role, e, &j, list);
			note_whose(part, &j);
			continue;
		}
		(void)wk_err_context(&err, "%s%s", part->role, e->that);
		set_reason(attempt, WK_UNJUDGED, err.msg);
	}
}

static bool take(const struct wk_check_job *job, const struct wk_probe_call *call,
	const cJSON *args, wk_nsec deadline, cJSON **ret, struct wk_err *err)
{
	const struct wk_probe_env env = {.access = job->access, .deadline = deadline};
	wk_probe_fn *probe = job->sources.find(call->kind);

	if (!probe)
		return wk_err_set(err, WK_ERR_INPUT, "no such probe kind '%s'", call->kind);
	return probe(&env, args, ret, err);
}

/* What a workload said, where the evidence holds it, for the console; the caller frees. */
static char *response_in(const cJSON *evidence)
{
	const char *text =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(evidence, "response"));

	return text ? wk_xstrdup(text) : NULL;
}

/* Takes the evidence of one part; how it was asked for stands in its record. */
static void take_part(
	const struct wk_check_job *job, const cJSON *vars, wk_nsec deadline, struct part *part)
{
	cJSON *args = NULL;
	bool ok =
		wk_expand(part->call->args ? part->call->args : "{}", vars, &args, &part->trouble);

	part->record = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(part->record, "probe", part->call->kind);
	if (!ok)
		return;
	(void)cJSON_AddItemToObject(part->record, "args", args);
	if (!take(job, part->call, args, deadline, &part->evidence, &part->trouble))
		(void)wk_err_context(&part->trouble, "%s%s", part->role, part->call->kind);
}

/* What is red is shown, or the check's own part where nothing is. */
static void show_by_hand(const struct part *part, const cJSON *args, bool nothing_broke_before,
	struct wk_attempt *attempt)
{
	if (!args || (attempt->reproduce && !(part->broke && nothing_broke_before)))
		return;
	free(attempt->reproduce);
	attempt->reproduce = wk_probe_reproduce(part->call->kind, args, part->whose);
}

/* Hands record and evidence over. */
static void judge_part(struct part *part, const cJSON *vars, struct wk_attempt *attempt)
{
	const cJSON *args = cJSON_GetObjectItemCaseSensitive(part->record, "args");
	bool first_broken = attempt->outcome != WK_BROKE;

	(void)cJSON_AddItemToArray(attempt->record, part->record);
	if (!part->evidence) {
		show_by_hand(part, args, false, attempt);
		set_reason(attempt, WK_UNJUDGED, part->trouble.msg);
		return;
	}
	if (!attempt->response)
		attempt->response = response_in(part->evidence);
	judge_all(attempt, part, part->evidence, vars,
		cJSON_AddArrayToObject(part->record, "expectations"));
	show_by_hand(part, args, first_broken, attempt);
	(void)cJSON_AddItemToObject(
		part->record, "evidence", wk_bounded(WK_TAKE(part->evidence), EVIDENCE_MAX));
}

/* True where the check is meant for these clusters. */
static bool is_meant(const struct wk_check *check, const cJSON *vars, struct wk_attempt *attempt)
{
	struct wk_err err;
	bool meant;

	if (!wk_when_holds(check->when, vars, &meant, &err)) {
		set_reason(attempt, WK_UNJUDGED, err.msg);
		return false;
	}
	if (!meant)
		set_reason(attempt, WK_NOT_MEANT,
			check->when_reason ? check->when_reason : check->when);
	return meant;
}

void wk_attempt_make(const struct wk_check_job *job, const struct cJSON *vars, wk_nsec deadline,
	struct wk_attempt *ret)
{
	const struct wk_check *check = job->planned->check;
	struct part own = {"", &check->probe, check->expect, check->n_expect, .record = NULL};
	struct part control = {"control: ", &check->control, check->control_expect,
		check->n_control_expect, .record = NULL};

	*ret = (struct wk_attempt){
		.outcome = WK_HELD,
		.causes = cJSON_CreateArray(),
		.broken = cJSON_CreateArray(),
		.held = cJSON_CreateArray(),
		.record = cJSON_CreateArray(),
	};
	if (!is_meant(check, vars, ret))
		return;
	if (check->control.kind)
		take_part(job, vars, deadline, &control);
	take_part(job, vars, deadline, &own);
	judge_part(&own, vars, ret);
	if (check->control.kind)
		judge_part(&control, vars, ret);
	free(own.whose);
	free(control.whose);
}

void wk_attempt_finish(struct wk_attempt *attempt)
{
	if (!attempt)
		return;
	free(attempt->reason);
	free(attempt->reproduce);
	free(attempt->response);
	cJSON_Delete(attempt->expectation);
	cJSON_Delete(attempt->causes);
	cJSON_Delete(attempt->broken);
	cJSON_Delete(attempt->held);
	cJSON_Delete(attempt->record);
	*attempt = (struct wk_attempt){.outcome = WK_UNJUDGED};
}
