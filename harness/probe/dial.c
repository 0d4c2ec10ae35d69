/*
 * A connection on the wire
 *
 * From the mesh's own network namespace, where no sidecar stands in between: whoever accepts here
 * is the peer itself. Non-blocking with a deadline, because a firewall that drops gives no answer
 * for minutes.
 */
#include "wookie/probe/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "wookie/base/file.h"
#include "wookie/proc/ns.h"

/* 0, or the error with which the connection ended. */
static int wait_connected(int fd, wk_nsec deadline)
{
	struct pollfd poller = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t size = sizeof(error);
	int ready = poll(&poller, 1, wk_poll_timeout(deadline));

	if (ready == 0)
		return ETIMEDOUT;
	if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return errno;
	return error;
}

static int start_connect(int fd, const struct sockaddr_in *peer, wk_nsec deadline)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)peer, sizeof(*peer)) == 0)
		return 0;
	return errno == EINPROGRESS ? wait_connected(fd, deadline) : errno;
}

int wk_dial(int netns, const char *address, long port, wk_nsec deadline, int *ret_errno)
{
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = -1;
	int error = EINVAL;

	if (!address || inet_pton(AF_INET, address, &peer.sin_addr) != 1) {
		*ret_errno = error;
		return -1;
	}
	fd = wk_ns_socket(netns, AF_INET, SOCK_STREAM, 0);
	error = fd < 0 ? errno : start_connect(fd, &peer, deadline);
	if (error) {
		wk_close(fd);
		*ret_errno = error;
		return -1;
	}
	return fd;
}

const char *wk_dial_why(int errnum)
{
	switch (errnum) {
	case ECONNREFUSED:
		return "refused";
	case ETIMEDOUT:
		return "timed out";
	case ECONNRESET:
		return "reset";
	case EINVAL:
		return "no address";
	default:
		return strerror(errnum);
	}
}
