/*
 * What is to run
 *
 * Operands name suites, globs narrow them, an earlier run's results may narrow them further. A
 * selection that comes out empty is never success.
 */
#include "wookie/cli/select.h"

#include "wookie/base/file.h"

#include <cjson/cJSON.h>
#include <fnmatch.h>
#include <string.h>

#define MAX_RESULTS ((size_t)64 * 1024 * 1024)

static bool is_bad(const cJSON *check)
{
	const char *verdict = cJSON_GetStringValue(cJSON_GetObjectItem(check, "verdict"));

	return verdict && (strcmp(verdict, "fail") == 0 || strcmp(verdict, "error") == 0);
}

/* The list of checks in a run's results; NULL where the file is none. */
static const cJSON *find_checks(const cJSON *json, const char *file, struct wk_err *err)
{
	const cJSON *checks = cJSON_GetObjectItem(json, "checks");
	const cJSON *check;

	cJSON_ArrayForEach(check, checks)
	{
		if (!cJSON_GetStringValue(cJSON_GetObjectItem(check, "id")) ||
			!cJSON_GetStringValue(cJSON_GetObjectItem(check, "verdict")))
			break;
	}
	if (cJSON_IsArray(checks) && !check)
		return checks;
	(void)wk_err_set(err, WK_ERR_INPUT,
		"--rerun-failed: %s: expected the results of a run, found %s", file,
		!json    ? "no JSON"
		: !check ? "JSON without 'checks'"
			 : "a check without 'id' or 'verdict'");
	return NULL;
}

/* Ids of the checks that did not pass in the run whose folder is `dir`. */
static bool read_failed(struct wk_session *session, const char *dir, struct wk_selection *selection,
	struct wk_err *err)
{
	WK_AUTOFREE char *file = wk_xasprintf("%s/results.json", dir);
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_RESULTS);
	const char **ids = NULL;
	const cJSON *checks;
	const cJSON *check;
	cJSON *json;
	size_t n = 0;

	if (!wk_file_read(file, MAX_RESULTS, &text, err)) {
		err->kind = WK_ERR_INPUT;
		return wk_err_context(err, "--rerun-failed");
	}
	json = cJSON_Parse(wk_buf_str(&text));
	checks = find_checks(json, file, err);
	if (!checks) {
		cJSON_Delete(json);
		return false;
	}
	cJSON_ArrayForEach(check, checks)
	{
		if (!is_bad(check))
			continue;
		ids = wk_arena_grow(session->arena, ids, n, sizeof(*ids));
		ids[n++] = wk_arena_strdup(
			session->arena, cJSON_GetStringValue(cJSON_GetObjectItem(check, "id")));
	}
	cJSON_Delete(json);
	if (!n)
		return wk_err_set(
			err, WK_ERR_NONE, "--rerun-failed: every check of '%s' passed", dir);
	selection->ids = ids;
	selection->n_ids = n;
	return true;
}

static bool nothing_selected(const struct wk_session *session, const char *why, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) names = WK_BUF_INIT(400);

	for (size_t i = 0; i < session->catalog.n_suites; i++)
		(void)wk_buf_printf(&names, "%s%s", i ? ", " : "", session->catalog.suites[i].name);
	return wk_err_set(err, WK_ERR_NONE,
		"nothing selected%s; the suites are %s; 'wookie-conform list' shows their checks",
		why, wk_buf_str(&names));
}

/* "a,b" and "a" "b" are the same. */
static const char **split(struct wk_session *session, const struct wk_list *list, size_t *ret_n)
{
	const char **patterns = NULL;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		char *save = NULL;
		char *text = wk_arena_strdup(session->arena, list->items[i]);

		for (char *word = strtok_r(text, ",", &save); word;
			word = strtok_r(NULL, ",", &save)) {
			patterns = wk_arena_grow(session->arena, patterns, n, sizeof(*patterns));
			patterns[n++] = word;
		}
	}
	*ret_n = n;
	return patterns;
}

/* A pattern that means no check is a slip of the pen, and what it meant would not be checked. */
static bool means_something(struct wk_session *session, const struct wk_plan *every,
	const char *pattern, struct wk_err *err)
{
	WK_AUTOFREE char *name = wk_xstrndup(pattern, strcspn(pattern, "["));
	WK_AUTOFREE char *why = NULL;
	const char *near = NULL;

	for (size_t i = 0; i < every->n_checks; i++) {
		const struct wk_planned *planned = &every->checks[i];

		if (wk_plan_match(pattern, planned->name, planned->scope))
			return true;
		if (!near && fnmatch(name, planned->name, 0) == 0)
			near = planned->id;
	}
	if (!near)
		near = wk_plan_nearest(session->arena, &session->catalog, name);
	why = wk_xasprintf(": no check is '%.80s'%s%s%s", pattern, near ? ", the nearest is '" : "",
		near ? near : "", near ? "'" : "");
	return nothing_selected(session, why, err);
}

static bool verify_patterns(
	struct wk_session *session, const struct wk_selection *selection, struct wk_err *err)
{
	struct wk_plan every = {0};

	if (!wk_plan_make(session->arena, &session->catalog, &session->topology,
		    &(struct wk_selection){
			    .suites = selection->suites, .n_suites = selection->n_suites},
		    &every, err) ||
		!wk_plan_make(session->arena, &session->catalog, &session->topology,
			&(struct wk_selection){0}, &every, err))
		return false;
	for (size_t i = 0; i < selection->n_only; i++)
		if (!means_something(session, &every, selection->only[i], err))
			return false;
	for (size_t i = 0; i < selection->n_suites; i++)
		if (strchr(selection->suites[i], '[') &&
			!means_something(session, &every, selection->suites[i], err))
			return false;
	return true;
}

/* A run that would only skip tells nothing. */
static bool applies(const struct wk_plan *plan, struct wk_err *err)
{
	for (size_t i = 0; i < plan->n_checks; i++)
		if (!plan->checks[i].nowhere)
			return true;
	return wk_err_set(err, WK_ERR_NONE, "nothing to run: %s", plan->checks[0].nowhere);
}

bool wk_select_plan(struct wk_session *session, struct wk_plan *ret, struct wk_err *err)
{
	const struct wk_args *args = session->args;
	struct wk_selection selection = {
		.suites = args->operands,
		.n_suites = args->n_operands,
		.read_only = args->read_only,
	};

	selection.only = split(session, &args->only, &selection.n_only);
	selection.skip = split(session, &args->skip, &selection.n_skip);
	if (!verify_patterns(session, &selection, err))
		return false;
	if (args->rerun_failed && !read_failed(session, args->rerun_failed, &selection, err))
		return false;
	if (!wk_plan_make(
		    session->arena, &session->catalog, &session->topology, &selection, ret, err))
		return false;
	if (!ret->n_checks)
		return nothing_selected(session, "", err);
	return applies(ret, err) && wk_plan_verify(ret, err);
}
