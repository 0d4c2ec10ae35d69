#ifndef WOOKIE_FAULT_UNDO_H
#define WOOKIE_FAULT_UNDO_H

#include "wookie/fault/fault.h"

/* Inside the fault room: what can be remembered. Each takes its cJSON over. */

/* `before` is the object as it was; it was changed or deleted. */
void wk_undo_object(struct wk_undo *undo, size_t cluster, struct cJSON *before);
/* `before` is a bare pod as it was applied; another one of its name stands in its place. */
void wk_undo_pod(struct wk_undo *undo, size_t cluster, struct cJSON *before);
/* `created` was not there before. */
void wk_undo_created(struct wk_undo *undo, size_t cluster, struct cJSON *created);
/* An iptables rule (words without -I or -D) in the network namespace of a cluster's node. */
void wk_undo_rule(struct wk_undo *undo, const char *cluster, struct cJSON *words);
/* The queueing discipline of a cluster's node. */
void wk_undo_shape(struct wk_undo *undo, const char *cluster);
/* A process that was stopped by SIGSTOP. */
void wk_undo_stopped(struct wk_undo *undo, pid_t pid);

/* One step. `args` is expanded. */
typedef bool wk_fault_fn(const struct wk_fault_env *env, const struct cJSON *args,
	struct wk_undo *undo, struct wk_err *err);

wk_fault_fn wk_fault_apply;
wk_fault_fn wk_fault_await;
wk_fault_fn wk_fault_delete;
wk_fault_fn wk_fault_patch;
wk_fault_fn wk_fault_recreate;
wk_fault_fn wk_fault_remote_secret;
wk_fault_fn wk_fault_replace_ca;
wk_fault_fn wk_fault_restart;
wk_fault_fn wk_fault_rule;
wk_fault_fn wk_fault_shape;
wk_fault_fn wk_fault_stop;

/* Why there is nothing to change. Always false. */
bool wk_fault_void(struct wk_err *err, const char *fmt, ...) WK_PRINTF(2, 3);

/* Index of the cluster that args name ("cluster": a name, or one of the derived cluster objects); -1
 * with an error. */
int wk_fault_cluster(const struct wk_fault_env *env, const struct cJSON *args, struct wk_err *err);
/* A text among args, or NULL. */
const char *wk_fault_text(const struct cJSON *args, const char *key);

/* Reads an object by what it says of itself; *ret NULL when it is not there. */
bool wk_fault_find(const struct wk_fault_env *env, size_t cluster, const struct cJSON *object,
	struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;
/* What is waited for. */
typedef bool wk_fault_reached(const struct cJSON *object, const void *context);

/* Waits until the object that this one names is there and `reached`. */
bool wk_fault_wait(const struct wk_fault_env *env, size_t cluster, const struct cJSON *object,
	wk_fault_reached *reached, const void *context, struct wk_err *err) WK_MUST_CHECK;
/* Makes a copy of an object new again: without uid, resourceVersion, status and what else the server
 * adds. The caller deletes it. */
struct cJSON *wk_fault_fresh(const struct cJSON *object);
/* Puts the object back as it was: created when it is gone, replaced otherwise. */
bool wk_fault_put_back(const struct wk_fault_env *env, size_t cluster, const struct cJSON *before,
	struct wk_err *err) WK_MUST_CHECK;
/* The same for a bare pod; waits until it is Ready. */
bool wk_fault_pod_back(const struct wk_fault_env *env, size_t cluster, const struct cJSON *pod,
	struct wk_err *err) WK_MUST_CHECK;
/* A pod as it was first applied, without what the server and webhooks added; NULL where nobody
 * applied it. The caller deletes it. */
struct cJSON *wk_fault_as_applied(const struct cJSON *pod);
/* A token of the reader's account that the cluster would take, had it not expired. The caller frees;
 * NULL with an error. */
char *wk_fault_expired_token(const struct wk_fault_env *env, size_t cluster, struct wk_err *err);
/* JSON merge patch (RFC 7386). */
void wk_fault_merge(struct cJSON *object, const struct cJSON *patch);
/* Takes the queueing discipline of a node's way to the wire away. */
bool wk_fault_unshape(
	const struct wk_fault_env *env, const char *cluster, struct wk_err *err) WK_MUST_CHECK;
/* Runs iptables in the network namespace of a node: "-I" or "-D" and the words of a rule. */
bool wk_fault_iptables(const struct wk_fault_env *env, const char *cluster, const char *action,
	const struct cJSON *words, struct wk_err *err) WK_MUST_CHECK;

#endif
