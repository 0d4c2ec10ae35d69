/*
 * Network namespaces
 *
 * A socket stays in the network namespace in which it was made, so one process can talk on both
 * sides: it enters, makes the socket, and goes back. Not getting back would send every later
 * connection astray; that is no condition to go on in.
 */
#include "wookie/proc/ns.h"

#include "wookie/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>

int wk_ns_socket(int netns, int domain, int type, int protocol)
{
	int WK_AUTO(wk_close) home = -1;
	int fd;
	int errnum;

	if (netns < 0)
		return socket(domain, type | SOCK_CLOEXEC, protocol);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || setns(netns, CLONE_NEWNET) < 0)
		return -1;
	fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	errnum = errno;
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
	errno = errnum;
	return fd;
}

bool wk_ns_enter(int netns, struct wk_err *err)
{
	if (setns(netns, CLONE_NEWNET) < 0)
		return wk_err_sys(err, errno, "enter the network namespace");
	return true;
}
