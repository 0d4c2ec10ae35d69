#include "wookie/base/file.h"
#include "wookie/report/report.h"
#include "wookie/report/results.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN "{\"event\":\"run\",\"id\":\"r\",\"strict\":false}\n"
#define STRICT "{\"event\":\"run\",\"id\":\"r\",\"strict\":true}\n"
#define PLAN(checks) "{\"event\":\"plan\",\"suites\":[],\"checks\":[" checks "]}\n"
#define ENTRY(id) "{\"id\":\"" id "\",\"suite\":\"dns\",\"title\":\"t\"}"
#define CHECK(id, verdict) \
	"{\"event\":\"check\",\"id\":\"" id "\",\"suite\":\"dns\",\"verdict\":\"" verdict "\"}\n"
#define END(exit) "{\"event\":\"end\",\"exit\":" exit ",\"interrupted\":false}\n"

#define REMOVAL                                                                               \
	"{\"event\":\"step\",\"phase\":\"scratch\",\"what\":\"remove\",\"state\":\"failed\"," \
	"\"detail\":\"no answer\"}\n"

static struct wk_results *read_log(const char *log)
{
	struct wk_results *results = NULL;
	struct wk_err err = {0};

	cr_assert(wk_results_parse(log, strlen(log), &results, &err), "%s", err.msg);
	return results;
}

Test(results, the_exit_code_is_the_first_that_applies)
{
	static const struct {
		const char *what;
		const char *log;
		enum wk_exit exit;
	} rows[] = {
		{"all passed", RUN PLAN(ENTRY("a")) CHECK("a", "pass") END("0"), WK_EXIT_OK},
		{"a failure", RUN PLAN(ENTRY("a")) CHECK("a", "fail") END("1"), WK_EXIT_FAILED},
		{"a failure that the end does not tell",
			RUN PLAN(ENTRY("a")) CHECK("a", "fail") END("0"), WK_EXIT_FAILED},
		{"an error beside a failure",
			RUN PLAN(ENTRY("a") "," ENTRY("b")) CHECK("a", "fail") CHECK("b", "error")
				END("3"),
			WK_EXIT_FAILED},
		{"a failure, and scratch that could not be removed",
			RUN PLAN(ENTRY("a")) CHECK("a", "fail") REMOVAL END("1"), WK_EXIT_FAILED},
		{"scratch that could not be removed",
			RUN PLAN(ENTRY("a")) CHECK("a", "pass") REMOVAL END("0"),
			WK_EXIT_ENVIRONMENT},
		{"an unknown verdict", RUN PLAN(ENTRY("a")) CHECK("a", "maybe") END("0"),
			WK_EXIT_ENVIRONMENT},
		{"a skip", RUN PLAN(ENTRY("a")) CHECK("a", "skip") END("0"), WK_EXIT_OK},
		{"a skip under --strict", STRICT PLAN(ENTRY("a")) CHECK("a", "skip") END("4"),
			WK_EXIT_NOTHING},
		{"nothing selected", RUN PLAN("") END("4"), WK_EXIT_NOTHING},
		{"a killed run with every verdict", RUN PLAN(ENTRY("a")) CHECK("a", "pass"),
			WK_EXIT_ENVIRONMENT},
		{"leftovers beside a failure",
			RUN PLAN(ENTRY("a")) CHECK("a", "fail") "{\"event\":\"end\",\"exit\":5,"
								"\"leftover\":[\"a mount\"]}",
			WK_EXIT_FAILED},
		{"an interrupt beside an error",
			RUN PLAN(
				ENTRY("a")) "{\"event\":\"end\",\"exit\":130,\"interrupted\":true}",
			WK_EXIT_INTERRUPTED},
		{"a reason that no event shows", RUN PLAN(ENTRY("a")) CHECK("a", "pass") END("2"),
			WK_EXIT_USAGE},
		{"an exit code that is none of ours",
			RUN PLAN(ENTRY("a")) CHECK("a", "pass") END("77"), WK_EXIT_ENVIRONMENT},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_results *WK_AUTO(wk_results_free) results = read_log(rows[i].log);
		size_t red = results->tests.failed + results->tests.errors;

		cr_expect_eq(wk_results_exit(results), rows[i].exit, "%s: %d", rows[i].what,
			(int)wk_results_exit(results));
		cr_expect_eq(red > 0, rows[i].exit != WK_EXIT_OK,
			"%s: %zu red testcases beside exit code %d", rows[i].what, red,
			(int)rows[i].exit);
	}
}

Test(results, of_two_verdicts_the_worse_counts)
{
	static const char *const logs[] = {
		RUN PLAN(ENTRY("a")) CHECK("a", "pass") CHECK("a", "fail") END("0"),
		RUN PLAN(ENTRY("a")) CHECK("a", "fail") CHECK("a", "pass") END("0"),
	};

	for (size_t i = 0; i < WK_COUNT(logs); i++) {
		struct wk_results *WK_AUTO(wk_results_free) results = read_log(logs[i]);

		cr_expect_eq(results->checks.all, 1);
		cr_expect_eq(results->checks.failed, 1, "log %zu", i);
		cr_expect_eq(results->n_problems, 1, "log %zu", i);
	}
}

Test(results, a_check_that_was_not_judged_is_an_error_that_says_why)
{
	static const struct {
		const char *log;
		const char *reason;
	} rows[] = {
		{RUN PLAN(ENTRY("a")), "not judged: the run was killed"},
		{RUN PLAN(ENTRY("a")) "{\"event\":\"end\",\"exit\":130,\"interrupted\":true}",
			"not judged: the run was interrupted"},
		{RUN PLAN(ENTRY("a")) "{\"event\":\"end\",\"exit\":3,\"reason\":\"2m are over\"}",
			"not judged: 2m are over"},
		{RUN PLAN(ENTRY("a")) "{\"event\":\"step\",\"phase\":\"up\",\"what\":\"x\","
				      "\"state\":\"failed\",\"detail\":\"d\"}\n" END("3"),
			"not judged: up of 'x' did not succeed"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_results *WK_AUTO(wk_results_free) results = read_log(rows[i].log);

		cr_expect_eq(results->checks.not_judged, 1);
		cr_expect_eq(results->cases[0].verdict, WK_ERROR);
		cr_expect_str_eq(results->cases[0].reason, rows[i].reason);
	}
}

Test(results, a_cut_off_last_line_is_left_out_and_remembered)
{
	struct wk_results *WK_AUTO(wk_results_free) cut =
		read_log(RUN PLAN(ENTRY("a")) "{\"event\":\"check\",\"id\":\"a\",\"verd");
	struct wk_results *WK_AUTO(wk_results_free) whole =
		read_log(RUN PLAN(ENTRY("a")) "{\"event\":\"end\",\"exit\":0}");

	cr_expect(wk_results_truncated(cut));
	cr_expect_eq(cut->checks.not_judged, 1);
	cr_expect_not(wk_results_truncated(whole));
}

Test(results, a_line_in_the_middle_that_is_no_event_is_a_problem)
{
	struct wk_results *WK_AUTO(wk_results_free) results = read_log(
		RUN "garbage\n\n[1]\n{\"event\":5}\n" PLAN(ENTRY("a")) CHECK("a", "pass") END("0"));

	cr_expect_eq(results->n_problems, 3);
	cr_expect_str_eq(
		results->problems[0], "line 2 of the event log is no event; it is passed over");
	cr_expect_eq(wk_results_exit(results), WK_EXIT_ENVIRONMENT);
	cr_expect_eq(results->checks.errors, 0);
	cr_expect_eq(results->tests.errors, 1);
	cr_expect_str_eq(results->cases[1].id, "[log]");
	cr_expect_str_eq(results->cases[1].reason, results->problems[0]);
}

static const struct wk_case *case_of(const struct wk_results *results, const char *id)
{
	for (size_t i = 0; i < results->n_cases; i++)
		if (strcmp(results->cases[i].id, id) == 0)
			return &results->cases[i];
	cr_assert_fail("no case '%s'", id);
	return NULL;
}

static bool ends_in(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

Test(results, how_many_oddities_are_not_listed_is_told)
{
	struct wk_buf WK_AUTO(wk_buf_finish) log = WK_BUF_INIT(100000);
	struct wk_results *results = NULL;
	struct wk_err err;

	(void)wk_buf_puts(&log, RUN PLAN(ENTRY("a")) CHECK("a", "pass"));
	for (int i = 0; i < 31; i++)
		(void)wk_buf_puts(&log, "garbage\n");
	(void)wk_buf_puts(&log, END("0"));
	cr_assert(wk_results_parse(wk_buf_str(&log), log.len, &results, &err), "%s", err.msg);
	cr_expect(ends_in(case_of(results, "[log]")->details,
			  "\nand 11 more oddities of the event log"),
		"%s", case_of(results, "[log]")->details);
	wk_results_free(results);
}

Test(results, what_more_lines_say_is_counted_and_the_worst_code_stays)
{
	struct wk_buf WK_AUTO(wk_buf_finish) log = WK_BUF_INIT(1000000);
	struct wk_results *results = NULL;
	struct wk_err err;

	(void)wk_buf_puts(&log, RUN PLAN(ENTRY("a")) CHECK("a", "pass"));
	for (int i = 0; i < 500; i++)
		(void)wk_buf_printf(&log,
			"{\"event\":\"step\",\"phase\":\"up\",\"what\":\"node %d of the mesh\","
			"\"state\":\"failed\",\"detail\":\"it is not there\"}\n",
			i);
	(void)wk_buf_puts(&log, END("3"));
	cr_assert(wk_results_parse(wk_buf_str(&log), log.len, &results, &err), "%s", err.msg);
	cr_expect_lt(strlen(case_of(results, "[up]")->details), 9000);
	cr_expect_not_null(strstr(case_of(results, "[up]")->details, "\nand 2"), "%s",
		case_of(results, "[up]")->details);
	wk_results_free(results);
}

Test(results, a_verdict_outside_the_plan_is_not_lost)
{
	struct wk_results *WK_AUTO(wk_results_free) results =
		read_log(RUN PLAN(ENTRY("a")) CHECK("a", "pass") CHECK("b", "fail") END("0"));

	cr_expect_eq(results->checks.failed, 1);
	cr_expect_eq(wk_results_exit(results), WK_EXIT_FAILED);
}

Test(results, what_is_no_event_log_is_refused)
{
	static const char *const logs[] = {"", "\n", "hello", "{}", "{\"event\":\"plan\"}\n"};
	struct wk_results *results = NULL;

	for (size_t i = 0; i < WK_COUNT(logs); i++) {
		struct wk_err err = {0};

		cr_expect_not(wk_results_parse(logs[i], strlen(logs[i]), &results, &err));
		cr_expect_eq(err.kind, WK_ERR_INPUT);
		cr_expect_null(results);
	}
}

Test(results, a_report_that_does_not_fit_is_an_error)
{
	struct wk_results *WK_AUTO(wk_results_free) results =
		read_log(RUN PLAN(ENTRY("a")) CHECK("a", "pass") END("0"));
	static bool (*const renderers[])(
		const struct wk_results *, struct wk_buf *, struct wk_err *) = {
		wk_report_junit, wk_report_tap, wk_report_json, wk_report_github};

	for (size_t i = 0; i < WK_COUNT(renderers); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(10);
		struct wk_err err = {0};

		cr_expect_not(renderers[i](results, &out, &err), "renderer %zu", i);
		cr_expect_neq(err.msg[0], '\0');
	}
}

/* A log of `n` checks, of which every 250th failed. */
static void long_log(struct wk_buf *log, size_t n)
{
	cr_assert(wk_buf_puts(log, RUN "{\"event\":\"plan\",\"suites\":[],\"checks\":["));
	for (size_t i = 0; i < n; i++)
		cr_assert(wk_buf_printf(log,
			"%s{\"id\":\"dns.resolves-the-name-of-the-server[%zu]\",\"suite\":\"dns\","
			"\"title\":\"the name of the other cluster's server resolves, at length\"}",
			i ? "," : "", i));
	cr_assert(wk_buf_puts(log, "]}\n"));
	for (size_t i = 0; i < n; i++)
		cr_assert(wk_buf_printf(log,
			"{\"event\":\"check\",\"id\":\"dns.resolves-the-name-of-the-server[%zu]\","
			"\"suite\":\"dns\",\"verdict\":\"%s\"}\n",
			i, i % 250 == 249 ? "fail" : "pass"));
	cr_assert(wk_buf_puts(log, END("0")));
}

/* 12,944 checks are what sixteen clusters plan; the line of the plan is longer than a mebibyte. */
Test(results, no_verdict_of_a_large_run_is_left_out)
{
	static const size_t sizes[] = {10050, 12944};

	for (size_t i = 0; i < WK_COUNT(sizes); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) log = WK_BUF_INIT(16 << 20);
		struct wk_results *WK_AUTO(wk_results_free) results = NULL;

		long_log(&log, sizes[i]);
		results = read_log(wk_buf_str(&log));
		cr_expect_eq(results->checks.all, sizes[i]);
		cr_expect_eq(results->checks.failed, sizes[i] / 250);
		cr_expect_eq(results->checks.not_judged, 0);
		cr_expect_eq(results->n_problems, 0);
		cr_expect_eq(wk_results_exit(results), WK_EXIT_FAILED);
	}
}

/* The plain text of a log, as long as it is. */
static char *told(const struct wk_results *results, size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);

	cr_assert(out);
	wk_report_text(results, &(const struct wk_console_options){.out = out});
	cr_assert_eq(fclose(out), 0);
	return text;
}

Test(results, a_line_of_text_is_as_long_as_what_it_tells)
{
	struct wk_buf WK_AUTO(wk_buf_finish) log = WK_BUF_INIT(8 << 20);
	WK_AUTOFREE char *id = wk_xmalloc((2 << 20) + 1);
	WK_AUTOFREE char *text = NULL;
	struct wk_results *results = NULL;
	struct wk_err err;
	size_t len = 0;

	memset(id, 'x', 2 << 20);
	id[2 << 20] = '\0';
	(void)wk_buf_puts(&log, RUN);
	(void)wk_buf_printf(&log,
		"{\"event\":\"check\",\"id\":\"%s\",\"suite\":\"dns\",\"verdict\":\"fail\"}\n", id);
	(void)wk_buf_puts(&log, END("1"));
	cr_assert(wk_results_parse(wk_buf_str(&log), log.len, &results, &err), "%s", err.msg);
	text = told(results, &len);
	cr_expect_not_null(strstr(text, id), "%.200s", text);
	wk_results_free(results);
}

struct heard {
	size_t n;
	size_t most;
	char ids[64];
};

static bool hear(void *context, const struct cJSON *event)
{
	struct heard *heard = context;

	(void)strcat(heard->ids, wk_event_text(event, "id"));
	return ++heard->n < heard->most;
}

Test(results, events_of_a_name_are_read_from_whatever_log_it_is)
{
	static const char text[] =
		"ut off\"}\n\n"
		"{\"event\":\"step\",\"what\":\"check\",\"id\":\"x\"}\n"
		"{\"event\":\"check\",\"id\":\"a\"}\nno line of ours, \"check\"\n"
		"{\"event\":\"check\",\"id\":\"b\\u001b\"}\n"
		"{\"event\":\"check\",\"id\":\"c\"}\n{\"event\":\"check\",\"id\":\"d";
	char path[] = "/tmp/wookie-unit-log.XXXXXX";
	int fd = mkstemp(path);
	struct heard all = {.most = 10};
	struct heard two = {.most = 2};
	struct heard none = {.most = 10};
	struct wk_err err;

	cr_assert_geq(fd, 0);
	cr_assert(wk_write_all(fd, text, strlen(text), &err));
	(void)close(fd);
	wk_log_events(path, "check", hear, &all);
	wk_log_events(path, "check", hear, &two);
	cr_expect_eq(all.n, 3, "%zu", all.n);
	cr_expect_null(strchr(all.ids, '\033'), "what others wrote is scrubbed");
	cr_expect_eq(two.n, 2);
	(void)unlink(path);
	wk_log_events(path, "check", hear, &none);
	cr_expect_eq(none.n, 0);
}
