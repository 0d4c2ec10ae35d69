/* diagnose: the setup's troubleshooting questions, asked of a mesh that is up, and a bundle of it. */
#include "wookie/base/deliver.h"
#include "wookie/base/file.h"
#include "wookie/cli/bundle.h"
#include "wookie/cli/injected.h"
#include "wookie/cli/suspects.h"
#include "wookie/proc/interrupt.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* Of 20 s in all; the bundle comes after. */
#define ASK_TIME (16 * WK_SEC)
#define COMPARE_TIME (WK_SEC + WK_SEC / 2)

/* "reports/diagnose-mine-2026-11-22-7f3a.tar.gz"; the caller frees. */
static char *bundle_path(const char *mesh)
{
	char id[16];

	wk_output_id(id);
	return wk_xasprintf("reports/diagnose-%s-%s.tar.gz", mesh, id);
}

static void print_json(const struct cJSON *answers, const char *bundle)
{
	cJSON *answer = cJSON_Duplicate(answers, true);

	if (bundle)
		(void)cJSON_AddStringToObject(answer, "bundle", bundle);
	wk_output_answer(answer);
}

static void print_text(const struct wk_args *args, const struct cJSON *answers, const char *bundle)
{
	const struct wk_console_options options = {
		.out = stdout, .color = wk_output_color(args), .verbose = args->verbose};
	const char *injected =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answers, "injected"));

	if (injected)
		(void)printf("%s\n", injected);
	wk_diagnosis_print(answers, &options);
	if (bundle)
		(void)printf("bundle   %s\n", bundle);
}

/* What is different since all was well, where something is not. */
static bool add_suspects(struct wk_session *session, cJSON *answers, struct wk_err *err)
{
	cJSON *scopes = cJSON_CreateArray();
	struct wk_changes changes = {0};
	const cJSON *row;

	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(answers, "rows"))
	{
		const char *state = cJSON_GetObjectItemCaseSensitive(row, "state")->valuestring;
		const char *scope =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "for"));

		if (scope && (strcmp(state, "not ok") == 0 || strcmp(state, "unknown") == 0))
			(void)cJSON_AddItemToArray(scopes, cJSON_CreateString(scope));
	}
	if (session->mesh && scopes->child && wk_now() < session->deadline &&
		!wk_cli_suspects(session, scopes,
			wk_earlier(COMPARE_TIME, session->deadline - wk_now()), &changes, err)) {
		if (err->kind != WK_ERR_INTERRUPTED)
			(void)wk_cli_fail(err);
	}
	cJSON_Delete(scopes);
	(void)cJSON_AddItemToObject(
		answers, "suspects", changes.list ? WK_TAKE(changes.list) : cJSON_CreateArray());
	if (changes.silent && changes.silent->child)
		(void)cJSON_AddItemToObject(answers, "notCompared", WK_TAKE(changes.silent));
	wk_changes_finish(&changes);
	return err->kind != WK_ERR_INTERRUPTED;
}

/* What was not answered for want of time is told as that, and not as the mesh's doing. */
static void tell_time(const struct wk_session *session, const cJSON *answers)
{
	const cJSON *code = cJSON_GetObjectItemCaseSensitive(answers, "exit");
	struct wk_err late = {0};

	if (wk_now() < session->deadline || code->valueint == WK_EXIT_OK)
		return;
	(void)wk_err_set(&late, WK_ERR_TIMEOUT,
		WK_TIME_OVER ": what it does not know was not answered by then");
	(void)wk_cli_fail(&late);
}

static enum wk_exit answer(struct wk_session *session, const char *mesh)
{
	struct wk_diagnosis WK_AUTO(wk_diagnosis_finish) diagnosis = {0};
	WK_AUTOFREE char *path = bundle_path(mesh);
	const char *injected = session->mesh ? wk_injected_line(session, mesh) : NULL;
	struct wk_err err = {0};
	const cJSON *code;
	bool kept;

	if (!wk_mkdir_p("reports", 0755, &err) || !wk_deliver_check(path, &err) ||
		!wk_cli_ask(session, mesh, wk_earlier(wk_now() + ASK_TIME, session->deadline),
			session->deadline, &diagnosis, &err))
		return wk_cli_fail(&err);
	if (injected)
		(void)cJSON_AddStringToObject(diagnosis.answers, "injected", injected);
	if (!add_suspects(session, diagnosis.answers, &err))
		return wk_cli_fail(&err);
	tell_time(session, diagnosis.answers);
	err = (struct wk_err){0};
	kept = wk_cli_bundle(session, mesh, &diagnosis, path, &err);
	if (wk_output_is_json(session->args))
		print_json(diagnosis.answers, kept ? path : NULL);
	else
		print_text(session->args, diagnosis.answers, kept ? path : NULL);
	if (!kept)
		return wk_cli_fail(&err);
	code = cJSON_GetObjectItemCaseSensitive(diagnosis.answers, "exit");
	return (enum wk_exit)code->valueint;
}

/* One that is up, or the clusters that --context names. */
static bool find_mesh(struct wk_session *session, const char **ret, struct wk_err *err)
{
	if (session->args->contexts.n > 0) {
		if (!wk_session_topology(session, err) || !wk_session_reach(session, err))
			return false;
		*ret = session->topology.name;
		return true;
	}
	*ret = wk_session_pick(session, err);
	return *ret && wk_session_attach(session, *ret, err);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	const char *mesh = NULL;

	if (!wk_session_init(
		    &session, args, args->contexts.n ? WK_PATHS_DATA : WK_PATHS_STATE, &err) ||
		!wk_session_catalog(&session, &err) || !find_mesh(&session, &mesh, &err))
		return wk_cli_fail(&err);
	wk_interrupt_catch();
	return answer(&session, mesh);
}

static const char *const flags[] = {"topology", "set", "suites", "name", "context", "kubeconfig",
	"timeout", "output", "color", "verbose", "help", NULL};

const struct wk_command wk_command_diagnose = {
	.name = "diagnose",
	.operands = "",
	.about = "answer the troubleshooting questions of a mesh that is up, and bundle its state",
	.details =
		"Asks every question once, at most 20 s in all or --timeout, and changes nothing. "
		"The bundle in "
		"reports/ is\n"
		"redacted and bounded, to be sent to somebody. Exits 0: all is well, 1: something "
		"is not, 3:\n"
		"something could not be asked.",
	.example = "wookie-conform diagnose --name mine",
	.flags = flags,
	.outputs = wk_outputs_answer,
	.root = true,
	.run = run,
};
