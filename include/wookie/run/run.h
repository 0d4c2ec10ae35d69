#ifndef WOOKIE_RUN_RUN_H
#define WOOKIE_RUN_RUN_H

#include "wookie/base/progress.h"
#include "wookie/mesh/access.h"
#include "wookie/run/check.h"
#include "wookie/run/plan.h"

#include <stdint.h>

/* Seconds with three decimals, as all times in events. */
double wk_event_time(wk_nsec length);

/* What a log says of the topology: file, name, provider, Istio's version, the clusters. */
struct cJSON *wk_event_topology(const struct wk_topology *topology);

/* The writing end of the event log, and those who watch it live. */
struct wk_events;

struct wk_events *wk_events_open(const char *path, struct wk_err *err);
/* Adds "at" and "elapsed", writes the line, flushes, calls the watcher; takes `event` over. A log
 * that can no longer be written (full disk) is remembered: wk_events_ok() turns false, the run goes
 * on. */
void wk_events_add(struct wk_events *events, struct cJSON *event);
void wk_events_watch(struct wk_events *events, void (*fn)(void *context, const struct cJSON *event),
	void *context);
bool wk_events_ok(const struct wk_events *events, struct wk_err *err);
void wk_events_close(struct wk_events *events);
WK_DEFINE_AUTO(struct wk_events *, wk_events_close);
/* A progress receiver that writes `step` events. */
struct wk_progress wk_events_progress(struct wk_events *events);

/* Running the checks over and over on one mesh. */
struct wk_repeat {
	uint64_t most;   /* so many rounds; at least 1 */
	bool until_fail; /* no more after a round with a check that failed, erred or was flaky */
	bool in_time;    /* no round is begun that would not end before the deadline */
};

struct wk_run {
	const struct wk_plan *plan;
	struct wk_access *access;
	struct wk_events *events;
	const char *dir; /* of the run: evidence/ is below it */
	unsigned jobs;   /* checks of one suite side by side */
	bool fail_fast;
	const struct wk_repeat *repeat; /* NULL: once, and no event has a round */
	/* The harness changed the mesh a moment ago (deployed, injected, healed), and that still
	 * settles: see wk_check_job. Scratch that the run makes is known to it. */
	bool changed;
	bool mesh_ends;   /* with the run: what is left on it needs no removal */
	wk_nsec deadline; /* of the whole run: what is left is error */
	/* Asked between checks: a dead component in words, or NULL (wk_mesh_casualty). */
	char *(*casualty)(void *context);
	/* Called a few times a second while waiting (wk_console_tick); may be NULL. */
	void (*tick)(void *context);
	void *context;
	/* NULL: the probe table, and what the clusters hold. */
	struct wk_sources sources;
};

struct wk_tally {
	size_t passed;
	size_t failed;
	size_t errors;
	size_t skipped;
	size_t flaky;
	bool caused; /* a cause was named */
};

/* Runs the plan's checks in order, in each round, and writes a `check` event for each, then `cause`.
 * Rounds also end early with what ends the checks of one: a dead component, a cluster that no longer
 * answers, the deadline, --fail-fast. False only when interrupted (checks not judged are left to the
 * reader of the log). */
bool wk_run_checks(
	const struct wk_run *run, struct wk_tally *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
