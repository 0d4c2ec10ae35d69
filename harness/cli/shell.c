/* shell: a shell, or one command, inside the network of a mesh with KUBECONFIG set. */
#include "wookie/cli/injected.h"
#include "wookie/proc/ns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A context for each cluster, so that what a report prints runs as it is; the named one is the current. */
static const char *kubeconfigs(struct wk_session *session, const char *cluster)
{
	const char *list = wk_mesh_kubeconfig(session->mesh, cluster);

	for (size_t i = 0; i < session->topology.n_clusters; i++) {
		const char *name = session->topology.clusters[i].name;

		if (strcmp(name, cluster) != 0)
			list = wk_arena_printf(session->arena, "%s:%s", list,
				wk_mesh_kubeconfig(session->mesh, name));
	}
	return list;
}

/* kubectl of the components comes first in PATH where the set-up has been run. */
static void set_environment(struct wk_session *session, const char *mesh, const char *cluster)
{
	struct wk_err ignored;
	const char *path = getenv("PATH");
	WK_AUTOFREE char *prompt = wk_xasprintf("%s/%s \\$ ", mesh, cluster);

	(void)setenv("KUBECONFIG", kubeconfigs(session, cluster), 1);
	(void)setenv("PS1", prompt, 1);
	if (session->paths.cache &&
		wk_components_find(session->paths.cache, session->paths.data,
			session->topology.istio_version, &session->components, &ignored)) {
		WK_AUTOFREE char *longer = wk_xasprintf(
			"%s:%s", session->components.bin, path ? path : "/usr/bin:/bin");

		(void)setenv("PATH", longer, 1);
	}
}

/* execvp() takes writable words for historical reasons. */
static char **command_line(struct wk_session *session, const struct wk_args *args)
{
	const char *shell = getenv("SHELL");
	char **argv = wk_arena_alloc(session->arena, args->n_operands + 2, sizeof(*argv));

	for (size_t i = 1; i < args->n_operands; i++)
		argv[i - 1] = wk_arena_strdup(session->arena, args->operands[i]);
	if (args->n_operands == 1)
		argv[0] = wk_arena_strdup(session->arena, shell && *shell ? shell : "/bin/sh");
	return argv;
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	const char *cluster = args->operands[0];
	char **argv;
	const char *name;

	if (!wk_session_init(&session, args, WK_PATHS_STATE, &err))
		return wk_cli_fail(&err);
	name = wk_session_pick(&session, &err);
	if (!name || !wk_session_attach(&session, name, &err) ||
		!wk_cli_cluster(&session.topology, cluster, &err) ||
		!wk_ns_enter(wk_mesh_netns(session.mesh), &err))
		return wk_cli_fail(&err);
	if (wk_injected_line(&session, name))
		(void)fprintf(stderr, "wookie-conform: %s\n", wk_injected_line(&session, name));
	set_environment(&session, name, cluster);
	argv = command_line(&session, args);
	(void)execvp(argv[0], argv);
	(void)wk_err_sys(&err, errno, "run '%s'", argv[0]);
	return wk_cli_fail(&err);
}

static const char *const flags[] = {"name", "help", NULL};

const struct wk_command wk_command_shell = {
	.name = "shell",
	.operands = "CLUSTER [-- COMMAND...]",
	.min_operands = 1,
	.max_operands = 1000,
	.about = "a shell inside the mesh's network, with KUBECONFIG set",
	.details = "Every cluster is a context of it, named after it; CLUSTER is the current one. "
		   "What reports print\n"
		   "as fix and again runs there as it is.",
	.example = "wookie-conform shell cluster-b -- kubectl get pods -A",
	.flags = flags,
	.root = true,
	.run = run,
};
