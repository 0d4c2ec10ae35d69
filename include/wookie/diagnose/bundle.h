#ifndef WOOKIE_DIAGNOSE_BUNDLE_H
#define WOOKIE_DIAGNOSE_BUNDLE_H

#include "wookie/base/err.h"

#include <stddef.h>

struct cJSON;

/* A .tar.gz to send to somebody: redacted, bounded, mode 0600. Every file of it and what was cut off
 * are listed in index.json, its last file. */
struct wk_bundle;

#define WK_BUNDLE_FILE_MAX ((size_t)512 * 1024)
#define WK_BUNDLE_MAX ((size_t)8 * 1024 * 1024)

/* `name` is the folder in which everything is unpacked. */
struct wk_bundle *wk_bundle_new(const char *name);
void wk_bundle_free(struct wk_bundle *bundle);
static inline void wk_bundle_free_cleanup(struct wk_bundle **bundle)
{
	wk_bundle_free(*bundle);
}

/* Each redacts, cuts to WK_BUNDLE_FILE_MAX, and leaves the file out, which the index then says, where
 * the bundle would grow beyond WK_BUNDLE_MAX. A cut JSON stays JSON: {"cut", "begins"}. */
void wk_bundle_json(struct wk_bundle *bundle, const char *path, const struct cJSON *json);
/* Of text that is too long the end is kept, from the beginning of a line. */
void wk_bundle_text(struct wk_bundle *bundle, const char *path, const char *text, size_t len);
/* The end of every log file below a folder, as path/<name>. A folder that cannot be read is said in
 * the index. */
void wk_bundle_logs(struct wk_bundle *bundle, const char *path, const char *folder);
/* A file as it is, cut like text. */
void wk_bundle_file(struct wk_bundle *bundle, const char *path, const char *source);

/* Writes it to a temporary name and renames. */
bool wk_bundle_write(struct wk_bundle *bundle, const char *path, struct wk_err *err) WK_MUST_CHECK;

#endif
