#ifndef WOOKIE_TESTS_LOOPBACK_H
#define WOOKIE_TESTS_LOOPBACK_H

#include "wookie/pki/ca.h"

#include <openssl/ssl.h>
#include <sys/types.h>

/* A TLS server on the loopback interface, in a process of its own that dies with the test. */
struct loopback_setup {
	const struct wk_cert *cert;  /* what it shows */
	const char *chain_pem;       /* one more certificate to send, or NULL */
	const char *client_root_pem; /* demand a client certificate of this root, or NULL */
	int max_version;             /* TLS1_2_VERSION ..., 0 for any */
	const char *alpn;            /* the one protocol it selects, or NULL */
	/* Runs in a process per connection; the connection is closed when it returns. NULL: waits
	 * for the client to close. */
	void (*serve)(SSL *ssl, void *context);
	void *context;
};

struct loopback {
	pid_t pid;
	int port;
};

void loopback_start(struct loopback *server, const struct loopback_setup *setup);
void loopback_stop(struct loopback *server);
/* A connected socket. */
int loopback_connect(const struct loopback *server);
/* A socket that is bound and listens, but that nobody accepts from. */
int loopback_listen(int *ret_port);
/* Ends a connection with a reset instead of an end. */
void loopback_reset(SSL *ssl);

#endif
