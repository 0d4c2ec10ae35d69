/* plan: every check that would run, with the values it will expect; marks nothing as passed. */
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

static void print_expectation(const struct wk_expectation *e, const cJSON *vars)
{
	struct wk_err err = {0};
	cJSON *value = NULL;
	char *text;

	(void)printf("      %s\n", e->that);
	if (!e->equals) {
		(void)puts("        must hold");
		return;
	}
	if (!wk_jq_eval(e->equals, NULL, vars, &value, &err) || has_null(value)) {
		(void)printf("        expects %s, known once the mesh is up\n", e->equals);
		cJSON_Delete(value);
		return;
	}
	text = cJSON_PrintUnformatted(value);
	(void)printf("        expects %s, from %s\n", text, e->equals);
	cJSON_free(text);
	cJSON_Delete(value);
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

	if (!wk_session_init(&session, args, &err) || !wk_session_catalog(&session, &err))
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
	print_plan(&plan, facts);
	cJSON_Delete(facts);
	return WK_EXIT_OK;
}

static const char *const flags[] = {
	"topology", "set", "suites", "against", "only", "skip", "help", NULL};

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
	.run = run,
};
