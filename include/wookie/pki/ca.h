#ifndef WOOKIE_PKI_CA_H
#define WOOKIE_PKI_CA_H

#include "wookie/base/buf.h"
#include "wookie/base/clock.h"

/* A key pair and its certificate, PEM; ECDSA P-256 (RFC 5480). */
struct wk_cert {
	char *cert_pem;
	char *key_pem;
};

void wk_cert_finish(struct wk_cert *cert);
/* True when the key is the certificate's; of several certificates, the first one's. */
bool wk_cert_check(const struct wk_cert *pair, struct wk_err *err) WK_MUST_CHECK;

/* What a leaf is for. SANs end with NULL; either list may be NULL. */
struct wk_cert_request {
	const char *common_name;
	const char *organization; /* or NULL */
	const char *const *dns;
	const char *const *ips;
	bool server; /* extendedKeyUsage serverAuth, else clientAuth */
	unsigned days;
};

/* A self-signed root. `subject` is "/O=Istio/CN=Root CA" in OpenSSL's one-line form. */
bool wk_ca_root(
	const char *subject, unsigned days, struct wk_cert *ret, struct wk_err *err) WK_MUST_CHECK;
/* An intermediate with a random serial (RFC 5280 4.1.2.2); one more may stand below it. */
bool wk_ca_intermediate(const struct wk_cert *root, const char *subject, unsigned days,
	struct wk_cert *ret, struct wk_err *err) WK_MUST_CHECK;
/* The same, but only for so long: whole seconds. A root where `ca` is NULL. */
bool wk_ca_short_lived(const struct wk_cert *ca, const char *subject, wk_nsec life,
	struct wk_cert *ret, struct wk_err *err) WK_MUST_CHECK;
bool wk_ca_issue(const struct wk_cert *ca, const struct wk_cert_request *request,
	struct wk_cert *ret, struct wk_err *err) WK_MUST_CHECK;
/* A key pair for signing service account tokens; cert_pem holds the public key. */
bool wk_key_pair(struct wk_cert *ret, struct wk_err *err) WK_MUST_CHECK;

/* Lower-case hex; `hex` holds at least 65 bytes. The fingerprint is of the first certificate's DER.
 */
bool wk_pem_fingerprint(const char *pem, char hex[65], struct wk_err *err) WK_MUST_CHECK;
/* The certificate after the first one of a bundle; NULL: there is none. */
const char *wk_pem_next(const char *pem);
void wk_sha256(const void *data, size_t len, char hex[65]);
/* For protocols that ask for it (RFC 6455), never for trust. */
void wk_sha1(const void *data, size_t len, unsigned char digest[20]);
bool wk_sha256_file(const char *path, char hex[65], struct wk_err *err) WK_MUST_CHECK;

/* Standard alphabet with padding. Decoding refuses anything else. The caller frees. */
char *wk_base64_encode(const void *data, size_t len);
bool wk_base64_decode(const char *text, struct wk_buf *ret, struct wk_err *err) WK_MUST_CHECK;

#endif
