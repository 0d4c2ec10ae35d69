/*
 * Scratch workloads between suites
 *
 * What the next suite needs is applied while the current one runs, so that a suite rarely waits for
 * a pod to start. What both need stays. Whatever is not there in time is an error of the suite that
 * asked for it, in the words of the object that was refused or not ready.
 */
#include "wookie/proc/interrupt.h"
#include "wookie/run/runner.h"
#include "wookie/run/scratch.h"

#include <cjson/cJSON.h>

#define APPLY_TIME (60 * WK_SEC)
#define REMOVE_TIME (15 * WK_SEC)

static void report(struct wk_runner *runner, const struct wk_suite *suite, enum wk_step_state state,
	const char *detail)
{
	struct wk_step step = {
		.phase = "scratch",
		.what = suite->name,
		.detail = detail,
		.state = state,
		.elapsed = wk_now() - runner->applying_since,
	};

	wk_progress_report(&runner->progress, &step);
}

static void trouble(struct wk_runner *runner, const char *words)
{
	free(runner->scratch_trouble);
	runner->scratch_trouble = wk_xstrdup(words);
	report(runner, runner->applying_for, WK_STEP_FAILED, words);
}

void wk_scratch_begin(struct wk_runner *runner, const struct wk_suite *suite)
{
	struct wk_scratch_job job = {
		.access = runner->run->access, .deadline = wk_now() + APPLY_TIME};
	struct wk_err err;

	free(WK_TAKE(runner->scratch_trouble));
	if (!suite || suite->n_with == 0)
		return;
	runner->applying_for = suite;
	runner->applying_since = wk_now();
	report(runner, suite, WK_STEP_BEGIN, NULL);
	if (!runner->facts) {
		trouble(runner, "the derived values cannot be had from the clusters");
		return;
	}
	if (!wk_scratch_expand(runner->run->plan, suite, runner->present, runner->facts,
		    &runner->coming, &err)) {
		trouble(runner, err.msg);
		return;
	}
	/* The worker works on the copy of all this that the fork gives it. */
	job.objects = runner->coming;
	if (!wk_runner_start(
		    runner, &runner->applying, wk_scratch_apply, &job, job.deadline + WK_SEC, &err))
		trouble(runner, err.msg);
}

/* What was sent for is on the mesh now, or may be in part: it is to be removed either way. */
static void take_over(struct wk_runner *runner)
{
	cJSON *coming = WK_TAKE(runner->coming);

	while (coming && coming->child)
		(void)cJSON_AddItemToArray(
			runner->present, cJSON_DetachItemViaPointer(coming, coming->child));
	cJSON_Delete(coming);
}

bool wk_scratch_ready(struct wk_runner *runner, struct wk_err *err)
{
	enum wk_worker_end end = WK_WORKER_EXITED;
	int status = 0;
	bool ok = true;

	if (runner->applying.pid > 0) {
		ok = wk_runner_wait(runner, &runner->applying, 0, &end, &status, err);
		if (ok && (end != WK_WORKER_EXITED || status != 0))
			trouble(runner, runner->applying.out.len
						? wk_buf_str(&runner->applying.out)
						: "scratch workloads were not there in time");
		else if (ok)
			report(runner, runner->applying_for, WK_STEP_DONE, NULL);
		wk_worker_finish(&runner->applying);
	}
	take_over(runner);
	return ok;
}

static void remove_objects(struct wk_runner *runner, const struct cJSON *objects)
{
	struct wk_scratch_job job = {.access = runner->run->access,
		.objects = objects,
		.deadline = wk_now() + REMOVE_TIME};
	struct wk_step step = {.phase = "scratch", .what = "remove", .state = WK_STEP_FAILED};
	struct wk_worker worker = {.pipe = -1};
	enum wk_worker_end end = WK_WORKER_EXITED;
	int status = 0;
	struct wk_err err;

	/* The first interrupt is why it is removed; the second one hurries. */
	if (!wk_runner_start(runner, &worker, wk_scratch_remove, &job, job.deadline, &err) ||
		!wk_runner_wait(runner, &worker, 1, &end, &status, &err))
		step.detail = err.msg;
	else if (end != WK_WORKER_EXITED || status != 0)
		step.detail = worker.out.len ? wk_buf_str(&worker.out)
					     : "scratch workloads may be left on the mesh";
	if (step.detail)
		wk_progress_report(&runner->progress, &step);
	wk_worker_finish(&worker);
}

void wk_scratch_clear(struct wk_runner *runner, const struct wk_suite *next)
{
	cJSON *objects;

	if (!next) {
		wk_worker_finish(&runner->applying);
		take_over(runner);
	}
	objects = wk_scratch_superfluous(runner->present, next);
	if (objects->child)
		remove_objects(runner, objects);
	cJSON_Delete(objects);
}
