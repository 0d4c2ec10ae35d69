/*
 * GitHub Actions
 *
 * A workflow command is a line that begins with "::", so a pod's answer that holds such a line
 * could set outputs or mask text. Commands of ours are escaped (%, CR and LF; in properties also :
 * and ,); what others wrote is printed while commands are stopped, by a token that the text is
 * checked not to hold.
 *
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
#include "wookie/report/results.h"

#include <cjson/cJSON.h>
#include <string.h>

static void escape(struct wk_buf *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			(void)wk_buf_printf(out, "%%%02X", (unsigned)*text);
		else
			(void)wk_buf_putc(out, *text);
	}
}

static void put_property(struct wk_buf *out, const char *name, const char *value)
{
	(void)wk_buf_printf(out, "%s=", name);
	escape(out, value, "%\r\n:,");
}

static void put_annotation(struct wk_buf *out, const struct wk_case *c)
{
	const cJSON *e = cJSON_GetObjectItemCaseSensitive(c->event, "expectation");
	const char *file = wk_event_text(e, "file");

	(void)wk_buf_puts(out, "::error ");
	if (*file) {
		put_property(out, "file", file);
		(void)wk_buf_printf(out, ",line=%d,", (int)wk_event_seconds(e, "line"));
	}
	put_property(out, "title", c->id);
	(void)wk_buf_puts(out, "::");
	escape(out, c->reason, "%\r\n");
	if (*c->details) {
		(void)wk_buf_puts(out, "%0A");
		escape(out, c->details, "%\r\n");
	}
	(void)wk_buf_putc(out, '\n');
}

/* A word that `text` does not hold. */
static char *token_for(const char *text)
{
	char *token = wk_xstrdup("wookie-0");

	for (unsigned n = 1; strstr(text, token); n++) {
		free(token);
		token = wk_xasprintf("wookie-%u", n);
	}
	return token;
}

static void put_details(
	const struct wk_results *results, struct wk_buf *out, const struct wk_case *c)
{
	struct wk_fact facts[WK_FACTS_MAX];
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(out->max);
	size_t n = wk_case_facts(results, c, facts);
	WK_AUTOFREE char *token = NULL;

	for (size_t i = 0; i < n; i++)
		(void)wk_buf_printf(&text, "%-9s %s\n", facts[i].label, facts[i].text);
	token = token_for(wk_buf_str(&text));
	(void)wk_buf_puts(out, "::group::");
	escape(out, c->id, "%\r\n");
	(void)wk_buf_printf(out, "\n::stop-commands::%s\n%s::%s::\n::endgroup::\n", token,
		wk_buf_str(&text), token);
}

bool wk_report_github(const struct wk_results *results, struct wk_buf *out, struct wk_err *err)
{
	const struct wk_counts *n = &results->checks;

	for (size_t i = 0; i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];

		if (c->verdict != WK_FAIL && c->verdict != WK_ERROR)
			continue;
		put_annotation(out, c);
		put_details(results, out, c);
	}
	if (results->cause) {
		(void)wk_buf_puts(out, "::notice title=likeliest cause::");
		escape(out, wk_event_text(results->cause, "code"), "%\r\n");
		(void)wk_buf_puts(out, ": ");
		escape(out, wk_event_text(results->cause, "title"), "%\r\n");
		(void)wk_buf_putc(out, '\n');
	}
	(void)wk_buf_printf(out,
		"%zu checks: %zu passed, %zu failed, %zu errors, %zu skipped; exit code %d\n",
		n->all, n->passed, n->failed, n->errors, n->skipped, (int)results->exit);
	return !out->full ||
	       wk_err_set(err, WK_ERR_SYSTEM, "the report is larger than %zu bytes", out->max);
}
