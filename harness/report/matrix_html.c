/*
 * The detection matrix as a page
 *
 * One file without anything to load: the grid with its heads always in sight, what each cell means on
 * hovering, and below it what each expectation is proven by. Every text passes the entity table.
 */
#include "wookie/report/matrix.h"
#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <string.h>

static const struct {
	const char *class;
	const char *letter;
	const char *words;
} looks[] = {
	[WK_CELL_PASS] = {"p", "", "passed"},
	[WK_CELL_SKIP] = {"s", "s", "skipped"},
	[WK_CELL_ERROR] = {"e", "e", "could not be judged"},
	[WK_CELL_FAIL] = {"f", "x", "failed besides"},
	[WK_CELL_NAMED] = {"n", "X", "failed, as the fault names it"},
	[WK_CELL_MISSED] = {"m", "O", "did not fail, though the fault names it"},
};

static const char style[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width\">"
	"<title>Detection matrix</title><style>\n"
	":root{color-scheme:light dark;--line:#8884;--back:Canvas}\n"
	"body{font:14px system-ui,sans-serif;margin:1.5rem}\n"
	"table{border-collapse:separate;border-spacing:0}\n"
	".grid{overflow:auto;max-height:85vh;border:1px solid var(--line)}\n"
	".grid th,.grid td{border-bottom:1px solid var(--line);height:1.5em;padding:0 .15em}\n"
	".grid thead th{position:sticky;top:0;background:var(--back);vertical-align:bottom;"
	"z-index:1}\n"
	".grid thead th span{writing-mode:vertical-rl;transform:rotate(180deg);"
	"font-weight:normal;white-space:nowrap;padding:.3em 0}\n"
	".grid tbody th{position:sticky;left:0;background:var(--back);text-align:left;"
	"white-space:nowrap;padding-right:.8em;font-weight:normal}\n"
	".grid td{text-align:center;min-width:1.3em}\n"
	".first{border-left:2px solid var(--line)}\n"
	".n{background:#c0392b;color:#fff}.f{background:#e6a19a;color:#000}"
	".e{background:#8e44ad;color:#fff}.s{color:#888}.m{background:#f1c40f;color:#000;"
	"font-weight:bold}\n"
	".good{color:#27863a}.bad{color:#c0392b;font-weight:bold}\n"
	".list td,.list th{border-bottom:1px solid var(--line);padding:.25em .8em .25em 0;"
	"text-align:left;vertical-align:top}\n"
	"</style></head><body>\n<h1>Detection matrix</h1>\n";

static void put_head(const struct wk_matrix *matrix, struct wk_buf *out)
{
	(void)wk_buf_puts(out, "<div class=\"grid\"><table><thead><tr><th>fault</th>"
			       "<th>verdict</th><th>cause</th>");
	for (size_t i = 0; i < matrix->n_checks; i++) {
		(void)wk_buf_printf(out, "<th%s><span>",
			wk_matrix_begins_suite(matrix, i) ? " class=\"first\"" : "");
		(void)wk_text_markup(out, matrix->checks[i]);
		(void)wk_buf_puts(out, "</span></th>");
	}
	(void)wk_buf_puts(out, "</tr></thead><tbody>\n");
}

static void put_tags(struct wk_buf *out, const char *open, const char *text, const char *close)
{
	(void)wk_buf_puts(out, open);
	(void)wk_text_markup(out, text);
	(void)wk_buf_puts(out, close);
}

static void put_row(
	const struct wk_matrix *matrix, const struct wk_matrix_row *row, struct wk_buf *out)
{
	put_tags(out, "<tr><th title=\"", row->c->title, "\">");
	put_tags(out, "", wk_matrix_name(row->c), "</th>");
	put_tags(out, "<td title=\"", row->c->reason, "\"");
	(void)wk_buf_printf(out, " class=\"%s\">", row->c->verdict == WK_PASS ? "good" : "bad");
	put_tags(out, "", wk_matrix_verdict(row), "</td>");
	put_tags(out, "<td>", wk_event_text(row->fault, "got"), "</td>");
	for (size_t i = 0; row->fault && i < matrix->n_checks; i++) {
		enum wk_cell cell = wk_matrix_cell(row, matrix->checks[i]);

		(void)wk_buf_printf(out, "<td class=\"%s%s\" title=\"", looks[cell].class,
			wk_matrix_begins_suite(matrix, i) ? " first" : "");
		put_tags(out, "", matrix->checks[i], "");
		(void)wk_buf_printf(out, " %s\">%s</td>", looks[cell].words, looks[cell].letter);
	}
	(void)wk_buf_puts(out, "</tr>\n");
}

static void put_page(const struct wk_case *page, struct wk_buf *out)
{
	const cJSON *that;

	cJSON_ArrayForEach(that, cJSON_GetObjectItemCaseSensitive(page->event, "proofs"))
	{
		const cJSON *fault;

		put_tags(out, "<tr><td>", wk_matrix_name(page), "</td>");
		put_tags(out, "<td>", that->string, "</td><td>");
		cJSON_ArrayForEach(fault, that) put_tags(out, "", cJSON_GetStringValue(fault), " ");
		(void)wk_buf_printf(out, "%s</td></tr>\n",
			that->child ? "" : "<span class=\"bad\">nothing</span>");
	}
}

bool wk_report_matrix_html(const struct wk_results *results, struct wk_buf *out, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) summary = WK_BUF_INIT(256);
	struct wk_matrix matrix;

	if (!wk_matrix_make(results, &matrix, err))
		return false;
	wk_matrix_summary(&matrix, &summary);
	(void)wk_buf_puts(out, style);
	put_tags(out, "<p>", wk_buf_str(&summary), ".</p>\n");
	put_head(&matrix, out);
	for (size_t i = 0; i < matrix.n_rows; i++)
		put_row(&matrix, &matrix.rows[i], out);
	(void)wk_buf_puts(out, "</tbody></table></div>\n");
	if (matrix.n_pages > 0)
		(void)wk_buf_puts(out,
			"<h2>Expectations</h2>\n<table class=\"list\"><tr><th>check</th>"
			"<th>expectation</th><th>proven by</th></tr>\n");
	for (size_t i = 0; i < matrix.n_pages; i++)
		put_page(matrix.pages[i], out);
	(void)wk_buf_printf(out, "%s</body></html>\n", matrix.n_pages > 0 ? "</table>\n" : "");
	return !out->full ||
	       wk_err_set(err, WK_ERR_SYSTEM, "the matrix is larger than %zu bytes", out->max);
}
