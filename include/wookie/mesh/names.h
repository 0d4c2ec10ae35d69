#ifndef WOOKIE_MESH_NAMES_H
#define WOOKIE_MESH_NAMES_H

/* Names that Istio's own manifests and samples give to what they install, in one place: whoever
 * makes an object and whoever looks for it agree by including this. */
#define WK_SYSTEM_NAMESPACE "istio-system"
#define WK_GATEWAY_NAME "istio-eastwestgateway"
#define WK_PROXY_CONTAINER "istio-proxy"
#define WK_NETWORK_LABEL "topology.istio.io/network"
#define WK_ROOT_CONFIGMAP "istio-ca-root-cert"
#define WK_READER_ACCOUNT "istio-reader-service-account"
#define WK_REMOTE_SECRET "istio-remote-secret-" /* and the name of the cluster */

/* Ports of the workloads: helloworld's HTTP, and the port on which it speaks first. */
#define WK_HELLOWORLD_PORT 5000
#define WK_HELLOWORLD_PORT_NAME "http"
#define WK_HELLOWORLD_TCP_PORT 9000
#define WK_HELLOWORLD_TCP_PORT_NAME "tcp-db"
#define WK_TEST_POD_CONTAINER "curl"

/* Everything that this program makes in a cluster carries it. */
#define WK_MANAGED_LABEL "app.kubernetes.io/managed-by"
#define WK_MANAGED_BY "wookie-conform"
/* What a run makes for its checks, with the name of the scratch. */
#define WK_SCRATCH_LABEL "wookie-conform/scratch"

#endif
