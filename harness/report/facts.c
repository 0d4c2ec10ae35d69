/*
 * What there is to say about a red testcase
 *
 * One list of labelled texts, in the order in which somebody reads a failure: what was held, what
 * was expected and where that comes from, what came, the likeliest cause and its fix, where to look
 * and how to see it again. Every report prints this list in its own form. Long values are cut:
 * their whole is in the evidence file.
 */
#include "wookie/report/change.h"
#include "wookie/report/results.h"
#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { VALUE_MAX = 2000 };

/* A JSON value for people: text as it is, everything else as JSON. NULL where it is absent. */
static const char *value_text(const struct wk_results *results, const struct cJSON *value)
{
	struct wk_buf WK_AUTO(wk_buf_finish) buf = WK_BUF_INIT(WK_LINE_MAX);
	char *json;

	if (!value)
		return NULL;
	json = cJSON_IsString(value) ? NULL : cJSON_PrintUnformatted(value);
	(void)wk_text_line(&buf, json ? json : value->valuestring, VALUE_MAX, " (cut)");
	cJSON_free(json);
	return wk_arena_strdup(results->arena, wk_buf_str(&buf));
}

struct list {
	struct wk_fact *facts;
	size_t n;
};

static void put(struct list *list, const char *label, const char *text)
{
	if (text && *text && list->n < WK_FACTS_MAX)
		list->facts[list->n++] = (struct wk_fact){label, text};
}

const char *wk_results_path(const struct wk_results *results, const char *path)
{
	const char *dir = wk_event_text(results->run, "dir");

	if (!*path || !*dir || *path == '/')
		return path;
	return wk_arena_printf(
		results->arena, "%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", path);
}

static void put_expectation(
	const struct wk_results *results, const struct cJSON *event, struct list *list)
{
	const cJSON *e = cJSON_GetObjectItemCaseSensitive(event, "expectation");
	double line = wk_event_seconds(e, "line");

	put(list, "that", wk_event_text(e, "that"));
	put(list, "expected", value_text(results, cJSON_GetObjectItemCaseSensitive(e, "expected")));
	put(list, "from", wk_event_text(e, "from"));
	put(list, "got", value_text(results, cJSON_GetObjectItemCaseSensitive(e, "got")));
	if (*wk_event_text(e, "file"))
		put(list, "at",
			wk_arena_printf(
				results->arena, "%s:%d", wk_event_text(e, "file"), (int)line));
}

/* A code alone says little; its title and fix are in the log where it is the run's root cause, or
 * where the check event brings the title along. */
static void put_cause(
	const struct wk_results *results, const struct cJSON *event, struct list *list)
{
	const cJSON *codes = cJSON_GetObjectItemCaseSensitive(event, "causes");
	const char *code = cJSON_GetStringValue(cJSON_GetArrayItem(codes, 0));
	const char *title = wk_event_text(event, "cause_title");
	bool root = code && strcmp(wk_event_text(results->cause, "code"), code) == 0;

	if (results->n_suspects > 0 && (root || !code)) {
		WK_AUTOFREE char *text = wk_change_text(results->suspects[0]);

		put(list, "changed", wk_arena_strdup(results->arena, text));
		put(list, "back", wk_event_text(results->suspects[0], "command"));
	}
	if (!code)
		return;
	if (!*title && root)
		title = wk_event_text(results->cause, "title");
	put(list, "cause",
		wk_arena_printf(results->arena, "%s%s%s", code, *title ? ": " : "", title));
	put(list, "fix", root ? wk_event_text(results->cause, "fix") : NULL);
}

static const char *times(const struct wk_results *results, int n)
{
	return n == 1 ? "once" : wk_arena_printf(results->arena, "%d times", n);
}

/* When attempts held first and how often they broke after that; "" where an older log does not say,
 * or none held. */
static const char *held_text(const struct wk_results *results, const struct wk_case *c)
{
	const cJSON *first = cJSON_GetObjectItemCaseSensitive(c->event, "first_held");
	int flaps = (int)wk_event_seconds(c->event, "flaps");

	if (!cJSON_IsNumber(first))
		return "";
	return wk_arena_printf(results->arena, "held after %.1fs%s%s%s",
		wk_event_seconds(c->event, "first_held"), flaps ? ", broke " : "",
		flaps ? times(results, flaps) : "", c->flaky ? ", held again" : "");
}

const char *wk_case_course(const struct wk_results *results, const struct wk_case *c)
{
	int n = (int)wk_event_seconds(c->event, "n_attempts");
	const char *held = held_text(results, c);

	if (c->flaky && !*held)
		held = "held, broke, and held again";
	if (n <= 1)
		return "";
	return wk_arena_printf(results->arena, "%s%s%d attempts", held, *held ? "; " : "", n);
}

static const char *attempts_text(const struct wk_results *results, const struct wk_case *c)
{
	int n = (int)wk_event_seconds(c->event, "n_attempts");
	const char *held = held_text(results, c);

	if (n <= 1)
		return NULL;
	return wk_arena_printf(
		results->arena, "%d in %.1fs%s%s", n, c->seconds, *held ? "; " : "", held);
}

/* Whoever looks at a failure of a check that depends on chance asks whether it was just that. */
static const char *chance_text(const struct wk_results *results, const struct wk_case *c)
{
	const cJSON *chance = cJSON_GetObjectItemCaseSensitive(c->plan, "false_alarm");

	if (c->verdict != WK_FAIL || !cJSON_IsNumber(chance))
		return NULL;
	return wk_arena_printf(
		results->arena, "%g that it fails though nothing is wrong", chance->valuedouble);
}

size_t wk_case_facts(
	const struct wk_results *results, const struct wk_case *c, struct wk_fact ret[WK_FACTS_MAX])
{
	struct list list = {.facts = ret};

	put(&list, "title", c->title);
	put(&list, "reason", c->reason);
	put(&list, "details", c->details);
	put_expectation(results, c->event, &list);
	put_cause(results, c->event, &list);
	put(&list, "attempts", attempts_text(results, c));
	put(&list, "chance", chance_text(results, c));
	put(&list, "evidence", wk_results_path(results, wk_event_text(c->event, "evidence")));
	put(&list, "reproduce", wk_event_text(c->event, "reproduce"));
	return list.n;
}
