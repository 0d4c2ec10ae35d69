#include "mesh_fixture.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/provider/native/keeper.h"
#include "wookie/provider/native/mesh.h"
#include "wookie/provider/native/state.h"

#define SLEEPS "#!/bin/sh\nexec sleep 1000\n"

static char *read_text(const char *path)
{
	struct wk_buf text = WK_BUF_INIT(65536);
	struct wk_err err = {0};

	cr_assert(wk_file_read(path, 65536, &text, &err), "%s", err.msg);
	return wk_buf_take(&text);
}

Test(keeper, a_mesh_ends_without_remains_when_its_line_is_closed)
{
	struct fixture f;
	struct wk_record node;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-line");
	node = fixture_record(&f, "unit-line", "nodes/west/node");
	cr_assert(wk_record_alive(&node));
	wk_close(f.line);
	f.line = -1;
	cr_assert_eq(waitpid(f.keeper, NULL, 0), f.keeper);
	f.keeper = 0;
	cr_assert_not(wk_record_alive(&node));
	cr_assert_not(wk_path_exists(fixture_path(&f, "unit-line", "")));
	cr_assert_not(fixture_groups_left("unit-line"));
	fixture_remove(&f);
}

Test(keeper, a_mesh_ends_when_its_harness_is_killed_though_a_worker_holds_the_line)
{
	struct fixture f;
	pid_t harness;
	pid_t worker = 0;
	int pipes[2];

	fixture_make(&f, SLEEPS);
	cr_assert_eq(pipe(pipes), 0);
	harness = fork();
	if (harness == 0) {
		fixture_start(&f, "unit-kill");
		worker = fork();
		if (worker == 0)
			for (;;)
				(void)pause();
		(void)!write(pipes[1], &worker, sizeof(worker));
		for (;;)
			(void)pause();
	}
	cr_assert_eq(read(pipes[0], &worker, sizeof(worker)), (ssize_t)sizeof(worker));
	cr_assert(wk_path_exists(fixture_path(&f, "unit-kill", "keeper")));
	(void)kill(harness, SIGKILL);
	(void)waitpid(harness, NULL, 0);
	cr_expect(fixture_gone(fixture_path(&f, "unit-kill", "")));
	cr_expect_not(fixture_groups_left("unit-kill"));
	(void)kill(worker, SIGKILL);
	fixture_remove(&f);
}

Test(keeper, its_death_takes_the_nodes_along_and_down_clears_the_rest)
{
	struct fixture f;
	struct wk_err err = {0};
	struct wk_record node;
	struct wk_mesh_status status;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-orphan");
	node = fixture_record(&f, "unit-orphan", "nodes/east/node");
	(void)kill(f.keeper, SIGKILL);
	(void)waitpid(f.keeper, NULL, 0);
	f.keeper = 0;
	for (int i = 0; i < 400 && wk_record_alive(&node); i++)
		wk_pause(5 * WK_MSEC);
	cr_assert_not(wk_record_alive(&node));
	cr_assert(wk_native_status(f.state, "unit-orphan", &status, &err), "%s", err.msg);
	cr_expect_eq((int)status.state, (int)WK_MESH_REMAINS);
	cr_assert(wk_native_down(f.state, "unit-orphan", NULL, WK_NEVER, &err), "%s", err.msg);
	cr_expect_not(wk_path_exists(fixture_path(&f, "unit-orphan", "")));
	cr_expect_not(fixture_groups_left("unit-orphan"));
	fixture_remove(&f);
}

Test(keeper, a_frozen_node_and_a_stopped_keeper_do_not_hinder_down)
{
	static const struct {
		const char *root;
		const char *file;
		const char *order;
	} rows[] = {
		{"/sys/fs/cgroup/freezer", "freezer.state", "FROZEN"},
		{"/sys/fs/cgroup", "cgroup.freeze", "1"},
	};
	struct fixture f;
	struct wk_err err = {0};
	struct wk_record node;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-frozen");
	node = fixture_record(&f, "unit-frozen", "nodes/east/node");
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		char path[256];
		FILE *file;

		(void)snprintf(
			path, sizeof(path), "%s/%s/%s", rows[i].root, node.group, rows[i].file);
		file = fopen(path, "we");
		if (file) {
			(void)fputs(rows[i].order, file);
			(void)fclose(file);
		}
	}
	(void)kill(f.keeper, SIGSTOP);
	cr_assert(wk_native_down(f.state, "unit-frozen", NULL, WK_NEVER, &err), "%s", err.msg);
	cr_expect_not(wk_record_alive(&node));
	cr_expect_not(fixture_groups_left("unit-frozen"));
	fixture_remove(&f);
}

Test(keeper, a_name_in_use_is_refused_with_the_way_out)
{
	struct fixture f;
	struct fixture other;
	struct wk_err err = {0};

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-twice");
	other = f;
	cr_assert(wk_keeper_start(&other.up, &other.keeper, &other.line, &err), "%s", err.msg);
	cr_assert_not(fixture_listen(&other, &err));
	cr_expect_eq((int)err.kind, (int)WK_ERR_MISSING);
	cr_expect_not_null(
		strstr(err.msg, "run 'wookie-conform down --name unit-twice'"), "%s", err.msg);
	wk_close(other.line);
	(void)waitpid(other.keeper, NULL, 0);
	cr_expect(wk_path_exists(fixture_path(&f, "unit-twice", "keeper")),
		"the refused one removed the other's state");
	fixture_remove(&f);
}

Test(keeper, a_detached_mesh_outlives_the_line_until_down)
{
	struct fixture f;
	struct wk_err err = {0};
	struct wk_keeper_message answer = {0};
	struct wk_mesh_status status;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-detach");
	cr_assert_eq(send(f.line, &(char){WK_KEEPER_DETACH}, 1, 0), 1);
	cr_assert_eq(recv(f.line, &answer, sizeof(answer), 0), (ssize_t)sizeof(answer));
	cr_assert_eq((int)answer.word, (int)WK_KEEPER_DETACHED);
	wk_close(f.line);
	f.line = -1;
	wk_pause(50 * WK_MSEC);
	cr_assert(wk_native_status(f.state, "unit-detach", &status, &err), "%s", err.msg);
	cr_expect_eq((int)status.state, (int)WK_MESH_UP);
	cr_expect(status.detached);
	cr_expect_eq(status.n_nodes, 2);
	cr_expect_str_eq(status.nodes[1].cluster, "west");
	cr_assert(wk_native_down(f.state, "unit-detach", NULL, WK_NEVER, &err), "%s", err.msg);
	cr_expect_not(wk_path_exists(fixture_path(&f, "unit-detach", "")));
	fixture_remove(&f);
}

Test(keeper, a_mesh_is_checked_by_one_at_a_time)
{
	WK_AUTOFREE char *by = wk_xasprintf("being checked by process %d;", (int)getpid());
	struct fixture f;
	struct wk_err err = {0};
	struct wk_mesh *one = NULL;
	struct wk_mesh *other = NULL;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-claim");
	cr_assert(wk_native_attach(f.state, "unit-claim", &one, &err), "%s", err.msg);
	cr_assert(wk_native_attach(f.state, "unit-claim", &other, &err), "%s", err.msg);
	cr_expect(wk_mesh_claim(one, &err), "%s", err.msg);
	cr_expect(wk_mesh_claim(one, &err), "%s", err.msg);
	cr_expect_not(wk_mesh_claim(other, &err));
	cr_expect_eq((int)err.kind, (int)WK_ERR_MISSING);
	cr_expect(strstr(err.msg, by), "%s", err.msg);
	wk_mesh_free(one);
	cr_expect(wk_mesh_claim(other, &err), "%s", err.msg);
	wk_mesh_free(other);
	fixture_remove(&f);
}

Test(keeper, down_leaves_a_mesh_alone_that_another_process_works_with)
{
	struct fixture f;
	struct wk_err err = {0};
	struct wk_mesh *mesh = NULL;
	WK_AUTOFREE char *by = wk_xasprintf("in use by process %d;", (int)getpid());

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-used");
	cr_assert(wk_native_attach(f.state, "unit-used", &mesh, &err), "%s", err.msg);
	cr_assert(wk_mesh_claim(mesh, &err), "%s", err.msg);
	cr_assert_not(wk_native_down(f.state, "unit-used", NULL, WK_NEVER, &err));
	cr_expect_eq((int)err.kind, (int)WK_ERR_MISSING);
	cr_expect_not_null(strstr(err.msg, by), "%s", err.msg);
	cr_expect(wk_path_exists(fixture_path(&f, "unit-used", "keeper")));
	cr_expect(wk_mesh_down(mesh, NULL, &err), "who has it may: %s", err.msg);
	cr_expect_not(wk_path_exists(fixture_path(&f, "unit-used", "")));
	wk_mesh_free(mesh);
	fixture_remove(&f);
}

Test(keeper, a_mesh_whose_state_is_removed_ends_and_leaves_no_cgroups)
{
	struct fixture f;
	struct wk_err err = {0};
	struct wk_record node;
	struct wk_mesh *mesh = NULL;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-removed");
	node = fixture_record(&f, "unit-removed", "nodes/east/node");
	cr_assert(wk_native_attach(f.state, "unit-removed", &mesh, &err), "%s", err.msg);
	cr_assert(wk_rmtree(fixture_path(&f, "unit-removed", ""), &err), "%s", err.msg);
	cr_assert_eq(waitpid(f.keeper, NULL, 0), f.keeper);
	f.keeper = 0;
	cr_expect_not(wk_record_alive(&node));
	cr_expect_not(fixture_groups_left("unit-removed"));
	cr_expect(wk_mesh_down(mesh, NULL, &err), "tells of a leftover: %s", err.msg);
	wk_mesh_free(mesh);
	fixture_remove(&f);
}

/* Whoever made the first mesh must not take the second one down, only because it has its name. */
Test(keeper, another_mesh_of_its_name_is_not_taken_down_with_it)
{
	struct fixture f;
	struct fixture second;
	struct wk_err err = {0};
	struct wk_mesh *mesh = NULL;
	int status;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-name");
	cr_assert(wk_native_attach(f.state, "unit-name", &mesh, &err), "%s", err.msg);
	cr_assert(wk_rmtree(fixture_path(&f, "unit-name", ""), &err), "%s", err.msg);
	cr_assert_eq(waitpid(f.keeper, &status, 0), f.keeper);
	second = f;
	fixture_start(&second, "unit-name");
	cr_expect(wk_mesh_down(mesh, NULL, &err), "%s", err.msg);
	cr_expect(wk_path_exists(fixture_path(&f, "unit-name", "keeper")));
	wk_mesh_free(mesh);
	wk_close(f.line);
	fixture_remove(&second);
}

Test(keeper, cgroups_of_a_killed_keeper_without_state_are_swept)
{
	struct fixture f;
	struct wk_err err = {0};
	struct wk_record node;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-swept");
	node = fixture_record(&f, "unit-swept", "nodes/east/node");
	(void)kill(f.keeper, SIGKILL);
	(void)waitpid(f.keeper, NULL, 0);
	f.keeper = 0;
	cr_assert(wk_rmtree(fixture_path(&f, "unit-swept", ""), &err), "%s", err.msg);
	for (int i = 0; i < 400 && wk_record_alive(&node); i++)
		wk_pause(5 * WK_MSEC);
	cr_assert(fixture_groups_left("unit-swept"));
	for (int i = 0; i < 100 && fixture_groups_left("unit-swept"); i++) {
		(void)wk_native_sweep("unit-swept");
		wk_pause(10 * WK_MSEC);
	}
	cr_expect_not(fixture_groups_left("unit-swept"));
	fixture_remove(&f);
}

/* A holder that never lets go: the limit is one for the whole, not one for each attempt. */
Test(keeper, down_gives_up_on_a_folder_that_somebody_else_holds)
{
	struct fixture f;
	struct wk_err err = {0};
	wk_nsec begun;
	int lock;

	fixture_make(&f, SLEEPS);
	cr_assert(wk_mkdir_p(fixture_path(&f, "unit-held", "nodes"), 0700, &err));
	lock = wk_state_lock(fixture_path(&f, "unit-held", ""));
	cr_assert_geq(lock, 0);
	begun = wk_now();
	cr_assert_not(wk_native_down(f.state, "unit-held", NULL, WK_NEVER, &err));
	cr_expect_not_null(strstr(err.msg, "is held by another process"), "%s", err.msg);
	cr_expect_lt(wk_now() - begun, 5 * WK_SEC);
	begun = wk_now();
	cr_assert_not(wk_native_down(f.state, "unit-held", NULL, begun + WK_SEC / 2, &err));
	cr_expect_eq(err.kind, WK_ERR_TIMEOUT);
	cr_expect_not_null(strstr(err.msg, "is not taken down yet"), "%s", err.msg);
	cr_expect_lt(wk_now() - begun, 2 * WK_SEC);
	wk_close(lock);
	fixture_remove(&f);
}

Test(keeper, down_that_has_no_time_touches_nothing)
{
	struct fixture f;
	struct wk_err err = {0};
	struct wk_record node;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-late");
	node = fixture_record(&f, "unit-late", "nodes/east/node");
	cr_expect_not(wk_native_down(f.state, "unit-late", NULL, wk_now(), &err));
	cr_expect_eq(err.kind, WK_ERR_TIMEOUT, "%s", err.msg);
	cr_expect(wk_record_alive(&node));
	cr_assert(wk_native_down(f.state, "unit-late", NULL, WK_NEVER, &err), "%s", err.msg);
	cr_expect_not(wk_record_alive(&node));
	fixture_remove(&f);
}

Test(keeper, a_program_that_ends_is_told_with_its_last_words)
{
	struct fixture f;
	struct wk_err err = {0};
	struct wk_mesh *mesh = NULL;
	char *casualty;

	fixture_make(&f, "#!/bin/sh\necho 'no space left in my head'; exit 3\n");
	fixture_start(&f, "unit-dead");
	cr_assert(fixture_there(fixture_path(&f, "unit-dead", "nodes/east/casualty")));
	cr_assert(wk_native_attach(f.state, "unit-dead", &mesh, &err), "%s", err.msg);
	casualty = wk_mesh_casualty(mesh);
	cr_expect_str_eq(
		casualty, "east: etcd ended with code 3; last words: no space left in my head");
	free(casualty);
	/* The other programs go on, under the name that they were started with. */
	for (int i = 0; i < 400 && wk_mesh_component_pid(mesh, "east", "containerd") == 0; i++)
		wk_pause(5 * WK_MSEC);
	cr_expect_gt(wk_mesh_component_pid(mesh, "east", "containerd"), 1);
	cr_expect_eq(wk_mesh_component_pid(mesh, "east", "etcd"), 0);
	wk_mesh_free(mesh);
	fixture_remove(&f);
}

Test(keeper, a_node_sees_what_it_runs_on_and_cannot_change_the_machine)
{
	static const char *const paths[] = {"/etc/wookie-unit", "/var/wookie-unit",
		"/run/wookie-unit", "/var/lib/wookie-unit", "/usr/wookie-unit",
		"/root/wookie-unit"};
	struct fixture f;
	char *text;

	fixture_make(&f,
		"#!/bin/sh\n"
		"mkdir /etc/wookie-unit /var/wookie-unit /run/wookie-unit /var/lib/wookie-unit &&"
		" echo written\n"
		"mkdir /usr/wookie-unit /root/wookie-unit\n"
		"for path in /root /home /etc/shadow /etc/ssh /etc/ssl/private /var/lib/dpkg "
		"/machine"
		" /work /opt /srv /mnt /boot /dev/mem /dev/sda /dev/vda; do\n"
		"	[ -e $path ] && echo \"sees $path\"\n"
		"done\n"
		"ls -A / | tr '\\n' ' '; echo\n"
		"echo 1 >/proc/sys/kernel/panic_on_warn\n"
		"hostname; cat /proc/1/comm; ls /sys/class/net | tr '\\n' ' '; echo done\n"
		"exec sleep 1000\n");
	fixture_start(&f, "unit-walls");
	for (int i = 0; i < 600; i++) {
		text = wk_path_exists(fixture_path(&f, "unit-walls", "nodes/east/log/etcd.log"))
			       ? read_text(
					 fixture_path(&f, "unit-walls", "nodes/east/log/etcd.log"))
			       : wk_xstrdup("");
		if (strstr(text, "done"))
			break;
		free(text);
		text = NULL;
		wk_pause(5 * WK_MSEC);
	}
	cr_assert_not_null(text, "the node's program did not run");
	cr_expect_not_null(strstr(text, "written\n"), "%s", text);
	cr_expect_not_null(strstr(text, "Read-only file system"), "%s", text);
	cr_expect_not_null(strstr(text, "panic_on_warn: Read-only"), "%s", text);
	cr_expect_null(strstr(text, "sees "), "%s", text);
	cr_expect_not_null(strstr(text, "east\nwookie-node\neth0 lo done\n"), "%s", text);
	for (size_t i = 0; i < WK_COUNT(paths); i++)
		cr_expect_not(wk_path_exists(paths[i]), "%s is on the machine", paths[i]);
	free(text);
	fixture_remove(&f);
}

Test(keeper, remains_of_an_earlier_boot_are_only_files)
{
	struct fixture f;
	struct wk_err err = {0};
	struct wk_record record;

	fixture_make(&f, SLEEPS);
	cr_assert(wk_mkdir_p(fixture_path(&f, "unit-boot", "nodes/east"), 0700, &err));
	/* Our own pid and start time, of another boot: nothing must be signalled. */
	cr_assert(wk_record_of(getpid(), "wookie/unit-boot.1", &record, &err), "%s", err.msg);
	(void)snprintf(record.boot, sizeof(record.boot), "00000000-0000-0000-0000-000000000000");
	cr_assert(wk_record_write(&record, fixture_path(&f, "unit-boot", "keeper"), &err));
	cr_assert(wk_record_write(&record, fixture_path(&f, "unit-boot", "nodes/east/node"), &err));
	cr_assert(wk_native_down(f.state, "unit-boot", NULL, WK_NEVER, &err), "%s", err.msg);
	cr_expect_not(wk_path_exists(fixture_path(&f, "unit-boot", "")));
	fixture_remove(&f);
}

Test(keeper, remains_are_cleared_when_their_name_is_used_again)
{
	struct fixture f;

	fixture_make(&f, SLEEPS);
	fixture_start(&f, "unit-again");
	(void)kill(f.keeper, SIGKILL);
	(void)waitpid(f.keeper, NULL, 0);
	wk_close(f.line);
	cr_assert(wk_path_exists(fixture_path(&f, "unit-again", "keeper")));
	fixture_start(&f, "unit-again");
	wk_close(f.line);
	f.line = -1;
	(void)waitpid(f.keeper, NULL, 0);
	f.keeper = 0;
	cr_expect_not(fixture_groups_left("unit-again"));
	fixture_remove(&f);
}

Test(keeper, a_full_disk_is_said_and_leaves_nothing)
{
	struct fixture f;
	struct wk_err err = {0};

	fixture_make(&f, SLEEPS);
	cr_assert_eq(unshare(CLONE_NEWNS), 0);
	cr_assert_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	cr_assert_eq(mount("tmpfs", f.state, "tmpfs", 0, "size=4k,nr_inodes=4"), 0);
	f.up.name = "unit-full";
	cr_assert(wk_keeper_start(&f.up, &f.keeper, &f.line, &err), "%s", err.msg);
	cr_assert_not(fixture_listen(&f, &err));
	cr_expect_not_null(strstr(err.msg, "No space left on device"), "%s", err.msg);
	(void)waitpid(f.keeper, NULL, 0);
	f.keeper = 0;
	cr_expect_not(wk_path_exists(fixture_path(&f, "unit-full", "")));
	(void)umount(f.state);
	fixture_remove(&f);
}
