/*
 * Runs for a proof
 *
 * Three kinds: a look at the checks that a fault names, one attempt each, to learn whether it shows
 * yet; a round of all checks under the fault, in which a failure settles once it has stayed the same
 * for three times as long as its check ever took to converge on this mesh; and a control round, with
 * all the time that the suites give. The pace of each check is learned from control rounds that were
 * green at the first try.
 */
#include "wookie/prove/rounds.h"
#include "wookie/base/file.h"

#include <cjson/cJSON.h>
#include <string.h>

#define PATIENCE 3
#define LEAST_SETTLE WK_SEC
#define GREEN_TIME (120 * WK_SEC)

bool wk_seen_run(const struct wk_run *run, struct wk_seen *ret, struct wk_err *err)
{
	WK_AUTOFREE char *log = wk_xasprintf("%s/events.jsonl", run->dir);
	struct wk_events *WK_AUTO(wk_events_close) events = NULL;
	struct wk_run own = *run;
	struct wk_tally tally;

	wk_seen_init(ret);
	if (!wk_mkdir_p(run->dir, 0755, err))
		return false;
	events = wk_events_open(log, err);
	if (!events)
		return false;
	wk_events_watch(events, wk_seen_event, ret);
	own.events = events;
	return wk_run_checks(&own, &tally, err);
}

static bool run_plan(struct wk_prover *prover, const struct wk_plan *plan, const char *dir,
	struct wk_seen *ret, struct wk_err *err)
{
	const struct wk_prove *prove = &prover->prove;
	const struct wk_run run = {
		.plan = plan,
		.access = prove->access,
		.dir = dir,
		.jobs = prove->jobs,
		.changed = true,
		.mesh_ends = true,
		.deadline = prove->deadline,
		.casualty = prove->casualty,
		.tick = prove->tick,
		.context = prove->context,
	};

	wk_seen_finish(ret);
	return wk_rmtree(dir, err) && wk_seen_run(&run, ret, err);
}

/* How long after the check's begin the attempt was begun that held first. */
static double converged_at(const cJSON *event)
{
	const cJSON *attempt;

	cJSON_ArrayForEach(attempt, cJSON_GetObjectItemCaseSensitive(event, "attempts"))
	{
		if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(attempt, "held")))
			return cJSON_GetNumberValue(
				cJSON_GetObjectItemCaseSensitive(attempt, "at"));
	}
	return 0;
}

static void learn(struct wk_prover *prover, const struct wk_seen *seen)
{
	for (size_t i = 0; i < prover->plan.n_checks; i++) {
		double at = converged_at(
			cJSON_GetObjectItemCaseSensitive(seen->checks, prover->plan.checks[i].id));
		wk_nsec pace = (wk_nsec)(at * WK_SEC);

		if (pace > prover->pace[i])
			prover->pace[i] = pace;
	}
}

static bool control(
	struct wk_prover *prover, const char *dir, struct wk_seen *ret, struct wk_err *err)
{
	for (size_t i = 0; i < prover->plan.n_checks; i++)
		prover->plan.checks[i].settle = 0;
	if (!run_plan(prover, &prover->plan, dir, ret, err))
		return false;
	if (!wk_seen_red(ret, &prover->plan))
		learn(prover, ret);
	return true;
}

static bool say_red(const struct wk_seen *seen, const struct wk_planned *red, struct wk_err *err)
{
	const cJSON *event = cJSON_GetObjectItemCaseSensitive(seen->checks, red->id);
	const char *reason =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "reason"));

	return wk_err_set(err, WK_ERR_REMOTE, "%s is not green: %s", red->id,
		reason  ? reason
		: event ? "flaky"
			: "no verdict");
}

bool wk_round_control(
	struct wk_prover *prover, const char *dir, struct wk_seen *ret, struct wk_err *err)
{
	wk_nsec deadline = wk_earlier(wk_now() + GREEN_TIME, prover->prove.deadline);

	do {
		if (!control(prover, dir, ret, err))
			return false;
	} while (wk_seen_red(ret, &prover->plan) && wk_now() < deadline);
	return true;
}

bool wk_round_green(struct wk_prover *prover, const char *dir, struct wk_err *err)
{
	struct wk_seen seen = {0};
	bool ok = wk_round_control(prover, dir, &seen, err);
	const struct wk_planned *red = ok ? wk_seen_red(&seen, &prover->plan) : NULL;

	if (red)
		ok = say_red(&seen, red, err);
	wk_seen_finish(&seen);
	return ok;
}

bool wk_round_settled(
	struct wk_prover *prover, const char *dir, struct wk_seen *ret, struct wk_err *err)
{
	for (size_t i = 0; i < prover->plan.n_checks; i++) {
		wk_nsec settle = PATIENCE * prover->pace[i];

		prover->plan.checks[i].settle = settle > LEAST_SETTLE ? settle : LEAST_SETTLE;
	}
	return run_plan(prover, &prover->plan, dir, ret, err);
}

/* The checks that a fault names, and those without which they would be skipped. */
static struct wk_selection select_named(
	struct wk_arena *arena, const struct wk_catalog *catalog, const struct wk_fault *fault)
{
	const char **only = NULL;
	size_t n = 0;

	for (size_t i = 0; i < fault->n_fails; i++) {
		const char *name = fault->fails[i].check;
		const struct wk_check *check = wk_catalog_check(catalog, name);

		only = wk_arena_grow(arena, only, n, sizeof(*only));
		only[n++] = name;
		for (size_t j = 0; j < check->n_needs; j++) {
			const char *need = check->needs[j];

			only = wk_arena_grow(arena, only, n, sizeof(*only));
			only[n++] = strchr(need, '.')
					    ? need
					    : wk_arena_printf(arena, "%.*s.%s",
						      (int)strcspn(name, "."), name, need);
		}
	}
	return (struct wk_selection){.only = only, .n_only = n};
}

bool wk_round_look(struct wk_prover *prover, const struct wk_fault *fault, const char *dir,
	struct wk_seen *ret, struct wk_err *err)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	const struct wk_selection selection = select_named(arena, &prover->catalog, fault);
	struct wk_plan plan = {0};
	struct wk_check *checks;

	if (!wk_plan_make(
		    arena, &prover->catalog, prover->prove.plan->topology, &selection, &plan, err))
		return false;
	checks = wk_arena_alloc(arena, plan.n_checks + 1, sizeof(*checks));
	for (size_t i = 0; i < plan.n_checks; i++) {
		checks[i] = *plan.checks[i].check;
		checks[i].within = 0;
		plan.checks[i].check = &checks[i];
	}
	return run_plan(prover, &plan, dir, ret, err);
}
