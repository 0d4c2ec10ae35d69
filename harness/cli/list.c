/* list: suites and checks, faults or variants, without touching anything. */
#include "wookie/cli/output.h"
#include "wookie/cli/session.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static void print_text(const struct wk_catalog *catalog)
{
	for (size_t i = 0; i < catalog->n_suites; i++) {
		const struct wk_suite *suite = &catalog->suites[i];

		(void)printf("%s%s  %s\n", i ? "\n" : "", suite->name, suite->title);
		for (size_t j = 0; j < suite->n_checks; j++)
			(void)printf(
				"  %-44s %s\n", suite->checks[j].full_id, suite->checks[j].title);
	}
}

static cJSON *check_json(const struct wk_check *check)
{
	cJSON *json = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(json, "id", check->full_id);
	(void)cJSON_AddStringToObject(json, "title", check->title);
	(void)cJSON_AddStringToObject(json, "probe", check->probe.kind);
	(void)cJSON_AddStringToObject(json, "for-each", wk_scope_name(check->scope));
	if (check->doc)
		(void)cJSON_AddStringToObject(json, "doc", check->doc);
	if (check->false_alarm.chance > 0)
		(void)cJSON_AddNumberToObject(json, "false-alarm", check->false_alarm.chance);
	return json;
}

static void print_json(const struct wk_catalog *catalog)
{
	cJSON *suites = cJSON_CreateArray();

	for (size_t i = 0; i < catalog->n_suites; i++) {
		const struct wk_suite *suite = &catalog->suites[i];
		cJSON *json = cJSON_CreateObject();
		cJSON *checks = cJSON_AddArrayToObject(json, "checks");

		(void)cJSON_AddStringToObject(json, "suite", suite->name);
		(void)cJSON_AddStringToObject(json, "title", suite->title);
		for (size_t j = 0; j < suite->n_checks; j++)
			(void)cJSON_AddItemToArray(checks, check_json(&suite->checks[j]));
		(void)cJSON_AddItemToArray(suites, json);
	}
	wk_output_answer(suites);
}

static void print_plays(const struct wk_fault plays[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)printf("%-30s %s\n", plays[i].id, plays[i].title);
}

static void print_faults(const struct wk_catalog *catalog)
{
	print_plays(catalog->faults, catalog->n_faults);
}

static void print_variants(const struct wk_catalog *catalog)
{
	print_plays(catalog->variants, catalog->n_variants);
}

static void print_variants_json(const struct wk_catalog *catalog)
{
	cJSON *variants = cJSON_CreateArray();

	for (size_t i = 0; i < catalog->n_variants; i++) {
		cJSON *json = cJSON_CreateObject();

		(void)cJSON_AddStringToObject(json, "variant", catalog->variants[i].id);
		(void)cJSON_AddStringToObject(json, "title", catalog->variants[i].title);
		(void)cJSON_AddItemToArray(variants, json);
	}
	wk_output_answer(variants);
}

static void print_faults_json(const struct wk_catalog *catalog)
{
	cJSON *faults = cJSON_CreateArray();

	for (size_t i = 0; i < catalog->n_faults; i++) {
		const struct wk_fault *fault = &catalog->faults[i];
		cJSON *json = cJSON_CreateObject();
		cJSON *fails = cJSON_AddArrayToObject(json, "fails");

		(void)cJSON_AddStringToObject(json, "fault", fault->id);
		(void)cJSON_AddStringToObject(json, "title", fault->title);
		(void)cJSON_AddStringToObject(json, "cause", fault->cause);
		for (size_t j = 0; j < fault->n_fails; j++)
			(void)cJSON_AddItemToArray(
				fails, cJSON_CreateString(fault->fails[j].check));
		(void)cJSON_AddItemToArray(faults, json);
	}
	wk_output_answer(faults);
}

/* What is listed, and how. */
static const struct {
	const char *name;
	void (*text)(const struct wk_catalog *catalog);
	void (*json)(const struct wk_catalog *catalog);
} lists[] = {
	{"checks", print_text, print_json},
	{"faults", print_faults, print_faults_json},
	{"variants", print_variants, print_variants_json},
};

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};

	const char *what = args->n_operands > 0 ? args->operands[0] : lists[0].name;
	size_t at = 0;

	while (at < WK_COUNT(lists) && strcmp(lists[at].name, what) != 0)
		at++;
	if (at == WK_COUNT(lists))
		(void)wk_err_set(&err, WK_ERR_INPUT,
			"list: expected 'checks', 'faults' or 'variants', found '%.80s'", what);
	if (at == WK_COUNT(lists) || !wk_session_init(&session, args, WK_PATHS_DATA, &err) ||
		!wk_session_catalog(&session, &err))
		return wk_cli_fail(&err);
	(wk_output_is_json(args) ? lists[at].json : lists[at].text)(&session.catalog);
	return WK_EXIT_OK;
}

static const char *const flags[] = {"suites", "output", "help", NULL};

const struct wk_command wk_command_list = {
	.name = "list",
	.operands = "[checks|faults|variants]",
	.max_operands = 1,
	.about = "the suites and their checks, the faults, or the variants",
	.example = "wookie-conform list --output json",
	.flags = flags,
	.outputs = wk_outputs_answer,
	.run = run,
};
