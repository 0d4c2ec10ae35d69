/* Probes against peers on the loopback interface: refusals are evidence, secrets stay inside. */
#include "../kube/server.h"

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wookie/probe/args.h"
#include "wookie/probe/ends.h"
#include "wookie/probe/probe.h"

#define TOKEN "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZWFkZXIifQ.c2VjcmV0LXNpZ25hdHVyZQ"
#define CORE                                                                                       \
	FOUND("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"versions\":[{\"version\":\"v1\"," \
	      "\"resources\":[{\"resource\":\"secrets\",\"responseKind\":{\"kind\":\"Secret\"},"   \
	      "\"scope\":\"Namespaced\"}]}]}]}")
#define NO_GROUPS FOUND("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[]}")

static struct wk_cluster one = {.name = "one"};
static const struct wk_topology topology = {.clusters = &one, .n_clusters = 1};

/* Takes evidence; the caller deletes it. */
static cJSON *probe(struct wk_access *access, const char *kind, const char *text)
{
	const struct wk_probe_env env = {.access = access, .deadline = wk_now() + 10 * WK_SEC};
	cJSON *args = cJSON_Parse(text);
	cJSON *evidence = NULL;
	struct wk_err err = {0};

	cr_assert(wk_probe_find(kind)(&env, args, &evidence, &err), "%s", err.msg);
	cJSON_Delete(args);
	return evidence;
}

Test(peers, values_of_a_secret_and_what_kubectl_remembers_of_it_stay_hidden)
{
	static const struct turn turns[] = {CORE, NO_GROUPS,
		FOUND("{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"managedFields\":[{}],"
		      "\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":"
		      "\"hush\",\"note\":\"" TOKEN "\"}},\"data\":{\"key\":\"aHVzaA==\"}}")};
	struct server server;
	cJSON *evidence = NULL;
	char *text = NULL;

	server_start(&server, turns, WK_COUNT(turns));
	struct wk_access access = {.topology = &topology, .netns = -1, .config = {server.config}};

	evidence = probe(&access, "kube",
		"{\"cluster\":\"one\",\"kind\":\"Secret\",\"namespace\":\"n\",\"name\":\"s\"}");
	text = cJSON_PrintUnformatted(evidence);
	cr_expect_str_eq(text,
		"{\"found\":true,\"object\":{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\","
		"\"annotations\":{\"note\":\"(redacted)\"}},\"data\":{\"key\":\"(8 bytes, "
		"hidden)\"}}}");
	cJSON_free(text);
	cJSON_Delete(evidence);
	wk_kube_free(access.kube[0]);
	server_stop(&server);
}

/* base64 of the PEM of a certificate that was good for one day of 2020. */
#define ENDED                                                          \
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJPakNCNGdJQkFUQUtC" \
	"Z2dxaGtqT1BRUURBakFxTVJjd0ZRWURWUVFEREE1bGJtUmxaQ0JzYjI1bklH" \
	"Rm4KYnpFUE1BMEdBMVVFQ2d3R2QyOXZhMmxsTUI0WERUSXdNREV3TVRBd01E" \
	"QXdNRm9YRFRJd01ERXdNakF3TURBdwpNRm93S2pFWE1CVUdBMVVFQXd3T1pX" \
	"NWtaV1FnYkc5dVp5QmhaMjh4RHpBTkJnTlZCQW9NQm5kdmIydHBaVEJaCk1C" \
	"TUdCeXFHU000OUFnRUdDQ3FHU000OUF3RUhBMElBQk50dm12SENxdFdQNVI3" \
	"S3hZM2EwM3ZFTTc2Qi9lOTcKc25oTlZWdGtJNFNnRUxLVXFvZmhoUUlqWUQw" \
	"cVY0eDJwOGRpOVJhQW1kZXYvWm00Mm91WEdQa3dDZ1lJS29aSQp6ajBFQXdJ" \
	"RFJ3QXdSQUlnTnNCa0RSWnhKZTFjelBrQlVsbS9YTFVVYjEySDJjYm42Njc1" \
	"YU5HaEVLUUNJSHNGCk9rUFhCaTlHdU9jRGU4YUR6Z0VkemNWcG80c3hpaTdz" \
	"aUp2ditWOXgKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="

Test(peers, of_a_secret_only_its_certificates_are_told)
{
	static const struct turn turns[] = {CORE, NO_GROUPS,
		FOUND("{\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},\"type\":"
		      "\"kubernetes.io/tls\",\"data\":{\"tls.crt\":\"" ENDED
		      "\",\"tls.key\":\"aHVzaA==\",\"note\":\"no base64\"}}")};
	struct server server;
	cJSON *evidence = NULL;
	char *text = NULL;

	server_start(&server, turns, WK_COUNT(turns));
	struct wk_access access = {.topology = &topology, .netns = -1, .config = {server.config}};

	evidence = probe(&access, "certificates",
		"{\"cluster\":\"one\",\"kind\":\"Secret\",\"namespace\":\"n\",\"name\":\"s\"}");
	text = cJSON_PrintUnformatted(evidence);
	cr_expect_str_eq(text,
		"{\"found\":true,\"objects\":[{\"name\":\"s\",\"type\":\"kubernetes.io/tls\","
		"\"certificates\":[{\"where\":\"s.data.tls.crt\",\"subject\":\"CN=ended long ago, "
		"O=wookie\",\"issuer\":\"CN=ended long ago, O=wookie\",\"notBefore\":"
		"\"2020-01-01T00:00:00Z\",\"notAfter\":\"2020-01-02T00:00:00Z\"}]}]}");
	cJSON_free(text);
	cJSON_Delete(evidence);
	wk_kube_free(access.kube[0]);
	server_stop(&server);
}

Test(peers, a_token_says_when_it_ends)
{
	/* {"exp":1700000000} and {"iss":"x"}, as base64url */
	cr_expect_eq(wk_ends_token("e30.eyJleHAiOjE3MDAwMDAwMDB9.x"), 1700000000);
	cr_expect_eq(wk_ends_token("e30.eyJpc3MiOiJ4In0.x"), -1);
	cr_expect_eq(wk_ends_token("no token"), -1);
	cr_expect_eq(wk_ends_token("a.%%%.b"), -1);
	cr_expect_eq(wk_ends_token(NULL), -1);
}

Test(peers, an_object_that_is_not_there_is_evidence)
{
	static const struct turn turns[] = {CORE, NO_GROUPS,
		{.status = 404,
			.body = "{\"kind\":\"Status\",\"details\":{\"name\":\"s\",\"kind\":"
				"\"secrets\"}}"}};
	struct server server;
	cJSON *evidence = NULL;

	server_start(&server, turns, WK_COUNT(turns));
	struct wk_access access = {.topology = &topology, .netns = -1, .config = {server.config}};

	evidence = probe(&access, "kube",
		"{\"cluster\":\"one\",\"kind\":\"Secret\",\"namespace\":\"n\",\"name\":\"s\"}");
	cr_expect(cJSON_IsFalse(cJSON_GetObjectItem(evidence, "found")));
	cJSON_Delete(evidence);
	wk_kube_free(access.kube[0]);
	server_stop(&server);
}

Test(peers, an_unknown_cluster_is_named)
{
	struct wk_access access = {.topology = &topology, .netns = -1};
	const struct wk_probe_env env = {.access = &access, .deadline = wk_now() + WK_SEC};
	cJSON *args = cJSON_Parse("{\"cluster\":\"two\",\"get\":\"/debug/networkz\"}");
	cJSON *evidence = NULL;
	struct wk_err err = {0};

	cr_assert_not(wk_probe_find("istiod")(&env, args, &evidence, &err));
	cr_expect_str_eq(err.msg, "'cluster' names no cluster: found 'two', expected the name of a "
				  "cluster of the topology");
	cJSON_Delete(args);
}

/* A port on which nobody listens; the socket that reserves it is returned. */
static int closed_port(int *ret_port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

Test(peers, a_refused_connection_is_counted)
{
	struct wk_access access = {.topology = &topology, .netns = -1};
	int port = 0;
	int fd = closed_port(&port);
	char args[80];
	cJSON *evidence = NULL;

	(void)snprintf(
		args, sizeof(args), "{\"address\":\"127.0.0.1\",\"port\":%d,\"count\":3}", port);
	evidence = probe(&access, "tls", args);
	cr_expect_eq(wk_arg_count(cJSON_GetObjectItem(evidence, "refused"), "refused", 0), 3);
	cr_expect_eq(wk_arg_count(evidence, "connected", -1), 0);
	cJSON_Delete(evidence);
	(void)close(fd);
}

Test(peers, no_address_is_nobody_there)
{
	struct wk_access access = {.topology = &topology, .netns = -1};
	cJSON *evidence = probe(&access, "tls", "{\"address\":null,\"port\":15443}");

	cr_expect_eq(wk_arg_count(cJSON_GetObjectItem(evidence, "refused"), "no address", 0), 1);
	cJSON_Delete(evidence);
}

/* Too few connections to tell are no evidence. */
static void cut_short(struct wk_access *access, int port)
{
	const struct wk_probe_env env = {.access = access, .deadline = wk_now() + 200 * WK_MSEC};
	WK_AUTOFREE char *text = wk_xasprintf(
		"{\"address\":\"127.0.0.1\",\"port\":%d,\"count\":1000000,\"want\":2}", port);
	cJSON *args = cJSON_Parse(text);
	cJSON *evidence = NULL;
	struct wk_err err = {0};

	cr_expect_not(wk_probe_find("tls")(&env, args, &evidence, &err));
	cr_expect_eq(err.kind, WK_ERR_TIMEOUT);
	cr_expect(strstr(err.msg, "1 of 2 certificates seen in "), "%s", err.msg);
	cJSON_Delete(args);
}

Test(peers, connections_to_one_server_show_one_leaf_until_enough_were_seen)
{
	struct loopback server;
	struct wk_cert root = {0};
	struct wk_cert leaf = {0};
	struct wk_err err = {0};
	const char *const ips[] = {"127.0.0.1", NULL};
	const struct wk_cert_request request = {
		.common_name = "peer", .ips = ips, .server = true, .days = 1};
	struct wk_access access = {.topology = &topology, .netns = -1};
	cJSON *evidence = NULL;

	cr_assert(wk_ca_root("/CN=root", 1, &root, &err), "%s", err.msg);
	cr_assert(wk_ca_issue(&root, &request, &leaf, &err), "%s", err.msg);
	loopback_start(&server,
		&(const struct loopback_setup){.cert = &leaf, .client_root_pem = root.cert_pem});
	WK_AUTOFREE char *args = wk_xasprintf(
		"{\"address\":\"127.0.0.1\",\"port\":%d,\"count\":4,\"want\":1}", server.port);
	WK_AUTOFREE char *more = wk_xasprintf(
		"{\"address\":\"127.0.0.1\",\"port\":%d,\"count\":4,\"want\":2}", server.port);

	evidence = probe(&access, "tls", args);
	cr_expect_eq(wk_arg_count(evidence, "tried", -1), 1, "enough was seen");
	cJSON_Delete(evidence);
	evidence = probe(&access, "tls", more);
	cr_expect_eq(wk_arg_count(evidence, "shown", -1), 4);
	cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(evidence, "leaves")), 1);
	cJSON_Delete(evidence);
	cut_short(&access, server.port);
	loopback_stop(&server);
	wk_cert_finish(&leaf);
	wk_cert_finish(&root);
}

/* What is left out of a list would not be looked at. */
Test(peers, a_list_of_more_than_is_asked_is_an_error)
{
	static const struct {
		const char *kind;
		const char *key;
		int most;
	} rows[] = {{"dns", "names", 16}, {"exec", "argv", 31}, {"http", "headers", 8},
		{"tcp", "hosts", 64}};

	static const struct turn turns[] = {CORE};
	struct server server;

	server_start(&server, turns, WK_COUNT(turns));
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_access access = {
			.topology = &topology, .netns = -1, .config = {server.config}};
		const struct wk_probe_env env = {.access = &access, .deadline = wk_now()};
		cJSON *args = cJSON_Parse(
			"{\"cluster\":\"one\",\"url\":\"http://a/\",\"port\":1,\"from\":"
			"{\"namespace\":\"n\",\"name\":\"p\",\"container\":\"c\"}}");
		bool is_map = strcmp(rows[i].key, "headers") == 0;
		cJSON *list = is_map ? cJSON_AddObjectToObject(args, rows[i].key)
				     : cJSON_AddArrayToObject(args, rows[i].key);
		WK_AUTOFREE char *expected = wk_xasprintf("'%s' holds %d, expected at most %d",
			rows[i].key, rows[i].most + 1, rows[i].most);
		cJSON *evidence = NULL;
		struct wk_err err = {0};

		for (int n = 0; n <= rows[i].most; n++) {
			WK_AUTOFREE char *text = wk_xasprintf("x%d", n);

			if (is_map)
				(void)cJSON_AddStringToObject(list, text, text);
			else
				(void)cJSON_AddItemToArray(list, cJSON_CreateString(text));
		}
		cr_expect_not(wk_probe_find(rows[i].kind)(&env, args, &evidence, &err));
		cr_expect_str_eq(err.msg, expected, "%s: %s", rows[i].kind, err.msg);
		cJSON_Delete(args);
		wk_kube_free(access.kube[0]);
	}
	server_stop(&server);
}

/* What was cut off may be what a check looks for. */
Test(peers, output_that_is_not_read_to_its_end_is_no_evidence)
{
	static const char head[] =
		"\x82\x7f\x00\x00\x00\x00\x00\x50\x00\x00\x01"; /* 5 MiB, channel 1 */
	static const char status[] = "\x82\x15\x03{\"status\":\"Success\"}";
	size_t n_data = (5 << 20) - 1;
	size_t n = sizeof(head) - 1 + n_data + sizeof(status) - 1;
	WK_AUTOFREE char *frames = wk_xmalloc(n);
	const struct turn turn = {.status = 101, .frames = frames, .n_frames = n};
	struct server server;
	cJSON *args = cJSON_Parse("{\"cluster\":\"one\",\"argv\":[\"prog\"],\"from\":"
				  "{\"namespace\":\"n\",\"name\":\"p\",\"container\":\"c\"}}");
	cJSON *evidence = NULL;
	struct wk_err err = {0};

	memcpy(frames, head, sizeof(head) - 1);
	memset(frames + sizeof(head) - 1, 'x', n_data);
	memcpy(frames + sizeof(head) - 1 + n_data, status, sizeof(status) - 1);
	server_start(&server, &turn, 1);
	struct wk_access access = {.topology = &topology, .netns = -1, .config = {server.config}};
	const struct wk_probe_env env = {.access = &access, .deadline = wk_now() + 30 * WK_SEC};

	cr_expect_not(wk_probe_find("exec")(&env, args, &evidence, &err));
	cr_expect_str_eq(err.msg, "prog in n/p said more than the 4194304 bytes that are read",
		"%s", err.msg);
	cJSON_Delete(args);
	wk_kube_free(access.kube[0]);
	server_stop(&server);
}
