#ifndef WOOKIE_CLI_SESSION_H
#define WOOKIE_CLI_SESSION_H

#include "wookie/base/arena.h"
#include "wookie/cli/command.h"
#include "wookie/component/component.h"
#include "wookie/mesh/access.h"
#include "wookie/provider/native.h"
#include "wookie/report/report.h"
#include "wookie/run/run.h"

/* The folders of this user and this installation; absolute, free with wk_paths_finish(). Root is
 * refused those that others may change. */
struct wk_paths {
	char *data;  /* suites/ and fixtures/ of the installation, or of the sources of a program
			that stands where it was built; never of the current folder */
	char *cache; /* XDG_CACHE_HOME/wookie-conform */
	char *state; /* XDG_STATE_HOME/wookie-conform */
};

/* What a command cannot do without; the others may be NULL: nothing names a folder for them. */
enum wk_paths_need {
	WK_PATHS_DATA = 0,
	WK_PATHS_STATE = 1,
	WK_PATHS_CACHE = 2,
	WK_PATHS_ALL = WK_PATHS_STATE | WK_PATHS_CACHE,
};

bool wk_paths_find(struct wk_paths *ret, enum wk_paths_need need, struct wk_err *err) WK_MUST_CHECK;
void wk_paths_finish(struct wk_paths *paths);

/* What the commands that touch a mesh or the suites share: what was loaded, what is up, and who is
 * told about it. Zero is a valid empty session. */
struct wk_session {
	const struct wk_args *args;
	struct wk_paths paths;
	struct wk_arena *arena;
	struct wk_topology topology;
	struct wk_catalog catalog;
	struct wk_components components;
	struct wk_mesh *mesh;
	struct wk_access access;
	struct wk_events *events;
	struct wk_console *console;
	struct wk_progress progress;
	wk_nsec deadline;
};

/* Finds the folders. The session is to be finished in any case. */
bool wk_session_init(struct wk_session *session, const struct wk_args *args,
	enum wk_paths_need need, struct wk_err *err) WK_MUST_CHECK;
/* The same for checks on what --against says: a mesh that is up needs no components, one that is to be
 * made does. */
bool wk_session_init_target(
	struct wk_session *session, const struct wk_args *args, struct wk_err *err) WK_MUST_CHECK;
/* The same for what would be checked, and is not: nothing is made. */
bool wk_session_init_read(
	struct wk_session *session, const struct wk_args *args, struct wk_err *err) WK_MUST_CHECK;
void wk_session_finish(struct wk_session *session);
static inline void wk_session_finish_cleanup(struct wk_session *session)
{
	wk_session_finish(session);
}

/* A topology, of a version of Istio that can be built. */
bool wk_session_read(struct wk_session *session, const char *file, const char *const sets[],
	size_t n_sets, struct wk_err *err) WK_MUST_CHECK;
/* Whether its version of Istio can be built; an error stands where the topology names it. */
bool wk_session_knows_version(const struct wk_topology *topology, struct wk_err *err) WK_MUST_CHECK;
/* The topology that --topology and --set name, or the default one. */
bool wk_session_topology(struct wk_session *session, struct wk_err *err) WK_MUST_CHECK;
bool wk_session_catalog(struct wk_session *session, struct wk_err *err) WK_MUST_CHECK;
/* The same with more suites of one's own, and all that is wrong collected; either may be NULL. */
bool wk_session_catalog_with(struct wk_session *session, const struct wk_list *suites,
	struct wk_errors *errors, struct wk_err *err) WK_MUST_CHECK;
/* Sends steps and results to `log` and to a console on `out` (NULL: nobody). */
bool wk_session_events(
	struct wk_session *session, const char *log, FILE *out, struct wk_err *err) WK_MUST_CHECK;
/* Before anything else is printed: ends the line that the console is redrawing. */
void wk_session_settle(const struct wk_session *session);
/* Starts and deploys the mesh; on failure what was made is removed again. */
bool wk_session_up(struct wk_session *session, const char *name, struct wk_err *err) WK_MUST_CHECK;
/* Says in front of an error that the time that --timeout gave is over, where it is. */
void wk_session_tell_time(const struct wk_session *session, struct wk_err *err);
/* Takes a mesh that is up, with the topology it was made from. */
bool wk_session_attach(
	struct wk_session *session, const char *name, struct wk_err *err) WK_MUST_CHECK;
/* Remembers with the mesh that it was changed (brought up, healed) just now; and whether that was so
 * short a time ago that it may still settle. */
void wk_session_changed(const struct wk_session *session);
bool wk_session_is_settling(const struct wk_session *session);
/* With --against that mesh and its topology; without, the topology of one to be made. */
bool wk_session_target(struct wk_session *session, struct wk_err *err) WK_MUST_CHECK;
/* The same for checks to be run on it: nobody else's run there at the same time. */
bool wk_session_claim(struct wk_session *session, struct wk_err *err) WK_MUST_CHECK;
/* What --context says of the topology's clusters, each of which then needs a context. */
bool wk_session_contexts(struct wk_session *session, struct wk_err *err) WK_MUST_CHECK;
/* Whether its clusters are somebody else's, who keeps them. */
bool wk_session_is_foreign(const struct wk_session *session);
/* Whether the mesh was there before, and stays: such ones, or one that --against names. */
bool wk_session_is_lent(const struct wk_session *session);
#define WK_FOUND_MAX ((size_t)256 * 1024) /* bytes of a topology of them */
/* What the clusters that --context names say of themselves: as the text of a topology, and as the session's
 * own. Both open the way to them. */
bool wk_session_found(
	struct wk_session *session, struct wk_buf *ret, struct wk_err *err) WK_MUST_CHECK;
bool wk_session_discover(struct wk_session *session, struct wk_err *err) WK_MUST_CHECK;
/* Opens the way to such clusters, each of which says who it is. */
bool wk_session_reach(struct wk_session *session, struct wk_err *err) WK_MUST_CHECK;
/* Its name: what --against or --name says, or that of the topology. */
const char *wk_session_target_name(const struct wk_session *session);
/* What runs and proofs ask of the session that they are given as `context`. */
char *wk_session_casualty(void *session);
pid_t wk_session_component_pid(void *session, const char *cluster, const char *component);
void wk_session_tick(void *session);
/* The mesh that --name says, or the only one there is. */
const char *wk_session_pick(struct wk_session *session, struct wk_err *err);
/* Where this user's contexts are; `args` may be NULL. */
struct wk_kubeconfig_source wk_cli_kubeconfig(const struct wk_args *args);
/* What is claimed of a cluster, in a line; the caller frees. */
char *wk_cli_about(const struct wk_cluster *cluster);
/* True when the topology has that cluster; else the nearest name. */
bool wk_cli_cluster(
	const struct wk_topology *topology, const char *name, struct wk_err *err) WK_MUST_CHECK;

#endif
