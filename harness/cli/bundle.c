/*
 * What goes into a bundle
 *
 * Answers first, then what they were judged on, then the logs: where the bundle is full, it is logs
 * that are left out. Logs are read from the nodes' own file systems, so they are there too when no API
 * server answers any more.
 */
#include "wookie/cli/bundle.h"

#include "wookie/diagnose/bundle.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

bool wk_cli_ask(struct wk_session *session, const char *mesh, wk_nsec deadline, wk_nsec latest,
	struct wk_diagnosis *ret, struct wk_err *err)
{
	struct wk_diagnose diagnose = {
		.catalog = &session->catalog,
		.access = &session->access,
		.mesh = mesh,
		.deadline = deadline,
		.latest = latest,
	};
	struct wk_mesh_status status = {0};

	if (session->mesh && !wk_native_status(session->paths.state, mesh, &status, err))
		return false;
	for (size_t i = 0; i < status.n_nodes; i++) {
		int at = wk_access_find(&session->access, status.nodes[i].cluster);

		if (at >= 0 && *status.nodes[i].casualty)
			diagnose.casualty[at] = status.nodes[i].casualty;
	}
	return wk_diagnose(&diagnose, ret, err);
}

static void add_answers(struct wk_bundle *bundle, const struct wk_diagnosis *diagnosis)
{
	struct wk_console_options options = {.color = WK_COLOR_NEVER, .verbose = true};
	char *text = NULL;
	size_t len = 0;

	options.out = open_memstream(&text, &len);
	if (options.out) {
		wk_diagnosis_print(diagnosis->answers, &options);
		(void)fclose(options.out);
		wk_bundle_text(bundle, "answers.txt", text, len);
	}
	free(text);
	wk_bundle_json(bundle, "answers.json", diagnosis->answers);
}

static void add_versions(struct wk_bundle *bundle, const struct wk_session *session)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT((size_t)16 * 1024);

	(void)wk_buf_printf(&text, "wookie-conform %s\nistio %s\n", WK_VERSION,
		session->topology.istio_version);
	wk_bundle_text(bundle, "versions.txt", wk_buf_str(&text), text.len);
}

/* As it is kept with the mesh, or as it was given. */
static void add_topology(struct wk_bundle *bundle, const struct wk_session *session)
{
	const char *file = session->mesh ? wk_mesh_topology(session->mesh) : session->topology.file;
	WK_AUTOFREE char *settings = wk_xasprintf("%s.set", file);

	wk_bundle_file(bundle, "topology.yaml", file);
	if (session->mesh)
		wk_bundle_file(bundle, "topology.yaml.set", settings);
}

static void add_node(struct wk_bundle *bundle, struct wk_session *session, const char *cluster)
{
	WK_AUTOFREE char *components = wk_mesh_logs(session->mesh, cluster, WK_LOGS_COMPONENTS);
	WK_AUTOFREE char *pods = wk_mesh_logs(session->mesh, cluster, WK_LOGS_PODS);
	WK_AUTOFREE char *first = wk_xasprintf("logs/%s/components", cluster);
	WK_AUTOFREE char *second = wk_xasprintf("logs/%s/pods", cluster);

	wk_bundle_logs(bundle, first, components);
	wk_bundle_logs(bundle, second, pods);
}

bool wk_cli_bundle(struct wk_session *session, const char *mesh,
	const struct wk_diagnosis *diagnosis, const char *path, struct wk_err *err)
{
	WK_AUTOFREE char *folder = wk_xasprintf("wookie-diagnose-%s", mesh);
	struct wk_bundle *WK_AUTO(wk_bundle_free) bundle = NULL;
	const cJSON *file = NULL;

	bundle = wk_bundle_new(folder);
	add_answers(bundle, diagnosis);
	add_versions(bundle, session);
	add_topology(bundle, session);
	cJSON_ArrayForEach(file, diagnosis->files)
		wk_bundle_json(bundle, cJSON_GetObjectItemCaseSensitive(file, "path")->valuestring,
			cJSON_GetObjectItemCaseSensitive(file, "json"));
	for (size_t i = 0; session->mesh && i < session->topology.n_clusters; i++)
		add_node(bundle, session, session->topology.clusters[i].name);
	return wk_bundle_write(bundle, path, err);
}
