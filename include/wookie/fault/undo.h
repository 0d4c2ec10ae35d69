#ifndef WOOKIE_FAULT_UNDO_H
#define WOOKIE_FAULT_UNDO_H

#include "wookie/fault/fault.h"

/* Inside the fault room: what can be remembered. */
enum wk_undo_kind {
	WK_UNDO_OBJECT, /* what: the object as it was; it is about to be changed or deleted */
	WK_UNDO_POD, /* what: a bare pod as it was applied; another of its name takes its place */
	WK_UNDO_CREATED, /* what: the object; it was not there before */
	WK_UNDO_RULE, /* what: words of an iptables rule, without -I or -D, in the cluster's node */
	WK_UNDO_UNRULED, /* what: words of a rule that somebody else made and that is away */
	WK_UNDO_SHAPE,   /* the queueing discipline of the cluster's node */
	WK_UNDO_STOPPED, /* what: a component of the node, as text, that is stopped by SIGSTOP */
};

/* To be called before the step is done, which is not done when this fails. Takes `what` over. */
bool wk_undo_add(struct wk_undo *undo, enum wk_undo_kind kind, const char *cluster,
	struct cJSON *what, struct wk_err *err) WK_MUST_CHECK;
size_t wk_undo_count(const struct wk_undo *undo);
/* NULL where there are not so many. */
const struct cJSON *wk_undo_at(const struct wk_undo *undo, size_t at);
/* Forgets all but the first `n`. */
bool wk_undo_trim(struct wk_undo *undo, size_t n, struct wk_err *err) WK_MUST_CHECK;

/* One step. `args` is expanded. */
typedef bool wk_fault_fn(const struct wk_fault_env *env, const struct cJSON *args,
	struct wk_undo *undo, struct wk_err *err);

wk_fault_fn wk_fault_apply;
wk_fault_fn wk_fault_await;
wk_fault_fn wk_fault_copy;
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
/* A token of the reader's account that the cluster takes for so long; less than nothing: it has expired
 * before now. The caller frees; NULL with an error. */
char *wk_fault_token(
	const struct wk_fault_env *env, size_t cluster, wk_nsec left, struct wk_err *err);
/* JSON merge patch (RFC 7386). */
void wk_fault_merge(struct cJSON *object, const struct cJSON *patch);
/* Takes the queueing discipline of a node's way to the wire away, where there is one of ours. */
bool wk_fault_unshape(
	const struct wk_fault_env *env, const char *cluster, struct wk_err *err) WK_MUST_CHECK;
/* Takes a rule away, where it is. */
bool wk_fault_rule_back(const struct wk_fault_env *env, const char *cluster,
	const struct cJSON *words, struct wk_err *err) WK_MUST_CHECK;
/* Puts a rule in, first of its chain, where it is not. */
bool wk_fault_rule_again(const struct wk_fault_env *env, const char *cluster,
	const struct cJSON *words, struct wk_err *err) WK_MUST_CHECK;
/* Lets a component run on. */
bool wk_fault_thaw(const struct wk_fault_env *env, const char *cluster, const char *component,
	struct wk_err *err) WK_MUST_CHECK;
/* Name of a cluster by its index. */
const char *wk_fault_cluster_name(const struct wk_fault_env *env, size_t cluster);
/* Whether it says kind and metadata.name, without which no API server can be asked for it. */
bool wk_fault_is_named(const struct cJSON *object);

#endif
