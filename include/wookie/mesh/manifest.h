#ifndef WOOKIE_MESH_MANIFEST_H
#define WOOKIE_MESH_MANIFEST_H

#include "wookie/base/clock.h"
#include "wookie/model/topology.h"

struct cJSON;

/* What Istio wants of one cluster, all derived from the topology.
 *
 * meshNetworks names, for every network, the registries whose endpoints are in it and its gateway
 * by Service name. Nothing static: a Service that is labelled with its network wins over the entry
 * that names it, and a named Service without the label is still found, so that each network has
 * exactly one gateway per address (istio pilot/pkg/serviceregistry/kube/controller/network.go,
 * getGatewayDetails). A static address beside the label would be a second gateway and double the
 * weights in EDS. */

/* Input of `istioctl manifest generate`: istiod with its CRDs, RBAC and webhooks, and the east-west
 * gateway. The caller frees. */
char *wk_istio_operator_text(const struct wk_topology *topology, const struct wk_cluster *cluster);
char *wk_istio_gateway_text(const struct wk_topology *topology, const struct wk_cluster *cluster);

/* Where rendered manifests come from. */
struct wk_renderer {
	const char *istioctl;
	const char *istio_version; /* of that istioctl; part of the cache's key */
	const char *cache;         /* folder, kept between runs */
};

/* The objects that istioctl makes of an operator text, as an array that the caller deletes. Comes
 * from the cache where it was rendered before; a damaged cache file is rendered anew. */
bool wk_istio_render(const struct wk_renderer *renderer, const char *operator_text,
	wk_nsec deadline, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* Whether both texts of every cluster are in the cache. */
bool wk_istio_rendered(const struct wk_renderer *renderer, const struct wk_topology *topology);

/* The Gateway by which other networks reach this one's services (AUTO_PASSTHROUGH). */
bool wk_cross_network_gateway(
	const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;

#endif
