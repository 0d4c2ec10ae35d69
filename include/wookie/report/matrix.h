#ifndef WOOKIE_REPORT_MATRIX_H
#define WOOKIE_REPORT_MATRIX_H

#include "wookie/report/results.h"

/* The detection matrix of a proof inside the report room: faults x checks. */

/* What the instances of a check said under a fault; the worst of them counts. */
enum wk_cell {
	WK_CELL_PASS,
	WK_CELL_SKIP,
	WK_CELL_ERROR,
	WK_CELL_FAIL,   /* though the fault does not name it */
	WK_CELL_NAMED,  /* it failed, as the fault says */
	WK_CELL_MISSED, /* it did not, though the fault names it */
};

struct wk_matrix_row {
	const struct wk_case *c;
	const struct cJSON *fault; /* of its event; NULL where it was not played */
};

struct wk_matrix {
	const struct wk_results *results;
	struct wk_matrix_row *rows;
	size_t n_rows;
	const char **checks; /* "suite.check", suites together */
	size_t n_checks;
	const struct wk_case *
		*pages; /* the cases about expectations; none where not all faults were played */
	size_t n_pages;
};

/* WK_ERR_INPUT where the log is that of a run and not of a proof. Lives as long as the results. */
bool wk_matrix_make(
	const struct wk_results *results, struct wk_matrix *ret, struct wk_err *err) WK_MUST_CHECK;
/* The fault of a row, the check of a page. */
const char *wk_matrix_name(const struct wk_case *c);
/* Whether another suite begins with this column. */
bool wk_matrix_begins_suite(const struct wk_matrix *matrix, size_t at);
enum wk_cell wk_matrix_cell(const struct wk_matrix_row *row, const char *check);
/* "proven", "survived", "quiet" ..., or "not played". */
const char *wk_matrix_verdict(const struct wk_matrix_row *row);
/* Length of a check's suite in "suite.check". */
size_t wk_matrix_suite(const char *check);
/* "52 of 54 faults proven; 9 of 9 variants quiet; 140 of 143 expectations proven". */
void wk_matrix_summary(const struct wk_matrix *matrix, struct wk_buf *out);

#endif
