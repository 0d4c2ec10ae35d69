/*
 * Workloads
 *
 * helloworld is what is called: a Deployment behind a Service with an HTTP port and a port whose
 * name makes Istio treat it as plain TCP, as a database's would be. test-pod is what calls. Grace
 * periods are short because both are replaced often and hold nothing.
 */
#include "wookie/mesh/workload.h"

#include "wookie/mesh/names.h"
#include "wookie/mesh/template.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define HELLOWORLD_IMAGE "docker.io/istio/examples-helloworld-v1:1.0"
#define TEST_POD_IMAGE "docker.io/curlimages/curl:8.16.0"
#define STRING2(x) #x
#define STRING(x) STRING2(x)
#define HTTP_PORT STRING(WK_HELLOWORLD_PORT)
#define TCP_PORT STRING(WK_HELLOWORLD_TCP_PORT)

static const char namespace_template[] =
	"apiVersion: v1\n"
	"kind: Namespace\n"
	"metadata:\n"
	"  name: ${namespace}\n"
	"  labels: {istio-injection: enabled, " WK_MANAGED_LABEL ": " WK_MANAGED_BY "}\n";

static const char account_template[] =
	"apiVersion: v1\n"
	"kind: ServiceAccount\n"
	"metadata:\n"
	"  name: ${name}\n"
	"  namespace: ${namespace}\n"
	"  labels: {app: ${name}, " WK_MANAGED_LABEL ": " WK_MANAGED_BY "}\n";

static const char service_template[] =
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata:\n"
	"  name: ${name}\n"
	"  namespace: ${namespace}\n"
	"  labels: {app: ${name}, service: ${name}, " WK_MANAGED_LABEL ": " WK_MANAGED_BY "}\n"
	"spec:\n"
	"  selector: {app: ${name}}\n"
	"  ports:\n"
	"  - {name: " WK_HELLOWORLD_PORT_NAME ", port: " HTTP_PORT "}\n"
	"  - {name: " WK_HELLOWORLD_TCP_PORT_NAME ", port: " TCP_PORT "}\n";

static const char deployment_template[] =
	"apiVersion: apps/v1\n"
	"kind: Deployment\n"
	"metadata:\n"
	"  name: ${deployment}\n"
	"  namespace: ${namespace}\n"
	"  labels: {app: ${name}, version: ${version}, " WK_MANAGED_LABEL ": " WK_MANAGED_BY "}\n"
	"spec:\n"
	"  replicas: ${replicas}\n"
	"  selector: {matchLabels: {app: ${name}, version: ${version}}}\n"
	"  template:\n"
	"    metadata:\n"
	"      labels: {app: ${name}, version: ${version}, " WK_MANAGED_LABEL ": " WK_MANAGED_BY
	"}\n"
	"    spec:\n"
	"      serviceAccountName: ${name}\n"
	"      terminationGracePeriodSeconds: 1\n"
	"      containers:\n"
	"      - name: helloworld\n"
	"        image: " HELLOWORLD_IMAGE "\n"
	"        imagePullPolicy: IfNotPresent\n"
	"        env: [{name: SERVICE_VERSION, value: ${version}}]\n"
	"        ports:\n"
	"        - {containerPort: " HTTP_PORT "}\n"
	"        - {containerPort: " TCP_PORT "}\n"
	"        readinessProbe:\n"
	"          httpGet: {path: /hello, port: " HTTP_PORT "}\n"
	"          periodSeconds: 1\n";

/* Its first process takes in what is left of programs that were run in it. */
static const char pod_template[] =
	"apiVersion: v1\n"
	"kind: Pod\n"
	"metadata:\n"
	"  name: ${name}\n"
	"  namespace: ${namespace}\n"
	"  labels: {app: ${name}, version: ${version}, " WK_MANAGED_LABEL ": " WK_MANAGED_BY "}\n"
	"spec:\n"
	"  serviceAccountName: ${name}\n"
	"  terminationGracePeriodSeconds: 1\n"
	"  containers:\n"
	"  - name: " WK_TEST_POD_CONTAINER "\n"
	"    image: " TEST_POD_IMAGE "\n"
	"    imagePullPolicy: IfNotPresent\n"
	"    command: [sh, -c, \"trap exit TERM; while :; do sleep 3600 & wait $!; done\"]\n";

char *wk_workload_deployment(const struct wk_workload *workload)
{
	return wk_xasprintf("%s-%s", workload->name, workload->version);
}

/* Appends the objects of one template to `array`. */
static bool add(
	cJSON *array, const char *template, const struct wk_workload *workload, struct wk_err *err)
{
	WK_AUTOFREE char *deployment = NULL;
	char replicas[16];
	const char *version = workload->version ? workload->version : "v1";
	cJSON *objects = NULL;
	const struct wk_workload named = {.name = workload->name, .version = version};

	deployment = wk_workload_deployment(&named);
	(void)snprintf(replicas, sizeof(replicas), "%u", workload->replicas);
	const struct wk_value values[] = {
		{"name", workload->name, WK_VALUE_TEXT},
		{"namespace", workload->namespace, WK_VALUE_TEXT},
		{"version", version, WK_VALUE_TEXT},
		{"deployment", deployment, WK_VALUE_TEXT},
		{"replicas", replicas, WK_VALUE_RAW},
	};
	if (!wk_template_objects(workload->name, template, values, WK_COUNT(values), &objects, err))
		return false;
	while (cJSON_GetArraySize(objects) > 0)
		cJSON_AddItemToArray(array, cJSON_DetachItemFromArray(objects, 0));
	cJSON_Delete(objects);
	return true;
}

enum part {
	PART_NAMESPACES,
	PART_SERVICES,
	PART_PODS,
};

static bool has_namespace(const struct wk_cluster *cluster, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (strcmp(cluster->workloads[i].namespace, cluster->workloads[before].namespace) ==
			0)
			return true;
	return false;
}

static bool add_part(cJSON *array, const struct wk_cluster *cluster, size_t index, enum part part,
	struct wk_err *err)
{
	const struct wk_workload *workload = &cluster->workloads[index];
	bool called = workload->kind == WK_WORKLOAD_HELLOWORLD;

	switch (part) {
	case PART_NAMESPACES:
		return has_namespace(cluster, index) ||
		       add(array, namespace_template, workload, err);
	case PART_SERVICES:
		return add(array, account_template, workload, err) &&
		       (!called || add(array, service_template, workload, err));
	case PART_PODS:
		return add(array, called ? deployment_template : pod_template, workload, err);
	}
	return true;
}

static bool collect(
	const struct wk_cluster *cluster, enum part part, struct cJSON **ret, struct wk_err *err)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < cluster->n_workloads; i++) {
		if (!add_part(array, cluster, i, part, err)) {
			cJSON_Delete(array);
			return false;
		}
	}
	*ret = array;
	return true;
}

bool wk_workload_namespaces(
	const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err)
{
	return collect(cluster, PART_NAMESPACES, ret, err);
}

bool wk_workload_services(const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err)
{
	return collect(cluster, PART_SERVICES, ret, err);
}

bool wk_workload_pods(const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err)
{
	return collect(cluster, PART_PODS, ret, err);
}
