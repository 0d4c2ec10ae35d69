/*
 * Deploy
 *
 * The shared root and one intermediate per cluster are made here, in memory, and each cluster gets
 * a worker that installs it over its own connections. This process only listens: it puts the
 * batches together, asks whether something died underneath, and at the first failure ends all the
 * others, because a mesh with one cluster missing is none. The root's key is not kept: nothing is
 * ever signed with it again.
 */
#include "wookie/deploy/deploy.h"

#include "wookie/deploy/batch.h"
#include "wookie/deploy/install.h"
#include "wookie/proc/interrupt.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define ROOT_SUBJECT "/O=Istio/CN=Root CA"
#define ROOT_DAYS 3650
#define INTERMEDIATE_DAYS 730
#define OUTPUT_MAX ((size_t)16 * 1024 * 1024)
#define LOOK_EVERY (200 * WK_MSEC)
#define RENDER_LOOK_EVERY (20 * WK_MSEC)
/* A worker ends before it is killed, so that it can say what it was waiting for. */
#define LAST_WORDS WK_SEC

struct keys {
	struct wk_cert root;
	struct wk_cert intermediates[WK_MAX_CLUSTERS];
};

static void keys_finish_cleanup(struct keys *keys)
{
	wk_cert_finish(&keys->root);
	for (size_t i = 0; i < WK_MAX_CLUSTERS; i++)
		wk_cert_finish(&keys->intermediates[i]);
}

static bool make_keys(const struct wk_topology *topology, struct keys *keys, struct wk_err *err)
{
	if (!wk_ca_root(ROOT_SUBJECT, ROOT_DAYS, &keys->root, err))
		return false;
	for (size_t i = 0; i < topology->n_clusters; i++) {
		WK_AUTOFREE char *subject = wk_xasprintf(
			"/O=Istio/CN=Intermediate CA/L=%s", topology->clusters[i].name);

		if (!wk_ca_intermediate(
			    &keys->root, subject, INTERMEDIATE_DAYS, &keys->intermediates[i], err))
			return false;
	}
	return true;
}

/* The last line of a worker that failed: 'E', the kind's digit, the message. */
static int install(void *arg, int pipe)
{
	struct wk_install *install = arg;
	struct wk_err err = {0};

	install->pipe = pipe;
	if (wk_install_run(install, &err))
		return 0;
	for (char *end = strchr(err.msg, '\n'); end; end = strchr(end, '\n'))
		*end = ' ';
	(void)dprintf(pipe, "E%d%s\n", (int)err.kind, err.msg);
	return 1;
}

struct crew {
	const struct wk_deploy *deploy;
	struct wk_batches batches;
	struct wk_worker workers[WK_MAX_CLUSTERS];
	size_t read[WK_MAX_CLUSTERS]; /* of the worker's output */
	bool over[WK_MAX_CLUSTERS];
};

static void crew_finish_cleanup(struct crew *crew)
{
	for (size_t i = 0; i < WK_MAX_CLUSTERS; i++)
		wk_worker_finish(&crew->workers[i]);
}

static const char *cluster_name(const struct crew *crew, size_t cluster)
{
	return crew->deploy->access->topology->clusters[cluster].name;
}

/* False when the line says that the worker failed. */
static bool take_line(struct crew *crew, size_t cluster, const char *line, struct wk_err *err)
{
	enum wk_step_state state = WK_STEP_BEGIN;
	enum wk_batch batch = WK_BATCH_NAMESPACES;
	const char *detail = NULL;

	if (line[0] == 'E' && line[1] >= '0' && line[1] <= '9')
		return wk_err_set(err, (enum wk_err_kind)(line[1] - '0'), "%s", line + 2);
	if (!wk_batch_read(line, &batch, &state, &detail))
		return wk_err_set(err, WK_ERR_SYSTEM, "%s: its worker says '%.80s'",
			cluster_name(crew, cluster), line);
	wk_batches_tell(&crew->batches, cluster, batch, state, detail);
	return true;
}

static bool take_lines(struct crew *crew, size_t cluster, struct wk_err *err)
{
	const struct wk_buf *out = &crew->workers[cluster].out;

	for (;;) {
		const char *from = wk_buf_str(out) + crew->read[cluster];
		const char *end = strchr(from, '\n');
		WK_AUTOFREE char *line = NULL;

		if (!end)
			return true;
		line = wk_xstrndup(from, (size_t)(end - from));
		crew->read[cluster] += (size_t)(end - from) + 1;
		if (!take_line(crew, cluster, line, err))
			return false;
	}
}

static bool look_at(struct crew *crew, size_t cluster, struct wk_err *err)
{
	int status = 0;
	enum wk_worker_end end = wk_worker_look(&crew->workers[cluster], &status);

	if (!take_lines(crew, cluster, err))
		return false;
	crew->over[cluster] = end != WK_WORKER_RUNNING;
	switch (end) {
	case WK_WORKER_RUNNING:
		return true;
	case WK_WORKER_EXITED:
		return status == 0 ||
		       wk_err_set(err, WK_ERR_SYSTEM, "%s: its worker ended with %d and no word",
			       cluster_name(crew, cluster), status);
	case WK_WORKER_KILLED:
		return wk_err_set(err, WK_ERR_SYSTEM, "%s: its worker was ended by signal %d",
			cluster_name(crew, cluster), status);
	case WK_WORKER_LATE:
		return wk_err_set(err, WK_ERR_TIMEOUT, "%s: not deployed in time",
			cluster_name(crew, cluster));
	}
	return true;
}

static bool look_underneath(const struct wk_deploy *deploy, struct wk_err *err)
{
	WK_AUTOFREE char *words = deploy->casualty ? deploy->casualty(deploy->context) : NULL;

	if (wk_interrupted(err))
		return false;
	return !words || wk_err_set(err, WK_ERR_SYSTEM, "%s", words);
}

static void wait_for_news(const struct crew *crew, size_t n)
{
	struct pollfd fds[WK_MAX_CLUSTERS + 1];

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = crew->over[i] ? -1 : crew->workers[i].pipe, .events = POLLIN};
	fds[n] = (struct pollfd){.fd = wk_interrupt_fd(), .events = POLLIN};
	(void)poll(fds, (nfds_t)(n + 1), wk_poll_timeout(wk_now() + LOOK_EVERY));
}

static bool follow(struct crew *crew, struct wk_err *err)
{
	size_t n = crew->deploy->access->topology->n_clusters;
	size_t running = n;

	while (running > 0) {
		wait_for_news(crew, n);
		if (!look_underneath(crew->deploy, err))
			return false;
		running = 0;
		for (size_t i = 0; i < n; i++) {
			if (!crew->over[i] && !look_at(crew, i, err))
				return false;
			running += !crew->over[i];
		}
	}
	return true;
}

static bool start(struct crew *crew, const struct keys *keys, struct wk_err *err)
{
	const struct wk_deploy *deploy = crew->deploy;
	const struct wk_components *components = deploy->components;
	struct wk_install job = {
		.access = deploy->access,
		.renderer = {components->istioctl, components->istio_version,
			components->manifests},
		.root_pem = keys->root.cert_pem,
		.deadline = deploy->deadline - LAST_WORDS,
	};

	for (size_t i = 0; i < deploy->access->topology->n_clusters; i++) {
		job.cluster = i;
		job.intermediate = &keys->intermediates[i];
		if (!wk_worker_start(
			    &crew->workers[i], install, &job, deploy->deadline, OUTPUT_MAX, err))
			return false;
	}
	return true;
}

/* Rendering the same twice at once would take twice as long. */
static bool await_manifests(const struct wk_deploy *deploy, struct wk_err *err)
{
	while (deploy->prepare && wk_prepare_is_busy(deploy->prepare)) {
		if (!look_underneath(deploy, err))
			return false;
		wk_pause(RENDER_LOOK_EVERY);
	}
	return true;
}

bool wk_deploy_run(const struct wk_deploy *deploy, struct wk_err *err)
{
	WK_AUTO(keys_finish) struct keys keys = {0};
	WK_AUTO(crew_finish)
	struct crew crew = {
		.deploy = deploy,
		.batches = {.progress = deploy->progress,
			.n_clusters = deploy->access->topology->n_clusters},
	};

	if (!make_keys(deploy->access->topology, &keys, err))
		return false;
	if (await_manifests(deploy, err) && start(&crew, &keys, err) && follow(&crew, err))
		return true;
	wk_batches_fail(&crew.batches, err->msg);
	return false;
}
