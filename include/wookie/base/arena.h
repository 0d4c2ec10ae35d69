#ifndef WOOKIE_BASE_ARENA_H
#define WOOKIE_BASE_ARENA_H

#include "wookie/base/mem.h"

/* Memory of one lifetime: everything that is taken from an arena is released with it. A loaded
 * document (topology, suite, YAML tree) lives in one. */
struct wk_arena;

struct wk_arena *wk_arena_new(void);
void wk_arena_free(struct wk_arena *arena);
WK_DEFINE_AUTO(struct wk_arena *, wk_arena_free);

/* Zeroed, aligned for any type. */
void *wk_arena_alloc(struct wk_arena *arena, size_t n, size_t size)
	__attribute__((returns_nonnull));
char *wk_arena_strdup(struct wk_arena *arena, const char *s);
char *wk_arena_strndup(struct wk_arena *arena, const char *s, size_t n);
char *wk_arena_printf(struct wk_arena *arena, const char *fmt, ...) WK_PRINTF(2, 3);
/* Room for one more element in an array of `count` elements of `size` bytes. Returns the array,
 * moved where it had to grow; start with NULL and 0. */
void *wk_arena_grow(struct wk_arena *arena, void *array, size_t count, size_t size);

#endif
