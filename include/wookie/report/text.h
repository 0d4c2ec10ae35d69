#ifndef WOOKIE_REPORT_TEXT_H
#define WOOKIE_REPORT_TEXT_H

#include "wookie/base/buf.h"

#include <stdint.h>

struct cJSON;

/* As much as a log may hold: what was read is never too long for a line of text. */
enum { WK_LINE_MAX = 256 << 20 };

/* The code point at `text` (len > 0) and its length in bytes. A byte that is no UTF-8 (RFC 3629)
 * counts as U+FFFD of length 1. */
uint32_t wk_text_decode(const char *text, size_t len, size_t *ret_len);
/* Adds `text` without what could harm a terminal or an XML reader: terminal sequences are left
 * out; control characters, bidirectional overrides, noncharacters and bytes that are no UTF-8
 * become U+FFFD. Newlines and tabs stay. */
bool wk_text_scrub(struct wk_buf *out, const char *text, size_t len);
/* Does so in place for every string and key of a JSON value. */
void wk_text_scrub_json(struct cJSON *item);

/* Columns that scrubbed text takes on a terminal; our own styles in it take none. */
unsigned wk_text_width(const char *text);
/* Bytes of the longest start of `text` that takes at most `columns`. */
size_t wk_text_fit(const char *text, unsigned columns);
/* Adds `text` on one line (newlines and tabs become spaces), cut to `columns` with an ellipsis;
 * 0 columns: not cut. */
bool wk_text_line(struct wk_buf *out, const char *text, unsigned columns, const char *ellipsis);
/* Adds `text` for XML or HTML, between tags or in quotes. */
bool wk_text_markup(struct wk_buf *out, const char *text);
/* Adds seconds with three decimals, the same in every locale. */
bool wk_text_seconds(struct wk_buf *out, double seconds);

#endif
