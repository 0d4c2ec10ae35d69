/*
 * What stands at the end of a run
 *
 * The last screen is what people read first, and often all they read: what is not the same in every
 * round, the counts, the sentence that the setup's own verification ends with, and the one cause
 * that explains most, with its fix and where to look.
 */
#include "wookie/report/block.h"

#include "wookie/report/change.h"
#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { SLOWEST_SHOWN = 3, UNSTEADY_SHOWN = 20, COUNTS_LINES = 4, DETAIL_LINES = 40 };

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_counts(struct wk_screen *screen, const struct wk_results *results)
{
	const struct wk_counts *n = &results->checks;
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	double settled;

	(void)wk_buf_printf(&text, "%zu check%s", n->all, plural(n->all));
	if (results->round)
		(void)wk_buf_printf(
			&text, " in %u round%s", results->round, plural(results->round));
	(void)wk_buf_printf(&text, ": %zu passed, %zu failed, %zu error%s", n->passed, n->failed,
		n->errors, plural(n->errors));
	if (n->not_judged)
		(void)wk_buf_printf(&text, " (%zu not judged)", n->not_judged);
	(void)wk_buf_printf(&text, ", %zu skipped", n->skipped);
	wk_block_note(&text, n->flaky, "flaky");
	wk_screen_put(screen, &line, results->exit == WK_EXIT_OK ? WK_STYLE_GREEN : WK_STYLE_RED,
		wk_buf_str(&text));
	(void)wk_buf_printf(&line, "   %.1fs", results->elapsed);
	/* Where nothing had to be waited for there is nothing to say. */
	if (wk_results_settled(results, &settled) && settled > 0)
		(void)wk_buf_printf(&line, ", settled after %.1fs", settled);
	wk_screen_wrap(screen, 0, "", wk_buf_str(&line), COUNTS_LINES);
}

static bool all_passed(const struct wk_results *results, size_t suite)
{
	const struct wk_suite_result *s = &results->suites[suite];

	for (size_t i = s->first; i < s->first + s->count; i++)
		if (!results->cases[i].judged || results->cases[i].verdict != WK_PASS)
			return false;
	return s->count > 0;
}

/* Whether a suite of this name was run and every check of it passed, in each round. */
static bool suite_passed(const struct wk_results *results, const char *name)
{
	bool passed = false;

	for (size_t i = 0; i < results->n_suites; i++) {
		if (strcmp(results->suites[i].name, name) != 0)
			continue;
		if (!all_passed(results, i))
			return false;
		passed = true;
	}
	return passed;
}

/* What the other cluster's workload said to a check of routing that passed; "" where nothing is
 * known. */
static const char *answer_heard(const struct wk_results *results)
{
	const char *response = "";

	for (size_t i = 0; i < results->n_cases && !*response; i++) {
		const struct wk_case *c = &results->cases[i];

		if (c->judged && c->verdict == WK_PASS &&
			strcmp(results->suites[c->suite].name, "routing") == 0)
			response = wk_event_text(c->event, "response");
	}
	return response;
}

/* What the setup's own verification ends with: said of a run that is green as a whole, never beside
 * a failure elsewhere, and only with the answer that it is about. */
static void print_sentence(struct wk_screen *screen, const struct wk_results *results)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	const char *response = answer_heard(results);

	if (results->exit != WK_EXIT_OK || !*response || !suite_passed(results, "dns") ||
		!suite_passed(results, "routing"))
		return;
	wk_block_mark(screen, &line, WK_PASS);
	(void)wk_buf_puts(&line, "SUCCESS: DNS resolution and routing working!");
	wk_screen_row(screen, wk_buf_str(&line), "");
	wk_screen_wrap(screen, 0, "Response: ", response, 2);
}

static void print_also(struct wk_screen *screen, const struct cJSON *cause)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(WK_LINE_MAX);
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
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	WK_AUTOFREE char *explain = wk_xasprintf("wookie-conform explain %s", code);

	if (!*code)
		return;
	wk_screen_put(screen, &line, WK_STYLE_BOLD, "likeliest cause");
	(void)wk_buf_printf(&line, " %s: %s", code, wk_event_text(results->cause, "title"));
	wk_screen_row(screen, wk_buf_str(&line), "");
	print_also(screen, results->cause);
	wk_screen_fix(screen, 2, "fix      ", wk_event_text(results->cause, "fix"));
	(void)fprintf(screen->out, "  look     %s\n", *command ? command : explain);
}

/* What made the run red besides its checks, and was not told when it happened. */
static void print_run_cases(struct wk_screen *screen, const struct wk_results *results)
{
	for (size_t i = 0; i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];
		struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);

		if (!c->synthetic || strcmp(c->type, "wookie.setup") == 0 ||
			strcmp(c->type, "wookie.leftover") == 0)
			continue;
		(void)wk_buf_puts(&line, "  ");
		wk_block_mark(screen, &line, c->verdict);
		(void)wk_buf_printf(&line, "%s %s", c->id, c->reason);
		wk_screen_row(screen, wk_buf_str(&line), "");
		if (*c->details)
			wk_screen_wrap(screen, 6, "", c->details, DETAIL_LINES);
	}
}

/* A check that was not the same in every round. */
static void print_unsteady(struct wk_screen *screen, const struct wk_rounds_check *check)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) note = WK_BUF_INIT(WK_LINE_MAX);

	(void)wk_buf_puts(&line, "  ");
	wk_block_mark(screen, &line, check->n_bad ? WK_FAIL : WK_SKIP);
	(void)wk_buf_puts(&line, check->first->check);
	(void)wk_buf_printf(&note, "passed %zu of %zu", check->passed, check->rounds);
	wk_block_note(&note, check->skipped, "skipped");
	for (size_t i = 0; i < check->n_bad && i < WK_BAD_ROUNDS; i++)
		(void)wk_buf_printf(&note, "%s%u",
			i                  ? ", "
			: check->n_bad > 1 ? "; red in rounds "
					   : "; red in round ",
			check->bad[i]);
	if (check->n_bad > WK_BAD_ROUNDS)
		(void)wk_buf_printf(&note, " and %zu more", check->n_bad - WK_BAD_ROUNDS);
	if (4 + wk_text_width(check->first->check) + 2 + note.len <= wk_screen_width(screen)) {
		wk_screen_row(screen, wk_buf_str(&line), wk_buf_str(&note));
		return;
	}
	wk_screen_row(screen, wk_buf_str(&line), "");
	wk_screen_wrap(screen, 4, "", wk_buf_str(&note), 3);
}

static bool is_unsteady(const struct wk_rounds_check *check)
{
	return check->passed < check->rounds && check->skipped < check->rounds;
}

/* The check that took longest to hold in any round, among those that `after` did not name yet. */
static const struct wk_rounds_check *next_slowest(
	const struct wk_rounds_check *checks, size_t n, const struct wk_rounds_check *after)
{
	const struct wk_rounds_check *slowest = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct wk_rounds_check *check = &checks[i];

		if (check->slowest_round == 0 || (after && check->slowest > after->slowest) ||
			(after && check->slowest == after->slowest && check <= after))
			continue;
		if (!slowest || check->slowest > slowest->slowest)
			slowest = check;
	}
	return slowest;
}

static void print_slowest(struct wk_screen *screen, const struct wk_rounds_check *checks, size_t n)
{
	const struct wk_rounds_check *check = NULL;

	for (size_t i = 0; i < SLOWEST_SHOWN; i++) {
		WK_AUTOFREE char *line = NULL;

		check = next_slowest(checks, n, check);
		if (!check)
			return;
		line = wk_xasprintf("  %-8s %6.1fs  %s in round %u", i ? "" : "slowest",
			check->slowest, check->first->check, check->slowest_round);
		wk_screen_row(screen, line, "");
	}
}

/* What only all rounds together can tell. */
static void print_rounds(struct wk_screen *screen, const struct wk_results *results)
{
	struct wk_rounds_check *checks;
	size_t n;
	size_t shown = 0;
	size_t unsteady = 0;

	if (!results->round)
		return;
	n = wk_rounds_checks(results, &checks);
	print_slowest(screen, checks, n);
	for (size_t i = 0; i < n; i++) {
		if (!is_unsteady(&checks[i]))
			continue;
		if (unsteady++ == 0)
			wk_screen_row(screen, "not the same in every round:", "");
		if (shown < UNSTEADY_SHOWN) {
			print_unsteady(screen, &checks[i]);
			shown++;
		}
	}
	wk_block_rest(screen, unsteady - shown, "checks");
}

void wk_block_summary(struct wk_screen *screen, const struct wk_results *results)
{
	const char *bundle = wk_event_text(results->bundle, "path");

	print_run_cases(screen, results);
	print_rounds(screen, results);
	print_counts(screen, results);
	print_sentence(screen, results);
	print_cause(screen, results);
	for (size_t i = 0; i < results->n_suspects; i++)
		wk_change_print(screen, results->suspects[i]);
	if (*bundle)
		(void)fprintf(screen->out, "bundle   %s\n", bundle);
	(void)fflush(screen->out);
}
