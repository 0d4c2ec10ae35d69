/*
 * WebSocket frames
 *
 * The part of RFC 6455 that a client of `exec` needs: a reader that is fed whatever the socket gave
 * and hands out pieces of messages as they come (a message of 5 MB is never held whole), and a
 * writer for whole frames. It knows no socket and no channel, so that it can be tried with every
 * split of every input; a fuzz target does.
 *
 * What the server may not do (mask, reserved bits, fragmented or long control frames, a length in
 * more bytes than it needs) ends the connection, because after it the stream's frames can no longer
 * be told apart.
 */
#include "wookie/kube/websocket.h"

#include "wookie/pki/ca.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#define FIN 0x80
#define RESERVED 0x70
#define OPCODE 0x0f
#define MASKED 0x80
#define IS_CONTROL 0x08
#define LENGTH_16 126
#define LENGTH_64 127

static size_t head_length(const struct wk_ws_reader *reader)
{
	if (reader->n_head < 2)
		return 2;
	switch (reader->head[1] & 0x7f) {
	case LENGTH_16:
		return 4;
	case LENGTH_64:
		return 10;
	default:
		return 2;
	}
}

static uint64_t payload_length(const struct wk_ws_reader *reader)
{
	uint64_t length = 0;

	if (reader->n_head == 2)
		return reader->head[1];
	for (size_t i = 2; i < reader->n_head; i++)
		length = length << 8 | reader->head[i];
	return length;
}

static bool broken(struct wk_err *err, const char *what)
{
	return wk_err_set(err, WK_ERR_REMOTE, "the server sent a broken WebSocket frame: %s", what);
}

/* The two bytes that every frame begins with. */
static bool check_start(const struct wk_ws_reader *reader, struct wk_err *err)
{
	unsigned char opcode = reader->head[0] & OPCODE;

	if (reader->head[0] & RESERVED)
		return broken(err, "a reserved bit is set");
	if (reader->head[1] & MASKED)
		return broken(err, "it is masked");
	if (opcode & IS_CONTROL) {
		if (opcode > WK_WS_OP_PONG)
			return broken(err, "unknown opcode");
		if (!(reader->head[0] & FIN) || reader->head[1] > WK_WS_CONTROL_MAX)
			return broken(err, "a control frame is fragmented or too long");
		return true;
	}
	if (opcode != WK_WS_OP_CONTINUATION && opcode != WK_WS_OP_BINARY)
		return broken(err, "neither binary nor a control frame");
	if ((opcode == WK_WS_OP_CONTINUATION) != reader->in_message)
		return broken(err, reader->in_message ? "a message inside another"
						      : "a continuation of nothing");
	return true;
}

/* A length must be written in as few bytes as it needs, the top bit of 64 unused (5.2). */
static bool check_length(const struct wk_ws_reader *reader, struct wk_err *err)
{
	uint64_t length = payload_length(reader);

	if ((reader->n_head == 4 && length < LENGTH_16) ||
		(reader->n_head == 10 && (length <= UINT16_MAX || length > INT64_MAX)))
		return broken(err, "its length is not in the shortest form");
	return true;
}

/* Collects a frame's head. True with in_payload unset when bytes are missing. */
static bool read_head(struct wk_ws_reader *reader, const unsigned char **pos,
	const unsigned char *end, struct wk_err *err)
{
	while (*pos < end && reader->n_head < head_length(reader)) {
		reader->head[reader->n_head++] = *(*pos)++;
		if (reader->n_head == 2 && !check_start(reader, err))
			return false;
	}
	if (reader->n_head < head_length(reader))
		return true;
	if (!check_length(reader, err))
		return false;
	reader->left = payload_length(reader);
	reader->in_payload = true;
	reader->n_control = 0;
	if ((reader->head[0] & OPCODE) == WK_WS_OP_BINARY) {
		reader->in_message = true;
		reader->fresh = true;
	}
	return true;
}

static void end_frame(struct wk_ws_reader *reader)
{
	reader->in_payload = false;
	reader->n_head = 0;
}

static enum wk_ws_event read_data(struct wk_ws_reader *reader, const unsigned char **pos,
	const unsigned char *end, struct wk_ws_piece *ret)
{
	size_t there = (size_t)(end - *pos);
	size_t len = reader->left < there ? (size_t)reader->left : there;

	if (len == 0 && reader->left > 0)
		return WK_WS_MORE;
	*ret = (struct wk_ws_piece){.data = *pos, .len = len, .first = reader->fresh};
	*pos += len;
	reader->left -= len;
	reader->fresh = false;
	if (reader->left == 0) {
		ret->last = (reader->head[0] & FIN) != 0;
		reader->in_message = !ret->last;
		end_frame(reader);
	}
	return WK_WS_DATA;
}

static enum wk_ws_event read_control(struct wk_ws_reader *reader, const unsigned char **pos,
	const unsigned char *end, struct wk_ws_piece *ret)
{
	unsigned char opcode = reader->head[0] & OPCODE;

	for (; *pos < end && reader->left > 0; reader->left--)
		reader->control[reader->n_control++] = *(*pos)++;
	if (reader->left > 0)
		return WK_WS_MORE;
	end_frame(reader);
	if (opcode == WK_WS_OP_PONG)
		return WK_WS_MORE;
	*ret = (struct wk_ws_piece){
		.data = reader->control, .len = reader->n_control, .first = true, .last = true};
	return opcode == WK_WS_OP_PING ? WK_WS_PING : WK_WS_CLOSE;
}

bool wk_ws_read(struct wk_ws_reader *reader, const unsigned char **pos, const unsigned char *end,
	enum wk_ws_event *ret_event, struct wk_ws_piece *ret, struct wk_err *err)
{
	enum wk_ws_event event;

	do {
		event = WK_WS_MORE;
		if (!reader->in_payload && !read_head(reader, pos, end, err))
			return false;
		if (!reader->in_payload)
			break;
		event = (reader->head[0] & IS_CONTROL) ? read_control(reader, pos, end, ret)
						       : read_data(reader, pos, end, ret);
	} while (event == WK_WS_MORE && *pos < end);
	*ret_event = event;
	return true;
}

/* The kernel's generator does not fail for so few bytes once it is up. */
static void fill_random(void *data, size_t len)
{
	ssize_t n = getrandom(data, len, 0);

	assert(n == (ssize_t)len);
	(void)n;
}

void wk_ws_write(struct wk_buf *out, enum wk_ws_opcode opcode, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	unsigned char key[4];

	fill_random(key, sizeof(key));
	(void)wk_buf_putc(out, (char)(FIN | opcode));
	if (len < LENGTH_16) {
		(void)wk_buf_putc(out, (char)(MASKED | len));
	} else {
		size_t width = len <= UINT16_MAX ? 2 : 8;

		(void)wk_buf_putc(out, (char)(MASKED | (width == 2 ? LENGTH_16 : LENGTH_64)));
		for (size_t i = width; i > 0; i--)
			(void)wk_buf_putc(out, (char)((uint64_t)len >> (8 * (i - 1))));
	}
	(void)wk_buf_add(out, key, sizeof(key));
	for (size_t i = 0; i < len; i++)
		(void)wk_buf_putc(out, (char)(bytes[i] ^ key[i % 4]));
}

char *wk_ws_key(void)
{
	unsigned char nonce[16];

	fill_random(nonce, sizeof(nonce));
	return wk_base64_encode(nonce, sizeof(nonce));
}

char *wk_ws_accept(const char *key)
{
	WK_AUTOFREE char *text = wk_xasprintf("%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	unsigned char digest[20];

	wk_sha1(text, strlen(text), digest);
	return wk_base64_encode(digest, sizeof(digest));
}
