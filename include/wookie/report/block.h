#ifndef WOOKIE_REPORT_BLOCK_H
#define WOOKIE_REPORT_BLOCK_H

#include "wookie/report/results.h"
#include "wookie/report/screen.h"

/* The pieces that the console prints when something is over. */

/* One check on one line; a flaky one has a second that says how often it broke. */
void wk_block_check(struct wk_screen *screen, const struct wk_results *results,
	const struct wk_case *c, unsigned indent);
/* A red testcase in full, at most 15 lines; on one line where it is an error for the same reason as
 * `before`, the red testcase printed last (may be NULL). */
void wk_block_red(struct wk_screen *screen, const struct wk_results *results,
	const struct wk_case *c, const struct wk_case *before);
/* A suite's line: how many of its checks passed, and `seconds`. */
void wk_block_suite(
	struct wk_screen *screen, const struct wk_results *results, size_t suite, double seconds);
/* Its checks that did not pass, or were flaky; with `all`, the others too. */
enum wk_block_checks { WK_BLOCK_PROBLEMS, WK_BLOCK_ALL };
void wk_block_checks(struct wk_screen *screen, const struct wk_results *results, size_t suite,
	enum wk_block_checks which);
/* The round that is over, or was cut off: how many of its checks passed, and `seconds`. */
void wk_block_round(struct wk_screen *screen, const struct wk_results *results, double seconds);
/* Its checks that did not pass. */
void wk_block_round_checks(struct wk_screen *screen, const struct wk_results *results);
/* Pieces of lines: the mark of a verdict, ", 3 skipped", "and 7 more skipped". */
void wk_block_mark(const struct wk_screen *screen, struct wk_buf *line, enum wk_verdict verdict);
void wk_block_note(struct wk_buf *line, size_t n, const char *what);
void wk_block_rest(struct wk_screen *screen, size_t n, const char *what);
/* What stands at the end of a run: counts, the helloworld sentence, the likeliest cause. Only of
 * closed results. */
void wk_block_summary(struct wk_screen *screen, const struct wk_results *results);

#endif
