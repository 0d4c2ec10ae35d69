#include "wookie/component/set.h"

#include "wookie/component/cache.h"
#include "wookie/component/component.h"

#include "scratch.h"

#include <unistd.h>

/* A cache in which every part of the default set is there, with few and small programs. */
struct fake {
	char *cache;
	struct wk_arena *arena;
	struct wk_pins pins;
	struct wk_set set;
};

static void put_part(const struct fake *f, enum wk_part part, const char *folder, const char *name)
{
	WK_AUTOFREE char *path = wk_part_path(f->cache, &f->set, part);
	WK_AUTOFREE char *full = wk_xasprintf("%s%s", path, folder);

	scratch_mkdir(full, ".");
	scratch_write(full, name, name);
}

static struct fake fake_new(void)
{
	struct fake f = {.cache = scratch_new(), .arena = wk_arena_new()};
	struct wk_err err;

	cr_assert(wk_pins_load(WK_SOURCEDIR, f.arena, &f.pins, &err), "%s", err.msg);
	cr_assert(wk_set_find(&f.pins, NULL, &f.set, &err), "%s", err.msg);
	put_part(&f, WK_PART_KUBERNETES, "", "kube-apiserver");
	put_part(&f, WK_PART_ISTIO, "", "istioctl");
	put_part(&f, WK_PART_DEBIAN, "/usr/bin", "etcd");
	put_part(&f, WK_PART_DEBIAN, "/usr/sbin", "runc");
	put_part(&f, WK_PART_DEBIAN, "/usr/lib/cni", "bridge");
	return f;
}

/* With a store, and the set that ties it all together; returns the store's path. */
static char *complete(const struct fake *f)
{
	WK_AUTOFREE char *draft = wk_xasprintf("%s/draft", f->cache);
	char *store = wk_cache_path(f->cache, "store", "1.28.2", "0123456789abcdef");
	struct wk_err err;

	scratch_mkdir(draft, ".");
	scratch_write(draft, "meta.db", "names of images");
	cr_assert(wk_cache_publish(draft, store, &err), "%s", err.msg);
	cr_assert(wk_set_publish(f->cache, &f->set, store, draft, &err), "%s", err.msg);
	return store;
}

static void fake_finish(struct fake *f)
{
	wk_arena_free(f->arena);
	scratch_free(f->cache);
}

static inline void fake_finish_cleanup(struct fake *f)
{
	fake_finish(f);
}

static inline void wk_components_finish_cleanup(struct wk_components *components)
{
	wk_components_finish(components);
}

static void expect_file(const char *folder, const char *name)
{
	WK_AUTOFREE char *path = wk_xasprintf("%s/%s", folder, name);

	cr_expect_eq(access(path, X_OK), 0, "%s", path);
}

Test(set, all_programs_are_found_side_by_side)
{
	struct fake WK_AUTO(fake_finish) f = fake_new();
	WK_AUTOFREE char *store = complete(&f);
	struct wk_components WK_AUTO(wk_components_finish) found = {0};
	struct wk_err err;

	cr_assert(wk_components_find(f.cache, WK_SOURCEDIR, NULL, &found, &err), "%s", err.msg);
	expect_file(found.bin, "kube-apiserver");
	expect_file(found.bin, "etcd");
	expect_file(found.bin, "runc");
	expect_file(found.cni, "bridge");
	cr_expect_eq(access(found.istioctl, X_OK), 0);
	cr_expect_eq(access(found.manifests, W_OK), 0);
	cr_expect_str_eq(found.store, store);
	cr_expect_str_eq(found.istio_version, wk_istio_versions()[0]);
	cr_expect_str_eq(found.kubernetes_version, "1.34.4");
}

static void expect_not_found(const struct fake *f, const char *version, const char *words)
{
	struct wk_components found = {0};
	struct wk_err err = {0};

	cr_assert_not(wk_components_find(f->cache, WK_SOURCEDIR, version, &found, &err));
	cr_expect_eq(err.kind, WK_ERR_MISSING);
	cr_expect(strstr(err.msg, words), "%s", err.msg);
	cr_expect_null(found.bin);
}

Test(set, an_empty_cache_asks_for_set_up)
{
	struct fake WK_AUTO(fake_finish) f = fake_new();

	expect_not_found(&f, NULL, "is not there; run 'wookie-conform setup'");
}

Test(set, another_version_is_not_taken_for_this_one)
{
	struct fake WK_AUTO(fake_finish) f = fake_new();
	WK_AUTOFREE char *store = complete(&f);

	expect_not_found(&f, wk_istio_versions()[1], "run 'wookie-conform setup --istio 1.28.3'");
}

Test(set, a_damaged_program_is_never_found)
{
	struct fake WK_AUTO(fake_finish) f = fake_new();
	WK_AUTOFREE char *store = complete(&f);
	WK_AUTOFREE char *path = wk_set_path(f.cache, &f.set);
	WK_AUTOFREE char *etcd = wk_xasprintf("%s/bin/etcd", path);

	cr_assert_eq(truncate(etcd, 2), 0);
	expect_not_found(&f, NULL, "bin/etcd' does not have the size it was made with; run ");
}

Test(set, a_damaged_store_is_never_found)
{
	struct fake WK_AUTO(fake_finish) f = fake_new();
	WK_AUTOFREE char *store = complete(&f);
	WK_AUTOFREE char *db = wk_xasprintf("%s/meta.db", store);

	cr_assert_eq(unlink(db), 0);
	expect_not_found(&f, NULL, "meta.db' is gone; run ");
}

Test(set, a_version_that_is_not_pinned_is_the_users_mistake)
{
	struct fake WK_AUTO(fake_finish) f = fake_new();
	struct wk_components found = {0};
	struct wk_err err = {0};

	cr_assert_not(wk_components_find(f.cache, WK_SOURCEDIR, "1.29.0", &found, &err));
	cr_expect_eq(err.kind, WK_ERR_INPUT);
	cr_expect_str_eq(
		err.msg, "istio version '1.29.0' is not pinned; expected one of 1.28.2, 1.28.3");
}
