/*
 * Istio's manifests for a cluster
 *
 * istioctl renders them, from a text that is the topology in IstioOperator's words. What is set
 * beyond the names:
 *
 * - Envoy is the upstream build, without Istio's own filters: istiod must not send the ALPN,
 *   metadata exchange and statistics filters (env of pilot, defaultProviders.metrics).
 * - Readiness is looked at every second from the start. Upstream's defaults (15 s for a gateway,
 *   3 s for istiod) are the largest part of what an installation waits for.
 * - One replica without autoscaling and small requests: a node here is a laptop's share.
 * - IfNotPresent: the image `auto`, which the injector replaces, otherwise makes Kubernetes default
 *   to Always, and there is no registry to ask.
 */
#include "wookie/mesh/manifest.h"

#include "wookie/mesh/names.h"
#include "wookie/mesh/template.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static const char operator_template[] =
	"apiVersion: install.istio.io/v1alpha1\n"
	"kind: IstioOperator\n"
	"spec:\n"
	"  profile: minimal\n"
	"  hub: docker.io/istio\n"
	"  tag: ${version}\n"
	"  components:\n"
	"    pilot:\n"
	"      k8s:\n"
	"        readinessProbe:\n"
	"          httpGet: {path: /ready, port: 8080}\n"
	"          initialDelaySeconds: 0\n"
	"          periodSeconds: 1\n"
	"          timeoutSeconds: 5\n"
	"  meshConfig:\n"
	"    accessLogFile: /dev/stdout\n"
	"    trustDomain: ${trustDomain}\n"
	"    defaultConfig:\n"
	"      proxyMetadata: {ISTIO_META_DNS_CAPTURE: ${dnsCapture}}\n"
	"    defaultProviders: {metrics: []}\n"
	"  values:\n"
	"    global:\n"
	"      imagePullPolicy: IfNotPresent\n"
	"      meshID: ${meshID}\n"
	"      multiCluster: {clusterName: ${cluster}}\n"
	"      network: ${network}\n"
	"      meshNetworks: ${meshNetworks}\n"
	"      proxy:\n"
	"        readinessInitialDelaySeconds: 0\n"
	"        readinessPeriodSeconds: 1\n"
	"        resources: {requests: {cpu: 10m, memory: 40Mi}}\n"
	"    pilot:\n"
	"      env: {PILOT_ENABLE_ALPN_FILTER: \"false\", PILOT_ENABLE_METADATA_EXCHANGE: "
	"\"false\"}\n"
	"      resources: {requests: {cpu: 10m, memory: 64Mi}}\n"
	"      autoscaleEnabled: false\n";

static const char gateway_template[] =
	"apiVersion: install.istio.io/v1alpha1\n"
	"kind: IstioOperator\n"
	"metadata: {name: eastwest}\n"
	"spec:\n"
	"  profile: empty\n"
	"  hub: docker.io/istio\n"
	"  tag: ${version}\n"
	"  components:\n"
	"    ingressGateways:\n"
	"    - name: " WK_GATEWAY_NAME "\n"
	"      enabled: true\n"
	"      label:\n"
	"        istio: eastwestgateway\n"
	"        app: " WK_GATEWAY_NAME "\n"
	"        " WK_NETWORK_LABEL ": ${network}\n"
	"        networking.istio.io/gatewayPort: ${portText}\n"
	"      k8s:\n"
	"        resources: {requests: {cpu: 10m, memory: 40Mi}}\n"
	"        env: [{name: ISTIO_META_REQUESTED_NETWORK_VIEW, value: ${network}}]\n"
	"        hpaSpec: {minReplicas: 1, maxReplicas: 1}\n"
	"        service:\n"
	"          ports:\n"
	"          - {name: status-port, port: 15021, targetPort: 15021}\n"
	"          - {name: tls, port: ${port}, targetPort: ${port}}\n"
	"          - {name: tls-istiod, port: 15012, targetPort: 15012}\n"
	"          - {name: tls-webhook, port: 15017, targetPort: 15017}\n"
	"  values:\n"
	"    gateways: {istio-ingressgateway: {injectionTemplate: gateway, autoscaleEnabled: "
	"false}}\n"
	"    global:\n"
	"      imagePullPolicy: IfNotPresent\n"
	"      network: ${network}\n"
	"      meshID: ${meshID}\n"
	"      multiCluster: {clusterName: ${cluster}}\n";

/* Named so that it can be applied again by hand from Istio's samples/multicluster. */
static const char cross_network_template[] =
	"apiVersion: networking.istio.io/v1\n"
	"kind: Gateway\n"
	"metadata:\n"
	"  name: cross-network-gateway\n"
	"  namespace: " WK_SYSTEM_NAMESPACE "\n"
	"  labels: {" WK_MANAGED_LABEL ": " WK_MANAGED_BY "}\n"
	"spec:\n"
	"  selector: {istio: eastwestgateway}\n"
	"  servers:\n"
	"  - port: {number: ${port}, name: tls, protocol: TLS}\n"
	"    tls: {mode: AUTO_PASSTHROUGH}\n"
	"    hosts: [\"*.local\"]\n";

/* The clusters of a network in the topology's order; a network is described where its first
 * cluster stands. */
static bool is_first_of_network(const struct wk_topology *topology, size_t cluster)
{
	for (size_t i = 0; i < cluster; i++)
		if (strcmp(topology->clusters[i].network, topology->clusters[cluster].network) == 0)
			return false;
	return true;
}

static cJSON *network_entry(const struct wk_topology *topology, const struct wk_cluster *first)
{
	cJSON *entry = cJSON_CreateObject();
	cJSON *endpoints = cJSON_AddArrayToObject(entry, "endpoints");
	cJSON *gateways = cJSON_AddArrayToObject(entry, "gateways");
	uint16_t port = 0;

	for (size_t i = 0; i < topology->n_clusters; i++) {
		const struct wk_cluster *cluster = &topology->clusters[i];
		cJSON *endpoint = NULL;

		if (strcmp(cluster->network, first->network) != 0)
			continue;
		endpoint = cJSON_CreateObject();
		cJSON_AddStringToObject(endpoint, "fromRegistry", cluster->name);
		cJSON_AddItemToArray(endpoints, endpoint);
		if (cluster->gateway_enabled && !port)
			port = cluster->gateway_port;
	}
	if (port) {
		cJSON *gateway = cJSON_CreateObject();

		cJSON_AddStringToObject(gateway, "registryServiceName",
			WK_GATEWAY_NAME "." WK_SYSTEM_NAMESPACE ".svc.cluster.local");
		cJSON_AddNumberToObject(gateway, "port", port);
		cJSON_AddItemToArray(gateways, gateway);
	}
	return entry;
}

/* The caller frees. */
static char *mesh_networks(const struct wk_topology *topology)
{
	cJSON *networks = cJSON_CreateObject();
	char *printed = NULL;
	char *text = NULL;

	for (size_t i = 0; i < topology->n_clusters; i++)
		if (is_first_of_network(topology, i))
			cJSON_AddItemToObject(networks, topology->clusters[i].network,
				network_entry(topology, &topology->clusters[i]));
	printed = cJSON_PrintUnformatted(networks);
	text = wk_xstrdup(printed);
	cJSON_free(printed);
	cJSON_Delete(networks);
	return text;
}

char *wk_istio_operator_text(const struct wk_topology *topology, const struct wk_cluster *cluster)
{
	WK_AUTOFREE char *networks = mesh_networks(topology);
	const struct wk_value values[] = {
		{"version", topology->istio_version, WK_VALUE_TEXT},
		{"trustDomain", topology->trust_domain, WK_VALUE_TEXT},
		{"dnsCapture", topology->dns_capture ? "true" : "false", WK_VALUE_TEXT},
		{"meshID", topology->mesh_id, WK_VALUE_TEXT},
		{"cluster", cluster->name, WK_VALUE_TEXT},
		{"network", cluster->network, WK_VALUE_TEXT},
		{"meshNetworks", networks, WK_VALUE_RAW},
	};

	return wk_template_fill(operator_template, values, WK_COUNT(values));
}

char *wk_istio_gateway_text(const struct wk_topology *topology, const struct wk_cluster *cluster)
{
	char port[8];
	const struct wk_value values[] = {
		{"version", topology->istio_version, WK_VALUE_TEXT},
		{"meshID", topology->mesh_id, WK_VALUE_TEXT},
		{"cluster", cluster->name, WK_VALUE_TEXT},
		{"network", cluster->network, WK_VALUE_TEXT},
		{"port", port, WK_VALUE_RAW},
		{"portText", port, WK_VALUE_TEXT},
	};

	(void)snprintf(port, sizeof(port), "%u", cluster->gateway_port);
	return wk_template_fill(gateway_template, values, WK_COUNT(values));
}

bool wk_cross_network_gateway(
	const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err)
{
	char port[8];
	const struct wk_value values[] = {{"port", port, WK_VALUE_RAW}};

	(void)snprintf(port, sizeof(port), "%u", cluster->gateway_port);
	return wk_template_objects("cross-network gateway", cross_network_template, values,
		WK_COUNT(values), ret, err);
}
