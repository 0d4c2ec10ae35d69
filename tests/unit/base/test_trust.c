#include "wookie/base/file.h"
#include "wookie/base/trust.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* /tmp is everybody's, with a sticky bit, and above all that is made here. */
static char folder[] = "/tmp/wk-trust-XXXXXX";

static void enter(void)
{
	if (geteuid() != 0)
		cr_skip_test("only root is careful");
	cr_assert_eq(unsetenv("SUDO_UID"), 0);
	cr_assert_eq(unsetenv("SUDO_GID"), 0);
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	(void)umask(022);
	cr_assert_eq(mkdir("above", 0755), 0);
	cr_assert_eq(mkdir("above/data", 0755), 0);
	cr_assert(wk_file_write("above/data/file", "x", 1, 0644, &(struct wk_err){0}));
}

static void leave(void)
{
	struct wk_err err = {0};

	cr_expect(wk_rmtree(folder, &err), "%s", err.msg);
}

TestSuite(trust, .init = enter, .fini = leave);

static void trusts(const char *path)
{
	struct wk_err err = {0};

	cr_expect(wk_trust_path("data", path, &err), "%s: %s", path, err.msg);
	cr_expect(wk_trust_tree("data", path, &err) || !wk_path_exists(path), "%s: %s", path,
		err.msg);
}

static void refuses(const char *path, const char *words)
{
	struct wk_err err = {0};

	cr_expect_not(wk_trust_path("data", path, &err), "%s", path);
	cr_expect_eq(err.kind, WK_ERR_MISSING);
	cr_expect(strstr(err.msg, words), "'%s' is not in: %s", words, err.msg);
	cr_expect(strstr(err.msg, "data: "), "%s", err.msg);
}

Test(trust, what_is_roots_and_nobody_elses_is_believed)
{
	trusts("above/data");
	trusts("above/data/not/there/yet");
	trusts(folder);
	cr_expect(wk_trust_path("data", "/", &(struct wk_err){0}));
}

Test(trust, folders_that_others_may_write_are_refused)
{
	cr_assert_eq(chmod("above/data", 0777), 0);
	refuses("above/data", "everybody may write to '");
	refuses("above/data", "chmod go-w");
	cr_assert_eq(chmod("above/data", 01777), 0);
	refuses("above/data", "everybody may write to '");
	trusts("above/data/file");
	cr_assert_eq(chmod("above/data", 0755), 0);
	cr_assert_eq(chmod("above", 0777), 0);
	refuses("above/data", "above'");
	refuses("above/none/yet", "above'");
	cr_assert_eq(chmod("above", 01777), 0);
	trusts("above/data");
}

Test(trust, groups_but_roots_are_others)
{
	cr_assert_eq(chmod("above", 0775), 0);
	trusts("above/data");
	cr_assert_eq(chown("above", 0, 50), 0);
	refuses("above/data", "group 50 may write to '");
	cr_assert_eq(setenv("SUDO_GID", "50", 1), 0);
	trusts("above/data");
}

Test(trust, owners_are_root_and_who_became_root)
{
	cr_assert_eq(chown("above", 1001, 0), 0);
	refuses("above/data", "belongs to user 1001");
	cr_assert_eq(setenv("SUDO_UID", "1001", 1), 0);
	trusts("above/data");
	cr_assert_eq(setenv("SUDO_UID", "soon", 1), 0);
	refuses("above/data", "belongs to user 1001");
}

Test(trust, a_link_is_looked_at_at_both_ends)
{
	cr_assert_eq(mkdir("theirs", 0755), 0);
	cr_assert_eq(symlink("../above/data", "theirs/link"), 0);
	cr_assert_eq(symlink("theirs/data", "link"), 0);
	cr_assert_eq(mkdir("theirs/data", 0755), 0);
	trusts("theirs/link");
	trusts("link");
	cr_assert_eq(chown("theirs", 1001, 0), 0);
	refuses("theirs/link", "theirs' belongs to user 1001");
	refuses("link", "theirs' belongs to user 1001");
}

Test(trust, a_file_below_counts_where_a_tree_is_asked_for)
{
	struct wk_err err = {0};

	cr_assert_eq(chmod("above/data/file", 0666), 0);
	cr_expect(wk_trust_path("data", "above", &err), "%s", err.msg);
	cr_expect_not(wk_trust_tree("data", "above", &err));
	cr_expect(strstr(err.msg, "everybody may write to 'above/data/file'"), "%s", err.msg);
}
