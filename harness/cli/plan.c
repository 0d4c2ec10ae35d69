/* plan: every check that would run, with the values it will expect; marks nothing as passed. */
#include "wookie/cli/output.h"
#include "wookie/cli/select.h"
#include "wookie/expect/expect.h"
#include "wookie/mesh/facts.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define FACTS_TIME (15 * WK_SEC)

/* Whether something in it is assigned by a cluster, and so not known yet. */
static bool has_null(const cJSON *value)
{
	const cJSON *item;

	if (cJSON_IsNull(value))
		return true;
	cJSON_ArrayForEach(item, value)
	{
		if (has_null(item))
			return true;
	}
	return false;
}

/* One expectation: {that, from, known, value}; `from` is null where it must merely hold. */
static cJSON *expectation_json(const struct wk_expectation *e, const cJSON *vars)
{
	cJSON *json = cJSON_CreateObject();
	struct wk_err err = {0};
	cJSON *value = NULL;
	bool known =
		!e->equals || (wk_jq_eval(e->equals, NULL, vars, &value, &err) && !has_null(value));

	(void)cJSON_AddStringToObject(json, "that", e->that);
	(void)cJSON_AddItemToObject(
		json, "from", e->equals ? cJSON_CreateString(e->equals) : cJSON_CreateNull());
	(void)cJSON_AddBoolToObject(json, "known", known);
	if (!known) {
		cJSON_Delete(value);
		value = NULL;
	}
	if (!e->equals)
		value = cJSON_CreateTrue();
	(void)cJSON_AddItemToObject(json, "value", value ? value : cJSON_CreateNull());
	return json;
}

/* One check: {id, suite, check, title, skipped, expect, false-alarm}. */
static cJSON *check_json(const struct wk_planned *planned, const cJSON *facts)
{
	const struct wk_check *check = planned->check;
	cJSON *vars = wk_plan_vars(planned, facts);
	cJSON *json = cJSON_CreateObject();
	cJSON *expect;

	(void)cJSON_AddStringToObject(json, "id", planned->id);
	(void)cJSON_AddStringToObject(json, "suite", planned->suite->name);
	(void)cJSON_AddStringToObject(json, "check", check->full_id);
	(void)cJSON_AddStringToObject(json, "title", check->title);
	(void)cJSON_AddItemToObject(json, "skipped",
		planned->nowhere ? cJSON_CreateString(planned->nowhere) : cJSON_CreateNull());
	expect = cJSON_AddArrayToObject(json, "expect");
	for (size_t i = 0; !planned->nowhere && i < check->n_expect; i++)
		(void)cJSON_AddItemToArray(expect, expectation_json(&check->expect[i], vars));
	(void)cJSON_AddNumberToObject(json, "false-alarm", check->false_alarm.chance);
	cJSON_Delete(vars);
	return json;
}

static void print_json(const struct wk_plan *plan, const cJSON *facts)
{
	cJSON *answer = cJSON_CreateObject();
	cJSON *checks = cJSON_AddArrayToObject(answer, "checks");

	for (size_t i = 0; i < plan->n_checks; i++)
		(void)cJSON_AddItemToArray(checks, check_json(&plan->checks[i], facts));
	wk_output_answer(answer);
}

static void print_expectation(const struct wk_expectation *e, const cJSON *vars)
{
	cJSON *json = expectation_json(e, vars);
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, "value");

	(void)printf("      %s\n", e->that);
	if (!e->equals) {
		(void)puts("        must hold");
	} else if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "known"))) {
		(void)printf("        expects %s, known once the mesh is up\n", e->equals);
	} else {
		WK_AUTOFREE char *text = cJSON_PrintUnformatted(value);

		(void)printf("        expects %s, from %s\n", text, e->equals);
	}
	cJSON_Delete(json);
}

static void print_false_alarm(const struct wk_false_alarm *alarm)
{
	if (alarm->chance > 0)
		(void)printf("      fails though nothing is wrong with a chance below %g: %s\n",
			alarm->chance, wk_chance_model_text(alarm->model));
}

static void print_plan(const struct wk_plan *plan, const cJSON *facts)
{
	const struct wk_suite *suite = NULL;

	for (size_t i = 0; i < plan->n_checks; i++) {
		const struct wk_planned *planned = &plan->checks[i];
		cJSON *vars = wk_plan_vars(planned, facts);

		if (planned->suite != suite)
			(void)printf("%s%s  %s\n", suite ? "\n" : "", planned->suite->name,
				planned->suite->title);
		suite = planned->suite;
		(void)printf("  %s\n      %s\n", planned->id, planned->check->title);
		if (planned->nowhere)
			(void)printf("      skipped: %s\n", planned->nowhere);
		for (size_t j = 0; !planned->nowhere && j < planned->check->n_expect; j++)
			print_expectation(&planned->check->expect[j], vars);
		print_false_alarm(&planned->check->false_alarm);
		cJSON_Delete(vars);
	}
	(void)printf("\n%zu checks; nothing was run\n", plan->n_checks);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_plan plan = {0};
	struct wk_err err = {0};
	cJSON *facts = NULL;

	if (!wk_session_init_read(&session, args, &err) || !wk_session_catalog(&session, &err))
		return wk_cli_fail(&err);
	if (!wk_session_target(&session, &err))
		return wk_cli_fail(&err);
	if (!wk_select_plan(&session, &plan, &err)) {
		enum wk_exit code = wk_cli_fail(&err);

		return err.kind == WK_ERR_NONE ? WK_EXIT_NOTHING : code;
	}
	if (!args->against)
		facts = wk_facts_declared(&session.topology);
	else if (!wk_facts_gather(&session.access, wk_now() + FACTS_TIME, &facts, &err))
		return wk_cli_fail(&err);
	if (wk_output_is_json(args))
		print_json(&plan, facts);
	else
		print_plan(&plan, facts);
	cJSON_Delete(facts);
	return WK_EXIT_OK;
}

static const char *const flags[] = {
	"topology", "set", "suites", "against", "only", "skip", "output", "help", NULL};

const struct wk_command wk_command_plan = {
	.name = "plan",
	.operands = "[SUITE|CHECK...|all]",
	.max_operands = WK_MAX_LIST,
	.about = "every check that would run, with the values it will expect",
	.details =
		"Runs nothing. With --against the values that the clusters assign are shown too.",
	.example =
		"wookie-conform plan dns --set clusters.cluster-a.workloads.helloworld.replicas=5",
	.flags = flags,
	.outputs = wk_outputs_answer,
	.run = run,
};
