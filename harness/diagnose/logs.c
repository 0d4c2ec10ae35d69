/*
 * Logs
 *
 * Of a log its end matters. Files are taken as they stand, whoever wrote them: only regular ones, no
 * link is followed, and their names become paths in the bundle as they are. A pod's folder carries its
 * uid, which only makes the path longer.
 */
#include "wookie/base/file.h"
#include "wookie/diagnose/bundle.h"
#include "wookie/diagnose/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH 3
#define TAIL ((off_t)128 * 1024)

static bool is_log(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && strcmp(dot, ".log") == 0;
}

/* At most `max` bytes from the end of an open file; the caller frees *ret. */
static bool read_tail(int fd, off_t max, char **ret, size_t *ret_len, off_t *ret_size)
{
	struct stat st;
	size_t len = 0;
	char *text;
	ssize_t n = 1;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if (st.st_size > max)
		(void)lseek(fd, -max, SEEK_END);
	text = wk_xmalloc((size_t)max + 1);
	while (n > 0 && len < (size_t)max) {
		n = read(fd, text + len, (size_t)max - len);
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	*ret = text;
	*ret_len = len;
	*ret_size = st.st_size;
	return true;
}

static void add(struct wk_bundle *bundle, const char *path, int fd, off_t max)
{
	WK_AUTOFREE char *text = NULL;
	off_t size = 0;
	size_t len = 0;

	if (fd < 0 || !read_tail(fd, max, &text, &len, &size))
		wk_bundle_miss(bundle, path, fd < 0 ? strerror(errno) : "it is no regular file");
	else
		wk_bundle_tail(bundle, path, text, len, (size_t)size);
}

/* demo_test-pod_1503bba4-39f7-4462-b515-77dadb2ea0f2: without the uid. */
static char *short_name(const char *name)
{
	const char *last = strrchr(name, '_');
	bool uid = last && strlen(last + 1) == 36 && strchr(name, '_') != last;

	return wk_xstrndup(name, uid ? (size_t)(last - name) : strlen(name));
}

// NOLINTNEXTLINE(misc-no-recursion)
static void walk(struct wk_bundle *bundle, const char *path, int folder, int depth);

// NOLINTNEXTLINE(misc-no-recursion)
static void take_entry(
	struct wk_bundle *bundle, const char *path, int folder, const char *name, int depth)
{
	WK_AUTOFREE char *shown = short_name(name);
	WK_AUTOFREE char *below = wk_xasprintf("%s/%s", path, shown);
	int WK_AUTO(wk_close) fd = -1;
	struct stat st;

	if (name[0] == '.' || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISDIR(st.st_mode) && depth > 0) {
		fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		walk(bundle, below, fd, depth - 1);
	} else if (S_ISREG(st.st_mode) && is_log(name)) {
		fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		add(bundle, below, fd, TAIL);
	}
}

static void free_all(struct dirent **entries, int n)
{
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
}

// NOLINTNEXTLINE(misc-no-recursion)
static void walk(struct wk_bundle *bundle, const char *path, int folder, int depth)
{
	struct dirent **entries = NULL;
	int n = folder < 0 ? -1 : scandirat(folder, ".", &entries, NULL, alphasort);

	if (n < 0) {
		wk_bundle_miss(bundle, path, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++)
		take_entry(bundle, path, folder, entries[i]->d_name, depth);
	free_all(entries, n);
}

void wk_bundle_logs(struct wk_bundle *bundle, const char *path, const char *folder)
{
	int WK_AUTO(wk_close) fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	walk(bundle, path, fd, DEPTH);
}

void wk_bundle_file(struct wk_bundle *bundle, const char *path, const char *source)
{
	int WK_AUTO(wk_close) fd = open(source, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	add(bundle, path, fd, (off_t)WK_BUNDLE_FILE_MAX);
}
