#ifndef WOOKIE_CONF_DOCUMENTS_H
#define WOOKIE_CONF_DOCUMENTS_H

#include "wookie/conf/decode.h"
#include "wookie/model/topology.h"

/* The tables of all documents, for those who read them and for the schema. Inside conf only. */

/* All of suites/causes.yaml. */
struct wk_causes {
	struct wk_cause *causes;
	size_t n_causes;
};

extern const struct wk_table wk_topology_table; /* struct wk_topology */
extern const struct wk_table wk_suite_table;    /* struct wk_suite */
extern const struct wk_table wk_fault_table;    /* struct wk_fault */
extern const struct wk_table wk_variant_table;  /* struct wk_fault, harmless */
extern const struct wk_table wk_scratch_table;  /* struct wk_scratch */
extern const struct wk_table wk_causes_table;   /* struct wk_causes */

/* All of fixtures/diagnose.yaml. */
struct wk_diagnosis_file {
	struct wk_suite questions;
	struct wk_suite state;
	const char **unlooked;
	size_t n_unlooked;
};

extern const struct wk_table wk_diagnosis_table;   /* struct wk_diagnosis_file */
extern const struct wk_table wk_expectation_table; /* struct wk_expectation */

extern const struct wk_own wk_own_probe; /* struct wk_probe_call, by the decoder's probes */
extern const struct wk_own wk_own_step;  /* struct wk_fault_step, by the decoder's steps */

/* What tables cannot say: subnets that overlap, names and addresses that are given twice. */
/* That the node, Kubernetes and Istio can bear the values: ports, ranges, room and names. */
bool wk_topology_limits(const struct wk_decoder *decoder, const struct wk_topology *topology,
	struct wk_err *err) WK_MUST_CHECK;
bool wk_topology_check(const struct wk_decoder *decoder, const struct wk_topology *topology,
	struct wk_err *err) WK_MUST_CHECK;

/* What a suite or scratch workload leaves to be derived from the rest of its file, and what has to
 * hold within the file. */
bool wk_suite_complete(
	struct wk_decoder *decoder, struct wk_suite *suite, struct wk_err *err) WK_MUST_CHECK;
bool wk_scratch_check(const struct wk_decoder *decoder, const struct wk_scratch *scratch,
	struct wk_err *err) WK_MUST_CHECK;

/* Every name in a catalog leads somewhere, and nothing explains or needs itself. The suites are in
 * their order. */
bool wk_catalog_check_names(const struct wk_decoder *decoder, const struct wk_catalog *catalog,
	struct wk_err *err) WK_MUST_CHECK;
/* Sorts suites by their `after`; what is free keeps its order. */
bool wk_catalog_order(const struct wk_decoder *decoder, struct wk_catalog *catalog,
	struct wk_err *err) WK_MUST_CHECK;

#endif
