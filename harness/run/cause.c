/*
 * The likeliest cause
 *
 * One fault makes many checks fail, each naming the cause as it looks from there. `explains` in the
 * catalog says which of them follow from which. A root is what nothing else that was seen explains;
 * the best root explains most failures. Two causes that explain each other are one root under two
 * names, so neither takes the other out. Two that no evidence tells apart are named together, also
 * where only one of them was seen.
 */
#include "wookie/run/cause.h"

#include "wookie/base/mem.h"

#include <string.h>

struct graph {
	const struct wk_catalog *catalog;
	bool *reached; /* by index of the cause; scratch space of reach() */
};

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

/* The known causes among the symptoms, each once, in the order in which they were named. */
static size_t collect(const struct wk_catalog *catalog, const struct wk_symptom symptoms[],
	size_t n, const struct wk_cause **seen)
{
	size_t n_seen = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < symptoms[i].n; j++) {
			const struct wk_cause *cause =
				wk_catalog_cause(catalog, symptoms[i].codes[j]);
			size_t k = 0;

			while (cause && k < n_seen && seen[k] != cause)
				k++;
			if (cause && k == n_seen)
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

static void add_twins(const struct wk_catalog *catalog, struct wk_likeliest *best)
{
	for (size_t i = 0; i < catalog->n_causes; i++) {
		const struct wk_cause *other = &catalog->causes[i];

		if (names_twin(other, best->cause->code) || names_twin(best->cause, other->code))
			add_also(best, other);
	}
}

bool wk_cause_likeliest(const struct wk_catalog *catalog, const struct wk_symptom symptoms[],
	size_t n, struct wk_likeliest *ret)
{
	WK_AUTOFREE const struct wk_cause **seen =
		wk_xcalloc(catalog->n_causes + 1, sizeof(struct wk_cause *));
	WK_AUTOFREE bool *reached = wk_xcalloc(catalog->n_causes + 1, sizeof(bool));
	struct graph graph = {catalog, reached};
	struct wk_likeliest best = {.cause = NULL};
	size_t n_seen = collect(catalog, symptoms, n, seen);

	for (size_t i = 0; i < n_seen; i++)
		if (is_root(&graph, seen, n_seen, seen[i]))
			weigh(&best, seen[i], count_explained(&graph, seen[i], symptoms, n));
	if (!best.cause)
		return false;
	add_twins(catalog, &best);
	*ret = best;
	return true;
}
