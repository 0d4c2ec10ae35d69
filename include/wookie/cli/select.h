#ifndef WOOKIE_CLI_SELECT_H
#define WOOKIE_CLI_SELECT_H

#include "wookie/cli/session.h"

/* The plan of the suites in the operands, narrowed by --only, --skip and --rerun-failed, its
 * expressions verified. Nothing selected is an error of kind WK_ERR_NONE that lists the suites: the
 * caller exits with WK_EXIT_NOTHING. */
bool wk_select_plan(
	struct wk_session *session, struct wk_plan *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
