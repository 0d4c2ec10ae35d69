#ifndef WOOKIE_CLI_PRUNE_H
#define WOOKIE_CLI_PRUNE_H

#include "wookie/base/err.h"

#include <stddef.h>

/* What WOOKIE_KEEP_REPORTS says: how many folders of runs are kept, 0: all. WK_ERR_INPUT for what is no such
 * number. */
bool wk_prune_setting(size_t *ret_keep, struct wk_err *err) WK_MUST_CHECK;
/* Removes the oldest folders of runs in reports/ until `keep` are left. Only what its own event log says is
 * ours, that ended, and that belongs to this user; never a link. `current` stays. Returns how many. */
size_t wk_prune_reports(size_t keep, const char *current);

#endif
