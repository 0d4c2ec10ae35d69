#ifndef WOOKIE_BASE_NUM_H
#define WOOKIE_BASE_NUM_H

#include "wookie/base/clock.h"
#include "wookie/base/err.h"

#include <stdint.h>

/* The only places where text becomes a number. All refuse signs, spaces, trailing text and
 * overflow, with a WK_ERR_INPUT message of the form "expected ..., found '...'". */
bool wk_num_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret,
	struct wk_err *err) WK_MUST_CHECK;
/* "4e-11": one digit, perhaps a fraction, and how far behind the point; from 1e-99 to `max`. */
bool wk_chance_parse(const char *text, double max, double *ret, struct wk_err *err) WK_MUST_CHECK;
/* "250ms", "30s", "2m", "1h", also "1.5s". */
bool wk_duration_parse(const char *text, wk_nsec *ret, struct wk_err *err) WK_MUST_CHECK;
/* "2026-11-22T14:33:41Z", or with an offset such as +01:00 (RFC 3339), as seconds since 1970; a
 * fraction is dropped. */
bool wk_date_parse(const char *text, int64_t *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
