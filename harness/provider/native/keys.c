/*
 * The certificates of one cluster
 *
 * A certificate authority of its own for every cluster, as separate clusters have it, and leaves
 * for the API server, kubelet and the clients. All are elliptic, so that they cost milliseconds,
 * and live as long as the mesh: they are removed with its state. The administrator's kubeconfig is
 * written last and by rename; whoever waits for keys waits for that file.
 */
#include "wookie/provider/native/node.h"

#include <string.h>

#include "wookie/base/file.h"
#include "wookie/pki/ca.h"

#define DAYS 30

static void wk_cert_finish_cleanup(struct wk_cert *cert)
{
	wk_cert_finish(cert);
}

static bool put(const char *dir, const char *name, const char *text, struct wk_err *err)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/%s", dir, name);

	return wk_file_write(path, text, strlen(text), 0600, err);
}

static bool put_cert(
	const char *dir, const char *name, const struct wk_cert *cert, struct wk_err *err)
{
	char *WK_AUTOFREE crt = wk_xasprintf("pki/%s.crt", name);
	char *WK_AUTOFREE key = wk_xasprintf("pki/%s.key", name);

	return put(dir, crt, cert->cert_pem, err) && put(dir, key, cert->key_pem, err);
}

/* JSON is valid YAML, so every reader of kubeconfigs takes it. */
static bool put_kubeconfig(const struct wk_cluster *cluster, const struct wk_cert *ca,
	const struct wk_cert *user, const char *path, struct wk_err *err)
{
	char *WK_AUTOFREE root = wk_base64_encode(ca->cert_pem, strlen(ca->cert_pem));
	char *WK_AUTOFREE crt = wk_base64_encode(user->cert_pem, strlen(user->cert_pem));
	char *WK_AUTOFREE key = wk_base64_encode(user->key_pem, strlen(user->key_pem));
	char *WK_AUTOFREE text = wk_xasprintf(
		"{\"apiVersion\": \"v1\", \"kind\": \"Config\", \"current-context\": \"%s\",\n"
		" \"clusters\": [{\"name\": \"%s\", \"cluster\": {\"server\": \"https://%s:6443\","
		" \"certificate-authority-data\": \"%s\"}}],\n"
		" \"contexts\": [{\"name\": \"%s\", \"context\": {\"cluster\": \"%s\", \"user\":"
		" \"%s\"}}],\n"
		" \"users\": [{\"name\": \"%s\", \"user\": {\"client-certificate-data\": \"%s\","
		" \"client-key-data\": \"%s\"}}]}\n",
		cluster->name, cluster->name, cluster->address, root, cluster->name, cluster->name,
		cluster->name, cluster->name, crt, key);

	return wk_file_write(path, text, strlen(text), 0600, err);
}

static bool issue_server(const struct wk_cluster *cluster, const struct wk_cert *ca,
	const char *dir, struct wk_err *err)
{
	char service[16];
	const char *const dns[] = {"localhost", "kubernetes", "kubernetes.default",
		"kubernetes.default.svc", "kubernetes.default.svc.cluster.local", cluster->name,
		NULL};
	const char *const ips[] = {"127.0.0.1", cluster->address, service, NULL};
	struct wk_cert_request request = {.common_name = "kube-apiserver",
		.dns = dns,
		.ips = ips,
		.server = true,
		.days = DAYS};
	struct wk_cert WK_AUTO(wk_cert_finish) api = {0};
	struct wk_cert WK_AUTO(wk_cert_finish) kubelet = {0};

	wk_cidr_host(&cluster->services, 1, service);
	if (!wk_ca_issue(ca, &request, &api, err) || !put_cert(dir, "apiserver", &api, err))
		return false;
	request.common_name = cluster->name;
	return wk_ca_issue(ca, &request, &kubelet, err) && put_cert(dir, "kubelet", &kubelet, err);
}

static bool issue_client(const struct wk_cert *ca, const char *organization, const char *name,
	struct wk_cert *ret, struct wk_err *err)
{
	struct wk_cert_request request = {
		.common_name = name, .organization = organization, .days = DAYS};

	return wk_ca_issue(ca, &request, ret, err);
}

static bool issue_clients(const struct wk_cluster *cluster, const struct wk_cert *ca,
	const char *dir, struct wk_err *err)
{
	char *WK_AUTOFREE node_name = wk_xasprintf("system:node:%s", cluster->name);
	char *WK_AUTOFREE node_path = wk_xasprintf("%s/kubelet.kubeconfig", dir);
	char *WK_AUTOFREE admin_path = wk_xasprintf("%s/admin.kubeconfig", dir);
	struct wk_cert WK_AUTO(wk_cert_finish) caller = {0};
	struct wk_cert WK_AUTO(wk_cert_finish) node = {0};
	struct wk_cert WK_AUTO(wk_cert_finish) admin = {0};

	return issue_client(ca, "system:masters", "apiserver-kubelet-client", &caller, err) &&
	       put_cert(dir, "kubelet-client", &caller, err) &&
	       issue_client(ca, "system:nodes", node_name, &node, err) &&
	       put_kubeconfig(cluster, ca, &node, node_path, err) &&
	       issue_client(ca, "system:masters", "wookie-conform", &admin, err) &&
	       put_kubeconfig(cluster, ca, &admin, admin_path, err);
}

bool wk_node_keys(const struct wk_cluster *cluster, const char *dir, struct wk_err *err)
{
	char *WK_AUTOFREE subject = wk_xasprintf("/CN=%s-kubernetes", cluster->name);
	struct wk_cert WK_AUTO(wk_cert_finish) ca = {0};
	struct wk_cert WK_AUTO(wk_cert_finish) tokens = {0};

	return wk_ca_root(subject, DAYS, &ca, err) && put_cert(dir, "ca", &ca, err) &&
	       wk_key_pair(&tokens, err) && put(dir, "pki/sa.key", tokens.key_pem, err) &&
	       put(dir, "pki/sa.pub", tokens.cert_pem, err) &&
	       issue_server(cluster, &ca, dir, err) && issue_clients(cluster, &ca, dir, err);
}
