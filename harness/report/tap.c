/*
 * TAP 13
 *
 * The older version on purpose: Perl's harness stops at version 14. The same harness reads only a
 * subset of YAML, in which single-quoted scalars and indented lists are safe. A `#` in a name would
 * begin a directive for readers that know no escape, and a `\` is an escape for those that do, so
 * neither is written. A skip is `ok`: what makes skips red under --strict is a line of its own.
 */
#include "wookie/report/change.h"
#include "wookie/report/results.h"
#include "wookie/report/text.h"

#include <ctype.h>
#include <string.h>

/* Adds `text`, with each of the characters of `these` written as the text beside it. */
struct spelling {
	char c;
	const char *as;
};

static void put_spelled(
	struct wk_buf *out, const char *text, size_t len, const struct spelling *these, size_t n)
{
	for (size_t i = 0; i < len; i++) {
		size_t k = 0;

		while (k < n && these[k].c != text[i])
			k++;
		(void)(k < n ? wk_buf_puts(out, these[k].as) : wk_buf_putc(out, text[i]));
	}
}

static void put_name(struct wk_buf *out, const char *text)
{
	static const struct spelling spellings[] = {
		{'#', "no."}, {'\\', "/"}, {'\n', " "}, {'\t', " "}};

	put_spelled(out, text, strlen(text), spellings, WK_COUNT(spellings));
}

static void put_scalar(struct wk_buf *out, const char *text, size_t len)
{
	static const struct spelling spellings[] = {{'\'', "''"}, {'\t', " "}};

	(void)wk_buf_putc(out, '\'');
	put_spelled(out, text, len, spellings, WK_COUNT(spellings));
	(void)wk_buf_puts(out, "'\n");
}

/*
 * Where Perl's harness would see the end of a key in the list line `- 'text'`, or `len`: at a colon
 * that ends the first word, or follows it, and has a space after it. Quotes do not count for it.
 */
static size_t key_end(const char *text, size_t len)
{
	size_t word = 0;
	size_t next;

	while (word < len && !isspace((unsigned char)text[word]))
		word++;
	if (word > 0 && word < len && text[word - 1] == ':')
		return word - 1;
	next = word;
	while (next < len && isspace((unsigned char)text[next]))
		next++;
	if (next + 1 < len && text[next] == ':' && isspace((unsigned char)text[next + 1]))
		return next;
	return len;
}

/* A scalar of a list. One that would be taken for a key has its colon in the spelling of YAML. */
static void put_item(struct wk_buf *out, const char *text, size_t len)
{
	static const struct spelling spellings[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\t', " "}};
	size_t colon = key_end(text, len);

	if (colon == len) {
		put_scalar(out, text, len);
		return;
	}
	(void)wk_buf_putc(out, '"');
	put_spelled(out, text, colon, spellings, WK_COUNT(spellings));
	(void)wk_buf_puts(out, "\\x3A");
	put_spelled(out, text + colon + 1, len - colon - 1, spellings, WK_COUNT(spellings));
	(void)wk_buf_puts(out, "\"\n");
}

/* Text of more than one line as a list of its lines. */
static void put_member(struct wk_buf *out, const char *key, const char *text)
{
	size_t len;

	(void)wk_buf_printf(out, "  %s:", key);
	if (!strchr(text, '\n')) {
		(void)wk_buf_putc(out, ' ');
		put_scalar(out, text, strlen(text));
		return;
	}
	(void)wk_buf_putc(out, '\n');
	for (const char *line = text; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		(void)wk_buf_puts(out, "    - ");
		put_item(out, line, len);
	}
}

static void put_block(const struct wk_results *results, struct wk_buf *out, const struct wk_case *c)
{
	struct wk_fact facts[WK_FACTS_MAX];
	size_t n = 0;

	(void)wk_buf_puts(out, "  ---\n");
	if (wk_verdict_is_red(c->verdict)) {
		put_member(out, "severity", wk_verdict_name(c->verdict));
		put_member(out, "type", c->type);
		n = wk_case_facts(results, c, facts);
	}
	for (size_t i = 0; i < n; i++)
		put_member(out, facts[i].label, facts[i].text);
	if (c->flaky)
		put_member(out, "flaky", wk_case_course(results, c));
	(void)wk_buf_printf(out, "  duration_ms: %ld\n  ...\n", (long)(c->seconds * 1000 + 0.5));
}

static void put_case(const struct wk_results *results, struct wk_buf *out, const struct wk_case *c)
{
	bool red = wk_verdict_is_red(c->verdict);

	(void)wk_buf_printf(
		out, "%sok %zu - ", red ? "not " : "", (size_t)(c - results->cases) + 1);
	put_name(out, c->id);
	if (*c->title) {
		(void)wk_buf_putc(out, ' ');
		put_name(out, c->title);
	}
	if (c->verdict == WK_SKIP) {
		(void)wk_buf_puts(out, " # SKIP ");
		put_name(out, c->reason);
	}
	(void)wk_buf_putc(out, '\n');
	put_block(results, out, c);
}

static void put_comment(struct wk_buf *out, const char *label, const char *text)
{
	if (!*text)
		return;
	(void)wk_buf_printf(out, "# %s", label);
	(void)wk_text_line(out, text, 0, "");
	(void)wk_buf_putc(out, '\n');
}

bool wk_report_tap(const struct wk_results *results, struct wk_buf *out, struct wk_err *err)
{
	(void)wk_buf_printf(out, "TAP version 13\n1..%zu\n", results->n_cases);
	put_comment(out, "wookie-conform run ", wk_event_text(results->run, "id"));
	for (size_t i = 0; i < results->n_problems; i++)
		put_comment(out, "", results->problems[i]);
	for (size_t i = 0; i < results->n_cases; i++)
		put_case(results, out, &results->cases[i]);
	put_comment(out, "likeliest cause ", wk_event_text(results->cause, "code"));
	for (size_t i = 0; i < results->n_suspects; i++) {
		WK_AUTOFREE char *text = wk_change_text(results->suspects[i]);

		put_comment(out, WK_SUSPECT_CODE " ", text);
	}
	return !out->full ||
	       wk_err_set(err, WK_ERR_SYSTEM, "the TAP report is larger than %zu bytes", out->max);
}
