#ifndef WOOKIE_PROBE_REDACT_H
#define WOOKIE_PROBE_REDACT_H

struct cJSON;

/* Tokens (JSON web tokens) and private keys (PEM), also base64-encoded as in a Secret, become
 * "(redacted)" in every string of the tree. All evidence passes here before it leaves its probe;
 * whoever writes events and evidence files does so again, for what slips through. */
void wk_redact(struct cJSON *json);

#endif
