/*
 * The snapshot
 *
 * One process for each cluster: they ask side by side, a cluster that hangs costs the others
 * nothing, and who entered a node's namespace never has to leave it.
 */
#include "wookie/suspect/suspect.h"

#include "wookie/base/file.h"
#include "wookie/proc/interrupt.h"
#include "wookie/proc/worker.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <string.h>

#define MAX_CLUSTER ((size_t)32 * 1024 * 1024)
#define MAX_SNAPSHOT (4 * MAX_CLUSTER)
#define SLICE (20 * WK_MSEC)
#define GRACE WK_SEC /* for what is asked of the node */

struct look {
	const struct wk_snapshot_job *job;
	size_t cluster;
};

static int look_at(void *context, int pipe)
{
	const struct look *look = context;
	const struct wk_snapshot_job *job = look->job;
	cJSON *entry = cJSON_CreateObject();
	struct wk_err err = {0};
	bool sent;

	/* Forgotten, not closed: closing would say goodbye on the parent's connection. */
	memset(job->access->kube, 0, sizeof(job->access->kube));
	if (!wk_suspect_objects(
		    wk_access_kube(job->access, look->cluster), job->deadline, entry, &err))
		(void)cJSON_AddStringToObject(entry, "trouble", err.msg);
	WK_AUTOFREE char *text = cJSON_PrintUnformatted(entry);

	sent = wk_write_all(pipe, text, strlen(text), &err);
	cJSON_Delete(entry);
	return sent ? 0 : 1;
}

static bool await(struct wk_worker *worker, struct wk_err *err)
{
	int status;

	while (wk_worker_look(worker, &status) == WK_WORKER_RUNNING) {
		struct pollfd fds[] = {{.fd = worker->pipe, .events = POLLIN},
			{.fd = wk_interrupt_fd(), .events = POLLIN}};

		(void)poll(fds, WK_COUNT(fds), wk_poll_timeout(wk_now() + SLICE));
		if (wk_interrupted(err))
			return false;
	}
	return true;
}

static cJSON *read_entry(const struct wk_worker *worker)
{
	cJSON *entry = cJSON_Parse(wk_buf_str(&worker->out));

	if (entry)
		return entry;
	entry = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(entry, "trouble", "it did not answer in time");
	return entry;
}

bool wk_snapshot_take(const struct wk_snapshot_job *job, cJSON **ret, struct wk_err *err)
{
	const struct wk_topology *topology = job->access->topology;
	struct wk_worker workers[WK_MAX_CLUSTERS] = {0};
	struct look looks[WK_MAX_CLUSTERS];
	cJSON *snapshot = cJSON_CreateObject();
	cJSON *clusters;
	bool ok = true;
	size_t n = 0;
	char now[21];

	wk_clock_utc(now);
	(void)cJSON_AddNumberToObject(snapshot, "version", 1);
	(void)cJSON_AddStringToObject(snapshot, "at", now);
	clusters = cJSON_AddObjectToObject(snapshot, "clusters");
	for (; n < topology->n_clusters && ok; n++) {
		looks[n] = (struct look){job, n};
		ok = wk_worker_start(
			&workers[n], look_at, &looks[n], job->deadline + GRACE, MAX_CLUSTER, err);
	}
	for (size_t i = 0; i < n; i++) {
		ok = ok && await(&workers[i], err);
		if (ok)
			(void)cJSON_AddItemToObject(
				clusters, topology->clusters[i].name, read_entry(&workers[i]));
		wk_worker_finish(&workers[i]);
	}
	if (ok)
		*ret = snapshot;
	else
		cJSON_Delete(snapshot);
	return ok;
}

bool wk_snapshot_write(const cJSON *snapshot, const char *path, struct wk_err *err)
{
	WK_AUTOFREE char *text = cJSON_PrintUnformatted(snapshot);

	return wk_file_write(path, text, strlen(text), 0600, err);
}

bool wk_snapshot_read(const char *path, cJSON **ret, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_SNAPSHOT);
	cJSON *snapshot;

	if (!wk_file_read(path, MAX_SNAPSHOT, &text, err))
		return false;
	snapshot = cJSON_Parse(wk_buf_str(&text));
	if (!cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(snapshot, "clusters"))) {
		cJSON_Delete(snapshot);
		return wk_err_set(err, WK_ERR_INPUT, "%s: no snapshot of a mesh", path);
	}
	*ret = snapshot;
	return true;
}
