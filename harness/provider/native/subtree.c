/*
 * Controllers of version 2, handed down and taken back
 *
 * A group's children have a controller only where its cgroup.subtree_control says so, and that file
 * belongs to whoever made the group: systemd, a container, the machine. So the work is done in the
 * group that was delegated to us, if there is one (systemd.resource-control(5), Delegate=), only
 * what is missing is enabled, and what that is stands as an attribute on our own group before it is
 * done: it lives as long as the change does, in every mount, for every mesh, and not beyond a
 * restart. The last mesh takes it back, unless somebody has come to use it in the meantime.
 *
 * A group other than the very top that has processes of its own cannot give controllers to its
 * children (Documentation/admin-guide/cgroup-v2.rst, "No Internal Process Constraint"). In a
 * delegated scope or a container its processes are moved into a leaf and, at the end, back.
 */
#include "wookie/provider/native/subtree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "wookie/base/clock.h"
#include "wookie/base/file.h"

#define TEXT_MAX 65536
#define PATH_ROOM 512
#define MARK "user.wookie.enabled"
#define OURS "wookie"
#define MOVED "wookie.moved"
#define LOCK_WITHIN (5 * WK_SEC)
#define MOVES 100 /* processes may fork while they are moved */

/* What kubelet and runc look for. */
static const char *const wanted[] = {"cpu", "cpuset", "memory", "pids"};

/* Files in which somebody would have said that he uses a controller, and what they hold when nobody
 * did. */
static const struct {
	const char *controller;
	const char *file;
	const char *unused;
} uses[] = {
	{"cpu", "cpu.max", "max "},
	{"cpu", "cpu.weight", "100\n"},
	{"cpuset", "cpuset.cpus", "\n"},
	{"cpuset", "cpuset.mems", "\n"},
	{"memory", "memory.max", "max\n"},
	{"memory", "memory.high", "max\n"},
	{"memory", "memory.low", "0\n"},
	{"memory", "memory.min", "0\n"},
	{"pids", "pids.max", "max\n"},
};

/* Empty where there is no such file. */
static struct wk_buf read_text(const char *folder, const char *file)
{
	struct wk_buf text = WK_BUF_INIT(TEXT_MAX);
	struct wk_err ignored = {0};
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	(void)!wk_file_read(path, TEXT_MAX, &text, &ignored);
	return text;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (text += strspn(text, " \n"); *text; text += strspn(text, " \n")) {
		size_t n = strcspn(text, " \n");

		if (n == len && strncmp(text, word, len) == 0)
			return true;
		text += n;
	}
	return false;
}

static bool file_has_word(const char *folder, const char *file, const char *word)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = read_text(folder, file);

	return has_word(wk_buf_str(&text), word);
}

static bool order(const char *folder, const char *file, const char *sign, const char *word)
{
	char path[PATH_ROOM];
	char text[64];
	int len = snprintf(text, sizeof(text), "%s%s\n", sign, word);
	int WK_AUTO(wk_close) fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return fd >= 0 && write(fd, text, (size_t)len) == len;
}

static bool missing(const char *folder, const char *controller)
{
	return file_has_word(folder, "cgroup.controllers", controller) &&
	       !file_has_word(folder, "cgroup.subtree_control", controller);
}

void wk_subtree_hand_down(const char *folder)
{
	for (size_t i = 0; i < WK_COUNT(wanted); i++)
		if (missing(folder, wanted[i]))
			(void)order(folder, "cgroup.subtree_control", "+", wanted[i]);
}

int wk_subtree_lock(const char *base)
{
	int fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	wk_nsec deadline = wk_now() + LOCK_WITHIN;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (wk_now() > deadline) {
			wk_close(fd);
			return -1;
		}
		wk_pause(5 * WK_MSEC);
	}
	return fd;
}

/* Writes down what is about to be enabled, beside what a mesh before us enabled. */
static bool mark(const char *ours, const char *const *controllers, size_t n, struct wk_err *err)
{
	char text[128] = "";
	ssize_t got = getxattr(ours, MARK, text, sizeof(text) - 1);

	if (got < 0)
		text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(text);

		if (!has_word(text, controllers[i]))
			(void)snprintf(text + len, sizeof(text) - len, "%s%s", len ? " " : "",
				controllers[i]);
	}
	if (setxattr(ours, MARK, text, strlen(text), 0) < 0)
		return wk_err_sys(
			err, errno, "noting on %s that '%s' will be enabled above it", ours, text);
	return true;
}

/* True when `from` holds none any more. */
static bool move_all(const char *from, const char *to)
{
	for (int i = 0; i < MOVES; i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) pids = read_text(from, "cgroup.procs");
		char *rest = pids.data;
		bool any = false;

		for (char *pid = strsep(&rest, "\n"); pid; pid = strsep(&rest, "\n"))
			if (*pid) {
				any = true;
				(void)order(to, "cgroup.procs", "", pid);
			}
		if (!any)
			return true;
	}
	return false;
}

/* The very top has no such file, and bears processes beside children with controllers. */
static bool is_top(const char *base)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), "%s/cgroup.events", base);
	return !wk_path_exists(path);
}

static bool make_way(const char *base, struct wk_err *err)
{
	char leaf[PATH_ROOM];

	if (is_top(base))
		return true;
	(void)snprintf(leaf, sizeof(leaf), "%s/" MOVED, base);
	if (mkdir(leaf, 0755) < 0 && errno != EEXIST)
		return wk_err_sys(err, errno, "%s", leaf);
	if (move_all(base, leaf))
		return true;
	return wk_err_set(err, WK_ERR_MISSING,
		"the processes in cgroup %s cannot be moved, so it cannot give controllers to "
		"nodes; start this in 'systemd-run --scope -p Delegate=yes'",
		base);
}

bool wk_subtree_open(const char *base, struct wk_err *err)
{
	const char *lacking[WK_COUNT(wanted)];
	char ours[PATH_ROOM];
	size_t n = 0;

	(void)snprintf(ours, sizeof(ours), "%s/" OURS, base);
	if (mkdir(ours, 0755) < 0 && errno != EEXIST)
		return wk_err_sys(err, errno, "%s", ours);
	for (size_t i = 0; i < WK_COUNT(wanted); i++)
		if (missing(base, wanted[i]))
			lacking[n++] = wanted[i];
	if (n > 0) {
		if (!mark(ours, lacking, n, err) || !make_way(base, err))
			return false;
		wk_subtree_hand_down(base);
	}
	wk_subtree_hand_down(ours);
	return true;
}

static bool sets_limits(const char *folder, const char *controller)
{
	for (size_t i = 0; i < WK_COUNT(uses); i++) {
		if (strcmp(uses[i].controller, controller) != 0)
			continue;
		struct wk_buf WK_AUTO(wk_buf_finish) text = read_text(folder, uses[i].file);

		if (text.len &&
			strncmp(wk_buf_str(&text), uses[i].unused, strlen(uses[i].unused)) != 0)
			return true;
	}
	return false;
}

/* Whether a neighbour of ours hands it on, or has set what it rules. */
static bool is_used(const char *base, const char *controller)
{
	DIR *dir = opendir(base);
	bool used = false;

	for (struct dirent *e = dir ? readdir(dir) : NULL; e && !used; e = readdir(dir)) {
		char path[PATH_ROOM];

		if (e->d_type != DT_DIR || e->d_name[0] == '.' || strcmp(e->d_name, OURS) == 0 ||
			strcmp(e->d_name, MOVED) == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", base, e->d_name);
		used = file_has_word(path, "cgroup.subtree_control", controller) ||
		       sets_limits(path, controller);
	}
	if (dir)
		(void)closedir(dir);
	return used;
}

static bool has_children(const char *folder)
{
	DIR *dir = opendir(folder);
	bool any = false;

	for (struct dirent *e = dir ? readdir(dir) : NULL; e && !any; e = readdir(dir))
		any = e->d_type == DT_DIR && e->d_name[0] != '.';
	if (dir)
		(void)closedir(dir);
	return any;
}

void wk_subtree_close(const char *base)
{
	char enabled[128] = "";
	char ours[PATH_ROOM];
	char leaf[PATH_ROOM];
	char *rest = enabled;

	(void)snprintf(ours, sizeof(ours), "%s/" OURS, base);
	(void)snprintf(leaf, sizeof(leaf), "%s/" MOVED, base);
	if (has_children(ours))
		return;
	if (getxattr(ours, MARK, enabled, sizeof(enabled) - 1) < 0)
		enabled[0] = '\0';
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
		if (!*word)
			continue;
		(void)order(ours, "cgroup.subtree_control", "-", word);
		if (!is_used(base, word))
			(void)order(base, "cgroup.subtree_control", "-", word);
	}
	if (wk_path_exists(leaf) && move_all(leaf, base))
		(void)rmdir(leaf);
	(void)rmdir(ours);
}

static bool is_delegated(const char *folder)
{
	static const char *const names[] = {"trusted.delegate", "user.delegate"};
	char value[2] = "";

	for (size_t i = 0; i < WK_COUNT(names); i++)
		if (getxattr(folder, names[i], value, 1) == 1 && value[0] == '1')
			return true;
	return false;
}

void wk_subtree_base(const char *mount, const char *own, char ret[192])
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = read_text("", own + 1);
	const char *line = strstr(wk_buf_str(&text), "0::/");
	char group[192];
	char folder[PATH_ROOM];
	char *leaf;

	ret[0] = '\0';
	if (!line || strcspn(line + 4, "\n") >= sizeof(group))
		return;
	(void)snprintf(group, sizeof(group), "%.*s", (int)strcspn(line + 4, "\n"), line + 4);
	/* A shell of which an earlier mesh moved us here. */
	leaf = strrchr(group, '/');
	if (leaf && strcmp(leaf + 1, MOVED) == 0)
		*leaf = '\0';
	/* A record has its words between spaces. */
	if (strstr(group, "..") || strpbrk(group, " \\"))
		return;
	(void)snprintf(folder, sizeof(folder), "%s/%s", mount, group);
	if (*group && is_delegated(folder))
		(void)snprintf(ret, 192, "%s", group);
}
