#ifndef WOOKIE_EXPECT_EXPECT_H
#define WOOKIE_EXPECT_EXPECT_H

#include "wookie/base/err.h"
#include "wookie/model/suite.h"

struct cJSON;

/* jq over evidence and derived values. `vars` is an object whose members are the variables:
 * {"client": .., "server": .., "cluster": .., "clusters": [..], "mesh": ..}. Programs run without
 * environment, modules or input functions and must yield exactly one value. */

/* Compiles only; false with the jq message. The variables of `vars` (may be declared facts) exist.
 */
bool wk_jq_check(const char *program, const struct cJSON *vars, struct wk_err *err) WK_MUST_CHECK;
/* `input` may be NULL (null). The caller deletes *ret. */
bool wk_jq_eval(const char *program, const struct cJSON *input, const struct cJSON *vars,
	struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;

/* Replaces "$" expressions in all strings of a JSON text: a string that is nothing but "$name..."
 * is a jq expression and becomes its value; "${...}" inside a string becomes the text of its value.
 * "$$" is a dollar sign. */
bool wk_expand(const char *json, const struct cJSON *vars, struct cJSON **ret,
	struct wk_err *err) WK_MUST_CHECK;

struct wk_judgement {
	bool held;
	struct cJSON *expected; /* NULL where the value itself had to be true */
	struct cJSON *got;
	char *from;   /* where the expected value came from: the "from" of the facts it names, or ""
		       */
	char *reason; /* one line for people when it does not hold */
};

/* False: could not judge (jq error). Null, an absent key, or fewer elements than at_least is "does
 * not hold" in its own words; so is an expected value that is null because a derived object is
 * absent. */
bool wk_expect_judge(const struct wk_expectation *expectation, const struct cJSON *evidence,
	const struct cJSON *vars, struct wk_judgement *ret, struct wk_err *err) WK_MUST_CHECK;
void wk_judgement_finish(struct wk_judgement *judgement);

#endif
