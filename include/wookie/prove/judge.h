#ifndef WOOKIE_PROVE_JUDGE_H
#define WOOKIE_PROVE_JUDGE_H

#include "wookie/run/plan.h"

struct cJSON;

/* What a run under a fault says about the fault's expectations. No I/O. */

enum wk_proof {
	WK_PROVEN,
	WK_SURVIVED, /* a check that must fail did not, or not for the expectations that are named */
	WK_WRONG_CAUSE, /* another cause came out as the likeliest */
	WK_COLLATERAL,  /* a check of a suite that must stay green did not pass */
	WK_VOID,        /* the fault changed nothing */
	WK_UNPLAYED,    /* it could not be injected, judged or healed */
	WK_QUIET,       /* a variant under which all checks are green */
	WK_ALARMED,     /* a variant under which some are not */
};

/* "proven", "survived", "wrong cause", "collateral", "void", "error", "quiet", "alarmed" */
const char *wk_proof_name(enum wk_proof proof);
/* What that is for a report: proven and quiet pass; what the mesh was not asked is an error. */
enum wk_verdict wk_proof_verdict(enum wk_proof proof);

/* What a run of a plan brought. */
struct wk_seen {
	struct cJSON *checks; /* its `check` events by id */
	struct cJSON *cause;  /* its `cause` event; NULL: none was named */
};

void wk_seen_init(struct wk_seen *seen);
/* Takes in what concerns it; for wk_events_watch(), with the struct wk_seen as context. */
void wk_seen_event(void *context, const struct cJSON *event);
void wk_seen_finish(struct wk_seen *seen);
/* Whether a check failed, could not be judged, or has no verdict. */
bool wk_seen_is_red(const struct wk_seen *seen, const struct wk_planned *check);
/* The first check of the plan that did not pass, was flaky or has no verdict; NULL: all is green. Skips
 * are green: what is not meant for this topology is not. */
const struct wk_planned *wk_seen_red(const struct wk_seen *seen, const struct wk_plan *plan);

struct wk_judged {
	enum wk_proof proof;
	char *reason; /* NULL where proven or quiet */
	struct cJSON
		*expectation; /* {that, expected, got, file, line} as in a `check` event, or NULL */
	size_t n_red;         /* checks that failed or could not be judged, of all planned */
	bool broad;           /* more than a third of them: it proves no single expectation */
};

/* Whether every check that the fault names fails as it says. `ret_missing`, unless NULL, becomes why
 * not; the caller frees. */
bool wk_judge_fails(const struct wk_fault *fault, const struct wk_plan *plan,
	const struct wk_seen *seen, char **ret_missing);
void wk_judge(const struct wk_fault *fault, const struct wk_plan *plan, const struct wk_seen *seen,
	struct wk_judged *ret);
/* The same for a variant, with what was seen once the mesh had settled. */
void wk_judge_variant(const struct wk_fault *variant, const struct wk_plan *plan,
	const struct wk_seen *seen, struct wk_judged *ret);
void wk_judged_finish(struct wk_judged *judged);

/* Which fault proves which expectation: a fault that names it, was proven, and is not broad. */
struct wk_ledger {
	struct cJSON *proofs; /* {check: {that: [fault]}}, for every expectation of the plan */
};

void wk_ledger_init(struct wk_ledger *ledger, const struct wk_plan *plan);
/* Takes in what the `check` event of a fault proves; others prove nothing. */
void wk_ledger_add(struct wk_ledger *ledger, const struct cJSON *event);
void wk_ledger_finish(struct wk_ledger *ledger);

#endif
