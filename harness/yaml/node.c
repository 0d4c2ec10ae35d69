/*
 * The tree after it was read
 *
 * Look-ups, and the way out as JSON: what is applied to an API server or handed to a probe is the
 * tree's JSON, so that nothing downstream needs to know about YAML.
 */
#include "wookie/yaml/node.h"

#include "wookie/yaml/scalar.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct wk_node *wk_node_get(const struct wk_node *map, const char *key)
{
	if (!map || map->kind != WK_NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n_items; i++)
		if (strcmp(map->items[i].key, key) == 0)
			return &map->items[i];
	return NULL;
}

const char *wk_node_text(const struct wk_node *map, const char *key)
{
	const struct wk_node *value = wk_node_get(map, key);

	return value && value->kind == WK_NODE_SCALAR ? value->text : NULL;
}

const char *wk_node_describe(struct wk_arena *arena, const struct wk_node *node)
{
	if (node->kind == WK_NODE_MAP)
		return "a map";
	if (node->kind == WK_NODE_SEQ)
		return "a list";
	if (wk_scalar_type(node) == WK_SCALAR_NULL)
		return "nothing";
	return wk_arena_printf(arena, "'%.80s'", node->text);
}

static bool json_string(const char *text, struct wk_buf *out)
{
	(void)wk_buf_putc(out, '"');
	while (*text) {
		size_t run = 0;

		while ((unsigned char)text[run] >= 0x20 && text[run] != '"' && text[run] != '\\')
			run++;
		(void)wk_buf_add(out, text, run);
		text += run;
		if (*text == '"' || *text == '\\')
			(void)wk_buf_printf(out, "\\%c", *text++);
		else if (*text)
			(void)wk_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*text++);
	}
	return wk_buf_putc(out, '"');
}

static bool json_scalar(const struct wk_node *scalar, struct wk_buf *out)
{
	switch (wk_scalar_type(scalar)) {
	case WK_SCALAR_TEXT:
		return json_string(scalar->text, out);
	case WK_SCALAR_NULL:
		return wk_buf_puts(out, "null");
	case WK_SCALAR_TRUE:
		return wk_buf_puts(out, "true");
	case WK_SCALAR_FALSE:
		return wk_buf_puts(out, "false");
	case WK_SCALAR_INT:
	case WK_SCALAR_FLOAT:
		return wk_scalar_json_number(scalar, out);
	}
	return false;
}

/* Recursion ends at WK_YAML_DEPTH, which every tree was read under. */
bool wk_node_json(const struct wk_node *node, struct wk_buf *out)
{
	bool is_map = node->kind == WK_NODE_MAP;

	if (node->kind == WK_NODE_SCALAR)
		return json_scalar(node, out);
	(void)wk_buf_putc(out, is_map ? '{' : '[');
	for (size_t i = 0; i < node->n_items && !out->full; i++) {
		if (i > 0)
			(void)wk_buf_putc(out, ',');
		if (is_map) {
			(void)json_string(node->items[i].key, out);
			(void)wk_buf_putc(out, ':');
		}
		(void)wk_node_json(&node->items[i], out);
	}
	return wk_buf_putc(out, is_map ? '}' : ']');
}

bool wk_pos_err(struct wk_err *err, const struct wk_pos *pos, const char *fmt, ...)
{
	char what[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (pos->line == 0)
		return wk_err_set(err, WK_ERR_INPUT, "%s: %s", pos->file, what);
	return wk_err_set(
		err, WK_ERR_INPUT, "%s:%u:%u: %s", pos->file, pos->line, pos->column, what);
}
