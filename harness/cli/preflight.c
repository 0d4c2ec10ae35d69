/* preflight: tries what this machine must be able to do, one line each, with the fix. */
#include "wookie/cli/session.h"

#include <stdio.h>

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_preflight_result results[WK_PREFLIGHT_MAX];
	struct wk_err err = {0};
	enum wk_exit code = WK_EXIT_OK;
	size_t n;

	if (!wk_session_init(&session, args, &err))
		return wk_cli_fail(&err);
	n = wk_native_preflight(session.paths.state, session.paths.cache, results);
	for (size_t i = 0; i < n; i++) {
		const struct wk_preflight_result *r = &results[i];

		(void)printf("%-8s %-28s %s\n",
			r->ok       ? "ok"
			: r->needed ? "missing"
				    : "warning",
			r->what, r->found);
		if (!r->ok)
			(void)printf("         %-28s fix: %s\n", "", r->fix);
		if (!r->ok && r->needed)
			code = WK_EXIT_ENVIRONMENT;
	}
	return code;
}

static const char *const flags[] = {"verbose", "help", NULL};

const struct wk_command wk_command_preflight = {
	.name = "preflight",
	.operands = "",
	.about = "try what this machine must be able to do",
	.details = "Exits 3 when something that is needed is missing.",
	.example = "wookie-conform preflight",
	.flags = flags,
	.run = run,
};
