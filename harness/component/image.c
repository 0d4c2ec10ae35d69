/*
 * Container images
 *
 * An image here is one layer of a few hundred files at most, so it is a sorted table of entries
 * until it is written. Owner, group and time of every file are zero and the order is by name: the
 * digest of an image then depends on its content alone, and nothing is unpacked anywhere to make
 * it. The archive has the oldest of the formats that container runtimes load, that of `docker save`
 * (image specification 1.0): manifest.json, a config, and the layer.
 */
#include "wookie/component/image.h"

#include "wookie/base/file.h"
#include "wookie/component/libs.h"
#include "wookie/pki/ca.h"

#include <archive.h>
#include <archive_entry.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_MAX ((size_t)4 << 20)

WK_DEFINE_AUTO(cJSON *, cJSON_Delete);
WK_DEFINE_AUTO(struct archive *, archive_write_free);
WK_DEFINE_AUTO(struct archive_entry *, archive_entry_free);

static const char *const merged[] = {"bin", "lib", "lib64", "sbin"};

static void put(struct wk_image *image, enum wk_entry_kind kind, const char *path,
	const char *value, mode_t mode)
{
	for (size_t i = 0; i < image->count; i++)
		if (strcmp(image->entries[i].path, path) == 0)
			return;
	image->entries =
		wk_arena_grow(image->arena, image->entries, image->count, sizeof(*image->entries));
	image->entries[image->count++] = (struct wk_image_entry){kind, path, value, mode};
}

/* Without the leading slash, and below usr/ where the image only has a link. */
static const char *inside(const struct wk_image *image, const char *path)
{
	path += *path == '/';
	for (size_t i = 0; i < WK_COUNT(merged); i++) {
		size_t len = strlen(merged[i]);
		if (strncmp(path, merged[i], len) == 0 && path[len] == '/')
			return wk_arena_printf(image->arena, "usr/%s", path);
	}
	return wk_arena_strdup(image->arena, path);
}

/* Adds an entry and the folders above it. */
static void add(struct wk_image *image, enum wk_entry_kind kind, const char *path,
	const char *value, mode_t mode)
{
	const char *name = inside(image, path);

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/'))
		put(image, WK_ENTRY_DIR,
			wk_arena_strndup(image->arena, name, (size_t)(slash - name)), "", 0755);
	put(image, kind, name, wk_arena_strdup(image->arena, value), mode);
}

void wk_image_init(struct wk_image *image, struct wk_arena *arena, const char *name,
	const char *entrypoint, const char *user)
{
	static const char *const folders[] = {"dev", "etc", "proc", "root", "run", "sys", "usr/bin",
		"usr/lib", "usr/lib64", "usr/sbin", "var/lib"};

	*image = (struct wk_image){
		.arena = arena,
		.name = wk_arena_strdup(arena, name),
		.entrypoint = wk_arena_strdup(arena, entrypoint),
		.user = wk_arena_strdup(arena, user),
	};
	wk_image_dir(image, "tmp", 01777);
	wk_image_dir(image, "var/run", 01777);
	for (size_t i = 0; i < WK_COUNT(folders); i++)
		wk_image_dir(image, folders[i], 0755);
	for (size_t i = 0; i < WK_COUNT(merged); i++)
		wk_image_link(image, merged[i], wk_arena_printf(arena, "usr/%s", merged[i]));
}

void wk_image_dir(struct wk_image *image, const char *path, mode_t mode)
{
	add(image, WK_ENTRY_DIR, path, "", mode);
}

void wk_image_link(struct wk_image *image, const char *path, const char *target)
{
	add(image, WK_ENTRY_LINK, path, target, 0777);
}

void wk_image_text(struct wk_image *image, const char *path, const char *text)
{
	add(image, WK_ENTRY_TEXT, path, text, 0644);
}

void wk_image_file(struct wk_image *image, const char *path, const char *source)
{
	bool program = access(source, X_OK) == 0;

	add(image, WK_ENTRY_FILE, path, source, program ? 0755 : 0644);
}

bool wk_image_program(
	struct wk_image *image, const char *path, const char *source, struct wk_err *err)
{
	struct wk_libs libs;

	if (!wk_libs_of(source, image->arena, &libs, err))
		return false;
	wk_image_file(image, path, source);
	for (size_t i = 0; i < libs.count; i++)
		wk_image_file(image, libs.paths[i], libs.paths[i]);
	return true;
}

static int by_path(const void *a, const void *b)
{
	const struct wk_image_entry *x = a;
	const struct wk_image_entry *y = b;

	return strcmp(x->path, y->path);
}

/* The caller frees. The entries themselves stay in the order in which they were added, since the
 * first to take a path keeps it. */
static struct wk_image_entry *sorted(const struct wk_image *image)
{
	struct wk_image_entry *entries = wk_xcalloc(image->count, sizeof(*entries));

	memcpy(entries, image->entries, image->count * sizeof(*entries));
	qsort(entries, image->count, sizeof(*entries), by_path);
	return entries;
}

bool wk_image_key(const struct wk_image *image, char hex[65], struct wk_err *err)
{
	WK_AUTOFREE struct wk_image_entry *entries = sorted(image);
	struct wk_buf WK_AUTO(wk_buf_finish) all = WK_BUF_INIT(KEY_MAX);
	char hash[65];

	(void)wk_buf_printf(&all, "%s\n%s\n%s\n", image->name, image->entrypoint, image->user);
	for (size_t i = 0; i < image->count; i++) {
		const struct wk_image_entry *e = &entries[i];
		wk_sha256(e->value, strlen(e->value), hash);
		if (e->kind == WK_ENTRY_FILE && !wk_sha256_file(e->value, hash, err))
			return false;
		(void)wk_buf_printf(
			&all, "%d %o %s %s\n", (int)e->kind, (unsigned)e->mode, hash, e->path);
	}
	if (all.full)
		return wk_err_set(err, WK_ERR_INPUT, "image '%s' has too many files", image->name);
	wk_sha256(wk_buf_str(&all), all.len, hex);
	return true;
}

static bool trouble(struct archive *a, const char *path, struct wk_err *err)
{
	const char *why = archive_error_string(a);

	return wk_err_sys(err, archive_errno(a), "write '%s': %s", path, why ? why : "");
}

static struct archive *open_archive(const char *path, struct wk_err *err)
{
	struct archive *a = archive_write_new();

	/* Without the records that pax adds only where the classic header is too small, the bytes
	 * depend on nothing but the content. */
	(void)archive_write_set_format_pax_restricted(a);
	if (archive_write_open_filename(a, path) == ARCHIVE_OK)
		return a;
	(void)trouble(a, path, err);
	archive_write_free(a);
	return NULL;
}

static bool write_header(struct archive *a, const struct wk_image_entry *e, la_int64_t size,
	const char *archive_path, struct wk_err *err)
{
	struct archive_entry *WK_AUTO(archive_entry_free) entry = archive_entry_new();
	unsigned type = e->kind == WK_ENTRY_DIR ? AE_IFDIR : AE_IFREG;

	archive_entry_set_pathname(entry, e->path);
	archive_entry_set_filetype(entry, e->kind == WK_ENTRY_LINK ? AE_IFLNK : type);
	archive_entry_set_perm(entry, e->mode);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_size(entry, size);
	if (e->kind == WK_ENTRY_LINK)
		archive_entry_set_symlink(entry, e->value);
	return archive_write_header(a, entry) == ARCHIVE_OK || trouble(a, archive_path, err);
}

static bool write_data(struct archive *a, int fd, la_int64_t size, const char *source,
	const char *archive_path, struct wk_err *err)
{
	WK_AUTOFREE char *chunk = wk_xmalloc(1 << 17);
	la_int64_t left = size;

	while (left > 0) {
		ssize_t n = read(fd, chunk, 1 << 17);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return wk_err_sys(err, n < 0 ? errno : EIO, "read '%s'", source);
		if (archive_write_data(a, chunk, (size_t)n) != n)
			return trouble(a, archive_path, err);
		left -= n;
	}
	return true;
}

static bool write_file(struct archive *a, const struct wk_image_entry *e, const char *archive_path,
	struct wk_err *err)
{
	int WK_AUTO(wk_close) fd = open(e->value, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return wk_err_sys(err, errno, "%s", e->value);
	return write_header(a, e, st.st_size, archive_path, err) &&
	       write_data(a, fd, st.st_size, e->value, archive_path, err);
}

static bool write_entry(struct archive *a, const struct wk_image_entry *e, const char *archive_path,
	struct wk_err *err)
{
	size_t len = e->kind == WK_ENTRY_TEXT ? strlen(e->value) : 0;

	if (e->kind == WK_ENTRY_FILE)
		return write_file(a, e, archive_path, err);
	if (!write_header(a, e, (la_int64_t)len, archive_path, err))
		return false;
	return len == 0 || archive_write_data(a, e->value, len) == (la_ssize_t)len ||
	       trouble(a, archive_path, err);
}

static bool write_archive(
	const char *path, const struct wk_image_entry *entries, size_t count, struct wk_err *err)
{
	struct archive *WK_AUTO(archive_write_free) a = open_archive(path, err);

	if (!a)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!write_entry(a, &entries[i], path, err))
			return false;
	return archive_write_close(a) == ARCHIVE_OK || trouble(a, path, err);
}

static char *config_json(const struct wk_image *image, const char *layer_sha256)
{
	cJSON *WK_AUTO(cJSON_Delete) root = cJSON_CreateObject();
	WK_AUTOFREE char *digest = wk_xasprintf("sha256:%s", layer_sha256);

	(void)cJSON_AddStringToObject(root, "architecture", "amd64");
	(void)cJSON_AddStringToObject(root, "os", "linux");
	cJSON *config = cJSON_AddObjectToObject(root, "config");
	(void)cJSON_AddStringToObject(config, "User", image->user);
	(void)cJSON_AddStringToObject(config, "WorkingDir", "/");
	(void)cJSON_AddItemToArray(cJSON_AddArrayToObject(config, "Entrypoint"),
		cJSON_CreateString(image->entrypoint));
	(void)cJSON_AddItemToArray(cJSON_AddArrayToObject(config, "Env"),
		cJSON_CreateString("PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
	cJSON *rootfs = cJSON_AddObjectToObject(root, "rootfs");
	(void)cJSON_AddStringToObject(rootfs, "type", "layers");
	(void)cJSON_AddItemToArray(
		cJSON_AddArrayToObject(rootfs, "diff_ids"), cJSON_CreateString(digest));
	return cJSON_PrintUnformatted(root);
}

static char *manifest_json(const struct wk_image *image)
{
	cJSON *WK_AUTO(cJSON_Delete) root = cJSON_CreateArray();
	cJSON *only = cJSON_CreateObject();

	(void)cJSON_AddItemToArray(root, only);
	(void)cJSON_AddStringToObject(only, "Config", "config.json");
	(void)cJSON_AddItemToArray(
		cJSON_AddArrayToObject(only, "RepoTags"), cJSON_CreateString(image->name));
	(void)cJSON_AddItemToArray(
		cJSON_AddArrayToObject(only, "Layers"), cJSON_CreateString("layer.tar"));
	return cJSON_PrintUnformatted(root);
}

bool wk_image_write(
	const struct wk_image *image, const char *scratch, const char *path, struct wk_err *err)
{
	WK_AUTOFREE struct wk_image_entry *entries = sorted(image);
	WK_AUTOFREE char *layer = wk_xasprintf("%s/layer.tar", scratch);
	char hash[65];

	if (!write_archive(layer, entries, image->count, err) || !wk_sha256_file(layer, hash, err))
		return wk_err_context(err, "image '%s'", image->name);
	WK_AUTOFREE char *config = config_json(image, hash);
	WK_AUTOFREE char *manifest = manifest_json(image);
	const struct wk_image_entry outer[] = {
		{WK_ENTRY_TEXT, "manifest.json", manifest, 0644},
		{WK_ENTRY_TEXT, "config.json", config, 0644},
		{WK_ENTRY_FILE, "layer.tar", layer, 0644},
	};
	bool ok = write_archive(path, outer, WK_COUNT(outer), err);
	(void)unlink(layer);
	return ok || wk_err_context(err, "image '%s'", image->name);
}
