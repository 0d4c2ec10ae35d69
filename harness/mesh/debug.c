/*
 * istiod's and Envoy's debug interfaces
 *
 * The API server's proxy cannot reach them: istiod wants an identity from anyone who is not on its
 * loopback address, and Envoy's admin listens nowhere else. So the question is asked from inside
 * the pod, with the `request` command that istiod's and the agent's own binaries carry (istio
 * pilot/cmd/pilot-discovery, pilot/cmd/pilot-agent); no shell and no curl is needed there.
 */
#include "wookie/mesh/debug.h"

#include "wookie/kube/exec.h"
#include "wookie/mesh/names.h"
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <string.h>

#define ANSWER_MAX ((size_t)32 * 1024 * 1024)

/* The agent's binary logs to standard output as well, before the answer: "2026-11-22T15:32:56Z",
 * a tab, the level. */
static void drop_log_lines(struct wk_buf *text)
{
	const char *begin = wk_buf_str(text);
	const char *p = begin;

	for (;;) {
		const char *end = strchr(p, '\n');
		const char *tab = strchr(p, '\t');

		if (!end || !tab || tab > end || tab == p || tab[-1] != 'Z' || *p < '0' || *p > '9')
			break;
		p = end + 1;
	}
	if (p == begin)
		return;
	text->len -= (size_t)(p - begin);
	(void)memmove(text->data, p, text->len + 1);
}

static bool ask(
	struct wk_kube *kube, const struct wk_exec *exec, struct wk_buf *ret, struct wk_err *err)
{
	WK_AUTO(wk_exec_result_finish) struct wk_exec_result result = {0};

	if (!wk_kube_exec(kube, exec, &result, err))
		return wk_err_context(err, "pod '%s/%s'", exec->namespace, exec->pod);
	if (result.exit_code != 0)
		return wk_err_set(err, WK_ERR_REMOTE,
			"pod '%s/%s': '%s' ended with %d, expected 0: %.200s", exec->namespace,
			exec->pod, exec->argv[0], result.exit_code, wk_buf_str(&result.err));
	if (result.out.full)
		return wk_err_set(err, WK_ERR_REMOTE,
			"pod '%s/%s': '%s' said more than the %zu bytes that are read",
			exec->namespace, exec->pod, exec->argv[0], result.out.max);
	drop_log_lines(&result.out);
	*ret = result.out;
	result.out = (struct wk_buf){0};
	return true;
}

/* Proxies ask whoever stands behind the Service: an istiod of another revision, which has the same "app"
 * label, is none of theirs. The caller frees; NULL with an error. */
static char *istiods_path(
	struct wk_kube *kube, const char *namespace, wk_nsec deadline, struct wk_err *err)
{
	WK_AUTOFREE char *path = wk_xasprintf("/api/v1/namespaces/%s/services/istiod", namespace);
	struct wk_buf WK_AUTO(wk_buf_finish) labels = WK_BUF_INIT(SIZE_MAX / 2);
	cJSON *service = NULL;
	const cJSON *label;

	if (!wk_kube_find(kube, path, deadline, &service, err))
		return NULL;
	cJSON_ArrayForEach(label, wk_object_at(service, "spec.selector"))
	{
		const char *before = labels.len ? "%2C" : "";

		(void)wk_buf_printf(&labels, "%s%s%%3D%s", before, label->string,
			cJSON_IsString(label) ? label->valuestring : "");
	}
	cJSON_Delete(service);
	return wk_xasprintf("/api/v1/namespaces/%s/pods?labelSelector=%s", namespace,
		labels.len ? wk_buf_str(&labels) : "app%3Distiod");
}

bool wk_mesh_istiods(struct wk_kube *kube, const char *system_namespace, wk_nsec deadline,
	struct cJSON **ret, struct wk_err *err)
{
	WK_AUTOFREE char *path = istiods_path(kube, system_namespace, deadline, err);
	cJSON *names = NULL;
	const cJSON *pod = NULL;
	cJSON *pods = NULL;

	if (!path || !wk_kube_find(kube, path, deadline, &pods, err))
		return false;
	names = cJSON_CreateArray();
	cJSON_ArrayForEach(pod, wk_object_at(pods, "items"))
	{
		if (wk_pod_is_ready(pod))
			(void)cJSON_AddItemToArray(names, cJSON_CreateString(wk_object_name(pod)));
	}
	cJSON_Delete(pods);
	if (!names->child) {
		cJSON_Delete(names);
		return wk_err_set(err, WK_ERR_MISSING,
			"namespace '%s' holds no ready istiod pod, expected one", system_namespace);
	}
	*ret = names;
	return true;
}

bool wk_mesh_istiod_ask(struct wk_kube *kube, const struct wk_mesh_pod *istiod, const char *path,
	wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	const char *const argv[] = {"pilot-discovery", "request", "GET", path, NULL};
	const struct wk_exec exec = {
		.namespace = istiod->namespace,
		.pod = istiod->name,
		.container = "discovery",
		.argv = argv,
		.max_output = ANSWER_MAX,
		.deadline = deadline,
	};
	WK_AUTO(wk_buf_finish) struct wk_buf text = {0};
	cJSON *json = NULL;

	if (!ask(kube, &exec, &text, err))
		return false;
	json = cJSON_Parse(wk_buf_str(&text));
	if (!json)
		return wk_err_set(err, WK_ERR_REMOTE,
			"istiod answers '%s' with '%.80s', expected JSON", path, wk_buf_str(&text));
	*ret = json;
	return true;
}

bool wk_mesh_istiod_get(struct wk_kube *kube, const char *system_namespace, const char *path,
	wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	cJSON *names = NULL;
	bool ok = wk_mesh_istiods(kube, system_namespace, deadline, &names, err);

	ok = ok && wk_mesh_istiod_ask(kube,
			   &(struct wk_mesh_pod){system_namespace,
				   cJSON_GetStringValue(cJSON_GetArrayItem(names, 0))},
			   path, deadline, ret, err);
	cJSON_Delete(names);
	return ok;
}

static bool ask_proxy(struct wk_kube *kube, const struct wk_mesh_pod *pod, const char *const argv[],
	wk_nsec deadline, struct wk_buf *ret, struct wk_err *err)
{
	const struct wk_exec exec = {
		.namespace = pod->namespace,
		.pod = pod->name,
		.container = WK_PROXY_CONTAINER,
		.argv = argv,
		.max_output = ANSWER_MAX,
		.deadline = deadline,
	};

	return ask(kube, &exec, ret, err);
}

bool wk_mesh_envoy_get(struct wk_kube *kube, const struct wk_mesh_pod *pod, const char *path,
	wk_nsec deadline, struct wk_buf *ret, struct wk_err *err)
{
	const char *const argv[] = {"pilot-agent", "request", "GET", path, NULL};

	return ask_proxy(kube, pod, argv, deadline, ret, err);
}

bool wk_mesh_agent_get(struct wk_kube *kube, const struct wk_mesh_pod *pod, const char *path,
	wk_nsec deadline, struct wk_buf *ret, struct wk_err *err)
{
	const char *const argv[] = {
		"pilot-agent", "request", "--debug-port", "15020", "GET", path, NULL};

	return ask_proxy(kube, pod, argv, deadline, ret, err);
}
