/*
 * Causes, faults, variants and scratch workloads
 *
 * The smaller documents beside the suites: why a check can fail, the changes that prove it does,
 * and the objects that a suite needs beside the topology's own workloads.
 */
#include "wookie/conf/documents.h"

#include <string.h>

#define LARGEST_MANIFEST ((size_t)256 * 1024)

static const struct wk_field that_field = {
	.key = "that",
	.doc = "expectations of the check, by their 'that'",
	.type = WK_FIELD_TEXTS,
	.at = offsetof(struct wk_check_ref, that),
	.n_at = offsetof(struct wk_check_ref, n_that),
	.min = 1,
};

/* "suite.check", or "suite.check: [that, ...]". */
static bool decode_ref(
	struct wk_decoder *decoder, const struct wk_node *node, void *member, struct wk_err *err)
{
	struct wk_check_ref *ref = member;
	struct wk_node key = {.kind = WK_NODE_SCALAR, .plain = true};

	if (node->kind != WK_NODE_MAP)
		return wk_decode_text(decoder, node, &wk_pattern_check, &ref->check, err);
	if (node->n_items != 1)
		return wk_pos_err(err, &node->pos,
			"expected one check with a list of its expectations, found %zu keys",
			node->n_items);
	key.text = node->items[0].key;
	key.pos = node->items[0].key_pos;
	return wk_decode_text(decoder, &key, &wk_pattern_check, &ref->check, err) &&
	       wk_decode_texts(decoder, &node->items[0], &that_field, ref, err);
}

static void write_check(struct wk_buf *out)
{
	(void)wk_buf_printf(out, "\"maxLength\":%zu,\"pattern\":", wk_pattern_check.max);
	wk_schema_string(wk_pattern_check.regex, out);
}

static void schema_ref(const struct wk_decoder *decoder, struct wk_buf *out)
{
	(void)decoder;
	(void)wk_buf_puts(out, "\"anyOf\":[{\"type\":\"string\",");
	write_check(out);
	(void)wk_buf_puts(out, "},{\"type\":\"object\",\"minProperties\":1,\"maxProperties\":1,"
			       "\"propertyNames\":{");
	write_check(out);
	(void)wk_buf_puts(out, "},\"additionalProperties\":{\"type\":\"array\",\"minItems\":1,"
			       "\"uniqueItems\":true,\"items\":{\"type\":\"string\","
			       "\"minLength\":1}}}]");
}

static const struct wk_own own_ref = {decode_ref, schema_ref};
static const struct wk_table ref_table = {.own = &own_ref, .size = sizeof(struct wk_check_ref)};

static const struct wk_field cause_fields[] = {
	{.key = "code",
		.doc = "stable code such as WK-DNS-002",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_cause, code),
		.pattern = &wk_pattern_cause},
	{.key = "title",
		.doc = "what is wrong, in one line",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_cause, title)},
	{.key = "meaning",
		.doc = "what that does to the mesh",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_cause, meaning)},
	{.key = "evidence",
		.doc = "how it shows, and what tells it from its neighbours",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_cause, evidence)},
	{.key = "fix",
		.doc = "what to do about it",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_cause, fix)},
	{.key = "explains",
		.doc = "codes of causes that follow from this one",
		.type = WK_FIELD_TEXTS,
		.at = offsetof(struct wk_cause, explains),
		.n_at = offsetof(struct wk_cause, n_explains),
		.pattern = &wk_pattern_cause},
	{.key = "indistinguishable-from",
		.doc = "codes of causes with another fix that no evidence tells from this one; "
		       "both are named",
		.type = WK_FIELD_TEXTS,
		.at = offsetof(struct wk_cause, twins),
		.n_at = offsetof(struct wk_cause, n_twins),
		.pattern = &wk_pattern_cause},
	{.key = "refuted-by",
		.doc = "what does not hold where this is the cause, as 'suite.check' or "
		       "'suite.check: [that, ...]'; seen to hold, it takes the cause out",
		.type = WK_FIELD_MAPS,
		.at = offsetof(struct wk_cause, refuted_by),
		.n_at = offsetof(struct wk_cause, n_refuted_by),
		.table = &ref_table},
	{.key = "all-of",
		.doc = "codes of causes that together are this one: where all of them are named, "
		       "it "
		       "is too",
		.type = WK_FIELD_TEXTS,
		.at = offsetof(struct wk_cause, all_of),
		.n_at = offsetof(struct wk_cause, n_all_of),
		.min = 2,
		.pattern = &wk_pattern_cause},
	{.key = "told-by",
		.doc = "regular expressions over why a check could not be judged that tell of this "
		       "cause",
		.type = WK_FIELD_TEXTS,
		.at = offsetof(struct wk_cause, told_by),
		.n_at = offsetof(struct wk_cause, n_told_by)},
	{0},
};

static const struct wk_table cause_table = {
	.fields = cause_fields,
	.size = sizeof(struct wk_cause),
	.pos_at = offsetof(struct wk_cause, pos),
};

static const struct wk_field causes_fields[] = {
	{.key = "version",
		.doc = "version of this format: 1",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.own = &wk_own_version},
	{.key = "causes",
		.doc = "the causes that checks name",
		.type = WK_FIELD_MAPS,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_causes, causes),
		.n_at = offsetof(struct wk_causes, n_causes),
		.table = &cause_table},
	{0},
};

const struct wk_table wk_causes_table = {.fields = causes_fields, .size = sizeof(struct wk_causes)};

static const struct wk_field fault_expect_fields[] = {
	{.key = "fails",
		.doc = "checks that must fail, as 'suite.check', or as 'suite.check: [that, ...]' "
		       "with "
		       "those of its expectations that must not hold",
		.type = WK_FIELD_MAPS,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_fault, fails),
		.n_at = offsetof(struct wk_fault, n_fails),
		.min = 1,
		.table = &ref_table},
	{.key = "cause",
		.doc = "code that must come out as the likeliest cause",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_fault, cause),
		.pattern = &wk_pattern_cause},
	{.key = "green",
		.doc = "suites that must stay green",
		.type = WK_FIELD_TEXTS,
		.at = offsetof(struct wk_fault, green),
		.n_at = offsetof(struct wk_fault, n_green),
		.pattern = &wk_pattern_name},
	{0},
};

static const struct wk_table fault_expect_table = {.fields = fault_expect_fields};

static const struct wk_table step_table = {
	.own = &wk_own_step, .size = sizeof(struct wk_fault_step)};

#define VERSION_FIELD                                                                       \
	{                                                                                   \
		.key = "version", .doc = "version of this format: 1", .type = WK_FIELD_OWN, \
		.need = WK_REQUIRED, .own = &wk_own_version,                                \
	}
#define TEXT_FIELD(name, words, member, shape)                                             \
	{                                                                                  \
		.key = (name), .doc = (words), .type = WK_FIELD_TEXT, .need = WK_REQUIRED, \
		.at = offsetof(struct wk_fault, member), .pattern = (shape),               \
	}
#define SCOPE_FIELD                                                                             \
	{                                                                                       \
		.key = "for-each",                                                              \
		.doc = "what gives $client, $server or $cluster their values: the first match", \
		.type = WK_FIELD_WORD, .need = WK_REQUIRED,                                     \
		.at = offsetof(struct wk_fault, scope), .words = wk_scope_words,                \
	}
#define STEPS_FIELD(name, words, member)                                                       \
	{                                                                                      \
		.key = (name), .doc = (words), .type = WK_FIELD_MAPS, .need = WK_REQUIRED,     \
		.at = offsetof(struct wk_fault, member),                                       \
		.n_at = offsetof(struct wk_fault, n_##member), .min = 1, .table = &step_table, \
	}

static const struct wk_field fault_fields[] = {
	VERSION_FIELD,
	TEXT_FIELD("fault", "name of the fault", id, &wk_pattern_name),
	TEXT_FIELD("title", "what is broken", title, NULL),
	{.key = "variant-of",
		.doc = "the fault that is fixed the same way, so that both have one cause",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_fault, variant_of),
		.pattern = &wk_pattern_name},
	SCOPE_FIELD,
	{.key = "when",
		.doc = "jq over what the topology declares; false: it is no fault there",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_fault, when)},
	STEPS_FIELD("inject", "steps that break it", inject),
	STEPS_FIELD("heal", "steps that make it whole again", heal),
	{.key = "expect",
		.doc = "what the run must then say",
		.type = WK_FIELD_MAP,
		.need = WK_REQUIRED,
		.table = &fault_expect_table},
	{0},
};

const struct wk_table wk_fault_table = {
	.fields = fault_fields,
	.size = sizeof(struct wk_fault),
	.pos_at = offsetof(struct wk_fault, pos),
};

static const struct wk_field variant_fields[] = {
	VERSION_FIELD,
	TEXT_FIELD("variant", "name of the variant", id, &wk_pattern_name),
	TEXT_FIELD("title", "how this mesh is built", title, NULL),
	SCOPE_FIELD,
	STEPS_FIELD("apply", "steps that build it so", inject),
	STEPS_FIELD("heal", "steps that take it back", heal),
	{0},
};

static const struct wk_fault variant_defaults = {.harmless = true};

const struct wk_table wk_variant_table = {
	.fields = variant_fields,
	.size = sizeof(struct wk_fault),
	.defaults = &variant_defaults,
	.pos_at = offsetof(struct wk_fault, pos),
};

static const struct wk_pattern to_pattern = {
	"^\\$(client|server|cluster)$", 16, "$client, $server or $cluster"};
static const struct wk_pattern condition_pattern = {
	"^[A-Z][A-Za-z]*$", 63, "a condition such as Ready or Available"};

static bool decode_manifest(
	struct wk_decoder *decoder, const struct wk_node *node, void *member, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) json = WK_BUF_INIT(LARGEST_MANIFEST);

	if (!wk_decode_is_object(decoder, node, err))
		return false;
	if (!wk_node_json(node, &json))
		return wk_pos_err(
			err, &node->pos, "an object of more than %zu bytes", LARGEST_MANIFEST);
	*(const char **)member = wk_arena_strdup(decoder->arena, wk_buf_str(&json));
	return true;
}

static void schema_manifest(const struct wk_decoder *decoder, struct wk_buf *out)
{
	(void)decoder;
	(void)wk_buf_puts(
		out, "\"type\":\"object\",\"required\":[\"apiVersion\",\"kind\",\"metadata\"]");
}

static const struct wk_own own_manifest = {decode_manifest, schema_manifest};

static const struct wk_field object_fields[] = {
	{.key = "to",
		.doc = "the cluster that gets it: $client, $server or $cluster",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_scratch_object, to),
		.pattern = &to_pattern},
	{.key = "wait",
		.doc = "condition to wait for, such as Ready or Available",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_scratch_object, wait),
		.pattern = &condition_pattern},
	{.key = "manifest",
		.doc = "the Kubernetes object; its texts may hold $ expressions",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_scratch_object, manifest),
		.own = &own_manifest},
	{0},
};

static const struct wk_table object_table = {
	.fields = object_fields,
	.size = sizeof(struct wk_scratch_object),
	.pos_at = offsetof(struct wk_scratch_object, pos),
};

static const struct wk_field scratch_fields[] = {
	{.key = "version",
		.doc = "version of this format: 1",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.own = &wk_own_version},
	{.key = "scratch",
		.doc = "name under which suites ask for it",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_scratch, id),
		.pattern = &wk_pattern_name},
	{.key = "title",
		.doc = "what it is there for",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_scratch, title)},
	{.key = "for-each",
		.doc = "what it is applied once for",
		.type = WK_FIELD_WORD,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_scratch, scope),
		.words = wk_scope_words},
	{.key = "objects",
		.doc = "its objects, in the order in which they are applied",
		.type = WK_FIELD_MAPS,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_scratch, objects),
		.n_at = offsetof(struct wk_scratch, n_objects),
		.min = 1,
		.table = &object_table},
	{0},
};

const struct wk_table wk_scratch_table = {
	.fields = scratch_fields, .size = sizeof(struct wk_scratch)};

bool wk_scratch_check(
	const struct wk_decoder *decoder, const struct wk_scratch *scratch, struct wk_err *err)
{
	bool per_cluster = scratch->scope == WK_SCOPE_CLUSTERS;
	struct wk_pos pos = wk_decode_place(decoder, scratch->id);

	if (scratch->scope == WK_SCOPE_MESH)
		return wk_pos_err(err, &pos,
			"'%s' is for the mesh, where no single cluster could get it; expected "
			"for-each: clusters, links or pairs",
			scratch->id);
	for (size_t i = 0; i < scratch->n_objects; i++) {
		const char *to = scratch->objects[i].to;

		if ((strcmp(to, "$cluster") == 0) == per_cluster)
			continue;
		pos = wk_decode_place(decoder, to);
		return wk_pos_err(err, &pos, "%s has no value for each of the %s; expected %s", to,
			wk_scope_name(scratch->scope),
			per_cluster ? "$cluster" : "$client or $server");
	}
	return true;
}
