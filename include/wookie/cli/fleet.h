#ifndef WOOKIE_CLI_FLEET_H
#define WOOKIE_CLI_FLEET_H

#include "wookie/cli/session.h"

struct cJSON;

/* Several meshes side by side, each in a process of its own that is killed with this one. */
struct wk_fleet {
	struct wk_session *session;
	size_t n;
	/* In process `number` (from 1): its events come to this process one by one. */
	void (*work)(void *context, size_t number, struct wk_events *events);
	/* Called with each of them before it is added to the session's log. */
	void (*event)(void *context, size_t number, struct cJSON *event);
	void *context;
};

/* Returns when all have ended; false when interrupted, or when one crashed. */
bool wk_fleet_run(const struct wk_fleet *fleet, struct wk_err *err) WK_MUST_CHECK;

#endif
