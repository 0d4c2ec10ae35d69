#ifndef WOOKIE_PKI_JWT_H
#define WOOKIE_PKI_JWT_H

#include "wookie/base/err.h"

/* Signs claims (a JSON object as text) with an ECDSA P-256 key in PEM: a JSON Web Token, "ES256" (RFC
 * 7519, RFC 7518 3.4). The caller frees *ret. */
bool wk_jwt_sign(
	const char *key_pem, const char *claims, char **ret, struct wk_err *err) WK_MUST_CHECK;

#endif
