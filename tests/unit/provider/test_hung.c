#include "wookie/provider/native/hung.h"

#include <criterion/criterion.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct wk_process found(pid_t pid)
{
	struct wk_process process;
	struct wk_err err = {0};

	cr_assert(wk_process_find(pid, &process, &err), "%s", err.msg);
	return process;
}

static void end(pid_t pid)
{
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

/* A node's first process with a child, that stops itself if it is told to. */
static pid_t node_with_child(bool stopped, pid_t *ret_child)
{
	int fds[2];
	pid_t node;

	cr_assert_eq(pipe(fds), 0);
	node = fork();
	if (node == 0) {
		pid_t child = fork();
		int status;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (child == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)(stopped ? raise(SIGSTOP) : pause());
		}
		if (stopped)
			(void)waitpid(child, &status, WUNTRACED);
		(void)!write(fds[1], &child, sizeof(child));
		for (;;)
			pause();
	}
	cr_assert_eq(read(fds[0], ret_child, sizeof(*ret_child)), (ssize_t)sizeof(*ret_child));
	(void)close(fds[0]);
	(void)close(fds[1]);
	return node;
}

Test(hung, a_stopped_process_below_the_node_is_told)
{
	for (int stopped = 0; stopped < 2; stopped++) {
		struct wk_buf WK_AUTO(wk_buf_finish) words = WK_BUF_INIT(500);
		pid_t child;
		pid_t node = node_with_child(stopped, &child);
		struct wk_process process = found(node);
		char hung[64];

		wk_hung_look(&process, wk_now(), &words, hung);
		cr_expect_eq(strstr(wk_buf_str(&words), " is stopped") != NULL, stopped == 1, "%s",
			wk_buf_str(&words));
		cr_expect_eq(*hung != '\0', stopped == 1, "%s", hung);
		end(node);
		(void)kill(child, SIGKILL);
	}
}

Test(hung, a_stopped_process_of_somebody_else_is_not)
{
	struct wk_buf WK_AUTO(wk_buf_finish) words = WK_BUF_INIT(500);
	pid_t child;
	pid_t other;
	pid_t stopped = node_with_child(true, &child);
	pid_t node = node_with_child(false, &other);
	struct wk_process process = found(node);
	char hung[64];

	wk_hung_look(&process, wk_now(), &words, hung);
	cr_expect_null(strstr(wk_buf_str(&words), "stopped"), "%s", wk_buf_str(&words));
	end(node);
	end(stopped);
	(void)kill(child, SIGKILL);
	(void)kill(other, SIGKILL);
}

static bool raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

/* In a network of its own: takes connections as kubelet does, and answers none. */
static pid_t silent_node(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(10248)};
	char ready = 0;
	int fds[2];
	pid_t node;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(pipe(fds), 0);
	node = fork();
	if (node == 0) {
		int fd;

		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		ready = unshare(CLONE_NEWNET) == 0 && raise_loopback();
		fd = socket(AF_INET, SOCK_STREAM, 0);
		ready = ready &&
			bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
			listen(fd, 5) == 0;
		(void)!write(fds[1], &ready, 1);
		for (;;)
			pause();
	}
	cr_assert_eq(read(fds[0], &ready, 1), 1);
	cr_assert(ready, "no network namespace");
	return node;
}

Test(hung, who_takes_connections_and_answers_none_is_told)
{
	struct wk_buf WK_AUTO(wk_buf_finish) words = WK_BUF_INIT(500);
	struct wk_process process;
	char hung[64];
	pid_t node;

	if (geteuid() != 0)
		cr_skip_test("needs root, for a network namespace");
	node = silent_node();
	process = found(node);
	wk_hung_look(&process, wk_now() + 300 * WK_MSEC, &words, hung);
	cr_expect_str_eq(wk_buf_str(&words), "kubelet does not answer");
	cr_expect_str_eq(hung, "kubelet");
	end(node);
}
