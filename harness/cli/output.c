/*
 * Where reports go
 *
 * Every report is a rendering of the same results into a buffer; this says which, and delivers each
 * in one piece, so that a reader never finds half a report. One that cannot be written is told and
 * keeps no other from being written.
 */
#include "wookie/cli/output.h"

#include "wookie/base/deliver.h"
#include "wookie/base/file.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define MAX_REPORT ((size_t)64 * 1024 * 1024)

typedef bool render_fn(const struct wk_results *results, struct wk_buf *out, struct wk_err *err);

static bool write_report(
	const char *file, render_fn *render, const struct wk_results *results, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_REPORT);

	if (!render(results, &text, err))
		return false;
	if (strcmp(file, "-") != 0)
		return wk_deliver(file, wk_buf_str(&text), text.len, 0644, err);
	(void)fflush(stdout);
	return wk_write_all(STDOUT_FILENO, wk_buf_str(&text), text.len, err);
}

/* The same, and what goes wrong is told. `code` is of the reports before it, and stays where it is
 * not OK. */
static enum wk_exit tell_report(
	enum wk_exit code, const char *file, render_fn *render, const struct wk_results *results)
{
	struct wk_err err = {0};
	enum wk_exit failed;

	if (write_report(file, render, results, &err))
		return code;
	failed = wk_cli_fail(&err);
	return code == WK_EXIT_OK ? failed : code;
}

static render_fn *matrix_by_name(const char *file)
{
	const char *dot = strrchr(file, '.');

	if (dot && strcmp(dot, ".html") == 0)
		return wk_report_matrix_html;
	return dot && strcmp(dot, ".md") == 0 ? wk_report_matrix_markdown : wk_report_matrix;
}

bool wk_output_check(const struct wk_args *args, struct wk_err *err)
{
	const struct {
		const char *flag;
		const char *file;
	} files[] = {{"junit", args->junit}, {"tap", args->tap}, {"json", args->json},
		{"matrix", args->matrix}};

	for (size_t i = 0; i < WK_COUNT(files); i++)
		if (files[i].file && strcmp(files[i].file, "-") != 0 &&
			!wk_deliver_check(files[i].file, err))
			return wk_err_context(err, "--%s", files[i].flag);
	return true;
}

enum wk_exit wk_output_files(const struct wk_args *args, const struct wk_results *results)
{
	const struct {
		const char *file;
		render_fn *render;
	} reports[] = {
		{args->junit, wk_report_junit},
		{args->tap, wk_report_tap},
		{args->json, wk_report_json},
		{args->matrix, args->matrix ? matrix_by_name(args->matrix) : NULL},
	};
	enum wk_exit code = WK_EXIT_OK;

	for (size_t i = 0; i < WK_COUNT(reports); i++)
		if (reports[i].file)
			code = tell_report(code, reports[i].file, reports[i].render, results);
	return code;
}

enum wk_exit wk_output_folder(const char *dir, const struct wk_results *results)
{
	static const struct {
		const char *name;
		render_fn *render;
		bool of_proof;
	} reports[] = {
		{"junit.xml", wk_report_junit, false},
		{"results.tap", wk_report_tap, false},
		{"results.json", wk_report_json, false},
		{"matrix.html", wk_report_matrix_html, true},
		{"matrix.md", wk_report_matrix_markdown, true},
		{"matrix.txt", wk_report_matrix, true},
	};
	enum wk_exit code = WK_EXIT_OK;

	for (size_t i = 0; i < WK_COUNT(reports); i++) {
		WK_AUTOFREE char *file = wk_xasprintf("%s/%s", dir, reports[i].name);

		if (reports[i].of_proof && !wk_results_is_proof(results))
			continue;
		code = tell_report(code, file, reports[i].render, results);
	}
	return code;
}

enum wk_exit wk_output_stdout(const struct wk_args *args, const struct wk_results *results)
{
	static const struct {
		const char *name;
		render_fn *render;
	} formats[] = {
		{"tap", wk_report_tap},
		{"json", wk_report_json},
		{"github", wk_report_github},
	};

	for (size_t i = 0; i < WK_COUNT(formats); i++)
		if (strcmp(args->output, formats[i].name) == 0)
			return tell_report(WK_EXIT_OK, "-", formats[i].render, results);
	return WK_EXIT_OK;
}

void wk_output_text(const struct wk_args *args, const struct wk_results *results)
{
	struct wk_console_options options = {
		.out = stdout, .color = wk_output_color(args), .verbose = args->verbose};

	if (strcmp(args->output, "text") == 0)
		wk_report_text(results, &options);
}

bool wk_output_is_json(const struct wk_args *args)
{
	return strcmp(args->output, "json") == 0;
}

void wk_output_answer(cJSON *answer)
{
	WK_AUTOFREE char *text = cJSON_Print(answer);

	(void)puts(text);
	cJSON_Delete(answer);
}

void wk_output_id(char ret[16])
{
	uint16_t noise = 0;
	time_t now = time(NULL);
	struct tm tm;
	char date[11];

	(void)gmtime_r(&now, &tm);
	(void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	(void)!getrandom(&noise, sizeof(noise), 0);
	(void)snprintf(ret, 16, "%s-%04x", date, noise);
}

enum wk_color wk_output_color(const struct wk_args *args)
{
	if (strcmp(args->color, "always") == 0)
		return WK_COLOR_ALWAYS;
	return strcmp(args->color, "never") == 0 ? WK_COLOR_NEVER : WK_COLOR_AUTO;
}
