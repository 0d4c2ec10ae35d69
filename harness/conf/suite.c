/*
 * Suite files
 *
 * The tables of a suite and its checks, and what a check inherits from its suite. Expressions stay
 * text here; that they compile is for the room that runs them to say, at the places kept with them.
 */
#include "wookie/base/num.h"
#include "wookie/conf/documents.h"

#include <string.h>

/* What wk_chance_parse() takes up to WK_CHANCE_MAX. */
#define CHANCE_REGEX "^(1(\\.0+)?e-0*6|[1-9](\\.[0-9]+)?e-0*([7-9]|[1-9][0-9]))$"

/* A check without a scope of its own, until its suite's is filled in. */
#define SCOPE_OF_SUITE ((enum wk_scope)(WK_SCOPE_MESH + 1))

const struct wk_pattern wk_pattern_check = {
	"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)?$",
	127,
	"a check as 'check' or 'suite.check'",
};

const struct wk_pattern wk_pattern_cause = {
	"^WK-[A-Z]+-[0-9][0-9][0-9]$", 32, "a cause such as WK-DNS-002"};

static const struct wk_pattern url_pattern = {"^https?://[^ ]+$", 500, "a URL"};

static const struct wk_field expectation_fields[] = {
	{.key = "that",
		.doc = "what is held, in words",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_expectation, that)},
	{.key = "jq",
		.doc = "jq over the evidence; yields exactly one value",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_expectation, jq)},
	{.key = "equals",
		.doc = "jq over derived values that must yield the same; default: the value is "
		       "true",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_expectation, equals)},
	{.key = "at-least",
		.doc = "fewest elements of the value where it is a collection; default: 1",
		.type = WK_FIELD_NUMBER,
		.at = offsetof(struct wk_expectation, at_least),
		.size = sizeof(((struct wk_expectation *)0)->at_least),
		.max = 1000000},
	{.key = "cause",
		.doc = "code in causes.yaml that is named when it does not hold",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_expectation, cause),
		.pattern = &wk_pattern_cause},
	{0},
};

const struct wk_table wk_expectation_table = {
	.fields = expectation_fields,
	.size = sizeof(struct wk_expectation),
	.defaults = &(const struct wk_expectation){.at_least = 1},
	.pos_at = offsetof(struct wk_expectation, pos),
};

static const struct wk_field control_fields[] = {
	{.key = "probe",
		.doc = "what is probed beside: one kind of probe with its arguments",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, control),
		.own = &wk_own_probe},
	{.key = "expect",
		.doc = "what must hold of it at the same moment",
		.type = WK_FIELD_MAPS,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, control_expect),
		.n_at = offsetof(struct wk_check, n_control_expect),
		.min = 1,
		.table = &wk_expectation_table},
	{0},
};

static const struct wk_table control_table = {.fields = control_fields};

static bool decode_chance(
	struct wk_decoder *decoder, const struct wk_node *node, void *member, struct wk_err *err)
{
	const char *text = NULL;
	struct wk_err inner;

	if (!wk_decode_text(decoder, node, NULL, &text, err))
		return false;
	return wk_chance_parse(text, WK_CHANCE_MAX, member, &inner) ||
	       wk_pos_err(err, &node->pos, "%s", inner.msg);
}

static void schema_chance(const struct wk_decoder *decoder, struct wk_buf *out)
{
	(void)decoder;
	(void)wk_buf_puts(out, "\"type\":\"string\",\"pattern\":");
	wk_schema_string(CHANCE_REGEX, out);
}

static const struct wk_own own_chance = {decode_chance, schema_chance};

static const char *const chance_model_words[] = {"uniform", "two-choices", NULL};

static const struct wk_field false_alarm_fields[] = {
	{.key = "chance",
		.doc = "that a mesh as it should be fails it in one attempt: \"4e-11\", at most "
		       "1e-6",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_false_alarm, chance),
		.own = &own_chance},
	{.key = "model",
		.doc = "how replicas are drawn, from which that chance follows",
		.type = WK_FIELD_WORD,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_false_alarm, model),
		.words = chance_model_words},
	{0},
};

static const struct wk_table false_alarm_table = {.fields = false_alarm_fields};

static const struct wk_field check_fields[] = {
	{.key = "id",
		.doc = "name within the suite; stays the same for ever",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, id),
		.pattern = &wk_pattern_name},
	{.key = "title",
		.doc = "what is true when it passes",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, title)},
	{.key = "doc",
		.doc = "URL of the page that says so",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_check, doc),
		.pattern = &url_pattern},
	{.key = "probe",
		.doc = "what takes the evidence: one kind of probe with its arguments",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, probe),
		.own = &wk_own_probe},
	{.key = "control",
		.doc = "positive control of a check that expects a refusal",
		.type = WK_FIELD_MAP,
		.table = &control_table},
	{.key = "expect",
		.doc = "what must hold of the evidence",
		.type = WK_FIELD_MAPS,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, expect),
		.n_at = offsetof(struct wk_check, n_expect),
		.min = 1,
		.table = &wk_expectation_table},
	{.key = "for-each",
		.doc = "what it runs once for; default: what its suite says",
		.type = WK_FIELD_WORD,
		.at = offsetof(struct wk_check, scope),
		.words = wk_scope_words},
	{.key = "needs",
		.doc = "checks without which its evidence cannot be taken: if one is red, this is "
		       "skipped",
		.type = WK_FIELD_TEXTS,
		.at = offsetof(struct wk_check, needs),
		.n_at = offsetof(struct wk_check, n_needs),
		.pattern = &wk_pattern_check},
	{.key = "only-where",
		.doc = "jq over what the topology declares; where it is false another check says "
		       "what holds instead, and this one is not planned",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_check, only_where)},
	{.key = "when",
		.doc = "jq over derived values; the check is skipped where it is false",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_check, when)},
	{.key = "when-reason",
		.doc = "why it is skipped then",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_check, when_reason)},
	{.key = "within",
		.doc = "how long it may break while what the harness changed settles; default: "
		       "10s",
		.type = WK_FIELD_DURATION,
		.at = offsetof(struct wk_check, within)},
	{.key = "stable",
		.doc = "how many attempts in a row must hold; default: 1",
		.type = WK_FIELD_NUMBER,
		.at = offsetof(struct wk_check, stable),
		.size = sizeof(((struct wk_check *)0)->stable),
		.min = 1,
		.max = 100},
	{.key = "false-alarm",
		.doc = "of a check that depends on chance: how often it is wrong",
		.type = WK_FIELD_MAP,
		.at = offsetof(struct wk_check, false_alarm),
		.table = &false_alarm_table},
	{.key = "exclusive",
		.doc = "whether it disturbs others and runs alone; default: false",
		.type = WK_FIELD_BOOL,
		.at = offsetof(struct wk_check, exclusive)},
	{0},
};

static const struct wk_table check_table = {
	.fields = check_fields,
	.size = sizeof(struct wk_check),
	.defaults = &(
		const struct wk_check){.scope = SCOPE_OF_SUITE, .within = 10 * WK_SEC, .stable = 1},
	.pos_at = offsetof(struct wk_check, pos),
};

static const struct wk_field suite_fields[] = {
	{.key = "version",
		.doc = "version of this format: 1",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.own = &wk_own_version},
	{.key = "suite",
		.doc = "name of the suite",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_suite, name),
		.pattern = &wk_pattern_name},
	{.key = "title",
		.doc = "what is true when it passes",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_suite, title)},
	{.key = "after",
		.doc = "suites that run before this one",
		.type = WK_FIELD_TEXTS,
		.at = offsetof(struct wk_suite, after),
		.n_at = offsetof(struct wk_suite, n_after),
		.pattern = &wk_pattern_name},
	{.key = "with",
		.doc = "scratch workloads that are there while it runs",
		.type = WK_FIELD_TEXTS,
		.at = offsetof(struct wk_suite, with),
		.n_at = offsetof(struct wk_suite, n_with),
		.pattern = &wk_pattern_name},
	{.key = "for-each",
		.doc = "what each check runs once for: clusters, links, pairs or the mesh",
		.type = WK_FIELD_WORD,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_suite, scope),
		.words = wk_scope_words},
	{.key = "checks",
		.doc = "the checks, in their order",
		.type = WK_FIELD_MAPS,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_suite, checks),
		.n_at = offsetof(struct wk_suite, n_checks),
		.min = 1,
		.table = &check_table},
	{0},
};

const struct wk_table wk_suite_table = {
	.fields = suite_fields,
	.size = sizeof(struct wk_suite),
	.pos_at = offsetof(struct wk_suite, pos),
};

static void place_expectations(
	const struct wk_decoder *decoder, struct wk_expectation *expectations, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct wk_expectation *e = &expectations[i];

		e->jq_pos = wk_decode_place(decoder, e->jq);
		if (e->equals)
			e->equals_pos = wk_decode_place(decoder, e->equals);
	}
}

static bool complete_check(struct wk_decoder *decoder, const struct wk_suite *suite,
	struct wk_check *check, struct wk_err *err)
{
	const char *lonely = check->when ? check->when : check->when_reason;
	struct wk_pos pos;

	check->full_id = wk_arena_printf(decoder->arena, "%s.%s", suite->name, check->id);
	if (check->scope == SCOPE_OF_SUITE)
		check->scope = suite->scope;
	place_expectations(decoder, check->expect, check->n_expect);
	place_expectations(decoder, check->control_expect, check->n_control_expect);
	if (!check->when == !check->when_reason)
		return true;
	pos = wk_decode_place(decoder, lonely);
	return wk_pos_err(err, &pos, "expected both 'when' and 'when-reason', found one of them");
}

bool wk_suite_complete(struct wk_decoder *decoder, struct wk_suite *suite, struct wk_err *err)
{
	for (size_t i = 0; i < suite->n_checks; i++) {
		struct wk_check *check = &suite->checks[i];
		struct wk_pos here = wk_decode_place(decoder, check->id);

		for (size_t j = 0; j < i; j++) {
			struct wk_pos there = wk_decode_place(decoder, suite->checks[j].id);

			if (strcmp(check->id, suite->checks[j].id) != 0)
				continue;
			(void)wk_pos_err(err, &here,
				"a second check has the id '%s', the first at %s:%u:%u", check->id,
				there.file, there.line, there.column);
			if (!wk_errors_take(decoder->errors, err))
				return false;
		}
		if (!complete_check(decoder, suite, check, err) &&
			!wk_errors_take(decoder->errors, err))
			return false;
	}
	return true;
}
