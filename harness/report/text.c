/*
 * Text that others wrote
 *
 * Reasons, answers and names come from pods and servers. Printed as they are, an escape sequence
 * could repaint the terminal, and one control character makes XML readers refuse a whole report.
 * So every text is cleaned once, when its event is read, and nothing behind that has to care.
 *
 * What XML 1.0 allows (section 2.2, Char) is the base; C1 controls and bidirectional overrides are
 * allowed there, and taken out for the terminal's sake.
 */
#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

enum { REPLACEMENT = 0xfffd, ESC = 0x1b, BEL = 0x07 };

/* Length of a sequence by its first byte, and the least code point that needs it; 0: none. */
static size_t lead(unsigned char c, uint32_t *bits, uint32_t *least)
{
	static const struct {
		unsigned char mask;
		unsigned char value;
		uint32_t least;
	} forms[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t i = 0; i < WK_COUNT(forms); i++) {
		if ((c & forms[i].mask) != forms[i].value)
			continue;
		*bits = c & (unsigned char)~forms[i].mask;
		*least = forms[i].least;
		return i + 1;
	}
	return 0;
}

uint32_t wk_text_decode(const char *text, size_t len, size_t *ret_len)
{
	const unsigned char *p = (const unsigned char *)text;
	uint32_t cp = 0;
	uint32_t least = 0;
	size_t n = lead(p[0], &cp, &least);

	*ret_len = 1;
	if (n == 0 || n > len)
		return REPLACEMENT;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return REPLACEMENT;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	if (cp < least || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return REPLACEMENT;
	*ret_len = n;
	return cp;
}

static bool harmless(uint32_t cp)
{
	if (cp < 0x20)
		return cp == '\n' || cp == '\t';
	if ((cp >= 0x7f && cp <= 0x9f) || cp == 0x2028 || cp == 0x2029)
		return false;
	if ((cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069))
		return false;
	return (cp & 0xfffe) != 0xfffe;
}

static size_t span(const char *text, size_t at, size_t len, int low, int high)
{
	while (at < len && text[at] >= low && text[at] <= high)
		at++;
	return at;
}

/* Bytes of a control string (title, hyperlink ...) up to BEL or ESC \; 2 where its end is missing:
 * an unfinished one must not eat the text behind it. */
static size_t control_string(const char *text, size_t len)
{
	for (size_t i = 2; i < len; i++) {
		if (text[i] == BEL)
			return i + 1;
		if (text[i] == ESC && i + 1 < len && text[i + 1] == '\\')
			return i + 2;
	}
	return 2;
}

/* Bytes of the terminal sequence at text[0] == ESC (ECMA-48). */
static size_t sequence(const char *text, size_t len)
{
	size_t end;

	if (len < 2)
		return 1;
	if (strchr("]PX^_", text[1]))
		return control_string(text, len);
	end = text[1] == '[' ? span(text, 2, len, 0x30, 0x3f) : 1;
	end = span(text, end, len, 0x20, 0x2f);
	return end < len && text[end] >= 0x30 && text[end] <= 0x7e ? end + 1 : end;
}

bool wk_text_scrub(struct wk_buf *out, const char *text, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		if (text[i] == ESC) {
			n = sequence(text + i, len - i);
			continue;
		}
		bool crlf = text[i] == '\r' && i + 1 < len && text[i + 1] == '\n';
		uint32_t cp = wk_text_decode(text + i, len - i, &n);
		if (!crlf)
			(void)(harmless(cp) && cp != REPLACEMENT
					? wk_buf_add(out, text + i, n)
					: wk_buf_puts(out, "\xef\xbf\xbd"));
	}
	return !out->full;
}

/* The clean form, or NULL where `text` is clean. At worst every byte becomes three. */
static char *cleaned(const char *text)
{
	size_t len = strlen(text);
	struct wk_buf WK_AUTO(wk_buf_finish) buf = WK_BUF_INIT(len * 3 + 1);

	(void)wk_text_scrub(&buf, text, len);
	return strcmp(wk_buf_str(&buf), text) == 0 ? NULL : wk_buf_take(&buf);
}

static void scrub_item(struct cJSON *item)
{
	WK_AUTOFREE char *value = cJSON_IsString(item) ? cleaned(item->valuestring) : NULL;
	char *key = item->string ? cleaned(item->string) : NULL;

	if (value)
		(void)cJSON_SetValuestring(item, value);
	if (!key)
		return;
	if (!(item->type & cJSON_StringIsConst))
		cJSON_free(item->string);
	item->string = key;
	item->type &= ~cJSON_StringIsConst;
}

/* As deep as the parser lets a value be: cJSON's own limit. */
void wk_text_scrub_json(struct cJSON *item) /* NOLINT(misc-no-recursion) */
{
	struct cJSON *child;

	scrub_item(item);
	cJSON_ArrayForEach(child, item) wk_text_scrub_json(child);
}

/* wcwidth() asks the locale, which the program leaves at "C": one of UTF-8 is lent to it. */
static locale_t utf8_locale(void)
{
	return newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static unsigned columns_of(uint32_t cp, bool known)
{
	int width = known ? wcwidth((wchar_t)cp) : 1;

	return width < 0 ? 1 : (unsigned)width;
}

/* Walks `text` while it fits; both the bytes and the columns that did. */
static size_t measure(const char *text, unsigned most, unsigned *ret_columns)
{
	locale_t utf8 = utf8_locale();
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
	size_t len = strlen(text);
	unsigned columns = 0;
	size_t at = 0;
	size_t n;

	for (; at < len; at += n) {
		unsigned width = 0;

		if (text[at] == ESC)
			n = sequence(text + at, len - at);
		else
			width = columns_of(wk_text_decode(text + at, len - at, &n), utf8 != NULL);
		if (width > most - columns)
			break;
		columns += width;
	}
	if (utf8) {
		(void)uselocale(before);
		freelocale(utf8);
	}
	*ret_columns = columns;
	return at;
}

unsigned wk_text_width(const char *text)
{
	unsigned columns;

	(void)measure(text, UINT32_MAX, &columns);
	return columns;
}

size_t wk_text_fit(const char *text, unsigned columns)
{
	unsigned used;

	return measure(text, columns, &used);
}

bool wk_text_line(struct wk_buf *out, const char *text, unsigned columns, const char *ellipsis)
{
	WK_AUTOFREE char *line = wk_xstrdup(text);
	unsigned tail = wk_text_width(ellipsis);

	for (char *p = line; *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	if (columns == 0 || wk_text_width(line) <= columns)
		return wk_buf_puts(out, line);
	(void)wk_buf_add(out, line, wk_text_fit(line, columns > tail ? columns - tail : 0));
	return wk_buf_puts(out, columns >= tail ? ellipsis : "");
}

bool wk_text_seconds(struct wk_buf *out, double seconds)
{
	long ms = seconds > 0 && seconds < 1e9 ? (long)(seconds * 1000 + 0.5) : 0;

	return wk_buf_printf(out, "%ld.%03ld", ms / 1000, ms % 1000);
}

bool wk_text_markup(struct wk_buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			(void)wk_buf_puts(out, "&amp;");
			break;
		case '<':
			(void)wk_buf_puts(out, "&lt;");
			break;
		case '>':
			(void)wk_buf_puts(out, "&gt;");
			break;
		case '"':
			(void)wk_buf_puts(out, "&quot;");
			break;
		default:
			(void)wk_buf_putc(out, *text);
		}
	}
	return !out->full;
}
