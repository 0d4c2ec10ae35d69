/*
 * --set
 *
 * One value of a document is replaced, or added where a default would stand, before the document is
 * decoded: the same tables then check its type, and a mistake is reported with the option in place
 * of file and line. Elements of a list go by their name, or by their kind where that is enough.
 */
#include "wookie/conf/decode.h"

#include <string.h>

#define MOST_ELEMENTS 64

static struct wk_node *find_item(struct wk_node *map, const char *key)
{
	for (size_t i = 0; i < map->n_items; i++)
		if (strcmp(map->items[i].key, key) == 0)
			return &map->items[i];
	return NULL;
}

/* The value of a key in a map; a new one without content where there is none. */
static struct wk_node *take_item(struct wk_decoder *decoder, struct wk_node *map,
	const struct wk_field *field, const struct wk_pos *pos)
{
	struct wk_node *item = find_item(map, field->key);

	if (item)
		return item;
	/* The document's own array may be shared by nobody, but is exactly as long as it has to be.
	 */
	item = wk_arena_alloc(decoder->arena, map->n_items + 1, sizeof(*item));
	if (map->n_items)
		memcpy(item, map->items, map->n_items * sizeof(*item));
	map->items = item;
	item = &map->items[map->n_items++];
	*item = (struct wk_node){
		.kind = field->type == WK_FIELD_MAPS ? WK_NODE_SEQ : WK_NODE_MAP,
		.pos = *pos,
		.key = field->key,
		.key_pos = *pos,
	};
	return item;
}

/* How many elements go by `name` under `key`; *ret is the last of them. */
static size_t match(struct wk_node *list, const char *key, const char *name, struct wk_node **ret)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n_items; i++) {
		const char *text = wk_node_text(&list->items[i], key);

		if (text && strcmp(text, name) == 0) {
			*ret = &list->items[i];
			n++;
		}
	}
	return n;
}

static struct wk_node *find_element(
	struct wk_node *list, const char *name, const struct wk_pos *pos, struct wk_err *err)
{
	const char *known[MOST_ELEMENTS];
	struct wk_node *found = NULL;
	size_t n = match(list, "name", name, &found);

	if (n == 0)
		n = match(list, "kind", name, &found);
	if (n == 1)
		return found;
	if (n > 1) {
		(void)wk_pos_err(err, pos, "'%s' fits %zu elements; use a name", name, n);
		return NULL;
	}
	for (size_t i = 0; i < list->n_items && n < MOST_ELEMENTS; i++) {
		const char *text = wk_node_text(&list->items[i], "name");

		known[n++] = text ? text : wk_node_text(&list->items[i], "kind");
	}
	(void)wk_unknown_err(err, pos, "element", name, known, n);
	return NULL;
}

static bool has_table(const struct wk_field *field)
{
	return field->type == WK_FIELD_MAP || field->type == WK_FIELD_MAPS;
}

static bool set_value(struct wk_node *node, const struct wk_field *field, const char *value,
	const struct wk_pos *pos, struct wk_err *err)
{
	if (has_table(field) || field->type == WK_FIELD_TEXTS)
		return wk_pos_err(
			err, pos, "'%s' is no single value; name one below it", field->key);
	*node = (struct wk_node){
		.kind = WK_NODE_SCALAR,
		.pos = *pos,
		.key = field->key,
		.key_pos = *pos,
		.text = value,
		.plain = true,
	};
	return true;
}

/* Goes on below `node`, which is the value of `field`; *rest is the path that is left. */
static struct wk_node *descend(struct wk_node *node, const struct wk_field *field, char **rest,
	const struct wk_pos *pos, struct wk_err *err)
{
	enum wk_node_kind expected = field->type == WK_FIELD_MAPS ? WK_NODE_SEQ : WK_NODE_MAP;
	const char *name;

	if (!has_table(field)) {
		(void)wk_pos_err(
			err, pos, "'%s' is a single value; nothing is below it", field->key);
		return NULL;
	}
	if (node->kind != expected) {
		(void)wk_pos_err(
			err, &node->pos, "expected a %s", expected == WK_NODE_SEQ ? "list" : "map");
		return NULL;
	}
	if (expected == WK_NODE_MAP)
		return node;
	name = strsep(rest, ".");
	node = find_element(node, name, pos, err);
	if (node && !*rest) {
		(void)wk_pos_err(err, pos, "'%s' is no single value; name one below it", name);
		return NULL;
	}
	return node;
}

static bool walk(struct wk_decoder *decoder, struct wk_node *map, const struct wk_table *table,
	char *path, const struct wk_place *value, struct wk_err *err)
{
	while (true) {
		const char *key = strsep(&path, ".");
		const struct wk_field *field = wk_find_field(table, key, &value->pos, err);
		struct wk_node *item;

		if (!field)
			return false;
		item = take_item(decoder, map, field, &value->pos);
		if (!path)
			return set_value(item, field, value->text, &value->pos, err);
		map = descend(item, field, &path, &value->pos, err);
		if (!map)
			return false;
		table = field->table;
	}
}

bool wk_override(struct wk_decoder *decoder, struct wk_node *root, const struct wk_table *table,
	const char *set, struct wk_err *err)
{
	struct wk_place value = {.pos.file = wk_arena_printf(decoder->arena, "--set %s", set)};
	char *path = wk_arena_strdup(decoder->arena, set);
	char *equals = strchr(path, '=');

	if (strpbrk(set, "\r\n"))
		return wk_err_set(err, WK_ERR_INPUT,
			"--set %.*s: expected PATH=VALUE in one line, found more than one",
			(int)strcspn(set, "\r\n"), set);
	if (!equals || equals == path)
		return wk_pos_err(err, &value.pos, "expected PATH=VALUE");
	if (root->kind != WK_NODE_MAP)
		return wk_decode_err(decoder, root, "a map", err);
	*equals = '\0';
	value.text = equals + 1;
	return walk(decoder, root, table, path, &value, err);
}
