/*
 * proxies: which there are, and what each was sent and took
 *
 * An istiod lists the proxies that it serves, with what it sent to each and what came back (istio
 * pilot/pkg/xds/debug.go, Syncz). It lists nobody who lost it, so the pods that carry a proxy are asked of
 * the API server beside it. Istiods of every revision are asked: each proxy is served by one of them.
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "wookie/mesh/debug.h"
#include "wookie/mesh/names.h"
#include "wookie/mesh/object.h"
#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/redact.h"
#include "wookie/probe/served.h"

const struct wk_arg_spec wk_probe_proxies_args[] = {
	{"cluster", WK_ARG_STRING, true, "name of the cluster whose pods and istiods are asked"},
	{0},
};

static bool has_proxy(const cJSON *pod)
{
	static const char *const lists[] = {"spec.containers", "spec.initContainers"};
	const cJSON *container = NULL;

	for (size_t i = 0; i < WK_COUNT(lists); i++)
		cJSON_ArrayForEach(container, wk_object_at(pod, lists[i]))
		{
			const char *name = wk_arg_text(container, "name");

			if (name && strcmp(name, WK_PROXY_CONTAINER) == 0)
				return true;
		}
	return false;
}

/* istiod calls a proxy "POD.NAMESPACE". One that ends is no longer served, and need not be. */
static bool add_pods(struct wk_kube *kube, wk_nsec deadline, cJSON *evidence, struct wk_err *err)
{
	const cJSON *pod = NULL;
	cJSON *pods = NULL;
	cJSON *list = cJSON_AddArrayToObject(evidence, "pods");

	if (!wk_kube_get(kube, "/api/v1/pods", deadline, &pods, err))
		return false;
	cJSON_ArrayForEach(pod, wk_object_at(pods, "items"))
	{
		const char *namespace = wk_object_text(pod, "metadata.namespace");
		WK_AUTOFREE char *id =
			wk_xasprintf("%s.%s", wk_object_name(pod), namespace ? namespace : "");
		cJSON *entry = NULL;

		if (!has_proxy(pod) || wk_object_at(pod, "metadata.deletionTimestamp"))
			continue;
		entry = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(entry, "proxy", id);
		(void)cJSON_AddBoolToObject(entry, "ready", wk_pod_is_ready(pod));
		(void)cJSON_AddItemToArray(list, entry);
	}
	cJSON_Delete(pods);
	return true;
}

/* "type.googleapis.com/envoy.config.cluster.v3.Cluster" is called "Cluster". */
static void shorten_types(cJSON *proxy)
{
	cJSON *resource = NULL;

	cJSON_ArrayForEach(resource, cJSON_GetObjectItemCaseSensitive(proxy, "resources"))
	{
		const char *dot = strrchr(resource->string, '.');

		if (dot)
			(void)memmove(resource->string, dot + 1, strlen(dot));
	}
}

/* Takes the page over. */
static void add_page(cJSON *page, const char *istiod, cJSON *list)
{
	while (page && page->child) {
		cJSON *proxy = cJSON_DetachItemFromArray(page, 0);

		shorten_types(proxy);
		(void)cJSON_AddStringToObject(proxy, "istiod", istiod);
		(void)cJSON_AddItemToArray(list, proxy);
	}
	cJSON_Delete(page);
}

bool wk_proxies_served(struct wk_kube *kube, wk_nsec deadline, struct cJSON *list,
	struct cJSON *istiods, struct wk_err *err)
{
	const cJSON *pod = NULL;
	cJSON *pods = NULL;
	bool ok = wk_kube_get(kube, WK_ISTIODS_PATH, deadline, &pods, err);

	cJSON_ArrayForEach(pod, wk_object_at(pods, "items"))
	{
		const struct wk_mesh_pod istiod = {WK_SYSTEM_NAMESPACE, wk_object_name(pod)};
		cJSON *page = NULL;

		if (!ok || !wk_pod_is_ready(pod))
			continue;
		ok = wk_mesh_istiod_ask(kube, &istiod, "/debug/syncz", deadline, &page, err);
		add_page(page, istiod.name, list);
		if (istiods)
			(void)cJSON_AddItemToArray(istiods, cJSON_CreateString(istiod.name));
	}
	cJSON_Delete(pods);
	return ok;
}

bool wk_probe_proxies(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	struct wk_kube *kube = NULL;
	cJSON *evidence = NULL;
	cJSON *istiods = NULL;

	if (wk_args_absent(args, wk_probe_proxies_args, ret_evidence))
		return true;
	kube = wk_probe_cluster(env, args, "cluster", err);
	if (!kube)
		return false;
	evidence = cJSON_CreateObject();
	istiods = cJSON_AddArrayToObject(evidence, "istiods");
	/* The pods first: one that is made meanwhile may be served, and is not missed. */
	if (!add_pods(kube, env->deadline, evidence, err) ||
		!wk_proxies_served(kube, env->deadline, cJSON_AddArrayToObject(evidence, "served"),
			istiods, err)) {
		cJSON_Delete(evidence);
		return false;
	}
	wk_redact(evidence);
	*ret_evidence = evidence;
	return true;
}

char *wk_probe_proxies_by_hand(const struct cJSON *args)
{
	return wk_by_hand_kubectl(args, "cluster",
		(const char *const[]){"-n", WK_SYSTEM_NAMESPACE, "exec", "deploy/istiod", "--",
			"pilot-discovery", "request", "GET", "/debug/syncz", NULL});
}
