#ifndef WOOKIE_RUN_CAUSE_H
#define WOOKIE_RUN_CAUSE_H

#include "wookie/model/suite.h"

#define WK_MAX_ALSO 8

/* The causes that one failed check named, in order. */
struct wk_symptom {
	const char *const *codes;
	size_t n;
};

struct wk_likeliest {
	const struct wk_cause *cause;
	size_t explains; /* so many of the failed checks */
	const struct wk_cause
		*also[WK_MAX_ALSO]; /* others that explain as many, or are not told from it */
	size_t n_also;
};

/* Reduces what failed checks named to the likeliest root: a cause that no other named one explains
 * (transitively), and that itself explains most of the failures; of several the one that was named
 * first. False where no known cause was named. */
bool wk_cause_likeliest(const struct wk_catalog *catalog, const struct wk_symptom symptoms[],
	size_t n, struct wk_likeliest *ret);

#endif
