#ifndef WOOKIE_BASE_DELIVER_H
#define WOOKIE_BASE_DELIVER_H

#include "wookie/base/err.h"

#include <stddef.h>
#include <sys/types.h>

/* Writing to what a person named: a file, a link, or anything else that a shell's '>' would take. */

/* Whether wk_deliver() has a way to write there, found out without writing or opening anything. */
bool wk_deliver_check(const char *path, struct wk_err *err) WK_MUST_CHECK;
/* A regular file, or none, is replaced in one step, at the end of symbolic links; it keeps its mode,
 * a new one gets `mode`. An open descriptor (/dev/stdout, >(command)), a FIFO, a device or
 * a terminal is written to, and is never replaced. A full disk or device is an error. */
bool wk_deliver(const char *path, const void *data, size_t len, mode_t mode,
	struct wk_err *err) WK_MUST_CHECK;

#endif
