/*
 * explain: the page of a cause: meaning, evidence, fix, who names it, what proves it
 *
 * After a run that named the cause the fix is that of its report; else it is filled in for the
 * topology, so that it shows commands as they are.
 */
#include "wookie/cli/output.h"
#include "wookie/cli/session.h"
#include "wookie/report/results.h"
#include "wookie/run/fix.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool find_cause(struct wk_session *session, const char *code, const struct wk_cause **ret,
	struct wk_err *err)
{
	const struct wk_catalog *catalog = &session->catalog;
	const char **codes = wk_arena_alloc(session->arena, catalog->n_causes, sizeof(*codes));

	for (size_t i = 0; i < catalog->n_causes; i++) {
		codes[i] = catalog->causes[i].code;
		if (strcasecmp(codes[i], code) == 0) {
			*ret = &catalog->causes[i];
			return true;
		}
	}
	return wk_cli_unknown("cause", code, codes, catalog->n_causes, "explain", err);
}

/* Whether the cause is of the family that the prefix names, such as "wk-sec"; none is every one's. */
static bool is_of(const struct wk_cause *cause, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncasecmp(cause->code, prefix, len) == 0 && strlen(cause->code) > len;
}

static size_t count_family(const struct wk_catalog *catalog, const char *prefix)
{
	size_t n = 0;

	for (size_t i = 0; i < catalog->n_causes; i++)
		n += is_of(&catalog->causes[i], prefix);
	return n;
}

static void print_family(const struct wk_catalog *catalog, const char *prefix)
{
	for (size_t i = 0; i < catalog->n_causes; i++)
		if (is_of(&catalog->causes[i], prefix))
			(void)printf(
				"%-12s %s\n", catalog->causes[i].code, catalog->causes[i].title);
}

static cJSON *title_json(const struct wk_cause *cause)
{
	cJSON *json = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(json, "code", cause->code);
	(void)cJSON_AddStringToObject(json, "title", cause->title);
	return json;
}

static void answer_family(const struct wk_catalog *catalog, const char *prefix)
{
	cJSON *answer = cJSON_CreateObject();
	cJSON *causes = cJSON_AddArrayToObject(answer, "causes");

	for (size_t i = 0; i < catalog->n_causes; i++)
		if (is_of(&catalog->causes[i], prefix))
			(void)cJSON_AddItemToArray(causes, title_json(&catalog->causes[i]));
	wk_output_answer(answer);
}

static void print_paragraph(const char *title, const char *text)
{
	if (!text || !*text)
		return;
	(void)printf("\n%s\n", title);
	while (*text) {
		size_t n = strcspn(text, "\n");

		(void)printf("  %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

/* The fix of a cause, as a run told it. */
struct told {
	const char *code;
	char *fix;
};

static bool take_fix(void *context, const cJSON *event)
{
	struct told *told = context;

	if (strcmp(wk_event_text(event, "code"), told->code) == 0 && *wk_event_text(event, "fix"))
		told->fix = wk_xstrdup(wk_event_text(event, "fix"));
	return !told->fix;
}

/* The fix in the log of the latest run, where that named this cause; the caller frees. */
static char *fix_of_run(const char *log, const char *code)
{
	struct told told = {.code = code};

	wk_log_events(log, WK_EVENT_CAUSE, take_fix, &told);
	return told.fix;
}

/* The fix, and in *ret_where what it is filled in for; the caller frees both. */
static char *fill_fix(struct wk_session *session, const struct wk_cause *cause, char **ret_where)
{
	char *seen = fix_of_run("reports/latest/events.jsonl", cause->code);
	struct wk_err ignored;

	*ret_where = NULL;
	if (seen)
		*ret_where = wk_xstrdup(", as in reports/latest");
	else if (wk_session_topology(session, &ignored))
		*ret_where = wk_xasprintf(", on the topology '%s'", session->topology.name);
	else
		return wk_xstrdup(cause->fix ? cause->fix : "");
	return seen ? seen : wk_fix_text(cause, &session->topology, NULL);
}

static void add_codes(const struct wk_catalog *catalog, cJSON *page, const char *key,
	const char *const codes[], size_t n)
{
	cJSON *list = cJSON_AddArrayToObject(page, key);

	for (size_t i = 0; i < n; i++)
		(void)cJSON_AddItemToArray(list, title_json(wk_catalog_cause(catalog, codes[i])));
}

static void add_naming(cJSON *list, const struct wk_check *check, bool control,
	const struct wk_expectation *expectations, size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++) {
		cJSON *json;

		if (!expectations[i].cause || strcmp(expectations[i].cause, code) != 0)
			continue;
		json = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(json, "check", check->full_id);
		(void)cJSON_AddBoolToObject(json, "control", control);
		(void)cJSON_AddStringToObject(json, "that", expectations[i].that);
		(void)cJSON_AddItemToArray(list, json);
	}
}

static void add_users(const struct wk_catalog *catalog, cJSON *page, const char *code)
{
	cJSON *list = cJSON_AddArrayToObject(page, "named-by");

	for (size_t i = 0; i < catalog->n_suites; i++)
		for (size_t j = 0; j < catalog->suites[i].n_checks; j++) {
			const struct wk_check *check = &catalog->suites[i].checks[j];

			add_naming(list, check, false, check->expect, check->n_expect, code);
			add_naming(list, check, true, check->control_expect,
				check->n_control_expect, code);
		}
}

static void add_faults(const struct wk_catalog *catalog, cJSON *page, const char *code)
{
	cJSON *list = cJSON_AddArrayToObject(page, "proven-by");

	for (size_t i = 0; i < catalog->n_faults; i++) {
		cJSON *json;

		if (strcmp(catalog->faults[i].cause, code) != 0)
			continue;
		json = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(json, "fault", catalog->faults[i].id);
		(void)cJSON_AddStringToObject(json, "title", catalog->faults[i].title);
		(void)cJSON_AddItemToArray(list, json);
	}
}

/* Where the fix is filled in for something is said beside it for people only. */
static cJSON *page_of(struct wk_session *session, const struct wk_cause *cause, char **ret_where)
{
	const struct wk_catalog *catalog = &session->catalog;
	WK_AUTOFREE char *fix = fill_fix(session, cause, ret_where);
	cJSON *page = title_json(cause);

	(void)cJSON_AddStringToObject(page, "meaning", cause->meaning ? cause->meaning : "");
	(void)cJSON_AddStringToObject(page, "evidence", cause->evidence ? cause->evidence : "");
	(void)cJSON_AddStringToObject(page, "fix", fix);
	add_codes(catalog, page, "explains", cause->explains, cause->n_explains);
	add_codes(catalog, page, "twins", cause->twins, cause->n_twins);
	add_users(catalog, page, cause->code);
	add_faults(catalog, page, cause->code);
	return page;
}

static void print_codes(const cJSON *page, const char *key, const char *title)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(page, key);
	const cJSON *cause;

	if (list->child)
		(void)printf("\n%s\n", title);
	cJSON_ArrayForEach(cause, list)(void)
		printf("  %s  %s\n", wk_event_text(cause, "code"), wk_event_text(cause, "title"));
}

static void print_users(const cJSON *page)
{
	const cJSON *user;

	(void)puts("\nnamed by");
	cJSON_ArrayForEach(user, cJSON_GetObjectItemCaseSensitive(page, "named-by"))
	{
		bool control = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(user, "control"));

		(void)printf("  %s: %s%s\n", wk_event_text(user, "check"),
			control ? "control: " : "", wk_event_text(user, "that"));
	}
}

/* A cause that is never the likeliest is a symptom of others, and they are what proves it. */
static void print_faults(const cJSON *page)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(page, "proven-by");
	const cJSON *fault;

	(void)puts(list->child ? "\nproven by the fault"
			       : "\nproven by no fault of its own: it follows from others");
	cJSON_ArrayForEach(fault, list)(void) printf(
		"  %-26s %s\n", wk_event_text(fault, "fault"), wk_event_text(fault, "title"));
}

static void print_page(const cJSON *page, const char *where)
{
	WK_AUTOFREE char *fix = wk_xasprintf("fix%s", where ? where : "");

	(void)printf("%s  %s\n", wk_event_text(page, "code"), wk_event_text(page, "title"));
	print_paragraph("meaning", wk_event_text(page, "meaning"));
	print_paragraph("evidence", wk_event_text(page, "evidence"));
	print_paragraph(fix, wk_event_text(page, "fix"));
	print_codes(page, "explains", "explains");
	print_codes(page, "twins", "no evidence tells it from");
	print_users(page);
	print_faults(page);
}

static void answer(struct wk_session *session, const struct wk_cause *cause, bool json)
{
	WK_AUTOFREE char *where = NULL;
	cJSON *page = page_of(session, cause, &where);

	if (json) {
		wk_output_answer(page);
		return;
	}
	print_page(page, where);
	cJSON_Delete(page);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	const struct wk_catalog *catalog = &session.catalog;
	const char *code = args->n_operands ? args->operands[0] : "";
	bool json = wk_output_is_json(args);
	const struct wk_cause *cause = NULL;
	struct wk_err err = {0};

	if (!wk_session_init(&session, args, WK_PATHS_DATA, &err) ||
		!wk_session_catalog(&session, &err))
		return wk_cli_fail(&err);
	if (!args->n_operands || count_family(catalog, code) > 0) {
		(json ? answer_family : print_family)(catalog, code);
		return WK_EXIT_OK;
	}
	if (!find_cause(&session, code, &cause, &err) || !cause)
		return wk_cli_fail(&err);
	answer(&session, cause, json);
	return WK_EXIT_OK;
}

static const char *const flags[] = {"topology", "set", "suites", "output", "help", NULL};

const struct wk_command wk_command_explain = {
	.name = "explain",
	.operands = "[CODE|PREFIX]",
	.max_operands = 1,
	.about = "what a cause means, how it is seen, how it is fixed",
	.example = "wookie-conform explain WK-SEC-001",
	.flags = flags,
	.outputs = wk_outputs_answer,
	.run = run,
};
