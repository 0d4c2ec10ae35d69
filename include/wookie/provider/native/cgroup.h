#ifndef WOOKIE_PROVIDER_NATIVE_CGROUP_H
#define WOOKIE_PROVIDER_NATIVE_CGROUP_H

#include "wookie/base/clock.h"
#include "wookie/base/err.h"

#include <stddef.h>
#include <sys/types.h>

/* The cgroup hierarchies of this machine: several of version 1, one of version 2, or both side by
 * side. Which they are is read from /proc/self/mounts, never assumed. */
#define WK_CGROUP_MAX 24
#define WK_CGROUP_NAME 384

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
	char base[192]; /* the group below which ours are made: "" is the top */
};

bool wk_cgroups_find(struct wk_cgroups *ret, struct wk_err *err) WK_MUST_CHECK;
/* The same, of other files than /proc/self/mounts and /proc/self/cgroup. */
bool wk_cgroups_find_in(const char *mounts, const char *own, struct wk_cgroups *ret,
	struct wk_err *err) WK_MUST_CHECK;
/* "BASE/wookie/MESH.PID". The pid keeps meshes of one name in two state folders apart. */
void wk_cgroups_name(
	const struct wk_cgroups *groups, const char *mesh, pid_t keeper, char ret[WK_CGROUP_NAME]);
/* Makes `group` (a mesh's, or "MESH'S/CLUSTER") in every hierarchy. */
bool wk_cgroups_make(
	const struct wk_cgroups *groups, const char *group, struct wk_err *err) WK_MUST_CHECK;
bool wk_cgroups_enter(const struct wk_cgroups *groups, const char *group, pid_t pid,
	struct wk_err *err) WK_MUST_CHECK;
/* Removes a mesh's group with all below it from every hierarchy; with the last mesh's also what was
 * changed for them above.
 * Repeats until it succeeds or the deadline passes: the last processes of a killed tree take a
 * moment to be gone. */
bool wk_cgroups_remove(const struct wk_cgroups *groups, const char *group, wk_nsec deadline,
	struct wk_err *err) WK_MUST_CHECK;
/* Removes what no record names any more: groups of meshes of that name (NULL: of any) whose keeper is
 * gone, as far as they hold no process. Returns how many. */
size_t wk_cgroups_sweep(const struct wk_cgroups *groups, const char *mesh);
/* Thaws `group` and all below it. A frozen process does not even die of SIGKILL (version 1), and runc
 * that is killed at the wrong moment leaves its container frozen. */
void wk_cgroups_thaw(const struct wk_cgroups *groups, const char *group);
/* In a node: mounts all of them anew over /sys/fs/cgroup, rooted in the cgroup namespace. */
bool wk_cgroups_mount(const struct wk_cgroups *groups, struct wk_err *err) WK_MUST_CHECK;
/* Memory that a group holds, page cache that could be dropped at once left out; 0 when unknown. */
long wk_cgroups_memory_kib(const struct wk_cgroups *groups, const char *group);

#endif
