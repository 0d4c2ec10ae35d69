/*
 * What is under way
 *
 * Checks run side by side, so there is rarely one answer. The one that has run longest is what a
 * person who waits is waiting for. A log that does not say which checks were begun still has an
 * order: then it is the first without a verdict, or what that needs.
 */
#include "wookie/report/doing.h"

#include "wookie/base/mem.h"
#include "wookie/report/text.h"

#include <string.h>

static bool is_open(const struct wk_case *c, size_t suite)
{
	return !c->judged && c->suite == suite;
}

static size_t suite_under_way(const struct wk_results *results, size_t suite)
{
	const struct wk_case *first = NULL;

	for (size_t i = results->round_case; i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];

		if (is_open(c, suite))
			return suite;
		if (!c->judged && !first)
			first = c;
	}
	return first ? first->suite : suite;
}

/* The check of the suite that has run longest, and how many do; else the first without a verdict. */
static const struct wk_case *longest(
	const struct wk_results *results, size_t suite, size_t *ret_running)
{
	const struct wk_case *found = NULL;
	size_t running = 0;

	for (size_t i = results->round_case; i < results->n_cases; i++) {
		const struct wk_case *c = &results->cases[i];

		if (!is_open(c, suite))
			continue;
		running += c->begun > 0;
		if (!found || (c->begun > 0 && (found->begun <= 0 || c->begun < found->begun)))
			found = c;
	}
	*ret_running = running;
	return found;
}

static size_t count_judged(const struct wk_results *results, size_t suite)
{
	size_t n = 0;

	for (size_t i = results->round_case; i < results->n_cases; i++)
		n += results->cases[i].suite == suite && results->cases[i].judged;
	return n;
}

/* Its name without that of its suite, which stands before it. */
static const char *short_name(const struct wk_results *results, const struct wk_case *c)
{
	const char *suite = results->suites[c->suite].name;
	size_t n = strlen(suite);

	return strncmp(c->check, suite, n) == 0 && c->check[n] == '.' ? c->check + n + 1 : c->check;
}

char *wk_doing(const struct wk_results *results, size_t suite, double *ret_begun)
{
	size_t under_way = suite_under_way(results, suite);
	size_t running = 0;
	const struct wk_case *c = longest(results, under_way, &running);
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(WK_LINE_MAX);

	if (!c)
		return NULL;
	if (results->round)
		(void)wk_buf_printf(&text, "%s  ", wk_rounds_name(results));
	(void)wk_buf_printf(&text, "%s  %zu of %zu checks, %s%s", results->suites[under_way].name,
		count_judged(results, under_way), results->suites[under_way].count,
		running ? "" : "waiting for ", short_name(results, c));
	if (running > 1)
		(void)wk_buf_printf(&text, " and %zu more", running - 1);
	*ret_begun = c->begun;
	return wk_buf_take(&text);
}
