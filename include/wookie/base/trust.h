#ifndef WOOKIE_BASE_TRUST_H
#define WOOKIE_BASE_TRUST_H

#include "wookie/base/err.h"

/* For root: whether only root, and who became root through sudo, can change what is found at `path`:
 * as sshd's StrictModes, it and each folder above it are theirs and nobody else may write there, but
 * for folders above with a sticky bit. Where `path` is not there yet, what is above it counts. For
 * everybody else always true. Otherwise a WK_ERR_MISSING that says what to do; `what` is the file or
 * folder in words: "state". */
bool wk_trust_path(const char *what, const char *path, struct wk_err *err) WK_MUST_CHECK;
/* The same, and everything below it. */
bool wk_trust_tree(const char *what, const char *path, struct wk_err *err) WK_MUST_CHECK;

#endif
