#ifndef TESTS_RUN_MESH_H
#define TESTS_RUN_MESH_H

#include "wookie/model/topology.h"

/* Two clusters: b holds the client, a the service. */
static struct wk_workload hello = {
	.kind = WK_WORKLOAD_HELLOWORLD, .name = "helloworld", .namespace = "demo", .replicas = 3};
static struct wk_workload client = {
	.kind = WK_WORKLOAD_TEST_POD, .name = "test-pod", .namespace = "demo-dr", .replicas = 1};
static struct wk_cluster clusters[] = {
	{.name = "a",
		.network = "network1",
		.address = "172.24.0.2",
		.workloads = &hello,
		.n_workloads = 1,
		.pods = {.text = ""},
		.services = {.text = ""}},
	{.name = "b",
		.network = "network2",
		.address = "172.24.0.8",
		.workloads = &client,
		.n_workloads = 1,
		.pods = {.text = ""},
		.services = {.text = ""}},
};
static const struct wk_topology topology = {
	.file = "t.yaml",
	.name = "test",
	.mesh_id = "mesh1",
	.trust_domain = "cluster.local",
	.istio_version = "1.28.2",
	.wire = {.text = ""},
	.clusters = clusters,
	.n_clusters = 2,
};

#endif
