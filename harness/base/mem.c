/*
 * Memory
 *
 * Allocation that cannot fail. Raw malloc and free stay in this room; everybody else uses these,
 * an arena or a buffer with a maximum.
 */
#include "wookie/base/mem.h"

#include <stdio.h>
#include <string.h>

static void *checked(void *p)
{
	if (!p) {
		(void)fputs("wookie-conform: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *wk_xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *wk_xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *wk_xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size ? size : 1));
}

char *wk_xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *wk_xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

char *wk_xvasprintf(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	return checked(text);
}

char *wk_xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = wk_xvasprintf(fmt, ap);
	va_end(ap);
	return text;
}

bool wk_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}
