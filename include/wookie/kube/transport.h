#ifndef WOOKIE_KUBE_TRANSPORT_H
#define WOOKIE_KUBE_TRANSPORT_H

#include "wookie/kube/client.h"

/* What the files of this room share; other rooms use client.h and exec.h. */

/* One row of the API server's discovery. */
struct wk_kube_kind {
	char *api_version; /* "v1", "apps/v1" */
	char *kind;
	char *resource; /* plural, as in paths */
	bool namespaced;
	bool listable;
};

struct wk_kube {
	struct wk_kubeconfig config;
	char *base; /* what a path is appended to */
	int netns;
	void *easy;                 /* CURL, kept for its warm connection */
	void *multi;                /* CURLM */
	void *connect_to;           /* curl_slist; NULL without tls-server-name */
	char *proxy;                /* as libcurl spells it; NULL: none */
	char *proxy_shown;          /* without its password */
	unsigned login_serial;      /* of the login's credential that `config` and `easy` hold */
	struct wk_kube_kind *kinds; /* NULL: not asked yet */
	size_t n_kinds;
};

/* How one attempt at moving bytes is bounded. */
struct wk_kube_bound {
	wk_nsec began;
	wk_nsec deadline;
	int interrupts; /* wk_interrupt_count() at the beginning: what came later ends it */
};

struct wk_kube_bound wk_kube_bound(wk_nsec deadline);
/* False, with err WK_ERR_INTERRUPTED, when a signal came since. */
bool wk_kube_uninterrupted(const struct wk_kube_bound *bound, struct wk_err *err) WK_MUST_CHECK;
/* How long to wait for a socket before looking at the bound again, in milliseconds. */
int wk_kube_slice(const struct wk_kube_bound *bound);

/* A curl handle with the server's address, trust, credentials and network namespace. */
void *wk_kube_handle(struct wk_kube *kube);
/* Before a request: credentials that hold now, in the config and in `easy`. */
bool wk_kube_log_in(struct wk_kube *kube, wk_nsec deadline, struct wk_err *err) WK_MUST_CHECK;
/* After an answer: true when the request is worth sending again, with what the next log-in gives. */
bool wk_kube_log_in_again(struct wk_kube *kube, enum wk_kube_answer answer);
/* Runs a handle to its end. On failure err says in words what stood in the way. */
bool wk_kube_drive(struct wk_kube *kube, void *multi, void *easy, const struct wk_kube_bound *bound,
	struct wk_err *err) WK_MUST_CHECK;

/* A request in full; what may be NULL in wk_kube_call() may be so here. */
struct wk_kube_request {
	const char *method;
	const char *path;
	const char *type;
	const char *accept; /* NULL: JSON as the server likes it */
	const char *body;
};

bool wk_kube_send(struct wk_kube *kube, const struct wk_kube_request *request, wk_nsec deadline,
	struct wk_kube_reply *ret, struct wk_err *err) WK_MUST_CHECK;
/* The text under a key of a JSON object; "" where there is none. */
const char *wk_kube_text(const struct cJSON *object, const char *key);
/* Sorts an answer by its status and body: sets `answer`, `json` and `message`. */
void wk_kube_reply_read(struct wk_kube_reply *reply);
/* Turns an answer that was not hoped for into an error. Always false. */
bool wk_kube_refusal(const struct wk_kube *kube, const char *doing,
	const struct wk_kube_reply *reply, struct wk_err *err);
/* The row of a kind that discovery listed so far, or NULL. */
const struct wk_kube_kind *wk_kube_known(
	const struct wk_kube *kube, const char *api_version, const char *kind);
/* Asks discovery (again). */
bool wk_kube_discover(struct wk_kube *kube, wk_nsec deadline, struct wk_err *err) WK_MUST_CHECK;
void wk_kube_forget_kinds(struct wk_kube *kube);
/* Path of an object or, with name NULL, of a collection. */
char *wk_kube_path_of(const struct wk_kube_kind *kind, const char *namespace, const char *name);
/* Percent-encodes one part of a path or query (RFC 3986 2.1). */
void wk_kube_escape(struct wk_buf *out, const char *text);

#endif
