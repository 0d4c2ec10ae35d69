#include "server.h"
#include "stage.h"

#include "wookie/base/file.h"
#include "wookie/kube/exec.h"
#include "wookie/kube/login.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOON (wk_now() + 30 * WK_SEC)
#define V1 "client.authentication.k8s.io/v1"
#define ANSWER(status) \
	"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":" status "}"
/* Notes that it ran, and answers with the token that stands in the file `token`. */
#define PLUGIN                                                                                    \
	"#!/bin/sh\necho run >>@/runs\nprintf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 \
	"\",\"status\":{\"token\":\"%s\"%s}}' \"$(cat @/token)\" \"$(cat @/rest)\"\n"

Test(plugin, an_answer_is_read_or_said_to_be_no_use)
{
	static const struct {
		const char *text;
		const char *token;
		int64_t expires;
		const char *message; /* NULL: it is of use */
	} rows[] = {
		{ANSWER("{\"token\":\"t\"}"), "t", 0, NULL},
		{ANSWER("{\"token\":\"t\",\"expirationTimestamp\":null,\"clientKeyData\":"
			"null}") "\n",
			"t", 0, NULL},
		{ANSWER("{\"token\":\"t\",\"expirationTimestamp\":\"2100-01-01T00:00:"
			"00Z\"}"),
			"t", 4102444800, NULL},
		{"", NULL, 0,
			"expected an ExecCredential in JSON on its standard output, found "
			"no "
			"JSON"},
		{"Please log in: s3cret", NULL, 0, "found no JSON"},
		{ANSWER("{\"token\":\"s3cret\"}") " and more", NULL, 0, "found no JSON"},
		{"[]", NULL, 0, "found other JSON"},
		{"{\"kind\":\"Status\"}", NULL, 0, "found other JSON"},
		{"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s."
		 "io/"
		 "v1beta1\",\"status\":{\"token\":\"s3cret\"}}",
			NULL, 0,
			"it answers in version 'client.authentication.k8s.io/v1beta1', and "
			"the "
			"kubeconfig says '" V1 "': update the one or the other"},
		{"{\"kind\":\"ExecCredential\"}", NULL, 0, "it answers in version ''"},
		{"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\"}", NULL, 0,
			"expected 'status' in its answer"},
		{ANSWER("{}"), NULL, 0, "found neither"},
		{ANSWER("{\"token\":7}"), NULL, 0, "expected a text as 'status.token'"},
		{ANSWER("{\"token\":\"s3cret\\nX: y\"}"), NULL, 0, "expected a token on one line"},
		{ANSWER("{\"clientKeyData\":\"s3cret\"}"), NULL, 0, "which need each other"},
		{ANSWER("{\"clientKeyData\":\"s3cret\",\"clientCertificateData\":\"x\"}"), NULL, 0,
			"'clientCertificateData' of its answer: expected a certificate"},
		{ANSWER("{\"token\":\"s3cret\",\"expirationTimestamp\":\"soon\"}"), NULL, 0,
			"expected a date of the form"},
		{ANSWER("{\"token\":\"s3cret\",\"expirationTimestamp\":\"2020-01-01T00:00:"
			"00Z\"}"),
			NULL, 0,
			"it gave credentials that expired at 2020-01-01T00:00:00Z, and now "
			"it is 2"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_kube_credential got = {0};
		struct wk_err err = {0};
		bool ok = wk_plugin_answer(V1, rows[i].text, &got, &err);

		cr_assert_eq(ok, !rows[i].message, "row %zu: %s", i, err.msg);
		cr_expect(ok || strstr(err.msg, rows[i].message), "row %zu: %s", i, err.msg);
		cr_expect(ok || err.kind == WK_ERR_REMOTE, "row %zu", i);
		cr_expect_not(strstr(err.msg, "s3cret"), "row %zu: %s", i, err.msg);
		cr_expect(!ok || strcmp(got.token, rows[i].token) == 0, "row %zu", i);
		cr_expect_eq(got.expires, rows[i].expires, "row %zu", i);
		wk_credential_finish(&got);
	}
}

/* A kubeconfig with a plugin named `plugin` in the folder; `more` ends with a comma. */
static void load(
	const struct stage *stage, const char *server, const char *more, struct wk_kubeconfig *ret)
{
	WK_AUTOFREE char *path = stage_path(stage, "k");
	WK_AUTOFREE char *text = wk_xasprintf(
		"current-context: a\ncontexts:\n- {name: a, context: {cluster: c, user: u}}\n"
		"clusters:\n- {name: c, cluster: {server: '%s', certificate-authority: ca.crt}}\n"
		"users:\n- {name: u, user: {exec: {%s apiVersion: " V1
		", interactiveMode: IfAvailable, command: ./plugin}}}\n",
		server, more);
	const struct wk_kubeconfig_source source = {.files = path};
	struct wk_err err = {0};

	stage_write(stage, "k", 0600, text);
	cr_assert(wk_kubeconfig_load(&source, NULL, ret, &err), "%s", err.msg);
}

static void begin(struct stage *stage, struct server *server, const struct turn *turns, size_t n)
{
	stage_begin(stage);
	server_start(server, turns, n);
	stage_write(stage, "ca.crt", 0600, server->ca.cert_pem);
	stage_write(stage, "plugin", 0700, PLUGIN);
	stage_write(stage, "rest", 0600, "");
	stage_write(stage, "token", 0600, "one");
}

static void end(struct stage *stage, struct server *server, struct wk_kubeconfig *config)
{
	wk_kubeconfig_finish(config);
	server_stop(server);
	stage_end(stage);
}

Test(plugin, one_that_gives_nothing_is_told_with_its_own_words)
{
	static const struct {
		const char *name;
		const char *script; /* NULL: there is none */
		mode_t mode;
		const char *more;
		enum wk_err_kind kind;
		const char *message;
	} rows[] = {
		{"missing", NULL, 0, "", WK_ERR_MISSING, "No such file or directory: install this"},
		{"missing, with a hint", NULL, 0, "installHint: 'get it at https://x',",
			WK_ERR_MISSING, "No such file or directory: get it at https://x"},
		{"not to be run", "#!/bin/sh\n", 0600, "", WK_ERR_SYSTEM, "Permission denied"},
		{"fails", "#!/bin/sh\necho 'profile  dev' >&2; echo not found >&2; exit 255\n",
			0700, "", WK_ERR_REMOTE,
			"it failed with exit code 255: profile dev not found"},
		{"fails silently", "#!/bin/sh\nexit 3\n", 0700, "", WK_ERR_REMOTE,
			"it failed with exit code 3 and said nothing; run it by hand"},
		{"fails at length",
			"#!/bin/sh\nfor i in $(seq 200); do echo line $i >&2; done; exit 1\n", 0700,
			"", WK_ERR_REMOTE, "line 199 line 200"},
		{"crashes", "#!/bin/sh\nkill -SEGV $$\n", 0700, "", WK_ERR_REMOTE,
			"it was ended by signal 11"},
		{"hangs", "#!/bin/sh\necho open https://login >&2; sleep 600\n", 0700, "",
			WK_ERR_TIMEOUT, "it may be waiting for a login: open https://login"},
		{"garbage", "#!/bin/sh\necho s3cret\n", 0700, "", WK_ERR_REMOTE, "found no JSON"},
		{"reads its input", "#!/bin/sh\nread line || exit 9\n", 0700, "", WK_ERR_REMOTE,
			"exit code 9"},
	};
	struct stage stage;

	stage_begin(&stage);
	stage_write(&stage, "ca.crt", 0600, "");
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *path = stage_path(&stage, "plugin");
		struct wk_kubeconfig config = {0};
		struct wk_err err = {0};
		wk_nsec began = wk_now();
		struct wk_cert ca = {0};

		cr_assert(wk_ca_root("/CN=t", 1, &ca, &err));
		stage_write(&stage, "ca.crt", 0600, ca.cert_pem);
		wk_cert_finish(&ca);
		(void)unlink(path);
		if (rows[i].script)
			stage_write(&stage, "plugin", rows[i].mode, rows[i].script);
		load(&stage, "https://h", rows[i].more, &config);
		cr_assert_not(
			wk_kubeconfig_log_in(&config, began + WK_SEC, &err), "%s", rows[i].name);
		cr_expect_eq(
			err.kind, rows[i].kind, "%s: %d %s", rows[i].name, (int)err.kind, err.msg);
		cr_expect(strstr(err.msg, rows[i].message), "%s: %s", rows[i].name, err.msg);
		cr_expect(strstr(err.msg, "/k:7:"), "%s: %s", rows[i].name, err.msg);
		cr_expect(strstr(err.msg, "plugin'"), "%s: %s", rows[i].name, err.msg);
		cr_expect_not(strstr(err.msg, "s3cret"), "%s: %s", rows[i].name, err.msg);
		cr_expect_lt(wk_now() - began, 10 * WK_SEC, "%s", rows[i].name);
		wk_kubeconfig_finish(&config);
	}
	stage_end(&stage);
}

Test(plugin, it_is_told_who_asks)
{
	struct stage stage;
	struct server server;
	struct wk_kubeconfig config = {0};
	struct wk_err err = {0};
	const struct turn turn = {.status = 200, .body = "{}"};

	begin(&stage, &server, &turn, 1);
	stage_write(&stage, "plugin", 0700,
		"#!/bin/sh\nprintf '%s' \"$KUBERNETES_EXEC_INFO\" >@/info\n"
		"printf '" ANSWER("{\"token\":\"%s\"}") "' \"$1-$2-$PROFILE\"\n");
	load(&stage, server.url,
		"args: [get, 'a b'], env: [{name: PROFILE, value: dev}], provideClusterInfo: true,",
		&config);
	cr_assert(wk_kubeconfig_log_in(&config, SOON, &err), "%s", err.msg);
	cr_expect_str_eq(config.login->credential.token, "get-a b-dev");

	WK_AUTOFREE char *ca = wk_base64_encode(server.ca.cert_pem, strlen(server.ca.cert_pem));
	WK_AUTOFREE char *want =
		wk_xasprintf("{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
			     "\",\"spec\":{\"interactive\":false,\"cluster\":{\"server\":\"%s\","
			     "\"certificate-authority-data\":\"%s\"}}}",
			server.url, ca);
	WK_AUTOFREE char *path = stage_path(&stage, "info");
	struct wk_buf WK_AUTO(wk_buf_finish) info = WK_BUF_INIT(1);

	cr_assert(wk_file_read(path, 1 << 20, &info, &err));
	cr_expect_str_eq(wk_buf_str(&info), want);
	end(&stage, &server, &config);
}

static void get(struct wk_kube *kube)
{
	struct wk_err err = {0};
	cJSON *json = NULL;

	cr_assert(wk_kube_get(kube, "/x", SOON, &json, &err), "%s", err.msg);
	cJSON_Delete(json);
}

Test(plugin, it_runs_once_for_all_clients_and_children)
{
	struct stage stage;
	struct server server;
	struct wk_kubeconfig config = {0};
	struct wk_err err = {0};
	const struct turn turn = {.status = 200, .body = "{}"};
	struct wk_kube *one;
	struct wk_kube *two;
	pid_t child;
	int status = 1;

	begin(&stage, &server, &turn, 1);
	load(&stage, server.url, "", &config);
	cr_assert_eq(stage_lines(&stage, "runs"), 0, "reading runs nothing");
	one = wk_kube_new(&config, -1);
	two = wk_kube_new(&config, -1);
	cr_assert_eq(stage_lines(&stage, "runs"), 0, "a client that asks nothing runs nothing");
	get(one);
	get(one);
	get(two);
	cr_assert(wk_kubeconfig_log_in(&config, SOON, &err));
	child = fork();
	if (child == 0) {
		get(wk_kube_new(&config, -1));
		_exit(0);
	}
	cr_assert(waitpid(child, &status, 0) == child && status == 0);
	cr_expect_eq(stage_lines(&stage, "runs"), 1);
	cr_expect_eq(server.record->turn, 4);
	cr_expect(strstr(server.record->text, "Authorization: Bearer one\r\n"));
	wk_kube_free(one);
	end(&stage, &server, &config);
	wk_kube_free(two); /* outlives the kubeconfig */
}

Test(plugin, it_is_asked_again_when_its_credentials_have_expired)
{
	struct stage stage;
	struct server server;
	struct wk_kubeconfig config = {0};
	const struct turn turn = {.status = 200, .body = "{}"};
	struct wk_kube *kube;

	begin(&stage, &server, &turn, 1);
	stage_write(&stage, "rest", 0600, ",\"expirationTimestamp\":\"2100-01-01T00:00:00Z\"");
	load(&stage, server.url, "", &config);
	kube = wk_kube_new(&config, -1);
	get(kube);
	get(kube);
	cr_expect_eq(stage_lines(&stage, "runs"), 1);
	config.login->credential.expires = 1;
	stage_write(&stage, "token", 0600, "two");
	get(kube);
	cr_expect_eq(stage_lines(&stage, "runs"), 2);
	cr_expect(strstr(server.record->text, "Authorization: Bearer two\r\n"));
	cr_expect_eq(server.record->connections, 1);
	wk_kube_free(kube);
	end(&stage, &server, &config);
}

Test(plugin, it_is_asked_again_after_a_401_and_then_believed)
{
	static const struct turn turns[] = {{.status = 200, .body = "{}"}, {.status = 401},
		{.status = 200, .body = "{}"}, {.status = 401}, {.status = 401}, {.status = 401},
		{.status = 200, .body = "{}"}, {.status = 401}, {.status = 200, .body = "{}"}};
	struct stage stage;
	struct server server;
	struct wk_kubeconfig config = {0};
	struct wk_err err = {0};
	struct wk_kube *kube;
	cJSON *json = NULL;

	begin(&stage, &server, turns, WK_COUNT(turns));
	load(&stage, server.url, "", &config);
	kube = wk_kube_new(&config, -1);
	get(kube);
	get(kube); /* 401, and again */
	cr_expect_eq(stage_lines(&stage, "runs"), 2);
	cr_expect_not(wk_kube_get(kube, "/x", SOON, &json, &err)); /* 401, and 401 again */
	cr_expect(strstr(err.msg, "the credentials that the kubeconfig's plugin gave are not "
				  "accepted: log in again"),
		"%s", err.msg);
	cr_expect_eq(stage_lines(&stage, "runs"), 3);
	cr_expect_not(wk_kube_get(kube, "/x", SOON, &json, &err)); /* 401, which is believed */
	cr_expect_eq(stage_lines(&stage, "runs"), 3);
	get(kube);
	get(kube); /* 401, and again */
	cr_expect_eq(stage_lines(&stage, "runs"), 4);
	cr_expect_eq(server.record->turn, WK_COUNT(turns));
	wk_kube_free(kube);
	end(&stage, &server, &config);
}

Test(plugin, an_exec_has_what_a_request_has)
{
	static const char frames[] = "\x82\x15\x03{\"status\":\"Success\"}";
	static const struct turn turns[] = {{.status = 401, .after = CLOSE},
		{.status = 101, .frames = frames, .n_frames = sizeof(frames) - 1}};
	static const char *const argv[] = {"true", NULL};
	struct stage stage;
	struct server server;
	struct wk_kubeconfig config = {0};
	struct wk_err err = {0};
	struct wk_exec_result result = {0};
	struct wk_kube *kube;

	begin(&stage, &server, turns, WK_COUNT(turns));
	load(&stage, server.url, "", &config);
	config.impersonate = wk_xstrdup("Impersonate-User: jane\r\n");
	kube = wk_kube_new(&config, -1);

	const struct wk_exec exec = {
		.namespace = "n", .pod = "p", .container = "c", .argv = argv, .deadline = SOON};

	cr_assert(wk_kube_exec(kube, &exec, &result, &err), "%s", err.msg);
	cr_expect_eq(stage_lines(&stage, "runs"), 2);
	cr_expect(strstr(server.record->text, "Authorization: Bearer one\r\n"));
	cr_expect(strstr(server.record->text, "Impersonate-User: jane\r\n"));
	wk_exec_result_finish(&result);
	wk_kube_free(kube);
	end(&stage, &server, &config);
}

static void answer_anyone(SSL *ssl, void *context)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
	char request[4096];

	(void)context;
	while (SSL_read(ssl, request, sizeof(request)) > 0)
		(void)SSL_write(ssl, answer, sizeof(answer) - 1);
}

/* PEM as it stands in JSON. */
static char *escaped(const char *pem)
{
	struct wk_buf text = WK_BUF_INIT(1 << 16);

	for (; *pem; pem++)
		(void)(*pem == '\n' ? wk_buf_puts(&text, "\\n") : wk_buf_putc(&text, *pem));
	return wk_buf_take(&text);
}

Test(plugin, its_certificate_is_shown_and_replaced)
{
	struct stage stage;
	struct server server;
	struct loopback strict;
	struct wk_kubeconfig config = {0};
	struct wk_err err = {0};
	const struct turn turn = {.status = 200, .body = "{}"};
	struct wk_kube *kube;
	char url[64];
	cJSON *json = NULL;

	begin(&stage, &server, &turn, 1);

	const struct loopback_setup setup = {.cert = &server.cert,
		.client_root_pem = server.ca.cert_pem,
		.serve = answer_anyone};
	WK_AUTOFREE char *cert = escaped(server.client.cert_pem);
	WK_AUTOFREE char *key = escaped(server.client.key_pem);
	WK_AUTOFREE char *answer = wk_xasprintf(
		ANSWER("{\"clientCertificateData\":\"%s\",\"clientKeyData\":\"%s\"}"), cert, key);

	loopback_start(&strict, &setup);
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d", strict.port);
	stage_write(&stage, "plugin", 0700, "#!/bin/sh\ncat @/answer\n");
	stage_write(&stage, "answer", 0600, answer);
	load(&stage, url, "", &config);
	kube = wk_kube_new(&config, -1);
	get(kube);
	/* From now on it gives a token alone: the certificate is shown no more. */
	stage_write(&stage, "answer", 0600, ANSWER("{\"token\":\"t\"}"));
	config.login->credential.expires = 1;
	cr_expect_not(wk_kube_get(kube, "/x", SOON, &json, &err));
	wk_kube_free(kube);
	loopback_stop(&strict);
	end(&stage, &server, &config);
}

Test(plugin, a_token_file_is_read_again_for_each_request)
{
	struct stage stage;
	struct server server;
	struct wk_kubeconfig_source source = {0};
	struct wk_kubeconfig config = {0};
	struct wk_err err = {0};
	const struct turn turns[] = {
		{.status = 200, .body = "{}"}, {.status = 200, .body = "{}"}, {.status = 401}};
	WK_AUTOFREE char *path = NULL;
	WK_AUTOFREE char *text = NULL;
	struct wk_kube *kube;
	cJSON *json = NULL;

	begin(&stage, &server, turns, WK_COUNT(turns));
	path = stage_path(&stage, "k");
	text = wk_xasprintf(
		"current-context: a\ncontexts:\n- {name: a, context: {cluster: c, user: "
		"u}}\nclusters:\n- {name: c, cluster: {server: '%s', "
		"certificate-authority: ca.crt}}\nusers:\n- {name: u, user: "
		"{tokenFile: token, as: jane, as-groups: [x]}}\n",
		server.url);
	source.files = path;
	stage_write(&stage, "k", 0600, text);
	cr_assert(wk_kubeconfig_load(&source, NULL, &config, &err), "%s", err.msg);
	kube = wk_kube_new(&config, -1);
	get(kube);
	stage_write(&stage, "token", 0600, "two\n");
	get(kube);
	cr_expect(strstr(server.record->text, "Authorization: Bearer one\r\n"));
	cr_expect(strstr(server.record->text, "Authorization: Bearer two\r\n"));
	cr_expect(
		strstr(server.record->text, "Impersonate-User: jane\r\nImpersonate-Group: x\r\n"));
	cr_expect_not(wk_kube_get(kube, "/x", SOON, &json, &err));
	cr_expect(strstr(err.msg, "(the token in the kubeconfig's token file is not accepted)"),
		"%s", err.msg);
	cr_expect_eq(server.record->turn, 3, "a token that was just read is not read again");

	static const struct {
		const char *token; /* NULL: the file is gone */
		const char *message;
	} rows[] = {
		{" \n", "expected a token on one line, found nothing"},
		{"", "expected a token on one line, found nothing"},
		{"a\nb\n", "expected a token on one line"},
		{NULL, "/token: No such file or directory"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *file = stage_path(&stage, "token");

		(void)unlink(file);
		if (rows[i].token)
			stage_write(&stage, "token", 0600, rows[i].token);
		cr_expect_not(wk_kube_get(kube, "/x", SOON, &json, &err));
		cr_expect(strstr(err.msg, rows[i].message), "row %zu: %s", i, err.msg);
		cr_expect(strstr(err.msg, "/k:7:"), "row %zu: %s", i, err.msg);
		cr_expect_eq(err.kind, WK_ERR_INPUT, "row %zu", i);
	}
	wk_kube_free(kube);
	end(&stage, &server, &config);
}
