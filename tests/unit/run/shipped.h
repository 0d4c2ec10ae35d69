#ifndef TESTS_RUN_SHIPPED_H
#define TESTS_RUN_SHIPPED_H

#include "wookie/conf/catalog.h"
#include "wookie/fault/fault.h"
#include "wookie/probe/probe.h"

#include <criterion/criterion.h>

/* The suites, causes and faults as they are in this source tree. */
static inline void load_shipped(struct wk_arena *arena, struct wk_catalog *ret)
{
	struct wk_err err = {0};

	cr_assert(wk_catalog_load(arena,
			  &(struct wk_catalog_source){.datadir = WK_SOURCEDIR,
				  .probes = wk_probe_specs(),
				  .steps = wk_fault_specs()},
			  ret, &err),
		"%s", err.msg);
}

#endif
