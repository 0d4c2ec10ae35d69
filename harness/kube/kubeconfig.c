/*
 * Kubeconfigs
 *
 * A kubeconfig may name files to read, a program to run and a proxy to send everything through. In
 * the user's own that is his wish; in one that stands in a cluster it would be the wish of whoever
 * wrote it there. So there are two readers. This file holds the strict one, which knows one form
 * only, the current context with a server and credentials that stand in the text itself, and
 * refuses all else by name. Our own providers write that form, and `kubectl config view --raw
 * --flatten --minify` makes it of any other that needs no program. The trusting reader is in
 * context.c and owned.c, and shares with this one what both understand; neither calls the other.
 *
 * JSON is YAML here, so one reader serves both.
 */
#include "wookie/kube/kubeconfig.h"

#include "wookie/base/file.h"
#include "wookie/kube/entries.h"
#include "wookie/kube/login.h"
#include "wookie/pki/ca.h"

#include <curl/curl.h>
#include <string.h>

#define FLATTEN "make one that holds them with 'kubectl config view --raw --flatten --minify'"

WK_DEFINE_AUTO(CURLU *, curl_url_cleanup);

static void wk_kubeconfig_finish_cleanup(struct wk_kubeconfig *config)
{
	wk_kubeconfig_finish(config);
}

void wk_kubeconfig_finish(struct wk_kubeconfig *config)
{
	if (!config)
		return;
	free(config->cluster);
	free(config->server);
	free(config->tls_server_name);
	free(config->ca_pem);
	free(config->cert_pem);
	wk_forget(config->key_pem);
	wk_forget(config->token);
	wk_forget(config->proxy_url); /* may hold a password */
	free(config->impersonate);
	wk_login_drop(config->login);
	*config = (struct wk_kubeconfig){0};
}

static char *copy(const char *text)
{
	return text ? wk_xstrdup(text) : NULL;
}

void wk_kubeconfig_copy(const struct wk_kubeconfig *config, struct wk_kubeconfig *ret)
{
	*ret = (struct wk_kubeconfig){
		.cluster = copy(config->cluster),
		.server = copy(config->server),
		.tls_server_name = copy(config->tls_server_name),
		.ca_pem = copy(config->ca_pem),
		.cert_pem = copy(config->cert_pem),
		.key_pem = copy(config->key_pem),
		.token = copy(config->token),
		.insecure = config->insecure,
		.proxy_url = copy(config->proxy_url),
		.impersonate = copy(config->impersonate),
		.login = wk_login_share(config->login),
	};
}

const struct wk_node *wk_entry_node(const struct wk_node *map, const char *key)
{
	const struct wk_node *node = wk_node_get(map, key);

	if (!node || node->kind != WK_NODE_SCALAR)
		return node;
	if (!*node->text ||
		(node->plain && (strcmp(node->text, "null") == 0 || strcmp(node->text, "~") == 0)))
		return NULL;
	return node;
}

const char *wk_entry_text(const struct wk_node *map, const char *key)
{
	const struct wk_node *node = wk_entry_node(map, key);

	return node && node->kind == WK_NODE_SCALAR ? node->text : NULL;
}

const char *wk_entry_required(const struct wk_node *map, const char *key, struct wk_err *err)
{
	const struct wk_node *node = wk_node_get(map, key);
	const char *text = wk_entry_text(map, key);

	if (!text)
		(void)wk_pos_err(
			err, node ? &node->pos : &map->pos, "expected a text under '%s'", key);
	return text;
}

bool wk_entry_true(const struct wk_node *map, const char *key)
{
	const struct wk_node *node = wk_node_get(map, key);

	return node && node->kind == WK_NODE_SCALAR && node->plain &&
	       strcmp(node->text, "true") == 0;
}

/* kubectl and istiod refuse a second entry of the same name too. */
bool wk_entry_find(const struct wk_node *root, const struct wk_entry *entry,
	const struct wk_node **ret, struct wk_err *err)
{
	const struct wk_node *all = wk_node_get(root, entry->list);
	const struct wk_node *first = NULL;
	const struct wk_node *found;

	for (size_t i = 0; all && all->kind == WK_NODE_SEQ && i < all->n_items; i++) {
		const struct wk_node *item = &all->items[i];
		const char *name = wk_entry_text(item, "name");

		if (!name || strcmp(name, entry->name) != 0)
			continue;
		if (first)
			return wk_pos_err(err, &item->pos,
				"'%s' has a second entry named '%s', the first is at line %u: "
				"expected one",
				entry->list, name, first->pos.line);
		first = item;
	}
	if (!first)
		return true;
	found = wk_node_get(first, entry->inner);
	if (!found || found->kind != WK_NODE_MAP)
		return wk_pos_err(err, &first->pos, "expected a map under '%s'", entry->inner);
	*ret = found;
	return true;
}

/* PEM in base64, which may be broken into lines. */
static bool decode_pem(const struct wk_node *map, const char *key, char **ret, struct wk_err *err)
{
	const char *text = wk_entry_text(map, key);
	struct wk_buf WK_AUTO(wk_buf_finish) pem = WK_BUF_INIT(1);
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_YAML_MAX);
	struct wk_err why;

	if (!text)
		return true;
	for (; *text; text++)
		if (*text != '\n' && *text != '\r')
			(void)wk_buf_putc(&line, *text);
	if (!wk_base64_decode(wk_buf_str(&line), &pem, &why))
		return wk_pos_err(err, &wk_node_get(map, key)->pos, "'%s': %s", key, why.msg);
	if (!strstr(wk_buf_str(&pem), "-----BEGIN ") || strlen(pem.data) != pem.len)
		return wk_pos_err(
			err, &wk_node_get(map, key)->pos, "'%s': expected PEM in base64", key);
	*ret = wk_buf_take(&pem);
	return true;
}

static bool check_server(const struct wk_node *cluster, const char *server, struct wk_err *err)
{
	CURLU *WK_AUTO(curl_url_cleanup) url = curl_url();

	if (strncmp(server, "https://", 8) != 0 ||
		curl_url_set(url, CURLUPART_URL, server, 0) != CURLUE_OK)
		return wk_pos_err(err, &wk_node_get(cluster, "server")->pos,
			"expected a server of the form 'https://host:port', found '%s'", server);
	return true;
}

bool wk_entry_cluster(
	const struct wk_node *cluster, struct wk_kubeconfig *config, struct wk_err *err)
{
	const char *server = wk_entry_required(cluster, "server", err);

	if (!server || !check_server(cluster, server, err) ||
		!decode_pem(cluster, "certificate-authority-data", &config->ca_pem, err))
		return false;
	config->insecure = wk_entry_true(cluster, "insecure-skip-tls-verify");
	if (config->insecure && config->ca_pem)
		return wk_pos_err(err, &wk_node_get(cluster, "insecure-skip-tls-verify")->pos,
			"'insecure-skip-tls-verify' contradicts 'certificate-authority-data': "
			"leave one out");
	config->server = wk_xstrdup(server);
	config->tls_server_name = copy(wk_entry_text(cluster, "tls-server-name"));
	return true;
}

bool wk_entry_user(const struct wk_node *user, struct wk_kubeconfig *config, struct wk_err *err)
{
	const char *token = wk_entry_text(user, "token");

	if (!decode_pem(user, "client-certificate-data", &config->cert_pem, err) ||
		!decode_pem(user, "client-key-data", &config->key_pem, err))
		return false;
	if (token && strcspn(token, "\r\n") != strlen(token))
		return wk_pos_err(
			err, &wk_node_get(user, "token")->pos, "expected a token on one line");
	config->token = copy(token);
	return true;
}

/* The strict reader: what needs more than this text and this program. */
static bool refuse_indirect(
	const struct wk_node *cluster, const struct wk_node *user, struct wk_err *err)
{
	static const char *const of_cluster[] = {"certificate-authority", "proxy-url"};
	static const char *const of_user[] = {"client-certificate", "client-key", "tokenFile",
		"exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups",
		"as-user-extra"};

	for (size_t i = 0; i < WK_COUNT(of_cluster); i++) {
		const struct wk_node *node = wk_node_get(cluster, of_cluster[i]);

		if (node)
			return wk_pos_err(err, &node->key_pos,
				"'%s' is not supported: expected "
				"'certificate-authority-data'; " FLATTEN,
				of_cluster[i]);
	}
	for (size_t i = 0; i < WK_COUNT(of_user); i++) {
		const struct wk_node *node = wk_node_get(user, of_user[i]);

		if (node)
			return wk_pos_err(err, &node->key_pos,
				"'%s' is not supported: expected 'client-certificate-data' with "
				"'client-key-data', or 'token', in the file itself; " FLATTEN,
				of_user[i]);
	}
	return true;
}

static const struct wk_node *entry(
	const struct wk_node *root, const struct wk_entry *which, struct wk_err *err)
{
	const struct wk_node *all = wk_node_get(root, which->list);
	const struct wk_node *found = NULL;

	if (wk_entry_find(root, which, &found, err) && !found)
		(void)wk_pos_err(err, all ? &all->pos : &root->pos,
			"no entry named '%s' in '%s', which the current context asks for",
			which->name, which->list);
	return found;
}

/* The entry that a key of a map names. */
static const struct wk_node *named_by(const struct wk_node *map, const char *key,
	const struct wk_node *root, struct wk_entry which, struct wk_err *err)
{
	which.name = wk_entry_required(map, key, err);
	return which.name ? entry(root, &which, err) : NULL;
}

bool wk_kubeconfig_parse(const char *file, const char *text, size_t len, struct wk_kubeconfig *ret,
	struct wk_err *err)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_kubeconfig WK_AUTO(wk_kubeconfig_finish) config = {0};
	struct wk_node *root = NULL;
	const struct wk_node *context;
	const struct wk_node *cluster;
	const struct wk_node *user;

	if (!wk_yaml_parse(arena, file, text, len, &root, err))
		return false;
	context = named_by(root, "current-context", root,
		(struct wk_entry){.list = "contexts", .inner = "context"}, err);
	cluster = context ? named_by(context, "cluster", root,
				    (struct wk_entry){.list = "clusters", .inner = "cluster"}, err)
			  : NULL;
	user = cluster ? named_by(context, "user", root,
				 (struct wk_entry){.list = "users", .inner = "user"}, err)
		       : NULL;
	if (!user || !refuse_indirect(cluster, user, err) ||
		!wk_entry_cluster(cluster, &config, err) || !wk_entry_user(user, &config, err))
		return false;
	if (!config.cert_pem != !config.key_pem)
		return wk_pos_err(err, &user->pos,
			"'client-certificate-data' and 'client-key-data' need each other");
	config.cluster = wk_xstrdup(wk_node_text(context, "cluster"));
	*ret = config;
	config = (struct wk_kubeconfig){0};
	return true;
}

bool wk_kubeconfig_read(const char *file, struct wk_kubeconfig *ret, struct wk_err *err)
{
	struct wk_buf text = {0};
	bool ok;

	if (!wk_file_read(file, WK_YAML_MAX, &text, err))
		return wk_err_context(err, "kubeconfig");
	ok = wk_kubeconfig_parse(file, wk_buf_str(&text), text.len, ret, err);
	wk_forget_text(&text);
	return ok;
}
