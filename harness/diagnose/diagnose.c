/*
 * Diagnosis
 *
 * Puts the answers together: in the order in which a person looks (each cluster, then who reads whom),
 * with what the provider and the API servers themselves say in front, and the likeliest cause of all
 * that is not well, by the same reduction that a run uses. Behind the questions the checks of the suites
 * are looked at, all but those that make something, need scratch or take long: what they know is known
 * here as well.
 */
#include "wookie/diagnose/diagnose.h"

#include "wookie/diagnose/look.h"
#include "wookie/probe/redact.h"
#include "wookie/run/cause.h"
#include "wookie/run/fix.h"
#include "wookie/run/needs.h"
#include "wookie/run/run.h"

#include <cjson/cJSON.h>
#include <string.h>

#define NODE_CAUSE "WK-NODE-001"
#define MOST_TOLD 8

static bool is_left_out(const struct wk_catalog *catalog, const struct wk_check *check)
{
	for (size_t i = 0; i < catalog->n_unlooked; i++)
		if (strcmp(catalog->unlooked[i], check->full_id) == 0)
			return true;
	return false;
}

/* The suite with those of its checks that can be looked at. */
static struct wk_suite lookable(
	struct wk_arena *arena, const struct wk_catalog *catalog, const struct wk_suite *suite)
{
	struct wk_suite some = *suite;

	some.checks = wk_arena_alloc(arena, suite->n_checks + 1, sizeof(*some.checks));
	some.n_checks = 0;
	for (size_t i = 0; i < suite->n_checks; i++) {
		const struct wk_check *check = &suite->checks[i];

		if (!is_left_out(catalog, check))
			some.checks[some.n_checks++] = *check;
	}
	return some;
}

bool wk_diagnose_plan(struct wk_arena *arena, const struct wk_catalog *catalog,
	const struct wk_topology *topology, struct wk_plan *ret, struct wk_err *err)
{
	struct wk_catalog *own = wk_arena_alloc(arena, 1, sizeof(*own));
	size_t n = 0;

	if (catalog->n_diagnosis == 0)
		return wk_err_set(err, WK_ERR_INPUT,
			"there are no questions; expected them in fixtures/diagnose.yaml");
	*own = *catalog;
	own->suites = wk_arena_alloc(
		arena, catalog->n_diagnosis + catalog->n_suites, sizeof(*own->suites));
	own->n_suites = 0;
	for (size_t i = 0; i < catalog->n_diagnosis; i++)
		own->suites[own->n_suites++] = catalog->diagnosis[i];
	for (size_t i = 0; i < catalog->n_suites; i++)
		own->suites[own->n_suites++] = lookable(arena, catalog, &catalog->suites[i]);
	if (!wk_plan_make(
		    arena, own, topology, &(struct wk_selection){.read_only = true}, ret, err))
		return false;
	for (size_t i = 0; i < ret->n_checks; i++)
		if (!ret->checks[i].nowhere)
			ret->checks[n++] = ret->checks[i];
	ret->n_checks = n;
	return true;
}

/* What no probe can tell: whether the node's own programs run, and its API server answers at all. */
static cJSON *node_row(const struct wk_asked *asked, size_t cluster)
{
	const struct wk_topology *topology = asked->diagnose->access->topology;
	const char *casualty = asked->diagnose->casualty[cluster];
	const char *wrong = casualty ? casualty : asked->silent[cluster];
	const struct wk_check check = {.id = "node", .title = "node and API server"};
	const struct wk_planned planned = {
		.check = &check, .scope = topology->clusters[cluster].name};
	bool unknown = !casualty && asked->late[cluster];
	cJSON *row = wk_look_row(&planned,
		unknown ? "unknown"
		: wrong ? "not ok"
			: "ok",
		wrong ? wrong : "all components run, the API server answers");
	cJSON *causes = cJSON_AddArrayToObject(row, "causes");

	if (wrong && !unknown) {
		(void)cJSON_AddStringToObject(row, "reason", wrong);
		(void)cJSON_AddItemToArray(causes, cJSON_CreateString(NODE_CAUSE));
	}
	return row;
}

static enum wk_verdict verdict_of(const char *state)
{
	static const char *const states[] = {
		[WK_PASS] = "ok",
		[WK_FAIL] = "not ok",
		[WK_ERROR] = "unknown",
		[WK_SKIP] = "skipped",
	};
	int at = WK_PASS;

	while (at < WK_SKIP && strcmp(states[at], state) != 0)
		at++;
	return (enum wk_verdict)at;
}

/* What the row tells for and against causes; of what is unknown, the answer says why. */
static void see_row(struct wk_asked *asked, const struct wk_check *check, cJSON *row)
{
	const char *codes[MOST_TOLD];
	const char *state = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "state"));
	const char *answer = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "answer"));
	enum wk_verdict verdict = verdict_of(state);
	size_t n;

	wk_cause_see(asked->seen, check, verdict, cJSON_GetObjectItemCaseSensitive(row, "held"));
	if (verdict != WK_ERROR)
		return;
	n = wk_cause_told(asked->diagnose->catalog, answer, codes, WK_COUNT(codes));
	cJSON_DeleteItemFromObjectCaseSensitive(row, "causes");
	(void)cJSON_AddItemToObject(row, "causes", cJSON_CreateStringArray(codes, (int)n));
}

static bool is_of(const struct wk_planned *planned, struct wk_instance instance)
{
	return planned->client == instance.client && planned->server == instance.server &&
	       planned->cluster == instance.cluster;
}

static void take_rows(struct wk_asked *asked, struct wk_instance instance, cJSON *rows)
{
	for (size_t i = 0; i < asked->plan.n_checks; i++) {
		const struct wk_planned *planned = &asked->plan.checks[i];

		if (!is_of(planned, instance) || !cJSON_IsObject(asked->rows[i]))
			continue;
		see_row(asked, planned->check, asked->rows[i]);
		(void)cJSON_AddItemToArray(rows, WK_TAKE(asked->rows[i]));
	}
}

/* A check whose prerequisite is red says nothing, as in a run. */
static void skip_blocked(struct wk_asked *asked)
{
	size_t n = asked->plan.n_checks;
	struct wk_slot *slots = wk_arena_alloc(asked->arena, n + 1, sizeof(*slots));
	WK_AUTO(wk_needs_free)
	struct wk_needs *needs = n > 0 ? wk_needs_new(&asked->plan, 0, n - 1) : NULL;

	for (size_t i = 0; i < n; i++) {
		const char *state = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(asked->rows[i], "state"));

		slots[i].state = WK_SLOT_DONE;
		slots[i].verdict = state ? verdict_of(state) : WK_PASS;
	}
	if (needs)
		wk_needs_note(needs, slots);
	for (size_t i = 0; i < n; i++) {
		size_t blocker = 0;
		cJSON *row;

		if (wk_needs_of(needs, i, &blocker) != WK_BLOCKED)
			continue;
		row = wk_look_row(&asked->plan.checks[i], "skipped",
			wk_arena_printf(asked->arena, "needs %s, which does not hold",
				asked->plan.checks[blocker].id));
		cJSON_Delete(asked->rows[i]);
		asked->rows[i] = row;
	}
}

static cJSON *rows_of(struct wk_asked *asked)
{
	int n = (int)asked->diagnose->access->topology->n_clusters;
	cJSON *rows = cJSON_CreateArray();

	skip_blocked(asked);
	for (int i = 0; i < n; i++) {
		(void)cJSON_AddItemToArray(rows, node_row(asked, (size_t)i));
		take_rows(asked, (struct wk_instance){-1, -1, i}, rows);
	}
	for (int i = 0; i < n * n; i++)
		take_rows(asked, (struct wk_instance){i / n, i % n, -1}, rows);
	take_rows(asked, (struct wk_instance){-1, -1, -1}, rows);
	return rows;
}

static int count(const cJSON *rows, const char *state)
{
	const cJSON *row = NULL;
	int n = 0;

	cJSON_ArrayForEach(row, rows)
	{
		const char *is =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "state"));

		n += is && strcmp(is, state) == 0;
	}
	return n;
}

static int count_checks(const cJSON *rows)
{
	const cJSON *row = NULL;
	int n = 0;

	cJSON_ArrayForEach(row, rows)
	{
		const char *state =
			cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "state"));

		n += cJSON_HasObjectItem(row, "suite") && strcmp(state, "skipped") != 0;
	}
	return n;
}

static void add_counts(cJSON *answers, const cJSON *rows)
{
	int bad = count(rows, "not ok");
	int unknown = count(rows, "unknown");
	enum wk_exit code = bad ? WK_EXIT_FAILED : WK_EXIT_OK;
	cJSON *counts = NULL;

	(void)cJSON_AddNumberToObject(answers, "exit", unknown ? WK_EXIT_ENVIRONMENT : code);
	counts = cJSON_AddObjectToObject(answers, "counts");
	(void)cJSON_AddNumberToObject(counts, "ok", count(rows, "ok"));
	(void)cJSON_AddNumberToObject(counts, "notOk", bad);
	(void)cJSON_AddNumberToObject(counts, "unknown", unknown);
	(void)cJSON_AddNumberToObject(counts, "skipped", count(rows, "skipped"));
	(void)cJSON_AddNumberToObject(counts, "checks", count_checks(rows));
}

static struct wk_symptom symptom_of(struct wk_arena *arena, const cJSON *row)
{
	const cJSON *causes = cJSON_GetObjectItemCaseSensitive(row, "causes");
	const char **codes =
		wk_arena_alloc(arena, (size_t)cJSON_GetArraySize(causes) + 1, sizeof(*codes));
	struct wk_symptom symptom = {.codes = codes,
		.scope = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "for"))};
	const cJSON *code = NULL;

	cJSON_ArrayForEach(code, causes) if (cJSON_IsString(code)) codes[symptom.n++] =
		code->valuestring;
	return symptom;
}

static void add_cause(cJSON *answers, const struct wk_asked *asked, const cJSON *rows)
{
	struct wk_symptom *symptoms = wk_arena_alloc(
		asked->arena, (size_t)cJSON_GetArraySize(rows) + 1, sizeof(*symptoms));
	struct wk_likeliest likeliest;
	const cJSON *row = NULL;
	cJSON *cause = NULL;
	cJSON *also = NULL;
	size_t n = 0;

	cJSON_ArrayForEach(row, rows)
	{
		symptoms[n] = symptom_of(asked->arena, row);
		n += symptoms[n].n > 0;
	}
	if (!wk_cause_likeliest(asked->diagnose->catalog, asked->seen, symptoms, n, &likeliest))
		return;
	WK_AUTOFREE char *fix =
		wk_fix_text(likeliest.cause, asked->diagnose->access->topology, likeliest.scope);

	cause = cJSON_AddObjectToObject(answers, "cause");
	(void)cJSON_AddStringToObject(cause, "code", likeliest.cause->code);
	(void)cJSON_AddStringToObject(cause, "title", likeliest.cause->title);
	(void)cJSON_AddStringToObject(cause, "fix", fix);
	(void)cJSON_AddNumberToObject(cause, "explains", (double)likeliest.explains);
	(void)cJSON_AddNumberToObject(cause, "of", (double)n);
	also = cJSON_AddArrayToObject(cause, "also");
	for (size_t i = 0; i < likeliest.n_also; i++)
		(void)cJSON_AddItemToArray(also, cJSON_CreateString(likeliest.also[i]->code));
}

static bool names(const struct wk_expectation list[], size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].cause && strcmp(list[i].cause, code) == 0)
			return true;
	return false;
}

static bool check_names(const struct wk_check *check, const char *code)
{
	return names(check->expect, check->n_expect, code) ||
	       names(check->control_expect, check->n_control_expect, code);
}

static bool suites_name(const struct wk_suite suites[], size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < suites[i].n_checks; j++)
			if (check_names(&suites[i].checks[j], code))
				return true;
	return false;
}

static bool plan_names(const struct wk_plan *plan, const char *code)
{
	for (size_t i = 0; i < plan->n_checks; i++)
		if (check_names(plan->checks[i].check, code))
			return true;
	return false;
}

/* All is well as far as was asked: causes that only a run can name are told, so that nobody takes this for
 * all. */
static void add_not_asked(cJSON *answers, const struct wk_asked *asked)
{
	const struct wk_catalog *catalog = asked->diagnose->catalog;
	cJSON *codes = cJSON_AddArrayToObject(answers, "notAsked");

	for (size_t i = 0; i < catalog->n_causes; i++) {
		const char *code = catalog->causes[i].code;

		if (suites_name(catalog->suites, catalog->n_suites, code) &&
			!plan_names(&asked->plan, code))
			(void)cJSON_AddItemToArray(codes, cJSON_CreateString(code));
	}
}

static cJSON *answers_of(struct wk_asked *asked, wk_nsec begin)
{
	const struct wk_diagnose *diagnose = asked->diagnose;
	cJSON *answers = cJSON_CreateObject();
	cJSON *rows = rows_of(asked);
	char now[21];

	wk_clock_utc(now);
	(void)cJSON_AddNumberToObject(answers, "version", 1);
	(void)cJSON_AddStringToObject(answers, "tool", WK_VERSION);
	(void)cJSON_AddStringToObject(answers, "mesh", diagnose->mesh);
	(void)cJSON_AddStringToObject(answers, "at", now);
	(void)cJSON_AddNumberToObject(answers, "seconds", wk_event_time(wk_now() - begin));
	(void)cJSON_AddItemToObject(
		answers, "topology", wk_event_topology(diagnose->access->topology));
	add_counts(answers, rows);
	add_cause(answers, asked, rows);
	add_not_asked(answers, asked);
	(void)cJSON_AddItemToObject(answers, "rows", rows);
	/* Also what a dead component last logged. */
	wk_redact(answers);
	return answers;
}

bool wk_diagnose(const struct wk_diagnose *diagnose, struct wk_diagnosis *ret, struct wk_err *err)
{
	wk_nsec begin = wk_now();
	struct wk_asked asked;

	if (!wk_ask(diagnose, &asked, err))
		return false;
	ret->answers = answers_of(&asked, begin);
	ret->files = WK_TAKE(asked.files);
	wk_asked_finish(&asked);
	return true;
}

void wk_diagnosis_finish(struct wk_diagnosis *diagnosis)
{
	if (!diagnosis)
		return;
	cJSON_Delete(diagnosis->answers);
	cJSON_Delete(diagnosis->files);
	*diagnosis = (struct wk_diagnosis){0};
}
