#include "wookie/component/lock.h"

#include "scratch.h"

#include "wookie/proc/interrupt.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that holds the lock until it is killed; returns once it has it. */
static pid_t hold(const char *path)
{
	int ready[2];
	char byte;

	cr_assert_eq(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct wk_err err;
		bool held = wk_lock_take(path, NULL, WK_NEVER, &err) >= 0;
		if (write(ready[1], held ? "y" : "n", 1) == 1)
			(void)pause();
		_exit(0);
	}
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	cr_assert_eq(byte, 'y');
	wk_close(ready[0]);
	wk_close(ready[1]);
	return pid;
}

struct heard {
	pid_t holder;
	char waiting[256];
	bool done;
};

/* What the one that waits is told; the holder ends as soon as it was named. */
static void hear(void *context, const struct wk_step *step)
{
	struct heard *heard = context;

	if (step->state == WK_STEP_WAIT) {
		(void)snprintf(heard->waiting, sizeof(heard->waiting), "%s", step->detail);
		(void)kill(heard->holder, SIGKILL);
	}
	heard->done = heard->done || step->state == WK_STEP_DONE;
}

Test(lock, the_second_waits_for_the_first_and_says_for_whom)
{
	char *WK_AUTO(scratch_free) folder = scratch_new();
	WK_AUTOFREE char *path = wk_xasprintf("%s/lock", folder);
	struct heard heard = {.holder = hold(path)};
	WK_AUTOFREE char *words = wk_xasprintf("waiting for process %ld,", (long)heard.holder);
	struct wk_err err;

	int WK_AUTO(wk_close) fd =
		wk_lock_take(path, &(struct wk_progress){hear, &heard}, WK_NEVER, &err);
	cr_assert_geq(fd, 0);
	cr_expect(strstr(heard.waiting, words), "%s", heard.waiting);
	cr_expect(heard.done);
	cr_expect_eq(waitpid(heard.holder, NULL, 0), heard.holder);
}

Test(lock, waiting_can_be_interrupted)
{
	char *WK_AUTO(scratch_free) folder = scratch_new();
	WK_AUTOFREE char *path = wk_xasprintf("%s/lock", folder);
	pid_t holder = hold(path);
	struct wk_err err = {0};

	wk_interrupt_catch();
	(void)raise(SIGINT);
	cr_expect_eq(wk_lock_take(path, NULL, WK_NEVER, &err), -1);
	cr_expect_eq(err.kind, WK_ERR_INTERRUPTED);
	(void)kill(holder, SIGKILL);
	cr_expect_eq(waitpid(holder, NULL, 0), holder);
}

Test(lock, waiting_ends_with_the_time_there_is)
{
	char *WK_AUTO(scratch_free) folder = scratch_new();
	WK_AUTOFREE char *path = wk_xasprintf("%s/lock", folder);
	pid_t holder = hold(path);
	struct wk_err err = {0};

	cr_expect_eq(wk_lock_take(path, NULL, wk_now() + 200 * WK_MSEC, &err), -1);
	cr_expect_eq(err.kind, WK_ERR_TIMEOUT);
	cr_expect_str_eq(err.msg, "another set-up has not come to its end");
	(void)kill(holder, SIGKILL);
	cr_expect_eq(waitpid(holder, NULL, 0), holder);
}
