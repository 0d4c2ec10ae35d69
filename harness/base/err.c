/*
 * Errors
 *
 * One struct on the caller's stack carries what went wrong. It is filled exactly once, where the
 * fault arises; each layer on the way up may put one piece of context in front. Long texts are cut
 * from the end of the context first, because the cause is worth more than the path to it.
 */
#include "wookie/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that was cut may end within a UTF-8 character; what is left of that one goes too. */
static void end_whole(char *text, size_t size)
{
	size_t len = strlen(text);
	size_t tail = 0;

	if (len + 1 < size)
		return;
	while (tail < 3 && tail < len && ((unsigned char)text[len - 1 - tail] & 0xc0) == 0x80)
		tail++;
	if (tail < len) {
		unsigned char lead = (unsigned char)text[len - 1 - tail];
		size_t follow = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;

		if (follow > tail)
			text[len - 1 - tail] = '\0';
	}
}

static void print_whole(char *text, size_t size, const char *fmt, va_list ap) WK_PRINTF(3, 0);

static void print_whole(char *text, size_t size, const char *fmt, va_list ap)
{
	(void)vsnprintf(text, size, fmt, ap);
	end_whole(text, size);
}

bool wk_err_set(struct wk_err *err, enum wk_err_kind kind, const char *fmt, ...)
{
	va_list ap;

	err->kind = kind;
	err->errnum = 0;
	va_start(ap, fmt);
	print_whole(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return false;
}

bool wk_err_sys(struct wk_err *err, int errnum, const char *fmt, ...)
{
	va_list ap;
	char what[sizeof(err->msg) - 64];

	va_start(ap, fmt);
	print_whole(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)wk_err_set(err, WK_ERR_SYSTEM, "%s: %s", what, strerror(errnum));
	err->errnum = errnum;
	return false;
}

bool wk_err_context(struct wk_err *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)];
	char outer[sizeof(err->msg) / 2];
	va_list ap;

	va_start(ap, fmt);
	print_whole(outer, sizeof(outer), fmt, ap);
	va_end(ap);
	(void)snprintf(inner, sizeof(inner), "%s", err->msg);
	(void)snprintf(err->msg, sizeof(err->msg), "%s: %s", outer, inner);
	end_whole(err->msg, sizeof(err->msg));
	return false;
}

bool wk_errors_take(struct wk_errors *errors, const struct wk_err *err)
{
	if (!errors)
		return false;
	errors->n++;
	errors->tell(errors->context, err);
	return true;
}

size_t wk_errors_count(const struct wk_errors *errors)
{
	return errors ? errors->n : 0;
}
