#include "server.h"

#include "wookie/proc/interrupt.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define SOON (wk_now() + 30 * WK_SEC)

/* One request to a server that answers in one turn. */
static bool call(
	const struct turn *turn, wk_nsec deadline, struct wk_kube_reply *ret, struct wk_err *err)
{
	struct server server;
	struct wk_kube *kube;
	bool ok;

	server_start(&server, turn, 1);
	kube = wk_kube_new(&server.config, -1);
	ok = wk_kube_call(kube, "GET", "/x", NULL, NULL, deadline, ret, err);
	wk_kube_free(kube);
	server_stop(&server);
	return ok;
}

Test(client, every_status_is_an_answer)
{
	static const struct {
		int status;
		const char *body;
		enum wk_kube_answer answer;
		const char *message;
	} rows[] = {
		{200, "{\"a\":1}", WK_KUBE_OK, ""},
		{201, "{}", WK_KUBE_OK, ""},
		{204, "", WK_KUBE_OK, ""},
		{401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}", WK_KUBE_UNAUTHORIZED,
			"Unauthorized"},
		{401, "", WK_KUBE_UNAUTHORIZED, ""},
		{403, "{\"kind\":\"Status\",\"message\":\"may not\"}", WK_KUBE_FORBIDDEN,
			"may not"},
		{404, "404 page not found\n", WK_KUBE_NO_KIND, "404 page not found"},
		{404, "{\"kind\":\"Status\",\"message\":\"no resource\",\"details\":{}}",
			WK_KUBE_NO_KIND, "no resource"},
		{404,
			"{\"kind\":\"Status\",\"message\":\"pods \\\"x\\\" not "
			"found\",\"details\":{\"name\":\"x\",\"kind\":\"pods\"}}",
			WK_KUBE_NOT_FOUND, "pods \"x\" not found"},
		{409, "{\"kind\":\"Status\",\"message\":\"theirs\"}", WK_KUBE_CONFLICT, "theirs"},
		{500, "{\"kind\":\"Status\",\"message\":\"a\\nb\"}", WK_KUBE_REFUSED, "a b"},
		{503, "upstream \x1b[31mred", WK_KUBE_REFUSED, "upstream  [31mred"},
		{400, "{broken", WK_KUBE_REFUSED, "{broken"},
		{500, "{\"kind\":\"Secret\",\"data\":\"hidden\"}", WK_KUBE_REFUSED, ""},
		{302, "", WK_KUBE_REFUSED, ""},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct turn turn = {.status = rows[i].status, .body = rows[i].body};
		struct wk_kube_reply reply = {0};
		struct wk_err err = {0};

		cr_assert(call(&turn, SOON, &reply, &err), "row %zu: %s", i, err.msg);
		cr_assert_eq(reply.status, rows[i].status, "row %zu", i);
		cr_assert_eq(reply.answer, rows[i].answer, "row %zu: %d", i, (int)reply.answer);
		cr_assert_str_eq(reply.message, rows[i].message, "row %zu", i);
		cr_assert_str_eq(wk_buf_str(&reply.text), rows[i].body, "row %zu", i);
		wk_kube_reply_finish(&reply);
	}
}

Test(client, without_an_answer_it_says_what_happened)
{
	static const struct {
		const char *name;
		struct turn turn;
		enum wk_err_kind kind;
		const char *text;
	} rows[] = {
		{"truncated", {.status = 200, .body = "{\"a\":", .claimed = 9, .after = CLOSE},
			WK_ERR_REMOTE, "was lost before the answer was whole"},
		{"reset", {.after = RESET}, WK_ERR_REMOTE, "was lost before the answer was whole"},
		{"closed", {.after = CLOSE}, WK_ERR_REMOTE, "was lost before the answer was whole"},
		{"hangs", {.after = HANG}, WK_ERR_TIMEOUT, "connected, but no answer came"},
		{"hangs in the body", {.status = 200, .body = "{", .claimed = 9, .after = HANG},
			WK_ERR_TIMEOUT, "the answer began but did not end"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_kube_reply reply = {.status = 42};
		struct wk_err err = {0};
		wk_nsec began = wk_now();

		cr_assert_not(
			call(&rows[i].turn, began + 3 * WK_SEC, &reply, &err), "%s", rows[i].name);
		cr_assert_eq(err.kind, rows[i].kind, "%s: %s", rows[i].name, err.msg);
		cr_assert(strstr(err.msg, rows[i].text), "%s: %s", rows[i].name, err.msg);
		cr_assert(strstr(err.msg, "GET /x: c1: "), "%s: %s", rows[i].name, err.msg);
		cr_assert_lt(wk_now() - began, 20 * WK_SEC, "%s", rows[i].name);
		cr_assert_eq(reply.status, 42, "a failure left the output alone");
	}
}

Test(client, a_server_that_is_not_there_is_named)
{
	char name[] = "c1";
	struct wk_kubeconfig config = {.cluster = name};
	struct wk_kube_reply reply = {0};
	struct wk_err err = {0};
	struct wk_kube *kube;
	int port = 0;
	int listener = loopback_listen(&port);

	config.server = wk_xasprintf("https://127.0.0.1:%d", port);
	kube = wk_kube_new(&config, -1);
	cr_assert_not(wk_kube_call(
		kube, "GET", "/x", NULL, NULL, wk_now() + 200 * WK_MSEC, &reply, &err));
	cr_assert_eq(err.kind, WK_ERR_TIMEOUT, "%s", err.msg);
	cr_assert(strstr(err.msg, "no TLS connection came about"), "%s", err.msg);
	close(listener);
	cr_assert_not(wk_kube_call(kube, "GET", "/x", NULL, NULL, SOON, &reply, &err));
	cr_assert_eq(err.kind, WK_ERR_REMOTE);
	cr_assert(strstr(err.msg, "connection refused"), "%s", err.msg);
	cr_assert(strstr(err.msg, config.server), "%s", err.msg);
	wk_kube_free(kube);
	free(config.server);
}

Test(client, trust_is_the_kubeconfigs_and_nobody_elses)
{
	const struct turn turn = {.status = 200, .body = "{}"};
	struct wk_cert other = {0};
	struct wk_err err = {0};
	struct server server;
	char no_pem[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	char name[] = "api.example";
	char wrong_name[] = "other.example";

	server_start(&server, &turn, 1);
	cr_assert(wk_ca_root("/CN=other", 1, &other, &err));

	const struct {
		const char *name;
		char *ca;
		char *tls_name;
		bool insecure;
		const char *text; /* NULL: it works */
	} rows[] = {
		{"its own", server.ca.cert_pem, NULL, false, NULL},
		{"another", other.cert_pem, NULL, false, "the kubeconfig's authority vouches for"},
		{"the machine's", NULL, NULL, false, "no authority that this machine trusts"},
		{"none asked for", NULL, NULL, true, NULL},
		{"by another name", server.ca.cert_pem, name, false, NULL},
		{"by a wrong name", server.ca.cert_pem, wrong_name, false, "vouches for"},
		{"garbage", no_pem, NULL, false, "the kubeconfig's certificates cannot be used"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_kubeconfig config = server.config;
		cJSON *json = NULL;
		struct wk_kube *kube;
		bool ok;

		config.ca_pem = rows[i].ca;
		config.tls_server_name = rows[i].tls_name;
		config.insecure = rows[i].insecure;
		kube = wk_kube_new(&config, -1);
		ok = wk_kube_get(kube, "/x", SOON, &json, &err);
		cr_assert_eq(ok, rows[i].text == NULL, "%s: %s", rows[i].name, err.msg);
		cr_assert(ok || strstr(err.msg, rows[i].text), "%s: %s", rows[i].name, err.msg);
		cJSON_Delete(json);
		wk_kube_free(kube);
	}
	wk_cert_finish(&other);
	server_stop(&server);
}

static void answer_anyone(SSL *ssl, void *context)
{
	static const char answer[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
	char request[4096];

	(void)context;
	(void)SSL_read(ssl, request, sizeof(request));
	(void)SSL_write(ssl, answer, sizeof(answer) - 1);
}

Test(client, the_client_certificate_is_shown)
{
	const struct turn turn = {.status = 200};
	struct server server;
	struct loopback strict;
	struct wk_err err = {0};
	cJSON *json = NULL;
	char url[64];
	struct wk_kube *kube;

	server_start(&server, &turn, 1);

	const struct loopback_setup setup = {.cert = &server.cert,
		.client_root_pem = server.ca.cert_pem,
		.serve = answer_anyone};
	struct wk_kubeconfig config = server.config;

	loopback_start(&strict, &setup);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d", strict.port);
	config.server = url;
	config.cert_pem = server.client.cert_pem;
	config.key_pem = server.client.key_pem;
	kube = wk_kube_new(&config, -1);
	cr_assert(wk_kube_get(kube, "/x", SOON, &json, &err), "%s", err.msg);
	cJSON_Delete(json);
	wk_kube_free(kube);
	config.cert_pem = NULL;
	config.key_pem = NULL;
	kube = wk_kube_new(&config, -1);
	cr_assert_not(wk_kube_get(kube, "/x", SOON, &json, &err));
	wk_kube_free(kube);
	loopback_stop(&strict);
	server_stop(&server);
}

Test(client, requests_share_one_connection_and_carry_what_they_should)
{
	const struct turn turn = {.status = 200, .body = "{}"};
	char token[] = "t0ken";
	struct server server;
	struct wk_kube_reply reply = {0};
	struct wk_err err = {0};
	cJSON *json = NULL;
	struct wk_kube *kube;

	server_start(&server, &turn, 1);
	server.config.token = token;
	kube = wk_kube_new(&server.config, -1);
	cr_assert(wk_kube_call(kube, "POST", "/a", "text/x", "the body", SOON, &reply, &err));
	wk_kube_reply_finish(&reply);
	cr_assert(wk_kube_get(kube, "/b?c=d", SOON, &json, &err), "%s", err.msg);
	cJSON_Delete(json);
	cr_assert(wk_kube_call(kube, "DELETE", "/e", NULL, NULL, SOON, &reply, &err));
	wk_kube_reply_finish(&reply);
	cr_assert_eq(server.record->connections, 1);

	static const char *const rows[] = {"POST /a HTTP/1.1\r\n", "Content-Type: text/x\r\n",
		"\r\n\r\nthe body", "GET /b?c=d HTTP/1.1\r\n", "Authorization: Bearer t0ken\r\n",
		"Accept: application/json\r\n", "DELETE /e HTTP/1.1\r\n"};

	for (size_t i = 0; i < WK_COUNT(rows); i++)
		cr_assert(strstr(server.record->text, rows[i]), "'%s' is not in:\n%s", rows[i],
			server.record->text);
	cr_assert_not(strstr(server.record->text, "Expect:"));
	wk_kube_free(kube);
	server_stop(&server);
}

Test(client, a_warm_connection_that_falls_silent_is_told_from_none)
{
	static const struct turn turns[] = {{.status = 200, .body = "{}"}, {.after = HANG}};
	struct server server;
	struct wk_err err = {0};
	cJSON *json = NULL;
	struct wk_kube *kube;

	server_start(&server, turns, 2);
	kube = wk_kube_new(&server.config, -1);
	cr_assert(wk_kube_get(kube, "/x", SOON, &json, &err), "%s", err.msg);
	cJSON_Delete(json);
	cr_assert_not(wk_kube_get(kube, "/x", wk_now() + WK_SEC, &json, &err));
	cr_assert(strstr(err.msg, "connected, but no answer came"), "%s", err.msg);
	wk_kube_free(kube);
	server_stop(&server);
}

Test(client, a_connection_that_the_server_closed_meanwhile_is_made_anew)
{
	const struct turn turn = {.status = 200, .body = "{}", .after = CLOSE};
	struct server server;
	struct wk_err err = {0};
	struct wk_kube *kube;

	server_start(&server, &turn, 1);
	kube = wk_kube_new(&server.config, -1);
	for (unsigned i = 1; i <= 3; i++) {
		cJSON *json = NULL;

		cr_assert(wk_kube_get(kube, "/x", SOON, &json, &err), "%u: %s", i, err.msg);
		cr_assert_eq(server.record->connections, i);
		cJSON_Delete(json);
	}
	wk_kube_free(kube);
	server_stop(&server);
}

Test(client, get_and_find_differ_in_what_is_not_there)
{
	static const struct {
		const char *name;
		struct turn turn;
		const char *get; /* in the error; NULL: it works */
		const char *find;
	} rows[] = {
		{"there", {.status = 200, .body = "{\"a\":1}"}, NULL, NULL},
		{"not there",
			{.status = 404,
				.body = "{\"kind\":\"Status\",\"message\":\"no "
					"x\",\"details\":{\"name\":\"x\"}}"},
			"c1: GET /x: HTTP 404: no x", NULL},
		{"no such kind", {.status = 404, .body = "404 page not found"},
			"HTTP 404 (this kind is not served here)",
			"HTTP 404 (this kind is not served here)"},
		{"anonymous",
			{.status = 403,
				.body = "{\"kind\":\"Status\",\"message\":\"User "
					"\\\"system:anonymous\\\" cannot\"}"},
			"HTTP 403 (no credentials were sent)", "(no credentials were sent)"},
		{"forbidden", {.status = 403, .body = "no"}, "HTTP 403 (not allowed): no",
			"HTTP 403"},
		{"unauthorized", {.status = 401}, "credentials are not accepted", "HTTP 401"},
		{"no JSON", {.status = 200, .body = "hello"}, "no JSON in the answer", "no JSON"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct server server;
		struct wk_err err = {0};
		cJSON *json = NULL;
		struct wk_kube *kube;
		bool ok;

		server_start(&server, &rows[i].turn, 1);
		kube = wk_kube_new(&server.config, -1);
		ok = wk_kube_get(kube, "/x", SOON, &json, &err);
		cr_assert_eq(ok, !rows[i].get, "get, %s: %s", rows[i].name, err.msg);
		cr_assert(ok || strstr(err.msg, rows[i].get), "%s: %s", rows[i].name, err.msg);
		cJSON_Delete(json);
		json = NULL;
		ok = wk_kube_find(kube, "/x", SOON, &json, &err);
		cr_assert_eq(ok, !rows[i].find, "find, %s: %s", rows[i].name, err.msg);
		cr_assert(ok || strstr(err.msg, rows[i].find), "%s: %s", rows[i].name, err.msg);
		cr_assert_eq(json != NULL, rows[i].turn.status == 200 && ok, "%s", rows[i].name);
		cJSON_Delete(json);
		wk_kube_free(kube);
		server_stop(&server);
	}
}

Test(client, a_signal_ends_a_pending_request)
{
	const struct turn turn = {.after = HANG};
	struct wk_kube_reply reply = {0};
	struct wk_err err = {0};
	wk_nsec began = wk_now();
	pid_t test = getpid();
	pid_t child;

	wk_interrupt_catch();
	child = fork();
	if (child == 0) {
		wk_pause(200 * WK_MSEC);
		(void)kill(test, SIGINT);
		_exit(0);
	}
	cr_assert_not(call(&turn, wk_now() + 30 * WK_SEC, &reply, &err));
	cr_assert_eq(err.kind, WK_ERR_INTERRUPTED, "%s", err.msg);
	cr_assert_lt(wk_now() - began, 25 * WK_SEC);
}

/* A server closes what was idle just when the next request is on its way: that one is sent again, however often
 * it happens to one client. */
Test(client, a_connection_that_went_idle_costs_no_request, .timeout = 60)
{
	struct turn turns[32];
	struct server server;
	struct wk_kube *kube;

	for (size_t i = 0; i < WK_COUNT(turns); i++)
		turns[i] = i % 2 ? (struct turn){.after = CLOSE}
				 : (struct turn){.status = 200, .body = "{}"};
	server_start(&server, turns, WK_COUNT(turns));
	kube = wk_kube_new(&server.config, -1);
	for (size_t i = 0; i < WK_COUNT(turns) / 2; i++) {
		struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {0};
		struct wk_err err = {0};

		cr_expect(wk_kube_call(kube, "GET", "/x", NULL, NULL, SOON, &reply, &err),
			"request %zu: %s", i, err.msg);
	}
	wk_kube_free(kube);
	server_stop(&server);
}
