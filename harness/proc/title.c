/*
 * Names of processes
 *
 * A fork shows the command line of its parent, and a machine with three meshes a dozen of the same. The
 * kernel shows what stands where the arguments were put at exec, and goes on into the environment
 * behind them when they no longer end there (fs/proc/base.c, get_mm_cmdline), so that is overwritten;
 * prctl(PR_SET_MM) would need a capability that containers lack.
 */
#include "wookie/proc/title.h"

#include "wookie/base/file.h"
#include "wookie/base/num.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Fields of /proc/PID/stat after the name in brackets, counted from 1 as in proc(5). */
enum { FIRST = 3, ARG_START = 48, ENV_END = 51 };

static bool find_room(char **ret_from, size_t *ret_len)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(4096);
	struct wk_err ignored = {0};
	uint64_t at[ENV_END + 1] = {0};
	uintptr_t start;
	char *rest;

	if (!wk_file_read("/proc/self/stat", 4096, &text, &ignored))
		return false;
	rest = text.data ? strrchr(text.data, ')') : NULL;
	if (!rest)
		return false;
	rest += strspn(rest, ") ");
	for (int i = FIRST; i <= ENV_END; i++) {
		const char *field = strsep(&rest, " \n");

		if (!field ||
			(i >= ARG_START && !wk_num_parse(field, 0, UINTPTR_MAX, &at[i], &ignored)))
			return false;
	}
	if (at[ARG_START] == 0 || at[ENV_END] <= at[ARG_START] + 1)
		return false;
	start = (uintptr_t)at[ARG_START];
	memcpy(ret_from, &start, sizeof(start));
	*ret_len = (size_t)(at[ENV_END] - at[ARG_START]);
	return true;
}

static bool prepared;

static char **copy_of(char *const *list)
{
	size_t n = 0;
	char **copy;

	while (list[n])
		n++;
	copy = wk_xcalloc(n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = wk_xstrdup(list[i]);
	return copy;
}

char **wk_title_prepare(char **argv)
{
	/* Both for as long as the process lives; setenv() may put another list into `environ`. */
	static char **arguments;
	static char **variables;

	if (!prepared) {
		variables = copy_of(environ);
		arguments = copy_of(argv);
		environ = variables;
		prepared = true;
	}
	return arguments;
}

void wk_title_set(const char *fmt, ...)
{
	WK_AUTOFREE char *title = NULL;
	char *from;
	size_t len;
	va_list ap;

	if (!prepared || !find_room(&from, &len))
		return;
	va_start(ap, fmt);
	title = wk_xvasprintf(fmt, ap);
	va_end(ap);
	memset(from, 0, len);
	(void)snprintf(from, len, "%s", title);
}
