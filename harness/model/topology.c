/*
 * Topology
 *
 * Look-ups and address arithmetic over the declared clusters. What no cluster declares is derived
 * here and nowhere else: the Kubernetes service is the first address of the service range, DNS the
 * tenth, and the bridge takes the first address of the wire that no cluster has.
 */
#include "wookie/model/topology.h"

#include <stdio.h>
#include <string.h>

const char *wk_provider_name(enum wk_provider provider)
{
	return provider == WK_PROVIDER_NATIVE ? "native" : "existing";
}

const char *wk_role_name(enum wk_role role)
{
	return role == WK_ROLE_PRIMARY ? "primary" : "dr";
}

const char *wk_workload_kind_name(enum wk_workload_kind kind)
{
	return kind == WK_WORKLOAD_HELLOWORLD ? "helloworld" : "test-pod";
}

const char *wk_mtls_name(enum wk_mtls mtls)
{
	return mtls == WK_MTLS_STRICT ? "STRICT" : "PERMISSIVE";
}

enum wk_mtls wk_workload_mtls(const struct wk_topology *topology, const struct wk_cluster *cluster,
	const struct wk_workload *workload)
{
	if (workload->mtls != WK_MTLS_INHERITED)
		return workload->mtls;
	for (size_t i = 0; i < cluster->n_namespaces; i++)
		if (strcmp(cluster->namespaces[i].name, workload->namespace) == 0)
			return cluster->namespaces[i].mtls;
	return topology->mtls;
}

const struct wk_workload *wk_cluster_workload(
	const struct wk_cluster *cluster, enum wk_workload_kind kind)
{
	for (size_t i = 0; i < cluster->n_workloads; i++)
		if (cluster->workloads[i].kind == kind)
			return &cluster->workloads[i];
	return NULL;
}

const struct wk_cluster *wk_topology_cluster(const struct wk_topology *topology, const char *name)
{
	for (size_t i = 0; i < topology->n_clusters; i++)
		if (strcmp(topology->clusters[i].name, name) == 0)
			return &topology->clusters[i];
	return NULL;
}

void wk_ip_format(uint32_t ip, char buf[16])
{
	(void)snprintf(
		buf, 16, "%u.%u.%u.%u", ip >> 24, (ip >> 16) & 255, (ip >> 8) & 255, ip & 255);
}

void wk_cidr_host(const struct wk_cidr *cidr, uint32_t n, char buf[16])
{
	wk_ip_format(cidr->base + n, buf);
}

static uint32_t mask(unsigned bits)
{
	return bits ? UINT32_MAX << (32 - bits) : 0;
}

bool wk_cidr_contains(const struct wk_cidr *cidr, uint32_t ip)
{
	return (ip & mask(cidr->bits)) == cidr->base;
}

bool wk_cidr_overlap(const struct wk_cidr *a, const struct wk_cidr *b)
{
	uint32_t wider = mask(a->bits < b->bits ? a->bits : b->bits);

	return (a->base & wider) == (b->base & wider);
}

static bool is_taken(const struct wk_topology *topology, uint32_t ip)
{
	for (size_t i = 0; i < topology->n_clusters; i++)
		if (topology->clusters[i].ip == ip)
			return true;
	return false;
}

uint32_t wk_topology_bridge_ip(const struct wk_topology *topology)
{
	uint32_t ip = topology->wire.base + 1;

	while (is_taken(topology, ip))
		ip++;
	return ip;
}
