#ifndef WOOKIE_CLI_SUSPECTS_H
#define WOOKIE_CLI_SUSPECTS_H

#include "wookie/cli/session.h"

/* Keeps with the mesh what it is like now that all is well. */
bool wk_cli_remember(struct wk_session *session, struct wk_err *err) WK_MUST_CHECK;
/* What is different since then, and of whom that is not known. */
struct wk_changes {
	struct cJSON *list;
	struct cJSON *silent; /* ["cluster-b: it did not answer in time"] */
};

void wk_changes_finish(struct wk_changes *changes);
/* What is different and lies nearest to the way of what fails: the `suspect` events of
 * wookie/model/event.h. None where nothing was kept. `scopes`: of the checks that are red; `time`: to
 * ask the clusters. */
bool wk_cli_suspects(struct wk_session *session, const struct cJSON *scopes, wk_nsec time,
	struct wk_changes *ret, struct wk_err *err) WK_MUST_CHECK;
/* All of it, nearest first, with `before`, `after`, what makes the one into the other (`patch`) and
 * `follows`: what comes of another change by itself. */
bool wk_cli_changes(struct wk_session *session, const struct cJSON *scopes, wk_nsec time,
	struct wk_changes *ret, struct wk_err *err) WK_MUST_CHECK;
/* The same as events, for the checks that the log so far says are red. Where no other cause was
 * named, the nearest is the cause. */
bool wk_cli_tell_suspects(
	struct wk_session *session, const char *log, bool caused, struct wk_err *err) WK_MUST_CHECK;

#endif
