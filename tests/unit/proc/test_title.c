#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wookie/base/file.h"
#include "wookie/proc/title.h"

static void expect_title(const char *start, size_t least)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(65536);
	struct wk_err err = {0};

	cr_assert(wk_file_read("/proc/self/cmdline", 65536, &text, &err), "%s", err.msg);
	cr_expect_eq(
		strncmp(wk_buf_str(&text), start, strlen(start)), 0, "'%s'", wk_buf_str(&text));
	cr_expect_geq(strlen(wk_buf_str(&text)), least);
}

Test(title, is_what_ps_shows_and_the_environment_stays)
{
	char word[] = "word";
	char *argv[] = {word, NULL};
	char path[512];

	wk_title_set("nothing");
	cr_expect_str_eq(wk_title_prepare(argv)[0], "word");
	cr_expect_neq(wk_title_prepare(argv)[0], word, "it would be overwritten");
	cr_assert_eq(setenv("WOOKIE_UNIT", "as it was", 1), 0);
	(void)snprintf(path, sizeof(path), "%s", getenv("PATH"));
	wk_title_set("wookie: %s %s", "keeper", "mine");
	expect_title("wookie: keeper mine", strlen("wookie: keeper mine"));
	cr_expect_str_eq(getenv("WOOKIE_UNIT"), "as it was");
	cr_expect_str_eq(getenv("PATH"), path);
}

/* Longer than the command line was, and longer than all the room there is. */
Test(title, goes_on_into_the_room_of_the_environment_and_is_cut_there)
{
	static char longer[300000];
	char *argv[] = {NULL};

	(void)wk_title_prepare(argv);
	wk_title_set("wookie: %0200d", 7);
	expect_title("wookie: 0000", 200);
	memset(longer, 'x', sizeof(longer) - 1);
	wk_title_set("%s", longer);
	expect_title("xxxx", 201);
	cr_expect_not_null(getenv("PATH"));
	wk_title_set("short");
	expect_title("short", 5);
}
