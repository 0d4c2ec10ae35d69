/*
 * Rendering, once
 *
 * istioctl carries Istio's charts and renders them without a cluster, in half a second of CPU that
 * an installation would spend at its busiest moment. The result depends on the text and on
 * istioctl's version alone, so it is kept as JSON under their hash; the file appears whole or not
 * at all, and one that cannot be read as what it should be is simply made again.
 */
#include "wookie/base/file.h"
#include "wookie/mesh/manifest.h"
#include "wookie/mesh/template.h"
#include "wookie/pki/ca.h"
#include "wookie/proc/cmd.h"
#include "wookie/yaml/node.h"

#include <cjson/cJSON.h>
#include <string.h>

/* The caller frees. */
static char *cache_file(const struct wk_renderer *renderer, const char *text)
{
	WK_AUTOFREE char *input = wk_xasprintf("%s\n%s", renderer->istio_version, text);
	char hex[65];

	wk_sha256(input, strlen(input), hex);
	return wk_xasprintf(
		"%s/istio-%s-%.24s.json", renderer->cache, renderer->istio_version, hex);
}

/* NULL when it is not there or is not what it should be. */
static cJSON *read_cached(const char *file)
{
	WK_AUTO(wk_buf_finish) struct wk_buf text = {0};
	struct wk_err ignored = {0};
	cJSON *objects = NULL;

	if (!wk_path_exists(file) || !wk_file_read(file, WK_YAML_MANIFEST_MAX, &text, &ignored))
		return NULL;
	objects = cJSON_ParseWithLength(wk_buf_str(&text), text.len);
	if (cJSON_GetArraySize(objects) > 0)
		return objects;
	cJSON_Delete(objects);
	return NULL;
}

static bool keep(const struct wk_renderer *renderer, const char *file, const cJSON *objects,
	struct wk_err *err)
{
	char *text = NULL;
	bool kept = false;

	if (!wk_mkdir_p(renderer->cache, 0755, err))
		return false;
	text = cJSON_PrintUnformatted(objects);
	kept = wk_file_write(file, text, strlen(text), 0644, err);
	cJSON_free(text);
	return kept;
}

static bool run_istioctl(const struct wk_renderer *renderer, const char *text, wk_nsec deadline,
	struct cJSON **ret, struct wk_err *err)
{
	const char *const argv[] = {renderer->istioctl, "manifest", "generate", "-f", "-", NULL};
	const struct wk_cmd cmd = {
		.argv = argv,
		.netns = -1,
		.input = text,
		.max_output = WK_YAML_MANIFEST_MAX,
		.deadline = deadline,
	};
	struct wk_cmd_result result = {0};
	bool done = wk_cmd_run(&cmd, &result, err);

	if (done && result.timed_out)
		done = wk_err_set(err, WK_ERR_TIMEOUT, "istioctl did not end in time");
	else if (done && result.exit_code != 0)
		done = wk_err_set(err, WK_ERR_REMOTE,
			"istioctl manifest generate ended with %d, expected 0: %.300s",
			result.exit_code, wk_buf_str(&result.err));
	if (done)
		done = wk_objects_parse(
			"istioctl's manifest", wk_buf_str(&result.out), result.out.len, ret, err);
	wk_cmd_result_finish(&result);
	return done;
}

bool wk_istio_render(const struct wk_renderer *renderer, const char *operator_text,
	wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	WK_AUTOFREE char *file = cache_file(renderer, operator_text);
	cJSON *objects = read_cached(file);

	if (!objects) {
		if (!run_istioctl(renderer, operator_text, deadline, &objects, err))
			return false;
		if (!keep(renderer, file, objects, err)) {
			cJSON_Delete(objects);
			return false;
		}
	}
	*ret = objects;
	return true;
}

bool wk_istio_rendered(const struct wk_renderer *renderer, const struct wk_topology *topology)
{
	for (size_t i = 0; i < topology->n_clusters; i++) {
		const struct wk_cluster *cluster = &topology->clusters[i];
		WK_AUTOFREE char *istiod = wk_istio_operator_text(topology, cluster);
		WK_AUTOFREE char *gateway = wk_istio_gateway_text(topology, cluster);
		WK_AUTOFREE char *istiod_file = cache_file(renderer, istiod);
		WK_AUTOFREE char *gateway_file = cache_file(renderer, gateway);

		if (!wk_path_exists(istiod_file) ||
			(cluster->gateway_enabled && !wk_path_exists(gateway_file)))
			return false;
	}
	return true;
}
