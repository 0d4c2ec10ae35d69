/*
 * Finding what set-up made
 *
 * Every run begins here, so it must be quick, and it must not start a program that is not the one
 * that was built. The keys are worked out anew from the fixtures: a cache from before a change of
 * pins is simply not found.
 */
#include "wookie/component/component.h"

#include "wookie/base/file.h"
#include "wookie/component/cache.h"
#include "wookie/component/set.h"

#include <string.h>

void wk_components_finish(struct wk_components *components)
{
	if (!components)
		return;
	free(components->bin);
	free(components->cni);
	free(components->istioctl);
	free(components->store);
	free(components->manifests);
	free(components->istio_version);
	free(components->kubernetes_version);
	*components = (struct wk_components){0};
}

static bool missing(const struct wk_set *set, const struct wk_err *why, struct wk_err *err)
{
	const char *version = set->parts[WK_PART_ISTIO]->version;
	bool is_default = strcmp(version, wk_istio_versions()[0]) == 0;

	return wk_err_set(err, WK_ERR_MISSING,
		"components for istio %s: %.350s; run 'wookie-conform setup%s%s'", version,
		why->msg, is_default ? "" : " --istio ", is_default ? "" : version);
}

static bool check(const struct wk_set *set, const char *path, const char *store, struct wk_err *err)
{
	struct wk_err why;

	if (!wk_cache_check(path, WK_CHECK_STAMPS, &why))
		return missing(set, &why, err);
	if (!store) {
		(void)wk_err_set(&why, WK_ERR_MISSING, "'%s' names no image store", path);
		return missing(set, &why, err);
	}
	return wk_cache_check(store, WK_CHECK_STAMPS, &why) || missing(set, &why, err);
}

bool wk_components_find(const char *cache, const char *datadir, const char *istio_version,
	struct wk_components *ret, struct wk_err *err)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_pins pins;
	struct wk_set set;

	if (!wk_pins_load(datadir, arena, &pins, err) ||
		!wk_set_find(&pins, istio_version, &set, err))
		return false;
	WK_AUTOFREE char *path = wk_set_path(cache, &set);
	WK_AUTOFREE char *store = wk_set_store(path);
	WK_AUTOFREE char *manifests = wk_xasprintf("%s/manifests", cache);
	if (!check(&set, path, store, err) || !wk_mkdir_p(manifests, 0755, err))
		return false;
	*ret = (struct wk_components){
		.bin = wk_xasprintf("%s/bin", path),
		.cni = wk_xasprintf("%s/cni", path),
		.istioctl = wk_xasprintf("%s/bin/istioctl", path),
		.store = WK_TAKE(store),
		.manifests = WK_TAKE(manifests),
		.istio_version = wk_xstrdup(set.parts[WK_PART_ISTIO]->version),
		.kubernetes_version = wk_xstrdup(set.parts[WK_PART_KUBERNETES]->version),
	};
	return true;
}
