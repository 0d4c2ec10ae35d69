/*
 * The detection matrix
 *
 * Which check is red under which fault or variant, as the events of a proof tell it. Columns are checks, not
 * their instances: a fault breaks one cluster or pair, and a check sees it when any instance does.
 */
#include "wookie/report/matrix.h"

#include <cjson/cJSON.h>
#include <string.h>

static void add_check(struct wk_matrix *matrix, const char *id)
{
	struct wk_arena *arena = matrix->results->arena;
	const char *name = wk_arena_strndup(arena, id, strcspn(id, "["));

	for (size_t i = 0; i < matrix->n_checks; i++)
		if (strcmp(matrix->checks[i], name) == 0)
			return;
	matrix->checks = wk_arena_grow(arena, matrix->checks, matrix->n_checks, sizeof(char *));
	matrix->checks[matrix->n_checks++] = name;
}

size_t wk_matrix_suite(const char *check)
{
	return strcspn(check, ".");
}

/* Keeps the order in which suites came, and that of checks within each. */
static void gather_suites(struct wk_matrix *matrix)
{
	const char **sorted =
		wk_arena_alloc(matrix->results->arena, matrix->n_checks + 1, sizeof(*sorted));
	size_t n = 0;

	for (size_t i = 0; i < matrix->n_checks; i++) {
		const char *first = matrix->checks[i];
		size_t len = first ? wk_matrix_suite(first) + 1 : 0;

		for (size_t j = i; first && j < matrix->n_checks; j++) {
			if (!matrix->checks[j] || strncmp(matrix->checks[j], first, len) != 0)
				continue;
			sorted[n++] = matrix->checks[j];
			matrix->checks[j] = NULL;
		}
	}
	matrix->checks = sorted;
}

static void add_row(struct wk_matrix *matrix, const struct wk_case *c)
{
	struct wk_arena *arena = matrix->results->arena;
	const cJSON *fault = cJSON_GetObjectItemCaseSensitive(c->event, "fault");
	const cJSON *item;

	matrix->rows = wk_arena_grow(arena, matrix->rows, matrix->n_rows, sizeof(*matrix->rows));
	matrix->rows[matrix->n_rows++] = (struct wk_matrix_row){c, fault};
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(fault, "fails"))
		add_check(matrix, item->string);
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(fault, "checks"))
		add_check(matrix, item->string);
}

const char *wk_matrix_name(const struct wk_case *c)
{
	const char *dot = strchr(c->id, '.');

	return dot ? dot + 1 : c->id;
}

static void add_page(struct wk_matrix *matrix, const struct wk_case *c)
{
	matrix->pages = wk_arena_grow(
		matrix->results->arena, matrix->pages, matrix->n_pages, sizeof(struct wk_case *));
	matrix->pages[matrix->n_pages++] = c;
	add_check(matrix, wk_matrix_name(c));
}

static bool is_of(const struct wk_results *results, const struct wk_case *c, const char *suite)
{
	return !c->synthetic && strcmp(results->suites[c->suite].name, suite) == 0;
}

bool wk_matrix_begins_suite(const struct wk_matrix *matrix, size_t at)
{
	size_t len = wk_matrix_suite(matrix->checks[at]) + 1;

	return at == 0 || strncmp(matrix->checks[at - 1], matrix->checks[at], len) != 0;
}

static bool is_play(const struct wk_results *results, const struct wk_case *c)
{
	return is_of(results, c, "faults") || is_of(results, c, "variants");
}

bool wk_results_is_proof(const struct wk_results *results)
{
	for (size_t i = 0; i < results->n_cases; i++)
		if (is_play(results, &results->cases[i]))
			return true;
	return false;
}

bool wk_matrix_make(const struct wk_results *results, struct wk_matrix *ret, struct wk_err *err)
{
	*ret = (struct wk_matrix){.results = results};
	for (size_t i = 0; i < results->n_cases; i++)
		if (is_of(results, &results->cases[i], "expectations"))
			add_page(ret, &results->cases[i]);
	for (size_t i = 0; i < results->n_cases; i++)
		if (is_play(results, &results->cases[i]))
			add_row(ret, &results->cases[i]);
	gather_suites(ret);
	return wk_results_is_proof(results) ||
	       wk_err_set(err, WK_ERR_INPUT,
		       "there is no matrix: this is the log of a run, not of a proof");
}

static bool is_instance(const char *id, const char *check)
{
	size_t len = strcspn(id, "[");

	return strlen(check) == len && strncmp(id, check, len) == 0;
}

static enum wk_cell cell_of(const char *verdict)
{
	if (strcmp(verdict, wk_verdict_name(WK_FAIL)) == 0)
		return WK_CELL_FAIL;
	return strcmp(verdict, wk_verdict_name(WK_SKIP)) == 0 ? WK_CELL_SKIP : WK_CELL_ERROR;
}

enum wk_cell wk_matrix_cell(const struct wk_matrix_row *row, const char *check)
{
	const cJSON *fails = cJSON_GetObjectItemCaseSensitive(row->fault, "fails");
	bool named = cJSON_GetObjectItemCaseSensitive(fails, check) != NULL;
	enum wk_cell worst = WK_CELL_PASS;
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(row->fault, "checks"))
	{
		enum wk_cell cell = cell_of(wk_event_text(item, "verdict"));

		if (is_instance(item->string, check) && cell > worst)
			worst = cell;
	}
	if (!named)
		return worst;
	return worst == WK_CELL_FAIL ? WK_CELL_NAMED : WK_CELL_MISSED;
}

const char *wk_matrix_verdict(const struct wk_matrix_row *row)
{
	return row->fault ? wk_event_text(row->fault, "verdict") : "not played";
}

/* "52 of 54 faults proven", where there are any; `before` stands in front. */
static const char *put_plays(const struct wk_matrix *matrix, const char *suite,
	const char *good_word, const char *before, struct wk_buf *out)
{
	size_t good = 0;
	size_t n = 0;

	for (size_t i = 0; i < matrix->n_rows; i++) {
		bool counts = is_of(matrix->results, matrix->rows[i].c, suite);

		n += counts;
		good += counts && matrix->rows[i].c->verdict == WK_PASS;
	}
	if (n == 0)
		return before;
	(void)wk_buf_printf(out, "%s%zu of %zu %s %s", before, good, n, suite, good_word);
	return "; ";
}

void wk_matrix_summary(const struct wk_matrix *matrix, struct wk_buf *out)
{
	size_t proven = 0;
	size_t all = 0;
	const char *before = put_plays(matrix, "faults", "proven", "", out);

	(void)put_plays(matrix, "variants", "quiet", before, out);
	for (size_t i = 0; i < matrix->n_pages; i++) {
		const cJSON *that;

		cJSON_ArrayForEach(
			that, cJSON_GetObjectItemCaseSensitive(matrix->pages[i]->event, "proofs"))
		{
			all++;
			proven += that->child != NULL;
		}
	}
	if (all > 0)
		(void)wk_buf_printf(out, "; %zu of %zu expectations proven", proven, all);
}
