#ifndef WOOKIE_RUN_CHECK_H
#define WOOKIE_RUN_CHECK_H

#include "wookie/probe/probe.h"
#include "wookie/run/plan.h"

/* Most that one attempt may take; `within` decides whether another one is begun. */
#define WK_ATTEMPT_TIME (15 * WK_SEC)

/* Where evidence and derived values come from; tests put others in. */
struct wk_sources {
	wk_probe_fn *(*find)(const char *kind);
	bool (*gather)(
		struct wk_access *access, wk_nsec deadline, struct cJSON **ret, struct wk_err *err);
};

/* One check as its worker sees it. */
struct wk_check_job {
	const struct wk_planned *planned;
	struct wk_access *access;
	const struct cJSON *facts; /* for the first attempt; NULL: it gathers its own */
	struct wk_sources sources;
	/* Whether the harness's own changes still settle: it deployed a moment ago, made an object that
	 * this check names, injected or healed. Then attempts that break before the first that holds
	 * are forgiven, for as long as `within`. Otherwise the first look is the verdict. */
	bool settling;
	wk_nsec deadline; /* of the run */
};

/* For wk_worker_start(): makes attempts until the verdict stands and sends one JSON object,
 * {"event": a whole `check` event, "record": what the evidence file holds}. What a check passes by is
 * never a retry of what it judged: of `stable` attempts in a row, the first ones made, or, while the
 * mesh settles, those after the first that held. Only what could not be judged is made again, and,
 * once, what was judged by derived values that had changed since they were gathered. */
int wk_check_work(void *check_job, int pipe);
/* The longest that takes, with every attempt at its limit. */
wk_nsec wk_check_time(const struct wk_check *check);
/* A `check` event with what is known without running it. */
struct cJSON *wk_check_event(const struct wk_planned *planned, enum wk_verdict verdict);

#endif
