#ifndef WOOKIE_CLI_BUNDLE_H
#define WOOKIE_CLI_BUNDLE_H

#include "wookie/cli/output.h"
#include "wookie/cli/session.h"
#include "wookie/diagnose/diagnose.h"

/* Asks the mesh of a session, with what the provider knows of its nodes. `deadline` and `latest`: as in
 * struct wk_diagnose. */
bool wk_cli_ask(struct wk_session *session, const char *mesh, wk_nsec deadline, wk_nsec latest,
	struct wk_diagnosis *ret, struct wk_err *err) WK_MUST_CHECK;
/* Writes answers, evidence, topology, versions and the logs of the nodes to `path`. */
bool wk_cli_bundle(struct wk_session *session, const char *mesh,
	const struct wk_diagnosis *diagnosis, const char *path, struct wk_err *err) WK_MUST_CHECK;

#endif
