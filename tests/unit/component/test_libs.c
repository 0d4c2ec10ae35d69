#include "wookie/component/libs.h"

#include <criterion/criterion.h>
#include <string.h>

static bool holds(const struct wk_libs *libs, const char *part)
{
	for (size_t i = 0; i < libs->count; i++)
		if (strstr(libs->paths[i], part))
			return true;
	return false;
}

Test(libs, a_program_needs_its_libraries_and_the_dynamic_linker)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_libs libs;
	struct wk_err err;

	cr_assert(wk_libs_of("/bin/ls", arena, &libs, &err), "%s", err.msg);
	cr_expect(holds(&libs, "/libc.so.6"));
	cr_expect(holds(&libs, "/ld-linux-x86-64.so.2"));
	cr_expect_not(holds(&libs, "vdso"));
	for (size_t i = 0; i < libs.count; i++)
		cr_expect_eq(libs.paths[i][0], '/', "%s", libs.paths[i]);
}

Test(libs, what_is_no_dynamic_program_needs_none)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_libs libs;
	struct wk_err err;

	cr_assert(wk_libs_of("/etc/passwd", arena, &libs, &err), "%s", err.msg);
	cr_expect_eq(libs.count, 0);
}

Test(libs, a_library_that_is_not_installed_is_named)
{
	static const char printed[] = "\tlinux-vdso.so.1 (0x00007ffe)\n"
				      "\tlibseccomp.so.2 => not found\n"
				      "\tlibc.so.6 => /lib/libc.so.6 (0x00007f)\n";
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_libs libs;
	struct wk_err err;

	cr_assert_not(wk_libs_parse("/x/runc", printed, arena, &libs, &err));
	cr_expect_eq(err.kind, WK_ERR_MISSING);
	cr_expect_str_eq(
		err.msg, "'/x/runc' needs the library 'libseccomp.so.2', which is not installed");
}

Test(libs, lines_without_a_path_are_passed_over)
{
	static const char printed[] = "\tlinux-vdso.so.1 (0x00007ffe)\n\n"
				      "\tlibm.so.6 => /lib/x/libm.so.6 (0x00007f)\n"
				      "\t/lib64/ld-linux-x86-64.so.2 (0x0000)";
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_libs libs;
	struct wk_err err;

	cr_assert(wk_libs_parse("/x/y", printed, arena, &libs, &err), "%s", err.msg);
	cr_assert_eq(libs.count, 2);
	cr_expect_str_eq(libs.paths[0], "/lib/x/libm.so.6");
	cr_expect_str_eq(libs.paths[1], "/lib64/ld-linux-x86-64.so.2");
}
