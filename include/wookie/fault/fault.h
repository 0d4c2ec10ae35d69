#ifndef WOOKIE_FAULT_FAULT_H
#define WOOKIE_FAULT_FAULT_H

#include "wookie/mesh/access.h"
#include "wookie/model/suite.h"

#include <sys/types.h>

/* Faults on the real mesh. A fault is data (fixtures/faults/); each step is a row of the table
 * in harness/fault/table.c. What a step changes is remembered in an undo list as it is done, so that
 * `restore` (a step of its own, or wk_undo_all() after an error) puts everything back in reverse.
 *
 * A step that finds nothing to change is void: an error, because a fault that did nothing proves
 * nothing. */
struct wk_fault_env {
	struct wk_access *access;
	/* pid of a component of a node ("kubelet"), any of them for NULL; 0: none. */
	pid_t (*component_pid)(void *context, const char *cluster, const char *component);
	void *context;
	wk_nsec deadline;
};

/* What was changed, and how to take it back. */
struct wk_undo;
struct wk_undo *wk_undo_new(void);
/* Forgets; puts nothing back. */
void wk_undo_free(struct wk_undo *undo);
WK_DEFINE_AUTO(struct wk_undo *, wk_undo_free);

/* From now on everything is in this file before it is done, and how `fault` is healed: whoever comes after
 * a crash reads it with wk_undo_load(). Steps are filled from `vars`. */
bool wk_undo_keep(struct wk_undo *undo, const char *file, const struct wk_fault *fault,
	const struct cJSON *vars, struct wk_err *err) WK_MUST_CHECK;
/* *ret becomes NULL where there is no such file: nothing is injected. A damaged one is an error. */
bool wk_undo_load(const char *file, struct wk_undo **ret, struct wk_err *err) WK_MUST_CHECK;
/* Which fault it is of, and when that was injected ("2026-11-22T14:33:41Z"). */
const char *wk_undo_fault(const struct wk_undo *undo);
const char *wk_undo_since(const struct wk_undo *undo);

/* Whether a step ended because there was nothing to change. */
bool wk_fault_is_void(const struct wk_err *err);

/* All kinds of steps, sorted by name, for conf and the schema; ends with a NULL name. */
const struct wk_kind_spec *wk_fault_specs(void);

/* Runs steps in order; `vars` gives the "$" expressions their values. Stops at the first that does not
 * succeed, what it did stays in `undo`. */
bool wk_fault_steps(const struct wk_fault_env *env, const struct wk_fault_step steps[], size_t n,
	const struct cJSON *vars, struct wk_undo *undo, struct wk_err *err) WK_MUST_CHECK;
/* Puts back what is remembered, newest first; goes on after an error and reports the first. What could not
 * be put back stays remembered. */
bool wk_undo_all(
	const struct wk_fault_env *env, struct wk_undo *undo, struct wk_err *err) WK_MUST_CHECK;
/* One entry of the list, which is forgotten when it is back. */
bool wk_undo_one(const struct wk_fault_env *env, struct wk_undo *undo, const struct cJSON *entry,
	struct wk_err *err) WK_MUST_CHECK;

/* What somebody else changed ({cluster, layer, what, name, before?, after?, patch?: what makes `after` into
 * `before`}), taken back for a while. Whether it is known how: */
bool wk_turn_can(const struct cJSON *change);
/* *ret_entry, for wk_undo_one(), puts it as it was found. */
bool wk_turn_back(const struct wk_fault_env *env, const struct cJSON *change, struct wk_undo *undo,
	const struct cJSON **ret_entry, struct wk_err *err) WK_MUST_CHECK;
/* The fault's own steps that heal it, then whatever is left; the file is removed when all is back. May be
 * repeated. */
bool wk_undo_heal(
	const struct wk_fault_env *env, struct wk_undo *undo, struct wk_err *err) WK_MUST_CHECK;

#endif
