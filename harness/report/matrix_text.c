/*
 * The detection matrix as text and as Markdown
 *
 * Sixty checks side by side leave a letter for each: columns are grouped by suite, and what they are
 * called stands below. Markdown has the same grid as a block, since a table of sixty columns can be
 * read nowhere, and then what each fault and each expectation came to.
 */
#include "wookie/report/matrix.h"

#include <cjson/cJSON.h>
#include <string.h>

static char letter(enum wk_cell cell)
{
	static const char letters[] = {[WK_CELL_PASS] = '.',
		[WK_CELL_SKIP] = 's',
		[WK_CELL_ERROR] = 'e',
		[WK_CELL_FAIL] = 'x',
		[WK_CELL_NAMED] = 'X',
		[WK_CELL_MISSED] = 'O'};

	return letters[cell];
}

static int widest_fault(const struct wk_matrix *matrix)
{
	size_t widest = strlen("fault");

	for (size_t i = 0; i < matrix->n_rows; i++) {
		size_t len = strlen(wk_matrix_name(matrix->rows[i].c));

		widest = len > widest ? len : widest;
	}
	return (int)widest;
}

/* Columns count from 1 within their suite; the last digit stands above them. */
static void put_heads(const struct wk_matrix *matrix, int width, struct wk_buf *out)
{
	unsigned column = 0;

	(void)wk_buf_printf(out, "%-*s", width, "fault");
	for (size_t i = 0; i < matrix->n_checks; i++) {
		column = wk_matrix_begins_suite(matrix, i) ? 1 : column + 1;
		(void)wk_buf_printf(out, "%s%u", column == 1 ? "  " : "", column % 10);
	}
	(void)wk_buf_puts(out, "  verdict      cause\n");
}

static void put_row(const struct wk_matrix *matrix, const struct wk_matrix_row *row, int width,
	struct wk_buf *out)
{
	(void)wk_buf_printf(out, "%-*s", width, wk_matrix_name(row->c));
	for (size_t i = 0; i < matrix->n_checks; i++)
		(void)wk_buf_printf(out, "%s%c", wk_matrix_begins_suite(matrix, i) ? "  " : "",
			row->fault ? letter(wk_matrix_cell(row, matrix->checks[i])) : ' ');
	(void)wk_buf_printf(
		out, "  %-12s %s\n", wk_matrix_verdict(row), wk_event_text(row->fault, "got"));
}

static void put_legend(const struct wk_matrix *matrix, struct wk_buf *out)
{
	unsigned column = 0;

	(void)wk_buf_puts(out,
		"\nX failed as the fault names it   x failed besides   O named, but did not "
		"fail   e error   s skipped   . passed\n");
	for (size_t i = 0; i < matrix->n_checks; i++) {
		size_t len = wk_matrix_suite(matrix->checks[i]);

		column = wk_matrix_begins_suite(matrix, i) ? 1 : column + 1;
		if (column == 1)
			(void)wk_buf_printf(out, "\n%.*s:", (int)len, matrix->checks[i]);
		(void)wk_buf_printf(out, " %u %s", column, matrix->checks[i] + len + 1);
	}
	(void)wk_buf_putc(out, '\n');
}

static void put_grid(const struct wk_matrix *matrix, struct wk_buf *out)
{
	int width = widest_fault(matrix);

	put_heads(matrix, width, out);
	for (size_t i = 0; i < matrix->n_rows; i++)
		put_row(matrix, &matrix->rows[i], width, out);
	put_legend(matrix, out);
}

static void put_unproven(const struct wk_matrix *matrix, const char *before, struct wk_buf *out)
{
	for (size_t i = 0; i < matrix->n_pages; i++) {
		const cJSON *that;

		cJSON_ArrayForEach(
			that, cJSON_GetObjectItemCaseSensitive(matrix->pages[i]->event, "proofs"))
		{
			if (!that->child)
				(void)wk_buf_printf(out, "%s%s: %s\n", before,
					wk_matrix_name(matrix->pages[i]), that->string);
		}
	}
}

static bool is_complete(const struct wk_buf *out, struct wk_err *err)
{
	return !out->full ||
	       wk_err_set(err, WK_ERR_SYSTEM, "the matrix is larger than %zu bytes", out->max);
}

bool wk_report_matrix(const struct wk_results *results, struct wk_buf *out, struct wk_err *err)
{
	struct wk_matrix matrix;

	if (!wk_matrix_make(results, &matrix, err))
		return false;
	put_grid(&matrix, out);
	(void)wk_buf_putc(out, '\n');
	wk_matrix_summary(&matrix, out);
	(void)wk_buf_putc(out, '\n');
	put_unproven(&matrix, "  not proven: ", out);
	return is_complete(out, err);
}

/* Text of a Markdown table cell. */
static void put_cell(struct wk_buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("|\\`*_<>[]", *text))
			(void)wk_buf_putc(out, '\\');
		if (*text == '\n')
			(void)wk_buf_putc(out, ' ');
		else
			(void)wk_buf_putc(out, *text);
	}
}

static void put_fault_row(const struct wk_matrix_row *row, struct wk_buf *out)
{
	(void)wk_buf_printf(out, "| %s | ", wk_matrix_name(row->c));
	put_cell(out, row->c->title);
	(void)wk_buf_printf(out, " | %s | %s | %.0f of %.0f | %.1f s | ", wk_matrix_verdict(row),
		wk_event_text(row->fault, "got"), wk_event_seconds(row->fault, "red"),
		wk_event_seconds(row->fault, "of"), row->c->seconds);
	put_cell(out, row->c->reason);
	(void)wk_buf_puts(out, " |\n");
}

static void put_proof_rows(const struct wk_case *page, struct wk_buf *out)
{
	const cJSON *that;

	cJSON_ArrayForEach(that, cJSON_GetObjectItemCaseSensitive(page->event, "proofs"))
	{
		const cJSON *fault;

		(void)wk_buf_printf(out, "| %s | ", wk_matrix_name(page));
		put_cell(out, that->string);
		(void)wk_buf_puts(out, " |");
		cJSON_ArrayForEach(fault, that)(void)
			wk_buf_printf(out, " %s", cJSON_GetStringValue(fault));
		(void)wk_buf_printf(out, "%s |\n", that->child ? "" : " **nothing**");
	}
}

bool wk_report_matrix_markdown(
	const struct wk_results *results, struct wk_buf *out, struct wk_err *err)
{
	struct wk_matrix matrix;

	if (!wk_matrix_make(results, &matrix, err))
		return false;
	(void)wk_buf_puts(out, "# Detection matrix\n\n");
	wk_matrix_summary(&matrix, out);
	(void)wk_buf_puts(out, ".\n\n```\n");
	put_grid(&matrix, out);
	(void)wk_buf_puts(out,
		"```\n\n## Faults\n\n"
		"| fault | what is broken | verdict | likeliest cause | red | took | why |\n"
		"|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < matrix.n_rows; i++)
		put_fault_row(&matrix.rows[i], out);
	if (matrix.n_pages > 0)
		(void)wk_buf_puts(out, "\n## Expectations\n\n| check | expectation | proven by |\n"
				       "|---|---|---|\n");
	for (size_t i = 0; i < matrix.n_pages; i++)
		put_proof_rows(matrix.pages[i], out);
	return is_complete(out, err);
}
