/*
 * Reading an event log back
 *
 * The log may be of a run that was killed, of a disk that filled up, or not a log at all. A last
 * line without its newline that is no JSON was being written when the run ended: it is left out
 * and said. Any other line that is no event is passed over and said, and whatever check it may
 * have judged then counts as not judged. Each is an error of the run (see results.c). A file has a largest size, its lines have none: the plan
 * of sixteen clusters is one line of several megabytes.
 */
#include "wookie/base/file.h"
#include "wookie/report/results.h"
#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { FILE_MAX = WK_LINE_MAX };

static struct cJSON *parse_line(const char *line, size_t len)
{
	const char *end = line;
	cJSON *event = cJSON_ParseWithLengthOpts(line, len, &end, 0);

	if (!event)
		return NULL;
	while (end < line + len && strchr(" \t\r", *end))
		end++;
	if (end == line + len && cJSON_IsObject(event) && *wk_event_text(event, "event"))
		return event;
	cJSON_Delete(event);
	return NULL;
}

static bool blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r", line[i]))
			return false;
	return true;
}

static void read_line(struct wk_results *results, const char *line, size_t len, size_t number)
{
	cJSON *event = parse_line(line, len);

	if (event)
		wk_results_add(results, event);
	else if (!blank(line, len))
		wk_results_problem(results,
			"line %zu of the event log is no event; it is passed over", number);
}

static void read_lines(struct wk_results *results, const char *text, size_t len)
{
	size_t number = 1;
	size_t n;

	for (size_t at = 0; at < len; at += n + 1, number++) {
		const char *newline = memchr(text + at, '\n', len - at);
		cJSON *event;

		n = newline ? (size_t)(newline - text) - at : len - at;
		if (newline) {
			read_line(results, text + at, n, number);
			continue;
		}
		event = parse_line(text + at, n);
		if (event)
			wk_results_add(results, event);
		else
			results->truncated = true;
	}
	if (results->truncated)
		wk_results_problem(
			results, "the last line of the event log is cut off; it is left out");
}

bool wk_results_parse(const char *text, size_t len, struct wk_results **ret, struct wk_err *err)
{
	struct wk_results *WK_AUTO(wk_results_free) results = wk_results_new();

	read_lines(results, text, len);
	if (!results->run)
		return wk_err_set(err, WK_ERR_INPUT,
			"found no 'run' event, expected the events.jsonl that a run writes");
	wk_results_close(results);
	*ret = WK_TAKE(results);
	return true;
}

bool wk_results_read(const char *events, struct wk_results **ret, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(1);

	if (!wk_file_read(events, FILE_MAX, &text, err))
		return false;
	return wk_results_parse(wk_buf_str(&text), text.len, ret, err) ||
	       wk_err_context(err, "%s", events);
}

void wk_log_events(const char *log, const char *name,
	bool (*take)(void *context, const struct cJSON *event), void *context)
{
	WK_AUTOFREE char *quoted = wk_xasprintf("\"%s\"", name);
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(1);
	struct wk_err ignored;
	char *save = NULL;
	bool more = true;

	if (!wk_path_exists(log) || !wk_file_read(log, FILE_MAX, &text, &ignored) || !text.data)
		return;
	for (char *line = strtok_r(text.data, "\n", &save); line && more;
		line = strtok_r(NULL, "\n", &save)) {
		/* Most lines are of others, and may be long. */
		cJSON *event = strstr(line, quoted) ? parse_line(line, strlen(line)) : NULL;

		if (wk_event_is(event, name)) {
			wk_text_scrub_json(event);
			more = take(context, event);
		}
		cJSON_Delete(event);
	}
}
