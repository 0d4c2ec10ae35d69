#include "wookie/mesh/manifest.h"
#include "wookie/mesh/object.h"
#include "wookie/mesh/template.h"
#include "wookie/mesh/workload.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

static struct wk_workload workloads[] = {
	{.kind = WK_WORKLOAD_HELLOWORLD,
		.name = "hello",
		.namespace = "shop",
		.replicas = 4,
		.version = "v7"},
	{.kind = WK_WORKLOAD_TEST_POD,
		.name = "caller",
		.namespace = "shop",
		.replicas = 1,
		.version = "v1"},
};

static struct wk_cluster clusters[] = {
	{.name = "east",
		.network = "blue",
		.address = "10.9.0.2",
		.gateway_enabled = true,
		.gateway_port = 15443,
		.workloads = workloads,
		.n_workloads = WK_COUNT(workloads)},
	{.name = "west",
		.network = "green",
		.address = "10.9.0.3",
		.gateway_enabled = true,
		.gateway_port = 16443},
	{.name = "north", .network = "blue", .address = "10.9.0.4"},
};

static const struct wk_topology topology = {
	.mesh_id = "mesh: \"1\"",
	.trust_domain = "corp.example",
	.dns_capture = true,
	.istio_version = "1.28.2",
	.clusters = clusters,
	.n_clusters = WK_COUNT(clusters),
};

static cJSON *parse(const char *text)
{
	struct wk_err err = {0};
	cJSON *objects = NULL;

	cr_assert(wk_objects_parse("test", text, strlen(text), &objects, &err), "%s", err.msg);
	return objects;
}

Test(template, a_value_cannot_leave_its_place)
{
	static const char *const rows[] = {
		"plain",
		"7",
		"true",
		"null",
		"~",
		"",
		"a: b",
		"a #b",
		"x\ny: z",
		"\"q\"",
		"'q'",
		"- a",
		"{a: b}",
		"${b}",
		"\t",
		"\\n",
		"ü",
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct wk_value value = {"v", rows[i], WK_VALUE_TEXT};
		struct wk_err err = {0};
		cJSON *objects = NULL;

		cr_assert(wk_template_objects("t", "a: ${v}\n", &value, 1, &objects, &err),
			"'%s': %s", rows[i], err.msg);
		cr_expect_str_eq(wk_object_text(cJSON_GetArrayItem(objects, 0), "a"), rows[i], "%s",
			rows[i]);
		cr_expect_eq(cJSON_GetArraySize(cJSON_GetArrayItem(objects, 0)), 1, "%s", rows[i]);
		cJSON_Delete(objects);
	}
}

Test(template, a_document_that_is_no_object_is_refused)
{
	struct wk_err err = {0};
	cJSON *objects = NULL;

	cr_expect_not(wk_objects_parse("istioctl", "[1]", 3, &objects, &err));
	cr_expect_str_eq(err.msg, "istioctl:1: found a document that is no object");
	cr_expect_null(objects);
}

Test(manifest, istiod_gets_the_topologys_values)
{
	static const struct {
		const char *path;
		const char *want;
	} rows[] = {
		{"spec.profile", "minimal"},
		{"spec.tag", "1.28.2"},
		{"spec.meshConfig.trustDomain", "corp.example"},
		{"spec.meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE", "true"},
		{"spec.values.global.meshID", "mesh: \"1\""},
		{"spec.values.global.multiCluster.clusterName", "west"},
		{"spec.values.global.network", "green"},
		{"spec.values.global.imagePullPolicy", "IfNotPresent"},
		{"spec.values.pilot.env.PILOT_ENABLE_ALPN_FILTER", "false"},
		{"spec.values.pilot.env.PILOT_ENABLE_METADATA_EXCHANGE", "false"},
	};
	WK_AUTOFREE char *text = wk_istio_operator_text(&topology, &clusters[1]);
	cJSON *objects = parse(text);
	const cJSON *iop = cJSON_GetArrayItem(objects, 0);

	cr_assert_eq(cJSON_GetArraySize(objects), 1);
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const char *got = wk_object_text(iop, rows[i].path);

		cr_expect(got && strcmp(got, rows[i].want) == 0, "%s is '%s', expected '%s'",
			rows[i].path, got ? got : "(absent)", rows[i].want);
	}
	cr_expect_eq(
		wk_object_number(iop, "spec.values.global.proxy.readinessPeriodSeconds", 0), 1);
	cr_expect(cJSON_IsArray(wk_object_at(iop, "spec.meshConfig.defaultProviders.metrics")));
	cJSON_Delete(objects);
}

Test(manifest, mesh_networks_name_each_network_once_and_no_address)
{
	WK_AUTOFREE char *text = wk_istio_operator_text(&topology, &clusters[0]);
	cJSON *objects = parse(text);
	const cJSON *networks =
		wk_object_at(cJSON_GetArrayItem(objects, 0), "spec.values.global.meshNetworks");
	const cJSON *blue = wk_object_at(networks, "blue");
	const cJSON *gateway = cJSON_GetArrayItem(wk_object_at(networks, "green.gateways"), 0);

	cr_expect_eq(cJSON_GetArraySize(networks), 2);
	cr_expect_eq(cJSON_GetArraySize(wk_object_at(blue, "endpoints")), 2);
	cr_expect_str_eq(wk_object_text(cJSON_GetArrayItem(wk_object_at(blue, "endpoints"), 1),
				 "fromRegistry"),
		"north");
	cr_expect_str_eq(wk_object_text(gateway, "registryServiceName"),
		"istio-eastwestgateway.istio-system.svc.cluster.local");
	cr_expect_null(wk_object_at(gateway, "address"));
	cr_expect_eq(wk_object_number(gateway, "port", 0), 16443);
	cJSON_Delete(objects);
}

Test(manifest, the_gateway_serves_its_network_on_the_declared_port)
{
	WK_AUTOFREE char *text = wk_istio_gateway_text(&topology, &clusters[1]);
	struct wk_err err = {0};
	cJSON *objects = parse(text);
	const cJSON *gateway = cJSON_GetArrayItem(
		wk_object_at(cJSON_GetArrayItem(objects, 0), "spec.components.ingressGateways"), 0);
	const cJSON *label = cJSON_GetObjectItemCaseSensitive(
		wk_object_at(gateway, "label"), "networking.istio.io/gatewayPort");
	cJSON *exposed = NULL;

	cr_expect_str_eq(wk_object_text(gateway, "name"), "istio-eastwestgateway");
	cr_expect_str_eq(cJSON_GetStringValue(label), "16443");
	cJSON_Delete(objects);
	cr_assert(wk_cross_network_gateway(&clusters[1], &exposed, &err), "%s", err.msg);
	cr_expect_eq(
		wk_object_number(
			cJSON_GetArrayItem(
				wk_object_at(cJSON_GetArrayItem(exposed, 0), "spec.servers"), 0),
			"port.number", 0),
		16443);
	cJSON_Delete(exposed);
}

Test(workload, two_in_one_namespace_make_it_once)
{
	struct wk_err err = {0};
	cJSON *objects = NULL;

	cr_assert(wk_workload_namespaces(&clusters[0], &objects, &err), "%s", err.msg);
	cr_expect_eq(cJSON_GetArraySize(objects), 1);
	cr_expect_str_eq(
		wk_object_text(cJSON_GetArrayItem(objects, 0), "metadata.labels.istio-injection"),
		"enabled");
	cJSON_Delete(objects);
}

Test(workload, names_replicas_and_version_are_the_topologys)
{
	struct wk_err err = {0};
	cJSON *objects = NULL;
	const cJSON *deployment = NULL;
	const cJSON *pod = NULL;

	cr_assert(wk_workload_pods(&clusters[0], &objects, &err), "%s", err.msg);
	deployment = cJSON_GetArrayItem(objects, 0);
	pod = cJSON_GetArrayItem(objects, 1);
	cr_expect_str_eq(wk_object_name(deployment), "hello-v7");
	cr_expect_str_eq(wk_object_text(deployment, "metadata.namespace"), "shop");
	cr_expect_eq(wk_object_number(deployment, "spec.replicas", 0), 4);
	cr_expect_str_eq(
		wk_object_text(deployment, "spec.template.spec.serviceAccountName"), "hello");
	cr_expect_str_eq(wk_object_text(pod, "kind"), "Pod");
	cr_expect_str_eq(wk_object_name(pod), "caller");
	cJSON_Delete(objects);
}

Test(workload, a_cluster_without_workloads_gets_none)
{
	struct wk_err err = {0};
	cJSON *objects = NULL;

	cr_assert(wk_workload_services(&clusters[2], &objects, &err), "%s", err.msg);
	cr_expect_eq(cJSON_GetArraySize(objects), 0);
	cJSON_Delete(objects);
}
