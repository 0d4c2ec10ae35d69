#ifndef WOOKIE_PROVIDER_NATIVE_WIRE_H
#define WOOKIE_PROVIDER_NATIVE_WIRE_H

#include "wookie/base/err.h"
#include "wookie/model/topology.h"

#include <sys/types.h>

/* The wire: a bridge in the mesh's own network namespace, and a cable from it to every node. All of
 * these act on the network namespace of the calling process. */

/* In the mesh's: the bridge with its address. */
bool wk_wire_make(const struct wk_topology *topology, struct wk_err *err) WK_MUST_CHECK;
/* In the mesh's: a cable whose other end is eth0 in the network namespace of process `node`. */
bool wk_wire_join(size_t cluster, pid_t node, struct wk_err *err) WK_MUST_CHECK;
/* In a node's: eth0 up with the cluster's address, and the route into the mesh. */
bool wk_wire_plug(
	const struct wk_topology *topology, size_t cluster, struct wk_err *err) WK_MUST_CHECK;

#endif
