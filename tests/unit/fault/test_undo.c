#include "../kube/server.h"
#include "wookie/base/file.h"
#include "wookie/fault/undo.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/wookie-undo.XXXXXX";

static void make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
	struct wk_err err = {0};

	cr_expect(wk_rmtree(folder, &err), "%s", err.msg);
}

TestSuite(undo, .init = make_folder, .fini = remove_folder, .timeout = 60);

static char *in_folder(const char *name)
{
	return wk_xasprintf("%s/%s", folder, name);
}

static cJSON *parsed(const char *text)
{
	cJSON *json = cJSON_Parse(text);

	cr_assert_not_null(json, "%s", text);
	return json;
}

static struct wk_cluster cluster = {.name = "east"};
static const struct wk_topology topology = {.clusters = &cluster, .n_clusters = 1};

/* A component of the node of "east" is this process, or none; who was asked is noted. */
struct node {
	pid_t pid;
	char asked[128];
};

static pid_t component(void *context, const char *name, const char *which)
{
	struct node *node = context;
	size_t n = strlen(node->asked);

	(void)snprintf(node->asked + n, sizeof(node->asked) - n, "%s/%s ", name, which);
	return node->pid;
}

static struct wk_fault_env env_of(struct wk_access *access, struct node *node)
{
	return (struct wk_fault_env){.access = access,
		.component_pid = component,
		.context = node,
		.deadline = wk_now() + 20 * WK_SEC};
}

static void add(struct wk_undo *undo, enum wk_undo_kind kind, const char *name, const char *what)
{
	struct wk_err err = {0};

	cr_assert(wk_undo_add(undo, kind, name, what ? parsed(what) : NULL, &err), "%s", err.msg);
}

Test(undo, goes_backwards_on_after_an_error_and_reports_the_first)
{
	struct node node = {.asked = ""};
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct wk_fault_env env = env_of(&access, &node);
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();
	struct wk_err err = {0};

	add(undo, WK_UNDO_RULE, "east", "[\"INPUT\"]");
	add(undo, WK_UNDO_SHAPE, "south", NULL);
	add(undo, WK_UNDO_RULE, "west", "[\"INPUT\"]");
	cr_expect_not(wk_undo_all(&env, undo, &err));
	cr_expect_str_eq(node.asked, "west/kubelet south/kubelet east/kubelet ");
	cr_expect_not_null(strstr(err.msg, "'west'"), "%s", err.msg);
	cr_expect_eq(wk_undo_count(undo), 3, "what is not back stays, to be tried again");
}

Test(undo, thaws_before_anything_else)
{
	struct node node = {.asked = ""};
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct wk_fault_env env = env_of(&access, &node);
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();
	struct wk_err err = {0};
	int status = 0;

	node.pid = fork();
	if (node.pid == 0)
		for (;;)
			(void)pause();
	cr_assert_gt(node.pid, 0);
	cr_assert_eq(kill(node.pid, SIGSTOP), 0);
	cr_assert_eq(waitpid(node.pid, &status, WUNTRACED), node.pid);
	add(undo, WK_UNDO_STOPPED, "east", "\"etcd\"");
	add(undo, WK_UNDO_OBJECT, "nowhere", "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"}}");
	cr_expect_not(wk_undo_all(&env, undo, &err));
	cr_expect_str_eq(err.msg, "there is no cluster 'nowhere'");
	cr_expect_eq(waitpid(node.pid, &status, WCONTINUED), node.pid);
	cr_expect(WIFCONTINUED(status));
	cr_expect_eq(wk_undo_count(undo), 1);
	(void)kill(node.pid, SIGKILL);
	(void)waitpid(node.pid, &status, 0);
}

#define MAP(rest)                                                                     \
	"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\"," \
	"\"namespace\":\"n\"" rest "}}"
#define SECRET(rest)                                                                             \
	"{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"x\",\"namespace\":" \
	"\"n\"" rest "}}"
#define POD_READY                                                                             \
	"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\",\"namespace\":" \
	"\"n\"},"                                                                             \
	"\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}"
#define SERVICE                                                                                   \
	"{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"x\",\"namespace\":" \
	"\"n\",\"resourceVersion\":\"3\"},\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":"    \
	"\"10.0.0.1\"}]}}}"
#define HEADED                                                                                    \
	"{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"x\",\"namespace\":" \
	"\"n\",\"resourceVersion\":\"3\"},\"spec\":{\"clusterIP\":\"10.96.0.9\"}}"
#define FIXED                                                                                \
	{                                                                                    \
		.status = 422,                                                               \
		.body = "{\"kind\":\"Status\",\"reason\":\"Invalid\",\"message\":\"may not " \
			"change once set\"}"                                                 \
	}
#define KIND(resource, kind)                                                \
	"{\"resource\":\"" resource "\",\"responseKind\":{\"kind\":\"" kind \
	"\"},\"scope\":\"Namespaced\"}"
#define CORE                                                                                       \
	FOUND("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"versions\":[{\"version\":\"v1\"," \
	      "\"resources\":[" KIND("configmaps", "ConfigMap") "," KIND("secrets",                \
		      "Secret") "," KIND("pods", "Pod") "," KIND("services", "Service") "]}]}]}")
#define GROUPS FOUND("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[]}")

#define N "/api/v1/namespaces/n/"

/* How each kind goes back, by the requests that an API server sees. */
static const struct {
	const char *name;
	enum wk_undo_kind kind;
	const char *what;
	struct turn turns[10];
	size_t n_turns;
	const char *requests[6]; /* in this order */
} rows[] = {
	{"a changed object", WK_UNDO_OBJECT, MAP(",\"resourceVersion\":\"3\""),
		{CORE, GROUPS, FOUND(MAP(",\"resourceVersion\":\"9\"")), FOUND(MAP(""))}, 4,
		{"GET " N "configmaps/x", "PUT " N "configmaps/x", "\"resourceVersion\":\"9\""}},
	{"a deleted object", WK_UNDO_OBJECT, MAP(",\"uid\":\"u\""),
		{CORE, GROUPS, GONE, {.status = 201, .body = MAP("")}}, 4,
		{"GET " N "configmaps/x", "POST " N "configmaps"}},
	{"a secret, which istiod must see anew", WK_UNDO_OBJECT, SECRET(""),
		{CORE, GROUPS, FOUND(SECRET(",\"resourceVersion\":\"9\"")), FOUND(SECRET("")), GONE,
			{.status = 201, .body = SECRET("")}},
		6, {"GET " N "secrets/x", "DELETE " N "secrets/x", "POST " N "secrets"}},
	{"an address that was published", WK_UNDO_OBJECT, SERVICE,
		{CORE, GROUPS, FOUND(SERVICE), FOUND(SERVICE), FOUND(SERVICE)}, 5,
		{"GET " N "services/x", "PUT " N "services/x", "PATCH " N "services/x/status",
			"10.0.0.1"}},
	{"a service whose address is fixed", WK_UNDO_OBJECT, HEADED,
		{CORE, GROUPS, FOUND(HEADED), FIXED, FOUND(HEADED), GONE,
			{.status = 201, .body = HEADED}},
		7,
		{"GET " N "services/x", "PUT " N "services/x", "DELETE " N "services/x",
			"POST " N "services", "10.96.0.9"}},
	{"an object that was not there", WK_UNDO_CREATED, MAP(""),
		{CORE, GROUPS, FOUND(MAP("")), GONE}, 4, {"DELETE " N "configmaps/x"}},
	{"one that is gone already", WK_UNDO_CREATED, MAP(""), {CORE, GROUPS, GONE}, 3,
		{"DELETE " N "configmaps/x"}},
	{"a pod", WK_UNDO_POD,
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"x\","
		"\"namespace\":"
		"\"n\"}}",
		{CORE, GROUPS, FOUND(POD_READY), GONE, FOUND(POD_READY), FOUND(POD_READY)}, 6,
		{"DELETE " N "pods/x", "PATCH " N "pods/x", "GET " N "pods/x"}},
};

static void expect_requests(const char *row, const char *log, const char *const requests[])
{
	const char *at = log;

	for (size_t i = 0; requests[i] && at; i++) {
		const char *found = strstr(at, requests[i]);

		cr_expect_not_null(found, "%s: no '%s' in:\n%s", row, requests[i], at);
		at = found;
	}
}

static void put_one_back(size_t i)
{
	WK_AUTOFREE char *file = in_folder("fault.json");
	struct node node = {.asked = ""};
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct wk_fault_env env = env_of(&access, &node);
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();
	struct wk_fault fault = {.id = "broken", .title = "broken on purpose"};
	cJSON *vars = parsed("{}");
	struct server server;
	struct wk_err err = {0};

	server_start(&server, rows[i].turns, rows[i].n_turns);
	access.kube[0] = wk_kube_new(&server.config, -1);
	cr_assert(wk_undo_keep(undo, file, &fault, vars, &err), "%s", err.msg);
	add(undo, rows[i].kind, "east", rows[i].what);
	cr_expect(wk_undo_heal(&env, undo, &err), "%s: %s", rows[i].name, err.msg);
	cr_expect_eq(wk_undo_count(undo), 0, "%s", rows[i].name);
	cr_expect_not(wk_path_exists(file), "%s: the journal is still there", rows[i].name);
	expect_requests(rows[i].name, server.record->text, rows[i].requests);
	cr_expect_null(strstr(server.record->text, "\"uid\""), "%s", rows[i].name);
	wk_kube_free(access.kube[0]);
	server_stop(&server);
	cJSON_Delete(vars);
}

Test(undo, each_kind_goes_back_its_own_way)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++)
		put_one_back(i);
}

Test(undo, an_object_that_was_changed_twice_goes_back_once_to_its_first_state)
{
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();

	add(undo, WK_UNDO_OBJECT, "east", MAP(",\"resourceVersion\":\"1\""));
	add(undo, WK_UNDO_OBJECT, "east", MAP(",\"resourceVersion\":\"2\""));
	add(undo, WK_UNDO_CREATED, "east", MAP(""));
	cr_expect_eq(wk_undo_count(undo), 1);
	add(undo, WK_UNDO_OBJECT, "west", MAP(""));
	add(undo, WK_UNDO_OBJECT, "east", SECRET(""));
	add(undo, WK_UNDO_POD, "east", MAP(""));
	cr_expect_eq(wk_undo_count(undo), 4, "another cluster, kind or way is another change");
}

Test(undo, there_is_no_bound_of_changes)
{
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();

	for (int i = 0; i < 200; i++)
		add(undo, WK_UNDO_RULE, "east", "[\"INPUT\"]");
	cr_expect_eq(wk_undo_count(undo), 200);
}

static struct wk_fault_step heals[] = {
	{.kind = "restore", .args = "{}", .pos = {.file = "broken.yaml", .line = 9}}};
static const struct wk_fault broken = {
	.id = "broken", .title = "broken on purpose", .heal = heals, .n_heal = 1};

static struct wk_undo *kept(const char *file)
{
	struct wk_undo *undo = wk_undo_new();
	cJSON *vars = parsed("{\"client\":{\"name\":\"east\"}}");
	struct wk_err err = {0};

	cr_assert(wk_undo_keep(undo, file, &broken, vars, &err), "%s", err.msg);
	cJSON_Delete(vars);
	return undo;
}

Test(undo, what_is_to_be_taken_back_is_in_the_file_before_it_is_done)
{
	WK_AUTOFREE char *file = in_folder("fault.json");
	struct wk_undo *WK_AUTO(wk_undo_free) undo = kept(file);
	struct wk_undo *WK_AUTO(wk_undo_free) read = NULL;
	struct wk_err err = {0};
	struct stat st;

	add(undo, WK_UNDO_RULE, "east", "[\"INPUT\",\"-j\",\"DROP\"]");
	add(undo, WK_UNDO_SHAPE, "east", NULL);
	add(undo, WK_UNDO_STOPPED, "east", "\"etcd\"");
	add(undo, WK_UNDO_OBJECT, "east", SECRET(""));
	cr_assert(wk_undo_load(file, &read, &err), "%s", err.msg);
	cr_expect_eq(wk_undo_count(read), 4);
	cr_expect_str_eq(wk_undo_fault(read), "broken");
	cr_expect_eq(stat(file, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600, "it holds secrets");
}

Test(undo, a_step_that_cannot_be_remembered_is_not_done)
{
	WK_AUTOFREE char *dir = in_folder("mesh");
	WK_AUTOFREE char *file = in_folder("mesh/fault.json");
	struct wk_undo *WK_AUTO(wk_undo_free) undo = NULL;
	struct wk_err err = {0};

	cr_assert_eq(mkdir(dir, 0700), 0);
	undo = kept(file);
	cr_assert(wk_rmtree(dir, &err), "%s", err.msg);
	cr_expect_not(wk_undo_add(undo, WK_UNDO_SHAPE, "east", NULL, &err));
	cr_expect_not_null(strstr(err.msg, "remember how to take it back"), "%s", err.msg);
	cr_expect_eq(wk_undo_count(undo), 0);
}

Test(undo, no_file_is_no_fault)
{
	WK_AUTOFREE char *file = in_folder("nothing.json");
	struct wk_undo *undo = (struct wk_undo *)file;
	struct wk_err err = {0};

	cr_expect(wk_undo_load(file, &undo, &err), "%s", err.msg);
	cr_expect_null(undo);
}

#define HEAD "{\"version\":1,\"fault\":\"f\",\"since\":\"now\",\"vars\":{},"
#define HEAL "\"heal\":[{\"kind\":\"restore\",\"args\":\"{}\",\"file\":\"f\",\"line\":1}],"
#define ENTRY(text) HEAD HEAL "\"entries\":[" text "]}"

static const struct {
	const char *text;
	const char *odd;
} damaged[] = {
	{"", "this is not JSON"},
	{HEAD, "this is not JSON"},
	{ENTRY("") "x", "this is not JSON"},
	{"[]", "expected version 1"},
	{"{\"version\":2}", "expected version 1"},
	{"{\"version\":1}", "it names no fault, or no values for its steps"},
	{HEAD "\"heal\":7,\"entries\":[]}", "no steps"},
	{HEAD "\"heal\":[{}],\"entries\":[]}", "a step without kind, arguments or place"},
	{HEAD HEAL "\"entries\":{}}", "no entries"},
	{ENTRY("{}"), "an entry without kind or cluster"},
	{ENTRY("{\"kind\":\"shape\"}"), "an entry without kind or cluster"},
	{ENTRY("{\"kind\":\"hole\",\"cluster\":\"c\",\"what\":null}"),
		"an entry of a kind that is not known"},
	{ENTRY("{\"kind\":\"object\",\"cluster\":\"c\"}"), "an object that is none"},
	{ENTRY("{\"kind\":\"object\",\"cluster\":\"c\",\"what\":{\"kind\":\"Pod\"}}"),
		"an object that is none"},
	{ENTRY("{\"kind\":\"rule\",\"cluster\":\"c\",\"what\":\"-j DROP\"}"),
		"a rule without words"},
	{ENTRY("{\"kind\":\"stopped\",\"cluster\":\"c\",\"what\":7}"),
		"a component without a name"},
};

Test(undo, a_damaged_journal_is_refused_with_what_is_odd)
{
	WK_AUTOFREE char *file = in_folder("fault.json");

	for (size_t i = 0; i < WK_COUNT(damaged); i++) {
		struct wk_undo *undo = NULL;
		struct wk_err err = {0};
		WK_AUTOFREE char *wanted = wk_xasprintf("%s is damaged: %s", file, damaged[i].odd);

		cr_assert(wk_file_write(file, damaged[i].text, strlen(damaged[i].text), 0600, &err),
			"%s", err.msg);
		cr_expect_not(wk_undo_load(file, &undo, &err), "%s", damaged[i].text);
		cr_expect_str_eq(err.msg, wanted, "%s", damaged[i].text);
		cr_expect_eq((int)err.kind, (int)WK_ERR_SYSTEM);
	}
}

/* What a process that died left, healed by another one in two goes. */
Test(undo, heals_what_another_process_left_and_may_be_repeated)
{
	static const struct turn turns[] = {CORE, GROUPS, FOUND(MAP("")), GONE};
	WK_AUTOFREE char *file = in_folder("fault.json");
	struct node node = {.asked = ""};
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct wk_fault_env env = env_of(&access, &node);
	struct server server;
	struct wk_err err = {0};

	server_start(&server, turns, WK_COUNT(turns));
	access.kube[0] = wk_kube_new(&server.config, -1);
	for (int go = 0; go < 2; go++) {
		struct wk_undo *WK_AUTO(wk_undo_free) undo = go ? NULL : kept(file);

		if (go == 0) {
			add(undo, WK_UNDO_STOPPED, "east", "\"etcd\"");
			add(undo, WK_UNDO_CREATED, "east", MAP(""));
			cr_expect_not(wk_undo_heal(&env, undo, &err), "no etcd runs");
			cr_expect(wk_path_exists(file));
			continue;
		}
		cr_assert(wk_undo_load(file, &undo, &err), "%s", err.msg);
		cr_expect_eq(wk_undo_count(undo), 1, "what was put back is not put back again");
		node.pid = getpid();
		cr_expect(wk_undo_heal(&env, undo, &err), "%s", err.msg);
		cr_expect_not(wk_path_exists(file));
	}
	wk_kube_free(access.kube[0]);
	server_stop(&server);
}

/* Programs that stand for those of a node: each notes how it was called, and ends as it is told. */
static void fake(const char *name, const char *script)
{
	WK_AUTOFREE char *path = in_folder(name);
	WK_AUTOFREE char *text =
		wk_xasprintf("#!/bin/sh\necho \"%s $*\" >>%s/calls\n%s\n", name, folder, script);
	struct wk_err err = {0};

	cr_assert(wk_file_write(path, text, strlen(text), 0755, &err), "%s", err.msg);
}

static const struct {
	const char *name;
	enum wk_undo_kind kind;
	const char *what;
	const char *iptables;
	const char *tc;
	const char *calls;
	bool ok;
} nodes[] = {
	{"a rule that is there", WK_UNDO_RULE, "[\"INPUT\",\"-j\",\"DROP\"]", "exit 0", "",
		"iptables -w 5 -C INPUT -j DROP\niptables -w 5 -D INPUT -j DROP\n", true},
	{"a rule that never was", WK_UNDO_RULE, "[\"INPUT\",\"-j\",\"DROP\"]", "exit 1", "",
		"iptables -w 5 -C INPUT -j DROP\n", true},
	{"a rule that is none", WK_UNDO_RULE, "[\"INPUT\",\"-j\",\"DRAP\"]", "echo bad >&2; exit 2",
		"", "iptables -w 5 -C INPUT -j DRAP\n", false},
	{"a shape of ours", WK_UNDO_SHAPE, NULL, "", "echo qdisc htb 1: root",
		"tc qdisc show dev eth0 root\ntc qdisc del dev eth0 root\n", true},
	{"a shape that never was", WK_UNDO_SHAPE, NULL, "", "echo qdisc noqueue 0: root",
		"tc qdisc show dev eth0 root\n", true},
};

Test(undo, a_node_is_put_back_as_far_as_it_was_changed)
{
	WK_AUTOFREE char *calls = in_folder("calls");
	struct node node = {.pid = getpid(), .asked = ""};
	struct wk_access access = {.topology = &topology, .netns = -1};

	if (geteuid() != 0)
		cr_skip_test("entering a network namespace takes root");
	(void)setenv("PATH", folder, 1);
	for (size_t i = 0; i < WK_COUNT(nodes); i++) {
		struct wk_fault_env env = env_of(&access, &node);
		struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();
		struct wk_buf WK_AUTO(wk_buf_finish) text = {0};
		struct wk_err err = {0};

		(void)unlink(calls);
		fake("iptables", nodes[i].iptables);
		fake("tc", nodes[i].tc);
		add(undo, nodes[i].kind, "east", nodes[i].what);
		cr_expect_eq(wk_undo_all(&env, undo, &err), nodes[i].ok, "%s: %s", nodes[i].name,
			err.msg);
		cr_assert(wk_file_read(calls, 4096, &text, &err), "%s", err.msg);
		cr_expect_str_eq(wk_buf_str(&text), nodes[i].calls, "%s", nodes[i].name);
	}
}

Test(undo, a_rule_may_be_long_and_holds_only_texts)
{
	struct node node = {.pid = getpid(), .asked = ""};
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct wk_fault_env env = env_of(&access, &node);
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();
	cJSON *args = parsed("{\"cluster\":\"east\",\"rule\":[\"INPUT\",7]}");
	struct wk_err err = {0};

	cr_expect_not(wk_fault_rule(&env, args, undo, &err));
	cr_expect_str_eq(err.msg, "rule: expected a text as word 2");
	cr_expect_eq(wk_undo_count(undo), 0);
	cJSON_Delete(args);
	if (geteuid() != 0)
		cr_skip_test("entering a network namespace takes root");
	(void)setenv("PATH", folder, 1);
	fake("iptables", "exit $(($# != 43))");
	args = parsed("{\"cluster\":\"east\",\"rule\":[]}");
	for (int i = 0; i < 40; i++)
		(void)cJSON_AddItemToArray(
			cJSON_GetObjectItem(args, "rule"), cJSON_CreateString("w"));
	cr_expect(wk_fault_rule(&env, args, undo, &err), "all 40 words: %s", err.msg);
	cJSON_Delete(args);
}

/* What somebody else changed goes back, and is put as it was found. */
static const struct {
	const char *name;
	const char *change;
	bool can;
	struct turn turns[12];
	size_t n_turns;
	const char *back[4];  /* requests, in this order */
	const char *again[4]; /* after these */
} others[] = {
	{"an object that was added",
		"{\"layer\":\"object\",\"what\":\"added\",\"cluster\":\"east\",\"after\":" MAP(
			"") "}",
		true,
		{CORE, GROUPS, FOUND(MAP(",\"resourceVersion\":\"9\"")), FOUND(MAP("")), GONE, GONE,
			{.status = 201, .body = MAP("")}},
		7, {"GET " N "configmaps/x", "DELETE " N "configmaps/x"}, {"POST " N "configmaps"}},
	{"one that was removed",
		"{\"layer\":\"object\",\"what\":\"removed\",\"cluster\":\"east\",\"before\":" MAP(
			"") "}",
		true, {CORE, GROUPS, GONE, {.status = 201, .body = MAP("")}, FOUND(MAP("")), GONE},
		6, {"POST " N "configmaps"}, {"DELETE " N "configmaps/x"}},
	{"one that was changed",
		"{\"layer\":\"object\",\"what\":\"changed\",\"cluster\":\"east\",\"before\":" MAP(
			"") ",\"after\":" MAP("") ",\"patch\":{\"data\":{\"a\":\"good\",\"b\":null}"
						  "}}",
		true,
		{CORE, GROUPS, FOUND(MAP("},\"data\":{\"a\":\"bad\",\"b\":\"c\"")),
			FOUND(MAP(",\"resourceVersion\":\"9\"")), FOUND(MAP("")),
			FOUND(MAP(",\"resourceVersion\":\"10\"")), FOUND(MAP(""))},
		7, {"PUT " N "configmaps/x", "\"a\":\"good\""},
		{"PUT " N "configmaps/x", "\"a\":\"bad\"", "\"b\":\"c\""}},
	{"a secret of which only hashes are known",
		"{\"layer\":\"object\",\"what\":\"changed\",\"cluster\":\"east\","
		"\"before\":" SECRET("") ",\"after\":" SECRET(
			"") ",\"patch\":{\"data\":{\"a\":\"sha256:1\"}}}",
		false, {{0}}, 0, {NULL}, {NULL}},
	{"the label of a secret",
		"{\"layer\":\"object\",\"what\":\"changed\",\"cluster\":\"east\","
		"\"before\":" SECRET("") ",\"after\":" SECRET(
			"") ",\"patch\":{\"metadata\":{\"labels\":{\"a\":\"b\"}}}}",
		true, {{0}}, 0, {NULL}, {NULL}},
	{"a secret that was removed",
		"{\"layer\":\"object\",\"what\":\"removed\",\"cluster\":\"east\","
		"\"before\":" SECRET("") "}",
		false, {{0}}, 0, {NULL}, {NULL}},
	{"what a pod is made of",
		"{\"layer\":\"object\",\"what\":\"changed\",\"cluster\":\"east\","
		"\"before\":" POD_READY ",\"after\":" POD_READY
		",\"patch\":{\"spec\":{\"containers\":[]}}}",
		false, {{0}}, 0, {NULL}, {NULL}},
	{"a rule",
		"{\"layer\":\"rules\",\"what\":\"added\",\"cluster\":\"east\",\"name\":"
		"\"filter -A FORWARD -p tcp -j DROP\"}",
		true, {{0}}, 0, {NULL}, {NULL}},
	{"a policy of a chain",
		"{\"layer\":\"rules\",\"what\":\"added\",\"cluster\":\"east\",\"name\":\"filter "
		":INPUT DROP \"}",
		false, {{0}}, 0, {NULL}, {NULL}},
	{"a queueing discipline",
		"{\"layer\":\"qdiscs\",\"what\":\"added\",\"cluster\":\"east\",\"name\":\"qdisc "
		"netem 1: dev eth0\"}",
		false, {{0}}, 0, {NULL}, {NULL}},
};

static void turn_one(size_t i, const cJSON *change)
{
	WK_AUTOFREE char *file = in_folder("fault.json");
	struct node node = {.asked = ""};
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct wk_fault_env env = env_of(&access, &node);
	struct wk_undo *WK_AUTO(wk_undo_free) undo = kept(file);
	struct wk_undo *WK_AUTO(wk_undo_free) read = NULL;
	const cJSON *entry = NULL;
	struct server server;
	struct wk_err err = {0};
	size_t done;

	server_start(&server, others[i].turns, others[i].n_turns);
	access.kube[0] = wk_kube_new(&server.config, -1);
	cr_assert(
		wk_turn_back(&env, change, undo, &entry, &err), "%s: %s", others[i].name, err.msg);
	expect_requests(others[i].name, server.record->text, others[i].back);
	cr_expect(wk_undo_load(file, &read, &err), "%s: %s", others[i].name, err.msg);
	cr_expect_eq(wk_undo_count(read), 1, "%s: a kill now must not lose it", others[i].name);
	done = strlen(server.record->text);
	cr_expect(wk_undo_one(&env, undo, entry, &err), "%s: %s", others[i].name, err.msg);
	expect_requests(others[i].name, server.record->text + done, others[i].again);
	cr_expect_eq(wk_undo_count(undo), 0, "%s", others[i].name);
	wk_kube_free(access.kube[0]);
	server_stop(&server);
}

Test(undo, what_somebody_else_changed_goes_back_and_forth)
{
	for (size_t i = 0; i < WK_COUNT(others); i++) {
		cJSON *change = parsed(others[i].change);

		cr_expect_eq(wk_turn_can(change), others[i].can, "%s", others[i].name);
		if (others[i].n_turns > 0)
			turn_one(i, change);
		cJSON_Delete(change);
	}
}

Test(undo, the_words_of_a_rule_are_those_that_iptables_takes)
{
	struct node node = {.asked = ""};
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct wk_fault_env env = env_of(&access, &node);
	struct wk_undo *WK_AUTO(wk_undo_free) undo = wk_undo_new();
	cJSON *change =
		parsed("{\"layer\":\"rules\",\"what\":\"removed\",\"cluster\":\"east\",\"name\":"
		       "\"nat -A POST -m comment --comment \\\"to \\\\\\\"us\\\\\\\" all\\\" -j "
		       "RETURN\"}");
	const cJSON *entry = NULL;
	struct wk_err err = {0};
	WK_AUTOFREE char *text = NULL;

	/* There is no node, so it stays to be taken back, as it was remembered. */
	cr_expect_not(wk_turn_back(&env, change, undo, &entry, &err));
	cr_assert_eq(wk_undo_count(undo), 1);
	text = cJSON_PrintUnformatted(
		cJSON_GetObjectItemCaseSensitive(wk_undo_at(undo, 0), "what"));
	cr_expect_str_eq(text,
		"[\"POST\",\"-m\",\"comment\",\"--comment\",\"to \\\"us\\\" all\",\"-j\","
		"\"RETURN\",\"-t\",\"nat\"]");
	cJSON_Delete(change);
}
