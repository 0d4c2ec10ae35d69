#ifndef WOOKIE_CLI_INJECTED_H
#define WOOKIE_CLI_INJECTED_H

#include "wookie/cli/session.h"

/* What a proof that was killed left in a mesh that was kept. */

/* The file that says so (wookie/fault/fault.h: wk_undo_keep()); lives as long as the session. */
const char *wk_injected_file(const struct wk_session *session, const char *mesh);
/* One line for people: which fault, since when, and the command that takes it back. NULL where nothing is
 * injected; lives as long as the session. */
const char *wk_injected_line(const struct wk_session *session, const char *mesh);

#endif
