/*
 * Components that are fetched: wheels and Debian packages
 *
 * Each comes through its own ecosystem's client, which knows the user's mirrors and proxies and
 * checks what it gets: pip against the pinned hash, apt against its signed index. Packages are
 * unpacked, never installed: installing could start a daemon on the user's machine.
 */
#include "wookie/component/build.h"

#include "wookie/base/file.h"
#include "wookie/component/libs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

WK_DEFINE_AUTO(struct archive *, archive_free);

static double megabytes_in(const char *folder)
{
	WK_AUTOFREE char *root = wk_xstrdup(folder);
	char *const roots[] = {root, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	double bytes = 0;

	if (!fts)
		return 0;
	for (FTSENT *e = fts_read(fts); e; e = fts_read(fts))
		if (e->fts_info == FTS_F)
			bytes += (double)e->fts_statp->st_size;
	(void)fts_close(fts);
	return bytes / 1e6;
}

static char *download_folder(const struct wk_builder *builder)
{
	return wk_xasprintf("%s/download-%s", builder->work, builder->pin->name);
}

static void look(struct wk_builder *builder, const char *out, const char *err)
{
	WK_AUTOFREE char *folder = download_folder(builder);

	(void)out;
	(void)err;
	wk_builder_say(builder, "downloaded %.1f MB", megabytes_in(folder));
}

/* A download that was cut short is begun anew: the clients do not resume. */
static bool fresh_folder(const char *path, struct wk_err *err)
{
	return wk_rmtree(path, err) && wk_mkdir_p(path, 0755, err);
}

/* The one file that matches; the caller frees. */
static char *only_file(const char *folder, const char *pattern, struct wk_err *err)
{
	WK_AUTOFREE char *full = wk_xasprintf("%s/%s", folder, pattern);
	glob_t found = {0};
	char *path = NULL;

	if (glob(full, 0, NULL, &found) == 0 && found.gl_pathc == 1)
		path = wk_xstrdup(found.gl_pathv[0]);
	else
		(void)wk_err_set(err, WK_ERR_REMOTE, "expected one file '%s', found %zu", full,
			(size_t)found.gl_pathc);
	globfree(&found);
	return path;
}

static bool archive_trouble(struct archive *a, const char *path, struct wk_err *err)
{
	const char *why = archive_error_string(a);

	return wk_err_set(
		err, WK_ERR_SYSTEM, "unpack '%s': %s", path, why ? why : "unknown reason");
}

static bool unpack_entry(struct archive *from, struct archive *to, struct archive_entry *entry,
	const char *path, struct wk_err *err)
{
	const void *data = NULL;
	la_int64_t offset = 0;
	size_t len = 0;
	int r;

	if (archive_write_header(to, entry) != ARCHIVE_OK)
		return archive_trouble(to, path, err);
	r = archive_read_data_block(from, &data, &len, &offset);
	while (r == ARCHIVE_OK) {
		if (archive_write_data_block(to, data, len, offset) < 0)
			return archive_trouble(to, path, err);
		r = archive_read_data_block(from, &data, &len, &offset);
	}
	if (r != ARCHIVE_EOF)
		return archive_trouble(from, path, err);
	return archive_write_finish_entry(to) == ARCHIVE_OK || archive_trouble(to, path, err);
}

/* Names inside the archive that lead out of the folder are refused. */
static bool unpack(const char *path, const char *folder, struct wk_err *err)
{
	struct archive *WK_AUTO(archive_free) from = archive_read_new();
	struct archive *WK_AUTO(archive_free) to = archive_write_disk_new();
	struct archive_entry *entry = NULL;
	int r;

	(void)archive_read_support_format_zip(from);
	(void)archive_write_disk_set_options(to, ARCHIVE_EXTRACT_PERM |
							 ARCHIVE_EXTRACT_SECURE_NODOTDOT |
							 ARCHIVE_EXTRACT_SECURE_SYMLINKS);
	if (archive_read_open_filename(from, path, 65536) != ARCHIVE_OK)
		return archive_trouble(from, path, err);
	r = archive_read_next_header(from, &entry);
	while (r == ARCHIVE_OK) {
		WK_AUTOFREE char *target =
			wk_xasprintf("%s/%s", folder, archive_entry_pathname(entry));
		archive_entry_set_pathname(entry, target);
		if (!unpack_entry(from, to, entry, path, err))
			return false;
		r = archive_read_next_header(from, &entry);
	}
	return r == ARCHIVE_EOF || archive_trouble(from, path, err);
}

/* The python3 on PATH may be one without pip. */
static const char *python_with_pip(struct wk_builder *builder, struct wk_err *err)
{
	static const char *const candidates[] = {"python3", "/usr/bin/python3"};

	for (size_t i = 0; i < WK_COUNT(candidates); i++) {
		const char *argv[] = {candidates[i], "-m", "pip", "--version", NULL};
		if (wk_build_run(builder, &(struct wk_build_step){.argv = argv}, NULL, err))
			return candidates[i];
		if (err->kind == WK_ERR_INTERRUPTED)
			return NULL;
	}
	(void)wk_err_set(
		err, WK_ERR_MISSING, "no python3 with pip; install the package 'python3-pip'");
	return NULL;
}

static bool pip_download(struct wk_builder *builder, const char *folder, struct wk_err *err)
{
	const struct wk_pin *pin = builder->pin;
	const char *python = python_with_pip(builder, err);
	WK_AUTOFREE char *list = wk_xasprintf("%s/requirements.txt", folder);
	WK_AUTOFREE char *line =
		wk_xasprintf("%s==%s --hash=sha256:%s\n", pin->package, pin->version, pin->sha256);
	/* pip downloads to its temporary folder first: there it can be watched, and left behind. */
	WK_AUTOFREE char *tmp = wk_xasprintf("TMPDIR=%s", folder);
	const char *env[] = {tmp, "PIP_DISABLE_PIP_VERSION_CHECK=1", NULL};
	const char *argv[] = {python, "-m", "pip", "download", "--quiet", "--no-deps",
		"--no-cache-dir", "--only-binary=:all:", "--require-hashes", "--requirement", list,
		"--dest", folder, NULL};

	return python && wk_file_write(list, line, strlen(line), 0644, err) &&
	       wk_build_run(builder,
		       &(struct wk_build_step){.argv = argv, .env = env, .look = look}, NULL, err);
}

bool wk_build_wheel(struct wk_builder *builder, struct wk_err *err)
{
	WK_AUTOFREE char *folder = download_folder(builder);

	if (!fresh_folder(folder, err) || !pip_download(builder, folder, err))
		return false;
	WK_AUTOFREE char *wheel = only_file(folder, "*.whl", err);
	return wheel && unpack(wheel, builder->folder, err) && wk_rmtree(folder, err);
}

static bool check_version(struct wk_builder *builder, const struct wk_pin_deb *deb,
	const char *file, struct wk_buf *versions, struct wk_err *err)
{
	const char *ask[] = {"dpkg-deb", "--field", file, "Version", NULL};
	struct wk_buf WK_AUTO(wk_buf_finish) out = {0};

	if (!wk_build_run(builder, &(struct wk_build_step){.argv = ask}, &out, err))
		return false;
	WK_AUTOFREE char *version = wk_xstrndup(wk_buf_str(&out), strcspn(wk_buf_str(&out), "\n"));
	const char *compare[] = {"dpkg", "--compare-versions", version, "ge", deb->at_least, NULL};
	if (!wk_build_run(builder, &(struct wk_build_step){.argv = compare}, NULL, err))
		return wk_err_set(err, WK_ERR_MISSING,
			"package '%s': expected version %s or later, this release of Debian has %s",
			deb->name, deb->at_least, version);
	(void)wk_buf_printf(versions, "%s %s\n", deb->name, version);
	return true;
}

static bool fetch_deb(struct wk_builder *builder, const struct wk_pin_deb *deb, const char *folder,
	struct wk_buf *versions, struct wk_err *err)
{
	const char *get[] = {"apt-get", "download", "--quiet", deb->name, NULL};
	WK_AUTOFREE char *pattern = wk_xasprintf("%s_*.deb", deb->name);
	struct wk_build_step step = {.argv = get, .cwd = folder, .look = look};

	if (!wk_build_run(builder, &step, NULL, err))
		return false;
	WK_AUTOFREE char *file = only_file(folder, pattern, err);
	if (!file || !check_version(builder, deb, file, versions, err))
		return false;
	const char *extract[] = {"dpkg-deb", "--extract", file, builder->folder, NULL};
	return wk_build_run(builder, &(struct wk_build_step){.argv = extract}, NULL, err);
}

/* Unpacked packages do not pull in what they depend on. */
static bool check_libraries(const struct wk_builder *builder, struct wk_err *err)
{
	WK_AUTOFREE char *pattern = wk_xasprintf("%s/usr/*bin/*", builder->folder);
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	glob_t found = {0};
	struct wk_libs libs;
	bool ok = glob(pattern, 0, NULL, &found) == 0 ||
		  wk_err_set(err, WK_ERR_REMOTE, "expected programs as '%s'", pattern);

	for (size_t i = 0; ok && i < found.gl_pathc; i++)
		ok = wk_libs_of(found.gl_pathv[i], arena, &libs, err);
	globfree(&found);
	return ok;
}

bool wk_build_deb(struct wk_builder *builder, struct wk_err *err)
{
	const struct wk_pin *pin = builder->pin;
	WK_AUTOFREE char *folder = download_folder(builder);
	WK_AUTOFREE char *record = wk_xasprintf("%s/VERSIONS", builder->folder);
	struct wk_buf WK_AUTO(wk_buf_finish) versions = WK_BUF_INIT(65536);

	if (!fresh_folder(folder, err))
		return false;
	for (size_t i = 0; i < pin->deb_count; i++)
		if (!fetch_deb(builder, &pin->debs[i], folder, &versions, err))
			return false;
	return check_libraries(builder, err) &&
	       wk_file_write(record, wk_buf_str(&versions), versions.len, 0644, err) &&
	       wk_rmtree(folder, err);
}
