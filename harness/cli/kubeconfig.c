/* kubeconfig: of a cluster of a mesh that is up, for other tools. */
#include "wookie/base/file.h"
#include "wookie/base/suggest.h"
#include "wookie/cli/session.h"

#include <stdio.h>
#include <unistd.h>

#define MAX_KUBECONFIG ((size_t)64 * 1024)

bool wk_cli_cluster(const struct wk_topology *topology, const char *name, struct wk_err *err)
{
	const char *names[WK_MAX_CLUSTERS];
	const char *near;

	if (wk_topology_cluster(topology, name))
		return true;
	for (size_t i = 0; i < topology->n_clusters; i++)
		names[i] = topology->clusters[i].name;
	near = wk_suggest(name, names, topology->n_clusters);
	return wk_err_set(err, WK_ERR_INPUT, "there is no cluster '%s' in this mesh; %s '%s'", name,
		near ? "did you mean" : "one of them is", near ? near : names[0]);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_KUBECONFIG);
	struct wk_err err = {0};
	const char *name;

	if (!wk_session_init(&session, args, WK_PATHS_STATE, &err))
		return wk_cli_fail(&err);
	name = wk_session_pick(&session, &err);
	if (!name || !wk_session_attach(&session, name, &err) ||
		!wk_cli_cluster(&session.topology, args->operands[0], &err) ||
		!wk_file_read(wk_mesh_kubeconfig(session.mesh, args->operands[0]), MAX_KUBECONFIG,
			&text, &err))
		return wk_cli_fail(&err);
	(void)puts(wk_buf_str(&text));
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr,
			"the API server answers only inside the mesh: wookie-conform shell --name "
			"%s %s\n",
			name, args->operands[0]);
	return WK_EXIT_OK;
}

static const char *const flags[] = {"name", "help", NULL};

const struct wk_command wk_command_kubeconfig = {
	.name = "kubeconfig",
	.operands = "CLUSTER",
	.min_operands = 1,
	.max_operands = 1,
	.about = "print the kubeconfig of a cluster, for other tools",
	.details = "It grants everything in that cluster. The API server answers only inside the "
		   "mesh's network:\n"
		   "see 'wookie-conform shell'.",
	.example = "wookie-conform kubeconfig cluster-a > cluster-a.kubeconfig",
	.flags = flags,
	.run = run,
};
