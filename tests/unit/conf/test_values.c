/* Every value that the schema offers is accepted, or refused where it stands. The rows are held to
 * the field tables: a field without rows fails. What is accepted here runs: tests/mesh/values. */
#include "wookie/base/file.h"
#include "wookie/conf/documents.h"
#include "wookie/conf/topology.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A mark at the end of a line says whose value the line holds. */
#define BASE(provider, context)                                                           \
	"version: 1 #@version\n"                                                          \
	"name: values #@name\n"                                                           \
	"provider: " provider " #@provider\n"                                             \
	"mesh:\n"                                                                         \
	"  id: mesh1 #@mesh.id\n"                                                         \
	"  trustDomain: cluster.local #@mesh.trustDomain\n"                               \
	"  dnsCapture: true #@mesh.dnsCapture\n"                                          \
	"  mtls: PERMISSIVE #@mesh.mtls\n"                                                \
	"  notice: 168h #@mesh.notice\n"                                                  \
	"istio:\n"                                                                        \
	"  version: 1.28.2 #@istio.version\n"                                             \
	"wire:\n"                                                                         \
	"  name: wire #@wire.name\n"                                                      \
	"  subnet: 172.24.0.0/16 #@wire.subnet\n"                                         \
	"clusters:\n"                                                                     \
	"  - role: primary #@clusters.role #@cluster\n"                                   \
	"    name: a #@clusters.name\n" context "    network: net-a #@clusters.network\n" \
	"    address: 172.24.0.2 #@clusters.address\n"                                    \
	"    podSubnet: 10.42.0.0/16 #@clusters.podSubnet\n"                              \
	"    serviceSubnet: 10.43.0.0/16 #@clusters.serviceSubnet\n"                      \
	"    eastWestGateway:\n"                                                          \
	"      enabled: true #@clusters.eastWestGateway.enabled\n"                        \
	"      port: 15443 #@clusters.eastWestGateway.port\n"                             \
	"    workloads:\n"                                                                \
	"      - kind: helloworld #@clusters.workloads.kind\n"                            \
	"        name: hello #@clusters.workloads.name\n"                                 \
	"        namespace: shop #@clusters.workloads.namespace\n"                        \
	"        replicas: 2 #@clusters.workloads.replicas\n"                             \
	"        version: v1 #@clusters.workloads.version\n"                              \
	"        mtls: PERMISSIVE #@clusters.workloads.mtls\n"                            \
	"      - {kind: helloworld, name: other, namespace: demo}\n"                      \
	"    namespaces:\n"                                                               \
	"      - name: demo #@clusters.namespaces.name\n"                                 \
	"        mtls: PERMISSIVE #@clusters.namespaces.mtls\n"                           \
	"  - role: dr\n"                                                                  \
	"    name: b #@second\n"                                                          \
	"    network: net-b\n"                                                            \
	"    address: 172.24.0.8 #@second-address\n"                                      \
	"    podSubnet: 10.44.0.0/16 #@second-pods\n"                                     \
	"    serviceSubnet: 10.45.0.0/16\n"                                               \
	"    workloads: [{kind: test-pod, namespace: shop-dr}]\n"

static const char made[] = BASE("native", "");
/* Of clusters that are there more is said, and less refused. */
static const char existing[] = BASE("existing", "    context: kind-a #@clusters.context\n");
static const char *base = made;

struct row {
	const char *field;
	const char *value;
	const char *refused; /* part of why; NULL: accepted */
	const char *at;      /* the mark of the line that is named; NULL: the value's own */
};

static const struct row rows[] = {
	{"version", "1", NULL, NULL},
	{"version", "2", "expected 1", NULL},
	{"name", "a", NULL, NULL},
	{"name", "\"1\"", NULL, NULL},
	{"name", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, NULL},
	{"name", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "at most 40", NULL},
	{"name", "A", "lower-case", NULL},
	{"name", "a.b", "lower-case", NULL},
	{"name", "-a", "lower-case", NULL},
	{"name", "a-", "lower-case", NULL},
	{"name", "\"\"", "lower-case", NULL},
	{"provider", "existing", NULL, NULL},
	{"provider", "docker", "unknown provider", NULL},
	{"mesh.id", "mesh1", NULL, NULL},
	{"mesh.id", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, NULL},
	{"mesh.id", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"at most 63", NULL},
	{"mesh.id", "a_b", "lower-case", NULL},
	{"mesh.trustDomain", "cluster.local", NULL, NULL},
	{"mesh.trustDomain", "a", NULL, NULL},
	{"mesh.trustDomain", "td.example-1.org", NULL, NULL},
	{"mesh.trustDomain", "a..b", "expected a domain", NULL},
	{"mesh.trustDomain", ".a", "expected a domain", NULL},
	{"mesh.trustDomain", "a.", "expected a domain", NULL},
	{"mesh.trustDomain", "-a", "expected a domain", NULL},
	{"mesh.trustDomain", "a.-b", "expected a domain", NULL},
	{"mesh.trustDomain", "A", "expected a domain", NULL},
	{"mesh.trustDomain", "a_b", "expected a domain", NULL},
	{"mesh.trustDomain", "td/x", "expected a domain", NULL},
	{"mesh.dnsCapture", "false", NULL, NULL},
	{"mesh.dnsCapture", "maybe", "true or false", NULL},
	{"mesh.mtls", "STRICT", NULL, NULL},
	{"mesh.mtls", "PERMISSIVE", NULL, NULL},
	{"mesh.mtls", "DISABLE", "unknown mtls", NULL},
	{"mesh.mtls", "strict", "unknown mtls", NULL},
	{"mesh.notice", "0s", NULL, NULL},
	{"mesh.notice", "672h", NULL, NULL},
	{"mesh.notice", "673h", "at most 672h", NULL},
	{"mesh.notice", "7d", "expected a duration", NULL},
	{"mesh.notice", "7", "text", NULL},
	{"istio.version", "1.28.3", NULL, NULL},
	{"istio.version", "1.28", "expected a version", NULL},
	{"istio.version", "latest", "expected a version", NULL},
	{"wire.name", "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww", NULL,
		NULL},
	{"wire.name", "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
		"at most 63", NULL},
	{"wire.subnet", "172.24.0.0/28", NULL, NULL},
	{"wire.subnet", "172.0.0.0/8", NULL, NULL},
	{"wire.subnet", "172.24.0.0/30", "expected an IPv4 subnet", NULL},
	{"wire.subnet", "172.24.0.1/16", "expected 172.24.0.0/16", NULL},
	{"wire.subnet", "10.0.0.0/8", "overlaps", "clusters.podSubnet"},
	{"wire.subnet", "172.25.0.0/16", "outside the wire", "clusters.address"},
	{"wire.subnet", "224.0.0.0/8", "outside the wire", "clusters.address"},
	{"clusters.name", "ccccccccccccccccccccccccccccccccccccccccccccc", NULL, NULL},
	{"clusters.name", "\"1\"", NULL, NULL},
	{"clusters.name", "cccccccccccccccccccccccccccccccccccccccccccccc", "at most 45", NULL},
	{"clusters.name", "b", "a second cluster", "second"},
	{"clusters.name", "a_b", "lower-case", NULL},
	{"clusters.role", "dr", NULL, NULL},
	{"clusters.role", "secondary", "unknown role", NULL},
	{"clusters.context", "arn:aws:eks:eu-west-1:1:cluster/A_b", NULL, NULL},
	{"clusters.context", "kind a", "the name of a context", NULL},
	{"clusters.context", "\"\"", "the name of a context", NULL},
	{"clusters.network", "net-b", NULL, NULL},
	{"clusters.network", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
		NULL, NULL},
	{"clusters.network", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
		"at most 63", NULL},
	{"clusters.address", "172.24.255.254", NULL, NULL},
	{"clusters.address", "172.24.0.1", NULL, NULL},
	{"clusters.address", "172.24.0.0", "network address", NULL},
	{"clusters.address", "172.24.255.255", "broadcast", NULL},
	{"clusters.address", "172.24.0.300", "IPv4 address", NULL},
	{"clusters.address", "10.0.0.1", "outside the wire", NULL},
	{"clusters.address", "127.0.0.1", "outside the wire", NULL},
	{"clusters.address", "name.example", "IPv4 address", NULL},
	{"clusters.address", "172.24.0.8", "that of", "second-address"},
	{"clusters.podSubnet", "10.42.0.0/27", NULL, NULL},
	{"clusters.podSubnet", "11.0.0.0/8", NULL, NULL},
	{"clusters.podSubnet", "100.64.0.0/16", NULL, NULL},
	{"clusters.podSubnet", "10.42.0.0/29", "and the bridge, need", NULL},
	{"clusters.podSubnet", "10.42.0.0/28", "and the bridge, need", NULL},
	{"clusters.podSubnet", "127.0.0.0/8", "loopback", NULL},
	{"clusters.podSubnet", "127.1.0.0/16", "loopback", NULL},
	{"clusters.podSubnet", "0.0.0.0/8", "this network", NULL},
	{"clusters.podSubnet", "169.254.0.0/16", "link-local", NULL},
	{"clusters.podSubnet", "169.254.8.0/24", "link-local", NULL},
	{"clusters.podSubnet", "224.0.0.0/8", "multicast", NULL},
	{"clusters.podSubnet", "240.240.0.0/16", "reserved", NULL},
	{"clusters.podSubnet", "10.42.0.0", "expected an IPv4 subnet", NULL},
	{"clusters.podSubnet", "172.24.8.0/24", "overlaps", NULL},
	{"clusters.podSubnet", "10.42.0.0/7", "expected an IPv4 subnet", NULL},
	{"clusters.podSubnet", "10.44.0.0/16", "overlaps", "second-pods"},
	{"clusters.serviceSubnet", "10.43.0.0/28", NULL, NULL},
	{"clusters.serviceSubnet", "10.48.0.0/12", NULL, NULL},
	{"clusters.serviceSubnet", "10.43.0.0/29", "no room for cluster DNS", NULL},
	{"clusters.serviceSubnet", "11.0.0.0/8", "wider than the API server", NULL},
	{"clusters.serviceSubnet", "11.0.0.0/11", "wider than the API server", NULL},
	{"clusters.serviceSubnet", "127.0.0.0/12", "loopback", NULL},
	{"clusters.serviceSubnet", "224.0.0.0/12", "multicast", NULL},
	{"clusters.serviceSubnet", "239.1.0.0/16", "multicast", NULL},
	{"clusters.serviceSubnet", "250.0.0.0/16", "reserved", NULL},
	{"clusters.serviceSubnet", "169.254.0.0/16", "link-local", NULL},
	{"clusters.serviceSubnet", "172.24.8.0/24", "overlaps", NULL},
	{"clusters.serviceSubnet", "10.42.8.0/24", "overlaps", NULL},
	{"clusters.eastWestGateway.enabled", "false", NULL, NULL},
	{"clusters.eastWestGateway.enabled", "2", "true or false", NULL},
	{"clusters.eastWestGateway.port", "1", NULL, NULL},
	{"clusters.eastWestGateway.port", "443", NULL, NULL},
	{"clusters.eastWestGateway.port", "15443", NULL, NULL},
	{"clusters.eastWestGateway.port", "31443", NULL, NULL},
	{"clusters.eastWestGateway.port", "65535", NULL, NULL},
	{"clusters.eastWestGateway.port", "15100", NULL, NULL},
	{"clusters.eastWestGateway.port", "14999", NULL, NULL},
	{"clusters.eastWestGateway.port", "2379", "port 2379 is",
		"clusters.eastWestGateway.enabled"},
	{"clusters.eastWestGateway.port", "6443", "port 6443 is",
		"clusters.eastWestGateway.enabled"},
	{"clusters.eastWestGateway.port", "10250", "port 10250 is",
		"clusters.eastWestGateway.enabled"},
	{"clusters.eastWestGateway.port", "10256", "port 10256 is",
		"clusters.eastWestGateway.enabled"},
	{"clusters.eastWestGateway.port", "15000", "port 15000 is",
		"clusters.eastWestGateway.enabled"},
	{"clusters.eastWestGateway.port", "15012", "port 15012 is",
		"clusters.eastWestGateway.enabled"},
	{"clusters.eastWestGateway.port", "15017", "port 15017 is",
		"clusters.eastWestGateway.enabled"},
	{"clusters.eastWestGateway.port", "15021", "port 15021 is",
		"clusters.eastWestGateway.enabled"},
	{"clusters.eastWestGateway.port", "15090", "port 15090 is",
		"clusters.eastWestGateway.enabled"},
	{"clusters.eastWestGateway.port", "0", "whole number", NULL},
	{"clusters.eastWestGateway.port", "65536", "whole number", NULL},
	{"clusters.eastWestGateway.port", "-1", "whole number", NULL},
	{"clusters.eastWestGateway.port", "soon", "whole number", NULL},
	{"clusters.workloads.kind", "helloworld", NULL, NULL},
	{"clusters.workloads.kind", "database", "unknown kind", NULL},
	{"clusters.workloads.name",
		"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", NULL, NULL},
	{"clusters.workloads.name", "kubernetes", NULL, NULL},
	{"clusters.workloads.name", "wookie-back-a", "suites' own", NULL},
	{"clusters.workloads.name", "9hello", "begins with a letter", NULL},
	{"clusters.workloads.name",
		"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh", "at most 63",
		NULL},
	{"clusters.workloads.name", "Hello", "lower-case", NULL},
	{"clusters.workloads.name", "a.b", "lower-case", NULL},
	{"clusters.workloads.namespace", "default", NULL, NULL},
	{"clusters.workloads.namespace",
		"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", NULL, NULL},
	{"clusters.workloads.namespace", "istio-system", "the system's", NULL},
	{"clusters.workloads.namespace", "kube-system", "the system's", NULL},
	{"clusters.workloads.namespace", "kube-node-lease", "the system's", NULL},
	{"clusters.workloads.namespace", "wookie-x", "suites' own", NULL},
	{"clusters.workloads.namespace",
		"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", "at most 63",
		NULL},
	{"clusters.workloads.replicas", "1", NULL, NULL},
	{"clusters.workloads.replicas", "48", NULL, NULL},
	{"clusters.workloads.replicas", "0", "from 1 to 50", NULL},
	{"clusters.workloads.replicas", "51", "from 1 to 50", NULL},
	{"clusters.workloads.replicas", "50", "a node takes 110", "cluster"},
	{"clusters.workloads.replicas", "-3", "whole number", NULL},
	{"clusters.workloads.version",
		"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv", NULL, NULL},
	{"clusters.workloads.version",
		"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv", "at most 63",
		NULL},
	{"clusters.workloads.version", "V1", "lower-case", NULL},
	{"clusters.workloads.mtls", "STRICT", NULL, NULL},
	{"clusters.workloads.mtls", "DISABLE", "unknown mtls", NULL},
	{"clusters.namespaces.name", "demo", NULL, NULL},
	{"clusters.namespaces.name", "elsewhere", "declares no workload", NULL},
	{"clusters.namespaces.mtls", "STRICT", NULL, NULL},
	{"clusters.namespaces.mtls", "off", "different meanings", NULL},
};

/* Where the mark stands in the base. */
static const char *find_mark(const char *mark)
{
	WK_AUTOFREE char *whole = wk_xasprintf("#@%s", mark);
	size_t len = strlen(whole);

	for (const char *p = strstr(base, whole); p; p = strstr(p + 1, whole))
		if (p[len] == '\n' || p[len] == ' ')
			return p;
	cr_assert_fail("nothing is marked '%s'", mark);
	return NULL;
}

static unsigned line_of(const char *mark)
{
	unsigned line = 1;

	for (const char *p = base; p < find_mark(mark); p++)
		line += *p == '\n';
	return line;
}

/* The base with another value in the line of a mark; the caller frees. */
static char *with_value(const char *mark, const char *value)
{
	const char *end = find_mark(mark);
	const char *begin = end;

	while (begin > base && begin[-1] != '\n')
		begin--;
	begin = strstr(begin, ": ") + 2;
	return wk_xasprintf("%.*s%s %s", (int)(begin - base), base, value, end);
}

static bool load(struct wk_arena *arena, const char *text, struct wk_err *err)
{
	char dir[] = "/tmp/wk-values-XXXXXX";
	struct wk_topology topology = {0};
	bool ok;

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
	cr_assert(wk_file_write("t.yaml", text, strlen(text), 0600, err), "%s", err->msg);
	ok = wk_topology_load(arena, "t.yaml", NULL, 0, &topology, err);
	cr_assert_eq(unlink("t.yaml"), 0);
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(rmdir(dir), 0);
	return ok;
}

static void expect_refused(const struct row *row, bool ok, const struct wk_err *err)
{
	WK_AUTOFREE char *place =
		wk_xasprintf("t.yaml:%u:", line_of(row->at ? row->at : row->field));
	unsigned column = 0;

	cr_expect_not(ok, "%s: %s is accepted", row->field, row->value);
	if (ok)
		return;
	cr_expect_eq(err->kind, WK_ERR_INPUT, "%s: %s", row->field, row->value);
	cr_expect(strncmp(err->msg, place, strlen(place)) == 0 &&
			  sscanf(err->msg + strlen(place), "%u: ", &column) == 1 && column > 0,
		"%s: %s: expected %s..., got %s", row->field, row->value, place, err->msg);
	cr_expect_not_null(
		strstr(err->msg, row->refused), "%s: %s: %s", row->field, row->value, err->msg);
}

Test(values, each_is_accepted_or_refused_where_it_stands)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		base = strcmp(rows[i].field, "clusters.context") == 0 ? existing : made;
		WK_AUTOFREE char *text = with_value(rows[i].field, rows[i].value);
		struct wk_err err = {0};
		bool ok = load(arena, text, &err);

		if (rows[i].refused)
			expect_refused(&rows[i], ok, &err);
		else
			cr_expect(ok, "%s: %s: %s", rows[i].field, rows[i].value, err.msg);
	}
}

static void expect_rows(const char *field)
{
	size_t accepted = 0;
	size_t refused = 0;

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		if (strcmp(rows[i].field, field) != 0)
			continue;
		accepted += !rows[i].refused;
		refused += rows[i].refused != NULL;
	}
	cr_expect(accepted > 0, "no value of %s is tried that is accepted", field);
	cr_expect(refused > 0, "no value of %s is tried that is refused", field);
}

static void walk(const struct wk_table *table, const char *prefix)
{
	for (const struct wk_field *f = table->fields; f->key; f++) {
		WK_AUTOFREE char *path = wk_xasprintf("%s%s", prefix, f->key);
		WK_AUTOFREE char *below = wk_xasprintf("%s.", path);

		if (f->type == WK_FIELD_MAP || f->type == WK_FIELD_MAPS)
			walk(f->table, below);
		else
			expect_rows(path);
	}
}

Test(values, every_field_of_the_schema_has_rows)
{
	walk(&wk_topology_table, "");
}

/* Values that only together are too much. */
Test(values, what_does_not_fit_together_is_refused)
{
	static const struct {
		const char *first[2];
		const char *second[2];
		const char *refused;
	} pairs[] = {
		{{"clusters.workloads.name", "kubernetes"},
			{"clusters.workloads.namespace", "default"}, "is the API server's"},
		{{"clusters.podSubnet", "10.42.0.0/26"}, {"clusters.workloads.replicas", "40"},
			"and the bridge, need"},
	};

	for (size_t i = 0; i < WK_COUNT(pairs); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		WK_AUTOFREE char *one = with_value(pairs[i].first[0], pairs[i].first[1]);
		const char *mark = strstr(one, pairs[i].second[0]);
		const char *begin = mark;
		WK_AUTOFREE char *both = NULL;
		struct wk_err err = {0};

		while (begin[-1] != '\n')
			begin--;
		begin = strstr(begin, ": ") + 2;
		both = wk_xasprintf(
			"%.*s%s #@%s", (int)(begin - one), one, pairs[i].second[1], mark);
		cr_expect_not(load(arena, both, &err), "row %zu", i);
		cr_expect_not_null(strstr(err.msg, pairs[i].refused), "row %zu: %s", i, err.msg);
	}
}
