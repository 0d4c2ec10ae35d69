/*
 * Judging
 *
 * An expectation holds when evidence was found and equals what was derived. Nothing passes on
 * nothing: a null, an empty text, a list that is too short and an expected value that is not there
 * never compare equal to each other, because "expected [], got []" would be a success. Only an
 * expression that cannot be run leaves the question open.
 *
 * Where several were asked (the replicas of istiod, of a gateway), it has to hold for each: one that
 * answers otherwise is what its share of the clients meet.
 */
#include "wookie/base/mem.h"
#include "wookie/expect/expect.h"
#include "wookie/expect/scan.h"
#include "wookie/model/evidence.h"

#include <cjson/cJSON.h>
#include <limits.h>

#define VALUE_BYTES 160

static bool is_empty(const cJSON *got)
{
	if (cJSON_IsString(got))
		return got->valuestring[0] == '\0';
	return (cJSON_IsArray(got) || cJSON_IsObject(got)) && !got->child;
}

/* Why there is too little evidence to compare anything, or NULL. */
static char *too_little(const struct wk_expectation *expectation, const cJSON *got)
{
	long size = cJSON_IsArray(got) || cJSON_IsObject(got) ? cJSON_GetArraySize(got) : LONG_MAX;
	WK_AUTOFREE char *text = NULL;

	if (cJSON_IsNull(got))
		return wk_xstrdup("the evidence holds no such value");
	if (is_empty(got) && expectation->at_least > 0)
		return wk_xasprintf("found nothing, expected at least %ld", expectation->at_least);
	if (size >= expectation->at_least)
		return NULL;
	text = wk_value_text(got, VALUE_BYTES);
	return wk_xasprintf(
		"found %ld, expected at least %ld: %s", size, expectation->at_least, text);
}

static char *absent(const struct wk_expectation *expectation, const char *from)
{
	return wk_xasprintf(
		"what is expected is not there: %s", from[0] ? from : expectation->equals);
}

static char *not_true(const cJSON *got)
{
	WK_AUTOFREE char *text = NULL;

	if (cJSON_IsTrue(got))
		return NULL;
	text = wk_value_text(got, VALUE_BYTES);
	return wk_xasprintf("expected true, got %s", text);
}

static char *why_not(const struct wk_expectation *expectation, const struct wk_judgement *judgement)
{
	const cJSON *expected = judgement->expected;
	const cJSON *got = judgement->got;
	WK_AUTOFREE char *little = NULL;

	if (expected && cJSON_IsNull(expected))
		return absent(expectation, judgement->from);
	little = too_little(expectation, got);
	if (expected && !cJSON_Compare(expected, got, true))
		return wk_value_difference(expected, got);
	if (little)
		return WK_TAKE(little);
	return expected ? NULL : not_true(got);
}

static bool judge_one(const struct wk_expectation *expectation, const struct cJSON *evidence,
	const struct cJSON *vars, struct wk_judgement *ret, struct wk_err *err)
{
	struct wk_judgement WK_AUTO(wk_judgement_finish) result = {.held = false};

	if (!wk_jq_eval(expectation->jq, evidence, vars, &result.got, err))
		return false;
	if (expectation->equals &&
		!wk_jq_eval(expectation->equals, NULL, vars, &result.expected, err))
		return false;
	result.from =
		expectation->equals ? wk_scan_from(expectation->equals, vars) : wk_xstrdup("");
	result.reason = why_not(expectation, &result);
	result.held = !result.reason;
	if (!result.reason)
		result.reason = wk_xstrdup("");
	*ret = result;
	result = (struct wk_judgement){.held = false};
	return true;
}

/* Says of whom it is told, and how many of all it does not hold for. */
static void tell_whose(struct wk_judgement *judgement, const cJSON *whose, int broken, int all)
{
	const char *of =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(whose, WK_EVIDENCE_OF));
	char *words = wk_xasprintf(
		"%s (%d of %d): %s", of ? of : "one of them", broken, all, judgement->reason);

	judgement->whose = of ? wk_xstrdup(of) : NULL;
	free(judgement->reason);
	judgement->reason = words;
}

static void swap(struct wk_judgement *a, struct wk_judgement *b)
{
	struct wk_judgement was = *a;

	*a = *b;
	*b = was;
}

static bool judge_each(const struct wk_expectation *expectation, const struct cJSON *each,
	const struct cJSON *vars, struct wk_judgement *ret, struct wk_err *err)
{
	struct wk_judgement WK_AUTO(wk_judgement_finish) result = {.held = false};
	const cJSON *worst = NULL;
	const cJSON *one = NULL;
	int broken = 0;

	cJSON_ArrayForEach(one, each)
	{
		struct wk_judgement WK_AUTO(wk_judgement_finish) this = {.held = false};

		if (!judge_one(expectation, one, vars, &this, err))
			return false;
		broken += !this.held;
		if (one != each->child && (this.held || worst))
			continue;
		if (!this.held)
			worst = one;
		swap(&result, &this);
	}
	if (worst)
		tell_whose(&result, worst, broken, cJSON_GetArraySize(each));
	*ret = result;
	result = (struct wk_judgement){.held = false};
	return true;
}

bool wk_expect_judge(const struct wk_expectation *expectation, const struct cJSON *evidence,
	const struct cJSON *vars, struct wk_judgement *ret, struct wk_err *err)
{
	const cJSON *each = cJSON_GetObjectItemCaseSensitive(evidence, WK_EVIDENCE_EACH);

	return cJSON_IsArray(each) && each->child
		       ? judge_each(expectation, each, vars, ret, err)
		       : judge_one(expectation, evidence, vars, ret, err);
}

void wk_judgement_finish(struct wk_judgement *judgement)
{
	if (!judgement)
		return;
	cJSON_Delete(judgement->expected);
	cJSON_Delete(judgement->got);
	free(judgement->from);
	free(judgement->reason);
	free(judgement->whose);
	*judgement = (struct wk_judgement){.held = false};
}
