#ifndef WOOKIE_KUBE_ENTRIES_H
#define WOOKIE_KUBE_ENTRIES_H

#include "wookie/kube/kubeconfig.h"
#include "wookie/yaml/node.h"

/* The entries of a kubeconfig: what both of its readers share. Nothing here opens or runs anything. */

/* What stands under a key; NULL where it is absent, null or an empty text, which all mean the same
 * here. */
const struct wk_node *wk_entry_node(const struct wk_node *map, const char *key);
/* The same, NULL also where it is no text. */
const char *wk_entry_text(const struct wk_node *map, const char *key);
const char *wk_entry_required(const struct wk_node *map, const char *key, struct wk_err *err);
bool wk_entry_true(const struct wk_node *map, const char *key);
/* What stands under `inner` in the entry of a list such as `clusters` that has a given name; *ret stays
 * as it is where there is none. */
struct wk_entry {
	const char *list;
	const char *inner;
	const char *name;
};
bool wk_entry_find(const struct wk_node *root, const struct wk_entry *entry,
	const struct wk_node **ret, struct wk_err *err) WK_MUST_CHECK;

/* What a cluster and a user hold in the text itself, certificate and key each for itself. */
bool wk_entry_cluster(const struct wk_node *cluster, struct wk_kubeconfig *config,
	struct wk_err *err) WK_MUST_CHECK;
bool wk_entry_user(
	const struct wk_node *user, struct wk_kubeconfig *config, struct wk_err *err) WK_MUST_CHECK;

/* A certificate, key or authority: NULL and NULL where there is none. */
struct wk_entry_pem {
	const struct wk_node *node; /* where it, or the path to it, stands */
	const char *path;           /* NULL: it stands in the text, and is decoded */
};

/* The user's own as far as its text goes. `config` is the caller's to finish; the rest is the
 * arena's. */
struct wk_kubeconfig_draft {
	struct wk_kubeconfig config;
	struct wk_entry_pem ca;
	struct wk_entry_pem cert;
	struct wk_entry_pem key;
};

/* What a cluster and a user hold in the user's own. */
bool wk_owned_cluster(struct wk_arena *arena, const struct wk_node *cluster,
	struct wk_kubeconfig_draft *draft, struct wk_err *err) WK_MUST_CHECK;
bool wk_owned_user(struct wk_arena *arena, const struct wk_node *user,
	const struct wk_node *cluster, struct wk_kubeconfig_draft *draft,
	struct wk_err *err) WK_MUST_CHECK;

/* One file of the user's as a tree; an empty one is an empty map. */
bool wk_kubeconfig_tree(struct wk_arena *arena, const char *file, const char *text, size_t len,
	struct wk_node **ret, struct wk_err *err) WK_MUST_CHECK;
/* The files merged, and a context of them read; NULL: the current one. */
bool wk_kubeconfig_draft(struct wk_arena *arena, const struct wk_node **roots, size_t n,
	const char *context, struct wk_kubeconfig_draft *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
