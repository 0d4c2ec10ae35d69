/* down: takes a mesh down; also what a killed run or a lost power left behind. */
#include "wookie/cli/session.h"

#include <stdio.h>

static bool down_one(struct wk_session *session, const char *name, struct wk_err *err)
{
	if (!wk_native_down(session->paths.state, name, &session->progress, err))
		return false;
	(void)printf("mesh '%s' is down, nothing left\n", name);
	return true;
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	const char *name;
	char **names;

	if (!wk_session_init(&session, args, &err))
		return wk_cli_fail(&err);
	names = wk_native_names(session.paths.state);
	name = names[0] || args->name ? wk_session_pick(&session, &err) : NULL;
	for (size_t i = 0; names[i]; i++)
		free(names[i]);
	free(names);
	if (!name && !err.kind) {
		(void)puts("no mesh is up, nothing left");
		return WK_EXIT_OK;
	}
	if (!name)
		return wk_cli_fail(&err);
	if (down_one(&session, name, &err))
		return WK_EXIT_OK;
	return wk_cli_fail(&err) == WK_EXIT_USAGE ? WK_EXIT_USAGE : WK_EXIT_LEFTOVER;
}

static const char *const flags[] = {"name", "verbose", "help", NULL};

const struct wk_command wk_command_down = {
	.name = "down",
	.operands = "",
	.about = "take a mesh down and remove all that it made",
	.details = "Also clears what a killed run or a lost power left.",
	.example = "wookie-conform down --name mine",
	.flags = flags,
	.run = run,
};
