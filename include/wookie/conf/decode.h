#ifndef WOOKIE_CONF_DECODE_H
#define WOOKIE_CONF_DECODE_H

#include "wookie/model/suite.h"
#include "wookie/yaml/node.h"

/* Typed decoding of YAML maps into structs, by tables. The same tables make the JSON Schema, say
 * which keys there are when one is unknown, and lead the way for --set. */

enum wk_field_type {
	WK_FIELD_TEXT,     /* const char *, never empty; fits `pattern` where there is one */
	WK_FIELD_TEXTS,    /* const char **, count at n_at: a list of such */
	WK_FIELD_NUMBER,   /* whole number of `size` bytes, from min to max */
	WK_FIELD_BOOL,     /* bool */
	WK_FIELD_DURATION, /* wk_nsec */
	WK_FIELD_WORD,     /* an enum whose values are indices of `words` */
	WK_FIELD_MAP,      /* a map by `table`, decoded into a struct at `at` */
	WK_FIELD_MAPS,     /* pointer to structs, count at n_at: a list of maps by `table` */
	WK_FIELD_OWN,      /* whatever `own` says */
};

enum wk_field_need {
	WK_OPTIONAL,
	WK_REQUIRED,
};

/* An extended regular expression that POSIX and JSON Schema read alike. */
struct wk_pattern {
	const char *regex;
	size_t max;           /* characters */
	const char *expected; /* in words: "a subnet such as 10.42.0.0/16" */
};

struct wk_decoder;

struct wk_own {
	bool (*decode)(struct wk_decoder *decoder, const struct wk_node *node, void *member,
		struct wk_err *err);
	/* Adds the members of the schema object: "\"type\":\"string\"". */
	void (*schema)(const struct wk_decoder *decoder, struct wk_buf *out);
};

struct wk_field {
	const char *key;
	const char *doc; /* one line, for the schema and where a required key is missing */
	enum wk_field_type type;
	enum wk_field_need need;
	size_t at;
	size_t n_at;
	size_t size;
	long min; /* of a number, or of a list's length */
	long max; /* of a list's length: 0 is no limit */
	const struct wk_pattern *pattern;
	const char *const *words; /* ends with NULL */
	const struct wk_table *table;
	const struct wk_own *own;
};

struct wk_table {
	const struct wk_field *fields; /* ends with a NULL key */
	const struct wk_own *own;      /* instead of fields, where the keys are no fixed set */
	size_t size;                   /* of the struct */
	const void *defaults;          /* the struct before decoding; NULL: zero */
	size_t pos_at;                 /* its struct wk_pos; 0: it has none */
};

/* Where a decoded text stood. */
struct wk_place {
	const char *text;
	struct wk_pos pos;
};

struct wk_decoder {
	struct wk_arena *arena;
	const struct wk_kind_spec *probes; /* kinds that are accepted; NULL: any */
	const struct wk_kind_spec *steps;
	struct wk_place *places;
	size_t n_places;
	/* Collects what is wrong: then decoding goes on, and its result counts only where nothing was
	 * added. NULL: the first error ends it. */
	struct wk_errors *errors;
};

/* A whole document. `out` is set to the table's defaults first. */
bool wk_decode(struct wk_decoder *decoder, const struct wk_node *node, const struct wk_table *table,
	void *out, struct wk_err *err) WK_MUST_CHECK;
/* Whether the next thing can be looked at: all is well so far, or what is not was told. */
static inline bool wk_decode_goes_on(
	const struct wk_decoder *decoder, bool ok, const struct wk_err *err)
{
	return ok || wk_errors_take(decoder->errors, err);
}
/* "expected <expected>, found ..." at the node. Always false. */
bool wk_decode_err(struct wk_decoder *decoder, const struct wk_node *node, const char *expected,
	struct wk_err *err);
/* A map with what every Kubernetes object has: apiVersion, kind and metadata. */
bool wk_decode_is_object(
	struct wk_decoder *decoder, const struct wk_node *node, struct wk_err *err) WK_MUST_CHECK;
/* One text, for own decoders; `pattern` may be NULL. Remembers its place. */
bool wk_decode_text(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_pattern *pattern, const char **ret, struct wk_err *err) WK_MUST_CHECK;
/* A list of texts into the members of `out` that the field names. */
bool wk_decode_texts(struct wk_decoder *decoder, const struct wk_node *node,
	const struct wk_field *field, void *out, struct wk_err *err) WK_MUST_CHECK;
/* The place of a text that this decoder made: the pointer counts, not the letters. */
struct wk_pos wk_decode_place(const struct wk_decoder *decoder, const char *text);
/* "unknown <what> 'name', did you mean 'x'; expected one of a, b". `known` may hold NULLs. */
bool wk_unknown_err(struct wk_err *err, const struct wk_pos *pos, const char *what,
	const char *name, const char *const known[], size_t n_known);
/* The field of that key, or an error at `pos` that lists the keys. */
const struct wk_field *wk_find_field(const struct wk_table *table, const char *key,
	const struct wk_pos *pos, struct wk_err *err);

/* Sets one value of a document before it is decoded: "clusters.cluster-a.address=172.24.0.9". */
bool wk_override(struct wk_decoder *decoder, struct wk_node *root, const struct wk_table *table,
	const char *set, struct wk_err *err) WK_MUST_CHECK;

/* What wk_duration_parse() takes. */
#define WK_DURATION_REGEX "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)$"

/* The schema of a document. */
void wk_table_schema(const struct wk_decoder *decoder, const struct wk_table *table,
	const char *title, struct wk_buf *out);
/* A JSON string, quoted and escaped. */
void wk_schema_string(const char *text, struct wk_buf *out);

/* Shapes that several documents share. */
extern const struct wk_pattern wk_pattern_name;  /* DNS-1123 label: also ids of suites and checks */
extern const struct wk_pattern wk_pattern_check; /* "check" or "suite.check" */
extern const struct wk_pattern wk_pattern_cause; /* "WK-SEC-004" */
extern const struct wk_own wk_own_version;       /* the format's version, 1; nothing is stored */
extern const char *const wk_scope_words[];

#endif
