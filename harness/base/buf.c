/*
 * Growing buffers
 *
 * Everything that collects output of unknown size (a pod's log, an HTTP body, a report) does so in
 * one of these, and each names the most it will hold: a runaway peer can cost an error, never the
 * machine's memory.
 */
#include "wookie/base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool room_for(struct wk_buf *buf, size_t len)
{
	size_t cap = buf->cap ? buf->cap : 256;

	assert(buf->max > 0);
	if (buf->full || len > buf->max - buf->len) {
		buf->full = true;
		return false;
	}
	while (cap < buf->len + len + 1)
		cap *= 2;
	if (cap != buf->cap) {
		buf->data = wk_xrealloc(buf->data, cap);
		buf->cap = cap;
	}
	return true;
}

bool wk_buf_add(struct wk_buf *buf, const void *data, size_t len)
{
	if (!room_for(buf, len))
		return false;
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool wk_buf_puts(struct wk_buf *buf, const char *text)
{
	return wk_buf_add(buf, text, strlen(text));
}

bool wk_buf_putc(struct wk_buf *buf, char c)
{
	return wk_buf_add(buf, &c, 1);
}

bool wk_buf_printf(struct wk_buf *buf, const char *fmt, ...)
{
	WK_AUTOFREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = wk_xvasprintf(fmt, ap);
	va_end(ap);
	return wk_buf_puts(buf, text);
}

const char *wk_buf_str(const struct wk_buf *buf)
{
	return buf->data ? buf->data : "";
}

char *wk_buf_take(struct wk_buf *buf)
{
	char *text = buf->data ? buf->data : wk_xstrdup("");

	*buf = WK_BUF_INIT(buf->max);
	return text;
}

void wk_buf_finish(struct wk_buf *buf)
{
	free(buf->data);
	*buf = WK_BUF_INIT(buf->max);
}
