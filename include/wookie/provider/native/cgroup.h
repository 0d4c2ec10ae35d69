#ifndef WOOKIE_PROVIDER_NATIVE_CGROUP_H
#define WOOKIE_PROVIDER_NATIVE_CGROUP_H

#include "wookie/base/clock.h"
#include "wookie/base/err.h"

#include <stddef.h>
#include <sys/types.h>

/* The cgroup hierarchies of this machine: several of version 1, one of version 2, or both side by
 * side. Which they are is read from /proc/self/mounts, never assumed. */
#define WK_CGROUP_MAX 24

struct wk_hierarchy {
	char path[128];    /* where it is mounted */
	char options[128]; /* what a mount of it asks for: "cpu,cpuacct", "none,name=systemd" */
	enum {
		WK_CGROUP_V1,
		WK_CGROUP_V2,
	} version;
};

struct wk_cgroups {
	struct wk_hierarchy list[WK_CGROUP_MAX];
	size_t n;
};

bool wk_cgroups_find(struct wk_cgroups *ret, struct wk_err *err) WK_MUST_CHECK;
/* Makes `group` ("wookie/MESH/CLUSTER") in every hierarchy. */
bool wk_cgroups_make(
	const struct wk_cgroups *groups, const char *group, struct wk_err *err) WK_MUST_CHECK;
bool wk_cgroups_enter(const struct wk_cgroups *groups, const char *group, pid_t pid,
	struct wk_err *err) WK_MUST_CHECK;
/* Removes `group` with all below it from every hierarchy, and the parents that are empty then.
 * Repeats until it succeeds or the deadline passes: the last processes of a killed tree take a
 * moment to be gone. */
bool wk_cgroups_remove(const struct wk_cgroups *groups, const char *group, wk_nsec deadline,
	struct wk_err *err) WK_MUST_CHECK;
/* Thaws `group` and all below it. A frozen process does not even die of SIGKILL (version 1), and runc
 * that is killed at the wrong moment leaves its container frozen. */
void wk_cgroups_thaw(const struct wk_cgroups *groups, const char *group);
/* In a node: mounts all of them anew over /sys/fs/cgroup, rooted in the cgroup namespace. */
bool wk_cgroups_mount(const struct wk_cgroups *groups, struct wk_err *err) WK_MUST_CHECK;
/* Memory that a group holds, page cache that could be dropped at once left out; 0 when unknown. */
long wk_cgroups_memory_kib(const struct wk_cgroups *groups, const char *group);

#endif
