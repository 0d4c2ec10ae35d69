/*
 * Processes that are not our children
 *
 * Between a look at a number and a signal to it, its process may end and another may get the number. So
 * whatever is meant is known by its start time too, a descriptor is opened first and compared afterwards,
 * and only the descriptor is used: then there is no moment in which another could take the place.
 */
#include "wookie/proc/process.h"

#include "wookie/base/file.h"
#include "wookie/base/num.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define MAX_STAT 4096
#define FIELD_PARENT 4
#define FIELD_START 22

bool wk_process_look(pid_t pid, struct wk_process_look *ret, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_STAT);
	struct wk_process_look look = {.state = '?'};
	uint64_t parent = 0;
	char path[64];
	char *rest;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!wk_file_read(path, MAX_STAT, &text, err))
		return false;
	/* The name in brackets may hold anything. */
	rest = text.data ? strrchr(text.data, ')') : NULL;
	if (!rest || rest[1] != ' ')
		return wk_err_set(err, WK_ERR_SYSTEM, "%s: no name in brackets", path);
	rest += 2;
	look.state = *rest;
	for (int i = FIELD_PARENT - 1; i <= FIELD_START; i++) {
		char *field = strsep(&rest, " ");

		if (!field || !rest)
			return wk_err_set(err, WK_ERR_SYSTEM, "%s: too few fields", path);
		if (i == FIELD_PARENT && !wk_num_parse(field, 0, INT32_MAX, &parent, err))
			return false;
		if (i == FIELD_START && !wk_num_parse(field, 0, UINT64_MAX, &look.start, err))
			return false;
	}
	look.parent = (pid_t)parent;
	*ret = look;
	return true;
}

bool wk_process_find(pid_t pid, struct wk_process *ret, struct wk_err *err)
{
	struct wk_process_look look = {0};

	if (!wk_process_look(pid, &look, err))
		return false;
	*ret = (struct wk_process){pid, look.start};
	return true;
}

bool wk_process_lives(const struct wk_process *process)
{
	struct wk_process_look look = {0};
	struct wk_err gone;

	return process->pid > 0 && wk_process_look(process->pid, &look, &gone) &&
	       look.start == process->start && look.state != 'Z' && look.state != 'X';
}

int wk_process_open(const struct wk_process *process)
{
	int fd = process->pid > 0 ? pidfd_open(process->pid, 0) : -1;

	if (fd < 0 || wk_process_lives(process))
		return fd;
	wk_close(fd);
	return -1;
}

bool wk_process_send(const struct wk_process *process, int number, struct wk_err *err)
{
	int WK_AUTO(wk_close) fd = wk_process_open(process);

	if (fd < 0)
		return wk_err_sys(err, ESRCH, "process %d", (int)process->pid);
	return pidfd_send_signal(fd, number, NULL, 0) == 0 ||
	       wk_err_sys(err, errno, "send signal %d to process %d", number, (int)process->pid);
}

int wk_process_netns(const struct wk_process *process, struct wk_err *err)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)process->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		(void)wk_err_sys(err, errno, "%s", path);
		return -1;
	}
	if (wk_process_lives(process))
		return fd;
	wk_close(fd);
	(void)wk_err_sys(err, ESRCH, "%s", path);
	return -1;
}
