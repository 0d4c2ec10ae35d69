/*
 * Rendering ahead
 *
 * Each cluster's manifests are rendered by a worker of their own, into the cache: what they leave
 * there is all they are for. A worker that fails is not missed, since deploy renders what it does
 * not find and then reports the reason.
 */
#include "wookie/deploy/deploy.h"
#include "wookie/mesh/manifest.h"

#include <cjson/cJSON.h>

/* A worker here has nothing to say. */
#define OUTPUT_MAX 256

struct job {
	struct wk_renderer renderer;
	const struct wk_topology *topology;
	const struct wk_cluster *cluster;
	wk_nsec deadline;
};

static bool render(const struct job *job, const char *text)
{
	struct wk_err ignored = {0};
	cJSON *objects = NULL;

	if (!wk_istio_render(&job->renderer, text, job->deadline, &objects, &ignored))
		return false;
	cJSON_Delete(objects);
	return true;
}

static int run(void *arg, int pipe)
{
	const struct job *job = arg;
	WK_AUTOFREE char *istiod = wk_istio_operator_text(job->topology, job->cluster);
	WK_AUTOFREE char *gateway = wk_istio_gateway_text(job->topology, job->cluster);

	(void)pipe;
	return render(job, istiod) && render(job, gateway) ? 0 : 1;
}

bool wk_prepare_start(struct wk_prepare *prepare, const struct wk_topology *topology,
	const struct wk_components *components, wk_nsec deadline, struct wk_err *err)
{
	struct job job = {
		.renderer = {components->istioctl, components->istio_version,
			components->manifests},
		.topology = topology,
		.deadline = deadline,
	};

	*prepare = (struct wk_prepare){0};
	if (wk_istio_rendered(&job.renderer, topology))
		return true;
	for (size_t i = 0; i < topology->n_clusters; i++) {
		job.cluster = &topology->clusters[i];
		if (!wk_worker_start(&prepare->workers[i], run, &job, deadline, OUTPUT_MAX, err)) {
			wk_prepare_finish(prepare);
			return false;
		}
	}
	return true;
}

bool wk_prepare_is_busy(struct wk_prepare *prepare)
{
	bool busy = false;
	int status = 0;

	for (size_t i = 0; i < WK_MAX_CLUSTERS; i++) {
		if (prepare->workers[i].pid <= 0)
			continue;
		if (wk_worker_look(&prepare->workers[i], &status) == WK_WORKER_RUNNING)
			busy = true;
		else
			wk_worker_finish(&prepare->workers[i]);
	}
	return busy;
}

void wk_prepare_finish(struct wk_prepare *prepare)
{
	for (size_t i = 0; i < WK_MAX_CLUSTERS; i++)
		if (prepare->workers[i].pid > 0)
			wk_worker_finish(&prepare->workers[i]);
}
