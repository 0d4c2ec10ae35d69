#ifndef WOOKIE_RUN_CAUSE_H
#define WOOKIE_RUN_CAUSE_H

#include "wookie/model/suite.h"

#define WK_MAX_ALSO 8

/* The causes that one failed check named, in order. */
struct wk_symptom {
	const char *const *codes;
	size_t n;
	const char *scope; /* of the check: "cluster-b>cluster-a", "cluster-a" or ""; may be NULL */
};

struct wk_likeliest {
	const struct wk_cause *cause;
	size_t explains;   /* so many of the failed checks */
	const char *scope; /* of the first of these that named it; else of the first of them */
	const struct wk_cause
		*also[WK_MAX_ALSO]; /* others that explain as many, or are not told from it */
	size_t n_also;
};

struct cJSON;

/* Adds to `seen`, an object, what one instance of a check (or question) tells of its expectations.
 * `held`: those that held, where it failed. What was skipped tells nothing. */
void wk_cause_see(struct cJSON *seen, const struct wk_check *check, enum wk_verdict verdict,
	const struct cJSON *held);

/* The codes of the causes of which it is told why a check could not be judged; at most `most`. */
size_t wk_cause_told(
	const struct wk_catalog *catalog, const char *reason, const char *codes[], size_t most);

/* Reduces what failed checks named to the likeliest root: a cause that no other named one explains
 * (transitively), that no expectation in `seen` refutes, and that itself explains most of the
 * failures; of several the one that was named first. `seen` may be NULL. False where no cause that
 * is known and not refuted was named. */
bool wk_cause_likeliest(const struct wk_catalog *catalog, const struct cJSON *seen,
	const struct wk_symptom symptoms[], size_t n, struct wk_likeliest *ret);

#endif
