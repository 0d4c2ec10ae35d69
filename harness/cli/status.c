/* status: the meshes there are and how their nodes fare. */
#include "wookie/cli/injected.h"
#include "wookie/cli/output.h"

#include <cjson/cJSON.h>
#include <stdio.h>

static const char *state_name(enum wk_mesh_state state)
{
	static const char *const names[] = {"up", "broken", "remains of a killed run"};

	return names[state];
}

static cJSON *text_or_null(const char *text)
{
	return text && *text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static cJSON *node_json(const struct wk_node_status *node)
{
	cJSON *json = cJSON_CreateObject();
	const long mib = node->memory_kib / 1024;

	(void)cJSON_AddStringToObject(json, "cluster", node->cluster);
	(void)cJSON_AddStringToObject(json, "address", node->address);
	(void)cJSON_AddNumberToObject(json, "memory-mib", (double)mib);
	(void)cJSON_AddItemToObject(json, "casualty", text_or_null(node->casualty));
	return json;
}

static void print_mesh(const struct wk_mesh_status *status, const char *name, const char *injected)
{
	(void)printf(
		"%-16s %s, %.0f s\n", name, state_name(status->state), wk_seconds(status->age));
	if (status->state == WK_MESH_REMAINS)
		(void)printf("  clear it with 'wookie-conform down --name %s'\n", name);
	else if (injected)
		(void)printf("  %s\n", injected);
	for (size_t i = 0; i < status->n_nodes; i++) {
		const struct wk_node_status *node = &status->nodes[i];

		(void)printf("  %-14s %-15s %4ld MiB  %s\n", node->cluster, node->address,
			node->memory_kib / 1024,
			*node->casualty ? node->casualty : "all components run");
	}
}

static void add_mesh(
	cJSON *meshes, const struct wk_mesh_status *status, const char *name, const char *injected)
{
	static const char *const words[] = {"up", "broken", "remains"};
	cJSON *json = cJSON_CreateObject();
	cJSON *nodes;

	(void)cJSON_AddStringToObject(json, "mesh", name);
	(void)cJSON_AddStringToObject(json, "state", words[status->state]);
	(void)cJSON_AddNumberToObject(json, "up-for", wk_seconds(status->age));
	(void)cJSON_AddItemToObject(json, "injected", text_or_null(injected));
	nodes = cJSON_AddArrayToObject(json, "nodes");
	for (size_t i = 0; i < status->n_nodes; i++)
		(void)cJSON_AddItemToArray(nodes, node_json(&status->nodes[i]));
	(void)cJSON_AddItemToArray(meshes, json);
}

/* Prints the mesh, or adds it to `meshes` where there are any. */
static bool look_at(const struct wk_session *session, const char *name, cJSON *meshes,
	enum wk_exit *code, struct wk_err *err)
{
	const char *injected = wk_injected_line(session, name);
	struct wk_mesh_status status;

	if (!wk_native_status(session->paths.state, name, &status, err))
		return false;
	if (meshes)
		add_mesh(meshes, &status, name, injected);
	else
		print_mesh(&status, name, injected);
	if (status.state != WK_MESH_UP || injected)
		*code = WK_EXIT_ENVIRONMENT;
	return true;
}

static bool look_at_all(
	const struct wk_session *session, cJSON *meshes, enum wk_exit *code, struct wk_err *err)
{
	char **names = wk_native_names(session->paths.state);
	bool ok = true;

	if (!names[0] && !meshes)
		(void)puts("no mesh is up");
	for (size_t i = 0; names[i]; i++) {
		ok = ok && look_at(session, names[i], meshes, code, err);
		free(names[i]);
	}
	free(names);
	return ok;
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	enum wk_exit code = WK_EXIT_OK;
	cJSON *answer = NULL;
	cJSON *meshes = NULL;
	bool ok;

	if (!wk_session_init(&session, args, &err))
		return wk_cli_fail(&err);
	if (wk_output_is_json(args)) {
		answer = cJSON_CreateObject();
		meshes = cJSON_AddArrayToObject(answer, "meshes");
	}
	ok = args->name ? look_at(&session, args->name, meshes, &code, &err)
			: look_at_all(&session, meshes, &code, &err);
	if (!ok) {
		cJSON_Delete(answer);
		return wk_cli_fail(&err);
	}
	if (answer) {
		(void)cJSON_AddNumberToObject(answer, "exit", code);
		wk_output_answer(answer);
	}
	return code;
}

static const char *const flags[] = {"name", "output", "verbose", "help", NULL};

const struct wk_command wk_command_status = {
	.name = "status",
	.operands = "",
	.about = "the meshes there are and how their nodes fare",
	.details = "Exits 3 when one is broken, a fault was left in it, or only its remains are "
		   "there.",
	.example = "wookie-conform status",
	.flags = flags,
	.outputs = wk_outputs_answer,
	.run = run,
};
