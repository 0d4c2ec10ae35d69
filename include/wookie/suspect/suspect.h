#ifndef WOOKIE_SUSPECT_SUSPECT_H
#define WOOKIE_SUSPECT_SUSPECT_H

#include "wookie/mesh/access.h"

struct cJSON;

/* What differs from when all was well, and whether it lies in the way of what fails.
 *
 * A snapshot is {version: 1, at, clusters: {NAME: {objects?: {KEY: {object, by?, since?}},
 * trouble?, node?: {rules, qdiscs, routes, sysctls: {TEXT: true}, processes: {NAME: {state,
 * arguments}}}}}}. Objects are normalised (wk_suspect_normal()); of a cluster that did not answer there are none. */
struct wk_snapshot_job {
	struct wk_access *access;
	/* pid of a component of a node, 0: none; NULL where nodes cannot be looked into. */
	pid_t (*component_pid)(void *context, const char *cluster, const char *component);
	void *context;
	wk_nsec deadline;
};

/* Asks all clusters side by side, in processes of their own, and returns a second after the deadline
 * at the latest. False only where nothing could be asked at all, or when interrupted. */
bool wk_snapshot_take(
	const struct wk_snapshot_job *job, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* Kept in one file, readable by its owner alone; replaced as a whole. */
bool wk_snapshot_write(
	const struct cJSON *snapshot, const char *path, struct wk_err *err) WK_MUST_CHECK;
bool wk_snapshot_read(const char *path, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;

/* What follows from other objects, is written all the time, or is the harness's own scratch. */
bool wk_suspect_follows(const struct cJSON *object);
/* The object without what the server and controllers keep in it; values of Secrets become
 * hashes. It is changed in place. */
void wk_suspect_normal(struct cJSON *object);
/* Who wrote the object last, and when (apart from its status); "" where nothing says. */
const char *wk_suspect_writer(const struct cJSON *object, const char **ret_since);

/* Adds what one API server holds to its entry of a snapshot. */
bool wk_suspect_objects(struct wk_kube *kube, wk_nsec deadline, struct cJSON *entry,
	struct wk_err *err) WK_MUST_CHECK;
/* The same of a node, from within its network namespace. */
void wk_suspect_node(const struct wk_snapshot_job *job, const char *cluster, struct cJSON *entry);

/* [{cluster, layer: object|rules|qdiscs|routes|sysctls|processes, what: added|removed|changed, name,
 *   fields?: [{path, was?, is?}], by?, since?, before?, after?}]; the caller deletes it. */
struct cJSON *wk_suspect_differ(const struct cJSON *before, const struct cJSON *after);
/* The merge patch (RFC 7386) that makes `from` into `to`; NULL where they are the same. */
struct cJSON *wk_suspect_patch(const struct cJSON *from, const struct cJSON *to);

/* The way of what fails: scopes of the failing checks ("cluster-b>cluster-a"), derived values, and what
 * is there now. */
struct wk_suspect_path {
	const struct cJSON *facts;
	const struct cJSON *snapshot;
	const struct cJSON *scopes; /* [text] */
};

/* Gives each change `distance` and `touches`, true as `follows` where it comes of another one by itself, and sorts: the nearest first, of equally near ones
 * the newest. */
void wk_suspect_weigh(struct cJSON *changes, const struct wk_suspect_path *path);
/* Whether a host of an Istio object, as written in a namespace, means this full name. */
bool wk_suspect_host(const char *host, const char *namespace, const char *name);

/* The command that takes a change back, as a shell takes it; NULL where only hashes are known. The
 * caller frees. `node` is a process in the network namespace of the node. */
char *wk_suspect_command(const struct cJSON *change, const char *mesh, pid_t node);

#endif
