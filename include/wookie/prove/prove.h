#ifndef WOOKIE_PROVE_PROVE_H
#define WOOKIE_PROVE_PROVE_H

#include "wookie/fault/fault.h"
#include "wookie/prove/judge.h"
#include "wookie/run/run.h"

/* Proving checks on a mesh that is up. A variant is applied, the mesh settles, all checks have to be
 * green, and it is taken back. For each fault a control run is green, the fault is
 * injected, all checks run until their verdicts settle and are judged against what the fault expects,
 * it is healed, and a control run is green again. That one is the next fault's first. */
struct wk_prove {
	const struct wk_plan *plan; /* all checks that run under each fault */
	struct wk_access *access;
	struct wk_events *events; /* of the proof: a `check` event for each fault */
	const char *mesh;         /* its name */
	const char *journal;      /* file that holds what is injected while it is */
	/* Of the proof: faults/<fault>/ below it holds the log of the runs under a fault,
	 * control/<mesh>/ that of the latest control run. */
	const char *dir;
	unsigned jobs;    /* checks of one suite side by side */
	wk_nsec deadline; /* of everything */
	/* As in struct wk_run and struct wk_fault_env. */
	char *(*casualty)(void *context);
	pid_t (*component_pid)(void *context, const char *cluster, const char *component);
	void (*tick)(void *context);
	void *context;
};

/* A mesh that is being used for proofs. */
struct wk_prover;

/* Makes the scratch workloads, which stay for all faults, and takes the first control run, from which
 * the pace of each check is learned. An error when it is not green: nothing can be proven on a mesh
 * that is broken already. */
bool wk_prover_begin(
	const struct wk_prove *prove, struct wk_prover **ret, struct wk_err *err) WK_MUST_CHECK;

enum wk_prove_end {
	WK_PROVE_NEXT,        /* the mesh is green again */
	WK_PROVE_MESH_LOST,   /* it is not, or it is dead: make another one */
	WK_PROVE_INTERRUPTED, /* nothing was judged */
};

/* Plays one fault or variant; its event goes to the log, and to `ledger`. */
enum wk_prove_end wk_prover_play(
	struct wk_prover *prover, const struct wk_fault *fault, struct wk_ledger *ledger);
/* Puts a fault into a mesh and leaves it there, for whoever wants to look at it; the journal says how it
 * is taken back. Of `prove` the plan's topology, the access, the journal and the components are used.
 * What was done is taken back where a step does not succeed. */
bool wk_prove_inject(const struct wk_prove *prove, const struct wk_fault *fault,
	struct wk_err *err) WK_MUST_CHECK;
/* Removes the scratch workloads where the mesh goes on without us. */
enum wk_prover_scratch { WK_PROVER_CLEAR, WK_PROVER_LEAVE };
void wk_prover_end(struct wk_prover *prover, enum wk_prover_scratch scratch);

/* The `plan` event of a proof; with a ledger, also of what is to be proven. The caller adds it. */
struct cJSON *wk_prove_plan(const struct wk_fault *const faults[], size_t n,
	const struct wk_ledger *ledger, const struct wk_catalog *catalog);
/* A `check` event for each page of the ledger: it fails where an expectation is proven by nothing. */
void wk_ledger_report(
	const struct wk_ledger *ledger, const struct wk_catalog *catalog, struct wk_events *events);

/* Runs checks with log and evidence of their own in run->dir, whose events are not set, and brings what was
 * seen, for the caller to finish in any case. False when interrupted, or when the log cannot be
 * written. */
bool wk_seen_run(const struct wk_run *run, struct wk_seen *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
