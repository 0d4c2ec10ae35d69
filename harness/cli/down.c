/* down: takes meshes down; also what a killed run or a lost power left behind. */
#include "wookie/cli/session.h"

#include <stdio.h>
#include <string.h>

static bool is_there(char **names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static enum wk_exit down_one(struct wk_session *session, const char *name)
{
	struct wk_err err = {0};
	enum wk_exit code;

	if (wk_native_down(
		    session->paths.state, name, &session->progress, session->deadline, &err)) {
		(void)printf("mesh '%s' is down, nothing left\n", name);
		return WK_EXIT_OK;
	}
	if (err.kind == WK_ERR_TIMEOUT)
		wk_session_tell_time(session, &err);
	code = wk_cli_fail(&err);
	return err.kind == WK_ERR_SYSTEM ? WK_EXIT_LEFTOVER : code;
}

/* Nothing to do is no fault; the names that there are help who mistyped one. */
static enum wk_exit down_absent(struct wk_session *session, char **names, const char *name)
{
	struct wk_err err = {0};
	size_t left;

	/* The name may be none at all. */
	if (name && !wk_native_down(session->paths.state, name, &session->progress,
			    session->deadline, &err))
		return wk_cli_fail(&err);
	left = wk_native_sweep(name);
	if (name)
		(void)printf("no mesh '%s', nothing to take down", name);
	else
		(void)fputs("no mesh is up, nothing to take down", stdout);
	if (left)
		(void)printf("; removed %zu cgroups that one had left", left);
	for (size_t i = 0; names[i]; i++)
		(void)printf("%s%s", i ? ", " : "; there are: ", names[i]);
	(void)putchar('\n');
	return WK_EXIT_OK;
}

static enum wk_exit down_all(struct wk_session *session, char **names)
{
	enum wk_exit worst = WK_EXIT_OK;

	for (size_t i = 0; names[i]; i++) {
		enum wk_exit code = down_one(session, names[i]);

		worst = code > worst ? code : worst;
	}
	return worst;
}

static enum wk_exit take_down(struct wk_session *session, char **names)
{
	const struct wk_args *args = session->args;
	struct wk_err err = {0};
	const char *name;

	if (args->all && args->name)
		(void)wk_err_set(&err, WK_ERR_INPUT, "--all and --name exclude each other");
	if (err.kind)
		return wk_cli_fail(&err);
	if (!names[0] || (args->name && !is_there(names, args->name)))
		return down_absent(session, names, args->name);
	if (args->all)
		return down_all(session, names);
	name = wk_session_pick(session, &err);
	return name ? down_one(session, name) : wk_cli_fail(&err);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	char **names;
	enum wk_exit code;

	if (!wk_session_init(&session, args, WK_PATHS_STATE, &err))
		return wk_cli_fail(&err);
	names = wk_native_names(session.paths.state);
	code = take_down(&session, names);
	for (size_t i = 0; names[i]; i++)
		free(names[i]);
	free(names);
	return code;
}

static const char *const flags[] = {"name", "all", "timeout", "verbose", "help", NULL};

const struct wk_command wk_command_down = {
	.name = "down",
	.operands = "",
	.about = "take a mesh down and remove all that it made",
	.details =
		"Also clears what a killed run or a lost power left. A mesh that another process "
		"works with is\nleft alone: that process is named, and ending it ends both. Where "
		"--timeout comes "
		"first, what\nis asked to end goes on ending; the next 'down' clears the rest.",
	.example = "wookie-conform down --name mine",
	.flags = flags,
	.run = run,
};
