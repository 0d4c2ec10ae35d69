#ifndef WOOKIE_CLI_SUSPECTS_H
#define WOOKIE_CLI_SUSPECTS_H

#include "wookie/cli/session.h"

/* Keeps with the mesh what it is like now that all is well. */
bool wk_cli_remember(struct wk_session *session, struct wk_err *err) WK_MUST_CHECK;
/* What is different since then and lies nearest to the way of what fails: the `suspect` events of
 * wookie/model/event.h. None where nothing was kept. `scopes`: of the checks that are red. */
bool wk_cli_suspects(struct wk_session *session, const struct cJSON *scopes, wk_nsec deadline,
	struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* The same as events, for the checks that the log so far says are red. Where no other cause was
 * named, the nearest is the cause. */
bool wk_cli_tell_suspects(
	struct wk_session *session, const char *log, bool caused, struct wk_err *err) WK_MUST_CHECK;

#endif
