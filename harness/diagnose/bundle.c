/*
 * The bundle
 *
 * It is made to be sent to somebody, so everything in it passes the redactor, whoever wrote it, and
 * it is made in trouble, so it is bounded: each file, all of them, and nothing is left out without the
 * index saying so. It is put together in memory and written at once; half a bundle is never seen.
 */
#include "wookie/diagnose/bundle.h"

#include "wookie/base/file.h"
#include "wookie/diagnose/pack.h"
#include "wookie/probe/redact.h"

#include <archive.h>
#include <archive_entry.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>
#include <time.h>

/* Headers and padding of some hundred files, and the index. */
#define ROOM (WK_BUNDLE_MAX + (size_t)4 * 1024 * 1024)

struct wk_bundle {
	char *name;
	struct archive *archive;
	char *memory;
	size_t used;    /* by the archive so far */
	size_t content; /* of all files */
	cJSON *index;
	bool broken; /* the archive took something no longer */
};

struct wk_bundle *wk_bundle_new(const char *name)
{
	struct wk_bundle *bundle = wk_xcalloc(1, sizeof(*bundle));

	bundle->name = wk_xstrdup(name);
	bundle->index = cJSON_CreateArray();
	bundle->memory = wk_xmalloc(ROOM);
	bundle->archive = archive_write_new();
	(void)archive_write_set_format_pax_restricted(bundle->archive);
	bundle->broken = archive_write_add_filter_gzip(bundle->archive) != ARCHIVE_OK ||
			 archive_write_open_memory(bundle->archive, bundle->memory, ROOM,
				 &bundle->used) != ARCHIVE_OK;
	return bundle;
}

void wk_bundle_free(struct wk_bundle *bundle)
{
	if (!bundle)
		return;
	(void)archive_write_free(bundle->archive);
	cJSON_Delete(bundle->index);
	free(bundle->memory);
	free(bundle->name);
	free(bundle);
}

static cJSON *list(struct wk_bundle *bundle, const char *path)
{
	cJSON *entry = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(entry, "file", path);
	(void)cJSON_AddItemToArray(bundle->index, entry);
	return entry;
}

void wk_bundle_miss(struct wk_bundle *bundle, const char *path, const char *why)
{
	(void)cJSON_AddStringToObject(list(bundle, path), "missing", why);
}

static void pack(struct wk_bundle *bundle, const char *path, const char *data, size_t len)
{
	WK_AUTOFREE char *inside = wk_xasprintf("%s/%s", bundle->name, path);
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, inside);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_mtime(entry, time(NULL), 0);
	archive_entry_set_size(entry, (la_int64_t)len);
	if (archive_write_header(bundle->archive, entry) != ARCHIVE_OK ||
		(len > 0 && archive_write_data(bundle->archive, data, len) != (la_ssize_t)len))
		bundle->broken = true;
	archive_entry_free(entry);
}

/* `of`: how large it was before it was cut. */
static void add(struct wk_bundle *bundle, const char *path, const char *data, size_t len, size_t of)
{
	cJSON *entry;

	if (bundle->content + len > WK_BUNDLE_MAX) {
		wk_bundle_miss(bundle, path, "the bundle is full");
		return;
	}
	entry = list(bundle, path);
	(void)cJSON_AddNumberToObject(entry, "bytes", (double)len);
	(void)cJSON_AddBoolToObject(entry, "truncated", of > 0);
	if (of > 0)
		(void)cJSON_AddNumberToObject(entry, "of", (double)of);
	bundle->content += len;
	pack(bundle, path, data, len);
}

void wk_bundle_json(struct wk_bundle *bundle, const char *path, const struct cJSON *json)
{
	cJSON *copy = cJSON_Duplicate(json, true);
	cJSON *cut = NULL;
	char *text = NULL;
	size_t of = 0;

	wk_redact(copy);
	text = cJSON_Print(copy);
	cJSON_Delete(copy);
	if (strlen(text) > WK_BUNDLE_FILE_MAX) {
		WK_AUTOFREE char *why = NULL;

		of = strlen(text);
		why = wk_xasprintf("after %zu of %zu bytes", WK_BUNDLE_FILE_MAX / 2, of);
		/* Quoting may double what is left. */
		text[WK_BUNDLE_FILE_MAX / 2] = '\0';
		cut = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(cut, "cut", why);
		(void)cJSON_AddStringToObject(cut, "begins", text);
		free(text);
		text = cJSON_PrintUnformatted(cut);
		cJSON_Delete(cut);
	}
	add(bundle, path, text, strlen(text), of);
	free(text);
}

/* Bytes that are no text would hide what is behind them from the redactor. */
static void without_nul(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '?';
}

void wk_bundle_tail(
	struct wk_bundle *bundle, const char *path, const char *text, size_t len, size_t size)
{
	size_t most = len < WK_BUNDLE_FILE_MAX ? len : WK_BUNDLE_FILE_MAX;
	const char *from = text + len - most;
	WK_AUTOFREE char *copy = NULL;
	WK_AUTOFREE char *clean = NULL;
	struct wk_buf WK_AUTO(wk_buf_finish) whole = WK_BUF_INIT(2 * WK_BUNDLE_FILE_MAX);
	bool is_cut = most < size;
	size_t left;

	/* From the beginning of a line: the rest of one may be the rest of a secret. */
	if (is_cut) {
		const char *line = memchr(from, '\n', most);

		from = line ? line + 1 : text + len;
	}
	left = (size_t)(text + len - from);
	copy = wk_xmalloc(left + 1);
	memcpy(copy, from, left);
	copy[left] = '\0';
	without_nul(copy, left);
	clean = wk_redact_text(copy);
	if (is_cut)
		(void)wk_buf_printf(
			&whole, "(the first %zu of %zu bytes are left out)\n", size - left, size);
	(void)wk_buf_puts(&whole, clean);
	add(bundle, path, wk_buf_str(&whole), whole.len, is_cut ? size : 0);
}

void wk_bundle_text(struct wk_bundle *bundle, const char *path, const char *text, size_t len)
{
	wk_bundle_tail(bundle, path, text, len, len);
}

bool wk_bundle_write(struct wk_bundle *bundle, const char *path, struct wk_err *err)
{
	WK_AUTOFREE char *index = cJSON_Print(bundle->index);

	pack(bundle, "index.json", index, strlen(index));
	if (archive_write_close(bundle->archive) != ARCHIVE_OK || bundle->broken)
		return wk_err_set(err, WK_ERR_SYSTEM, "bundle '%s' cannot be packed: %s", path,
			archive_error_string(bundle->archive));
	return wk_file_write(path, bundle->memory, bundle->used, 0600, err) ||
	       wk_err_context(err, "bundle");
}
