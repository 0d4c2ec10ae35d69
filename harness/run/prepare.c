/*
 * Scratch workloads of a run
 *
 * What the suites need is applied by one worker from the run's start on, in the order in which they
 * need it, so that pods start while earlier suites run and a suite rarely waits for one. Whatever is
 * not there in time is an error of the checks that use it, in the words of the object that was
 * refused or not ready. All of it is removed at the end, however the end came.
 */
#include "wookie/proc/interrupt.h"
#include "wookie/run/runner.h"
#include "wookie/run/scratch.h"

#include <cjson/cJSON.h>

#define APPLY_TIME (90 * WK_SEC)
#define REMOVE_TIME (15 * WK_SEC)
#define REMOVE_TIME_HURRIED (3 * WK_SEC)

static void report(struct wk_runner *runner, const char *what, const char *why,
	enum wk_step_state state, wk_nsec begin)
{
	struct wk_step step = {
		.phase = "scratch",
		.what = what,
		.detail = why,
		.state = state,
		.elapsed = wk_now() - begin,
	};

	wk_progress_report(&runner->progress, &step);
}

/* All of it cannot be had. */
static void trouble(struct wk_runner *runner, const char *words)
{
	free(runner->scratch_trouble);
	runner->scratch_trouble = wk_xstrdup(words);
}

void wk_scratch_begin(struct wk_runner *runner)
{
	struct wk_scratch_job job = {
		.access = runner->run->access,
		.deadline = wk_runner_until(runner, APPLY_TIME),
	};
	struct wk_err err;

	if (!runner->facts) {
		trouble(runner, "the derived values cannot be had from the clusters");
		return;
	}
	if (!wk_scratch_expand(runner->run->plan, runner->facts, &runner->scratch, &err)) {
		trouble(runner, err.msg);
		return;
	}
	if (!runner->scratch->child)
		return;
	/* The worker works on the copy of all this that the fork gives it. */
	job.objects = runner->scratch;
	if (!wk_runner_start(
		    runner, &runner->applying, wk_scratch_apply, &job, job.deadline + WK_SEC, &err))
		trouble(runner, err.msg);
}

/* What is known of one scratch workload; the caller frees *ret_why. */
static enum wk_scratch_state state_of(struct wk_runner *runner, const char *id, char **ret_why)
{
	enum wk_scratch_state state;

	if (runner->scratch_trouble) {
		*ret_why = wk_xstrdup(runner->scratch_trouble);
		return WK_SCRATCH_FAILED;
	}
	state = wk_scratch_heard(wk_buf_str(&runner->applying.out), id, ret_why);
	if (state != WK_SCRATCH_COMING || runner->applying.pid > 0)
		return state;
	*ret_why = wk_xasprintf("scratch '%s' was not there in time", id);
	return WK_SCRATCH_FAILED;
}

/* Reads on until it is known of `id`, or the worker ended. */
static bool wait_for(struct wk_runner *runner, const char *id, char **ret_why, struct wk_err *err)
{
	int status = 0;

	while (state_of(runner, id, ret_why) == WK_SCRATCH_COMING) {
		if (wk_interrupted(err))
			return false;
		if (wk_now() >= runner->run->deadline) {
			*ret_why = wk_xasprintf("scratch '%s' was not there in time", id);
			return true;
		}
		if (wk_worker_look(&runner->applying, &status) == WK_WORKER_RUNNING)
			wk_runner_pause(runner, &runner->applying);
	}
	return true;
}

static bool uses(const struct wk_runner *runner, size_t at, const char *id)
{
	const struct wk_plan *plan = runner->run->plan;
	const struct wk_scratch *scratch = wk_catalog_scratch(plan->catalog, id);

	return scratch && wk_scratch_is_used(scratch, plan->checks[at].check);
}

bool wk_scratch_is_fresh(const struct wk_runner *runner, const struct wk_planned *planned)
{
	const struct wk_suite *suite = planned->suite;

	for (size_t i = 0; runner->scratch && i < suite->n_with; i++) {
		const struct wk_scratch *scratch =
			wk_catalog_scratch(runner->run->plan->catalog, suite->with[i]);

		if (scratch && wk_scratch_is_used(scratch, planned->check))
			return true;
	}
	return false;
}

static bool any_uses(const struct wk_runner *runner, size_t first, size_t last, const char *id)
{
	for (size_t i = first; i <= last; i++)
		if (uses(runner, i, id))
			return true;
	return false;
}

/* Only the checks that use what is not there are not judged. */
static void decide(
	struct wk_runner *runner, size_t first, size_t last, const char *id, const char *why)
{
	for (size_t i = first; i <= last; i++)
		if (runner->slots[i].state == WK_SLOT_WAITING && uses(runner, i, id))
			wk_slot_decide(runner, i, WK_ERROR, why);
}

bool wk_scratch_ready(struct wk_runner *runner, size_t first, size_t last, struct wk_err *err)
{
	const struct wk_suite *suite = runner->run->plan->checks[first].suite;

	for (size_t i = 0; i < suite->n_with; i++) {
		const char *id = suite->with[i];
		WK_AUTOFREE char *why = NULL;
		wk_nsec begin = wk_now();

		if ((runner->scratch && !wk_scratch_is_listed(runner->scratch, id)) ||
			!any_uses(runner, first, last, id))
			continue;
		report(runner, id, NULL, WK_STEP_BEGIN, begin);
		if (!wait_for(runner, id, &why, err))
			return false;
		report(runner, id, why, why ? WK_STEP_FAILED : WK_STEP_DONE, begin);
		if (why)
			decide(runner, first, last, id, why);
	}
	return true;
}

/* A mesh that is broken gets a chance, but nobody waits for it long. */
static wk_nsec remove_time(const struct wk_runner *runner)
{
	const struct wk_run *run = runner->run;
	WK_AUTOFREE char *casualty = run->casualty ? run->casualty(run->context) : NULL;

	return casualty || runner->silence || wk_now() >= run->deadline ? REMOVE_TIME_HURRIED
									: REMOVE_TIME;
}

static void remove_objects(struct wk_runner *runner, const struct cJSON *objects)
{
	struct wk_scratch_job job = {.access = runner->run->access,
		.objects = objects,
		.deadline = wk_now() + remove_time(runner)};
	const char *why = NULL;
	wk_nsec begin = wk_now();
	struct wk_worker worker = {.pipe = -1};
	enum wk_worker_end end = WK_WORKER_EXITED;
	int status = 0;
	struct wk_err err;

	report(runner, "remove", NULL, WK_STEP_BEGIN, begin);
	/* The first interrupt is why it is removed; the second one hurries. */
	if (!wk_runner_start(runner, &worker, wk_scratch_remove, &job, job.deadline, &err) ||
		!wk_runner_wait(runner, &worker, 1, &end, &status, &err))
		why = err.msg;
	else if (end != WK_WORKER_EXITED || status != 0)
		why = worker.out.len ? wk_buf_str(&worker.out)
				     : "scratch workloads may be left on the mesh";
	report(runner, "remove", why, why ? WK_STEP_FAILED : WK_STEP_DONE, begin);
	wk_worker_finish(&worker);
}

void wk_scratch_clear(struct wk_runner *runner)
{
	wk_worker_finish(&runner->applying);
	if (runner->scratch && runner->scratch->child && !runner->run->mesh_ends)
		remove_objects(runner, runner->scratch);
}
