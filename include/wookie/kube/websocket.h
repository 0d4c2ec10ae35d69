#ifndef WOOKIE_KUBE_WEBSOCKET_H
#define WOOKIE_KUBE_WEBSOCKET_H

#include "wookie/base/buf.h"

#include <stdint.h>

/* The client's side of WebSocket framing (RFC 6455), for exec.c. No I/O. */

enum wk_ws_opcode { /* 11.8 */
	WK_WS_OP_CONTINUATION = 0,
	WK_WS_OP_TEXT = 1,
	WK_WS_OP_BINARY = 2,
	WK_WS_OP_CLOSE = 8,
	WK_WS_OP_PING = 9,
	WK_WS_OP_PONG = 10,
};

#define WK_WS_CONTROL_MAX 125

/* What came of the bytes so far. Zeroed at first. */
struct wk_ws_reader {
	unsigned char head[10];
	size_t n_head;
	uint64_t left; /* of the frame's payload */
	bool in_payload;
	bool in_message; /* a message began and has not ended */
	bool fresh;      /* no piece of the message was handed out yet */
	unsigned char control[WK_WS_CONTROL_MAX];
	size_t n_control;
};

enum wk_ws_event {
	WK_WS_MORE, /* all bytes are used up, nothing is complete */
	WK_WS_DATA, /* a piece of a binary message */
	WK_WS_PING,
	WK_WS_CLOSE, /* the payload is two bytes of code, then a reason; or nothing */
};

/* Points into the bytes given or into the reader: use it before the next call. */
struct wk_ws_piece {
	const unsigned char *data;
	size_t len;
	bool first; /* the message begins here */
	bool last;  /* and ends here */
};

/* Takes bytes from *pos up to the next event and moves *pos behind them. False when the peer does
 * not keep to the protocol; the reader is of no use then. */
bool wk_ws_read(struct wk_ws_reader *reader, const unsigned char **pos, const unsigned char *end,
	enum wk_ws_event *ret_event, struct wk_ws_piece *ret, struct wk_err *err) WK_MUST_CHECK;
/* Adds a whole frame, masked with a fresh random key (5.3). */
void wk_ws_write(struct wk_buf *out, enum wk_ws_opcode opcode, const void *data, size_t len);

/* 16 random bytes in base64 (4.1); the caller frees. */
char *wk_ws_key(void);
/* What Sec-WebSocket-Accept must be for a key (4.2.2); the caller frees. */
char *wk_ws_accept(const char *key);

#endif
