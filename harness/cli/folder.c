/*
 * The folder of a run
 *
 * From its first line on everything that happens is an event, and the reports and the exit code are
 * made from the event log alone, at the very end: what a person saw, what a file says and what the
 * shell gets cannot differ.
 */
#include "wookie/cli/folder.h"

#include "wookie/base/file.h"
#include "wookie/cli/injected.h"
#include "wookie/cli/output.h"
#include "wookie/cli/prune.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_TRIES 1000

/* A folder that nobody else made: mkdir() decides, not a look before it. */
static bool make_folder(struct wk_folder *folder, struct wk_err *err)
{
	int made = -1;

	if (!wk_mkdir_p("reports", 0755, err))
		return false;
	for (int i = 0; made < 0 && i < MOST_TRIES; i++) {
		free(folder->dir);
		wk_output_id(folder->id);
		folder->dir = wk_xasprintf("reports/%s", folder->id);
		made = mkdir(folder->dir, 0755);
		if (made < 0 && errno != EEXIST)
			return wk_err_sys(err, errno, "create folder '%s'", folder->dir);
	}
	if (made < 0)
		return wk_err_set(err, WK_ERR_SYSTEM,
			"no name is free for a new folder in 'reports'; move old ones away");
	folder->log = wk_xasprintf("%s/events.jsonl", folder->dir);
	return true;
}

/* reports/latest points at the newest run; replaced by rename, so that it always points somewhere.
 * What is no link was put there by somebody else and stays. */
static void point_latest(const struct wk_folder *folder)
{
	WK_AUTOFREE char *tmp = wk_xasprintf("reports/.latest-%s", folder->id);
	struct stat st;

	if (lstat("reports/latest", &st) == 0 && !S_ISLNK(st.st_mode))
		return;
	if (symlink(folder->id, tmp) == 0 && rename(tmp, "reports/latest") != 0)
		(void)unlink(tmp);
}

static FILE *console_stream(const struct wk_session *session)
{
	return strcmp(session->args->output, "text") == 0 ? stdout : stderr;
}

bool wk_folder_open(struct wk_session *session, struct wk_folder *ret, struct wk_err *err)
{
	if (!wk_prune_setting(&ret->keep, err) || !make_folder(ret, err) ||
		!wk_session_events(session, ret->log, console_stream(session), err))
		return false;
	point_latest(ret);
	return true;
}

static cJSON *own_entry(cJSON *list, const char *path)
{
	cJSON *entry;

	cJSON_ArrayForEach(entry, list)
	{
		if (strcmp(cJSON_GetObjectItemCaseSensitive(entry, "path")->valuestring, path) == 0)
			return cJSON_GetObjectItemCaseSensitive(entry, "suites");
	}
	entry = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(entry, "path", path);
	(void)cJSON_AddItemToArray(list, entry);
	return cJSON_AddArrayToObject(entry, "suites");
}

/* Whose suites were taken. */
static cJSON *sources(const struct wk_session *session)
{
	const struct wk_catalog *catalog = &session->catalog;
	cJSON *json = cJSON_CreateObject();
	cJSON *own;

	(void)cJSON_AddStringToObject(json, "data", session->paths.data);
	own = cJSON_AddArrayToObject(json, "own");
	for (size_t i = 0; i < catalog->n_suites; i++)
		if (catalog->suites[i].own)
			(void)cJSON_AddItemToArray(own_entry(own, catalog->suites[i].own),
				cJSON_CreateString(catalog->suites[i].name));
	return json;
}

struct cJSON *wk_folder_run(
	const struct wk_session *session, const struct wk_folder *folder, const char *mesh)
{
	const struct wk_args *args = session->args;
	const char *injected = args->against ? wk_injected_line(session, mesh) : NULL;
	cJSON *event = cJSON_CreateObject();
	cJSON *argv;

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_RUN);
	(void)cJSON_AddStringToObject(event, "id", folder->id);
	(void)cJSON_AddStringToObject(event, "version", WK_VERSION);
	argv = cJSON_AddArrayToObject(event, "argv");
	for (size_t i = 0; i < args->n_argv; i++)
		(void)cJSON_AddItemToArray(argv, cJSON_CreateString(args->argv[i]));
	(void)cJSON_AddStringToObject(event, "mesh", mesh);
	(void)cJSON_AddItemToObject(event, "topology", wk_event_topology(&session->topology));
	(void)cJSON_AddItemToObject(event, "sources", sources(session));
	(void)cJSON_AddBoolToObject(event, "strict", args->strict);
	(void)cJSON_AddStringToObject(event, "dir", folder->dir);
	if (injected)
		(void)cJSON_AddStringToObject(event, "injected", injected);
	return event;
}

static enum wk_exit exit_of(const struct wk_ending *ending)
{
	if (ending->interrupted)
		return WK_EXIT_INTERRUPTED;
	if (!ending->trouble.kind)
		return WK_EXIT_OK;
	return ending->trouble.kind == WK_ERR_INPUT ? WK_EXIT_USAGE : WK_EXIT_ENVIRONMENT;
}

void wk_folder_end(const struct wk_session *session, const struct wk_ending *ending)
{
	cJSON *event = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_END);
	(void)cJSON_AddNumberToObject(event, "exit", exit_of(ending));
	(void)cJSON_AddBoolToObject(event, "interrupted", ending->interrupted);
	if (ending->trouble.kind)
		(void)cJSON_AddStringToObject(event, "reason", ending->trouble.msg);
	if (ending->leftover) {
		cJSON *list = cJSON_AddArrayToObject(event, "leftover");

		(void)cJSON_AddItemToArray(list, cJSON_CreateString(ending->leftover));
	}
	wk_events_add(session->events, event);
	wk_session_settle(session);
}

enum wk_exit wk_folder_reports(const struct wk_session *session, const struct wk_folder *folder)
{
	struct wk_results *WK_AUTO(wk_results_free) results = NULL;
	struct wk_err err = {0};
	enum wk_exit code;
	enum wk_exit written[3];

	if (!wk_events_ok(session->events, &err) || !wk_results_read(folder->log, &results, &err))
		return wk_cli_fail(&err);
	code = wk_results_exit(results);
	written[0] = wk_output_folder(folder->dir, results);
	written[1] = wk_output_files(session->args, results);
	written[2] = wk_output_stdout(session->args, results);
	for (size_t i = 0; i < WK_COUNT(written); i++)
		if (code == WK_EXIT_OK && written[i] != WK_EXIT_OK)
			code = WK_EXIT_ENVIRONMENT;
	return code;
}

void wk_folder_where(
	const struct wk_session *session, const struct wk_folder *folder, const char *mesh)
{
	FILE *out = console_stream(session);

	size_t removed = wk_prune_reports(folder->keep, folder->id);

	(void)fprintf(out, "reports in %s\n", folder->dir);
	if (removed)
		(void)fprintf(out, "removed %zu older reports (WOOKIE_KEEP_REPORTS)\n", removed);
	if (session->mesh && !session->args->against)
		(void)fprintf(
			out, "mesh '%s' is still up: wookie-conform down --name %s\n", mesh, mesh);
}

void wk_folder_finish(struct wk_folder *folder)
{
	free(folder->dir);
	free(folder->log);
}
