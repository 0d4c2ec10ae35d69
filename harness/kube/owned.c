/*
 * What only the user's own kubeconfig may hold
 *
 * Files, proxies, impersonation and plugins, read as kubectl reads them (client-go
 * tools/clientcmd): a path in an entry starts at the file that the entry stands in, data and a file
 * for one thing contradict each other, a token file goes before a token, and credentials in the text
 * go before a plugin. What Kubernetes has dropped is refused by name, rather than sent to a server
 * that will answer 401. Nothing is opened or run here.
 */
#include "wookie/kube/entries.h"

#include "wookie/base/mem.h"
#include "wookie/kube/login.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

#define API_GROUP "client.authentication.k8s.io/"

WK_DEFINE_AUTO(CURLU *, curl_url_cleanup);

/* A list or map where a text belongs would otherwise count as absent. */
static bool check_texts(
	const struct wk_node *map, const char *const *keys, size_t n, struct wk_err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct wk_node *node = wk_node_get(map, keys[i]);

		if (node && node->kind != WK_NODE_SCALAR)
			return wk_pos_err(err, &node->pos, "expected a text under '%s'", keys[i]);
	}
	return true;
}

static const char *beside(struct wk_arena *arena, const struct wk_node *node)
{
	const char *file = node->pos.file;
	const char *slash = strrchr(file, '/');

	if (*node->text == '/' || !slash)
		return node->text;
	return wk_arena_printf(arena, "%.*s/%s", (int)(slash - file), file, node->text);
}

/* Where a certificate, key or authority comes from. */
static bool locate(struct wk_arena *arena, const struct wk_node *map, const char *key,
	struct wk_entry_pem *ret, struct wk_err *err)
{
	const char *data_key = wk_arena_printf(arena, "%s-data", key);
	const struct wk_node *file = wk_entry_node(map, key);
	const struct wk_node *data = wk_entry_node(map, data_key);

	if (file && data)
		return wk_pos_err(err, &file->key_pos,
			"'%s' and '%s' contradict each other: leave one out", key, data_key);
	ret->node = file ? file : data;
	ret->path = file ? beside(arena, file) : NULL;
	return true;
}

static bool check_proxy(const struct wk_node *cluster, const char *proxy, struct wk_err *err)
{
	CURLU *WK_AUTO(curl_url_cleanup) url = curl_url();
	bool known = strncmp(proxy, "http://", 7) == 0 || strncmp(proxy, "https://", 8) == 0 ||
		     strncmp(proxy, "socks5://", 9) == 0;

	/* The value may hold a password, so it is not quoted. */
	if (!known ||
		curl_url_set(url, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		return wk_pos_err(err, &wk_node_get(cluster, "proxy-url")->pos,
			"'proxy-url': expected the form 'http://host:port', 'https://host:port' or "
			"'socks5://host:port'");
	return true;
}

bool wk_owned_cluster(struct wk_arena *arena, const struct wk_node *cluster,
	struct wk_kubeconfig_draft *draft, struct wk_err *err)
{
	static const char *const texts[] = {"server", "tls-server-name", "certificate-authority",
		"certificate-authority-data", "insecure-skip-tls-verify", "proxy-url"};
	const char *proxy = wk_entry_text(cluster, "proxy-url");

	if (!check_texts(cluster, texts, WK_COUNT(texts), err) ||
		!wk_entry_cluster(cluster, &draft->config, err) ||
		!locate(arena, cluster, "certificate-authority", &draft->ca, err))
		return false;
	if (draft->ca.path && draft->config.insecure)
		return wk_pos_err(err, &draft->ca.node->key_pos,
			"'insecure-skip-tls-verify' contradicts 'certificate-authority': leave one "
			"out");
	if (proxy && !check_proxy(cluster, proxy, err))
		return false;
	draft->config.proxy_url = proxy ? wk_xstrdup(proxy) : NULL;
	return true;
}

/* *ret is NULL where there is nothing. */
static bool list_at(
	const struct wk_node *map, const char *key, const struct wk_node **ret, struct wk_err *err)
{
	const struct wk_node *node = wk_entry_node(map, key);

	if (node && node->kind != WK_NODE_SEQ)
		return wk_pos_err(err, &node->pos, "expected a list under '%s'", key);
	*ret = node && node->n_items > 0 ? node : NULL;
	return true;
}

/* What Kubernetes no longer takes, or this program does not do. */
static bool refuse_removed(const struct wk_node *user, struct wk_err *err)
{
	static const struct {
		const char *key;
		const char *what;
	} rows[] = {
		{"auth-provider",
			"is not supported, and by Kubernetes for few providers still: use "
			"a plugin under 'exec', such as kubelogin"},
		{"username", "is of no use, API servers take none since Kubernetes 1.19: use "
			     "a token, a client certificate or a plugin"},
		{"password", "is of no use, API servers take none since Kubernetes 1.19: use "
			     "a token, a client certificate or a plugin"},
		{"as-user-extra", "is not supported: use 'as', 'as-uid' and 'as-groups' alone"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct wk_node *node = wk_entry_node(user, rows[i].key);

		if (node)
			return wk_pos_err(
				err, &node->key_pos, "'%s' %s", rows[i].key, rows[i].what);
	}
	return true;
}

static bool add_header(
	struct wk_buf *lines, const char *name, const struct wk_node *value, struct wk_err *err)
{
	if (value->kind != WK_NODE_SCALAR)
		return wk_pos_err(err, &value->pos, "expected a text");
	for (const char *p = value->text; *p; p++)
		if (iscntrl((unsigned char)*p))
			return wk_pos_err(err, &value->pos, "expected a text on one line");
	(void)wk_buf_printf(lines, "%s: %s\r\n", name, value->text);
	return true;
}

static bool decode_impersonation(
	const struct wk_node *user, struct wk_kubeconfig *config, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) lines = WK_BUF_INIT(2 * WK_YAML_MAX);
	const struct wk_node *as = wk_entry_node(user, "as");
	const struct wk_node *uid = wk_entry_node(user, "as-uid");
	const struct wk_node *groups = NULL;

	if (!list_at(user, "as-groups", &groups, err))
		return false;
	if (!as && (uid || groups))
		return wk_pos_err(err, &user->pos,
			"'as-uid' and 'as-groups' need 'as', which says who to be");
	if (!as)
		return true;
	if (!add_header(&lines, "Impersonate-User", as, err) ||
		(uid && !add_header(&lines, "Impersonate-Uid", uid, err)))
		return false;
	for (size_t i = 0; groups && i < groups->n_items; i++)
		if (!add_header(&lines, "Impersonate-Group", &groups->items[i], err))
			return false;
	config->impersonate = wk_buf_take(&lines);
	return true;
}

/* args, which may be absent, behind the command. */
static bool decode_argv(const struct wk_node *exec, const char *command,
	struct wk_kube_plugin *plugin, struct wk_err *err)
{
	const struct wk_node *args = NULL;
	size_t n;

	if (!list_at(exec, "args", &args, err))
		return false;
	n = args ? args->n_items : 0;
	plugin->argv = wk_xcalloc(n + 2, sizeof(*plugin->argv));
	plugin->argv[0] = wk_xstrdup(command);
	for (size_t i = 0; i < n; i++) {
		if (args->items[i].kind != WK_NODE_SCALAR)
			return wk_pos_err(err, &args->items[i].pos, "expected a text in 'args'");
		plugin->argv[i + 1] = wk_xstrdup(args->items[i].text);
	}
	return true;
}

static bool decode_env(
	const struct wk_node *exec, struct wk_kube_plugin *plugin, struct wk_err *err)
{
	const struct wk_node *env = NULL;
	size_t n;

	if (!list_at(exec, "env", &env, err))
		return false;
	n = env ? env->n_items : 0;
	plugin->env = wk_xcalloc(n + 1, sizeof(*plugin->env));
	for (size_t i = 0; i < n; i++) {
		const char *name = wk_entry_text(&env->items[i], "name");
		const char *value = wk_node_text(&env->items[i], "value");

		if (!name || strchr(name, '='))
			return wk_pos_err(err, &env->items[i].pos,
				"expected a 'name' without '=' and a 'value' in 'env'");
		plugin->env[i] = wk_xasprintf("%s=%s", name, value ? value : "");
	}
	return true;
}

static bool check_mode(const struct wk_node *exec, bool required, struct wk_err *err)
{
	const struct wk_node *node = wk_node_get(exec, "interactiveMode");
	const char *mode = wk_entry_text(exec, "interactiveMode");

	if (!mode && required)
		return wk_pos_err(err, &exec->pos,
			"expected 'interactiveMode: IfAvailable' or 'Never' with '" API_GROUP
			"v1'");
	if (!mode || strcmp(mode, "IfAvailable") == 0 || strcmp(mode, "Never") == 0)
		return true;
	if (strcmp(mode, "Always") == 0)
		return wk_pos_err(err, &node->pos,
			"this plugin asks at the terminal ('interactiveMode: Always'), and a run "
			"has none for it: use a context with a token or a client certificate");
	return wk_pos_err(err, &node->pos,
		"expected 'Never', 'IfAvailable' or 'Always', found '%.40s'", mode);
}

static bool check_version(const struct wk_node *exec, const char *version, struct wk_err *err)
{
	if (strcmp(version, API_GROUP "v1") == 0 || strcmp(version, API_GROUP "v1beta1") == 0)
		return check_mode(exec, strcmp(version, API_GROUP "v1") == 0, err);
	return wk_pos_err(err, &wk_node_get(exec, "apiVersion")->pos,
		"expected '" API_GROUP "v1' or '" API_GROUP
		"v1beta1', found '%.60s': update the plugin, and let it write its entry again",
		version);
}

/* What the cluster's entry holds for its plugin (its extension of this name), as JSON. */
static char *cluster_config(const struct wk_node *cluster)
{
	const struct wk_entry which = {"extensions", "extension", API_GROUP "exec"};
	struct wk_buf json = WK_BUF_INIT(WK_YAML_MAX * 8);
	const struct wk_node *found = NULL;
	struct wk_err ignored;

	if (!wk_entry_find(cluster, &which, &found, &ignored) || !found)
		return NULL;
	(void)wk_node_json(found, &json);
	return wk_buf_take(&json);
}

static bool decode_plugin(struct wk_arena *arena, const struct wk_node *exec,
	const struct wk_node *cluster, struct wk_kube_plugin *plugin, struct wk_err *err)
{
	static const char *const texts[] = {
		"command", "apiVersion", "installHint", "interactiveMode", "provideClusterInfo"};
	const char *command = NULL;
	const char *version = NULL;
	const char *hint = wk_entry_text(exec, "installHint");

	if (exec->kind != WK_NODE_MAP)
		return wk_pos_err(err, &exec->pos, "expected a map under 'exec'");
	if (!check_texts(exec, texts, WK_COUNT(texts), err))
		return false;
	command = wk_entry_required(exec, "command", err);
	version = command ? wk_entry_required(exec, "apiVersion", err) : NULL;
	if (!version || !check_version(exec, version, err))
		return false;
	if (strchr(command, '/'))
		command = beside(arena, wk_node_get(exec, "command"));
	plugin->api_version = wk_xstrdup(version);
	plugin->install_hint = hint ? wk_xstrdup(hint) : NULL;
	plugin->provide_cluster = wk_entry_true(exec, "provideClusterInfo");
	plugin->cluster_config = cluster_config(cluster);
	return decode_argv(exec, command, plugin, err) && decode_env(exec, plugin, err);
}

/* A login where there is something to fetch; `from` is where that stands. */
static struct wk_kube_login *login(const struct wk_node *from)
{
	WK_AUTOFREE char *where =
		wk_xasprintf("%s:%u:%u", from->pos.file, from->pos.line, from->pos.column);

	return wk_login_new(where);
}

bool wk_owned_user(struct wk_arena *arena, const struct wk_node *user,
	const struct wk_node *cluster, struct wk_kubeconfig_draft *draft, struct wk_err *err)
{
	static const char *const texts[] = {"client-certificate", "client-certificate-data",
		"client-key", "client-key-data", "token", "tokenFile", "as", "as-uid"};
	struct wk_kubeconfig *config = &draft->config;
	const struct wk_node *exec = wk_entry_node(user, "exec");
	const struct wk_node *file = wk_entry_node(user, "tokenFile");

	if (!refuse_removed(user, err) || !check_texts(user, texts, WK_COUNT(texts), err) ||
		!decode_impersonation(user, config, err) || !wk_entry_user(user, config, err) ||
		!locate(arena, user, "client-certificate", &draft->cert, err) ||
		!locate(arena, user, "client-key", &draft->key, err))
		return false;
	if (!draft->cert.node != !draft->key.node)
		return wk_pos_err(err, &user->pos,
			"a client certificate and its key ('client-key' or 'client-key-data') need "
			"each other");
	if (file) {
		config->login = login(file);
		config->login->token_file = wk_xstrdup(beside(arena, file));
	} else if (exec && !config->token && !draft->cert.node) {
		config->login = login(exec);
		return decode_plugin(arena, exec, cluster, &config->login->plugin, err);
	}
	return true;
}
