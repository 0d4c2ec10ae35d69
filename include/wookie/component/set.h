#ifndef WOOKIE_COMPONENT_SET_H
#define WOOKIE_COMPONENT_SET_H

#include "wookie/component/pins.h"

/* What a mesh with one version of Istio is made of. */
enum wk_part {
	WK_PART_DEBIAN,
	WK_PART_ENVOY,
	WK_PART_ISTIO,
	WK_PART_KUBERNETES,
	WK_PART_WORKLOADS,
	WK_PARTS,
};

struct wk_set {
	const struct wk_pin *parts[WK_PARTS];
	char key[65]; /* over the keys of all parts */
};

/* `istio_version` may be NULL: the default. WK_ERR_INPUT when it is not pinned. */
bool wk_set_find(const struct wk_pins *pins, const char *istio_version, struct wk_set *ret,
	struct wk_err *err) WK_MUST_CHECK;

/* The folder of a part, or of the set itself; the caller frees. */
char *wk_part_path(const char *cache, const struct wk_set *set, enum wk_part part);
char *wk_set_path(const char *cache, const struct wk_set *set);

/* The store that a set was put together with; NULL when there is no such set. The caller frees. */
char *wk_set_store(const char *set_path);

/* Puts a set together in the folder `scratch` and publishes it: bin/ and cni/ with links to the
 * programs of all parts, and the path of the store. */
bool wk_set_publish(const char *cache, const struct wk_set *set, const char *store,
	const char *scratch, struct wk_err *err) WK_MUST_CHECK;

#endif
