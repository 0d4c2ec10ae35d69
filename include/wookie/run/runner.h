#ifndef WOOKIE_RUN_RUNNER_H
#define WOOKIE_RUN_RUNNER_H

#include "wookie/proc/worker.h"
#include "wookie/run/run.h"

/* Inside the run room: the state of a run, shared by its parts. */

enum wk_slot_state {
	WK_SLOT_WAITING,
	WK_SLOT_RUNNING,
	WK_SLOT_DONE,
};

/* One planned check on its way to a verdict. */
struct wk_slot {
	enum wk_slot_state state;
	enum wk_verdict verdict;
	struct wk_worker worker;
	struct wk_check_job job;
	wk_nsec begin;
	struct cJSON *causes; /* that it named, where it failed */
	bool has_passed;      /* in this round or an earlier one */
};

struct wk_runner {
	const struct wk_run *run;
	struct wk_sources sources;
	struct wk_slot *slots; /* one for each check of the plan */
	struct wk_progress progress;
	struct wk_tally tally;
	unsigned round;            /* 0: there are none */
	struct cJSON *symptoms;    /* [{for, codes: [code]}]: what each failure so far named */
	struct cJSON *seen;        /* what held and what did not; see wk_cause_see() */
	struct cJSON *facts;       /* as of the start of the current suite; NULL: not to be had */
	struct cJSON *scratch;     /* all scratch objects of the run; NULL: none yet */
	struct wk_worker applying; /* what it sent is kept until it is finished */
	char *scratch_trouble;     /* why none of them can be made, or NULL */
	char *silence;             /* which cluster hangs, so that nothing more is asked, or NULL */
};

/* A worker that starts with connections of its own; fn as for wk_worker_start(). */
bool wk_runner_start(struct wk_runner *runner, struct wk_worker *worker,
	int (*fn)(void *arg, int pipe), void *arg, wk_nsec deadline,
	struct wk_err *err) WK_MUST_CHECK;
/* Waits for its end, ticking. `patience`: how many interrupts it outlives. */
bool wk_runner_wait(struct wk_runner *runner, struct wk_worker *worker, int patience,
	enum wk_worker_end *ret_end, int *ret_status, struct wk_err *err) WK_MUST_CHECK;
/* In so much time, or when the run's own is over. */
wk_nsec wk_runner_until(const struct wk_runner *runner, wk_nsec length);
/* Gathers the derived values anew. A cluster that hangs is remembered as silence. False only when
 * interrupted. */
bool wk_runner_gather(struct wk_runner *runner, struct wk_err *err) WK_MUST_CHECK;
/* Polls the pipes of all that runs, for a short while, and ticks. */
void wk_runner_pause(struct wk_runner *runner, const struct wk_worker *also);
/* Every suite of the plan, once. False only when interrupted. */
bool wk_runner_suites(struct wk_runner *runner, struct wk_err *err) WK_MUST_CHECK;

/* The same, round after round. */
bool wk_runner_rounds(struct wk_runner *runner, struct wk_err *err) WK_MUST_CHECK;
/* Remembers what the checks of this round named, and takes them back to where they were before it. */
void wk_runner_forget(struct wk_runner *runner);

/* The verdict of a check without running it: its event is written. */
void wk_slot_decide(
	struct wk_runner *runner, size_t at, enum wk_verdict verdict, const char *reason);
bool wk_slot_start(struct wk_runner *runner, size_t at, struct wk_err *err) WK_MUST_CHECK;
/* Looks after a running check; when its worker ended, its verdict is taken and written. */
void wk_slot_look(struct wk_runner *runner, size_t at);

/* Starts applying what all checks use; ready() waits for what the checks first..last of one suite do,
 * and decides those whose scratch cannot be had. */
void wk_scratch_begin(struct wk_runner *runner);
bool wk_scratch_ready(
	struct wk_runner *runner, size_t first, size_t last, struct wk_err *err) WK_MUST_CHECK;
/* Whether the check names an object that this run has made. */
bool wk_scratch_is_fresh(const struct wk_runner *runner, const struct wk_planned *planned);
/* Removes it all. */
void wk_scratch_clear(struct wk_runner *runner);

/* Decides the checks first..last where the run is to end (deadline, casualty, silence, --fail-fast); true where
 * nothing of them is left to run. */
bool wk_schedule_is_over(struct wk_runner *runner, size_t first, size_t last);
/* Runs the checks first..last of one suite to their verdicts. False only when interrupted. */
bool wk_schedule(
	struct wk_runner *runner, size_t first, size_t last, struct wk_err *err) WK_MUST_CHECK;

#endif
