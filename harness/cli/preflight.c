/* preflight: tries what this machine must be able to do, one line each, with the fix. */
#include "wookie/cli/output.h"
#include "wookie/cli/session.h"

#include <cjson/cJSON.h>
#include <stdio.h>

static const char *state_of(const struct wk_preflight_result *result)
{
	if (result->ok)
		return "ok";
	return result->needed ? "missing" : "warning";
}

static void print_text(const struct wk_preflight_result results[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct wk_preflight_result *r = &results[i];

		(void)printf("%-8s %-28s %s\n", state_of(r), r->what, r->found);
		if (!r->ok)
			(void)printf("         %-28s fix: %s\n", "", r->fix);
	}
}

static void print_json(const struct wk_preflight_result results[], size_t n, enum wk_exit code)
{
	cJSON *answer = cJSON_CreateObject();
	cJSON *needs = cJSON_AddArrayToObject(answer, "needs");

	(void)cJSON_AddNumberToObject(answer, "exit", code);
	for (size_t i = 0; i < n; i++) {
		const struct wk_preflight_result *r = &results[i];
		cJSON *need = cJSON_CreateObject();

		(void)cJSON_AddStringToObject(need, "what", r->what);
		(void)cJSON_AddStringToObject(need, "state", state_of(r));
		(void)cJSON_AddStringToObject(need, "found", r->found);
		(void)cJSON_AddItemToObject(
			need, "fix", r->ok ? cJSON_CreateNull() : cJSON_CreateString(r->fix));
		(void)cJSON_AddItemToArray(needs, need);
	}
	wk_output_answer(answer);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_preflight_result results[WK_PREFLIGHT_MAX];
	struct wk_err err = {0};
	enum wk_exit code = WK_EXIT_OK;
	size_t n;

	if (!wk_session_init(&session, args, WK_PATHS_DATA, &err))
		return wk_cli_fail(&err);
	n = wk_native_preflight(session.paths.state, session.paths.cache, results);
	for (size_t i = 0; i < n; i++)
		if (!results[i].ok && results[i].needed)
			code = WK_EXIT_ENVIRONMENT;
	if (wk_output_is_json(args))
		print_json(results, n, code);
	else
		print_text(results, n);
	return code;
}

static const char *const flags[] = {"output", "verbose", "help", NULL};

const struct wk_command wk_command_preflight = {
	.name = "preflight",
	.operands = "",
	.about = "try what this machine must be able to do",
	.details = "Exits 3 when something that is needed is missing.",
	.example = "wookie-conform preflight",
	.flags = flags,
	.outputs = wk_outputs_answer,
	.run = run,
};
