#ifndef WOOKIE_DIAGNOSE_PACK_H
#define WOOKIE_DIAGNOSE_PACK_H

#include "wookie/diagnose/bundle.h"

/* Inside the diagnose room: what the reader of logs needs of the bundle. */

/* The end of a text of which `size` bytes there are in all. */
void wk_bundle_tail(
	struct wk_bundle *bundle, const char *path, const char *text, size_t len, size_t size);
/* Says in the index that something is not there, and why. */
void wk_bundle_miss(struct wk_bundle *bundle, const char *path, const char *why);

#endif
