#include "wookie/proc/cmd.h"
#include "wookie/proc/interrupt.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gone.h"

static struct wk_cmd shell(const char *const argv[])
{
	return (struct wk_cmd){.argv = argv, .netns = -1, .deadline = wk_now() + 10 * WK_SEC};
}

Test(cmd, both_outputs_and_the_exit_code_are_taken)
{
	const char *argv[] = {"sh", "-c", "echo out; echo err >&2; exit 7", NULL};
	struct wk_cmd cmd = shell(argv);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result;
	struct wk_err err;

	cr_assert(wk_cmd_run(&cmd, &result, &err), "%s", err.msg);
	cr_expect_eq(result.exit_code, 7);
	cr_expect_eq(result.signal, 0);
	cr_expect_not(result.timed_out);
	cr_expect_str_eq(wk_buf_str(&result.out), "out\n");
	cr_expect_str_eq(wk_buf_str(&result.err), "err\n");
}

Test(cmd, input_environment_and_folder_reach_the_program)
{
	const char *argv[] = {"sh", "-c", "cat; echo $WK_WORD; pwd", NULL};
	const char *env[] = {"WK_WORD=a=b", NULL};
	struct wk_cmd cmd = shell(argv);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result;
	struct wk_err err;

	cmd.input = "hello\n";
	cmd.env = env;
	cmd.cwd = "/";
	cr_assert(wk_cmd_run(&cmd, &result, &err), "%s", err.msg);
	cr_expect_str_eq(wk_buf_str(&result.out), "hello\na=b\n/\n");
}

Test(cmd, a_program_that_is_not_there_is_missing)
{
	const char *argv[] = {"wookie-no-such-program", NULL};
	struct wk_cmd cmd = shell(argv);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result;
	struct wk_err err;

	cr_assert_not(wk_cmd_run(&cmd, &result, &err));
	cr_expect_eq(err.kind, WK_ERR_MISSING);
	cr_expect_str_eq(err.msg, "no program 'wookie-no-such-program' in PATH");
}

Test(cmd, a_folder_that_is_not_there_is_named)
{
	const char *argv[] = {"true", NULL};
	struct wk_cmd cmd = shell(argv);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result;
	struct wk_err err;

	cmd.cwd = "/no/such/folder";
	cr_assert_not(wk_cmd_run(&cmd, &result, &err));
	cr_expect_str_eq(
		err.msg, "start 'true' in folder '/no/such/folder': No such file or directory");
}

Test(cmd, output_beyond_its_maximum_is_cut_and_the_program_still_ends)
{
	const char *argv[] = {"sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x", NULL};
	struct wk_cmd cmd = shell(argv);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result;
	struct wk_err err;

	cmd.max_output = 1000;
	cr_assert(wk_cmd_run(&cmd, &result, &err), "%s", err.msg);
	cr_expect_eq(result.exit_code, 0);
	cr_expect_eq(result.out.len, 1000);
	cr_expect(result.out.full);
	cr_expect_not(result.err.full);
}

Test(cmd, the_deadline_kills_the_program_and_what_it_started)
{
	const char *argv[] = {"sh", "-c", "sleep 60 & echo $!; wait", NULL};
	struct wk_cmd cmd = shell(argv);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result;
	wk_nsec begin = wk_now();
	struct wk_err err;
	int grandchild = 0;

	cmd.deadline = begin + 300 * WK_MSEC;
	cr_assert(wk_cmd_run(&cmd, &result, &err), "%s", err.msg);
	cr_expect(result.timed_out);
	cr_expect_eq(result.signal, SIGKILL);
	cr_expect_eq(result.exit_code, -1);
	cr_assert_eq(sscanf(wk_buf_str(&result.out), "%d", &grandchild), 1);
	cr_expect(gone(grandchild), "process %d still runs", grandchild);
}

Test(cmd, what_a_program_leaves_running_ends_with_it)
{
	const char *argv[] = {"sh", "-c", "sleep 60 & echo $!", NULL};
	struct wk_cmd cmd = shell(argv);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result;
	struct wk_err err;
	int grandchild = 0;

	cr_assert(wk_cmd_run(&cmd, &result, &err), "%s", err.msg);
	cr_expect_eq(result.exit_code, 0);
	cr_assert_eq(sscanf(wk_buf_str(&result.out), "%d", &grandchild), 1);
	cr_expect(gone(grandchild), "process %d still runs", grandchild);
}

Test(cmd, killing_the_caller_kills_the_program_and_what_it_started)
{
	const char *argv[] = {"sh", "-c", "sleep 60 & echo $! $$ >&9; wait", NULL};
	char text[64] = "";
	int grandchild = 0;
	int child = 0;
	int ends[2];
	pid_t caller;

	cr_assert_eq(pipe(ends), 0);
	caller = fork();
	if (caller == 0) {
		struct wk_cmd cmd = shell(argv);
		struct wk_cmd_result result;
		struct wk_err err;

		(void)dup2(ends[1], 9);
		_exit(wk_cmd_run(&cmd, &result, &err) ? 0 : 1);
	}
	close(ends[1]);
	cr_assert_gt(read(ends[0], text, sizeof(text) - 1), 0);
	cr_assert_eq(sscanf(text, "%d %d", &grandchild, &child), 2);
	cr_assert_eq(kill(caller, SIGKILL), 0);
	cr_assert_eq(waitpid(caller, NULL, 0), caller);
	cr_expect(gone(child), "process %d still runs", child);
	cr_expect(gone(grandchild), "process %d still runs", grandchild);
	close(ends[0]);
}

static void interrupt_self(wk_nsec after)
{
	pid_t target = getpid();

	if (fork() == 0) {
		wk_pause(after);
		_exit(kill(target, SIGINT));
	}
}

Test(cmd, an_interrupt_ends_the_program)
{
	const char *argv[] = {"sleep", "60", NULL};
	struct wk_cmd cmd = shell(argv);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result;
	struct wk_err err;

	wk_interrupt_catch();
	interrupt_self(100 * WK_MSEC);
	cr_assert_not(wk_cmd_run(&cmd, &result, &err));
	cr_expect_eq(err.kind, WK_ERR_INTERRUPTED);
}

Test(cmd, one_with_patience_outlives_the_first_interrupt_only)
{
	const char *quick[] = {"sh", "-c", "sleep 0.3; echo done", NULL};
	const char *slow[] = {"sleep", "60", NULL};
	struct wk_cmd cmd = shell(quick);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) first;
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) second;
	struct wk_err err;

	wk_interrupt_catch();
	cmd.patience = 1;
	interrupt_self(50 * WK_MSEC);
	cr_assert(wk_cmd_run(&cmd, &first, &err), "%s", err.msg);
	cr_expect_str_eq(wk_buf_str(&first.out), "done\n");
	cmd.argv = slow;
	interrupt_self(50 * WK_MSEC);
	cr_expect_not(wk_cmd_run(&cmd, &second, &err));
	cr_expect_eq(wk_interrupt_count(), 2);
}

static void count_looks(void *context, const struct wk_cmd_result *so_far)
{
	size_t *longest = context;

	if (so_far->out.len > *longest)
		*longest = so_far->out.len;
}

Test(cmd, whoever_looks_sees_the_output_grow)
{
	const char *argv[] = {"sh", "-c", "echo one; sleep 0.3; echo two", NULL};
	struct wk_cmd cmd = shell(argv);
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result;
	struct wk_err err;
	size_t longest = 0;

	cmd.look = count_looks;
	cmd.context = &longest;
	cr_assert(wk_cmd_run(&cmd, &result, &err), "%s", err.msg);
	cr_expect_geq(longest, strlen("one\n"));
	cr_expect_str_eq(wk_buf_str(&result.out), "one\ntwo\n");
}
