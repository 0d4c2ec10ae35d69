/*
 * What a check waits for
 *
 * The prerequisites of every check of a suite are resolved once, to planned checks, and counted down
 * as these get their verdicts: sixteen clusters plan thousands of checks, and to search for what each
 * needs at every turn would take longer than the checks.
 */
#include "wookie/run/needs.h"

#include "wookie/base/mem.h"

#include <string.h>

/* One more that waits for a check; the rest of the list begins at `next` - 1. */
struct edge {
	size_t to;
	size_t next;
};

struct wk_needs {
	const struct wk_plan *plan;
	size_t first;
	size_t last;
	size_t *open;    /* of first..last: so many are not done */
	size_t *blocker; /* of first..last: what did not pass + 1, or 0 */
	size_t *waiting; /* of 0..last: where the list of those that wait for it begins + 1, or 0 */
	bool *noted;     /* of 0..last: is done and counted */
	struct edge *edges;
	size_t n_edges;
	size_t room;
};

/* `need` is the id of a check of the same suite, or a full one. */
static bool is_needed(
	const struct wk_planned *check, const char *need, const struct wk_planned *other)
{
	if (strcmp(other->name, need) == 0)
		return true;
	return other->suite == check->suite && strcmp(other->check->id, need) == 0;
}

/* Whether `other` tells about the clusters that `check` is for. */
static bool concerns(const struct wk_planned *check, const struct wk_planned *other)
{
	if (!check->scope[0] || !other->scope[0])
		return true;
	if (other->cluster >= 0 && check->cluster >= 0)
		return other->cluster == check->cluster;
	if (other->cluster >= 0)
		return other->cluster == check->client || other->cluster == check->server;
	if (check->cluster >= 0)
		return check->cluster == other->client || check->cluster == other->server;
	return check->client == other->client && check->server == other->server;
}

static void add_edge(struct wk_needs *needs, size_t from, size_t to)
{
	if (needs->n_edges == needs->room) {
		needs->room = needs->room ? 2 * needs->room : 256;
		needs->edges = wk_xrealloc(needs->edges, needs->room * sizeof(*needs->edges));
	}
	needs->edges[needs->n_edges++] = (struct edge){to, needs->waiting[from]};
	needs->waiting[from] = needs->n_edges;
	needs->open[to - needs->first]++;
}

/* Where the planned checks of the same declaration as `at` end; they stand beside each other. */
static size_t end_of(const struct wk_needs *needs, size_t at)
{
	size_t end = at;

	while (end <= needs->last &&
		needs->plan->checks[end].check == needs->plan->checks[at].check)
		end++;
	return end;
}

/* One that is not selected, or is of a later suite, is not waited for. */
static void resolve(struct wk_needs *needs, size_t begin, size_t end, const char *need)
{
	const struct wk_planned *checks = needs->plan->checks;
	size_t next;

	for (size_t i = 0; i <= needs->last; i = next) {
		next = end_of(needs, i);
		if (!is_needed(&checks[begin], need, &checks[i]))
			continue;
		for (size_t from = i; from < next; from++)
			for (size_t to = begin; to < end; to++)
				if (concerns(&checks[to], &checks[from]))
					add_edge(needs, from, to);
	}
}

struct wk_needs *wk_needs_new(const struct wk_plan *plan, size_t first, size_t last)
{
	struct wk_needs *needs = wk_xcalloc(1, sizeof(*needs));
	size_t next;

	*needs = (struct wk_needs){.plan = plan,
		.first = first,
		.last = last,
		.open = wk_xcalloc(last - first + 1, sizeof(size_t)),
		.blocker = wk_xcalloc(last - first + 1, sizeof(size_t)),
		.waiting = wk_xcalloc(last + 1, sizeof(size_t)),
		.noted = wk_xcalloc(last + 1, sizeof(bool))};
	for (size_t i = first; i <= last; i = next) {
		const struct wk_check *check = plan->checks[i].check;

		next = end_of(needs, i);
		for (size_t j = 0; j < check->n_needs; j++)
			resolve(needs, i, next, check->needs[j]);
	}
	return needs;
}

void wk_needs_free(struct wk_needs *needs)
{
	if (!needs)
		return;
	free(needs->open);
	free(needs->blocker);
	free(needs->waiting);
	free(needs->noted);
	free(needs->edges);
	free(needs);
}

static void count_down(struct wk_needs *needs, size_t done, bool passed)
{
	for (size_t i = needs->waiting[done]; i; i = needs->edges[i - 1].next) {
		size_t to = needs->edges[i - 1].to - needs->first;

		needs->open[to]--;
		if (!passed && !needs->blocker[to])
			needs->blocker[to] = done + 1;
	}
}

void wk_needs_note(struct wk_needs *needs, const struct wk_slot *slots)
{
	for (size_t i = 0; i <= needs->last; i++) {
		if (needs->noted[i] || slots[i].state != WK_SLOT_DONE)
			continue;
		needs->noted[i] = true;
		count_down(needs, i, slots[i].verdict == WK_PASS);
	}
}

enum wk_readiness wk_needs_of(const struct wk_needs *needs, size_t at, size_t *ret_blocker)
{
	size_t blocker = needs->blocker[at - needs->first];

	if (blocker) {
		*ret_blocker = blocker - 1;
		return WK_BLOCKED;
	}
	return needs->open[at - needs->first] > 0 ? WK_NOT_YET : WK_READY;
}
