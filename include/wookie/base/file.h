#ifndef WOOKIE_BASE_FILE_H
#define WOOKIE_BASE_FILE_H

#include "wookie/base/buf.h"

#include <sys/types.h>

/* Closes and forgets; -1 is accepted. errno is kept. */
void wk_close(int fd);
static inline void wk_close_cleanup(const int *fd)
{
	wk_close(*fd);
}

/* Reads a whole regular file. More than `max` bytes is an error that says so. */
bool wk_file_read(
	const char *path, size_t max, struct wk_buf *ret, struct wk_err *err) WK_MUST_CHECK;
/* Writes to a temporary name beside `path` and renames, so that a reader or a power cut never sees
 * half a file. A full disk is an error and leaves the old file. */
bool wk_file_write(const char *path, const void *data, size_t len, mode_t mode,
	struct wk_err *err) WK_MUST_CHECK;
/* Every byte, or an error; for pipes, sockets and cgroup files. */
bool wk_write_all(int fd, const void *data, size_t len, struct wk_err *err) WK_MUST_CHECK;
/* Creates a folder and those above it; one that exists is fine. */
bool wk_mkdir_p(const char *path, mode_t mode, struct wk_err *err) WK_MUST_CHECK;
/* Removes a folder and everything below it. Follows no link and enters no other file system: a
 * mount point below is an error (EBUSY), never emptied. A path that does not exist is fine. */
bool wk_rmtree(const char *path, struct wk_err *err) WK_MUST_CHECK;
bool wk_path_exists(const char *path);

#endif
