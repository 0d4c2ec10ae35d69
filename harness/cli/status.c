/* status: the meshes there are and how their nodes fare. */
#include "wookie/cli/injected.h"
#include "wookie/cli/output.h"

#include "wookie/deploy/health.h"
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_TIME (2 * WK_SEC)
#define HEALTH_TIME (1 * WK_SEC)
#define PODS_SHOWN 5

static const char *state_name(enum wk_mesh_state state)
{
	static const char *const names[] = {"up", "broken", "remains of a killed run"};

	return names[state];
}

static cJSON *text_or_null(const char *text)
{
	return text && *text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

static bool ask_pods(const struct wk_mesh *mesh, const char *cluster, cJSON **ret)
{
	const char *file = wk_mesh_kubeconfig(mesh, cluster);
	struct wk_kubeconfig config = {0};
	struct wk_err silent = {0};
	bool ok = file && wk_kubeconfig_read(file, &config, &silent);

	if (ok) {
		struct wk_kube *WK_AUTO(wk_kube_free) kube =
			wk_kube_new(&config, wk_mesh_netns(mesh));

		ok = wk_kube_get(kube, "/api/v1/pods", wk_now() + ANSWER_TIME, ret, &silent);
	}
	wk_kubeconfig_finish(&config);
	return ok;
}

/* "demo/helloworld-v1-x: container helloworld: ErrImagePull: ..."; NULL: it waits for nothing. */
static char *why_waiting(const cJSON *pod)
{
	const char *phase = wk_object_text(pod, "status.phase");
	const char *namespace = wk_object_text(pod, "metadata.namespace");
	struct wk_diagnosis why = {0};

	wk_pod_diagnose(pod, &why);
	if (why.health == WK_HEALTH_READY || (phase && strcmp(phase, "Succeeded") == 0))
		return NULL;
	return wk_xasprintf(
		"%s/%s: %s", namespace ? namespace : "?", wk_object_name(pod), why.words);
}

/* Pods that are not ready; null where the API server does not say. */
static cJSON *waiting_pods(const struct wk_mesh *mesh, const char *cluster)
{
	cJSON *list = NULL;
	cJSON *waiting;
	const cJSON *pod;

	if (!mesh || !ask_pods(mesh, cluster, &list))
		return cJSON_CreateNull();
	waiting = cJSON_CreateArray();
	cJSON_ArrayForEach(pod, wk_object_at(list, "items"))
	{
		WK_AUTOFREE char *why = why_waiting(pod);

		if (why)
			(void)cJSON_AddItemToArray(waiting, cJSON_CreateString(why));
	}
	cJSON_Delete(list);
	return waiting;
}

/* One node: {cluster, address, memory-mib, casualty, hung, last-error, waiting}. */
static cJSON *node_json(const struct wk_session *session, const char *name,
	const struct wk_mesh *mesh, const struct wk_node_status *node)
{
	cJSON *json = cJSON_CreateObject();
	const long mib = node->memory_kib / 1024;
	struct wk_node_hung hung;

	wk_native_hung(session->paths.state, name, node->cluster, wk_now() + HEALTH_TIME, &hung);
	(void)cJSON_AddStringToObject(json, "cluster", node->cluster);
	(void)cJSON_AddStringToObject(json, "address", node->address);
	(void)cJSON_AddNumberToObject(json, "memory-mib", (double)mib);
	(void)cJSON_AddItemToObject(json, "casualty", text_or_null(node->casualty));
	(void)cJSON_AddItemToObject(json, "hung", text_or_null(hung.words));
	(void)cJSON_AddItemToObject(json, "last-error",
		text_or_null(*node->casualty ? node->casualty : hung.last_words));
	(void)cJSON_AddItemToObject(
		json, "waiting", mesh ? waiting_pods(mesh, node->cluster) : cJSON_CreateNull());
	return json;
}

static cJSON *mesh_json(const struct wk_session *session, const char *name,
	const struct wk_mesh_status *status, const char *injected)
{
	static const char *const words[] = {"up", "broken", "remains"};
	struct wk_mesh *WK_AUTO(wk_mesh_free) mesh = NULL;
	cJSON *json = cJSON_CreateObject();
	struct wk_err gone = {0};
	cJSON *nodes;

	if (status->state != WK_MESH_REMAINS)
		(void)!wk_native_attach(session->paths.state, name, &mesh, &gone);
	(void)cJSON_AddStringToObject(json, "mesh", name);
	(void)cJSON_AddStringToObject(json, "state", words[status->state]);
	(void)cJSON_AddNumberToObject(json, "up-for", wk_seconds(status->age));
	(void)cJSON_AddItemToObject(json, "injected", text_or_null(injected));
	nodes = cJSON_AddArrayToObject(json, "nodes");
	for (size_t i = 0; i < status->n_nodes; i++)
		(void)cJSON_AddItemToArray(
			nodes, node_json(session, name, mesh, &status->nodes[i]));
	return json;
}

static const char *text_at(const cJSON *json, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static bool is_well(const cJSON *mesh)
{
	const cJSON *node;

	cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(mesh, "nodes"))
	{
		if (text_at(node, "hung"))
			return false;
	}
	return strcmp(text_at(mesh, "state"), "up") == 0 && !text_at(mesh, "injected");
}

static void print_node(const cJSON *node)
{
	const cJSON *waiting = cJSON_GetObjectItemCaseSensitive(node, "waiting");
	const char *casualty = text_at(node, "casualty");
	const char *hung = text_at(node, "hung");
	int n = cJSON_GetArraySize(waiting);

	(void)printf("  %-14s %-15s %4.0f MiB  %s\n", text_at(node, "cluster"),
		text_at(node, "address"),
		cJSON_GetObjectItemCaseSensitive(node, "memory-mib")->valuedouble,
		casualty ? casualty
		: hung   ? hung
			 : "all components run");
	if (hung && casualty)
		(void)printf("    %s\n", hung);
	if (hung && !casualty && text_at(node, "last-error"))
		(void)printf("    its last words: %s\n", text_at(node, "last-error"));
	for (int i = 0; i < n && i < PODS_SHOWN; i++)
		(void)printf("    waits: %s\n", cJSON_GetArrayItem(waiting, i)->valuestring);
	if (n > PODS_SHOWN)
		(void)printf("    and %d more pods\n", n - PODS_SHOWN);
}

/* "for 40 s", "for 3 m 20 s", "for 2 h 5 m", "for 3 d 4 h" */
static void print_age(wk_nsec age)
{
	long s = (long)(age / WK_SEC);

	if (s < 60)
		(void)printf("for %ld s", s);
	else if (s < 3600)
		(void)printf("for %ld m %ld s", s / 60, s % 60);
	else if (s < 86400)
		(void)printf("for %ld h %ld m", s / 3600, s / 60 % 60);
	else
		(void)printf("for %ld d %ld h", s / 86400, s / 3600 % 24);
}

static void print_mesh(const cJSON *mesh, const struct wk_mesh_status *status)
{
	const char *name = text_at(mesh, "mesh");
	const char *injected = text_at(mesh, "injected");
	const cJSON *node;

	(void)printf("%-16s %s, ", name, state_name(status->state));
	print_age(status->age);
	(void)putchar('\n');
	if (status->state == WK_MESH_REMAINS)
		(void)printf("  clear it with 'wookie-conform down --name %s'\n", name);
	else if (injected)
		(void)printf("  %s\n", injected);
	cJSON_ArrayForEach(node, cJSON_GetObjectItemCaseSensitive(mesh, "nodes")) print_node(node);
}

/* Prints the mesh, or adds it to `meshes` where there are any. */
static bool look_at(const struct wk_session *session, const char *name, cJSON *meshes,
	enum wk_exit *code, struct wk_err *err)
{
	struct wk_mesh_status status;
	cJSON *mesh;

	if (!wk_native_status(session->paths.state, name, &status, err))
		return false;
	mesh = mesh_json(session, name, &status, wk_injected_line(session, name));
	if (!is_well(mesh))
		*code = WK_EXIT_ENVIRONMENT;
	if (meshes) {
		(void)cJSON_AddItemToArray(meshes, mesh);
		return true;
	}
	print_mesh(mesh, &status);
	cJSON_Delete(mesh);
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

	if (!wk_session_init(&session, args, WK_PATHS_STATE, &err))
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
	.details =
		"Exits 3 when one is broken, a component of it hangs, a fault was left in it, or "
		"only its\nremains are there. Pods that wait say why.",
	.example = "wookie-conform status",
	.flags = flags,
	.outputs = wk_outputs_answer,
	.run = run,
};
