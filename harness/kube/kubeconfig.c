/*
 * Kubeconfigs
 *
 * Of the many things a kubeconfig may hold, one form is understood: the current context with a
 * server and credentials that stand in the file itself. That is what the providers write and what
 * `kubectl config view --raw --flatten --minify` makes of any other. Everything that would need
 * another file or another program is refused by name: a plugin that asks a cloud for a token has no
 * place in a run that must not talk to anyone but its mesh.
 *
 * JSON is YAML here, so one reader serves both.
 */
#include "wookie/kube/client.h"

#include "wookie/base/file.h"
#include "wookie/pki/ca.h"
#include "wookie/yaml/node.h"

#include <curl/curl.h>
#include <string.h>

#define FLATTEN "make one that holds them with 'kubectl config view --raw --flatten --minify'"

WK_DEFINE_AUTO(CURLU *, curl_url_cleanup);

static void wk_kubeconfig_finish_cleanup(struct wk_kubeconfig *config)
{
	wk_kubeconfig_finish(config);
}

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
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
	forget(config->key_pem);
	forget(config->token);
	*config = (struct wk_kubeconfig){0};
}

/* The text under a key; NULL where it is absent, null or empty, which all mean the same here. */
static const char *text_of(const struct wk_node *map, const char *key)
{
	const struct wk_node *node = wk_node_get(map, key);

	if (!node || node->kind != WK_NODE_SCALAR || !*node->text)
		return NULL;
	if (node->plain && (strcmp(node->text, "null") == 0 || strcmp(node->text, "~") == 0))
		return NULL;
	return node->text;
}

static const char *required(const struct wk_node *map, const char *key, struct wk_err *err)
{
	const struct wk_node *node = wk_node_get(map, key);
	const char *text = text_of(map, key);

	if (!text)
		(void)wk_pos_err(
			err, node ? &node->pos : &map->pos, "expected a text under '%s'", key);
	return text;
}

/* The entry of a list such as `clusters` that has a given name: what stands under `inner`. */
static const struct wk_node *entry(const struct wk_node *root, const char *list, const char *inner,
	const char *name, struct wk_err *err)
{
	const struct wk_node *all = wk_node_get(root, list);
	const struct wk_node *found;

	for (size_t i = 0; all && all->kind == WK_NODE_SEQ && i < all->n_items; i++) {
		const char *this = text_of(&all->items[i], "name");

		if (!this || strcmp(this, name) != 0)
			continue;
		found = wk_node_get(&all->items[i], inner);
		if (found && found->kind == WK_NODE_MAP)
			return found;
		(void)wk_pos_err(err, &all->items[i].pos, "expected a map under '%s'", inner);
		return NULL;
	}
	(void)wk_pos_err(err, all ? &all->pos : &root->pos,
		"no entry named '%s' in '%s', which the current context asks for", name, list);
	return NULL;
}

/* The entry that a key of the context names. */
static const struct wk_node *named_by(const struct wk_node *root, const struct wk_node *context,
	const char *key, const char *list, struct wk_err *err)
{
	const char *name = required(context, key, err);

	return name ? entry(root, list, key, name, err) : NULL;
}

/* What needs more than this file and this program. */
static bool refuse_indirect(
	const struct wk_node *cluster, const struct wk_node *user, struct wk_err *err)
{
	static const char *const of_cluster[] = {"certificate-authority", "proxy-url"};
	static const char *const of_user[] = {"client-certificate", "client-key", "tokenFile",
		"exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups"};

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

static bool decode_pem(const struct wk_node *map, const char *key, char **ret, struct wk_err *err)
{
	const char *text = text_of(map, key);
	struct wk_buf WK_AUTO(wk_buf_finish) pem = WK_BUF_INIT(1);
	struct wk_err why;

	if (!text)
		return true;
	if (!wk_base64_decode(text, &pem, &why))
		return wk_pos_err(err, &wk_node_get(map, key)->pos, "'%s': %s", key, why.msg);
	if (strncmp(wk_buf_str(&pem), "-----BEGIN ", 11) != 0 || strlen(pem.data) != pem.len)
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

static bool decode_cluster(
	const struct wk_node *cluster, struct wk_kubeconfig *config, struct wk_err *err)
{
	const struct wk_node *insecure = wk_node_get(cluster, "insecure-skip-tls-verify");
	const char *name = text_of(cluster, "tls-server-name");
	const char *server = required(cluster, "server", err);

	if (!server || !check_server(cluster, server, err) ||
		!decode_pem(cluster, "certificate-authority-data", &config->ca_pem, err))
		return false;
	config->insecure = insecure && insecure->kind == WK_NODE_SCALAR && insecure->plain &&
			   strcmp(insecure->text, "true") == 0;
	if (config->insecure && config->ca_pem)
		return wk_pos_err(err, &insecure->pos,
			"'insecure-skip-tls-verify' contradicts 'certificate-authority-data': "
			"leave one out");
	config->server = wk_xstrdup(server);
	config->tls_server_name = name ? wk_xstrdup(name) : NULL;
	return true;
}

static bool decode_user(
	const struct wk_node *user, struct wk_kubeconfig *config, struct wk_err *err)
{
	const char *token = text_of(user, "token");

	if (!decode_pem(user, "client-certificate-data", &config->cert_pem, err) ||
		!decode_pem(user, "client-key-data", &config->key_pem, err))
		return false;
	if (!config->cert_pem != !config->key_pem)
		return wk_pos_err(err, &user->pos,
			"'client-certificate-data' and 'client-key-data' need each other");
	if (token && strcspn(token, "\r\n") != strlen(token))
		return wk_pos_err(
			err, &wk_node_get(user, "token")->pos, "expected a token on one line");
	config->token = token ? wk_xstrdup(token) : NULL;
	return true;
}

static const struct wk_node *current_context(const struct wk_node *root, struct wk_err *err)
{
	const char *name = required(root, "current-context", err);

	return name ? entry(root, "contexts", "context", name, err) : NULL;
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
	context = current_context(root, err);
	cluster = context ? named_by(root, context, "cluster", "clusters", err) : NULL;
	user = cluster ? named_by(root, context, "user", "users", err) : NULL;
	if (!user || !refuse_indirect(cluster, user, err) ||
		!decode_cluster(cluster, &config, err) || !decode_user(user, &config, err))
		return false;
	config.cluster = wk_xstrdup(wk_node_text(context, "cluster"));
	*ret = config;
	config = (struct wk_kubeconfig){0};
	return true;
}

bool wk_kubeconfig_read(const char *file, struct wk_kubeconfig *ret, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(1);
	bool ok;

	if (!wk_file_read(file, WK_YAML_MAX, &text, err))
		return wk_err_context(err, "kubeconfig");
	ok = wk_kubeconfig_parse(file, wk_buf_str(&text), text.len, ret, err);
	if (text.data)
		explicit_bzero(text.data, text.len);
	return ok;
}
