/*
 * Into a pod
 *
 * Most evidence is taken where the traffic is, in the client's own container. Every command that a
 * probe runs there carries a bound of its own, because a program goes on when the connection that
 * started it drops.
 */
#include "wookie/probe/pod.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "wookie/probe/args.h"

bool wk_pod_read(const struct cJSON *args, const char *key, const char *container,
	struct wk_pod *ret, struct wk_err *err)
{
	const cJSON *pod = cJSON_GetObjectItemCaseSensitive(args, key);
	struct wk_pod read = {wk_arg_text(pod, "namespace"), wk_arg_text(pod, "name"),
		container ? container : wk_arg_text(pod, "container")};

	if (!read.namespace || !read.name || !read.container)
		return wk_err_set(err, WK_ERR_INPUT,
			"'%s' names no pod; expected an object with namespace, name and container",
			key);
	*ret = read;
	return true;
}

struct wk_kube *wk_probe_cluster(const struct wk_probe_env *env, const struct cJSON *args,
	const char *key, struct wk_err *err)
{
	const char *name = wk_arg_text(args, key);
	int index = name ? wk_access_find(env->access, name) : -1;

	if (index < 0) {
		(void)wk_err_set(err, WK_ERR_INPUT,
			"'%s' names no cluster: found '%s', expected the name of a cluster of the "
			"topology",
			key, name ? name : "");
		return NULL;
	}
	return wk_access_kube(env->access, (size_t)index);
}

bool wk_pod_exec(const struct wk_probe_env *env, struct wk_kube *kube, const struct wk_pod *pod,
	const char *const *argv, struct wk_exec_result *ret, struct wk_err *err)
{
	const struct wk_exec exec = {.namespace = pod->namespace,
		.pod = pod->name,
		.container = pod->container,
		.argv = argv,
		.deadline = env->deadline};

	if (!wk_kube_exec(kube, &exec, ret, err))
		return wk_err_context(err, "%s in %s/%s", argv[0], pod->namespace, pod->name);
	/* What was cut off may be what a check looks for. */
	return !ret->out.full || wk_err_set(err, WK_ERR_REMOTE,
					 "%s in %s/%s said more than the %zu bytes that are read",
					 argv[0], pod->namespace, pod->name, ret->out.max);
}

static bool holds(const cJSON *spec, const char *list, const char *container)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(spec, list))
	{
		const char *name = wk_arg_text(item, "name");

		if (name && strcmp(name, container) == 0)
			return true;
	}
	return false;
}

bool wk_pod_absent(const struct wk_probe_env *env, struct wk_kube *kube, const struct wk_pod *pod,
	struct cJSON **ret)
{
	WK_AUTOFREE char *path =
		wk_xasprintf("/api/v1/namespaces/%s/pods/%s", pod->namespace, pod->name);
	const char *missing = pod->name;
	const cJSON *spec = NULL;
	cJSON *object = NULL;
	cJSON *keys = NULL;
	struct wk_err why;
	bool there = false;

	if (!wk_kube_find(kube, path, env->deadline, &object, &why))
		return false;
	if (object) {
		spec = cJSON_GetObjectItemCaseSensitive(object, "spec");
		there = holds(spec, "containers", pod->container) ||
			holds(spec, "initContainers", pod->container);
		missing = pod->container;
	}
	cJSON_Delete(object);
	if (there)
		return false;
	*ret = cJSON_CreateObject();
	keys = cJSON_AddArrayToObject(*ret, "absent");
	(void)cJSON_AddItemToArray(keys, cJSON_CreateString(missing));
	return true;
}
