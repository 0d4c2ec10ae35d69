/*
 * A topology from clusters
 *
 * What is found is written down as a claim, with the place that it was read from beside it: who keeps the text
 * has something to hold the mesh to later, and who does not sees at least what was taken for granted. The
 * names are those of Istio's own installation (istio "Install Multi-Primary on different networks").
 */
#include "wookie/mesh/discover.h"

#include "wookie/mesh/names.h"
#include "wookie/mesh/object.h"
#include "wookie/yaml/node.h"

#include <cjson/cJSON.h>
#include <string.h>

#define ISTIOD "/apis/apps/v1/namespaces/" WK_SYSTEM_NAMESPACE "/deployments/istiod"
#define MESH_CONFIG "/api/v1/namespaces/" WK_SYSTEM_NAMESPACE "/configmaps/istio"
#define SYSTEM "/api/v1/namespaces/" WK_SYSTEM_NAMESPACE
#define GATEWAY SYSTEM "/services/" WK_GATEWAY_NAME
#define POLICY                                                                               \
	"/apis/security.istio.io/v1/namespaces/" WK_SYSTEM_NAMESPACE "/peerauthentications/" \
	"default"
/* Pages of a cluster that holds very many. */
#define LIST "?limit=5000"

/* What is said once for the whole mesh. Without the first two in common there is none; the others may differ,
 * while a mesh is upgraded for example. */
enum shared { MESH_ID, TRUST_DOMAIN, DNS_CAPTURE, MTLS, ISTIO, N_SHARED };
#define N_NEEDED DNS_CAPTURE

static const struct {
	const char *what;
	const char *where;
} shared_about[N_SHARED] = {
	[MESH_ID] = {"mesh id", "ConfigMap istio, defaultConfig.meshId"},
	[TRUST_DOMAIN] = {"trust domain", "ConfigMap istio, trustDomain"},
	[DNS_CAPTURE] = {"DNS capture",
		"ConfigMap istio, defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE"},
	[MTLS] = {"mutual TLS mode", "PeerAuthentication default of istio-system"},
	[ISTIO] = {"version of Istio", "image of Deployment istiod"},
};

/* One cluster while it is asked; texts are the arena's. */
struct asking {
	const struct wk_discovered *of;
	struct wk_arena *arena;
	wk_nsec deadline;
	const char *shared[N_SHARED];
	const char *name;
	const char *network;
	struct wk_buf text; /* its entry in `clusters` */
};

/* *ret is NULL where there is none; the caller deletes it. */
static bool find(const struct asking *asking, const char *path, cJSON **ret, struct wk_err *err)
{
	return wk_kube_find(asking->of->kube, path, asking->deadline, ret, err);
}

static const char *keep(const struct asking *asking, const char *text)
{
	return text ? wk_arena_strdup(asking->arena, text) : NULL;
}

/* A name may look like a number. */
static const char *quoted(const struct asking *asking, const char *text)
{
	return text ? wk_arena_printf(asking->arena, "\"%s\"", text) : NULL;
}

static const cJSON *container(const cJSON *pod_spec, const char *name)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, wk_object_at(pod_spec, "containers"))
	{
		const char *this = wk_object_text(one, "name");

		if (this && strcmp(this, name) == 0)
			return one;
	}
	return NULL;
}

static const char *variable(const cJSON *of, const char *name)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, wk_object_at(of, "env"))
	{
		const char *this = wk_object_text(one, "name");

		if (this && strcmp(this, name) == 0)
			return wk_object_text(one, "value");
	}
	return NULL;
}

/* "docker.io/istio/pilot:1.28.2-distroless@sha256:..." */
static const char *version_of(const struct asking *asking, const char *image)
{
	const char *slash = image ? strrchr(image, '/') : NULL;
	const char *colon = slash ? strchr(slash, ':') : NULL;
	size_t len = colon ? strspn(colon + 1, "0123456789.") : 0;

	return len ? wk_arena_strndup(asking->arena, colon + 1, len) : NULL;
}

static bool take_istiod(struct asking *asking, const cJSON *istiod, struct wk_err *err)
{
	const cJSON *discovery = container(wk_object_at(istiod, "spec.template.spec"), "discovery");

	if (!istiod)
		return wk_err_set(err, WK_ERR_MISSING,
			"there is no Deployment istiod in namespace " WK_SYSTEM_NAMESPACE);
	asking->name = keep(asking, variable(discovery, "CLUSTER_ID"));
	asking->shared[ISTIO] = version_of(asking, wk_object_text(discovery, "image"));
	if (!asking->name)
		return wk_err_set(err, WK_ERR_MISSING,
			"Deployment istiod has no CLUSTER_ID: clusters of one mesh need a name "
			"each "
			"(values global.multiCluster.clusterName)");
	if (!asking->shared[ISTIO])
		return wk_err_set(err, WK_ERR_MISSING,
			"the image of Deployment istiod names no version: '%s'",
			wk_object_text(discovery, "image"));
	if (asking->of->name && strcmp(asking->of->name, asking->name) != 0)
		return wk_err_set(err, WK_ERR_INPUT,
			"istiod calls its cluster '%s', and not '%s': give --context %s=%s",
			asking->name, asking->of->name, asking->name, asking->of->context);
	return true;
}

static bool ask_istiod(struct asking *asking, struct wk_err *err)
{
	cJSON *istiod = NULL;
	bool ok = find(asking, ISTIOD, &istiod, err) && take_istiod(asking, istiod, err);

	cJSON_Delete(istiod);
	return ok;
}

static bool ask_mesh_config(struct asking *asking, struct wk_err *err)
{
	cJSON *map = NULL;
	struct wk_node **documents = NULL;
	const struct wk_node *mesh;
	const struct wk_node *defaults;
	const char *text;
	size_t n = 0;

	if (!find(asking, MESH_CONFIG, &map, err))
		return false;
	text = keep(asking, wk_object_text(map, "data.mesh"));
	cJSON_Delete(map);
	if (!text)
		return wk_err_set(err, WK_ERR_MISSING,
			"there is no ConfigMap istio with 'mesh' in "
			"namespace " WK_SYSTEM_NAMESPACE);
	if (!wk_yaml_parse_all(asking->arena, "ConfigMap istio, mesh", text, strlen(text),
		    &documents, &n, err))
		return false;
	mesh = n ? documents[0] : NULL;
	defaults = wk_node_get(mesh, "defaultConfig");
	asking->shared[MESH_ID] = quoted(asking, wk_node_text(defaults, "meshId"));
	asking->shared[TRUST_DOMAIN] = quoted(asking, wk_node_text(mesh, "trustDomain"));
	text = wk_node_text(wk_node_get(defaults, "proxyMetadata"), "ISTIO_META_DNS_CAPTURE");
	asking->shared[DNS_CAPTURE] = text && strcmp(text, "true") == 0 ? "true" : "false";
	/* What istiod takes where nothing is said (istio pkg/config/mesh, DefaultMeshConfig). */
	if (!asking->shared[TRUST_DOMAIN])
		asking->shared[TRUST_DOMAIN] = quoted(asking, "cluster.local");
	return asking->shared[MESH_ID] ||
	       wk_err_set(err, WK_ERR_MISSING,
		       "ConfigMap istio says no defaultConfig.meshId: clusters of one mesh say the "
		       "same (values global.meshID)");
}

static bool ask_mtls(struct asking *asking, struct wk_err *err)
{
	cJSON *policy = NULL;
	const char *mode;

	if (!find(asking, POLICY, &policy, err))
		return false;
	mode = wk_object_text(policy, "spec.mtls.mode");
	asking->shared[MTLS] = mode && strcmp(mode, "STRICT") == 0 ? "STRICT" : "PERMISSIVE";
	cJSON_Delete(policy);
	return true;
}

static bool ask_network(struct asking *asking, struct wk_err *err)
{
	cJSON *namespace = NULL;

	if (!find(asking, SYSTEM, &namespace, err))
		return false;
	asking->network = keep(asking, wk_object_label(namespace, WK_NETWORK_LABEL));
	cJSON_Delete(namespace);
	return asking->network ||
	       wk_err_set(err, WK_ERR_MISSING,
		       "namespace " WK_SYSTEM_NAMESPACE " has no label " WK_NETWORK_LABEL
		       ": istiod cannot tell the cluster's network from another");
}

/* The port that takes traffic of other networks: by Istio's own name for it, else its own number. */
static long gateway_port(const cJSON *service)
{
	const cJSON *port;
	double best = 0;

	cJSON_ArrayForEach(port, wk_object_at(service, "spec.ports"))
	{
		const char *name = wk_object_text(port, "name");
		double number = wk_object_number(port, "port", 0);

		if (name && strcmp(name, "tls") == 0)
			return (long)number;
		if (number == 15443)
			best = number;
	}
	return (long)best;
}

static bool add_gateway(struct asking *asking, struct wk_err *err)
{
	cJSON *service = NULL;
	long port;

	if (!find(asking, GATEWAY, &service, err))
		return false;
	port = gateway_port(service);
	(void)wk_buf_printf(&asking->text, "    eastWestGateway: {enabled: %s, port: %ld}%s\n",
		port ? "true" : "false", port ? port : 15443L,
		port      ? " # Service " WK_GATEWAY_NAME ", port tls"
		: service ? " # Service " WK_GATEWAY_NAME " has neither a port tls nor 15443"
			  : " # there is no Service " WK_GATEWAY_NAME);
	cJSON_Delete(service);
	return true;
}

static bool has_port(const cJSON *service, double wanted)
{
	const cJSON *port;

	cJSON_ArrayForEach(port, wk_object_at(service, "spec.ports"))
	{
		if (wk_object_number(port, "port", 0) == wanted)
			return true;
	}
	return false;
}

static bool is_ours(const cJSON *object)
{
	return wk_object_label(object, WK_SCRATCH_LABEL) != NULL;
}

/* A Deployment that a Service of its label's name leads to, on the ports that a helloworld has. */
static bool add_servers(struct asking *asking, const cJSON *deployments, const cJSON *services)
{
	const cJSON *service;
	const cJSON *deployment;

	cJSON_ArrayForEach(service, wk_object_at(services, "items"))
	{
		const char *namespace = wk_object_text(service, "metadata.namespace");
		const char *app = wk_object_text(service, "spec.selector.app");

		if (!app || !namespace || is_ours(service) ||
			!has_port(service, WK_HELLOWORLD_PORT) ||
			!has_port(service, WK_HELLOWORLD_TCP_PORT) ||
			strcmp(app, wk_object_name(service)) != 0)
			continue;
		cJSON_ArrayForEach(deployment, wk_object_at(deployments, "items"))
		{
			const cJSON *labels =
				wk_object_at(deployment, "spec.template.metadata.labels");
			const char *its = wk_object_text(labels, "app");
			const char *version = wk_object_text(labels, "version");
			const char *there = wk_object_text(deployment, "metadata.namespace");

			if (!its || !version || !there || strcmp(its, app) != 0 ||
				strcmp(there, namespace) != 0)
				continue;
			(void)wk_buf_printf(&asking->text,
				"      - {kind: helloworld, name: \"%s\", namespace: \"%s\", "
				"replicas: %.0f, version: \"%s\"} # Deployment %s\n",
				app, namespace, wk_object_number(deployment, "spec.replicas", 1),
				version, wk_object_name(deployment));
			return true;
		}
	}
	return false;
}

/* A pod that can call: with the container that requests are made in. */
static bool add_client(struct asking *asking, const cJSON *pods)
{
	const cJSON *pod;

	cJSON_ArrayForEach(pod, wk_object_at(pods, "items"))
	{
		if (is_ours(pod) || wk_object_at(pod, "metadata.ownerReferences") ||
			!container(wk_object_at(pod, "spec"), WK_TEST_POD_CONTAINER))
			continue;
		(void)wk_buf_printf(&asking->text,
			"      - {kind: test-pod, name: \"%s\", namespace: \"%s\"} # "
			"container " WK_TEST_POD_CONTAINER "\n",
			wk_object_name(pod), wk_object_text(pod, "metadata.namespace"));
		return true;
	}
	return false;
}

static bool add_workloads(struct asking *asking, struct wk_err *err)
{
	cJSON *deployments = NULL;
	cJSON *services = NULL;
	cJSON *pods = NULL;
	bool found = false;
	bool ok = find(asking, "/apis/apps/v1/deployments" LIST, &deployments, err) &&
		  find(asking, "/api/v1/services" LIST, &services, err) &&
		  find(asking, "/api/v1/pods" LIST, &pods, err);

	(void)wk_buf_puts(&asking->text, "    workloads:");
	if (ok) {
		size_t begin = asking->text.len;

		(void)wk_buf_puts(&asking->text, "\n");
		found = add_servers(asking, deployments, services);
		found = add_client(asking, pods) || found;
		if (!found) {
			asking->text.len = begin;
			(void)wk_buf_puts(&asking->text,
				" [] # neither a server nor a client that the checks know\n");
		}
	}
	cJSON_Delete(deployments);
	cJSON_Delete(services);
	cJSON_Delete(pods);
	return ok;
}

static bool ask_cluster(struct asking *asking, struct wk_err *err)
{
	if (!ask_istiod(asking, err) || !ask_mesh_config(asking, err) || !ask_mtls(asking, err) ||
		!ask_network(asking, err))
		return false;
	(void)wk_buf_printf(&asking->text,
		"  - name: \"%s\" # CLUSTER_ID of Deployment istiod\n"
		"    role: primary # it has an istiod\n"
		"    context: \"%s\"\n"
		"    network: \"%s\" # label " WK_NETWORK_LABEL " of namespace " WK_SYSTEM_NAMESPACE
		"\n",
		asking->name, asking->of->context, asking->network);
	return add_gateway(asking, err) && add_workloads(asking, err);
}

static bool agree(const struct asking *one, const struct asking *other, struct wk_err *err)
{
	for (size_t i = 0; i < N_NEEDED; i++)
		if (!wk_same_text(one->shared[i], other->shared[i]))
			return wk_err_set(err, WK_ERR_INPUT,
				"the clusters are not of one mesh: %s %s in '%s', %s in '%s' (%s)",
				shared_about[i].what, one->shared[i], one->name, other->shared[i],
				other->name, shared_about[i].where);
	return !wk_same_text(one->name, other->name) ||
	       wk_err_set(err, WK_ERR_INPUT,
		       "the istiods of contexts '%s' and '%s' both call their cluster '%s'; each "
		       "needs "
		       "a name of its own",
		       one->of->context, other->of->context, one->name);
}

/* The first cluster's value, and who says otherwise. */
static void write_shared(const struct asking asked[], size_t n, enum shared what, const char *key,
	struct wk_buf *ret)
{
	(void)wk_buf_printf(
		ret, "  %s: %s # %s", key, asked[0].shared[what], shared_about[what].where);
	for (size_t i = 1; i < n; i++)
		if (!wk_same_text(asked[i].shared[what], asked[0].shared[what]))
			(void)wk_buf_printf(
				ret, "; in %s it is %s", asked[i].name, asked[i].shared[what]);
	(void)wk_buf_puts(ret, "\n");
}

static void write_topology(const struct asking asked[], size_t n, struct wk_buf *ret)
{
	(void)wk_buf_puts(ret,
		"# What the clusters said of themselves. Each value is a claim: correct "
		"what is not meant to be so.\n"
		"version: 1\n"
		"name: found\n"
		"provider: existing\n"
		"mesh:\n");
	write_shared(asked, n, MESH_ID, "id", ret);
	write_shared(asked, n, TRUST_DOMAIN, "trustDomain", ret);
	write_shared(asked, n, DNS_CAPTURE, "dnsCapture", ret);
	write_shared(asked, n, MTLS, "mtls", ret);
	(void)wk_buf_puts(ret, "istio:\n");
	write_shared(asked, n, ISTIO, "version", ret);
	(void)wk_buf_puts(ret, "clusters:\n");
	for (size_t i = 0; i < n; i++)
		(void)wk_buf_puts(ret, wk_buf_str(&asked[i].text));
}

bool wk_discover(const struct wk_discovered clusters[], size_t n, wk_nsec deadline,
	struct wk_buf *ret, struct wk_err *err)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct asking *asked = wk_arena_alloc(arena, n + 1, sizeof(*asked));
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		asked[i] = (struct asking){.of = &clusters[i],
			.arena = arena,
			.deadline = deadline,
			.text = WK_BUF_INIT(ret->max)};
		ok = ask_cluster(&asked[i], err) ||
		     wk_err_context(err, "context '%s'", clusters[i].context);
		for (size_t j = 0; ok && j < i; j++)
			ok = agree(&asked[j], &asked[i], err);
	}
	if (ok)
		write_topology(asked, n, ret);
	for (size_t i = 0; i < n; i++)
		wk_buf_finish(&asked[i].text);
	return ok && (!ret->full || wk_err_set(err, WK_ERR_SYSTEM,
					    "the topology is longer than %zu bytes", ret->max));
}
