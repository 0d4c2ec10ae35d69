/*
 * The pins
 *
 * One JSON file names every upstream program with its version, and the go.mod and go.sum beside it
 * the rest. Each pin gets a key: a hash over its own text, over the wrapper module's files and over
 * the number of the recipe below. What is in the cache under another key was made from something
 * else, whatever its name says.
 */
#include "wookie/component/pins.h"

#include "wookie/base/file.h"
#include "wookie/component/component.h"
#include "wookie/pki/ca.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fts.h>
#include <string.h>

#define PINS_MAX ((size_t)1 << 20)
#define FILE_MAX ((size_t)16 << 20)

/* Raised when the way of building changes what comes out. */
#define RECIPE "1"

WK_DEFINE_AUTO(cJSON *, cJSON_Delete);

struct loader {
	const char *datadir;
	struct wk_arena *arena;
	const cJSON *item; /* the component that is being read */
	struct wk_err *err;
};

const char *const *wk_istio_versions(void)
{
	static const char *const versions[] = {"1.28.2", "1.28.3", NULL};

	return versions;
}

static const char *optional(const cJSON *item, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, key));
}

static const char *text(struct loader *l, const cJSON *item, const char *key)
{
	const char *value = optional(item, key);
	const char *name = optional(l->item, "name");

	if (!value)
		(void)wk_err_set(l->err, WK_ERR_INPUT, "component '%s': expected a text in '%s'",
			name ? name : "?", key);
	return value ? wk_arena_strdup(l->arena, value) : NULL;
}

static const cJSON *list(struct loader *l, const cJSON *item, const char *key)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(item, key);

	if (cJSON_IsArray(array) && cJSON_GetArraySize(array) > 0)
		return array;
	(void)wk_err_set(l->err, WK_ERR_INPUT, "component '%s': expected a list in '%s'",
		optional(l->item, "name"), key);
	return NULL;
}

/* Ends with NULL; NULL when there is none. */
static const char *const *texts(struct loader *l, const cJSON *item, const char *key)
{
	const cJSON *array = list(l, item, key);
	const cJSON *element = NULL;
	const char **values;
	size_t n = 0;

	if (!array)
		return NULL;
	values = wk_arena_alloc(l->arena, (size_t)cJSON_GetArraySize(array) + 1, sizeof(*values));
	cJSON_ArrayForEach(element, array)
	{
		if (!cJSON_IsString(element)) {
			(void)wk_err_set(l->err, WK_ERR_INPUT,
				"component '%s': expected texts in '%s'", optional(l->item, "name"),
				key);
			return NULL;
		}
		values[n++] = wk_arena_strdup(l->arena, element->valuestring);
	}
	return values;
}

static bool load_build(struct loader *l, const cJSON *item, struct wk_pin_build *build)
{
	const char *tags = optional(item, "tags");

	build->packages = texts(l, item, "packages");
	build->tags = wk_arena_strdup(l->arena, tags ? tags : "");
	build->ldflags = text(l, item, "ldflags");
	return build->packages && build->ldflags;
}

static bool load_c(struct loader *l, struct wk_pin *pin)
{
	pin->folder = wk_arena_printf(l->arena, "%s/fixtures/images", l->datadir);
	pin->programs = texts(l, l->item, "programs");
	return pin->programs != NULL;
}

static bool load_go(struct loader *l, struct wk_pin *pin)
{
	const cJSON *builds = list(l, l->item, "builds");
	const cJSON *copy = cJSON_GetObjectItemCaseSensitive(l->item, "copy");
	const char *module = text(l, l->item, "module");
	const cJSON *build = NULL;
	struct wk_pin_build *all;

	if (!builds || !module)
		return false;
	pin->folder = wk_arena_printf(l->arena, "%s/fixtures/components/%s", l->datadir, module);
	all = wk_arena_alloc(l->arena, (size_t)cJSON_GetArraySize(builds), sizeof(*all));
	cJSON_ArrayForEach(build, builds)
	{
		if (!load_build(l, build, &all[pin->build_count++]))
			return false;
	}
	pin->builds = all;
	if (!copy)
		return true;
	pin->copy_module = text(l, copy, "module");
	pin->copy_file = text(l, copy, "file");
	return pin->copy_module && pin->copy_file;
}

static bool load_wheel(struct loader *l, struct wk_pin *pin)
{
	pin->package = text(l, l->item, "package");
	if (!pin->package)
		return false;
	pin->sha256 = text(l, l->item, "sha256");
	return pin->sha256 != NULL;
}

static bool load_deb(struct loader *l, struct wk_pin *pin)
{
	const cJSON *packages = list(l, l->item, "packages");
	const cJSON *package = NULL;
	struct wk_pin_deb *all;

	if (!packages)
		return false;
	all = wk_arena_alloc(l->arena, (size_t)cJSON_GetArraySize(packages), sizeof(*all));
	cJSON_ArrayForEach(package, packages)
	{
		struct wk_pin_deb *deb = &all[pin->deb_count++];
		deb->name = text(l, package, "name");
		deb->at_least = text(l, package, "at_least");
		if (!deb->name || !deb->at_least)
			return false;
	}
	pin->debs = all;
	return true;
}

static const struct {
	const char *name;
	enum wk_pin_kind kind;
	bool (*load)(struct loader *l, struct wk_pin *pin);
} kinds[] = {
	{"c", WK_PIN_C, load_c},
	{"deb", WK_PIN_DEB, load_deb},
	{"go", WK_PIN_GO, load_go},
	{"wheel", WK_PIN_WHEEL, load_wheel},
};

static bool make_key(struct loader *l, struct wk_pin *pin)
{
	WK_AUTOFREE char *json = cJSON_PrintUnformatted(l->item);
	char folder[65] = "";
	char key[65];

	if (pin->folder && !wk_folder_key(pin->folder, folder, l->err))
		return false;
	const char *all = wk_arena_printf(l->arena, RECIPE "\n%s\n%s\n", json, folder);
	wk_sha256(all, strlen(all), key);
	pin->key = wk_arena_strdup(l->arena, key);
	return true;
}

static bool load_pin(struct loader *l, struct wk_pin *pin)
{
	const char *kind = text(l, l->item, "kind");

	pin->name = text(l, l->item, "name");
	pin->version = text(l, l->item, "version");
	if (!kind || !pin->name || !pin->version)
		return false;
	for (size_t i = 0; i < WK_COUNT(kinds); i++) {
		if (strcmp(kind, kinds[i].name) != 0)
			continue;
		pin->kind = kinds[i].kind;
		return kinds[i].load(l, pin) && make_key(l, pin);
	}
	return wk_err_set(l->err, WK_ERR_INPUT,
		"component '%s': unknown kind '%s'; expected c, deb, go or wheel", pin->name, kind);
}

static bool load_all(struct loader *l, const cJSON *root, struct wk_pins *ret)
{
	const cJSON *components = list(l, root, "components");
	const cJSON *item = NULL;
	struct wk_pin *all;
	size_t n = 0;

	if (!components)
		return false;
	all = wk_arena_alloc(l->arena, (size_t)cJSON_GetArraySize(components), sizeof(*all));
	cJSON_ArrayForEach(item, components)
	{
		l->item = item;
		if (!load_pin(l, &all[n++]))
			return false;
	}
	ret->all = all;
	ret->count = n;
	return true;
}

bool wk_pins_load(
	const char *datadir, struct wk_arena *arena, struct wk_pins *ret, struct wk_err *err)
{
	WK_AUTOFREE char *path = wk_xasprintf("%s/fixtures/components/versions.json", datadir);
	struct wk_buf WK_AUTO(wk_buf_finish) json = {0};
	struct loader l = {.datadir = datadir, .arena = arena, .err = err};
	struct wk_pins pins = {0};

	if (!wk_file_read(path, PINS_MAX, &json, err))
		return false;
	cJSON *WK_AUTO(cJSON_Delete) root = cJSON_Parse(wk_buf_str(&json));
	if (!root)
		return wk_err_set(err, WK_ERR_INPUT, "%s: expected JSON", path);
	if (!load_all(&l, root, &pins))
		return wk_err_context(err, "%s", path);
	*ret = pins;
	return true;
}

const struct wk_pin *wk_pins_find(const struct wk_pins *pins, const char *name, const char *version)
{
	for (size_t i = 0; i < pins->count; i++) {
		const struct wk_pin *pin = &pins->all[i];
		if (strcmp(pin->name, name) == 0 &&
			(!version || strcmp(pin->version, version) == 0))
			return pin;
	}
	return NULL;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool add_file(struct wk_buf *all, const char *path, const char *name, struct wk_err *err)
{
	char hex[65];

	if (!wk_sha256_file(path, hex, err))
		return false;
	return wk_buf_printf(all, "%s %s\n", hex, name) ||
	       wk_err_set(err, WK_ERR_INPUT, "%s: too many files", path);
}

bool wk_folder_key(const char *path, char hex[65], struct wk_err *err)
{
	WK_AUTOFREE char *root = wk_xstrdup(path);
	char *const roots[] = {root, NULL};
	struct wk_buf WK_AUTO(wk_buf_finish) all = WK_BUF_INIT(FILE_MAX);
	size_t skip = strlen(path);
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	bool ok = true;

	if (!fts)
		return wk_err_sys(err, errno, "%s", path);
	for (FTSENT *e = fts_read(fts); ok && e; e = fts_read(fts)) {
		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
			ok = wk_err_sys(err, e->fts_errno, "%s", e->fts_path);
		else if (e->fts_info == FTS_F)
			ok = add_file(&all, e->fts_path, e->fts_path + skip, err);
	}
	(void)fts_close(fts);
	if (ok)
		wk_sha256(wk_buf_str(&all), all.len, hex);
	return ok;
}
