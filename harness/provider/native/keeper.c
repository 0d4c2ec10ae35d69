/*
 * The keeper
 *
 * One process per mesh, forked from the harness. It holds the mesh's network namespace (it is in
 * it) and the lock of the state folder, and is the parent of every node. Its life:
 *
 *   claim the name, make the folders    -> says STATE; the harness writes keys meanwhile
 *   bridge, cgroups, nodes              -> says NODES
 *   wait for one of: the harness is gone, the line is closed, SIGTERM, a node died, the state folder
 *   was removed (then nobody could find the mesh to take it down)
 *
 * Whatever way it is told to end, it kills the nodes' first processes (the kernel then takes
 * everything in them down), removes cgroups and the state folder, and leaves. It watches the
 * harness by a pidfd besides the line, because workers that the harness forked hold copies of the
 * line and may live a moment longer. When the keeper itself is killed the nodes die with it, by
 * PR_SET_PDEATHSIG, and only files and empty cgroups remain for `down` or the next `up`.
 *
 * What a run makes is made here and nowhere else: a harness that is killed at any moment has
 * nothing of its own to leave behind.
 */
#include "wookie/provider/native/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/proc/interrupt.h"
#include "wookie/proc/title.h"
#include "wookie/provider/native/node.h"
#include "wookie/provider/native/state.h"
#include "wookie/provider/native/wire.h"

#define GROUPS_WITHIN (5 * WK_SEC)
#define MAX_TOPOLOGY ((size_t)10 * 1024 * 1024)

struct kept_node {
	struct wk_node node;
	char *dir;
	char group[512];
	pid_t pid; /* 0: not started, or dead */
	int socket;
};

struct keeper {
	const struct wk_native_up *up;
	char *dir;
	int lock;
	int line;    /* to the harness; -1 once detached */
	int harness; /* its pidfd; -1 once detached */
	int signals;
	int watch;    /* for the end of the state folder */
	bool removed; /* that end came: nothing is written there any more */
	char group[WK_CGROUP_NAME];
	struct wk_cgroups cgroups;
	struct kept_node nodes[WK_MAX_CLUSTERS];
	size_t n;
};

static void say(const struct keeper *k, enum wk_keeper_word word, const struct wk_err *err)
{
	struct wk_keeper_message message = {.word = word};

	if (err)
		message.err = *err;
	if (k->line >= 0)
		(void)send(k->line, &message, sizeof(message), MSG_NOSIGNAL);
}

/* Only the line to the harness is inherited. Standard streams would keep a caller's pipe open for
 * as long as a detached mesh lives. */
static bool cut_loose(struct keeper *k, int line, pid_t harness, struct wk_err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t set;

	/* Before descriptors are moved: it closes some of its own. */
	wk_interrupt_release();
	if (null < 0)
		return wk_err_sys(err, errno, "/dev/null");
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	if (line != 3)
		(void)dup2(line, 3);
	(void)close_range(4, ~0U, 0);
	(void)fcntl(3, F_SETFD, FD_CLOEXEC);
	k->line = 3;
	(void)setsid();
	(void)prctl(PR_SET_NAME, "wookie-keeper");
	wk_title_set("wookie: keeper %s", k->up->name);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
	k->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	k->harness = (int)syscall(SYS_pidfd_open, harness, 0);
	/* Had it died before the pidfd was opened, another process could have its pid. */
	if (k->signals < 0 || k->harness < 0 || getppid() != harness)
		return wk_err_set(err, WK_ERR_INTERRUPTED, "the harness ended");
	return true;
}

static bool keep_topology(const struct keeper *k, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_TOPOLOGY);
	char *WK_AUTOFREE path = wk_xasprintf("%s/topology.yaml", k->dir);
	const char *file = k->up->topology->file;

	return wk_file_read(file, MAX_TOPOLOGY, &text, err) &&
	       wk_file_write(path, wk_buf_str(&text), text.len, 0600, err);
}

static bool make_state(struct keeper *k, struct wk_err *err)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/keeper", k->dir);
	struct wk_record record;

	k->lock = wk_state_claim(k->up->state, k->up->name, err);
	if (k->lock < 0)
		return false;
	if (!wk_cgroups_find(&k->cgroups, err))
		return false;
	wk_cgroups_name(&k->cgroups, k->up->name, getpid(), k->group);
	if (!wk_record_of(getpid(), k->group, &record, err) ||
		!wk_record_write(&record, path, err) || !keep_topology(k, err))
		return false;
	for (size_t i = 0; i < k->up->topology->n_clusters; i++) {
		const struct wk_cluster *cluster = &k->up->topology->clusters[i];
		struct kept_node *n = &k->nodes[i];
		char *WK_AUTOFREE log = NULL;
		char *WK_AUTOFREE pki = NULL;

		n->dir = wk_xasprintf("%s/nodes/%s", k->dir, cluster->name);
		log = wk_xasprintf("%s/log", n->dir);
		pki = wk_xasprintf("%s/pki", n->dir);
		if (!wk_mkdir_p(log, 0700, err) || !wk_mkdir_p(pki, 0700, err))
			return false;
		n->node = (struct wk_node){.topology = k->up->topology,
			.cluster = cluster,
			.index = i,
			.components = k->up->components,
			.cgroups = &k->cgroups,
			.dir = n->dir};
		n->socket = -1;
		(void)snprintf(n->group, sizeof(n->group), "%s/%s", k->group, cluster->name);
		k->n++;
	}
	k->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (k->watch < 0 ||
		inotify_add_watch(k->watch, k->dir, IN_DELETE | IN_MOVED_FROM | IN_MOVE_SELF) < 0)
		return wk_err_sys(err, errno, "watching %s", k->dir);
	/* Only now: until here a path may be relative. Afterwards no folder is held in use. */
	(void)!chdir("/");
	return true;
}

static bool place_node(const struct keeper *k, const struct kept_node *n, struct wk_err *err)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/node", n->dir);
	struct wk_record record;

	return wk_record_of(n->pid, n->group, &record, err) &&
	       wk_record_write(&record, path, err) && wk_cgroups_make(&k->cgroups, n->group, err) &&
	       wk_cgroups_enter(&k->cgroups, n->group, n->pid, err) &&
	       wk_wire_join(n->node.index, n->pid, err) && wk_node_go(n->socket, err);
}

static bool make_nodes(struct keeper *k, struct wk_err *err)
{
	if (unshare(CLONE_NEWNET) < 0)
		return wk_err_set(err, WK_ERR_MISSING,
			"no new network namespace: %s; run 'wookie-conform preflight'",
			strerror(errno));
	if (!wk_wire_make(k->up->topology, err))
		return false;
	for (size_t i = 0; i < k->n; i++)
		if (!wk_node_clone(&k->nodes[i].node, &k->nodes[i].pid, &k->nodes[i].socket, err))
			return false;
	for (size_t i = 0; i < k->n; i++)
		if (!place_node(k, &k->nodes[i], err))
			return wk_err_context(err, "%s", k->nodes[i].node.cluster->name);
	return true;
}

/* A node's first process ended by itself: what it said, or else how it ended. */
static void mourn(struct kept_node *n, int status)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/casualty", n->dir);
	struct wk_err ignored = {0};
	char words[600] = "";
	char text[700];
	ssize_t got = recv(n->socket, words, sizeof(words) - 1, MSG_DONTWAIT);

	if (got > 0)
		(void)snprintf(text, sizeof(text),
			"the node could not start: %s; run 'wookie-conform preflight'", words);
	else
		(void)snprintf(text, sizeof(text), "the node's first process ended by %s %d",
			WIFSIGNALED(status) ? "signal" : "code",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	(void)!wk_file_write(path, text, strlen(text), 0600, &ignored);
	n->pid = 0;
}

static void reap(struct keeper *k)
{
	int status;

	for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0;
		pid = waitpid(-1, &status, WNOHANG))
		for (size_t i = 0; i < k->n; i++)
			if (k->nodes[i].pid == pid)
				mourn(&k->nodes[i], status);
}

static void detach(struct keeper *k)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/detached", k->dir);
	struct wk_err err = {0};

	if (!wk_file_write(path, "", 0, 0600, &err)) {
		say(k, WK_KEEPER_FAILED, &err);
		return;
	}
	say(k, WK_KEEPER_DETACHED, NULL);
	wk_close(k->line);
	wk_close(k->harness);
	k->line = -1;
	k->harness = -1;
}

/* Its record is what `down` would look for. Other files come and go. */
static bool record_is_gone(const struct keeper *k)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	ssize_t n = read(k->watch, buffer, sizeof(buffer));

	for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const void *)(buffer + at);
		if ((event->mask & (IN_MOVE_SELF | IN_IGNORED | IN_Q_OVERFLOW)) ||
			(event->len && strcmp(event->name, "keeper") == 0))
			return true;
	}
	return false;
}

/* Returns false when the mesh is to end. */
static bool hear(struct keeper *k)
{
	struct pollfd fds[] = {{.fd = k->line, .events = POLLIN},
		{.fd = k->harness, .events = POLLIN}, {.fd = k->signals, .events = POLLIN},
		{.fd = k->watch, .events = POLLIN}};
	struct signalfd_siginfo signal;
	char order;

	if (poll(fds, WK_COUNT(fds), -1) < 0)
		return errno == EINTR;
	if (fds[2].revents && read(k->signals, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo == SIGTERM)
			return false;
		reap(k);
	}
	if (fds[3].revents && record_is_gone(k)) {
		k->removed = true;
		return false;
	}
	/* The line is read before the harness's end counts: its last word may have been detach. */
	if (fds[0].revents) {
		if (recv(k->line, &order, 1, MSG_DONTWAIT) != 1 || order != WK_KEEPER_DETACH)
			return false;
		detach(k);
		return true;
	}
	return !fds[1].revents;
}

static void end_mesh(struct keeper *k)
{
	char *WK_AUTOFREE ending = wk_xasprintf("%s/ending", k->dir);
	struct wk_err err = {0};

	if (k->lock >= 0 && !k->removed)
		(void)!wk_file_write(ending, "", 0, 0600, &err);
	for (size_t i = 0; i < k->n; i++)
		if (k->nodes[i].pid > 0)
			(void)kill(k->nodes[i].pid, SIGKILL);
	wk_cgroups_thaw(&k->cgroups, k->group);
	for (size_t i = 0; i < k->n; i++)
		if (k->nodes[i].pid > 0)
			(void)waitpid(k->nodes[i].pid, NULL, 0);
	/* By what we know ourselves: the records may be gone, or be another mesh's by now. What cannot
	 * be removed stays recorded for `down`, which says what it is. */
	if (*k->group)
		(void)!wk_cgroups_remove(&k->cgroups, k->group, wk_now() + GROUPS_WITHIN, &err);
	if (k->lock >= 0 && wk_state_holds(k->lock, k->dir))
		(void)!wk_state_clear(k->dir, NULL, &err);
}

static _Noreturn void keep(const struct wk_native_up *up, int line, pid_t harness)
{
	struct keeper k = {
		.up = up, .lock = -1, .line = -1, .harness = -1, .signals = -1, .watch = -1};
	struct wk_err err = {0};
	bool made;

	k.dir = wk_native_dir(up->state, up->name);
	made = cut_loose(&k, line, harness, &err) && make_state(&k, &err);
	if (made) {
		say(&k, WK_KEEPER_STATE, NULL);
		made = make_nodes(&k, &err);
	}
	say(&k, made ? WK_KEEPER_NODES : WK_KEEPER_FAILED, &err);
	while (made && hear(&k))
		;
	end_mesh(&k);
	_exit(made ? 0 : 1);
}

bool wk_keeper_start(
	const struct wk_native_up *up, pid_t *ret_pid, int *ret_line, struct wk_err *err)
{
	pid_t harness = getpid();
	int line[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
		return wk_err_sys(err, errno, "socketpair");
	pid = fork();
	if (pid == 0)
		keep(up, line[1], harness);
	wk_close(line[1]);
	if (pid < 0) {
		wk_close(line[0]);
		return wk_err_sys(err, errno, "fork");
	}
	*ret_pid = pid;
	*ret_line = line[0];
	return true;
}
