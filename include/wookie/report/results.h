#ifndef WOOKIE_REPORT_RESULTS_H
#define WOOKIE_REPORT_RESULTS_H

#include "wookie/base/arena.h"
#include "wookie/model/event.h"
#include "wookie/model/suite.h"
#include "wookie/report/report.h"

/* The result tree inside the report room. All text in it is scrubbed (wookie/report/text.h). */

/* One testcase: a check of the plan, or what else made the run red. */
struct wk_case {
	const char *id;            /* unique: "dns.resolves[cluster-b>cluster-a]", "[down]"; in
				      rounds "dns.resolves[cluster-b>cluster-a] round 3" */
	const char *check;         /* the same without its round */
	const char *title;         /* "" where there is none */
	const char *reason;        /* "" only for a pass */
	const char *type;          /* dotted, for JUnit: "wookie.expectation"; "" for a pass */
	const char *details;       /* more lines of a synthetic case; "" where there are none */
	size_t untold;             /* so many more lines would be too many */
	const struct cJSON *plan;  /* its entry in the plan; NULL where there is none */
	const struct cJSON *event; /* the check event; NULL where there is none */
	size_t suite;
	size_t order;   /* of arrival */
	unsigned round; /* 0: there are none */
	double seconds;
	double begun; /* `elapsed` of its begin; 0 where the log does not say */
	double held;  /* seconds until its first attempt that held; 0 where none is known */
	enum wk_verdict verdict;
	enum wk_exit exit; /* what this case makes of the run */
	bool synthetic;    /* "[setup]" and its like: no check */
	bool judged;
	bool flaky;
};

struct wk_suite_result {
	const char *name;
	const char *title;
	unsigned round;
	size_t first; /* its cases are cases[first .. first + count), once closed */
	size_t count;
};

/* So many rounds are named where a check was red. */
enum { WK_BAD_ROUNDS = 8 };

struct wk_counts {
	size_t all;
	size_t passed;
	size_t failed;
	size_t errors;
	size_t skipped;
	size_t flaky;
	size_t not_judged; /* among the errors */
};

/* So many changes are told of. */
enum { WK_SUSPECTS = 3 };

struct wk_results {
	const struct cJSON *suspects[WK_SUSPECTS]; /* the nearest first */
	size_t n_suspects;
	struct wk_arena *arena;
	struct cJSON *events; /* kept ones, in order; every pointer below leads into it */
	const struct cJSON *run;
	const struct cJSON *plan;
	const struct cJSON *cause;
	const struct cJSON *bundle;
	const struct cJSON *end;
	struct wk_suite_result *suites;
	size_t n_suites;
	struct wk_case *cases;
	size_t n_cases;
	size_t *places; /* a table of cases by id and round: position + 1, or 0; while not closed */
	size_t n_places;       /* a power of two, or 0 */
	const char **problems; /* what is odd about the log; the first few */
	size_t n_problems;
	size_t more_problems; /* so many besides */
	double elapsed;       /* of the last event */
	unsigned round;       /* under way, or the last one; 0: there are none */
	size_t round_suite;   /* the first suite of that round, and the first case */
	size_t round_case;
	bool planned;
	bool round_begun;
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
/* Remembers what is odd about the log: the testcase "[log]" tells it, and is an error. */
void wk_results_problem(struct wk_results *results, const char *fmt, ...) WK_PRINTF(2, 3);

/* Instead of its own: `results` was made from the events that `of` could read, and `of` outlives it.
 * Right before wk_results_close(). */
void wk_results_share_problems(struct wk_results *results, const struct wk_results *of);

/* Adds the suites and checks of a plan, of the round that is under way. */
void wk_results_planned(struct wk_results *results, const struct cJSON *plan);
struct wk_suite_result *wk_results_suite(
	struct wk_results *results, const char *name, const char *title);
/* A new testcase of a suite, zeroed but for its texts. Moves results->cases. */
struct wk_case *wk_results_case(struct wk_results *results, size_t suite, const char *id);
/* Fills in what follows from a verdict: the type, the exit code, a reason where none was given. A
 * flaky pass becomes a failure: nobody changed the mesh. */
void wk_case_settle(struct wk_case *c);
/* A suite's name, in rounds "dns round 3". */
const char *wk_suite_label(const struct wk_results *results, const struct wk_suite_result *suite);

/* Gives the events of that name in a log, in order and scrubbed, until `take` says false. The log may be of a
 * run that is under way, begin in the middle or hold lines that are none; one that cannot be read holds
 * nothing. */
void wk_log_events(const char *log, const char *name,
	bool (*take)(void *context, const struct cJSON *event), void *context);

/* Whether the run was asked to repeat its checks. */
bool wk_results_repeats(const struct wk_results *results);
/* Takes in a `round` event: the checks of the plan are there once more. */
void wk_results_round(struct wk_results *results, const struct cJSON *event);

/* How many seconds after the harness's last change the mesh had settled: 0 where every check held at its
 * first look. False where it had not, or nothing was looked at. */
bool wk_results_settled(const struct wk_results *results, double *ret) WK_MUST_CHECK;

/* One check in all rounds in which it was judged. */
struct wk_rounds_check {
	const struct wk_case *first; /* of its cases */
	size_t rounds;
	size_t passed; /* flaky ones are not among them */
	size_t skipped;
	unsigned bad[WK_BAD_ROUNDS]; /* the first rounds in which it was red */
	size_t n_bad;                /* how many there were, also beyond those */
	double slowest;              /* of the times after which it held for good */
	unsigned slowest_round;      /* 0: it never did, or the log does not say */
};
/* One for each check that was judged, in the order of the plan; how many. Lives as long as the
 * results. */
size_t wk_rounds_checks(const struct wk_results *results, struct wk_rounds_check **ret);
/* Rounds in which nothing was red. */
size_t wk_rounds_green(const struct wk_results *results);
/* Lets go of what passes of the round that is over said, but for the first round: a run may have
 * thousands, and whoever only follows it needs their counts. */
void wk_results_forget_passes(struct wk_results *results);
/* "round 3 of 100" */
const char *wk_rounds_name(const struct wk_results *results);
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
