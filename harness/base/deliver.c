/*
 * Delivering
 *
 * A report goes where a person says, and people say more than names of files: /dev/null, a FIFO,
 * >(gzip >x.gz), a link into an archive. To rename a new file over such a name would replace it, for
 * root even a device of the whole machine. So what stands there decides: only regular files are
 * replaced, and everything else is opened and written as a shell would. A block device is the one
 * thing that a shell takes and this does not: no report belongs on a disk itself.
 */
#include "wookie/base/deliver.h"

#include "wookie/base/file.h"
#include "wookie/base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_LINKS 40

/* What a name leads to. */
struct target {
	char *name; /* at the end of all links */
	struct stat st;
	bool is_there;
	int fd; /* a descriptor of ours that it names, or -1 */
};

static void target_finish_cleanup(struct target *target)
{
	free(target->name);
}

/* "/a/b" of "/a/b/c", "." of "c"; the caller frees. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return wk_xstrdup(".");
	return slash == path ? wk_xstrdup("/") : wk_xstrndup(path, (size_t)(slash - path));
}

/* The number of the descriptor that a name such as /dev/fd/63 stands for, else -1. What it leads to
 * may have no name at all. */
static int descriptor(const char *path)
{
	WK_AUTOFREE char *folder = folder_of(path);
	const char *slash = strrchr(path, '/');
	struct wk_err err = {0};
	struct stat here;
	struct stat own;
	uint64_t number;

	if (!slash || stat(folder, &here) < 0 || stat("/proc/self/fd", &own) < 0 ||
		here.st_dev != own.st_dev || here.st_ino != own.st_ino ||
		!wk_num_parse(slash + 1, 0, INT_MAX, &number, &err))
		return -1;
	return (int)number;
}

/* Where a link leads, relative to its own folder; NULL where it is none. */
static char *read_link(const char *path)
{
	WK_AUTOFREE char *folder = folder_of(path);
	char to[PATH_MAX];
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	if (n < 0)
		return NULL;
	to[n] = '\0';
	return to[0] == '/' ? wk_xstrdup(to) : wk_xasprintf("%s/%s", folder, to);
}

static bool follow(const char *path, struct target *target, struct wk_err *err)
{
	target->name = wk_xstrdup(path);
	for (int i = 0; i < MOST_LINKS; i++) {
		char *next;

		target->fd = descriptor(target->name);
		if (target->fd >= 0)
			return true;
		next = read_link(target->name);
		if (!next)
			return true;
		free(target->name);
		target->name = next;
	}
	return wk_err_sys(err, ELOOP, "%s", path);
}

/* The kernel looks first: what it does not follow (links of others in /tmp) is not followed here. */
static bool find(const char *path, struct target *target, struct wk_err *err)
{
	target->is_there = stat(path, &target->st) == 0;
	if (!target->is_there && errno != ENOENT)
		return wk_err_sys(err, errno, "%s", path);
	return follow(path, target, err);
}

static bool check_folder(const struct target *target, const char *path, struct wk_err *err)
{
	WK_AUTOFREE char *folder = folder_of(target->name);
	const char *slash = strrchr(target->name, '/');
	struct stat st;

	if (!(slash ? slash + 1 : target->name)[0])
		return wk_err_set(
			err, WK_ERR_INPUT, "'%s': expected a file, found no name of one", path);
	if (stat(folder, &st) < 0)
		return wk_err_sys(err, errno, "'%s': folder '%s'", path, folder);
	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
		return wk_err_sys(err, errno, "'%s': folder '%s'", path, folder);
	return true;
}

/* A file can be written to in a folder that takes no new one. */
static bool check_regular(const struct target *target, const char *path, struct wk_err *err)
{
	return faccessat(AT_FDCWD, target->name, W_OK, AT_EACCESS) == 0 ||
	       wk_err_sys(err, errno, "%s", path);
}

static bool check_special(const struct target *target, const char *path, struct wk_err *err)
{
	if (S_ISDIR(target->st.st_mode))
		return wk_err_set(err, WK_ERR_INPUT, "'%s': expected a file, found a folder", path);
	if (S_ISBLK(target->st.st_mode) || S_ISSOCK(target->st.st_mode))
		return wk_err_set(err, WK_ERR_INPUT, "'%s': expected a file, found a %s", path,
			S_ISBLK(target->st.st_mode) ? "block device" : "socket");
	return check_regular(target, path, err);
}

static bool check(const struct target *target, const char *path, struct wk_err *err)
{
	int flags;

	if (target->fd >= 0) {
		flags = fcntl(target->fd, F_GETFL);
		if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
			return wk_err_sys(err, flags < 0 ? errno : EACCES, "%s", path);
		return true;
	}
	if (!target->is_there)
		return check_folder(target, path, err);
	return S_ISREG(target->st.st_mode) ? check_regular(target, path, err)
					   : check_special(target, path, err);
}

bool wk_deliver_check(const char *path, struct wk_err *err)
{
	struct target WK_AUTO(target_finish) target = {.fd = -1};

	if (find(path, &target, err) && check(&target, path, err))
		return true;
	/* Whatever is wrong with it, it is what the user named. */
	err->kind = WK_ERR_INPUT;
	return false;
}

/* What is written may be refused as late as when it is closed. */
static bool write_and_close(
	int fd, const void *data, size_t len, const char *path, struct wk_err *err)
{
	bool ok = wk_write_all(fd, data, len, err);

	if (ok && fsync(fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		ok = wk_err_sys(err, errno, "write");
	if (close(fd) < 0 && ok)
		ok = wk_err_sys(err, errno, "write");
	return ok || wk_err_context(err, "%s", path);
}

static bool write_in_place(const char *name, int flags, const void *data, size_t len,
	const char *path, struct wk_err *err)
{
	int fd = open(name, O_WRONLY | O_NOCTTY | O_CLOEXEC | flags);

	return fd < 0 ? wk_err_sys(err, errno, "%s", path)
		      : write_and_close(fd, data, len, path, err);
}

static bool write_descriptor(
	int number, const void *data, size_t len, const char *path, struct wk_err *err)
{
	int fd = fcntl(number, F_DUPFD_CLOEXEC, 0);

	(void)fflush(stdout);
	return fd < 0 ? wk_err_sys(err, errno, "%s", path)
		      : write_and_close(fd, data, len, path, err);
}

bool wk_deliver(const char *path, const void *data, size_t len, mode_t mode, struct wk_err *err)
{
	struct target WK_AUTO(target_finish) target = {.fd = -1};

	if (!find(path, &target, err) || !check(&target, path, err))
		return false;
	if (target.fd >= 0)
		return write_descriptor(target.fd, data, len, path, err);
	if (target.is_there && !S_ISREG(target.st.st_mode))
		return write_in_place(target.name, 0, data, len, path, err);
	if (target.is_there)
		mode = target.st.st_mode & 0777;
	if (wk_file_write(target.name, data, len, mode, err))
		return true;
	/* The folder takes no new file, or a file is mounted there: as a shell would. */
	if (!target.is_there || err->errnum == ENOSPC || err->errnum == EDQUOT)
		return false;
	return write_in_place(target.name, O_TRUNC, data, len, path, err);
}
