/*
 * One set-up at a time
 *
 * The lock is flock(2) on a file of the cache, so that it cannot outlive its holder. What the file
 * says is only for people: which process to look for while they wait.
 */
#include "wookie/component/lock.h"

#include "wookie/base/file.h"
#include "wookie/proc/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define WHAT "another set-up"

static void say(const struct wk_progress *progress, enum wk_step_state state, const char *detail,
	wk_nsec began)
{
	wk_progress_report(progress, &(struct wk_step){.phase = "setup",
					     .what = WHAT,
					     .detail = detail,
					     .state = state,
					     .elapsed = wk_now() - began});
}

static void say_who(int fd, const struct wk_progress *progress, wk_nsec began)
{
	char holder[128] = "";
	char detail[256];
	ssize_t n = pread(fd, holder, sizeof(holder) - 1, 0);

	(void)snprintf(detail, sizeof(detail), "waiting for %s",
		n > 0 ? holder : "a process that has not said who it is");
	detail[strcspn(detail, "\n")] = '\0';
	say(progress, WK_STEP_WAIT, detail, began);
}

static bool wait_for(
	int fd, const struct wk_progress *progress, wk_nsec deadline, struct wk_err *err)
{
	wk_nsec began = wk_now();
	wk_nsec said = 0;

	say(progress, WK_STEP_BEGIN, NULL, began);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return wk_err_sys(err, errno, "lock");
		if (wk_interrupted(err))
			return false;
		if (wk_now() >= deadline)
			return wk_err_set(
				err, WK_ERR_TIMEOUT, "another set-up has not come to its end");
		if (wk_now() - said > WK_SEC) {
			said = wk_now();
			say_who(fd, progress, began);
		}
		wk_pause(100 * WK_MSEC);
	}
	say(progress, WK_STEP_DONE, NULL, began);
	return true;
}

static void sign(int fd)
{
	char when[21];
	char text[128];

	wk_clock_utc(when);
	int n = snprintf(
		text, sizeof(text), "process %ld, which began at %s\n", (long)getpid(), when);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) < 0)
		return;
}

int wk_lock_take(
	const char *path, const struct wk_progress *progress, wk_nsec deadline, struct wk_err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0) {
		(void)wk_err_sys(err, errno, "%s", path);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && !wait_for(fd, progress, deadline, err)) {
		wk_close(fd);
		return -1;
	}
	sign(fd);
	return fd;
}
