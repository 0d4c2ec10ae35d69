#ifndef WOOKIE_KUBE_KUBECONFIG_H
#define WOOKIE_KUBE_KUBECONFIG_H

#include "wookie/base/arena.h"
#include "wookie/base/clock.h"
#include "wookie/base/err.h"

struct wk_kube_login;

/* Who and where an API server is, and how it is talked to. PEM texts are decoded; what is absent is
 * NULL. */
struct wk_kubeconfig {
	char *cluster; /* name of the cluster entry */
	char *server;  /* https://host:port, perhaps with a path */
	char *tls_server_name;
	char *ca_pem; /* NULL: the machine's authorities, unless `insecure` */
	char *cert_pem;
	char *key_pem;
	char *token;
	bool insecure; /* insecure-skip-tls-verify */
	/* Only wk_kubeconfig_load() sets these: */
	char *proxy_url;             /* http://, https:// or socks5:// */
	char *impersonate;           /* header lines, each with its CR LF */
	struct wk_kube_login *login; /* a token file or a plugin */
};

/* What somebody else may have written: the current context of one text, YAML or JSON, with all that
 * it needs in the text itself. Whatever would read another file, run a program or lead through
 * a proxy is refused by name, with what to use instead: what this gives never holds any of it. */
bool wk_kubeconfig_parse(const char *file, const char *text, size_t len, struct wk_kubeconfig *ret,
	struct wk_err *err) WK_MUST_CHECK;
bool wk_kubeconfig_read(
	const char *file, struct wk_kubeconfig *ret, struct wk_err *err) WK_MUST_CHECK;

/* Where kubectl looks for the user's own. */
struct wk_kubeconfig_source {
	const char *files; /* KUBECONFIG: paths with ':' between them; NULL or "": below `home` */
	const char *home;  /* HOME, for .kube/config in it; may be NULL */
};

/* What the user wrote for kubectl, and in which everything is trusted that kubectl trusts: files are
 * merged (the first that has an entry wins, one that is missing is passed over, a path in an entry
 * starts at the file in which it stands), certificates, keys and authorities are read, and proxies
 * and impersonation taken over. Token files and plugins (client.authentication.k8s.io v1, v1beta1)
 * are noted, and asked by wk_kubeconfig_log_in(). `context` NULL: the current one.
 *
 * Never for a text that came from a cluster. */
bool wk_kubeconfig_load(const struct wk_kubeconfig_source *source, const char *context,
	struct wk_kubeconfig *ret, struct wk_err *err) WK_MUST_CHECK;

/* The names of the contexts in them, the arena's; none where they cannot be read. */
const char *const *wk_kubeconfig_contexts(
	struct wk_arena *arena, const struct wk_kubeconfig_source *source, size_t *ret_n);

/* Makes sure that there are credentials that hold now: reads the token file, runs the plugin unless
 * what it said before still holds. A client does so before each request. Whoever forks should do so
 * before, which costs nothing most of the time: children inherit the credentials, and what a child
 * learns is lost with it. WK_ERR_MISSING: no such plugin, WK_ERR_TIMEOUT: it hangs, WK_ERR_REMOTE:
 * it failed or its answer is of no use. */
bool wk_kubeconfig_log_in(
	const struct wk_kubeconfig *config, wk_nsec deadline, struct wk_err *err) WK_MUST_CHECK;

/* A copy with a life of its own; it shares the login, so that a plugin is asked once for both. */
void wk_kubeconfig_copy(const struct wk_kubeconfig *config, struct wk_kubeconfig *ret);
void wk_kubeconfig_finish(struct wk_kubeconfig *config);

#endif
