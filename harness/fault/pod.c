/*
 * Pods
 *
 * A sidecar is made when its pod is created, so faults of injection need a new pod: deleted, waited
 * for, and applied again as it was first applied.
 */
#include "wookie/fault/undo.h"

#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <string.h>

static const char ready[] = "Ready";

static bool has_reached(const cJSON *pod, const void *condition)
{
	return wk_object_has_condition(pod, condition);
}

/* Deletes a pod and applies `object`, a pod of the same name, when it is gone. */
static bool swap_pod(const struct wk_fault_env *env, size_t cluster, const cJSON *object,
	const char *condition, struct wk_err *err)
{
	struct wk_kube *kube = wk_access_kube(env->access, cluster);

	return wk_kube_delete(kube, object, 1, env->deadline, err) &&
	       wk_kube_apply(kube, object, env->deadline, err) &&
	       wk_fault_wait(env, cluster, object, has_reached, condition, err);
}

bool wk_fault_recreate(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	const cJSON *patch = cJSON_GetObjectItemCaseSensitive(args, "patch");
	const char *condition = wk_fault_text(args, "reaches");
	int cluster = wk_fault_cluster(env, args, err);
	cJSON *name;
	cJSON *pod = NULL;
	cJSON *object = NULL;
	size_t before = wk_undo_count(undo);
	bool ok;

	if (cluster < 0)
		return false;
	name = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(name, "kind", "Pod");
	(void)cJSON_AddItemToObject(name, "metadata", cJSON_Duplicate(args, true));
	ok = wk_fault_find(env, (size_t)cluster, name, &pod, err);
	cJSON_Delete(name);
	if (!ok)
		return false;
	object = pod ? wk_fault_as_applied(pod) : NULL;
	cJSON_Delete(pod);
	if (!object)
		return wk_fault_void(
			err, "there is no pod '%s' that was applied", wk_fault_text(args, "name"));
	ok = wk_undo_add(undo, WK_UNDO_POD, wk_fault_cluster_name(env, (size_t)cluster),
		cJSON_Duplicate(object, true), err);
	if (patch)
		wk_fault_merge(object, patch);
	ok = ok && swap_pod(env, (size_t)cluster, object, condition ? condition : ready, err);
	cJSON_Delete(object);
	/* A pod that is there again as it was needs no way back. */
	return ok && (patch || wk_undo_trim(undo, before, err));
}

bool wk_fault_pod_back(
	const struct wk_fault_env *env, size_t cluster, const cJSON *pod, struct wk_err *err)
{
	return swap_pod(env, cluster, pod, ready, err);
}

static bool is_rolled_out(const cJSON *deployment, const void *context)
{
	(void)context;
	return wk_deployment_is_rolled_out(deployment);
}

/* What `kubectl rollout restart` does: a new annotation on the template makes new pods. */
bool wk_fault_restart(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	WK_AUTOFREE char *text =
		wk_xasprintf("{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\","
			     "\"spec\":{\"template\":{\"metadata\":"
			     "{\"annotations\":{\"wookie-conform/restarted\":\"%lld\"}}}}}",
			(long long)wk_now());
	WK_AUTOFREE char *path = NULL;
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {0};
	int cluster = wk_fault_cluster(env, args, err);
	cJSON *object;
	bool ok;

	(void)undo;
	if (cluster < 0 ||
		!wk_kube_path(wk_access_kube(env->access, (size_t)cluster), "apps/v1", "Deployment",
			wk_fault_text(args, "namespace"), wk_fault_text(args, "name"),
			env->deadline, &path, err) ||
		!wk_kube_call(wk_access_kube(env->access, (size_t)cluster), "PATCH", path,
			"application/merge-patch+json", text, env->deadline, &reply, err))
		return false;
	if (reply.answer != WK_KUBE_OK)
		return wk_err_set(err, WK_ERR_REMOTE, "%s", reply.message);
	object = cJSON_Parse(wk_buf_str(&reply.text));
	ok = wk_fault_wait(env, (size_t)cluster, object, is_rolled_out, NULL, err);
	cJSON_Delete(object);
	return ok;
}
