#ifndef WOOKIE_MESH_FACTS_H
#define WOOKIE_MESH_FACTS_H

#include "wookie/mesh/access.h"

/* The derived values: what the topology declares, merged with what each cluster's own API server
 * assigned. An object that is not there leaves null (or [] for a list), never a guess.
 *
 * {"mesh": {"id", "trustDomain", "dnsCapture", "istioVersion", "notice" in seconds, "wire"},
 *  "clusters": [{
 *    "name", "role", "network", "address", "server": "https://172.24.0.2:6443",
 *    "podSubnet", "serviceSubnet", "systemNamespace": "istio-system",
 *    "uid": kube-system's,
 *    "root": sha256 of the certificate in istio-ca-root-cert, "rootPem": the certificate,
 *    "istiod": {"pods": [ready names of those that the Service selects], "clusterIP", "revisions"},
 *    "gateway": {"enabled", "port", "service", "addresses": [..sorted], "pods": [ready names],
 *                "podIPs": [of those], "container": "istio-proxy",
 *                "dials": how many connections to its address leave none of its pods out},
 *    "helloworld": null where none is declared, else {"name", "namespace", "replicas", "version",
 *       "mtls", "host", "port", "portName", "tcpPort", "clusterIP",
 *       "via": what clients dial where names of other clusters do not resolve (the ClusterIP), else
 *       null, "endpoints": [ready pod IPs, sorted],
 *       "pods": [{"name", "ip", "uid"}] (ready, sorted by name), "serviceAccount", "container"},
 *    "testPod": null where none is declared, else {"name", "namespace", "container", "ip", "uid",
 *       "serviceAccount", "ready"},
 *    "from": {"gateway.addresses": "cluster-a service istio-system/istio-eastwestgateway
 *       status.loadBalancer", "network": "topology fixtures/topologies/wookie.yaml:12", ...}
 *  }]}
 *
 * `replicas`, networks, names and versions are the topology's; endpoints, pods, ClusterIPs and
 * certificates are the cluster's. "from" gives the origin by the longest path that is a prefix. */
bool wk_facts_gather(struct wk_access *access, wk_nsec deadline, struct cJSON **ret,
	struct wk_err *err) WK_MUST_CHECK;
/* Puts what one cluster assigned into its entry of declared facts. False: the entry is half
 * filled. */
bool wk_facts_ask(struct wk_access *access, size_t cluster, wk_nsec deadline, struct cJSON *entry,
	struct wk_err *err) WK_MUST_CHECK;
/* So many connections to a Service reach each of its `n_pods`, but for one time in 10^12. */
double wk_facts_dials(size_t n_pods);
/* The same from the topology alone, for `plan` and `lint`: what clusters assign is null. */
struct cJSON *wk_facts_declared(const struct wk_topology *topology);

/* Every path there is, for the reference: "helloworld.pods[].ip"; [] and {} as in evidence. */
enum wk_fact_from {
	WK_FACT_TOPOLOGY, /* the same in a plan */
	WK_FACT_CLUSTER,  /* null or [] in a plan */
};

struct wk_fact_about {
	const char *path;
	enum wk_fact_from from;
	const char *doc;
};

/* Both end with a NULL path. */
extern const struct wk_fact_about wk_facts_of_mesh[];
extern const struct wk_fact_about wk_facts_of_cluster[];

#endif
