#ifndef WOOKIE_PKI_TLS_H
#define WOOKIE_PKI_TLS_H

#include "wookie/base/buf.h"
#include "wookie/base/clock.h"

/* What a TLS server shows to a client that has no certificate (RFC 8446): the chain is kept whether
 * or not the handshake succeeds, nothing is verified by the handshake itself. */
#define WK_TLS_MAX_CHAIN 8

struct wk_tls_cert {
	char fingerprint[65];
	char subject[128];
	char issuer[128];
	char uri[256]; /* first URI SAN: the SPIFFE id */
	char serial[65];
	char not_before[21]; /* UTC, 2026-11-22T14:33:41Z */
	char not_after[21];
	bool expired; /* now is outside its validity */
};

/* The first certificate of a PEM text. */
bool wk_pem_describe(const char *pem, struct wk_tls_cert *ret, struct wk_err *err) WK_MUST_CHECK;

struct wk_tls_seen {
	bool handshake;    /* SSL_connect succeeded */
	char version[16];  /* "TLSv1.3" */
	char alpn[32];     /* selected by the server, "" for none */
	char refusal[128]; /* the alert or error that ended it, "" for none: read once after the
			      handshake */
	bool verified;     /* the chain leads to `root_pem` (when one was given) */
	char verify_error[128];
	struct wk_tls_cert chain[WK_TLS_MAX_CHAIN]; /* leaf first */
	size_t n_chain;
};

struct wk_tls_ask {
	int fd;               /* connected; stays the caller's */
	const char *sni;      /* or NULL */
	const char *alpn;     /* comma-separated protocols, or NULL */
	const char *root_pem; /* trust anchor to verify the chain against, or NULL */
	wk_nsec deadline;
};

/* False only when the deadline passed or OpenSSL itself failed. A peer that closes, resets or sends
 * an alert is an answer. A server that accepts a client without a certificate says nothing, which
 * takes two seconds to be sure of: a deadline before that is WK_ERR_TIMEOUT. */
bool wk_tls_look(
	const struct wk_tls_ask *ask, struct wk_tls_seen *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
