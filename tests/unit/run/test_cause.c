#include "shipped.h"
#include "wookie/base/mem.h"
#include "wookie/run/cause.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

/* secret -> endpoints -> traffic; gateway -> traffic; x <-> y explain each other; dead and deaf are not
 * told apart. */
static const char *of_secret[] = {"END"};
static const char *of_endpoints[] = {"TRAFFIC"};
static const char *of_gateway[] = {"TRAFFIC"};
static const char *of_x[] = {"Y"};
static const char *of_y[] = {"X"};
static const char *of_site[] = {"API", "GATEWAY"};
static const char *of_dead[] = {"DEAF"};
static struct wk_cause causes[] = {
	{.code = "SECRET", .explains = of_secret, .n_explains = 1},
	{.code = "END", .explains = of_endpoints, .n_explains = 1},
	{.code = "GATEWAY", .explains = of_gateway, .n_explains = 1},
	{.code = "TRAFFIC"},
	{.code = "X", .explains = of_x, .n_explains = 1},
	{.code = "Y", .explains = of_y, .n_explains = 1},
	{.code = "DEAD", .twins = of_dead, .n_twins = 1},
	{.code = "DEAF", .explains = of_gateway, .n_explains = 1},
	{.code = "SITE", .explains = of_site, .n_explains = 2, .all_of = of_site, .n_all_of = 2},
	{.code = "API"},
};
static const struct wk_catalog catalog = {.causes = causes, .n_causes = WK_COUNT(causes)};

static const struct {
	const char *name;
	const char *symptoms; /* codes with ',', failed checks with ' '; "-" names none */
	const char *code;     /* NULL: none */
	size_t explains;
	const char *also;
} rows[] = {
	{"nothing failed", "", NULL, 0, ""},
	{"none named", "- -", NULL, 0, ""},
	{"unknown code", "NOBODY", NULL, 0, ""},
	{"one", "TRAFFIC", "TRAFFIC", 1, ""},
	{"a root and what follows", "TRAFFIC END", "END", 2, ""},
	{"transitively, with a gap", "TRAFFIC SECRET -", "SECRET", 2, ""},
	{"the whole chain", "TRAFFIC END SECRET TRAFFIC", "SECRET", 4, ""},
	{"the one that explains most", "GATEWAY TRAFFIC SECRET END", "SECRET", 3, ""},
	{"a tie goes to the first", "GATEWAY SECRET TRAFFIC", "GATEWAY", 2, "SECRET"},
	{"a check may name several", "END,GATEWAY TRAFFIC", "END", 2, "GATEWAY"},
	{"a check counts once", "END,TRAFFIC", "END", 1, ""},
	{"two that explain each other", "X Y", "X", 2, "Y"},
	{"one of two that nothing tells apart", "DEAD", "DEAD", 1, "DEAF"},
	{"the other of them", "DEAF TRAFFIC", "DEAF", 2, "DEAD"},
	{"both of them", "DEAD DEAF", "DEAD", 1, "DEAF"},
	{"two that together are another", "API GATEWAY TRAFFIC", "SITE", 3, ""},
	{"only one of these", "GATEWAY TRAFFIC", "GATEWAY", 2, ""},
	{"one of them that something else explains", "TRAFFIC END DEAF", "END", 2, "DEAF"},
};

/* Splits in place; returns how many. */
static size_t split(char *text, const char *by, char *parts[16])
{
	char *state = NULL;
	size_t n = 0;

	for (char *p = strtok_r(text, by, &state); p; p = strtok_r(NULL, by, &state))
		parts[n++] = p;
	return n;
}

Test(cause, the_likeliest_root_explains_most_of_what_failed)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		char *WK_AUTOFREE text = wk_xstrdup(rows[i].symptoms);
		struct wk_symptom symptoms[16];
		char *codes[16][16];
		struct wk_likeliest got;
		char also[64] = "";
		char *checks[16];
		size_t n = split(text, " ", checks);
		bool ok;

		for (size_t j = 0; j < n; j++) {
			bool none = strcmp(checks[j], "-") == 0;

			symptoms[j].n = none ? 0 : split(checks[j], ",", codes[j]);
			symptoms[j].codes = (const char *const *)codes[j];
		}
		ok = wk_cause_likeliest(&catalog, NULL, symptoms, n, &got);
		cr_expect_eq(ok, rows[i].code != NULL, "%s", rows[i].name);
		if (!ok || !rows[i].code)
			continue;
		for (size_t j = 0; j < got.n_also; j++)
			strcat(also, got.also[j]->code);
		cr_expect_str_eq(
			got.cause->code, rows[i].code, "%s: %s", rows[i].name, got.cause->code);
		cr_expect_eq(got.explains, rows[i].explains, "%s: %zu", rows[i].name, got.explains);
		cr_expect_str_eq(also, rows[i].also, "%s: %s", rows[i].name, also);
	}
}

/* What passed: a Gateway object that opens the port refutes that none does, and so on. */
static const char *opens[] = {"it opens the port"};
static struct wk_check_ref no_object_refuted[] = {
	{.check = "ends.opened", .that = opens, .n_that = 1},
	{.check = "questions.opened"},
};
static const char *of_object[] = {"CLOSED"};
static const char *told[] = {"failed calling webhook .*validation", "no ready istiod"};
static struct wk_cause weighed_causes[] = {
	{.code = "NO-OBJECT",
		.explains = of_object,
		.n_explains = 1,
		.refuted_by = no_object_refuted,
		.n_refuted_by = WK_COUNT(no_object_refuted),
		.told_by = &told[1],
		.n_told_by = 1},
	{.code = "LABEL", .explains = of_object, .n_explains = 1, .told_by = told, .n_told_by = 2},
	{.code = "CLOSED"},
};
static const struct wk_catalog weighed = {
	.causes = weighed_causes, .n_causes = WK_COUNT(weighed_causes)};
static struct wk_expectation expectations[] = {
	{.that = "it opens the port"}, {.that = "for every name"}};
static struct wk_expectation control_expectations[] = {{.that = "the control"}};
static const struct wk_check opened = {.full_id = "ends.opened",
	.expect = expectations,
	.n_expect = 2,
	.control_expect = control_expectations,
	.n_control_expect = 1};
static const struct wk_check asked = {
	.full_id = "questions.opened", .expect = expectations, .n_expect = 2};

static const struct {
	const char *name;
	struct {
		const struct wk_check *check;
		enum wk_verdict verdict;
		const char *held; /* JSON */
	} seen[3];
	const char *code;  /* of NO-OBJECT, then LABEL, then CLOSED named; NULL: none */
	const char *alone; /* of NO-OBJECT named alone */
} weighings[] = {
	{"nothing was seen", {{0}}, "NO-OBJECT", "NO-OBJECT"},
	{"it passed", {{&opened, WK_PASS, NULL}}, "LABEL", NULL},
	{"it failed, that held", {{&opened, WK_FAIL, "[\"it opens the port\"]"}}, "LABEL", NULL},
	{"it failed of that", {{&opened, WK_FAIL, "[\"for every name\"]"}}, "NO-OBJECT",
		"NO-OBJECT"},
	{"it was skipped", {{&opened, WK_SKIP, NULL}}, "NO-OBJECT", "NO-OBJECT"},
	{"it was not judged", {{&opened, WK_ERROR, NULL}}, "NO-OBJECT", "NO-OBJECT"},
	{"it holds there and not here", {{&opened, WK_PASS, NULL}, {&opened, WK_FAIL, "[]"}},
		"NO-OBJECT", "NO-OBJECT"},
	{"it holds there and is not judged here",
		{{&opened, WK_PASS, NULL}, {&opened, WK_ERROR, NULL}}, "NO-OBJECT", "NO-OBJECT"},
	{"it holds there and is skipped here", {{&opened, WK_PASS, NULL}, {&opened, WK_SKIP, NULL}},
		"LABEL", NULL},
	{"it holds in this round and not in the last",
		{{&opened, WK_FAIL, "[]"}, {&opened, WK_PASS, NULL}}, "NO-OBJECT", "NO-OBJECT"},
	{"another check passed as a whole", {{&asked, WK_PASS, NULL}}, "LABEL", NULL},
	{"another check failed in part", {{&asked, WK_FAIL, "[\"it opens the port\"]"}},
		"NO-OBJECT", "NO-OBJECT"},
};

static const char *weigh(const cJSON *seen, const char *const codes[], size_t n)
{
	struct wk_symptom symptoms[3];
	struct wk_likeliest got;

	for (size_t i = 0; i < n; i++)
		symptoms[i] = (struct wk_symptom){.codes = &codes[i], .n = 1};
	return wk_cause_likeliest(&weighed, seen, symptoms, n, &got) ? got.cause->code : "none";
}

Test(cause, what_held_refutes_a_cause)
{
	static const char *const codes[] = {"NO-OBJECT", "LABEL", "CLOSED"};

	for (size_t i = 0; i < WK_COUNT(weighings); i++) {
		cJSON *seen = cJSON_CreateObject();
		const char *got;

		for (size_t j = 0; j < 3 && weighings[i].seen[j].check; j++) {
			cJSON *held = cJSON_Parse(
				weighings[i].seen[j].held ? weighings[i].seen[j].held : "null");

			wk_cause_see(seen, weighings[i].seen[j].check, weighings[i].seen[j].verdict,
				held);
			cJSON_Delete(held);
		}
		got = weigh(seen, codes, 3);
		cr_expect_str_eq(got, weighings[i].code, "%s: %s", weighings[i].name, got);
		got = weigh(seen, codes, 1);
		cr_expect_str_eq(got, weighings[i].alone ? weighings[i].alone : "none",
			"%s, alone: %s", weighings[i].name, got);
		cJSON_Delete(seen);
	}
}

Test(cause, the_reason_of_an_error_tells_of_causes)
{
	static const struct {
		const char *reason;
		const char *codes;
		size_t most;
	} reasons[] = {
		{"no answer within 3 s", "", 4},
		{"apply: failed calling webhook \"validation.istio.io\"", "LABEL ", 4},
		{"namespace 'x' holds no ready istiod pod", "NO-OBJECT LABEL ", 4},
		{"namespace 'x' holds no ready istiod pod", "NO-OBJECT ", 1},
	};

	for (size_t i = 0; i < WK_COUNT(reasons); i++) {
		const char *codes[4];
		char text[64] = "";
		size_t n = wk_cause_told(&weighed, reasons[i].reason, codes, reasons[i].most);

		for (size_t j = 0; j < n; j++)
			(void)strcat(strcat(text, codes[j]), " ");
		cr_expect_str_eq(text, reasons[i].codes, "%s: %s", reasons[i].reason, text);
	}
}

/* Causes that several expectations name: one of these shows the thing itself, the others what looks like it. */
Test(cause, the_shipped_ones_give_way_to_what_was_seen_to_hold)
{
	static const struct {
		const char *cause;
		const char *other; /* what looks like it */
		const char *check; /* that looked at the thing itself */
	} looks[] = {
		{"WK-ISTIOD-001", "WK-DNS-002", "remote-secret.istiod-ready"},
		{"WK-EP-002", "WK-GW-009", "endpoint-discovery.replicas-ready"},
		{"WK-EP-003", "WK-GW-009", "endpoint-discovery.replicas-ready"},
		{"WK-GW-005", "WK-GW-009", "endpoint-discovery.gateway-opened"},
		{"WK-GW-006", "WK-GW-009", "endpoint-discovery.gateway-dials"},
		{"WK-GW-008", "WK-EP-001", "sidecar.gateway-metadata"},
		{"WK-SC-001", "WK-DNS-001", "sidecar.client-injected"},
		{"WK-SC-002", "WK-GW-009", "sidecar.servers-injected"},
		{"WK-NET-002", "WK-NET-015", "endpoint-discovery.mesh-networks"},
		{"WK-RT-001", "WK-RT-005", "routing.nothing-diverts"},
	};
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_catalog shipped;

	load_shipped(arena, &shipped);
	for (size_t i = 0; i < WK_COUNT(looks); i++) {
		const char *const codes[] = {looks[i].cause, looks[i].other};
		const struct wk_symptom symptoms[] = {
			{.codes = &codes[0], .n = 1}, {.codes = &codes[1], .n = 1}};
		cJSON *seen = cJSON_CreateObject();
		struct wk_likeliest got;

		cr_assert(wk_cause_likeliest(&shipped, seen, symptoms, 2, &got));
		cr_expect_str_eq(got.cause->code, looks[i].cause, "%s: nothing was seen, %s",
			looks[i].cause, got.cause->code);
		wk_cause_see(seen, wk_catalog_check(&shipped, looks[i].check), WK_PASS, NULL);
		cr_assert(wk_cause_likeliest(&shipped, seen, symptoms, 2, &got));
		cr_expect_str_eq(got.cause->code, looks[i].other, "%s: %s held, %s", looks[i].cause,
			looks[i].check, got.cause->code);
		cJSON_Delete(seen);
	}
}
