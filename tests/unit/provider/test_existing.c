/* Clusters that are there, as loopback servers that a kubeconfig of the test's leads to. */
#include "../kube/server.h"
#include "wookie/base/file.h"
#include "wookie/pki/ca.h"
#include "wookie/provider/existing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAMESPACE(uid)                                                                \
	{                                                                             \
		.status = 200,                                                        \
		.body = "{\"kind\":\"Namespace\",\"metadata\":{\"uid\":\"" uid "\"}}" \
	}

static const struct wk_existing clusters[] = {{"east", "kind-east"}, {"west", "kind-west"}};

static void add_entry(struct wk_buf *text, const char *name, const struct server *server)
{
	WK_AUTOFREE char *ca = wk_base64_encode(server->ca.cert_pem, strlen(server->ca.cert_pem));

	(void)wk_buf_printf(text,
		"{\"clusters\":[{\"name\":\"%s\",\"cluster\":{\"server\":\"%s\","
		"\"certificate-authority-data\":\"%s\"}}],\"users\":[{\"name\":\"%s\",\"user\":"
		"{\"token\":\"t\"}}],\"contexts\":[{\"name\":\"kind-%s\",\"context\":{\"cluster\":"
		"\"%s\",\"user\":\"%s\"}}]}",
		name, server->config.server, ca, name, name, name, name);
}

static char *write_entry(const char *folder, const char *name, const struct server *server)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(65536);
	char *file = wk_xasprintf("%s/%s", folder, name);
	struct wk_err err;

	add_entry(&text, name, server);
	cr_assert(wk_file_write(file, wk_buf_str(&text), text.len, 0600, &err), "%s", err.msg);
	return file;
}

/* What comes of clusters that answer so; the caller frees. "" where both are reached. */
static char *reach(const struct turn *east, const struct turn *west)
{
	char folder[] = "/tmp/wookie-existing.XXXXXX";
	struct server servers[2];
	struct wk_kubeconfig configs[2] = {0};
	struct wk_kubeconfig_source source = {0};
	struct wk_err err = {0};
	struct wk_err after;
	bool ok;

	cr_assert_not_null(mkdtemp(folder));
	server_start(&servers[0], east, 1);
	server_start(&servers[1], west, 1);
	WK_AUTOFREE char *one = write_entry(folder, "east", &servers[0]);
	WK_AUTOFREE char *other = write_entry(folder, "west", &servers[1]);
	WK_AUTOFREE char *files = wk_xasprintf("%s:%s", one, other);

	source.files = files;
	ok = wk_existing_reach(&source, clusters, 2, wk_now() + 20 * WK_SEC, configs, &err);
	for (size_t i = 0; i < 2; i++) {
		cr_expect(!ok || strcmp(configs[i].server, servers[i].config.server) == 0);
		wk_kubeconfig_finish(&configs[i]);
		server_stop(&servers[i]);
	}
	ok = wk_rmtree(folder, &after) && ok;
	return wk_xstrdup(ok ? "" : err.msg);
}

static const struct {
	const char *name;
	struct turn east;
	struct turn west;
	const char *said;
} rows[] = {
	{"two clusters", NAMESPACE("1"), NAMESPACE("2"), ""},
	{"one cluster twice", NAMESPACE("1"), NAMESPACE("1"),
		"contexts 'kind-east' and 'kind-west' lead to the same cluster"},
	{"no right to ask", NAMESPACE("1"),
		{.status = 403, .body = "{\"kind\":\"Status\",\"message\":\"not you\"}"},
		"cluster 'west', context 'kind-west': "},
	{"something else", {.status = 200, .body = "{\"hello\":1}"}, NAMESPACE("2"),
		"is no namespace: is it an API server?"},
	{"a page", {.status = 200, .body = "<html>"}, NAMESPACE("2"),
		"cluster 'east', context 'kind-east': "},
};

Test(existing, every_cluster_says_who_it_is, .timeout = 60)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *said = reach(&rows[i].east, &rows[i].west);

		cr_expect(*rows[i].said ? strstr(said, rows[i].said) != NULL : !*said, "%s: %s",
			rows[i].name, said);
	}
}
