#ifndef WOOKIE_BASE_MEM_H
#define WOOKIE_BASE_MEM_H

#include "wookie/base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

/* Out of memory ends the process: a command-line tool gains nothing by carrying on. Everything
 * here is released with free(). */
void *wk_xmalloc(size_t size) __attribute__((returns_nonnull, malloc));
void *wk_xcalloc(size_t n, size_t size) __attribute__((returns_nonnull, malloc));
void *wk_xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *wk_xstrdup(const char *s) __attribute__((returns_nonnull));
char *wk_xstrndup(const char *s, size_t n) __attribute__((returns_nonnull));
char *wk_xasprintf(const char *fmt, ...) WK_PRINTF(1, 2) __attribute__((returns_nonnull));
char *wk_xvasprintf(const char *fmt, va_list ap) WK_PRINTF(1, 0) __attribute__((returns_nonnull));

/* Whether both are the same text, or neither is there. */
bool wk_same_text(const char *a, const char *b);

#define WK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Runs fn(var) when var leaves scope. Scope guards count as used. */
#define WK_AUTO(fn) __attribute__((cleanup(fn##_cleanup), unused))
#define WK_DEFINE_AUTO(type, fn)                 \
	static inline void fn##_cleanup(type *p) \
	{                                        \
		fn(*p);                          \
	}                                        \
	struct wk_auto_needs_semicolon

static inline void wk_autofree_cleanup(void *p)
{
	free(*(void **)p);
}
#define WK_AUTOFREE __attribute__((cleanup(wk_autofree_cleanup), unused))

/* Moves ownership out of a variable: returns it and leaves NULL behind. */
#define WK_TAKE(p)                          \
	__extension__({                     \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

#endif
