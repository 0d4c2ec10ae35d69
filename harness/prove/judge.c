/*
 * Judging a fault
 *
 * The order of verdicts is that of what they tell: a check that does not see the fault at all comes
 * before a cause that is named wrongly, and that before a check that sees what is not there. A check
 * fails under a fault when any of its instances does, because a fault breaks one cluster or pair;
 * that instance has to break all expectations that the fault names.
 */
#include "wookie/prove/judge.h"

#include "wookie/base/mem.h"
#include "wookie/mesh/facts.h"
#include "wookie/model/event.h"

#include <cjson/cJSON.h>
#include <string.h>

#define BROAD 3 /* one check in so many */

const char *wk_proof_name(enum wk_proof proof)
{
	static const char *const names[] = {
		[WK_PROVEN] = "proven",
		[WK_SURVIVED] = "survived",
		[WK_WRONG_CAUSE] = "wrong cause",
		[WK_COLLATERAL] = "collateral",
		[WK_VOID] = "void",
		[WK_UNPLAYED] = "error",
		[WK_QUIET] = "quiet",
		[WK_ALARMED] = "alarmed",
	};

	return names[proof];
}

enum wk_verdict wk_proof_verdict(enum wk_proof proof)
{
	if (proof == WK_PROVEN || proof == WK_QUIET)
		return WK_PASS;
	return proof == WK_VOID || proof == WK_UNPLAYED ? WK_ERROR : WK_FAIL;
}

static const char *text_of(const cJSON *event, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, key));

	return text ? text : "";
}

static bool has_verdict(const cJSON *event, enum wk_verdict verdict)
{
	return strcmp(text_of(event, "verdict"), wk_verdict_name(verdict)) == 0;
}

void wk_seen_init(struct wk_seen *seen)
{
	*seen = (struct wk_seen){.checks = cJSON_CreateObject()};
}

void wk_seen_event(void *context, const struct cJSON *event)
{
	struct wk_seen *seen = context;

	if (strcmp(text_of(event, "event"), WK_EVENT_CHECK) == 0) {
		(void)cJSON_AddItemToObject(
			seen->checks, text_of(event, "id"), cJSON_Duplicate(event, true));
	} else if (strcmp(text_of(event, "event"), WK_EVENT_CAUSE) == 0) {
		cJSON_Delete(seen->cause);
		seen->cause = cJSON_Duplicate(event, true);
	}
}

void wk_seen_finish(struct wk_seen *seen)
{
	cJSON_Delete(seen->checks);
	cJSON_Delete(seen->cause);
	*seen = (struct wk_seen){0};
}

static const cJSON *event_of(const struct wk_seen *seen, const struct wk_planned *planned)
{
	return cJSON_GetObjectItemCaseSensitive(seen->checks, planned->id);
}

static bool is_red(const cJSON *event)
{
	return !event || has_verdict(event, WK_FAIL) || has_verdict(event, WK_ERROR);
}

bool wk_seen_is_red(const struct wk_seen *seen, const struct wk_planned *check)
{
	return is_red(event_of(seen, check));
}

static bool is_green(const cJSON *event)
{
	return !is_red(event) && !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "flaky"));
}

const struct wk_planned *wk_seen_red(const struct wk_seen *seen, const struct wk_plan *plan)
{
	for (size_t i = 0; i < plan->n_checks; i++)
		if (!is_green(event_of(seen, &plan->checks[i])))
			return &plan->checks[i];
	return NULL;
}

static bool holds_text(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		const char *own = cJSON_GetStringValue(item);

		if (own && strcmp(own, text) == 0)
			return true;
	}
	return false;
}

/* The first expectation that the fault names and that holds all the same; NULL: none. */
static const char *first_held(const struct wk_check_ref *fail, const cJSON *event)
{
	const cJSON *broken = cJSON_GetObjectItemCaseSensitive(event, "broken");

	for (size_t i = 0; i < fail->n_that; i++)
		if (!holds_text(broken, fail->that[i]))
			return fail->that[i];
	return NULL;
}

/* Whether some instance of the check fails as named; if not, why, in the words of the one that came
 * closest. */
static bool fails_as_named(const struct wk_check_ref *fail, const struct wk_plan *plan,
	const struct wk_seen *seen, char **ret_why)
{
	char *why = NULL;
	bool near = false;

	for (size_t i = 0; i < plan->n_checks; i++) {
		const cJSON *event = event_of(seen, &plan->checks[i]);
		const char *held;

		if (strcmp(plan->checks[i].name, fail->check) != 0)
			continue;
		held = first_held(fail, event);
		if (has_verdict(event, WK_FAIL) && !held) {
			free(why);
			return true;
		}
		if (near || (why && !has_verdict(event, WK_FAIL)))
			continue;
		near = has_verdict(event, WK_FAIL);
		free(why);
		why = near ? wk_xasprintf("%s fails, but '%s' holds", plan->checks[i].id, held)
			   : wk_xasprintf("%s: %s%s%s", plan->checks[i].id,
				     event ? text_of(event, "verdict") : "no verdict",
				     *text_of(event, "reason") ? ", " : "",
				     text_of(event, "reason"));
	}
	*ret_why = why ? why : wk_xasprintf("%s: not a check of this topology", fail->check);
	return false;
}

bool wk_judge_fails(const struct wk_fault *fault, const struct wk_plan *plan,
	const struct wk_seen *seen, char **ret_missing)
{
	for (size_t i = 0; i < fault->n_fails; i++) {
		char *why = NULL;

		if (fails_as_named(&fault->fails[i], plan, seen, &why))
			continue;
		if (ret_missing)
			*ret_missing = WK_TAKE(why);
		free(why);
		return false;
	}
	return true;
}

/* As a `check` event says it; takes both values over. */
static cJSON *expectation(
	const struct wk_fault *fault, const char *that, cJSON *expected, cJSON *got)
{
	cJSON *json = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(json, "that", that);
	(void)cJSON_AddItemToObject(json, "expected", expected);
	(void)cJSON_AddItemToObject(json, "got", got);
	(void)cJSON_AddStringToObject(json, "from", "");
	if (fault->pos.file) {
		(void)cJSON_AddStringToObject(json, "file", fault->pos.file);
		(void)cJSON_AddNumberToObject(json, "line", fault->pos.line);
	}
	return json;
}

static cJSON *red_ids(const struct wk_plan *plan, const struct wk_seen *seen)
{
	cJSON *ids = cJSON_CreateArray();

	for (size_t i = 0; i < plan->n_checks; i++)
		if (wk_seen_is_red(seen, &plan->checks[i]))
			(void)cJSON_AddItemToArray(ids, cJSON_CreateString(plan->checks[i].id));
	return ids;
}

static cJSON *named_checks(const struct wk_fault *fault)
{
	cJSON *names = cJSON_CreateArray();

	for (size_t i = 0; i < fault->n_fails; i++)
		(void)cJSON_AddItemToArray(names, cJSON_CreateString(fault->fails[i].check));
	return names;
}

static bool judge_fails(const struct wk_fault *fault, const struct wk_plan *plan,
	const struct wk_seen *seen, struct wk_judged *ret)
{
	WK_AUTOFREE char *missing = NULL;

	if (wk_judge_fails(fault, plan, seen, &missing))
		return true;
	ret->proof = WK_SURVIVED;
	ret->reason = wk_xasprintf("survived: %s", missing);
	ret->expectation =
		expectation(fault, ret->reason, named_checks(fault), red_ids(plan, seen));
	return false;
}

static cJSON *named_causes(const struct wk_seen *seen)
{
	cJSON *codes = cJSON_CreateArray();
	const cJSON *also;

	if (!seen->cause)
		return codes;
	(void)cJSON_AddItemToArray(codes, cJSON_CreateString(text_of(seen->cause, "code")));
	cJSON_ArrayForEach(also, cJSON_GetObjectItemCaseSensitive(seen->cause, "also"))(void)
		cJSON_AddItemToArray(codes, cJSON_Duplicate(also, true));
	return codes;
}

static bool judge_cause(
	const struct wk_fault *fault, const struct wk_seen *seen, struct wk_judged *ret)
{
	const char *code = text_of(seen->cause, "code");

	if (strcmp(code, fault->cause) == 0)
		return true;
	ret->proof = WK_WRONG_CAUSE;
	ret->reason = wk_xasprintf("wrong cause: expected %s as the likeliest, got %s",
		fault->cause, *code ? code : "none");
	ret->expectation = expectation(
		fault, ret->reason, cJSON_CreateString(fault->cause), named_causes(seen));
	return false;
}

static bool must_be_green(const struct wk_fault *fault, const struct wk_planned *planned)
{
	for (size_t i = 0; i < fault->n_green; i++)
		if (strcmp(fault->green[i], planned->suite->name) == 0)
			return true;
	return false;
}

static cJSON *texts(const char *const list[], size_t n)
{
	cJSON *json = cJSON_CreateArray();

	for (size_t i = 0; i < n; i++)
		(void)cJSON_AddItemToArray(json, cJSON_CreateString(list[i]));
	return json;
}

static bool judge_green(const struct wk_fault *fault, const struct wk_plan *plan,
	const struct wk_seen *seen, struct wk_judged *ret)
{
	cJSON *hit = cJSON_CreateArray();
	const cJSON *first = NULL;

	for (size_t i = 0; i < plan->n_checks; i++) {
		const cJSON *event = event_of(seen, &plan->checks[i]);

		if (!must_be_green(fault, &plan->checks[i]) || !is_red(event))
			continue;
		first = first ? first : event;
		(void)cJSON_AddItemToArray(hit, cJSON_CreateString(plan->checks[i].id));
	}
	if (!hit->child) {
		cJSON_Delete(hit);
		return true;
	}
	ret->proof = WK_COLLATERAL;
	ret->reason = wk_xasprintf("collateral: %s did not pass: %s", hit->child->valuestring,
		text_of(first, "reason"));
	ret->expectation =
		expectation(fault, ret->reason, texts(fault->green, fault->n_green), hit);
	return false;
}

void wk_judge(const struct wk_fault *fault, const struct wk_plan *plan, const struct wk_seen *seen,
	struct wk_judged *ret)
{
	*ret = (struct wk_judged){.proof = WK_PROVEN};
	for (size_t i = 0; i < plan->n_checks; i++)
		ret->n_red += is_red(event_of(seen, &plan->checks[i]));
	ret->broad = ret->n_red * BROAD > plan->n_checks;
	if (judge_fails(fault, plan, seen, ret) && judge_cause(fault, seen, ret))
		(void)judge_green(fault, plan, seen, ret);
}

void wk_judge_variant(const struct wk_fault *variant, const struct wk_plan *plan,
	const struct wk_seen *seen, struct wk_judged *ret)
{
	const struct wk_planned *first = wk_seen_red(seen, plan);
	const cJSON *event = first ? event_of(seen, first) : NULL;
	cJSON *ids = cJSON_CreateArray();

	*ret = (struct wk_judged){.proof = first ? WK_ALARMED : WK_QUIET};
	for (size_t i = 0; i < plan->n_checks; i++)
		if (!is_green(event_of(seen, &plan->checks[i])))
			(void)cJSON_AddItemToArray(ids, cJSON_CreateString(plan->checks[i].id));
	ret->n_red = (size_t)cJSON_GetArraySize(ids);
	ret->broad = ret->n_red * BROAD > plan->n_checks;
	if (!first) {
		cJSON_Delete(ids);
		return;
	}
	ret->reason = wk_xasprintf("alarmed: %zu of %zu checks are not green, %s first: %s",
		ret->n_red, plan->n_checks, first->id,
		event && *text_of(event, "reason") ? text_of(event, "reason")
						   : "no verdict, or flaky");
	ret->expectation = expectation(variant, ret->reason, cJSON_CreateArray(), ids);
}

void wk_judged_finish(struct wk_judged *judged)
{
	free(judged->reason);
	cJSON_Delete(judged->expectation);
	*judged = (struct wk_judged){.proof = WK_UNPLAYED};
}

static void open_pages(cJSON *page, const struct wk_expectation expectations[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)cJSON_AddArrayToObject(page, expectations[i].that);
}

/* Whether this topology has something for the check; what is skipped here is proven elsewhere. */
static bool is_meant(const struct wk_planned *planned, const cJSON *facts)
{
	return !planned->nowhere && wk_planned_holds(planned, planned->check->when, facts);
}

void wk_ledger_init(struct wk_ledger *ledger, const struct wk_plan *plan)
{
	cJSON *facts = wk_facts_declared(plan->topology);

	ledger->proofs = cJSON_CreateObject();
	for (size_t i = 0; i < plan->n_checks; i++) {
		const struct wk_planned *planned = &plan->checks[i];
		cJSON *page;

		if (cJSON_GetObjectItemCaseSensitive(ledger->proofs, planned->name) ||
			!is_meant(planned, facts))
			continue;
		page = cJSON_AddObjectToObject(ledger->proofs, planned->name);
		open_pages(page, planned->check->expect, planned->check->n_expect);
		open_pages(page, planned->check->control_expect, planned->check->n_control_expect);
	}
	cJSON_Delete(facts);
}

void wk_ledger_add(struct wk_ledger *ledger, const struct cJSON *event)
{
	const cJSON *fault = cJSON_GetObjectItemCaseSensitive(event, "fault");
	const cJSON *fail;
	const cJSON *that;

	if (!has_verdict(event, WK_PASS) ||
		cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(fault, "broad")))
		return;
	cJSON_ArrayForEach(fail, cJSON_GetObjectItemCaseSensitive(fault, "fails"))
	{
		cJSON *page = cJSON_GetObjectItemCaseSensitive(ledger->proofs, fail->string);

		cJSON_ArrayForEach(that, fail)(void) cJSON_AddItemToArray(
			cJSON_GetObjectItemCaseSensitive(page, that->valuestring),
			cJSON_CreateString(text_of(fault, "id")));
	}
}

void wk_ledger_finish(struct wk_ledger *ledger)
{
	cJSON_Delete(ledger->proofs);
	ledger->proofs = NULL;
}
