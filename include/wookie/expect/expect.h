#ifndef WOOKIE_EXPECT_EXPECT_H
#define WOOKIE_EXPECT_EXPECT_H

#include "wookie/base/err.h"
#include "wookie/model/suite.h"

struct cJSON;

/* jq over evidence and derived values. `vars` is an object whose members are the variables:
 * {"client": .., "server": .., "cluster": .., "clusters": [..], "mesh": ..}. Programs run without
 * environment, modules or input functions and must yield exactly one value. */

/* Compiles only; false with the jq message. `vars` may be declared facts: a variable that it does
 * not hold, and a "$server.key" that it plainly does not hold, are refused with the nearest name.
 */
bool wk_jq_check(const char *program, const struct cJSON *vars, struct wk_err *err) WK_MUST_CHECK;
/* `input` may be NULL (null). The caller deletes *ret. */
bool wk_jq_eval(const char *program, const struct cJSON *input, const struct cJSON *vars,
	struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;

/* Compiles many programs in one go, to be inherited by workers that are forked later; `vars` names
 * the variables that any of them may use. It only saves time (15 ms a program with jq 1.6): where
 * one of them does not compile, those before it are kept, and it and those after it are compiled
 * when they are used. */
void wk_jq_prepare(const char *const *programs, size_t n, const struct cJSON *vars);
bool wk_jq_is_prepared(const char *program, const struct cJSON *vars);
/* Frees what was prepared. */
void wk_jq_forget(void);

/* Replaces "$" expressions in all strings of a JSON text: a string that is nothing but "$name..."
 * is a jq expression and becomes its value; "${name...}" inside a string becomes the text of its
 * value, which must not be null. "$$" is a dollar sign. */
bool wk_expand(const char *json, const struct cJSON *vars, struct cJSON **ret,
	struct wk_err *err) WK_MUST_CHECK;
/* Calls fn with every jq program in a JSON text that wk_expand() would run, until one returns
 * false. */
bool wk_expand_programs(const char *json,
	bool (*fn)(void *context, const char *program, struct wk_err *err), void *context,
	struct wk_err *err) WK_MUST_CHECK;

struct wk_judgement {
	bool held;
	struct cJSON *expected; /* NULL where the value itself had to be true */
	struct cJSON *got;
	char *from;   /* where the expected value came from ("from" of the facts it names), or "" */
	char *reason; /* one line for people when it does not hold, else "" */
	char *whose;  /* where several were asked: whom that is told of; else NULL */
};

/* False: could not judge (jq error). Null, an absent key, or fewer elements than at_least is "does
 * not hold" in its own words; so is an expected value that is null because a derived object is
 * absent. Evidence of several ("wookie/model/evidence.h") is judged one by one: `got` is that of the first
 * for which it does not hold, and the reason says whose that is. */
bool wk_expect_judge(const struct wk_expectation *expectation, const struct cJSON *evidence,
	const struct cJSON *vars, struct wk_judgement *ret, struct wk_err *err) WK_MUST_CHECK;
void wk_judgement_finish(struct wk_judgement *judgement);
static inline void wk_judgement_finish_cleanup(struct wk_judgement *judgement)
{
	wk_judgement_finish(judgement);
}

/* A value for people, cut to about `max` bytes. The caller frees. */
char *wk_value_text(const struct cJSON *value, size_t max);
/* How two values differ, in one short line. The caller frees. */
char *wk_value_difference(const struct cJSON *expected, const struct cJSON *got);

#endif
