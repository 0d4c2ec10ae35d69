#include "../kube/server.h"
#include "wookie/mesh/object.h"
#include "wookie/mesh/remote_secret.h"
#include "wookie/pki/ca.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN "eyJhbGciOiJ0ZXN0In0.planted.token"
/* {"token": TOKEN, "ca.crt": "-----BEGIN CERTIFICATE-----\n"} */
#define FILLED                                                               \
	FOUND("{\"kind\":\"Secret\",\"data\":{\"token\":"                    \
	      "\"ZXlKaGJHY2lPaUowWlhOMEluMC5wbGFudGVkLnRva2Vu\",\"ca.crt\":" \
	      "\"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==\"}}")

static struct wk_cluster clusters[] = {{.name = "east"}, {.name = "west"}};
static const struct wk_topology topology = {.clusters = clusters, .n_clusters = WK_COUNT(clusters)};

/* A Secret as an API server returns it: data in base64. */
static cJSON *stored(const char *labels, const char *key, const char *kubeconfig)
{
	WK_AUTOFREE char *encoded = wk_base64_encode(kubeconfig, strlen(kubeconfig));
	WK_AUTOFREE char *text = wk_xasprintf("{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\","
					      "\"labels\":%s},\"data\":{\"%s\":\"%s\"}}",
		labels, key, encoded);
	cJSON *json = cJSON_Parse(text);

	cr_assert_not_null(json, "%s", text);
	return json;
}

static cJSON *make(
	const struct turn *turns, size_t n, wk_nsec time, struct server *server, struct wk_err *err)
{
	struct wk_access access = {.topology = &topology, .netns = -1};
	cJSON *secret = NULL;

	server_start(server, turns, n);
	access.config[0] = server->config;
	access.kube[0] = wk_kube_new(&server->config, -1);
	if (!wk_remote_secret_make(&access, 0, wk_now() + time, &secret, err))
		cr_assert_null(secret);
	wk_kube_free(access.kube[0]);
	return secret;
}

static const struct turn core =
	FOUND("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"versions\":[{\"version\":\"v1\","
	      "\"resources\":[{\"resource\":\"secrets\",\"responseKind\":{\"kind\":\"Secret\"},"
	      "\"scope\":\"Namespaced\"}]}]}]}");
static const struct turn groups = FOUND("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[]}");
static const struct turn empty = FOUND("{\"kind\":\"Secret\"}");

Test(remote_secret, it_has_istioctls_form_and_reads_back)
{
	const struct turn turns[] = {core, groups, empty, empty, FILLED};
	struct wk_remote_secret parsed = {0};
	struct wk_err err = {0};
	struct server server;
	cJSON *secret = make(turns, WK_COUNT(turns), 30 * WK_SEC, &server, &err);
	const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(secret, "metadata");
	const char *kubeconfig = wk_object_text(secret, "stringData.east");
	cJSON *back = NULL;

	cr_assert_not_null(secret, "%s", err.msg);
	cr_expect_str_eq(wk_object_name(secret), "istio-remote-secret-east");
	cr_expect_str_eq(wk_object_text(metadata, "namespace"), "istio-system");
	cr_expect_str_eq(
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
			wk_object_at(metadata, "annotations"), "networking.istio.io/cluster")),
		"east");
	cr_assert_not_null(kubeconfig);
	back = stored("{\"istio/multiCluster\":\"true\"}", "east", kubeconfig);
	cr_assert(wk_remote_secret_parse(back, &parsed, &err), "%s", err.msg);
	cr_expect(parsed.labelled);
	cr_expect_str_eq(parsed.key, "east");
	cr_expect_eq(parsed.n_keys, 1);
	cr_assert(parsed.readable, "%s", parsed.problem);
	cr_expect_str_eq(parsed.config.server, server.url);
	cr_expect_str_eq(parsed.config.token, TOKEN);
	cr_expect_str_eq(parsed.config.ca_pem, "-----BEGIN CERTIFICATE-----\n");
	cr_expect_not_null(strstr(server.record->text, "kubernetes.io/service-account.name"));
	wk_remote_secret_finish(&parsed);
	cJSON_Delete(back);
	cJSON_Delete(secret);
	server_stop(&server);
}

Test(remote_secret, a_token_that_never_comes_is_said)
{
	const struct turn turns[] = {core, groups, empty};
	struct wk_err err = {0};
	struct server server;
	cJSON *secret = make(turns, WK_COUNT(turns), 2 * WK_SEC, &server, &err);

	cr_expect_null(secret);
	cr_expect_eq(err.kind, WK_ERR_TIMEOUT);
	cr_expect_not_null(strstr(err.msg, "got no token"), "%s", err.msg);
	server_stop(&server);
}

Test(remote_secret, what_istiod_would_not_take_is_told_apart)
{
	static const char good[] =
		"apiVersion: v1\nkind: Config\nclusters: [{name: e, cluster: {server: "
		"\"https://10.0.0.1:6443\"}}]\ncontexts: [{name: e, context: {cluster: e, user: "
		"e}}]\ncurrent-context: e\nusers: [{name: e, user: {token: " TOKEN "}}]\n";
	static const char plugin[] =
		"apiVersion: v1\nkind: Config\nclusters: [{name: e, cluster: {server: "
		"\"https://10.0.0.1:6443\"}}]\ncontexts: [{name: e, context: {cluster: e, user: "
		"e}}]\ncurrent-context: e\nusers: [{name: e, user: {exec: {command: aws}}}]\n";
	static const struct {
		const char *labels;
		const char *kubeconfig;
		bool labelled;
		bool readable;
	} rows[] = {
		{"{\"istio/multiCluster\":\"true\"}", good, true, true},
		{"{\"istio/multiCluster\":\"yes\"}", good, false, true},
		{"{}", good, false, true},
		{"{\"istio/multiCluster\":\"true\"}", plugin, true, false},
		{"{\"istio/multiCluster\":\"true\"}", "garbage", true, false},
		{"{\"istio/multiCluster\":\"true\"}", "a: [" TOKEN, true, false},
		{"{\"istio/multiCluster\":\"true\"}", "", true, false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *secret = stored(rows[i].labels, "east", rows[i].kubeconfig);
		struct wk_remote_secret parsed = {0};
		struct wk_err err = {0};

		cr_assert(wk_remote_secret_parse(secret, &parsed, &err), "row %zu: %s", i, err.msg);
		cr_expect_eq(parsed.labelled, rows[i].labelled, "row %zu", i);
		cr_expect_eq(parsed.readable, rows[i].readable, "row %zu", i);
		cr_expect_eq(!parsed.problem, rows[i].readable, "row %zu", i);
		cr_expect(!parsed.problem || !strstr(parsed.problem, TOKEN), "row %zu leaks: %s", i,
			parsed.problem);
		wk_remote_secret_finish(&parsed);
		cJSON_Delete(secret);
	}
}

/* Whoever may write a Secret must not run a program here, read a file or lead us elsewhere. */
Test(remote_secret, it_leads_nowhere_but_to_its_server)
{
	static const struct {
		const char *cluster; /* beside the server */
		const char *user;
		const char *refused;
	} rows[] = {
		{"",
			"exec: {command: sh, args: [-c, 'echo ran >@'], apiVersion: "
			"client.authentication.k8s.io/v1, interactiveMode: Never}",
			"'exec' is not supported"},
		{"", "exec: {}", "'exec' is not supported"},
		{"", "token: t, exec: {command: '@'}", "'exec' is not supported"},
		{"", "tokenFile: /etc/passwd", "'tokenFile' is not supported"},
		{"", "client-certificate: /etc/a, client-key: /etc/b",
			"'client-certificate' is not supported"},
		{"", "client-key: /etc/b", "'client-key' is not supported"},
		{"", "auth-provider: {name: gcp, config: {cmd-path: '@'}}",
			"'auth-provider' is not supported"},
		{"", "token: t, as: admin", "'as' is not supported"},
		{"", "token: t, as-user-extra: {a: [b]}", "'as-user-extra' is not supported"},
		{", certificate-authority: /etc/passwd", "token: t",
			"'certificate-authority' is not supported"},
		{", proxy-url: 'http://127.0.0.1:1'", "token: t", "'proxy-url' is not supported"},
	};
	char ran[] = "/tmp/wk-remote-secret.XXXXXX";
	int fd = mkstemp(ran);
	struct stat found;

	cr_assert(fd >= 0);
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *text =
			wk_xasprintf("current-context: a\ncontexts: [{name: a, context: {cluster: "
				     "c, user: u}}]\n"
				     "clusters: [{name: c, cluster: {server: 'https://h'%s}}]\n"
				     "users: [{name: u, user: {%s}}]\n",
				rows[i].cluster, rows[i].user);
		struct wk_buf planted = WK_BUF_INIT(4096);
		struct wk_remote_secret parsed = {0};
		struct wk_err err = {0};
		cJSON *secret;

		for (const char *p = text; *p; p++)
			(void)(*p == '@' ? wk_buf_puts(&planted, ran) : wk_buf_putc(&planted, *p));
		secret = stored("{\"istio/multiCluster\":\"true\"}", "west", wk_buf_str(&planted));
		cr_assert(wk_remote_secret_parse(secret, &parsed, &err), "row %zu: %s", i, err.msg);
		cr_expect_not(parsed.readable, "row %zu", i);
		cr_expect(
			strstr(parsed.problem, rows[i].refused), "row %zu: %s", i, parsed.problem);
		cr_expect(!parsed.config.server && !parsed.config.login && !parsed.config.proxy_url,
			"row %zu", i);
		wk_remote_secret_finish(&parsed);
		wk_buf_finish(&planted);
		cJSON_Delete(secret);
	}
	cr_assert(fstat(fd, &found) == 0 && found.st_size == 0, "nothing ran");
	(void)close(fd);
	(void)unlink(ran);
}

Test(remote_secret, what_is_no_kubeconfig_secret_is_no_crash)
{
	static const struct {
		const char *json;
		bool parsed;
	} rows[] = {
		{"{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"}}", true},
		{"{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},\"data\":{}}", true},
		{"{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},\"data\":[1]}", true},
		{"{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},\"data\":{\"k\":7}}", true},
		{"{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},\"data\":{\"k\":\"!!\"}}",
			true},
		{"{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"s\"}}", false},
		{"{\"metadata\":{}}", false},
		{"[]", false},
		{"null", false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *json = cJSON_Parse(rows[i].json);
		struct wk_remote_secret parsed = {0};
		struct wk_err err = {0};
		bool ok = wk_remote_secret_parse(json, &parsed, &err);

		cr_expect_eq(ok, rows[i].parsed, "%s", rows[i].json);
		cr_expect(!ok || (!parsed.readable && parsed.problem), "%s", rows[i].json);
		wk_remote_secret_finish(&parsed);
		cJSON_Delete(json);
	}
}
