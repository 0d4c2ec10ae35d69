/*
 * Looking before anything is created
 *
 * A misspelt key or a jq error in a suite would otherwise show minutes later, as an error of one
 * check on a mesh that is up. Every program of every planned check is compiled, and the derived
 * values it names are looked up in what the topology declares; each distinct check once for each
 * scope it has.
 */
#include "wookie/expect/expect.h"
#include "wookie/expect/scan.h"
#include "wookie/mesh/facts.h"
#include "wookie/run/fix.h"
#include "wookie/run/plan.h"

#include <cjson/cJSON.h>
#include <string.h>

/* What is done with each program of a check, and where it stands. */
struct visit {
	bool (*fn)(void *context, const char *program, struct wk_err *err);
	void *context;
	struct wk_errors *errors; /* NULL: the first ends it */
};

static bool at(const struct visit *visit, const struct wk_pos *pos, bool ok, struct wk_err *err)
{
	if (ok)
		return true;
	if (pos->file) {
		(void)wk_err_context(err, "%s:%u:%u", pos->file, pos->line, pos->column);
		err->kind = WK_ERR_INPUT;
	}
	return wk_errors_take(visit->errors, err);
}

static bool visit_call(
	const struct wk_probe_call *call, const struct visit *visit, struct wk_err *err)
{
	if (!call->kind || !call->args)
		return true;
	return at(visit, &call->pos, wk_expand_programs(call->args, visit->fn, visit->context, err),
		err);
}

static bool visit_expectations(
	const struct wk_expectation *list, size_t n, const struct visit *visit, struct wk_err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct wk_expectation *e = &list[i];

		if (!at(visit, &e->jq_pos, visit->fn(visit->context, e->jq, err), err))
			return false;
		if (e->equals &&
			!at(visit, &e->equals_pos, visit->fn(visit->context, e->equals, err), err))
			return false;
	}
	return true;
}

static bool visit_check(const struct wk_check *check, const struct visit *visit, struct wk_err *err)
{
	return visit_call(&check->probe, visit, err) && visit_call(&check->control, visit, err) &&
	       visit_expectations(check->expect, check->n_expect, visit, err) &&
	       visit_expectations(check->control_expect, check->n_control_expect, visit, err) &&
	       (!check->answer || at(visit, &check->pos,
					  visit->fn(visit->context, check->answer, err), err)) &&
	       (!check->only_where ||
		       at(visit, &check->pos, visit->fn(visit->context, check->only_where, err),
			       err)) &&
	       (!check->when ||
		       at(visit, &check->pos, visit->fn(visit->context, check->when, err), err));
}

static bool visit_scratch(
	const struct wk_scratch *scratch, const struct visit *visit, struct wk_err *err)
{
	for (size_t i = 0; i < scratch->n_objects; i++) {
		const struct wk_scratch_object *o = &scratch->objects[i];

		if (!at(visit, &o->pos, visit->fn(visit->context, o->to, err), err) ||
			!at(visit, &o->pos,
				wk_expand_programs(o->manifest, visit->fn, visit->context, err),
				err))
			return false;
	}
	return true;
}

static bool is_first_of_suite(const struct wk_plan *plan, size_t i)
{
	return i == 0 || plan->checks[i].suite != plan->checks[i - 1].suite;
}

static bool is_first_of_check(const struct wk_plan *plan, size_t i)
{
	return i == 0 || plan->checks[i].check != plan->checks[i - 1].check;
}

struct programs {
	const char **list;
	size_t n;
	struct wk_arena *arena;
};

static bool collect(void *context, const char *program, struct wk_err *err)
{
	struct programs *programs = context;

	(void)err;
	programs->list = wk_arena_grow(
		programs->arena, programs->list, programs->n, sizeof(*programs->list));
	programs->list[programs->n++] = wk_arena_strdup(programs->arena, program);
	return true;
}

static void collect_scratch(
	const struct wk_plan *plan, const struct wk_suite *suite, const struct visit *visit)
{
	struct wk_err ignored;

	for (size_t i = 0; i < suite->n_with; i++) {
		const struct wk_scratch *scratch =
			wk_catalog_scratch(plan->catalog, suite->with[i]);

		if (scratch && !visit_scratch(scratch, visit, &ignored))
			return;
	}
}

static void prepare(const struct programs *programs)
{
	cJSON *names = cJSON_CreateObject();

	(void)cJSON_AddNullToObject(names, "client");
	(void)cJSON_AddNullToObject(names, "server");
	(void)cJSON_AddNullToObject(names, "cluster");
	(void)cJSON_AddNullToObject(names, "clusters");
	(void)cJSON_AddNullToObject(names, "mesh");
	wk_jq_prepare(programs->list, programs->n, names);
	cJSON_Delete(names);
}

void wk_plan_prepare(const struct wk_plan *plan)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct programs programs = {.arena = arena};
	struct visit visit = {collect, &programs, NULL};
	struct wk_err ignored;
	bool ok = true;

	for (size_t i = 0; ok && i < plan->n_checks; i++) {
		if (is_first_of_suite(plan, i))
			collect_scratch(plan, plan->checks[i].suite, &visit);
		if (is_first_of_check(plan, i))
			ok = visit_check(plan->checks[i].check, &visit, &ignored);
	}
	prepare(&programs);
}

static bool check_program(void *context, const char *program, struct wk_err *err)
{
	return wk_jq_check(program, context, err);
}

static bool verify_scratch(const struct wk_plan *plan, const struct wk_suite *suite,
	const cJSON *facts, struct wk_errors *errors, struct wk_err *err)
{
	for (size_t i = 0; i < suite->n_with; i++) {
		const struct wk_scratch *scratch =
			wk_catalog_scratch(plan->catalog, suite->with[i]);
		struct wk_instance instances[WK_MAX_INSTANCES];
		cJSON *vars;
		bool ok;

		if (!scratch || !wk_scope_instances(plan->topology, scratch->scope, instances))
			continue;
		vars = wk_instance_vars(&instances[0], facts);
		ok = visit_scratch(scratch, &(struct visit){check_program, vars, errors}, err);
		cJSON_Delete(vars);
		if (!ok)
			return false;
	}
	return true;
}

/* What holds whatever was found says nothing; a question may ask of derived values, which are asked of
 * the mesh too. */
static bool verify_looks(const struct visit *visit, const struct wk_check *check,
	const struct wk_expectation *list, size_t n, struct wk_err *err)
{
	if (check->answer)
		return true;
	for (size_t i = 0; i < n; i++)
		if (!wk_scan_looks(list[i].jq) &&
			!at(visit, &list[i].jq_pos,
				wk_err_set(err, WK_ERR_INPUT,
					"jq '%.120s': looks at no evidence, so it comes out the "
					"same "
					"whatever is found; expected something of it, such as "
					".status",
					list[i].jq),
				err))
			return false;
	return true;
}

static bool verify_check(const struct wk_planned *planned, const cJSON *facts,
	struct wk_errors *errors, struct wk_err *err)
{
	const struct wk_check *check = planned->check;
	struct visit visit = {check_program, NULL, errors};
	cJSON *vars;
	bool ok;

	if (planned->nowhere)
		return true;
	vars = wk_plan_vars(planned, facts);
	visit.context = vars;
	ok = visit_check(check, &visit, err) &&
	     verify_looks(&visit, check, check->expect, check->n_expect, err) &&
	     verify_looks(&visit, check, check->control_expect, check->n_control_expect, err);
	cJSON_Delete(vars);
	return ok;
}

/* A program among the arguments of a step, where it stands alone: "$" in it is filled in later. */
static bool visit_argument(
	const cJSON *args, const char *key, const struct visit *visit, struct wk_err *err)
{
	const char *program = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, key));

	return !program || strchr(program, '$') || visit->fn(visit->context, program, err);
}

static bool visit_steps(
	const struct wk_fault_step *steps, size_t n, const struct visit *visit, struct wk_err *err)
{
	for (size_t i = 0; i < n; i++) {
		cJSON *args = cJSON_Parse(steps[i].args);
		bool ok = wk_expand_programs(steps[i].args, visit->fn, visit->context, err) &&
			  visit_argument(args, "jq", visit, err) &&
			  visit_argument(args, "value", visit, err);

		cJSON_Delete(args);
		if (!at(visit, &steps[i].pos, ok, err))
			return false;
	}
	return true;
}

static bool visit_fault(const struct wk_fault *fault, const struct visit *visit, struct wk_err *err)
{
	return (!fault->when ||
		       at(visit, &fault->pos, visit->fn(visit->context, fault->when, err), err)) &&
	       visit_steps(fault->inject, fault->n_inject, visit, err) &&
	       visit_steps(fault->heal, fault->n_heal, visit, err);
}

static bool visit_fix(const struct wk_cause *cause, const struct visit *visit, struct wk_err *err)
{
	WK_AUTOFREE char *json = wk_fix_json(cause);

	return at(
		visit, &cause->pos, wk_expand_programs(json, visit->fn, visit->context, err), err);
}

static bool visit_suites(
	const struct wk_suite *suites, size_t n, const struct visit *visit, struct wk_err *err)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < suites[i].n_checks; j++)
			if (!visit_check(&suites[i].checks[j], visit, err))
				return false;
	return true;
}

void wk_catalog_prepare(const struct wk_catalog *catalog)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct programs programs = {.arena = arena};
	struct visit visit = {collect, &programs, NULL};
	struct wk_err ignored;
	bool ok = visit_suites(catalog->suites, catalog->n_suites, &visit, &ignored) &&
		  visit_suites(catalog->diagnosis, catalog->n_diagnosis, &visit, &ignored);

	for (size_t i = 0; ok && i < catalog->n_scratch; i++)
		ok = visit_scratch(&catalog->scratch[i], &visit, &ignored);
	for (size_t i = 0; ok && i < catalog->n_faults; i++)
		ok = visit_fault(&catalog->faults[i], &visit, &ignored);
	for (size_t i = 0; ok && i < catalog->n_variants; i++)
		ok = visit_fault(&catalog->variants[i], &visit, &ignored);
	for (size_t i = 0; ok && i < catalog->n_causes; i++)
		ok = visit_fix(&catalog->causes[i], &visit, &ignored);
	prepare(&programs);
}

static bool verify_faults(const struct wk_fault faults[], size_t n,
	const struct wk_topology *topology, const cJSON *facts, struct wk_errors *errors,
	struct wk_err *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		struct wk_instance instances[WK_MAX_INSTANCES];
		cJSON *vars;

		if (!wk_scope_instances(topology, faults[i].scope, instances))
			continue;
		vars = wk_instance_vars(&instances[0], facts);
		ok = visit_fault(&faults[i], &(struct visit){check_program, vars, errors}, err);
		cJSON_Delete(vars);
	}
	return ok;
}

bool wk_faults_verify(const struct wk_catalog *catalog, const struct wk_topology *topology,
	struct wk_errors *errors, struct wk_err *err)
{
	cJSON *facts = wk_facts_declared(topology);
	bool ok;

	ok = verify_faults(catalog->faults, catalog->n_faults, topology, facts, errors, err) &&
	     verify_faults(catalog->variants, catalog->n_variants, topology, facts, errors, err);
	cJSON_Delete(facts);
	return ok;
}

bool wk_fixes_verify(const struct wk_catalog *catalog, const struct wk_topology *topology,
	struct wk_errors *errors, struct wk_err *err)
{
	struct wk_instance pairs[WK_MAX_INSTANCES];
	cJSON *facts;
	cJSON *vars;
	bool ok = true;

	/* Nobody calls anybody: there is nothing to fill in from. */
	if (wk_scope_instances(topology, WK_SCOPE_PAIRS, pairs) == 0)
		return true;
	pairs[0].cluster = pairs[0].server;
	facts = wk_facts_declared(topology);
	vars = wk_instance_vars(&pairs[0], facts);
	for (size_t i = 0; ok && i < catalog->n_causes; i++)
		ok = visit_fix(
			&catalog->causes[i], &(struct visit){check_program, vars, errors}, err);
	cJSON_Delete(vars);
	cJSON_Delete(facts);
	return ok;
}

bool wk_plan_verify(const struct wk_plan *plan, struct wk_err *err)
{
	wk_plan_prepare(plan);
	return wk_plan_check(plan, NULL, err);
}

bool wk_plan_check(const struct wk_plan *plan, struct wk_errors *errors, struct wk_err *err)
{
	cJSON *facts = wk_facts_declared(plan->topology);
	bool ok = true;

	for (size_t i = 0; ok && i < plan->n_checks; i++) {
		if (is_first_of_suite(plan, i))
			ok = verify_scratch(plan, plan->checks[i].suite, facts, errors, err);
		ok = ok && verify_check(&plan->checks[i], facts, errors, err);
	}
	cJSON_Delete(facts);
	return ok;
}
