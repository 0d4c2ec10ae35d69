#include "wookie/kube/websocket.h"

#include <criterion/criterion.h>
#include <string.h>

/* What was read, as text: d for data with < and > at a message's ends, p for ping, c for close. */
static bool read_all(const char *bytes, size_t len, size_t step, struct wk_buf *out)
{
	struct wk_ws_reader reader = {0};
	const unsigned char *pos = (const unsigned char *)bytes;
	const unsigned char *end = pos + len;

	for (const unsigned char *stop; pos < end;) {
		enum wk_ws_event event = WK_WS_DATA;
		struct wk_err err;

		stop = (size_t)(end - pos) < step ? end : pos + step;
		while (event != WK_WS_MORE) {
			struct wk_ws_piece piece = {0};

			if (!wk_ws_read(&reader, &pos, stop, &event, &piece, &err))
				return false;
			if (event == WK_WS_MORE)
				break;
			if (event == WK_WS_PING || event == WK_WS_CLOSE)
				(void)wk_buf_putc(out, event == WK_WS_PING ? 'p' : 'c');
			else if (piece.first)
				(void)wk_buf_putc(out, '<');
			(void)wk_buf_add(out, piece.data, piece.len);
			if (event == WK_WS_DATA && piece.last)
				(void)wk_buf_putc(out, '>');
		}
	}
	return true;
}

Test(websocket, frames_are_the_same_however_they_arrive)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *seen;
	} rows[] = {
#define ROW(bytes, seen) {bytes, sizeof(bytes) - 1, seen}
		ROW("\x82\x00", "<>"),
		ROW("\x82\x02hi", "<hi>"),
		ROW("\x02\x01h\x80\x01i", "<hi>"),
		ROW("\x02\x01h\x00\x00\x80\x00", "<h>"),
		ROW("\x02\x01h\x89\x01!\x80\x01i", "<hp!i>"),
		ROW("\x8a\x01x\x82\x01y", "<y>"),
		ROW("\x82\x01"
		    "a\x82\x01"
		    "b\x88\x02\x03\xe8",
			"<a><b>c\x03\xe8"),
		ROW("\x82", ""),
		ROW("\x82\x05hi", "<hi"),
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		for (size_t step = 1; step <= rows[i].len; step++) {
			struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(1000);

			cr_assert(read_all(rows[i].bytes, rows[i].len, step, &out), "row %zu", i);
			cr_assert_str_eq(
				wk_buf_str(&out), rows[i].seen, "row %zu, %zu at once", i, step);
		}
	}
}

Test(websocket, what_a_server_may_not_send_is_refused)
{
	static const struct {
		const char *name;
		const char *bytes;
		size_t len;
	} rows[] = {
		{"reserved bit", "\xc2\x00", 2},
		{"masked", "\x82\x80", 2},
		{"text", "\x81\x00", 2},
		{"unknown opcode", "\x83\x00", 2},
		{"unknown control opcode", "\x8b\x00", 2},
		{"fragmented ping", "\x09\x00", 2},
		{"long ping", "\x89\x7e", 2},
		{"continuation of nothing", "\x80\x00", 2},
		{"message within a message", "\x02\x00\x82\x00", 4},
		{"16 bits for a short length", "\x82\x7e\x00\x7d", 4},
		{"64 bits for a short length", "\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", 10},
		{"the top bit of 64", "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 10},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(1000);

		cr_assert_not(read_all(rows[i].bytes, rows[i].len, 100, &out), "%s", rows[i].name);
		cr_assert_not(read_all(rows[i].bytes, rows[i].len, 1, &out), "%s", rows[i].name);
	}
}

Test(websocket, written_frames_are_masked_and_have_the_shortest_length)
{
	static const struct {
		size_t len;
		size_t head;
		const char *bytes; /* the length's */
	} rows[] = {
		{0, 2, "\x80"},
		{125, 2, "\xfd"},
		{126, 4, "\xfe\x00\x7e"},
		{65535, 4, "\xfe\xff\xff"},
		{65536, 10, "\xff\x00\x00\x00\x00\x00\x01\x00\x00"},
	};
	static unsigned char payload[65536];

	memset(payload, 'x', sizeof(payload));
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(100000);
		const unsigned char *bytes;

		wk_ws_write(&out, WK_WS_OP_BINARY, payload, rows[i].len);
		bytes = (const unsigned char *)out.data;
		cr_assert_eq(out.len, rows[i].head + 4 + rows[i].len, "%zu", rows[i].len);
		cr_assert_eq(bytes[0], 0x82);
		cr_assert_arr_eq(bytes + 1, rows[i].bytes, rows[i].head - 1);
		for (size_t at = 0; at < rows[i].len; at++)
			cr_assert_eq(
				bytes[rows[i].head + 4 + at] ^ bytes[rows[i].head + at % 4], 'x');
	}
}

Test(websocket, the_accept_value_is_that_of_the_rfc)
{
	WK_AUTOFREE char *accept = wk_ws_accept("dGhlIHNhbXBsZSBub25jZQ==");
	WK_AUTOFREE char *one = wk_ws_key();
	WK_AUTOFREE char *two = wk_ws_key();

	cr_assert_str_eq(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	cr_assert_eq(strlen(one), 24);
	cr_assert_str_neq(one, two);
}
