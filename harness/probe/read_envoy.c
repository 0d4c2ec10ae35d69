/*
 * Envoy's admin pages, reduced
 *
 * A config dump is megabytes; a check asks for a handful of fields of one cluster or listener.
 * These keep the field names short and the numbers numbers. Sources: envoy/admin/v3/clusters.proto,
 * certs.proto, listeners.proto, config_dump_shared.proto, server_info.proto. Zero counters have no
 * "value" in JSON, which here becomes 0.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wookie/pki/ca.h"
#include "wookie/probe/args.h"
#include "wookie/probe/read.h"

static const cJSON *at(const cJSON *json, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(json, key);
}

/* Follows keys down; NULL where one is missing. */
static const cJSON *down(const cJSON *json, const char *const *keys)
{
	for (; json && *keys; keys++)
		json = at(json, *keys);
	return json;
}

static bool wanted(const char *name, const char *match)
{
	return name && (!match || strstr(name, match));
}

static void copy(cJSON *to, const char *key, const cJSON *value)
{
	(void)cJSON_AddItemToObject(
		to, key, value ? cJSON_Duplicate(value, true) : cJSON_CreateNull());
}

/* {"socket_address": {"address", "port_value"}} as "address:port"; "" for any other kind. */
static void add_address(cJSON *to, const cJSON *address)
{
	char text[80] = "";
	const cJSON *socket = at(address, "socket_address");
	const char *ip = wk_arg_text(socket, "address");

	if (ip)
		(void)snprintf(
			text, sizeof(text), "%s:%ld", ip, wk_arg_count(socket, "port_value", 0));
	(void)cJSON_AddStringToObject(to, "address", text);
}

/* A counter is text in one Envoy version and a number in another. */
static double counter(const cJSON *stat)
{
	const cJSON *value = at(stat, "value");

	if (cJSON_IsNumber(value))
		return value->valuedouble;
	return cJSON_IsString(value) ? strtod(value->valuestring, NULL) : 0;
}

static void add_host(cJSON *hosts, const cJSON *status)
{
	cJSON *host = cJSON_CreateObject();
	const cJSON *stat = NULL;
	const cJSON *health =
		down(status, (const char *const[]){"health_status", "eds_health_status", NULL});

	add_address(host, at(status, "address"));
	(void)cJSON_AddNumberToObject(host, "weight", (double)wk_arg_count(status, "weight", 0));
	copy(host, "health", health);
	(void)cJSON_AddBoolToObject(host, "ejected",
		cJSON_IsTrue(down(status,
			(const char *const[]){"health_status", "failed_outlier_check", NULL})));
	cJSON_ArrayForEach(stat, at(status, "stats"))
	{
		const char *name = wk_arg_text(stat, "name");

		if (name)
			(void)cJSON_AddNumberToObject(host, name, counter(stat));
	}
	(void)cJSON_AddItemToArray(hosts, host);
}

struct cJSON *wk_read_envoy_clusters(const struct cJSON *reply, const char *match)
{
	cJSON *result = cJSON_CreateArray();
	const cJSON *status = NULL;

	cJSON_ArrayForEach(status, at(reply, "cluster_statuses"))
	{
		const char *name = wk_arg_text(status, "name");
		const cJSON *host = NULL;
		cJSON *cluster = NULL;
		cJSON *hosts = NULL;

		if (!wanted(name, match))
			continue;
		cluster = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(cluster, "name", name);
		hosts = cJSON_AddArrayToObject(cluster, "hosts");
		cJSON_ArrayForEach(host, at(status, "host_statuses")) add_host(hosts, host);
		(void)cJSON_AddItemToArray(result, cluster);
	}
	return result;
}

static const cJSON *same(const cJSON *list, const char *key, const char *text)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, list)
	{
		const char *other = wk_arg_text(item, key);

		if (text && other && strcmp(other, text) == 0)
			return item;
	}
	return NULL;
}

/* Counters only: how many are active, and what a host weighs, is as it is now. */
static void count_since(cJSON *host, const cJSON *before)
{
	static const char *const counters[] = {
		"cx_total", "cx_connect_fail", "rq_total", "rq_success", "rq_error", "rq_timeout"};

	for (size_t i = 0; before && i < WK_COUNT(counters); i++) {
		cJSON *now = cJSON_GetObjectItemCaseSensitive(host, counters[i]);
		const cJSON *then = at(before, counters[i]);

		/* Fewer than before: the proxy, or the host in it, is another one. */
		if (cJSON_IsNumber(now) && cJSON_IsNumber(then) &&
			now->valuedouble >= then->valuedouble)
			(void)cJSON_SetNumberHelper(now, now->valuedouble - then->valuedouble);
	}
}

void wk_read_envoy_since(struct cJSON *clusters, const struct cJSON *before)
{
	const cJSON *cluster = NULL;

	cJSON_ArrayForEach(cluster, clusters)
	{
		const cJSON *then = same(before, "name", wk_arg_text(cluster, "name"));
		cJSON *host = NULL;

		cJSON_ArrayForEach(host, at(cluster, "hosts")) count_since(
			host, same(at(then, "hosts"), "address", wk_arg_text(host, "address")));
	}
}

/* Envoy lists a certificate once for each place that uses it. */
static bool is_listed(const cJSON *list, const cJSON *cert)
{
	const char *serial = wk_arg_text(cert, "serial_number");
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, list)
	{
		const char *other = wk_arg_text(item, "serial");

		if (serial && other && strcmp(serial, other) == 0)
			return true;
	}
	return false;
}

static void add_cert(cJSON *list, const cJSON *cert)
{
	cJSON *item = NULL;
	cJSON *uris = NULL;
	const cJSON *san = NULL;

	if (is_listed(list, cert))
		return;
	item = cJSON_CreateObject();
	copy(item, "serial", at(cert, "serial_number"));
	copy(item, "notBefore", at(cert, "valid_from"));
	copy(item, "notAfter", at(cert, "expiration_time"));
	uris = cJSON_AddArrayToObject(item, "uris");
	cJSON_ArrayForEach(san, at(cert, "subject_alt_names"))
	{
		if (wk_arg_text(san, "uri"))
			(void)cJSON_AddItemToArray(
				uris, cJSON_CreateString(wk_arg_text(san, "uri")));
	}
	(void)cJSON_AddItemToArray(list, item);
}

struct cJSON *wk_read_envoy_certs(const struct cJSON *reply)
{
	cJSON *result = cJSON_CreateObject();
	cJSON *chains = cJSON_AddArrayToObject(result, "chain");
	cJSON *roots = cJSON_AddArrayToObject(result, "roots");
	const cJSON *pair = NULL;
	const cJSON *cert = NULL;

	cJSON_ArrayForEach(pair, at(reply, "certificates"))
	{
		cJSON_ArrayForEach(cert, at(pair, "cert_chain")) add_cert(chains, cert);
		cJSON_ArrayForEach(cert, at(pair, "ca_cert")) add_cert(roots, cert);
	}
	return result;
}

static void add_chains(cJSON *to, const cJSON *listener)
{
	cJSON *chains = cJSON_AddArrayToObject(to, "chains");
	const cJSON *chain = NULL;

	cJSON_ArrayForEach(chain, at(listener, "filter_chains"))
	{
		const cJSON *match = at(chain, "filter_chain_match");
		cJSON *item = cJSON_CreateObject();

		copy(item, "name", at(chain, "name"));
		copy(item, "sni", at(match, "server_names"));
		copy(item, "alpn", at(match, "application_protocols"));
		copy(item, "transport", at(match, "transport_protocol"));
		copy(item, "port", at(match, "destination_port"));
		(void)cJSON_AddItemToArray(chains, item);
	}
}

struct cJSON *wk_read_envoy_listeners(const struct cJSON *reply, const char *match)
{
	cJSON *result = cJSON_CreateArray();
	const cJSON *config = NULL;

	cJSON_ArrayForEach(config, at(reply, "configs"))
	{
		const char *name = wk_arg_text(config, "name");
		const cJSON *listener =
			down(config, (const char *const[]){"active_state", "listener", NULL});
		cJSON *item = NULL;

		if (!wanted(name, match))
			continue;
		item = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(item, "name", name);
		add_address(item, at(listener, "address"));
		copy(item, "rejected",
			down(config, (const char *const[]){"error_state", "details", NULL}));
		add_chains(item, listener);
		(void)cJSON_AddItemToArray(result, item);
	}
	return result;
}

struct cJSON *wk_read_envoy_node(const struct cJSON *reply)
{
	static const char *const kept[] = {"CLUSTER_ID", "NETWORK", "MESH_ID", "NAMESPACE",
		"SERVICE_ACCOUNT", "ISTIO_VERSION", "DNS_CAPTURE", "REQUESTED_NETWORK_VIEW"};
	cJSON *result = cJSON_CreateObject();
	const cJSON *node = at(reply, "node");
	cJSON *metadata = NULL;

	copy(result, "id", at(node, "id"));
	copy(result, "state", at(reply, "state"));
	copy(result, "version", at(reply, "version"));
	metadata = cJSON_AddObjectToObject(result, "metadata");
	for (size_t i = 0; i < WK_COUNT(kept); i++)
		copy(metadata, kept[i], at(at(node, "metadata"), kept[i]));
	return result;
}

/* The names that the client side of a cluster's TLS sends and expects. */
static void add_tls(cJSON *to, const cJSON *cluster)
{
	const cJSON *match = NULL;

	cJSON_ArrayForEach(match, at(cluster, "transport_socket_matches"))
	{
		const cJSON *context = down(
			match, (const char *const[]){"transport_socket", "typed_config", NULL});

		if (at(context, "sni")) {
			copy(to, "sni", at(context, "sni"));
			return;
		}
	}
	copy(to, "sni",
		down(cluster,
			(const char *const[]){"transport_socket", "typed_config", "sni", NULL}));
}

struct cJSON *wk_read_envoy_policies(const struct cJSON *reply, const char *match)
{
	cJSON *result = cJSON_CreateArray();
	const cJSON *config = NULL;

	cJSON_ArrayForEach(config, at(reply, "configs"))
	{
		const cJSON *cluster = at(config, "cluster");
		const char *name = wk_arg_text(cluster, "name");
		cJSON *item = NULL;

		if (!wanted(name, match))
			continue;
		item = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(item, "name", name);
		/* ROUND_ROBIN is the enum's zero, which JSON leaves out. */
		(void)cJSON_AddStringToObject(item, "policy",
			wk_arg_text(cluster, "lb_policy") ? wk_arg_text(cluster, "lb_policy")
							  : "ROUND_ROBIN");
		add_tls(item, cluster);
		(void)cJSON_AddItemToArray(result, item);
	}
	return result;
}

/* Each authority of a bundle, under the name that Envoy has for the bundle. */
static void add_roots(cJSON *to, const cJSON *name, const char *base64)
{
	WK_AUTO(wk_buf_finish) struct wk_buf text = WK_BUF_INIT(strlen(base64) + 1);
	struct wk_err err;

	if (!wk_base64_decode(base64, &text, &err))
		return;
	for (const char *pem = wk_buf_str(&text); pem; pem = wk_pem_next(pem)) {
		cJSON *item;
		char hex[65];

		if (!wk_pem_fingerprint(pem, hex, &err))
			continue;
		item = cJSON_CreateObject();
		copy(item, "name", name);
		(void)cJSON_AddStringToObject(item, "fingerprint", hex);
		(void)cJSON_AddItemToArray(to, item);
	}
}

struct cJSON *wk_read_envoy_roots(const struct cJSON *reply)
{
	cJSON *result = cJSON_CreateArray();
	const cJSON *config = NULL;

	cJSON_ArrayForEach(config, at(reply, "configs"))
	{
		const cJSON *bytes =
			down(config, (const char *const[]){"secret", "validation_context",
					     "trusted_ca", "inline_bytes", NULL});

		if (cJSON_IsString(bytes))
			add_roots(result, at(config, "name"), bytes->valuestring);
	}
	return result;
}

/* Where a Wasm module cannot be fetched, Istio's agent puts a filter in its place that refuses all
 * requests (istio pkg/wasm/convert.go, denyHTTPTypedConfig). */
struct cJSON *wk_read_envoy_extensions(const struct cJSON *reply, const char *match)
{
	cJSON *result = cJSON_CreateArray();
	const cJSON *config = NULL;

	cJSON_ArrayForEach(config, at(reply, "configs"))
	{
		const cJSON *filter = at(config, "ecds_filter");
		const cJSON *typed = at(filter, "typed_config");
		const char *prefix = wk_arg_text(typed, "rules_stat_prefix");
		cJSON *item = NULL;

		if (!wanted(wk_arg_text(filter, "name"), match))
			continue;
		item = cJSON_CreateObject();
		copy(item, "name", at(filter, "name"));
		copy(item, "type", at(typed, "@type"));
		(void)cJSON_AddBoolToObject(
			item, "denies", prefix && strcmp(prefix, "wasm-default-deny") == 0);
		(void)cJSON_AddItemToArray(result, item);
	}
	return result;
}
