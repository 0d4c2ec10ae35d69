#ifndef WOOKIE_RUN_REDACT_H
#define WOOKIE_RUN_REDACT_H

struct cJSON;

/* The last net under what is written down: tokens (JWT) and private keys (PEM), also base64-encoded
 * as in a Secret, become "[redacted]" in every string of the tree. Probes redact before; this is for
 * what slips through. */
void wk_redact(struct cJSON *json);

#endif
