#ifndef WOOKIE_BASE_LOG_H
#define WOOKIE_BASE_LOG_H

#include "wookie/base/err.h"

/* Debug lines on stderr, shown with -v. */
void wk_log_set_verbose(bool verbose);
void wk_debug(const char *fmt, ...) WK_PRINTF(1, 2);

#endif
