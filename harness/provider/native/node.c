/*
 * A node comes into being
 *
 * clone3 makes its first process directly in new network, mount, pid and uts namespaces. The
 * process first asks to be killed when its parent dies and only then waits for a word from it: a
 * parent that died before that leaves a closed line, one that dies after it takes the node along.
 * So there is no moment in which a node could outlive its keeper. The cgroup namespace comes when
 * the keeper has moved the process, because its root is the group that one is in.
 */
#include "wookie/provider/native/node.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/proc/title.h"
#include "wookie/provider/native/wire.h"

static bool allow_forwarding(struct wk_err *err)
{
	static const char *const paths[] = {
		"/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/bridge/bridge-nf-call-iptables"};

	for (size_t i = 0; i < WK_COUNT(paths); i++) {
		FILE *file = fopen(paths[i], "we");
		bool done = file && fputs("1", file) >= 0;

		if (file && fclose(file) != 0)
			done = false;
		if (!done)
			return wk_err_sys(err, errno, "%s (is br_netfilter loaded?)", paths[i]);
	}
	return true;
}

static bool settle(const struct wk_node *node, struct wk_err *err)
{
	const char *name = node->cluster->name;

	if (sethostname(name, strlen(name)) < 0)
		return wk_err_sys(err, errno, "hostname '%s'", name);
	if (unshare(CLONE_NEWCGROUP) < 0)
		return wk_err_sys(err, errno, "cgroup namespace");
	return wk_wire_plug(node->topology, node->index, err) && wk_node_furnish(node, err) &&
	       allow_forwarding(err) && wk_node_configure(node, err);
}

static _Noreturn void live(const struct wk_node *node, int line)
{
	struct wk_err err = {0};
	sigset_t none;
	char go;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, "wookie-node");
	wk_title_set("wookie: %s supervise", node->cluster->name);
	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)dup2(line, 3);
	(void)close_range(4, ~0U, 0);
	if (read(3, &go, 1) != 1)
		_exit(1);
	if (!settle(node, &err)) {
		(void)send(3, err.msg, strlen(err.msg), MSG_NOSIGNAL);
		_exit(1);
	}
	(void)close(3);
	wk_node_supervise(node);
}

bool wk_node_clone(const struct wk_node *node, pid_t *ret_pid, int *ret_socket, struct wk_err *err)
{
	struct clone_args args = {
		.flags = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS,
		.exit_signal = SIGCHLD,
	};
	int line[2];
	long pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
		return wk_err_sys(err, errno, "socketpair");
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		live(node, line[1]);
	wk_close(line[1]);
	if (pid < 0) {
		wk_close(line[0]);
		return wk_err_set(err, WK_ERR_MISSING,
			"no new network, mount, pid and uts namespaces: %s; run 'wookie-conform "
			"preflight'",
			strerror(errno));
	}
	*ret_pid = (pid_t)pid;
	*ret_socket = line[0];
	return true;
}

bool wk_node_go(int socket, struct wk_err *err)
{
	if (send(socket, "g", 1, MSG_NOSIGNAL) != 1)
		return wk_err_sys(err, errno, "a node's first process");
	return true;
}
