#ifndef WOOKIE_REPORT_OWN_H
#define WOOKIE_REPORT_OWN_H

#include "wookie/report/screen.h"

struct cJSON;

/* Says which suites of a run are not the program's own, and where they came from; a line for each place,
 * nothing where there is none. */
void wk_report_own(struct wk_screen *screen, const struct cJSON *run);

#endif
