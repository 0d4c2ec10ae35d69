#ifndef WOOKIE_BASE_BUF_H
#define WOOKIE_BASE_BUF_H

#include "wookie/base/err.h"
#include "wookie/base/mem.h"

#include <stddef.h>

/* Text or bytes that grow up to a maximum given at init. Always ends in a NUL that len does not
 * count, once anything was added. What does not fit is dropped whole and remembered in `full`, so
 * that a chain of adds needs one check at its end. */
struct wk_buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max;
	bool full;
};

#define WK_BUF_INIT(maximum)     \
	(struct wk_buf)          \
	{                        \
		.max = (maximum) \
	}

/* Each returns false, and sets full, when the maximum would be passed. */
bool wk_buf_add(struct wk_buf *buf, const void *data, size_t len);
bool wk_buf_puts(struct wk_buf *buf, const char *text);
bool wk_buf_putc(struct wk_buf *buf, char c);
bool wk_buf_printf(struct wk_buf *buf, const char *fmt, ...) WK_PRINTF(2, 3);
/* The text so far; "" when nothing was added. Owned by the buffer. */
const char *wk_buf_str(const struct wk_buf *buf);
/* Hands over the text (never NULL, the caller frees it) and leaves the buffer empty. */
char *wk_buf_take(struct wk_buf *buf);
void wk_buf_finish(struct wk_buf *buf);

static inline void wk_buf_finish_cleanup(struct wk_buf *buf)
{
	wk_buf_finish(buf);
}

#endif
