/*
 * Decoding by tables
 *
 * A table says which keys a map may hold and what each becomes in a struct. Nothing is guessed: an
 * unknown key, a wrong type and a missing key are errors that say where, what was found and what
 * was expected. Each text's place is remembered by its address, so that names which turn out to
 * lead nowhere once all files are read can still be pointed at, without a position beside every
 * string of the model.
 */
#include "wookie/conf/decode.h"

#include "wookie/base/num.h"
#include "wookie/base/suggest.h"
#include "wookie/yaml/scalar.h"

#include <assert.h>
#include <regex.h>
#include <string.h>

#define MOST_NAMES 64

const struct wk_pattern wk_pattern_name = {
	"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
	63,
	"a name of at most 63 lower-case letters, digits and '-'",
};

const char *const wk_scope_words[] = {"clusters", "links", "pairs", "mesh", NULL};

bool wk_decode_err(struct wk_decoder *decoder, const struct wk_node *node, const char *expected,
	struct wk_err *err)
{
	bool quoted = node->kind == WK_NODE_SCALAR && !node->plain;

	return wk_pos_err(err, &node->pos, "expected %s, found %s%s", expected,
		quoted ? "the text " : "", wk_node_describe(decoder->arena, node));
}

bool wk_unknown_err(struct wk_err *err, const struct wk_pos *pos, const char *what,
	const char *name, const char *const known[], size_t n_known)
{
	struct wk_buf WK_AUTO(wk_buf_finish) list = WK_BUF_INIT(240);
	const char *near = wk_suggest(name, known, n_known);

	for (size_t i = 0; i < n_known; i++) {
		if (!known[i])
			continue;
		if (list.len + strlen(known[i]) > 200) {
			(void)wk_buf_puts(&list, ", ...");
			break;
		}
		(void)wk_buf_printf(&list, "%s%s", list.len ? ", " : "", known[i]);
	}
	return wk_pos_err(err, pos, "unknown %s '%.80s'%s%s%s; expected %s%s", what, name,
		near ? ", did you mean '" : "", near ? near : "", near ? "'" : "",
		list.len ? "one of " : "none", wk_buf_str(&list));
}

const struct wk_field *wk_find_field(
	const struct wk_table *table, const char *key, const struct wk_pos *pos, struct wk_err *err)
{
	const char *keys[MOST_NAMES];
	size_t n = 0;

	for (const struct wk_field *f = table->fields; f->key; f++) {
		if (strcmp(f->key, key) == 0)
			return f;
		assert(n < WK_COUNT(keys));
		keys[n++] = f->key;
	}
	(void)wk_unknown_err(err, pos, "key", key, keys, n);
	return NULL;
}

struct wk_pos wk_decode_place(const struct wk_decoder *decoder, const char *text)
{
	for (size_t i = 0; i < decoder->n_places; i++)
		if (decoder->places[i].text == text)
			return decoder->places[i].pos;
	/* Only texts that this decoder made are asked for. */
	abort();
}

static bool fits(const struct wk_pattern *pattern, const char *text)
{
	regex_t regex;
	bool matches;

	if (strlen(text) > pattern->max)
		return false;
	if (regcomp(&regex, pattern->regex, REG_EXTENDED | REG_NOSUB) != 0)
		abort();
	matches = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return matches;
}

bool wk_decode_text(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_pattern *pattern, const char **ret, struct wk_err *err)
{
	const char *expected = pattern ? pattern->expected : "text";

	if (node->kind != WK_NODE_SCALAR || !*node->text)
		return wk_decode_err(decoder, node, expected, err);
	/* What comes from a command line (no line) is typed by what it is for, not by quotes. */
	if (node->pos.line && wk_scalar_type(node) != WK_SCALAR_TEXT)
		return wk_pos_err(err, &node->pos, "expected %s, found %s%s", expected,
			wk_node_describe(decoder->arena, node),
			wk_scalar_type(node) == WK_SCALAR_NULL ? "" : ": put it in quotes");
	if (pattern && !fits(pattern, node->text))
		return wk_decode_err(decoder, node, expected, err);
	decoder->places = wk_arena_grow(
		decoder->arena, decoder->places, decoder->n_places, sizeof(*decoder->places));
	decoder->places[decoder->n_places++] = (struct wk_place){node->text, node->pos};
	*ret = node->text;
	return true;
}

static bool decode_number(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_field *field, void *member, struct wk_err *err)
{
	struct wk_err inner;
	uint64_t value;

	if (node->kind != WK_NODE_SCALAR || wk_scalar_type(node) != WK_SCALAR_INT)
		return wk_decode_err(decoder, node, "a whole number", err);
	if (!wk_num_parse(node->text, (uint64_t)field->min, (uint64_t)field->max, &value, &inner))
		return wk_pos_err(err, &node->pos, "%s", inner.msg);
	if (field->size == sizeof(uint16_t)) {
		*(uint16_t *)member = (uint16_t)value;
	} else if (field->size == sizeof(unsigned)) {
		*(unsigned *)member = (unsigned)value;
	} else {
		assert(field->size == sizeof(long));
		*(long *)member = (long)value;
	}
	return true;
}

static bool decode_bool(
	struct wk_decoder *decoder, const struct wk_node *node, bool *member, struct wk_err *err)
{
	if (node->kind != WK_NODE_SCALAR || !node->plain ||
		(strcmp(node->text, "true") != 0 && strcmp(node->text, "false") != 0))
		return wk_decode_err(decoder, node, "true or false", err);
	*member = node->text[0] == 't';
	return true;
}

static bool decode_duration(
	struct wk_decoder *decoder, const struct wk_node *node, wk_nsec *member, struct wk_err *err)
{
	struct wk_err inner;

	if (node->kind != WK_NODE_SCALAR)
		return wk_decode_err(decoder, node, "a duration such as 30s", err);
	return wk_duration_parse(node->text, member, &inner) ||
	       wk_pos_err(err, &node->pos, "%s", inner.msg);
}

static bool decode_word(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_field *field, unsigned *member, struct wk_err *err)
{
	const char *text;
	unsigned n = 0;

	if (!wk_decode_text(decoder, node, NULL, &text, err))
		return false;
	for (; field->words[n]; n++) {
		if (strcmp(field->words[n], text) == 0) {
			*member = n;
			return true;
		}
	}
	return wk_unknown_err(err, &node->pos, field->key, text, field->words, n);
}

static bool check_length(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_field *field, struct wk_err *err)
{
	long n = (long)node->n_items;

	if (node->kind != WK_NODE_SEQ)
		return wk_decode_err(decoder, node, "a list", err);
	if (n >= field->min && (!field->max || n <= field->max))
		return true;
	if (field->max)
		return wk_pos_err(err, &node->pos, "expected %ld to %ld %s, found %ld", field->min,
			field->max, field->key, n);
	return wk_pos_err(
		err, &node->pos, "expected at least one entry in '%s', found none", field->key);
}

bool wk_decode_texts(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_field *field, void *out, struct wk_err *err)
{
	const char **texts;

	if (!check_length(decoder, node, field, err))
		return false;
	texts = wk_arena_alloc(decoder->arena, node->n_items + 1, sizeof(*texts));
	for (size_t i = 0; i < node->n_items; i++) {
		if (!wk_decode_text(decoder, &node->items[i], field->pattern, &texts[i], err)) {
			if (!wk_errors_take(decoder->errors, err))
				return false;
			continue;
		}
		for (size_t j = 0; j < i; j++)
			if (texts[j] && strcmp(texts[i], texts[j]) == 0)
				return wk_pos_err(err, &node->items[i].pos,
					"'%.80s' stands twice in this list", texts[i]);
	}
	*(const char ***)((char *)out + field->at) = texts;
	*(size_t *)((char *)out + field->n_at) = node->n_items;
	return true;
}

static bool decode_into(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_table *table, void *out, struct wk_err *err);

static bool decode_maps(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_field *field, void *out, struct wk_err *err)
{
	char *structs;

	if (!check_length(decoder, node, field, err))
		return false;
	structs = wk_arena_alloc(decoder->arena, node->n_items + 1, field->table->size);
	for (size_t i = 0; i < node->n_items; i++)
		if (!wk_decode(decoder, &node->items[i], field->table,
			    structs + i * field->table->size, err) &&
			!wk_errors_take(decoder->errors, err))
			return false;
	*(void **)((char *)out + field->at) = structs;
	*(size_t *)((char *)out + field->n_at) = node->n_items;
	return true;
}

static bool decode_field(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_field *field, void *out, struct wk_err *err)
{
	void *member = (char *)out + field->at;

	switch (field->type) {
	case WK_FIELD_TEXT:
		return wk_decode_text(decoder, node, field->pattern, member, err);
	case WK_FIELD_TEXTS:
		return wk_decode_texts(decoder, node, field, out, err);
	case WK_FIELD_NUMBER:
		return decode_number(decoder, node, field, member, err);
	case WK_FIELD_BOOL:
		return decode_bool(decoder, node, member, err);
	case WK_FIELD_DURATION:
		return decode_duration(decoder, node, member, err);
	case WK_FIELD_WORD:
		return decode_word(decoder, node, field, member, err);
	case WK_FIELD_MAP:
		return decode_into(decoder, node, field->table, member, err);
	case WK_FIELD_MAPS:
		return decode_maps(decoder, node, field, out, err);
	case WK_FIELD_OWN:
		return field->own->decode(decoder, node, member, err);
	}
	return false;
}

static bool check_required(const struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_table *table, struct wk_err *err)
{
	for (const struct wk_field *f = table->fields; f->key; f++) {
		if (f->need != WK_REQUIRED || wk_node_get(node, f->key))
			continue;
		(void)wk_pos_err(err, &node->pos, "missing key '%s': %s", f->key, f->doc);
		if (!wk_errors_take(decoder->errors, err))
			return false;
	}
	return true;
}

static bool decode_into(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_table *table, void *out, struct wk_err *err)
{
	if (node->kind != WK_NODE_MAP)
		return wk_decode_err(decoder, node, "a map", err);
	if (table->pos_at)
		*(struct wk_pos *)((char *)out + table->pos_at) = node->pos;
	for (size_t i = 0; i < node->n_items; i++) {
		const struct wk_node *item = &node->items[i];
		const struct wk_field *field = wk_find_field(table, item->key, &item->key_pos, err);

		if ((!field || !decode_field(decoder, item, field, out, err)) &&
			!wk_errors_take(decoder->errors, err))
			return false;
	}
	return check_required(decoder, node, table, err);
}

bool wk_decode(struct wk_decoder *decoder, const struct wk_node *node, const struct wk_table *table,
	void *out, struct wk_err *err)
{
	if (table->defaults)
		memcpy(out, table->defaults, table->size);
	else
		memset(out, 0, table->size);
	if (table->own)
		return table->own->decode(decoder, node, out, err);
	return decode_into(decoder, node, table, out, err);
}

static bool decode_version(
	struct wk_decoder *decoder, const struct wk_node *node, void *member, struct wk_err *err)
{
	if (node->kind != WK_NODE_SCALAR || !node->plain || strcmp(node->text, "1") != 0)
		return wk_decode_err(
			decoder, node, "1, the version of the format that this program reads", err);
	(void)member;
	return true;
}

static void schema_version(const struct wk_decoder *decoder, struct wk_buf *out)
{
	(void)decoder;
	(void)wk_buf_puts(out, "\"const\":1");
}

const struct wk_own wk_own_version = {decode_version, schema_version};

bool wk_decode_is_object(struct wk_decoder *decoder, const struct wk_node *node, struct wk_err *err)
{
	static const char *const keys[] = {"apiVersion", "kind", "metadata"};

	if (node->kind != WK_NODE_MAP)
		return wk_decode_err(decoder, node, "a Kubernetes object", err);
	for (size_t i = 0; i < WK_COUNT(keys); i++)
		if (!wk_node_get(node, keys[i]))
			return wk_pos_err(err, &node->pos,
				"missing key '%s': every Kubernetes object has it", keys[i]);
	return true;
}
