#ifndef WOOKIE_PROBE_ARGS_H
#define WOOKIE_PROBE_ARGS_H

#include "wookie/base/clock.h"
#include "wookie/base/err.h"
#include "wookie/model/suite.h"

struct cJSON;

/* The arguments of a probe call. Their types were held against the table when the file was loaded;
 * what a "$" expression became may still be null, which stands for a derived object that is not
 * there. Text stays owned by `args`. */

/* NULL when absent, null or no string. */
const char *wk_arg_text(const struct cJSON *args, const char *key);
long wk_arg_count(const struct cJSON *args, const char *key, long otherwise);
bool wk_arg_true(const struct cJSON *args, const char *key);
/* Of "5s"; `otherwise` when absent or not readable. */
wk_nsec wk_arg_duration(const struct cJSON *args, const char *key, wk_nsec otherwise);
/* Fills at most `max` - 1 texts and a NULL behind them; returns how many. */
size_t wk_arg_texts(const struct cJSON *args, const char *key, const char **ret, size_t max);
/* An error where the list or map of that key holds more than `most`: what is left out would not be
 * looked at, and nobody would know. */
bool wk_args_fit(
	const struct cJSON *args, const char *key, size_t most, struct wk_err *err) WK_MUST_CHECK;

/* Where a required argument has no value: sets *ret to {"absent": [keys]} and returns true. That is
 * evidence (every expectation on it fails and names its cause), not a reason to give up. */
bool wk_args_absent(const struct cJSON *args, const struct wk_arg_spec *specs, struct cJSON **ret);

#endif
