#ifndef WOOKIE_COMPONENT_LIBS_H
#define WOOKIE_COMPONENT_LIBS_H

#include "wookie/base/arena.h"

#include <stddef.h>

/* The shared libraries that programs need, all the way down, and their dynamic linker; paths as the
 * dynamic linker of this machine finds them, in the arena. */
struct wk_libs {
	const char **paths;
	size_t count;
};

/* A static program needs none. WK_ERR_MISSING names a library that is not installed. */
bool wk_libs_of(const char *program, struct wk_arena *arena, struct wk_libs *ret,
	struct wk_err *err) WK_MUST_CHECK;
/* The same from what ldd(1) printed about the program. */
bool wk_libs_parse(const char *program, const char *printed, struct wk_arena *arena,
	struct wk_libs *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
