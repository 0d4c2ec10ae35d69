/*
 * Manifests with values
 *
 * Objects are written as people write them, in YAML, and get their values where ${name} stands.
 * Text goes in as a JSON string, which is a YAML scalar too (YAML 1.2, 1.3): no value can end its
 * line, open a map or turn into a number, so the values need no rules of their own.
 */
#include "wookie/mesh/template.h"

#include "wookie/yaml/node.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <string.h>

static void add_value(struct wk_buf *out, const struct wk_value *value)
{
	cJSON *string = NULL;
	char *quoted = NULL;

	if (value->kind == WK_VALUE_RAW) {
		wk_buf_puts(out, value->text);
		return;
	}
	string = cJSON_CreateString(value->text);
	quoted = cJSON_PrintUnformatted(string);
	wk_buf_puts(out, quoted);
	cJSON_free(quoted);
	cJSON_Delete(string);
}

static const struct wk_value *find_value(
	const struct wk_value *values, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(values[i].name) == len && memcmp(values[i].name, name, len) == 0)
			return &values[i];
	return NULL;
}

char *wk_template_fill(const char *text, const struct wk_value *values, size_t n)
{
	struct wk_buf out = WK_BUF_INIT(WK_YAML_MANIFEST_MAX);

	for (;;) {
		const char *open = strstr(text, "${");
		size_t len = open ? strcspn(open + 2, "}") : 0;
		const struct wk_value *value = NULL;

		if (!open)
			break;
		value = find_value(values, n, open + 2, len);
		assert(value);
		wk_buf_add(&out, text, (size_t)(open - text));
		add_value(&out, value);
		text = open + 2 + len + 1;
	}
	wk_buf_puts(&out, text);
	assert(!out.full);
	return wk_buf_take(&out);
}

static bool add_document(
	const char *name, const struct wk_node *node, cJSON *array, struct wk_err *err)
{
	WK_AUTO(wk_buf_finish) struct wk_buf json = WK_BUF_INIT(WK_YAML_MANIFEST_MAX);
	cJSON *object = NULL;

	if (!wk_node_json(node, &json))
		return wk_err_set(err, WK_ERR_REMOTE, "%s: an object larger than %zu bytes", name,
			WK_YAML_MANIFEST_MAX);
	object = cJSON_ParseWithLength(json.data, json.len);
	if (!cJSON_IsObject(object)) {
		cJSON_Delete(object);
		return wk_err_set(err, WK_ERR_REMOTE, "%s:%u: found a document that is no object",
			name, node->pos.line);
	}
	cJSON_AddItemToArray(array, object);
	return true;
}

bool wk_objects_parse(
	const char *name, const char *text, size_t len, struct cJSON **ret, struct wk_err *err)
{
	WK_AUTO(wk_arena_free) struct wk_arena *arena = wk_arena_new();
	struct wk_node **docs = NULL;
	cJSON *array = NULL;
	size_t n = 0;

	if (!wk_yaml_parse_all(arena, name, text, len, &docs, &n, err))
		return false;
	array = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++) {
		if (!add_document(name, docs[i], array, err)) {
			cJSON_Delete(array);
			return false;
		}
	}
	*ret = array;
	return true;
}

bool wk_template_objects(const char *name, const char *text, const struct wk_value *values,
	size_t n, struct cJSON **ret, struct wk_err *err)
{
	WK_AUTOFREE char *filled = wk_template_fill(text, values, n);

	return wk_objects_parse(name, filled, strlen(filled), ret, err);
}
