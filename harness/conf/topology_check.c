/*
 * What must hold between the values of a topology
 *
 * A mesh whose subnets overlap or whose clusters share a name comes up and then fails in ways that
 * look like anything else, so it is refused before anything is created. Both places are named:
 * either may be the one to change.
 */
#include "wookie/conf/documents.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The address that cluster DNS has within the service subnet. */
#define DNS_HOST 10

struct subnet {
	const struct wk_cidr *cidr;
	char what[96];
};

static uint32_t last_address(const struct wk_cidr *cidr)
{
	return cidr->base | (UINT32_MAX >> cidr->bits);
}

/* Where the other of two places is. */
static const char *place(const struct wk_pos *pos, char buf[160])
{
	if (pos->line == 0)
		(void)snprintf(buf, 160, "%s", pos->file);
	else
		(void)snprintf(buf, 160, "%s:%u:%u", pos->file, pos->line, pos->column);
	return buf;
}

static size_t gather_subnets(const struct wk_topology *topology, struct subnet *subnets)
{
	size_t n = 0;

	subnets[n++] = (struct subnet){&topology->wire, "the wire"};
	for (size_t i = 0; i < topology->n_clusters; i++) {
		const struct wk_cluster *cluster = &topology->clusters[i];

		subnets[n].cidr = &cluster->pods;
		(void)snprintf(
			subnets[n++].what, sizeof(subnets->what), "the pods of %s", cluster->name);
		subnets[n].cidr = &cluster->services;
		(void)snprintf(subnets[n++].what, sizeof(subnets->what), "the services of %s",
			cluster->name);
	}
	return n;
}

static bool check_subnets(const struct wk_topology *topology, struct wk_err *err)
{
	struct subnet subnets[1 + 2 * WK_MAX_CLUSTERS];
	size_t n = gather_subnets(topology, subnets);
	char other[160];

	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (wk_cidr_overlap(subnets[i].cidr, subnets[j].cidr))
				return wk_pos_err(err, &subnets[i].cidr->pos,
					"subnet %s of %s overlaps %s of %s at %s",
					subnets[i].cidr->text, subnets[i].what + strlen("the "),
					subnets[j].cidr->text, subnets[j].what,
					place(&subnets[j].cidr->pos, other));
	return true;
}

static bool check_cluster_names(
	const struct wk_decoder *decoder, const struct wk_topology *topology, struct wk_err *err)
{
	const struct wk_cluster *clusters = topology->clusters;
	char other[160];

	for (size_t i = 1; i < topology->n_clusters; i++) {
		for (size_t j = 0; j < i; j++) {
			struct wk_pos here = wk_decode_place(decoder, clusters[i].name);
			struct wk_pos there = wk_decode_place(decoder, clusters[j].name);

			if (strcmp(clusters[i].name, clusters[j].name) == 0)
				return wk_pos_err(err, &here,
					"a second cluster is named '%s', the first at %s",
					clusters[i].name, place(&there, other));
			if (!clusters[i].ip || clusters[i].ip != clusters[j].ip)
				continue;
			here = wk_decode_place(decoder, clusters[i].address);
			there = wk_decode_place(decoder, clusters[j].address);
			return wk_pos_err(err, &here, "address %s is that of %s too, at %s",
				clusters[i].address, clusters[j].name, place(&there, other));
		}
	}
	return true;
}

static bool check_context(const struct wk_decoder *decoder, const struct wk_topology *topology,
	const struct wk_cluster *cluster, struct wk_err *err)
{
	struct wk_pos pos;

	if (!cluster->context || topology->provider == WK_PROVIDER_EXISTING)
		return true;
	pos = wk_decode_place(decoder, cluster->context);
	return wk_pos_err(err, &pos,
		"a context leads to a cluster that is there, and provider '%s' makes new ones; say "
		"'provider: existing', or leave it out",
		wk_provider_name(topology->provider));
}

static bool check_address(const struct wk_decoder *decoder, const struct wk_topology *topology,
	const struct wk_cluster *cluster, struct wk_err *err)
{
	const struct wk_cidr *wire = &topology->wire;
	struct wk_pos pos = wk_decode_place(decoder, cluster->address);
	char other[160];

	if (!wk_cidr_contains(wire, cluster->ip))
		return wk_pos_err(err, &pos, "address %s is outside the wire %s at %s",
			cluster->address, wire->text, place(&wire->pos, other));
	if (cluster->ip == wire->base || cluster->ip == last_address(wire))
		return wk_pos_err(err, &pos, "address %s is the %s address of the wire %s at %s",
			cluster->address, cluster->ip == wire->base ? "network" : "broadcast",
			wire->text, place(&wire->pos, other));
	return true;
}

static bool check_service_subnet(const struct wk_cluster *cluster, struct wk_err *err)
{
	const struct wk_cidr *services = &cluster->services;
	char dns[16];

	if (services->base + DNS_HOST < last_address(services))
		return true;
	wk_cidr_host(services, DNS_HOST, dns);
	return wk_pos_err(err, &services->pos,
		"subnet %s has no room for cluster DNS at %s; expected /28 or wider",
		services->text, dns);
}

static bool check_workload(const struct wk_cluster *cluster, size_t i, struct wk_err *err)
{
	const struct wk_workload *w = &cluster->workloads[i];
	char other[160];

	if (w->kind == WK_WORKLOAD_TEST_POD && w->replicas != 1)
		return wk_pos_err(err, &w->pos, "a test-pod is a single pod, found replicas: %u",
			w->replicas);
	if (w->kind == WK_WORKLOAD_TEST_POD && w->mtls != WK_MTLS_INHERITED)
		return wk_pos_err(err, &w->pos,
			"nobody calls a test-pod, so nothing shows its mtls; say it of a "
			"helloworld, a namespace or the mesh");
	for (size_t j = 0; j < i; j++) {
		const struct wk_workload *v = &cluster->workloads[j];

		if (strcmp(w->name, v->name) == 0 && strcmp(w->namespace, v->namespace) == 0)
			return wk_pos_err(err, &w->pos,
				"a second workload is named '%s' in namespace '%s', the first at "
				"%s",
				w->name, w->namespace, place(&v->pos, other));
	}
	return true;
}

static bool check_namespace(const struct wk_decoder *decoder, const struct wk_cluster *cluster,
	size_t i, struct wk_err *err)
{
	const struct wk_namespace *namespace = &cluster->namespaces[i];
	struct wk_pos pos = wk_decode_place(decoder, namespace->name);
	bool used = false;
	char other[160];

	for (size_t j = 0; j < cluster->n_workloads; j++)
		used = used || strcmp(cluster->workloads[j].namespace, namespace->name) == 0;
	if (!used)
		return wk_pos_err(err, &pos, "%s declares no workload in namespace '%s'",
			cluster->name, namespace->name);
	for (size_t j = 0; j < i; j++)
		if (strcmp(cluster->namespaces[j].name, namespace->name) == 0)
			return wk_pos_err(err, &pos, "namespace '%s' stands at %s already",
				namespace->name, place(&cluster->namespaces[j].pos, other));
	return true;
}

static bool check_cluster(const struct wk_decoder *decoder, const struct wk_topology *topology,
	const struct wk_cluster *cluster, struct wk_err *err)
{
	if (!wk_decode_goes_on(decoder, check_context(decoder, topology, cluster, err), err))
		return false;
	for (size_t i = 0; i < cluster->n_workloads; i++)
		if (!wk_decode_goes_on(decoder, check_workload(cluster, i, err), err))
			return false;
	for (size_t i = 0; i < cluster->n_namespaces; i++)
		if (!wk_decode_goes_on(decoder, check_namespace(decoder, cluster, i, err), err))
			return false;
	return true;
}

/* Each cluster and the bridge need an address of their own. */
static bool check_room_on_wire(const struct wk_topology *topology, struct wk_err *err)
{
	uint32_t hosts = last_address(&topology->wire) - topology->wire.base - 1;

	if (hosts > topology->n_clusters)
		return true;
	return wk_pos_err(err, &topology->wire.pos,
		"the wire %s has %" PRIu32 " addresses; %zu clusters and the bridge need %zu",
		topology->wire.text, hosts, topology->n_clusters, topology->n_clusters + 1);
}

/* What a mesh of our own is made from. */
static bool check_given(const struct wk_topology *topology, struct wk_err *err)
{
	const struct wk_pos whole = {.file = topology->file, .line = 1, .column = 1};

	if (!topology->wire.text)
		return wk_pos_err(
			err, &whole, "missing key 'wire': the network that joins the nodes");
	for (size_t i = 0; i < topology->n_clusters; i++) {
		const struct wk_cluster *cluster = &topology->clusters[i];
		const char *missing = !cluster->address         ? "address"
				      : !cluster->pods.text     ? "podSubnet"
				      : !cluster->services.text ? "serviceSubnet"
								: NULL;

		if (missing)
			return wk_pos_err(err, &cluster->pos,
				"missing key '%s', from which a cluster is made", missing);
	}
	return true;
}

static bool check_made(
	const struct wk_decoder *decoder, const struct wk_topology *topology, struct wk_err *err)
{
	if (!check_given(topology, err) ||
		!wk_decode_goes_on(decoder, check_subnets(topology, err), err) ||
		!wk_decode_goes_on(decoder, check_room_on_wire(topology, err), err))
		return false;
	for (size_t i = 0; i < topology->n_clusters; i++) {
		const struct wk_cluster *cluster = &topology->clusters[i];

		if (!wk_decode_goes_on(
			    decoder, check_address(decoder, topology, cluster, err), err) ||
			!wk_decode_goes_on(decoder, check_service_subnet(cluster, err), err))
			return false;
	}
	return true;
}

bool wk_topology_check(
	const struct wk_decoder *decoder, const struct wk_topology *topology, struct wk_err *err)
{
	if (!wk_decode_goes_on(decoder, check_cluster_names(decoder, topology, err), err) ||
		(topology->provider == WK_PROVIDER_NATIVE && !check_made(decoder, topology, err)))
		return false;
	for (size_t i = 0; i < topology->n_clusters; i++)
		if (!check_cluster(decoder, topology, &topology->clusters[i], err))
			return false;
	return true;
}
