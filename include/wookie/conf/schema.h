#ifndef WOOKIE_CONF_SCHEMA_H
#define WOOKIE_CONF_SCHEMA_H

#include "wookie/base/buf.h"
#include "wookie/model/suite.h"

/* A JSON Schema (draft-07) made from the tables that decode. `which` is "topology", "suite",
 * "fault", "causes", "scratch" or "diagnose"; anything else is a WK_ERR_INPUT that lists them. */
bool wk_schema_write(const char *which, const struct wk_kind_spec *probes,
	const struct wk_kind_spec *steps, struct wk_buf *out, struct wk_err *err) WK_MUST_CHECK;

#endif
