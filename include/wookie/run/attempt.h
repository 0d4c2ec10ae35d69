#ifndef WOOKIE_RUN_ATTEMPT_H
#define WOOKIE_RUN_ATTEMPT_H

#include "wookie/run/check.h"

/* One look at the mesh: evidence taken anew, every expectation judged. */
enum wk_outcome {
	WK_HELD,
	WK_BROKE,     /* judged, and at least one expectation does not hold */
	WK_UNJUDGED,  /* no evidence to be had, or an expression that cannot be run */
	WK_NOT_MEANT, /* the check's `when` does not hold */
};

struct wk_attempt {
	enum wk_outcome outcome;
	char *reason;              /* NULL where it held */
	struct cJSON *expectation; /* the first that does not hold, as in the event; may be NULL */
	struct cJSON *held;        /* what all that do hold say */
	struct cJSON *causes;      /* codes of all that do not hold, in order */
	struct cJSON *broken;      /* the `that` of all that do not hold, in order */
	struct cJSON *record;      /* arguments, evidence and every expectation */
	char *reproduce;           /* may be NULL */
	char *response;            /* what a workload said; may be NULL */
};

void wk_attempt_make(const struct wk_check_job *job, const struct cJSON *vars, wk_nsec deadline,
	struct wk_attempt *ret);
void wk_attempt_finish(struct wk_attempt *attempt);
static inline void wk_attempt_finish_cleanup(struct wk_attempt *attempt)
{
	wk_attempt_finish(attempt);
}

/* The value itself, or, where it is larger than `max` as text, the beginning of that text. Takes it
 * over. */
struct cJSON *wk_bounded(struct cJSON *value, size_t max);

#endif
