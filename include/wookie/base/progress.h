#ifndef WOOKIE_BASE_PROGRESS_H
#define WOOKIE_BASE_PROGRESS_H

#include "wookie/base/clock.h"

/* How rooms that take their time say what they are doing. The receiver (the event log, a terminal)
 * decides what becomes of it. */
enum wk_step_state {
	WK_STEP_BEGIN,  /* `what` starts */
	WK_STEP_WAIT,   /* still at it; `detail` names what is waited for. May come often */
	WK_STEP_DONE,   /* `what` is finished after `elapsed` */
	WK_STEP_FAILED, /* `what` could not be done; `detail` says why */
};

struct wk_step {
	const char *phase; /* "setup", "up", "deploy", "down" */
	const char *what;  /* a batch, cluster or component: "crds", "cluster-a", "istiod 1.28.2" */
	const char *detail; /* may be NULL */
	enum wk_step_state state;
	wk_nsec elapsed; /* since the step began */
};

struct wk_progress {
	void (*report)(void *context, const struct wk_step *step); /* NULL: nobody listens */
	void *context;
};

static inline void wk_progress_report(
	const struct wk_progress *progress, const struct wk_step *step)
{
	if (progress && progress->report)
		progress->report(progress->context, step);
}

#endif
