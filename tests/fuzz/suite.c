/* Any bytes as each of the documents of the catalog, with kinds that have all types of argument. */
#include "../unit/conf/kinds.h"
#include "wookie/conf/documents.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_catalog(struct wk_decoder *decoder, const struct wk_node *root)
{
	struct wk_catalog catalog = {.n_suites = 1};
	struct wk_suite suite;
	struct wk_err err;

	if (!wk_decode(decoder, root, &wk_suite_table, &suite, &err) ||
		!wk_suite_complete(decoder, &suite, &err))
		return;
	catalog.suites = &suite;
	if (wk_catalog_order(decoder, &catalog, &err) &&
		!wk_catalog_check_names(decoder, &catalog, &err) && err.kind != WK_ERR_INPUT)
		abort();
}

static void count(void *context, const struct wk_err *err)
{
	(void)context;
	if (err->kind != WK_ERR_INPUT || !*err->msg)
		abort();
}

/* As lint reads it: all that is wrong, where and only where the first would have been. */
static void lint(struct wk_arena *arena, const struct wk_node *root, const struct wk_table *table)
{
	union {
		struct wk_suite suite;
		struct wk_causes causes;
		struct wk_scratch scratch;
		struct wk_fault fault;
	} out;
	struct wk_errors errors = {.tell = count};
	struct wk_decoder first = {.arena = arena, .probes = test_probes, .steps = test_steps};
	struct wk_decoder all = first;
	struct wk_err err;
	bool ok = wk_decode(&first, root, table, &out, &err);

	all.errors = &errors;
	if (!wk_decode(&all, root, table, &out, &err))
		count(NULL, &err);
	else if (ok != (errors.n == 0))
		abort();
}

/* Names that lead nowhere, all of them. */
static void lint_names(struct wk_arena *arena, const struct wk_node *root)
{
	struct wk_errors errors = {.tell = count};
	struct wk_decoder decoder = {
		.arena = arena, .probes = test_probes, .steps = test_steps, .errors = &errors};
	struct wk_catalog catalog = {.n_suites = 1};
	struct wk_suite suite;
	struct wk_err err;

	if (!wk_decode(&decoder, root, &wk_suite_table, &suite, &err) || errors.n > 0 ||
		!wk_suite_complete(&decoder, &suite, &err) || errors.n > 0)
		return;
	catalog.suites = &suite;
	if (wk_catalog_order(&decoder, &catalog, &err))
		(void)!wk_catalog_check_names(&decoder, &catalog, &err);
}

static void check_causes(struct wk_decoder *decoder, const struct wk_node *root)
{
	struct wk_catalog catalog = {0};
	struct wk_causes causes;
	struct wk_err err;

	if (!wk_decode(decoder, root, &wk_causes_table, &causes, &err))
		return;
	catalog.causes = causes.causes;
	catalog.n_causes = causes.n_causes;
	if (!wk_catalog_check_names(decoder, &catalog, &err) && err.kind != WK_ERR_INPUT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_decoder decoder = {.arena = arena, .probes = test_probes, .steps = test_steps};
	struct wk_scratch scratch;
	struct wk_fault fault;
	struct wk_node *root;
	struct wk_err err;

	if (!wk_yaml_parse(arena, "input", (const char *)data, size, &root, &err))
		return 0;
	lint(arena, root, &wk_suite_table);
	lint(arena, root, &wk_causes_table);
	lint(arena, root, &wk_scratch_table);
	lint(arena, root, &wk_fault_table);
	lint_names(arena, root);
	check_catalog(&decoder, root);
	check_causes(&decoder, root);
	if (wk_decode(&decoder, root, &wk_scratch_table, &scratch, &err) &&
		!wk_scratch_check(&decoder, &scratch, &err) && err.kind != WK_ERR_INPUT)
		abort();
	if (!wk_decode(&decoder, root, &wk_fault_table, &fault, &err) && err.kind != WK_ERR_INPUT)
		abort();
	return 0;
}
