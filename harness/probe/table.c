/*
 * The table of probe kinds
 *
 * One row for each kind, sorted by name. The schema, the reader of suites and the workers all read
 * this; a new kind is a file and a row.
 */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "wookie/base/mem.h"
#include "wookie/probe/each.h"
#include "wookie/probe/kinds.h"

enum row {
	ROW_CANARY,
	ROW_CERTIFICATES,
	ROW_CONFIG,
	ROW_DNS,
	ROW_ENVOY,
	ROW_EXEC,
	ROW_HTTP,
	ROW_ISTIOD,
	ROW_KUBE,
	ROW_PROXIES,
	ROW_SECRET,
	ROW_TCP,
	ROW_TLS,
	N_ROWS,
};

static const struct wk_kind_spec specs[N_ROWS + 1] = {
	[ROW_CANARY] = {"canary", "make a Service and time its arrival in another cluster's istiod",
		wk_probe_canary_args},
	[ROW_CERTIFICATES] = {"certificates",
		"the certificates that an object holds, and when they end",
		wk_probe_certificates_args},
	[ROW_CONFIG] = {"config",
		"Istio's objects in the API server, and which of its istiods knows each",
		wk_probe_config_args},
	[ROW_DNS] = {"dns", "queries from a client pod, and its agent's own table",
		wk_probe_dns_args},
	[ROW_ENVOY] = {"envoy", "a page of a sidecar's or gateway's admin interface",
		wk_probe_envoy_args},
	[ROW_EXEC] = {"exec", "a command in a container", wk_probe_exec_args},
	[ROW_HTTP] = {"http", "requests from a client pod, each answer with who gave it",
		wk_probe_http_args},
	[ROW_ISTIOD] = {"istiod", "a debug page of a cluster's istiod", wk_probe_istiod_args},
	[ROW_KUBE] = {"kube", "an object or a list from an API server", wk_probe_kube_args},
	[ROW_PROXIES] = {"proxies",
		"the pods that carry a proxy, and what istiod sent to each and had back",
		wk_probe_proxies_args},
	[ROW_SECRET] = {"secret", "a remote secret taken apart, and its credential tried",
		wk_probe_secret_args},
	[ROW_TCP] = {"tcp", "a server-first exchange with tokens of both ends", wk_probe_tcp_args},
	[ROW_TLS] = {"tls", "raw TLS handshakes from the wire: who shows which certificate",
		wk_probe_tls_args},
};

static const struct {
	wk_probe_fn *run;
	char *(*by_hand)(const struct cJSON *args);
	bool acts;
	const char *each; /* the argument that may be a list */
	const char *
		inside; /* the argument with which it looks from inside of a node or of the wire; "": always */
} rows[N_ROWS] = {
	[ROW_CANARY] = {.run = wk_probe_canary, .by_hand = wk_probe_canary_by_hand, .acts = true},
	[ROW_CERTIFICATES] = {.run = wk_probe_certificates,
		.by_hand = wk_probe_certificates_by_hand},
	[ROW_CONFIG] = {.run = wk_probe_config, .by_hand = wk_probe_config_by_hand},
	[ROW_DNS] = {.run = wk_probe_dns, .by_hand = wk_probe_dns_by_hand},
	[ROW_ENVOY] = {.run = wk_probe_envoy,
		.by_hand = wk_probe_envoy_by_hand,
		.each = "from.name"},
	[ROW_EXEC] = {.run = wk_probe_exec, .by_hand = wk_probe_exec_by_hand},
	[ROW_HTTP] = {.run = wk_probe_http, .by_hand = wk_probe_http_by_hand},
	[ROW_ISTIOD] = {.run = wk_probe_istiod, .by_hand = wk_probe_istiod_by_hand},
	[ROW_KUBE] = {.run = wk_probe_kube, .by_hand = wk_probe_kube_by_hand},
	[ROW_PROXIES] = {.run = wk_probe_proxies, .by_hand = wk_probe_proxies_by_hand},
	[ROW_SECRET] = {.run = wk_probe_secret,
		.by_hand = wk_probe_secret_by_hand,
		.inside = "use"},
	[ROW_TCP] = {.run = wk_probe_tcp, .by_hand = wk_probe_tcp_by_hand, .each = "hosts"},
	[ROW_TLS] = {.run = wk_probe_tls,
		.by_hand = wk_probe_tls_by_hand,
		.each = "address",
		.inside = ""},
};

static int by_name(const void *name, const void *spec)
{
	return strcmp(name, ((const struct wk_kind_spec *)spec)->name);
}

/* The row of a kind, or N_ROWS. */
static size_t find(const char *kind)
{
	const struct wk_kind_spec *spec = bsearch(kind, specs, N_ROWS, sizeof(specs[0]), by_name);

	return spec ? (size_t)(spec - specs) : N_ROWS;
}

wk_probe_fn *wk_probe_find(const char *kind)
{
	size_t row = find(kind);

	return row < N_ROWS ? rows[row].run : NULL;
}

const struct wk_kind_spec *wk_probe_specs(void)
{
	return specs;
}

char *wk_probe_reproduce(const char *kind, const struct cJSON *args, const char *whose)
{
	size_t row = find(kind);
	cJSON *one = NULL;
	char *command = NULL;

	if (row == N_ROWS)
		return NULL;
	if (!rows[row].each)
		return rows[row].by_hand(args);
	one = wk_probe_one(args, rows[row].each, whose);
	command = rows[row].by_hand(one);
	cJSON_Delete(one);
	return command;
}

bool wk_probe_acts(const char *kind)
{
	size_t row = find(kind);

	return row < N_ROWS && rows[row].acts;
}

bool wk_probe_looks_inside(const char *kind, const struct cJSON *args)
{
	size_t row = find(kind);
	const cJSON *arg;

	if (row < N_ROWS && rows[row].inside &&
		(!*rows[row].inside || cJSON_HasObjectItem(args, rows[row].inside)))
		return true;
	/* A probe around another one is an argument that is called as its kind. */
	cJSON_ArrayForEach(arg, args)
	{
		if (cJSON_IsObject(arg) &&
			wk_probe_looks_inside(arg->string ? arg->string : "", arg))
			return true;
	}
	return false;
}
