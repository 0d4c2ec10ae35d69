#include "wookie/base/file.h"
#include "wookie/mesh/facts.h"
#include "wookie/proc/interrupt.h"
#include "wookie/run/run.h"

#include "mesh.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fake probes. A worker is a process of its own, so what they count starts at 0 for each check. */

static const char *const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0x.c2lnbmF0dXJlLW9mLWl0";

static bool say(struct cJSON **ret, bool ok)
{
	*ret = cJSON_CreateObject();
	cJSON_AddBoolToObject(*ret, "ok", ok);
	return true;
}

static bool good(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)err;
	return say(ret, true);
}

static bool bad(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)err;
	return say(ret, false);
}

/* One letter of "does" for each attempt, the last one for ever: h(olds), b(reaks), e(rror). */
static bool script(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	static size_t n;
	const char *does = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, "does"));
	size_t at = n < strlen(does) ? n : strlen(does) - 1;

	(void)env;
	n++;
	if (does[at] == 'e')
		return wk_err_set(err, WK_ERR_REMOTE, "no API server");
	return say(ret, does[at] == 'h');
}

static bool crash(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)ret;
	(void)err;
	(void)signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return false;
}

static bool leave(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)ret;
	(void)err;
	_exit(0);
	return false;
}

static bool hang(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)ret;
	(void)err;
	while (pause() < 0)
		;
	return false;
}

static bool interrupt(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)kill(getppid(), SIGINT);
	return hang(env, args, ret, err);
}

static bool are_two_open(const char *file)
{
	struct wk_buf WK_AUTO(wk_buf_finish) seen = {0};
	struct wk_err ignored;

	return wk_file_read(file, 100, &seen, &ignored) && strstr(wk_buf_str(&seen), "((");
}

/* Writes "(" and ")" around some time, to see who runs beside whom; "beside": as long as it takes
 * for another to come. */
static bool bracket(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	const char *file = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, "file"));
	wk_nsec until =
		wk_now() + (cJSON_HasObjectItem(args, "beside") ? 10 * WK_SEC : 100 * WK_MSEC);
	int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	(void)env;
	if (!wk_write_all(fd, "(", 1, err))
		return false;
	while (wk_now() < until && !are_two_open(file))
		wk_pause(5 * WK_MSEC);
	if (!wk_write_all(fd, ")", 1, err))
		return false;
	wk_close(fd);
	return say(ret, true);
}

static bool leak(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)err;
	*ret = cJSON_CreateObject();
	cJSON_AddStringToObject(*ret, "ok", jwt);
	return true;
}

/* The mesh hangs from the moment that this file is there. */
static char hanging[64];

static bool stop_mesh(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)ret;
	return wk_file_write(hanging, "", 0, 0600, err) &&
	       wk_err_set(err, WK_ERR_REMOTE, "no answer");
}

static bool gather_until(
	struct wk_access *access, wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	(void)deadline;
	if (wk_path_exists(hanging))
		return wk_err_set(err, WK_ERR_TIMEOUT, "b: no answer came");
	*ret = wk_facts_declared(access->topology);
	return true;
}

static wk_probe_fn *find(const char *kind)
{
	static const struct {
		const char *kind;
		wk_probe_fn *fn;
	} kinds[] = {{"good", good}, {"bad", bad}, {"script", script}, {"crash", crash},
		{"leave", leave}, {"hang", hang}, {"interrupt", interrupt}, {"bracket", bracket},
		{"leak", leak}, {"stop_mesh", stop_mesh}};

	for (size_t i = 0; i < WK_COUNT(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].fn;
	return NULL;
}

static bool gather(
	struct wk_access *access, wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	(void)deadline;
	(void)err;
	*ret = wk_facts_declared(access->topology);
	return true;
}

static struct wk_expectation ok[] = {
	{.that = "it is fine", .jq = ".ok", .at_least = 1, .cause = "WK-T-001"}};

static struct wk_cause causes[] = {{.code = "WK-T-001",
	.title = "broken",
	.meaning = "it broke",
	.evidence = "",
	.fix = "mend it"}};

static struct wk_check check(const char *id, const char *kind)
{
	return (struct wk_check){
		.id = id,
		.full_id = id,
		.title = id,
		.probe = {.kind = kind, .args = "{}"},
		.expect = ok,
		.n_expect = 1,
		.scope = WK_SCOPE_MESH,
		.within = 0,
		.stable = 1,
	};
}

/* One run of one suite. */
struct trial {
	struct wk_arena *arena;
	struct wk_suite suite;
	struct wk_catalog catalog;
	struct wk_plan plan;
	struct wk_access access;
	struct wk_run run;
	char dir[64];
	wk_nsec settle; /* of all checks */
	struct wk_tally tally;
	cJSON *events;
	bool result;
	struct wk_err err;
};

static void begin(struct trial *t, struct wk_check *checks, size_t n)
{
	*t = (struct trial){.arena = wk_arena_new(), .dir = "/tmp/wk-run-XXXXXX"};
	t->suite = (struct wk_suite){.name = "s", .title = "s", .checks = checks, .n_checks = n};
	t->catalog = (struct wk_catalog){
		.suites = &t->suite, .n_suites = 1, .causes = causes, .n_causes = 1};
	t->access = (struct wk_access){.topology = &topology, .netns = -1};
	cr_assert(mkdtemp(t->dir));
	t->run = (struct wk_run){
		.plan = &t->plan,
		.access = &t->access,
		.dir = t->dir,
		.jobs = 4,
		.deadline = wk_now() + 30 * WK_SEC,
		.sources = {.find = find, .gather = gather},
	};
}

static void read_events(struct trial *t, const char *log)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = {0};
	char *state = NULL;

	cr_assert(wk_file_read(log, 10000000, &text, &t->err));
	t->events = cJSON_CreateArray();
	for (char *line = strtok_r(text.data, "\n", &state); line;
		line = strtok_r(NULL, "\n", &state))
		cJSON_AddItemToArray(t->events, cJSON_Parse(line));
}

static void go(struct trial *t)
{
	WK_AUTOFREE char *log = wk_xasprintf("%s/events.jsonl", t->dir);
	struct wk_events *events = wk_events_open(log, &t->err);

	cr_assert(events, "%s", t->err.msg);
	cr_assert(wk_plan_make(
		t->arena, &t->catalog, &topology, &(struct wk_selection){0}, &t->plan, &t->err));
	for (size_t i = 0; i < t->plan.n_checks; i++)
		t->plan.checks[i].settle = t->settle;
	t->run.events = events;
	t->result = wk_run_checks(&t->run, &t->tally, &t->err);
	wk_events_close(events);
	read_events(t, log);
}

static void end(struct trial *t)
{
	struct wk_err err;

	cr_expect(wk_rmtree(t->dir, &err), "%s", err.msg);
	cJSON_Delete(t->events);
	wk_arena_free(t->arena);
}

static const cJSON *event_of(const struct trial *t, const char *id)
{
	for (const cJSON *i = t->events->child; i; i = i->next) {
		const char *own = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(i, "id"));

		if (own && strcmp(own, id) == 0)
			return i;
	}
	cr_assert_fail("no event of '%s'", id);
	return NULL;
}

static const char *text(const cJSON *event, const char *key)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, key));

	return value ? value : "";
}

static int number(const cJSON *event, const char *key)
{
	return (int)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(event, key));
}

static const struct {
	const char *name;
	const char *does;
	unsigned stable;
	wk_nsec within;
	const char *verdict;
	int attempts; /* 0: any number */
	int held_at;  /* number of the first attempt that held; 0: none */
	int flaps;
	const char *reason;
} rows[] = {
	{"holds at once", "h", 1, 0, "pass", 1, 1, 0, ""},
	{"converges", "bbh", 1, 5 * WK_SEC, "pass", 3, 3, 0, ""},
	{"an error on the way", "eh", 1, 5 * WK_SEC, "pass", 2, 2, 0, ""},
	{"three in a row", "h", 3, 0, "pass", 3, 1, 0, ""},
	{"holds, breaks, holds", "hbh", 2, 5 * WK_SEC, "pass", 4, 1, 1, ""},
	{"holds, breaks twice, holds", "hbbh", 2, 5 * WK_SEC, "pass", 5, 1, 1, ""},
	{"holds and breaks, over and over", "bhbhbh", 2, 9 * WK_SEC, "pass", 7, 2, 2, ""},
	{"an error breaks a row", "heh", 2, 5 * WK_SEC, "pass", 4, 1, 1, ""},
	{"never holds", "b", 1, 0, "fail", 1, 0, 0, "it is fine: expected true, got false"},
	{"its time passes", "b", 1, 300 * WK_MSEC, "fail", 0, 0, 0,
		"it is fine: expected true, got false"},
	{"a row breaks after its time", "hb", 2, 0, "fail", 2, 1, 1,
		"it is fine: expected true, got false"},
	{"no transport", "e", 1, 0, "error", 1, 0, 0, "script: no API server"},
	{"no transport in the end", "be", 1, 60 * WK_MSEC, "error", 0, 0, 0,
		"script: no API server"},
};

/* When its nth attempt began; -1 where `n` is 0. */
static double attempt_at(const cJSON *event, int n)
{
	const cJSON *attempts = cJSON_GetObjectItemCaseSensitive(event, "attempts");
	const cJSON *one = cJSON_GetArrayItem(attempts, n - 1);

	return n ? cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(one, "at")) : -1;
}

static double first_held(const cJSON *event)
{
	const cJSON *at = cJSON_GetObjectItemCaseSensitive(event, "first_held");

	return at ? at->valuedouble : -1;
}

Test(run, a_failure_that_stays_the_same_settles_before_its_time)
{
	struct wk_check one = check("one", "bad");
	struct trial t;
	const cJSON *event;

	one.within = 20 * WK_SEC;
	begin(&t, &one, 1);
	t.settle = 100 * WK_MSEC;
	go(&t);
	event = event_of(&t, "one");
	cr_expect_str_eq(text(event, "verdict"), "fail");
	cr_expect_gt(number(event, "n_attempts"), 1);
	cr_expect_lt(number(event, "seconds"), 15);
	event = cJSON_GetObjectItemCaseSensitive(event, "broken");
	cr_assert_eq(cJSON_GetArraySize(event), 1);
	cr_expect_str_eq(cJSON_GetArrayItem(event, 0)->valuestring, "it is fine");
	end(&t);
}

Test(run, attempts_go_on_until_the_verdict_stands)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *args = wk_xasprintf("{\"does\": \"%s\"}", rows[i].does);
		struct wk_check checks[] = {check("c", "script")};
		struct trial t;
		const cJSON *event;
		bool flaky;

		checks[0].probe.args = args;
		checks[0].stable = rows[i].stable;
		checks[0].within = rows[i].within;
		begin(&t, checks, 1);
		go(&t);
		cr_assert(t.result, "%s: %s", rows[i].name, t.err.msg);
		event = event_of(&t, "c");
		cr_expect_str_eq(text(event, "verdict"), rows[i].verdict, "%s: %s, %s",
			rows[i].name, text(event, "verdict"), text(event, "reason"));
		cr_expect_str_eq(text(event, "reason"), rows[i].reason, "%s: %s", rows[i].name,
			text(event, "reason"));
		if (rows[i].attempts)
			cr_expect_eq(number(event, "n_attempts"), rows[i].attempts, "%s: %d",
				rows[i].name, number(event, "n_attempts"));
		cr_expect_eq(first_held(event), attempt_at(event, rows[i].held_at), "%s: %f",
			rows[i].name, first_held(event));
		cr_expect_eq(number(event, "flaps"), rows[i].flaps, "%s: %d", rows[i].name,
			number(event, "flaps"));
		/* Only a pass is flaky. */
		flaky = rows[i].flaps && strcmp(rows[i].verdict, "pass") == 0;
		cr_expect_eq(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(event, "flaky")) != 0,
			flaky, "%s", rows[i].name);
		cr_expect_eq(t.tally.flaky, flaky, "%s", rows[i].name);
		end(&t);
	}
}

Test(run, a_cluster_that_hangs_ends_the_run_and_is_named)
{
	struct wk_check checks[] = {
		check("before", "good"), check("stops", "stop_mesh"), check("after", "good")};
	struct trial t;

	(void)snprintf(hanging, sizeof(hanging), "/tmp/wk-run-hangs-%d", (int)getpid());
	begin(&t, checks, WK_COUNT(checks));
	t.run.jobs = 1;
	t.run.sources.gather = gather_until;
	go(&t);
	(void)unlink(hanging);
	cr_assert(t.result, "%s", t.err.msg);
	cr_expect_str_eq(text(event_of(&t, "before"), "verdict"), "pass");
	cr_expect_str_eq(text(event_of(&t, "stops"), "reason"), "stop_mesh: no answer");
	cr_expect_str_eq(text(event_of(&t, "after"), "verdict"), "error");
	cr_expect_str_eq(text(event_of(&t, "after"), "reason"), "not run: b: no answer came");
	end(&t);
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

	begin(&t, checks, 1);
	go(&t);
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
	end(&t);
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

		begin(&t, checks, 2);
		go(&t);
		cr_expect_str_eq(text(event_of(&t, "c"), "verdict"), "error", "%s", broken[i].kind);
		cr_expect(strstr(text(event_of(&t, "c"), "reason"), broken[i].reason), "%s: %s",
			broken[i].kind, text(event_of(&t, "c"), "reason"));
		cr_expect_str_eq(text(event_of(&t, "d"), "verdict"), "pass", "%s", broken[i].kind);
		end(&t);
	}
}

Test(run, what_is_left_when_the_time_is_over_is_an_error)
{
	struct wk_check checks[] = {check("c", "hang"), check("d", "good")};
	struct trial t;

	begin(&t, checks, 2);
	t.run.jobs = 1;
	t.run.deadline = wk_now() + 300 * WK_MSEC;
	go(&t);
	cr_expect(t.result);
	cr_expect_eq(t.tally.errors, 2);
	cr_expect_str_eq(text(event_of(&t, "c"), "reason"),
		"the time of the whole run was over (--timeout)");
	cr_expect_str_eq(text(event_of(&t, "d"), "reason"),
		"the time of the whole run was over (--timeout)");
	end(&t);
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
	begin(&t, checks, 6);
	go(&t);
	cr_expect_str_eq(text(event_of(&t, "second"), "reason"), "needs 'first', which failed");
	cr_expect_str_eq(
		text(event_of(&t, "third"), "reason"), "needs 'second', which was skipped");
	cr_expect_str_eq(text(event_of(&t, "fifth"), "verdict"), "pass");
	cr_expect_str_eq(text(event_of(&t, "sixth"), "verdict"), "pass");
	cr_expect_eq(t.tally.skipped, 2);
	end(&t);
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
	begin(&t, checks, 2);
	go(&t);
	cr_expect_eq(t.tally.errors, 2);
	end(&t);
}

Test(run, a_precondition_that_does_not_hold_skips_with_its_reason)
{
	struct wk_check checks[] = {check("c", "good"), check("d", "good")};
	struct trial t;

	checks[0].when = "$mesh.dnsCapture";
	checks[0].when_reason = "DNS capture is not declared";
	checks[1].when = "$mesh.id == \"mesh1\"";
	begin(&t, checks, 2);
	go(&t);
	cr_expect_str_eq(text(event_of(&t, "c"), "verdict"), "skip");
	cr_expect_str_eq(text(event_of(&t, "c"), "reason"), "DNS capture is not declared");
	cr_expect_str_eq(text(event_of(&t, "d"), "verdict"), "pass");
	end(&t);
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
	begin(&t, checks, 3);
	go(&t);
	cr_expect_str_eq(text(event_of(&t, "c"), "verdict"), "pass");
	cr_expect_str_eq(text(event_of(&t, "d"), "verdict"), "fail");
	cr_expect_str_eq(
		text(event_of(&t, "d"), "reason"), "control: it is fine: expected true, got false");
	cr_expect_str_eq(text(event_of(&t, "e"), "verdict"), "error");
	end(&t);
}

Test(run, the_first_failure_ends_the_run_where_that_was_asked_for)
{
	struct wk_check checks[] = {check("a", "good"), check("b", "bad"), check("c", "good")};
	struct trial t;

	begin(&t, checks, 3);
	t.run.jobs = 1;
	t.run.fail_fast = true;
	go(&t);
	cr_expect_str_eq(text(event_of(&t, "a"), "verdict"), "pass");
	cr_expect_str_eq(text(event_of(&t, "c"), "verdict"), "skip");
	cr_expect_str_eq(
		text(event_of(&t, "c"), "reason"), "not run: 'b' was not passed (--fail-fast)");
	end(&t);
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

	begin(&t, checks, 2);
	t.run.casualty = dead;
	go(&t);
	cr_expect_eq(t.tally.errors, 2);
	cr_expect_str_eq(text(event_of(&t, "b"), "reason"), "kube-apiserver of cluster-a died");
	end(&t);
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

		begin(&t, checks, 2);
		file = wk_xasprintf("%s/seen", t.dir);
		args = wk_xasprintf(
			"{\"file\": \"%s\"%s}", file, i == 0 ? ", \"beside\": true" : "");
		checks[0].probe.args = args;
		checks[1].probe.args = args;
		checks[1].exclusive = i == 1;
		go(&t);
		cr_expect_eq(t.tally.passed, 2);
		cr_assert(wk_file_read(file, 100, &seen, &t.err));
		cr_expect_str_eq(seen.data, i == 0 ? "(())" : "()()");
		end(&t);
	}
}

Test(run, an_interrupt_ends_the_workers_and_leaves_the_rest_open)
{
	struct wk_check checks[] = {
		check("a", "good"), check("b", "interrupt"), check("c", "good")};
	struct trial t;

	wk_interrupt_catch();
	begin(&t, checks, 3);
	t.run.jobs = 1;
	go(&t);
	cr_expect_not(t.result);
	cr_expect_eq(t.err.kind, WK_ERR_INTERRUPTED);
	cr_expect_str_eq(text(event_of(&t, "a"), "verdict"), "pass");
	cr_expect_eq(t.tally.passed, 1);
	cr_expect_eq(t.tally.errors, 0);
	end(&t);
}

Test(run, a_token_in_the_evidence_reaches_no_file)
{
	struct wk_check checks[] = {check("c", "leak")};
	struct wk_buf WK_AUTO(wk_buf_finish) evidence = {0};
	struct wk_buf WK_AUTO(wk_buf_finish) log = {0};
	WK_AUTOFREE char *path = NULL;
	WK_AUTOFREE char *events = NULL;
	struct trial t;

	begin(&t, checks, 1);
	go(&t);
	path = wk_xasprintf("%s/evidence/c.json", t.dir);
	events = wk_xasprintf("%s/events.jsonl", t.dir);
	cr_assert(wk_file_read(path, 1000000, &evidence, &t.err), "%s", t.err.msg);
	cr_assert(wk_file_read(events, 1000000, &log, &t.err), "%s", t.err.msg);
	cr_expect_not(strstr(evidence.data, "eyJ"));
	cr_expect_not(strstr(log.data, "eyJ"));
	cr_expect(strstr(log.data, "(redacted)"));
	end(&t);
}
