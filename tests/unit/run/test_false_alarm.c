/*
 * How often a check that depends on chance is wrong
 *
 * Each such check states it; here it is worked out from the numbers that the check really uses, read
 * from the suite through the topology, and the statement must be no less, and not much more.
 *
 * Both models are of what the gateway does with a connection. Its clusters pick by LEAST_REQUEST with
 * two choices (Envoy, least_request_lb.cc): two draws among the replicas, each draw among all of them,
 * and the one with fewer open connections is taken, of equals the first. Where loads differ, the
 * replica with the j-th most connections is so taken in (2j - 1) of k * k cases: the most loaded one
 * only when both draws are of it. That it is the same one all the time is the worst that can be, since
 * the chance to miss a replica is convex in its share. Where no load is there but what the requests
 * themselves make, each is as likely as any other, and what they make only evens them out.
 */
#include "wookie/conf/catalog.h"
#include "wookie/conf/topology.h"
#include "wookie/expect/expect.h"
#include "wookie/fault/fault.h"
#include "wookie/mesh/facts.h"
#include "wookie/probe/probe.h"
#include "wookie/run/plan.h"

#include "shipped.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLICAS_MAX = 10, DRAWS_MAX = 1000 };

/* The shipped suites for the shipped topology, with another number of replicas where it is not 0. */
struct shipped {
	struct wk_arena *arena;
	struct wk_catalog catalog;
	struct wk_topology topology;
	struct wk_plan plan;
	cJSON *facts;
};

static void load(struct shipped *s, int replicas)
{
	char set[80];
	const char *sets[] = {set};
	struct wk_err err = {0};

	(void)snprintf(
		set, sizeof(set), "clusters.cluster-a.workloads.helloworld.replicas=%d", replicas);
	*s = (struct shipped){.arena = wk_arena_new()};
	load_shipped(s->arena, &s->catalog);
	cr_assert(wk_topology_load(s->arena, WK_SOURCEDIR "/fixtures/topologies/wookie.yaml", sets,
			  replicas ? 1 : 0, &s->topology, &err),
		"%s", err.msg);
	cr_assert(wk_plan_make(s->arena, &s->catalog, &s->topology, &(struct wk_selection){0},
			  &s->plan, &err),
		"%s", err.msg);
	s->facts = wk_facts_declared(&s->topology);
}

static void unload(struct shipped *s)
{
	cJSON_Delete(s->facts);
	wk_arena_free(s->arena);
}

/* The whole number that an expression yields. */
static int whole(const char *program, const cJSON *vars)
{
	cJSON *value = NULL;
	struct wk_err err;
	int number;

	cr_assert(wk_jq_eval(program, NULL, vars, &value, &err), "%s", err.msg);
	cr_assert(cJSON_IsNumber(value), "%s", program);
	number = value->valueint;
	cJSON_Delete(value);
	return number;
}

/* The arguments of a call as its probe gets them. */
static cJSON *expanded(const struct wk_probe_call *call, const cJSON *vars)
{
	cJSON *args = NULL;
	struct wk_err err;

	cr_assert(wk_expand(call->args, vars, &args, &err), "%s", err.msg);
	return args;
}

/* Of the probe itself, or of the one whose traffic it counts. */
static int argument(const cJSON *args, const char *key)
{
	const cJSON *around = cJSON_GetObjectItemCaseSensitive(args, "around");
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(around ? around->child : args, key);

	return cJSON_IsNumber(value) ? value->valueint : 0;
}

/* That `draws` connections, each by two choices, miss one of k replicas: by inclusion and exclusion
 * over the sets of replicas that are missed. */
static long double missed_by_two_choices(int k, int draws)
{
	long double sum = 0;

	for (unsigned set = 1; set < 1U << k; set++) {
		int share = 0;

		for (int j = 1; j <= k; j++)
			share += set >> (j - 1) & 1 ? 2 * j - 1 : 0;
		sum += (__builtin_popcount(set) % 2 ? 1 : -1) *
		       powl(1 - (long double)share / (k * k), draws);
	}
	return sum;
}

/* Whether the check's own words find nothing wrong with one replica that answered so often. */
static bool is_within(const struct wk_check *check, const cJSON *vars, int answered)
{
	cJSON *evidence = cJSON_CreateObject();
	bool within = true;

	(void)cJSON_AddNumberToObject(
		cJSON_AddObjectToObject(evidence, "instances"), "one", answered);
	for (size_t i = 0; i < check->n_expect; i++) {
		cJSON *got = NULL;
		struct wk_err err;

		/* The others ask how many answered at all. */
		if (!strstr(check->expect[i].jq, "to_entries"))
			continue;
		cr_assert(
			wk_jq_eval(check->expect[i].jq, evidence, vars, &got, &err), "%s", err.msg);
		within = within && cJSON_GetArraySize(got) == 0;
		cJSON_Delete(got);
	}
	cJSON_Delete(evidence);
	return within;
}

/* The number next to `wrong` that is within, between it and `right`, which is. */
static int bound(const struct wk_check *check, const cJSON *vars, int wrong, int right)
{
	while (abs(right - wrong) > 1) {
		int middle = (wrong + right) / 2;

		if (is_within(check, vars, middle))
			right = middle;
		else
			wrong = middle;
	}
	return right;
}

/* That of n requests, each to any of k replicas alike, some replica gets a number that the check
 * takes for wrong. Exact: the multinomial, replica by replica. */
static long double outside(const struct wk_check *check, const cJSON *vars, int k, int n)
{
	long double ways[DRAWS_MAX] = {1}; /* so far, over n!; index is how many are spent */
	int low = bound(check, vars, -1, n / k);
	int high = bound(check, vars, n + 1, n / k);

	cr_assert_lt(n, DRAWS_MAX);
	for (int replica = 0; replica < k; replica++)
		for (int spent = n; spent >= 0; spent--) {
			long double sum = 0;

			for (int own = low; own <= high && own <= spent; own++)
				sum += ways[spent - own] / tgammal(own + 1);
			ways[spent] = sum;
		}
	return 1 - ways[n] / expl(n * logl(k) - lgammal(n + 1));
}

/* The call that counts draws until all were seen; NULL: none does. */
static const struct wk_probe_call *until_all_seen(const struct wk_check *check)
{
	const struct wk_probe_call *calls[] = {&check->probe, &check->control};

	for (size_t i = 0; i < WK_COUNT(calls); i++)
		if (calls[i]->args && strstr(calls[i]->args, "\"want\""))
			return calls[i];
	return NULL;
}

/* In one attempt. A check passes with the first that holds, so that more of them only lower it; of
 * one that wants several in a row each may be wrong. */
static long double worked_out(const struct wk_planned *planned, const cJSON *facts)
{
	const struct wk_check *check = planned->check;
	cJSON *vars = wk_plan_vars(planned, facts);
	const struct wk_probe_call *call = until_all_seen(check);
	cJSON *args = expanded(call ? call : &check->probe, vars);
	int draws = argument(args, "count");
	int k = whole("$server.helloworld.replicas", vars);
	long double chance = 0;

	switch (check->false_alarm.model) {
	case WK_CHANCE_TWO_CHOICES:
		cr_assert(call, "%s", check->full_id);
		cr_expect_eq(argument(args, "want"), k, "%s", check->full_id);
		chance = missed_by_two_choices(k, draws);
		break;
	case WK_CHANCE_UNIFORM:
		chance = outside(check, vars, k, draws);
		break;
	}
	cJSON_Delete(args);
	cJSON_Delete(vars);
	return chance * check->stable;
}

Test(false_alarm, what_a_check_states_is_what_its_numbers_make_of_it)
{
	struct shipped s;
	int seen = 0;

	load(&s, 0);
	for (size_t i = 0; i < s.plan.n_checks; i++) {
		const struct wk_false_alarm *stated = &s.plan.checks[i].check->false_alarm;
		long double chance;

		if (stated->chance <= 0)
			continue;
		chance = worked_out(&s.plan.checks[i], s.facts);
		cr_log_info("%s: %Lg, stated %g", s.plan.checks[i].id, chance, stated->chance);
		cr_expect_leq(chance, stated->chance, "%s: %Lg", s.plan.checks[i].id, chance);
		cr_expect_leq(stated->chance, 10 * chance, "%s: %Lg", s.plan.checks[i].id, chance);
		seen++;
	}
	cr_expect_geq(seen, 3);
	unload(&s);
}

Test(false_alarm, it_holds_for_other_numbers_of_replicas)
{
	for (int k = 2; k <= REPLICAS_MAX; k++) {
		struct shipped s;

		load(&s, k);
		for (size_t i = 0; i < s.plan.n_checks; i++) {
			const struct wk_false_alarm *stated = &s.plan.checks[i].check->false_alarm;
			long double chance;

			if (stated->chance <= 0)
				continue;
			chance = worked_out(&s.plan.checks[i], s.facts);
			cr_expect_leq(chance, stated->chance, "%s, %d replicas: %Lg",
				s.plan.checks[i].id, k, chance);
		}
		unload(&s);
	}
}

/* Whoever counts what was drawn depends on chance, and has to say how much. */
Test(false_alarm, no_check_that_draws_until_all_are_seen_is_silent_about_it)
{
	struct shipped s;

	load(&s, 0);
	for (size_t i = 0; i < s.plan.n_checks; i++) {
		const struct wk_check *check = s.plan.checks[i].check;
		bool counts = false;

		for (size_t j = 0; j < check->n_expect; j++)
			counts = counts || strstr(check->expect[j].jq, ".leaves | length") ||
				 strstr(check->expect[j].jq, ".instances | length") ||
				 strstr(check->expect[j].jq, ".cx_total >= 1) | .address | split");
		cr_expect_eq(counts, check->false_alarm.chance > 0, "%s", check->full_id);
	}
	unload(&s);
}

/* A hundred runs are said to raise no false alarm: so all of them together must not. */
Test(false_alarm, a_hundred_runs_raise_none)
{
	struct shipped s;
	double sum = 0;

	load(&s, 0);
	for (size_t i = 0; i < s.plan.n_checks; i++)
		sum += s.plan.checks[i].check->false_alarm.chance;
	cr_expect_leq(100 * sum, 1e-3, "%g", 100 * sum);
	unload(&s);
}

Test(false_alarm, the_models_agree_with_what_was_counted_by_hand)
{
	/* Two replicas, two draws: both on the less loaded one, (3/4)^2, or both on the other. */
	cr_expect_float_eq((double)missed_by_two_choices(2, 2), 0.75 * 0.75 + 0.25 * 0.25, 1e-12);
	/* As many draws as replicas: one minus the chance that each is hit once. */
	cr_expect_float_eq((double)missed_by_two_choices(3, 3), 1 - 6.0 * 1 * 3 * 5 / 729, 1e-12);
}
