#include "wookie/kube/client.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

/* "-----BEGIN X-----" in base64. */
#define PEM "LS0tLS1CRUdJTiBYLS0tLS0K"
#define CONTEXT "current-context: a\ncontexts:\n- {name: a, context: {cluster: c, user: u}}\n"
#define CLUSTER(inner) "clusters:\n- {name: c, cluster: {" inner "}}\n"
#define SERVER CLUSTER("server: 'https://h:6443'")
#define USER(inner) "users:\n- {name: u, user: {" inner "}}\n"

Test(kubeconfig, what_stands_in_the_file_is_understood)
{
	static const struct {
		const char *name;
		const char *text;
		struct {
			const char *ca_pem;
			const char *cert_pem;
			const char *key_pem;
			const char *token;
			const char *tls_server_name;
			bool insecure;
		} want;
	} rows[] = {
		{"certificates",
			CONTEXT CLUSTER(
				"server: 'https://h:6443', certificate-authority-data: " PEM)
				USER("client-certificate-data: " PEM ", client-key-data: " PEM),
			{.ca_pem = "-----BEGIN X-----\n",
				.cert_pem = "-----BEGIN X-----\n",
				.key_pem = "-----BEGIN X-----\n"}},
		{"token", CONTEXT SERVER USER("token: abc"), {.token = "abc"}},
		{"nothing", CONTEXT SERVER USER(""), {.token = NULL}},
		{"null and empty are absent",
			CONTEXT CLUSTER(
				"server: 'https://h:6443', certificate-authority-data: null, "
				"tls-server-name: ''") USER("token: ~"),
			{.token = NULL}},
		{"insecure, by another name",
			CONTEXT CLUSTER("server: 'https://h:6443', insecure-skip-tls-verify: true, "
					"tls-server-name: name") USER(""),
			{.insecure = true, .tls_server_name = "name"}},
		{"JSON",
			"{\"current-context\":\"a\",\"contexts\":[{\"name\":\"a\",\"context\":{"
			"\"cluster\":\"c\",\"user\":\"u\"}}],\"clusters\":[{\"name\":\"c\","
			"\"cluster\":{\"server\":\"https://h:6443\"}}],\"users\":[{\"name\":\"u\","
			"\"user\":{\"token\":\"abc\"}}]}",
			{.token = "abc"}},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_kubeconfig got = {0};
		struct wk_err err = {0};

		cr_assert(wk_kubeconfig_parse("k", rows[i].text, strlen(rows[i].text), &got, &err),
			"%s: %s", rows[i].name, err.msg);
		cr_assert_str_eq(got.cluster, "c", "%s", rows[i].name);
		cr_assert_str_eq(got.server, "https://h:6443", "%s", rows[i].name);
		cr_assert_eq(got.insecure, rows[i].want.insecure, "%s", rows[i].name);

		const struct {
			const char *got;
			const char *want;
		} texts[] = {{got.ca_pem, rows[i].want.ca_pem},
			{got.cert_pem, rows[i].want.cert_pem}, {got.key_pem, rows[i].want.key_pem},
			{got.token, rows[i].want.token},
			{got.tls_server_name, rows[i].want.tls_server_name}};

		for (size_t t = 0; t < WK_COUNT(texts); t++) {
			cr_assert_eq(
				!texts[t].got, !texts[t].want, "%s, text %zu", rows[i].name, t);
			cr_assert(!texts[t].got || strcmp(texts[t].got, texts[t].want) == 0,
				"%s, text %zu: %s", rows[i].name, t, texts[t].got);
		}
		wk_kubeconfig_finish(&got);
	}
}

Test(kubeconfig, what_is_wrong_is_said_with_its_place)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"hello", "k:1:1: expected a text under 'current-context'"},
		{"contexts: []", "k:1:1: expected a text under 'current-context'"},
		{"current-context: [a]", "k:1:18: expected a text under 'current-context'"},
		{"current-context: b\ncontexts:\n- {name: a, context: {}}\n",
			"no entry named 'b' in 'contexts'"},
		{"current-context: a\ncontexts:\n- {name: a, context: {user: u}}\n",
			"k:3:22: expected a text under 'cluster'"},
		{"current-context: a\ncontexts:\n- {name: a}\n",
			"k:3:3: expected a map under 'context'"},
		{CONTEXT USER(""), "no entry named 'c' in 'clusters'"},
		{CONTEXT SERVER, "no entry named 'u' in 'users'"},
		{CONTEXT CLUSTER("server: 'http://h'") USER(""),
			"k:5:31: expected a server of the form 'https://host:port', found "
			"'http://h'"},
		{CONTEXT CLUSTER("server: 'https://'") USER(""), "found 'https://'"},
		{CONTEXT SERVER USER("exec: {command: aws}"), "k:7:20: 'exec' is not supported"},
		{CONTEXT SERVER USER("auth-provider: {}"), "'auth-provider' is not supported"},
		{CONTEXT SERVER USER("client-key: /k"), "kubectl config view --raw --flatten"},
		{CONTEXT CLUSTER("server: 'https://h', certificate-authority: /ca") USER(""),
			"'certificate-authority' is not supported"},
		{CONTEXT CLUSTER("server: 'https://h', proxy-url: 'http://p'") USER(""),
			"'proxy-url' is not supported"},
		{CONTEXT SERVER USER("client-certificate-data: " PEM), "need each other"},
		{CONTEXT SERVER USER("client-certificate-data: '!', client-key-data: " PEM),
			"'client-certificate-data': expected base64"},
		{CONTEXT SERVER USER("client-certificate-data: aGVsbG8=, client-key-data: " PEM),
			"'client-certificate-data': expected PEM in base64"},
		{CONTEXT CLUSTER("server: 'https://h', insecure-skip-tls-verify: true, "
				 "certificate-authority-data: " PEM) USER(""),
			"'insecure-skip-tls-verify' contradicts"},
		{CONTEXT SERVER USER("token: \"a\\nb\""), "expected a token on one line"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_kubeconfig got = {.insecure = true};
		struct wk_err err = {0};

		cr_assert_not(
			wk_kubeconfig_parse("k", rows[i].text, strlen(rows[i].text), &got, &err),
			"row %zu: %s", i, rows[i].message);
		cr_assert_eq(err.kind, WK_ERR_INPUT, "row %zu", i);
		cr_assert(strstr(err.msg, rows[i].message), "row %zu: %s", i, err.msg);
		cr_assert(strncmp(err.msg, "k:", 2) == 0, "row %zu: %s", i, err.msg);
		cr_assert(got.insecure && !got.server, "a failure left the output alone");
	}
}

Test(kubeconfig, a_secret_is_in_no_message)
{
	static const char *const rows[] = {
		CONTEXT SERVER USER("token: \"s3cret\\n\""),
		CONTEXT SERVER USER("client-key-data: s3cret!, client-certificate-data: " PEM),
		CONTEXT SERVER USER("password: s3cret"),
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_kubeconfig got = {0};
		struct wk_err err = {0};

		cr_assert_not(wk_kubeconfig_parse("k", rows[i], strlen(rows[i]), &got, &err));
		cr_assert_not(strstr(err.msg, "s3cret"), "row %zu: %s", i, err.msg);
	}
}

Test(kubeconfig, a_file_that_is_not_there_is_named)
{
	struct wk_kubeconfig got = {0};
	struct wk_err err = {0};

	cr_assert_not(wk_kubeconfig_read("/nonexistent/kubeconfig", &got, &err));
	cr_assert_str_eq(err.msg, "kubeconfig: /nonexistent/kubeconfig: No such file or directory");
}
