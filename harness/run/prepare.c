/*
 * Scratch workloads of a run
 *
 * What the suites need is applied by one worker from the run's start on, in the order in which they
 * need it, so that pods start while earlier suites run and a suite rarely waits for one. Whatever is
 * not there in time is an error of the suites that asked for it, in the words of the object that was
 * refused or not ready. All of it is removed at the end, however the end came.
 */
#include "wookie/proc/interrupt.h"
#include "wookie/run/runner.h"
#include "wookie/run/scratch.h"

#include <cjson/cJSON.h>

#define APPLY_TIME (90 * WK_SEC)
#define REMOVE_TIME (15 * WK_SEC)
#define REMOVE_TIME_HURRIED (3 * WK_SEC)

static void report(struct wk_runner *runner, const struct wk_suite *suite, enum wk_step_state state,
	wk_nsec begin)
{
	struct wk_step step = {
		.phase = "scratch",
		.what = suite->name,
		.detail = runner->scratch_trouble,
		.state = state,
		.elapsed = wk_now() - begin,
	};

	wk_progress_report(&runner->progress, &step);
}

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

/* Whether all that `suite` asks for is there; the first that failed is trouble. */
static bool is_settled(struct wk_runner *runner, const struct wk_suite *suite)
{
	for (size_t i = 0; i < suite->n_with; i++) {
		WK_AUTOFREE char *why = NULL;

		if (runner->scratch && !wk_scratch_is_listed(runner->scratch, suite->with[i]))
			continue;
		switch (wk_scratch_heard(wk_buf_str(&runner->applying.out), suite->with[i], &why)) {
		case WK_SCRATCH_COMING:
			return false;
		case WK_SCRATCH_FAILED:
			trouble(runner, why);
			return true;
		case WK_SCRATCH_THERE:
			break;
		}
	}
	return true;
}

/* Reads on until the suite's are settled or the worker ended. */
static bool wait_for(struct wk_runner *runner, const struct wk_suite *suite, struct wk_err *err)
{
	bool over = runner->applying.pid <= 0;
	int status = 0;

	while (!over && wk_now() < runner->run->deadline) {
		over = wk_worker_look(&runner->applying, &status) != WK_WORKER_RUNNING;
		if (is_settled(runner, suite))
			return true;
		if (wk_interrupted(err))
			return false;
		if (!over)
			wk_runner_pause(runner, &runner->applying);
	}
	if (!is_settled(runner, suite) && !runner->scratch_trouble)
		trouble(runner, "scratch workloads were not there in time");
	return true;
}

bool wk_scratch_ready(struct wk_runner *runner, const struct wk_suite *suite, struct wk_err *err)
{
	wk_nsec begin = wk_now();

	if (suite->n_with == 0)
		return true;
	report(runner, suite, WK_STEP_BEGIN, begin);
	if (!wait_for(runner, suite, err))
		return false;
	report(runner, suite, runner->scratch_trouble ? WK_STEP_FAILED : WK_STEP_DONE, begin);
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

void wk_scratch_clear(struct wk_runner *runner)
{
	wk_worker_finish(&runner->applying);
	if (runner->scratch && runner->scratch->child && !runner->run->mesh_ends)
		remove_objects(runner, runner->scratch);
}
