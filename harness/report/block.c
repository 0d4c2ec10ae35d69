/*
 * What the console says when something is over
 *
 * A failure gets the lines that somebody needs to decide where to look: what was expected and from
 * where that is known, what came, the likeliest cause, the evidence file and the command that shows
 * it again. Paths and commands are never cut or broken, because they are there to be copied;
 * everything else is. Where many checks of one suite fail, the first few are told in full.
 */
#include "wookie/report/block.h"

#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { IN_FULL = 5, SKIPS_SHOWN = 5, LINE_CAP = 1 << 20, NAME_WIDTH = 22 };

static enum wk_style style_of(enum wk_verdict verdict)
{
	static const enum wk_style styles[] = {[WK_PASS] = WK_STYLE_GREEN,
		[WK_FAIL] = WK_STYLE_RED,
		[WK_ERROR] = WK_STYLE_MAGENTA,
		[WK_SKIP] = WK_STYLE_DIM};

	return styles[verdict];
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void put_mark(const struct wk_screen *screen, struct wk_buf *line, enum wk_verdict verdict)
{
	wk_screen_put(screen, line, style_of(verdict), wk_screen_mark(screen, verdict));
	(void)wk_buf_putc(line, ' ');
}

static const char *fact(const struct wk_fact *facts, size_t n, const char *label)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(facts[i].label, label) == 0)
			return facts[i].text;
	return "";
}

/* One line: a label and a value that is cut to what is left of it. */
static void print_value(struct wk_screen *screen, const char *label, const char *value, bool cut)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(LINE_CAP);

	if (!*value)
		return;
	(void)wk_buf_printf(&line, "        %-8s ", label);
	(void)wk_text_line(
		&line, value, cut ? wk_screen_width(screen) - 17 : 0, wk_screen_ellipsis(screen));
	wk_screen_row(screen, wk_buf_str(&line), "");
}

void wk_block_check(struct wk_screen *screen, const struct wk_results *results,
	const struct wk_case *c, unsigned indent)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(LINE_CAP);
	struct wk_buf WK_AUTO(wk_buf_finish) time = WK_BUF_INIT(64);
	const char *course = wk_case_course(results, c);
	const char *note = *c->reason || c->flaky ? c->reason : course;
	unsigned width = wk_screen_width(screen);
	unsigned used;

	if (c->judged && c->verdict != WK_SKIP)
		(void)wk_buf_printf(&time, "%.1fs", c->seconds);
	used = indent + 2 + wk_text_width(c->id) + 2 + (time.len ? (unsigned)time.len + 2 : 0);
	(void)wk_buf_printf(&line, "%*s", (int)indent, "");
	put_mark(screen, &line, c->verdict);
	(void)wk_buf_puts(&line, c->id);
	if (*note && used + 10 < width) {
		(void)wk_buf_puts(&line, "  ");
		(void)wk_text_line(&line, note, width - used, wk_screen_ellipsis(screen));
	}
	wk_screen_row(screen, wk_buf_str(&line), wk_buf_str(&time));
	if (c->flaky)
		print_value(screen, "flaky", course, true);
}

static void print_head(struct wk_screen *screen, const struct wk_case *c)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(LINE_CAP);
	struct wk_buf WK_AUTO(wk_buf_finish) after = WK_BUF_INIT(1000);
	int attempts = (int)wk_event_seconds(c->event, "n_attempts");
	unsigned used = 8 + wk_text_width(c->id);

	(void)wk_buf_puts(&line, "      ");
	put_mark(screen, &line, c->verdict);
	wk_screen_put(screen, &line, WK_STYLE_BOLD, c->id);
	(void)wk_buf_printf(&after, "%.1fs", c->seconds);
	if (attempts > 1)
		(void)wk_buf_printf(&after, ", %d attempts", attempts);
	if (used + 9 + after.len <= wk_screen_width(screen)) {
		(void)wk_buf_printf(&line, "   after %s", wk_buf_str(&after));
		after.len = 0;
	}
	wk_screen_row(screen, wk_buf_str(&line), "");
	if (after.len)
		print_value(screen, "after", wk_buf_str(&after), true);
}

/* The expected value and where it comes from, on one line where they fit. */
static void print_expected(struct wk_screen *screen, const char *expected, const char *from)
{
	WK_AUTOFREE char *both = wk_xasprintf("%s  from %s", expected, from);

	if (*from && wk_text_width(both) + 17 <= wk_screen_width(screen)) {
		print_value(screen, "expected", both, true);
		return;
	}
	print_value(screen, "expected", expected, true);
	print_value(screen, "from", from, true);
}

void wk_block_red(
	struct wk_screen *screen, const struct wk_results *results, const struct wk_case *c)
{
	struct wk_fact facts[WK_FACTS_MAX];
	size_t n = wk_case_facts(results, c, facts);
	bool compared = *fact(facts, n, "expected") && *fact(facts, n, "got");
	const char *cause = fact(facts, n, "cause");

	print_head(screen, c);
	print_value(screen, "title", c->title, true);
	/* Expected and got say what the reason would. */
	if (!compared)
		wk_screen_wrap(screen, 8, "because  ", c->reason, 3);
	if (*c->details)
		wk_screen_wrap(screen, 8, "         ", c->details, 5);
	print_value(screen, "that", fact(facts, n, "that"), true);
	print_expected(screen, fact(facts, n, "expected"), fact(facts, n, "from"));
	print_value(screen, "got", fact(facts, n, "got"), true);
	/* How many there were, and in what time, stands in the first line. */
	if (wk_event_seconds(c->event, "flaps") > 0)
		print_value(screen, "attempts", wk_case_course(results, c), true);
	if (*cause)
		wk_screen_wrap(screen, 8, "likeliest cause ", cause, 2);
	print_value(screen, "evidence", fact(facts, n, "evidence"), false);
	print_value(screen, "again", fact(facts, n, "reproduce"), false);
}

static struct wk_counts count_suite(const struct wk_results *results, size_t suite)
{
	struct wk_counts n = {0};

	for (size_t i = 0; i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];

		if (c->suite != suite)
			continue;
		n.all++;
		n.passed += c->judged && c->verdict == WK_PASS;
		n.failed += c->judged && c->verdict == WK_FAIL;
		n.errors += c->judged && c->verdict == WK_ERROR;
		n.skipped += c->judged && c->verdict == WK_SKIP;
		n.flaky += c->flaky;
		n.not_judged += !c->judged;
	}
	return n;
}

static enum wk_verdict verdict_of(const struct wk_counts *n)
{
	if (n->failed)
		return WK_FAIL;
	if (n->errors || n->not_judged)
		return WK_ERROR;
	return n->passed ? WK_PASS : WK_SKIP;
}

static void put_note(struct wk_buf *line, size_t n, const char *what)
{
	if (n)
		(void)wk_buf_printf(line, ", %zu %s", n, what);
}

void wk_block_suite(
	struct wk_screen *screen, const struct wk_results *results, size_t suite, double seconds)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(LINE_CAP);
	struct wk_buf WK_AUTO(wk_buf_finish) time = WK_BUF_INIT(64);
	struct wk_counts n = count_suite(results, suite);
	const char *name = results->suites[suite].name;
	unsigned width = wk_text_width(name);

	(void)wk_buf_puts(&line, "  ");
	put_mark(screen, &line, verdict_of(&n));
	(void)wk_buf_printf(
		&line, "%s%*s ", name, width < NAME_WIDTH ? (int)(NAME_WIDTH - width) : 0, "");
	if (n.passed < n.all)
		(void)wk_buf_printf(&line, "%zu of ", n.passed);
	(void)wk_buf_printf(&line, "%zu check%s", n.all, plural(n.all));
	put_note(&line, n.errors, n.errors == 1 ? "error" : "errors");
	put_note(&line, n.skipped, "skipped");
	put_note(&line, n.flaky, "flaky");
	put_note(&line, n.not_judged, "not judged");
	if (n.not_judged < n.all)
		(void)wk_buf_printf(&time, "%.1fs", seconds);
	wk_screen_row(screen, wk_buf_str(&line), wk_buf_str(&time));
}

static void print_rest(struct wk_screen *screen, size_t n, const char *what)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(1000);

	if (n == 0)
		return;
	(void)wk_buf_printf(&line, "      %s and %zu more %s", wk_screen_ellipsis(screen), n, what);
	wk_screen_row(screen, wk_buf_str(&line), "");
}

void wk_block_checks(struct wk_screen *screen, const struct wk_results *results, size_t suite,
	enum wk_block_checks which)
{
	size_t red = 0;
	size_t skips = 0;

	for (size_t i = 0; i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];

		if (c->suite != suite || !c->judged)
			continue;
		if (c->verdict == WK_FAIL || c->verdict == WK_ERROR) {
			if (red++ < IN_FULL)
				wk_block_red(screen, results, c);
			else
				wk_block_check(screen, results, c, 6);
		} else if (which == WK_BLOCK_ALL || c->flaky ||
			   (c->verdict == WK_SKIP && skips < SKIPS_SHOWN)) {
			wk_block_check(screen, results, c, 6);
		}
		skips += c->verdict == WK_SKIP;
	}
	if (which != WK_BLOCK_ALL && skips > SKIPS_SHOWN)
		print_rest(screen, skips - SKIPS_SHOWN, "skipped");
}

static void print_counts(struct wk_screen *screen, const struct wk_results *results)
{
	const struct wk_counts *n = &results->checks;
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(LINE_CAP);
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(LINE_CAP);

	(void)wk_buf_printf(&text, "%zu check%s: %zu passed, %zu failed, %zu error%s", n->all,
		plural(n->all), n->passed, n->failed, n->errors, plural(n->errors));
	if (n->not_judged)
		(void)wk_buf_printf(&text, " (%zu not judged)", n->not_judged);
	(void)wk_buf_printf(&text, ", %zu skipped", n->skipped);
	put_note(&text, n->flaky, "flaky");
	wk_screen_put(screen, &line, results->exit == WK_EXIT_OK ? WK_STYLE_GREEN : WK_STYLE_RED,
		wk_buf_str(&text));
	(void)wk_buf_printf(&line, "   %.1fs", results->elapsed);
	wk_screen_row(screen, wk_buf_str(&line), "");
}

/* Whether a suite of this name was run and every check of it passed. */
static bool suite_passed(const struct wk_results *results, const char *name)
{
	for (size_t i = 0; i < results->n_suites; i++) {
		struct wk_counts n = count_suite(results, i);

		if (strcmp(results->suites[i].name, name) == 0)
			return n.all > 0 && n.passed == n.all;
	}
	return false;
}

/* What the other cluster's workload said to the checks of routing; "" where nothing is known. */
static const char *answer_heard(const struct wk_results *results)
{
	const char *response = "";

	for (size_t i = 0; i < results->n_cases && !*response; i++) {
		const struct wk_case *c = &results->cases[i];

		if (strcmp(results->suites[c->suite].name, "routing") == 0)
			response = wk_event_text(c->event, "response");
	}
	return response;
}

/* What the setup's own verification ends with. */
static void print_sentence(struct wk_screen *screen, const struct wk_results *results)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(LINE_CAP);
	const char *response = answer_heard(results);

	if (!suite_passed(results, "dns") || !suite_passed(results, "routing"))
		return;
	put_mark(screen, &line, WK_PASS);
	(void)wk_buf_puts(&line, "SUCCESS: DNS resolution and routing working!");
	wk_screen_row(screen, wk_buf_str(&line), "");
	if (*response)
		wk_screen_wrap(screen, 0, "Response: ", response, 2);
}

static void print_also(struct wk_screen *screen, const struct cJSON *cause)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(LINE_CAP);
	const cJSON *also = cJSON_GetObjectItemCaseSensitive(cause, "also");
	const cJSON *item;

	(void)wk_buf_printf(&text, "it explains %d of %d failures",
		(int)wk_event_seconds(cause, "explains"), (int)wk_event_seconds(cause, "of"));
	cJSON_ArrayForEach(item, also)
	{
		const char *code = cJSON_GetStringValue(item);

		(void)wk_buf_printf(&text, "%s%s",
			item == also->child ? "; the evidence cannot tell it from " : ", ",
			code ? code : "?");
	}
	wk_screen_wrap(screen, 2, "", wk_buf_str(&text), 3);
}

static void print_cause(struct wk_screen *screen, const struct wk_results *results)
{
	const char *code = wk_event_text(results->cause, "code");
	const char *command = wk_event_text(results->cause, "command");
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(LINE_CAP);
	WK_AUTOFREE char *explain = wk_xasprintf("wookie-conform explain %s", code);

	if (!*code)
		return;
	wk_screen_put(screen, &line, WK_STYLE_BOLD, "likeliest cause");
	(void)wk_buf_printf(&line, " %s: %s", code, wk_event_text(results->cause, "title"));
	wk_screen_row(screen, wk_buf_str(&line), "");
	print_also(screen, results->cause);
	wk_screen_wrap(screen, 2, "fix      ", wk_event_text(results->cause, "fix"), 4);
	(void)fprintf(screen->out, "  look     %s\n", *command ? command : explain);
}

/* What made the run red besides its checks, and was not told when it happened. */
static void print_run_cases(struct wk_screen *screen, const struct wk_results *results)
{
	for (size_t i = 0; i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];
		struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(LINE_CAP);

		if (!c->synthetic || strcmp(c->type, "wookie.setup") == 0 ||
			strcmp(c->type, "wookie.leftover") == 0)
			continue;
		(void)wk_buf_puts(&line, "  ");
		put_mark(screen, &line, c->verdict);
		(void)wk_buf_printf(&line, "%s %s", c->id, c->reason);
		wk_screen_row(screen, wk_buf_str(&line), "");
	}
}

void wk_block_summary(struct wk_screen *screen, const struct wk_results *results)
{
	const char *bundle = wk_event_text(results->bundle, "path");

	print_run_cases(screen, results);
	print_counts(screen, results);
	print_sentence(screen, results);
	print_cause(screen, results);
	if (*bundle)
		(void)fprintf(screen->out, "bundle   %s\n", bundle);
	(void)fflush(screen->out);
}
