/*
 * Child programs
 *
 * A program may start others, and those must end with it: at its deadline, at an interrupt, and
 * when this process is killed. Its process group is led by a guard, a fork of ours that only waits
 * for the death of its parent (PR_SET_PDEATHSIG) and then kills the group; the program itself
 * cannot be asked to. The guard is a child of ours, not of the program, which never sees a process
 * it did not start. Whatever is left of the group when the program ends is killed as well.
 */
#include "wookie/proc/cmd.h"

#include "wookie/base/file.h"
#include "wookie/proc/interrupt.h"
#include "wookie/proc/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_EVERY (100 * WK_MSEC)

enum step {
	STEP_NETNS,
	STEP_FOLDER,
	STEP_EXEC,
};

/* What the child says when it cannot become the program. */
struct trouble {
	enum step step;
	int errnum;
};

struct running {
	pid_t guard;
	pid_t pid;
	int ended; /* pidfd of the program */
	int out;   /* reading ends, non-blocking */
	int err;
	int report; /* end of file once the program runs, else a struct trouble */
};

static _Noreturn void guard(pid_t parent)
{
	sigset_t all;

	(void)setpgid(0, 0);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGUSR1);
	(void)close_range(0, ~0U, 0);
	while (getppid() == parent)
		(void)sigwaitinfo(&all, NULL);
	(void)kill(0, SIGKILL);
	_exit(0);
}

static pid_t start_guard(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == 0)
		guard(parent);
	if (pid > 0)
		(void)setpgid(pid, pid);
	return pid;
}

static int input_file(const char *text)
{
	struct wk_err ignored;
	int fd;

	if (!text)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	if (!wk_write_all(fd, text, strlen(text), &ignored) || lseek(fd, 0, SEEK_SET) < 0) {
		wk_close(fd);
		return -1;
	}
	return fd;
}

static void reset_signals(void)
{
	sigset_t none;

	wk_interrupt_release();
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void add_environment(const char *const *pairs)
{
	for (; pairs && *pairs; pairs++) {
		WK_AUTOFREE char *name = wk_xstrndup(*pairs, strcspn(*pairs, "="));
		const char *value = *pairs + strlen(name);

		(void)setenv(name, *value ? value + 1 : value, 1);
	}
}

/* Becomes the program, or says at which step it could not. */
static enum step become(const struct wk_cmd *cmd)
{
	struct wk_err ignored;
	size_t n = 0;
	char **argv;

	if (cmd->netns >= 0 && !wk_ns_enter(cmd->netns, &ignored))
		return STEP_NETNS;
	if (cmd->cwd && chdir(cmd->cwd) < 0)
		return STEP_FOLDER;
	add_environment(cmd->env);
	while (cmd->argv[n])
		n++;
	argv = wk_xcalloc(n + 1, sizeof(*argv));
	memcpy(argv, cmd->argv, n * sizeof(*argv));
	(void)execvp(argv[0], argv);
	return STEP_EXEC;
}

struct child_ends {
	int in;
	int out;
	int err;
	int report;
};

static _Noreturn void child(
	const struct wk_cmd *cmd, pid_t group, pid_t parent, const struct child_ends *ends)
{
	struct trouble trouble;

	if (setpgid(0, group) < 0)
		_exit(127);
	reset_signals();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	(void)dup2(ends->in, STDIN_FILENO);
	(void)dup2(ends->out, STDOUT_FILENO);
	(void)dup2(ends->err, STDERR_FILENO);
	trouble.step = become(cmd);
	trouble.errnum = errno;
	_exit(write(ends->report, &trouble, sizeof(trouble)) < 0 ? 126 : 127);
}

static bool start_child(const struct wk_cmd *cmd, struct running *run, struct wk_err *err)
{
	int WK_AUTO(wk_close) in = input_file(cmd->input);
	int out[2] = {-1, -1};
	int errs[2] = {-1, -1};
	int report[2] = {-1, -1};
	pid_t parent = getpid();
	bool piped = in >= 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(errs, O_CLOEXEC) == 0 &&
		     pipe2(report, O_CLOEXEC) == 0;

	if (piped)
		run->guard = start_guard();
	if (run->guard > 0)
		run->pid = fork();
	if (run->pid == 0 && run->guard > 0)
		child(cmd, run->guard, parent,
			&(struct child_ends){in, out[1], errs[1], report[1]});
	if (run->pid <= 0)
		(void)wk_err_sys(err, errno, "start '%s'", cmd->argv[0]);
	run->out = out[0];
	run->err = errs[0];
	run->report = report[0];
	wk_close(out[1]);
	wk_close(errs[1]);
	wk_close(report[1]);
	if (run->pid <= 0)
		return false;
	(void)setpgid(run->pid, run->guard);
	(void)fcntl(run->out, F_SETFL, O_NONBLOCK);
	(void)fcntl(run->err, F_SETFL, O_NONBLOCK);
	run->ended = pidfd_open(run->pid, 0);
	return run->ended >= 0 || wk_err_sys(err, errno, "watch '%s'", cmd->argv[0]);
}

/* Waits for the exec: a child that could not become the program says why. */
static bool started(const struct wk_cmd *cmd, const struct running *run, struct wk_err *err)
{
	struct trouble trouble;
	ssize_t n = read(run->report, &trouble, sizeof(trouble));

	while (n < 0 && errno == EINTR)
		n = read(run->report, &trouble, sizeof(trouble));
	if (n != (ssize_t)sizeof(trouble))
		return true;
	if (trouble.step == STEP_NETNS)
		return wk_err_sys(err, trouble.errnum, "start '%s': enter the network namespace",
			cmd->argv[0]);
	if (trouble.step == STEP_FOLDER)
		return wk_err_sys(
			err, trouble.errnum, "start '%s' in folder '%s'", cmd->argv[0], cmd->cwd);
	if (trouble.errnum == ENOENT && !strchr(cmd->argv[0], '/'))
		return wk_err_set(err, WK_ERR_MISSING, "no program '%s' in PATH", cmd->argv[0]);
	(void)wk_err_sys(err, trouble.errnum, "start '%s'", cmd->argv[0]);
	if (trouble.errnum == ENOENT)
		err->kind = WK_ERR_MISSING;
	return false;
}

/* What does not fit is read all the same, so that the program is never stuck on a full pipe. */
static void drain(int *fd, struct wk_buf *buf)
{
	char chunk[16384];
	ssize_t n = read(*fd, chunk, sizeof(chunk));

	while (n > 0) {
		size_t room = buf->max - buf->len;

		(void)wk_buf_add(buf, chunk, (size_t)n < room ? (size_t)n : room);
		buf->full = buf->full || (size_t)n > room;
		n = read(*fd, chunk, sizeof(chunk));
	}
	if (n == 0) {
		wk_close(*fd);
		*fd = -1;
	}
}

enum outcome {
	OUTCOME_ENDED,
	OUTCOME_LATE,
	OUTCOME_INTERRUPTED,
};

static enum outcome watch(const struct wk_cmd *cmd, struct running *run, struct wk_cmd_result *ret)
{
	struct pollfd fds[4];

	for (;;) {
		wk_nsec slice = wk_now() + LOOK_EVERY;
		bool wakes = cmd->patience == 0;

		fds[0] = (struct pollfd){.fd = run->ended, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = run->out, .events = POLLIN};
		fds[2] = (struct pollfd){.fd = run->err, .events = POLLIN};
		fds[3] = (struct pollfd){.fd = wakes ? wk_interrupt_fd() : -1, .events = POLLIN};
		(void)poll(fds, WK_COUNT(fds), wk_poll_timeout(wk_earlier(slice, cmd->deadline)));
		drain(&run->out, &ret->out);
		drain(&run->err, &ret->err);
		if (cmd->look)
			cmd->look(cmd->context, ret);
		if (fds[0].revents & POLLIN)
			return OUTCOME_ENDED;
		if (wk_interrupt_count() > cmd->patience)
			return OUTCOME_INTERRUPTED;
		if (wk_now() >= cmd->deadline)
			return OUTCOME_LATE;
	}
}

static int reap(pid_t pid)
{
	int status = 0;

	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Ends the group, takes what it still said, and gives the program's wait status. */
static int wind_up(struct running *run, struct wk_cmd_result *ret)
{
	int status;

	if (run->guard > 0)
		(void)kill(-run->guard, SIGKILL);
	/* A child that has not joined the group yet. */
	if (run->pid > 0 && run->ended >= 0)
		(void)pidfd_send_signal(run->ended, SIGKILL, NULL, 0);
	status = reap(run->pid);
	(void)reap(run->guard);
	drain(&run->out, &ret->out);
	drain(&run->err, &ret->err);
	wk_close(run->out);
	wk_close(run->err);
	wk_close(run->report);
	wk_close(run->ended);
	return status;
}

static bool run_to_end(const struct wk_cmd *cmd, struct running *run, struct wk_cmd_result *ret,
	struct wk_err *err)
{
	enum outcome outcome;
	int status;

	if (!start_child(cmd, run, err) || !started(cmd, run, err)) {
		(void)wind_up(run, ret);
		return false;
	}
	outcome = watch(cmd, run, ret);
	status = wind_up(run, ret);
	if (outcome == OUTCOME_INTERRUPTED)
		return wk_err_set(err, WK_ERR_INTERRUPTED, "interrupted");
	ret->timed_out = outcome == OUTCOME_LATE;
	ret->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	ret->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return true;
}

bool wk_cmd_run(const struct wk_cmd *cmd, struct wk_cmd_result *ret, struct wk_err *err)
{
	size_t max = cmd->max_output ? cmd->max_output : (size_t)1024 * 1024;
	struct running run = {
		.guard = -1, .pid = -1, .ended = -1, .out = -1, .err = -1, .report = -1};

	*ret = (struct wk_cmd_result){
		.exit_code = -1, .out = WK_BUF_INIT(max), .err = WK_BUF_INIT(max)};
	return run_to_end(cmd, &run, ret, err);
}

void wk_cmd_result_finish(struct wk_cmd_result *result)
{
	if (!result)
		return;
	wk_buf_finish(&result->out);
	wk_buf_finish(&result->err);
}
