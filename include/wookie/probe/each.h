#ifndef WOOKIE_PROBE_EACH_H
#define WOOKIE_PROBE_EACH_H

#include "wookie/probe/probe.h"

/* Where the argument at a path ("host", or "from.name" within an object) is a list, asks for each of its
 * elements in its place, and yields the evidence of all ("wookie/model/evidence.h"); that of a single
 * one as it is. */
bool wk_probe_each(const struct wk_probe_env *env, const struct cJSON *args, const char *path,
	wk_probe_fn *one, struct cJSON **ret_evidence, struct wk_err *err) WK_MUST_CHECK;
/* The arguments with one of such a list in its place: `whose`, or the first where that is NULL or none of
 * them; null where it is empty. The caller deletes them. */
struct cJSON *wk_probe_one(const struct cJSON *args, const char *path, const char *whose);
/* Adds what one of several said to a list, {"of": name} before it; `evidence` changes hands. */
void wk_each_add(struct cJSON *list, const char *of, struct cJSON *evidence);
/* {"each": list}, or the only element without its "of". Takes the list over. */
struct cJSON *wk_each_take(struct cJSON *list);

#endif
