/*
 * A raw look at a TLS server
 *
 * A gateway that asks for a client certificate still shows its own before it refuses one who has
 * none, and that is all a look is after. The chain is therefore taken from the verify callback, as
 * soon as it has arrived, and not from the finished handshake: with TLS 1.2 the handshake fails
 * after the certificates came, and with TLS 1.3 it succeeds on this side although the server is
 * about to refuse (RFC 8446 4.4.2.4), which only a read shows. Nothing is verified on the way;
 * whether the chain leads to a given root is a separate answer, worked out afterwards.
 */
#include "wookie/pki/tls.h"

#include "wookie/pki/ca.h"
#include "wookie/pki/x509.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How long a refusal may take to arrive once the handshake is done on this side. Shorter than what
 * callers give a whole look, or silence would always count as too late instead of as let in. */
#define REFUSAL_WAIT WK_SEC
#define ALPN_MAX 255

WK_DEFINE_AUTO(SSL_CTX *, SSL_CTX_free);
WK_DEFINE_AUTO(SSL *, SSL_free);
WK_DEFINE_AUTO(BIO *, BIO_free_all);
WK_DEFINE_AUTO(X509 *, X509_free);
WK_DEFINE_AUTO(X509_STORE *, X509_STORE_free);
WK_DEFINE_AUTO(X509_STORE_CTX *, X509_STORE_CTX_free);
WK_DEFINE_AUTO(GENERAL_NAMES *, GENERAL_NAMES_free);
WK_DEFINE_AUTO(BIGNUM *, BN_free);

struct look {
	const struct wk_tls_ask *ask;
	struct wk_tls_seen seen;
};

static void name_text(X509_NAME *name, char *text, size_t size)
{
	BIO *WK_AUTO(BIO_free_all) bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long len;

	(void)X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ);
	len = BIO_get_mem_data(bio, &data);
	(void)snprintf(text, size, "%.*s", (int)len, len > 0 ? data : "");
}

static void first_uri(const X509 *cert, char *text, size_t size)
{
	GENERAL_NAMES *WK_AUTO(GENERAL_NAMES_free) names =
		X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_URI)
			continue;
		(void)snprintf(text, size, "%.*s",
			ASN1_STRING_length(name->d.uniformResourceIdentifier),
			(const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier));
		return;
	}
}

static void serial_text(const X509 *cert, char *text, size_t size)
{
	BIGNUM *WK_AUTO(BN_free) number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = number ? BN_bn2hex(number) : NULL;

	(void)snprintf(text, size, "%s", hex ? hex : "");
	OPENSSL_free(hex);
	for (; *text; text++)
		*text = (char)(tolower)((unsigned char)*text); /* not the macro */
}

static void time_text(const ASN1_TIME *when, char text[21])
{
	struct tm tm;

	if (ASN1_TIME_to_tm(when, &tm) == 1)
		(void)strftime(text, 21, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void describe(X509 *cert, struct wk_tls_cert *ret)
{
	wk_x509_fingerprint(cert, ret->fingerprint);
	name_text(X509_get_subject_name(cert), ret->subject, sizeof(ret->subject));
	name_text(X509_get_issuer_name(cert), ret->issuer, sizeof(ret->issuer));
	first_uri(cert, ret->uri, sizeof(ret->uri));
	serial_text(cert, ret->serial, sizeof(ret->serial));
	time_text(X509_get0_notBefore(cert), ret->not_before);
	time_text(X509_get0_notAfter(cert), ret->not_after);
	ret->expired = X509_cmp_current_time(X509_get0_notBefore(cert)) > 0 ||
		       X509_cmp_current_time(X509_get0_notAfter(cert)) < 0;
}

bool wk_pem_describe(const char *pem, struct wk_tls_cert *ret, struct wk_err *err)
{
	X509 *WK_AUTO(X509_free) cert = wk_x509_parse(pem, err);

	if (!cert)
		return false;
	*ret = (struct wk_tls_cert){.expired = false};
	describe(cert, ret);
	return true;
}

/* Whether a chain leads to the root that was asked about. */
static void verify(
	const char *root_pem, X509 *leaf, STACK_OF(X509) * chain, struct wk_tls_seen *ret)
{
	X509_STORE *WK_AUTO(X509_STORE_free) store = X509_STORE_new();
	X509_STORE_CTX *WK_AUTO(X509_STORE_CTX_free) ctx = X509_STORE_CTX_new();
	struct wk_err err;
	X509 *WK_AUTO(X509_free) root = wk_x509_parse(root_pem, &err);

	if (!root || X509_STORE_add_cert(store, root) != 1 ||
		X509_STORE_CTX_init(ctx, store, leaf, chain) != 1) {
		(void)snprintf(ret->verify_error, sizeof(ret->verify_error),
			"the root cannot be used: expected a certificate in PEM form");
		return;
	}
	ret->verified = X509_verify_cert(ctx) == 1;
	if (!ret->verified)
		(void)snprintf(ret->verify_error, sizeof(ret->verify_error), "%s",
			X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
}

/* OpenSSL's verify callback: keeps what came, refuses nothing. */
static int keep_chain(X509_STORE_CTX *ctx, void *context)
{
	struct look *look = context;
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(ctx);
	int n = sk_X509_num(chain);

	look->seen.n_chain = 0;
	for (int i = 0; i < n && i < WK_TLS_MAX_CHAIN; i++)
		describe(sk_X509_value(chain, i), &look->seen.chain[look->seen.n_chain++]);
	if (look->ask->root_pem && n > 0)
		verify(look->ask->root_pem, sk_X509_value(chain, 0), chain, &look->seen);
	return 1;
}

/* "h2,istio" in the form of RFC 7301 3.1; 0 when it does not fit. */
static unsigned alpn_wire(const char *list, unsigned char wire[ALPN_MAX])
{
	unsigned used = 0;

	while (*list) {
		size_t len = strcspn(list, ",");

		if (len == 0 || len > 255 || used + len + 1 > ALPN_MAX)
			return 0;
		wire[used++] = (unsigned char)len;
		memcpy(wire + used, list, len);
		used += (unsigned)len;
		list += len + (list[len] == ',');
	}
	return used;
}

/* What ended the talk, in OpenSSL's words for alerts and plain ones for the rest. */
static void note_refusal(struct wk_tls_seen *seen, int reason, int errnum)
{
	unsigned long code = ERR_peek_last_error();
	const char *text = code ? ERR_reason_error_string(code) : NULL;

	if (reason == SSL_ERROR_ZERO_RETURN ||
		ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		text = "closed by the peer";
	else if (!text)
		text = errnum ? strerror(errnum) : "closed by the peer";
	(void)snprintf(seen->refusal, sizeof(seen->refusal), "%s", text);
	ERR_clear_error();
}

enum step {
	STEP_DONE,
	STEP_REFUSED, /* seen.refusal says how */
	STEP_LATE,
};

/* Repeats an operation until it is through, the peer ends it, or time is up. */
static enum step drive(SSL *ssl, int (*operate)(SSL *), struct look *look, wk_nsec deadline)
{
	for (;;) {
		struct pollfd fd = {.fd = look->ask->fd, .events = POLLIN};
		int result;
		int reason;
		int errnum;

		ERR_clear_error();
		errno = 0;
		result = operate(ssl);
		errnum = errno;
		if (result > 0)
			return STEP_DONE;
		reason = SSL_get_error(ssl, result);
		if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
			note_refusal(&look->seen, reason, errnum);
			return STEP_REFUSED;
		}
		if (wk_now() >= deadline)
			return STEP_LATE;
		if (reason == SSL_ERROR_WANT_WRITE)
			fd.events = POLLOUT;
		(void)poll(&fd, 1, wk_poll_timeout(deadline));
	}
}

static int read_one(SSL *ssl)
{
	char byte;

	return SSL_peek(ssl, &byte, 1);
}

static SSL *prepare(SSL_CTX *ctx, struct look *look, struct wk_err *err)
{
	unsigned char wire[ALPN_MAX];
	unsigned len = look->ask->alpn ? alpn_wire(look->ask->alpn, wire) : 0;
	WK_AUTOFREE char *sni = look->ask->sni ? wk_xstrdup(look->ask->sni) : NULL;
	SSL *WK_AUTO(SSL_free) ssl = NULL;

	if (look->ask->alpn && len == 0) {
		(void)wk_err_set(err, WK_ERR_INPUT,
			"expected ALPN protocols parted by commas, found '%s'", look->ask->alpn);
		return NULL;
	}
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, keep_chain, look);
	ssl = SSL_new(ctx);
	if (!ssl || SSL_set_fd(ssl, look->ask->fd) != 1 ||
		(len && SSL_set_alpn_protos(ssl, wire, len) != 0) ||
		(sni && SSL_set_tlsext_host_name(ssl, sni) != 1)) {
		(void)wk_openssl_err(err, WK_ERR_SYSTEM, "cannot prepare a TLS connection");
		return NULL;
	}
	return WK_TAKE(ssl);
}

static bool talk(SSL *ssl, struct look *look, struct wk_err *err)
{
	wk_nsec until = wk_now() + REFUSAL_WAIT;
	const unsigned char *alpn = NULL;
	unsigned len = 0;
	enum step step = drive(ssl, SSL_connect, look, look->ask->deadline);

	if (step == STEP_LATE)
		return wk_err_set(err, WK_ERR_TIMEOUT, "the TLS handshake did not end in time");
	look->seen.handshake = step == STEP_DONE;
	(void)snprintf(look->seen.version, sizeof(look->seen.version), "%s", SSL_get_version(ssl));
	SSL_get0_alpn_selected(ssl, &alpn, &len);
	if (len < sizeof(look->seen.alpn))
		(void)snprintf(look->seen.alpn, sizeof(look->seen.alpn), "%.*s", (int)len,
			alpn ? (const char *)alpn : "");
	/* Silence for so long, or data, means that nothing was refused; silence until an earlier
	 * deadline means nothing. */
	if (step == STEP_DONE)
		step = drive(ssl, read_one, look, wk_earlier(until, look->ask->deadline));
	if (step == STEP_LATE && look->ask->deadline < until)
		return wk_err_set(err, WK_ERR_TIMEOUT,
			"the deadline came before it could be told whether the server refuses");
	return true;
}

/* A look must leave the socket as it found it, and a peer that goes away must not end the process. */
bool wk_tls_look(const struct wk_tls_ask *ask, struct wk_tls_seen *ret, struct wk_err *err)
{
	struct look look = {.ask = ask};
	SSL_CTX *WK_AUTO(SSL_CTX_free) ctx = SSL_CTX_new(TLS_client_method());
	SSL *WK_AUTO(SSL_free) ssl = ctx ? prepare(ctx, &look, err) : NULL;
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	int flags = fcntl(ask->fd, F_GETFL);
	bool ok;

	if (!ctx)
		return wk_openssl_err(err, WK_ERR_SYSTEM, "cannot prepare TLS");
	if (!ssl)
		return false;
	if (flags < 0 || fcntl(ask->fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return wk_err_sys(err, errno, "cannot look at a socket");
	(void)sigaction(SIGPIPE, &ignore, &before);
	ok = talk(ssl, &look, err);
	(void)sigaction(SIGPIPE, &before, NULL);
	(void)fcntl(ask->fd, F_SETFL, flags);
	if (ok)
		*ret = look.seen;
	return ok;
}
