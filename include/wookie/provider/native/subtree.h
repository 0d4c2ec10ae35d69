#ifndef WOOKIE_PROVIDER_NATIVE_SUBTREE_H
#define WOOKIE_PROVIDER_NATIVE_SUBTREE_H

#include "wookie/base/err.h"

/* Controllers of version 2 are handed down level by level. `base` is a group of somebody else below
 * which this tool makes its own: BASE/wookie. */

/* Makes BASE/wookie and hands it the controllers that a node needs. What BASE did not hand down
 * before is written on BASE/wookie first and then enabled; processes that stand in the way move from
 * BASE into BASE/wookie.moved. */
bool wk_subtree_open(const char *base, struct wk_err *err) WK_MUST_CHECK;
/* The last mesh went: takes back what wk_subtree_open() changed and nobody else has come to need,
 * and removes BASE/wookie. While a mesh is left below it, nothing happens. */
void wk_subtree_close(const char *base);
/* Hands the same controllers to the children of a group of our own. */
void wk_subtree_hand_down(const char *folder);
/* One that is locked is neither opened nor closed by another process. -1: not within a few seconds. */
int wk_subtree_lock(const char *base);
/* Where the groups of process `own` ("/proc/self/cgroup") may be made without asking anybody, below
 * the mount of version 2: the group that systemd delegated to it, "" for the top. */
void wk_subtree_base(const char *mount, const char *own, char ret[192]);

#endif
