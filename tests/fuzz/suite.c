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
	check_catalog(&decoder, root);
	check_causes(&decoder, root);
	if (wk_decode(&decoder, root, &wk_scratch_table, &scratch, &err) &&
		!wk_scratch_check(&decoder, &scratch, &err) && err.kind != WK_ERR_INPUT)
		abort();
	if (!wk_decode(&decoder, root, &wk_fault_table, &fault, &err) && err.kind != WK_ERR_INPUT)
		abort();
	return 0;
}
