/*
 * JSON Schema from the decoding tables
 *
 * Editors complete and validate with it what the program will accept; since both come from the same
 * tables they cannot drift apart. Draft-07 is what the YAML language server reads.
 */
#include "wookie/conf/schema.h"

#include "wookie/conf/documents.h"

#include <string.h>

void wk_schema_string(const char *text, struct wk_buf *out)
{
	struct wk_node scalar = {.kind = WK_NODE_SCALAR, .text = text};

	(void)wk_node_json(&scalar, out);
}

static void write_text(const struct wk_pattern *pattern, struct wk_buf *out)
{
	(void)wk_buf_puts(out, "\"type\":\"string\",\"minLength\":1");
	if (!pattern)
		return;
	(void)wk_buf_printf(out, ",\"maxLength\":%zu,\"pattern\":", pattern->max);
	wk_schema_string(pattern->regex, out);
}

static void write_words(const char *const *words, struct wk_buf *out)
{
	(void)wk_buf_puts(out, "\"enum\":[");
	for (size_t i = 0; words[i]; i++) {
		if (i)
			(void)wk_buf_putc(out, ',');
		wk_schema_string(words[i], out);
	}
	(void)wk_buf_putc(out, ']');
}

static void write_table(
	const struct wk_decoder *decoder, const struct wk_table *table, struct wk_buf *out);

static void write_list(
	const struct wk_decoder *decoder, const struct wk_field *field, struct wk_buf *out)
{
	(void)wk_buf_printf(out, "\"type\":\"array\",\"minItems\":%ld,", field->min);
	if (field->max)
		(void)wk_buf_printf(out, "\"maxItems\":%ld,", field->max);
	if (field->type == WK_FIELD_TEXTS)
		(void)wk_buf_puts(out, "\"uniqueItems\":true,");
	(void)wk_buf_puts(out, "\"items\":{");
	if (field->type == WK_FIELD_TEXTS)
		write_text(field->pattern, out);
	else
		write_table(decoder, field->table, out);
	(void)wk_buf_putc(out, '}');
}

static void write_type(
	const struct wk_decoder *decoder, const struct wk_field *field, struct wk_buf *out)
{
	switch (field->type) {
	case WK_FIELD_TEXT:
		write_text(field->pattern, out);
		break;
	case WK_FIELD_NUMBER:
		(void)wk_buf_printf(out, "\"type\":\"integer\",\"minimum\":%ld,\"maximum\":%ld",
			field->min, field->max);
		break;
	case WK_FIELD_BOOL:
		(void)wk_buf_puts(out, "\"type\":\"boolean\"");
		break;
	case WK_FIELD_DURATION:
		(void)wk_buf_puts(out, "\"type\":\"string\",\"pattern\":");
		wk_schema_string(WK_DURATION_REGEX, out);
		break;
	case WK_FIELD_WORD:
		write_words(field->words, out);
		break;
	case WK_FIELD_MAP:
		write_table(decoder, field->table, out);
		break;
	case WK_FIELD_TEXTS:
	case WK_FIELD_MAPS:
		write_list(decoder, field, out);
		break;
	case WK_FIELD_OWN:
		field->own->schema(decoder, out);
		break;
	}
}

static void write_required(const struct wk_table *table, struct wk_buf *out)
{
	const char *before = ",\"required\":[";

	for (const struct wk_field *f = table->fields; f->key; f++) {
		if (f->need != WK_REQUIRED)
			continue;
		(void)wk_buf_puts(out, before);
		wk_schema_string(f->key, out);
		before = ",";
	}
	if (*before == ',' && !before[1])
		(void)wk_buf_putc(out, ']');
}

static void write_table(
	const struct wk_decoder *decoder, const struct wk_table *table, struct wk_buf *out)
{
	if (table->own) {
		table->own->schema(decoder, out);
		return;
	}
	(void)wk_buf_puts(
		out, "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
	for (const struct wk_field *f = table->fields; f->key; f++) {
		if (f != table->fields)
			(void)wk_buf_putc(out, ',');
		wk_schema_string(f->key, out);
		(void)wk_buf_puts(out, ":{\"description\":");
		wk_schema_string(f->doc, out);
		(void)wk_buf_putc(out, ',');
		write_type(decoder, f, out);
		(void)wk_buf_putc(out, '}');
	}
	(void)wk_buf_putc(out, '}');
	write_required(table, out);
}

void wk_table_schema(const struct wk_decoder *decoder, const struct wk_table *table,
	const char *title, struct wk_buf *out)
{
	(void)wk_buf_puts(
		out, "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"title\":");
	wk_schema_string(title, out);
	(void)wk_buf_putc(out, ',');
	write_table(decoder, table, out);
	(void)wk_buf_puts(out, "}\n");
}

static const struct {
	const char *name;
	const char *title;
	const struct wk_table *table;
} documents[] = {
	{"topology", "wookie-conform topology", &wk_topology_table},
	{"suite", "wookie-conform suite", &wk_suite_table},
	{"fault", "wookie-conform fault", &wk_fault_table},
	{"variant", "wookie-conform variant", &wk_variant_table},
	{"causes", "wookie-conform causes", &wk_causes_table},
	{"scratch", "wookie-conform scratch workload", &wk_scratch_table},
	{"diagnose", "wookie-conform diagnosis", &wk_diagnosis_table},
};

bool wk_schema_write(const char *which, const struct wk_kind_spec *probes,
	const struct wk_kind_spec *steps, struct wk_buf *out, struct wk_err *err)
{
	struct wk_decoder decoder = {.probes = probes, .steps = steps};
	struct wk_pos pos = {.file = "schema"};
	const char *names[WK_COUNT(documents)];

	for (size_t i = 0; i < WK_COUNT(documents); i++) {
		names[i] = documents[i].name;
		if (strcmp(which, names[i]) != 0)
			continue;
		wk_table_schema(&decoder, documents[i].table, documents[i].title, out);
		return !out->full ||
		       wk_err_set(err, WK_ERR_INPUT, "schema '%s' is too large", which);
	}
	return wk_unknown_err(err, &pos, "document", which, names, WK_COUNT(names));
}
