/*
 * red MESH [FAULT...]: replays faults on a mesh that is up, and prints TAP.
 *
 * For each fault: the checks it names are green, the fault is injected, every one of them fails and
 * the likeliest cause is the fault's, the fault is healed, they are green again. A check that was never
 * seen to fail proves nothing.
 */
#include "wookie/base/file.h"
#include "wookie/cli/session.h"
#include "wookie/fault/fault.h"
#include "wookie/mesh/facts.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define STEP_TIME (90 * WK_SEC)
#define RED_TIME (60 * WK_SEC)
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
	char dir[64];
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
		if (strcmp(outcome->fault->fails[i], text_of(event, "name")) == 0 &&
			strcmp(verdict, "fail") == 0)
			outcome->failed[i] = true;
}

static bool run_named(
	struct red *red, const struct wk_fault *fault, struct outcome *ret, struct wk_err *err)
{
	struct wk_selection selection = {.only = fault->fails, .n_only = fault->n_fails};
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
	if (!events || !wk_plan_make(red->session.arena, &red->session.catalog,
			       &red->session.topology, &selection, &plan, err))
		return false;
	wk_events_watch(events, watch, ret);
	if (!plan.n_checks)
		return wk_err_set(err, WK_ERR_INPUT, "no check of this topology is named");
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
				outcome->fault->fails[i],
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
		if (!run_named(red, fault, &outcome, err))
			return false;
		if (!outcome.bad)
			return true;
	} while (wk_now() < deadline);
	return wk_err_set(err, WK_ERR_TIMEOUT, "not green: %s", outcome.first);
}

static bool until_red(struct red *red, const struct wk_fault *fault, struct wk_err *err)
{
	wk_nsec deadline = wk_now() + RED_TIME;
	struct outcome outcome;

	do {
		if (!run_named(red, fault, &outcome, err))
			return false;
		if (is_red(&outcome))
			return true;
	} while (wk_now() < deadline);
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

static bool inject(
	struct red *red, const struct wk_fault *fault, struct wk_undo *undo, struct wk_err *err)
{
	struct wk_fault_env env = {.access = &red->session.access,
		.component_pid = component_pid,
		.context = red->session.mesh,
		.deadline = wk_now() + STEP_TIME};
	cJSON *vars = variables(red, err);
	bool ok = vars && wk_fault_steps(&env, fault->inject, fault->n_inject, vars, undo, err) &&
		  until_red(red, fault, err);
	struct wk_err heal_err = {0};

	env.deadline = wk_now() + STEP_TIME;
	if (vars &&
		!wk_fault_steps(&env, fault->heal, fault->n_heal, vars, undo, ok ? err : &heal_err))
		ok = false;
	if (!wk_undo_all(&env, undo, &heal_err) && ok)
		ok = wk_err_set(err, heal_err.kind, "%s", heal_err.msg);
	cJSON_Delete(vars);
	return ok;
}

static bool replay(struct red *red, const struct wk_fault *fault, struct wk_err *err)
{
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();
	struct wk_err green_err = {0};
	bool was_red;

	if (!until_green(red, fault, err))
		return wk_err_context(err, "before");
	was_red = inject(red, fault, undo, err);
	if (until_green(red, fault, &green_err))
		return was_red;
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

static bool open_mesh(struct red *red, const char *mesh, struct wk_err *err)
{
	WK_AUTOFREE char *evidence = NULL;

	(void)snprintf(red->dir, sizeof(red->dir), "/tmp/wookie-red-XXXXXX");
	if (!mkdtemp(red->dir))
		return wk_err_set(err, WK_ERR_SYSTEM, "no folder for evidence in /tmp");
	evidence = wk_xasprintf("%s/evidence", red->dir);
	return wk_mkdir_p(evidence, 0700, err) && wk_session_init(&red->session, &red->args, err) &&
	       wk_session_catalog(&red->session, err) &&
	       wk_session_attach(&red->session, mesh, err);
}

static bool replay_and_say(struct red *red, const struct wk_fault *fault, unsigned number)
{
	struct wk_err err = {0};
	wk_nsec begin = wk_now();
	bool ok = replay(red, fault, &err);

	(void)printf("%sok %u - %s: %s\n# %.1fs%s%s\n", ok ? "" : "not ", number, fault->id,
		fault->title, wk_seconds(wk_now() - begin), ok ? "" : " ", ok ? "" : err.msg);
	(void)fflush(stdout);
	return ok;
}

int main(int argc, char **argv)
{
	static struct red red;
	struct wk_err err = {0};
	unsigned played = 0;
	unsigned passed = 0;

	if (argc < 2 || !open_mesh(&red, argv[1], &err)) {
		(void)fprintf(
			stderr, "red: %s\n", argc < 2 ? "usage: red MESH [FAULT...]" : err.msg);
		return 3;
	}
	(void)puts("TAP version 13");
	for (size_t i = 0; i < red.session.catalog.n_faults; i++) {
		const struct wk_fault *fault = &red.session.catalog.faults[i];

		if (is_wanted(fault, argc, argv))
			passed += replay_and_say(&red, fault, ++played);
	}
	(void)printf("1..%u\n", played);
	(void)wk_rmtree(red.dir, &err);
	wk_session_finish(&red.session);
	return played == 0 || passed < played;
}
