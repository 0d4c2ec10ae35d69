/*
 * One screen
 *
 * A line for each answer, cut to the terminal where it is well and in full where it is not; the code
 * of a cause stands at the right edge, so that the eye finds it. A check of a suite has a line only where it
 * names a cause that no line above does. What to do first is said last, where the prompt comes back.
 */
#include "wookie/report/screen.h"
#include "wookie/diagnose/diagnose.h"
#include "wookie/report/change.h"
#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { LEFT = 4, MORE_LINES = 3 };

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return text ? text : "";
}

static int number_of(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNumber(item) ? item->valueint : 0;
}

static const struct look {
	const char *state;
	enum wk_verdict verdict;
	enum wk_style style;
} looks[] = {
	{"ok", WK_PASS, WK_STYLE_GREEN},
	{"not ok", WK_FAIL, WK_STYLE_RED},
	{"skipped", WK_SKIP, WK_STYLE_DIM},
	{"unknown", WK_ERROR, WK_STYLE_MAGENTA},
};

static const struct look *look_of(const cJSON *row)
{
	size_t i = 0;

	while (i + 1 < WK_COUNT(looks) && strcmp(looks[i].state, text_of(row, "state")) != 0)
		i++;
	return &looks[i];
}

static const char *first_cause(const cJSON *row)
{
	const char *code = cJSON_GetStringValue(
		cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(row, "causes"), 0));

	return code ? code : "";
}

/* How the rows are printed. */
struct layout {
	struct wk_screen screen;
	bool verbose;
	unsigned label; /* columns of the longest question, and two */
};

static void print_rest(struct layout *layout, const char *text)
{
	wk_screen_wrap(&layout->screen, LEFT + layout->label, "", text, MORE_LINES);
}

/* Where to break a text that goes on in the next line: at the last space that is not too far back. */
static size_t between_words(const char *text, size_t fit)
{
	for (size_t at = fit; text[fit] && at > fit / 2; at--)
		if (text[at] == ' ')
			return at;
	return fit;
}

static void print_row(struct layout *layout, const cJSON *row)
{
	struct wk_screen *screen = &layout->screen;
	const struct look *look = look_of(row);
	bool well = look->verdict == WK_PASS || look->verdict == WK_SKIP;
	const char *code = first_cause(row);
	const char *answer = text_of(row, "answer");
	const char *reason = text_of(row, "reason");
	unsigned right = wk_text_width(code);
	unsigned room = wk_screen_width(screen) - LEFT - layout->label - (right ? right + 2 : 0);
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) whole = WK_BUF_INIT(WK_LINE_MAX);
	const char *text;
	size_t fit;

	(void)wk_text_line(&whole, answer, 0, "");
	text = wk_buf_str(&whole);
	fit = between_words(text, wk_text_fit(text, room));
	(void)wk_buf_puts(&line, "  ");
	wk_screen_put(screen, &line, look->style, wk_screen_mark(screen, look->verdict));
	(void)wk_buf_printf(&line, " %-*s", (int)layout->label, text_of(row, "ask"));
	if (well)
		(void)wk_text_line(&line, answer, room, wk_screen_ellipsis(screen));
	else
		(void)wk_buf_add(&line, text, fit);
	wk_screen_row(screen, wk_buf_str(&line), code);
	if (!well && text[fit])
		print_rest(layout, text + fit + (text[fit] == ' '));
	if (layout->verbose && *reason && strcmp(reason, answer) != 0)
		print_rest(layout, reason);
	if (layout->verbose && !well && *text_of(row, "reproduce"))
		print_rest(layout, text_of(row, "reproduce"));
}

static void print_head(struct wk_screen *screen, const cJSON *answers)
{
	const cJSON *topology = cJSON_GetObjectItemCaseSensitive(answers, "topology");
	const char *dot = wk_screen_dot(screen);
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);

	wk_screen_put(screen, &line, WK_STYLE_BOLD, "diagnose");
	(void)wk_buf_printf(&line, "  mesh %s %s %d clusters %s istio %s", text_of(answers, "mesh"),
		dot, cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(topology, "clusters")),
		dot, text_of(topology, "istio"));
	wk_screen_row(screen, wk_buf_str(&line), text_of(answers, "at"));
}

/* "cluster-a", or "cluster-b reads cluster-a". */
static void print_scope(struct wk_screen *screen, const cJSON *answers, const char *scope)
{
	const cJSON *topology = cJSON_GetObjectItemCaseSensitive(answers, "topology");
	const char *arrow = strchr(scope, '>');
	const cJSON *cluster = NULL;
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);

	if (arrow)
		(void)wk_buf_printf(&line, "%.*s reads %s", (int)(arrow - scope), scope, arrow + 1);
	else
		(void)wk_buf_puts(&line, *scope ? scope : "mesh");
	cJSON_ArrayForEach(cluster, cJSON_GetObjectItemCaseSensitive(topology, "clusters"))
	{
		if (strcmp(text_of(cluster, "name"), scope) == 0)
			(void)wk_buf_printf(&line, "  %s %s %s", text_of(cluster, "role"),
				wk_screen_dot(screen), text_of(cluster, "network"));
	}
	wk_screen_row(screen, wk_buf_str(&line), "");
}

static void print_counts(struct wk_screen *screen, const cJSON *answers)
{
	const cJSON *counts = cJSON_GetObjectItemCaseSensitive(answers, "counts");
	const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(answers, "seconds");
	int n = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(answers, "notAsked"));
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	char time[32];

	(void)wk_buf_printf(&line, "%d ok, %d not ok, %d unknown", number_of(counts, "ok"),
		number_of(counts, "notOk"), number_of(counts, "unknown"));
	if (number_of(counts, "checks") > 0)
		(void)wk_buf_printf(&line, ", %d of them checks", number_of(counts, "checks"));
	if (n > 0)
		(void)wk_buf_printf(&line, "; %d more causes only a run can see", n);
	(void)snprintf(
		time, sizeof(time), "%.1fs", cJSON_IsNumber(seconds) ? seconds->valuedouble : 0.0);
	wk_screen_row(screen, wk_buf_str(&line), time);
}

static void print_cause(struct wk_screen *screen, const cJSON *cause)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) more = WK_BUF_INIT(WK_LINE_MAX);
	const cJSON *also = NULL;

	if (!cause)
		return;
	wk_screen_put(screen, &line, WK_STYLE_BOLD, "likeliest cause");
	(void)wk_buf_printf(&line, " %s: %s", text_of(cause, "code"), text_of(cause, "title"));
	wk_screen_row(screen, wk_buf_str(&line), "");
	(void)wk_buf_printf(&more, "it explains %d of %d answers", number_of(cause, "explains"),
		number_of(cause, "of"));
	cJSON_ArrayForEach(also, cJSON_GetObjectItemCaseSensitive(cause, "also"))(void)
		wk_buf_printf(&more, "%s%s", also->prev->next ? ", " : "; as likely ",
			cJSON_IsString(also) ? also->valuestring : "?");
	wk_screen_wrap(screen, 2, "", wk_buf_str(&more), 2);
	wk_screen_fix(screen, 2, "fix   ", text_of(cause, "fix"));
	(void)fprintf(screen->out, "  more  wookie-conform explain %s\n", text_of(cause, "code"));
}

static void print_changes(struct wk_screen *screen, const cJSON *answers)
{
	const cJSON *change = NULL;

	cJSON_ArrayForEach(change, cJSON_GetObjectItemCaseSensitive(answers, "suspects"))
		wk_change_print(screen, change);
	cJSON_ArrayForEach(change, cJSON_GetObjectItemCaseSensitive(answers, "notCompared"))
	{
		WK_AUTOFREE char *text = wk_xasprintf(
			"what was changed is not known of %s", cJSON_GetStringValue(change));

		wk_screen_wrap(screen, 0, "", text, 3);
	}
}

/* Whether a row above, about the same, has named its cause. */
static bool is_told(const cJSON *rows, const cJSON *check)
{
	const char *code = first_cause(check);

	for (const cJSON *row = rows->child; row && row != check; row = row->next)
		if (strcmp(text_of(row, "for"), text_of(check, "for")) == 0 &&
			strcmp(first_cause(row), code) == 0)
			return true;
	return false;
}

static bool is_shown(const cJSON *rows, const cJSON *row)
{
	if (!*text_of(row, "suite") || look_of(row)->verdict == WK_ERROR)
		return true;
	return look_of(row)->verdict == WK_FAIL && (!*first_cause(row) || !is_told(rows, row));
}

static unsigned longest_label(const cJSON *rows)
{
	const cJSON *row = NULL;
	unsigned longest = 0;

	cJSON_ArrayForEach(row, rows)
	{
		unsigned width = is_shown(rows, row) ? wk_text_width(text_of(row, "ask")) : 0;

		longest = width > longest ? width : longest;
	}
	return longest + 2;
}

static void print_all(const cJSON *answers, const struct wk_console_options *options)
{
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(answers, "rows");
	const cJSON *row = NULL;
	const char *scope = NULL;
	struct layout layout = {.verbose = options->verbose, .label = longest_label(rows)};

	wk_screen_init(&layout.screen, options->out, options->color);
	print_head(&layout.screen, answers);
	cJSON_ArrayForEach(row, rows)
	{
		if (!is_shown(rows, row))
			continue;
		if (!scope || strcmp(scope, text_of(row, "for")) != 0)
			print_scope(&layout.screen, answers, text_of(row, "for"));
		scope = text_of(row, "for");
		print_row(&layout, row);
	}
	print_counts(&layout.screen, answers);
	print_cause(&layout.screen, cJSON_GetObjectItemCaseSensitive(answers, "cause"));
	print_changes(&layout.screen, answers);
	(void)fflush(options->out);
}

void wk_diagnosis_print(const struct cJSON *answers, const struct wk_console_options *options)
{
	cJSON *harmless = cJSON_Duplicate(answers, true);

	/* What a server answered must not drive the terminal. */
	wk_text_scrub_json(harmless);
	print_all(harmless, options);
	cJSON_Delete(harmless);
}
