/*
 * Derived values: what the clusters say
 *
 * Each value that a cluster assigns is read from its own API server at the time of asking, and
 * replaces the null that declared.c left. Every value is one GET and one function here; "from" gets
 * the object and the field it was read from, so that a report can say where a number comes from.
 */
#include "wookie/mesh/facts.h"

#include "wookie/mesh/debug.h"
#include "wookie/mesh/names.h"
#include "wookie/mesh/object.h"
#include "wookie/pki/ca.h"

#include <cjson/cJSON.h>
#include <string.h>

/* One cluster while it is asked. */
struct asking {
	struct wk_kube *kube;
	wk_nsec deadline;
	const char *cluster;
	bool dns_capture; /* of the mesh */
	bool foreign;     /* somebody else made the cluster */
	cJSON *json;      /* the cluster's entry */
};

/* Replaces (or adds) a value; `value` changes hands. */
static void put(cJSON *object, const char *key, cJSON *value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(object, key);
	cJSON_AddItemToObject(object, key, value);
}

static void put_text(cJSON *object, const char *key, const char *text)
{
	put(object, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static cJSON *part(const struct asking *asking, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(asking->json, key);
}

/* "from": path -> "cluster-a <where>". */
static void from(const struct asking *asking, const char *path, const char *where)
{
	WK_AUTOFREE char *text = wk_xasprintf("%s %s", asking->cluster, where);

	put_text(part(asking, "from"), path, text);
}

static bool find(const struct asking *asking, const char *path, cJSON **ret, struct wk_err *err)
{
	return wk_kube_find(asking->kube, path, asking->deadline, ret, err);
}

static int by_name(const void *a, const void *b)
{
	const cJSON *const *left = a;
	const cJSON *const *right = b;

	return strcmp(wk_object_name(*left), wk_object_name(*right));
}

static int by_text(const void *a, const void *b)
{
	const cJSON *const *left = a;
	const cJSON *const *right = b;

	return strcmp((*left)->valuestring, (*right)->valuestring);
}

/* Ready pods of a list, sorted by name. Returns how many; the caller frees *ret. */
static size_t ready_pods(const cJSON *list, const cJSON ***ret)
{
	const cJSON *items = wk_object_at(list, "items");
	size_t room = (size_t)cJSON_GetArraySize(items);
	const cJSON **pods = wk_xcalloc(room + 1, sizeof(const cJSON *));
	const cJSON *pod = NULL;
	size_t n = 0;

	cJSON_ArrayForEach(pod, items) if (wk_pod_is_ready(pod)) pods[n++] = pod;
	qsort(pods, n, sizeof(const cJSON *), by_name);
	*ret = pods;
	return n;
}

/* An array of strings in order; `texts` changes hands. */
static cJSON *sorted(cJSON *texts)
{
	size_t n = (size_t)cJSON_GetArraySize(texts);
	WK_AUTOFREE cJSON **items = wk_xcalloc(n + 1, sizeof(cJSON *));

	for (size_t i = 0; i < n; i++)
		items[i] = cJSON_DetachItemFromArray(texts, 0);
	qsort(items, n, sizeof(cJSON *), by_text);
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(texts, items[i]);
	return texts;
}

static bool ask_pods(const struct asking *asking, const char *namespace, const char *selector,
	cJSON **ret, struct wk_err *err)
{
	WK_AUTOFREE char *path =
		wk_xasprintf("/api/v1/namespaces/%s/pods?labelSelector=%s", namespace, selector);

	return find(asking, path, ret, err);
}

static bool ask_uid(const struct asking *asking, struct wk_err *err)
{
	cJSON *namespace = NULL;

	if (!find(asking, "/api/v1/namespaces/kube-system", &namespace, err))
		return false;
	put_text(asking->json, "uid", wk_object_text(namespace, "metadata.uid"));
	from(asking, "uid", "namespace kube-system metadata.uid");
	cJSON_Delete(namespace);
	return true;
}

static cJSON *fingerprints(const char *bundle)
{
	cJSON *list = cJSON_CreateArray();
	struct wk_err unreadable = {0};
	char hex[65];

	for (; bundle; bundle = wk_pem_next(bundle))
		if (wk_pem_fingerprint(bundle, hex, &unreadable))
			(void)cJSON_AddItemToArray(list, cJSON_CreateString(hex));
	return list;
}

/* What proxies really trust is this ConfigMap, not the secret it once came from. */
static bool ask_root(const struct asking *asking, struct wk_err *err)
{
	static const char where[] =
		"configmap " WK_SYSTEM_NAMESPACE "/" WK_ROOT_CONFIGMAP " data.root-cert.pem";
	cJSON *map = NULL;
	cJSON *roots = NULL;
	const char *pem = NULL;

	if (!find(asking,
		    "/api/v1/namespaces/" WK_SYSTEM_NAMESPACE "/configmaps/" WK_ROOT_CONFIGMAP,
		    &map, err))
		return false;
	pem = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(wk_object_at(map, "data"), "root-cert.pem"));
	put_text(asking->json, "rootPem", pem);
	roots = fingerprints(pem);
	put_text(asking->json, "root", cJSON_GetStringValue(roots->child));
	put(asking->json, "roots", roots);
	from(asking, "root", where);
	from(asking, "roots", where);
	cJSON_Delete(map);
	return true;
}

/* Values of istio.io/rev, revisions and tags, for which some webhook leads to an istiod. */
static void add_revisions(cJSON *to, const cJSON *webhook)
{
	const char *service = wk_object_text(webhook, "clientConfig.service.name");
	const cJSON *rule;
	const cJSON *value;

	if (!service || strncmp(service, "istiod", strlen("istiod")) != 0)
		return;
	cJSON_ArrayForEach(rule, wk_object_at(webhook, "namespaceSelector.matchExpressions"))
	{
		const char *key = wk_object_text(rule, "key");
		const char *how = wk_object_text(rule, "operator");

		if (!key || strcmp(key, "istio.io/rev") != 0 || !how || strcmp(how, "In") != 0)
			continue;
		cJSON_ArrayForEach(value, wk_object_at(rule, "values"))(void)
			cJSON_AddItemToArray(to, cJSON_Duplicate(value, false));
	}
}

static bool ask_revisions(const struct asking *asking, struct wk_err *err)
{
	static const char path[] =
		"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
	cJSON *revisions = cJSON_CreateArray();
	cJSON *found = NULL;
	const cJSON *config;
	const cJSON *webhook;
	bool ok = find(asking, path, &found, err);

	cJSON_ArrayForEach(config, wk_object_at(found, "items"))
	{
		cJSON_ArrayForEach(webhook, wk_object_at(config, "webhooks"))
			add_revisions(revisions, webhook);
	}
	put(part(asking, "istiod"), "revisions", revisions);
	from(asking, "istiod.revisions", "mutatingwebhookconfigurations namespaceSelector");
	cJSON_Delete(found);
	return ok;
}

static bool ask_service_ip(const struct asking *asking, const char *namespace, const char *name,
	cJSON *into, struct wk_err *err)
{
	WK_AUTOFREE char *path = wk_xasprintf("/api/v1/namespaces/%s/services/%s", namespace, name);
	cJSON *service = NULL;

	if (!find(asking, path, &service, err))
		return false;
	put_text(into, "clusterIP", wk_object_text(service, "spec.clusterIP"));
	cJSON_Delete(service);
	return true;
}

static bool ask_istiod(const struct asking *asking, struct wk_err *err)
{
	cJSON *istiod = part(asking, "istiod");
	cJSON *pods = NULL;

	if (!ask_service_ip(asking, WK_SYSTEM_NAMESPACE, "istiod", istiod, err))
		return false;
	if (!wk_mesh_istiods(asking->kube, WK_SYSTEM_NAMESPACE, asking->deadline, &pods, err) &&
		err->kind != WK_ERR_MISSING)
		return false;
	put(istiod, "pods", pods ? sorted(pods) : cJSON_CreateArray());
	from(asking, "istiod.clusterIP", "service " WK_SYSTEM_NAMESPACE "/istiod spec.clusterIP");
	from(asking, "istiod.pods", "pods of service " WK_SYSTEM_NAMESPACE "/istiod");
	return true;
}

static cJSON *ingress_addresses(const cJSON *service)
{
	cJSON *addresses = cJSON_CreateArray();
	const cJSON *ingress = NULL;

	cJSON_ArrayForEach(ingress, wk_object_at(service, "status.loadBalancer.ingress"))
	{
		const char *ip = wk_object_text(ingress, "ip");
		const char *address = ip ? ip : wk_object_text(ingress, "hostname");

		if (address)
			cJSON_AddItemToArray(addresses, cJSON_CreateString(address));
	}
	return sorted(addresses);
}

static bool ask_gateway(const struct asking *asking, struct wk_err *err)
{
	static const char published[] =
		"service " WK_SYSTEM_NAMESPACE "/" WK_GATEWAY_NAME " status.loadBalancer";
	cJSON *gateway = part(asking, "gateway");
	WK_AUTOFREE const cJSON **ready = NULL;
	cJSON *names = NULL;
	cJSON *addresses = NULL;
	cJSON *found = NULL;
	size_t n = 0;

	if (!find(asking, "/api/v1/namespaces/" WK_SYSTEM_NAMESPACE "/services/" WK_GATEWAY_NAME,
		    &found, err))
		return false;
	put(gateway, "addresses", ingress_addresses(found));
	/* Nobody here gave it an address: it is where its Service says. */
	if (asking->foreign) {
		put(gateway, "at", ingress_addresses(found));
		put_text(asking->json, "address",
			cJSON_GetStringValue(cJSON_GetArrayItem(wk_object_at(gateway, "at"), 0)));
		from(asking, "gateway.at", published);
		from(asking, "address", published);
	}
	from(asking, "gateway.addresses", published);
	cJSON_Delete(found);
	if (!ask_pods(asking, WK_SYSTEM_NAMESPACE, "istio%3Deastwestgateway", &found, err))
		return false;
	names = cJSON_CreateArray();
	addresses = cJSON_CreateArray();
	n = ready_pods(found, &ready);
	for (size_t i = 0; i < n; i++) {
		const char *ip = wk_object_text(ready[i], "status.podIP");

		cJSON_AddItemToArray(names, cJSON_CreateString(wk_object_name(ready[i])));
		cJSON_AddItemToArray(addresses, cJSON_CreateString(ip ? ip : ""));
	}
	put(gateway, "pods", names);
	put(gateway, "podIPs", addresses);
	put(gateway, "dials", cJSON_CreateNumber(wk_facts_dials(n)));
	from(asking, "gateway.pods", "pods " WK_SYSTEM_NAMESPACE " istio=eastwestgateway");
	from(asking, "gateway.podIPs", "pods " WK_SYSTEM_NAMESPACE " istio=eastwestgateway");
	from(asking, "gateway.dials", "the number of gateway.pods");
	cJSON_Delete(found);
	return true;
}

static void add_slice(const cJSON *slice, cJSON *addresses)
{
	const cJSON *endpoint = NULL;

	cJSON_ArrayForEach(endpoint, wk_object_at(slice, "endpoints"))
	{
		const cJSON *list = wk_object_at(endpoint, "addresses");
		const char *address = cJSON_GetStringValue(cJSON_GetArrayItem(list, 0));

		if (address && cJSON_IsTrue(wk_object_at(endpoint, "conditions.ready")))
			cJSON_AddItemToArray(addresses, cJSON_CreateString(address));
	}
}

static bool ask_endpoints(const struct asking *asking, const struct wk_workload *workload,
	cJSON *hello, struct wk_err *err)
{
	WK_AUTOFREE char *path =
		wk_xasprintf("/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices"
			     "?labelSelector=kubernetes.io%%2Fservice-name%%3D%s",
			workload->namespace, workload->name);
	WK_AUTOFREE char *where = wk_xasprintf(
		"endpointslices of service %s/%s", workload->namespace, workload->name);
	cJSON *addresses = NULL;
	const cJSON *slice = NULL;
	cJSON *slices = NULL;

	if (!find(asking, path, &slices, err))
		return false;
	addresses = cJSON_CreateArray();
	cJSON_ArrayForEach(slice, wk_object_at(slices, "items")) add_slice(slice, addresses);
	put(hello, "endpoints", sorted(addresses));
	from(asking, "helloworld.endpoints", where);
	cJSON_Delete(slices);
	return true;
}

static bool ask_hello_pods(const struct asking *asking, const struct wk_workload *workload,
	cJSON *hello, struct wk_err *err)
{
	WK_AUTOFREE char *selector = wk_xasprintf("app%%3D%s", workload->name);
	WK_AUTOFREE char *where =
		wk_xasprintf("pods %s app=%s", workload->namespace, workload->name);
	WK_AUTOFREE const cJSON **ready = NULL;
	cJSON *entries = NULL;
	cJSON *pods = NULL;
	size_t n = 0;

	if (!ask_pods(asking, workload->namespace, selector, &pods, err))
		return false;
	entries = cJSON_CreateArray();
	n = ready_pods(pods, &ready);
	for (size_t i = 0; i < n; i++) {
		cJSON *entry = cJSON_CreateObject();

		put_text(entry, "name", wk_object_name(ready[i]));
		put_text(entry, "ip", wk_object_text(ready[i], "status.podIP"));
		put_text(entry, "uid", wk_object_text(ready[i], "metadata.uid"));
		cJSON_AddItemToArray(entries, entry);
	}
	put(hello, "pods", entries);
	from(asking, "helloworld.pods", where);
	cJSON_Delete(pods);
	return true;
}

static bool ask_helloworld(
	const struct asking *asking, const struct wk_workload *workload, struct wk_err *err)
{
	cJSON *hello = part(asking, "helloworld");
	WK_AUTOFREE char *where = NULL;

	if (!workload)
		return true;
	where = wk_xasprintf("service %s/%s spec.clusterIP", workload->namespace, workload->name);
	from(asking, "helloworld.clusterIP", where);
	if (!ask_service_ip(asking, workload->namespace, workload->name, hello, err))
		return false;
	if (!asking->dns_capture)
		put_text(hello, "via", wk_object_text(hello, "clusterIP"));
	return ask_endpoints(asking, workload, hello, err) &&
	       ask_hello_pods(asking, workload, hello, err);
}

static bool ask_test_pod(
	const struct asking *asking, const struct wk_workload *workload, struct wk_err *err)
{
	static const char *const paths[] = {"testPod.ip", "testPod.uid", "testPod.ready"};
	cJSON *pod = part(asking, "testPod");
	WK_AUTOFREE char *path = NULL;
	WK_AUTOFREE char *where = NULL;
	cJSON *found = NULL;

	if (!workload)
		return true;
	path = wk_xasprintf("/api/v1/namespaces/%s/pods/%s", workload->namespace, workload->name);
	where = wk_xasprintf("pod %s/%s", workload->namespace, workload->name);
	if (!find(asking, path, &found, err))
		return false;
	put_text(pod, "ip", wk_object_text(found, "status.podIP"));
	put_text(pod, "uid", wk_object_text(found, "metadata.uid"));
	put(pod, "ready", found ? cJSON_CreateBool(wk_pod_is_ready(found)) : cJSON_CreateNull());
	for (size_t i = 0; i < WK_COUNT(paths); i++)
		from(asking, paths[i], where);
	cJSON_Delete(found);
	return true;
}

static bool ask_cluster(
	const struct asking *asking, const struct wk_cluster *cluster, struct wk_err *err)
{
	put_text(asking->json, "server", wk_kube_server(asking->kube));
	from(asking, "server", "kubeconfig");
	return ask_uid(asking, err) && ask_root(asking, err) && ask_istiod(asking, err) &&
	       ask_revisions(asking, err) &&
	       (!cluster->gateway_enabled || ask_gateway(asking, err)) &&
	       ask_helloworld(asking, wk_cluster_workload(cluster, WK_WORKLOAD_HELLOWORLD), err) &&
	       ask_test_pod(asking, wk_cluster_workload(cluster, WK_WORKLOAD_TEST_POD), err);
}

bool wk_facts_ask(struct wk_access *access, size_t cluster, wk_nsec deadline, struct cJSON *entry,
	struct wk_err *err)
{
	const struct asking asking = {
		.kube = wk_access_kube(access, cluster),
		.deadline = deadline,
		.cluster = access->topology->clusters[cluster].name,
		.dns_capture = access->topology->dns_capture,
		.foreign = access->topology->provider == WK_PROVIDER_EXISTING,
		.json = entry,
	};

	return ask_cluster(&asking, &access->topology->clusters[cluster], err) ||
	       wk_err_context(err, "cluster '%s'", asking.cluster);
}

bool wk_facts_gather(
	struct wk_access *access, wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	cJSON *facts = wk_facts_declared(access->topology);
	cJSON *clusters = cJSON_GetObjectItemCaseSensitive(facts, "clusters");

	for (size_t i = 0; i < access->topology->n_clusters; i++)
		if (!wk_facts_ask(access, i, deadline, cJSON_GetArrayItem(clusters, (int)i), err)) {
			cJSON_Delete(facts);
			return false;
		}
	*ret = facts;
	return true;
}
