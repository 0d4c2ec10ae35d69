/*
 * What `diagnose` asks
 *
 * A question is a check that is looked at once: it has no time to converge and needs no other, but it
 * has an answer in words, because "172.24.0.2:15443" tells more than a mark. What is kept besides, for
 * whoever looks later, is a probe with a name. The checks of the suites are looked at too, so that what they
 * know is known here as well; only those that take long are left out by name.
 */
#include "wookie/conf/documents.h"

#define ID                                                                               \
	.type = WK_FIELD_TEXT, .need = WK_REQUIRED, .at = offsetof(struct wk_check, id), \
	.pattern = &wk_pattern_name

static const struct wk_field question_fields[] = {
	{.key = "id", .doc = "name of the question; stays the same for ever", ID},
	{.key = "ask",
		.doc = "what is asked, in two or three words",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, title)},
	{.key = "for-each",
		.doc = "what it is asked once for: clusters, links, pairs or the mesh",
		.type = WK_FIELD_WORD,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, scope),
		.words = wk_scope_words},
	{.key = "probe",
		.doc = "what takes the evidence: one kind of probe with its arguments",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, probe),
		.own = &wk_own_probe},
	{.key = "answer",
		.doc = "jq over the evidence that puts it in a few words",
		.type = WK_FIELD_TEXT,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, answer)},
	{.key = "expect",
		.doc = "what must hold of the evidence for it to be well",
		.type = WK_FIELD_MAPS,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, expect),
		.n_at = offsetof(struct wk_check, n_expect),
		.min = 1,
		.table = &wk_expectation_table},
	{.key = "without-api",
		.doc = "whether it can be judged while the API server of the cluster it is about "
		       "is silent; default: false",
		.type = WK_FIELD_BOOL,
		.at = offsetof(struct wk_check, without_api)},
	{.key = "when",
		.doc = "jq over derived values; it is not asked where it is false",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_check, when)},
	{.key = "when-reason",
		.doc = "why it is not asked then",
		.type = WK_FIELD_TEXT,
		.at = offsetof(struct wk_check, when_reason)},
	{0},
};

static const struct wk_table question_table = {
	.fields = question_fields,
	.size = sizeof(struct wk_check),
	.pos_at = offsetof(struct wk_check, pos),
};

static const struct wk_field kept_fields[] = {
	{.key = "keep", .doc = "name of the file in the bundle", ID},
	{.key = "for-each",
		.doc = "what it is kept once for: clusters, links, pairs or the mesh",
		.type = WK_FIELD_WORD,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, scope),
		.words = wk_scope_words},
	{.key = "probe",
		.doc = "what brings it: one kind of probe with its arguments",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_check, probe),
		.own = &wk_own_probe},
	{0},
};

static const struct wk_table kept_table = {
	.fields = kept_fields,
	.size = sizeof(struct wk_check),
	.pos_at = offsetof(struct wk_check, pos),
};

static const struct wk_field diagnosis_fields[] = {
	{.key = "version",
		.doc = "version of this format: 1",
		.type = WK_FIELD_OWN,
		.need = WK_REQUIRED,
		.own = &wk_own_version},
	{.key = "questions",
		.doc = "what is asked, in the order of the screen",
		.type = WK_FIELD_MAPS,
		.need = WK_REQUIRED,
		.at = offsetof(struct wk_diagnosis_file, questions.checks),
		.n_at = offsetof(struct wk_diagnosis_file, questions.n_checks),
		.min = 1,
		.table = &question_table},
	{.key = "leaves-out",
		.doc = "checks of the suites that are not looked at, because they take long where "
		       "nobody answers; all others are that make nothing and need no scratch",
		.type = WK_FIELD_TEXTS,
		.at = offsetof(struct wk_diagnosis_file, unlooked),
		.n_at = offsetof(struct wk_diagnosis_file, n_unlooked),
		.pattern = &wk_pattern_check},
	{.key = "state",
		.doc = "what the bundle keeps besides the evidence of the questions",
		.type = WK_FIELD_MAPS,
		.at = offsetof(struct wk_diagnosis_file, state.checks),
		.n_at = offsetof(struct wk_diagnosis_file, state.n_checks),
		.table = &kept_table},
	{0},
};

const struct wk_table wk_diagnosis_table = {
	.fields = diagnosis_fields,
	.size = sizeof(struct wk_diagnosis_file),
};
