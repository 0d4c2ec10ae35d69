/*
 * The likeliest cause
 *
 * One fault makes many checks fail, each naming the cause as it looks from there. `explains` in the
 * catalog says which of them follow from which. A root is what nothing else that was seen explains;
 * the best root explains most failures. Two causes that explain each other are one root under two
 * names, so neither takes the other out. Two that no evidence tells apart are named together, also
 * where only one of them was seen.
 *
 * What held counts as much as what did not: a Gateway object that opens the port refutes that none
 * does, whatever else looks like it. An expectation counts as held where every instance of its check
 * that was judged saw it hold; that of the other cluster says nothing of this one.
 */
#include "wookie/run/cause.h"

#include "wookie/base/mem.h"

#include <cjson/cJSON.h>
#include <regex.h>
#include <string.h>

/* Among the expectations of a check of which not all was judged; no expectation is empty. */
#define UNJUDGED ""

struct graph {
	const struct wk_catalog *catalog;
	const cJSON *seen; /* {check: {expectation that once did not hold: true}} */
	bool *reached;     /* by index of the cause; scratch space of reach() */
};

static bool lists(const cJSON *list, const char *text)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, list) if (strcmp(item->valuestring, text) == 0) return true;
	return false;
}

static void see_all(
	cJSON *page, const struct wk_expectation list[], size_t n, const struct cJSON *held)
{
	for (size_t i = 0; i < n; i++)
		if (!lists(held, list[i].that) &&
			!cJSON_GetObjectItemCaseSensitive(page, list[i].that))
			(void)cJSON_AddTrueToObject(page, list[i].that);
}

void wk_cause_see(struct cJSON *seen, const struct wk_check *check, enum wk_verdict verdict,
	const struct cJSON *held)
{
	cJSON *page = cJSON_GetObjectItemCaseSensitive(seen, check->full_id);

	if (verdict == WK_SKIP)
		return;
	if (!page)
		page = cJSON_AddObjectToObject(seen, check->full_id);
	if (verdict == WK_ERROR && !cJSON_GetObjectItemCaseSensitive(page, UNJUDGED))
		(void)cJSON_AddTrueToObject(page, UNJUDGED);
	if (verdict != WK_FAIL)
		return;
	see_all(page, check->expect, check->n_expect, held);
	see_all(page, check->control_expect, check->n_control_expect, held);
}

static bool tells(const char *pattern, const char *text)
{
	regex_t regex;
	bool matches;

	/* The catalog was refused where one of these does not compile. */
	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	matches = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return matches;
}

size_t wk_cause_told(
	const struct wk_catalog *catalog, const char *reason, const char *codes[], size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < catalog->n_causes && n < most; i++) {
		const struct wk_cause *cause = &catalog->causes[i];
		bool told = false;

		for (size_t j = 0; j < cause->n_told_by && !told; j++)
			told = tells(cause->told_by[j], reason);
		if (told)
			codes[n++] = cause->code;
	}
	return n;
}

/* Whether the expectations were seen to hold wherever they were judged. */
static bool all_held(const cJSON *seen, const struct wk_check_ref *ref)
{
	const cJSON *page = cJSON_GetObjectItemCaseSensitive(seen, ref->check);
	bool held = page && !cJSON_GetObjectItemCaseSensitive(page, UNJUDGED);

	if (held && ref->n_that == 0)
		return !page->child;
	for (size_t i = 0; held && i < ref->n_that; i++)
		held = !cJSON_GetObjectItemCaseSensitive(page, ref->that[i]);
	return held;
}

static bool is_refuted(const cJSON *seen, const struct wk_cause *cause)
{
	for (size_t i = 0; i < cause->n_refuted_by; i++)
		if (all_held(seen, &cause->refuted_by[i]))
			return true;
	return false;
}

static bool reach(const struct graph *graph, const struct wk_cause *from, const char *code)
{
	size_t at = (size_t)(from - graph->catalog->causes);

	if (graph->reached[at])
		return false;
	graph->reached[at] = true;
	for (size_t i = 0; i < from->n_explains; i++) {
		const struct wk_cause *next = wk_catalog_cause(graph->catalog, from->explains[i]);

		if (strcmp(from->explains[i], code) == 0 || (next && reach(graph, next, code)))
			return true;
	}
	return false;
}

/* Whether `code` is the cause itself or follows from it. */
static bool explains(const struct graph *graph, const struct wk_cause *cause, const char *code)
{
	if (strcmp(cause->code, code) == 0)
		return true;
	memset(graph->reached, 0, graph->catalog->n_causes * sizeof(*graph->reached));
	return reach(graph, cause, code);
}

static size_t count_explained(const struct graph *graph, const struct wk_cause *cause,
	const struct wk_symptom symptoms[], size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (size_t j = 0; j < symptoms[i].n && !found; j++)
			found = explains(graph, cause, symptoms[i].codes[j]);
		count += found;
	}
	return count;
}

/* The known causes among the symptoms that nothing refutes, each once, in the order in which they were
 * named. */
static size_t collect(const struct graph *graph, const struct wk_symptom symptoms[], size_t n,
	const struct wk_cause **seen)
{
	size_t n_seen = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < symptoms[i].n; j++) {
			const struct wk_cause *cause =
				wk_catalog_cause(graph->catalog, symptoms[i].codes[j]);
			size_t k = 0;

			while (cause && k < n_seen && seen[k] != cause)
				k++;
			if (cause && k == n_seen && !is_refuted(graph->seen, cause))
				seen[n_seen++] = cause;
		}
	return n_seen;
}

static bool was_named(const struct wk_symptom symptoms[], size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < symptoms[i].n; j++)
			if (strcmp(symptoms[i].codes[j], code) == 0)
				return true;
	return false;
}

/* Adds the causes that others together are. */
static size_t compose(const struct graph *graph, const struct wk_symptom symptoms[], size_t n,
	const struct wk_cause **seen, size_t n_seen)
{
	for (size_t i = 0; i < graph->catalog->n_causes; i++) {
		const struct wk_cause *cause = &graph->catalog->causes[i];
		size_t named = 0;

		while (named < cause->n_all_of && was_named(symptoms, n, cause->all_of[named]))
			named++;
		if (named > 0 && named == cause->n_all_of && !is_refuted(graph->seen, cause) &&
			!was_named(symptoms, n, cause->code))
			seen[n_seen++] = cause;
	}
	return n_seen;
}

static bool is_root(const struct graph *graph, const struct wk_cause *const *seen, size_t n_seen,
	const struct wk_cause *cause)
{
	for (size_t i = 0; i < n_seen; i++)
		if (seen[i] != cause && explains(graph, seen[i], cause->code) &&
			!explains(graph, cause, seen[i]->code))
			return false;
	return true;
}

static void weigh(struct wk_likeliest *best, const struct wk_cause *cause, size_t count)
{
	if (!best->cause || count > best->explains)
		*best = (struct wk_likeliest){.cause = cause, .explains = count};
	else if (count == best->explains && best->n_also < WK_MAX_ALSO)
		best->also[best->n_also++] = cause;
}

static void add_also(struct wk_likeliest *best, const struct wk_cause *cause)
{
	for (size_t i = 0; i < best->n_also; i++)
		if (best->also[i] == cause)
			return;
	if (cause != best->cause && best->n_also < WK_MAX_ALSO)
		best->also[best->n_also++] = cause;
}

static bool names_twin(const struct wk_cause *cause, const char *code)
{
	for (size_t i = 0; i < cause->n_twins; i++)
		if (strcmp(cause->twins[i], code) == 0)
			return true;
	return false;
}

static void add_twins(const struct graph *graph, struct wk_likeliest *best)
{
	for (size_t i = 0; i < graph->catalog->n_causes; i++) {
		const struct wk_cause *other = &graph->catalog->causes[i];

		if (is_refuted(graph->seen, other))
			continue;
		if (names_twin(other, best->cause->code) || names_twin(best->cause, other->code))
			add_also(best, other);
	}
}

/* Where the cause is: where it was named, or else where what it explains was. */
static const char *find_scope(const struct graph *graph, const struct wk_cause *cause,
	const struct wk_symptom symptoms[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (was_named(&symptoms[i], 1, cause->code))
			return symptoms[i].scope;
	for (size_t i = 0; i < n; i++)
		if (count_explained(graph, cause, &symptoms[i], 1) > 0)
			return symptoms[i].scope;
	return NULL;
}

bool wk_cause_likeliest(const struct wk_catalog *catalog, const struct cJSON *known,
	const struct wk_symptom symptoms[], size_t n, struct wk_likeliest *ret)
{
	WK_AUTOFREE const struct wk_cause **seen =
		wk_xcalloc(catalog->n_causes + 1, sizeof(struct wk_cause *));
	WK_AUTOFREE bool *reached = wk_xcalloc(catalog->n_causes + 1, sizeof(bool));
	struct graph graph = {catalog, known, reached};
	struct wk_likeliest best = {.cause = NULL};
	size_t n_seen = collect(&graph, symptoms, n, seen);

	n_seen = compose(&graph, symptoms, n, seen, n_seen);
	for (size_t i = 0; i < n_seen; i++)
		if (is_root(&graph, seen, n_seen, seen[i]))
			weigh(&best, seen[i], count_explained(&graph, seen[i], symptoms, n));
	if (!best.cause)
		return false;
	add_twins(&graph, &best);
	best.scope = find_scope(&graph, best.cause, symptoms, n);
	*ret = best;
	return true;
}
