#ifndef WOOKIE_COMPONENT_IMAGE_H
#define WOOKIE_COMPONENT_IMAGE_H

#include "wookie/base/arena.h"

#include <stddef.h>
#include <sys/types.h>

/* A container image of one layer, put together in memory and written as the kind of archive that
 * `ctr images import` and `docker load` take. The same content gives the same bytes. */
enum wk_entry_kind {
	WK_ENTRY_DIR,
	WK_ENTRY_LINK,
	WK_ENTRY_TEXT,
	WK_ENTRY_FILE,
};

struct wk_image_entry {
	enum wk_entry_kind kind;
	const char *path;  /* inside, without the leading slash */
	const char *value; /* link: where to; text: the content; file: its source */
	mode_t mode;
};

struct wk_image {
	const char *name;       /* with tag */
	const char *entrypoint; /* one program, no arguments */
	const char *user;       /* "" is root */
	struct wk_arena *arena;
	struct wk_image_entry *entries;
	size_t count;
};

/* Texts are kept in the arena; it must live as long as the image. */
void wk_image_init(struct wk_image *image, struct wk_arena *arena, const char *name,
	const char *entrypoint, const char *user);

/* Paths inside are absolute; /bin, /sbin, /lib and /lib64 mean those below /usr, to which the image
 * has links. Folders above are added. What is there already stays as it is. */
void wk_image_dir(struct wk_image *image, const char *path, mode_t mode);
void wk_image_link(struct wk_image *image, const char *path, const char *target);
void wk_image_text(struct wk_image *image, const char *path, const char *text);
void wk_image_file(struct wk_image *image, const char *path, const char *source);
/* A program, or a shared object, together with every shared library that it needs. */
bool wk_image_program(struct wk_image *image, const char *path, const char *source,
	struct wk_err *err) WK_MUST_CHECK;

/* SHA-256 over all that decides the bytes of the archive, without making it. */
bool wk_image_key(const struct wk_image *image, char hex[65], struct wk_err *err) WK_MUST_CHECK;
/* `scratch` is a folder for the layer while it is being made. */
bool wk_image_write(const struct wk_image *image, const char *scratch, const char *path,
	struct wk_err *err) WK_MUST_CHECK;

#endif
