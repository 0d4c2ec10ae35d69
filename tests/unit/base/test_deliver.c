#include "wookie/base/deliver.h"
#include "wookie/base/file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Every test works in a folder of its own, which is its current one, so that names are short. */
static char folder[] = "/tmp/wk-deliver-XXXXXX";

static void enter(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void leave(void)
{
	struct wk_err err = {0};

	cr_expect(wk_rmtree(folder, &err), "%s", err.msg);
}

TestSuite(deliver, .init = enter, .fini = leave);

static void put(const char *path, const char *text)
{
	struct wk_err err = {0};

	cr_assert(wk_file_write(path, text, strlen(text), 0640, &err), "%s", err.msg);
}

static void delivers(const char *path, const char *text)
{
	struct wk_err err = {0};

	cr_assert(wk_deliver_check(path, &err), "%s", err.msg);
	cr_assert(wk_deliver(path, text, strlen(text), 0644, &err), "%s", err.msg);
}

/* Before anything was done, with words, and nothing was left or changed. */
static void refuses(const char *path, const char *words)
{
	struct wk_err err = {0};

	cr_expect_not(wk_deliver_check(path, &err), "%s", path);
	cr_expect_eq(err.kind, WK_ERR_INPUT);
	cr_expect(strstr(err.msg, words), "'%s' is not in: %s", words, err.msg);
	cr_expect_not(wk_deliver(path, "x", 1, 0644, &(struct wk_err){0}), "%s", path);
}

static void holds(const char *path, const char *text)
{
	struct wk_buf WK_AUTO(wk_buf_finish) buf = WK_BUF_INIT(1);
	struct wk_err err = {0};

	cr_assert(wk_file_read(path, 1000, &buf, &err), "%s", err.msg);
	cr_expect_str_eq(wk_buf_str(&buf), text);
}

static struct stat look(const char *path)
{
	struct stat st;

	cr_assert_eq(lstat(path, &st), 0, "%s", path);
	return st;
}

Test(deliver, a_file_is_replaced_in_one_step_and_keeps_its_mode)
{
	struct stat before;

	put("old", "old");
	before = look("old");
	delivers("old", "new");
	holds("old", "new");
	cr_expect_neq(look("old").st_ino, before.st_ino, "a reader of the old one keeps it");
	cr_expect_eq(look("old").st_mode, before.st_mode);
	delivers("fresh", "x");
	cr_expect_eq(look("fresh").st_mode & 0777, 0644u);
}

Test(deliver, links_are_followed_and_stay)
{
	cr_assert_eq(mkdir("deep", 0755), 0);
	put("deep/target", "old");
	cr_assert_eq(symlink("target", "deep/second"), 0);
	cr_assert_eq(symlink("deep/second", "first"), 0);
	delivers("first", "new");
	holds("deep/target", "new");
	cr_expect(S_ISLNK(look("first").st_mode));
	cr_expect(S_ISLNK(look("deep/second").st_mode));
	cr_assert_eq(symlink("deep/none", "dangling"), 0);
	delivers("dangling", "made");
	holds("deep/none", "made");
	cr_expect(S_ISLNK(look("dangling").st_mode));
}

Test(deliver, what_cannot_be_written_is_refused_before)
{
	cr_assert_eq(mkdir("folder", 0755), 0);
	put("file", "old");
	cr_assert_eq(symlink("loop", "loop"), 0);
	cr_assert_eq(symlink("gone/file", "astray"), 0);
	refuses("folder", "expected a file, found a folder");
	refuses("folder/", "expected a file, found a folder");
	refuses("none/file", "folder 'none': No such file");
	refuses("fresh/", "found no name of one");
	refuses("", "found no name of one");
	refuses("file/x", "Not a directory");
	refuses("loop", "Too many levels of symbolic links");
	refuses("astray", "No such file");
	refuses("/dev/fd/973", "Bad file descriptor");
	refuses("/dev/stdin.none/x", "No such file");
	holds("file", "old");
}

Test(deliver, a_folder_that_is_read_only_is_refused_before)
{
	uid_t user = geteuid();

	cr_assert_eq(chmod(".", 0555), 0);
	cr_assert(user != 0 || seteuid(65534) == 0);
	refuses("file", "Permission denied");
	cr_assert_eq(seteuid(user), 0);
	cr_expect_neq(access("file", F_OK), 0);
}

/* A device like that of /dev, made here: the real ones are nobody's to try things on. */
static bool device(const char *path, unsigned minor)
{
	return mknod(path, S_IFCHR | 0666, makedev(1, minor)) == 0;
}

Test(deliver, a_device_is_written_to_and_stays)
{
	struct wk_err err = {0};

	if (!device("null", 3) || !device("full", 7))
		cr_skip_test("no devices can be made here");
	delivers("null", "x");
	cr_expect(S_ISCHR(look("null").st_mode));
	cr_assert(wk_deliver_check("full", &err), "%s", err.msg);
	cr_expect_not(wk_deliver("full", "x", 1, 0644, &err));
	cr_expect_eq(err.errnum, ENOSPC);
	cr_expect(strstr(err.msg, "full: "), "%s", err.msg);
	cr_expect(S_ISCHR(look("full").st_mode));
	cr_assert_eq(symlink("null", "link"), 0);
	delivers("link", "x");
	cr_expect(S_ISCHR(look("null").st_mode));
	if (mknod("disk", S_IFBLK | 0600, makedev(7, 250)) == 0)
		refuses("disk", "found a block device");
}

Test(deliver, the_reader_of_a_fifo_gets_it)
{
	char got[16] = "";
	int fd;

	cr_assert_eq(mkfifo("fifo", 0600), 0);
	fd = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	delivers("fifo", "report");
	cr_expect_eq(read(fd, got, sizeof(got) - 1), 6);
	cr_expect_str_eq(got, "report");
	cr_expect(S_ISFIFO(look("fifo").st_mode));
	(void)close(fd);
}

Test(deliver, an_open_descriptor_is_written_through)
{
	WK_AUTOFREE char *name = NULL;
	char got[16] = "";
	int ends[2];
	int fd;

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	name = wk_xasprintf("/dev/fd/%d", ends[1]);
	delivers(name, "piped");
	cr_expect_eq(read(ends[0], got, sizeof(got) - 1), 5);
	cr_expect_str_eq(got, "piped");
	/* A file behind a descriptor goes on where it is, as what else is written to it. */
	fd = open("log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	cr_assert_eq(write(fd, "before ", 7), 7);
	free(name);
	name = wk_xasprintf("/proc/self/fd/%d", fd);
	delivers(name, "report");
	cr_assert_eq(write(fd, " after", 6), 6);
	holds("log", "before report after");
	free(name);
	name = wk_xasprintf("/dev/fd/%d", ends[0]);
	refuses(name, "Permission denied");
	(void)close(fd);
	(void)close(ends[0]);
	(void)close(ends[1]);
}
