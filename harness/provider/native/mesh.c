/*
 * A mesh that is up, as seen from outside
 *
 * Everything is read from the state folder and from /proc, so that the process that made the mesh
 * and one that attaches later see the same. The network namespace is reached through the keeper,
 * who is in it; nothing is bound into the file system for it.
 */
#include "wookie/provider/native/mesh.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/provider/native/cgroup.h"
#include "wookie/provider/native/hung.h"
#include "wookie/provider/native/keeper.h"
#include "wookie/provider/native/log.h"
#include "wookie/provider/native/state.h"

#define END_WITHIN (10 * WK_SEC)
#define MAX_CASUALTY 8192

/* "there are: a, b" or "none is up"; the caller frees. */
static char *known_meshes(const char *state)
{
	char **WK_AUTO(wk_state_folders_free) names = wk_native_names(state);
	struct wk_buf text = WK_BUF_INIT(400);

	for (size_t i = 0; names[i]; i++)
		(void)wk_buf_printf(&text, "%s%s", i ? ", " : "there are: ", names[i]);
	if (!names[0])
		(void)wk_buf_puts(&text, "none is up");
	return wk_buf_take(&text);
}

static size_t count(char **list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

bool wk_mesh_load(struct wk_mesh *mesh, struct wk_err *err)
{
	char *WK_AUTOFREE keeper = wk_xasprintf("%s/keeper", mesh->dir);
	char *WK_AUTOFREE nodes = wk_xasprintf("%s/nodes", mesh->dir);
	struct wk_err unreadable = {0};
	char netns[64];

	if (!wk_record_read(keeper, &mesh->keeper, &unreadable))
		return wk_err_set(err, WK_ERR_MISSING,
			"mesh '%s' is being made or removed right now, or is the remains of one; "
			"see 'wookie-conform status'",
			mesh->name);
	(void)snprintf(netns, sizeof(netns), "/proc/%d/ns/net", (int)mesh->keeper.pid);
	mesh->netns = open(netns, O_RDONLY | O_CLOEXEC);
	if (!wk_record_alive(&mesh->keeper))
		return wk_err_set(err, WK_ERR_MISSING,
			"mesh '%s' is no longer up, its keeper is gone; run 'wookie-conform down "
			"--name %s'",
			mesh->name, mesh->name);
	if (mesh->netns < 0)
		return wk_err_sys(err, errno, "%s", netns);
	mesh->topology = wk_xasprintf("%s/topology.yaml", mesh->dir);
	wk_state_folders_free(mesh->clusters);
	mesh->clusters = wk_state_folders(nodes);
	mesh->kubeconfigs = wk_xcalloc(count(mesh->clusters) + 1, sizeof(char *));
	for (size_t i = 0; mesh->clusters[i]; i++)
		mesh->kubeconfigs[i] =
			wk_xasprintf("%s/%s/admin.kubeconfig", nodes, mesh->clusters[i]);
	return true;
}

char *wk_mesh_dir(const char *state, const char *name, struct wk_err *err)
{
	char *WK_AUTOFREE known = NULL;
	char *WK_AUTOFREE dir = NULL;

	if (!wk_native_check_name(name, err))
		return NULL;
	dir = wk_native_dir(state, name);
	if (wk_path_exists(dir))
		return WK_TAKE(dir);
	known = known_meshes(state);
	(void)wk_err_set(err, WK_ERR_INPUT, "no mesh named '%s'; %s", name, known);
	return NULL;
}

struct wk_mesh *wk_mesh_new(const char *name, const char *dir)
{
	struct wk_mesh *mesh = wk_xcalloc(1, sizeof(*mesh));

	*mesh = (struct wk_mesh){.name = wk_xstrdup(name),
		.dir = wk_xstrdup(dir),
		.clusters = wk_xcalloc(1, sizeof(char *)),
		.netns = -1,
		.line = -1,
		.claim = -1};
	return mesh;
}

bool wk_native_attach(const char *state, const char *name, struct wk_mesh **ret, struct wk_err *err)
{
	struct wk_mesh *WK_AUTO(wk_mesh_free) mesh = NULL;
	char *WK_AUTOFREE dir = NULL;

	dir = wk_mesh_dir(state, name, err);
	if (!dir)
		return false;
	mesh = wk_mesh_new(name, dir);
	if (!wk_mesh_load(mesh, err))
		return false;
	*ret = WK_TAKE(mesh);
	return true;
}

/* The lock cannot outlive its holder; what the file says is only for people. */
int wk_mesh_try_claim(const char *dir, char ret_holder[32])
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/checked-by", dir);
	int WK_AUTO(wk_close) fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int taken;
	ssize_t n;

	*ret_holder = '\0';
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		n = pread(fd, ret_holder, 31, 0);
		ret_holder[n > 0 ? n : 0] = '\0';
		if (n <= 0)
			(void)snprintf(ret_holder, 32, "?");
		errno = EWOULDBLOCK;
		return -1;
	}
	(void)snprintf(ret_holder, 32, "%d", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, ret_holder, strlen(ret_holder), 0) < 0)
		return -1;
	taken = fd;
	fd = -1;
	return taken;
}

bool wk_mesh_claim(struct wk_mesh *mesh, struct wk_err *err)
{
	char holder[32];

	if (mesh->claim < 0)
		mesh->claim = wk_mesh_try_claim(mesh->dir, holder);
	if (mesh->claim >= 0)
		return true;
	if (errno != EWOULDBLOCK)
		return wk_err_sys(err, errno, "%s/checked-by", mesh->dir);
	return wk_err_set(err, WK_ERR_MISSING,
		"mesh '%s' is being checked by process %s; wait for its end, or bring up another "
		"mesh with 'wookie-conform up --name NAME'",
		mesh->name, holder);
}

void wk_mesh_detach(struct wk_mesh *mesh)
{
	struct wk_keeper_message answer;

	if (mesh->line < 0)
		return;
	/* The answer means that `status` already knows; without one the mesh is ending anyway. */
	if (send(mesh->line, &(char){WK_KEEPER_DETACH}, 1, MSG_NOSIGNAL) == 1)
		while (recv(mesh->line, &answer, sizeof(answer), 0) == sizeof(answer) &&
			answer.word != WK_KEEPER_DETACHED && answer.word != WK_KEEPER_FAILED)
			;
	wk_close(mesh->line);
	mesh->line = -1;
	mesh->child = 0;
}

bool wk_mesh_await_end(const struct wk_record *keeper, wk_nsec deadline)
{
	int WK_AUTO(wk_close) fd = wk_record_open(keeper);
	struct pollfd gone = {.fd = fd, .events = POLLIN};
	int rc;

	if (fd < 0)
		return true;
	do
		rc = poll(&gone, 1, wk_poll_timeout(deadline));
	while (rc < 0 && errno == EINTR);
	return rc == 1;
}

/* A keeper that does not end in time, or was killed, leaves the rest to us. */
static void end_own(struct wk_mesh *mesh)
{
	struct wk_err ignored = {0};
	int lock;

	wk_close(mesh->line);
	mesh->line = -1;
	if (!wk_mesh_await_end(&mesh->keeper, wk_now() + END_WITHIN))
		(void)kill(mesh->child, SIGKILL);
	(void)waitpid(mesh->child, NULL, 0);
	lock = wk_state_lock(mesh->dir);
	if (lock >= 0)
		(void)!wk_state_clear(mesh->dir, NULL, &ignored);
	wk_close(lock);
}

void wk_mesh_free(struct wk_mesh *mesh)
{
	if (!mesh)
		return;
	if (mesh->line >= 0 && mesh->child > 0)
		end_own(mesh);
	wk_close(mesh->claim);
	wk_close(mesh->netns);
	wk_state_folders_free(mesh->clusters);
	wk_state_folders_free(mesh->kubeconfigs);
	free(mesh->topology);
	free(mesh->dir);
	free(mesh->name);
	free(mesh);
}

const char *wk_mesh_name(const struct wk_mesh *mesh)
{
	return mesh->name;
}

int wk_mesh_netns(const struct wk_mesh *mesh)
{
	return mesh->netns;
}

const char *wk_mesh_kubeconfig(const struct wk_mesh *mesh, const char *cluster)
{
	for (size_t i = 0; mesh->clusters[i]; i++)
		if (strcmp(mesh->clusters[i], cluster) == 0)
			return mesh->kubeconfigs[i];
	return NULL;
}

const char *wk_mesh_topology(const struct wk_mesh *mesh)
{
	return mesh->topology;
}

char *wk_mesh_logs(const struct wk_mesh *mesh, const char *cluster, enum wk_logs which)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/nodes/%s/node", mesh->dir, cluster);
	struct wk_record node = {0};
	struct wk_err ignored = {0};

	if (which == WK_LOGS_COMPONENTS)
		return wk_xasprintf("%s/nodes/%s/log", mesh->dir, cluster);
	if (!wk_record_read(path, &node, &ignored) || !wk_record_alive(&node))
		return wk_xasprintf("%s/nodes/%s/pods", mesh->dir, cluster);
	return wk_xasprintf("/proc/%d/root/var/log/pods", (int)node.pid);
}

/* What is written about the dead of a node, "" when all live. */
static void read_casualty(const char *dir, const char *cluster, struct wk_buf *text)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/nodes/%s/casualty", dir, cluster);
	char *WK_AUTOFREE record_path = wk_xasprintf("%s/nodes/%s/node", dir, cluster);
	struct wk_record record;
	struct wk_err ignored = {0};

	if (wk_file_read(path, MAX_CASUALTY, text, &ignored))
		return;
	if (wk_record_read(record_path, &record, &ignored) && !wk_record_alive(&record))
		(void)wk_buf_puts(text, "the node's first process is gone");
}

char *wk_mesh_casualty(const struct wk_mesh *mesh)
{
	for (size_t i = 0; mesh->clusters[i]; i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_CASUALTY);

		read_casualty(mesh->dir, mesh->clusters[i], &text);
		if (text.len)
			return wk_xasprintf("%s: %s", mesh->clusters[i], wk_buf_str(&text));
	}
	return NULL;
}

/* Whether process `pid` is a child of `parent` that was started under the name `program`. */
static bool is_program(const char *pid, pid_t parent, const char *program)
{
	struct wk_buf WK_AUTO(wk_buf_finish) command = WK_BUF_INIT(16384);
	struct wk_buf WK_AUTO(wk_buf_finish) status = WK_BUF_INIT(8192);
	struct wk_err ignored = {0};
	char path[64];
	char line[40];

	(void)snprintf(path, sizeof(path), "/proc/%.20s/cmdline", pid);
	if (!wk_file_read(path, 16384, &command, &ignored) ||
		strcmp(wk_buf_str(&command), program) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%.20s/status", pid);
	(void)snprintf(line, sizeof(line), "\nPPid:\t%d\n", (int)parent);
	return wk_file_read(path, 8192, &status, &ignored) && strstr(wk_buf_str(&status), line);
}

pid_t wk_mesh_component_pid(const struct wk_mesh *mesh, const char *cluster, const char *component)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/nodes/%s/node", mesh->dir, cluster);
	struct wk_record node;
	struct wk_err ignored = {0};
	uint64_t found = 0;
	DIR *dir = NULL;

	if (wk_record_read(path, &node, &ignored) && wk_record_alive(&node))
		dir = opendir("/proc");
	for (struct dirent *e = dir ? readdir(dir) : NULL; e && !found; e = readdir(dir))
		if (strspn(e->d_name, "0123456789") == strlen(e->d_name) &&
			is_program(e->d_name, node.pid, component))
			(void)!wk_num_parse(e->d_name, 1, INT32_MAX, &found, &ignored);
	if (dir)
		(void)closedir(dir);
	return (pid_t)found;
}

static void look_at_node(const char *dir, const char *cluster, const struct wk_cgroups *groups,
	struct wk_node_status *ret)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/nodes/%s/node", dir, cluster);
	char *WK_AUTOFREE kubeconfig = wk_xasprintf("%s/nodes/%s/admin.kubeconfig", dir, cluster);
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(65536);
	struct wk_buf WK_AUTO(wk_buf_finish) casualty = WK_BUF_INIT(MAX_CASUALTY);
	struct wk_record record = {0};
	struct wk_err ignored = {0};
	const char *server;

	(void)snprintf(ret->cluster, sizeof(ret->cluster), "%s", cluster);
	if (wk_record_read(path, &record, &ignored) && wk_record_alive(&record)) {
		ret->pid = record.pid;
		ret->memory_kib = wk_cgroups_memory_kib(groups, record.group);
	}
	read_casualty(dir, cluster, &casualty);
	(void)snprintf(ret->casualty, sizeof(ret->casualty), "%s", wk_buf_str(&casualty));
	if (!wk_file_read(kubeconfig, 65536, &text, &ignored))
		return;
	server = strstr(wk_buf_str(&text), "https://");
	if (server)
		(void)snprintf(ret->address, sizeof(ret->address), "%.*s",
			(int)strcspn(server + 8, ":"), server + 8);
}

bool wk_native_status(
	const char *state, const char *name, struct wk_mesh_status *ret, struct wk_err *err)
{
	struct wk_mesh_status status = {.state = WK_MESH_REMAINS};
	struct wk_cgroups groups = {0};
	struct wk_record keeper = {0};
	struct wk_err ignored = {0};
	char *WK_AUTOFREE dir = NULL;
	char *WK_AUTOFREE path = NULL;
	char *WK_AUTOFREE nodes = NULL;
	char *WK_AUTOFREE detached = NULL;
	char **WK_AUTO(wk_state_folders_free) names = NULL;

	dir = wk_mesh_dir(state, name, err);
	if (!dir)
		return false;
	path = wk_xasprintf("%s/keeper", dir);
	nodes = wk_xasprintf("%s/nodes", dir);
	detached = wk_xasprintf("%s/detached", dir);
	if (wk_record_read(path, &keeper, &ignored) && wk_record_alive(&keeper)) {
		status.state = WK_MESH_UP;
		status.keeper = keeper.pid;
	}
	if (wk_record_this_boot(&keeper))
		status.age = wk_now() - keeper.since;
	status.detached = wk_path_exists(detached);
	(void)!wk_cgroups_find(&groups, &ignored);
	names = wk_state_folders(nodes);
	for (; names[status.n_nodes] && status.n_nodes < WK_MAX_CLUSTERS; status.n_nodes++) {
		struct wk_node_status *node = &status.nodes[status.n_nodes];

		look_at_node(dir, names[status.n_nodes], &groups, node);
		if (node->casualty[0] && status.state == WK_MESH_UP)
			status.state = WK_MESH_BROKEN;
	}
	*ret = status;
	return true;
}

void wk_native_hung(const char *state, const char *name, const char *cluster, wk_nsec deadline,
	struct wk_node_hung *ret)
{
	struct wk_buf WK_AUTO(wk_buf_finish) words = WK_BUF_INIT(sizeof(ret->words) - 1);
	char *WK_AUTOFREE record = wk_xasprintf("%s/%s/nodes/%s/node", state, name, cluster);
	struct wk_record node;
	struct wk_process process;
	struct wk_err gone = {0};
	char hung[64];

	*ret = (struct wk_node_hung){.words = ""};
	if (!wk_record_read(record, &node, &gone) || !wk_record_alive(&node))
		return;
	process = (struct wk_process){node.pid, node.start};
	wk_hung_look(&process, deadline, &words, hung);
	(void)snprintf(ret->words, sizeof(ret->words), "%s", wk_buf_str(&words));
	char *WK_AUTOFREE log =
		wk_xasprintf("%s/%s/nodes/%s/log/%s.log", state, name, cluster, hung);
	char *WK_AUTOFREE last = *hung ? wk_log_last_words(log) : NULL;

	(void)snprintf(ret->last_words, sizeof(ret->last_words), "%s", last ? last : "");
}

char **wk_native_names(const char *state)
{
	return wk_state_folders(state);
}
