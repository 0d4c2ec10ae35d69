/*
 * red MESH [FAULT...]: replays faults on a mesh that is up, and prints TAP.
 *
 * For each fault: the checks it names are green, the fault is injected, every one of them fails and
 * the likeliest cause is the fault's, the fault is healed, they are green again. A check that was never
 * seen to fail proves nothing.
 *
 * Scratch workloads are made once and stay, since they are not what is tried here. How long it takes
 * until a fault shows is found by quick looks, one attempt a check; then they all have to fail for
 * PROOF_TIME on end, which tells a fault from what is only on its way from one state to the next.
 */
#include "wookie/base/file.h"
#include "wookie/cli/session.h"
#include "wookie/fault/fault.h"
#include "wookie/mesh/facts.h"
#include "wookie/proc/interrupt.h"
#include "wookie/run/scratch.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STEP_TIME (180 * WK_SEC)
#define RED_TIME (60 * WK_SEC)
#define PROOF_TIME (4 * WK_SEC)
#define GREEN_TIME (120 * WK_SEC)

/* What one run of the named checks brought. */
struct outcome {
	const struct wk_fault *fault;
	bool failed[WK_MAX_LIST]; /* by index in fault->fails: some instance failed */
	bool bad;                 /* any check did not pass */
	char cause[32];
	char also[256];
	char first[400]; /* why the first one did not pass */
};

struct red {
	struct wk_session session;
	struct wk_args args;
	struct cJSON *scratch; /* on the mesh for all faults */
	char dir[64];
};

/* One fault on its way, and how long its parts took. */
struct replay {
	const struct wk_fault *fault;
	struct wk_undo *undo;
	wk_nsec until_red;
	wk_nsec until_green;
};

static const char *text_of(const cJSON *event, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, key));

	return text ? text : "";
}

static void take_cause(struct outcome *outcome, const cJSON *event)
{
	const cJSON *also;

	(void)snprintf(outcome->cause, sizeof(outcome->cause), "%s", text_of(event, "code"));
	cJSON_ArrayForEach(also, cJSON_GetObjectItemCaseSensitive(event, "also"))
	{
		size_t n = strlen(outcome->also);

		(void)snprintf(outcome->also + n, sizeof(outcome->also) - n, " %s",
			cJSON_GetStringValue(also));
	}
}

static void watch(void *context, const cJSON *event)
{
	struct outcome *outcome = context;
	const char *verdict = text_of(event, "verdict");

	if (strcmp(text_of(event, "event"), WK_EVENT_CAUSE) == 0)
		take_cause(outcome, event);
	if (strcmp(text_of(event, "event"), WK_EVENT_CHECK) != 0 || strcmp(verdict, "pass") == 0)
		return;
	if (!outcome->bad)
		(void)snprintf(outcome->first, sizeof(outcome->first), "%s %s: %s", verdict,
			text_of(event, "id"), text_of(event, "reason"));
	outcome->bad = true;
	for (size_t i = 0; i < outcome->fault->n_fails && i < WK_MAX_LIST; i++)
		if (strcmp(outcome->fault->fails[i].check, text_of(event, "name")) == 0 &&
			strcmp(verdict, "fail") == 0)
			outcome->failed[i] = true;
}

/* The checks of a fault, and those without which they would be skipped. */
static void select_checks(struct red *red, const struct wk_fault *fault, struct wk_selection *ret)
{
	const char **only = NULL;
	size_t n = 0;

	for (size_t i = 0; i < fault->n_fails; i++) {
		const struct wk_check *check =
			wk_catalog_check(&red->session.catalog, fault->fails[i].check);
		size_t suite = strcspn(fault->fails[i].check, ".");

		only = wk_arena_grow(red->session.arena, only, n, sizeof(*only));
		only[n++] = fault->fails[i].check;
		for (size_t j = 0; check && j < check->n_needs; j++) {
			only = wk_arena_grow(red->session.arena, only, n, sizeof(*only));
			only[n++] = wk_arena_printf(red->session.arena, "%.*s.%s", (int)suite,
				fault->fails[i].check, check->needs[j]);
		}
	}
	*ret = (struct wk_selection){.only = only, .n_only = n};
}

/* Gives every check at most `limit` to converge. */
static void hurry(struct red *red, struct wk_plan *plan, wk_nsec limit)
{
	struct wk_check *checks =
		wk_arena_alloc(red->session.arena, plan->n_checks, sizeof(*checks));

	for (size_t i = 0; i < plan->n_checks; i++) {
		checks[i] = *plan->checks[i].check;
		if (checks[i].within > limit)
			checks[i].within = limit;
		plan->checks[i].check = &checks[i];
	}
}

static bool run_named(struct red *red, const struct wk_fault *fault, wk_nsec limit,
	struct outcome *ret, struct wk_err *err)
{
	struct wk_selection selection;
	struct wk_events *WK_AUTO(wk_events_close) events = wk_events_open("/dev/null", err);
	struct wk_plan plan = {0};
	struct wk_tally tally = {0};
	struct wk_run run = {.plan = &plan,
		.access = &red->session.access,
		.events = events,
		.dir = red->dir,
		.jobs = 6,
		.deadline = WK_NEVER};

	*ret = (struct outcome){.fault = fault};
	select_checks(red, fault, &selection);
	if (!events || !wk_plan_make(red->session.arena, &red->session.catalog,
			       &red->session.topology, &selection, &plan, err))
		return false;
	if (!plan.n_checks)
		return wk_err_set(err, WK_ERR_INPUT, "no check of this topology is named");
	wk_events_watch(events, watch, ret);
	hurry(red, &plan, limit);
	return wk_run_checks(&run, &tally, err);
}

static bool is_red(const struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->fault->n_fails; i++)
		if (!outcome->failed[i])
			return false;
	return strcmp(outcome->cause, outcome->fault->cause) == 0;
}

static bool say_not_red(const struct outcome *outcome, struct wk_err *err)
{
	for (size_t i = 0; i < outcome->fault->n_fails; i++)
		if (!outcome->failed[i])
			return wk_err_set(err, WK_ERR_REMOTE, "survived: %s did not fail (%s)",
				outcome->fault->fails[i].check,
				*outcome->first ? outcome->first : "everything passed");
	return wk_err_set(err, WK_ERR_REMOTE, "wrong cause: expected %s, got %s%s%s (%s)",
		outcome->fault->cause, *outcome->cause ? outcome->cause : "none",
		*outcome->also ? ", also" : "", outcome->also, outcome->first);
}

static bool until_green(struct red *red, const struct wk_fault *fault, struct wk_err *err)
{
	wk_nsec deadline = wk_now() + GREEN_TIME;
	struct outcome outcome;

	do {
		if (!run_named(red, fault, WK_NEVER, &outcome, err))
			return false;
		if (!outcome.bad)
			return true;
	} while (wk_now() < deadline);
	return wk_err_set(err, WK_ERR_TIMEOUT, "not green: %s", outcome.first);
}

static bool until_red(struct red *red, struct replay *replay, struct wk_err *err)
{
	wk_nsec begin = wk_now();
	struct outcome outcome;

	do {
		if (!run_named(red, replay->fault, 0, &outcome, err))
			return false;
		replay->until_red = wk_now() - begin;
		if (is_red(&outcome) && !run_named(red, replay->fault, PROOF_TIME, &outcome, err))
			return false;
		if (is_red(&outcome))
			return true;
	} while (wk_now() - begin < RED_TIME);
	return say_not_red(&outcome, err);
}

/* The first pair gives $client and $server their clusters. */
static cJSON *variables(struct red *red, struct wk_err *err)
{
	const struct wk_topology *topology = &red->session.topology;
	struct wk_planned planned = {.client = -1, .server = -1, .cluster = 0};
	cJSON *facts = NULL;
	cJSON *vars;

	for (int i = 0; i < (int)topology->n_clusters; i++) {
		const struct wk_cluster *cluster = &topology->clusters[i];

		if (planned.client < 0 && wk_cluster_workload(cluster, WK_WORKLOAD_TEST_POD))
			planned.client = i;
		if (planned.server < 0 && wk_cluster_workload(cluster, WK_WORKLOAD_HELLOWORLD))
			planned.server = i;
	}
	if (!wk_facts_gather(&red->session.access, wk_now() + STEP_TIME, &facts, err))
		return NULL;
	vars = wk_plan_vars(&planned, facts);
	cJSON_Delete(facts);
	return vars;
}

static pid_t component_pid(void *context, const char *cluster, const char *component)
{
	return wk_mesh_component_pid(context, cluster, component);
}

/* Comes back with the fault healed, whatever happened. */
static bool inject(struct red *red, struct replay *replay, struct wk_err *err)
{
	const struct wk_fault *fault = replay->fault;
	struct wk_fault_env env = {.access = &red->session.access,
		.component_pid = component_pid,
		.context = red->session.mesh,
		.deadline = wk_now() + STEP_TIME};
	struct wk_err heal_err = {0};
	cJSON *vars = variables(red, err);
	bool ok;

	if (!vars)
		return false;
	ok = wk_fault_steps(&env, fault->inject, fault->n_inject, vars, replay->undo, err) &&
	     until_red(red, replay, err);
	env.deadline = wk_now() + STEP_TIME;
	if (!wk_fault_steps(
		    &env, fault->heal, fault->n_heal, vars, replay->undo, ok ? err : &heal_err))
		ok = false;
	cJSON_Delete(vars);
	if (!wk_undo_all(&env, replay->undo, &heal_err) && ok)
		return wk_err_set(err, heal_err.kind, "%s", heal_err.msg);
	return ok;
}

static bool play(struct red *red, struct replay *replay, struct wk_err *err)
{
	struct wk_err green_err = {0};
	wk_nsec begin;
	bool was_red;

	if (!until_green(red, replay->fault, err))
		return wk_err_context(err, "before");
	was_red = inject(red, replay, err);
	begin = wk_now();
	if (until_green(red, replay->fault, &green_err)) {
		replay->until_green = wk_now() - begin;
		return was_red;
	}
	return was_red ? wk_err_set(err, green_err.kind, "after healing: %s", green_err.msg)
		       : false;
}

static bool is_wanted(const struct wk_fault *fault, int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (strcmp(argv[i], fault->id) == 0)
			return true;
	return argc == 2;
}

static struct wk_scratch_job scratch_job(struct red *red)
{
	return (struct wk_scratch_job){.access = &red->session.access,
		.objects = red->scratch,
		.deadline = wk_now() + STEP_TIME};
}

/* What it says goes to a file: all of it is there or this is the end. */
static bool apply_scratch(struct red *red, struct wk_err *err)
{
	struct wk_scratch_job job = scratch_job(red);
	WK_AUTOFREE char *file = wk_xasprintf("%s/scratch", red->dir);
	WK_AUTO(wk_buf_finish) struct wk_buf said = {.max = 64 * 1024};
	const char *why;
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return wk_err_sys(err, errno, "open '%s'", file);
	(void)wk_scratch_apply(&job, fd);
	(void)close(fd);
	if (!wk_file_read(file, said.max, &said, err))
		return false;
	why = strchr(wk_buf_str(&said), '\t');
	return !why || wk_err_set(err, WK_ERR_REMOTE, "scratch workloads: %.*s",
			       (int)strcspn(why + 1, "\n"), why + 1);
}

static bool make_scratch(struct red *red, struct wk_err *err)
{
	struct wk_catalog *catalog = &red->session.catalog;
	struct wk_plan plan = {0};
	cJSON *facts = NULL;
	bool ok = wk_plan_make(red->session.arena, catalog, &red->session.topology,
			  &(struct wk_selection){0}, &plan, err) &&
		  wk_facts_gather(&red->session.access, wk_now() + STEP_TIME, &facts, err);

	ok = ok && wk_scratch_expand(&plan, facts, &red->scratch, err);
	cJSON_Delete(facts);
	for (size_t i = 0; i < catalog->n_suites; i++)
		catalog->suites[i].n_with = 0;
	return ok && apply_scratch(red, err);
}

static bool open_mesh(struct red *red, const char *mesh, struct wk_err *err)
{
	WK_AUTOFREE char *evidence = NULL;

	(void)snprintf(red->dir, sizeof(red->dir), "/tmp/wookie-red-XXXXXX");
	if (!mkdtemp(red->dir))
		return wk_err_set(err, WK_ERR_SYSTEM, "no folder for evidence in /tmp");
	evidence = wk_xasprintf("%s/evidence", red->dir);
	return wk_mkdir_p(evidence, 0700, err) && wk_session_init(&red->session, &red->args, err) &&
	       wk_session_catalog(&red->session, err) &&
	       wk_session_attach(&red->session, mesh, err) && make_scratch(red, err);
}

static void close_mesh(struct red *red)
{
	struct wk_err err;

	if (red->scratch) {
		struct wk_scratch_job job = scratch_job(red);

		(void)wk_scratch_remove(&job, STDERR_FILENO);
	}
	cJSON_Delete(red->scratch);
	if (!wk_rmtree(red->dir, &err))
		(void)fprintf(stderr, "red: %s\n", err.msg);
	wk_session_finish(&red->session);
}

static bool replay_and_say(struct red *red, const struct wk_fault *fault, unsigned number)
{
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();
	struct replay replay = {.fault = fault, .undo = undo};
	struct wk_err err = {0};
	wk_nsec begin = wk_now();
	bool ok = play(red, &replay, &err);

	(void)printf("%sok %u - %s: %s\n# %.1fs, red after %.1fs, green after %.1fs: %s\n",
		ok ? "" : "not ", number, fault->id, fault->title, wk_seconds(wk_now() - begin),
		wk_seconds(replay.until_red), wk_seconds(replay.until_green),
		ok ? fault->cause : err.msg);
	(void)fflush(stdout);
	return ok;
}

int main(int argc, char **argv)
{
	static struct red red;
	struct wk_err err = {0};
	unsigned played = 0;
	unsigned passed = 0;

	if (argc < 2) {
		(void)fputs("red: usage: red MESH [FAULT...]\n", stderr);
		return 2;
	}
	wk_interrupt_catch();
	if (!open_mesh(&red, argv[1], &err)) {
		(void)fprintf(stderr, "red: %s\n", err.msg);
		close_mesh(&red);
		return 3;
	}
	(void)puts("TAP version 13");
	for (size_t i = 0; i < red.session.catalog.n_faults && !wk_interrupted(&err); i++) {
		const struct wk_fault *fault = &red.session.catalog.faults[i];

		if (is_wanted(fault, argc, argv))
			passed += replay_and_say(&red, fault, ++played);
	}
	(void)printf("1..%u\n", played);
	close_mesh(&red);
	return played == 0 || passed < played || wk_interrupted(&err);
}
