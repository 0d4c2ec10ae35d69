/*
 * A mesh without Kubernetes
 *
 * What the provider promises about processes, mounts and folders does not depend on what runs in
 * its nodes, so the tests of it run shell scripts there and stay fast.
 */
#include "mesh_fixture.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/provider/native/cgroup.h"
#include "wookie/provider/native/keeper.h"

static void put(const char *path, const char *text, mode_t mode)
{
	struct wk_err err = {0};

	cr_assert(wk_file_write(path, text, strlen(text), mode, &err), "%s", err.msg);
}

static void make_folder(const char *root, const char *name)
{
	struct wk_err err = {0};
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	cr_assert(wk_mkdir_p(path, 0755, &err), "%s", err.msg);
}

static void make_store(const struct fixture *f)
{
	char path[256];

	make_folder(f->store, "io.containerd.content.v1.content/blobs");
	make_folder(f->store, "io.containerd.metadata.v1.bolt");
	make_folder(f->store, "io.containerd.snapshotter.v1.overlayfs/snapshots/1");
	(void)snprintf(path, sizeof(path), "%s/io.containerd.metadata.v1.bolt/meta.db", f->store);
	put(path, "meta", 0600);
	(void)snprintf(path, sizeof(path), "%s/io.containerd.snapshotter.v1.overlayfs/metadata.db",
		f->store);
	put(path, "metadata", 0600);
}

static void make_programs(const struct fixture *f, const char *script)
{
	static const char *const names[] = {"kube-apiserver", "containerd", "kubelet",
		"kube-controller-manager", "kube-scheduler", "kube-proxy"};
	char path[256];

	for (size_t i = 0; i < WK_COUNT(names); i++) {
		WK_AUTOFREE char *sleeps =
			wk_xasprintf("#!/bin/bash\nexec -a %s sleep 1000\n", names[i]);

		(void)snprintf(path, sizeof(path), "%s/%s", f->bin, names[i]);
		put(path, sleeps, 0755);
	}
	(void)snprintf(path, sizeof(path), "%s/etcd", f->bin);
	put(path, script, 0755);
}

void fixture_make(struct fixture *f, const char *script)
{
	*f = (struct fixture){.line = -1};
	if (geteuid() != 0)
		cr_skip_test("makes namespaces, mounts and cgroups, which needs root");
	(void)snprintf(f->root, sizeof(f->root), "/tmp/wookie-test-XXXXXX");
	cr_assert_not_null(mkdtemp(f->root));
	(void)snprintf(f->bin, sizeof(f->bin), "%s/bin", f->root);
	(void)snprintf(f->store, sizeof(f->store), "%s/store", f->root);
	(void)snprintf(f->state, sizeof(f->state), "%s/state", f->root);
	(void)snprintf(f->file, sizeof(f->file), "%s/topology.yaml", f->root);
	make_folder(f->root, "bin");
	make_folder(f->root, "state");
	make_store(f);
	make_programs(f, script);
	put(f->file, "version: 1\n", 0600);
	f->clusters[0] = (struct wk_cluster){.name = "east",
		.network = "network1",
		.address = "192.168.7.10",
		.ip = 0xc0a8070a,
		.pods = {0x0a640000, 16, "10.100.0.0/16", {0}},
		.services = {0x0a650000, 16, "10.101.0.0/16", {0}}};
	f->clusters[1] = (struct wk_cluster){.name = "west",
		.network = "network2",
		.address = "192.168.7.20",
		.ip = 0xc0a80714,
		.pods = {0x0a660000, 16, "10.102.0.0/16", {0}},
		.services = {0x0a670000, 16, "10.103.0.0/16", {0}}};
	f->topology = (struct wk_topology){.file = f->file,
		.wire = {0xc0a80700, 24, "192.168.7.0/24", {0}},
		.clusters = f->clusters,
		.n_clusters = 2};
	f->components = (struct wk_components){.bin = f->bin, .cni = f->bin, .store = f->store};
	f->up = (struct wk_native_up){.topology = &f->topology,
		.components = &f->components,
		.state = f->state,
		.deadline = wk_now() + 10 * WK_SEC};
}

void fixture_remove(struct fixture *f)
{
	struct wk_err err = {0};

	wk_close(f->line);
	if (f->keeper > 0)
		(void)waitpid(f->keeper, NULL, 0);
	if (f->root[0])
		cr_assert(wk_rmtree(f->root, &err), "%s", err.msg);
}

bool fixture_listen(struct fixture *f, struct wk_err *err)
{
	struct wk_keeper_message message = {.word = WK_KEEPER_STATE};

	while (message.word == WK_KEEPER_STATE)
		if (recv(f->line, &message, sizeof(message), 0) != sizeof(message))
			return wk_err_set(err, WK_ERR_SYSTEM, "the keeper said nothing");
	*err = message.err;
	return message.word != WK_KEEPER_FAILED;
}

void fixture_start(struct fixture *f, const char *name)
{
	struct wk_err err = {0};

	f->up.name = name;
	cr_assert(wk_keeper_start(&f->up, &f->keeper, &f->line, &err), "%s", err.msg);
	cr_assert(fixture_listen(f, &err), "%s", err.msg);
}

static bool await(const char *path, bool there)
{
	wk_nsec deadline = wk_now() + 3 * WK_SEC;

	while (wk_path_exists(path) != there && wk_now() < deadline)
		wk_pause(5 * WK_MSEC);
	return wk_path_exists(path) == there;
}

bool fixture_gone(const char *path)
{
	return await(path, false);
}

bool fixture_there(const char *path)
{
	return await(path, true);
}

const char *fixture_path(const struct fixture *f, const char *name, const char *rest)
{
	static char buffers[4][256];
	static size_t next;
	char *buffer = buffers[next++ % WK_COUNT(buffers)];

	(void)snprintf(buffer, sizeof(buffers[0]), "%s/%s/%s", f->state, name, rest);
	return buffer;
}

struct wk_record fixture_record(const struct fixture *f, const char *name, const char *rest)
{
	struct wk_record record = {0};
	struct wk_err err = {0};

	cr_assert(wk_record_read(fixture_path(f, name, rest), &record, &err), "%s", err.msg);
	return record;
}

bool fixture_groups_left(const char *name)
{
	struct wk_cgroups groups;
	struct wk_err err = {0};
	bool left = false;

	cr_assert(wk_cgroups_find(&groups, &err), "%s", err.msg);
	for (size_t i = 0; i < groups.n; i++) {
		char pattern[512];
		glob_t found = {0};

		(void)snprintf(pattern, sizeof(pattern), "%s/%s/wookie/%s.*", groups.list[i].path,
			groups.base, name);
		left = left || glob(pattern, 0, NULL, &found) == 0;
		globfree(&found);
	}
	return left;
}
