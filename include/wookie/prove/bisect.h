#ifndef WOOKIE_PROVE_BISECT_H
#define WOOKIE_PROVE_BISECT_H

#include "wookie/base/err.h"

#include <stddef.h>

/* Which of many changes makes a mesh red, found by experiment. No I/O of its own. */
enum wk_look {
	WK_LOOK_GREEN,
	WK_LOOK_RED,
	WK_LOOK_FAILED, /* err says why: interrupted, or nobody could be asked */
};

struct wk_bisect {
	size_t n; /* changes, the likeliest first; all are in the mesh at the begin */
	/* Take one back; put it as it was found. */
	bool (*back)(void *context, size_t at, struct wk_err *err);
	bool (*again)(void *context, size_t at, struct wk_err *err);
	enum wk_look (*look)(void *context, struct wk_err *err);
	/* Told before each look how many of the changes are in the mesh; may be NULL. */
	void (*tell)(void *context, const bool in[], size_t n);
	void *context;
};

enum wk_culprit {
	WK_CULPRIT_ONE,      /* red with it alone, green without it alone */
	WK_CULPRIT_AMONG,    /* red with it alone; without it something else makes it red too */
	WK_CULPRIT_TOGETHER, /* red only with several of them */
	WK_CULPRIT_NONE,     /* red without any of them */
};

/* ret[at]: belongs to what makes it red; in[at]: is in the mesh now, also after an error. Both have room for n.
 * After a success all are as they were found. */
bool wk_bisect(const struct wk_bisect *bisect, bool ret[], bool in[], enum wk_culprit *ret_kind,
	struct wk_err *err) WK_MUST_CHECK;

#endif
