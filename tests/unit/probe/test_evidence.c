/* The table of evidence and what the readers return say the same. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "wookie/base/mem.h"
#include "wookie/probe/probe.h"
#include "wookie/probe/read.h"

static bool has_row(const struct wk_evidence_about *about, const char *path)
{
	for (; about->path; about++) {
		size_t len = strlen(about->path);

		if (strcmp(about->path, path) == 0)
			return true;
		if (len > 2 && strcmp(about->path + len - 2, ".*") == 0 &&
			strncmp(about->path, path, len - 1) == 0)
			return true;
	}
	return false;
}

static bool begins_row(const struct wk_evidence_about *about, const char *path)
{
	size_t len = strlen(path);

	for (; about->path; about++)
		if (strncmp(about->path, path, len) == 0 && strchr(".[", about->path[len]))
			return true;
	return false;
}

/* Every leaf has a row: under its own name, or as one of a map whose keys are found. */
static void expect_rows(const char *kind, const cJSON *json, const char *path)
{
	const struct wk_evidence_about *about = wk_probe_evidence(kind);
	const cJSON *item;

	if (!json->child) {
		cr_expect(has_row(about, path) || begins_row(about, path), "%s: '%s' has no row",
			kind, path);
		return;
	}
	cJSON_ArrayForEach(item, json)
	{
		const char *dot = *path && item->string ? "." : "";
		WK_AUTOFREE char *named =
			wk_xasprintf("%s%s%s", path, dot, item->string ? item->string : "[]");
		WK_AUTOFREE char *any = wk_xasprintf("%s%s{}", path, dot);
		bool found = has_row(about, any) || begins_row(about, any);

		expect_rows(kind, item,
			has_row(about, named) || begins_row(about, named) || !item->string || !found
				? named
				: any);
	}
}

/* Takes the evidence over. */
static void expect_read(const char *kind, const char *below, cJSON *evidence)
{
	cr_assert_not_null(evidence->child, "%s: nothing was read", kind);
	expect_rows(kind, evidence, below);
	cJSON_Delete(evidence);
}

Test(evidence, every_kind_has_a_table)
{
	for (const struct wk_kind_spec *spec = wk_probe_specs(); spec->name; spec++) {
		const struct wk_evidence_about *about = wk_probe_evidence(spec->name);

		cr_assert_not_null(about, "kind '%s'", spec->name);
		cr_expect_not_null(about->path, "kind '%s'", spec->name);
	}
	cr_expect_null(wk_probe_evidence("none"));
}

Test(evidence, programs_in_pods_find_what_the_table_says)
{
	static const char dig[] = ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n"
				  ";; flags: qr aa rd; QUERY: 1\n;; QUESTION SECTION:\n;a.b. IN A\n"
				  "\n;; ANSWER SECTION:\na.b. 30 IN A 10.0.0.1\n"
				  ";; Query time: 3 msec\n;; SERVER: 10.0.0.2#53(10.0.0.2) (UDP)\n";
	static const char silence[] = ";; connection timed out; no servers could be reached\n";
	static const char curl[] = "Hello version: v1, instance: a-b\n\n"
				   "{\"http_code\":200,\"exitcode\":0,\"time_total\":0.1}\n"
				   "{\"a\":[1]}\n\n"
				   "{\"http_code\":0,\"exitcode\":7,\"errormsg\":\"no\"}\n";
	static const char exchange[] = "1 1.5 READY instance=a token=ab\n"
				       "1 2.0 SENT\n"
				       "1 2.5 ECHO instance=a token=ab ff x\n";
	const struct wk_exchanges asked = {
		.token = "ff", .hosts = (const char *const[]){"10.0.0.2"}, .n_hosts = 1, .each = 1};

	expect_read("dns", "answers", wk_read_dig(dig, strlen(dig)));
	expect_read("dns", "answers", wk_read_dig(silence, strlen(silence)));
	expect_read("http", "", wk_read_curl(curl, strlen(curl)));
	expect_read("tcp", "", wk_read_exchanges(exchange, strlen(exchange), &asked));
}

/* A page of Envoy's, as text, through its reader. */
static void expect_page(const char *below, const char *text,
	struct cJSON *(*read)(const struct cJSON *reply, const char *match))
{
	cJSON *reply = cJSON_Parse(text);

	cr_assert_not_null(reply, "%s", below);
	expect_read("envoy", below, read(reply, NULL));
	cJSON_Delete(reply);
}

static struct cJSON *certs(const struct cJSON *reply, const char *match)
{
	(void)match;
	return wk_read_envoy_certs(reply);
}

static struct cJSON *node(const struct cJSON *reply, const char *match)
{
	(void)match;
	return wk_read_envoy_node(reply);
}

Test(evidence, pages_of_a_proxy_hold_what_the_table_says)
{
	expect_page("clusters",
		"{\"cluster_statuses\":[{\"name\":\"c\",\"host_statuses\":[{\"address\":{"
		"\"socket_address\":{\"address\":\"10.0.0.1\",\"port_value\":80}},\"stats\":[{"
		"\"name\":\"rq_success\",\"value\":\"3\"}],\"weight\":1}]}]}",
		wk_read_envoy_clusters);
	expect_page("extensions",
		"{\"configs\":[{\"ecds_filter\":{\"name\":\"w\",\"typed_config\":{\"@type\":\"t\"}}"
		"}]}",
		wk_read_envoy_extensions);
	expect_page("listeners",
		"{\"configs\":[{\"name\":\"l\",\"active_state\":{\"listener\":{\"filter_chains\":[{"
		"\"name\":\"x\",\"filter_chain_match\":{\"server_names\":[\"a\"],"
		"\"application_protocols\":[\"istio\"]}}]}}}]}",
		wk_read_envoy_listeners);
	expect_page("policies", "{\"configs\":[{\"cluster\":{\"name\":\"c\"}}]}",
		wk_read_envoy_policies);
	expect_page("certs",
		"{\"certificates\":[{\"cert_chain\":[{\"serial_number\":\"1\","
		"\"subject_alt_names\":[{\"uri\":\"spiffe://a\"}]}],\"ca_cert\":[{"
		"\"serial_number\":\"2\",\"subject_alt_names\":[{\"uri\":\"spiffe://b\"}]}]}]}",
		certs);
	expect_page("node", "{\"node\":{\"id\":\"i\",\"metadata\":{\"NETWORK\":\"n\"}}}", node);
}
