#ifndef WOOKIE_RUN_PLAN_H
#define WOOKIE_RUN_PLAN_H

#include "wookie/base/arena.h"
#include "wookie/model/suite.h"
#include "wookie/model/topology.h"

struct cJSON;

/* One check for one cluster, link or pair. */
struct wk_planned {
	const struct wk_suite *suite;
	const struct wk_check *check;
	const char *id;    /* "dns.resolves[cluster-b>cluster-a]"; unique */
	const char *name;  /* "dns.resolves" */
	const char *scope; /* "cluster-b>cluster-a", "cluster-a" or "" */
	int client;        /* index of the cluster; -1 where the scope has none */
	int server;
	int cluster;
	/* Why nothing that the topology declares is what the check is for: it is skipped. NULL: some is. */
	const char *nowhere;
	/* A failure of the same expectations for so long is final, though `within` is not over; 0: it
	 * never is. For who knows how fast the check converges on a healthy mesh. */
	wk_nsec settle;
};

struct wk_plan {
	const struct wk_catalog *catalog;
	const struct wk_topology *topology;
	struct wk_planned *checks; /* in suite order */
	size_t n_checks;
};

/* What a scope stands for: indexes of clusters, -1 where it has none. */
struct wk_instance {
	int client;
	int server;
	int cluster;
};

#define WK_MAX_INSTANCES (WK_MAX_CLUSTERS * WK_MAX_CLUSTERS)

/* Every cluster, link, pair, or the mesh; how many. */
size_t wk_scope_instances(const struct wk_topology *topology, enum wk_scope scope,
	struct wk_instance ret[WK_MAX_INSTANCES]);
/* The variables of one of them from the facts; the caller deletes it. */
struct cJSON *wk_instance_vars(const struct wk_instance *instance, const struct cJSON *facts);

struct wk_selection {
	const char *const *suites; /* suites or patterns of checks; NULL or "all": every suite */
	size_t n_suites;
	const char *const *only; /* patterns of checks; NULL: every check */
	size_t n_only;
	const char *const *skip;
	size_t n_skip;
	const char *const *ids; /* exact ids (--rerun-failed); NULL: not used */
	size_t n_ids;
	bool read_only; /* nothing is made: what needs objects of its own is skipped */
};

/* Whether a check is meant: by a glob over its name, or by one with a glob over its scope in brackets,
 * of which its id is the plainest. */
bool wk_plan_match(const char *pattern, const char *name, const char *scope);
/* The suite or check that is called most like `word`; NULL: none is. */
const char *wk_plan_nearest(
	struct wk_arena *arena, const struct wk_catalog *catalog, const char *word);
/* An unknown suite or check is WK_ERR_INPUT with the nearest name. A plan may come out empty: the caller
 * says so and exits 4. */
bool wk_plan_make(struct wk_arena *arena, const struct wk_catalog *catalog,
	const struct wk_topology *topology, const struct wk_selection *selection,
	struct wk_plan *ret, struct wk_err *err) WK_MUST_CHECK;
/* The variables of one planned check from the facts: client, server, cluster, clusters, mesh. The
 * caller deletes it. */
struct cJSON *wk_plan_vars(const struct wk_planned *check, const struct cJSON *facts);
/* Compiles every jq expression and expands every "$" of the planned checks against declared facts; the
 * first that does not is reported with file:line:column. For `lint`, and before anything is
 * created. */
bool wk_plan_verify(const struct wk_plan *plan, struct wk_err *err) WK_MUST_CHECK;
/* The same, with what was prepared before: for several plans of one catalog. `errors` collects all that is
 * wrong, and then this is true; NULL: the first is returned. */
bool wk_plan_check(
	const struct wk_plan *plan, struct wk_errors *errors, struct wk_err *err) WK_MUST_CHECK;
/* Compiles all programs of a catalog in one go, those of faults and questions too. */
void wk_catalog_prepare(const struct wk_catalog *catalog);
/* The same for the fixes of all causes. */
bool wk_fixes_verify(const struct wk_catalog *catalog, const struct wk_topology *topology,
	struct wk_errors *errors, struct wk_err *err) WK_MUST_CHECK;
/* The same for the steps of all faults. */
bool wk_faults_verify(const struct wk_catalog *catalog, const struct wk_topology *topology,
	struct wk_errors *errors, struct wk_err *err) WK_MUST_CHECK;
/* Whether `when` holds for these variables; NULL always does. */
bool wk_when_holds(
	const char *when, const struct cJSON *vars, bool *ret, struct wk_err *err) WK_MUST_CHECK;
/* Whether `when` holds for a planned check by these facts; also true where that cannot be judged, so that
 * the check tells of it when it is run. */
bool wk_planned_holds(
	const struct wk_planned *planned, const char *when, const struct cJSON *facts);
/* Whether a fault is one on this topology: it has somebody to break, and its `when` holds. */
bool wk_fault_is_meant(const struct wk_fault *fault, const struct wk_topology *topology, bool *ret,
	struct wk_err *err) WK_MUST_CHECK;
/* Compiles the plan's programs in one go, for workers that are forked later. */
void wk_plan_prepare(const struct wk_plan *plan);

#endif
