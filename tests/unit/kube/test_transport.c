#include "proxy.h"
#include "server.h"

#include "wookie/kube/exec.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SOON (wk_now() + 20 * WK_SEC)

/* A name that only the proxy can resolve. */
static void name_server(struct server *server)
{
	(void)snprintf(
		server->url, sizeof(server->url), "https://api.example:%d", server->loopback.port);
}

static bool get(const struct wk_kubeconfig *config, struct wk_err *err)
{
	struct wk_kube *kube = wk_kube_new(config, -1);
	cJSON *json = NULL;
	bool ok = wk_kube_get(kube, "/x", SOON, &json, err);

	cJSON_Delete(json);
	wk_kube_free(kube);
	return ok;
}

Test(transport, every_kind_of_proxy_leads_to_the_server)
{
	static const struct {
		enum proxy_kind kind;
		const char *url; /* without its port */
		const char *asked;
		bool named; /* by tls-server-name, the server's own being wrong */
	} rows[] = {
		{PROXY_HTTP, "http://127.0.0.1", "CONNECT api.example:", false},
		{PROXY_HTTP, "http://me:p%40ss@127.0.0.1",
			"Proxy-Authorization: Basic bWU6cEBzcw==\r\n", false},
		{PROXY_HTTP, "http://127.0.0.1", "CONNECT elsewhere.example:", true},
		{PROXY_HTTPS, "https://127.0.0.1", "CONNECT api.example:", false},
		{PROXY_SOCKS5, "socks5://127.0.0.1", "api.example:", false},
		{PROXY_SOCKS5, "socks5://127.0.0.1", "elsewhere.example:", true},
	};
	const struct turn turn = {.status = 200, .body = "{}"};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct proxy proxy = {.kind = rows[i].kind};
		struct server server;
		struct wk_err err = {0};
		char url[80];
		char token[] = "t0ken";
		char impersonate[] = "Impersonate-User: jane\r\n";
		char name[] = "api.example";
		char elsewhere[64];

		server_start(&server, &turn, 1);
		name_server(&server);
		proxy_start(&proxy, &server.cert);
		(void)snprintf(url, sizeof(url), "%s:%d", rows[i].url, proxy.loopback.port);
		(void)snprintf(elsewhere, sizeof(elsewhere), "https://elsewhere.example:%d",
			server.loopback.port);
		server.config.proxy_url = url;
		server.config.token = token;
		server.config.impersonate = impersonate;
		if (rows[i].named) {
			server.config.server = elsewhere;
			server.config.tls_server_name = name;
		}
		cr_assert(get(&server.config, &err), "row %zu: %s", i, err.msg);
		cr_expect(strstr(*proxy.asked, rows[i].asked), "row %zu: %s", i, *proxy.asked);
		cr_expect_not(strstr(*proxy.asked, "t0ken"), "row %zu: %s", i, *proxy.asked);
		cr_expect_not(strstr(*proxy.asked, "jane"), "row %zu: %s", i, *proxy.asked);
		cr_expect(strstr(server.record->text, "Authorization: Bearer t0ken\r\n"));
		cr_expect(strstr(server.record->text, "Impersonate-User: jane\r\n"));
		cr_expect_not(strstr(server.record->text, "Proxy-"));
		proxy_stop(&proxy);
		server_stop(&server);
	}
}

Test(transport, an_exec_takes_the_proxy_too)
{
	static const char frames[] = "\x82\x15\x03{\"status\":\"Success\"}";
	static const struct turn turn = {
		.status = 101, .frames = frames, .n_frames = sizeof(frames) - 1};
	static const char *const argv[] = {"true", NULL};
	static const enum proxy_kind kinds[] = {PROXY_HTTP, PROXY_HTTPS, PROXY_SOCKS5};
	static const char *const urls[] = {
		"http://127.0.0.1", "https://127.0.0.1", "socks5://127.0.0.1"};

	for (size_t i = 0; i < WK_COUNT(kinds); i++) {
		const struct wk_exec exec = {.namespace = "n",
			.pod = "p",
			.container = "c",
			.argv = argv,
			.deadline = SOON};
		struct proxy proxy = {.kind = kinds[i]};
		struct wk_exec_result result = {.exit_code = -1};
		struct server server;
		struct wk_err err = {0};
		struct wk_kube *kube;
		char url[64];

		server_start(&server, &turn, 1);
		name_server(&server);
		proxy_start(&proxy, &server.cert);
		(void)snprintf(url, sizeof(url), "%s:%d", urls[i], proxy.loopback.port);
		server.config.proxy_url = url;
		kube = wk_kube_new(&server.config, -1);
		cr_assert(wk_kube_exec(kube, &exec, &result, &err), "%s: %s", url, err.msg);
		cr_expect_eq(result.exit_code, 0);
		wk_exec_result_finish(&result);
		wk_kube_free(kube);
		proxy_stop(&proxy);
		server_stop(&server);
	}
}

Test(transport, a_proxy_that_does_not_lead_there_is_blamed)
{
	static const struct {
		const char *name;
		enum proxy_kind kind;
		int refuses;
		const char *url;
		const char *message;
	} rows[] = {
		{"refuses", PROXY_HTTP, 403, "http://me:s3cret@127.0.0.1",
			"/ does not lead to https://api.example:"},
		{"wants a password", PROXY_HTTP, 407, "http://127.0.0.1",
			"wants a user and a password (HTTP 407): expected them in the kubeconfig's "
			"'proxy-url'"},
		{"cannot reach it", PROXY_HTTPS, 502, "https://127.0.0.1", "502"},
		{"refuses over SOCKS", PROXY_SOCKS5, 2, "socks5://127.0.0.1",
			"/ does not lead to https://api.example:"},
		{"has no address", PROXY_HTTP, 0, "http://s3cret@proxy.invalid",
			"cannot be reached"},
	};
	const struct turn turn = {.status = 200, .body = "{}"};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct proxy proxy = {.kind = rows[i].kind, .refuses = rows[i].refuses};
		struct server server;
		struct wk_err err = {0};
		char url[64];

		server_start(&server, &turn, 1);
		name_server(&server);
		proxy_start(&proxy, &server.cert);
		(void)snprintf(url, sizeof(url), "%s:%d", rows[i].url, proxy.loopback.port);
		server.config.proxy_url = url;
		cr_assert_not(get(&server.config, &err), "%s", rows[i].name);
		cr_expect_eq(err.kind, WK_ERR_REMOTE, "%s: %s", rows[i].name, err.msg);
		cr_expect(strstr(err.msg, rows[i].message), "%s: %s", rows[i].name, err.msg);
		cr_expect(strstr(err.msg, "c1: the proxy "), "%s: %s", rows[i].name, err.msg);
		cr_expect_not(strstr(err.msg, "s3cret"), "%s: %s", rows[i].name, err.msg);
		proxy_stop(&proxy);
		server_stop(&server);
	}
}

Test(transport, a_proxy_that_says_nothing_is_named)
{
	const struct turn turn = {.status = 200, .body = "{}"};
	struct server server;
	struct wk_err err = {0};
	struct wk_kube_reply reply = {0};
	struct wk_kube *kube;
	char url[64];
	int port = 0;
	int listener = loopback_listen(&port);

	server_start(&server, &turn, 1);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
	server.config.proxy_url = url;
	kube = wk_kube_new(&server.config, -1);
	cr_assert_not(wk_kube_call(
		kube, "GET", "/x", NULL, NULL, wk_now() + 200 * WK_MSEC, &reply, &err));
	cr_expect_eq(err.kind, WK_ERR_TIMEOUT);
	cr_expect(
		strstr(err.msg, "no TLS connection came about through the proxy http://127.0.0.1:"),
		"%s", err.msg);
	wk_kube_free(kube);
	server_stop(&server);
	(void)close(listener);
}

Test(transport, a_proxy_that_is_not_there_or_not_trusted_is_told_from_the_server)
{
	const struct turn turn = {.status = 200, .body = "{}"};
	struct proxy proxy = {.kind = PROXY_HTTPS};
	struct wk_cert other = {0};
	struct wk_cert cert = {0};
	static const char *const ips[] = {"127.0.0.1", NULL};
	const struct wk_cert_request request = {
		.common_name = "proxy", .ips = ips, .server = true, .days = 1};
	struct server server;
	struct wk_err err = {0};
	char url[64];
	int port = 0;
	int listener = loopback_listen(&port);

	(void)close(listener); /* before anybody forks */
	cr_assert(wk_ca_root("/CN=other", 1, &other, &err) &&
		  wk_ca_issue(&other, &request, &cert, &err));
	server_start(&server, &turn, 1);
	proxy_start(&proxy, &cert);
	server.config.proxy_url = url;
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d", proxy.loopback.port);
	cr_expect_not(get(&server.config, &err));
	cr_expect(strstr(err.msg, "c1: the certificate of the proxy https://127.0.0.1:"), "%s",
		err.msg);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
	cr_expect_not(get(&server.config, &err));
	cr_expect(strstr(err.msg, "cannot be reached: Connection refused"), "%s", err.msg);
	proxy_stop(&proxy);
	server_stop(&server);
	wk_cert_finish(&other);
	wk_cert_finish(&cert);
}
