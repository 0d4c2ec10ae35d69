#include "wookie/base/file.h"
#include "wookie/conf/topology.h"
#include "wookie/yaml/node.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD "version: 1\nname: t\nistio: {version: 1.28.2}\nwire: {subnet: 172.24.0.0/16}\n"
#define CLUSTER(name, address, pods, services, more)                                          \
	"  - {name: " name ", role: dr, network: net, address: " address ", podSubnet: " pods \
	", serviceSubnet: " services more "}\n"
#define A CLUSTER("a", "172.24.0.2", "10.0.0.0/16", "10.1.0.0/16", "")
#define B CLUSTER("b", "172.24.0.3", "10.2.0.0/16", "10.3.0.0/16", "")
#define TWO(more)                            \
	HEAD "clusters:\n" A "  - name: b\n" \
	     "    role: dr\n"                \
	     "    network: net\n"            \
	     "    address: 172.24.0.3\n"     \
	     "    podSubnet: 10.2.0.0/16\n"  \
	     "    serviceSubnet: 10.3.0.0/16\n" more

/* Loads `text` from a file; messages name it "t.yaml", wherever it is. */
static bool load(struct wk_arena *arena, const char *text, const char *set, struct wk_topology *ret,
	struct wk_err *err)
{
	char dir[] = "/tmp/wk-topology-XXXXXX";
	const char *sets[] = {set};
	bool ok;

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
	cr_assert(wk_file_write("t.yaml", text, strlen(text), 0600, err), "%s", err->msg);
	ok = wk_topology_load(arena, "t.yaml", sets, set ? 1 : 0, ret, err);
	cr_assert_eq(unlink("t.yaml"), 0);
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(rmdir(dir), 0);
	return ok;
}

Test(topology, refuses_what_cannot_be_and_says_where)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"- a\n", "t.yaml:1:1: expected a map, found a list"},
		{"name: t\n", "t.yaml:1:1: missing key 'version': version of this format: 1"},
		{"version: 2\n",
			"t.yaml:1:10: expected 1, the version of the format that this program "
			"reads, found '2'"},
		{HEAD "clutsers: []\n", "t.yaml:5:1: unknown key 'clutsers', did you mean "
					"'clusters'; expected one of "
					"version, name, provider, mesh, istio, wire, clusters"},
		{HEAD, "t.yaml:1:1: missing key 'clusters': the clusters of the mesh"},
		{"version: 1\nname: t\nistio: {version: 1.28.2}\nclusters:\n" A B,
			"t.yaml:1:1: missing key 'wire': the network that joins the nodes"},
		{HEAD "clusters:\n" A "  - {name: b, role: dr, network: net}\n",
			"t.yaml:7:5: missing key 'address', from which a cluster is made"},
		{HEAD "clusters:\n" A "  - {name: b, role: dr, network: net, address: 172.24.0.3, "
		      "podSubnet: 10.2.0.0/16}\n",
			"t.yaml:7:5: missing key 'serviceSubnet', from which a cluster is made"},
		{HEAD "clusters: []\n", "t.yaml:5:11: expected 2 to 16 clusters, found 0"},
		{HEAD "clusters:\n" A, "t.yaml:6:3: expected 2 to 16 clusters, found 1"},
		{HEAD "clusters:\n" A A A A A A A A A A A A A A A A A,
			"t.yaml:6:3: expected 2 to 16 clusters, found 17"},
		{HEAD "clusters: {a: 1}\n", "t.yaml:5:11: expected a list, found a map"},
		{HEAD "clusters: [a, b]\n", "t.yaml:5:12: expected a map, found 'a'"},
		{TWO("") "provider: docker\n", "t.yaml:13:11: unknown provider 'docker'; expected "
					       "one of native, existing"},
		{TWO("") "provider: nativ\n",
			"t.yaml:13:11: unknown provider 'nativ', did you mean "
			"'native'; expected one of native, existing"},
		{TWO("    context: kind-a\n"),
			"t.yaml:13:14: a context leads to a cluster that is there, and provider "
			"'native' makes new ones; say 'provider: existing', or leave it out"},
		{TWO("    context: kind a\n") "provider: existing\n",
			"t.yaml:13:14: expected the name of a context, as 'kubectl config "
			"get-contexts' shows it, found 'kind a'"},
		{TWO("") "mesh:\n", "t.yaml:13:6: expected a map, found nothing"},
		{TWO("") "mesh: {dnsCapture: soon}\n",
			"t.yaml:13:20: expected true or false, found 'soon'"},
		{TWO("") "mesh: {dnsCapture: 'true'}\n",
			"t.yaml:13:20: expected true or false, found the text 'true'"},
		{TWO("") "mesh: {dnsCapture: yes}\n", "t.yaml:13:20: 'yes' has different meanings "
						      "in YAML 1.1 and 1.2: write true or "
						      "false, or quote it"},
		{TWO("") "mesh: {id: Mesh_1}\n", "t.yaml:13:12: expected a name of at most 63 "
						 "lower-case letters, digits and "
						 "'-', found 'Mesh_1'"},
		{TWO("") "mesh: {id: 12}\n", "t.yaml:13:12: expected a name of at most 63 "
					     "lower-case letters, digits and "
					     "'-', found '12': put it in quotes"},
		{TWO("") "mesh: {trustDomain: -x}\n", "t.yaml:13:21: expected a domain of "
						      "lower-case letters, digits, '-' and '.', "
						      "found '-x'"},
		{"version: 1\nname: t\nistio: {version: 1.28}\n",
			"t.yaml:3:18: expected a version such as 1.28.2, found '1.28': put it in "
			"quotes"},
		{"version: 1\nname: t\nwire: {subnet: 172.24.0.0}\n",
			"t.yaml:3:16: expected an IPv4 subnet of /8 to /29 such as 10.42.0.0/16, "
			"found "
			"'172.24.0.0'"},
		{"version: 1\nname: t\nwire: {subnet: 172.24.0.0/30}\n",
			"t.yaml:3:16: expected an IPv4 subnet of /8 to /29 such as 10.42.0.0/16, "
			"found "
			"'172.24.0.0/30'"},
		{"version: 1\nname: t\nwire: {subnet: 172.24.0.9/16}\n",
			"t.yaml:3:16: expected 172.24.0.0/16, found '172.24.0.9/16'"},
		{TWO("    eastWestGateway: {port: 0}\n"),
			"t.yaml:13:29: expected a whole number from 1 to 65535, found '0'"},
		{TWO("    eastWestGateway: {port: soon}\n"),
			"t.yaml:13:29: expected a whole number, found 'soon'"},
		{TWO("    eastWestGateway: {port: 65536}\n"),
			"t.yaml:13:29: expected a whole number from 1 to 65535, found '65536'"},
		{TWO("    workloads: [{kind: hello-world, namespace: s}]\n"),
			"t.yaml:13:24: unknown kind 'hello-world', did you mean 'helloworld'; "
			"expected "
			"one of helloworld, test-pod"},
		{TWO("    workloads: [{kind: test-pod}]\n"),
			"t.yaml:13:17: missing key 'namespace': namespace it lives in"},
		{TWO("    workloads: [{kind: helloworld, namespace: s, replicas: 0}]\n"),
			"t.yaml:13:60: expected a whole number from 1 to 50, found '0'"},
		{TWO("    workloads: [{kind: helloworld, namespace: s, replica: 2}]\n"),
			"t.yaml:13:50: unknown key 'replica', did you mean 'replicas'; expected "
			"one of "
			"kind, name, namespace, replicas, version, mtls"},
		{TWO("    workloads: [{kind: test-pod, namespace: s, replicas: 2}]\n"),
			"t.yaml:13:17: a test-pod is a single pod, found replicas: 2"},
		{TWO("    workloads: [{kind: test-pod, namespace: s}, {kind: helloworld, "
		     "namespace: m, name: test-pod}, {kind: test-pod, namespace: s}]\n"),
			"t.yaml:13:99: a second workload is named 'test-pod' in namespace 's', "
			"the "
			"first at t.yaml:13:17"},
		{TWO("    workloads: [{kind: test-pod, namespace: s, mtls: STRICT}]\n"),
			"t.yaml:13:17: nobody calls a test-pod, so nothing shows its mtls; say it "
			"of a helloworld, a namespace or the mesh"},
		{TWO("    workloads: [{kind: helloworld, namespace: s, mtls: DISABLE}]\n"),
			"t.yaml:13:56: unknown mtls 'DISABLE'; expected one of PERMISSIVE, STRICT"},
		{TWO("    namespaces: [{name: s, mtls: STRICT}]\n"),
			"t.yaml:13:25: b declares no workload in namespace 's'"},
		{TWO("    workloads: [{kind: helloworld, namespace: s}]\n"
		     "    namespaces: [{name: s, mtls: STRICT}, {name: s, mtls: STRICT}]\n"),
			"t.yaml:14:50: namespace 's' stands at t.yaml:14:18 already"},
		{HEAD "clusters:\n" A CLUSTER(
			 "b", "172.24.0.3", "10.2.0.0/16", "10.3.0.0/16", ", color: red"),
			"t.yaml:7:112: unknown key 'color'; expected one of name, role, context, "
			"network, "
			"address, podSubnet, serviceSubnet, eastWestGateway, workloads, "
			"namespaces"},
		{HEAD "clusters:\n" A CLUSTER("a", "172.24.0.3", "10.2.0.0/16", "10.3.0.0/16", ""),
			"t.yaml:7:12: a second cluster is named 'a', the first at t.yaml:6:12"},
		{HEAD "clusters:\n" A CLUSTER("b", "172.24.0.2", "10.2.0.0/16", "10.3.0.0/16", ""),
			"t.yaml:7:48: address 172.24.0.2 is that of a too, at t.yaml:6:48"},
		{HEAD "clusters:\n" A CLUSTER("b", "172.25.0.2", "10.2.0.0/16", "10.3.0.0/16", ""),
			"t.yaml:7:48: address 172.25.0.2 is outside the wire 172.24.0.0/16 at "
			"t.yaml:4:16"},
		{HEAD "clusters:\n" A CLUSTER("b", "172.24.0.0", "10.2.0.0/16", "10.3.0.0/16", ""),
			"t.yaml:7:48: address 172.24.0.0 is the network address of the wire "
			"172.24.0.0/16 at t.yaml:4:16"},
		{HEAD "clusters:\n" A CLUSTER(
			 "b", "172.24.255.255", "10.2.0.0/16", "10.3.0.0/16", ""),
			"t.yaml:7:48: address 172.24.255.255 is the broadcast address of the wire "
			"172.24.0.0/16 at t.yaml:4:16"},
		{HEAD "clusters:\n" A CLUSTER("b", "172.24.0", "10.2.0.0/16", "10.3.0.0/16", ""),
			"t.yaml:7:48: expected an IPv4 address such as 172.24.0.2, found "
			"'172.24.0'"},
		{HEAD "clusters:\n" A CLUSTER(
			 "b", "172.24.0.256", "10.2.0.0/16", "10.3.0.0/16", ""),
			"t.yaml:7:48: expected an IPv4 address such as 172.24.0.2, found "
			"'172.24.0.256'"},
		{HEAD "clusters:\n" A CLUSTER(
			 "b", "172.24.0.3", "10.0.128.0/17", "10.3.0.0/16", ""),
			"t.yaml:7:71: subnet 10.0.128.0/17 of pods of b overlaps 10.0.0.0/16 of "
			"the "
			"pods of a at t.yaml:6:71"},
		{HEAD "clusters:\n" A CLUSTER("b", "172.24.0.3", "10.2.0.0/16", "10.0.0.0/8", ""),
			"t.yaml:7:99: subnet 10.0.0.0/8 of services of b overlaps 10.0.0.0/16 of "
			"the "
			"pods of a at t.yaml:6:71"},
		{HEAD "clusters:\n" A CLUSTER(
			 "b", "172.24.0.3", "172.24.64.0/24", "10.3.0.0/16", ""),
			"t.yaml:7:71: subnet 172.24.64.0/24 of pods of b overlaps 172.24.0.0/16 of "
			"the "
			"wire at t.yaml:4:16"},
		{HEAD "clusters:\n" A CLUSTER("b", "172.24.0.3", "10.2.0.0/16", "10.3.0.0/29", ""),
			"t.yaml:7:99: subnet 10.3.0.0/29 has no room for cluster DNS at 10.3.0.10; "
			"expected /28 or wider"},
		{"version: 1\nname: t\nistio: {version: 1.28.2}\nwire: {subnet: 172.24.0.0/29}\n"
		 "clusters:\n" A B CLUSTER("c", "172.24.0.1", "10.4.0.0/16", "10.5.0.0/16",
			 "") CLUSTER("d", "172.24.0.4", "10.6.0.0/16", "10.7.0.0/16",
			 "") CLUSTER("e", "172.24.0.5", "10.8.0.0/16", "10.9.0.0/16", "")
				CLUSTER("f", "172.24.0.6", "10.10.0.0/16", "10.11.0.0/16", ""),
			"t.yaml:4:16: the wire 172.24.0.0/29 has 6 addresses; 6 clusters and the "
			"bridge "
			"need 7"},
		{HEAD "clusters:\n" A CLUSTER("B", "172.24.0.3", "10.2.0.0/16", "10.3.0.0/29", ""),
			"t.yaml:7:12: expected a name of at most 45 lower-case letters, digits and "
			"'-', found 'B'"},
		{HEAD "clusters:\n" A "  - {name: b, role: secondary}\n",
			"t.yaml:7:21: unknown role 'secondary'; expected one of primary, dr"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		struct wk_topology topology = {.name = "untouched"};
		struct wk_err err = {0};

		cr_expect_not(load(arena, rows[i].text, NULL, &topology, &err), "row %zu", i);
		cr_expect_str_eq(err.msg, rows[i].message, "row %zu: %s", i, err.msg);
		cr_expect_eq(err.kind, WK_ERR_INPUT, "row %zu", i);
		cr_expect_str_eq(topology.name, "untouched", "row %zu", i);
	}
}

Test(topology, refuses_overrides_that_lead_nowhere)
{
	static const struct {
		const char *set;
		const char *message;
	} rows[] = {
		{"name", "--set name: expected PATH=VALUE"},
		{"=x", "--set =x: expected PATH=VALUE"},
		{"nmae=x", "--set nmae=x: unknown key 'nmae', did you mean 'name'; expected one of "
			   "version, name, provider, mesh, istio, wire, clusters"},
		{"name.x=y", "--set name.x=y: 'name' is a single value; nothing is below it"},
		{"mesh=y", "--set mesh=y: 'mesh' is no single value; name one below it"},
		{"clusters=y",
			"--set clusters=y: 'clusters' is no single value; name one below it"},
		{"clusters.a=y", "--set clusters.a=y: 'a' is no single value; name one below it"},
		{"clusters.c.role=dr", "--set clusters.c.role=dr: unknown element 'c', did you "
				       "mean 'a'; expected one "
				       "of a, b"},
		{"clusters.b.rol=dr",
			"--set clusters.b.rol=dr: unknown key 'rol', did you mean "
			"'role'; expected one "
			"of name, role, context, network, address, podSubnet, serviceSubnet, "
			"eastWestGateway, "
			"workloads, namespaces"},
		{"clusters.b.workloads.helloword.replicas=5",
			"--set clusters.b.workloads.helloword.replicas=5: unknown element "
			"'helloword', "
			"did you mean 'helloworld'; expected one of helloworld, one, two"},
		{"clusters.b.workloads.test-pod.version=v2",
			"--set clusters.b.workloads.test-pod.version=v2: 'test-pod' fits 2 "
			"elements; "
			"use a name"},
		{"clusters.a.workloads.x.version=v2", "--set clusters.a.workloads.x.version=v2: "
						      "unknown element 'x'; expected none"},
		{"clusters.b.workloads.helloworld.replicas=many",
			"--set clusters.b.workloads.helloworld.replicas=many: expected a whole "
			"number, "
			"found 'many'"},
		{"clusters.b.workloads.helloworld.replicas=",
			"--set clusters.b.workloads.helloworld.replicas=: expected a whole number, "
			"found nothing"},
		{"clusters.b.address=172.24.0.2", "--set clusters.b.address=172.24.0.2: address "
						  "172.24.0.2 is that of a too, at "
						  "t.yaml:6:48"},
		{"wire.subnet=10.0.0.0/8", "t.yaml:6:71: subnet 10.0.0.0/16 of pods of a overlaps "
					   "10.0.0.0/8 of the wire "
					   "at --set wire.subnet=10.0.0.0/8"},
		{"wire.subnet=172.24.1.0/29", "t.yaml:6:48: address 172.24.0.2 is outside the wire "
					      "172.24.1.0/29 at --set "
					      "wire.subnet=172.24.1.0/29"},
		{"mesh.dnsCapture=no",
			"--set mesh.dnsCapture=no: expected true or false, found 'no'"},
		{"provider=k3d",
			"--set provider=k3d: unknown provider 'k3d'; expected one of native, "
			"existing"},
	};
	static const char text[] = TWO("    workloads:\n"
				       "      - {kind: helloworld, namespace: s}\n"
				       "      - {kind: test-pod, namespace: s, name: one}\n"
				       "      - {kind: test-pod, namespace: s, name: two}\n");

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		struct wk_topology topology = {0};
		struct wk_err err = {0};

		cr_expect_not(
			load(arena, text, rows[i].set, &topology, &err), "row '%s'", rows[i].set);
		cr_expect_str_eq(err.msg, rows[i].message, "row '%s': %s", rows[i].set, err.msg);
		cr_expect_eq(err.kind, WK_ERR_INPUT, "row '%s'", rows[i].set);
	}
}

Test(topology, what_is_not_said_has_a_default)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_topology t = {0};
	struct wk_err err = {0};

	cr_assert(load(arena, TWO("    workloads: [{kind: helloworld, namespace: s}]\n"), NULL, &t,
			  &err),
		"%s", err.msg);
	cr_expect_str_eq(t.file, "t.yaml");
	cr_expect_eq(t.provider, WK_PROVIDER_NATIVE);
	cr_expect_str_eq(t.mesh_id, "mesh1");
	cr_expect_str_eq(t.trust_domain, "cluster.local");
	cr_expect(t.dns_capture);
	cr_expect_str_eq(t.wire_name, "wire");
	cr_expect(t.clusters[1].gateway_enabled);
	cr_expect_eq(t.clusters[1].gateway_port, 15443);
	cr_expect_eq(t.clusters[0].n_workloads, 0);
	cr_expect_str_eq(t.clusters[1].workloads[0].name, "helloworld");
	cr_expect_str_eq(t.clusters[1].workloads[0].version, "v1");
	cr_expect_eq(t.clusters[1].workloads[0].replicas, 1);
	cr_expect_eq(t.clusters[1].pos.line, 7);
}

Test(topology, an_override_is_typed_like_the_file)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	const char *file = WK_SOURCEDIR "/fixtures/topologies/wookie.yaml";
	static const char *const sets[] = {
		"clusters.cluster-a.workloads.helloworld.replicas=5",
		"clusters.cluster-b.eastWestGateway.enabled=false",
		"clusters.cluster-b.workloads.test-pod.version=12",
		"istio.version=1.28.3",
		"mesh.dnsCapture=false",
		"name=first",
		"name=last",
	};
	struct wk_topology t = {0};
	struct wk_err err = {0};

	cr_assert(wk_topology_load(arena, file, sets, WK_COUNT(sets), &t, &err), "%s", err.msg);
	cr_expect_eq(t.clusters[0].workloads[0].replicas, 5);
	cr_expect_not(t.clusters[1].gateway_enabled);
	cr_expect_eq(t.clusters[1].gateway_port, 15443, "its neighbour stays");
	cr_expect_str_eq(t.clusters[1].workloads[0].version, "12");
	cr_expect_str_eq(t.istio_version, "1.28.3");
	cr_expect_not(t.dns_capture);
	cr_expect_str_eq(t.name, "last");
}

Test(topology, an_override_adds_what_the_file_leaves_out)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_topology t = {0};
	struct wk_err err = {0};

	cr_assert(load(arena, TWO(""), "clusters.b.eastWestGateway.port=31443", &t, &err), "%s",
		err.msg);
	cr_expect_eq(t.clusters[1].gateway_port, 31443);
	cr_expect(t.clusters[1].gateway_enabled);
	cr_assert(load(arena, TWO(""), "mesh.id=mesh2", &t, &err), "%s", err.msg);
	cr_expect_str_eq(t.mesh_id, "mesh2");
}

Test(topology, the_files_of_this_project_are_read)
{
	static const struct {
		const char *file;
		const char *name;
		size_t clusters;
	} rows[] = {
		{WK_SOURCEDIR "/fixtures/topologies/wookie.yaml", "wookie", 2},
		{WK_SOURCEDIR "/fixtures/topologies/other.yaml", "harbour", 2},
		{WK_SOURCEDIR "/fixtures/topologies/three.yaml", "triangle", 3},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		struct wk_topology t = {0};
		struct wk_err err = {0};

		cr_assert(wk_topology_load(arena, rows[i].file, NULL, 0, &t, &err), "%s", err.msg);
		cr_expect_str_eq(t.name, rows[i].name);
		cr_expect_eq(t.n_clusters, rows[i].clusters, "%s", rows[i].file);
	}
}

Test(topology, the_default_is_the_setup_it_describes)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	const char *file = WK_SOURCEDIR "/fixtures/topologies/wookie.yaml";
	struct wk_topology t = {0};
	struct wk_err err = {0};

	cr_assert(wk_topology_load(arena, file, NULL, 0, &t, &err), "%s", err.msg);
	cr_expect_str_eq(t.wire.text, "172.24.0.0/16");
	cr_expect_str_eq(t.clusters[0].name, "cluster-a");
	cr_expect_eq(t.clusters[0].role, WK_ROLE_PRIMARY);
	cr_expect_eq(t.clusters[0].ip, 0xac180002);
	cr_expect_eq(t.clusters[0].pods.base, 0x0a2a0000);
	cr_expect_eq(t.clusters[0].pods.bits, 16);
	cr_expect_eq(t.clusters[0].workloads[0].replicas, 3);
	cr_expect_eq(t.clusters[1].role, WK_ROLE_DR);
	cr_expect_str_eq(t.clusters[1].services.text, "10.45.0.0/16");
	cr_expect_eq(t.clusters[1].workloads[0].kind, WK_WORKLOAD_TEST_POD);
	cr_expect_str_eq(t.clusters[1].workloads[0].namespace, "demo-dr");
}
