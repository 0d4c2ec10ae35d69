/*
 * A stream of frames reads the same however it is split. The first byte of the input is how many
 * bytes arrive at once.
 */
#include "wookie/kube/websocket.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that was read, as a text that does not depend on how it was split. */
static void read_all(const uint8_t *pos, size_t size, size_t step, struct wk_buf *out)
{
	struct wk_ws_reader reader = {0};
	const uint8_t *end = pos + size;

	while (pos < end) {
		const uint8_t *stop = (size_t)(end - pos) < step ? end : pos + step;
		enum wk_ws_event event = WK_WS_DATA;
		struct wk_err err;

		while (event != WK_WS_MORE) {
			struct wk_ws_piece piece = {0};

			if (!wk_ws_read(&reader, &pos, stop, &event, &piece, &err)) {
				(void)wk_buf_puts(out, "broken");
				return;
			}
			if (event == WK_WS_PING || event == WK_WS_CLOSE)
				(void)wk_buf_printf(out, "[%d]", (int)event);
			if (event == WK_WS_DATA && piece.first)
				(void)wk_buf_putc(out, '<');
			(void)wk_buf_add(out, piece.data, piece.len);
			if (event == WK_WS_DATA && piece.last)
				(void)wk_buf_putc(out, '>');
		}
		if (pos != stop)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wk_buf WK_AUTO(wk_buf_finish) whole = WK_BUF_INIT(SIZE_MAX / 2);
	struct wk_buf WK_AUTO(wk_buf_finish) split = WK_BUF_INIT(SIZE_MAX / 2);

	if (size == 0)
		return 0;
	read_all(data + 1, size - 1, size, &whole);
	read_all(data + 1, size - 1, data[0] ? data[0] : 1, &split);
	if (whole.len != split.len ||
		memcmp(wk_buf_str(&whole), wk_buf_str(&split), whole.len) != 0)
		__builtin_trap();
	return 0;
}
