/*
 * Records of processes
 *
 * A pid alone names nothing: the kernel hands it out again. What a mesh leaves on disk therefore
 * says also when the process started and during which boot, and nothing is signalled or believed
 * unless all three agree (see harness/proc/process.c).
 */
#include "wookie/provider/native/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/proc/process.h"

#define MAX_RECORD 1024

static bool read_boot(char boot[40], struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(64);

	if (!wk_file_read("/proc/sys/kernel/random/boot_id", 64, &text, err))
		return false;
	(void)snprintf(boot, 40, "%.36s", wk_buf_str(&text));
	return true;
}

static struct wk_process process_of(const struct wk_record *record)
{
	return (struct wk_process){record->pid, record->start};
}

bool wk_record_of(pid_t pid, const char *group, struct wk_record *ret, struct wk_err *err)
{
	struct wk_record record = {.pid = pid, .since = wk_now()};
	struct wk_process process;

	if (!read_boot(record.boot, err) || !wk_process_find(pid, &process, err))
		return false;
	record.start = process.start;
	(void)snprintf(record.group, sizeof(record.group), "%s", group);
	*ret = record;
	return true;
}

bool wk_record_write(const struct wk_record *record, const char *path, struct wk_err *err)
{
	char text[MAX_RECORD];
	int len = snprintf(text, sizeof(text), "%d %" PRIu64 " %s %" PRId64 " %s\n",
		(int)record->pid, record->start, record->boot, record->since, record->group);

	return wk_file_write(path, text, (size_t)len, 0600, err);
}

/* What is above "wookie" may be anybody's; what is removed is below it. */
static bool is_ours(const char *group)
{
	const char *ours = strstr(group, "/wookie/");

	return (strncmp(group, "wookie/", 7) == 0 || ours) && group[0] != '/' &&
	       !strstr(group, "..");
}

bool wk_record_parse(const char *text, struct wk_record *ret, struct wk_err *err)
{
	struct wk_record record = {0};
	char copy[MAX_RECORD];
	char *rest = copy;
	char *fields[5];
	uint64_t pid;
	uint64_t since;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	for (size_t i = 0; i < WK_COUNT(fields); i++) {
		fields[i] = strsep(&rest, " \n");
		if (!fields[i] || !rest)
			return wk_err_set(err, WK_ERR_INPUT,
				"expected five words that describe a process, found %zu", i);
	}
	if (!wk_num_parse(fields[0], 1, INT32_MAX, &pid, err) ||
		!wk_num_parse(fields[1], 0, UINT64_MAX, &record.start, err) ||
		!wk_num_parse(fields[3], 0, INT64_MAX, &since, err))
		return false;
	if (!is_ours(fields[4]))
		return wk_err_set(err, WK_ERR_INPUT, "expected a cgroup below wookie/, found '%s'",
			fields[4]);
	record.pid = (pid_t)pid;
	record.since = (wk_nsec)since;
	(void)snprintf(record.boot, sizeof(record.boot), "%s", fields[2]);
	(void)snprintf(record.group, sizeof(record.group), "%s", fields[4]);
	*ret = record;
	return true;
}

bool wk_record_read(const char *path, struct wk_record *ret, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_RECORD - 1);

	if (!wk_file_read(path, MAX_RECORD - 1, &text, err))
		return false;
	if (!wk_record_parse(wk_buf_str(&text), ret, err))
		return wk_err_context(err, "%s", path);
	return true;
}

bool wk_record_this_boot(const struct wk_record *record)
{
	struct wk_err err = {0};
	char boot[40];

	return read_boot(boot, &err) && strcmp(boot, record->boot) == 0;
}

bool wk_record_alive(const struct wk_record *record)
{
	struct wk_process process = process_of(record);

	return wk_record_this_boot(record) && wk_process_lives(&process);
}

int wk_record_open(const struct wk_record *record)
{
	struct wk_process process = process_of(record);

	return wk_record_this_boot(record) ? wk_process_open(&process) : -1;
}

bool wk_record_send(const struct wk_record *record, int number, struct wk_err *err)
{
	struct wk_process process = process_of(record);

	if (!wk_record_this_boot(record))
		return wk_err_sys(err, ESRCH, "process %d", (int)record->pid);
	return wk_process_send(&process, number, err);
}
