#ifndef WOOKIE_PROBE_READ_H
#define WOOKIE_PROBE_READ_H

#include <stddef.h>

struct cJSON;

/* Readers of what remote programs print. None of them fails: what cannot be read is left out, so
 * that an expectation finds it missing. The caller deletes the result. */

/* dig(1) with +comments +question +answer +stats, for any number of queries:
 * [{"question", "type", "status": "NOERROR", "aa": true, "ttl": 30, "data": [sorted], "names":
 * [owners of the records], "server", "ms"}]; a query without an answer has status "TIMEOUT" and
 * "error". `ttl` is the smallest, null without records; `data` holds records of the asked type. */
struct cJSON *wk_read_dig(const char *text, size_t len);

/* curl(1) with --write-out '\n%{json}\n', bodies in between:
 * {"answers": [{"code", "exit", "error", "address", "port", "connects", "ms", "body", "instance",
 * "version", "json"}] (the first ten, and failures up to ten more), "sent", "ok": how many gave
 * 200, "codes": {"200": n}, "exits": {"0": n}, "errors": {text: n}, "instances": {pod: n},
 * "versions": {text: n}, "bodies": {line: n} (at most 20), "connects", "ms": {"min", "median",
 * "max"}}. Transfers that ran side by side print their bodies in any order: then `body` of one
 * answer may be another's, the counts are right. */
struct cJSON *wk_read_curl(const char *text, size_t len);

/* So many connections to each of these hosts, one host after the other; each sent "TOKEN-NUMBER". */
struct wk_exchanges {
	const char *token;
	const char *const *hosts;
	size_t n_hosts;
	size_t each;
};

/* The lines of server-first exchanges, each "NUMBER SECONDS TEXT", in any order:
 * {"exchanges": [{"host", "sent", "sentAt", "greeting": {"instance", "token", "at"} or null,
 * "echo": {"instance", "token", "line", "at"} or null}]}, one for each connection. */
struct cJSON *wk_read_exchanges(const char *text, size_t len, const struct wk_exchanges *of);

/* Envoy's admin replies (proto package envoy.admin.v3), reduced to what checks ask for. `match`
 * keeps what has this text in its name; NULL keeps all. */
struct cJSON *wk_read_envoy_clusters(const struct cJSON *reply, const char *match);
/* Makes the counters of hosts what was counted since an earlier look at the same clusters. */
void wk_read_envoy_since(struct cJSON *clusters, const struct cJSON *before);
struct cJSON *wk_read_envoy_certs(const struct cJSON *reply);
struct cJSON *wk_read_envoy_extensions(const struct cJSON *reply, const char *match);
struct cJSON *wk_read_envoy_listeners(const struct cJSON *reply, const char *match);
struct cJSON *wk_read_envoy_node(const struct cJSON *reply);
struct cJSON *wk_read_envoy_policies(const struct cJSON *reply, const char *match);
struct cJSON *wk_read_envoy_roots(const struct cJSON *reply);

#endif
