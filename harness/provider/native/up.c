/*
 * Bringing a mesh up
 *
 * The keeper makes namespaces and nodes while this side makes keys, and the nodes' programs start
 * as soon as theirs are written. Then every API server is asked /readyz, all of them in each round,
 * until the last one says yes. Nothing is owned here: on any failure closing the line makes the
 * keeper remove all of it.
 */
#include "wookie/provider/native.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/kube/client.h"
#include "wookie/proc/interrupt.h"
#include "wookie/provider/native/keeper.h"
#include "wookie/provider/native/log.h"
#include "wookie/provider/native/mesh.h"
#include "wookie/provider/native/node.h"
#include "wookie/provider/native/state.h"

#define LOOK_EVERY (20 * WK_MSEC)
/* How long one server is waited for before the others are asked: little at first, and more each time
 * that it hangs, for where a handshake takes longer than that it would never have one. */
#define ANSWER_WITHIN (250 * WK_MSEC)
#define ANSWER_MOST (5 * WK_SEC)

struct coming {
	struct wk_kubeconfig config;
	struct wk_kube *kube;
	wk_nsec patience;
	struct wk_err why; /* the last question was no success */
	bool ready;
};

struct rise {
	const struct wk_native_up *up;
	struct wk_mesh *mesh;
	struct coming clusters[WK_MAX_CLUSTERS];
	wk_nsec begun;
};

static void rise_finish_cleanup(struct rise *rise)
{
	for (size_t i = 0; i < WK_MAX_CLUSTERS; i++) {
		wk_kube_free(rise->clusters[i].kube);
		wk_kubeconfig_finish(&rise->clusters[i].config);
	}
	wk_mesh_free(rise->mesh);
}

static void report(
	const struct rise *rise, size_t cluster, enum wk_step_state state, const char *detail)
{
	struct wk_step step = {.phase = "up",
		.what = rise->up->topology->clusters[cluster].name,
		.detail = detail,
		.state = state,
		.elapsed = wk_now() - rise->begun};

	wk_progress_report(rise->up->progress, &step);
}

/* What the keeper says next. */
static bool listen_to_keeper(const struct rise *rise, enum wk_keeper_word want, struct wk_err *err)
{
	struct pollfd fds[] = {{.fd = rise->mesh->line, .events = POLLIN},
		{.fd = wk_interrupt_fd(), .events = POLLIN}};
	struct wk_keeper_message message;
	int rc;

	do
		rc = poll(fds, WK_COUNT(fds), wk_poll_timeout(rise->up->deadline));
	while (rc < 0 && errno == EINTR && wk_interrupt_count() == 0);
	if (wk_interrupted(err))
		return false;
	if (rc == 0)
		return wk_err_set(err, WK_ERR_TIMEOUT,
			"the keeper of mesh '%s' did not make its namespaces in time",
			rise->up->name);
	if (recv(rise->mesh->line, &message, sizeof(message), 0) != sizeof(message))
		return wk_err_set(err, WK_ERR_SYSTEM,
			"the keeper of mesh '%s' died while it was made", rise->up->name);
	if (message.word == WK_KEEPER_FAILED) {
		*err = message.err;
		return false;
	}
	return message.word == want
		       ? true
		       : wk_err_set(err, WK_ERR_SYSTEM, "the keeper said %d where %d was expected",
				 (int)message.word, (int)want);
}

static bool write_keys(const struct rise *rise, struct wk_err *err)
{
	for (size_t i = 0; i < rise->up->topology->n_clusters; i++) {
		const struct wk_cluster *cluster = &rise->up->topology->clusters[i];
		char *WK_AUTOFREE dir = wk_xasprintf("%s/nodes/%s", rise->mesh->dir, cluster->name);

		if (!wk_node_keys(cluster, dir, err))
			return wk_err_context(err, "keys of %s", cluster->name);
	}
	return true;
}

static bool meet(struct rise *rise, struct wk_err *err)
{
	for (size_t i = 0; i < rise->up->topology->n_clusters; i++) {
		struct coming *c = &rise->clusters[i];
		const char *file =
			wk_mesh_kubeconfig(rise->mesh, rise->up->topology->clusters[i].name);

		if (!wk_kubeconfig_read(file, &c->config, err))
			return false;
		c->kube = wk_kube_new(&c->config, rise->mesh->netns);
		c->patience = ANSWER_WITHIN;
	}
	return true;
}

static void ask(struct rise *rise, size_t cluster)
{
	struct coming *c = &rise->clusters[cluster];
	wk_nsec until = wk_earlier(wk_now() + c->patience, rise->up->deadline);
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {0};

	if (wk_kube_call(c->kube, "GET", "/readyz", NULL, NULL, until, &reply, &c->why)) {
		c->ready = reply.answer == WK_KUBE_OK;
		if (!c->ready)
			(void)wk_err_set(
				&c->why, WK_ERR_REMOTE, "%ld %s", reply.status, reply.message);
	} else if (wk_now() >= until && c->patience < ANSWER_MOST) {
		c->patience *= 2;
	}
	if (c->ready)
		report(rise, cluster, WK_STEP_DONE, NULL);
	else
		report(rise, cluster, WK_STEP_WAIT, "API server");
}

/* One round of questions. *ret_missing is a cluster that is not ready, or their number. */
static bool ask_all(struct rise *rise, size_t *ret_missing, struct wk_err *err)
{
	char *WK_AUTOFREE casualty = NULL;
	size_t missing = rise->up->topology->n_clusters;

	for (size_t i = 0; i < rise->up->topology->n_clusters; i++) {
		if (wk_interrupted(err))
			return false;
		if (!rise->clusters[i].ready)
			ask(rise, i);
		if (!rise->clusters[i].ready)
			missing = i;
	}
	casualty = wk_mesh_casualty(rise->mesh);
	if (casualty)
		return wk_err_set(err, WK_ERR_SYSTEM, "%s", casualty);
	*ret_missing = missing;
	return true;
}

static bool not_ready(const struct rise *rise, size_t i, struct wk_err *err)
{
	const char *cluster = rise->up->topology->clusters[i].name;
	WK_AUTOFREE char *log =
		wk_xasprintf("%s/nodes/%s/log/kube-apiserver.log", rise->mesh->dir, cluster);
	WK_AUTOFREE char *words = wk_log_last_words(log);

	return wk_err_set(err, WK_ERR_TIMEOUT,
		"the API server of %s did not become ready within %.0f s; /readyz: %s; %s%s",
		cluster, wk_seconds(wk_now() - rise->begun), rise->clusters[i].why.msg,
		words ? "its log ends with: " : "it has written no log", words ? words : "");
}

static bool await_servers(struct rise *rise, struct wk_err *err)
{
	size_t missing = 0;

	if (!ask_all(rise, &missing, err))
		return false;
	while (missing < rise->up->topology->n_clusters && wk_now() < rise->up->deadline) {
		wk_pause(LOOK_EVERY);
		if (!ask_all(rise, &missing, err))
			return false;
	}
	return missing == rise->up->topology->n_clusters || not_ready(rise, missing, err);
}

static bool go_up(struct rise *rise, struct wk_err *err)
{
	/* Claimed before anybody else can see it: nobody takes it down while it comes up. */
	if (!listen_to_keeper(rise, WK_KEEPER_STATE, err) || !wk_mesh_claim(rise->mesh, err) ||
		!write_keys(rise, err) || !listen_to_keeper(rise, WK_KEEPER_NODES, err))
		return false;
	return wk_mesh_load(rise->mesh, err) && meet(rise, err) && await_servers(rise, err);
}

/* kubelet and its like end without a clear word when there are too few; the default of Linux, 128
 * for each user, is enough for eight nodes. */
static bool has_inotify(const struct wk_native_up *up, struct wk_err *err)
{
	int fds[WK_MAX_CLUSTERS * WK_NODE_INOTIFY];
	size_t need = up->topology->n_clusters * WK_NODE_INOTIFY;
	size_t n = 0;

	for (; n < need; n++) {
		fds[n] = inotify_init1(IN_CLOEXEC);
		if (fds[n] < 0)
			break;
	}
	for (size_t i = 0; i < n; i++)
		wk_close(fds[i]);
	return n == need || wk_err_set(err, WK_ERR_MISSING,
				    "%zu clusters need %zu inotify instances, %zu are free; take "
				    "another mesh down or run "
				    "'sysctl fs.inotify.max_user_instances=512'",
				    up->topology->n_clusters, need, n);
}

static bool check(const struct wk_native_up *up, struct wk_err *err)
{
	if (!wk_native_check_name(up->name, err))
		return false;
	if (geteuid() != 0)
		return wk_err_set(err, WK_ERR_MISSING,
			"native nodes are made of namespaces, mounts and cgroups, which needs "
			"root; run the same command with sudo");
	return has_inotify(up, err) && wk_mkdir_p(up->state, 0700, err);
}

bool wk_native_up(const struct wk_native_up *up, struct wk_mesh **ret, struct wk_err *err)
{
	struct rise WK_AUTO(rise_finish) rise = {.up = up, .begun = wk_now()};
	char *WK_AUTOFREE state = NULL;
	char *WK_AUTOFREE dir = NULL;
	struct wk_native_up absolute = *up;

	if (!check(up, err))
		return false;
	state = realpath(up->state, NULL);
	if (!state)
		return wk_err_sys(err, errno, "%s", up->state);
	absolute.state = state;
	dir = wk_native_dir(state, up->name);
	rise.mesh = wk_mesh_new(up->name, dir);
	for (size_t i = 0; i < up->topology->n_clusters; i++)
		report(&rise, i, WK_STEP_BEGIN, NULL);
	if (!wk_keeper_start(&absolute, &rise.mesh->child, &rise.mesh->line, err))
		return false;
	if (!wk_record_of(rise.mesh->child, "wookie/", &rise.mesh->keeper, err) ||
		!go_up(&rise, err))
		return false;
	*ret = WK_TAKE(rise.mesh);
	return true;
}
