#ifndef WOOKIE_RUN_NEEDS_H
#define WOOKIE_RUN_NEEDS_H

#include "wookie/run/runner.h"

/* The prerequisites of the checks first..last of a plan. */
struct wk_needs;

enum wk_readiness {
	WK_READY,
	WK_NOT_YET,
	WK_BLOCKED, /* *ret_blocker, which it needs, did not pass */
};

struct wk_needs *wk_needs_new(const struct wk_plan *plan, size_t first, size_t last);
void wk_needs_free(struct wk_needs *needs);
WK_DEFINE_AUTO(struct wk_needs *, wk_needs_free);
/* Counts what is done since it was last called; `slots` are those of the whole plan. */
void wk_needs_note(struct wk_needs *needs, const struct wk_slot *slots);
enum wk_readiness wk_needs_of(const struct wk_needs *needs, size_t at, size_t *ret_blocker);

#endif
