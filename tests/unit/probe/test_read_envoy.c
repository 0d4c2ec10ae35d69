/* What is kept of Envoy's admin pages. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#include "wookie/pki/ca.h"
#include "wookie/probe/args.h"
#include "wookie/probe/read.h"

static const char clusters_page[] =
	"{\"cluster_statuses\":[{\"name\":\"outbound|80||shop\",\"host_statuses\":[{\"address\":"
	"{\"socket_address\":{\"address\":\"172.30.0.2\",\"port_value\":15443}},\"stats\":[{"
	"\"name\":"
	"\"cx_total\",\"value\":\"7\"},{\"name\":\"cx_connect_fail\"}],\"health_status\":"
	"{\"eds_health_status\":\"HEALTHY\"},\"weight\":3}]},{\"name\":\"BlackHole\"}]}";

static const char listeners_page[] =
	"{\"configs\":[{\"name\":\"0.0.0.0_15443\",\"active_state\":{\"listener\":{\"address\":"
	"{\"socket_address\":{\"address\":\"0.0.0.0\",\"port_value\":15443}},\"filter_chains\":["
	"{\"name\":\"one\",\"filter_chain_match\":{\"server_names\":[\"shop\"],"
	"\"application_protocols\":[\"istio\"],\"transport_protocol\":\"tls\",\"destination_port\":"
	"9000}}]}}},{\"name\":\"other\",\"error_state\":"
	"{\"details\":\"same matching rules\"}}]}";

static const char node_page[] =
	"{\"version\":\"1/2\",\"state\":\"LIVE\",\"node\":{\"id\":\"sidecar~x\",\"metadata\":"
	"{\"CLUSTER_ID\":\"one\",\"NETWORK\":\"net\",\"SECRET\":\"not kept\"}}}";

static const char policies_page[] =
	"{\"configs\":[{\"cluster\":{\"name\":\"outbound_.80_._.shop\",\"lb_policy\":\"RING_HASH\"}"
	"},"
	"{\"cluster\":{\"name\":\"outbound|80||shop\",\"transport_socket_matches\":[{\"name\":"
	"\"x\"},"
	"{\"transport_socket\":{\"typed_config\":{\"sni\":\"outbound_.80_._.shop\"}}}]}}]}";

Test(read_envoy, hosts_have_address_weight_health_and_counters)
{
	cJSON *page = cJSON_Parse(clusters_page);
	cJSON *clusters = wk_read_envoy_clusters(page, "shop");
	const cJSON *host = cJSON_GetArrayItem(
		cJSON_GetObjectItem(cJSON_GetArrayItem(clusters, 0), "hosts"), 0);

	cr_assert_eq(cJSON_GetArraySize(clusters), 1, "what does not match is left out");
	cr_expect_str_eq(wk_arg_text(host, "address"), "172.30.0.2:15443");
	cr_expect_str_eq(wk_arg_text(host, "health"), "HEALTHY");
	cr_expect(cJSON_IsFalse(cJSON_GetObjectItem(host, "ejected")));
	cr_expect_eq(wk_arg_count(host, "weight", 0), 3);
	cr_expect_eq(wk_arg_count(host, "cx_total", 0), 7);
	cr_expect_eq(wk_arg_count(host, "cx_connect_fail", -1), 0, "no value is zero");
	cJSON_Delete(clusters);
	cJSON_Delete(page);
}

/* As Envoy 1.36 says it of a host behind a rule with outlierDetection. */
Test(read_envoy, a_host_that_outlier_detection_took_out_is_ejected)
{
	cJSON *page = cJSON_Parse(
		"{\"cluster_statuses\":[{\"name\":\"outbound|80||shop\",\"host_statuses\":[{"
		"\"address\":{\"socket_address\":{\"address\":\"172.30.0.2\",\"port_value\":15443}}"
		","
		"\"health_status\":{\"failed_outlier_check\":true,\"eds_health_status\":"
		"\"HEALTHY\"}}]}]}");
	cJSON *clusters = wk_read_envoy_clusters(page, "shop");
	const cJSON *host = cJSON_GetArrayItem(
		cJSON_GetObjectItem(cJSON_GetArrayItem(clusters, 0), "hosts"), 0);

	cr_expect(cJSON_IsTrue(cJSON_GetObjectItem(host, "ejected")));
	cr_expect_str_eq(wk_arg_text(host, "health"), "HEALTHY", "EDS goes on to call it so");
	cJSON_Delete(clusters);
	cJSON_Delete(page);
}

Test(read_envoy, listeners_show_their_chains_or_why_they_were_rejected)
{
	cJSON *page = cJSON_Parse(listeners_page);
	cJSON *listeners = wk_read_envoy_listeners(page, NULL);
	const cJSON *first = cJSON_GetArrayItem(listeners, 0);
	const cJSON *chain = cJSON_GetArrayItem(cJSON_GetObjectItem(first, "chains"), 0);

	cr_assert_eq(cJSON_GetArraySize(listeners), 2);
	cr_expect_str_eq(wk_arg_text(first, "address"), "0.0.0.0:15443");
	cr_expect_str_eq(
		cJSON_GetArrayItem(cJSON_GetObjectItem(chain, "sni"), 0)->valuestring, "shop");
	cr_expect_str_eq(wk_arg_text(chain, "transport"), "tls");
	cr_expect_eq(wk_arg_count(chain, "port", 0), 9000);
	cr_expect_str_eq(
		wk_arg_text(cJSON_GetArrayItem(listeners, 1), "rejected"), "same matching rules");
	cJSON_Delete(listeners);
	cJSON_Delete(page);
}

Test(read_envoy, a_node_keeps_only_what_checks_ask_for)
{
	cJSON *page = cJSON_Parse(node_page);
	cJSON *node = wk_read_envoy_node(page);
	const cJSON *metadata = cJSON_GetObjectItem(node, "metadata");

	cr_expect_str_eq(wk_arg_text(metadata, "CLUSTER_ID"), "one");
	cr_expect_str_eq(wk_arg_text(metadata, "NETWORK"), "net");
	cr_expect(cJSON_IsNull(cJSON_GetObjectItem(metadata, "MESH_ID")));
	cr_expect_not(cJSON_HasObjectItem(metadata, "SECRET"));
	cJSON_Delete(node);
	cJSON_Delete(page);
}

Test(read_envoy, policies_default_to_the_enums_zero_and_show_the_server_name)
{
	cJSON *page = cJSON_Parse(policies_page);
	cJSON *policies = wk_read_envoy_policies(page, NULL);

	cr_expect_str_eq(wk_arg_text(cJSON_GetArrayItem(policies, 0), "policy"), "RING_HASH");
	cr_expect_str_eq(wk_arg_text(cJSON_GetArrayItem(policies, 1), "policy"), "ROUND_ROBIN");
	cr_expect_str_eq(
		wk_arg_text(cJSON_GetArrayItem(policies, 1), "sni"), "outbound_.80_._.shop");
	cJSON_Delete(policies);
	cJSON_Delete(page);
}

Test(read_envoy, a_root_is_known_by_its_fingerprint)
{
	struct wk_cert root = {0};
	struct wk_err err;
	char hex[65];

	cr_assert(wk_ca_root("/CN=root", 1, &root, &err), "%s", err.msg);
	cr_assert(wk_pem_fingerprint(root.cert_pem, hex, &err), "%s", err.msg);
	WK_AUTOFREE char *base64 = wk_base64_encode(root.cert_pem, strlen(root.cert_pem));
	WK_AUTOFREE char *text = wk_xasprintf(
		"{\"configs\":[{\"name\":\"default\"},{\"name\":\"ROOTCA\",\"secret\":"
		"{\"validation_context\":{\"trusted_ca\":{\"inline_bytes\":\"%s\"}}}}]}",
		base64);
	cJSON *page = cJSON_Parse(text);
	cJSON *roots = wk_read_envoy_roots(page);

	cr_assert_eq(cJSON_GetArraySize(roots), 1);
	cr_expect_str_eq(wk_arg_text(cJSON_GetArrayItem(roots, 0), "fingerprint"), hex);
	cJSON_Delete(roots);
	cJSON_Delete(page);
	wk_cert_finish(&root);
}

Test(read_envoy, an_extension_that_stands_for_a_missing_module_denies)
{
	cJSON *page = cJSON_Parse("{\"configs\":[{\"ecds_filter\":{\"name\":\"good\",\"typed_"
				  "config\":{\"@type\":\"Wasm\"}}},"
				  "{\"ecds_filter\":{\"name\":\"bad\",\"typed_config\":{\"@type\":"
				  "\"RBAC\",\"rules\":{},"
				  "\"rules_stat_prefix\":\"wasm-default-deny\"}}}]}");
	cJSON *extensions = wk_read_envoy_extensions(page, NULL);

	cr_assert_eq(cJSON_GetArraySize(extensions), 2);
	cr_expect(cJSON_IsFalse(cJSON_GetObjectItem(cJSON_GetArrayItem(extensions, 0), "denies")));
	cr_expect(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetArrayItem(extensions, 1), "denies")));
	cJSON_Delete(extensions);
	cJSON_Delete(page);
}

Test(read_envoy, pages_of_another_shape_are_empty)
{
	static const char *const pages[] = {"null", "[]", "{}", "{\"configs\":3}",
		"{\"configs\":[null,1,{}],\"cluster_statuses\":[{}],\"certificates\":[{}]}"};

	for (size_t i = 0; i < WK_COUNT(pages); i++) {
		cJSON *page = cJSON_Parse(pages[i]);
		cJSON *read[] = {wk_read_envoy_clusters(page, NULL),
			wk_read_envoy_extensions(page, NULL), wk_read_envoy_listeners(page, NULL),
			wk_read_envoy_policies(page, NULL), wk_read_envoy_roots(page)};
		cJSON *certs = wk_read_envoy_certs(page);

		for (size_t j = 0; j < WK_COUNT(read); j++) {
			cr_expect_eq(cJSON_GetArraySize(read[j]), 0, "%s, reader %zu", pages[i], j);
			cJSON_Delete(read[j]);
		}
		cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(certs, "chain")), 0);
		cJSON_Delete(certs);
		cJSON_Delete(page);
	}
}

Test(read_envoy, counters_are_of_what_came_in_between)
{
	static const char before[] = "[{\"name\":\"shop\",\"hosts\":[{\"address\":\"10.0.0.1:80\","
				     "\"weight\":3,\"cx_total\":84,"
				     "\"cx_connect_fail\":84,\"rq_success\":0,\"cx_active\":2},"
				     "{\"address\":\"10.0.0.3:80\",\"weight\":1,\"cx_total\":9}]}]";
	static const char after[] =
		"[{\"name\":\"shop\",\"hosts\":[{\"address\":\"10.0.0.1:80\",\"weight\":3,\"cx_"
		"total\":88,"
		"\"cx_connect_fail\":84,\"rq_success\":4,\"cx_active\":3},"
		"{\"address\":\"10.0.0.2:80\",\"weight\":1,\"cx_total\":5},"
		"{\"address\":\"10.0.0.3:80\",\"weight\":1,\"cx_total\":2}]},"
		"{\"name\":\"other\",\"hosts\":[{\"address\":\"10.0.0.1:80\",\"cx_total\":7}]}]";
	static const char between[] =
		"[{\"name\":\"shop\",\"hosts\":[{\"address\":\"10.0.0.1:80\",\"weight\":3,\"cx_"
		"total\":4,"
		"\"cx_connect_fail\":0,\"rq_success\":4,\"cx_active\":3},"
		"{\"address\":\"10.0.0.2:80\",\"weight\":1,\"cx_total\":5},"
		"{\"address\":\"10.0.0.3:80\",\"weight\":1,\"cx_total\":2}]},"
		"{\"name\":\"other\",\"hosts\":[{\"address\":\"10.0.0.1:80\",\"cx_total\":7}]}]";
	cJSON *then = cJSON_Parse(before);
	cJSON *now = cJSON_Parse(after);
	WK_AUTOFREE char *text = NULL;

	wk_read_envoy_since(now, then);
	text = cJSON_PrintUnformatted(now);
	cr_expect_str_eq(text, between, "%s", text);
	cJSON_Delete(now);
	cJSON_Delete(then);
}
