#include "wookie/component/cache.h"

#include "scratch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct published {
	char *folder; /* of the test */
	char *path;   /* what was published */
};

static struct published publish(void)
{
	struct published p = {.folder = scratch_new()};
	WK_AUTOFREE char *draft = wk_xasprintf("%s/draft", p.folder);
	struct wk_err err;

	p.path = wk_xasprintf("%s/final", p.folder);
	scratch_mkdir(draft, "bin");
	scratch_write(draft, "bin/program", "the program");
	scratch_write(draft, "notes", "some notes");
	WK_AUTOFREE char *link = wk_xasprintf("%s/bin/alias", draft);
	cr_assert_eq(symlink("program", link), 0);
	cr_assert(wk_cache_publish(draft, p.path, &err), "%s", err.msg);
	cr_expect_not(wk_path_exists(draft));
	return p;
}

static void published_finish(struct published *p)
{
	free(p->path);
	scratch_free(p->folder);
}

static inline void published_finish_cleanup(struct published *p)
{
	published_finish(p);
}

Test(cache, what_is_published_is_whole)
{
	struct published WK_AUTO(published_finish) p = publish();
	struct wk_err err;

	cr_expect(wk_cache_check(p.path, WK_CHECK_STAMPS, &err), "%s", err.msg);
	cr_expect(wk_cache_check(p.path, WK_CHECK_HASHES, &err), "%s", err.msg);
}

Test(cache, a_file_more_does_no_harm)
{
	struct published WK_AUTO(published_finish) p = publish();
	struct wk_err err;

	scratch_write(p.path, "bin/another", "of a later version");
	cr_expect(wk_cache_check(p.path, WK_CHECK_HASHES, &err), "%s", err.msg);
}

/* Another content of the same length at the same time, which only the hash can tell. */
static void rot(const char *file)
{
	struct stat st;
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(pwrite(fd, "X", 1, 0), 1);
	cr_assert_eq(futimens(fd, (struct timespec[]){st.st_atim, st.st_mtim}), 0);
	wk_close(fd);
}

static void cut(const char *file)
{
	cr_assert_eq(truncate(file, 4), 0);
}

static void touch(const char *file)
{
	cr_assert_eq(utimensat(AT_FDCWD, file, (struct timespec[]){{1, 0}, {1, 0}}, 0), 0);
}

static void drop(const char *file)
{
	cr_assert_eq(unlink(file), 0);
}

static void relink(const char *file)
{
	drop(file);
	cr_assert_eq(symlink("/bin/sh", file), 0);
}

static const struct {
	const char *name;
	const char *file;
	void (*harm)(const char *file);
	bool stamps_see_it;
	const char *words;
} harms[] = {
	{"truncated", "bin/program", cut, true, "does not have the size it was made with"},
	{"touched", "bin/program", touch, true, "was changed after it was made"},
	{"removed", "notes", drop, true, "is gone"},
	{"link instead of file", "notes", relink, true, "does not have the size"},
	{"link changed", "bin/alias", relink, true, "is not the link it was made as"},
	{"rotten", "bin/program", rot, false, "does not have the hash it was made with"},
	{"without manifest", "manifest.json", drop, true, "has no manifest"},
	{"with half a manifest", "manifest.json", cut, true, "has a manifest that makes no sense"},
};

Test(cache, damage_is_noticed_and_named)
{
	for (size_t i = 0; i < WK_COUNT(harms); i++) {
		struct published WK_AUTO(published_finish) p = publish();
		WK_AUTOFREE char *file = wk_xasprintf("%s/%s", p.path, harms[i].file);
		struct wk_err err = {0};
		harms[i].harm(file);
		cr_expect_eq(wk_cache_check(p.path, WK_CHECK_STAMPS, &err), !harms[i].stamps_see_it,
			"%s", harms[i].name);
		cr_expect_not(wk_cache_check(p.path, WK_CHECK_HASHES, &err), "%s", harms[i].name);
		cr_expect_eq(err.kind, WK_ERR_MISSING, "%s", harms[i].name);
		cr_expect(strstr(err.msg, harms[i].words), "%s: %s", harms[i].name, err.msg);
	}
}

Test(cache, what_is_not_there_is_missing)
{
	struct wk_err err = {0};

	cr_expect_not(wk_cache_check("/nonexistent/x", WK_CHECK_STAMPS, &err));
	cr_expect_eq(err.kind, WK_ERR_MISSING);
	cr_expect_str_eq(err.msg, "'/nonexistent/x' is not there");
}

Test(cache, publishing_replaces_what_was_there)
{
	struct published WK_AUTO(published_finish) p = publish();
	WK_AUTOFREE char *draft = wk_xasprintf("%s/draft", p.folder);
	WK_AUTOFREE char *old = wk_xasprintf("%s/bin/program", p.path);
	struct wk_err err;

	scratch_mkdir(p.folder, "draft");
	scratch_write(draft, "only", "new");
	cr_assert(wk_cache_publish(draft, p.path, &err), "%s", err.msg);
	cr_expect_not(wk_path_exists(old));
	cr_expect(wk_cache_check(p.path, WK_CHECK_HASHES, &err), "%s", err.msg);
}
