#ifndef WOOKIE_FAULT_JOURNAL_H
#define WOOKIE_FAULT_JOURNAL_H

#include "wookie/fault/fault.h"

/* Inside the fault room: the file that says what is injected and how it is taken back.
 *
 * {version: 1, fault, title, since: "2026-11-22T14:33:41Z",
 *  vars: {...}: what "$" expressions of its steps are filled from,
 *  heal: [{kind, args: JSON as text, file, line}],
 *  entries: [{kind: object|pod|created|rule|unruled|shape|stopped, cluster,
 *    what: the object as it was; the words of a rule; a component's name; null}]} */

/* One that names no fault and has no entries. */
struct cJSON *wk_journal_new(void);
void wk_journal_name(struct cJSON *journal, const struct wk_fault *fault, const struct cJSON *vars);
bool wk_journal_write(
	const char *file, const struct cJSON *journal, struct wk_err *err) WK_MUST_CHECK;
/* *ret becomes NULL where there is no such file. What could not be acted upon is refused, with what is
 * odd about it. */
bool wk_journal_read(const char *file, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* Lives as long as the journal. */
struct wk_fault_step wk_journal_step(const struct cJSON *step);

#endif
