/*
 * Folders that are whole or not there
 *
 * What is built goes to a temporary name, is hashed, written to the disk and renamed; so a folder
 * under its final name was complete once. Whether it still is, the manifest tells: sizes and times
 * on every run, because that costs nothing and catches a truncated or edited file; all hashes in
 * set-up, which also catches a bad disk.
 */
#include "wookie/component/cache.h"

#include "wookie/base/file.h"
#include "wookie/pki/ca.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST "manifest.json"
#define MANIFEST_MAX ((size_t)16 << 20)

WK_DEFINE_AUTO(cJSON *, cJSON_Delete);

char *wk_cache_path(const char *cache, const char *name, const char *version, const char *key)
{
	/* 48 bits tell the few versions in one cache apart; the whole key is in nobody's way. */
	return wk_xasprintf("%s/components/%s-%s-%.12s", cache, name, version, key);
}

/* Nanoseconds do not fit a JSON number. */
static void format_time(const struct stat *st, char buf[40])
{
	(void)snprintf(buf, 40, "%lld.%09ld", (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
}

static bool add_entry(cJSON *files, const FTSENT *e, size_t skip, struct wk_err *err)
{
	cJSON *entry = cJSON_CreateObject();
	char value[PATH_MAX] = "";
	char when[40];

	(void)cJSON_AddItemToArray(files, entry);
	(void)cJSON_AddStringToObject(entry, "path", e->fts_path + skip);
	if (e->fts_info == FTS_SL || e->fts_info == FTS_SLNONE) {
		if (readlink(e->fts_accpath, value, sizeof(value) - 1) < 0)
			return wk_err_sys(err, errno, "%s", e->fts_path);
		(void)cJSON_AddStringToObject(entry, "link", value);
		return true;
	}
	if (!wk_sha256_file(e->fts_path, value, err))
		return false;
	format_time(e->fts_statp, when);
	(void)cJSON_AddNumberToObject(entry, "size", (double)e->fts_statp->st_size);
	(void)cJSON_AddStringToObject(entry, "time", when);
	(void)cJSON_AddStringToObject(entry, "sha256", value);
	return true;
}

static bool describe(const char *folder, cJSON *files, struct wk_err *err)
{
	WK_AUTOFREE char *root = wk_xstrdup(folder);
	char *const roots[] = {root, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	bool ok = true;

	if (!fts)
		return wk_err_sys(err, errno, "%s", folder);
	for (FTSENT *e = fts_read(fts); ok && e; e = fts_read(fts)) {
		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
			ok = wk_err_sys(err, e->fts_errno, "%s", e->fts_path);
		else if (e->fts_info == FTS_F || e->fts_info == FTS_SL || e->fts_info == FTS_SLNONE)
			ok = add_entry(files, e, strlen(folder) + 1, err);
	}
	(void)fts_close(fts);
	return ok;
}

static bool write_manifest(const char *folder, struct wk_err *err)
{
	cJSON *WK_AUTO(cJSON_Delete) root = cJSON_CreateObject();
	WK_AUTOFREE char *path = wk_xasprintf("%s/" MANIFEST, folder);

	/* One that is left over must not describe itself. */
	if (unlink(path) < 0 && errno != ENOENT)
		return wk_err_sys(err, errno, "%s", path);
	if (!describe(folder, cJSON_AddArrayToObject(root, "files"), err))
		return false;
	WK_AUTOFREE char *json = cJSON_Print(root);
	return wk_file_write(path, json, strlen(json), 0644, err);
}

bool wk_cache_publish(const char *folder, const char *path, struct wk_err *err)
{
	int WK_AUTO(wk_close) fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return wk_err_sys(err, errno, "%s", folder);
	if (!write_manifest(folder, err))
		return false;
	/* After a power cut, a file with the right size and time may otherwise hold zeros. */
	if (syncfs(fd) < 0)
		return wk_err_sys(err, errno, "%s", folder);
	if (!wk_rmtree(path, err))
		return false;
	if (rename(folder, path) < 0)
		return wk_err_sys(err, errno, "rename '%s' to '%s'", folder, path);
	return true;
}

static bool damaged(const char *path, const char *what, struct wk_err *err)
{
	return wk_err_set(err, WK_ERR_MISSING, "'%s' %s", path, what);
}

static bool check_link(const char *path, const char *target, struct wk_err *err)
{
	char found[PATH_MAX] = "";

	if (readlink(path, found, sizeof(found) - 1) < 0 || strcmp(found, target) != 0)
		return damaged(path, "is not the link it was made as", err);
	return true;
}

static bool check_stamp(const char *path, const cJSON *entry, struct wk_err *err)
{
	double size = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(entry, "size"));
	const char *when = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "time"));
	struct stat st;
	char found[40];

	if (lstat(path, &st) < 0)
		return damaged(path, "is gone", err);
	if (!S_ISREG(st.st_mode) || (double)st.st_size > size || (double)st.st_size < size)
		return damaged(path, "does not have the size it was made with", err);
	format_time(&st, found);
	if (!when || strcmp(when, found) != 0)
		return damaged(path, "was changed after it was made", err);
	return true;
}

static bool check_hash(const char *path, const cJSON *entry, struct wk_err *err)
{
	const char *want = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "sha256"));
	char found[65];

	if (!wk_sha256_file(path, found, err))
		return false;
	if (!want || strcmp(want, found) != 0)
		return damaged(path, "does not have the hash it was made with", err);
	return true;
}

static bool check_entry(
	const char *folder, const cJSON *entry, enum wk_check_depth depth, struct wk_err *err)
{
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "path"));
	const char *link = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "link"));

	if (!name)
		return damaged(folder, "has a manifest that makes no sense", err);
	WK_AUTOFREE char *path = wk_xasprintf("%s/%s", folder, name);
	if (link)
		return check_link(path, link, err);
	return check_stamp(path, entry, err) &&
	       (depth == WK_CHECK_STAMPS || check_hash(path, entry, err));
}

bool wk_cache_check(const char *path, enum wk_check_depth depth, struct wk_err *err)
{
	WK_AUTOFREE char *manifest = wk_xasprintf("%s/" MANIFEST, path);
	struct wk_buf WK_AUTO(wk_buf_finish) json = {0};
	const cJSON *entry = NULL;

	if (!wk_path_exists(path))
		return damaged(path, "is not there", err);
	if (!wk_file_read(manifest, MANIFEST_MAX, &json, err))
		return damaged(path, "has no manifest", err);
	cJSON *WK_AUTO(cJSON_Delete) root = cJSON_Parse(wk_buf_str(&json));
	const cJSON *files = cJSON_GetObjectItemCaseSensitive(root, "files");
	if (cJSON_GetArraySize(files) == 0)
		return damaged(path, "has a manifest that makes no sense", err);
	cJSON_ArrayForEach(entry, files)
	{
		if (!check_entry(path, entry, depth, err))
			return false;
	}
	return true;
}
