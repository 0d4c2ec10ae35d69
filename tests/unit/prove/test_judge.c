#include "wookie/prove/judge.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

static struct wk_expectation expect[] = {
	{.that = "it answers"}, {.that = "it answers rightly"}, {.that = "in time"}};
static struct wk_expectation control[] = {{.that = "the neighbour answers"}};
static struct wk_check checks[] = {
	{.id = "one", .full_id = "a.one", .expect = expect, .n_expect = 2},
	{.id = "two", .full_id = "a.two", .expect = expect, .n_expect = 1},
	{.id = "three",
		.full_id = "b.three",
		.expect = expect + 2,
		.n_expect = 1,
		.control_expect = control,
		.n_control_expect = 1},
	{.id = "four",
		.full_id = "b.four",
		.expect = expect,
		.n_expect = 1,
		.when = "$mesh.dnsCapture"},
};
static struct wk_suite suites[] = {{.name = "a", .checks = checks, .n_checks = 2},
	{.name = "b", .checks = checks + 2, .n_checks = 2}};
static struct wk_planned planned[] = {
	{.suite = suites, .check = checks, .id = "a.one[x]", .name = "a.one"},
	{.suite = suites, .check = checks, .id = "a.one[y]", .name = "a.one"},
	{.suite = suites, .check = checks + 1, .id = "a.two", .name = "a.two"},
	{.suite = suites + 1, .check = checks + 2, .id = "b.three", .name = "b.three"},
};
static const struct wk_topology topology = {.dns_capture = false};
static const struct wk_plan plan = {
	.topology = &topology, .checks = planned, .n_checks = WK_COUNT(planned)};

static const char *thats[] = {"it answers rightly"};
static struct wk_check_ref fails[] = {{.check = "a.one", .that = thats, .n_that = 1}};
static const char *green[] = {"b"};
static const struct wk_fault fault = {
	.id = "broken",
	.fails = fails,
	.n_fails = 1,
	.cause = "WK-T-001",
	.green = green,
	.n_green = 1,
	.pos = {.file = "broken.yaml", .line = 3},
};

#define CHECK(id, verdict) "{\"event\":\"check\",\"id\":\"" id "\",\"verdict\":\"" verdict "\"}"
#define FAIL(id, broken)                                                                  \
	"{\"event\":\"check\",\"id\":\"" id "\",\"verdict\":\"fail\",\"broken\":[" broken \
	"],\"reason\":\"it broke\"}"
#define CAUSE(code) "{\"event\":\"cause\",\"code\":\"" code "\",\"also\":[\"WK-T-009\"]}"
#define RIGHTLY FAIL("a.one[y]", "\"it answers\",\"it answers rightly\"")
#define REST CHECK("a.one[x]", "pass"), CHECK("a.two", "pass")

static void see(struct wk_seen *seen, const char *const events[])
{
	wk_seen_init(seen);
	for (size_t i = 0; events[i]; i++) {
		cJSON *event = cJSON_Parse(events[i]);

		cr_assert(event, "%s", events[i]);
		wk_seen_event(seen, event);
		cJSON_Delete(event);
	}
}

static const struct {
	const char *name;
	const char *events[8];
	enum wk_proof proof;
	const char *reason;
	const char *got;
	size_t n_red;
	bool broad;
} rows[] = {
	{"as expected", {REST, RIGHTLY, CHECK("b.three", "pass"), CAUSE("WK-T-001")}, WK_PROVEN,
		NULL, NULL, 1, false},
	{"a skip is no failure of a green suite",
		{REST, RIGHTLY, CHECK("b.three", "skip"), CAUSE("WK-T-001")}, WK_PROVEN, NULL, NULL,
		1, false},
	{"more than a third",
		{CHECK("a.one[x]", "pass"), RIGHTLY, FAIL("a.two", "\"it answers\""),
			CHECK("b.three", "pass"), CAUSE("WK-T-001")},
		WK_PROVEN, NULL, NULL, 2, true},
	{"nothing failed", {REST, CHECK("a.one[y]", "pass"), CHECK("b.three", "pass")}, WK_SURVIVED,
		"survived: a.one[x]: pass", "[]", 0, false},
	{"an error is no failure", {REST, CHECK("a.one[y]", "error"), CHECK("b.three", "pass")},
		WK_SURVIVED, "survived: a.one[x]: pass", "[\"a.one[y]\"]", 1, false},
	{"another expectation broke",
		{REST, FAIL("a.one[y]", "\"it answers\""), CHECK("b.three", "pass"),
			CAUSE("WK-T-001")},
		WK_SURVIVED, "survived: a.one[y] fails, but 'it answers rightly' holds",
		"[\"a.one[y]\"]", 1, false},
	{"another check failed",
		{CHECK("a.one[x]", "pass"), CHECK("a.one[y]", "pass"),
			FAIL("a.two", "\"it answers\""), CHECK("b.three", "pass"),
			CAUSE("WK-T-001")},
		WK_SURVIVED, "survived: a.one[x]: pass", "[\"a.two\"]", 1, false},
	{"another cause", {REST, RIGHTLY, CHECK("b.three", "pass"), CAUSE("WK-T-002")},
		WK_WRONG_CAUSE, "wrong cause: expected WK-T-001 as the likeliest, got WK-T-002",
		"[\"WK-T-002\",\"WK-T-009\"]", 1, false},
	{"no cause at all", {REST, RIGHTLY, CHECK("b.three", "pass")}, WK_WRONG_CAUSE,
		"wrong cause: expected WK-T-001 as the likeliest, got none", "[]", 1, false},
	{"a green suite is hit", {REST, RIGHTLY, FAIL("b.three", "\"in time\""), CAUSE("WK-T-001")},
		WK_COLLATERAL, "collateral: b.three did not pass: it broke", "[\"b.three\"]", 2,
		true},
	{"a check without a verdict hits a green suite", {REST, RIGHTLY, CAUSE("WK-T-001")},
		WK_COLLATERAL, "collateral: b.three did not pass: ", "[\"b.three\"]", 2, true},
};

Test(judge, a_fault_is_what_its_worst_difference_says)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const cJSON *got;
		struct wk_judged judged;
		struct wk_seen seen;

		see(&seen, rows[i].events);
		wk_judge(&fault, &plan, &seen, &judged);
		cr_expect_eq(judged.proof, rows[i].proof, "%s: %s", rows[i].name,
			wk_proof_name(judged.proof));
		cr_expect_eq(!judged.reason, !rows[i].reason, "%s", rows[i].name);
		if (judged.reason && rows[i].reason)
			cr_expect_str_eq(judged.reason, rows[i].reason, "%s: %s", rows[i].name,
				judged.reason);
		cr_expect_eq(judged.n_red, rows[i].n_red, "%s", rows[i].name);
		cr_expect_eq(judged.broad, rows[i].broad, "%s", rows[i].name);
		got = cJSON_GetObjectItemCaseSensitive(judged.expectation, "got");
		cr_expect_eq(!got, !rows[i].got, "%s", rows[i].name);
		if (got && rows[i].got) {
			char *text = cJSON_PrintUnformatted(got);

			cr_expect_str_eq(text, rows[i].got, "%s: %s", rows[i].name, text);
			cJSON_free(text);
		}
		wk_judged_finish(&judged);
		wk_seen_finish(&seen);
	}
}

Test(judge, what_cannot_be_played_is_an_error_and_what_survives_a_failure)
{
	cr_expect_eq(wk_proof_verdict(WK_PROVEN), WK_PASS);
	cr_expect_eq(wk_proof_verdict(WK_SURVIVED), WK_FAIL);
	cr_expect_eq(wk_proof_verdict(WK_WRONG_CAUSE), WK_FAIL);
	cr_expect_eq(wk_proof_verdict(WK_COLLATERAL), WK_FAIL);
	cr_expect_eq(wk_proof_verdict(WK_VOID), WK_ERROR);
	cr_expect_eq(wk_proof_verdict(WK_UNPLAYED), WK_ERROR);
}

Test(judge, a_mesh_is_green_when_every_check_passed_without_a_flake)
{
	static const struct {
		const char *events[5];
		const char *red;
	} meshes[] = {
		{{REST, CHECK("a.one[y]", "pass"), CHECK("b.three", "pass")}, NULL},
		{{REST, CHECK("a.one[y]", "pass"), CHECK("b.three", "skip")}, NULL},
		{{REST, CHECK("a.one[y]", "error"), CHECK("b.three", "pass")}, "a.one[y]"},
		{{REST, CHECK("a.one[y]", "pass")}, "b.three"},
		{{REST, CHECK("a.one[y]", "pass"),
			 "{\"event\":\"check\",\"id\":\"b.three\",\"verdict\":\"pass\","
			 "\"flaky\":true}"},
			"b.three"},
	};

	for (size_t i = 0; i < WK_COUNT(meshes); i++) {
		const struct wk_planned *red;
		struct wk_seen seen;

		see(&seen, meshes[i].events);
		red = wk_seen_red(&seen, &plan);
		cr_expect_eq(!red, !meshes[i].red, "row %zu", i);
		if (red && meshes[i].red)
			cr_expect_str_eq(red->id, meshes[i].red, "row %zu", i);
		wk_seen_finish(&seen);
	}
}

static void add(struct wk_ledger *ledger, const char *text)
{
	cJSON *event = cJSON_Parse(text);

	cr_assert(event);
	wk_ledger_add(ledger, event);
	cJSON_Delete(event);
}

Test(judge, the_ledger_has_a_page_for_every_expectation_and_fills_what_is_named)
{
	static const char *const proves_nothing[] = {
		"{\"event\":\"step\",\"what\":\"broken: inject\"}",
		"{\"verdict\":\"fail\",\"fault\":{\"id\":\"seen-by-nobody\",\"broad\":false,"
		"\"fails\":{\"a.two\":[\"it answers\"]}}}",
		"{\"verdict\":\"pass\",\"fault\":{\"id\":\"red-all-over\",\"broad\":true,"
		"\"fails\":{\"a.two\":[\"it answers\"]}}}",
	};
	struct wk_planned and_skipped[WK_COUNT(planned) + 1];
	const struct wk_plan whole = {
		.topology = &topology, .checks = and_skipped, .n_checks = WK_COUNT(and_skipped)};
	struct wk_ledger ledger;
	char *text;

	/* What this topology skips needs no proof here, so it has no page. */
	memcpy(and_skipped, planned, sizeof(planned));
	and_skipped[WK_COUNT(planned)] = (struct wk_planned){
		.suite = suites + 1, .check = checks + 3, .id = "b.four", .name = "b.four"};
	wk_ledger_init(&ledger, &whole);
	for (size_t i = 0; i < WK_COUNT(proves_nothing); i++)
		add(&ledger, proves_nothing[i]);
	add(&ledger, "{\"verdict\":\"pass\",\"fault\":{\"id\":\"broken\",\"broad\":false,"
		     "\"fails\":{\"a.one\":[\"it answers rightly\"],\"b.three\":[]}}}");
	text = cJSON_PrintUnformatted(ledger.proofs);
	cr_expect_str_eq(text, "{\"a.one\":{\"it answers\":[],\"it answers rightly\":[\"broken\"]},"
			       "\"a.two\":{\"it answers\":[]},"
			       "\"b.three\":{\"in time\":[],\"the neighbour answers\":[]}}");
	cJSON_free(text);
	wk_ledger_finish(&ledger);
}

static const struct {
	const char *name;
	const char *events[8];
	enum wk_proof proof;
	const char *reason;
} variants[] = {
	{"all is green, and a skip is", {REST, CHECK("a.one[y]", "skip"), CHECK("b.three", "pass")},
		WK_QUIET, NULL},
	{"one fails", {REST, RIGHTLY, CHECK("b.three", "pass")}, WK_ALARMED,
		"alarmed: 1 of 4 checks are not green, a.one[y] first: it broke"},
	{"some have no verdict, one is flaky",
		{CHECK("a.one[x]", "pass"), CHECK("a.one[y]", "pass"),
			"{\"event\":\"check\",\"id\":\"a.two\",\"verdict\":\"pass\",\"flaky\":"
			"true}"},
		WK_ALARMED,
		"alarmed: 2 of 4 checks are not green, a.two first: no verdict, or flaky"},
};

Test(judge, a_variant_is_quiet_only_where_everything_is_green)
{
	for (size_t i = 0; i < WK_COUNT(variants); i++) {
		struct wk_judged judged;
		struct wk_seen seen;

		see(&seen, variants[i].events);
		wk_judge_variant(&fault, &plan, &seen, &judged);
		cr_expect_eq(judged.proof, variants[i].proof, "%s", variants[i].name);
		cr_expect_eq(wk_proof_verdict(judged.proof), variants[i].reason ? WK_FAIL : WK_PASS,
			"%s", variants[i].name);
		cr_expect_eq(!judged.reason, !variants[i].reason, "%s", variants[i].name);
		if (judged.reason && variants[i].reason)
			cr_expect_str_eq(judged.reason, variants[i].reason);
		wk_judged_finish(&judged);
		wk_seen_finish(&seen);
	}
}
