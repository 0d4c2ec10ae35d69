/*
 * Arena
 *
 * A list of blocks; an allocation takes the next bytes of the newest block, or a block of its own
 * when it is large. Nothing is released one by one: model structs hold plain const char * into an
 * arena, and a document that fails half-way leaves nothing to take apart.
 */
#include "wookie/base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16 * 1024)

struct block {
	struct block *next;
	size_t used;
	size_t size;
	max_align_t data[];
};

struct wk_arena {
	struct block *blocks;
};

struct wk_arena *wk_arena_new(void)
{
	return wk_xcalloc(1, sizeof(struct wk_arena));
}

void wk_arena_free(struct wk_arena *arena)
{
	struct block *next;

	if (!arena)
		return;
	for (struct block *b = arena->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

static void add_block(struct wk_arena *arena, size_t bytes)
{
	size_t size = bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE;
	struct block *b = wk_xcalloc(1, sizeof(*b) + size);

	b->size = size;
	b->next = arena->blocks;
	arena->blocks = b;
}

void *wk_arena_alloc(struct wk_arena *arena, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2)
		abort();
	bytes = (bytes + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!arena->blocks || arena->blocks->size - arena->blocks->used < bytes)
		add_block(arena, bytes);
	p = (char *)arena->blocks->data + arena->blocks->used;
	arena->blocks->used += bytes;
	return p;
}

char *wk_arena_strndup(struct wk_arena *arena, const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = wk_arena_alloc(arena, len + 1, 1);

	memcpy(copy, s, len);
	return copy;
}

char *wk_arena_strdup(struct wk_arena *arena, const char *s)
{
	return wk_arena_strndup(arena, s, strlen(s));
}

char *wk_arena_printf(struct wk_arena *arena, const char *fmt, ...)
{
	WK_AUTOFREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = wk_xvasprintf(fmt, ap);
	va_end(ap);
	return wk_arena_strdup(arena, text);
}

void *wk_arena_grow(struct wk_arena *arena, void *array, size_t count, size_t size)
{
	void *grown;

	/* Arrays double at each power of two, so that a full one is recognised by its count alone.
	 */
	if (count > 0 && (count & (count - 1)) != 0)
		return array;
	grown = wk_arena_alloc(arena, count ? count * 2 : 1, size);
	if (count)
		memcpy(grown, array, count * size);
	return grown;
}
