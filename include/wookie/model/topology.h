#ifndef WOOKIE_MODEL_TOPOLOGY_H
#define WOOKIE_MODEL_TOPOLOGY_H

#include "wookie/base/arena.h"
#include "wookie/base/clock.h"
#include "wookie/base/pos.h"

#include <stddef.h>
#include <stdint.h>

/* The declared clusters, networks, mesh settings and workloads. Plain data in the arena of the
 * file it was read from; see wookie/conf/topology.h for how it is read and what is refused. */

#define WK_MAX_CLUSTERS 16

enum wk_role {
	WK_ROLE_PRIMARY,
	WK_ROLE_DR,
};

enum wk_provider {
	WK_PROVIDER_NATIVE,
	WK_PROVIDER_EXISTING, /* made by somebody else; reached by the contexts of a kubeconfig */
};

enum wk_workload_kind {
	WK_WORKLOAD_HELLOWORLD, /* the service that is called: a Deployment and a Service */
	WK_WORKLOAD_TEST_POD,   /* the client that calls: one Pod */
};

/* What a workload does with clients that come without mutual TLS: it answers them, or resets them.
 * DISABLE is none of them: gateways leave out whoever turned mutual TLS off. */
enum wk_mtls {
	WK_MTLS_PERMISSIVE,
	WK_MTLS_STRICT,
	WK_MTLS_INHERITED, /* nothing is said here: what is said above counts */
};

/* An IPv4 range; `base` and what follows are in host byte order. */
struct wk_cidr {
	uint32_t base;
	unsigned bits;
	const char *text; /* "10.42.0.0/16", canonical */
	struct wk_pos pos;
};

struct wk_workload {
	enum wk_workload_kind kind;
	const char *name; /* the kind's own name unless given */
	const char *namespace;
	unsigned replicas; /* helloworld; 1 for a test-pod */
	const char *version;
	enum wk_mtls mtls; /* helloworld */
	struct wk_pos pos;
};

/* What holds for a whole namespace of a cluster. */
struct wk_namespace {
	const char *name;
	enum wk_mtls mtls;
	struct wk_pos pos;
};

struct wk_cluster {
	const char *name;
	enum wk_role role;
	const char *context; /* of a kubeconfig; NULL unless the provider is WK_PROVIDER_EXISTING */
	const char *network;
	const char *address; /* of its node on the wire: API server and gateway */
	uint32_t ip;         /* the same in host byte order */
	struct wk_cidr pods;
	struct wk_cidr services;
	bool gateway_enabled;
	uint16_t gateway_port;
	struct wk_pos gateway_pos; /* the cluster's where nothing is said */
	struct wk_workload *workloads;
	size_t n_workloads;
	struct wk_namespace *namespaces; /* only those of which something is said */
	size_t n_namespaces;
	struct wk_pos pos;
};

struct wk_topology {
	const char *file;
	const char *name; /* names the mesh where --name does not */
	enum wk_provider provider;
	const char *mesh_id;
	const char *trust_domain;
	bool dns_capture;
	enum wk_mtls mtls; /* never WK_MTLS_INHERITED */
	wk_nsec notice;    /* so long before its end something is told of that nobody renews */
	const char *istio_version;
	struct wk_pos istio_pos;
	const char *wire_name;
	struct wk_cidr wire;
	struct wk_cluster *clusters;
	size_t n_clusters;
};

const char *wk_provider_name(enum wk_provider provider);
const char *wk_role_name(enum wk_role role);
const char *wk_workload_kind_name(enum wk_workload_kind kind);
const char *wk_mtls_name(enum wk_mtls mtls); /* "PERMISSIVE", "STRICT" */
/* What counts for a workload: its own, else its namespace's, else the mesh's. */
enum wk_mtls wk_workload_mtls(const struct wk_topology *topology, const struct wk_cluster *cluster,
	const struct wk_workload *workload);

/* The first workload of a kind, or NULL. */
const struct wk_workload *wk_cluster_workload(
	const struct wk_cluster *cluster, enum wk_workload_kind kind);
/* NULL when there is none of that name. */
const struct wk_cluster *wk_topology_cluster(const struct wk_topology *topology, const char *name);

/* The nth address of a range (1 is the first host) as text; buf holds at least 16 bytes. */
void wk_cidr_host(const struct wk_cidr *cidr, uint32_t n, char buf[16]);
void wk_ip_format(uint32_t ip, char buf[16]);
bool wk_cidr_contains(const struct wk_cidr *cidr, uint32_t ip);
bool wk_cidr_overlap(const struct wk_cidr *a, const struct wk_cidr *b);
/* The address of the wire's own bridge: the first host that no cluster has. */
uint32_t wk_topology_bridge_ip(const struct wk_topology *topology);

#endif
