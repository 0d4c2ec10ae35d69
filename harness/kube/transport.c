/*
 * The way to an API server
 *
 * Everything that libcurl must be told once (trust, credentials, the network namespace, the
 * kubeconfig's proxy or none, no files of the machine) and everything that it answers in its own words is here. Certificates
 * and keys go in as memory, and CAPATH is switched off, because a cluster's own CA must not make
 * the machine's CAs trusted besides it. HTTP/1.1 is asked for: requests come one after the other,
 * where HTTP/2 gains nothing and costs two more round trips on the first.
 *
 * NOSIGNAL is left alone: without it libcurl shields every call from SIGPIPE, and it resolves names
 * without alarms.
 *
 * A transfer is driven in slices of at most 100 ms, so that a deadline and Ctrl-C are honoured
 * whatever libcurl is waiting for.
 */
#include "wookie/kube/transport.h"

#include "wookie/kube/login.h"
#include "wookie/proc/interrupt.h"
#include "wookie/proc/ns.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLICE_MSEC 100

WK_DEFINE_AUTO(CURLU *, curl_url_cleanup);

struct wk_kube_bound wk_kube_bound(wk_nsec deadline)
{
	return (struct wk_kube_bound){
		.began = wk_now(), .deadline = deadline, .interrupts = wk_interrupt_count()};
}

bool wk_kube_uninterrupted(const struct wk_kube_bound *bound, struct wk_err *err)
{
	if (wk_interrupt_count() <= bound->interrupts)
		return true;
	return wk_err_set(err, WK_ERR_INTERRUPTED, "interrupted");
}

int wk_kube_slice(const struct wk_kube_bound *bound)
{
	int left = wk_poll_timeout(bound->deadline);

	return left >= 0 && left < SLICE_MSEC ? left : SLICE_MSEC;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	const int *netns = context;
	int type = address->socktype | SOCK_CLOEXEC;

	(void)purpose;
	if (*netns < 0)
		return socket(address->family, type, address->protocol);
	return wk_ns_socket(*netns, address->family, type, address->protocol);
}

/* NULL takes it back. */
static void set_blob(CURL *easy, CURLoption option, char *pem)
{
	struct curl_blob blob = {
		.data = pem, .len = pem ? strlen(pem) : 0, .flags = CURL_BLOB_NOCOPY};

	(void)curl_easy_setopt(easy, option, pem ? &blob : NULL);
}

static void set_credentials(CURL *easy, const struct wk_kubeconfig *config)
{
	set_blob(easy, CURLOPT_SSLCERT_BLOB, config->cert_pem);
	set_blob(easy, CURLOPT_SSLKEY_BLOB, config->key_pem);
	(void)curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
		config->token ? (long)CURLAUTH_BEARER : (long)CURLAUTH_BASIC);
	(void)curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, config->token);
}

/* With tls-server-name the URL carries that name, for SNI and verification, and the connection is
 * led to where the server really is. */
static struct curl_slist *connect_to(const struct wk_kubeconfig *config, char **ret_base)
{
	CURLU *WK_AUTO(curl_url_cleanup) url = curl_url();
	char *host = NULL;
	char *port = NULL;
	char *base = NULL;
	struct curl_slist *list = NULL;

	if (curl_url_set(url, CURLUPART_URL, config->server, 0) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		curl_url_set(url, CURLUPART_HOST, config->tls_server_name, 0) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_URL, &base, 0) == CURLUE_OK) {
		WK_AUTOFREE char *line = wk_xasprintf("::%s:%s", host, port);

		list = curl_slist_append(NULL, line);
		*ret_base = wk_xstrdup(base);
	}
	curl_free(host);
	curl_free(port);
	curl_free(base);
	return list;
}

/* proxy-url as libcurl wants it, in whose words a name is only resolved by the proxy with socks5h,
 * and whose ports are not those of the web. Without the password: as it may be shown. */
static void name_proxy(struct wk_kube *kube)
{
	static const struct {
		const char *scheme;
		const char *theirs;
		const char *port;
	} rows[] = {
		{"http", "http", "80"}, {"https", "https", "443"}, {"socks5", "socks5h", "1080"}};
	const unsigned any = CURLU_NON_SUPPORT_SCHEME;
	CURLU *WK_AUTO(curl_url_cleanup) url = curl_url();
	char *scheme = NULL;
	char *port = NULL;
	char *whole = NULL;
	char *shown = NULL;

	(void)curl_url_set(url, CURLUPART_URL, kube->config.proxy_url, any);
	(void)curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
	(void)curl_url_get(url, CURLUPART_PORT, &port, 0);
	for (size_t i = 0; scheme && i < WK_COUNT(rows); i++) {
		if (strcmp(scheme, rows[i].scheme) != 0)
			continue;
		(void)curl_url_set(url, CURLUPART_SCHEME, rows[i].theirs, any);
		if (!port)
			(void)curl_url_set(url, CURLUPART_PORT, rows[i].port, 0);
	}
	(void)curl_url_get(url, CURLUPART_URL, &whole, 0);
	(void)curl_url_set(url, CURLUPART_USER, NULL, 0);
	(void)curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
	(void)curl_url_get(url, CURLUPART_URL, &shown, 0);
	kube->proxy = wk_xstrdup(whole ? whole : "");
	kube->proxy_shown = wk_xstrdup(shown ? shown : "");
	curl_free(scheme);
	curl_free(port);
	curl_free(whole);
	curl_free(shown);
}

struct wk_kube *wk_kube_new(const struct wk_kubeconfig *config, int netns)
{
	struct wk_kube *kube = wk_xcalloc(1, sizeof(*kube));
	size_t len;

	kube->netns = netns;
	wk_kubeconfig_copy(config, &kube->config);
	if (!kube->config.cluster)
		kube->config.cluster = wk_xstrdup(config->server);
	if (config->proxy_url)
		name_proxy(kube);
	if (config->tls_server_name)
		kube->connect_to = connect_to(config, &kube->base);
	if (!kube->base)
		kube->base = wk_xstrdup(config->server);
	for (len = strlen(kube->base); len > 0 && kube->base[len - 1] == '/'; len--)
		kube->base[len - 1] = '\0';
	kube->easy = wk_kube_handle(kube);
	kube->multi = curl_multi_init();
	return kube;
}

void wk_kube_free(struct wk_kube *kube)
{
	if (!kube)
		return;
	curl_easy_cleanup(kube->easy);
	(void)curl_multi_cleanup(kube->multi);
	curl_slist_free_all(kube->connect_to);
	wk_kube_forget_kinds(kube);
	free(kube->base);
	wk_forget(kube->proxy);
	free(kube->proxy_shown);
	wk_kubeconfig_finish(&kube->config);
	free(kube);
}

const char *wk_kube_server(const struct wk_kube *kube)
{
	return kube->config.server;
}

void *wk_kube_handle(struct wk_kube *kube)
{
	const struct wk_kubeconfig *config = &kube->config;
	CURL *easy = curl_easy_init();

	if (!easy)
		abort(); /* out of memory, as in base/mem.c */
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_PROXY, kube->proxy ? kube->proxy : "");
	(void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	(void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &kube->netns);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECT_TO, kube->connect_to);
	(void)curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
	(void)curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
	if (config->ca_pem) {
		(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		(void)curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
	}
	set_blob(easy, CURLOPT_CAINFO_BLOB, config->ca_pem);
	set_blob(easy, CURLOPT_PROXY_CAINFO_BLOB, config->ca_pem);
	set_credentials(easy, config);
	if (config->insecure) {
		(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
		(void)curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
		(void)curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
	}
	return easy;
}

/* Puts a copy of `text` where a secret was. */
static void renew(char **secret, const char *text)
{
	wk_forget(*secret);
	*secret = text ? wk_xstrdup(text) : NULL;
}

bool wk_kube_log_in(struct wk_kube *kube, wk_nsec deadline, struct wk_err *err)
{
	const struct wk_kube_login *login = kube->config.login;

	if (!wk_kubeconfig_log_in(&kube->config, deadline, err))
		return wk_err_context(err, "%s", kube->config.cluster);
	if (!login || login->serial == kube->login_serial)
		return true;
	renew(&kube->config.token, login->credential.token);
	if (login->plugin.argv) {
		renew(&kube->config.cert_pem, login->credential.cert_pem);
		renew(&kube->config.key_pem, login->credential.key_pem);
	}
	set_credentials(kube->easy, &kube->config);
	kube->login_serial = login->serial;
	return true;
}

bool wk_kube_log_in_again(struct wk_kube *kube, enum wk_kube_answer answer)
{
	struct wk_kube_login *login = kube->config.login;

	if (!login)
		return false;
	if (answer == WK_KUBE_UNAUTHORIZED)
		return wk_login_refused(login);
	wk_login_accepted(login);
	return false;
}

/* How far a transfer came, in the message of one that took too long. */
static bool too_late(const struct wk_kube *kube, CURL *easy, wk_nsec began, struct wk_err *err)
{
	curl_off_t body = 0;
	curl_off_t tls = 0;
	long opened = 0;
	const char *stage = "no TLS connection came about; is the address right and the API server "
			    "running?";
	const char *proxy = "";

	(void)curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &body);
	(void)curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
	(void)curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	if (body > 0) {
		stage = "the answer began but did not end";
	} else if (tls > 0 || opened == 0) {
		stage = "connected, but no answer came";
	} else if (kube->proxy) {
		stage = "no TLS connection came about through the proxy ";
		proxy = kube->proxy_shown;
	}
	return wk_err_set(err, WK_ERR_TIMEOUT, "%s: %s did not answer within %.1f s: %s%s",
		kube->config.cluster, kube->config.server, wk_seconds(wk_now() - began), stage,
		proxy);
}

/* What a proxy made of it: true when it is the one to blame. */
static bool blame_proxy(const struct wk_kube *kube, CURL *easy, CURLcode code, const char *detail,
	struct wk_err *err)
{
	const char *cluster = kube->config.cluster;
	long number = 0;
	long status = 0;
	long verified = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
	(void)curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
	(void)curl_easy_getinfo(easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &verified);
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_PROXY)
		(void)wk_err_set(err, WK_ERR_REMOTE, "%s: the proxy %s cannot be reached: %s",
			cluster, kube->proxy_shown,
			code == CURLE_COULDNT_CONNECT && number ? strerror((int)number) : detail);
	else if (code == CURLE_PEER_FAILED_VERIFICATION && verified)
		(void)wk_err_set(err, WK_ERR_REMOTE,
			"%s: the certificate of the proxy %s is not one that the kubeconfig's "
			"authority vouches for: %s",
			cluster, kube->proxy_shown, detail);
	else if (status == 407)
		(void)wk_err_set(err, WK_ERR_REMOTE,
			"%s: the proxy %s wants a user and a password (HTTP 407): expected them in "
			"the kubeconfig's 'proxy-url', as in 'http://USER:PASSWORD@host:port'",
			cluster, kube->proxy_shown);
	else if (code == CURLE_PROXY || (status && status / 100 != 2))
		(void)wk_err_set(err, WK_ERR_REMOTE, "%s: the proxy %s does not lead to %s: %s",
			cluster, kube->proxy_shown, kube->config.server, detail);
	else
		return false;
	return true;
}

/* libcurl's result in words a person can act on. */
static bool explain(const struct wk_kube *kube, CURL *easy, CURLcode code, const char *detail,
	struct wk_err *err)
{
	const char *cluster = kube->config.cluster;
	const char *server = kube->config.server;
	long number = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
	if (!*detail)
		detail = curl_easy_strerror(code);
	if (kube->proxy && blame_proxy(kube, easy, code, detail, err))
		return false;
	if (code == CURLE_COULDNT_CONNECT && number == ECONNREFUSED)
		return wk_err_set(err, WK_ERR_REMOTE,
			"%s: nothing listens at %s (connection refused); is its API server "
			"running?",
			cluster, server);
	if (code == CURLE_COULDNT_CONNECT && number)
		return wk_err_set(err, WK_ERR_REMOTE, "%s: %s cannot be reached: %s", cluster,
			server, strerror((int)number));
	if (code == CURLE_COULDNT_RESOLVE_HOST)
		return wk_err_set(
			err, WK_ERR_REMOTE, "%s: the host of %s has no address", cluster, server);
	if (code == CURLE_PEER_FAILED_VERIFICATION && !kube->config.ca_pem)
		return wk_err_set(err, WK_ERR_REMOTE,
			"%s: no authority that this machine trusts vouches for the certificate of "
			"%s, and the kubeconfig names none: %s",
			cluster, server, detail);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return wk_err_set(err, WK_ERR_REMOTE,
			"%s: the certificate of %s is not one that the kubeconfig's authority "
			"vouches for: %s",
			cluster, server, detail);
	if (code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE)
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: the kubeconfig's certificates cannot be used: %s", cluster, detail);
	if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
		code == CURLE_PARTIAL_FILE)
		return wk_err_set(err, WK_ERR_REMOTE,
			"%s: the connection to %s was lost before the answer was whole: %s",
			cluster, server, detail);
	return wk_err_set(err, WK_ERR_REMOTE, "%s: %s: %s", cluster, server, detail);
}

/* Waits until the handle is done, the bound is reached, or a signal comes. */
static bool finish(struct wk_kube *kube, CURLM *multi, CURL *easy,
	const struct wk_kube_bound *bound, CURLcode *ret, struct wk_err *err)
{
	int running = 1;
	int queued;
	CURLMsg *message;

	for (;;) {
		CURLMcode code = curl_multi_perform(multi, &running);

		if (code != CURLM_OK)
			return wk_err_set(
				err, WK_ERR_SYSTEM, "libcurl: %s", curl_multi_strerror(code));
		if (!running)
			break;
		if (!wk_kube_uninterrupted(bound, err))
			return false;
		if (wk_now() >= bound->deadline)
			return too_late(kube, easy, bound->began, err);
		(void)curl_multi_poll(multi, NULL, 0, wk_kube_slice(bound), NULL);
	}
	for (message = curl_multi_info_read(multi, &queued); message;
		message = curl_multi_info_read(multi, &queued))
		if (message->msg == CURLMSG_DONE && message->easy_handle == easy)
			*ret = message->data.result;
	return true;
}

/* A request on a connection that the server had closed meanwhile is sent again by libcurl itself, but only five
 * times in the whole life of a handle (libcurl lib/transfer.c, CONN_MAX_RETRIES); it counts anew after that. */
static bool has_lost_patience(CURLcode result, const char *detail)
{
	static const char said[] = "Connection died, tried";

	return result == CURLE_SEND_ERROR && strncmp(detail, said, strlen(said)) == 0;
}

bool wk_kube_drive(struct wk_kube *kube, void *multi, void *easy, const struct wk_kube_bound *bound,
	struct wk_err *err)
{
	char detail[CURL_ERROR_SIZE] = "";
	CURLcode result = CURLE_FAILED_INIT;
	long connect = wk_poll_timeout(bound->deadline);
	bool ok;

	/* libcurl's own limit for connecting is 300 s; 0 would mean that one. */
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect > 0 ? connect + 1000 : 1L);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
	(void)curl_multi_add_handle(multi, easy);
	ok = finish(kube, multi, easy, bound, &result, err);
	if (ok && has_lost_patience(result, detail)) {
		(void)curl_multi_remove_handle(multi, easy);
		(void)curl_multi_add_handle(multi, easy);
		ok = finish(kube, multi, easy, bound, &result, err);
	}
	if (ok && result != CURLE_OK)
		ok = explain(kube, easy, result, detail, err);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
	return ok;
}
