/* setup: builds and verifies the components and images of the native provider. */
#include "wookie/cli/session.h"
#include "wookie/proc/interrupt.h"

#include <stdio.h>

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	struct wk_setup setup;
	bool done;

	wk_interrupt_catch();
	if (!wk_session_init(&session, args, WK_PATHS_CACHE, &err) ||
		!wk_session_events(&session, "/dev/null", stdout, &err))
		return wk_cli_fail(&err);
	setup = (struct wk_setup){
		.cache = session.paths.cache,
		.datadir = session.paths.data,
		.istio_version = args->istio,
		.progress = &session.progress,
		.deadline = session.deadline,
	};
	done = wk_setup_run(&setup, &err);
	wk_session_settle(&session);
	if (!done) {
		wk_session_tell_time(&session, &err);
		return wk_cli_fail(&err);
	}
	(void)printf("everything is in %s\n", session.paths.cache);
	return WK_EXIT_OK;
}

static const char *const flags[] = {"istio", "timeout", "color", "verbose", "help", NULL};

const struct wk_command wk_command_setup = {
	.name = "setup",
	.operands = "",
	.about = "build and verify the components and images of the mesh",
	.details = "Takes about ten minutes on two cores the first time; what is there and whole "
		   "is kept, and a\n"
		   "set-up that was interrupted goes on where it was.",
	.example = "wookie-conform setup --istio 1.28.3",
	.flags = flags,
	.root = true,
	.run = run,
};
