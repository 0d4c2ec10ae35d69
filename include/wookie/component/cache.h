#ifndef WOOKIE_COMPONENT_CACHE_H
#define WOOKIE_COMPONENT_CACHE_H

#include "wookie/component/pins.h"

/* A sealed folder carries manifest.json: path, size, time and SHA-256 of every file in it. Only
 * whole folders are ever seen under their final name. */
enum wk_check_depth {
	WK_CHECK_STAMPS, /* sizes and times: milliseconds, on every run */
	WK_CHECK_HASHES, /* every byte: seconds, in set-up */
};

/* CACHE/components/NAME-VERSION-KEY; the caller frees. */
char *wk_cache_path(const char *cache, const char *name, const char *version, const char *key);

/* Hashes what is below `folder`, writes the manifest, has everything written to the disk, and
 * renames it to `path`, replacing what is there. */
bool wk_cache_publish(const char *folder, const char *path, struct wk_err *err) WK_MUST_CHECK;

/* False with WK_ERR_MISSING when the folder is not there, and when it is damaged: the message names
 * the first file that is not as it was made. Files that the manifest does not know are left alone.
 */
bool wk_cache_check(const char *path, enum wk_check_depth depth, struct wk_err *err) WK_MUST_CHECK;

#endif
