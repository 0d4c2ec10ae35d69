#ifndef WOOKIE_PROBE_REDACT_H
#define WOOKIE_PROBE_REDACT_H

struct cJSON;

/* A secret by its look: JSON web tokens and PEM private keys, also base64-encoded as in a Secret, and
 * what stands behind "Bearer ", "password=" and the like. */

/* They become "(redacted)" in every string of the tree, and so does the value of an environment
 * variable ({"name", "value"}) whose name says that it is one. All evidence passes here before it leaves its probe;
 * whoever writes events and evidence files does so again, for what slips through. */
void wk_redact(struct cJSON *json);
/* The same of a text, such as the end of a log: also a private key of which only the end is there. The
 * caller frees. */
char *wk_redact_text(const char *text);

#endif
