/*
 * Contexts of the user's own kubeconfigs
 *
 * Several files are merged as kubectl does (client-go tools/clientcmd): the first that has an entry
 * of a name wins, one that is missing is passed over. An empty file is a kubeconfig without entries.
 *
 * Reading the text (wk_kubeconfig_draft) is apart from opening what it names (wk_kubeconfig_load),
 * so that the first can be tried with any text at all. What is opened is checked here and now, with
 * its place: that a key is not its certificate's is hard to tell from a handshake.
 */
#include "wookie/kube/kubeconfig.h"

#include "wookie/base/file.h"
#include "wookie/base/suggest.h"
#include "wookie/kube/entries.h"
#include "wookie/kube/login.h"
#include "wookie/pki/ca.h"
#include "wookie/pki/tls.h"

#include <errno.h>
#include <string.h>

#define NAMES_MAX 240

/* The files, in the order of KUBECONFIG. */
struct files {
	struct wk_arena *arena;
	const struct wk_node **roots;
	size_t n;
};

bool wk_kubeconfig_tree(struct wk_arena *arena, const char *file, const char *text, size_t len,
	struct wk_node **ret, struct wk_err *err)
{
	struct wk_node **docs = NULL;
	size_t n = 0;

	if (!wk_yaml_parse_all(arena, file, text, len, &docs, &n, err))
		return false;
	if (n > 1)
		return wk_pos_err(err, &docs[1]->pos, "expected one document, found a second");
	if (n == 1 && docs[0]->kind != WK_NODE_MAP)
		return wk_pos_err(err, &docs[0]->pos, "expected a kubeconfig, found %s",
			wk_node_describe(arena, docs[0]));
	if (n == 1) {
		*ret = docs[0];
		return true;
	}
	*ret = wk_arena_alloc(arena, 1, sizeof(**ret));
	**ret = (struct wk_node){
		.kind = WK_NODE_MAP, .pos = {.file = wk_arena_strdup(arena, file)}};
	return true;
}

/* As they are called in messages. */
static const char *name_of(const struct files *files)
{
	const char *names = files->n ? files->roots[0]->pos.file : "kubeconfig";

	for (size_t i = 1; i < files->n; i++)
		names = wk_arena_printf(files->arena, "%s:%s", names, files->roots[i]->pos.file);
	return names;
}

static const char **context_names(const struct files *files, size_t *ret_n)
{
	const char **names = NULL;
	size_t n = 0;

	for (size_t f = 0; f < files->n; f++) {
		const struct wk_node *all = wk_node_get(files->roots[f], "contexts");

		for (size_t i = 0; all && all->kind == WK_NODE_SEQ && i < all->n_items; i++) {
			const char *name = wk_entry_text(&all->items[i], "name");

			if (!name)
				continue;
			names = wk_arena_grow(files->arena, names, n, sizeof(*names));
			names[n++] = name;
		}
	}
	*ret_n = n;
	return names;
}

/* The contexts that there are, as far as they fit into a message. */
static const char *listed(const struct files *files, const char *const *names, size_t n)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(NAMES_MAX);
	size_t i = 0;

	if (n == 0)
		return "there are no contexts in it";
	while (i < n && wk_buf_printf(&text, "%s'%s'", i ? ", " : "", names[i]))
		i++;
	if (i == 0)
		return wk_arena_printf(files->arena, "there are %zu contexts", n);
	if (i < n)
		return wk_arena_printf(
			files->arena, "there are %s and %zu more", wk_buf_str(&text), n - i);
	return wk_arena_printf(
		files->arena, n == 1 ? "there is %s" : "there are %s", wk_buf_str(&text));
}

static bool no_context(const struct files *files, const char *name, struct wk_err *err)
{
	size_t n = 0;
	const char **names = context_names(files, &n);
	const char *near = name ? wk_suggest(name, names, n) : NULL;
	const char *all = listed(files, names, n);

	if (!name)
		return wk_err_set(err, WK_ERR_INPUT,
			"%.120s: no context was named, and there is no 'current-context': %s",
			name_of(files), all);
	return wk_err_set(err, WK_ERR_INPUT, "%.120s: no context '%.80s'%s%s%s: %s", name_of(files),
		name, near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "", all);
}

/* The first file that has the entry wins; *ret stays NULL where none has. */
static bool find(const struct files *files, const struct wk_entry *which,
	const struct wk_node **ret, struct wk_err *err)
{
	*ret = NULL;
	for (size_t i = 0; !*ret && i < files->n; i++) {
		const struct wk_node *all = wk_entry_node(files->roots[i], which->list);

		if (all && all->kind != WK_NODE_SEQ)
			return wk_pos_err(
				err, &all->pos, "expected a list under '%s'", which->list);
		if (!wk_entry_find(files->roots[i], which, ret, err))
			return false;
	}
	return true;
}

/* What a context names under `key`; *ret stays NULL where it names nothing. */
static bool named_by(const struct files *files, const struct wk_node *context, const char *list,
	const char *key, const struct wk_node **ret, struct wk_err *err)
{
	const struct wk_entry which = {list, key, wk_entry_text(context, key)};

	*ret = NULL;
	if (!which.name)
		return true;
	if (!find(files, &which, ret, err))
		return false;
	return *ret || wk_pos_err(err, &wk_node_get(context, key)->pos,
			       "no entry named '%.80s' in '%s', expected one", which.name, list);
}

static bool find_context(
	const struct files *files, const char *name, const struct wk_node **ret, struct wk_err *err)
{
	for (size_t i = 0; !name && i < files->n; i++)
		name = wk_entry_text(files->roots[i], "current-context");
	if (!name)
		return no_context(files, NULL, err);
	const struct wk_entry which = {"contexts", "context", name};
	if (!find(files, &which, ret, err))
		return false;
	return *ret || no_context(files, name, err);
}

bool wk_kubeconfig_draft(struct wk_arena *arena, const struct wk_node **roots, size_t n,
	const char *context, struct wk_kubeconfig_draft *ret, struct wk_err *err)
{
	const struct files files = {arena, roots, n};
	const struct wk_node *entry = NULL;
	const struct wk_node *cluster = NULL;
	const struct wk_node *user = NULL;
	struct wk_kubeconfig_draft draft = {0};
	bool ok;

	if (!find_context(&files, context, &entry, err) ||
		!wk_entry_required(entry, "cluster", err) ||
		!named_by(&files, entry, "clusters", "cluster", &cluster, err) ||
		!named_by(&files, entry, "users", "user", &user, err))
		return false;
	ok = wk_owned_cluster(arena, cluster, &draft, err) &&
	     (!user || wk_owned_user(arena, user, cluster, &draft, err));
	if (!ok) {
		wk_kubeconfig_finish(&draft.config);
		return false;
	}
	draft.config.cluster = wk_xstrdup(wk_node_text(entry, "cluster"));
	*ret = draft;
	return true;
}

static bool fetch(const struct wk_entry_pem *pem, char **into, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(1);
	struct wk_err why;

	if (!pem->path)
		return true;
	if (!wk_file_read(pem->path, WK_YAML_MAX, &text, &why))
		return wk_pos_err(err, &pem->node->pos, "'%s': %s", pem->node->key, why.msg);
	if (!strstr(wk_buf_str(&text), "-----BEGIN "))
		return wk_pos_err(
			err, &pem->node->pos, "'%s': %s: expected PEM", pem->node->key, pem->path);
	*into = wk_buf_take(&text);
	return true;
}

static bool check_authority(const struct wk_kubeconfig_draft *draft, struct wk_err *err)
{
	struct wk_tls_cert seen;
	struct wk_err why;

	if (!draft->ca.node || wk_pem_describe(draft->config.ca_pem, &seen, &why))
		return true;
	return wk_pos_err(err, &draft->ca.node->pos, "'%s': %s", draft->ca.node->key, why.msg);
}

static bool check_certificate(const struct wk_kubeconfig_draft *draft, struct wk_err *err)
{
	const struct wk_cert pair = {draft->config.cert_pem, draft->config.key_pem};
	struct wk_tls_cert seen;
	struct wk_err why;
	char now[21];

	if (!draft->cert.node)
		return true;
	if (!wk_pem_describe(pair.cert_pem, &seen, &why))
		return wk_pos_err(
			err, &draft->cert.node->pos, "'%s': %s", draft->cert.node->key, why.msg);
	if (!wk_cert_check(&pair, &why))
		return wk_pos_err(
			err, &draft->key.node->pos, "'%s': %s", draft->key.node->key, why.msg);
	wk_clock_utc(now);
	if (seen.expired)
		return wk_pos_err(err, &draft->cert.node->pos,
			"'%s' holds from %s to %s, and now it is %s: get a new one",
			draft->cert.node->key, seen.not_before, seen.not_after, now);
	return true;
}

/* Opens what the text names. */
static bool complete(struct wk_kubeconfig_draft *draft, struct wk_err *err)
{
	struct wk_kubeconfig *config = &draft->config;

	if (!fetch(&draft->ca, &config->ca_pem, err) ||
		!fetch(&draft->cert, &config->cert_pem, err) ||
		!fetch(&draft->key, &config->key_pem, err) || !check_authority(draft, err) ||
		!check_certificate(draft, err))
		return false;
	if (config->login && config->login->plugin.argv)
		config->login->plugin.info = wk_plugin_info(&config->login->plugin, config);
	return true;
}

/* One file; *ret stays as it is where it is missing. */
static bool read_file(
	struct wk_arena *arena, const char *path, struct wk_node **ret, struct wk_err *err)
{
	struct wk_buf text = {0};
	bool ok;

	if (!wk_file_read(path, WK_YAML_MAX, &text, err)) {
		if (err->errnum == ENOENT)
			return true;
		err->kind = WK_ERR_INPUT;
		return wk_err_context(err, "kubeconfig");
	}
	ok = wk_kubeconfig_tree(arena, path, wk_buf_str(&text), text.len, ret, err);
	wk_forget_text(&text);
	return ok;
}

static void add_root(struct files *files, const struct wk_node *root)
{
	files->roots =
		wk_arena_grow(files->arena, files->roots, files->n, sizeof(struct wk_node *));
	files->roots[files->n++] = root;
}

/* The files that there are, of a list with ':' between them. */
static bool read_files(const char *list, struct files *files, struct wk_err *err)
{
	for (const char *p = list; *p; p += *p == ':') {
		size_t len = strcspn(p, ":");
		struct wk_node *root = NULL;

		if (len > 0 && !read_file(files->arena, wk_arena_strndup(files->arena, p, len),
				       &root, err))
			return false;
		if (root)
			add_root(files, root);
		p += len;
	}
	return true;
}

/* *ret_where says in words where was looked. */
static bool gather(struct wk_arena *arena, const struct wk_kubeconfig_source *source,
	struct files *ret, const char **ret_where, struct wk_err *err)
{
	struct wk_node *root = NULL;
	const char *path;

	if (source->files && *source->files) {
		*ret_where = wk_arena_printf(
			arena, "nothing is at '%.300s', which KUBECONFIG names", source->files);
		return read_files(source->files, ret, err);
	}
	*ret_where = "neither KUBECONFIG nor HOME is set";
	if (!source->home || !*source->home)
		return true;
	path = wk_arena_printf(arena, "%s/.kube/config", source->home);
	*ret_where = wk_arena_printf(
		arena, "nothing is at '%.300s': set KUBECONFIG to where yours is", path);
	if (!read_file(arena, path, &root, err))
		return false;
	if (root)
		add_root(ret, root);
	return true;
}

bool wk_kubeconfig_load(const struct wk_kubeconfig_source *source, const char *context,
	struct wk_kubeconfig *ret, struct wk_err *err)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_kubeconfig_draft draft = {0};
	struct files files = {.arena = arena};
	const char *where = "";

	if (!gather(arena, source, &files, &where, err))
		return false;
	if (files.n == 0)
		return wk_err_set(err, WK_ERR_INPUT, "no kubeconfig: %s", where);
	if (!wk_kubeconfig_draft(arena, files.roots, files.n, context, &draft, err))
		return false;
	if (!complete(&draft, err)) {
		wk_kubeconfig_finish(&draft.config);
		return false;
	}
	*ret = draft.config;
	return true;
}

const char *const *wk_kubeconfig_contexts(
	struct wk_arena *arena, const struct wk_kubeconfig_source *source, size_t *ret_n)
{
	struct files files = {.arena = arena};
	const char *where;
	struct wk_err ignored;

	*ret_n = 0;
	return gather(arena, source, &files, &where, &ignored) ? context_names(&files, ret_n)
							       : NULL;
}
