/* Renders an event log in one format on stdout: what `report --from` does, without the command
 * around it. `exit` prints nothing and ends with the run's exit code; `answers` renders the answers of
 * `diagnose`. */
#include "wookie/base/file.h"
#include "wookie/diagnose/diagnose.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	bool (*render)(const struct wk_results *results, struct wk_buf *out, struct wk_err *err);
} formats[] = {
	{"github", wk_report_github},
	{"json", wk_report_json},
	{"matrix", wk_report_matrix},
	{"matrix.html", wk_report_matrix_html},
	{"matrix.md", wk_report_matrix_markdown},
	{"tap", wk_report_tap},
	{"xml", wk_report_junit},
};

static bool text(const struct wk_results *results)
{
	const struct wk_console_options options = {.out = stdout, .color = WK_COLOR_AUTO};

	wk_report_text(results, &options);
	return fflush(stdout) == 0;
}

static bool render(const char *format, const struct wk_results *results, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(64 << 20);

	if (strcmp(format, "txt") == 0)
		return text(results) || wk_err_set(err, WK_ERR_SYSTEM, "write to stdout");
	for (size_t i = 0; i < WK_COUNT(formats); i++)
		if (strcmp(format, formats[i].name) == 0)
			return formats[i].render(results, &out, err) &&
			       (fputs(wk_buf_str(&out), stdout) >= 0 ||
				       wk_err_set(err, WK_ERR_SYSTEM, "write to stdout"));
	return wk_err_set(err, WK_ERR_INPUT, "unknown format '%s'", format);
}

static int print_answers(const char *file)
{
	const struct wk_console_options options = {.out = stdout, .color = WK_COLOR_AUTO};
	struct wk_buf WK_AUTO(wk_buf_finish) json = {0};
	struct wk_err err = {0};
	cJSON *answers;

	if (!wk_file_read(file, 1 << 20, &json, &err)) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return WK_EXIT_ENVIRONMENT;
	}
	answers = cJSON_Parse(wk_buf_str(&json));
	wk_diagnosis_print(answers, &options);
	cJSON_Delete(answers);
	return fflush(stdout) == 0 ? WK_EXIT_OK : WK_EXIT_ENVIRONMENT;
}

int main(int argc, char **argv)
{
	struct wk_results *WK_AUTO(wk_results_free) results = NULL;
	struct wk_err err = {0};

	if (argc != 3) {
		(void)fputs("usage: render answers|exit|github|json|matrix[.html|.md]|tap|txt|xml "
			    "FILE\n",
			stderr);
		return WK_EXIT_USAGE;
	}
	if (strcmp(argv[1], "answers") == 0)
		return print_answers(argv[2]);
	if (wk_results_read(argv[2], &results, &err)) {
		if (strcmp(argv[1], "exit") == 0)
			return (int)wk_results_exit(results);
		if (render(argv[1], results, &err))
			return 0;
	}
	(void)fprintf(stderr, "%s\n", err.msg);
	return WK_EXIT_ENVIRONMENT;
}
