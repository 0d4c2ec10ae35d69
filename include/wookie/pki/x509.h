#ifndef WOOKIE_PKI_X509_H
#define WOOKIE_PKI_X509_H

#include "wookie/base/err.h"

/* What the files of this room share; other rooms have no use for it. */
struct x509_st;

/* Records a message followed by OpenSSL's own reason, and empties its queue of errors. Returns
 * false. */
bool wk_openssl_err(struct wk_err *err, enum wk_err_kind kind, const char *fmt, ...)
	WK_PRINTF(3, 4);
/* SHA-256 of the DER form, lower-case hex. */
void wk_x509_fingerprint(const struct x509_st *cert, char hex[65]);
/* The first certificate of a PEM text; the caller frees it with X509_free(). */
struct x509_st *wk_x509_parse(const char *pem, struct wk_err *err);

#endif
