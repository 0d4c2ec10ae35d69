/*
 * The run
 *
 * Suites in order: derived values, scratch workloads, checks, and scratch away again. This process
 * only forks workers, polls their pipes and writes events; it asks the mesh nothing itself, so a
 * hanging API server can hang a worker but never the run, and no connection is shared with a fork.
 */
#include "wookie/run/run.h"

#include "wookie/base/file.h"
#include "wookie/expect/expect.h"
#include "wookie/mesh/facts.h"
#include "wookie/model/event.h"
#include "wookie/proc/interrupt.h"
#include "wookie/run/cause.h"
#include "wookie/run/fix.h"
#include "wookie/run/runner.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <string.h>

#define WORKER_OUTPUT ((size_t)4 * 1024 * 1024)
#define TICK (100 * WK_MSEC)
#define FACTS_TIME (15 * WK_SEC)
#define FACTS_TURNS 3
#define FACTS_PAUSE (500 * WK_MSEC)

/* A worker's function, and the connections it must not inherit. */
struct task {
	int (*fn)(void *arg, int pipe);
	void *arg;
	struct wk_access *access;
};

static int run_task(void *context, int pipe)
{
	const struct task *task = context;

	/* Forgotten, not closed: closing would say goodbye on the parent's connection. */
	if (task->access)
		memset(task->access->kube, 0, sizeof(task->access->kube));
	return task->fn(task->arg, pipe);
}

bool wk_runner_start(struct wk_runner *runner, struct wk_worker *worker,
	int (*fn)(void *arg, int pipe), void *arg, wk_nsec deadline, struct wk_err *err)
{
	struct task task = {fn, arg, runner->run->access};

	return wk_worker_start(worker, run_task, &task, deadline, WORKER_OUTPUT, err);
}

void wk_runner_pause(struct wk_runner *runner, const struct wk_worker *also)
{
	const struct wk_run *run = runner->run;
	WK_AUTOFREE struct pollfd *fds = wk_xcalloc(run->plan->n_checks + 2, sizeof(*fds));
	nfds_t n = 0;

	/* Once interrupted its descriptor stays readable: whoever still waits then must not spin. */
	if (wk_interrupt_count() == 0)
		fds[n++] = (struct pollfd){.fd = wk_interrupt_fd(), .events = POLLIN};
	if (also)
		fds[n++] = (struct pollfd){.fd = also->pipe, .events = POLLIN};
	for (size_t i = 0; i < run->plan->n_checks; i++)
		if (runner->slots[i].state == WK_SLOT_RUNNING)
			fds[n++] = (struct pollfd){
				.fd = runner->slots[i].worker.pipe, .events = POLLIN};
	(void)poll(fds, n, wk_poll_timeout(wk_now() + TICK));
	if (run->tick)
		run->tick(run->context);
}

bool wk_runner_wait(struct wk_runner *runner, struct wk_worker *worker, int patience,
	enum wk_worker_end *ret_end, int *ret_status, struct wk_err *err)
{
	enum wk_worker_end end = wk_worker_look(worker, ret_status);

	while (end == WK_WORKER_RUNNING) {
		if (wk_interrupt_count() > patience)
			return !wk_interrupted(err);
		wk_runner_pause(runner, worker);
		end = wk_worker_look(worker, ret_status);
	}
	*ret_end = end;
	return true;
}

wk_nsec wk_runner_until(const struct wk_runner *runner, wk_nsec length)
{
	wk_nsec until = wk_now() + length;

	return until < runner->run->deadline ? until : runner->run->deadline;
}

/* How the worker that gathers ends; what it sends is the values or why there are none. */
enum gathered {
	GATHERED,
	NOT_GATHERED,
	NO_ANSWER,
};

static int send_facts(void *context, int pipe)
{
	const struct wk_runner *runner = context;
	WK_AUTOFREE char *text = NULL;
	cJSON *facts = NULL;
	struct wk_err err;
	bool sent;

	if (!runner->sources.gather(
		    runner->run->access, wk_runner_until(runner, FACTS_TIME), &facts, &err))
		return err.kind == WK_ERR_TIMEOUT &&
				       wk_write_all(pipe, err.msg, strlen(err.msg), &err)
			       ? NO_ANSWER
			       : NOT_GATHERED;
	text = cJSON_PrintUnformatted(facts);
	sent = wk_write_all(pipe, text, strlen(text), &err);
	cJSON_Delete(facts);
	return sent ? GATHERED : NOT_GATHERED;
}

static bool gather_once(struct wk_runner *runner, int *ret_status, struct wk_err *err)
{
	struct wk_worker worker = {.pipe = -1};
	enum wk_worker_end end = WK_WORKER_EXITED;
	int status = NOT_GATHERED;
	bool ok;

	*ret_status = NOT_GATHERED;
	free(WK_TAKE(runner->silence));
	if (!wk_runner_start(
		    runner, &worker, send_facts, runner, wk_now() + FACTS_TIME + WK_SEC, err))
		return true;
	ok = wk_runner_wait(runner, &worker, 0, &end, &status, err);
	if (end != WK_WORKER_EXITED)
		status = NOT_GATHERED;
	if (ok && worker.out.full)
		runner->silence = wk_xasprintf(
			"not run: what the clusters hold is more than %zu bytes", WORKER_OUTPUT);
	else if (ok && status == GATHERED)
		runner->facts = cJSON_Parse(wk_buf_str(&worker.out));
	else if (ok && status == NO_ANSWER)
		runner->silence = wk_xasprintf("not run: %s", wk_buf_str(&worker.out));
	*ret_status = status;
	wk_worker_finish(&worker);
	return ok;
}

/* Refused or not understood: asked again, and then each check tries for itself and says why not. Not
 * answered at all, twice: what every check would wait for in turn is said once, for all that is
 * left. One hiccup is no silence. */
bool wk_runner_gather(struct wk_runner *runner, struct wk_err *err)
{
	int silences = 0;

	cJSON_Delete(WK_TAKE(runner->facts));
	for (int turn = 0; turn < FACTS_TURNS && !runner->facts && silences < 2; turn++) {
		int status = NOT_GATHERED;

		if (turn > 0)
			wk_pause(FACTS_PAUSE);
		if (wk_now() >= runner->run->deadline)
			return true;
		if (!gather_once(runner, &status, err))
			return false;
		silences += status == NO_ANSWER;
	}
	return true;
}

static void step(struct wk_runner *runner, const struct wk_suite *suite, enum wk_step_state state,
	wk_nsec begin)
{
	struct wk_step step = {
		.phase = "suite",
		.what = suite->name,
		.state = state,
		.elapsed = wk_now() - begin,
	};

	wk_progress_report(&runner->progress, &step);
}

static bool make_scratch(struct wk_runner *runner, size_t first, size_t last, struct wk_err *err)
{
	if (!runner->scratch) {
		free(WK_TAKE(runner->scratch_trouble));
		wk_scratch_begin(runner);
	}
	return wk_scratch_ready(runner, first, last, err);
}

static bool run_suite(struct wk_runner *runner, size_t first, size_t last, struct wk_err *err)
{
	const struct wk_suite *suite = runner->run->plan->checks[first].suite;
	wk_nsec begin = wk_now();

	if (wk_schedule_is_over(runner, first, last))
		return true;
	step(runner, suite, WK_STEP_BEGIN, begin);
	if (!wk_runner_gather(runner, err))
		return false;
	if (!runner->silence && !make_scratch(runner, first, last, err))
		return false;
	if (!wk_schedule(runner, first, last, err))
		return false;
	step(runner, suite, WK_STEP_DONE, begin);
	return true;
}

bool wk_runner_suites(struct wk_runner *runner, struct wk_err *err)
{
	const struct wk_plan *plan = runner->run->plan;
	size_t first = 0;

	while (first < plan->n_checks) {
		size_t last = first;

		while (last + 1 < plan->n_checks &&
			plan->checks[last + 1].suite == plan->checks[first].suite)
			last++;
		if (!run_suite(runner, first, last, err))
			return false;
		first = last + 1;
	}
	return true;
}

static size_t list_codes(const struct cJSON *causes, const char **codes)
{
	size_t n = 0;

	for (const cJSON *i = causes->child; i; i = i->next)
		codes[n++] = i->valuestring;
	return n;
}

static void add_cause_event(
	struct wk_runner *runner, const struct wk_likeliest *likeliest, size_t of)
{
	const struct wk_cause *cause = likeliest->cause;
	WK_AUTOFREE char *command = wk_xasprintf("wookie-conform explain %s", cause->code);
	WK_AUTOFREE char *fix = wk_fix_text(cause, runner->run->plan->topology, likeliest->scope);
	cJSON *event = cJSON_CreateObject();
	cJSON *also;

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_CAUSE);
	(void)cJSON_AddStringToObject(event, "code", cause->code);
	(void)cJSON_AddStringToObject(event, "title", cause->title);
	(void)cJSON_AddStringToObject(event, "meaning", cause->meaning);
	(void)cJSON_AddStringToObject(event, "fix", fix);
	(void)cJSON_AddNumberToObject(event, "explains", (double)likeliest->explains);
	(void)cJSON_AddNumberToObject(event, "of", (double)of);
	also = cJSON_AddArrayToObject(event, "also");
	for (size_t i = 0; i < likeliest->n_also; i++)
		(void)cJSON_AddItemToArray(also, cJSON_CreateString(likeliest->also[i]->code));
	(void)cJSON_AddStringToObject(event, "command", command);
	wk_events_add(runner->run->events, event);
}

static void name_cause(struct wk_runner *runner)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	size_t n = (size_t)cJSON_GetArraySize(runner->symptoms);
	struct wk_symptom *symptoms = wk_arena_alloc(arena, n + 1, sizeof(*symptoms));
	struct wk_symptom *symptom = symptoms;
	struct wk_likeliest likeliest;

	for (const cJSON *i = runner->symptoms->child; i; i = i->next, symptom++) {
		const cJSON *list = cJSON_GetObjectItemCaseSensitive(i, "codes");
		const char **codes =
			wk_arena_alloc(arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof(*codes));

		symptom->n = list_codes(list, codes);
		symptom->codes = codes;
		symptom->scope = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(i, "for"));
	}
	runner->tally.caused = wk_cause_likeliest(
		runner->run->plan->catalog, runner->seen, symptoms, n, &likeliest);
	if (runner->tally.caused)
		add_cause_event(runner, &likeliest, n);
}

static void runner_finish(struct wk_runner *runner)
{
	for (size_t i = 0; i < runner->run->plan->n_checks; i++) {
		wk_worker_finish(&runner->slots[i].worker);
		cJSON_Delete(runner->slots[i].causes);
	}
	wk_worker_finish(&runner->applying);
	free(runner->slots);
	free(runner->scratch_trouble);
	free(runner->silence);
	cJSON_Delete(runner->symptoms);
	cJSON_Delete(runner->seen);
	cJSON_Delete(runner->facts);
	cJSON_Delete(runner->scratch);
}

static void kill_all(struct wk_runner *runner)
{
	for (size_t i = 0; i < runner->run->plan->n_checks; i++)
		wk_worker_finish(&runner->slots[i].worker);
}

bool wk_run_checks(const struct wk_run *run, struct wk_tally *ret, struct wk_err *err)
{
	struct wk_runner runner = {
		.run = run,
		.sources = run->sources,
		.slots = wk_xcalloc(run->plan->n_checks + 1, sizeof(struct wk_slot)),
		.progress = wk_events_progress(run->events),
		.symptoms = cJSON_CreateArray(),
		.seen = cJSON_CreateObject(),
		.applying = {.pipe = -1},
	};
	WK_AUTOFREE char *evidence = wk_xasprintf("%s/evidence", run->dir);
	bool ok;

	if (!runner.sources.find)
		runner.sources.find = wk_probe_find;
	if (!runner.sources.gather)
		runner.sources.gather = wk_facts_gather;
	for (size_t i = 0; i < run->plan->n_checks; i++)
		runner.slots[i].worker.pipe = -1;
	if (!wk_mkdir_p(evidence, 0755, err)) {
		runner_finish(&runner);
		return false;
	}
	wk_plan_prepare(run->plan);
	ok = run->repeat ? wk_runner_rounds(&runner, err) : wk_runner_suites(&runner, err);
	kill_all(&runner);
	wk_scratch_clear(&runner);
	wk_runner_forget(&runner);
	if (ok)
		name_cause(&runner);
	*ret = runner.tally;
	runner_finish(&runner);
	return ok;
}
