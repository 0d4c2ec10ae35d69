#ifndef WOOKIE_DIAGNOSE_LOOK_H
#define WOOKIE_DIAGNOSE_LOOK_H

#include "wookie/diagnose/diagnose.h"

/* Inside the diagnose room. */

/* Planned items that one worker looks at, one after the other. */
struct wk_look {
	const struct wk_diagnose *diagnose;
	const struct wk_plan *plan;
	const struct cJSON *facts;
	size_t *items; /* indexes in the plan */
	size_t n_items;
	wk_nsec patience; /* for each */
};

/* For wk_worker_start(), with a struct wk_look. Sends a line of JSON for each item as soon as it is done:
 * {"item": index, "row"?: of a question, "json": for the bundle}. */
int wk_look_work(void *context, int pipe);
/* Whether it is a check of a suite, which has no words of its own for what it finds; else it is a question,
 * or only kept. */
bool wk_look_is_check(const struct wk_planned *planned);
/* Whether it is only kept. */
bool wk_look_is_kept(const struct wk_planned *planned);
/* The row of a question or a check that was not asked. */
struct cJSON *wk_look_row(const struct wk_planned *planned, const char *state, const char *answer);

/* Everything that was asked. */
struct wk_asked {
	const struct wk_diagnose *diagnose;
	struct wk_arena *arena;
	struct wk_plan plan;
	struct cJSON *facts;           /* declared where a cluster is silent */
	char *silent[WK_MAX_CLUSTERS]; /* why a cluster did not say anything of itself, or NULL */
	bool late[WK_MAX_CLUSTERS];    /* for want of time, which is not its doing */
	struct cJSON **rows;           /* by index in the plan; null for what is only kept */
	struct cJSON *files;           /* [{"path", "json"}] */
	struct cJSON *seen;            /* what held and what did not; see wk_cause_see() */
};

/* False when interrupted, or without questions. */
bool wk_ask(
	const struct wk_diagnose *diagnose, struct wk_asked *ret, struct wk_err *err) WK_MUST_CHECK;
void wk_asked_finish(struct wk_asked *asked);

#endif
