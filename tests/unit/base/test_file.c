#include "wookie/base/clock.h"
#include "wookie/base/file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of this test's own, removed by its end. */
static char *new_folder(void)
{
	char *folder = wk_xstrdup("/tmp/wk-test-XXXXXX");

	cr_assert_not_null(mkdtemp(folder));
	return folder;
}

static void remove_folder(char **folder)
{
	struct wk_err err = {0};

	cr_expect(wk_rmtree(*folder, &err), "%s", err.msg);
	cr_expect_not(wk_path_exists(*folder));
	free(*folder);
}
#define FOLDER __attribute__((cleanup(remove_folder))) char *

Test(file, written_whole_and_read_back)
{
	FOLDER folder = new_folder();
	WK_AUTOFREE char *path = wk_xasprintf("%s/a", folder);
	struct wk_buf WK_AUTO(wk_buf_finish) buf = WK_BUF_INIT(1);
	struct wk_err err = {0};
	struct stat st;

	cr_assert(wk_file_write(path, "one", 3, 0600, &err), "%s", err.msg);
	cr_assert(wk_file_write(path, "three", 5, 0600, &err), "%s", err.msg);
	cr_assert(wk_file_read(path, 100, &buf, &err), "%s", err.msg);
	cr_assert_str_eq(buf.data, "three");
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600u);
}

Test(file, more_than_the_maximum_is_refused)
{
	FOLDER folder = new_folder();
	WK_AUTOFREE char *path = wk_xasprintf("%s/a", folder);
	struct wk_buf buf = {0};
	struct wk_err err = {0};

	cr_assert(wk_file_write(path, "12345", 5, 0600, &err));
	cr_assert_not(wk_file_read(path, 4, &buf, &err));
	cr_assert(strstr(err.msg, "larger than the 4 bytes"), "%s", err.msg);
}

Test(file, a_full_disk_is_an_error_and_leaves_nothing)
{
	struct wk_err err = {0};
	int WK_AUTO(wk_close) full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (full < 0)
		cr_skip_test("no /dev/full here");
	cr_assert_not(wk_write_all(full, "x", 1, &err));
	cr_assert_eq(err.errnum, ENOSPC);
}

Test(file, a_file_in_the_way_of_a_folder_is_named)
{
	FOLDER folder = new_folder();
	WK_AUTOFREE char *file = wk_xasprintf("%s/a", folder);
	WK_AUTOFREE char *below = wk_xasprintf("%s/a/b/c", folder);
	struct wk_err err = {0};

	cr_assert(wk_file_write(file, "", 0, 0600, &err));
	cr_assert_not(wk_mkdir_p(below, 0755, &err));
	cr_assert(strstr(err.msg, "Not a directory"), "%s", err.msg);
	cr_assert_not(wk_mkdir_p(file, 0755, &err), "a file is no folder");
}

Test(file, removal_follows_no_link)
{
	FOLDER folder = new_folder();
	FOLDER other = new_folder();
	WK_AUTOFREE char *kept = wk_xasprintf("%s/kept", other);
	WK_AUTOFREE char *link = wk_xasprintf("%s/tree/link", folder);
	WK_AUTOFREE char *tree = wk_xasprintf("%s/tree", folder);
	struct wk_err err = {0};

	cr_assert(wk_file_write(kept, "x", 1, 0600, &err));
	cr_assert(wk_mkdir_p(tree, 0755, &err));
	cr_assert_eq(symlink(other, link), 0);
	cr_assert(wk_rmtree(tree, &err), "%s", err.msg);
	cr_assert_not(wk_path_exists(tree));
	cr_assert(wk_path_exists(kept), "what the link pointed at is still there");
}

Test(file, removing_what_is_not_there_is_fine)
{
	struct wk_err err = {0};

	cr_assert(wk_rmtree("/tmp/wk-test-that-never-was", &err), "%s", err.msg);
}

Test(clock, poll_timeouts_round_up_and_never_go_negative)
{
	cr_assert_eq(wk_poll_timeout(WK_NEVER), -1);
	cr_assert_eq(wk_poll_timeout(wk_now() - WK_SEC), 0);
	cr_assert_eq(wk_poll_timeout(wk_now() + WK_MSEC / 2), 1);
}
