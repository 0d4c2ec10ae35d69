/*
 * What a mesh can bear
 *
 * Values that are well formed, and of which each makes a mesh that never becomes green: a port that
 * somebody else has, a range that no host routes, more pods than a range or a node has room for, a
 * name that belongs to Kubernetes, to Istio or to the suites. They are refused where they stand,
 * before anything is created.
 */
#include "wookie/conf/documents.h"

#include <string.h>

/* Beside the declared workloads, in each cluster: CoreDNS, istiod, the gateway. */
#define OWN_PODS 3
/* What the suites add for each other cluster: with their pods beside a server, with a replica for
 * each of the server's; and beside a client. Roll-outs and faults need some more. */
#define PODS_BESIDE_SERVER 3
#define PODS_BESIDE_CLIENT 2
#define SPARE_PODS 4
/* kubelet's own default. */
#define NODE_PODS 110
/* kubernetes, kube-dns, istiod, the gateway; for each other cluster strict, spread, back, a canary. */
#define OWN_SERVICES 4
#define SERVICES_PER_LINK 4
/* The API server takes no wider range of Services. */
#define WIDEST_SERVICES 12

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool check_port(const struct wk_cluster *cluster, struct wk_err *err)
{
	static const struct {
		uint16_t from;
		uint16_t to;
		const char *whose;
	} taken[] = {
		{2379, 2381, "etcd's"},
		{6443, 6443, "the API server's, at the same address"},
		{10248, 10259, "of the node's own components"},
		{15000, 15099, "of Envoy, its agent or istiod"},
	};

	for (size_t i = 0; cluster->gateway_enabled && i < WK_COUNT(taken); i++)
		if (cluster->gateway_port >= taken[i].from && cluster->gateway_port <= taken[i].to)
			return wk_pos_err(err, &cluster->gateway_pos,
				"port %u is %s; expected another, 15443 is usual",
				cluster->gateway_port, taken[i].whose);
	return true;
}

static bool check_range(const struct wk_cidr *subnet, struct wk_err *err)
{
	static const struct {
		struct wk_cidr range;
		const char *what;
	} special[] = {
		{{.base = 0, .bits = 8}, "'this network'"},
		{{.base = 0x7f000000, .bits = 8}, "loopback"},
		{{.base = 0xa9fe0000, .bits = 16}, "link-local"},
		{{.base = 0xe0000000, .bits = 4}, "multicast"},
		{{.base = 0xf0000000, .bits = 4}, "reserved"},
	};

	for (size_t i = 0; i < WK_COUNT(special); i++)
		if (wk_cidr_overlap(subnet, &special[i].range))
			return wk_pos_err(err, &subnet->pos,
				"addresses of %s are %s, no host can have them; expected a private "
				"range such as 10.42.0.0/16",
				subnet->text, special[i].what);
	return true;
}

static size_t hosts(const struct wk_cidr *subnet)
{
	return ((size_t)1 << (32 - subnet->bits)) - 2;
}

static size_t n_of(const struct wk_cluster *cluster, enum wk_workload_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < cluster->n_workloads; i++)
		n += cluster->workloads[i].kind == kind;
	return n;
}

static size_t pods_of(const struct wk_topology *topology, const struct wk_cluster *cluster)
{
	const struct wk_workload *server = wk_cluster_workload(cluster, WK_WORKLOAD_HELLOWORLD);
	size_t others = topology->n_clusters - 1;
	size_t n = OWN_PODS + SPARE_PODS;

	for (size_t i = 0; i < cluster->n_workloads; i++)
		n += cluster->workloads[i].replicas;
	if (server)
		n += others * (PODS_BESIDE_SERVER + server->replicas);
	if (wk_cluster_workload(cluster, WK_WORKLOAD_TEST_POD))
		n += others * PODS_BESIDE_CLIENT;
	return n;
}

static bool check_room(
	const struct wk_topology *topology, const struct wk_cluster *cluster, struct wk_err *err)
{
	size_t pods = pods_of(topology, cluster);
	size_t services = OWN_SERVICES + n_of(cluster, WK_WORKLOAD_HELLOWORLD) +
			  (topology->n_clusters - 1) * SERVICES_PER_LINK;

	if (cluster->services.bits < WIDEST_SERVICES)
		return wk_pos_err(err, &cluster->services.pos,
			"subnet %s is wider than the API server takes; expected /%d or narrower",
			cluster->services.text, WIDEST_SERVICES);
	if (services > hosts(&cluster->services))
		return wk_pos_err(err, &cluster->services.pos,
			"subnet %s has %zu addresses; the Services of %s and of the suites need "
			"%zu",
			cluster->services.text, hosts(&cluster->services), cluster->name, services);
	/* One is the bridge's. */
	if (pods >= hosts(&cluster->pods))
		return wk_pos_err(err, &cluster->pods.pos,
			"subnet %s has %zu addresses; the pods of %s and of the suites, and the "
			"bridge, need %zu",
			cluster->pods.text, hosts(&cluster->pods), cluster->name, pods + 1);
	if (pods > NODE_PODS)
		return wk_pos_err(err, &cluster->pos,
			"%s and the suites need %zu pods, a node takes %d; expected fewer replicas",
			cluster->name, pods, NODE_PODS);
	return true;
}

static bool check_namespace_name(
	const struct wk_decoder *decoder, const struct wk_workload *w, struct wk_err *err)
{
	struct wk_pos pos = wk_decode_place(decoder, w->namespace);

	if (strcmp(w->namespace, "istio-system") == 0 || begins(w->namespace, "kube-"))
		return wk_pos_err(err, &pos,
			"namespace '%s' is the system's, nothing is injected there; expected "
			"another",
			w->namespace);
	return !begins(w->namespace, "wookie-") ||
	       wk_pos_err(err, &pos, "names that begin with 'wookie-' are the suites' own");
}

/* Names of Deployments are made of two, which may come out alike. */
static bool is_same_deployment(const struct wk_workload *a, const struct wk_workload *b)
{
	WK_AUTOFREE char *left = wk_xasprintf("%s-%s", a->name, a->version);
	WK_AUTOFREE char *right = wk_xasprintf("%s-%s", b->name, b->version);

	return a->kind == b->kind && a->kind == WK_WORKLOAD_HELLOWORLD &&
	       strcmp(a->namespace, b->namespace) == 0 && strcmp(left, right) == 0;
}

static bool check_workload_name(const struct wk_decoder *decoder, const struct wk_cluster *cluster,
	size_t i, struct wk_err *err)
{
	const struct wk_workload *w = &cluster->workloads[i];
	/* A name that is the kind's own stands nowhere. */
	struct wk_pos pos = w->name == wk_workload_kind_name(w->kind)
				    ? w->pos
				    : wk_decode_place(decoder, w->name);

	if (begins(w->name, "wookie-"))
		return wk_pos_err(err, &pos, "names that begin with 'wookie-' are the suites' own");
	if (w->kind == WK_WORKLOAD_HELLOWORLD && w->name[0] <= '9')
		return wk_pos_err(
			err, &pos, "a Service's name begins with a letter, found '%s'", w->name);
	if (strcmp(w->name, "kubernetes") == 0 && strcmp(w->namespace, "default") == 0)
		return wk_pos_err(err, &pos,
			"Service 'kubernetes' of namespace 'default' is the API server's");
	for (size_t j = 0; j < i; j++)
		if (is_same_deployment(w, &cluster->workloads[j]))
			return wk_pos_err(err, &pos,
				"name and version make Deployment '%s-%s', as those of '%s' do",
				w->name, w->version, cluster->workloads[j].name);
	return true;
}

bool wk_topology_limits(
	const struct wk_decoder *decoder, const struct wk_topology *topology, struct wk_err *err)
{
	if (!wk_decode_goes_on(decoder, check_range(&topology->wire, err), err))
		return false;
	for (size_t i = 0; i < topology->n_clusters; i++) {
		const struct wk_cluster *cluster = &topology->clusters[i];

		if (!wk_decode_goes_on(decoder, check_port(cluster, err), err) ||
			!wk_decode_goes_on(decoder, check_range(&cluster->pods, err), err) ||
			!wk_decode_goes_on(decoder, check_range(&cluster->services, err), err) ||
			!wk_decode_goes_on(decoder, check_room(topology, cluster, err), err))
			return false;
		for (size_t j = 0; j < cluster->n_workloads; j++)
			if (!wk_decode_goes_on(decoder,
				    check_namespace_name(decoder, &cluster->workloads[j], err),
				    err) ||
				!wk_decode_goes_on(decoder,
					check_workload_name(decoder, cluster, j, err), err))
				return false;
	}
	return true;
}
