/*
 * Suspects
 *
 * A mesh that is kept keeps what it was like when all was well; what is red later is held against
 * that.
 */
#include "wookie/cli/suspects.h"

#include "wookie/base/file.h"
#include "wookie/mesh/facts.h"
#include "wookie/probe/redact.h"
#include "wookie/report/change.h"
#include "wookie/suspect/suspect.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define TIME (4 * WK_SEC)
#define SHOWN 3
#define MAX_LOG ((size_t)256 * 1024 * 1024)

static char *snapshot_file(const struct wk_session *session)
{
	return wk_xasprintf("%s.green", wk_mesh_topology(session->mesh));
}

static bool take(struct wk_session *session, wk_nsec deadline, cJSON **ret, struct wk_err *err)
{
	const struct wk_snapshot_job job = {
		.access = &session->access,
		.component_pid = wk_session_component_pid,
		.context = session,
		.deadline = deadline,
	};

	return wk_snapshot_take(&job, ret, err);
}

bool wk_cli_remember(struct wk_session *session, struct wk_err *err)
{
	WK_AUTOFREE char *file = snapshot_file(session);
	cJSON *snapshot = NULL;
	bool ok;

	if (!take(session, wk_now() + TIME, &snapshot, err))
		return false;
	ok = wk_snapshot_write(snapshot, file, err);
	cJSON_Delete(snapshot);
	return ok;
}

static void shorten(cJSON *changes, struct wk_session *session)
{
	cJSON *change;

	while (cJSON_GetArraySize(changes) > SHOWN)
		cJSON_DeleteItemFromArray(changes, SHOWN);
	cJSON_ArrayForEach(change, changes)
	{
		const char *cluster =
			cJSON_GetObjectItemCaseSensitive(change, "cluster")->valuestring;
		WK_AUTOFREE char *command = wk_suspect_command(change, wk_mesh_name(session->mesh),
			wk_session_component_pid(session, cluster, "kubelet"));

		if (command)
			(void)cJSON_AddStringToObject(change, "command", command);
		cJSON_DeleteItemFromObjectCaseSensitive(change, "before");
		cJSON_DeleteItemFromObjectCaseSensitive(change, "after");
	}
	wk_redact(changes);
}

bool wk_cli_suspects(struct wk_session *session, const cJSON *scopes, wk_nsec deadline, cJSON **ret,
	struct wk_err *err)
{
	WK_AUTOFREE char *file = snapshot_file(session);
	struct wk_suspect_path path = {.scopes = scopes};
	cJSON *before = NULL;
	cJSON *after = NULL;
	cJSON *facts;

	if (!wk_path_exists(file)) {
		*ret = cJSON_CreateArray();
		return true;
	}
	if (!wk_snapshot_read(file, &before, err))
		return false;
	if (!take(session, deadline, &after, err)) {
		cJSON_Delete(before);
		return false;
	}
	facts = wk_facts_declared(&session->topology);
	path.facts = facts;
	path.snapshot = after;
	*ret = wk_suspect_differ(before, after);
	wk_suspect_weigh(*ret, &path);
	shorten(*ret, session);
	cJSON_Delete(facts);
	cJSON_Delete(after);
	cJSON_Delete(before);
	return true;
}

static void add_scope(cJSON *scopes, const char *line)
{
	cJSON *event = cJSON_Parse(line);
	const char *verdict =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "verdict"));
	const char *scope = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "for"));

	if (verdict && scope && (strcmp(verdict, "fail") == 0 || strcmp(verdict, "error") == 0))
		(void)cJSON_AddItemToArray(scopes, cJSON_CreateString(scope));
	cJSON_Delete(event);
}

/* Where the checks of a log that did not pass go. */
static cJSON *red_scopes(const char *log)
{
	cJSON *scopes = cJSON_CreateArray();
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_LOG);
	struct wk_err ignored;
	char *save = NULL;

	if (!wk_file_read(log, MAX_LOG, &text, &ignored) || !text.data)
		return scopes;
	for (char *line = strtok_r(text.data, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save))
		if (strstr(line, "\"verdict\""))
			add_scope(scopes, line);
	return scopes;
}

static void add_cause(struct wk_session *session, const cJSON *nearest, const cJSON *scopes)
{
	const struct wk_cause *cause = wk_catalog_cause(&session->catalog, WK_SUSPECT_CODE);
	const char *command =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(nearest, "command"));
	WK_AUTOFREE char *title = wk_change_text(nearest);
	cJSON *event;
	int n = cJSON_GetArraySize(scopes);

	if (!cause)
		return;
	event = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_CAUSE);
	(void)cJSON_AddStringToObject(event, "code", cause->code);
	(void)cJSON_AddStringToObject(event, "title", title);
	(void)cJSON_AddStringToObject(event, "meaning", cause->meaning);
	(void)cJSON_AddStringToObject(event, "fix", command ? command : cause->fix);
	(void)cJSON_AddNumberToObject(event, "explains", n);
	(void)cJSON_AddNumberToObject(event, "of", n);
	(void)cJSON_AddArrayToObject(event, "also");
	wk_events_add(session->events, event);
}

bool wk_cli_tell_suspects(
	struct wk_session *session, const char *log, bool caused, struct wk_err *err)
{
	cJSON *scopes = red_scopes(log);
	cJSON *changes = NULL;
	bool ok = wk_cli_suspects(session, scopes, wk_now() + TIME, &changes, err);

	if (ok && changes->child && !caused)
		add_cause(session, changes->child, scopes);
	while (ok && changes->child) {
		cJSON *event = cJSON_DetachItemFromArray(changes, 0);

		(void)cJSON_AddStringToObject(event, "event", WK_EVENT_SUSPECT);
		(void)cJSON_AddStringToObject(event, "code", WK_SUSPECT_CODE);
		wk_events_add(session->events, event);
	}
	cJSON_Delete(changes);
	cJSON_Delete(scopes);
	return ok;
}
