#ifndef WOOKIE_PROVIDER_NATIVE_STATE_H
#define WOOKIE_PROVIDER_NATIVE_STATE_H

#include "wookie/base/progress.h"
#include "wookie/provider/native/record.h"

/* The folder of one mesh, STATE/NAME:
 *   keeper               record of the keeper; while it lives, the folder itself is locked
 *   detached             there when the mesh outlives the process that made it
 *   ending               there while the keeper removes it all
 *   topology.yaml        as it was when the mesh was made
 *   fault.json           what a proof injected and how to take it back (wookie/fault/journal.h)
 *   nodes/CLUSTER/node   record of the node's first process
 *   nodes/CLUSTER/...    casualty, log/, pki/, admin.kubeconfig, kubelet.kubeconfig */

/* Makes the folder of a new mesh and locks it; remains of an old one are cleared first. Returns the
 * descriptor that holds the lock, or -1: WK_ERR_MISSING when the name is in use. */
int wk_state_claim(const char *state, const char *name, struct wk_err *err);
/* Locks the folder of a mesh whose keeper is gone. -1: somebody holds it, or there is none. */
int wk_state_lock(const char *dir);
/* Whether `lock` still is the lock of that path: the folder may have been removed or replaced. */
bool wk_state_holds(int lock, const char *dir);
/* Ends what the records name, and removes cgroups and the folder. The caller holds the lock. */
bool wk_state_clear(
	const char *dir, const struct wk_progress *progress, struct wk_err *err) WK_MUST_CHECK;

/* Names of the folders below `dir`, sorted, ends with NULL; free each and the array. */
char **wk_state_folders(const char *dir);
void wk_state_folders_free(char **names);
static inline void wk_state_folders_free_cleanup(char ***names)
{
	wk_state_folders_free(*names);
}

#endif
