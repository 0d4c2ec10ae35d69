#include "wookie/report/report.h"
#include "wookie/report/results.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define RUN "{\"event\":\"run\",\"id\":\"r\",\"repeat\":{\"most\":3,\"until_fail\":false}}\n"
#define PLAN                                                               \
	"{\"event\":\"plan\",\"suites\":[{\"name\":\"dns\"}],\"checks\":[" \
	"{\"id\":\"dns.a\",\"suite\":\"dns\"},{\"id\":\"dns.b\",\"suite\":\"dns\"}]}\n"
#define ROUND(number, state) \
	"{\"event\":\"round\",\"round\":" number ",\"state\":\"" state "\",\"seconds\":1}\n"
#define CHECK(id, number, verdict, more)                                                     \
	"{\"event\":\"check\",\"id\":\"" id "\",\"round\":" number ",\"verdict\":\"" verdict \
	"\"" more "}\n"
#define PASSED(number)                                        \
	ROUND(number, "begin")                                \
	CHECK("dns.a", number, "pass", ",\"first_held\":0.5") \
	CHECK("dns.b", number, "pass", "") ROUND(number, "done")
#define END "{\"event\":\"end\",\"exit\":0,\"interrupted\":false}\n"

static struct wk_results *read_log(const char *log)
{
	struct wk_results *results = NULL;
	struct wk_err err = {0};

	cr_assert(wk_results_parse(log, strlen(log), &results, &err), "%s", err.msg);
	return results;
}

static const struct {
	const char *what;
	const char *log;
	enum wk_exit exit;
	size_t all;
	size_t passed;
	size_t not_judged;
	size_t green;
	size_t problems;
} rows[] = {
	{"three green rounds", RUN PLAN PASSED("1") PASSED("2") PASSED("3") END, WK_EXIT_OK, 6, 6,
		0, 3, 0},
	{"a red one",
		RUN PLAN PASSED("1") ROUND("2", "begin") CHECK("dns.a", "2", "fail", "")
			CHECK("dns.b", "2", "pass", "") ROUND("2", "done") PASSED("3") END,
		WK_EXIT_FAILED, 6, 5, 0, 2, 0},
	{"a flaky one",
		RUN PLAN PASSED("1") ROUND("2", "begin") CHECK("dns.a", "2", "pass",
			",\"flaky\":true") CHECK("dns.b", "2", "pass", "") ROUND("2", "done") END,
		WK_EXIT_FAILED, 4, 3, 0, 1, 0},
	{"one that was cut off",
		RUN PLAN PASSED("1") ROUND("2", "begin") CHECK("dns.a", "2", "pass", ""),
		WK_EXIT_ENVIRONMENT, 4, 3, 1, 1, 0},
	{"none was begun", RUN PLAN END, WK_EXIT_ENVIRONMENT, 2, 0, 2, 0, 0},
	{"verdicts that do not say which",
		RUN PLAN ROUND("1", "begin") "{\"event\":\"check\",\"id\":"
					     "\"dns.a\",\"verdict\":\"pass\"}\n" CHECK(
						     "dns.b", "1", "pass", "") END,
		WK_EXIT_OK, 2, 2, 0, 1, 0},
	{"a verdict of an earlier round",
		RUN PLAN ROUND("1", "begin") CHECK("dns.a", "1", "pass", "") ROUND("2", "begin")
			CHECK("dns.b", "1", "pass", "") CHECK("dns.a", "2", "pass", "")
				CHECK("dns.b", "2", "pass", "") END,
		WK_EXIT_OK, 4, 4, 0, 2, 0},
	{"a round is missing", RUN PLAN PASSED("1") ROUND("3", "begin") END, WK_EXIT_ENVIRONMENT, 2,
		2, 0, 1, 1},
	{"a round of a run without",
		"{\"event\":\"run\"}\n" PLAN ROUND("1", "begin") CHECK("dns.a", "0", "pass", "")
			CHECK("dns.b", "0", "pass", "") END,
		WK_EXIT_ENVIRONMENT, 2, 2, 0, 0, 1},
};

Test(report_rounds, are_each_judged_as_a_run_would_be)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_results *WK_AUTO(wk_results_free) results = read_log(rows[i].log);

		cr_expect_eq(wk_results_exit(results), rows[i].exit, "%s: %d", rows[i].what,
			(int)wk_results_exit(results));
		cr_expect_eq(results->checks.all, rows[i].all, "%s: %zu", rows[i].what,
			results->checks.all);
		cr_expect_eq(results->checks.passed, rows[i].passed, "%s: %zu", rows[i].what,
			results->checks.passed);
		cr_expect_eq(results->checks.not_judged, rows[i].not_judged, "%s: %zu",
			rows[i].what, results->checks.not_judged);
		cr_expect_eq(wk_rounds_green(results), rows[i].green, "%s: %zu", rows[i].what,
			wk_rounds_green(results));
		cr_expect_eq(results->n_problems, rows[i].problems, "%s: %s", rows[i].what,
			results->n_problems ? results->problems[0] : "");
	}
}

Test(report_rounds, no_two_testcases_have_one_name)
{
	struct wk_results *WK_AUTO(wk_results_free) results = read_log(rows[0].log);

	for (size_t i = 0; i < results->n_cases; i++)
		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(results->cases[i].id, results->cases[j].id);
	cr_expect_str_eq(results->cases[5].id, "dns.b round 3");
	cr_expect_str_eq(results->cases[5].check, "dns.b");
	cr_expect_str_eq(wk_suite_label(results, &results->suites[2]), "dns round 3");
}

Test(report_rounds, a_check_is_counted_over_all_of_them)
{
	struct wk_results *WK_AUTO(wk_results_free) results =
		read_log(RUN PLAN PASSED("1") ROUND("2", "begin") CHECK("dns.a", "2", "pass",
			",\"first_held\":2") CHECK("dns.b", "2", "error", "") ROUND("2", "done")
				ROUND("3", "begin") CHECK("dns.a", "3", "fail", ",\"first_held\":9")
					CHECK("dns.b", "3", "skip", "") ROUND("3", "done") END);
	struct wk_rounds_check *checks;

	cr_assert_eq(wk_rounds_checks(results, &checks), 2);
	cr_expect_str_eq(checks[0].first->check, "dns.a");
	cr_expect_eq(checks[0].rounds, 3);
	cr_expect_eq(checks[0].passed, 2);
	cr_expect_eq(checks[0].n_bad, 1);
	cr_expect_eq(checks[0].bad[0], 3);
	/* What held and broke for good is no healthy convergence. */
	cr_expect_eq(checks[0].slowest, 2);
	cr_expect_eq(checks[0].slowest_round, 2);
	cr_expect_eq(checks[1].passed, 1);
	cr_expect_eq(checks[1].skipped, 1);
	cr_expect_eq(checks[1].bad[0], 2);
	cr_expect_eq(checks[1].slowest_round, 0);
}
