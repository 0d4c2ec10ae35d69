#include "trial.h"

#include "mesh.h"

#include "wookie/base/file.h"
#include "wookie/proc/interrupt.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

Test(run, a_cluster_that_hangs_ends_the_run_and_is_named)
{
	struct wk_check checks[] = {
		check("before", "good"), check("stops", "stop_mesh"), check("after", "good")};
	struct trial t;

	(void)snprintf(hanging, sizeof(hanging), "/tmp/wk-run-hangs-%d", (int)getpid());
	trial_begin(&t, checks, WK_COUNT(checks));
	t.run.jobs = 1;
	t.run.sources.gather = gather_until;
	trial_go(&t);
	(void)unlink(hanging);
	cr_assert(t.result, "%s", t.err.msg);
	cr_expect_str_eq(text(event_of(&t, "before"), "verdict"), "pass");
	cr_expect_str_eq(text(event_of(&t, "stops"), "reason"), "stop_mesh: no answer");
	cr_expect_str_eq(text(event_of(&t, "after"), "verdict"), "error");
	cr_expect_str_eq(text(event_of(&t, "after"), "reason"), "not run: b: no answer came");
	trial_end(&t);
}

Test(run, what_the_topology_has_nothing_for_is_skipped_and_nothing_is_made_for_it)
{
	struct wk_check checks[] = {check("pairs", "good"), check("mesh", "good")};
	static struct wk_scratch_object objects[] = {{.to = "$client", .manifest = "{}"}};
	static struct wk_scratch scratch = {
		.id = "pod", .scope = WK_SCOPE_PAIRS, .objects = objects, .n_objects = 1};
	static const char *with[] = {"pod"};
	struct wk_cluster no_client[] = {clusters[0], clusters[1]};
	struct wk_topology own = topology;
	struct trial t;

	checks[0].scope = WK_SCOPE_PAIRS;
	checks[1].scope = WK_SCOPE_MESH;
	trial_begin(&t, checks, 2);
	t.suite.with = with;
	t.suite.n_with = 1;
	t.catalog.scratch = &scratch;
	t.catalog.n_scratch = 1;
	no_client[1].n_workloads = 0;
	own.clusters = no_client;
	t.access.topology = &own;
	trial_go(&t);
	cr_assert(t.result, "%s", t.err.msg);
	cr_expect_str_eq(text(event_of(&t, "pairs"), "verdict"), "skip");
	cr_expect_str_eq(text(event_of(&t, "pairs"), "reason"),
		"no cluster declares a test-pod while another one declares a helloworld");
	cr_expect_str_eq(text(event_of(&t, "mesh"), "verdict"), "pass");
	cr_expect_eq(t.tally.skipped, 1);
	trial_end(&t);
}

Test(run, a_failure_has_its_expectation_cause_and_evidence)
{
	struct wk_check checks[] = {check("c", "bad")};
	struct wk_buf WK_AUTO(wk_buf_finish) evidence = {0};
	WK_AUTOFREE char *path = NULL;
	struct trial t;
	const cJSON *event;
	const cJSON *expectation;
	const cJSON *cause;

	trial_begin(&t, checks, 1);
	trial_go(&t);
	event = event_of(&t, "c");
	expectation = cJSON_GetObjectItemCaseSensitive(event, "expectation");
	cr_expect_str_eq(text(expectation, "that"), "it is fine");
	cr_expect(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(expectation, "expected")));
	cr_expect_str_eq(text(event, "evidence"), "evidence/c.json");
	path = wk_xasprintf("%s/%s", t.dir, text(event, "evidence"));
	cr_assert(wk_file_read(path, 1000000, &evidence, &t.err), "%s", t.err.msg);
	cr_expect(strstr(evidence.data, "\"evidence\""));
	cr_expect(strstr(evidence.data, "\"derived\""));
	cause = cJSON_GetArrayItem(t.events, cJSON_GetArraySize(t.events) - 1);
	cr_expect_str_eq(text(cause, "event"), "cause");
	cr_expect_str_eq(text(cause, "code"), "WK-T-001");
	cr_expect_str_eq(text(cause, "command"), "wookie-conform explain WK-T-001");
	cr_expect_eq(number(cause, "of"), 1);
	cr_expect_eq(t.tally.failed, 1);
	trial_end(&t);
}

static const struct {
	const char *kind;
	const char *reason;
} broken[] = {
	{"crash", "the worker of this check crashed: Segmentation fault"},
	{"leave", "the worker of this check ended with code 0 and no answer"},
	{"nobody", "no such probe kind 'nobody'"},
};

Test(run, a_worker_that_does_not_answer_is_an_error)
{
	for (size_t i = 0; i < WK_COUNT(broken); i++) {
		struct wk_check checks[] = {check("c", broken[i].kind), check("d", "good")};
		struct trial t;

		trial_begin(&t, checks, 2);
		trial_go(&t);
		cr_expect_str_eq(text(event_of(&t, "c"), "verdict"), "error", "%s", broken[i].kind);
		cr_expect(strstr(text(event_of(&t, "c"), "reason"), broken[i].reason), "%s: %s",
			broken[i].kind, text(event_of(&t, "c"), "reason"));
		cr_expect_str_eq(text(event_of(&t, "d"), "verdict"), "pass", "%s", broken[i].kind);
		trial_end(&t);
	}
}

Test(run, what_is_left_when_the_time_is_over_is_an_error)
{
	struct wk_check checks[] = {check("c", "hang"), check("d", "good")};
	struct trial t;

	trial_begin(&t, checks, 2);
	t.run.jobs = 1;
	t.run.deadline = wk_now() + 300 * WK_MSEC;
	trial_go(&t);
	cr_expect(t.result);
	cr_expect_eq(t.tally.errors, 2);
	cr_expect_str_eq(text(event_of(&t, "c"), "reason"), WK_TIME_OVER);
	cr_expect_str_eq(text(event_of(&t, "d"), "reason"), WK_TIME_OVER);
	trial_end(&t);
}

Test(run, what_needs_a_failed_check_is_skipped_and_says_so)
{
	static const char *needs_first[] = {"first"};
	static const char *needs_second[] = {"second"};
	static const char *needs_good[] = {"good"};
	static const char *needs_other[] = {"elsewhere"};
	struct wk_check checks[] = {check("third", "good"), check("second", "good"),
		check("first", "bad"), check("good", "good"), check("fifth", "good"),
		check("sixth", "good")};
	struct trial t;

	checks[0].needs = needs_second;
	checks[0].n_needs = 1;
	checks[1].needs = needs_first;
	checks[1].n_needs = 1;
	checks[4].needs = needs_good;
	checks[4].n_needs = 1;
	checks[5].needs = needs_other;
	checks[5].n_needs = 1;
	trial_begin(&t, checks, 6);
	trial_go(&t);
	cr_expect_str_eq(text(event_of(&t, "second"), "reason"), "needs 'first', which failed");
	cr_expect_str_eq(
		text(event_of(&t, "third"), "reason"), "needs 'second', which was skipped");
	cr_expect_str_eq(text(event_of(&t, "fifth"), "verdict"), "pass");
	cr_expect_str_eq(text(event_of(&t, "sixth"), "verdict"), "pass");
	cr_expect_eq(t.tally.skipped, 2);
	trial_end(&t);
}

Test(run, checks_that_wait_for_each_other_are_errors)
{
	static const char *needs_b[] = {"b"};
	static const char *needs_a[] = {"a"};
	struct wk_check checks[] = {check("a", "good"), check("b", "good")};
	struct trial t;

	checks[0].needs = needs_b;
	checks[0].n_needs = 1;
	checks[1].needs = needs_a;
	checks[1].n_needs = 1;
	trial_begin(&t, checks, 2);
	trial_go(&t);
	cr_expect_eq(t.tally.errors, 2);
	trial_end(&t);
}

Test(run, a_precondition_that_does_not_hold_skips_with_its_reason)
{
	struct wk_check checks[] = {check("c", "good"), check("d", "good")};
	struct trial t;

	checks[0].when = "$mesh.dnsCapture";
	checks[0].when_reason = "DNS capture is not declared";
	checks[1].when = "$mesh.id == \"mesh1\"";
	trial_begin(&t, checks, 2);
	trial_go(&t);
	cr_expect_str_eq(text(event_of(&t, "c"), "verdict"), "skip");
	cr_expect_str_eq(text(event_of(&t, "c"), "reason"), "DNS capture is not declared");
	cr_expect_str_eq(text(event_of(&t, "d"), "verdict"), "pass");
	trial_end(&t);
}

Test(run, a_negative_check_cannot_pass_without_its_control)
{
	struct wk_check checks[] = {check("c", "good"), check("d", "good"), check("e", "good")};
	struct trial t;

	for (size_t i = 0; i < 3; i++) {
		checks[i].control_expect = ok;
		checks[i].n_control_expect = 1;
		checks[i].control.args = "{\"does\": \"e\"}";
	}
	checks[0].control.kind = "good";
	checks[1].control.kind = "bad";
	checks[2].control.kind = "script";
	trial_begin(&t, checks, 3);
	trial_go(&t);
	cr_expect_str_eq(text(event_of(&t, "c"), "verdict"), "pass");
	cr_expect_str_eq(text(event_of(&t, "d"), "verdict"), "fail");
	cr_expect_str_eq(
		text(event_of(&t, "d"), "reason"), "control: it is fine: expected true, got false");
	cr_expect_str_eq(text(event_of(&t, "e"), "verdict"), "error");
	trial_end(&t);
}

Test(run, the_first_failure_ends_the_run_where_that_was_asked_for)
{
	struct wk_check checks[] = {check("a", "good"), check("b", "bad"), check("c", "good")};
	struct trial t;

	trial_begin(&t, checks, 3);
	t.run.jobs = 1;
	t.run.fail_fast = true;
	trial_go(&t);
	cr_expect_str_eq(text(event_of(&t, "a"), "verdict"), "pass");
	cr_expect_str_eq(text(event_of(&t, "c"), "verdict"), "skip");
	cr_expect_str_eq(
		text(event_of(&t, "c"), "reason"), "not run: 'b' was not passed (--fail-fast)");
	trial_end(&t);
}

static char *dead(void *context)
{
	(void)context;
	return wk_xstrdup("kube-apiserver of cluster-a died");
}

Test(run, a_dead_component_ends_the_run_in_its_own_words)
{
	struct wk_check checks[] = {check("a", "good"), check("b", "hang")};
	struct trial t;

	trial_begin(&t, checks, 2);
	t.run.casualty = dead;
	trial_go(&t);
	cr_expect_eq(t.tally.errors, 2);
	cr_expect_str_eq(text(event_of(&t, "b"), "reason"), "kube-apiserver of cluster-a died");
	trial_end(&t);
}

Test(run, an_exclusive_check_runs_alone_and_the_others_side_by_side)
{
	struct wk_check together[] = {check("a", "bracket"), check("b", "bracket")};
	struct wk_check alone[] = {check("a", "bracket"), check("b", "bracket")};
	struct trial t;

	for (int i = 0; i < 2; i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) seen = {0};
		WK_AUTOFREE char *file = NULL;
		WK_AUTOFREE char *args = NULL;
		struct wk_check *checks = i == 0 ? together : alone;

		trial_begin(&t, checks, 2);
		file = wk_xasprintf("%s/seen", t.dir);
		args = wk_xasprintf(
			"{\"file\": \"%s\"%s}", file, i == 0 ? ", \"beside\": true" : "");
		checks[0].probe.args = args;
		checks[1].probe.args = args;
		checks[1].exclusive = i == 1;
		trial_go(&t);
		cr_expect_eq(t.tally.passed, 2);
		cr_assert(wk_file_read(file, 100, &seen, &t.err));
		cr_expect_str_eq(seen.data, i == 0 ? "(())" : "()()");
		trial_end(&t);
	}
}

Test(run, an_interrupt_ends_the_workers_and_leaves_the_rest_open)
{
	struct wk_check checks[] = {
		check("a", "good"), check("b", "interrupt"), check("c", "good")};
	struct trial t;

	wk_interrupt_catch();
	trial_begin(&t, checks, 3);
	t.run.jobs = 1;
	trial_go(&t);
	cr_expect_not(t.result);
	cr_expect_eq(t.err.kind, WK_ERR_INTERRUPTED);
	cr_expect_str_eq(text(event_of(&t, "a"), "verdict"), "pass");
	cr_expect_eq(t.tally.passed, 1);
	cr_expect_eq(t.tally.errors, 0);
	trial_end(&t);
}

Test(run, a_token_in_the_evidence_reaches_no_file)
{
	struct wk_check checks[] = {check("c", "leak")};
	struct wk_buf WK_AUTO(wk_buf_finish) evidence = {0};
	struct wk_buf WK_AUTO(wk_buf_finish) log = {0};
	WK_AUTOFREE char *path = NULL;
	WK_AUTOFREE char *events = NULL;
	struct trial t;

	trial_begin(&t, checks, 1);
	trial_go(&t);
	path = wk_xasprintf("%s/evidence/c.json", t.dir);
	events = wk_xasprintf("%s/events.jsonl", t.dir);
	cr_assert(wk_file_read(path, 1000000, &evidence, &t.err), "%s", t.err.msg);
	cr_assert(wk_file_read(events, 1000000, &log, &t.err), "%s", t.err.msg);
	cr_expect_not(strstr(evidence.data, "eyJ"));
	cr_expect_not(strstr(log.data, "eyJ"));
	cr_expect(strstr(log.data, "(redacted)"));
	trial_end(&t);
}

Test(run, checks_with_long_names_that_begin_alike_have_evidence_of_their_own)
{
	char names[2][260];
	struct wk_check checks[2];
	struct trial t;

	for (int i = 0; i < 2; i++) {
		memset(names[i], 'x', 250);
		(void)snprintf(names[i] + 250, 10, "%d", i);
		checks[i] = check(names[i], "bad");
	}
	trial_begin(&t, checks, 2);
	trial_go(&t);
	cr_assert(t.result, "%s", t.err.msg);
	cr_expect(*text(event_of(&t, names[0]), "evidence"));
	cr_expect_str_neq(
		text(event_of(&t, names[0]), "evidence"), text(event_of(&t, names[1]), "evidence"));
	trial_end(&t);
}
