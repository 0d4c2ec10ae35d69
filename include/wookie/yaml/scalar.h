#ifndef WOOKIE_YAML_SCALAR_H
#define WOOKIE_YAML_SCALAR_H

#include "wookie/yaml/node.h"

/* What a scalar is. Numbers, bools and null are those that kubectl reads (sigs.k8s.io/yaml, that
 * is YAML 1.1 as go.yaml.in/yaml/v2 resolve.go has it): "on" is true and 0644 is 420. Infinity and
 * not-a-number, which JSON cannot hold, stay text. */
enum wk_scalar_type {
	WK_SCALAR_TEXT,
	WK_SCALAR_NULL,
	WK_SCALAR_TRUE,
	WK_SCALAR_FALSE,
	WK_SCALAR_INT,
	WK_SCALAR_FLOAT,
};

/* A quoted scalar is always text. */
enum wk_scalar_type wk_scalar_type(const struct wk_node *scalar);
/* A number as JSON spells it; `number` is of type INT or FLOAT. */
bool wk_scalar_json_number(const struct wk_node *number, struct wk_buf *out);
/* What to write instead of a plain scalar that YAML 1.1 and 1.2 read differently; NULL when they
 * agree. */
const char *wk_scalar_ambiguity(const char *plain_text);

#endif
