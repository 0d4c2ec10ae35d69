#ifndef WOOKIE_PROC_INTERRUPT_H
#define WOOKIE_PROC_INTERRUPT_H

#include "wookie/base/err.h"

/* SIGINT, SIGTERM and SIGHUP are counted, not acted on: everything that waits looks here and winds
 * up in order. The second one hurries (see wk_interrupt_count). SIGPIPE is ignored. */
void wk_interrupt_catch(void);
/* How many came so far; 0 also where nothing catches them. */
int wk_interrupt_count(void);
/* Readable once a signal came, for poll(2); -1 before wk_interrupt_catch(). */
int wk_interrupt_fd(void);
/* True, and err is WK_ERR_INTERRUPTED, when one came. */
bool wk_interrupted(struct wk_err *err);
/* In a forked child: signals end it again. */
void wk_interrupt_release(void);

#endif
