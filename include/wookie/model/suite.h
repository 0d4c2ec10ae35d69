#ifndef WOOKIE_MODEL_SUITE_H
#define WOOKIE_MODEL_SUITE_H

#include "wookie/base/clock.h"
#include "wookie/base/pos.h"

#include <stdbool.h>
#include <stddef.h>

/* Suites, checks, causes, faults and scratch workloads as their YAML files declare them. Text that
 * holds "$name" expressions stays text here: the expect room gives it values. */

enum wk_verdict {
	WK_PASS,
	WK_FAIL,  /* evidence was had, and an expectation does not hold */
	WK_ERROR, /* could not judge: no API server, no exec, crash, deadline, jq error */
	WK_SKIP,  /* a declared precondition does not hold, or a prerequisite failed */
};

const char *wk_verdict_name(enum wk_verdict verdict); /* "pass", "fail", "error", "skip" */
bool wk_verdict_is_red(enum wk_verdict verdict);      /* it failed, or could not be judged */

/* What a check runs once for. */
enum wk_scope {
	WK_SCOPE_CLUSTERS, /* each cluster: $cluster */
	WK_SCOPE_LINKS,    /* every ordered pair of clusters: $client and $server */
	WK_SCOPE_PAIRS,    /* links whose client holds a test-pod and whose server a helloworld */
	WK_SCOPE_MESH,     /* once: $clusters */
};

const char *wk_scope_name(enum wk_scope scope);

struct wk_expectation {
	const char *that; /* what is held, in words: "gateway addresses of the server's network" */
	const char *jq;   /* over the evidence ("."); yields exactly one value */
	/* jq without input over the derived values; NULL: the value must be true. */
	const char *equals;
	long at_least;     /* fewest elements of the value where it is a collection; default 1 */
	const char *cause; /* code in causes.yaml, named when it does not hold; NULL: none */
	struct wk_pos pos;
	struct wk_pos jq_pos;
	struct wk_pos equals_pos;
};

struct wk_probe_call {
	const char *kind; /* a row of the probe table */
	const char *args; /* JSON object as text; strings may hold "$" expressions */
	struct wk_pos pos;
};

/* How chance comes into a check. */
enum wk_chance_model {
	WK_CHANCE_UNIFORM,     /* each request is answered by any replica alike */
	WK_CHANCE_TWO_CHOICES, /* each goes to the less loaded of two that are drawn */
};

/* In words, for people. */
const char *wk_chance_model_text(enum wk_chance_model model);

#define WK_CHANCE_MAX 1e-6

/* How likely a check fails in one attempt on a mesh that is as it should be; at most WK_CHANCE_MAX,
 * for any number of replicas. */
struct wk_false_alarm {
	double chance; /* 0: nothing of it is left to chance */
	enum wk_chance_model model;
};

struct wk_check {
	const char *id;      /* within its suite */
	const char *full_id; /* "suite.id" */
	const char *title;
	const char *doc; /* URL; may be NULL */
	struct wk_probe_call probe;
	/* The positive control of a negative check: taken in the same attempt, must hold too. */
	struct wk_probe_call control; /* kind is NULL where there is none */
	struct wk_expectation *control_expect;
	size_t n_control_expect;
	struct wk_expectation *expect;
	size_t n_expect;
	enum wk_scope scope;
	const char **needs; /* ids of checks of the same suite, or full ids */
	size_t n_needs;
	const char *only_where; /* jq over what the topology declares; false: not planned there */
	const char *when;       /* jq over the derived values; false: skip, with `when_reason` */
	const char *when_reason;
	wk_nsec within;  /* time to converge */
	unsigned stable; /* so many attempts in a row must hold */
	bool exclusive;  /* disturbs others: runs alone */
	struct wk_false_alarm false_alarm;
	/* Of a question only: jq over the evidence that puts it in a few words. NULL for a check. */
	const char *answer;
	/* Of a question: it can be judged while the API server of the cluster it is about is silent. */
	bool without_api;
	struct wk_pos pos;
};

struct wk_suite {
	const char *file;
	const char *own; /* what --suites named and it came from; NULL: it belongs to the program */
	const char *name;
	const char *title;
	const char **after; /* names of suites that run before this one */
	size_t n_after;
	const char **with; /* ids of scratch workloads */
	size_t n_with;
	enum wk_scope scope; /* default of its checks */
	struct wk_check *checks;
	size_t n_checks;
	struct wk_pos pos;
};

/* Labelled objects of one suite, applied before it and removed after it. */
struct wk_scratch_object {
	const char *to;       /* "$client", "$server" or "$cluster" */
	const char *manifest; /* JSON object as text; strings may hold "$" expressions */
	const char *wait;     /* a condition to wait for ("Ready", "Available"), or NULL */
	struct wk_pos pos;
};

struct wk_scratch {
	const char *file;
	const char *id;
	const char *title;
	enum wk_scope scope;
	struct wk_scratch_object *objects;
	size_t n_objects;
};

/* A check, and some of its expectations by what they say; none: whichever. */
struct wk_check_ref {
	const char *check; /* full id */
	const char **that;
	size_t n_that;
};

struct wk_cause {
	const char *code; /* stable for ever: "WK-SEC-004" */
	const char *title;
	const char *meaning;
	const char *evidence;
	const char *fix; /* lines; "${client.name}" and the like are filled in where it was seen */
	const char **explains; /* codes that this one is the root of */
	size_t n_explains;
	const char *
		*twins; /* codes that no evidence tells from this one, though their fix differs */
	size_t n_twins;
	/* What is not so where this is the cause: one of these that was seen to hold takes it out. */
	struct wk_check_ref *refuted_by;
	size_t n_refuted_by;
	/* Codes that together are this one, though each alone is not: where all were named, it is too. */
	const char **all_of;
	size_t n_all_of;
	/* Regular expressions over why a check could not be judged. */
	const char **told_by;
	size_t n_told_by;
	struct wk_pos pos;
};

/* Whether a line of a fix is to be run, and not a sentence. */
bool wk_fix_is_command(const char *line);

/* One step of a fault on the real mesh. Its kind and arguments are read by whoever replays it. */
struct wk_fault_step {
	const char *kind; /* "apply", "delete", "patch", "scale", "netfilter", "process", ... */
	const char *args; /* JSON object as text; strings may hold "$" expressions */
	struct wk_pos pos;
};

/* A change of a mesh that is played and taken back: a fault (fixtures/faults/), which the checks must
 * see, or a variant (fixtures/variants/): another way to build a mesh that works, which must leave all of
 * them green. A variant has neither fails nor cause nor green. */
struct wk_fault {
	const char *file;
	const char *id;
	const char *title;
	bool harmless;          /* a variant */
	const char *variant_of; /* a fault with the same fix, and so the same cause; NULL: none */
	/* Which clusters "$client", "$server" and "$cluster" are: the first match. */
	enum wk_scope scope;
	const char *when; /* jq over what the topology declares; false: it is no fault there */
	struct wk_fault_step *inject;
	size_t n_inject;
	struct wk_fault_step *heal;
	size_t n_heal;
	struct wk_check_ref *fails; /* these of its expectations must not hold */
	size_t n_fails;
	const char *cause;  /* code that must come out as the likeliest */
	const char **green; /* suites that must stay green */
	size_t n_green;
	struct wk_pos pos;
};

/* Everything that suites/ and fixtures/ declare, suites in the order in which they run. */
struct wk_catalog {
	struct wk_suite *suites;
	size_t n_suites;
	struct wk_cause *causes;
	size_t n_causes;
	struct wk_scratch *scratch;
	size_t n_scratch;
	struct wk_fault *faults;
	size_t n_faults;
	struct wk_fault *variants;
	size_t n_variants;
	/* What `diagnose` asks ("questions") and what it keeps besides ("state"): checks that are looked at
	 * once, not run. No file: none. */
	struct wk_suite *diagnosis;
	size_t n_diagnosis;
	/* Full ids of checks at which it does not look though it could. */
	const char **unlooked;
	size_t n_unlooked;
};

/* All of these return NULL when there is none. `full_id` is "suite.check". */
const struct wk_suite *wk_catalog_suite(const struct wk_catalog *catalog, const char *name);
const struct wk_check *wk_catalog_check(const struct wk_catalog *catalog, const char *full_id);
const struct wk_cause *wk_catalog_cause(const struct wk_catalog *catalog, const char *code);
const struct wk_scratch *wk_catalog_scratch(const struct wk_catalog *catalog, const char *id);

/* The shape of one argument of a probe (or fault step), for decoding, lint and JSON Schema alike.
 */
enum wk_arg_type {
	WK_ARG_STRING,
	WK_ARG_COUNT, /* whole number >= 0 */
	WK_ARG_BOOL,
	WK_ARG_DURATION, /* "5s" */
	WK_ARG_STRINGS,  /* list of strings */
	WK_ARG_MAP,      /* free-form object of strings */
	WK_ARG_OBJECT,   /* a Kubernetes object: apiVersion, kind, metadata.name */
	WK_ARG_ANY,      /* any value */
};

struct wk_arg_spec {
	const char *key;
	enum wk_arg_type type;
	bool required;
	const char *doc; /* one line for the schema */
};

/* One kind of probe (or fault step); tables of these end with a NULL name and are sorted by it. */
struct wk_kind_spec {
	const char *name;
	const char *doc;
	const struct wk_arg_spec *args; /* ends with a NULL key */
};

#endif
