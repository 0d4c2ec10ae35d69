#ifndef WOOKIE_TESTS_PROXY_H
#define WOOKIE_TESTS_PROXY_H

#include "../pki/loopback.h"

/* A proxy on the loopback interface that leads to the loopback interface, whatever host it is asked
 * for, and keeps what it was asked. */
enum proxy_kind {
	PROXY_HTTP,
	PROXY_HTTPS,
	PROXY_SOCKS5,
};

struct proxy {
	struct loopback loopback;
	enum proxy_kind kind;
	int refuses; /* HTTP status, or SOCKS reply; 0: it does as asked */
	char (*asked)
		[4096]; /* "host:port", or the head of the request; shared with its processes */
};

void proxy_start(struct proxy *proxy, const struct wk_cert *cert);
void proxy_stop(struct proxy *proxy);

#endif
