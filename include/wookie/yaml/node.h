#ifndef WOOKIE_YAML_NODE_H
#define WOOKIE_YAML_NODE_H

#include "wookie/base/arena.h"
#include "wookie/base/buf.h"
#include "wookie/base/pos.h"

/* A YAML document as a tree with positions. Reading is strict: aliases, anchors, tags, duplicate
 * keys, keys that are no scalar and more than 64 levels are refused with file:line:column.
 * All memory is the arena's. */

enum wk_node_kind {
	WK_NODE_SCALAR,
	WK_NODE_SEQ,
	WK_NODE_MAP,
};

struct wk_node {
	enum wk_node_kind kind;
	struct wk_pos pos;
	const char *key; /* in a map: this value's key; NULL elsewhere */
	struct wk_pos key_pos;
	const char *text; /* of a scalar */
	bool plain;       /* an unquoted scalar: only such a one may be a number, bool or null */
	struct wk_node *items; /* of a list or map, in the file's order */
	size_t n_items;
};

#define WK_YAML_MAX ((size_t)1024 * 1024)
#define WK_YAML_MANIFEST_MAX ((size_t)16 * 1024 * 1024)
#define WK_YAML_DEPTH 64

/* Exactly one document of at most WK_YAML_MAX bytes, as our own files are: plain scalars that
 * YAML 1.1 and 1.2 read differently (yes, off, 0644, 1_000) are refused too, so that every tool
 * reads the same. `file` names it in messages. */
bool wk_yaml_parse(struct wk_arena *arena, const char *file, const char *text, size_t len,
	struct wk_node **ret_root, struct wk_err *err) WK_MUST_CHECK;
/* The same from a file. One that cannot be read is WK_ERR_INPUT: the user named it. */
bool wk_yaml_read(struct wk_arena *arena, const char *file, struct wk_node **ret_root,
	struct wk_err *err) WK_MUST_CHECK;
/* Any number of documents of at most WK_YAML_MANIFEST_MAX bytes, as other tools write manifests;
 * empty ones are left out. */
bool wk_yaml_parse_all(struct wk_arena *arena, const char *file, const char *text, size_t len,
	struct wk_node ***ret_docs, size_t *ret_n, struct wk_err *err) WK_MUST_CHECK;

/* The value of a key, or NULL; also when `map` is NULL or no map. */
const struct wk_node *wk_node_get(const struct wk_node *map, const char *key);
/* The text of a scalar under a key, or NULL. */
const char *wk_node_text(const struct wk_node *map, const char *key);
/* Adds the tree as JSON. Plain scalars are typed as kubectl does, so that a manifest means here
 * what it means there (see wookie/yaml/scalar.h). False when the buffer's maximum is passed. */
bool wk_node_json(const struct wk_node *node, struct wk_buf *out);
/* "a map", "a list", "'text'" or "nothing", for messages; in the arena. */
const char *wk_node_describe(struct wk_arena *arena, const struct wk_node *node);

/* WK_ERR_INPUT with "file:line:column: " in front, or "file: " where line is 0. Always false. */
bool wk_pos_err(struct wk_err *err, const struct wk_pos *pos, const char *fmt, ...) WK_PRINTF(3, 4);

#endif
