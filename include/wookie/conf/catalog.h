#ifndef WOOKIE_CONF_CATALOG_H
#define WOOKIE_CONF_CATALOG_H

#include "wookie/base/arena.h"
#include "wookie/model/suite.h"

/* Reads every YAML file of suites/, fixtures/workloads/ and fixtures/faults/ below `datadir`, and
 * fixtures/diagnose.yaml,
 * orders the suites by their `after` and refuses every name that does not exist (suite,
 * check, cause, scratch workload, probe kind, argument), with file:line:column and the nearest
 * name. `probes` and `steps` are the kinds that checks and faults may use. */
bool wk_catalog_load(struct wk_arena *arena, const char *datadir, const struct wk_kind_spec *probes,
	const struct wk_kind_spec *steps, struct wk_catalog *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
