/*
 * config: which of Istio's objects count
 *
 * The API server takes an object that istiod never reads: one with the label of another revision, in a
 * namespace that it does not discover, of a kind that its environment leaves out. So what the API server
 * holds is compared with what each istiod says that it knows (istio pilot/pkg/xds/debug.go, configz).
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
#include "wookie/probe/served.h"

#define REVISION "istio.io/rev"

const struct wk_arg_spec wk_probe_config_args[] = {
	{"cluster", WK_ARG_STRING, true,
		"name of the cluster whose objects and istiods are compared"},
	{0},
};

/* What istiod reads (istio pkg/config/schema/metadata.yaml), but for the Gateway API. */
static const struct {
	const char *kind;
	const char *path;
} kinds[] = {
	{"AuthorizationPolicy", "/apis/security.istio.io/v1/authorizationpolicies"},
	{"DestinationRule", "/apis/networking.istio.io/v1/destinationrules"},
	{"EnvoyFilter", "/apis/networking.istio.io/v1alpha3/envoyfilters"},
	{"Gateway", "/apis/networking.istio.io/v1/gateways"},
	{"PeerAuthentication", "/apis/security.istio.io/v1/peerauthentications"},
	{"ProxyConfig", "/apis/networking.istio.io/v1beta1/proxyconfigs"},
	{"RequestAuthentication", "/apis/security.istio.io/v1/requestauthentications"},
	{"ServiceEntry", "/apis/networking.istio.io/v1/serviceentries"},
	{"Sidecar", "/apis/networking.istio.io/v1/sidecars"},
	{"Telemetry", "/apis/telemetry.istio.io/v1/telemetries"},
	{"VirtualService", "/apis/networking.istio.io/v1/virtualservices"},
	{"WasmPlugin", "/apis/extensions.istio.io/v1alpha1/wasmplugins"},
	{"WorkloadEntry", "/apis/networking.istio.io/v1/workloadentries"},
	{"WorkloadGroup", "/apis/networking.istio.io/v1/workloadgroups"},
};

static void add_object(cJSON *list, const char *kind, const cJSON *object)
{
	const char *namespace = wk_object_text(object, "metadata.namespace");
	const char *revision = wk_object_label(object, REVISION);
	const char *manager = wk_object_label(object, WK_MANAGED_LABEL);
	cJSON *entry = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(entry, "kind", kind);
	(void)cJSON_AddStringToObject(entry, "namespace", namespace ? namespace : "");
	(void)cJSON_AddStringToObject(entry, "name", wk_object_name(object));
	(void)cJSON_AddItemToObject(
		entry, "revision", revision ? cJSON_CreateString(revision) : cJSON_CreateNull());
	(void)cJSON_AddBoolToObject(
		entry, "deployed", manager && strcmp(manager, WK_MANAGED_BY) == 0);
	(void)cJSON_AddArrayToObject(entry, "missing");
	(void)cJSON_AddItemToArray(list, entry);
}

/* A kind that the cluster does not know has no objects. */
static bool add_objects(struct wk_kube *kube, wk_nsec deadline, cJSON *list, struct wk_err *err)
{
	for (size_t i = 0; i < WK_COUNT(kinds); i++) {
		const cJSON *object = NULL;
		cJSON *found = NULL;

		if (!wk_kube_find(kube, kinds[i].path, deadline, &found, err))
			return false;
		cJSON_ArrayForEach(object, wk_object_at(found, "items"))
		{
			if (!wk_object_at(object, "metadata.deletionTimestamp"))
				add_object(list, kinds[i].kind, object);
		}
		cJSON_Delete(found);
	}
	return true;
}

static bool same(const cJSON *object, const char *path, const cJSON *entry, const char *key)
{
	const char *a = wk_object_text(object, path);
	const char *b = wk_arg_text(entry, key);

	return a && b && strcmp(a, b) == 0;
}

static bool knows(const cJSON *page, const cJSON *entry)
{
	const cJSON *object = NULL;

	cJSON_ArrayForEach(object, page)
	{
		if (same(object, "metadata.name", entry, "name") &&
			same(object, "kind", entry, "kind") &&
			same(object, "metadata.namespace", entry, "namespace"))
			return true;
	}
	return false;
}

static void note_missing(const cJSON *page, const char *istiod, cJSON *list)
{
	cJSON *entry = NULL;

	cJSON_ArrayForEach(entry, list)
	{
		if (!knows(page, entry))
			(void)cJSON_AddItemToArray(
				cJSON_GetObjectItemCaseSensitive(entry, "missing"),
				cJSON_CreateString(istiod));
	}
}

static bool compare(const struct wk_probe_env *env, struct wk_kube *kube, const cJSON *istiods,
	cJSON *list, struct wk_err *err)
{
	const cJSON *name = NULL;

	cJSON_ArrayForEach(name, istiods)
	{
		const struct wk_mesh_pod istiod = {WK_SYSTEM_NAMESPACE, name->valuestring};
		cJSON *page = NULL;

		if (!wk_mesh_istiod_ask(kube, &istiod, "/debug/configz", env->deadline, &page, err))
			return false;
		note_missing(page, name->valuestring, list);
		cJSON_Delete(page);
	}
	return true;
}

/* Of the istiods that run, those of a canary among them. */
static bool add_revisions(struct wk_kube *kube, wk_nsec deadline, cJSON *list, struct wk_err *err)
{
	const cJSON *pod = NULL;
	cJSON *pods = NULL;

	if (!wk_kube_get(kube, WK_ISTIODS_PATH, deadline, &pods, err))
		return false;
	cJSON_ArrayForEach(pod, wk_object_at(pods, "items"))
	{
		const char *revision = wk_object_label(pod, REVISION);

		(void)cJSON_AddItemToArray(
			list, cJSON_CreateString(revision ? revision : "default"));
	}
	cJSON_Delete(pods);
	return true;
}

static bool gather(
	const struct wk_probe_env *env, struct wk_kube *kube, cJSON *evidence, struct wk_err *err)
{
	cJSON *objects = cJSON_AddArrayToObject(evidence, "objects");
	cJSON *istiods = NULL;

	/* The objects first: one that is made meanwhile is known, and not missed. */
	if (!add_objects(kube, env->deadline, objects, err) ||
		!add_revisions(
			kube, env->deadline, cJSON_AddArrayToObject(evidence, "revisions"), err))
		return false;
	if (!wk_mesh_istiods(kube, WK_SYSTEM_NAMESPACE, env->deadline, &istiods, err)) {
		(void)cJSON_AddArrayToObject(evidence, "istiods");
		return err->kind == WK_ERR_MISSING;
	}
	(void)cJSON_AddItemToObject(evidence, "istiods", istiods);
	return compare(env, kube, istiods, objects, err);
}

bool wk_probe_config(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	struct wk_kube *kube = NULL;
	cJSON *evidence = NULL;

	if (wk_args_absent(args, wk_probe_config_args, ret_evidence))
		return true;
	kube = wk_probe_cluster(env, args, "cluster", err);
	if (!kube)
		return false;
	evidence = cJSON_CreateObject();
	if (!gather(env, kube, evidence, err)) {
		cJSON_Delete(evidence);
		return false;
	}
	*ret_evidence = evidence;
	return true;
}

char *wk_probe_config_by_hand(const struct cJSON *args)
{
	return wk_by_hand_kubectl(args, "cluster",
		(const char *const[]){"-n", WK_SYSTEM_NAMESPACE, "exec", "deploy/istiod", "--",
			"pilot-discovery", "request", "GET", "/debug/configz", NULL});
}
