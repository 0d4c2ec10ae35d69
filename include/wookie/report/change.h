#ifndef WOOKIE_REPORT_CHANGE_H
#define WOOKIE_REPORT_CHANGE_H

#include "wookie/report/screen.h"

struct cJSON;

/* One line about a `suspect` event; the caller frees. */
char *wk_change_text(const struct cJSON *change);
/* The same with the fields that differ and the command that takes it back. */
void wk_change_print(struct wk_screen *screen, const struct cJSON *change);

#endif
