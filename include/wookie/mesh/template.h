#ifndef WOOKIE_MESH_TEMPLATE_H
#define WOOKIE_MESH_TEMPLATE_H

#include "wookie/base/buf.h"

struct cJSON;

/* Manifests are YAML with ${name} where a topology's value goes. */
enum wk_value_kind {
	WK_VALUE_TEXT, /* put in as a quoted string, whatever it holds */
	WK_VALUE_RAW,  /* put in as it is: a number or a JSON document of our own making */
};

struct wk_value {
	const char *name;
	const char *text;
	enum wk_value_kind kind;
};

/* The template with every ${name} replaced; the caller frees. A name without a value is our own
 * bug and asserted. */
char *wk_template_fill(const char *text, const struct wk_value *values, size_t n);
/* The same, read as YAML: an array of objects, the caller's to delete. `name` is for messages. */
bool wk_template_objects(const char *name, const char *text, const struct wk_value *values,
	size_t n, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* The documents of a YAML text as an array of JSON objects. */
bool wk_objects_parse(const char *name, const char *text, size_t len, struct cJSON **ret,
	struct wk_err *err) WK_MUST_CHECK;

#endif
