#ifndef WOOKIE_COMPONENT_IMAGES_H
#define WOOKIE_COMPONENT_IMAGES_H

#include "wookie/component/image.h"

#define WK_IMAGES_MAX 8

/* The folders of the components that go into the images. */
struct wk_image_inputs {
	const char *envoy;
	const char *istio;
	const char *kubernetes;
	const char *workloads;
	const char *istio_version;
};

struct wk_images {
	struct wk_image all[WK_IMAGES_MAX];
	size_t count;
};

/* All images of a mesh with this version of Istio, under the names of the upstream ones, so that
 * upstream manifests need no change. WK_ERR_MISSING names a program of this machine that is not
 * there, and the package that has it. */
bool wk_images_make(const struct wk_image_inputs *inputs, struct wk_arena *arena,
	struct wk_images *ret, struct wk_err *err) WK_MUST_CHECK;

/* SHA-256 over all of them. */
bool wk_images_key(const struct wk_images *images, char hex[65], struct wk_err *err) WK_MUST_CHECK;

#endif
