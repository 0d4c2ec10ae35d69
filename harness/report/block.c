/*
 * What the console says when something is over
 *
 * A failure gets the lines that somebody needs to decide where to look: what was expected and from
 * where that is known, what came, the likeliest cause, the evidence file and the command that shows
 * it again. Paths and commands are never cut or broken, because they are there to be copied;
 * everything else is. Where many checks of one suite fail, the first few are told in full; of errors
 * in a row for one reason, the first.
 */
#include "wookie/report/block.h"

#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { IN_FULL = 5, SKIPS_SHOWN = 5, SLOWEST_SHOWN = 3, UNSTEADY_SHOWN = 20, NAME_WIDTH = 22 };

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

void wk_block_mark(const struct wk_screen *screen, struct wk_buf *line, enum wk_verdict verdict)
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
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);

	if (!*value)
		return;
	(void)wk_buf_printf(&line, "        %-8s ", label);
	(void)wk_text_line(
		&line, value, cut ? wk_screen_room(screen, 17) : 0, wk_screen_ellipsis(screen));
	wk_screen_row(screen, wk_buf_str(&line), "");
}

/* One line; a note that is longer than what is left of it is cut, or, where nothing is, told below. */
static void print_line(
	struct wk_screen *screen, const struct wk_case *c, const char *note, unsigned indent)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) time = WK_BUF_INIT(64);
	unsigned width = wk_screen_width(screen);
	unsigned used;
	bool below;

	if (c->judged && c->verdict != WK_SKIP)
		(void)wk_buf_printf(&time, "%.1fs", c->seconds);
	used = indent + 2 + wk_text_width(c->id) + 2 + (time.len ? (unsigned)time.len + 2 : 0);
	below = screen->whole && used + wk_text_width(note) > width;
	(void)wk_buf_printf(&line, "%*s", (int)indent, "");
	wk_block_mark(screen, &line, c->verdict);
	(void)wk_buf_puts(&line, c->id);
	if (*note && !below && used + 10 < width) {
		(void)wk_buf_puts(&line, "  ");
		(void)wk_text_line(&line, note, width - used, wk_screen_ellipsis(screen));
	}
	wk_screen_row(screen, wk_buf_str(&line), wk_buf_str(&time));
	if (below)
		wk_screen_wrap(screen, indent + 2, "", note, 1);
}

void wk_block_check(struct wk_screen *screen, const struct wk_results *results,
	const struct wk_case *c, unsigned indent)
{
	const char *course = wk_case_course(results, c);

	print_line(screen, c, *c->reason || c->flaky ? c->reason : course, indent);
	if (c->flaky)
		print_value(screen, "flaky", course, true);
}

static void print_head(struct wk_screen *screen, const struct wk_case *c)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) after = WK_BUF_INIT(WK_LINE_MAX);
	int attempts = (int)wk_event_seconds(c->event, "n_attempts");
	unsigned used = 8 + wk_text_width(c->id);

	(void)wk_buf_puts(&line, "      ");
	wk_block_mark(screen, &line, c->verdict);
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

/* An error for the same reason as `before` says nothing new. */
static bool is_told(const struct wk_case *c, const struct wk_case *before)
{
	return before && c->verdict == WK_ERROR && before->verdict == WK_ERROR && *c->reason &&
	       strcmp(c->reason, before->reason) == 0;
}

void wk_block_red(struct wk_screen *screen, const struct wk_results *results,
	const struct wk_case *c, const struct wk_case *before)
{
	struct wk_fact facts[WK_FACTS_MAX];
	size_t n = wk_case_facts(results, c, facts);
	bool compared = *fact(facts, n, "expected") && *fact(facts, n, "got");
	const char *cause = fact(facts, n, "cause");

	if (is_told(c, before)) {
		print_line(screen, c, "for the same reason", 6);
		return;
	}
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
	print_value(screen, "chance", fact(facts, n, "chance"), true);
	print_value(screen, "evidence", fact(facts, n, "evidence"), false);
	print_value(screen, "again", fact(facts, n, "reproduce"), false);
}

/* Some of the testcases: of one suite, or, where `round` is not 0, of one round. */
struct group {
	size_t suite;
	unsigned round;
};

static bool belongs(const struct wk_case *c, const struct group *group)
{
	return group->round ? c->round == group->round : c->suite == group->suite;
}

/* Where to begin looking: what is under way is of the latest round. */
static size_t first_case(const struct wk_results *results)
{
	return results->closed ? 0 : results->round_case;
}

static struct wk_counts count_group(const struct wk_results *results, const struct group *group)
{
	struct wk_counts n = {0};

	for (size_t i = first_case(results); i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];

		if (!belongs(c, group))
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

void wk_block_note(struct wk_buf *line, size_t n, const char *what)
{
	if (n)
		(void)wk_buf_printf(line, ", %zu %s", n, what);
}

static void print_group(struct wk_screen *screen, const struct wk_results *results,
	const struct group *group, const char *name, double seconds)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) time = WK_BUF_INIT(64);
	struct wk_counts n = count_group(results, group);
	unsigned width = wk_text_width(name);

	(void)wk_buf_puts(&line, "  ");
	wk_block_mark(screen, &line, verdict_of(&n));
	(void)wk_buf_printf(
		&line, "%s%*s ", name, width < NAME_WIDTH ? (int)(NAME_WIDTH - width) : 0, "");
	if (n.passed < n.all)
		(void)wk_buf_printf(&line, "%zu of ", n.passed);
	(void)wk_buf_printf(&line, "%zu check%s", n.all, plural(n.all));
	wk_block_note(&line, n.errors, n.errors == 1 ? "error" : "errors");
	wk_block_note(&line, n.skipped, "skipped");
	wk_block_note(&line, n.flaky, "flaky");
	wk_block_note(&line, n.not_judged, "not judged");
	if (n.not_judged < n.all)
		(void)wk_buf_printf(&time, "%.1fs", seconds);
	wk_screen_fold(screen, wk_buf_str(&line), wk_buf_str(&time));
}

void wk_block_suite(
	struct wk_screen *screen, const struct wk_results *results, size_t suite, double seconds)
{
	print_group(screen, results, &(struct group){.suite = suite}, results->suites[suite].name,
		seconds);
}

void wk_block_round(struct wk_screen *screen, const struct wk_results *results, double seconds)
{
	print_group(screen, results, &(struct group){.round = results->round},
		wk_rounds_name(results), seconds);
}

void wk_block_rest(struct wk_screen *screen, size_t n, const char *what)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);

	if (n == 0)
		return;
	(void)wk_buf_printf(&line, "      %s and %zu more %s", wk_screen_ellipsis(screen), n, what);
	wk_screen_row(screen, wk_buf_str(&line), "");
}

static void print_checks(struct wk_screen *screen, const struct wk_results *results,
	const struct group *group, enum wk_block_checks which)
{
	const struct wk_case *before = NULL;
	size_t red = 0;
	size_t skips = 0;

	for (size_t i = first_case(results); i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];

		if (!belongs(c, group) || !c->judged)
			continue;
		if (wk_verdict_is_red(c->verdict)) {
			if (red++ < IN_FULL)
				wk_block_red(screen, results, c, before);
			else
				wk_block_check(screen, results, c, 6);
			before = c;
		} else if (which == WK_BLOCK_ALL || c->flaky ||
			   (c->verdict == WK_SKIP && skips < SKIPS_SHOWN)) {
			wk_block_check(screen, results, c, 6);
		}
		skips += c->verdict == WK_SKIP;
	}
	if (which != WK_BLOCK_ALL && skips > SKIPS_SHOWN)
		wk_block_rest(screen, skips - SKIPS_SHOWN, "skipped");
}

void wk_block_checks(struct wk_screen *screen, const struct wk_results *results, size_t suite,
	enum wk_block_checks which)
{
	print_checks(screen, results, &(struct group){.suite = suite}, which);
}

void wk_block_round_checks(struct wk_screen *screen, const struct wk_results *results)
{
	print_checks(screen, results, &(struct group){.round = results->round}, WK_BLOCK_PROBLEMS);
}
