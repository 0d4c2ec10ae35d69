/*
 * Old reports
 *
 * What lies in reports/ may be anybody's, whatever it is called. A folder is ours where its event log begins
 * with the run of just that name; it may go when that run ended, or was killed long ago. Nothing is reached
 * through a link.
 */
#include "wookie/cli/prune.h"

#include "wookie/base/clock.h"
#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/model/event.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REPORTS "reports"
#define MOST_KEPT 1000000
#define LAST_LINE 4096
#define LONG_AGO ((time_t)24 * 3600)

struct old {
	char name[32];
	struct timespec when;
};

bool wk_prune_setting(size_t *ret_keep, struct wk_err *err)
{
	const char *text = getenv("WOOKIE_KEEP_REPORTS");
	uint64_t keep = 0;

	if (text && *text && !wk_num_parse(text, 1, MOST_KEPT, &keep, err))
		return wk_err_context(err, "WOOKIE_KEEP_REPORTS");
	*ret_keep = (size_t)keep;
	return true;
}

/* Whether the log begins with the run of that name. */
static bool begins_with(FILE *log, const char *name)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n = getline(&line, &room, log);
	cJSON *event = n > 0 ? cJSON_ParseWithLength(line, (size_t)n) : NULL;
	const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "event"));
	const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "id"));
	bool ours = word && id && strcmp(word, WK_EVENT_RUN) == 0 && strcmp(id, name) == 0;

	cJSON_Delete(event);
	free(line);
	return ours;
}

static bool is_over(int fd, const struct stat *st)
{
	char end[LAST_LINE + 1];
	off_t from = st->st_size > LAST_LINE ? st->st_size - LAST_LINE : 0;
	ssize_t n = pread(fd, end, LAST_LINE, from);

	end[n > 0 ? n : 0] = '\0';
	return strstr(end, "\"event\":\"" WK_EVENT_END "\"") ||
	       time(NULL) - st->st_mtim.tv_sec > LONG_AGO;
}

/* The log of a folder that is ours and may go. */
static bool read_log(int folder, const char *name, struct timespec *ret_when)
{
	int fd = openat(folder, "events.jsonl", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	FILE *log;
	bool ours;

	if (fd < 0)
		return false;
	log = fdopen(fd, "r");
	if (!log) {
		wk_close(fd);
		return false;
	}
	ours = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && begins_with(log, name) &&
	       is_over(fd, &st);
	if (ours)
		*ret_when = st.st_mtim;
	(void)fclose(log);
	return ours;
}

static bool may_go(int reports, const char *name, struct old *ret)
{
	int WK_AUTO(wk_close) folder =
		openat(reports, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct old old = {.name = ""};
	struct stat st;

	if (folder < 0 || strlen(name) >= sizeof(old.name) || fstat(folder, &st) < 0 ||
		st.st_uid != geteuid() || !read_log(folder, name, &old.when))
		return false;
	(void)snprintf(old.name, sizeof(old.name), "%s", name);
	*ret = old;
	return true;
}

static int newest_first(const void *a, const void *b)
{
	const struct timespec *left = &((const struct old *)a)->when;
	const struct timespec *right = &((const struct old *)b)->when;

	if (left->tv_sec != right->tv_sec)
		return left->tv_sec < right->tv_sec ? 1 : -1;
	return (left->tv_nsec < right->tv_nsec) - (left->tv_nsec > right->tv_nsec);
}

static size_t list_old(int reports, const char *current, struct old **ret)
{
	int fd = openat(reports, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct old *list = NULL;
	size_t n = 0;

	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		struct old old;

		if (e->d_name[0] == '.' || strcmp(e->d_name, current) == 0 ||
			!may_go(reports, e->d_name, &old))
			continue;
		list = wk_xrealloc(list, (n + 1) * sizeof(*list));
		list[n++] = old;
	}
	if (dir)
		(void)closedir(dir);
	if (n)
		qsort(list, n, sizeof(*list), newest_first);
	*ret = list;
	return n;
}

size_t wk_prune_reports(size_t keep, const char *current)
{
	int WK_AUTO(wk_close) reports =
		open(REPORTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct old *list = NULL;
	size_t removed = 0;
	size_t n;

	if (keep == 0 || reports < 0)
		return 0;
	n = list_old(reports, current, &list);
	/* The current one is among those that are kept. */
	for (size_t i = keep - 1; i < n; i++) {
		WK_AUTOFREE char *path = wk_xasprintf("/proc/self/fd/%d/%s", reports, list[i].name);
		struct wk_err busy;

		removed += wk_rmtree(path, &busy);
	}
	free(list);
	return removed;
}
