#ifndef WOOKIE_PROVE_ROUNDS_H
#define WOOKIE_PROVE_ROUNDS_H

#include "wookie/prove/prove.h"

/* Inside the prove room. */
struct wk_prover {
	struct wk_prove prove;
	struct wk_arena *arena;
	struct wk_catalog catalog; /* its suites ask for no scratch workloads: they are there */
	struct wk_plan plan;       /* all checks, from that catalog */
	wk_nsec *pace;             /* of each planned check: the slowest healthy convergence */
	struct cJSON *scratch;
};

/* Where control runs on this mesh are logged; the caller frees. */
char *wk_prover_control_dir(const struct wk_prover *prover);

/* A testcase of a proof that has its verdict. */
struct wk_proof_case {
	const char *suite; /* "faults", "variants" or "expectations" */
	const char *name;
	const char *title;
	enum wk_verdict verdict;
	const char *kind;
	wk_nsec length;
	const char *reason; /* NULL where it passed */
};

/* "faults" or "variants". */
const char *wk_prove_suite(const struct wk_fault *fault);
/* Its `check` event, for the caller to complete and add. */
struct cJSON *wk_proof_case_event(const struct wk_proof_case *of);

/* Each runs checks into a log and evidence of their own below `dir`, which is emptied first, and
 * brings what was seen (initialised; what it held is released). False when interrupted, or when the
 * log cannot be written. */

/* All checks, with all the time that they have, again and again until all are green. False also when
 * that takes too long: then the error names the first that is not. */
bool wk_round_green(struct wk_prover *prover, const char *dir, struct wk_err *err) WK_MUST_CHECK;
/* The same, and brings what was seen last, green or not once the time for it is over. */
bool wk_round_control(struct wk_prover *prover, const char *dir, struct wk_seen *ret,
	struct wk_err *err) WK_MUST_CHECK;
/* All checks, until their verdicts settle. */
bool wk_round_settled(struct wk_prover *prover, const char *dir, struct wk_seen *ret,
	struct wk_err *err) WK_MUST_CHECK;
/* One attempt of the checks that the fault names. */
bool wk_round_look(struct wk_prover *prover, const struct wk_fault *fault, const char *dir,
	struct wk_seen *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
