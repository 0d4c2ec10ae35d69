/*
 * The layouts of control groups that machines have, as trees of plain files
 *
 * What the kernel would do with an order is not played: the files keep the orders that they were
 * given, one a line, and the tests say which they must be.
 */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/provider/native/cgroup.h"
#include "wookie/provider/native/subtree.h"

struct tree {
	char root[64];
	char mounts[96];
	char own[96];
	struct wk_cgroups groups;
};

static const char *at(const struct tree *t, const char *fmt, ...) WK_PRINTF(2, 3);
static const char *at(const struct tree *t, const char *fmt, ...)
{
	static char buffers[4][512];
	static size_t next;
	char *buffer = buffers[next++ % WK_COUNT(buffers)];
	size_t len = (size_t)snprintf(buffer, 512, "%s/", t->root);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buffer + len, 512 - len, fmt, ap);
	va_end(ap);
	return buffer;
}

static void put(const char *path, const char *text)
{
	struct wk_err err = {0};

	cr_assert(wk_file_write(path, text, strlen(text), 0600, &err), "%s", err.msg);
}

static void expect_text(const char *path, const char *text)
{
	struct wk_buf WK_AUTO(wk_buf_finish) found = WK_BUF_INIT(4096);
	struct wk_err err = {0};

	cr_assert(wk_file_read(path, 4096, &found, &err), "%s", err.msg);
	cr_expect_str_eq(wk_buf_str(&found), text, "%s holds '%s', expected '%s'", path,
		wk_buf_str(&found), text);
}

/* A group with all four controllers, of which it hands down `handed`. */
static void make_group(const struct tree *t, const char *name, const char *handed, bool top)
{
	struct wk_err err = {0};

	cr_assert(wk_mkdir_p(at(t, "%s", name), 0755, &err), "%s", err.msg);
	put(at(t, "%s/cgroup.controllers", name), "cpuset cpu io memory pids\n");
	put(at(t, "%s/cgroup.subtree_control", name), handed);
	put(at(t, "%s/cgroup.procs", name), "");
	if (!top)
		put(at(t, "%s/cgroup.events", name), "populated 1\n");
}

static void plant(struct tree *t)
{
	*t = (struct tree){.root = "/var/tmp/wookie-test-XXXXXX"};
	cr_assert_not_null(mkdtemp(t->root));
	(void)snprintf(t->mounts, sizeof(t->mounts), "%s/mounts", t->root);
	(void)snprintf(t->own, sizeof(t->own), "%s/own", t->root);
	if (setxattr(t->root, "user.wookie", "", 0, 0) < 0)
		cr_skip_test("needs a /var/tmp with extended attributes");
}

static void find(struct tree *t, const char *own)
{
	struct wk_err err = {0};

	put(t->own, own);
	cr_assert(wk_cgroups_find_in(t->mounts, t->own, &t->groups, &err), "%s", err.msg);
}

static void plant_unified(struct tree *t, const char *handed, bool top, const char *own)
{
	plant(t);
	make_group(t, "cg", handed, top);
	WK_AUTOFREE char *line = wk_xasprintf(
		"proc /proc proc rw 0 0\ncgroup2 %s/cg cgroup2 rw,nosuid 0 0\n", t->root);
	put(t->mounts, line);
	find(t, own);
}

/* A plain folder with files in it cannot be removed as a cgroup is. */
static void uproot(const struct tree *t)
{
	struct wk_err err = {0};

	cr_assert(wk_rmtree(t->root, &err), "%s", err.msg);
}

static void make(const struct tree *t, const char *group)
{
	struct wk_err err = {0};

	cr_assert(wk_cgroups_make(&t->groups, group, &err), "%s", err.msg);
}

Test(cgroup, systemd_as_root_enables_only_what_is_missing_and_takes_it_back)
{
	struct tree t;
	char mark[64] = "";
	struct wk_err err = {0};

	plant_unified(
		&t, "cpu memory pids\n", true, "0::/user.slice/user-0.slice/session-1.scope\n");
	cr_expect_str_eq(t.groups.base, "");
	make(&t, "wookie/m.1/a");
	expect_text(at(&t, "cg/cgroup.subtree_control"), "cpu memory pids\n+cpuset\n");
	cr_expect_eq(getxattr(at(&t, "cg/wookie"), "user.wookie.enabled", mark, sizeof(mark)), 6);
	cr_expect_str_eq(mark, "cpuset", "it must be known before it is done");
	cr_expect(wk_path_exists(at(&t, "cg/wookie/m.1/a")));
	put(at(&t, "cg/cgroup.subtree_control"), "cpuset cpu memory pids\n");
	make(&t, "wookie/n.2");
	cr_assert(wk_cgroups_remove(&t.groups, "wookie/m.1", wk_now() + WK_SEC, &err));
	expect_text(at(&t, "cg/cgroup.subtree_control"), "cpuset cpu memory pids\n");
	cr_assert(wk_cgroups_remove(&t.groups, "wookie/n.2", wk_now() + WK_SEC, &err));
	expect_text(at(&t, "cg/cgroup.subtree_control"), "cpuset cpu memory pids\n-cpuset\n");
	cr_expect_not(wk_path_exists(at(&t, "cg/wookie")));
	uproot(&t);
}

Test(cgroup, what_is_handed_down_already_is_not_touched)
{
	struct tree t;
	struct wk_err err = {0};

	plant_unified(&t, "cpuset cpu io memory pids\n", true, "0::/init.scope\n");
	make(&t, "wookie/m.1/a");
	cr_assert(wk_cgroups_remove(&t.groups, "wookie/m.1", wk_now() + WK_SEC, &err));
	expect_text(at(&t, "cg/cgroup.subtree_control"), "cpuset cpu io memory pids\n");
	uproot(&t);
}

Test(cgroup, what_somebody_else_came_to_use_stays)
{
	static const struct {
		const char *file;
		const char *text;
		bool stays;
	} rows[] = {
		{"cgroup.subtree_control", "cpuset\n", true},
		{"cgroup.subtree_control", "cpu\n", false},
		{"cpuset.cpus", "0-1\n", true},
		{"cpuset.cpus", "\n", false},
		{"memory.max", "1000\n", false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct tree t;
		struct wk_err err = {0};

		plant_unified(&t, "cpu memory pids\n", true, "0::/\n");
		make(&t, "wookie/m.1");
		make_group(&t, "cg/docker", "", false);
		put(at(&t, "cg/docker/%s", rows[i].file), rows[i].text);
		cr_assert(wk_cgroups_remove(&t.groups, "wookie/m.1", wk_now() + WK_SEC, &err));
		expect_text(at(&t, "cg/cgroup.subtree_control"),
			rows[i].stays ? "cpu memory pids\n+cpuset\n"
				      : "cpu memory pids\n+cpuset\n-cpuset\n");
		uproot(&t);
	}
}

Test(cgroup, a_delegated_scope_is_worked_in_and_the_top_left_alone)
{
	static const struct {
		const char *own;
		const char *delegate; /* the attribute's value, or NULL */
		const char *base;
	} rows[] = {
		{"0::/system.slice/run-1.scope\n", "1", "system.slice/run-1.scope"},
		{"0::/system.slice/run-1.scope/wookie.moved\n", "1", "system.slice/run-1.scope"},
		{"0::/system.slice/run-1.scope\n", NULL, ""},
		{"0::/system.slice/run-1.scope\n", "0", ""},
		{"0::/../run-1.scope\n", "1", ""},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct tree t;

		plant_unified(&t, "cpu memory pids\n", true, "0::/\n");
		make_group(&t, "cg/system.slice/run-1.scope", "", false);
		if (rows[i].delegate)
			cr_assert_eq(setxattr(at(&t, "cg/system.slice/run-1.scope"),
					     "user.delegate", rows[i].delegate, 1, 0),
				0);
		find(&t, rows[i].own);
		cr_expect_str_eq(t.groups.base, rows[i].base, "row %zu: '%s'", i, t.groups.base);
		uproot(&t);
	}
}

Test(cgroup, a_mesh_in_a_delegated_scope_changes_nothing_above_it)
{
	struct tree t;
	struct wk_err err = {0};
	char name[WK_CGROUP_NAME];

	plant_unified(&t, "cpu memory pids\n", true, "0::/\n");
	make_group(&t, "cg/system.slice/run-1.scope", "", false);
	cr_assert_eq(
		setxattr(at(&t, "cg/system.slice/run-1.scope"), "user.delegate", "1", 1, 0), 0);
	find(&t, "0::/system.slice/run-1.scope\n");
	wk_cgroups_name(&t.groups, "wookie", 7, name);
	cr_assert_str_eq(name, "system.slice/run-1.scope/wookie/wookie.7");
	make(&t, name);
	expect_text(at(&t, "cg/cgroup.subtree_control"), "cpu memory pids\n");
	expect_text(at(&t, "cg/system.slice/run-1.scope/cgroup.subtree_control"),
		"+cpu\n+cpuset\n+memory\n+pids\n");
	/* Whoever takes it down stands elsewhere. */
	find(&t, "0::/user.slice\n");
	cr_assert(wk_cgroups_remove(&t.groups, name, wk_now() + WK_SEC, &err), "%s", err.msg);
	expect_text(at(&t, "cg/system.slice/run-1.scope/cgroup.subtree_control"),
		"+cpu\n+cpuset\n+memory\n+pids\n-cpu\n-cpuset\n-memory\n-pids\n");
	cr_expect_not(wk_path_exists(at(&t, "cg/system.slice/run-1.scope/wookie")));
	uproot(&t);
}

/* The group that a container sees as its top is none: it has processes, and they stand in the way. */
Test(cgroup, processes_that_cannot_be_moved_are_told_and_nothing_is_enabled)
{
	struct tree t;
	struct wk_err err = {0};

	plant_unified(&t, "", false, "0::/\n");
	put(at(&t, "cg/cgroup.procs"), "1\n17\n");
	cr_assert_not(wk_cgroups_make(&t.groups, "wookie/m.1", &err));
	cr_expect_not_null(strstr(err.msg, "systemd-run --scope -p Delegate=yes"), "%s", err.msg);
	expect_text(at(&t, "cg/cgroup.subtree_control"), "");
	uproot(&t);
}

static void plant_v1(struct tree *t, bool hybrid)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	struct wk_err err = {0};

	plant(t);
	cr_assert(wk_mkdir_p(at(t, "cpuset"), 0755, &err));
	cr_assert(wk_mkdir_p(at(t, "memory/wookie/m.1"), 0755, &err));
	for (size_t i = 0; i < WK_COUNT(files); i++)
		put(at(t, "cpuset/%s", files[i]), "0-3\n");
	if (hybrid) {
		cr_assert(wk_mkdir_p(at(t, "unified"), 0755, &err));
		put(at(t, "unified/cgroup.controllers"), "");
		put(at(t, "unified/cgroup.subtree_control"), "");
	}
	WK_AUTOFREE char *lines = wk_xasprintf("cgroup %s/cpuset cgroup rw,nosuid,cpuset 0 0\n"
					       "cgroup %s/memory cgroup rw,memory 0 0\n%s%s%s",
		t->root, t->root, hybrid ? "cgroup2 " : "", hybrid ? t->root : "",
		hybrid ? "/unified cgroup2 rw 0 0\n" : "");
	put(t->mounts, lines);
	find(t, "4:memory:/x\n0::/system.slice/run-1.scope\n");
}

Test(cgroup, version_1_and_the_hybrid_layout_have_a_folder_in_each_and_no_base)
{
	for (int hybrid = 0; hybrid < 2; hybrid++) {
		struct tree t;
		struct wk_err err = {0};

		plant_v1(&t, hybrid != 0);
		cr_expect_eq(t.groups.n, hybrid ? 3 : 2);
		cr_expect_str_eq(t.groups.base, "");
		/* In the cpuset hierarchy a new group has empty files, which a plain folder lacks. */
		cr_assert(wk_mkdir_p(at(&t, "cpuset/wookie"), 0755, &err));
		put(at(&t, "cpuset/wookie/cpuset.cpus"), "");
		put(at(&t, "cpuset/wookie/cpuset.mems"), "");
		cr_assert(wk_mkdir_p(at(&t, "cpuset/wookie/m.1"), 0755, &err));
		put(at(&t, "cpuset/wookie/m.1/cpuset.cpus"), "");
		put(at(&t, "cpuset/wookie/m.1/cpuset.mems"), "");
		make(&t, "wookie/m.1");
		expect_text(at(&t, "cpuset/wookie/m.1/cpuset.cpus"), "0-3\n");
		cr_expect(wk_path_exists(at(&t, "memory/wookie/m.1")));
		if (hybrid) {
			cr_expect(wk_path_exists(at(&t, "unified/wookie/m.1")));
			expect_text(at(&t, "unified/cgroup.subtree_control"), "");
		}
		uproot(&t);
	}
}

Test(cgroup, no_hierarchy_is_said)
{
	struct tree t;
	struct wk_err err = {0};

	plant(&t);
	put(t.mounts, "proc /proc proc rw 0 0\n");
	cr_assert_not(wk_cgroups_find_in(t.mounts, t.own, &t.groups, &err));
	cr_expect_eq((int)err.kind, (int)WK_ERR_MISSING);
	uproot(&t);
}
