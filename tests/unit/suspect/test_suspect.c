#include "wookie/base/mem.h"
#include "wookie/suspect/suspect.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static cJSON *parsed(const char *text)
{
	cJSON *json = cJSON_Parse(text);

	cr_assert_not_null(json, "%s", text);
	return json;
}

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return text ? text : "";
}

static const struct {
	const char *row;
	const char *object;
	const char *normal;
} normals[] = {
	{"what the server keeps goes",
		"{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"uid\":\"1\","
		"\"resourceVersion\":\"2\",\"generation\":3,\"creationTimestamp\":\"x\","
		"\"managedFields\":[]},\"data\":{\"k\":\"v\"},\"status\":{\"x\":1}}",
		"{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"v\"}}"},
	{"of a Secret a hash stays", "{\"kind\":\"Secret\",\"metadata\":{},\"data\":{\"k\":\"\"}}",
		"{\"kind\":\"Secret\",\"metadata\":{},\"data\":{\"k\":\"sha256:e3b0c44298fc1c14\"}"
		"}"},
	{"a restart is no change",
		"{\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{"
		"\"deployment.kubernetes.io/"
		"revision\":\"4\"}},\"spec\":{\"template\":{\"metadata\":"
		"{\"annotations\":{\"kubectl.kubernetes.io/restartedAt\":\"now\"}}}}}",
		"{\"kind\":\"Deployment\",\"metadata\":{},\"spec\":{\"template\":{\"metadata\":{}}}"
		"}"},
	{"the address of a gateway stays",
		"{\"kind\":\"Service\",\"metadata\":{},\"status\":{\"loadBalancer\":{}}}",
		"{\"kind\":\"Service\",\"metadata\":{},\"status\":{\"loadBalancer\":{}}}"},
	{"a drawn name goes",
		"{\"kind\":\"Pod\",\"metadata\":{},\"spec\":{\"volumes\":[{\"name\":"
		"\"kube-api-access-x7\"},{\"name\":\"mine\"}],\"containers\":[{\"volumeMounts\":"
		"[{\"name\":\"kube-api-access-x7\"}]}]}}",
		"{\"kind\":\"Pod\",\"metadata\":{},\"spec\":{\"volumes\":[{\"name\":\"mine\"}],"
		"\"containers\":[{\"volumeMounts\":[]}]}}"},
};

Test(suspect, only_what_somebody_wants_counts)
{
	for (size_t i = 0; i < WK_COUNT(normals); i++) {
		cJSON *object = parsed(normals[i].object);
		cJSON *wanted = parsed(normals[i].normal);

		wk_suspect_normal(object);
		WK_AUTOFREE char *shown = cJSON_PrintUnformatted(object);

		cr_expect(cJSON_Compare(object, wanted, true), "%s: got %s", normals[i].row, shown);
		cJSON_Delete(object);
		cJSON_Delete(wanted);
	}
}

static const struct {
	const char *host;
	const char *namespace;
	bool means;
} hosts[] = {
	{"helloworld", "sample", true},
	{"helloworld", "other", false},
	{"helloworld.sample", "other", true},
	{"helloworld.sample.svc", "other", true},
	{"helloworld.sample.svc.cluster.local", "other", true},
	{"*", "other", true},
	{"*.sample.svc.cluster.local", "other", true},
	{"*.other.svc.cluster.local", "other", false},
	{"sample/*.svc.cluster.local", "other", true},
	{"hello", "sample", false},
	{"", "sample", false},
	{"helloworld.sample.svc.cluster.locals", "sample", false},
};

Test(suspect, a_host_is_matched_as_istio_does)
{
	for (size_t i = 0; i < WK_COUNT(hosts); i++)
		cr_expect_eq(wk_suspect_host(hosts[i].host, hosts[i].namespace,
				     "helloworld.sample.svc.cluster.local"),
			hosts[i].means, "'%s' in %s", hosts[i].host, hosts[i].namespace);
}

#define SNAPSHOT(objects, rules)                                                        \
	"{\"version\":1,\"at\":\"\",\"clusters\":{\"cluster-a\":{\"objects\":{" objects \
	"},\"node\":{\"rules\":{" rules "}}}}}"
#define OBJECT(version, kind, namespace, name, spec)                                      \
	"\"" kind                                                                         \
	" " namespace "/" name "\":{\"by\":\"kubectl\",\"since\":\"2026\","               \
		      "\"object\":{\"apiVersion\":\"" version "\",\"kind\":\"" kind       \
		      "\",\"metadata\":{\"namespace\":\"" namespace "\",\"name\":\"" name \
								    "\"},\"spec\":" spec "}}"

static const struct {
	const char *row;
	const char *before;
	const char *after;
	const char *what; /* of the first; NULL: nothing is different */
	const char *field;
	const char *command; /* how it begins */
} differences[] = {
	{"the same is no difference", SNAPSHOT(OBJECT("v1", "Service", "s", "a", "{}"), ""),
		SNAPSHOT(OBJECT("v1", "Service", "s", "a", "{}"), ""), NULL, NULL, NULL},
	{"an object more", SNAPSHOT("", ""),
		SNAPSHOT(OBJECT("networking.istio.io/v1", "Sidecar", "s", "a", "{}"), ""), "added",
		NULL,
		"wookie-conform shell --name m cluster-a -- kubectl delete "
		"Sidecar.v1.networking.istio.io a -n s"},
	{"an object less", SNAPSHOT(OBJECT("v1", "Service", "s", "a", "{}"), ""), SNAPSHOT("", ""),
		"removed", NULL, "printf %s '{"},
	{"a field", SNAPSHOT(OBJECT("v1", "Service", "s", "a", "{\"x\":[{\"y\":1}]}"), ""),
		SNAPSHOT(OBJECT("v1", "Service", "s", "a", "{\"x\":[{\"y\":2}]}"), ""), "changed",
		"spec.x[0].y",
		"wookie-conform shell --name m cluster-a -- kubectl patch Service a -n s --type "
		"merge -p '{\"spec\":{\"x\":[{\"y\":1}]}}'"},
	{"a variable in front of another",
		SNAPSHOT(OBJECT("v1", "Pod", "s", "a",
				 "{\"env\":[{\"name\":\"B\",\"value\":\"1\"}]}"),
			""),
		SNAPSHOT(OBJECT("v1", "Pod", "s", "a",
				 "{\"env\":[{\"name\":\"A\"},{\"name\":\"B\",\"value\":\"1\"}]}"),
			""),
		"changed", "spec.env[A]",
		"wookie-conform shell --name m cluster-a -- kubectl patch "},
	{"the order of routes",
		SNAPSHOT(OBJECT("v1", "Pod", "s", "a",
				 "{\"http\":[{\"name\":\"A\"},{\"name\":\"B\"}]}"),
			""),
		SNAPSHOT(OBJECT("v1", "Pod", "s", "a",
				 "{\"http\":[{\"name\":\"B\"},{\"name\":\"A\"}]}"),
			""),
		"changed", "spec.http",
		"wookie-conform shell --name m cluster-a -- kubectl patch "},
	{"a rule", SNAPSHOT("", ""), SNAPSHOT("", "\"filter -A INPUT -j DROP\":true"), "added",
		NULL, "nsenter -t 7 -n iptables -w 5 -t filter -D INPUT -j DROP"},
	{"a component that was stopped is one change, of its state",
		"{\"clusters\":{\"cluster-a\":{\"node\":{\"processes\":{\"etcd\":"
		"{\"state\":\"running\",\"arguments\":\"etcd --a\"}}}}}}",
		"{\"clusters\":{\"cluster-a\":{\"node\":{\"processes\":{\"etcd\":"
		"{\"state\":\"stopped\",\"arguments\":\"etcd --a\"}}}}}}",
		"changed", "state", NULL},
	{"a cluster that did not answer has lost nothing",
		SNAPSHOT(OBJECT("v1", "Service", "s", "a", "{}"), ""),
		"{\"clusters\":{\"cluster-a\":{\"trouble\":\"silent\"}}}", NULL, NULL, NULL},
};

Test(suspect, a_difference_says_what_and_how_to_take_it_back)
{
	for (size_t i = 0; i < WK_COUNT(differences); i++) {
		cJSON *before = parsed(differences[i].before);
		cJSON *after = parsed(differences[i].after);
		cJSON *changes = wk_suspect_differ(before, after);
		const cJSON *first = changes->child;
		WK_AUTOFREE char *command = first ? wk_suspect_command(first, "m", 7) : NULL;
		const cJSON *fields = cJSON_GetObjectItemCaseSensitive(first, "fields");

		cr_expect_eq(!first, !differences[i].what, "%s", differences[i].row);
		if (first && differences[i].what) {
			cr_expect_str_eq(text_of(first, "what"), differences[i].what, "%s",
				differences[i].row);
			cr_assert_eq(!command, !differences[i].command, "%s", differences[i].row);
			cr_expect_eq(command && strncmp(command, differences[i].command,
							strlen(differences[i].command)),
				0, "%s: %s", differences[i].row, command);
			cr_expect_null(first->next, "%s", differences[i].row);
		}
		if (differences[i].field)
			cr_expect_str_eq(text_of(fields->child, "path"), differences[i].field);
		cJSON_Delete(changes);
		cJSON_Delete(before);
		cJSON_Delete(after);
	}
}

Test(suspect, a_secret_of_which_only_hashes_are_known_has_no_command)
{
	cJSON *change = parsed("{\"cluster\":\"a\",\"layer\":\"object\",\"before\":{\"kind\":"
			       "\"Secret\",\"data\":{\"k\":\"sha256:1\"}},\"after\":{\"kind\":"
			       "\"Secret\",\"data\":{\"k\":\"sha256:2\"}}}");

	cr_expect_null(wk_suspect_command(change, "m", 7));
	cJSON_Delete(change);
}

#define HOST "helloworld.sample.svc.cluster.local"
#define FACTS                                                                           \
	"{\"clusters\":[{\"name\":\"cluster-a\",\"systemNamespace\":\"istio-system\","  \
	"\"testPod\":{\"name\":\"c\",\"namespace\":\"client\"},\"helloworld\":null},"   \
	"{\"name\":\"cluster-b\",\"systemNamespace\":\"istio-system\",\"helloworld\":{" \
	"\"name\":\"helloworld\",\"namespace\":\"sample\",\"host\":\"" HOST "\"}}]}"
#define MESH "networking.istio.io/v1"

/* Each is nearer than the one below it. */
static const char *const ranked[] = {
	OBJECT(MESH, "VirtualService", "client", "names", "{\"hosts\":[\"" HOST "\"]}"),
	OBJECT("security.istio.io/v1", "AuthorizationPolicy", "client", "all", "{}"),
	OBJECT("v1", "ConfigMap", "istio-system", "istio", "{}"),
	OBJECT(MESH, "ServiceEntry", "client", "other",
		"{\"hosts\":[\"elsewhere.example\"],"
		"\"workloadSelector\":{\"labels\":{\"a\":\"b\"}}}"),
	OBJECT(MESH, "VirtualService", "far", "other", "{\"hosts\":[\"elsewhere.example\"]}"),
	OBJECT("v1", "ConfigMap", "client", "istio-ca-root-cert", "{}"),
};

static int rank_of(const char *object, const char *scopes)
{
	WK_AUTOFREE char *after = wk_xasprintf(SNAPSHOT("%s", ""), object);
	cJSON *before = parsed(SNAPSHOT("", ""));
	cJSON *now = parsed(after);
	cJSON *facts = parsed(FACTS);
	cJSON *list = parsed(scopes);
	cJSON *changes = wk_suspect_differ(before, now);
	const struct wk_suspect_path path = {.facts = facts, .snapshot = now, .scopes = list};
	int distance;

	wk_suspect_weigh(changes, &path);
	distance = cJSON_GetObjectItemCaseSensitive(changes->child, "distance")->valueint;
	cr_expect(*text_of(changes->child, "touches"), "%s", object);
	cJSON_Delete(changes);
	cJSON_Delete(list);
	cJSON_Delete(facts);
	cJSON_Delete(now);
	cJSON_Delete(before);
	return distance;
}

Test(suspect, what_lies_in_the_way_is_nearer)
{
	for (size_t i = 1; i < WK_COUNT(ranked); i++)
		cr_expect_lt(rank_of(ranked[i - 1], "[\"cluster-a>cluster-b\"]"),
			rank_of(ranked[i], "[\"cluster-a>cluster-b\"]"), "%s", ranked[i]);
	cr_expect_lt(rank_of(ranked[0], "[\"cluster-a>cluster-b\"]"),
		rank_of(ranked[0], "[\"cluster-c>cluster-b\"]"));
}

/* In whatever order they are found, none is lost on the way to its place. */
Test(suspect, all_that_differs_is_told_nearest_first)
{
	const size_t n = WK_COUNT(ranked);

	for (size_t turn = 0; turn < n; turn++) {
		cJSON *changes = cJSON_CreateArray();
		cJSON *facts = parsed(FACTS);
		const struct wk_suspect_path path = {.facts = facts};
		const cJSON *change;
		double last = 0;

		for (size_t i = 0; i < n; i++) {
			WK_AUTOFREE char *entry = wk_xasprintf("{%s}", ranked[(turn + i * 5) % n]);
			cJSON *look = parsed(entry);
			cJSON *one = cJSON_CreateObject();

			(void)cJSON_AddStringToObject(one, "cluster", "cluster-a");
			(void)cJSON_AddStringToObject(one, "layer", "object");
			(void)cJSON_AddItemToObject(one, "after",
				cJSON_DetachItemFromObjectCaseSensitive(look->child, "object"));
			(void)cJSON_AddItemToArray(changes, one);
			cJSON_Delete(look);
		}
		wk_suspect_weigh(changes, &path);
		cr_expect_eq((size_t)cJSON_GetArraySize(changes), n, "turn %zu: %d are left", turn,
			cJSON_GetArraySize(changes));
		cJSON_ArrayForEach(change, changes)
		{
			double now =
				cJSON_GetObjectItemCaseSensitive(change, "distance")->valuedouble;

			cr_expect_geq(now, last, "turn %zu", turn);
			last = now;
		}
		cJSON_Delete(changes);
		cJSON_Delete(facts);
	}
}
