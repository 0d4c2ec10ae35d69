/*
 * The bounds of load-balancing.even-spread, worked out a second time: the suite adds up a
 * recurrence in jq, this takes logarithms of gamma functions in long double.
 */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "wookie/expect/expect.h"
#include "wookie/yaml/node.h"

#define ALARM 1e-6L

static const struct wk_node *named(const struct wk_node *list, const char *key, const char *name)
{
	for (size_t i = 0; list && i < list->n_items; i++) {
		const char *text = wk_node_text(&list->items[i], key);

		if (text && strcmp(text, name) == 0)
			return &list->items[i];
	}
	return NULL;
}

/* The program as it ships. */
static const char *program_of_suite(struct wk_arena *arena)
{
	struct wk_node *suite = NULL;
	struct wk_err err;
	const struct wk_node *check = NULL;
	const struct wk_node *expectation = NULL;

	cr_assert(wk_yaml_read(arena, WK_SOURCEDIR "/suites/load-balancing.yaml", &suite, &err),
		"%s", err.msg);
	check = named(wk_node_get(suite, "checks"), "id", "even-spread");
	expectation = named(wk_node_get(check, "expect"), "cause", "WK-LB-002");
	cr_assert_not_null(expectation);
	return wk_node_text(expectation, "jq");
}

/* P(X = x) of Binomial(n, 1/k). */
static long double chance(int n, int k, int x)
{
	long double p = 1.0L / k;

	return expl(lgammal(n + 1) - lgammal(x + 1) - lgammal(n - x + 1) + x * logl(p) +
		    (n - x) * log1pl(-p));
}

static long double chance_below(int n, int k, int x)
{
	long double sum = 0;

	for (int i = 0; i < x; i++)
		sum += chance(n, k, i);
	return sum;
}

static long double chance_above(int n, int k, int x)
{
	long double sum = 0;

	for (int i = n; i > x; i--)
		sum += chance(n, k, i);
	return sum;
}

/* How many replicas the suite finds outside when one answered `count` times. */
static int found_outside(const char *program, int k, int count)
{
	char vars_text[80];
	char text[80];
	cJSON *got = NULL;
	struct wk_err err;
	int n = 0;

	(void)snprintf(
		vars_text, sizeof(vars_text), "{\"server\":{\"helloworld\":{\"replicas\":%d}}}", k);
	(void)snprintf(text, sizeof(text), "{\"instances\":{\"a\":%d}}", count);
	cJSON *vars = cJSON_Parse(vars_text);
	cJSON *evidence = cJSON_Parse(text);

	cr_assert(wk_jq_eval(program, evidence, vars, &got, &err), "%s", err.msg);
	n = cJSON_GetArraySize(got);
	cJSON_Delete(got);
	cJSON_Delete(vars);
	cJSON_Delete(evidence);
	return n;
}

Test(spread, the_bounds_are_the_exact_binomial_ones)
{
	WK_AUTO(wk_arena_free) struct wk_arena *arena = wk_arena_new();
	const char *program = program_of_suite(arena);

	for (int k = 2; k <= 8; k++) {
		int n = 30 * k;
		long double tail = ALARM / (2 * k);
		int low = 0;
		int high = n;

		while (chance_below(n, k, low + 1) <= tail)
			low++;
		while (chance_above(n, k, high - 1) <= tail)
			high--;
		cr_expect_leq(k * (chance_below(n, k, low) + chance_above(n, k, high)), ALARM,
			"%d replicas", k);
		cr_expect_eq(found_outside(program, k, low), 0, "%d replicas, %d", k, low);
		cr_expect_eq(found_outside(program, k, high), 0, "%d replicas, %d", k, high);
		cr_expect_eq(found_outside(program, k, low - 1), 1, "%d replicas, %d", k, low - 1);
		cr_expect_eq(
			found_outside(program, k, high + 1), 1, "%d replicas, %d", k, high + 1);
	}
}

Test(spread, one_replica_that_answers_everything_is_outside)
{
	WK_AUTO(wk_arena_free) struct wk_arena *arena = wk_arena_new();

	cr_expect_eq(found_outside(program_of_suite(arena), 3, 90), 1);
	cr_expect_eq(found_outside(program_of_suite(arena), 3, 30), 0);
}
