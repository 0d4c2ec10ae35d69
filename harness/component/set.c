/*
 * Sets
 *
 * The parts are shared between versions of Istio; a set is the view that a mesh of one version
 * needs: every program side by side in one folder, and the image store. Programs are hard links,
 * which stay whole whatever becomes of the part's own folder, and cost nothing.
 */
#include "wookie/component/set.h"

#include "wookie/base/file.h"
#include "wookie/component/cache.h"
#include "wookie/component/component.h"
#include "wookie/pki/ca.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

WK_DEFINE_AUTO(DIR *, closedir);

static const struct {
	enum wk_part part;
	const char *folder; /* inside the part */
	const char *target; /* inside the set */
} links[] = {
	{WK_PART_KUBERNETES, "", "bin"},
	{WK_PART_ISTIO, "", "bin"},
	{WK_PART_DEBIAN, "/usr/bin", "bin"},
	{WK_PART_DEBIAN, "/usr/sbin", "bin"},
	{WK_PART_DEBIAN, "/usr/lib/cni", "cni"},
};

static const char *const part_names[WK_PARTS] = {
	[WK_PART_DEBIAN] = "debian",
	[WK_PART_ENVOY] = "envoy",
	[WK_PART_ISTIO] = "istio",
	[WK_PART_KUBERNETES] = "kubernetes",
	[WK_PART_WORKLOADS] = "workloads",
};

static bool no_such_version(const char *version, struct wk_err *err)
{
	const char *const *known = wk_istio_versions();
	struct wk_buf WK_AUTO(wk_buf_finish) list = WK_BUF_INIT(256);

	for (size_t i = 0; known[i]; i++)
		(void)wk_buf_printf(&list, "%s%s", i ? ", " : "", known[i]);
	return wk_err_set(err, WK_ERR_INPUT, "istio version '%s' is not pinned; expected one of %s",
		version, wk_buf_str(&list));
}

bool wk_set_find(const struct wk_pins *pins, const char *istio_version, struct wk_set *ret,
	struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) keys = WK_BUF_INIT(4096);
	struct wk_set set = {0};

	for (size_t i = 0; i < WK_PARTS; i++) {
		bool versioned = i == WK_PART_ISTIO;
		const char *version = istio_version ? istio_version : wk_istio_versions()[0];
		set.parts[i] = wk_pins_find(pins, part_names[i], versioned ? version : NULL);
		if (!set.parts[i] && versioned)
			return no_such_version(version, err);
		if (!set.parts[i])
			return wk_err_set(err, WK_ERR_INPUT,
				"fixtures/components/versions.json: no component '%s'",
				part_names[i]);
		(void)wk_buf_printf(&keys, "%s\n", set.parts[i]->key);
	}
	wk_sha256(wk_buf_str(&keys), keys.len, set.key);
	*ret = set;
	return true;
}

char *wk_part_path(const char *cache, const struct wk_set *set, enum wk_part part)
{
	const struct wk_pin *pin = set->parts[part];

	return wk_cache_path(cache, pin->name, pin->version, pin->key);
}

char *wk_set_path(const char *cache, const struct wk_set *set)
{
	return wk_cache_path(cache, "set", set->parts[WK_PART_ISTIO]->version, set->key);
}

char *wk_set_store(const char *set_path)
{
	WK_AUTOFREE char *path = wk_xasprintf("%s/store", set_path);
	struct wk_buf WK_AUTO(wk_buf_finish) name = {0};
	struct wk_err ignored;

	if (!wk_file_read(path, 4096, &name, &ignored) || name.len == 0)
		return NULL;
	/* A name, not a path: a cache may be moved. */
	return wk_xasprintf(
		"%.*s/%s", (int)(strrchr(set_path, '/') - set_path), set_path, wk_buf_str(&name));
}

/* Links the programs in one folder, and not what is below it. */
static bool link_programs(const char *from, const char *to, struct wk_err *err)
{
	DIR *WK_AUTO(closedir) dir = opendir(from);

	if (!dir)
		return errno == ENOENT || wk_err_sys(err, errno, "%s", from);
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		WK_AUTOFREE char *source = wk_xasprintf("%s/%s", from, e->d_name);
		WK_AUTOFREE char *target = wk_xasprintf("%s/%s", to, e->d_name);
		struct stat st;
		if (lstat(source, &st) < 0)
			return wk_err_sys(err, errno, "%s", source);
		if (!S_ISREG(st.st_mode) || !(st.st_mode & S_IXUSR))
			continue;
		if (link(source, target) < 0)
			return wk_err_sys(err, errno, "link '%s'", target);
	}
	return true;
}

static bool link_all(
	const char *cache, const struct wk_set *set, const char *scratch, struct wk_err *err)
{
	for (size_t i = 0; i < WK_COUNT(links); i++) {
		WK_AUTOFREE char *part = wk_part_path(cache, set, links[i].part);
		WK_AUTOFREE char *from = wk_xasprintf("%s%s", part, links[i].folder);
		WK_AUTOFREE char *to = wk_xasprintf("%s/%s", scratch, links[i].target);
		if (!wk_mkdir_p(to, 0755, err) || !link_programs(from, to, err))
			return false;
	}
	return true;
}

bool wk_set_publish(const char *cache, const struct wk_set *set, const char *store,
	const char *scratch, struct wk_err *err)
{
	WK_AUTOFREE char *path = wk_set_path(cache, set);
	WK_AUTOFREE char *record = wk_xasprintf("%s/store", scratch);
	const char *name = strrchr(store, '/') + 1;

	return wk_rmtree(scratch, err) && wk_mkdir_p(scratch, 0755, err) &&
	       link_all(cache, set, scratch, err) &&
	       wk_file_write(record, name, strlen(name), 0644, err) &&
	       wk_cache_publish(scratch, path, err);
}
