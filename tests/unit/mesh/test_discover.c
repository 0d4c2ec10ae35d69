/* What clusters say of themselves, as the loopback servers answer it. */
#include "../kube/server.h"
#include "wookie/conf/topology.h"
#include "wookie/mesh/discover.h"

#include <criterion/criterion.h>
#include <string.h>

#define ISTIOD(cluster, tag)                                                                   \
	FOUND("{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"discovery\","    \
	      "\"image\":\"docker.io/istio/pilot:" tag "\",\"env\":[{\"name\":\"CLUSTER_ID\"," \
	      "\"value\":\"" cluster "\"}]}]}}}}")
#define MESH(id, capture)                                                                     \
	FOUND("{\"data\":{\"mesh\":\"defaultConfig:\\n  meshId: " id "\\n  proxyMetadata:\\n" \
	      "    ISTIO_META_DNS_CAPTURE: '" capture "'\\nenablePrometheusMerge: yes\\n\"}}")
#define NETWORK(name) \
	FOUND("{\"metadata\":{\"labels\":{\"topology.istio.io/network\":\"" name "\"}}}")
#define GATEWAY                                                             \
	FOUND("{\"spec\":{\"ports\":[{\"name\":\"status\",\"port\":15021}," \
	      "{\"name\":\"tls\",\"port\":31443}]}}")
#define NONE FOUND("{\"items\":[]}")
#define SERVER                                                                                     \
	FOUND("{\"items\":[{\"metadata\":{\"name\":\"db-v2\",\"namespace\":\"shop\"},\"spec\":{"   \
	      "\"replicas\":2,\"template\":{\"metadata\":{\"labels\":{\"app\":\"db\",\"version\":" \
	      "\"v2\"}}}}}]}"),                                                                    \
		FOUND("{\"items\":[{\"metadata\":{\"name\":\"db\",\"namespace\":\"shop\"},"        \
		      "\"spec\":{"                                                                 \
		      "\"selector\":{\"app\":\"db\"},\"ports\":[{\"port\":5000},{\"port\":9000}]}" \
		      "}"                                                                          \
		      "]}")
#define POD(name, more)                                                                   \
	"{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"shop\"" more "},\"spec\":{" \
	"\"containers\":[{\"name\":\"curl\"}]}}"
/* The second is the client: the first belongs to a Deployment, the last is of a run. */
#define CLIENT                                                                           \
	FOUND("{\"items\":[" POD("job-1", ",\"ownerReferences\":[{}]") "," POD("caller", \
		"") "," POD("wookie-x", ",\"labels\":{\"wookie-conform/scratch\":\"s\"}") "]}")

static const struct turn east[] = {ISTIOD("east", "1.28.2-distroless"), MESH("m", "true"), GONE,
	NETWORK("n1"), GATEWAY, SERVER, NONE};
static const struct turn west[] = {ISTIOD("west", "1.30.1"), MESH("m", "true"),
	FOUND("{\"spec\":{\"mtls\":{\"mode\":\"STRICT\"}}}"), NETWORK("n2"), GONE, NONE, NONE,
	CLIENT};

/* What comes of two clusters; the caller frees. */
static bool discover(const struct turn *one, size_t n_one, const char *name,
	const struct turn *other, size_t n_other, char **ret)
{
	struct server servers[2];
	struct wk_buf text = WK_BUF_INIT(65536);
	struct wk_err err = {0};
	bool ok;

	server_start(&servers[0], one, n_one);
	server_start(&servers[1], other, n_other);
	const struct wk_discovered clusters[] = {
		{"kind-1", name, wk_kube_new(&servers[0].config, -1)},
		{"kind-2", NULL, wk_kube_new(&servers[1].config, -1)}};

	ok = wk_discover(clusters, 2, wk_now() + 20 * WK_SEC, &text, &err);
	*ret = wk_xstrdup(ok ? wk_buf_str(&text) : err.msg);
	wk_buf_finish(&text);
	for (size_t i = 0; i < 2; i++) {
		wk_kube_free(clusters[i].kube);
		server_stop(&servers[i]);
	}
	return ok;
}

Test(discover, what_is_found_is_a_topology_that_says_where, .timeout = 60)
{
	static const char expected[] =
		"# What the clusters said of themselves. Each value is a claim: correct what is "
		"not "
		"meant to be so.\n"
		"version: 1\n"
		"name: found\n"
		"provider: existing\n"
		"mesh:\n"
		"  id: \"m\" # ConfigMap istio, defaultConfig.meshId\n"
		"  trustDomain: \"cluster.local\" # ConfigMap istio, trustDomain\n"
		"  dnsCapture: true # ConfigMap istio, "
		"defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE\n"
		"  mtls: PERMISSIVE # PeerAuthentication default of istio-system; in west it is "
		"STRICT\n"
		"istio:\n"
		"  version: 1.28.2 # image of Deployment istiod; in west it is 1.30.1\n"
		"clusters:\n"
		"  - name: \"east\" # CLUSTER_ID of Deployment istiod\n"
		"    role: primary # it has an istiod\n"
		"    context: \"kind-1\"\n"
		"    network: \"n1\" # label topology.istio.io/network of namespace istio-system\n"
		"    eastWestGateway: {enabled: true, port: 31443} # Service "
		"istio-eastwestgateway, "
		"port tls\n"
		"    workloads:\n"
		"      - {kind: helloworld, name: \"db\", namespace: \"shop\", replicas: 2, "
		"version: "
		"\"v2\"} # Deployment db-v2\n"
		"  - name: \"west\" # CLUSTER_ID of Deployment istiod\n"
		"    role: primary # it has an istiod\n"
		"    context: \"kind-2\"\n"
		"    network: \"n2\" # label topology.istio.io/network of namespace istio-system\n"
		"    eastWestGateway: {enabled: false, port: 15443} # there is no Service "
		"istio-eastwestgateway\n"
		"    workloads:\n"
		"      - {kind: test-pod, name: \"caller\", namespace: \"shop\"} # container "
		"curl\n";
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_topology topology;
	struct wk_err err;
	char *text;

	cr_assert(discover(east, WK_COUNT(east), "east", west, WK_COUNT(west), &text), "%s", text);
	cr_expect_str_eq(text, expected, "%s", text);
	const struct wk_topology_text from = {.name = "found", .text = text, .len = strlen(text)};

	cr_expect(wk_topology_parse(arena, &from, &topology, &err), "%s", err.msg);
	free(text);
}

static const struct {
	const char *name;
	struct turn turns[8]; /* of the second cluster */
	const char *called;
	const char *said;
} rows[] = {
	{"no Istio", {GONE}, NULL, "context 'kind-2': there is no Deployment istiod"},
	{"a name that is another's", {ISTIOD("west", "1.28.2")}, "north",
		"context 'kind-1': istiod calls its cluster 'east', and not 'north': give "
		"--context "
		"east=kind-1"},
	{"no version", {ISTIOD("west", "latest")}, NULL, "names no version"},
	{"no mesh configuration", {ISTIOD("west", "1.28.2"), GONE}, NULL,
		"there is no ConfigMap istio"},
	{"another mesh",
		{ISTIOD("west", "1.28.2"), MESH("other", "true"), GONE, NETWORK("n2"), GONE, NONE,
			NONE, NONE},
		NULL,
		"the clusters are not of one mesh: mesh id \"m\" in 'east', \"other\" in 'west'"},
	{"no network", {ISTIOD("west", "1.28.2"), MESH("m", "true"), GONE, FOUND("{}")}, NULL,
		"has no label topology.istio.io/network"},
	{"the same name twice",
		{ISTIOD("east", "1.28.2"), MESH("m", "true"), GONE, NETWORK("n2"), GONE, NONE, NONE,
			NONE},
		NULL, "both call their cluster 'east'"},
	{"garbage", {FOUND("<html>")}, NULL, "context 'kind-2': "},
};

Test(discover, what_is_no_mesh_is_told, .timeout = 120)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		char *said;

		cr_expect_not(
			discover(east, WK_COUNT(east), rows[i].called, rows[i].turns, 8, &said),
			"%s", rows[i].name);
		cr_expect_not_null(strstr(said, rows[i].said), "%s: %s", rows[i].name, said);
		free(said);
	}
}
