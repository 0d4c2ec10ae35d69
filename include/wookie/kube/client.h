#ifndef WOOKIE_KUBE_CLIENT_H
#define WOOKIE_KUBE_CLIENT_H

#include "wookie/base/buf.h"
#include "wookie/base/clock.h"
#include "wookie/kube/kubeconfig.h"

struct cJSON;

/* One API server over one warm connection. `netns` is the network namespace in which it is
 * reachable (a descriptor that stays the caller's), or -1. Never use one client on both sides of a
 * fork: create it after. */
struct wk_kube;
struct wk_kube *wk_kube_new(const struct wk_kubeconfig *config, int netns);
void wk_kube_free(struct wk_kube *kube);
WK_DEFINE_AUTO(struct wk_kube *, wk_kube_free);
const char *wk_kube_server(const struct wk_kube *kube);

enum wk_kube_answer {
	WK_KUBE_OK,           /* 2xx */
	WK_KUBE_NOT_FOUND,    /* 404, the object */
	WK_KUBE_NO_KIND,      /* 404 in plain text: group, version or kind not served */
	WK_KUBE_UNAUTHORIZED, /* 401 */
	WK_KUBE_FORBIDDEN,    /* 403 */
	WK_KUBE_CONFLICT,     /* 409 */
	WK_KUBE_REFUSED,      /* any other status; the message says which */
};

struct wk_kube_reply {
	enum wk_kube_answer answer;
	long status;        /* HTTP */
	struct cJSON *json; /* NULL when the body is no JSON */
	struct wk_buf text; /* the body */
	char message[400];  /* of a Status, or the start of the body */
};

void wk_kube_reply_finish(struct wk_kube_reply *reply);
static inline void wk_kube_reply_finish_cleanup(struct wk_kube_reply *reply)
{
	wk_kube_reply_finish(reply);
}

/* One request. False only without an answer (WK_ERR_REMOTE, WK_ERR_TIMEOUT). `type` and `body` may
 * be NULL. An absolute deadline bounds connect and transfer; a server that is silent for half a minute
 * hangs, however much time is left. */
bool wk_kube_call(struct wk_kube *kube, const char *method, const char *path, const char *type,
	const char *body, wk_nsec deadline, struct wk_kube_reply *ret,
	struct wk_err *err) WK_MUST_CHECK;
/* GET as JSON; the caller deletes *ret. Any answer but OK is an error that says which. */
bool wk_kube_get(struct wk_kube *kube, const char *path, wk_nsec deadline, struct cJSON **ret,
	struct wk_err *err) WK_MUST_CHECK;
/* As wk_kube_get, but an object that is not there gives true and *ret NULL. */
bool wk_kube_find(struct wk_kube *kube, const char *path, wk_nsec deadline, struct cJSON **ret,
	struct wk_err *err) WK_MUST_CHECK;

/* Path of an object or, with name NULL, of its collection; the caller frees *ret. Discovery is
 * asked once per client, and again until the deadline for a kind that may be on its way (any but
 * Kubernetes' own: its CRD may have been made just now). */
bool wk_kube_path(struct wk_kube *kube, const char *api_version, const char *kind,
	const char *namespace, const char *name, wk_nsec deadline, char **ret,
	struct wk_err *err) WK_MUST_CHECK;

/* Server-side apply (fieldManager wookie-conform, force), retrying until the deadline only what
 * heals by itself: a kind that is about to be served, 429, 503, 504, and a webhook that is not
 * reached yet. */
bool wk_kube_apply(struct wk_kube *kube, const struct cJSON *object, wk_nsec deadline,
	struct wk_err *err) WK_MUST_CHECK;
/* Deletes and, where `gone_by` is not 0, waits until it is gone. Not there is fine. */
bool wk_kube_delete(struct wk_kube *kube, const struct cJSON *object, long grace_seconds,
	wk_nsec gone_by, struct wk_err *err) WK_MUST_CHECK;

#endif
