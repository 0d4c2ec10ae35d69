/*
 * Control groups
 *
 * Every node has a group of its own in every hierarchy, so that its kubelet finds itself at the
 * root of what it sees and two kubelets never see each other's pods. Version 1 and the mixed
 * layout (version 2 mounted beside it, without controllers) are handled alike: a folder in each.
 * On a machine that has version 2 alone the controllers are handed down level by level (subtree.c),
 * and the node's first process moves into a leaf, because there a group with processes of its own
 * cannot give controllers to its children.
 *
 * A group is named from the top of a hierarchy, "BASE/wookie/MESH.PID": whoever takes the mesh down
 * may stand elsewhere than who brought it up. What is above "wookie" belongs to somebody else.
 */
#include "wookie/provider/native/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/provider/native/subtree.h"

#define CPUSET_MAX 4096
#define PATH_ROOM 768

static void end_mounts(FILE **file)
{
	if (*file)
		(void)endmntent(*file);
}

/* What is left of a v1 mount's options is what a new mount of it has to ask for. */
static void keep_controllers(char *options, char ret[128])
{
	static const char *const generic[] = {
		"rw",
		"ro",
		"relatime",
		"noatime",
		"nosuid",
		"nodev",
		"noexec",
		"xattr",
		"clone_children",
		"noprefix",
	};
	char *rest = options;

	ret[0] = '\0';
	for (char *word = strsep(&rest, ","); word; word = strsep(&rest, ",")) {
		bool skip = strncmp(word, "release_agent=", 14) == 0;
		size_t len = strlen(ret);

		for (size_t i = 0; i < WK_COUNT(generic); i++)
			skip = skip || strcmp(word, generic[i]) == 0;
		if (skip)
			continue;
		(void)snprintf(ret + len, 128 - len, "%s%s%s", len ? "," : "",
			strncmp(word, "name=", 5) == 0 ? "none," : "", word);
	}
}

static bool only_v2(const struct wk_cgroups *groups)
{
	return groups->n == 1 && groups->list[0].version == WK_CGROUP_V2;
}

bool wk_cgroups_find_in(
	const char *mounts, const char *own, struct wk_cgroups *ret, struct wk_err *err)
{
	FILE *__attribute__((cleanup(end_mounts))) file = setmntent(mounts, "re");
	struct mntent entry;
	char text[4096];

	if (!file)
		return wk_err_sys(err, errno, "%s", mounts);
	*ret = (struct wk_cgroups){0};
	while (getmntent_r(file, &entry, text, sizeof(text)) && ret->n < WK_CGROUP_MAX) {
		struct wk_hierarchy *h = &ret->list[ret->n];
		bool v1 = strcmp(entry.mnt_type, "cgroup") == 0;

		if (!v1 && strcmp(entry.mnt_type, "cgroup2") != 0)
			continue;
		*h = (struct wk_hierarchy){.version = v1 ? WK_CGROUP_V1 : WK_CGROUP_V2};
		(void)snprintf(h->path, sizeof(h->path), "%s", entry.mnt_dir);
		if (v1)
			keep_controllers(entry.mnt_opts, h->options);
		ret->n++;
	}
	if (ret->n == 0)
		return wk_err_set(err, WK_ERR_MISSING,
			"no cgroup hierarchy is mounted below /sys/fs/cgroup; nodes need one "
			"(version 1 or 2)");
	if (only_v2(ret))
		wk_subtree_base(ret->list[0].path, own, ret->base);
	return true;
}

bool wk_cgroups_find(struct wk_cgroups *ret, struct wk_err *err)
{
	return wk_cgroups_find_in("/proc/self/mounts", "/proc/self/cgroup", ret, err);
}

void wk_cgroups_name(
	const struct wk_cgroups *groups, const char *mesh, pid_t keeper, char ret[WK_CGROUP_NAME])
{
	(void)snprintf(ret, WK_CGROUP_NAME, "%s%swookie/%s.%d", groups->base,
		*groups->base ? "/" : "", mesh, (int)keeper);
}

/* How much of a group's name is somebody else's, without the slash; wk_record_parse() saw to it that
 * there is a "wookie/". */
static size_t foreign(const char *group)
{
	const char *ours = NULL;

	for (const char *at = strstr(group, "wookie/"); at; at = strstr(at + 1, "wookie/"))
		if (at == group || at[-1] == '/')
			ours = at;
	return ours && ours != group ? (size_t)(ours - group - 1) : 0;
}

static void base_of(const struct wk_hierarchy *h, const char *group, char ret[PATH_ROOM])
{
	int len = (int)foreign(group);

	(void)snprintf(ret, PATH_ROOM, "%s%s%.*s", h->path, len ? "/" : "", len, group);
}

static bool put(const char *folder, const char *file, const char *text, struct wk_err *err)
{
	char path[PATH_ROOM];
	int WK_AUTO(wk_close) fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return wk_err_sys(err, errno, "%s", path);
	if (write(fd, text, strlen(text)) < 0)
		return wk_err_sys(err, errno, "writing '%s' to %s", text, path);
	return true;
}

/* A new cpuset is empty, and no process may enter an empty one. */
static bool copy_cpuset(const char *parent, const char *folder, struct wk_err *err)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};

	for (size_t i = 0; i < WK_COUNT(files); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(CPUSET_MAX);
		char path[PATH_ROOM];

		(void)snprintf(path, sizeof(path), "%s/%s", parent, files[i]);
		if (!wk_file_read(path, CPUSET_MAX, &text, err) ||
			!put(folder, files[i], wk_buf_str(&text), err))
			return false;
	}
	return true;
}

static bool make_level(
	const struct wk_hierarchy *h, const char *parent, const char *folder, struct wk_err *err)
{
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return wk_err_sys(err, errno, "%s", folder);
	if (h->version == WK_CGROUP_V1 && strstr(h->options, "cpuset"))
		return copy_cpuset(parent, folder, err);
	return true;
}

static bool make_in(const struct wk_hierarchy *h, const char *group, struct wk_err *err)
{
	size_t len = foreign(group);
	char parent[PATH_ROOM];
	char folder[PATH_ROOM + WK_CGROUP_NAME];
	char levels[WK_CGROUP_NAME];
	char *rest = levels;
	int WK_AUTO(wk_close) lock = -1;

	base_of(h, group, parent);
	lock = wk_subtree_lock(parent);
	if (lock < 0)
		return wk_err_set(err, WK_ERR_SYSTEM, "cgroup %s is not there, or locked", parent);
	if (h->version == WK_CGROUP_V2 && !wk_subtree_open(parent, err))
		return false;
	(void)snprintf(levels, sizeof(levels), "%s", group + len + (len != 0));
	for (char *word = strsep(&rest, "/"); word; word = strsep(&rest, "/")) {
		(void)snprintf(folder, sizeof(folder), "%s/%s", parent, word);
		if (!make_level(h, parent, folder, err))
			return false;
		if (h->version == WK_CGROUP_V2 && rest)
			wk_subtree_hand_down(folder);
		(void)snprintf(parent, sizeof(parent), "%s", folder);
	}
	return true;
}

bool wk_cgroups_make(const struct wk_cgroups *groups, const char *group, struct wk_err *err)
{
	for (size_t i = 0; i < groups->n; i++)
		if (!make_in(&groups->list[i], group, err))
			return false;
	return true;
}

bool wk_cgroups_enter(
	const struct wk_cgroups *groups, const char *group, pid_t pid, struct wk_err *err)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	for (size_t i = 0; i < groups->n; i++) {
		char folder[PATH_ROOM];

		(void)snprintf(folder, sizeof(folder), "%s/%s", groups->list[i].path, group);
		if (!put(folder, "cgroup.procs", text, err))
			return false;
	}
	return true;
}

/* Calls `visit` for a group after everything below it; nested groups are few and not deep. Returns
 * whether every call did. */
static bool walk(const char *folder, bool (*visit)(const char *folder))
{
	DIR *dir = opendir(folder);

	if (!dir)
		return errno == ENOENT;
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		char path[PATH_ROOM + 256];

		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		(void)walk(path, visit);
	}
	(void)closedir(dir);
	return visit(folder);
}

static bool remove_one(const char *folder)
{
	return rmdir(folder) == 0 || errno == ENOENT;
}

static bool thaw_one(const char *folder)
{
	struct wk_err ignored = {0};

	return put(folder, "freezer.state", "THAWED", &ignored) ||
	       put(folder, "cgroup.freeze", "0", &ignored);
}

void wk_cgroups_thaw(const struct wk_cgroups *groups, const char *group)
{
	for (size_t i = 0; i < groups->n; i++) {
		char folder[PATH_ROOM];

		(void)snprintf(folder, sizeof(folder), "%s/%s", groups->list[i].path, group);
		if (groups->list[i].version == WK_CGROUP_V2 ||
			strstr(groups->list[i].options, "freezer"))
			(void)walk(folder, thaw_one);
	}
}

/* The last mesh to go takes "wookie" along, and what was changed for it. */
static void close_base(const char *base)
{
	int WK_AUTO(wk_close) lock = wk_subtree_lock(base);

	if (lock >= 0)
		wk_subtree_close(base);
}

bool wk_cgroups_remove(
	const struct wk_cgroups *groups, const char *group, wk_nsec deadline, struct wk_err *err)
{
	bool all = true;

	for (size_t i = 0; i < groups->n; i++) {
		char folder[PATH_ROOM];
		char base[PATH_ROOM];
		bool gone;

		(void)snprintf(folder, sizeof(folder), "%s/%s", groups->list[i].path, group);
		gone = walk(folder, remove_one);
		while (!gone && wk_now() < deadline) {
			wk_pause(5 * WK_MSEC);
			gone = walk(folder, remove_one);
		}
		base_of(&groups->list[i], group, base);
		if (gone)
			close_base(base);
		else
			all = wk_err_set(err, WK_ERR_SYSTEM,
				"cgroup %s still holds processes and could not be removed", folder);
	}
	return all;
}

/* "MESH.PID", of that mesh (NULL: of any) and of a process that is no more. */
static bool is_orphan(const char *name, const char *mesh)
{
	const char *dot = strrchr(name, '.');
	char proc[64];

	if (!dot || dot == name || strspn(dot + 1, "0123456789") != strlen(dot + 1))
		return false;
	if (mesh &&
		(strlen(mesh) != (size_t)(dot - name) || strncmp(name, mesh, strlen(mesh)) != 0))
		return false;
	(void)snprintf(proc, sizeof(proc), "/proc/%.20s", dot + 1);
	return !wk_path_exists(proc);
}

static size_t sweep_folder(const char *folder, const char *mesh)
{
	DIR *dir = opendir(folder);
	size_t n = 0;

	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		char path[PATH_ROOM + 256];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (e->d_type == DT_DIR && is_orphan(e->d_name, mesh) && walk(path, remove_one))
			n++;
	}
	if (dir)
		(void)closedir(dir);
	return n;
}

size_t wk_cgroups_sweep(const struct wk_cgroups *groups, const char *mesh)
{
	size_t all = 0;

	for (size_t i = 0; i < groups->n; i++) {
		char base[PATH_ROOM];
		char folder[PATH_ROOM + 16];
		size_t n;

		(void)snprintf(base, sizeof(base), "%s/%s", groups->list[i].path, groups->base);
		(void)snprintf(folder, sizeof(folder), "%s/wookie", base);
		n = sweep_folder(folder, mesh);
		if (n > 0)
			close_base(base);
		all += n;
	}
	return all;
}

static bool mount_one(const struct wk_hierarchy *h, const char *target, struct wk_err *err)
{
	const char *type = h->version == WK_CGROUP_V2 ? "cgroup2" : "cgroup";

	if (mount(type, target, type, MS_NOSUID | MS_NODEV | MS_NOEXEC,
		    h->version == WK_CGROUP_V2 ? NULL : h->options) < 0)
		return wk_err_sys(err, errno, "mounting %s '%s' on %s", type, h->options, target);
	return true;
}

static bool mount_v2(const struct wk_hierarchy *h, struct wk_err *err)
{
	if (!mount_one(h, "/sys/fs/cgroup", err))
		return false;
	if (mkdir("/sys/fs/cgroup/init", 0755) < 0 && errno != EEXIST)
		return wk_err_sys(err, errno, "/sys/fs/cgroup/init");
	if (!put("/sys/fs/cgroup/init", "cgroup.procs", "1", err))
		return false;
	wk_subtree_hand_down("/sys/fs/cgroup");
	return true;
}

bool wk_cgroups_mount(const struct wk_cgroups *groups, struct wk_err *err)
{
	if (only_v2(groups))
		return mount_v2(&groups->list[0], err);
	if (mount("tmpfs", "/sys/fs/cgroup", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		    "mode=755") < 0)
		return wk_err_sys(err, errno, "tmpfs on /sys/fs/cgroup");
	for (size_t i = 0; i < groups->n; i++) {
		const char *name = strrchr(groups->list[i].path, '/');
		char target[256];

		(void)snprintf(
			target, sizeof(target), "/sys/fs/cgroup%s", name ? name : "/unified");
		if (mkdir(target, 0755) < 0 && errno != EEXIST)
			return wk_err_sys(err, errno, "%s", target);
		if (!mount_one(&groups->list[i], target, err))
			return false;
	}
	return true;
}

/* One number of a file like memory.stat; with an empty key the whole file is the number. */
static uint64_t read_number(const char *folder, const char *file, const char *key)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(16384);
	struct wk_err err = {0};
	char path[PATH_ROOM];
	char *rest;
	uint64_t number = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	if (!wk_file_read(path, 16384, &text, &err) || !text.data)
		return 0;
	rest = text.data;
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		size_t len = strlen(key);

		if (strncmp(line, key, len) == 0 && (len == 0 || line[len] == ' ') &&
			wk_num_parse(line + len + (len != 0), 0, UINT64_MAX, &number, &err))
			return number;
	}
	return 0;
}

long wk_cgroups_memory_kib(const struct wk_cgroups *groups, const char *group)
{
	for (size_t i = 0; i < groups->n; i++) {
		const struct wk_hierarchy *h = &groups->list[i];
		bool v2 = h->version == WK_CGROUP_V2;
		char folder[PATH_ROOM];
		uint64_t all;
		uint64_t cache;

		(void)snprintf(folder, sizeof(folder), "%s/%s", h->path, group);
		all = read_number(folder, v2 ? "memory.current" : "memory.usage_in_bytes", "");
		cache = read_number(
			folder, "memory.stat", v2 ? "inactive_file" : "total_inactive_file");
		if (all)
			return (long)((all - (cache < all ? cache : all)) / 1024);
	}
	return 0;
}
