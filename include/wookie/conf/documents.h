#ifndef WOOKIE_CONF_DOCUMENTS_H
#define WOOKIE_CONF_DOCUMENTS_H

#include "wookie/conf/decode.h"
#include "wookie/model/topology.h"

/* The tables of all documents, for those who read them and for the schema. Inside conf only. */

extern const struct wk_table wk_topology_table; /* struct wk_topology */

/* What tables cannot say: subnets that overlap, names and addresses that are given twice. */
bool wk_topology_check(const struct wk_decoder *decoder, const struct wk_topology *topology,
	struct wk_err *err) WK_MUST_CHECK;

#endif
