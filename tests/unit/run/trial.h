#ifndef TESTS_RUN_TRIAL_H
#define TESTS_RUN_TRIAL_H

#include "wookie/run/run.h"

struct cJSON;

/* One run of one suite. */
struct trial {
	struct wk_arena *arena;
	struct wk_suite suite;
	struct wk_catalog catalog;
	struct wk_plan plan;
	struct wk_access access;
	struct wk_run run;
	/* Called with the trial for every event, in the process that runs; may be NULL. */
	void (*watch)(void *trial, const struct cJSON *event);
	char dir[64];
	wk_nsec settle; /* of all checks */
	struct wk_tally tally;
	struct cJSON *events;
	bool result;
	struct wk_err err;
};

/* A plan of these checks, in a folder of its own; then its run; then both away. */
void trial_begin(struct trial *t, struct wk_check *checks, size_t n);
void trial_go(struct trial *t);
void trial_end(struct trial *t);

/* A check by one of the probes in trial.c that expects what `ok` holds. */
struct wk_check check(const char *id, const char *kind);
extern struct wk_expectation ok[1];

/* The first verdict of a check. */
const struct cJSON *event_of(const struct trial *t, const char *id);
const char *text(const struct cJSON *event, const char *key);
int number(const struct cJSON *event, const char *key);

/* The mesh hangs from the moment that this file is there. */
extern char hanging[64];
bool gather_until(
	struct wk_access *access, wk_nsec deadline, struct cJSON **ret, struct wk_err *err);

#endif
