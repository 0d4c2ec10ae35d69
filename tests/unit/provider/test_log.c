#include "wookie/provider/native/log.h"

#include "wookie/base/file.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *what;
	const char *log;
	const char *words; /* NULL: none */
} rows[] = {
	{"the last line", "one\ntwo\n", "two"},
	{"klog's error before what follows from it",
		"I1122 begin\nE1122 bind: address already in use\nI1122 bye\n",
		"E1122 bind: address already in use"},
	{"a panic before its trace", "panic: nil map\n\ngoroutine 1\nmain.go:3\n",
		"panic: nil map"},
	{"control characters", "a\x1b[31mb\n", "a?[31mb"},
	{"an empty log", "", NULL},
	{"only line ends", "\n\n", NULL},
};

Test(native_log, the_line_that_tells_why_is_chosen)
{
	char path[] = "/tmp/wk-log-XXXXXX";
	int fd = mkstemp(path);
	struct wk_err err = {0};

	cr_assert_geq(fd, 0);
	wk_close(fd);
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *words = NULL;

		cr_assert(wk_file_write(path, rows[i].log, strlen(rows[i].log), 0600, &err), "%s",
			err.msg);
		words = wk_log_last_words(path);
		cr_expect_eq(words == NULL, rows[i].words == NULL, "%s", rows[i].what);
		if (words && rows[i].words)
			cr_expect_str_eq(words, rows[i].words, "%s: %s", rows[i].what, words);
	}
	(void)unlink(path);
	cr_expect_null(wk_log_last_words(path), "a log that is not there");
}
