#ifndef WOOKIE_CLI_OUTPUT_H
#define WOOKIE_CLI_OUTPUT_H

#include "wookie/cli/command.h"
#include "wookie/report/report.h"

/* Before anything is started: whether what --junit, --tap, --json and --matrix name can be written. */
bool wk_output_check(const struct wk_args *args, struct wk_err *err) WK_MUST_CHECK;
/* These write reports. What cannot be written is told on standard error, keeps no other from being
 * written, and the first such gives the exit code. */

/* What --junit, --tap, --json and --matrix name ("-": standard output). */
enum wk_exit wk_output_files(
	const struct wk_args *args, const struct wk_results *results) WK_MUST_CHECK;
/* junit.xml, results.tap and results.json in a run's folder, of a proof also matrix.html, matrix.md
 * and matrix.txt. */
enum wk_exit wk_output_folder(const char *dir, const struct wk_results *results) WK_MUST_CHECK;
/* What --output names, on standard output; nothing for text, which the console has shown. */
enum wk_exit wk_output_stdout(
	const struct wk_args *args, const struct wk_results *results) WK_MUST_CHECK;
/* With --output text: what the console would have shown of the run. */
void wk_output_text(const struct wk_args *args, const struct wk_results *results);
/* Whether --output is json. */
bool wk_output_is_json(const struct wk_args *args);
/* The answer of a command, as the one thing on standard output; takes it over. */
void wk_output_answer(struct cJSON *answer);
/* A name for what is left behind today, such as "2026-11-22-7f3a". */
void wk_output_id(char ret[16]);
enum wk_color wk_output_color(const struct wk_args *args);

#endif
