/*
 * Files and folders
 *
 * Whole files in, whole files out, by rename. Removal works with descriptors relative to the
 * folder being emptied and compares devices, so that neither a link nor a mount below can lead it
 * out of the tree it was given.
 */
#include "wookie/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void wk_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
}

bool wk_path_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool wk_file_read(const char *path, size_t max, struct wk_buf *ret, struct wk_err *err)
{
	int WK_AUTO(wk_close) fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct wk_buf WK_AUTO(wk_buf_finish) buf = WK_BUF_INIT(max);
	char chunk[16384];
	ssize_t n;

	if (fd < 0)
		return wk_err_sys(err, errno, "%s", path);
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wk_err_sys(err, errno, "%s", path);
		if (!wk_buf_add(&buf, chunk, (size_t)n))
			return wk_err_set(err, WK_ERR_INPUT,
				"%s: larger than the %zu bytes that are read of such a file", path,
				max);
	}
	*ret = buf;
	buf.data = NULL;
	return true;
}

bool wk_write_all(int fd, const void *data, size_t len, struct wk_err *err)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wk_err_sys(err, errno, "write");
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_new(int fd, const void *data, size_t len, mode_t mode, struct wk_err *err)
{
	if (fchmod(fd, mode) < 0)
		return wk_err_sys(err, errno, "chmod");
	if (!wk_write_all(fd, data, len, err))
		return false;
	/* A full disk may only show when the data is written back. */
	if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		return wk_err_sys(err, errno, "write");
	return true;
}

bool wk_file_write(const char *path, const void *data, size_t len, mode_t mode, struct wk_err *err)
{
	WK_AUTOFREE char *tmp = wk_xasprintf("%s.XXXXXX", path);
	int WK_AUTO(wk_close) fd = mkostemp(tmp, O_CLOEXEC);

	if (fd < 0)
		return wk_err_sys(err, errno, "%s", path);
	if (!write_new(fd, data, len, mode, err)) {
		(void)unlink(tmp);
		return wk_err_context(err, "%s", path);
	}
	if (rename(tmp, path) < 0) {
		(void)wk_err_sys(err, errno, "%s", path);
		(void)unlink(tmp);
		return false;
	}
	return true;
}

bool wk_mkdir_p(const char *path, mode_t mode, struct wk_err *err)
{
	WK_AUTOFREE char *copy = wk_xstrdup(path);
	struct stat st;

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return wk_err_sys(err, errno, "create folder '%s'", copy);
		*p = '/';
	}
	if (mkdir(copy, mode) < 0 && errno != EEXIST)
		return wk_err_sys(err, errno, "create folder '%s'", copy);
	if (stat(copy, &st) < 0)
		return wk_err_sys(err, errno, "%s", copy);
	if (!S_ISDIR(st.st_mode))
		return wk_err_sys(err, ENOTDIR, "%s", copy);
	return true;
}

static bool empty_folder(int fd, dev_t dev, int depth, struct wk_err *err);

static bool remove_entry(int dir, const char *name, dev_t dev, int depth, struct wk_err *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || wk_err_sys(err, errno, "%s", name);
	if (!S_ISDIR(st.st_mode))
		return unlinkat(dir, name, 0) == 0 || errno == ENOENT ||
		       wk_err_sys(err, errno, "remove '%s'", name);
	if (st.st_dev != dev)
		return wk_err_sys(err, EBUSY, "remove '%s'", name);
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return wk_err_sys(err, errno, "%s", name);
	/* empty_folder() takes fd over */
	if (!empty_folder(fd, dev, depth + 1, err))
		return wk_err_context(err, "%s", name);
	if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return wk_err_sys(err, errno, "remove '%s'", name);
	return true;
}

static bool empty_folder(int fd, dev_t dev, int depth, struct wk_err *err)
{
	DIR *dir = fdopendir(fd);
	bool ok = true;

	if (!dir || depth > 256) {
		(void)wk_err_sys(err, dir ? ELOOP : errno, "read folder");
		dir ? (void)closedir(dir) : wk_close(fd);
		return false;
	}
	for (struct dirent *e = readdir(dir); ok && e; e = readdir(dir))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			ok = remove_entry(dirfd(dir), e->d_name, dev, depth, err);
	(void)closedir(dir);
	return ok;
}

bool wk_rmtree(const char *path, struct wk_err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || wk_err_sys(err, errno, "%s", path);
	if (fstat(fd, &st) < 0) {
		wk_close(fd);
		return wk_err_sys(err, errno, "%s", path);
	}
	if (!empty_folder(fd, st.st_dev, 0, err))
		return wk_err_context(err, "%s", path);
	if (rmdir(path) < 0 && errno != ENOENT)
		return wk_err_sys(err, errno, "remove '%s'", path);
	return true;
}
