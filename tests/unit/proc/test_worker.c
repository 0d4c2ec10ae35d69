#include "wookie/base/file.h"
#include "wookie/proc/worker.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gone.h"

static enum wk_worker_end wait_for(struct wk_worker *worker, int *ret_status)
{
	enum wk_worker_end end = wk_worker_look(worker, ret_status);

	while (end == WK_WORKER_RUNNING) {
		struct pollfd fd = {.fd = worker->pipe, .events = POLLIN};

		(void)poll(&fd, 1, wk_poll_timeout(worker->deadline));
		end = wk_worker_look(worker, ret_status);
	}
	return end;
}

static int say(void *arg, int pipe)
{
	struct wk_err err;

	return wk_write_all(pipe, arg, strlen(arg), &err) ? 3 : 1;
}

static int crash(void *arg, int pipe)
{
	(void)arg;
	(void)pipe;
	(void)signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return 0;
}

static int spew(void *arg, int pipe)
{
	char block[4096];
	struct wk_err err;

	(void)arg;
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 64; i++)
		if (!wk_write_all(pipe, block, sizeof(block), &err))
			return 1;
	return 0;
}

/* Starts a child of its own, tells its number, and never ends. */
static int hang(void *arg, int pipe)
{
	pid_t pid = fork();

	(void)arg;
	if (pid == 0)
		for (;;)
			pause();
	if (dprintf(pipe, "%d\n", (int)pid) < 0)
		return 1;
	for (;;)
		pause();
}

Test(worker, its_text_and_exit_code_come_back)
{
	struct wk_worker worker = {0};
	struct wk_err err;
	int status = 0;
	char text[] = "hello";

	cr_assert(wk_worker_start(&worker, say, text, wk_now() + 10 * WK_SEC, 100, &err));
	cr_expect_eq(wait_for(&worker, &status), WK_WORKER_EXITED);
	cr_expect_eq(status, 3);
	cr_expect_str_eq(wk_buf_str(&worker.out), "hello");
	cr_expect_not(worker.out.full);
	wk_worker_finish(&worker);
}

Test(worker, a_crash_names_its_signal)
{
	struct wk_worker worker = {0};
	struct wk_err err;
	int status = 0;

	cr_assert(wk_worker_start(&worker, crash, NULL, wk_now() + 10 * WK_SEC, 100, &err));
	cr_expect_eq(wait_for(&worker, &status), WK_WORKER_KILLED);
	cr_expect_eq(status, SIGSEGV);
	wk_worker_finish(&worker);
}

Test(worker, output_beyond_its_maximum_is_cut_and_said)
{
	struct wk_worker worker = {0};
	struct wk_err err;
	int status = 0;

	cr_assert(wk_worker_start(&worker, spew, NULL, wk_now() + 10 * WK_SEC, 5000, &err));
	cr_expect_eq(wait_for(&worker, &status), WK_WORKER_EXITED);
	cr_expect_eq(status, 0);
	cr_expect_eq(worker.out.len, 5000);
	cr_expect(worker.out.full);
	wk_worker_finish(&worker);
}

Test(worker, the_deadline_kills_it_and_what_it_started)
{
	struct wk_worker worker = {0};
	struct wk_err err;
	int grandchild = 0;
	int status = 0;

	cr_assert(wk_worker_start(&worker, hang, NULL, wk_now() + 2 * WK_SEC, 100, &err));
	cr_expect_eq(wait_for(&worker, &status), WK_WORKER_LATE);
	cr_assert_eq(sscanf(wk_buf_str(&worker.out), "%d", &grandchild), 1);
	cr_expect(gone(grandchild), "process %d still runs", grandchild);
	wk_worker_finish(&worker);
}

Test(worker, finishing_early_kills_it)
{
	struct wk_worker worker = {0};
	struct wk_err err;
	pid_t pid;

	cr_assert(wk_worker_start(&worker, hang, NULL, WK_NEVER, 100, &err));
	pid = worker.pid;
	wk_worker_finish(&worker);
	cr_expect(gone(pid), "process %d still runs", pid);
	wk_worker_finish(&worker);
}

Test(worker, killing_the_parent_kills_it_and_what_it_started)
{
	int grandchild = 0;
	int worker = 0;
	char text[64] = "";
	int ends[2];
	pid_t parent;

	cr_assert_eq(pipe(ends), 0);
	parent = fork();
	if (parent == 0) {
		struct wk_worker own = {0};
		struct wk_err err;
		int status = 0;

		if (!wk_worker_start(&own, hang, NULL, WK_NEVER, 100, &err))
			_exit(1);
		while (own.out.len == 0 && wk_worker_look(&own, &status) == WK_WORKER_RUNNING)
			wk_pause(WK_MSEC);
		(void)dprintf(ends[1], "%d %s", (int)own.pid, wk_buf_str(&own.out));
		for (;;)
			pause();
	}
	cr_assert_gt(read(ends[0], text, sizeof(text) - 1), 0);
	cr_assert_eq(sscanf(text, "%d %d", &worker, &grandchild), 2);
	cr_assert_eq(kill(parent, SIGKILL), 0);
	cr_assert_eq(waitpid(parent, NULL, 0), parent);
	cr_expect(gone(worker), "process %d still runs", worker);
	cr_expect(gone(grandchild), "process %d still runs", grandchild);
	close(ends[0]);
	close(ends[1]);
}
