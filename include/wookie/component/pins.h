#ifndef WOOKIE_COMPONENT_PINS_H
#define WOOKIE_COMPONENT_PINS_H

#include "wookie/base/arena.h"

/* fixtures/components/versions.json: what is built or fetched, in which version, with which hash.
 */
enum wk_pin_kind {
	WK_PIN_GO,    /* commands of a Go module, built by a wrapper module with its own go.sum */
	WK_PIN_WHEEL, /* a Python wheel that carries a program, known by its hash */
	WK_PIN_DEB,   /* Debian packages, unpacked, never installed */
	WK_PIN_C,     /* own programs for the images, one C file each, linked statically */
};

struct wk_pin_build {
	const char *const *packages; /* ends with NULL */
	const char *tags;            /* "" when there are none */
	const char *ldflags;
};

struct wk_pin_deb {
	const char *name;
	const char *at_least; /* the oldest version that was tried */
};

struct wk_pin {
	const char *name;
	const char *version;
	enum wk_pin_kind kind;
	const char *key; /* SHA-256 over everything that decides what comes out, in hex */

	const char *folder; /* go: with go.mod and go.sum; c: with the sources; absolute */
	const struct wk_pin_build *builds;
	size_t build_count;
	const char *copy_module; /* go: one more file taken from this module, or NULL */
	const char *copy_file;

	const char *package; /* wheel */
	const char *sha256;

	const struct wk_pin_deb *debs;
	size_t deb_count;

	const char *const *programs; /* c: the sources without .c; ends with NULL */
};

struct wk_pins {
	const struct wk_pin *all;
	size_t count;
};

/* Everything lives in the arena. A file that is not as it should be is WK_ERR_INPUT. */
bool wk_pins_load(const char *datadir, struct wk_arena *arena, struct wk_pins *ret,
	struct wk_err *err) WK_MUST_CHECK;
/* `version` may be NULL: the first of that name. NULL when there is none. */
const struct wk_pin *wk_pins_find(
	const struct wk_pins *pins, const char *name, const char *version);
/* SHA-256 over the names and contents of all files below a folder, in an order that does not depend
 * on the file system. */
bool wk_folder_key(const char *path, char hex[65], struct wk_err *err) WK_MUST_CHECK;

#endif
