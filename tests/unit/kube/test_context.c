#include "stage.h"

#include "wookie/kube/login.h"
#include "wookie/pki/ca.h"

#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#define CONTEXT "current-context: a\ncontexts:\n- {name: a, context: {cluster: c, user: u}}\n"
#define CLUSTER(inner) "clusters:\n- {name: c, cluster: {" inner "}}\n"
#define SERVER CLUSTER("server: 'https://h:6443'")
#define USER(inner) "users:\n- {name: u, user: {" inner "}}\n"
#define EXEC(inner) CONTEXT SERVER USER("exec: {" inner "}")
#define V1 "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never"

/* One file, in the folder as k. */
static bool load(
	const struct stage *stage, const char *text, struct wk_kubeconfig *ret, struct wk_err *err)
{
	WK_AUTOFREE char *path = stage_path(stage, "k");
	const struct wk_kubeconfig_source source = {.files = path};

	stage_write(stage, "k", 0600, text);
	return wk_kubeconfig_load(&source, NULL, ret, err);
}

Test(context, of_several_files_the_first_that_has_an_entry_wins)
{
	static const char one[] =
		"contexts:\n- {name: a, context: {cluster: c, user: u, namespace: n}}\n"
		"clusters:\n- {name: c, cluster: {server: 'https://one'}}\n"
		"users:\n- {name: other, user: {token: no}}\n";
	static const char two[] =
		"current-context: b\n"
		"contexts:\n- {name: a, context: {cluster: d}}\n- {name: b, context: {cluster: d, "
		"user: u}}\n- {name: nobody, context: {cluster: c}}\n"
		"clusters:\n- {name: c, cluster: {server: 'https://two'}}\n"
		"- {name: d, cluster: {server: 'https://d/k8s/clusters/c-x'}}\n"
		"users:\n- {name: u, user: {token: yes}}\n";
	static const char three[] =
		"current-context: a\nusers:\n- {name: u, user: {token: late}}\n";
	static const struct {
		const char *name;
		const char *files;
		const char *context;
		const char *server;
		const char *cluster;
		const char *token;
	} rows[] = {
		{"the current one", "one:two:three", NULL, "https://d/k8s/clusters/c-x", "d",
			"yes"},
		{"of the first file", "one:two:three", "a", "https://one", "c", "yes"},
		{"in another order", "three:two:one", NULL, "https://d/k8s/clusters/c-x", "d",
			NULL},
		{"the user of one file and the cluster of another", "three:one", NULL,
			"https://one", "c", "late"},
		{"without a user", "one:two", "nobody", "https://one", "c", NULL},
		{"missing and empty ones are passed over", ":gone:two::empty:", "b",
			"https://d/k8s/clusters/c-x", "d", "yes"},
	};
	struct stage stage;

	stage_begin(&stage);
	stage_write(&stage, "one", 0600, one);
	stage_write(&stage, "two", 0600, two);
	stage_write(&stage, "three", 0600, three);
	stage_write(&stage, "empty", 0600, "");
	cr_assert_eq(chdir(stage.folder), 0);
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct wk_kubeconfig_source source = {.files = rows[i].files};
		struct wk_kubeconfig got = {0};
		struct wk_err err = {0};

		cr_assert(wk_kubeconfig_load(&source, rows[i].context, &got, &err), "%s: %s",
			rows[i].name, err.msg);
		cr_expect_str_eq(got.server, rows[i].server, "%s", rows[i].name);
		cr_expect_str_eq(got.cluster, rows[i].cluster, "%s", rows[i].name);
		cr_expect_eq(!got.token, !rows[i].token, "%s", rows[i].name);
		cr_expect(!got.token || strcmp(got.token, rows[i].token) == 0, "%s", rows[i].name);
		wk_kubeconfig_finish(&got);
	}
	stage_end(&stage);
}

Test(context, without_KUBECONFIG_it_is_the_one_at_home)
{
	static const char *const unset[] = {NULL, ""};
	struct stage stage;

	stage_begin(&stage);
	stage_write(&stage, ".kube/config", 0600, CONTEXT SERVER USER("token: home"));
	for (size_t i = 0; i < WK_COUNT(unset); i++) {
		const struct wk_kubeconfig_source source = {unset[i], stage.folder};
		struct wk_kubeconfig got = {0};
		struct wk_err err = {0};

		cr_assert(wk_kubeconfig_load(&source, "a", &got, &err), "%s", err.msg);
		cr_expect_str_eq(got.token, "home");
		wk_kubeconfig_finish(&got);
	}
	stage_end(&stage);
}

Test(context, where_there_is_none_it_says_where_it_looked)
{
	static const struct {
		struct wk_kubeconfig_source source;
		const char *context;
		const char *message;
	} rows[] = {
		{{NULL, NULL}, NULL, "no kubeconfig: neither KUBECONFIG nor HOME is set"},
		{{"", "/nonexistent"}, NULL,
			"no kubeconfig: nothing is at '/nonexistent/.kube/config': set KUBECONFIG"},
		{{"/nonexistent/a:/nonexistent/b", "/"}, NULL,
			"nothing is at '/nonexistent/a:/nonexistent/b', which KUBECONFIG names"},
		{{":", "/"}, NULL, "nothing is at ':'"},
		{{"/", NULL}, NULL, "kubeconfig: /: Is a directory"},
		{{"empty", NULL}, NULL,
			"empty: no context was named, and there is no 'current-context': there are "
			"no contexts in it"},
		{{"empty", NULL}, "x", "empty: no context 'x': there are no contexts in it"},
		{{"many", NULL}, NULL,
			"no 'current-context': there are 'kind-east', 'kind-west', 'prod'"},
		{{"empty:many", NULL}, "kind-esat",
			"empty:many: no context 'kind-esat'; the nearest is 'kind-east': there are "
			"'kind-east', 'kind-west', 'prod'"},
		{{"many", NULL}, "staging", "many: no context 'staging': there are 'kind-east'"},
		{{"stale", NULL}, NULL, "stale: no context 'gone': there is 'here'"},
		{{"crowd", NULL}, "x", "' and 23 more"},
	};
	struct wk_buf WK_AUTO(wk_buf_finish) crowd = WK_BUF_INIT(1 << 16);
	struct stage stage;

	stage_begin(&stage);
	stage_write(&stage, "empty", 0600, "# nothing\n");
	stage_write(&stage, "many", 0600,
		"contexts:\n- {name: kind-east, context: {}}\n- {name: kind-west, context: {}}\n"
		"- {name: prod, context: {}}\n");
	stage_write(&stage, "stale", 0600,
		"current-context: gone\ncontexts:\n- {name: here, context: {cluster: c}}\n");
	(void)wk_buf_puts(&crowd, "contexts:\n");
	for (int i = 10; i < 50; i++)
		(void)wk_buf_printf(&crowd, "- {name: cluster-%d, context: {}}\n", i);
	stage_write(&stage, "crowd", 0600, wk_buf_str(&crowd));
	cr_assert_eq(chdir(stage.folder), 0);
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_kubeconfig got = {.insecure = true};
		struct wk_err err = {0};

		cr_assert_not(wk_kubeconfig_load(&rows[i].source, rows[i].context, &got, &err),
			"row %zu", i);
		cr_expect(strstr(err.msg, rows[i].message), "row %zu: %s", i, err.msg);
		cr_expect_eq(err.kind, WK_ERR_INPUT, "row %zu", i);
		cr_expect(got.insecure && !got.server, "a failure left the output alone");
	}
	stage_end(&stage);
}

Test(context, what_stands_in_files_is_read_beside_the_entry)
{
	struct wk_cert ca = {0};
	struct wk_cert client = {0};
	const struct wk_cert_request request = {.common_name = "admin", .days = 1};
	struct wk_kubeconfig_source source = {0};
	struct wk_kubeconfig got = {0};
	struct wk_err err = {0};
	struct stage stage;
	WK_AUTOFREE char *files = NULL;
	WK_AUTOFREE char *bundle = NULL;

	cr_assert(wk_ca_root("/CN=t", 1, &ca, &err) && wk_ca_issue(&ca, &request, &client, &err));
	bundle = wk_xasprintf("Subject: words before it\n%s%s", ca.cert_pem, ca.cert_pem);
	stage_begin(&stage);
	stage_write(&stage, "a/ca.crt", 0600, bundle);
	stage_write(&stage, "b/me.crt", 0600, client.cert_pem);
	stage_write(&stage, "b/keys/me.key", 0600, client.key_pem);
	stage_write(&stage, "b/token", 0600, "  t0ken\n");
	stage_write(&stage, "a/k", 0600,
		CONTEXT CLUSTER("server: 'https://h', certificate-authority: ca.crt, proxy-url: "
				"'socks5://p', tls-server-name: n"));
	stage_write(&stage, "b/k", 0600,
		USER("client-certificate: '@/b/me.crt', client-key: keys/me.key, tokenFile: token, "
		     "token: stale, as: jane, as-groups: [x, 'y z'], as-uid: '7'"));
	files = wk_xasprintf("%s/a/k:%s/b/k", stage.folder, stage.folder);
	source.files = files;
	cr_assert(wk_kubeconfig_load(&source, NULL, &got, &err), "%s", err.msg);
	cr_expect_str_eq(got.ca_pem, bundle);
	cr_expect_str_eq(got.cert_pem, client.cert_pem);
	cr_expect_str_eq(got.key_pem, client.key_pem);
	cr_expect_str_eq(got.proxy_url, "socks5://p");
	cr_expect_str_eq(got.tls_server_name, "n");
	cr_expect_str_eq(got.impersonate,
		"Impersonate-User: jane\r\nImpersonate-Uid: 7\r\nImpersonate-Group: x\r\n"
		"Impersonate-Group: y z\r\n");
	cr_assert(wk_kubeconfig_log_in(&got, wk_now() + WK_SEC, &err), "%s", err.msg);
	cr_expect_str_eq(got.login->credential.token, "t0ken");
	wk_kubeconfig_finish(&got);
	wk_cert_finish(&ca);
	wk_cert_finish(&client);
	stage_end(&stage);
}

Test(context, a_plugin_is_noted_as_it_stands)
{
	struct stage stage;
	struct wk_kubeconfig got = {0};
	struct wk_err err = {0};

	stage_begin(&stage);
	cr_assert(
		load(&stage,
			"current-context: a\ncontexts:\n- {name: a, context: {cluster: c, user: "
			"u}}\n"
			"clusters:\n- name: c\n  cluster:\n    server: https://h:6443\n"
			"    tls-server-name: n\n    proxy-url: http://p:3128\n    extensions:\n"
			"    - {name: client.authentication.k8s.io/exec, extension: {audience: [1, "
			"x]}}\n"
			"users:\n- name: u\n  user:\n    exec:\n"
			"      apiVersion: client.authentication.k8s.io/v1beta1\n"
			"      command: ./bin/plugin\n      args: [get-token, --cluster, 007]\n"
			"      env:\n      - {name: PROFILE, value: dev}\n      - {name: EMPTY, "
			"value: "
			"''}\n      provideClusterInfo: true\n",
			&got, &err),
		"%s", err.msg);

	const struct wk_kube_plugin *plugin = &got.login->plugin;
	WK_AUTOFREE char *command = stage_path(&stage, "./bin/plugin");
	const char *const argv[] = {command, "get-token", "--cluster", "007"};

	for (size_t i = 0; i < WK_COUNT(argv); i++)
		cr_expect_str_eq(plugin->argv[i], argv[i]);
	cr_expect_null(plugin->argv[WK_COUNT(argv)]);
	cr_expect_str_eq(plugin->env[0], "PROFILE=dev");
	cr_expect_str_eq(plugin->env[1], "EMPTY=");
	cr_expect_null(plugin->env[2]);
	cr_expect_str_eq(plugin->info,
		"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/"
		"v1beta1\",\"spec\":{\"interactive\":false,\"cluster\":{\"server\":\"https://"
		"h:6443\",\"tls-server-name\":\"n\",\"proxy-url\":\"http://p:3128\",\"config\":{"
		"\"audience\":[1,\"x\"]}}}}");
	wk_kubeconfig_finish(&got);
	stage_end(&stage);
}

Test(context, credentials_in_the_text_go_before_a_plugin)
{
	struct stage stage;
	struct wk_kubeconfig got = {0};
	struct wk_err err = {0};

	stage_begin(&stage);
	cr_assert(load(&stage, CONTEXT SERVER USER("token: t, exec: {command: aws, " V1 "}"), &got,
			  &err),
		"%s", err.msg);
	cr_expect_str_eq(got.token, "t");
	cr_expect_null(got.login);
	wk_kubeconfig_finish(&got);
	stage_end(&stage);
}

/* The same certificate, as it was long ago. */
static void expire(struct wk_cert *pair)
{
	BIO *certs = BIO_new_mem_buf(pair->cert_pem, -1);
	BIO *keys = BIO_new_mem_buf(pair->key_pem, -1);
	BIO *out = BIO_new(BIO_s_mem());
	X509 *cert = PEM_read_bio_X509(certs, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(keys, NULL, NULL, NULL);
	char *data = NULL;
	long len;

	X509_gmtime_adj(X509_getm_notAfter(cert), -60);
	X509_sign(cert, key, EVP_sha256());
	PEM_write_bio_X509(out, cert);
	len = BIO_get_mem_data(out, &data);
	free(pair->cert_pem);
	pair->cert_pem = wk_xstrndup(data, (size_t)len);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(certs);
	BIO_free(keys);
	BIO_free(out);
}

Test(context, what_is_wrong_is_said_with_its_place_and_what_to_do)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"[a]", "/k:1:1: expected a kubeconfig, found a list"},
		{"a: 1\n---\nb: 2\n", "/k:3:1: expected one document, found a second"},
		{"a: [", "/k:"},
		{"current-context: a\ncontexts: {}\n", "/k:2:11: expected a list under 'contexts'"},
		{"current-context: a\ncontexts:\n- {name: a, context: {user: u}}\n",
			"/k:3:22: expected a text under 'cluster'"},
		{"current-context: a\ncontexts:\n- {name: a}\n",
			"/k:3:3: expected a map under 'context'"},
		{"current-context: a\ncontexts:\n- {name: a, context: {cluster: c}}\n- {name: a}\n",
			"/k:4:3: 'contexts' has a second entry named 'a', the first is at line 3"},
		{CONTEXT USER(""), "/k:3:32: no entry named 'c' in 'clusters', expected one"},
		{CONTEXT SERVER, "/k:3:41: no entry named 'u' in 'users', expected one"},
		{CONTEXT CLUSTER("server: 'http://h'") USER(""), "of the form 'https://host:port'"},
		{CONTEXT CLUSTER("server: [h]") USER(""), "expected a text under 'server'"},
		{CONTEXT CLUSTER("server: 'https://h', proxy-url: 'ftp://s3cret@p'") USER(""),
			"/k:5:55: 'proxy-url': expected the form 'http://host:port', "
			"'https://host:port' or 'socks5://host:port'"},
		{CONTEXT CLUSTER("server: 'https://h', proxy-url: 'http://'") USER(""),
			"'proxy-url': expected the form"},
		{CONTEXT CLUSTER("server: 'https://h', insecure-skip-tls-verify: true, "
				 "certificate-authority: ca") USER(""),
			"'insecure-skip-tls-verify' contradicts 'certificate-authority'"},
		{CONTEXT CLUSTER("server: 'https://h', certificate-authority: nowhere.crt")
				USER(""),
			"/nowhere.crt: No such file or directory"},
		{CONTEXT CLUSTER("server: 'https://h', certificate-authority: k") USER(""),
			"/k: expected PEM"},
		{CONTEXT CLUSTER("server: 'https://h', certificate-authority: broken") USER(""),
			"'certificate-authority': expected a certificate in PEM form"},
		{CONTEXT CLUSTER("server: 'https://h', certificate-authority: a, "
				 "certificate-authority-data: LS0tLS1CRUdJTiBYLS0tLS0K") USER(""),
			"'certificate-authority' and 'certificate-authority-data' contradict"},
		{CONTEXT SERVER USER("client-certificate: a"), "need each other"},
		{CONTEXT SERVER USER("client-key: a"), "need each other"},
		{CONTEXT SERVER USER("client-certificate: one.crt, client-key: other.key"),
			"/k:7:61: 'client-key': the key does not belong to the certificate"},
		{CONTEXT SERVER USER("client-certificate: old.crt, client-key: old.key"),
			"/k:7:40: 'client-certificate' holds from 20"},
		{CONTEXT SERVER USER("client-certificate: broken, client-key: one.key"),
			"'client-certificate': expected a certificate in PEM form"},
		{CONTEXT SERVER USER("tokenFile: [a]"), "expected a text under 'tokenFile'"},
		{CONTEXT SERVER USER("token: \"a\\nb\""), "expected a token on one line"},
		{CONTEXT SERVER USER("auth-provider: {name: gcp}"),
			"/k:7:20: 'auth-provider' is not supported"},
		{CONTEXT SERVER USER("username: admin, password: s3cret"),
			"'username' is of no use, API servers take none since Kubernetes 1.19"},
		{CONTEXT SERVER USER("as: a, as-user-extra: {a: [b]}"),
			"'as-user-extra' is not supported"},
		{CONTEXT SERVER USER("as-groups: [a]"), "need 'as', which says who to be"},
		{CONTEXT SERVER USER("as: a, as-groups: a"), "expected a list under 'as-groups'"},
		{CONTEXT SERVER USER("as: \"a\\r\\nX: y\""), "expected a text on one line"},
		{CONTEXT SERVER USER("exec: aws"), "expected a map under 'exec'"},
		{EXEC("command: aws"), "expected a text under 'apiVersion'"},
		{EXEC(V1), "expected a text under 'command'"},
		{EXEC("command: aws, apiVersion: client.authentication.k8s.io/v1alpha1"),
			"or 'client.authentication.k8s.io/v1beta1', found "
			"'client.authentication.k8s.io/v1alpha1': update the plugin"},
		{EXEC("command: aws, apiVersion: client.authentication.k8s.io/v1"),
			"expected 'interactiveMode: IfAvailable' or 'Never'"},
		{EXEC("command: aws, apiVersion: client.authentication.k8s.io/v1, "
		      "interactiveMode: Always"),
			"this plugin asks at the terminal ('interactiveMode: Always')"},
		{EXEC("command: aws, apiVersion: client.authentication.k8s.io/v1beta1, "
		      "interactiveMode: Sometimes"),
			"expected 'Never', 'IfAvailable' or 'Always', found 'Sometimes'"},
		{EXEC("command: aws, args: a, " V1), "expected a list under 'args'"},
		{EXEC("command: aws, args: [[a]], " V1), "expected a text in 'args'"},
		{EXEC("command: aws, env: [a], " V1), "expected a 'name' without '='"},
		{EXEC("command: aws, env: {a: b}, " V1), "expected a list under 'env'"},
	};
	struct wk_cert one = {0};
	struct wk_cert other = {0};
	struct wk_cert old = {0};
	struct wk_err err = {0};
	struct stage stage;

	cr_assert(wk_ca_root("/CN=a", 1, &one, &err) && wk_ca_root("/CN=b", 1, &other, &err) &&
			  wk_ca_root("/CN=c", 1, &old, &err),
		"%s", err.msg);
	stage_begin(&stage);
	stage_write(&stage, "one.crt", 0600, one.cert_pem);
	stage_write(&stage, "one.key", 0600, one.key_pem);
	stage_write(&stage, "other.key", 0600, other.key_pem);
	expire(&old);
	stage_write(&stage, "old.crt", 0600, old.cert_pem);
	stage_write(&stage, "old.key", 0600, old.key_pem);
	stage_write(&stage, "broken", 0600, "-----BEGIN CERTIFICATE-----\nAAAA\n");
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_kubeconfig got = {.insecure = true};

		err = (struct wk_err){0};
		cr_assert_not(load(&stage, rows[i].text, &got, &err), "%s", rows[i].message);
		cr_expect(strstr(err.msg, rows[i].message), "expected '%s', got '%s'",
			rows[i].message, err.msg);
		cr_expect_eq(err.kind, WK_ERR_INPUT, "%s", err.msg);
		cr_expect(strncmp(err.msg, stage.folder, strlen(stage.folder)) == 0, "%s", err.msg);
		cr_expect_not(strstr(err.msg, "s3cret"), "%s", err.msg);
		cr_expect(got.insecure && !got.server, "a failure left the output alone");
	}
	wk_cert_finish(&one);
	wk_cert_finish(&other);
	wk_cert_finish(&old);
	stage_end(&stage);
}
