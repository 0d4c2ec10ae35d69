#include "kinds.h"
#include "wookie/base/file.h"
#include "wookie/conf/catalog.h"
#include "wookie/conf/schema.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CAUSES "d/suites/causes.yaml"
#define FIRST "d/suites/first.yaml"
#define SECOND "d/suites/second.yaml"
#define SCRATCH "d/fixtures/workloads/pod.yaml"
#define QUESTIONS "d/fixtures/diagnose.yaml"
#define FAULT "d/fixtures/faults/broken.yaml"
#define VARIANT "d/fixtures/variants/other.yaml"

#define CAUSE_TEXTS "title: t, meaning: m, evidence: e, fix: f"
#define SUITE(name) "version: 1\nsuite: " name "\ntitle: t\nfor-each: links\n"
#define EXPECT "    expect: [{that: it, jq: .}]\n"
#define PROBE "    probe: {ask: {cluster: $client}}\n"
#define CHECK(id) "  - id: " id "\n    title: t\n" PROBE EXPECT
#define FAULT_HEAD "version: 1\nfault: broken\ntitle: t\nfor-each: links\n"
#define STEP "[{delete: {cluster: $server, name: x}}]\n"
#define INJECT "inject: " STEP
#define HEAL "heal: " STEP
#define VARIANT_OF(name) "version: 1\nvariant: " name "\ntitle: t\nfor-each: links\napply: " STEP
#define QUESTION(id, rest) \
	"  - id: " id "\n    ask: a\n    for-each: links\n    answer: .\n" PROBE rest "\n"
#define POD "{apiVersion: v1, kind: Pod, metadata: {name: p}}"

static const struct {
	const char *path;
	const char *text;
} good[] = {
	{CAUSES, "version: 1\ncauses:\n"
		 "  - {code: WK-SEC-001, " CAUSE_TEXTS ", explains: [WK-SEC-002]}\n"
		 "  - {code: WK-SEC-002, " CAUSE_TEXTS "}\n"},
	{FIRST, SUITE("first") "after: [second]\nwith: [pod]\nchecks:\n" CHECK("one")
			CHECK("two") "    needs: [one, second.three]\n"},
	{SECOND, SUITE("second") "checks:\n" CHECK("three")},
	{SCRATCH, "version: 1\nscratch: pod\ntitle: t\nfor-each: links\n"
		  "objects: [{to: $client, wait: Ready, manifest: " POD "}]\n"},
	{FAULT, FAULT_HEAD INJECT HEAL
		"expect: {fails: [first.one], cause: WK-SEC-001, green: [second]}\n"},
	{VARIANT, VARIANT_OF("other") HEAL},
};

static void write_files(const char *path, const char *text)
{
	static const char *const folders[] = {
		"d/suites", "d/fixtures/workloads", "d/fixtures/faults", "d/fixtures/variants"};
	struct wk_err err = {0};

	for (size_t i = 0; i < WK_COUNT(folders); i++)
		cr_assert(wk_mkdir_p(folders[i], 0700, &err), "%s", err.msg);
	for (size_t i = 0; i < WK_COUNT(good); i++)
		cr_assert(
			wk_file_write(good[i].path, good[i].text, strlen(good[i].text), 0600, &err),
			"%s", err.msg);
	if (path)
		cr_assert(wk_file_write(path, text, strlen(text), 0600, &err), "%s", err.msg);
}

/* Loads the good files, one of them replaced by `text` or added. */
static bool load(struct wk_arena *arena, const char *path, const char *text, struct wk_catalog *ret,
	struct wk_err *err)
{
	char dir[] = "/tmp/wk-catalog-XXXXXX";
	struct wk_err cleanup;
	bool ok;

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
	write_files(path, text);
	ok = wk_catalog_load(arena,
		&(struct wk_catalog_source){
			.datadir = "d", .probes = test_probes, .steps = test_steps},
		ret, err);
	cr_assert_eq(chdir("/"), 0);
	cr_assert(wk_rmtree(dir, &cleanup), "%s", cleanup.msg);
	return ok;
}

struct row {
	const char *path;
	const char *text;
	const char *message;
};

static void expect_refused(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		struct wk_catalog catalog = {.n_suites = 77};
		struct wk_err err = {0};

		cr_expect_not(
			load(arena, rows[i].path, rows[i].text, &catalog, &err), "row %zu", i);
		cr_expect_str_eq(err.msg, rows[i].message, "row %zu: %s", i, err.msg);
		cr_expect_eq(err.kind, WK_ERR_INPUT, "row %zu", i);
		cr_expect_eq(catalog.n_suites, 77, "row %zu: output touched", i);
	}
}

Test(catalog, suites_that_cannot_be_run_are_refused)
{
	static const struct row rows[] = {
		{SECOND, SUITE("second"),
			SECOND ":1:1: missing key 'checks': the checks, in their "
			       "order"},
		{SECOND, SUITE("second") "checks: []\n",
			SECOND ":5:9: expected at least one entry in 'checks', found none"},
		{SECOND, SUITE("second") "check: []\n",
			SECOND ":5:1: unknown key 'check', did you mean 'checks'; expected one of "
			       "version, suite, title, after, with, for-each, checks"},
		{SECOND, "version: 1\nsuite: second\ntitle: t\nfor-each: link\n",
			SECOND
			":4:11: unknown for-each 'link', did you mean 'links'; expected one of "
			"clusters, links, pairs, mesh"},
		{SECOND, SUITE("second") "after: [frist]\nchecks:\n" CHECK("three"),
			SECOND ":5:9: unknown suite 'frist', did you mean 'first'; expected one of "
			       "first, second"},
		{SECOND, SUITE("second") "after: [first, first]\n",
			SECOND ":5:16: 'first' stands twice in this list"},
		{SECOND, SUITE("second") "after: [first]\nchecks:\n" CHECK("three"),
			FIRST ":2:8: suites wait for each other: 'first' after 'second' after "
			      "'first'"},
		{"d/suites/third.yaml", SUITE("third") "after: [third]\nchecks:\n" CHECK("x"),
			"d/suites/third.yaml:2:8: suites wait for each other: 'third' after "
			"'third'"},
		{"d/suites/third.yml", SUITE("second") "checks:\n" CHECK("three"),
			"d/suites/third.yml:2:8: a second suite is named 'second', the first "
			"at " SECOND ":2:8"},
		{SECOND, SUITE("second") "with: [pood]\nchecks:\n" CHECK("three"),
			SECOND
			":5:8: unknown scratch workload 'pood', did you mean 'pod'; expected "
			"one of pod"},
		{SECOND, SUITE("second") "checks:\n" CHECK("three") CHECK("three"),
			SECOND ":10:9: a second check has the id 'three', the first at " SECOND
			       ":6:9"},
		{SECOND,
			SUITE("second") "checks:\n" CHECK("three") "    needs: [fuor]\n" CHECK(
				"four"),
			SECOND ":10:13: unknown check 'second.fuor', did you mean 'second.four'; "
			       "expected one of second.three, second.four, first.one, first.two"},
		{SECOND,
			SUITE("second") "checks:\n" CHECK("three") "    needs: [four]\n" CHECK(
				"four"),
			SECOND ":10:13: check 'second.four' does not run before this one, so it "
			       "cannot be needed"},
		{SECOND, SUITE("second") "checks:\n" CHECK("three") "    needs: [first.one]\n",
			SECOND
			":10:13: check 'first.one' does not run before this one, so it cannot "
			"be needed"},
		{SECOND, SUITE("second") "checks:\n" CHECK("three") "    needs: one\n",
			SECOND ":10:12: expected a list, found 'one'"},
		{SECOND, SUITE("second") "checks:\n" CHECK("three") "    within: 5 parsecs\n",
			SECOND
			":10:13: expected a duration such as 250ms, 30s, 2m or 1h30m, found '5 "
			"parsecs'"},
		{SECOND, SUITE("second") "checks:\n" CHECK("three") "    stable: 0\n",
			SECOND ":10:13: expected a whole number from 1 to 100, found '0'"},
		{SECOND, SUITE("second") "checks:\n" CHECK("three") "    exclusive: 1\n",
			SECOND ":10:16: expected true or false, found '1'"},
		{SECOND, SUITE("second") "checks:\n" CHECK("three") "    doc: istio.io\n",
			SECOND ":10:10: expected a URL, found 'istio.io'"},
		{SECOND, SUITE("second") "checks:\n" CHECK("three") "    when: .x\n",
			SECOND ":10:11: expected both 'when' and 'when-reason', found one of them"},
		{SECOND, SUITE("second") "checks:\n" CHECK("three") "    when-reason: x\n",
			SECOND ":10:18: expected both 'when' and 'when-reason', found one of them"},
		{SECOND, SUITE("second") "checks:\n  - id: a.b\n",
			SECOND ":6:9: expected a name of at most 63 lower-case letters, digits and "
			       "'-', found 'a.b'"},
	};

	expect_refused(rows, WK_COUNT(rows));
}

#define WITH_PROBE(probe) \
	SUITE("second") "checks:\n  - id: three\n    title: t\n" EXPECT "    probe: " probe "\n"

Test(catalog, probes_that_nobody_can_take_are_refused)
{
	static const struct row rows[] = {
		{SECOND, WITH_PROBE("ask"), SECOND ":9:12: expected a map, found 'ask'"},
		{SECOND, WITH_PROBE("{}"),
			SECOND ":9:12: expected a map with one key, the probe kind, found 0 keys"},
		{SECOND, WITH_PROBE("{ask: {}, nothing: {}}"),
			SECOND ":9:12: expected a map with one key, the probe kind, found 2 keys"},
		{SECOND, WITH_PROBE("{aks: {}}"),
			SECOND
			":9:13: unknown probe kind 'aks', did you mean 'ask'; expected one of "
			"ask, nothing"},
		{SECOND, WITH_PROBE("{ask: now}"),
			SECOND ":9:18: expected a map of arguments, found 'now'"},
		{SECOND, WITH_PROBE("{ask: {}}"),
			SECOND
			":9:18: missing argument 'cluster' of ask: the cluster that is asked"},
		{SECOND, WITH_PROBE("{ask: {cluster: 5}}"),
			SECOND ":9:28: expected text, found '5': put it in quotes"},
		{SECOND, WITH_PROBE("{ask: {cluster: }}"),
			SECOND ":9:28: expected text, found nothing"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, time: 5}}"),
			SECOND
			":9:31: unknown argument 'time', did you mean 'times'; expected one of "
			"cluster, times, fresh, timeout, command, headers, body"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, times: soon}}"),
			SECOND ":9:38: expected a whole number, found 'soon'"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, times: -1}}"),
			SECOND ":9:38: expected a whole number, found '-1'"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, times: '1'}}"),
			SECOND ":9:38: expected a whole number, found the text '1'"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, fresh: 1}}"),
			SECOND ":9:38: expected true or false, found '1'"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, timeout: 5}}"),
			SECOND ":9:40: expected a duration such as 30s, found '5'"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, timeout: 5x}}"),
			SECOND
			":9:40: expected a duration such as 250ms, 30s, 2m or 1h30m, found '5x'"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, command: ls}}"),
			SECOND ":9:40: expected a list of texts, found 'ls'"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, command: [ls, [a]]}}"),
			SECOND ":9:45: expected text, found a list"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, headers: [a]}}"),
			SECOND ":9:40: expected a map, found a list"},
		{SECOND, WITH_PROBE("{ask: {cluster: a, headers: {a: 1}}}"),
			SECOND ":9:44: expected text, found '1': put it in quotes"},
		{SECOND, WITH_PROBE("{nothing: {a: 1}}"),
			SECOND ":9:23: unknown argument 'a'; expected none"},
		{SECOND, WITH_PROBE("{nothing: {}}\n    control: {probe: {nothing: {}}}"),
			SECOND ":10:14: missing key 'expect': what must hold of it at the same "
			       "moment"},
		{SECOND, WITH_PROBE("{nothing: {}}\n    control: {probe: {nothin: {}}}"),
			SECOND
			":10:23: unknown probe kind 'nothin', did you mean 'nothing'; expected "
			"one of ask, nothing"},
	};

	expect_refused(rows, WK_COUNT(rows));
}

#define WITH_EXPECT(expect) \
	SUITE("second") "checks:\n  - id: three\n    title: t\n" PROBE "    expect: " expect "\n"

Test(catalog, expectations_that_hold_nothing_are_refused)
{
	static const struct row rows[] = {
		{SECOND, WITH_EXPECT("[]"),
			SECOND ":9:13: expected at least one entry in 'expect', found none"},
		{SECOND, WITH_EXPECT("[{that: x}]"),
			SECOND ":9:14: missing key 'jq': jq over the evidence; yields exactly one "
			       "value"},
		{SECOND, WITH_EXPECT("[{that: x, jq: ''}]"),
			SECOND ":9:28: expected text, found the text ''"},
		{SECOND, WITH_EXPECT("[{that: x, jq: true}]"),
			SECOND ":9:28: expected text, found 'true': put it in quotes"},
		{SECOND, WITH_EXPECT("[{that: x, jq: ., equal: .}]"),
			SECOND ":9:31: unknown key 'equal', did you mean 'equals'; expected one of "
			       "that, jq, equals, at-least, cause"},
		{SECOND, WITH_EXPECT("[{that: x, jq: ., at-least: -1}]"),
			SECOND ":9:41: expected a whole number from 0 to 1000000, found '-1'"},
		{SECOND, WITH_EXPECT("[{that: x, jq: ., cause: SEC-1}]"),
			SECOND ":9:38: expected a cause such as WK-DNS-002, found 'SEC-1'"},
		{SECOND, WITH_EXPECT("[{that: x, jq: ., cause: WK-SEC-003}]"),
			SECOND ":9:38: unknown cause 'WK-SEC-003', did you mean 'WK-SEC-001'; "
			       "expected one of WK-SEC-001, WK-SEC-002"},
		{SECOND,
			WITH_PROBE("{nothing: {}}\n    control: {probe: {nothing: {}}, expect: "
				   "[{that: x, jq: ., cause: WK-XXX-999}]}"),
			SECOND ":10:70: unknown cause 'WK-XXX-999'; expected one of WK-SEC-001, "
			       "WK-SEC-002"},
	};

	expect_refused(rows, WK_COUNT(rows));
}

Test(catalog, causes_that_lead_nowhere_are_refused)
{
#define OTHER(digit) "  - {code: WK-SEC-00" digit ", " CAUSE_TEXTS "}\n"
#define ONE(code, more) "version: 1\ncauses:\n  - {code: " code ", " CAUSE_TEXTS more "}\n"
	static const struct row rows[] = {
		{CAUSES, "version: 1\n",
			CAUSES ":1:1: missing key 'causes': the causes that checks name"},
		{CAUSES, ONE("WK-SEC-1", ""),
			CAUSES ":3:12: expected a cause such as WK-DNS-002, found 'WK-SEC-1'"},
		{CAUSES, ONE("WK-SEC-001", "") "  - {code: WK-SEC-001, " CAUSE_TEXTS "}\n",
			CAUSES ":4:12: a second cause is named 'WK-SEC-001', the first at " CAUSES
			       ":3:12"},
		{CAUSES, ONE("WK-SEC-001", ", explains: [WK-SEC-009]"),
			CAUSES ":3:78: unknown cause 'WK-SEC-009', did you mean 'WK-SEC-001'; "
			       "expected one of WK-SEC-001"},
		{CAUSES, ONE("WK-SEC-001", ", explains: [WK-SEC-001]"),
			CAUSES ":3:12: cause 'WK-SEC-001' explains itself, by way of what it "
			       "explains"},
		{CAUSES,
			ONE("WK-SEC-001",
				", explains: [WK-SEC-002]") "  - {code: WK-SEC-002, " CAUSE_TEXTS
							    ", explains: [WK-SEC-003]}\n  - {code: "
							    "WK-SEC-003, " CAUSE_TEXTS
							    ", explains: [WK-SEC-002]}\n",
			CAUSES ":4:12: cause 'WK-SEC-002' explains itself, by way of what it "
			       "explains"},
		{CAUSES, ONE("WK-SEC-001", ", indistinguishable-from: [WK-SEC-009]"),
			CAUSES ":3:92: unknown cause 'WK-SEC-009', did you mean 'WK-SEC-001'; "
			       "expected one of WK-SEC-001"},
		{CAUSES, ONE("WK-SEC-001", ", indistinguishable-from: [WK-SEC-001]"),
			CAUSES ":3:92: a cause is not told from itself"},
		{CAUSES,
			ONE("WK-SEC-001",
				", indistinguishable-from: [WK-SEC-002]") "  - {code: "
									  "WK-SEC-002, " CAUSE_TEXTS
									  ", "
									  "indistinguishable-from: "
									  "[WK-SEC-001]}\n",
			CAUSES ":3:92: 'WK-SEC-002' says so already"},
		{CAUSES,
			ONE("WK-SEC-001",
				", indistinguishable-from: [WK-SEC-002, WK-SEC-003, WK-SEC-004, "
				"WK-SEC-005, WK-SEC-006, WK-SEC-007]") OTHER("2") OTHER("3")
				OTHER("4") OTHER("5") OTHER("6") OTHER("7"),
			CAUSES
			":3:152: more than 5 pairs of causes that no evidence tells apart; find "
			"some"},
		{CAUSES, ONE("WK-SEC-001", ", refuted-by: [first.six]"),
			CAUSES ":3:80: unknown check 'first.six', did you mean 'first.one'; "
			       "expected one of second.three, first.one, first.two"},
		{CAUSES, ONE("WK-SEC-001", ", refuted-by: [first.one: [no such]]"),
			CAUSES ":3:92: unknown expectation 'no such'; expected one of it"},
		{CAUSES, ONE("WK-SEC-001", ", refuted-by: [first.one, first.one]"),
			CAUSES ":3:91: 'first.one' stands twice in this list"},
		{CAUSES, ONE("WK-SEC-001", ", told-by: [\"(\"]"),
			CAUSES ":3:77: expected a POSIX regular expression, found '('"},
		{CAUSES, "version: 1\ncauses: [{code: WK-SEC-001}]\n",
			CAUSES ":2:10: missing key 'title': what is wrong, in one line"},
	};

	expect_refused(rows, WK_COUNT(rows));
}

Test(catalog, scratch_workloads_that_cannot_be_applied_are_refused)
{
#define SCRATCH_FOR(scope, object) \
	"version: 1\nscratch: pod\ntitle: t\nfor-each: " scope "\nobjects:\n  - " object "\n"
	static const struct row rows[] = {
		{SCRATCH, SCRATCH_FOR("links", "{to: $cluster, manifest: " POD "}"),
			SCRATCH
			":6:10: $cluster has no value for each of the links; expected $client "
			"or $server"},
		{SCRATCH, SCRATCH_FOR("clusters", "{to: $client, manifest: " POD "}"),
			SCRATCH ":6:10: $client has no value for each of the clusters; expected "
				"$cluster"},
		{SCRATCH, SCRATCH_FOR("mesh", "{to: $cluster, manifest: " POD "}"),
			SCRATCH
			":2:10: 'pod' is for the mesh, where no single cluster could get it; "
			"expected for-each: clusters, links or pairs"},
		{SCRATCH, SCRATCH_FOR("links", "{to: cluster-a, manifest: " POD "}"),
			SCRATCH ":6:10: expected $client, $server or $cluster, found 'cluster-a'"},
		{SCRATCH, SCRATCH_FOR("links", "{to: $client, manifest: {kind: Pod}}"),
			SCRATCH ":6:29: missing key 'apiVersion': every Kubernetes object has it"},
		{SCRATCH, SCRATCH_FOR("links", "{to: $client, manifest: pod.yaml}"),
			SCRATCH ":6:29: expected a Kubernetes object, found 'pod.yaml'"},
		{SCRATCH, SCRATCH_FOR("links", "{to: $client, wait: 5s, manifest: " POD "}"),
			SCRATCH
			":6:25: expected a condition such as Ready or Available, found '5s'"},
		{"d/fixtures/workloads/other.yaml",
			SCRATCH_FOR("links", "{to: $client, manifest: " POD "}"),
			SCRATCH ":2:10: a second scratch workload is named 'pod', the first at "
				"d/fixtures/workloads/other.yaml:2:10"},
	};

	expect_refused(rows, WK_COUNT(rows));
}

Test(catalog, questions_that_cannot_be_asked_are_refused)
{
	static const struct row rows[] = {
		{QUESTIONS, "version: 1\n",
			QUESTIONS
			":1:1: missing key 'questions': what is asked, in the order of the screen"},
		{QUESTIONS, "version: 1\nquestions: []\n",
			QUESTIONS ":2:12: expected at least one entry in 'questions', found none"},
		{QUESTIONS, "version: 1\nquestions:\n" QUESTION("q", "    expect: []"),
			QUESTIONS ":8:13: expected at least one entry in 'expect', found none"},
		{QUESTIONS,
			"version: 1\nquestions:\n" QUESTION(
				"q", "    expect: [{that: t, jq: ., cause: WK-SEC-009}]"),
			QUESTIONS ":8:38: unknown cause 'WK-SEC-009', did you mean 'WK-SEC-001'; "
				  "expected one of WK-SEC-001, WK-SEC-002"},
		{QUESTIONS,
			"version: 1\nquestions:\n" QUESTION("q", "    expect: [{that: t, jq: .}]")
				QUESTION("q", "    expect: [{that: t, jq: .}]"),
			QUESTIONS ":9:9: a second check has the id 'q', the first at " QUESTIONS
				  ":3:9"},
		{QUESTIONS,
			"version: 1\nquestions:\n" QUESTION("q",
				"    expect: [{that: t, jq: .}]") "leaves-out: [dns.resolvs]\n",
			QUESTIONS ":9:14: unknown check 'dns.resolvs'; expected one of "
				  "second.three, first.one, first.two"},
	};

	expect_refused(rows, WK_COUNT(rows));
}

Test(catalog, questions_and_what_is_kept_are_checks_that_are_looked_at)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_catalog c;
	struct wk_err err = {0};

	cr_assert(load(arena, QUESTIONS,
			  "version: 1\nquestions:\n" QUESTION("q",
				  "    expect: [{that: t, jq: .}]") "state:\n  - {keep: k, "
								    "for-each: clusters, probe: "
								    "{ask: {cluster: a}}}\n",
			  &c, &err),
		"%s", err.msg);
	cr_assert_eq(c.n_diagnosis, 2);
	cr_expect_str_eq(c.diagnosis[0].checks[0].full_id, "questions.q");
	cr_expect_str_eq(c.diagnosis[0].checks[0].answer, ".");
	cr_expect_not(c.diagnosis[0].checks[0].without_api);
	cr_expect_str_eq(c.diagnosis[1].checks[0].full_id, "state.k");
	cr_expect_null(c.diagnosis[1].checks[0].answer);
	cr_expect_eq(c.n_suites, 2, "they are no suites to run");
}

Test(catalog, faults_that_prove_nothing_are_refused)
{
	static const struct row rows[] = {
		{FAULT, FAULT_HEAD INJECT "expect: {fails: [first.one], cause: WK-SEC-001}\n",
			FAULT ":1:1: missing key 'heal': steps that make it whole again"},
		{FAULT, FAULT_HEAD INJECT "heal: []\n",
			FAULT ":6:7: expected at least one entry in 'heal', found none"},
		{FAULT, FAULT_HEAD INJECT "heal: [{delte: {}}]\n",
			FAULT
			":6:9: unknown step kind 'delte', did you mean 'delete'; expected one "
			"of delete"},
		{FAULT, FAULT_HEAD INJECT "heal: [{delete: {cluster: a}}]\n",
			FAULT ":6:17: missing argument 'name' of delete: the object"},
		{FAULT, FAULT_HEAD INJECT "heal: [again]\n",
			FAULT ":6:8: expected a map, found 'again'"},
		{FAULT, FAULT_HEAD INJECT HEAL "expect: {fails: [first.noe], cause: WK-SEC-001}\n",
			FAULT
			":7:18: unknown check 'first.noe', did you mean 'first.one'; expected "
			"one of second.three, first.one, first.two"},
		{FAULT,
			FAULT_HEAD INJECT HEAL
			"expect: {fails: [first.one, first.one: [x]], cause: WK-SEC-001}\n",
			FAULT ":7:29: 'first.one' stands twice in this list"},
		{FAULT,
			FAULT_HEAD INJECT HEAL
			"expect: {fails: [{first.one: [its]}], cause: WK-SEC-001}\n",
			FAULT ":7:31: unknown expectation 'its', did you mean 'it'; "
			      "expected one of it"},
		{FAULT,
			FAULT_HEAD INJECT HEAL
			"expect: {fails: [{first.one: [x, x]}], cause: WK-SEC-001}\n",
			FAULT ":7:34: 'x' stands twice in this list"},
		{FAULT,
			FAULT_HEAD INJECT HEAL
			"expect: {fails: [{first.one: []}], cause: WK-SEC-001}\n",
			FAULT ":7:30: expected at least one entry in 'that', found none"},
		{FAULT,
			FAULT_HEAD INJECT HEAL
			"expect: {fails: [{first.one: [x], first.two: [x]}], cause: WK-SEC-001}\n",
			FAULT ":7:18: expected one check with a list of its expectations, found 2 "
			      "keys"},
		{FAULT, FAULT_HEAD INJECT HEAL "expect: {fails: [], cause: WK-SEC-001}\n",
			FAULT ":7:17: expected at least one entry in 'fails', found none"},
		{FAULT, FAULT_HEAD INJECT HEAL "expect: {fails: [first.one], cause: WK-SCE-001}\n",
			FAULT
			":7:37: unknown cause 'WK-SCE-001', did you mean 'WK-SEC-001'; expected "
			"one of WK-SEC-001, WK-SEC-002"},
		{FAULT,
			FAULT_HEAD INJECT HEAL
			"expect: {fails: [first.one], cause: WK-SEC-001, green: [secnod]}\n",
			FAULT
			":7:57: unknown suite 'secnod', did you mean 'second'; expected one of "
			"second, first"},
		{FAULT,
			FAULT_HEAD INJECT HEAL
			"expect: {fails: [first.one], cause: WK-SEC-001, green: [first]}\n",
			FAULT ":7:57: suite 'first' cannot stay green: its check 'first.one' must "
			      "fail"},
	};

	expect_refused(rows, WK_COUNT(rows));
}

/* A second fault beside `broken`, with another cause or a tie to it. */
#define SECOND_FAULT "d/fixtures/faults/also.yaml"
#define SECOND_FAULT_OF(name, tie, cause)                                             \
	"version: 1\nfault: " name "\ntitle: t\n" tie "for-each: links\n" INJECT HEAL \
	"expect: {fails: [first.one], cause: " cause "}\n"

Test(catalog, faults_that_share_a_cause_without_its_fix_are_refused)
{
	static const struct row rows[] = {
		{SECOND_FAULT, SECOND_FAULT_OF("also", "", "WK-SEC-001"),
			FAULT ":7:37: WK-SEC-001 is the cause of 'also' at " SECOND_FAULT
			      ":7:37 too: where the fix is the same, one is a 'variant-of' the "
			      "other; where not, they need two"},
		{SECOND_FAULT, SECOND_FAULT_OF("also", "variant-of: borken\n", "WK-SEC-001"),
			SECOND_FAULT ":4:13: unknown fault 'borken', did you mean 'broken'; "
				     "expected one of also, broken"},
		{SECOND_FAULT, SECOND_FAULT_OF("also", "variant-of: also\n", "WK-SEC-001"),
			SECOND_FAULT ":4:13: 'also' is a variant itself; name what it varies"},
		{SECOND_FAULT, SECOND_FAULT_OF("also", "variant-of: broken\n", "WK-SEC-002"),
			SECOND_FAULT ":4:13: a variant has the cause of what it varies, 'broken' "
				     "has WK-SEC-001; expected WK-SEC-002"},
	};

	expect_refused(rows, WK_COUNT(rows));
}

Test(catalog, a_variant_says_how_the_mesh_is_built_and_nothing_that_must_fail)
{
	static const struct row rows[] = {
		{VARIANT, VARIANT_OF("other"),
			VARIANT ":1:1: missing key 'heal': steps that take it back"},
		{VARIANT, VARIANT_OF("other") HEAL "expect: {fails: [first.one]}\n",
			VARIANT ":7:1: unknown key 'expect'; expected one of version, variant, "
				"title, for-each, apply, heal"},
		{VARIANT, VARIANT_OF("broken") HEAL,
			VARIANT
			":2:10: a second fault or variant is named 'broken', the first at " FAULT
			":2:8"},
	};

	expect_refused(rows, WK_COUNT(rows));
}

Test(catalog, files_that_are_not_there_or_broken_are_refused)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_catalog catalog = {0};
	struct wk_err err = {0};
	static const struct row rows[] = {
		{SECOND, "a: [\n",
			SECOND ":2:1: did not find expected node content while parsing a "
			       "flow node"},
		{SECOND, "", SECOND ": expected a document, found none"},
		{FAULT, "a: &x 1\n",
			FAULT ":1:4: anchors ('&x') are not read: write the value where "
			      "it is used"},
	};

	expect_refused(rows, WK_COUNT(rows));
	cr_expect_not(wk_catalog_load(
		arena, &(struct wk_catalog_source){.datadir = "/nowhere"}, &catalog, &err));
	cr_expect_str_eq(err.msg, "/nowhere/suites/causes.yaml: No such file or directory");
	cr_expect_eq(err.kind, WK_ERR_INPUT);
}

Test(catalog, everything_declared_is_there_in_its_order)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_catalog c = {0};
	struct wk_err err = {0};

	cr_assert(load(arena, NULL, NULL, &c, &err), "%s", err.msg);
	cr_assert_eq(c.n_suites, 2);
	cr_expect_str_eq(c.suites[0].name, "second", "the other one is after it");
	cr_expect_str_eq(c.suites[1].name, "first");
	cr_expect_str_eq(c.suites[1].file, FIRST);
	cr_expect_str_eq(c.suites[1].after[0], "second");
	cr_expect_str_eq(c.suites[1].with[0], "pod");
	cr_expect_eq(c.suites[1].n_checks, 2);
	cr_expect_str_eq(c.suites[1].checks[1].full_id, "first.two");
	cr_expect_str_eq(c.suites[1].checks[1].needs[1], "second.three");
	cr_expect_eq(c.n_causes, 2);
	cr_expect_str_eq(c.causes[0].explains[0], "WK-SEC-002");
	cr_assert_eq(c.n_scratch, 1);
	cr_expect_str_eq(c.scratch[0].objects[0].wait, "Ready");
	cr_expect_str_eq(c.scratch[0].objects[0].manifest,
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\"}}");
	cr_assert_eq(c.n_faults, 1);
	cr_expect_str_eq(c.faults[0].heal[0].kind, "delete");
	cr_expect_str_eq(c.faults[0].heal[0].args, "{\"cluster\":\"$server\",\"name\":\"x\"}");
	cr_expect_str_eq(c.faults[0].green[0], "second");
	cr_expect_not(c.faults[0].harmless);
	cr_assert_eq(c.n_variants, 1);
	cr_expect(c.variants[0].harmless);
	cr_expect_str_eq(c.variants[0].inject[0].kind, "delete");
}

Test(catalog, suites_that_are_free_run_in_the_order_of_their_files)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_catalog c = {0};
	struct wk_err err = {0};

	cr_assert(load(arena, "d/suites/a.yaml",
			  SUITE("last") "after: [first]\nchecks:\n" CHECK("x"), &c, &err),
		"%s", err.msg);
	cr_expect_str_eq(c.suites[0].name, "second");
	cr_expect_str_eq(c.suites[1].name, "first");
	cr_expect_str_eq(c.suites[2].name, "last");
	cr_assert(load(arena, "d/suites/a.yaml", SUITE("free") "checks:\n" CHECK("x"), &c, &err),
		"%s", err.msg);
	cr_expect_str_eq(c.suites[0].name, "free");
}

Test(catalog, a_check_has_all_that_its_file_says)
{
	static const char text[] = SUITE(
		"second") "checks:\n"
			  "  - id: three\n"
			  "    title: it answers\n"
			  "    doc: https://istio.io/x\n"
			  "    probe: {ask: {cluster: $client, times: '${n}', fresh: $b, timeout: "
			  "5s, command: [ls, $x], headers: {a: ''}, body: [1, {b: ~}]}}\n"
			  "    control: {probe: {nothing: {}}, expect: [{that: c, jq: .c}]}\n"
			  "    expect:\n"
			  "      - that: one\n"
			  "        jq: |\n"
			  "          .a\n"
			  "          | length\n"
			  "        equals: '3'\n"
			  "        at-least: 0\n"
			  "        cause: WK-SEC-002\n"
			  "      - {that: two, jq: .b}\n"
			  "    for-each: mesh\n"
			  "    when: $mesh.dns\n"
			  "    when-reason: no DNS capture\n"
			  "    within: 1.5s\n"
			  "    stable: 3\n"
			  "    exclusive: true\n";
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_catalog c = {0};
	struct wk_err err = {0};
	const struct wk_check *check;

	cr_assert(load(arena, SECOND, text, &c, &err), "%s", err.msg);
	check = &c.suites[0].checks[0];
	cr_expect_str_eq(check->probe.kind, "ask");
	cr_expect_str_eq(check->probe.args,
		"{\"cluster\":\"$client\",\"times\":\"${n}\",\"fresh\":\"$b\",\"timeout\":\"5s\","
		"\"command\":[\"ls\",\"$x\"],\"headers\":{\"a\":\"\"},\"body\":[1,{\"b\":null}]}");
	cr_expect_eq(check->probe.pos.line, 9);
	cr_expect_str_eq(check->control.kind, "nothing");
	cr_expect_str_eq(check->control_expect[0].jq, ".c");
	cr_expect_eq(check->control_expect[0].jq_pos.line, 10);
	cr_assert_eq(check->n_expect, 2);
	cr_expect_str_eq(check->expect[0].jq, ".a\n| length\n");
	cr_expect_eq(check->expect[0].jq_pos.line, 13);
	cr_expect_eq(check->expect[0].equals_pos.line, 16);
	cr_expect_eq(check->expect[0].equals_pos.column, 17);
	cr_expect_eq(check->expect[0].at_least, 0);
	cr_expect_eq(check->expect[1].at_least, 1, "the default");
	cr_expect_null(check->expect[1].equals);
	cr_expect_eq(check->scope, WK_SCOPE_MESH);
	cr_expect_eq(check->within, 1500 * WK_MSEC);
	cr_expect_eq(check->stable, 3);
	cr_expect(check->exclusive);
}

Test(catalog, a_check_inherits_the_scope_of_its_suite)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_catalog c = {0};
	struct wk_err err = {0};

	cr_assert(load(arena, NULL, NULL, &c, &err), "%s", err.msg);
	cr_expect_eq(c.suites[0].checks[0].scope, WK_SCOPE_LINKS);
	cr_expect_eq(c.suites[0].checks[0].within, 10 * WK_SEC);
	cr_expect_eq(c.suites[0].checks[0].stable, 1);
	cr_expect_not(c.suites[0].checks[0].exclusive);
	cr_expect_null(c.suites[0].checks[0].control.kind);
}

Test(catalog, any_kind_is_accepted_where_none_are_given)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	char dir[] = "/tmp/wk-catalog-XXXXXX";
	struct wk_catalog c = {0};
	struct wk_err err = {0};

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
	write_files(SECOND, WITH_PROBE("{whatever: {a: 1}}"));
	cr_expect(wk_catalog_load(arena, &(struct wk_catalog_source){.datadir = "d"}, &c, &err),
		"%s", err.msg);
	cr_expect_str_eq(c.suites[0].checks[0].probe.kind, "whatever");
	cr_assert_eq(chdir("/"), 0);
	cr_assert(wk_rmtree(dir, &err), "%s", err.msg);
}

Test(schema, a_document_that_does_not_exist_is_refused_with_those_that_do)
{
	struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(1024);
	struct wk_err err = {0};

	cr_expect_not(wk_schema_write("topologie", NULL, NULL, &out, &err));
	cr_expect_str_eq(err.msg,
		"schema: unknown document 'topologie', did you mean 'topology'; "
		"expected one of topology, suite, fault, variant, causes, scratch, "
		"diagnose");
	cr_expect_eq(err.kind, WK_ERR_INPUT);
}

Test(schema, what_does_not_fit_is_said)
{
	struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(64);
	struct wk_err err = {0};

	cr_expect_not(wk_schema_write("suite", NULL, NULL, &out, &err));
	cr_expect_str_eq(err.msg, "schema 'suite' is too large");
}
