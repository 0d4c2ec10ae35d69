#ifndef WOOKIE_REPORT_BLOCK_H
#define WOOKIE_REPORT_BLOCK_H

#include "wookie/report/results.h"
#include "wookie/report/screen.h"

/* The pieces that the console prints when something is over. */

/* One check on one line; a flaky one has a second that says how often it broke. */
void wk_block_check(struct wk_screen *screen, const struct wk_results *results,
	const struct wk_case *c, unsigned indent);
/* A red testcase in full, at most 15 lines. */
void wk_block_red(
	struct wk_screen *screen, const struct wk_results *results, const struct wk_case *c);
/* A suite's line: how many of its checks passed, and `seconds`. */
void wk_block_suite(
	struct wk_screen *screen, const struct wk_results *results, size_t suite, double seconds);
/* Its checks that did not pass, or were flaky; with `all`, the others too. */
enum wk_block_checks { WK_BLOCK_PROBLEMS, WK_BLOCK_ALL };
void wk_block_checks(struct wk_screen *screen, const struct wk_results *results, size_t suite,
	enum wk_block_checks which);
/* What stands at the end of a run: counts, the helloworld sentence, the likeliest cause. Only of
 * closed results. */
void wk_block_summary(struct wk_screen *screen, const struct wk_results *results);

#endif
