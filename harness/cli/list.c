/* list: suites and checks, without touching anything. */
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
	return json;
}

static void print_json(const struct wk_catalog *catalog)
{
	cJSON *suites = cJSON_CreateArray();
	char *text;

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
	text = cJSON_Print(suites);
	(void)puts(text);
	cJSON_free(text);
	cJSON_Delete(suites);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};

	if (!wk_session_init(&session, args, &err) || !wk_session_catalog(&session, &err))
		return wk_cli_fail(&err);
	strcmp(args->output, "json") == 0 ? print_json(&session.catalog)
					  : print_text(&session.catalog);
	return WK_EXIT_OK;
}

static const char *const flags[] = {"output", "help", NULL};

const struct wk_command wk_command_list = {
	.name = "list",
	.operands = "",
	.about = "the suites and their checks",
	.example = "wookie-conform list --output json",
	.flags = flags,
	.run = run,
};
