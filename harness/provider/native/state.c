/*
 * The state of a mesh on disk
 *
 * The folder's own lock (flock(2)) says whether a mesh is alive: its keeper holds it for as long as
 * it lives and the kernel lets go when it dies, so two `up`s of one name cannot both win and no
 * stale lock file can block a name. A folder that nobody holds is what a killed keeper or a lost
 * power left: it is cleared, by the records in it, before the name is used again. After a restart
 * of the machine the records name nothing any more and only the files are removed.
 */
#include "wookie/provider/native/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/base/mem.h"
#include "wookie/provider/native.h"
#include "wookie/provider/native/cgroup.h"

#define NAME_MAX_LEN 40
#define GONE_WITHIN (5 * WK_SEC)
#define FREE_WITHIN (1 * WK_SEC)
#define ENDED_WITHIN (10 * WK_SEC)

bool wk_native_check_name(const char *name, struct wk_err *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = strlen(name);

	if (len > 0 && len <= NAME_MAX_LEN && strspn(name, letters) == len && name[0] != '-' &&
		name[len - 1] != '-')
		return true;
	return wk_err_set(err, WK_ERR_INPUT,
		"mesh name '%.60s': expected 1 to %d lower-case letters, digits and '-', neither "
		"first nor last a '-'",
		name, NAME_MAX_LEN);
}

char *wk_native_dir(const char *state, const char *name)
{
	return wk_xasprintf("%s/%s", state, name);
}

bool wk_state_holds(int lock, const char *dir)
{
	struct stat by_fd;
	struct stat by_path;

	return fstat(lock, &by_fd) == 0 && stat(dir, &by_path) == 0 &&
	       by_fd.st_ino == by_path.st_ino && by_fd.st_dev == by_path.st_dev;
}

int wk_state_lock(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -1;
	/* The folder may have been removed, and another made, before the lock was ours. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && wk_state_holds(fd, dir))
		return fd;
	wk_close(fd);
	return -1;
}

static void say_in_use(const char *dir, const char *name, struct wk_err *err)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/keeper", dir);
	struct wk_record keeper = {0};
	struct wk_err ignored = {0};
	char who[40] = "starting or ending";

	if (wk_record_read(path, &keeper, &ignored))
		(void)snprintf(who, sizeof(who), "keeper is process %d", (int)keeper.pid);
	(void)wk_err_set(err, WK_ERR_MISSING,
		"a mesh named '%s' is up (%s); run 'wookie-conform down --name %s' or choose "
		"another --name",
		name, who, name);
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	bool empty = true;

	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
		empty = empty && e->d_name[0] == '.';
	if (d)
		(void)closedir(d);
	return empty;
}

static bool is_ending(const char *dir)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/ending", dir);

	return wk_path_exists(path);
}

/* One attempt: the locked folder, or -1; err is set only when another attempt is useless. */
static int try_claim(const char *dir, struct wk_err *err)
{
	int fd;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		(void)wk_err_sys(err, errno, "%s", dir);
		return -1;
	}
	fd = wk_state_lock(dir);
	if (fd >= 0 && is_empty(dir))
		return fd;
	if (fd >= 0)
		(void)!wk_state_clear(dir, NULL, err);
	wk_close(fd);
	return -1;
}

int wk_state_claim(const char *state, const char *name, struct wk_err *err)
{
	char *WK_AUTOFREE dir = wk_native_dir(state, name);
	wk_nsec begun = wk_now();
	struct wk_err why = {0};
	int fd;

	if (!wk_mkdir_p(state, 0700, err))
		return -1;
	/* Whoever looks at the folder holds its lock for a moment, whoever clears it takes it away
	 * under our feet, and a keeper that is ending needs its time: none of these means that the
	 * name is in use. */
	fd = try_claim(dir, &why);
	while (fd < 0 && why.kind == WK_ERR_NONE &&
		wk_now() < begun + (is_ending(dir) ? ENDED_WITHIN : FREE_WITHIN)) {
		wk_pause(10 * WK_MSEC);
		fd = try_claim(dir, &why);
	}
	if (fd < 0 && why.kind != WK_ERR_NONE)
		*err = why;
	else if (fd < 0)
		say_in_use(dir, name, err);
	return fd;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **wk_state_folders(const char *dir)
{
	DIR *d = opendir(dir);
	char **names = wk_xcalloc(1, sizeof(*names));
	size_t n = 0;

	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		if (e->d_name[0] == '.' || e->d_type != DT_DIR)
			continue;
		names = wk_xrealloc(names, (n + 2) * sizeof(*names));
		names[n++] = wk_xstrdup(e->d_name);
		names[n] = NULL;
	}
	if (d)
		(void)closedir(d);
	qsort(names, n, sizeof(*names), by_name);
	return names;
}

void wk_state_folders_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

/* Kills that very process and waits until it, and with it its pid namespace, is gone. */
static bool end_process(const struct wk_record *record, struct wk_err *err)
{
	int WK_AUTO(wk_close) fd = wk_record_open(record);
	struct wk_cgroups groups;
	struct pollfd gone = {.fd = fd, .events = POLLIN};

	if (fd < 0)
		return true;
	if (!wk_record_send(record, SIGKILL, err) && err->errnum != ESRCH)
		return false;
	if (!wk_cgroups_find(&groups, err))
		return false;
	wk_cgroups_thaw(&groups, record->group);
	if (poll(&gone, 1, wk_poll_timeout(wk_now() + GONE_WITHIN)) == 1)
		return true;
	return wk_err_set(err, WK_ERR_SYSTEM, "process %d was killed but is not gone after %.0f s",
		(int)record->pid, wk_seconds(GONE_WITHIN));
}

/* Adds what went wrong to what went wrong before: whoever cleans up tells all of it. */
static bool also(struct wk_err *err, bool so_far, const struct wk_err *more)
{
	char before[sizeof(err->msg)];

	if (so_far) {
		*err = *more;
		return false;
	}
	(void)snprintf(before, sizeof(before), "%s", err->msg);
	return wk_err_set(err, err->kind, "%s; %s", before, more->msg);
}

static bool end_nodes(const char *dir, struct wk_err *err)
{
	char *WK_AUTOFREE nodes = wk_xasprintf("%s/nodes", dir);
	char **WK_AUTO(wk_state_folders_free) names = wk_state_folders(nodes);
	bool all = true;

	for (size_t i = 0; names[i]; i++) {
		char *WK_AUTOFREE path = wk_xasprintf("%s/%s/node", nodes, names[i]);
		struct wk_record record;
		struct wk_err one = {0};

		if (wk_record_read(path, &record, &one) && !end_process(&record, &one))
			all = also(err, all, &one);
	}
	return all;
}

static bool remove_groups(const char *dir, struct wk_err *err)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/keeper", dir);
	struct wk_record keeper;
	struct wk_cgroups groups;
	struct wk_err unreadable = {0};

	if (!wk_cgroups_find(&groups, err))
		return false;
	/* No record: somebody removed it, or the keeper died before it made anything but the
	 * folder. */
	if (!wk_record_read(path, &keeper, &unreadable)) {
		(void)wk_cgroups_sweep(&groups, strrchr(dir, '/') + 1);
		return true;
	}
	return !wk_record_this_boot(&keeper) ||
	       wk_cgroups_remove(&groups, keeper.group, wk_now() + GONE_WITHIN, err);
}

static void report(const struct wk_progress *progress, const char *what, wk_nsec begun,
	enum wk_step_state state)
{
	struct wk_step step = {
		.phase = "down", .what = what, .state = state, .elapsed = wk_now() - begun};

	wk_progress_report(progress, &step);
}

bool wk_state_clear(const char *dir, const struct wk_progress *progress, struct wk_err *err)
{
	static const struct {
		const char *what;
		bool (*run)(const char *dir, struct wk_err *err);
	} steps[] = {{"nodes", end_nodes}, {"cgroups", remove_groups}, {"state", wk_rmtree}};
	bool all = true;

	for (size_t i = 0; i < WK_COUNT(steps); i++) {
		wk_nsec begun = wk_now();
		struct wk_err one = {0};

		report(progress, steps[i].what, begun, WK_STEP_BEGIN);
		/* The records in the state are needed for as long as something they name is there. */
		if (all && !steps[i].run(dir, &one))
			all = also(err, all, &one);
		report(progress, steps[i].what, begun, one.kind ? WK_STEP_FAILED : WK_STEP_DONE);
	}
	return all;
}
