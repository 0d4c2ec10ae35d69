#ifndef WOOKIE_TESTS_SERVER_H
#define WOOKIE_TESTS_SERVER_H

#include "wookie/kube/client.h"

#include "../pki/loopback.h"

/* An API server that says what the test wrote down for it, over real TLS. */
enum after {
	KEEP, /* and wait for the next request */
	CLOSE,
	RESET,
	HANG,
};

struct turn {
	int status; /* 0: nothing is answered */
	const char *body;
	enum after after;
	int claimed; /* more bytes than there are in Content-Length */
	/* With status 101: */
	const char *frames;
	size_t n_frames;
	const char *protocol; /* NULL: the right one */
	const char *accept;   /* NULL: the right one */
	bool drip;            /* a byte at a time */
	bool echo;            /* read standard input to its end and send it back on channel 1 */
};

/* An object, and that there is none. */
#define FOUND(text)                           \
	{                                     \
		.status = 200, .body = (text) \
	}
#define GONE                                                                          \
	{                                                                             \
		.status = 404,                                                        \
		.body = "{\"kind\":\"Status\",\"message\":\"not found\",\"details\":" \
			"{\"name\":\"x\"}}"                                           \
	}

/* What the server saw; shared with its processes. */
struct record {
	unsigned turn;
	unsigned connections;
	size_t len;
	char text[65536]; /* requests, head and body */
};

struct server {
	struct loopback loopback;
	const struct turn *turns; /* the last one is repeated */
	size_t n_turns;
	struct record *record;
	struct wk_cert ca;
	struct wk_cert cert;
	struct wk_cert client;
	struct wk_kubeconfig config; /* to reach it; the texts are the server's */
	char url[64];
	char name[8];
};

void server_start(struct server *server, const struct turn *turns, size_t n_turns);
void server_stop(struct server *server);

#endif
