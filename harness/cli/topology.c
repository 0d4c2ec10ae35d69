/* topology: what clusters that are there say of themselves, as a topology file. */
#include "wookie/cli/session.h"
#include "wookie/proc/interrupt.h"

#include <stdio.h>

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(WK_FOUND_MAX);
	struct wk_err err = {0};

	wk_interrupt_catch();
	if (!wk_session_init(&session, args, WK_PATHS_DATA, &err) ||
		!wk_session_found(&session, &text, &err))
		return wk_cli_fail(&err);
	(void)fputs(wk_buf_str(&text), stdout);
	return WK_EXIT_OK;
}

static const char *const flags[] = {"context", "kubeconfig", "timeout", "help", NULL};

const struct wk_command wk_command_topology = {
	.name = "topology",
	.operands = "",
	.about = "write a topology of clusters that are there, each value with where it was read",
	.details = "Reads only. What it prints is what 'run --context' takes for granted without "
		   "--topology; kept in a file,\n"
		   "it is what the clusters are held to from then on.",
	.example = "wookie-conform topology --context kind-a --context kind-b > mine.yaml",
	.flags = flags,
	.run = run,
};
