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

bool wk_err_set(struct wk_err *err, enum wk_err_kind kind, const char *fmt, ...)
{
	va_list ap;

	err->kind = kind;
	err->errnum = 0;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return false;
}

bool wk_err_sys(struct wk_err *err, int errnum, const char *fmt, ...)
{
	va_list ap;
	char what[sizeof(err->msg) - 64];

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
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
	(void)vsnprintf(outer, sizeof(outer), fmt, ap);
	va_end(ap);
	(void)snprintf(inner, sizeof(inner), "%s", err->msg);
	(void)snprintf(err->msg, sizeof(err->msg), "%s: %s", outer, inner);
	return false;
}
