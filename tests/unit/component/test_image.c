#include "wookie/component/image.h"

#include "wookie/pki/ca.h"

#include "scratch.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

WK_DEFINE_AUTO(struct archive *, archive_read_free);

/* Everything that an image may hold, put together in one of two orders. */
static void fill(struct wk_image *image, struct wk_arena *arena, const char *source, bool backwards)
{
	wk_image_init(image, arena, "example.test/thing:1", "/bin/thing", "1337:1337");
	if (backwards)
		wk_image_dir(image, "/var/lib/thing", 0700);
	wk_image_file(image, "/bin/thing", source);
	wk_image_text(image, "/etc/thing.conf", "a = 1\n");
	wk_image_link(image, "/usr/bin/alias", "thing");
	if (!backwards)
		wk_image_dir(image, "/var/lib/thing", 0700);
}

static void hash_of_archive(const char *folder, const char *source, bool backwards, char hex[65])
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	WK_AUTOFREE char *path = wk_xasprintf("%s/image.tar", folder);
	struct wk_image image;
	struct wk_err err;

	fill(&image, arena, source, backwards);
	cr_assert(wk_image_write(&image, folder, path, &err), "%s", err.msg);
	cr_assert(wk_sha256_file(path, hex, &err), "%s", err.msg);
}

Test(image, the_same_content_gives_the_same_bytes)
{
	char *WK_AUTO(scratch_free) folder = scratch_new();
	WK_AUTOFREE char *source = wk_xasprintf("%s/source", folder);
	char first[65];
	char second[65];

	scratch_write(folder, "source", "program");
	hash_of_archive(folder, source, false, first);
	/* Another time, another owner, another order. */
	cr_assert_eq(unlink(source), 0);
	scratch_write(folder, "source", "program");
	(void)chown(source, 1000, 1000);
	hash_of_archive(folder, source, true, second);
	cr_expect_str_eq(first, second);
}

Test(image, the_key_changes_with_the_content)
{
	char *WK_AUTO(scratch_free) folder = scratch_new();
	WK_AUTOFREE char *source = wk_xasprintf("%s/source", folder);
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_image image;
	struct wk_err err;
	char keys[4][65];

	scratch_write(folder, "source", "program");
	fill(&image, arena, source, false);
	cr_assert(wk_image_key(&image, keys[0], &err), "%s", err.msg);
	fill(&image, arena, source, true);
	cr_assert(wk_image_key(&image, keys[1], &err), "%s", err.msg);
	scratch_write(folder, "source", "Program");
	cr_assert(wk_image_key(&image, keys[2], &err), "%s", err.msg);
	wk_image_link(&image, "/usr/bin/other", "thing");
	cr_assert(wk_image_key(&image, keys[3], &err), "%s", err.msg);
	cr_expect_str_eq(keys[0], keys[1]);
	cr_expect_str_neq(keys[1], keys[2]);
	cr_expect_str_neq(keys[2], keys[3]);
}

/* The content of one file in an archive, and a listing of all. */
static char *read_archive(const char *path, const char *wanted, struct wk_buf *listing)
{
	struct archive *WK_AUTO(archive_read_free) a = archive_read_new();
	struct archive_entry *entry = NULL;
	char *content = NULL;

	(void)archive_read_support_format_tar(a);
	cr_assert_eq(archive_read_open_filename(a, path, 10240), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
		const char *link = archive_entry_symlink(entry);
		size_t size = (size_t)archive_entry_size(entry);
		(void)wk_buf_printf(listing, "%04o %s%s%s %ld:%ld@%ld\n",
			(unsigned)archive_entry_perm(entry), archive_entry_pathname(entry),
			link ? " -> " : "", link ? link : "", (long)archive_entry_uid(entry),
			(long)archive_entry_gid(entry), (long)archive_entry_mtime(entry));
		if (strcmp(archive_entry_pathname(entry), wanted) != 0)
			continue;
		content = wk_xcalloc(1, size + 1);
		cr_assert_eq(archive_read_data(a, content, size), (la_ssize_t)size);
	}
	return content;
}

Test(image, the_archive_can_be_read_back)
{
	char *WK_AUTO(scratch_free) folder = scratch_new();
	WK_AUTOFREE char *source = wk_xasprintf("%s/source", folder);
	WK_AUTOFREE char *path = wk_xasprintf("%s/image.tar", folder);
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_buf WK_AUTO(wk_buf_finish) listing = WK_BUF_INIT(65536);
	struct wk_image image;
	struct wk_err err;

	scratch_write(folder, "source", "program");
	fill(&image, arena, source, false);
	cr_assert(wk_image_write(&image, folder, path, &err), "%s", err.msg);
	WK_AUTOFREE char *manifest = read_archive(path, "manifest.json", &listing);
	cr_expect_str_eq(wk_buf_str(&listing), "0644 manifest.json 0:0@0\n0644 config.json 0:0@0\n"
					       "0644 layer.tar 0:0@0\n");
	cr_expect_str_eq(manifest, "[{\"Config\":\"config.json\",\"RepoTags\":[\"example.test/"
				   "thing:1\"],\"Layers\":[\"layer.tar\"]}]");
	WK_AUTOFREE char *config = read_archive(path, "config.json", &listing);
	cr_expect(strstr(config, "\"Entrypoint\":[\"/bin/thing\"]"), "%s", config);
	cr_expect(strstr(config, "\"User\":\"1337:1337\""), "%s", config);
}

static bool same_hash(const char *config, const char *layer)
{
	WK_AUTOFREE char *digest = NULL;
	struct wk_err err;
	char hex[65];

	cr_assert(wk_sha256_file(layer, hex, &err), "%s", err.msg);
	digest = wk_xasprintf("\"diff_ids\":[\"sha256:%s\"]", hex);
	return strstr(config, digest) != NULL;
}

Test(image, the_layer_has_folders_links_and_the_merged_usr)
{
	static const char *const lines[] = {"0777 bin -> usr/bin 0:0@0\n", "0755 usr/ 0:0@0\n",
		"0755 usr/bin/ 0:0@0\n", "0777 usr/bin/alias -> thing 0:0@0\n",
		"0755 usr/bin/thing 0:0@0\n", "0644 etc/thing.conf 0:0@0\n",
		"0700 var/lib/thing/ 0:0@0\n", "1777 tmp/ 0:0@0\n"};
	char *WK_AUTO(scratch_free) folder = scratch_new();
	WK_AUTOFREE char *source = wk_xasprintf("%s/source", folder);
	WK_AUTOFREE char *path = wk_xasprintf("%s/image.tar", folder);
	WK_AUTOFREE char *command = wk_xasprintf("tar -C %s -xf %s layer.tar", folder, path);
	WK_AUTOFREE char *layer = wk_xasprintf("%s/layer.tar", folder);
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_buf WK_AUTO(wk_buf_finish) outer = WK_BUF_INIT(65536);
	struct wk_buf WK_AUTO(wk_buf_finish) listing = WK_BUF_INIT(65536);
	struct wk_image image;
	struct wk_err err;

	scratch_write(folder, "source", "program");
	fill(&image, arena, source, false);
	cr_assert(wk_image_write(&image, folder, path, &err), "%s", err.msg);
	cr_expect_not(wk_path_exists(layer), "the layer of its making is left behind");
	cr_assert_eq(system(command), 0);
	WK_AUTOFREE char *thing = read_archive(layer, "usr/bin/thing", &listing);
	cr_expect_str_eq(thing, "program");
	for (size_t i = 0; i < WK_COUNT(lines); i++)
		cr_expect(strstr(wk_buf_str(&listing), lines[i]), "%s is not in\n%s", lines[i],
			wk_buf_str(&listing));
	WK_AUTOFREE char *config = read_archive(path, "config.json", &outer);
	cr_expect(same_hash(config, layer));
}

Test(image, a_source_that_is_not_there_is_named)
{
	char *WK_AUTO(scratch_free) folder = scratch_new();
	WK_AUTOFREE char *path = wk_xasprintf("%s/image.tar", folder);
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_image image;
	struct wk_err err = {0};

	fill(&image, arena, "/nonexistent/program", false);
	cr_expect_not(wk_image_write(&image, folder, path, &err));
	cr_expect_str_eq(err.msg,
		"image 'example.test/thing:1': /nonexistent/program: No such file or directory");
}

Test(image, a_program_brings_its_libraries)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_image image;
	struct wk_err err;
	bool linker = false;

	wk_image_init(&image, arena, "example.test/ls:1", "/bin/ls", "");
	cr_assert(wk_image_program(&image, "/bin/ls", "/bin/ls", &err), "%s", err.msg);
	for (size_t i = 0; i < image.count; i++)
		linker = linker ||
			 strcmp(image.entries[i].path, "usr/lib64/ld-linux-x86-64.so.2") == 0;
	cr_expect(linker);
}
