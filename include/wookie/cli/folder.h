#ifndef WOOKIE_CLI_FOLDER_H
#define WOOKIE_CLI_FOLDER_H

#include "wookie/cli/session.h"

struct cJSON;

/* What a command that checks a mesh leaves behind: a folder below reports/ with the event log, and
 * the reports made from it at the end. Zero is a valid empty folder. */
struct wk_folder {
	char id[16];
	char *dir; /* "reports/2026-11-22-7f3a" */
	char *log;
	size_t keep; /* so many folders of runs, this one among them; 0: all */
};

/* How it ended, besides what steps and checks say. */
struct wk_ending {
	bool interrupted;
	struct wk_err trouble; /* why checks could not be run; kind WK_ERR_NONE where they could */
	char *leftover;        /* what teardown could not remove, or NULL; owned */
};

/* A new folder, to which reports/latest then points, and the session's event log in it. The console
 * moves to standard error where standard output is another format's. */
bool wk_folder_open(
	struct wk_session *session, struct wk_folder *ret, struct wk_err *err) WK_MUST_CHECK;
/* The `run` event, for the caller to complete and add. */
struct cJSON *wk_folder_run(
	const struct wk_session *session, const struct wk_folder *folder, const char *mesh);
/* The `end` event; and the mesh that was not kept is down. */
void wk_folder_end(const struct wk_session *session, const struct wk_ending *ending);
/* All reports, from the log alone; the exit code is theirs. */
enum wk_exit wk_folder_reports(const struct wk_session *session, const struct wk_folder *folder);
/* Where the reports are, and which mesh is still up. */
void wk_folder_where(
	const struct wk_session *session, const struct wk_folder *folder, const char *mesh);
void wk_folder_finish(struct wk_folder *folder);

#endif
