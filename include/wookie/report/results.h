#ifndef WOOKIE_REPORT_RESULTS_H
#define WOOKIE_REPORT_RESULTS_H

#include "wookie/base/arena.h"
#include "wookie/model/event.h"
#include "wookie/model/suite.h"
#include "wookie/report/report.h"

/* The result tree inside the report room. All text in it is scrubbed (wookie/report/text.h). */

/* One testcase: a check of the plan, or what else made the run red. */
struct wk_case {
	const char *id;            /* unique: "dns.resolves[cluster-b>cluster-a]", "[down]" */
	const char *title;         /* "" where there is none */
	const char *reason;        /* "" only for a pass */
	const char *type;          /* dotted, for JUnit: "wookie.expectation"; "" for a pass */
	const char *details;       /* more lines of a synthetic case; "" where there are none */
	const struct cJSON *plan;  /* its entry in the plan; NULL where there is none */
	const struct cJSON *event; /* the check event; NULL where there is none */
	size_t suite;
	size_t order; /* of arrival */
	double seconds;
	enum wk_verdict verdict;
	enum wk_exit exit; /* what this case makes of the run */
	bool synthetic;    /* "[setup]" and its like: no check */
	bool judged;
	bool flaky;
};

struct wk_suite_result {
	const char *name;
	const char *title;
	size_t first; /* its cases are cases[first .. first + count), once closed */
	size_t count;
};

struct wk_counts {
	size_t all;
	size_t passed;
	size_t failed;
	size_t errors;
	size_t skipped;
	size_t flaky;
	size_t not_judged; /* among the errors */
};

struct wk_results {
	struct wk_arena *arena;
	struct cJSON *events; /* kept ones, in order; every pointer below leads into it */
	const struct cJSON *run;
	const struct cJSON *cause;
	const struct cJSON *bundle;
	const struct cJSON *end;
	struct wk_suite_result *suites;
	size_t n_suites;
	struct wk_case *cases;
	size_t n_cases;
	const char **problems; /* what is odd about the log; the first few */
	size_t n_problems;
	double elapsed; /* of the last event */
	bool planned;
	bool truncated;
	bool closed;
	enum wk_exit exit;
	struct wk_counts checks; /* of the plan */
	struct wk_counts tests;  /* these and the synthetic ones: what JUnit and TAP count */
};

struct wk_results *wk_results_new(void);
/* Takes in one event; takes `event` over. */
void wk_results_add(struct wk_results *results, struct cJSON *event);
/* Judges what is left: planned checks without a verdict, what made the run red besides them, counts
 * and exit code. Once, after the last event. */
void wk_results_close(struct wk_results *results);
/* Remembers what is odd about the log. */
void wk_results_problem(struct wk_results *results, const char *fmt, ...) WK_PRINTF(2, 3);

struct wk_suite_result *wk_results_suite(
	struct wk_results *results, const char *name, const char *title);
/* A new testcase of a suite, zeroed but for its texts. Moves results->cases. */
struct wk_case *wk_results_case(struct wk_results *results, size_t suite, const char *id);
/* Fills in what follows from a verdict: the type, the exit code, a reason where none was given. A
 * flaky pass becomes a failure under --strict. */
void wk_case_settle(struct wk_case *c, bool strict);
/* Whether the exit code `a` is told rather than `b` where both apply. */
bool wk_exit_before(enum wk_exit a, enum wk_exit b);

/* Why a step could not be done, in words that live as long as the results. */
const char *wk_step_trouble(const struct wk_results *results, const struct cJSON *step);

/* Members of an event; what is absent or of another type is "" or 0. */
const char *wk_event_text(const struct cJSON *event, const char *key);
double wk_event_seconds(const struct cJSON *event, const char *key);
bool wk_event_flag(const struct cJSON *event, const char *key);
bool wk_event_is(const struct cJSON *event, const char *name);

/* What there is to say about a testcase that is not a pass, in the order in which it is read. Text
 * lives as long as the results. */
struct wk_fact {
	const char *label; /* "expected", "got", "from", "cause" ... */
	const char *text;
};
enum { WK_FACTS_MAX = 16 };

size_t wk_case_facts(const struct wk_results *results, const struct wk_case *c,
	struct wk_fact ret[WK_FACTS_MAX]);
/* How its attempts went, on one line: "held after 0.5s, broke once, held again; 7 attempts".
 * "" where it was decided by the first. */
const char *wk_case_course(const struct wk_results *results, const struct wk_case *c);
/* The folder of the run before a path that is relative to it. */
const char *wk_results_path(const struct wk_results *results, const char *path);

#endif
