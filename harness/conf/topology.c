/*
 * The topology file
 *
 * Tables for its maps, and the two kinds of text that are more than text: addresses and subnets.
 * What holds between several values (subnets must not overlap, names must differ) is checked in
 * topology_check.c once everything is decoded.
 */
#include "wookie/conf/topology.h"

#include "wookie/base/num.h"
#include "wookie/conf/documents.h"

#include <arpa/inet.h>
#include <string.h>

#define OCTET "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define ADDRESS OCTET "\\." OCTET "\\." OCTET "\\." OCTET

static const struct wk_pattern address_pattern = {
	"^" ADDRESS "$", 15, "an IPv4 address such as 172.24.0.2"};
static const struct wk_pattern subnet_pattern = {"^" ADDRESS "/([89]|1[0-9]|2[0-9])$", 18,
	"an IPv4 subnet of /8 to /29 such as 10.42.0.0/16"};
static const struct wk_pattern domain_pattern = {
	"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", 253,
	"a domain of lower-case letters, digits, '-' and '.'"};
/* Names become parts of others: the longest that the suites make of a cluster's is a pod's,
 * "wookie-uncaptured-CLUSTER", of which no more than 63 characters are left to its host name. */
static const struct wk_pattern cluster_pattern = {"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
	63 - sizeof("wookie-uncaptured-") + 1,
	"a name of at most 45 lower-case letters, digits and '-'"};
static const struct wk_pattern mesh_pattern = {"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", 40,
	"a name of at most 40 lower-case letters, digits and '-'"};
static const struct wk_pattern istio_pattern = {
	"^[0-9]+\\.[0-9]+\\.[0-9]+([-.][-.a-z0-9]+)?$", 64, "a version such as 1.28.2"};

static uint32_t parse_address(const char *text)
{
	struct in_addr in = {0};

	/* The pattern has been matched. */
	(void)inet_pton(AF_INET, text, &in);
	return ntohl(in.s_addr);
}

static bool decode_subnet(
	struct wk_decoder *decoder, const struct wk_node *node, void *member, struct wk_err *err)
{
	struct wk_cidr cidr = {.pos = node->pos};
	const char *slash;
	uint64_t bits = 0;
	char base[16];

	if (!wk_decode_text(decoder, node, &subnet_pattern, &cidr.text, err))
		return false;
	slash = strchr(cidr.text, '/');
	if (!wk_num_parse(slash + 1, 8, 29, &bits, err))
		return false;
	cidr.bits = (unsigned)bits;
	cidr.base = parse_address(
		wk_arena_strndup(decoder->arena, cidr.text, (size_t)(slash - cidr.text)));
	if (cidr.base & (UINT32_MAX >> cidr.bits)) {
		wk_ip_format(cidr.base & ~(UINT32_MAX >> cidr.bits), base);
		return wk_pos_err(
			err, &node->pos, "expected %s%s, found '%s'", base, slash, cidr.text);
	}
	*(struct wk_cidr *)member = cidr;
	return true;
}

static void schema_subnet(const struct wk_decoder *decoder, struct wk_buf *out)
{
	(void)decoder;
	(void)wk_buf_puts(out, "\"type\":\"string\",\"pattern\":");
	wk_schema_string(subnet_pattern.regex, out);
}

static const struct wk_own own_subnet = {decode_subnet, schema_subnet};

/* In the order of enum wk_provider. */
static const char *const provider_words[] = {"native", "existing", NULL};

static const struct wk_pattern context_pattern = {
	"^[^ \t\r\n]+$", 253, "the name of a context, as 'kubectl config get-contexts' shows it"};

/* What is made here for the shortest time are the authorities of the API servers: 30 days. */
#define HOUR (3600 * WK_SEC)
#define LONGEST_NOTICE (672 * HOUR)

static bool decode_notice(
	struct wk_decoder *decoder, const struct wk_node *node, void *member, struct wk_err *err)
{
	const char *text;
	struct wk_err why;
	wk_nsec notice = 0;

	if (!wk_decode_text(decoder, node, NULL, &text, err))
		return false;
	if (!wk_duration_parse(text, &notice, &why))
		return wk_pos_err(err, &node->pos, "%s", why.msg);
	if (notice > LONGEST_NOTICE)
		return wk_pos_err(err, &node->pos,
			"expected at most 672h, since what is made here lasts 30 days, found '%s'",
			text);
	*(wk_nsec *)member = notice;
	return true;
}

static void schema_notice(const struct wk_decoder *decoder, struct wk_buf *out)
{
	(void)decoder;
	(void)wk_buf_puts(out, "\"type\":\"string\",\"pattern\":");
	wk_schema_string(WK_DURATION_REGEX, out);
}

static const struct wk_own own_notice = {decode_notice, schema_notice};

static const char *const role_words[] = {"primary", "dr", NULL};
static const char *const workload_words[] = {"helloworld", "test-pod", NULL};

static const char *const mtls_words[] = {"PERMISSIVE", "STRICT", NULL};

static const struct wk_field workload_fields[] = {
	{.key = "kind",
		.doc = "helloworld (the service that is called) or test-pod (the client that "
		       "calls)",
		.type = WK_FIELD_WORD,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_workload, kind),
		.words = workload_words},
	{.key = "name",
		.doc = "name of its objects; default: its kind",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_workload, name),
		.pattern = &wk_pattern_name},
	{.key = "namespace",
		.doc = "namespace it lives in",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_workload, namespace),
		.pattern = &wk_pattern_name},
	{.key = "replicas",
		.doc = "pods of a helloworld; default: 1",
		.type = WK_FIELD_NUMBER,
		.at = offsetof(struct wk_workload, replicas),
		.size = sizeof(((struct wk_workload *)0)->replicas),
		.min = 1,
		.max = 50},
	{.key = "version",
		.doc = "label 'version' of its pods, part of the answer; default: v1",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_workload, version),
		.pattern = &wk_pattern_name},
	{.key = "mtls",
		.doc = "whether a helloworld answers clients without mutual TLS (PERMISSIVE) or "
		       "not "
		       "(STRICT); default: as its namespace",
		.type = WK_FIELD_WORD,
		.at = offsetof(struct wk_workload, mtls),
		.words = mtls_words},
	{0},
};

static const struct wk_table workload_table = {
	.fields = workload_fields,
	.size = sizeof(struct wk_workload),
	.defaults =
		&(const struct wk_workload){
			.replicas = 1, .version = "v1", .mtls = WK_MTLS_INHERITED},
	.pos_at = offsetof(struct wk_workload, pos),
};

static const struct wk_field namespace_fields[] = {
	{.key = "name",
		.doc = "namespace of a workload",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_namespace, name),
		.pattern = &wk_pattern_name},
	{.key = "mtls",
		.doc = "whether its workloads answer clients without mutual TLS (PERMISSIVE) or "
		       "not (STRICT)",
		.type = WK_FIELD_WORD,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_namespace, mtls),
		.words = mtls_words},
	{0},
};

static const struct wk_table namespace_table = {
	.fields = namespace_fields,
	.size = sizeof(struct wk_namespace),
	.pos_at = offsetof(struct wk_namespace, pos),
};

static const struct wk_field gateway_fields[] = {
	{.key = "enabled",
		.doc = "whether the cluster has an east-west gateway; default: true",
		.type = WK_FIELD_BOOL,
		.at = offsetof(struct wk_cluster, gateway_enabled)},
	{.key = "port",
		.doc = "port for mutual TLS between the networks; default: 15443",
		.type = WK_FIELD_NUMBER,
		.at = offsetof(struct wk_cluster, gateway_port),
		.size = sizeof(((struct wk_cluster *)0)->gateway_port),
		.min = 1,
		.max = UINT16_MAX},
	{0},
};

static const struct wk_table gateway_table = {
	.fields = gateway_fields, .pos_at = offsetof(struct wk_cluster, gateway_pos)};

static const struct wk_field cluster_fields[] = {
	{.key = "name",
		.doc = "name of the cluster, also for istiod and in reports",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_cluster, name),
		.pattern = &cluster_pattern},
	{.key = "role",
		.doc = "primary or dr (disaster recovery)",
		.type = WK_FIELD_WORD,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_cluster, role),
		.words = role_words},
	{.key = "context",
		.doc = "context of your kubeconfig that leads to it; provider existing, unless "
		       "--context gives it",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_cluster, context),
		.pattern = &context_pattern},
	{.key = "network",
		.doc = "Istio network of the cluster",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_cluster, network),
		.pattern = &wk_pattern_name},
	{.key = "address",
		.doc = "address of its node on the wire: API server and gateway",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_cluster, address),
		.pattern = &address_pattern},
	{.key = "podSubnet",
		.doc = "subnet of its pods",
		.type = WK_FIELD_OWN,
		.at = offsetof(struct wk_cluster, pods),
		.own = &own_subnet},
	{.key = "serviceSubnet",
		.doc = "subnet of its services' ClusterIPs",
		.type = WK_FIELD_OWN,
		.at = offsetof(struct wk_cluster, services),
		.own = &own_subnet},
	{.key = "eastWestGateway",
		.doc = "the gateway through which other networks reach its services",
		.type = WK_FIELD_MAP,
		.table = &gateway_table},
	{.key = "workloads",
		.doc = "what runs in it",
		.type = WK_FIELD_MAPS,
		.at = offsetof(struct wk_cluster, workloads),
		.n_at = offsetof(struct wk_cluster, n_workloads),
		.max = 32,
		.table = &workload_table},
	{.key = "namespaces",
		.doc = "what holds for whole namespaces",
		.type = WK_FIELD_MAPS,
		.at = offsetof(struct wk_cluster, namespaces),
		.n_at = offsetof(struct wk_cluster, n_namespaces),
		.max = 32,
		.table = &namespace_table},
	{0},
};

static const struct wk_table cluster_table = {
	.fields = cluster_fields,
	.size = sizeof(struct wk_cluster),
	.defaults = &(const struct wk_cluster){.gateway_enabled = true, .gateway_port = 15443},
	.pos_at = offsetof(struct wk_cluster, pos),
};

static const struct wk_field mesh_fields[] = {
	{.key = "id",
		.doc = "mesh ID, the same in all clusters; default: mesh1",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_topology, mesh_id),
		.pattern = &wk_pattern_name},
	{.key = "trustDomain",
		.doc = "trust domain of all workload identities; default: cluster.local",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_topology, trust_domain),
		.pattern = &domain_pattern},
	{.key = "dnsCapture",
		.doc = "whether proxies answer DNS for the mesh; default: true",
		.type = WK_FIELD_BOOL,
		.at = offsetof(struct wk_topology, dns_capture)},
	{.key = "mtls",
		.doc = "whether workloads answer clients without mutual TLS (PERMISSIVE) or not "
		       "(STRICT), unless their namespace or they themselves say otherwise; "
		       "default: "
		       "PERMISSIVE",
		.type = WK_FIELD_WORD,
		.at = offsetof(struct wk_topology, mtls),
		.words = mtls_words},
	{.key = "notice",
		.doc = "how long before its end a token, certificate or authority counts as "
		       "failing that nobody renews by itself; default: 168h",
		.type = WK_FIELD_OWN,
		.at = offsetof(struct wk_topology, notice),
		.own = &own_notice},
	{0},
};

static const struct wk_table mesh_table = {.fields = mesh_fields};

static const struct wk_field istio_fields[] = {
	{.key = "version",
		.doc = "version of istiod and the proxies, such as 1.28.2",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_topology, istio_version),
		.pattern = &istio_pattern},
	{0},
};

static const struct wk_table istio_table = {.fields = istio_fields};

static const struct wk_field wire_fields[] = {
	{.key = "name",
		.doc = "name of the network that joins the nodes; default: wire",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_topology, wire_name),
		.pattern = &wk_pattern_name},
	{.key = "subnet",
		.doc = "subnet of the nodes' addresses",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_topology, wire),
		.own = &own_subnet},
	{0},
};

static const struct wk_table wire_table = {.fields = wire_fields};

static const struct wk_field topology_fields[] = {
	{.key = "version",
		.doc = "version of this format: 1",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.own = &wk_own_version},
	{.key = "name",
		.doc = "name of the mesh, unless --name gives another",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_topology, name),
		.pattern = &mesh_pattern},
	{.key = "provider",
		.doc = "what makes the clusters: native, or existing for those that somebody "
		       "else made, reached by a kubeconfig; default: native",
		.type = WK_FIELD_WORD,
		.at = offsetof(struct wk_topology, provider),
		.words = provider_words},
	{.key = "mesh",
		.doc = "settings of the whole mesh",
		.type = WK_FIELD_MAP,
		.table = &mesh_table},
	{.key = "istio",
		.doc = "which Istio is deployed",
		.type = WK_FIELD_MAP,
		.need = WK_REQUIRED,
		.table = &istio_table},
	{.key = "wire",
		.doc = "the network that joins the nodes",
		.type = WK_FIELD_MAP,
		.table = &wire_table},
	{.key = "clusters",
		.doc = "the clusters of the mesh",
		.type = WK_FIELD_MAPS,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_topology, clusters),
		.n_at = offsetof(struct wk_topology, n_clusters),
		.min = 2,
		.max = WK_MAX_CLUSTERS,
		.table = &cluster_table},
	{0},
};

const struct wk_table wk_topology_table = {
	.fields = topology_fields,
	.size = sizeof(struct wk_topology),
	.defaults = &(const struct wk_topology){.provider = WK_PROVIDER_NATIVE,
		.mesh_id = "mesh1",
		.trust_domain = "cluster.local",
		.dns_capture = true,
		.notice = 168 * HOUR,
		.wire_name = "wire"},
};

/* What follows from other values. */
static void complete(struct wk_topology *topology)
{
	for (size_t i = 0; i < topology->n_clusters; i++) {
		struct wk_cluster *cluster = &topology->clusters[i];

		cluster->ip = cluster->address ? parse_address(cluster->address) : 0;
		if (!cluster->gateway_pos.file)
			cluster->gateway_pos = cluster->pos;
		for (size_t j = 0; j < cluster->n_workloads; j++) {
			struct wk_workload *workload = &cluster->workloads[j];

			if (!workload->name)
				workload->name = wk_workload_kind_name(workload->kind);
		}
	}
}

static bool load(struct wk_decoder *decoder, struct wk_node *root,
	const struct wk_topology_text *from, struct wk_topology *ret, struct wk_err *err)
{
	size_t before = wk_errors_count(decoder->errors);
	struct wk_topology topology;

	for (size_t i = 0; i < from->n_sets; i++)
		if (!wk_override(decoder, root, &wk_topology_table, from->sets[i], err))
			return false;
	if (!wk_decode(decoder, root, &wk_topology_table, &topology, err) ||
		wk_errors_count(decoder->errors) > before)
		return false;
	topology.file = wk_arena_strdup(decoder->arena, from->name);
	topology.istio_pos = wk_decode_place(decoder, topology.istio_version);
	complete(&topology);
	if (!wk_topology_check(decoder, &topology, err) ||
		(topology.provider == WK_PROVIDER_NATIVE &&
			!wk_topology_limits(decoder, &topology, err)) ||
		wk_errors_count(decoder->errors) > before)
		return false;
	*ret = topology;
	return true;
}

bool wk_topology_load(struct wk_arena *arena, const char *file, const char *const sets[],
	size_t n_sets, struct wk_topology *ret, struct wk_err *err)
{
	struct wk_decoder decoder = {.arena = arena};
	const struct wk_topology_text from = {.name = file, .sets = sets, .n_sets = n_sets};
	struct wk_node *root;

	return wk_yaml_read(arena, file, &root, err) && load(&decoder, root, &from, ret, err);
}

bool wk_topology_parse(struct wk_arena *arena, const struct wk_topology_text *from,
	struct wk_topology *ret, struct wk_err *err)
{
	struct wk_decoder decoder = {.arena = arena};
	struct wk_node *root;

	return wk_yaml_parse(arena, from->name, from->text, from->len, &root, err) &&
	       load(&decoder, root, from, ret, err);
}

bool wk_topology_lint(
	struct wk_arena *arena, const char *file, struct wk_errors *errors, struct wk_topology *ret)
{
	struct wk_decoder decoder = {.arena = arena, .errors = errors};
	size_t before = wk_errors_count(errors);
	struct wk_node *root;
	struct wk_err err;

	if (wk_yaml_read(arena, file, &root, &err) &&
		load(&decoder, root, &(const struct wk_topology_text){.name = file}, ret, &err))
		return true;
	if (wk_errors_count(errors) == before)
		(void)!wk_errors_take(errors, &err);
	return false;
}
