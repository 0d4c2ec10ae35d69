#ifndef WOOKIE_PROC_TITLE_H
#define WOOKIE_PROC_TITLE_H

#include "wookie/base/mem.h"

/* What ps(1) shows of this process from now on; cut to the room that the command line and the environment
 * had. The environment moves elsewhere and stays as it is. */
void wk_title_set(const char *fmt, ...) WK_PRINTF(1, 2);

#endif
