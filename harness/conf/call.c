/*
 * Probes and fault steps
 *
 * Both are a map with one key, the kind, over a map of arguments that the kind's own table
 * describes. Arguments leave here as JSON: whoever takes them fills in "$" expressions first, which
 * may stand where any type is expected, and only then reads them.
 */
#include "wookie/conf/documents.h"

#include "wookie/base/num.h"
#include "wookie/yaml/scalar.h"

#include <string.h>

#define MOST_KINDS 64
#define LARGEST_ARGS ((size_t)256 * 1024)

/* A text with an expression in it, as is_expression() has it. */
#define EXPRESSION_REGEX "^\\$|\\$\\{"

static bool is_text(const struct wk_node *node)
{
	return node->kind == WK_NODE_SCALAR && wk_scalar_type(node) == WK_SCALAR_TEXT;
}

static bool is_expression(const struct wk_node *node)
{
	return is_text(node) && (node->text[0] == '$' || strstr(node->text, "${"));
}

static bool check_text(struct wk_decoder *decoder, const struct wk_node *node, struct wk_err *err)
{
	bool quotable = node->kind == WK_NODE_SCALAR && wk_scalar_type(node) != WK_SCALAR_NULL;

	if (is_text(node))
		return true;
	return wk_pos_err(err, &node->pos, "expected text, found %s%s",
		wk_node_describe(decoder->arena, node), quotable ? ": put it in quotes" : "");
}

static bool check_texts(struct wk_decoder *decoder, const struct wk_node *node,
	enum wk_node_kind kind, struct wk_err *err)
{
	if (node->kind != kind || (kind == WK_NODE_SEQ && node->n_items == 0))
		return wk_decode_err(
			decoder, node, kind == WK_NODE_SEQ ? "a list of texts" : "a map", err);
	for (size_t i = 0; i < node->n_items; i++)
		if (!check_text(decoder, &node->items[i], err))
			return false;
	return true;
}

static bool check_scalar(struct wk_decoder *decoder, const struct wk_node *node,
	enum wk_arg_type type, struct wk_err *err)
{
	enum wk_scalar_type found =
		node->kind == WK_NODE_SCALAR ? wk_scalar_type(node) : WK_SCALAR_NULL;
	struct wk_err inner;
	wk_nsec length;

	if (type == WK_ARG_COUNT)
		return (found == WK_SCALAR_INT && node->text[0] != '-') ||
		       wk_decode_err(decoder, node, "a whole number", err);
	if (type == WK_ARG_BOOL)
		return found == WK_SCALAR_TRUE || found == WK_SCALAR_FALSE ||
		       wk_decode_err(decoder, node, "true or false", err);
	if (found != WK_SCALAR_TEXT)
		return wk_decode_err(decoder, node, "a duration such as 30s", err);
	return wk_duration_parse(node->text, &length, &inner) ||
	       wk_pos_err(err, &node->pos, "%s", inner.msg);
}

/* A name that is derived is known only later. */
static bool check_object(struct wk_decoder *decoder, const struct wk_node *node, struct wk_err *err)
{
	const struct wk_node *metadata;

	if (!wk_decode_is_object(decoder, node, err))
		return false;
	metadata = wk_node_get(node, "metadata");
	if (metadata->kind == WK_NODE_MAP && wk_node_get(metadata, "name"))
		return check_text(decoder, wk_node_get(node, "kind"), err) &&
		       check_text(decoder, wk_node_get(node, "apiVersion"), err) &&
		       check_text(decoder, wk_node_get(metadata, "name"), err);
	return wk_pos_err(err, &metadata->pos, "missing key 'name' of the object's metadata");
}

static bool check_arg(struct wk_decoder *decoder, const struct wk_node *node, enum wk_arg_type type,
	struct wk_err *err)
{
	if (is_expression(node))
		return true;
	switch (type) {
	case WK_ARG_STRING:
		return check_text(decoder, node, err);
	case WK_ARG_STRINGS:
		return check_texts(decoder, node, WK_NODE_SEQ, err);
	case WK_ARG_MAP:
		return check_texts(decoder, node, WK_NODE_MAP, err);
	case WK_ARG_COUNT:
	case WK_ARG_BOOL:
	case WK_ARG_DURATION:
		return check_scalar(decoder, node, type, err);
	case WK_ARG_OBJECT:
		return check_object(decoder, node, err);
	case WK_ARG_ANY:
		return true;
	}
	return false;
}

static const struct wk_arg_spec *find_arg(
	const struct wk_kind_spec *kind, const struct wk_node *arg, struct wk_err *err)
{
	const char *known[MOST_KINDS];
	size_t n = 0;

	for (const struct wk_arg_spec *spec = kind->args; spec->key; spec++) {
		if (strcmp(spec->key, arg->key) == 0)
			return spec;
		if (n < MOST_KINDS)
			known[n++] = spec->key;
	}
	(void)wk_unknown_err(err, &arg->key_pos, "argument", arg->key, known, n);
	return NULL;
}

static bool check_args(struct wk_decoder *decoder, const struct wk_node *args,
	const struct wk_kind_spec *kind, struct wk_err *err)
{
	for (size_t i = 0; i < args->n_items; i++) {
		const struct wk_arg_spec *spec = find_arg(kind, &args->items[i], err);

		if ((!spec || !check_arg(decoder, &args->items[i], spec->type, err)) &&
			!wk_errors_take(decoder->errors, err))
			return false;
	}
	for (const struct wk_arg_spec *spec = kind->args; spec->key; spec++) {
		if (!spec->required || wk_node_get(args, spec->key))
			continue;
		(void)wk_pos_err(err, &args->pos, "missing argument '%s' of %s: %s", spec->key,
			kind->name, spec->doc);
		if (!wk_errors_take(decoder->errors, err))
			return false;
	}
	return true;
}

static const struct wk_kind_spec *find_kind(const struct wk_kind_spec *kinds, const char *what,
	const struct wk_node *call, struct wk_err *err)
{
	const char *known[MOST_KINDS];
	size_t n = 0;

	for (; kinds->name; kinds++) {
		if (strcmp(kinds->name, call->key) == 0)
			return kinds;
		if (n < MOST_KINDS)
			known[n++] = kinds->name;
	}
	(void)wk_unknown_err(err, &call->key_pos, what, call->key, known, n);
	return NULL;
}

/* What both kinds of call have in common. */
struct call {
	const char *kind;
	const char *args;
	struct wk_pos pos;
};

static bool decode_call(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_kind_spec *kinds, const char *what, struct call *ret, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) json = WK_BUF_INIT(LARGEST_ARGS);
	const struct wk_kind_spec *kind = NULL;
	const struct wk_node *call;

	if (node->kind != WK_NODE_MAP)
		return wk_decode_err(decoder, node, "a map", err);
	if (node->n_items != 1)
		return wk_pos_err(err, &node->pos,
			"expected a map with one key, the %s, found %zu keys", what, node->n_items);
	call = &node->items[0];
	if (kinds)
		kind = find_kind(kinds, what, call, err);
	if (kinds && !kind)
		return false;
	if (call->kind != WK_NODE_MAP)
		return wk_decode_err(decoder, call, "a map of arguments", err);
	if (kind && !check_args(decoder, call, kind, err))
		return false;
	if (!wk_node_json(call, &json))
		return wk_pos_err(
			err, &call->pos, "arguments of more than %zu bytes", LARGEST_ARGS);
	*ret = (struct call){
		call->key, wk_arena_strdup(decoder->arena, wk_buf_str(&json)), call->key_pos};
	return true;
}

static bool decode_probe(
	struct wk_decoder *decoder, const struct wk_node *node, void *member, struct wk_err *err)
{
	struct call call;

	if (!decode_call(decoder, node, decoder->probes, "probe kind", &call, err))
		return false;
	*(struct wk_probe_call *)member = (struct wk_probe_call){call.kind, call.args, call.pos};
	return true;
}

static bool decode_step(
	struct wk_decoder *decoder, const struct wk_node *node, void *member, struct wk_err *err)
{
	struct call call;

	if (!decode_call(decoder, node, decoder->steps, "step kind", &call, err))
		return false;
	*(struct wk_fault_step *)member = (struct wk_fault_step){call.kind, call.args, call.pos};
	return true;
}

static void write_type(enum wk_arg_type type, struct wk_buf *out)
{
	switch (type) {
	case WK_ARG_STRING:
		(void)wk_buf_puts(out, "\"type\":\"string\"");
		break;
	case WK_ARG_COUNT:
		(void)wk_buf_puts(out, "\"type\":\"integer\",\"minimum\":0");
		break;
	case WK_ARG_BOOL:
		(void)wk_buf_puts(out, "\"type\":\"boolean\"");
		break;
	case WK_ARG_DURATION:
		(void)wk_buf_puts(out, "\"type\":\"string\",\"pattern\":");
		wk_schema_string(WK_DURATION_REGEX, out);
		break;
	case WK_ARG_STRINGS:
		(void)wk_buf_puts(
			out, "\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}");
		break;
	case WK_ARG_MAP:
		(void)wk_buf_puts(
			out, "\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}");
		break;
	case WK_ARG_OBJECT:
		(void)wk_buf_puts(out, "\"type\":\"object\",\"required\":[\"apiVersion\",\"kind\","
				       "\"metadata\"]");
		break;
	case WK_ARG_ANY:
		break;
	}
}

static void write_arg(const struct wk_arg_spec *spec, struct wk_buf *out)
{
	wk_schema_string(spec->key, out);
	(void)wk_buf_puts(out, ":{\"description\":");
	wk_schema_string(spec->doc, out);
	if (spec->type != WK_ARG_ANY) {
		(void)wk_buf_puts(out, ",\"anyOf\":[{");
		write_type(spec->type, out);
		(void)wk_buf_puts(out, "},{\"type\":\"string\",\"pattern\":");
		wk_schema_string(EXPRESSION_REGEX, out);
		(void)wk_buf_puts(out, "}]");
	}
	(void)wk_buf_putc(out, '}');
}

static void write_kind(const struct wk_kind_spec *kind, struct wk_buf *out)
{
	const char *before = "";

	wk_schema_string(kind->name, out);
	(void)wk_buf_puts(out, ":{\"description\":");
	wk_schema_string(kind->doc, out);
	(void)wk_buf_puts(
		out, ",\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
	for (const struct wk_arg_spec *spec = kind->args; spec->key; spec++) {
		(void)wk_buf_puts(out, before);
		write_arg(spec, out);
		before = ",";
	}
	(void)wk_buf_puts(out, "},\"required\":[");
	before = "";
	for (const struct wk_arg_spec *spec = kind->args; spec->key; spec++) {
		if (!spec->required)
			continue;
		(void)wk_buf_puts(out, before);
		wk_schema_string(spec->key, out);
		before = ",";
	}
	(void)wk_buf_puts(out, "]}");
}

static void write_kinds(const struct wk_kind_spec *kinds, struct wk_buf *out)
{
	(void)wk_buf_puts(out, "\"type\":\"object\",\"minProperties\":1,\"maxProperties\":1,"
			       "\"additionalProperties\":");
	if (!kinds) {
		(void)wk_buf_puts(out, "{\"type\":\"object\"}");
		return;
	}
	(void)wk_buf_puts(out, "false,\"properties\":{");
	for (const struct wk_kind_spec *kind = kinds; kind->name; kind++) {
		if (kind != kinds)
			(void)wk_buf_putc(out, ',');
		write_kind(kind, out);
	}
	(void)wk_buf_putc(out, '}');
}

static void schema_probe(const struct wk_decoder *decoder, struct wk_buf *out)
{
	write_kinds(decoder->probes, out);
}

static void schema_step(const struct wk_decoder *decoder, struct wk_buf *out)
{
	write_kinds(decoder->steps, out);
}

const struct wk_own wk_own_probe = {decode_probe, schema_probe};
const struct wk_own wk_own_step = {decode_step, schema_step};
