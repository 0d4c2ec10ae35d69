#ifndef WOOKIE_KUBE_LOGIN_H
#define WOOKIE_KUBE_LOGIN_H

#include "wookie/base/buf.h"
#include "wookie/kube/kubeconfig.h"

/* Credentials that are fetched: what the files of this room share. */

/* A program that hands out credentials (client.authentication.k8s.io). */
struct wk_kube_plugin {
	char **argv; /* ends with NULL; argv[0] is a path, or looked up in PATH */
	char **env;  /* "K=V", ends with NULL */
	char *api_version;
	char *install_hint; /* or NULL */
	char *info;         /* what it gets as KUBERNETES_EXEC_INFO */
	/* How `info` is made, once the cluster's authority has been read: */
	bool provide_cluster;
	char *cluster_config; /* JSON for the plugin that stands in the cluster entry, or NULL */
};

struct wk_kube_credential {
	char *token;
	char *cert_pem;
	char *key_pem;
	int64_t expires; /* seconds since 1970; 0: it does not say */
};

/* Counted, because a kubeconfig and its clients share one; all in one process. */
struct wk_kube_login {
	unsigned users;
	char *where;                  /* file:line:column, for messages */
	char *token_file;             /* either this, */
	struct wk_kube_plugin plugin; /* or this one's argv */
	struct wk_kube_credential credential;
	unsigned serial; /* of the credential: grows with each other one; 0: none yet */
	bool doubted;    /* it was asked again after a refusal, and not accepted since */
};

struct wk_kube_login *wk_login_new(const char *where);
struct wk_kube_login *wk_login_share(struct wk_kube_login *login);
void wk_login_drop(struct wk_kube_login *login);

/* The server refused the credential: true when asking the plugin again may help. Says so once, until
 * wk_login_accepted(). */
bool wk_login_refused(struct wk_kube_login *login);
void wk_login_accepted(struct wk_kube_login *login);

/* What a plugin is told: a JSON object. The caller frees. */
char *wk_plugin_info(const struct wk_kube_plugin *plugin, const struct wk_kubeconfig *cluster);
bool wk_plugin_run(const struct wk_kube_plugin *plugin, wk_nsec deadline,
	struct wk_kube_credential *ret, struct wk_err *err) WK_MUST_CHECK;
/* Reads what a plugin printed. No message quotes it: it may be a secret. */
bool wk_plugin_answer(const char *api_version, const char *text, struct wk_kube_credential *ret,
	struct wk_err *err) WK_MUST_CHECK;
void wk_plugin_finish(struct wk_kube_plugin *plugin);
void wk_credential_finish(struct wk_kube_credential *credential);
static inline void wk_credential_finish_cleanup(struct wk_kube_credential *credential)
{
	wk_credential_finish(credential);
}
/* Overwrites a secret before it frees it. */
void wk_forget(char *secret);
void wk_forget_text(struct wk_buf *text);

#endif
