/*
 * The closure of shared libraries
 *
 * Only the dynamic linker knows where it would find a library, so it is asked, through ldd(1). It
 * is never asked about programs whose hash we have not pinned or that the distribution did not
 * sign: ldd may run code of the file it looks at.
 */
#include "wookie/component/libs.h"

#include "wookie/proc/cmd.h"

#include <string.h>

static void add(struct wk_libs *libs, struct wk_arena *arena, const char *path, size_t len)
{
	libs->paths = wk_arena_grow(arena, (void *)libs->paths, libs->count, sizeof(*libs->paths));
	libs->paths[libs->count++] = wk_arena_strndup(arena, path, len);
}

/* "	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)", "	/lib64/ld-linux-x86-64.so.2
 * (0x...)", "	linux-vdso.so.1 (0x...)" which is no file, or "	libx.so.1 => not found". */
static bool parse_line(const char *program, const char *line, size_t len, struct wk_arena *arena,
	struct wk_libs *libs, struct wk_err *err)
{
	WK_AUTOFREE char *copy = wk_xstrndup(line, len);
	const char *name = copy + strspn(copy, "\t ");
	const char *arrow = strstr(name, " => ");
	const char *path = arrow ? arrow + strlen(" => ") : name;

	if (strncmp(path, "not found", strlen("not found")) == 0)
		return wk_err_set(err, WK_ERR_MISSING,
			"'%s' needs the library '%.*s', which is not installed", program,
			(int)(arrow - name), name);
	if (*path == '/')
		add(libs, arena, path, strcspn(path, " "));
	return true;
}

bool wk_libs_parse(const char *program, const char *printed, struct wk_arena *arena,
	struct wk_libs *ret, struct wk_err *err)
{
	struct wk_libs libs = {0};

	while (*printed) {
		size_t len = strcspn(printed, "\n");
		if (!parse_line(program, printed, len, arena, &libs, err))
			return false;
		printed += len + (printed[len] == '\n');
	}
	*ret = libs;
	return true;
}

bool wk_libs_of(
	const char *program, struct wk_arena *arena, struct wk_libs *ret, struct wk_err *err)
{
	static const char *const env[] = {"LC_ALL=C", "LD_PRELOAD=", NULL};
	const char *argv[] = {"ldd", program, NULL};
	struct wk_cmd cmd = {
		.argv = argv, .env = env, .netns = -1, .deadline = wk_now() + 30 * WK_SEC};
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};

	if (!wk_cmd_run(&cmd, &result, err))
		return false;
	if (result.exit_code == 0)
		return wk_libs_parse(program, wk_buf_str(&result.out), arena, ret, err);
	if (!strstr(wk_buf_str(&result.err), "not a dynamic executable"))
		return wk_err_set(err, WK_ERR_SYSTEM, "ldd '%s': %.*s", program,
			(int)strcspn(wk_buf_str(&result.err), "\n"), wk_buf_str(&result.err));
	*ret = (struct wk_libs){0};
	return true;
}
