#ifndef WOOKIE_BASE_SUGGEST_H
#define WOOKIE_BASE_SUGGEST_H

#include <stddef.h>

/* The candidate that `word` was most likely meant to be, or NULL when none is near (more than a
 * third of its letters differ). Candidates may hold NULLs, which are passed over. */
const char *wk_suggest(const char *word, const char *const candidates[], size_t n);

#endif
