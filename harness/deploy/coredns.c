/*
 * CoreDNS
 *
 * Cluster DNS in its smallest useful form: the cluster's own zone, with a short time to live so
 * that a changed Service is seen at once, and nothing forwarded, because a mesh here has no way
 * out. Names and RBAC are those of every Kubernetes cluster, so that tools find it; the address is
 * the tenth of the Service range, which is what the kubelets are told.
 */
#include "wookie/deploy/install.h"

#include "wookie/mesh/names.h"
#include "wookie/mesh/template.h"

#define DNS_HOST 10

static const char template[] =
	"apiVersion: v1\n"
	"kind: ServiceAccount\n"
	"metadata: {name: coredns, namespace: kube-system, labels: ${labels}}\n"
	"---\n"
	"apiVersion: rbac.authorization.k8s.io/v1\n"
	"kind: ClusterRole\n"
	"metadata: {name: \"system:coredns\", labels: ${labels}}\n"
	"rules:\n"
	"- {apiGroups: [\"\"], resources: [endpoints, services, pods, namespaces], verbs: [list, "
	"watch]}\n"
	"- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}\n"
	"---\n"
	"apiVersion: rbac.authorization.k8s.io/v1\n"
	"kind: ClusterRoleBinding\n"
	"metadata: {name: \"system:coredns\", labels: ${labels}}\n"
	"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "
	"\"system:coredns\"}\n"
	"subjects: [{kind: ServiceAccount, name: coredns, namespace: kube-system}]\n"
	"---\n"
	"apiVersion: v1\n"
	"kind: ConfigMap\n"
	"metadata: {name: coredns, namespace: kube-system, labels: ${labels}}\n"
	"data: {Corefile: ${corefile}}\n"
	"---\n"
	"apiVersion: apps/v1\n"
	"kind: Deployment\n"
	"metadata: {name: coredns, namespace: kube-system, labels: ${labels}}\n"
	"spec:\n"
	"  selector: {matchLabels: {k8s-app: kube-dns}}\n"
	"  template:\n"
	"    metadata: {labels: {k8s-app: kube-dns}}\n"
	"    spec:\n"
	"      serviceAccountName: coredns\n"
	"      dnsPolicy: Default\n"
	"      terminationGracePeriodSeconds: 1\n"
	"      containers:\n"
	"      - name: coredns\n"
	"        image: registry.k8s.io/coredns/coredns:v1.13.1\n"
	"        imagePullPolicy: IfNotPresent\n"
	"        args: [-conf, /etc/coredns/Corefile]\n"
	"        readinessProbe: {httpGet: {path: /ready, port: 8181}, periodSeconds: 1}\n"
	"        volumeMounts: [{name: config, mountPath: /etc/coredns}]\n"
	"      volumes: [{name: config, configMap: {name: coredns}}]\n"
	"---\n"
	"apiVersion: v1\n"
	"kind: Service\n"
	"metadata: {name: kube-dns, namespace: kube-system, labels: ${labels}}\n"
	"spec:\n"
	"  clusterIP: ${address}\n"
	"  selector: {k8s-app: kube-dns}\n"
	"  ports:\n"
	"  - {name: dns, port: 53, protocol: UDP}\n"
	"  - {name: dns-tcp, port: 53, protocol: TCP}\n";

static const char corefile[] = ".:53 {\n"
			       "    errors\n"
			       "    ready\n"
			       "    cache 5\n"
			       "    kubernetes cluster.local in-addr.arpa {\n"
			       "        ttl 5\n"
			       "    }\n"
			       "}\n";

bool wk_coredns_objects(const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err)
{
	static const char labels[] = "{k8s-app: kube-dns, " WK_MANAGED_LABEL ": " WK_MANAGED_BY "}";
	char address[16];
	const struct wk_value values[] = {
		{"labels", labels, WK_VALUE_RAW},
		{"corefile", corefile, WK_VALUE_TEXT},
		{"address", address, WK_VALUE_TEXT},
	};

	wk_cidr_host(&cluster->services, DNS_HOST, address);
	return wk_template_objects("coredns", template, values, WK_COUNT(values), ret, err);
}
