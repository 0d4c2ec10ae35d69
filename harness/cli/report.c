/* report: renders the event log of any run again, also of one that was killed. */
#include "wookie/cli/output.h"

#include <stdio.h>

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_results *WK_AUTO(wk_results_free) results = NULL;
	struct wk_err err = {0};
	enum wk_exit files;
	enum wk_exit stream;

	if (!args->from) {
		(void)wk_err_set(&err, WK_ERR_INPUT,
			"report: expected --from EVENTS, such as reports/latest/events.jsonl");
		return wk_cli_fail(&err);
	}
	if (!wk_results_read(args->from, &results, &err)) {
		/* Whatever is wrong with it, it is what the user named. */
		err.kind = WK_ERR_INPUT;
		return wk_cli_fail(&err);
	}
	if (wk_results_truncated(results))
		(void)fprintf(stderr, "wookie-conform: %s: the last line is cut off and left out\n",
			args->from);
	wk_output_text(args, results);
	files = wk_output_files(args, results);
	stream = wk_output_stdout(args, results);
	if (files != WK_EXIT_OK)
		return files;
	return stream == WK_EXIT_OK ? wk_results_exit(results) : stream;
}

static const char *const flags[] = {
	"from", "output", "junit", "tap", "json", "matrix", "color", "verbose", "help", NULL};

const struct wk_command wk_command_report = {
	.name = "report",
	.operands = "",
	.about = "render the event log of a run again, also of a killed one",
	.details = "Exits with the code of the run.",
	.example = "wookie-conform report --from reports/latest/events.jsonl --junit junit.xml",
	.flags = flags,
	.run = run,
};
