/*
 * The programs of a node, and what they are told
 *
 * One row per program, in order of starting. The settings are those of a cluster that lives for
 * minutes and owns nothing: etcd on memory without fsync, no leader elections, no serving where
 * nobody asks (each would make an RSA key first), limits off where they would need privileges over
 * the machine. The few that look odd say why.
 */
#include "wookie/provider/native/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wookie/base/file.h"

#define ETCD_URL "http://127.0.0.1:2379"
#define CONTAINERD_SOCKET "unix:///run/containerd/containerd.sock"
#define NO_LIMIT "0%%" /* of a format */

void wk_argv_finish(struct wk_argv *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->list[i]);
	args->n = 0;
}

static void add(struct wk_argv *args, const char *fmt, ...) WK_PRINTF(2, 3);
static void add(struct wk_argv *args, const char *fmt, ...)
{
	va_list ap;

	if (args->n == WK_ARGV_MAX)
		abort();
	va_start(ap, fmt);
	args->list[args->n] = wk_xvasprintf(fmt, ap);
	va_end(ap);
	args->n++;
	args->list[args->n] = NULL;
}

static void add_all(struct wk_argv *args, const char *const *flags)
{
	for (; *flags; flags++)
		add(args, "%s", *flags);
}

/* A cluster of one has nobody to hear from: short ticks make it elect itself sooner. */
static void etcd(const struct wk_node *node, struct wk_argv *args)
{
	static const char *const flags[] = {"--data-dir=/var/lib/etcd", "--unsafe-no-fsync",
		"--logger=zap", "--log-level=warn", "--heartbeat-interval=50",
		"--election-timeout=500", "--listen-peer-urls=http://127.0.0.1:2380", NULL};

	(void)node;
	add(args, "--listen-client-urls=" ETCD_URL);
	add(args, "--advertise-client-urls=" ETCD_URL);
	add_all(args, flags);
}

static void containerd(const struct wk_node *node, struct wk_argv *args)
{
	(void)node;
	add(args, "--config=" WK_NODE_CONF "/containerd.toml");
}

static void apiserver(const struct wk_node *node, struct wk_argv *args)
{
	static const char *const flags[] = {"--etcd-servers=" ETCD_URL, "--bind-address=0.0.0.0",
		"--tls-cert-file=" WK_NODE_PKI "/apiserver.crt",
		"--tls-private-key-file=" WK_NODE_PKI "/apiserver.key",
		"--client-ca-file=" WK_NODE_PKI "/ca.crt",
		"--kubelet-client-certificate=" WK_NODE_PKI "/kubelet-client.crt",
		"--kubelet-client-key=" WK_NODE_PKI "/kubelet-client.key",
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-key-file=" WK_NODE_PKI "/sa.pub",
		"--service-account-signing-key-file=" WK_NODE_PKI "/sa.key",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--authorization-mode=Node,RBAC", "--allow-privileged=true",
		"--endpoint-reconciler-type=lease", "--enable-priority-and-fairness=false", NULL};

	add(args, "--advertise-address=%s", node->cluster->address);
	add(args, "--service-cluster-ip-range=%s", node->cluster->services.text);
	add_all(args, flags);
}

static void controller_manager(const struct wk_node *node, struct wk_argv *args)
{
	static const char *const flags[] = {"--kubeconfig=" WK_NODE_ADMIN, "--secure-port=0",
		"--leader-elect=false", "--service-account-private-key-file=" WK_NODE_PKI "/sa.key",
		"--root-ca-file=" WK_NODE_PKI "/ca.crt", "--allocate-node-cidrs=false",
		"--cluster-signing-cert-file=" WK_NODE_PKI "/ca.crt",
		"--cluster-signing-key-file=" WK_NODE_PKI "/ca.key",
		"--concurrent-deployment-syncs=10", "--kube-api-qps=500", "--kube-api-burst=1000",
		NULL};

	add(args, "--cluster-cidr=%s", node->cluster->pods.text);
	add_all(args, flags);
}

static void scheduler(const struct wk_node *node, struct wk_argv *args)
{
	(void)node;
	add(args, "--kubeconfig=" WK_NODE_ADMIN);
	add(args, "--leader-elect=false");
	add(args, "--secure-port=0");
}

static void kubelet(const struct wk_node *node, struct wk_argv *args)
{
	add(args, "--config=" WK_NODE_CONF "/kubelet.yaml");
	add(args, "--kubeconfig=" WK_NODE_KUBELET);
	add(args, "--cert-dir=/var/lib/kubelet/pki");
	add(args, "--hostname-override=%s", node->cluster->name);
	add(args, "--node-ip=%s", node->cluster->address);
}

static void proxy(const struct wk_node *node, struct wk_argv *args)
{
	(void)node;
	add(args, "--config=" WK_NODE_CONF "/kube-proxy.yaml");
}

/* On a machine with few cores, starting is a matter of processor time, and collecting garbage is a
 * good part of that: none of an API server's before the limit, less of the others'. containerd gets
 * no such order, its shims would inherit it. */
#define SELDOM "GOGC=400", "GOMEMLIMIT=200MiB", NULL

const struct wk_program wk_node_programs[WK_NODE_PROGRAMS + 1] = {
	{"etcd", 0, etcd, {SELDOM}},
	{"kube-apiserver", WK_NEED_KEYS | WK_NEED_ETCD, apiserver,
		{"GOGC=off", "GOMEMLIMIT=400MiB", NULL}},
	{"containerd", 0, containerd, {NULL}},
	{"kubelet", WK_NEED_KEYS | WK_NEED_CONTAINERD | WK_NEED_API, kubelet, {SELDOM}},
	{"kube-controller-manager", WK_NEED_KEYS | WK_NEED_API, controller_manager, {SELDOM}},
	{"kube-scheduler", WK_NEED_KEYS | WK_NEED_API, scheduler, {SELDOM}},
	{"kube-proxy", WK_NEED_KEYS | WK_NEED_API, proxy, {SELDOM}},
	{NULL, 0, NULL, {NULL}},
};

static bool put(const char *path, struct wk_err *err, const char *fmt, ...) WK_PRINTF(3, 4);
static bool put(const char *path, struct wk_err *err, const char *fmt, ...)
{
	va_list ap;
	char *WK_AUTOFREE text = NULL;

	va_start(ap, fmt);
	text = wk_xvasprintf(fmt, ap);
	va_end(ap);
	return wk_file_write(path, text, strlen(text), 0600, err);
}

static bool configure_pods(const struct wk_node *node, struct wk_err *err)
{
	return wk_mkdir_p("/etc/cni/net.d", 0755, err) &&
	       put("/etc/cni/net.d/10-pods.conflist", err,
		       "{\"cniVersion\": \"0.4.0\", \"name\": \"pods\", \"plugins\": ["
		       "{\"type\": \"bridge\", \"bridge\": \"pods\", \"isGateway\": true, "
		       "\"ipMasq\": true,"
		       " \"hairpinMode\": true, \"ipam\": {\"type\": \"host-local\","
		       " \"ranges\": [[{\"subnet\": \"%s\"}]], \"routes\": [{\"dst\": "
		       "\"0.0.0.0/0\"}]}},"
		       "{\"type\": \"portmap\", \"capabilities\": {\"portMappings\": true}}]}\n",
		       node->cluster->pods.text);
}

/* restrict_oom_score_adj: lowering it below our own would need CAP_SYS_RESOURCE. */
static bool configure_containerd(struct wk_err *err)
{
	return put(WK_NODE_CONF "/containerd.toml", err,
		"version = 2\n"
		"disabled_plugins = [\"io.containerd.snapshotter.v1.devmapper\","
		" \"io.containerd.snapshotter.v1.btrfs\", \"io.containerd.snapshotter.v1.zfs\","
		" \"io.containerd.snapshotter.v1.aufs\", \"io.containerd.snapshotter.v1.native\","
		" \"io.containerd.tracing.processor.v1.otlp\", "
		"\"io.containerd.internal.v1.tracing\"]\n"
		"[debug]\n"
		"  level = \"warn\"\n"
		"[plugins.\"io.containerd.internal.v1.opt\"]\n"
		"  path = \"/var/lib/containerd/opt\"\n"
		"[plugins.\"io.containerd.grpc.v1.cri\"]\n"
		"  sandbox_image = \"registry.k8s.io/pause:3.10\"\n"
		"  restrict_oom_score_adj = true\n"
		"  [plugins.\"io.containerd.grpc.v1.cri\".cni]\n"
		"    bin_dir = \"" WK_NODE_CNI "\"\n"
		"    conf_dir = \"/etc/cni/net.d\"\n");
}

/* KubeletInUserNamespace: it is not in one, but this makes it bear that /dev/kmsg and a few kernel
 * settings are out of its reach. Pods that evict each other over a full disk of the machine would
 * be a strange test, so nothing is ever evicted. */
static bool configure_kubelet(const struct wk_node *node, struct wk_err *err)
{
	char dns[16];

	wk_cidr_host(&node->cluster->services, 10, dns);
	return put(WK_NODE_CONF "/resolv.conf", err, "nameserver 127.0.0.1\n") &&
	       put(WK_NODE_CONF "/kubelet.yaml", err,
		       "apiVersion: kubelet.config.k8s.io/v1beta1\n"
		       "kind: KubeletConfiguration\n"
		       "containerRuntimeEndpoint: " CONTAINERD_SOCKET "\n"
		       "cgroupDriver: cgroupfs\n"
		       "cgroupRoot: /\n"
		       "cgroupsPerQOS: false\n"
		       "enforceNodeAllocatable: []\n"
		       "failSwapOn: false\n"
		       "failCgroupV1: false\n"
		       "oomScoreAdj: 0\n"
		       "resolvConf: " WK_NODE_CONF "/resolv.conf\n"
		       "clusterDNS: [\"%s\"]\n"
		       "clusterDomain: cluster.local\n"
		       "tlsCertFile: " WK_NODE_PKI "/kubelet.crt\n"
		       "tlsPrivateKeyFile: " WK_NODE_PKI "/kubelet.key\n"
		       "volumePluginDir: /var/lib/kubelet/plugins-exec\n"
		       "authentication: {anonymous: {enabled: false}, webhook: {enabled: true},"
		       " x509: {clientCAFile: " WK_NODE_PKI "/ca.crt}}\n"
		       "authorization: {mode: Webhook}\n"
		       "evictionHard: {memory.available: \"" NO_LIMIT
		       "\", nodefs.available: \"" NO_LIMIT "\", imagefs.available: \"" NO_LIMIT
		       "\", nodefs.inodesFree: \"" NO_LIMIT "\"}\n"
		       "imageGCHighThresholdPercent: 100\n"
		       "localStorageCapacityIsolation: false\n"
		       "featureGates: {KubeletInUserNamespace: true}\n"
		       "serializeImagePulls: false\n"
		       "registryPullQPS: 0\n"
		       "eventRecordQPS: 0\n"
		       "kubeAPIQPS: 500\n"
		       "kubeAPIBurst: 1000\n"
		       "configMapAndSecretChangeDetectionStrategy: Get\n",
		       dns);
}

/* The conntrack limits are the machine's, not the node's: 0 leaves them alone. */
static bool configure_proxy(const struct wk_node *node, struct wk_err *err)
{
	return put(WK_NODE_CONF "/kube-proxy.yaml", err,
		"apiVersion: kubeproxy.config.k8s.io/v1alpha1\n"
		"kind: KubeProxyConfiguration\n"
		"clientConnection: {kubeconfig: " WK_NODE_ADMIN "}\n"
		"hostnameOverride: %s\n"
		"clusterCIDR: %s\n"
		"mode: iptables\n"
		"iptables: {minSyncPeriod: 0s}\n"
		"conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s,"
		" tcpCloseWaitTimeout: 0s}\n",
		node->cluster->name, node->cluster->pods.text);
}

bool wk_node_configure(const struct wk_node *node, struct wk_err *err)
{
	return configure_pods(node, err) && configure_containerd(err) &&
	       configure_kubelet(node, err) && configure_proxy(node, err);
}
