#ifndef WOOKIE_REPORT_REPORT_H
#define WOOKIE_REPORT_REPORT_H

#include "wookie/base/buf.h"
#include "wookie/base/clock.h"
#include "wookie/model/event.h"

#include <stdio.h>

struct cJSON;

/* A whole event log read back: the result tree that every report renders, so that verdicts, counts
 * and exit code agree by construction. See wookie/model/event.h. */
struct wk_results;

/* A truncated last line is left out and remembered; a log without a `run` event is WK_ERR_INPUT. */
bool wk_results_read(const char *events, struct wk_results **ret, struct wk_err *err) WK_MUST_CHECK;
/* The same from memory. */
bool wk_results_parse(
	const char *text, size_t len, struct wk_results **ret, struct wk_err *err) WK_MUST_CHECK;
void wk_results_free(struct wk_results *results);
WK_DEFINE_AUTO(struct wk_results *, wk_results_free);
/* The run's exit code, by the table in wookie/model/event.h. */
enum wk_exit wk_results_exit(const struct wk_results *results);
bool wk_results_truncated(const struct wk_results *results);
/* Whether faults were played: then there is a matrix. */
bool wk_results_is_proof(const struct wk_results *results);

/* Each renders into a buffer; false when its maximum is passed. */

/* Flat suites, valid under the junit-4 and the junit-10 schema. A verdict `fail` is a <failure>,
 * `error` an <error>. What else makes the run red is a testcase of the suite "run": "[up]",
 * "[deploy]", "[down]", "[interrupted]", "[strict]", "[plan]", "[run]". */
bool wk_report_junit(
	const struct wk_results *results, struct wk_buf *out, struct wk_err *err) WK_MUST_CHECK;
/* TAP 13: the same testcases, numbered, plan first. */
bool wk_report_tap(
	const struct wk_results *results, struct wk_buf *out, struct wk_err *err) WK_MUST_CHECK;
/* One object with stable keys:
 * version   1, the version of this layout
 * tool      the version of wookie-conform that ran
 * run       {id, mesh, topology, argv, strict, dir, injected?, started, seconds, settled}: `settled`
 *           is how many seconds after the harness's last change the mesh had settled: the last check
 *           that did not hold at its first look held then; 0 where all did, null where one never did
 * exit      the run's exit code
 * complete  false: the run was killed, its log has no end
 * truncated the log's last line was cut off
 * problems  [text]: what is odd about the log
 * counts    {checks, passed, failed, errors, skipped, flaky, not_judged}: of the plan's checks
 * tests     {all, passed, failed, errors, skipped}: these and the synthetic testcases, as JUnit
 *           and TAP count them
 * cause     the `cause` event's members, or null
 * leftover  [text]
 * bundle    path, or null
 * rounds    null, or of a run that was repeated {most, until_fail, run, green, checks: [{id, rounds,
 *           passed, skipped, slowest, slowest_round}]}: `run` rounds were begun, in `green` of them
 *           nothing was red; a check was judged in `rounds` of them; `slowest` is the longest that a check took to hold, in seconds
 * checks    [{id, round, name, suite, title, for, false_alarm, verdict, judged, flaky, seconds,
 *           reason, expectation, causes, n_attempts, attempts, first_held, flaps, evidence, kind, reproduce,
 *           response}]; what an event does not hold is null; of a proof also
 *           fault or proofs
 * run_cases [{id, verdict, exit, reason, details}]: the synthetic testcases
 * steps     [{phase, what, state, seconds, detail}]: those that ended */
bool wk_report_json(
	const struct wk_results *results, struct wk_buf *out, struct wk_err *err) WK_MUST_CHECK;
/* Workflow commands of GitHub Actions: an annotation for every red testcase. Text that others wrote
 * stands where no command is read. */
bool wk_report_github(
	const struct wk_results *results, struct wk_buf *out, struct wk_err *err) WK_MUST_CHECK;

/* The detection matrix of a proof: faults x checks, what each fault came to, and which expectation no
 * fault proves. WK_ERR_INPUT where the log is that of a run. */
bool wk_report_matrix(
	const struct wk_results *results, struct wk_buf *out, struct wk_err *err) WK_MUST_CHECK;
bool wk_report_matrix_markdown(
	const struct wk_results *results, struct wk_buf *out, struct wk_err *err) WK_MUST_CHECK;
/* One page that loads nothing. */
bool wk_report_matrix_html(
	const struct wk_results *results, struct wk_buf *out, struct wk_err *err) WK_MUST_CHECK;

/* The console: fed with events as they come (live) or from a log. */
enum wk_color { WK_COLOR_AUTO, WK_COLOR_ALWAYS, WK_COLOR_NEVER };

struct wk_console_options {
	FILE *out;
	enum wk_color color;
	bool verbose;         /* every passing check, every step */
	wk_nsec (*now)(void); /* NULL: wk_now; tests have their own */
};

/* On a terminal the line below what is finished shows what runs; without one (or with CI set) each
 * event that ends something is a line, and a heartbeat every 30 s names what runs. With `end` the
 * summary is printed. */
struct wk_console;
struct wk_console *wk_console_new(const struct wk_console_options *options);
void wk_console_event(struct wk_console *console, const struct cJSON *event);
/* Redraws the live line or beats the heart, when it is time to; call it a few times a second while
 * waiting. */
void wk_console_tick(struct wk_console *console);
/* Prints what is pending and takes the live line away: before somebody else prints. */
void wk_console_settle(struct wk_console *console);
void wk_console_free(struct wk_console *console);
WK_DEFINE_AUTO(struct wk_console *, wk_console_free);
/* What the console would have shown of a run, from its log; also of a run that was killed. */
void wk_report_text(const struct wk_results *results, const struct wk_console_options *options);

#endif
