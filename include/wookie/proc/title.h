#ifndef WOOKIE_PROC_TITLE_H
#define WOOKIE_PROC_TITLE_H

#include "wookie/base/mem.h"

/* At the very start: moves arguments and environment elsewhere, because titles are written where they lie.
 * Returns the arguments to use from now on. */
char **wk_title_prepare(char **argv);
/* What ps(1) shows of this process from now on; cut to the room that arguments and environment had. Does
 * nothing in a program that was not prepared for it. */
void wk_title_set(const char *fmt, ...) WK_PRINTF(1, 2);

#endif
