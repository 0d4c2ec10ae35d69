#include "wookie/base/file.h"
#include "wookie/proc/process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child(const char *name)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_NAME, name);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static char state_of(pid_t pid)
{
	struct wk_process_look look;
	struct wk_err err = {0};

	cr_assert(wk_process_look(pid, &look, &err), "%s", err.msg);
	return look.state;
}

static void end(pid_t pid)
{
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

Test(process, is_known_whatever_its_name_is)
{
	static const char *const names[] = {"plain", "a) Z 1 (b", "", ") S 1 2 3"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pid_t pid = child(names[i]);
		struct wk_process_look look;
		struct wk_process process;
		struct wk_err err = {0};

		cr_assert(wk_process_look(pid, &look, &err), "'%s': %s", names[i], err.msg);
		cr_expect_eq(look.parent, getpid(), "'%s'", names[i]);
		cr_assert(wk_process_find(pid, &process, &err), "'%s': %s", names[i], err.msg);
		cr_expect_eq(process.start, look.start, "'%s'", names[i]);
		cr_expect(wk_process_lives(&process), "'%s'", names[i]);
		end(pid);
		cr_expect_not(wk_process_lives(&process), "'%s'", names[i]);
	}
}

Test(process, is_stopped_and_goes_on)
{
	pid_t pid = child("stopped");
	struct wk_process process;
	struct wk_err err = {0};
	int status;

	cr_assert(wk_process_find(pid, &process, &err), "%s", err.msg);
	cr_assert(wk_process_send(&process, SIGSTOP, &err), "%s", err.msg);
	cr_assert_eq(waitpid(pid, &status, WUNTRACED), pid);
	cr_expect_eq(state_of(pid), 'T');
	cr_assert(wk_process_send(&process, SIGCONT, &err), "%s", err.msg);
	cr_assert_eq(waitpid(pid, &status, WCONTINUED), pid);
	cr_expect_neq(state_of(pid), 'T');
	end(pid);
}

Test(process, that_got_the_number_of_another_is_left_alone)
{
	pid_t pid = child("innocent");
	struct wk_process other;
	struct wk_err err = {0};

	cr_assert(wk_process_find(pid, &other, &err), "%s", err.msg);
	other.start--;
	cr_expect_not(wk_process_send(&other, SIGKILL, &err));
	cr_expect_eq(err.errnum, ESRCH);
	cr_expect_eq(wk_process_open(&other), -1);
	cr_expect_eq(wk_process_netns(&other, &err), -1);
	cr_expect_eq(waitpid(pid, NULL, WNOHANG), 0, "it lives on");
	end(pid);
}

Test(process, that_ended_is_gone_before_it_is_reaped)
{
	pid_t pid = child("zombie");
	struct wk_process process;
	struct wk_err err = {0};
	siginfo_t info;

	cr_assert(wk_process_find(pid, &process, &err), "%s", err.msg);
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	cr_expect_not(wk_process_lives(&process));
	cr_expect_not(wk_process_send(&process, SIGCONT, &err));
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

Test(process, has_a_network_namespace)
{
	struct wk_process process;
	struct wk_err err = {0};
	int WK_AUTO(wk_close) fd = -1;

	cr_assert(wk_process_find(getpid(), &process, &err), "%s", err.msg);
	fd = wk_process_netns(&process, &err);
	cr_expect_geq(fd, 0, "%s", err.msg);
	cr_expect_not(wk_process_find(-1, &process, &err));
}
