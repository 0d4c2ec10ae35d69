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
#include "wookie/report/results.h"
#include "wookie/suspect/suspect.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define TIME (15 * WK_SEC)
/* At the end of a red run somebody waits; an API server that has not answered by then hangs. */
#define RED_TIME (5 * WK_SEC)
#define SHOWN 3

static char *snapshot_file(const struct wk_session *session)
{
	return wk_xasprintf("%s.green", wk_mesh_topology(session->mesh));
}

static bool take(struct wk_session *session, wk_nsec time, cJSON **ret, struct wk_err *err)
{
	const struct wk_snapshot_job job = {
		.access = &session->access,
		.component_pid = wk_session_component_pid,
		.context = session,
		.deadline = wk_now() + time,
	};

	return wk_snapshot_take(&job, ret, err);
}

bool wk_cli_remember(struct wk_session *session, struct wk_err *err)
{
	WK_AUTOFREE char *file = snapshot_file(session);
	cJSON *snapshot = NULL;
	bool ok;

	if (!take(session, TIME, &snapshot, err))
		return false;
	ok = wk_snapshot_write(snapshot, file, err);
	cJSON_Delete(snapshot);
	return ok;
}

static void add_command(struct wk_session *session, cJSON *change)
{
	const char *cluster = cJSON_GetObjectItemCaseSensitive(change, "cluster")->valuestring;
	const cJSON *before = cJSON_GetObjectItemCaseSensitive(change, "before");
	const cJSON *after = cJSON_GetObjectItemCaseSensitive(change, "after");
	WK_AUTOFREE char *command = wk_suspect_command(change, wk_mesh_name(session->mesh),
		wk_session_component_pid(session, cluster, "kubelet"));
	cJSON *patch = before && after ? wk_suspect_patch(after, before) : NULL;

	if (command)
		(void)cJSON_AddStringToObject(change, "command", command);
	if (patch)
		(void)cJSON_AddItemToObject(change, "patch", patch);
}

static void shorten(cJSON *changes)
{
	static const char *const whole[] = {"before", "after", "patch", "follows"};
	cJSON *change;

	while (cJSON_GetArraySize(changes) > SHOWN)
		cJSON_DeleteItemFromArray(changes, SHOWN);
	cJSON_ArrayForEach(change, changes)
	{
		for (size_t i = 0; i < WK_COUNT(whole); i++)
			cJSON_DeleteItemFromObjectCaseSensitive(change, whole[i]);
	}
	wk_redact(changes);
}

/* Of a cluster that is not in both looks nothing is known: that is not to be taken for "nothing changed". */
static cJSON *find_silent(const cJSON *before, const cJSON *after)
{
	cJSON *silent = cJSON_CreateArray();
	const cJSON *looks[] = {before, after};

	for (size_t i = 0; i < WK_COUNT(looks); i++) {
		const cJSON *cluster;

		cJSON_ArrayForEach(cluster, cJSON_GetObjectItemCaseSensitive(looks[i], "clusters"))
		{
			const char *why = cJSON_GetStringValue(
				cJSON_GetObjectItemCaseSensitive(cluster, "trouble"));

			if (cJSON_GetObjectItemCaseSensitive(cluster, "objects"))
				continue;
			WK_AUTOFREE char *text = wk_xasprintf("%s%s: %s", cluster->string,
				i == 0 ? ", when all was well" : "",
				why ? why : "it did not answer");

			(void)cJSON_AddItemToArray(silent, cJSON_CreateString(text));
		}
	}
	return silent;
}

/* Compares what was kept with what is now. */
static bool compare(struct wk_session *session, const cJSON *scopes, const cJSON *before,
	wk_nsec time, struct wk_changes *ret, struct wk_err *err)
{
	struct wk_suspect_path path = {.scopes = scopes};
	cJSON *after = NULL;
	cJSON *change;
	cJSON *facts;

	if (!take(session, time, &after, err))
		return false;
	facts = wk_facts_declared(&session->topology);
	path.facts = facts;
	path.snapshot = after;
	ret->list = wk_suspect_differ(before, after);
	ret->silent = find_silent(before, after);
	wk_suspect_weigh(ret->list, &path);
	cJSON_ArrayForEach(change, ret->list) add_command(session, change);
	cJSON_Delete(facts);
	cJSON_Delete(after);
	return true;
}

bool wk_cli_changes(struct wk_session *session, const cJSON *scopes, wk_nsec time,
	struct wk_changes *ret, struct wk_err *err)
{
	WK_AUTOFREE char *file = snapshot_file(session);
	cJSON *before = NULL;
	bool ok;

	if (!wk_path_exists(file)) {
		*ret = (struct wk_changes){cJSON_CreateArray(), cJSON_CreateArray()};
		return true;
	}
	if (!wk_snapshot_read(file, &before, err))
		return false;
	ok = compare(session, scopes, before, time, ret, err);
	cJSON_Delete(before);
	return ok;
}

void wk_changes_finish(struct wk_changes *changes)
{
	cJSON_Delete(changes->list);
	cJSON_Delete(changes->silent);
	*changes = (struct wk_changes){0};
}

bool wk_cli_suspects(struct wk_session *session, const cJSON *scopes, wk_nsec time,
	struct wk_changes *ret, struct wk_err *err)
{
	if (!wk_cli_changes(session, scopes, time, ret, err))
		return false;
	shorten(ret->list);
	return true;
}

static bool add_scope(void *scopes, const cJSON *event)
{
	const char *verdict = wk_event_text(event, "verdict");
	const char *scope = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "for"));

	if (scope && (strcmp(verdict, "fail") == 0 || strcmp(verdict, "error") == 0))
		(void)cJSON_AddItemToArray(scopes, cJSON_CreateString(scope));
	return true;
}

/* Where the checks of a log that did not pass go. */
static cJSON *red_scopes(const char *log)
{
	cJSON *scopes = cJSON_CreateArray();

	wk_log_events(log, WK_EVENT_CHECK, add_scope, scopes);
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
	struct wk_changes changes = {0};
	bool ok = wk_cli_suspects(session, scopes, RED_TIME, &changes, err);

	if (ok && changes.list->child && !caused)
		add_cause(session, changes.list->child, scopes);
	while (ok && changes.list->child) {
		cJSON *event = cJSON_DetachItemFromArray(changes.list, 0);

		(void)cJSON_AddStringToObject(event, "event", WK_EVENT_SUSPECT);
		(void)cJSON_AddStringToObject(event, "code", WK_SUSPECT_CODE);
		wk_events_add(session->events, event);
	}
	if (ok && changes.silent->child)
		ok = wk_err_set(err, WK_ERR_REMOTE,
			"what was changed is not known of %s (%.0f s are given to it at the end of "
			"a run; "
			"'wookie-conform diagnose' asks again)",
			changes.silent->child->valuestring, wk_seconds(RED_TIME));
	wk_changes_finish(&changes);
	cJSON_Delete(scopes);
	return ok;
}
