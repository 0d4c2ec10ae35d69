/*
 * Bisect
 *
 * Delta debugging in its plainest form: everything is taken back, which must make the mesh green; then
 * halves of what is suspected are put in alone. The half that makes it red is halved again. Where
 * neither does, what makes it red lies in both, and the search ends with all that is left. One that
 * is found is tried the other way round too: it alone is taken back from the mesh as it was found.
 */
#include "wookie/prove/bisect.h"

#include "wookie/base/mem.h"

#include <string.h>

static bool arrange(
	const struct wk_bisect *bisect, const bool wanted[], bool in[], struct wk_err *err)
{
	/* Back from the newest on, again from the oldest on, as a list of undos wants it. */
	for (size_t i = 0; i < bisect->n; i++) {
		if (!in[i] || wanted[i])
			continue;
		if (!bisect->back(bisect->context, i, err))
			return false;
		in[i] = false;
	}
	for (size_t i = bisect->n; i-- > 0;) {
		if (in[i] || !wanted[i])
			continue;
		if (!bisect->again(bisect->context, i, err))
			return false;
		in[i] = true;
	}
	return true;
}

static enum wk_look look_with(
	const struct wk_bisect *bisect, const bool wanted[], bool in[], struct wk_err *err)
{
	if (!arrange(bisect, wanted, in, err))
		return WK_LOOK_FAILED;
	if (bisect->tell)
		bisect->tell(bisect->context, in, bisect->n);
	return bisect->look(bisect->context, err);
}

static size_t count(const bool set[], size_t n)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += set[i];
	return all;
}

/* The first half of `set`, and what it leaves. */
static void halve(const bool set[], size_t n, bool near[], bool far[])
{
	size_t half = (count(set, n) + 1) / 2;
	size_t taken = 0;

	for (size_t i = 0; i < n; i++) {
		near[i] = set[i] && taken < half;
		far[i] = set[i] && !near[i];
		taken += near[i];
	}
}

/* Narrows `set`, with which alone it is red, until it cannot be halved any more. */
static bool narrow(const struct wk_bisect *bisect, bool set[], bool in[], struct wk_err *err)
{
	size_t n = bisect->n;
	WK_AUTOFREE bool *near = wk_xcalloc(n + 1, sizeof(*near));
	WK_AUTOFREE bool *far = wk_xcalloc(n + 1, sizeof(*far));

	while (count(set, n) > 1) {
		enum wk_look look;
		const bool *red = near;

		halve(set, n, near, far);
		look = look_with(bisect, near, in, err);
		if (look == WK_LOOK_GREEN) {
			red = far;
			look = look_with(bisect, far, in, err);
		}
		if (look == WK_LOOK_FAILED)
			return false;
		if (look == WK_LOOK_GREEN)
			return true;
		memcpy(set, red, n * sizeof(*set));
	}
	return true;
}

/* All but those of `set`, in the mesh as it was found. */
static enum wk_look look_without(
	const struct wk_bisect *bisect, const bool set[], bool in[], struct wk_err *err)
{
	WK_AUTOFREE bool *rest = wk_xcalloc(bisect->n + 1, sizeof(*rest));

	for (size_t i = 0; i < bisect->n; i++)
		rest[i] = !set[i];
	return look_with(bisect, rest, in, err);
}

static bool search(const struct wk_bisect *bisect, bool set[], bool in[], enum wk_culprit *ret_kind,
	struct wk_err *err)
{
	size_t n = bisect->n;
	WK_AUTOFREE bool *none = wk_xcalloc(n + 1, sizeof(*none));
	enum wk_look look = look_with(bisect, none, in, err);

	if (look == WK_LOOK_FAILED)
		return false;
	if (look == WK_LOOK_RED) {
		memset(set, 0, n * sizeof(*set));
		*ret_kind = WK_CULPRIT_NONE;
		return true;
	}
	memset(set, true, n * sizeof(*set));
	if (!narrow(bisect, set, in, err))
		return false;
	if (count(set, n) > 1) {
		*ret_kind = WK_CULPRIT_TOGETHER;
		return true;
	}
	look = n > 1 ? look_without(bisect, set, in, err) : WK_LOOK_GREEN;
	*ret_kind = look == WK_LOOK_GREEN ? WK_CULPRIT_ONE : WK_CULPRIT_AMONG;
	return look != WK_LOOK_FAILED;
}

/* Goes on after an error and reports the first. */
static bool restore(const struct wk_bisect *bisect, bool in[], struct wk_err *err)
{
	struct wk_err one = {0};
	bool ok = true;

	for (size_t i = bisect->n; i-- > 0;) {
		if (in[i])
			continue;
		in[i] = bisect->again(bisect->context, i, &one);
		if (!in[i] && ok)
			*err = one;
		ok = ok && in[i];
	}
	return ok;
}

bool wk_bisect(const struct wk_bisect *bisect, bool ret[], bool in[], enum wk_culprit *ret_kind,
	struct wk_err *err)
{
	struct wk_err late = {0};
	bool ok;

	memset(in, true, bisect->n * sizeof(*in));
	ok = search(bisect, ret, in, ret_kind, err);
	return restore(bisect, in, ok ? err : &late) && ok;
}
