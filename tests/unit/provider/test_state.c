#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/provider/native/keeper.h"
#include "wookie/provider/native/node.h"
#include "wookie/provider/native/state.h"

Test(state, a_name_becomes_a_folder_and_is_checked)
{
	static const struct {
		const char *name;
		bool fine;
	} rows[] = {
		{"wookie", true},
		{"a", true},
		{"mesh-2", true},
		{"", false},
		{".", false},
		{"..", false},
		{"../etc", false},
		{"a/b", false},
		{"-a", false},
		{"a-", false},
		{"Mesh", false},
		{"a b", false},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_err err = {0};

		cr_expect_eq((int)wk_native_check_name(rows[i].name, &err), (int)rows[i].fine,
			"'%s': %s", rows[i].name, err.msg);
		cr_expect_eq(
			(int)(err.kind == WK_ERR_INPUT), (int)!rows[i].fine, "'%s'", rows[i].name);
	}
}

Test(state, a_mesh_that_does_not_exist_is_named_with_those_that_do)
{
	char state[] = "/tmp/wookie-test-XXXXXX";
	char folder[64];
	struct wk_err err = {0};
	struct wk_mesh *mesh = NULL;
	struct wk_mesh_status status;

	cr_assert_not_null(mkdtemp(state));
	cr_assert_not(wk_native_status(state, "none", &status, &err));
	cr_expect_str_eq(err.msg, "no mesh named 'none'; none is up");
	cr_expect(wk_native_down(state, "none", NULL, WK_NEVER, &err), "there is nothing to do");
	cr_expect_not(wk_native_down(state, "../none", NULL, WK_NEVER, &err));
	(void)snprintf(folder, sizeof(folder), "%s/wookie", state);
	cr_assert(wk_mkdir_p(folder, 0700, &err));
	cr_assert_not(wk_native_attach(state, "wokie", &mesh, &err));
	cr_expect_str_eq(err.msg, "no mesh named 'wokie'; there are: wookie");
	cr_expect_eq((int)err.kind, (int)WK_ERR_INPUT);
	cr_assert_not(wk_native_status(state, "wokie", &status, &err));
	cr_assert(wk_rmtree(state, &err));
}

Test(state, a_folder_is_locked_for_one)
{
	char state[] = "/tmp/wookie-test-XXXXXX";
	struct wk_err err = {0};
	char *dir;
	int first;

	cr_assert_not_null(mkdtemp(state));
	first = wk_state_claim(state, "one", &err);
	cr_assert_geq(first, 0, "%s", err.msg);
	dir = wk_native_dir(state, "one");
	cr_expect_eq(wk_state_lock(dir), -1);
	wk_close(first);
	first = wk_state_lock(dir);
	cr_expect_geq(first, 0);
	wk_close(first);
	free(dir);
	cr_assert(wk_rmtree(state, &err));
}

Test(state, a_lock_on_a_folder_that_was_replaced_is_none)
{
	char state[] = "/tmp/wookie-test-XXXXXX";
	struct wk_err err = {0};
	char *dir;
	int first;

	cr_assert_not_null(mkdtemp(state));
	first = wk_state_claim(state, "one", &err);
	cr_assert_geq(first, 0, "%s", err.msg);
	dir = wk_native_dir(state, "one");
	cr_expect(wk_state_holds(first, dir));
	cr_assert_eq(rmdir(dir), 0);
	cr_expect_not(wk_state_holds(first, dir), "it is gone");
	cr_expect_eq(wk_state_lock(dir), -1, "it is gone");
	cr_assert(wk_mkdir_p(dir, 0700, &err));
	cr_expect_not(wk_state_holds(first, dir), "it is another folder");
	wk_close(first);
	first = wk_state_lock(dir);
	cr_expect_geq(first, 0, "the new one is free");
	wk_close(first);
	free(dir);
	cr_assert(wk_rmtree(state, &err));
}

Test(record, says_which_process_it_was)
{
	struct wk_record record = {0};
	struct wk_record other;
	struct wk_err err = {0};

	cr_assert(wk_record_of(getpid(), "wookie/x.1", &record, &err), "%s", err.msg);
	cr_expect(wk_record_alive(&record));
	cr_expect(wk_record_this_boot(&record));
	other = record;
	other.start++;
	cr_expect_not(wk_record_alive(&other), "another process with that pid");
	cr_expect_eq(wk_record_open(&other), -1);
	other = record;
	other.boot[0] = other.boot[0] == 'a' ? 'b' : 'a';
	cr_expect_not(wk_record_alive(&other), "another boot");
}

Test(record, what_is_no_record_is_refused)
{
	static const char *const rows[] = {
		"",
		"12",
		"12 34 boot 56",
		"0 34 boot 56 wookie/x.1\n",
		"-1 34 boot 56 wookie/x.1\n",
		"12 x boot 56 wookie/x.1\n",
		"12 34 boot 56 system.slice\n",
		"12 34 boot 56 wookie/../system.slice\n",
		"99999999999 34 boot 56 wookie/x.1\n",
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_record record = {.pid = 7};
		struct wk_err err = {0};

		cr_expect_not(wk_record_parse(rows[i], &record, &err), "'%s'", rows[i]);
		cr_expect_eq((int)err.kind, (int)WK_ERR_INPUT, "'%s': %s", rows[i], err.msg);
		cr_expect_eq(record.pid, 7, "'%s' changed the output", rows[i]);
	}
}

Test(record, is_read_as_it_was_written)
{
	char path[] = "/tmp/wookie-test-XXXXXX";
	int fd = mkstemp(path);
	struct wk_record record = {0};
	struct wk_record back = {0};
	struct wk_err err = {0};

	cr_assert_geq(fd, 0);
	cr_assert(wk_record_of(getpid(), "wookie/x.1/east", &record, &err));
	cr_assert(wk_record_write(&record, path, &err));
	cr_assert(wk_record_read(path, &back, &err), "%s", err.msg);
	cr_expect_eq(back.pid, record.pid);
	cr_expect_eq(back.start, record.start);
	cr_expect_eq(back.since, record.since);
	cr_expect_str_eq(back.boot, record.boot);
	cr_expect_str_eq(back.group, record.group);
	wk_close(fd);
	(void)unlink(path);
}
