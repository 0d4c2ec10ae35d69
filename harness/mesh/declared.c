/*
 * Derived values: what the topology says
 *
 * The whole tree is laid out here, with null or [] wherever a cluster decides; facts.c puts the
 * clusters' answers in. So `plan` and a run show the same keys, and a key that no cluster filled
 * reads as absent rather than as a guess. "from" is written beside each value, never afterwards.
 */
#include "wookie/mesh/facts.h"
#include "wookie/mesh/names.h"
#include "wookie/mesh/workload.h"

#include <cjson/cJSON.h>

/* What the topology need not say. */
static void add_text(cJSON *json, const char *key, const char *text)
{
	cJSON_AddItemToObject(json, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static void from(cJSON *cluster, const char *path, const char *file, const struct wk_pos *pos)
{
	WK_AUTOFREE char *text =
		wk_xasprintf("topology %s:%u", pos->file ? pos->file : file, pos->line);

	cJSON_AddStringToObject(cJSON_GetObjectItemCaseSensitive(cluster, "from"), path, text);
}

/* Each connection is sent to one of n pods by chance: of 30 (n - 1) all miss a certain one with
 * (1 - 1/n)^(30 (n - 1)), about e^-30. A dozen, where there is no choice: all but one in a thousand runs
 * meet a gateway that drops 44 in a hundred. */
double wk_facts_dials(size_t n_pods)
{
	return n_pods > 1 ? 30.0 * (double)(n_pods - 1) : 12;
}

static void add_gateway(
	cJSON *json, const struct wk_topology *topology, const struct wk_cluster *cluster)
{
	cJSON *gateway = cJSON_AddObjectToObject(json, "gateway");
	cJSON *at;

	cJSON_AddBoolToObject(gateway, "enabled", cluster->gateway_enabled);
	cJSON_AddNumberToObject(gateway, "port", cluster->gateway_port);
	cJSON_AddStringToObject(gateway, "service", WK_GATEWAY_NAME);
	cJSON_AddArrayToObject(gateway, "addresses");
	at = cJSON_AddArrayToObject(gateway, "at");
	if (cluster->address)
		cJSON_AddItemToArray(at, cJSON_CreateString(cluster->address));
	cJSON_AddArrayToObject(gateway, "pods");
	cJSON_AddArrayToObject(gateway, "podIPs");
	cJSON_AddNumberToObject(gateway, "dials", wk_facts_dials(0));
	cJSON_AddStringToObject(gateway, "container", WK_PROXY_CONTAINER);
	from(json, "gateway", topology->file, &cluster->pos);
}

static void add_helloworld(
	cJSON *json, const struct wk_topology *topology, const struct wk_cluster *cluster)
{
	const struct wk_workload *workload = wk_cluster_workload(cluster, WK_WORKLOAD_HELLOWORLD);
	WK_AUTOFREE char *deployment = NULL;
	WK_AUTOFREE char *host = NULL;
	cJSON *hello = NULL;

	if (!workload) {
		cJSON_AddNullToObject(json, "helloworld");
		return;
	}
	host = wk_xasprintf("%s.%s.svc.cluster.local", workload->name, workload->namespace);
	deployment = wk_workload_deployment(workload);
	hello = cJSON_AddObjectToObject(json, "helloworld");
	cJSON_AddStringToObject(hello, "name", workload->name);
	cJSON_AddStringToObject(hello, "namespace", workload->namespace);
	cJSON_AddNumberToObject(hello, "replicas", workload->replicas);
	cJSON_AddStringToObject(hello, "version", workload->version);
	cJSON_AddStringToObject(
		hello, "mtls", wk_mtls_name(wk_workload_mtls(topology, cluster, workload)));
	cJSON_AddStringToObject(hello, "host", host);
	cJSON_AddNumberToObject(hello, "port", WK_HELLOWORLD_PORT);
	cJSON_AddStringToObject(hello, "portName", WK_HELLOWORLD_PORT_NAME);
	cJSON_AddNumberToObject(hello, "tcpPort", WK_HELLOWORLD_TCP_PORT);
	cJSON_AddNullToObject(hello, "clusterIP");
	cJSON_AddNullToObject(hello, "via");
	cJSON_AddArrayToObject(hello, "endpoints");
	cJSON_AddArrayToObject(hello, "pods");
	cJSON_AddStringToObject(hello, "serviceAccount", workload->name);
	cJSON_AddStringToObject(hello, "deployment", deployment);
	cJSON_AddStringToObject(hello, "container", "helloworld");
	from(json, "helloworld", topology->file, &workload->pos);
}

static void add_test_pod(
	cJSON *json, const struct wk_topology *topology, const struct wk_cluster *cluster)
{
	const struct wk_workload *workload = wk_cluster_workload(cluster, WK_WORKLOAD_TEST_POD);
	cJSON *pod = NULL;

	if (!workload) {
		cJSON_AddNullToObject(json, "testPod");
		return;
	}
	pod = cJSON_AddObjectToObject(json, "testPod");
	cJSON_AddStringToObject(pod, "name", workload->name);
	cJSON_AddStringToObject(pod, "namespace", workload->namespace);
	cJSON_AddStringToObject(pod, "container", WK_TEST_POD_CONTAINER);
	cJSON_AddNullToObject(pod, "ip");
	cJSON_AddNullToObject(pod, "uid");
	cJSON_AddStringToObject(pod, "serviceAccount", workload->name);
	cJSON_AddNullToObject(pod, "ready");
	from(json, "testPod", topology->file, &workload->pos);
}

static cJSON *cluster_json(const struct wk_topology *topology, const struct wk_cluster *cluster)
{
	static const char *const plain[] = {"name", "role", "network", "address"};
	WK_AUTOFREE char *server =
		cluster->address ? wk_xasprintf("https://%s:6443", cluster->address) : NULL;
	cJSON *json = cJSON_CreateObject();
	cJSON *istiod = NULL;

	cJSON_AddStringToObject(json, "name", cluster->name);
	cJSON_AddStringToObject(json, "role", wk_role_name(cluster->role));
	cJSON_AddStringToObject(json, "network", cluster->network);
	add_text(json, "address", cluster->address);
	add_text(json, "server", server);
	add_text(json, "podSubnet", cluster->pods.text);
	add_text(json, "serviceSubnet", cluster->services.text);
	cJSON_AddStringToObject(json, "systemNamespace", WK_SYSTEM_NAMESPACE);
	cJSON_AddNullToObject(json, "uid");
	cJSON_AddNullToObject(json, "root");
	cJSON_AddArrayToObject(json, "roots");
	cJSON_AddNullToObject(json, "rootPem");
	istiod = cJSON_AddObjectToObject(json, "istiod");
	cJSON_AddArrayToObject(istiod, "pods");
	cJSON_AddArrayToObject(istiod, "revisions");
	cJSON_AddNullToObject(istiod, "clusterIP");
	cJSON_AddObjectToObject(json, "from");
	for (size_t i = 0; i < WK_COUNT(plain); i++)
		from(json, plain[i], topology->file, &cluster->pos);
	from(json, "server", topology->file, &cluster->pos);
	from(json, "podSubnet", topology->file, &cluster->pods.pos);
	from(json, "serviceSubnet", topology->file, &cluster->services.pos);
	add_gateway(json, topology, cluster);
	add_helloworld(json, topology, cluster);
	add_test_pod(json, topology, cluster);
	return json;
}

struct cJSON *wk_facts_declared(const struct wk_topology *topology)
{
	cJSON *facts = cJSON_CreateObject();
	cJSON *mesh = cJSON_AddObjectToObject(facts, "mesh");
	cJSON *clusters = cJSON_AddArrayToObject(facts, "clusters");

	cJSON_AddStringToObject(mesh, "id", topology->mesh_id);
	cJSON_AddStringToObject(mesh, "trustDomain", topology->trust_domain);
	cJSON_AddBoolToObject(mesh, "dnsCapture", topology->dns_capture);
	cJSON_AddStringToObject(mesh, "istioVersion", topology->istio_version);
	cJSON_AddNumberToObject(mesh, "notice", wk_seconds(topology->notice));
	add_text(mesh, "wire", topology->wire.text);
	for (size_t i = 0; i < topology->n_clusters; i++)
		cJSON_AddItemToArray(clusters, cluster_json(topology, &topology->clusters[i]));
	return facts;
}
