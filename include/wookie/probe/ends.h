#ifndef WOOKIE_PROBE_ENDS_H
#define WOOKIE_PROBE_ENDS_H

struct cJSON;

/* Adds {"where", "subject", "issuer", "notBefore", "notAfter"} for every certificate of a PEM text; what
 * is no certificate is passed over. */
void wk_ends_add(struct cJSON *list, const char *where, const char *pem);
/* When a JSON Web Token ends (RFC 7519 4.1.4), in seconds since 1970; -1: it does not say. */
double wk_ends_token(const char *token);

#endif
