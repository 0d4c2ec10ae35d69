#include "wookie/proc/interrupt.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

Test(interrupt, nothing_is_counted_before_one_comes)
{
	struct wk_err err;

	cr_expect_eq(wk_interrupt_fd(), -1);
	wk_interrupt_catch();
	cr_expect_geq(wk_interrupt_fd(), 0);
	cr_expect_eq(wk_interrupt_count(), 0);
	cr_expect_not(wk_interrupted(&err));
}

Test(interrupt, each_signal_counts_and_wakes_those_who_poll)
{
	struct pollfd fd = {.events = POLLIN};
	struct wk_err err;

	wk_interrupt_catch();
	fd.fd = wk_interrupt_fd();
	cr_expect_eq(poll(&fd, 1, 0), 0);
	raise(SIGINT);
	raise(SIGTERM);
	raise(SIGHUP);
	cr_expect_eq(wk_interrupt_count(), 3);
	cr_expect_eq(poll(&fd, 1, 0), 1);
	cr_assert(wk_interrupted(&err));
	cr_expect_eq(err.kind, WK_ERR_INTERRUPTED);
}

Test(interrupt, a_broken_pipe_is_an_error_and_not_the_end)
{
	int ends[2];

	wk_interrupt_catch();
	cr_assert_eq(pipe(ends), 0);
	close(ends[0]);
	cr_expect_eq(write(ends[1], "x", 1), -1);
	close(ends[1]);
}

Test(interrupt, a_released_child_is_ended_by_a_signal_again)
{
	int status = 0;
	pid_t pid;

	wk_interrupt_catch();
	pid = fork();
	if (pid == 0) {
		wk_interrupt_release();
		raise(SIGTERM);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}
