/* up: the topology alone, left running until `down`. */
#include "wookie/cli/suspects.h"
#include "wookie/proc/interrupt.h"

#include <stdio.h>

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	const char *name;

	wk_interrupt_catch();
	if (!wk_session_init(&session, args, WK_PATHS_ALL, &err) ||
		!wk_session_topology(&session, &err) ||
		!wk_session_events(&session, "/dev/null", stdout, &err))
		return wk_cli_fail(&err);
	name = wk_session_target_name(&session);
	if (!wk_session_up(&session, name, &err)) {
		wk_session_settle(&session);
		return wk_cli_fail(&err);
	}
	wk_session_settle(&session);
	if (!wk_cli_remember(&session, &err))
		(void)wk_cli_fail(&err);
	wk_mesh_detach(session.mesh);
	(void)printf("mesh '%s' is up\n", name);
	if (!args->nodes_only)
		(void)printf("  check it     wookie-conform run all --against %s\n", name);
	(void)printf("  look inside  wookie-conform shell --name %s %s\n"
		     "  take down    wookie-conform down --name %s\n",
		name, session.topology.clusters[0].name, name);
	return WK_EXIT_OK;
}

static const char *const flags[] = {
	"name", "topology", "set", "nodes-only", "timeout", "color", "verbose", "help", NULL};

const struct wk_command wk_command_up = {
	.name = "up",
	.operands = "",
	.about = "bring the mesh up and leave it running",
	.example = "wookie-conform up --name mine --set istio.version=1.28.3",
	.flags = flags,
	.root = true,
	.run = run,
};
