#include "server.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#define STATUS(rest) "{\"kind\":\"Status\"," rest "}"
#define CORE                                                                                       \
	FOUND("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"versions\":[{\"version\":\"v1\"," \
	      "\"resources\":[{\"resource\":\"configmaps\",\"responseKind\":{\"kind\":"            \
	      "\"ConfigMap\"},\"scope\":\"Namespaced\"},{\"resource\":\"namespaces\","             \
	      "\"responseKind\":{\"kind\":\"Namespace\"},\"scope\":\"Cluster\"}]}]}]}")
#define NO_GROUPS FOUND("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[]}")
#define GROUPS                                                                                     \
	FOUND("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"ex.io\"}," \
	      "\"versions\":[{\"version\":\"v1\",\"resources\":[{\"resource\":\"foos\","           \
	      "\"responseKind\":{\"kind\":\"Foo\"},\"scope\":\"Namespaced\"}]}]}]}")

static cJSON *config_map(void)
{
	return cJSON_Parse("{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":"
			   "\"x\",\"namespace\":\"demo\"},\"data\":{\"a\":\"\xc3\xa4\"}}");
}

Test(apply, paths_come_from_discovery)
{
	static const struct turn turns[] = {CORE, GROUPS};
	static const struct {
		const char *api_version;
		const char *kind;
		const char *namespace;
		const char *name;
		const char *path;
	} rows[] = {
		{"v1", "ConfigMap", "demo", "x", "/api/v1/namespaces/demo/configmaps/x"},
		{"v1", "ConfigMap", "demo", NULL, "/api/v1/namespaces/demo/configmaps"},
		{"v1", "ConfigMap", NULL, NULL, "/api/v1/configmaps"},
		{"v1", "ConfigMap", NULL, "x", "/api/v1/namespaces/default/configmaps/x"},
		{"v1", "Namespace", "ignored", "demo", "/api/v1/namespaces/demo"},
		{"ex.io/v1", "Foo", "a/b", "c?d=\xc3\xa4",
			"/apis/ex.io/v1/namespaces/a%2Fb/foos/c%3Fd%3D%C3%A4"},
	};
	struct server server;
	struct wk_kube *kube;

	server_start(&server, turns, WK_COUNT(turns));
	kube = wk_kube_new(&server.config, -1);
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *path = NULL;
		struct wk_err err = {0};

		cr_assert(wk_kube_path(kube, rows[i].api_version, rows[i].kind, rows[i].namespace,
				  rows[i].name, wk_now() + 30 * WK_SEC, &path, &err),
			"row %zu: %s", i, err.msg);
		cr_assert_str_eq(path, rows[i].path);
	}
	cr_assert_eq(server.record->turn, 2, "discovery is asked once");
	wk_kube_free(kube);
	server_stop(&server);
}

Test(apply, a_kind_that_can_never_come_is_refused_at_once)
{
	static const struct turn turns[] = {CORE, NO_GROUPS};
	struct server server;
	struct wk_err err = {0};
	char *path = NULL;
	struct wk_kube *kube;

	server_start(&server, turns, WK_COUNT(turns));
	kube = wk_kube_new(&server.config, -1);
	cr_assert_not(wk_kube_path(
		kube, "v1", "ConfigMaps", "demo", "x", wk_now() + 60 * WK_SEC, &path, &err));
	cr_assert_str_eq(
		err.msg, "c1: kind 'ConfigMaps' of 'v1' is not served; did you mean 'ConfigMap'?");
	cr_assert_eq(server.record->turn, 2);
	wk_kube_free(kube);
	server_stop(&server);
}

Test(apply, a_kind_that_may_still_come_is_asked_for_again)
{
	static const struct turn turns[] = {CORE, NO_GROUPS, CORE, NO_GROUPS, CORE, GROUPS};
	struct server server;
	struct wk_err err = {0};
	WK_AUTOFREE char *path = NULL;
	struct wk_kube *kube;

	server_start(&server, turns, WK_COUNT(turns));
	kube = wk_kube_new(&server.config, -1);
	cr_assert(wk_kube_path(kube, "ex.io/v1", "Foo", "demo", "x", wk_now() + 10 * WK_SEC, &path,
			  &err),
		"%s", err.msg);
	cr_assert_eq(server.record->turn, 6);
	wk_kube_free(kube);
	server_stop(&server);
}

Test(apply, an_old_server_is_told_from_a_missing_kind)
{
	static const struct turn turns[] = {FOUND("{\"kind\":\"APIVersions\"}")};
	struct server server;
	struct wk_err err = {0};
	char *path = NULL;
	struct wk_kube *kube;

	server_start(&server, turns, WK_COUNT(turns));
	kube = wk_kube_new(&server.config, -1);
	cr_assert_not(wk_kube_path(
		kube, "v1", "ConfigMap", "demo", "x", wk_now() + 30 * WK_SEC, &path, &err));
	cr_assert(strstr(err.msg, "expected Kubernetes 1.30 or later"), "%s", err.msg);
	wk_kube_free(kube);
	server_stop(&server);
}

#define WEBHOOK "failed calling webhook \\\"x.istio.io\\\": connection refused"

Test(apply, only_what_heals_by_itself_is_tried_again)
{
	static const struct {
		const char *name;
		struct turn refusal;
		bool heals;
		const char *text; /* in the error when it does not */
	} rows[] = {
		{"kind not served yet", {.status = 404, .body = "404 page not found\n"}, true,
			NULL},
		{"too many requests", {.status = 429, .body = STATUS("\"message\":\"slow\"")}, true,
			NULL},
		{"unavailable", {.status = 503}, true, NULL},
		{"gateway timeout", {.status = 504}, true, NULL},
		{"webhook down",
			{.status = 500,
				.body = STATUS(
					"\"reason\":\"InternalError\",\"message\":\"Internal "
					"error occurred: " WEBHOOK "\"")},
			true, NULL},
		{"two writers at once",
			{.status = 409,
				.body = STATUS("\"reason\":\"Conflict\",\"message\":\"the object "
					       "has been modified\"")},
			true, NULL},
		{"field of another manager",
			{.status = 409,
				.body = STATUS(
					"\"reason\":\"Conflict\",\"message\":\"conflict with "
					"y\",\"details\":{\"causes\":[{\"reason\":"
					"\"FieldManagerConflict\"}]}")},
			false, "HTTP 409: conflict with y"},
		{"unknown field",
			{.status = 500,
				.body = STATUS("\"message\":\".spec.zz: field not declared\"")},
			false, "HTTP 500: .spec.zz: field not declared"},
		{"internal error of another sort",
			{.status = 500,
				.body = STATUS(
					"\"reason\":\"InternalError\",\"message\":\"etcd\"")},
			false, "HTTP 500: etcd"},
		{"namespace missing",
			{.status = 404,
				.body = STATUS("\"message\":\"namespaces \\\"demo\\\" not "
					       "found\",\"details\":{\"kind\":\"namespaces\"}")},
			false, "HTTP 404: namespaces \"demo\" not found"},
		{"namespace terminating",
			{.status = 403, .body = STATUS("\"message\":\"is being terminated\"")},
			false, "HTTP 403 (not allowed): is being terminated"},
		{"webhook denies",
			{.status = 400, .body = STATUS("\"message\":\"denied the request\"")},
			false, "HTTP 400: denied the request"},
		{"invalid", {.status = 422, .body = STATUS("\"message\":\"invalid\"")}, false,
			"HTTP 422: invalid"},
		{"unauthorized", {.status = 401}, false, "HTTP 401"},
	};
	cJSON *object = config_map();

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct turn turns[] = {CORE, NO_GROUPS, rows[i].refusal, rows[i].refusal,
			{.status = 201, .body = "{}"}};
		struct server server;
		struct wk_err err = {0};
		struct wk_kube *kube;
		bool ok;

		server_start(&server, turns, WK_COUNT(turns));
		kube = wk_kube_new(&server.config, -1);
		ok = wk_kube_apply(kube, object, wk_now() + 10 * WK_SEC, &err);
		cr_assert_eq(ok, rows[i].heals, "%s: %s", rows[i].name, err.msg);
		cr_assert_eq(server.record->turn, rows[i].heals ? 5 : 3, "%s: %u requests",
			rows[i].name, server.record->turn);
		cr_assert(ok || strstr(err.msg, "c1: apply ConfigMap demo/x: "), "%s: %s",
			rows[i].name, err.msg);
		cr_assert(ok || strstr(err.msg, rows[i].text), "%s: %s", rows[i].name, err.msg);
		wk_kube_free(kube);
		server_stop(&server);
	}
	cJSON_Delete(object);
}

Test(apply, it_gives_up_at_the_deadline_with_the_last_answer)
{
	static const struct turn turns[] = {CORE, NO_GROUPS, {.status = 503, .body = "not ready"}};
	cJSON *object = config_map();
	WK_AUTOFREE char *path = NULL;
	struct server server;
	struct wk_err err = {0};
	struct wk_kube *kube;

	server_start(&server, turns, WK_COUNT(turns));
	kube = wk_kube_new(&server.config, -1);
	/* Connecting and discovery take their time on a busy machine; the deadline is for apply. */
	cr_assert(wk_kube_path(
		kube, "v1", "ConfigMap", "demo", "x", wk_now() + 30 * WK_SEC, &path, &err));
	cr_assert_not(wk_kube_apply(kube, object, wk_now() + 3 * WK_SEC, &err));
	cr_assert_eq(err.kind, WK_ERR_TIMEOUT);
	cr_assert(strstr(err.msg, "gave up after "), "%s", err.msg);
	cr_assert(strstr(err.msg, "HTTP 503: not ready"), "%s", err.msg);
	cr_assert_gt(server.record->turn, 3);
	wk_kube_free(kube);
	server_stop(&server);
	cJSON_Delete(object);
}

Test(apply, the_request_is_a_forced_strict_server_side_apply)
{
	static const struct turn turns[] = {CORE, NO_GROUPS, {.status = 200, .body = "{}"}};
	cJSON *object = config_map();
	struct server server;
	struct wk_err err = {0};
	struct wk_kube *kube;

	server_start(&server, turns, WK_COUNT(turns));
	kube = wk_kube_new(&server.config, -1);
	cr_assert(wk_kube_apply(kube, object, wk_now() + 30 * WK_SEC, &err), "%s", err.msg);
	cr_assert(strstr(server.record->text,
		"PATCH /api/v1/namespaces/demo/configmaps/x?fieldManager=wookie-conform&force=true"
		"&fieldValidation=Strict HTTP/1.1\r\n"));
	cr_assert(strstr(server.record->text, "Content-Type: application/apply-patch+yaml\r\n"));
	cr_assert(strstr(server.record->text, "\"data\":{\"a\":\"\xc3\xa4\"}}"));
	wk_kube_free(kube);
	server_stop(&server);
	cJSON_Delete(object);
}

Test(apply, an_object_without_a_name_is_refused_before_anything_is_asked)
{
	cJSON *object = cJSON_Parse("{\"kind\":\"ConfigMap\"}");
	struct wk_kubeconfig config = {.server = (char[]){"https://127.0.0.1:1"}};
	struct wk_kube *kube = wk_kube_new(&config, -1);
	struct wk_err err = {0};

	cr_assert_not(wk_kube_apply(kube, object, wk_now() + WK_SEC, &err));
	cr_assert_eq(err.kind, WK_ERR_INPUT);
	cr_assert(strstr(err.msg, "expected an object with apiVersion, kind and metadata.name"),
		"%s", err.msg);
	wk_kube_free(kube);
	cJSON_Delete(object);
}

#define NOT_FOUND                                                             \
	{                                                                     \
		.status = 404, .body = STATUS("\"details\":{\"name\":\"x\"}") \
	}
#define DELETED FOUND(STATUS("\"status\":\"Success\",\"details\":{\"uid\":\"u1\"}"))
#define THERE                                                                                 \
	FOUND("{\"kind\":\"ConfigMap\",\"metadata\":{\"uid\":\"u1\",\"finalizers\":[\"ex.io/" \
	      "hold\"]}}")

Test(apply, delete_waits_until_the_object_is_gone)
{
	static const struct {
		const char *name;
		struct turn turns[6];
		size_t n;
		const char *text; /* in the error; NULL: it works */
		bool no_wait;
	} rows[] = {
		{"gone after a while", {CORE, NO_GROUPS, DELETED, THERE, THERE, NOT_FOUND}, 6, NULL,
			false},
		{"was never there", {CORE, NO_GROUPS, NOT_FOUND}, 3, NULL, false},
		{"made anew by another",
			{CORE, NO_GROUPS, DELETED, FOUND("{\"metadata\":{\"uid\":\"u2\"}}")}, 4,
			NULL, false},
		{"not waited for", {CORE, NO_GROUPS, DELETED, THERE}, 3, NULL, true},
		{"held by a finalizer", {CORE, NO_GROUPS, DELETED, THERE}, 4,
			"c1: delete ConfigMap demo/x: still there after ", false},
		{"forbidden", {CORE, NO_GROUPS, {.status = 403, .body = "no"}}, 3,
			"delete ConfigMap demo/x: HTTP 403 (not allowed): no", false},
	};
	cJSON *object = config_map();

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct server server;
		struct wk_err err = {0};
		struct wk_kube *kube;
		wk_nsec gone_by = wk_now() + (rows[i].text ? 3 : 30) * WK_SEC;
		bool ok;

		server_start(&server, rows[i].turns, rows[i].n);
		kube = wk_kube_new(&server.config, -1);
		ok = wk_kube_delete(kube, object, 0, rows[i].no_wait ? 0 : gone_by, &err);
		cr_assert_eq(ok, !rows[i].text, "%s: %s", rows[i].name, err.msg);
		cr_assert(ok || strstr(err.msg, rows[i].text), "%s: %s", rows[i].name, err.msg);
		cr_assert(!ok || server.record->turn == rows[i].n, "%s: %u requests", rows[i].name,
			server.record->turn);
		cr_assert(strstr(server.record->text,
			"DELETE /api/v1/namespaces/demo/configmaps/x HTTP/1.1\r\n"));
		cr_assert(strstr(server.record->text, "{\"gracePeriodSeconds\":0}"));
		wk_kube_free(kube);
		server_stop(&server);
	}
	cJSON_Delete(object);
}
