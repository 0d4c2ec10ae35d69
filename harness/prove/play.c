/*
 * One fault from green to green
 *
 * What was changed is always put back, also after an error or an interrupt. Until the checks that the
 * fault names fail, only they are looked at, since a fault takes its time to arrive; then everything
 * runs and is judged. A verdict other than proven is given some rounds more: what is on its way from
 * one state to the next is not what the fault looks like.
 *
 * A variant goes the same way, but for what is asked of it: once the mesh has settled, all is green.
 */
#include "wookie/mesh/facts.h"
#include "wookie/model/event.h"
#include "wookie/proc/interrupt.h"
#include "wookie/prove/rounds.h"

#include <cjson/cJSON.h>
#include <string.h>

#define STEP_TIME (180 * WK_SEC)
#define RED_TIME (60 * WK_SEC)

/* One fault on its way, and how long its parts took. */
struct play {
	struct wk_prover *prover;
	const struct wk_fault *fault;
	struct wk_undo *undo;
	cJSON *vars;
	char *dir;
	struct wk_seen seen; /* under the fault */
	struct wk_judged judged;
	wk_nsec begin;
	wk_nsec inject;
	wk_nsec red;
	wk_nsec heal;
	wk_nsec green;
};

static void say(const struct play *play, const char *what, enum wk_step_state state)
{
	struct wk_progress progress = wk_events_progress(play->prover->prove.events);
	WK_AUTOFREE char *text = wk_xasprintf("%s: %s", play->fault->id, what);
	struct wk_step step = {
		.phase = "prove", .what = text, .state = state, .elapsed = wk_now() - play->begin};

	wk_progress_report(&progress, &step);
}

static struct wk_fault_env environment(const struct wk_prove *prove)
{
	return (struct wk_fault_env){
		.access = prove->access,
		.component_pid = prove->component_pid,
		.context = prove->context,
		.deadline = wk_now() + STEP_TIME,
	};
}

/* The first pair gives $client and $server their clusters, the first cluster $cluster its own. */
static bool gather_vars(const struct wk_prove *prove, cJSON **ret, struct wk_err *err)
{
	const struct wk_topology *topology = prove->plan->topology;
	struct wk_instance pairs[WK_MAX_INSTANCES];
	struct wk_planned planned = {.client = -1, .server = -1, .cluster = 0};
	cJSON *facts = NULL;

	if (!wk_facts_gather(prove->access, wk_now() + STEP_TIME, &facts, err))
		return false;
	if (wk_scope_instances(topology, WK_SCOPE_PAIRS, pairs) > 0) {
		planned.client = pairs[0].client;
		planned.server = pairs[0].server;
	}
	*ret = wk_plan_vars(&planned, facts);
	cJSON_Delete(facts);
	return true;
}

static void fail(struct play *play, enum wk_proof proof, const char *when, const struct wk_err *err)
{
	/* What went wrong first is what matters. */
	if (play->judged.proof == WK_VOID || play->judged.proof == WK_UNPLAYED)
		return;
	wk_judged_finish(&play->judged);
	play->judged.proof = proof;
	play->judged.reason = wk_xasprintf("%s: %s", when, err->msg);
}

static bool put_in(const struct wk_prove *prove, const struct wk_fault *fault, cJSON **vars,
	struct wk_undo *undo, struct wk_err *err)
{
	struct wk_fault_env env = environment(prove);

	return gather_vars(prove, vars, err) &&
	       wk_undo_keep(undo, prove->journal, fault, *vars, err) &&
	       wk_fault_steps(&env, fault->inject, fault->n_inject, *vars, undo, err);
}

static bool inject(struct play *play)
{
	struct wk_err err = {0};
	bool ok;

	say(play, "inject", WK_STEP_BEGIN);
	ok = put_in(&play->prover->prove, play->fault, &play->vars, play->undo, &err);
	play->inject = wk_now() - play->begin;
	if (!ok)
		fail(play, wk_fault_is_void(&err) ? WK_VOID : WK_UNPLAYED, "inject", &err);
	return ok;
}

static bool is_over(const struct play *play, wk_nsec since)
{
	return wk_now() - since >= RED_TIME || wk_now() >= play->prover->prove.deadline ||
	       wk_interrupt_count() > 0;
}

/* Looks until the named checks fail, or their time is over: both end in a round of everything. */
static bool look_until_red(struct play *play, wk_nsec since, struct wk_err *err)
{
	do {
		if (!wk_round_look(play->prover, play->fault, play->dir, &play->seen, err))
			return false;
	} while (!wk_judge_fails(play->fault, &play->prover->plan, &play->seen, NULL) &&
		 !is_over(play, since));
	play->red = wk_now() - since;
	return true;
}

static void observe(struct play *play)
{
	wk_nsec since = wk_now();
	struct wk_err err = {0};

	say(play, "run", WK_STEP_BEGIN);
	do {
		if (!look_until_red(play, since, &err) ||
			!wk_round_settled(play->prover, play->dir, &play->seen, &err)) {
			fail(play, WK_UNPLAYED, "run", &err);
			return;
		}
		wk_judged_finish(&play->judged);
		wk_judge(play->fault, &play->prover->plan, &play->seen, &play->judged);
	} while (play->judged.proof != WK_PROVEN && !is_over(play, since));
}

/* What a change is on its way to is not judged: a variant has the time to settle that a mesh has that was
 * healed. */
static void observe_variant(struct play *play)
{
	wk_nsec since = wk_now();
	struct wk_err err = {0};

	say(play, "settle", WK_STEP_BEGIN);
	if (!wk_round_control(play->prover, play->dir, &play->seen, &err)) {
		fail(play, WK_UNPLAYED, "run", &err);
		return;
	}
	play->red = wk_now() - since;
	wk_judged_finish(&play->judged);
	wk_judge_variant(play->fault, &play->prover->plan, &play->seen, &play->judged);
}

static void heal(struct play *play)
{
	struct wk_fault_env env = environment(&play->prover->prove);
	wk_nsec begin = wk_now();
	struct wk_err err = {0};

	say(play, "heal", WK_STEP_BEGIN);
	if (!wk_undo_heal(&env, play->undo, &err))
		fail(play, WK_UNPLAYED, "heal", &err);
	play->heal = wk_now() - begin;
}

static bool control(struct play *play)
{
	WK_AUTOFREE char *dir = wk_prover_control_dir(play->prover);
	wk_nsec begin = wk_now();
	struct wk_err err = {0};

	say(play, "control", WK_STEP_BEGIN);
	if (!wk_round_green(play->prover, dir, &err)) {
		fail(play, WK_UNPLAYED, "after healing", &err);
		return false;
	}
	play->green = wk_now() - begin;
	return true;
}

static void add_times(const struct play *play, cJSON *fault)
{
	cJSON *seconds = cJSON_AddObjectToObject(fault, "seconds");

	(void)cJSON_AddNumberToObject(seconds, "inject", wk_event_time(play->inject));
	(void)cJSON_AddNumberToObject(
		seconds, play->fault->harmless ? "settle" : "red", wk_event_time(play->red));
	(void)cJSON_AddNumberToObject(seconds, "heal", wk_event_time(play->heal));
	(void)cJSON_AddNumberToObject(seconds, "green", wk_event_time(play->green));
}

/* What each check that did not pass said under the fault: a row of the matrix. */
static void add_row(const struct play *play, cJSON *fault)
{
	cJSON *row = cJSON_AddObjectToObject(fault, "checks");
	const cJSON *event;

	cJSON_ArrayForEach(event, play->seen.checks)
	{
		const char *verdict =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "verdict"));
		const cJSON *broken = cJSON_GetObjectItemCaseSensitive(event, "broken");
		cJSON *cell;

		if (!verdict || strcmp(verdict, wk_verdict_name(WK_PASS)) == 0)
			continue;
		cell = cJSON_AddObjectToObject(row, event->string);
		(void)cJSON_AddStringToObject(cell, "verdict", verdict);
		if (broken)
			(void)cJSON_AddItemToObject(cell, "broken", cJSON_Duplicate(broken, true));
	}
}

static void add_fails(const struct wk_fault *fault, cJSON *to)
{
	cJSON *fails = cJSON_AddObjectToObject(to, "fails");

	for (size_t i = 0; i < fault->n_fails; i++) {
		cJSON *thats = cJSON_AddArrayToObject(fails, fault->fails[i].check);

		for (size_t j = 0; j < fault->fails[i].n_that; j++)
			(void)cJSON_AddItemToArray(
				thats, cJSON_CreateString(fault->fails[i].that[j]));
	}
}

static cJSON *fault_json(const struct play *play)
{
	const struct wk_judged *judged = &play->judged;
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(play->seen.cause, "code");
	const cJSON *also = cJSON_GetObjectItemCaseSensitive(play->seen.cause, "also");
	cJSON *fault = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(fault, "id", play->fault->id);
	(void)cJSON_AddStringToObject(fault, "verdict", wk_proof_name(judged->proof));
	if (play->fault->cause)
		(void)cJSON_AddStringToObject(fault, "cause", play->fault->cause);
	if (code)
		(void)cJSON_AddItemToObject(fault, "got", cJSON_Duplicate(code, true));
	if (also)
		(void)cJSON_AddItemToObject(fault, "also", cJSON_Duplicate(also, true));
	(void)cJSON_AddNumberToObject(fault, "red", (double)judged->n_red);
	(void)cJSON_AddNumberToObject(fault, "of", (double)play->prover->plan.n_checks);
	(void)cJSON_AddBoolToObject(fault, "broad", judged->broad);
	add_fails(play->fault, fault);
	add_row(play, fault);
	add_times(play, fault);
	return fault;
}

static void add_event(struct play *play, struct wk_ledger *ledger)
{
	WK_AUTOFREE char *evidence =
		wk_xasprintf("%s/%s/events.jsonl", wk_prove_suite(play->fault), play->fault->id);
	struct wk_judged *judged = &play->judged;
	cJSON *event = wk_proof_case_event(&(const struct wk_proof_case){
		.suite = wk_prove_suite(play->fault),
		.name = play->fault->id,
		.title = play->fault->title,
		.verdict = wk_proof_verdict(judged->proof),
		.kind = play->fault->harmless ? "variant" : "fault",
		.length = wk_now() - play->begin,
		.reason = judged->reason,
	});

	if (judged->expectation)
		(void)cJSON_AddItemToObject(event, "expectation", WK_TAKE(judged->expectation));
	(void)cJSON_AddStringToObject(event, "evidence", evidence);
	(void)cJSON_AddItemToObject(event, "fault", fault_json(play));
	wk_ledger_add(ledger, event);
	wk_events_add(play->prover->prove.events, event);
}

static void play_finish(struct play *play)
{
	cJSON_Delete(play->vars);
	wk_seen_finish(&play->seen);
	wk_judged_finish(&play->judged);
	wk_undo_free(play->undo);
	free(play->dir);
}

/* An interrupt ends the proof, and leaves no verdict; what it broke is healed before. */
static enum wk_prove_end conclude(struct play *play, struct wk_ledger *ledger)
{
	bool green = wk_interrupt_count() == 0 && control(play);

	if (wk_interrupt_count() > 0)
		return WK_PROVE_INTERRUPTED;
	add_event(play, ledger);
	return green ? WK_PROVE_NEXT : WK_PROVE_MESH_LOST;
}

enum wk_prove_end wk_prover_play(
	struct wk_prover *prover, const struct wk_fault *fault, struct wk_ledger *ledger)
{
	struct play play = {.prover = prover,
		.fault = fault,
		.undo = wk_undo_new(),
		.dir = wk_xasprintf(
			"%s/%s/%s", prover->prove.dir, wk_prove_suite(fault), fault->id),
		.judged = {.proof = WK_SURVIVED},
		.begin = wk_now()};
	enum wk_prove_end end;

	wk_seen_init(&play.seen);
	if (inject(&play))
		(fault->harmless ? observe_variant : observe)(&play);
	heal(&play);
	end = conclude(&play, ledger);
	play_finish(&play);
	return end;
}

bool wk_prove_inject(const struct wk_prove *prove, const struct wk_fault *fault, struct wk_err *err)
{
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();
	struct wk_fault_env env = environment(prove);
	struct wk_err ignored;
	cJSON *vars = NULL;
	bool ok = put_in(prove, fault, &vars, undo, err);

	cJSON_Delete(vars);
	if (!ok && !wk_undo_heal(&env, undo, &ignored))
		return wk_err_context(err, "'wookie-conform heal' takes back what was done");
	return ok;
}
