/* status: the meshes there are and how their nodes fare. */
#include "wookie/cli/injected.h"

#include <stdio.h>

static const char *state_name(enum wk_mesh_state state)
{
	static const char *const names[] = {"up", "broken", "remains of a killed run"};

	return names[state];
}

static bool print_mesh(
	const struct wk_session *session, const char *name, enum wk_exit *code, struct wk_err *err)
{
	const char *injected = wk_injected_line(session, name);
	struct wk_mesh_status status;

	if (!wk_native_status(session->paths.state, name, &status, err))
		return false;
	(void)printf("%-16s %s, %.0f s\n", name, state_name(status.state), wk_seconds(status.age));
	if (status.state == WK_MESH_REMAINS)
		(void)printf("  clear it with 'wookie-conform down --name %s'\n", name);
	else if (injected)
		(void)printf("  %s\n", injected);
	for (size_t i = 0; i < status.n_nodes; i++) {
		const struct wk_node_status *node = &status.nodes[i];

		(void)printf("  %-14s %-15s %4ld MiB  %s\n", node->cluster, node->address,
			node->memory_kib / 1024,
			*node->casualty ? node->casualty : "all components run");
	}
	if (status.state != WK_MESH_UP || injected)
		*code = WK_EXIT_ENVIRONMENT;
	return true;
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	enum wk_exit code = WK_EXIT_OK;
	bool ok = true;
	char **names;

	if (!wk_session_init(&session, args, &err))
		return wk_cli_fail(&err);
	if (args->name)
		return print_mesh(&session, args->name, &code, &err) ? code : wk_cli_fail(&err);
	names = wk_native_names(session.paths.state);
	if (!names[0])
		(void)puts("no mesh is up");
	for (size_t i = 0; names[i]; i++) {
		ok = ok && print_mesh(&session, names[i], &code, &err);
		free(names[i]);
	}
	free(names);
	return ok ? code : wk_cli_fail(&err);
}

static const char *const flags[] = {"name", "verbose", "help", NULL};

const struct wk_command wk_command_status = {
	.name = "status",
	.operands = "",
	.about = "the meshes there are and how their nodes fare",
	.details = "Exits 3 when one is broken, a fault was left in it, or only its remains are "
		   "there.",
	.example = "wookie-conform status",
	.flags = flags,
	.run = run,
};
