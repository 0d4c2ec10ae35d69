#ifndef WOOKIE_COMPONENT_STORE_H
#define WOOKIE_COMPONENT_STORE_H

#include "wookie/base/err.h"

#include <stddef.h>

/* Imports image archives into an empty folder, which becomes the root of a containerd: its content,
 * its database and one unpacked snapshot for each image. Runs a containerd of its own in fresh
 * mount, process and network namespaces; needs root. */
struct wk_store_import {
	const char *programs;     /* folder with containerd and ctr */
	const char *archives;     /* folder with the image archives, 0.tar and so on */
	const char *const *names; /* the name of the image in each archive */
	size_t count;
	const char *pinned; /* the image that no node may collect as garbage: the sandbox's */
	const char *folder;
};

/* Writes a line to `progress` as each image is taken on. Changes the namespaces of the calling
 * process: to be called in a worker. */
bool wk_store_import(
	const struct wk_store_import *import, int progress, struct wk_err *err) WK_MUST_CHECK;

#endif
