#ifndef WOOKIE_CONF_CATALOG_H
#define WOOKIE_CONF_CATALOG_H

#include "wookie/base/arena.h"
#include "wookie/model/suite.h"

/* Where a catalog comes from. */
struct wk_catalog_source {
	const char *datadir;    /* suites/ and fixtures/ */
	const char *const *own; /* folders of further suites, or single files of them */
	size_t n_own;
	const struct wk_kind_spec *probes; /* the kinds that checks and faults may use */
	const struct wk_kind_spec *steps;
	struct wk_errors *errors; /* collects all that is wrong; NULL: the first is returned */
};

/* Reads every YAML file of suites/, fixtures/workloads/, fixtures/faults/ and
 * fixtures/variants/ below `datadir`, and fixtures/diagnose.yaml; then, after them, the suites of `own` and the causes.yaml that may stand
 * beside them. Nothing that is there already can be named again: what is one's own adds, and replaces
 * nothing. Orders the suites by their `after` and refuses every name that does not exist (suite,
 * check, cause, scratch workload, probe kind, argument), with file:line:column and the nearest
 * name. With `errors`, false and an `err` that was told already mean that something was wrong; names are
 * looked up only where every file could be read. */
bool wk_catalog_load(struct wk_arena *arena, const struct wk_catalog_source *source,
	struct wk_catalog *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
