/*
 * Expanding "$" in declared texts
 *
 * Arguments of probes, manifests of scratch workloads and steps of faults are kept as JSON text in
 * which strings name derived values. A string that is one expression becomes the value with its
 * type ("$server.gateway.port" is a number), so nothing is quoted or parsed twice; a "${...}"
 * inside a longer text becomes text. There a null is refused: "null:5000" is no address.
 */
#include "wookie/base/buf.h"
#include "wookie/expect/expect.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>

#define TEXT_MAX ((size_t)1024 * 1024)

enum place {
	PLACE_WHOLE,  /* the string is the program */
	PLACE_INSIDE, /* it stands inside a text */
};

struct walk {
	bool (*run)(const struct walk *walk, const char *program, enum place place, cJSON **ret,
		struct wk_err *err);
	const cJSON *vars;
	bool (*visit)(void *context, const char *program, struct wk_err *err);
	void *context;
};

static bool evaluate(const struct walk *walk, const char *program, enum place place, cJSON **ret,
	struct wk_err *err)
{
	cJSON *value = NULL;

	if (!wk_jq_eval(program, NULL, walk->vars, &value, err))
		return false;
	if (place == PLACE_INSIDE && cJSON_IsNull(value)) {
		cJSON_Delete(value);
		return wk_err_set(
			err, WK_ERR_REMOTE, "'%s' is not there, expected a value", program);
	}
	*ret = value;
	return true;
}

static bool show(const struct walk *walk, const char *program, enum place place, cJSON **ret,
	struct wk_err *err)
{
	(void)place;
	if (!walk->visit(walk->context, program, err))
		return false;
	*ret = cJSON_CreateNull();
	return true;
}

static bool starts_name(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

/* Where the brace that was opened before p is closed; NULL where it is not. */
static const char *closing_brace(const char *p)
{
	bool quoted = false;
	int depth = 0;

	for (; *p; p++) {
		if (quoted && p[0] == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == '{')
			depth++;
		else if (!quoted && *p == '}' && depth-- == 0)
			return p;
	}
	return NULL;
}

static void add_value(struct wk_buf *text, const cJSON *value)
{
	WK_AUTOFREE char *json = NULL;

	if (cJSON_IsString(value)) {
		(void)wk_buf_puts(text, value->valuestring);
		return;
	}
	json = cJSON_PrintUnformatted(value);
	(void)wk_buf_puts(text, json ? json : "");
}

/* The "${...}" at *p; moves *p behind it. */
static bool add_inside(
	const struct walk *walk, const char **p, struct wk_buf *text, struct wk_err *err)
{
	const char *begin = *p + 2;
	const char *end = closing_brace(begin);
	WK_AUTOFREE char *program = NULL;
	cJSON *value = NULL;

	if (!end)
		return wk_err_set(
			err, WK_ERR_INPUT, "'%.80s': '${' is not closed, expected '}'", *p);
	program = wk_xasprintf("%s%.*s", starts_name(*begin) ? "$" : "", (int)(end - begin), begin);
	if (!walk->run(walk, program, PLACE_INSIDE, &value, err))
		return false;
	add_value(text, value);
	cJSON_Delete(value);
	*p = end + 1;
	return true;
}

static bool expand_text(
	const struct walk *walk, const char *source, cJSON **ret, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(TEXT_MAX);
	const char *p = source;

	if (source[0] == '$' && starts_name(source[1]))
		return walk->run(walk, source, PLACE_WHOLE, ret, err);
	while (*p) {
		if (p[0] == '$' && p[1] == '{') {
			if (!add_inside(walk, &p, &text, err))
				return false;
			continue;
		}
		p += p[0] == '$' && p[1] == '$';
		(void)wk_buf_putc(&text, *p++);
	}
	if (text.full)
		return wk_err_set(err, WK_ERR_INPUT, "a text grows beyond %zu bytes", TEXT_MAX);
	*ret = cJSON_CreateString(wk_buf_str(&text));
	return true;
}

static bool expand_item(const struct walk *walk, cJSON *node, struct wk_err *err);

/* Replaces `item` in its holder, keeping its key. */
static bool expand_child(const struct walk *walk, cJSON *holder, cJSON *item, struct wk_err *err)
{
	cJSON *value = NULL;

	if (!cJSON_IsString(item))
		return expand_item(walk, item, err);
	if (!strchr(item->valuestring, '$'))
		return true;
	if (!expand_text(walk, item->valuestring, &value, err))
		return false;
	if (cJSON_IsArray(holder)) {
		(void)cJSON_ReplaceItemViaPointer(holder, item, value);
	} else {
		WK_AUTOFREE char *key = wk_xstrdup(item->string);

		(void)cJSON_ReplaceItemInObjectCaseSensitive(holder, key, value);
	}
	return true;
}

static bool expand_item(const struct walk *walk, cJSON *node, struct wk_err *err)
{
	bool ok = true;

	if (!cJSON_IsArray(node) && !cJSON_IsObject(node))
		return true;
	for (cJSON *child = node->child, *next; ok && child; child = next) {
		next = child->next;
		ok = expand_child(walk, node, child, err);
	}
	return ok;
}

static bool expand(const struct walk *walk, const char *json, cJSON **ret, struct wk_err *err)
{
	cJSON *root = cJSON_Parse(json);
	cJSON *value = NULL;

	if (!root)
		return wk_err_set(err, WK_ERR_INPUT, "'%.80s' is no JSON", json);
	if (cJSON_IsString(root)) {
		bool ok = expand_text(walk, root->valuestring, &value, err);

		cJSON_Delete(root);
		if (ok)
			*ret = value;
		return ok;
	}
	if (!expand_item(walk, root, err)) {
		cJSON_Delete(root);
		return false;
	}
	*ret = root;
	return true;
}

bool wk_expand(const char *json, const struct cJSON *vars, struct cJSON **ret, struct wk_err *err)
{
	struct walk walk = {.run = evaluate, .vars = vars};

	return expand(&walk, json, ret, err);
}

bool wk_expand_programs(const char *json,
	bool (*fn)(void *context, const char *program, struct wk_err *err), void *context,
	struct wk_err *err)
{
	struct walk walk = {.run = show, .visit = fn, .context = context};
	cJSON *ignored = NULL;

	if (!expand(&walk, json, &ignored, err))
		return false;
	cJSON_Delete(ignored);
	return true;
}
