#ifndef WOOKIE_REPORT_DOING_H
#define WOOKIE_REPORT_DOING_H

#include "wookie/report/results.h"

/* What is under way, in words for the live line and the heartbeat: how far the suite is (`suite`
 * where it has checks without a verdict, else the first that has), and which check has run longest.
 * *ret_begun is when that began, as `elapsed` in the log, or 0. NULL where all have a verdict; the
 * caller frees. */
char *wk_doing(const struct wk_results *results, size_t suite, double *ret_begun);

#endif
