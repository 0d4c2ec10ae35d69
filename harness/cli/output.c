/*
 * Where reports go
 *
 * Every report is a rendering of the same results into a buffer; this says which, and writes each
 * in one piece by rename, so that a reader never finds half a report.
 */
#include "wookie/cli/output.h"

#include "wookie/base/file.h"

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
	if (strcmp(file, "-") == 0)
		return wk_write_all(STDOUT_FILENO, wk_buf_str(&text), text.len, err);
	return wk_file_write(file, wk_buf_str(&text), text.len, 0644, err);
}

static render_fn *matrix_by_name(const char *file)
{
	const char *dot = strrchr(file, '.');

	if (dot && strcmp(dot, ".html") == 0)
		return wk_report_matrix_html;
	return dot && strcmp(dot, ".md") == 0 ? wk_report_matrix_markdown : wk_report_matrix;
}

static bool write_matrix(const char *file, const struct wk_results *results, struct wk_err *err)
{
	return write_report(file, matrix_by_name(file), results, err);
}

bool wk_output_files(
	const struct wk_args *args, const struct wk_results *results, struct wk_err *err)
{
	return (!args->junit || write_report(args->junit, wk_report_junit, results, err)) &&
	       (!args->tap || write_report(args->tap, wk_report_tap, results, err)) &&
	       (!args->json || write_report(args->json, wk_report_json, results, err)) &&
	       (!args->matrix || write_matrix(args->matrix, results, err));
}

bool wk_output_folder(const char *dir, const struct wk_results *results, struct wk_err *err)
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
	bool ok = true;

	for (size_t i = 0; i < WK_COUNT(reports); i++) {
		WK_AUTOFREE char *file = wk_xasprintf("%s/%s", dir, reports[i].name);

		if (reports[i].of_proof && !wk_results_is_proof(results))
			continue;
		ok = write_report(file, reports[i].render, results, err) && ok;
	}
	return ok;
}

bool wk_output_stdout(
	const struct wk_args *args, const struct wk_results *results, struct wk_err *err)
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
			return write_report("-", formats[i].render, results, err);
	return true;
}

void wk_output_text(const struct wk_args *args, const struct wk_results *results)
{
	struct wk_console_options options = {
		.out = stdout, .color = wk_output_color(args), .verbose = args->verbose};

	if (strcmp(args->output, "text") == 0)
		wk_report_text(results, &options);
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
