/*
 * A session
 *
 * The way from files to a mesh that can be checked, taken step by step by the commands that need
 * it: folders, topology, catalog, event log, mesh. Whatever was taken is given back in
 * wk_session_finish(), in reverse; a mesh that was not detached ends with it.
 */
#include "wookie/cli/session.h"

#include "wookie/base/file.h"
#include "wookie/base/log.h"
#include "wookie/base/num.h"
#include "wookie/base/trust.h"
#include "wookie/cli/output.h"
#include "wookie/conf/catalog.h"
#include "wookie/conf/decode.h"
#include "wookie/conf/topology.h"
#include "wookie/deploy/deploy.h"
#include "wookie/expect/expect.h"
#include "wookie/fault/fault.h"
#include "wookie/probe/probe.h"
#include "wookie/proc/interrupt.h"
#include "wookie/proc/process.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define UP_TIME (300 * WK_SEC)
/* Later than this, what does not hold has not settled: a run takes as long. */
#define SETTLE_TIME (30 * WK_SEC)
#define MAX_SETTINGS ((size_t)64 * 1024)

bool wk_session_init(struct wk_session *session, const struct wk_args *args,
	enum wk_paths_need need, struct wk_err *err)
{
	*session = (struct wk_session){.args = args, .deadline = WK_NEVER};
	session->access.netns = -1;
	session->arena = wk_arena_new();
	if (args->timeout)
		session->deadline = wk_now() + args->timeout;
	return wk_paths_find(&session->paths, need, err);
}

bool wk_session_init_target(
	struct wk_session *session, const struct wk_args *args, struct wk_err *err)
{
	enum wk_paths_need need = args->against ? WK_PATHS_STATE : WK_PATHS_ALL;

	return wk_session_init(session, args, args->contexts.n > 0 ? WK_PATHS_DATA : need, err);
}

bool wk_session_init_read(
	struct wk_session *session, const struct wk_args *args, struct wk_err *err)
{
	return wk_session_init(session, args, args->against ? WK_PATHS_STATE : WK_PATHS_DATA, err);
}

void wk_session_tell_time(const struct wk_session *session, struct wk_err *err)
{
	if (session->args->timeout && wk_now() >= session->deadline &&
		err->kind != WK_ERR_INTERRUPTED && !strstr(err->msg, "--timeout"))
		(void)wk_err_context(err, WK_TIME_OVER);
}

void wk_session_finish(struct wk_session *session)
{
	wk_access_finish(&session->access);
	wk_mesh_free(WK_TAKE(session->mesh));
	wk_console_free(WK_TAKE(session->console));
	wk_events_close(WK_TAKE(session->events));
	wk_components_finish(&session->components);
	wk_paths_finish(&session->paths);
	wk_jq_forget();
	wk_arena_free(WK_TAKE(session->arena));
}

/* One that no recipe makes would only be noticed when the mesh is to come up. */
bool wk_session_knows_version(const struct wk_topology *topology, struct wk_err *err)
{
	const char *const *known = wk_istio_versions();
	size_t n = 0;

	for (; known[n]; n++)
		if (strcmp(known[n], topology->istio_version) == 0)
			return true;
	return wk_unknown_err(
		err, &topology->istio_pos, "version of Istio", topology->istio_version, known, n);
}

bool wk_session_read(struct wk_session *session, const char *file, const char *const sets[],
	size_t n_sets, struct wk_err *err)
{
	return wk_topology_load(session->arena, file, sets, n_sets, &session->topology, err) &&
	       wk_session_contexts(session, err) &&
	       (wk_session_is_foreign(session) ||
		       wk_session_knows_version(&session->topology, err));
}

bool wk_session_topology(struct wk_session *session, struct wk_err *err)
{
	const struct wk_args *args = session->args;
	const char *file = args->topology;

	if (!file && args->contexts.n > 0)
		return wk_session_discover(session, err);
	if (!file)
		file = wk_arena_printf(
			session->arena, "%s/fixtures/topologies/wookie.yaml", session->paths.data);
	return wk_session_read(session, file, args->sets.items, args->sets.n, err);
}

struct own {
	const char **paths;
	size_t n;
};

/* Absolute, so that a report says where they were; nobody else's to change where root reads them. */
static bool add_own(struct wk_session *session, const char *from, const char *path, struct own *own,
	struct wk_err *err)
{
	WK_AUTOFREE char *real = realpath(path, NULL);

	if (!real)
		return wk_err_set(err, WK_ERR_INPUT, "%s: '%s': %s", from, path, strerror(errno));
	own->paths = wk_arena_grow(session->arena, own->paths, own->n, sizeof(*own->paths));
	own->paths[own->n++] = wk_arena_strdup(session->arena, real);
	return wk_trust_tree(from, real, err);
}

/* What --suites names, else what the environment does. */
static bool find_own(struct wk_session *session, struct own *own, struct wk_err *err)
{
	const struct wk_list *named = &session->args->suites;
	const char *variable = getenv("WOOKIE_SUITES");
	char *rest = variable ? wk_arena_strdup(session->arena, variable) : NULL;

	for (size_t i = 0; i < named->n; i++)
		if (!add_own(session, "--suites", named->items[i], own, err))
			return false;
	while (!named->n && rest) {
		const char *path = strsep(&rest, ":");

		if (*path && !add_own(session, "WOOKIE_SUITES", path, own, err))
			return false;
	}
	return true;
}

bool wk_session_catalog(struct wk_session *session, struct wk_err *err)
{
	return wk_session_catalog_with(session, NULL, NULL, err);
}

bool wk_session_catalog_with(struct wk_session *session, const struct wk_list *suites,
	struct wk_errors *errors, struct wk_err *err)
{
	struct own own = {0};
	struct wk_catalog_source source = {
		.datadir = session->paths.data,
		.probes = wk_probe_specs(),
		.steps = wk_fault_specs(),
		.errors = errors,
	};

	if (!find_own(session, &own, err))
		return false;
	for (size_t i = 0; suites && i < suites->n; i++) {
		own.paths = wk_arena_grow(session->arena, own.paths, own.n, sizeof(*own.paths));
		own.paths[own.n++] = suites->items[i];
	}
	source.own = own.paths;
	source.n_own = own.n;
	return wk_catalog_load(session->arena, &source, &session->catalog, err);
}

static void show_event(void *context, const struct cJSON *event)
{
	wk_console_event(context, event);
}

bool wk_session_events(struct wk_session *session, const char *log, FILE *out, struct wk_err *err)
{
	const struct wk_args *args = session->args;
	struct wk_console_options options = {
		.out = out,
		.color = wk_output_color(args),
		.verbose = args->verbose,
	};

	session->events = wk_events_open(log, err);
	if (!session->events)
		return false;
	if (out) {
		session->console = wk_console_new(&options);
		wk_events_watch(session->events, show_event, session->console);
	}
	session->progress = wk_events_progress(session->events);
	return true;
}

void wk_session_settle(const struct wk_session *session)
{
	if (session->console)
		wk_console_settle(session->console);
}

/* A process of the node; none where none can be known for certain. */
static void find_node(struct wk_session *session, size_t i)
{
	const char *cluster = session->topology.clusters[i].name;
	pid_t pid = wk_mesh_component_pid(session->mesh, cluster, "kubelet");
	struct wk_process process = {0};
	struct wk_err gone;

	if (pid <= 0 || !wk_process_find(pid, &process, &gone) ||
		wk_mesh_component_pid(session->mesh, cluster, "kubelet") != pid)
		return;
	session->access.node[i] = process.pid;
	session->access.node_start[i] = process.start;
}

static bool open_access(struct wk_session *session, struct wk_err *err)
{
	session->access.topology = &session->topology;
	session->access.netns = wk_mesh_netns(session->mesh);
	for (size_t i = 0; i < session->topology.n_clusters; i++) {
		const char *cluster = session->topology.clusters[i].name;
		const char *file = wk_mesh_kubeconfig(session->mesh, cluster);

		find_node(session, i);
		if (!file)
			return wk_err_set(err, WK_ERR_SYSTEM,
				"mesh '%s' keeps no kubeconfig for '%s': it was not brought up to "
				"the "
				"end; take it down",
				session->topology.name, cluster);
		if (!wk_kubeconfig_read(file, &session->access.config[i], err))
			return false;
	}
	return true;
}

/* --set belongs to the mesh as much as the file does: kept beside it for --against. */
static char *settings_file(const struct wk_mesh *mesh)
{
	return wk_xasprintf("%s.set", wk_mesh_topology(mesh));
}

static bool keep_settings(const struct wk_session *session, struct wk_err *err)
{
	WK_AUTOFREE char *file = settings_file(session->mesh);
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_SETTINGS);

	for (size_t i = 0; i < session->args->sets.n; i++)
		(void)wk_buf_printf(&text, "%s\n", session->args->sets.items[i]);
	if (text.full)
		return wk_err_set(err, WK_ERR_INPUT,
			"--set: all together are longer than the %zu bytes that are kept with a "
			"mesh",
			MAX_SETTINGS);
	return wk_file_write(file, wk_buf_str(&text), text.len, 0600, err);
}

char *wk_session_casualty(void *session)
{
	const struct wk_mesh *mesh = ((const struct wk_session *)session)->mesh;

	return mesh ? wk_mesh_casualty(mesh) : NULL;
}

pid_t wk_session_component_pid(void *session, const char *cluster, const char *component)
{
	const struct wk_mesh *mesh = ((const struct wk_session *)session)->mesh;

	return mesh ? wk_mesh_component_pid(mesh, cluster, component) : 0;
}

void wk_session_tick(void *session)
{
	struct wk_console *console = ((const struct wk_session *)session)->console;

	if (console)
		wk_console_tick(console);
}

static bool raise_nodes(
	struct wk_session *session, const char *name, wk_nsec deadline, struct wk_err *err)
{
	struct wk_native_up up = {
		.topology = &session->topology,
		.components = &session->components,
		.name = name,
		.state = session->paths.state,
		.progress = &session->progress,
		.deadline = deadline,
	};

	return wk_native_up(&up, &session->mesh, err) && keep_settings(session, err) &&
	       open_access(session, err);
}

/* What runs in the nodes; the manifests were rendered while they started. */
static bool deploy(struct wk_session *session, struct wk_prepare *prepare, wk_nsec deadline,
	struct wk_err *err)
{
	struct wk_deploy order = {
		.access = &session->access,
		.components = &session->components,
		.progress = &session->progress,
		.prepare = prepare,
		.casualty = wk_session_casualty,
		.context = session,
		.deadline = deadline,
	};

	return wk_deploy_run(&order, err);
}

static char *nodes_only_file(const struct wk_mesh *mesh)
{
	return wk_xasprintf("%s.nodes-only", wk_mesh_topology(mesh));
}

static bool mark_nodes_only(const struct wk_session *session, struct wk_err *err)
{
	WK_AUTOFREE char *file = nodes_only_file(session->mesh);

	return wk_file_write(file, "", 0, 0600, err);
}

/* Every check would be red, and for a reason that no cause names. */
static bool has_more_than_nodes(const struct wk_mesh *mesh, struct wk_err *err)
{
	WK_AUTOFREE char *file = nodes_only_file(mesh);

	return !wk_path_exists(file) ||
	       wk_err_set(err, WK_ERR_INPUT,
		       "mesh '%s' was brought up with --nodes-only: there is no Istio in it to "
		       "check",
		       wk_mesh_name(mesh));
}

static char *changed_file(const struct wk_mesh *mesh)
{
	return wk_xasprintf("%s.changed", wk_mesh_topology(mesh));
}

/* Where that cannot be written the next run is the stricter for it. */
void wk_session_changed(const struct wk_session *session)
{
	WK_AUTOFREE char *file = changed_file(session->mesh);
	WK_AUTOFREE char *now = wk_xasprintf("%" PRId64 "\n", wk_now());
	struct wk_err err;

	if (!wk_file_write(file, now, strlen(now), 0600, &err))
		wk_debug("%s", err.msg);
}

/* A mesh does not outlive the boot whose clock this is. */
bool wk_session_is_settling(const struct wk_session *session)
{
	WK_AUTOFREE char *file = session->mesh ? changed_file(session->mesh) : NULL;
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(32);
	struct wk_err ignored;
	uint64_t at = 0;

	if (!file || !wk_file_read(file, text.max, &text, &ignored) || text.len == 0)
		return false;
	text.data[strcspn(text.data, "\n")] = '\0';
	return wk_num_parse(text.data, 0, (uint64_t)wk_now(), &at, &ignored) &&
	       wk_now() - (wk_nsec)at < SETTLE_TIME;
}

static bool bring_up(struct wk_session *session, const char *name, struct wk_err *err)
{
	/* Who gives a time knows his machine. */
	wk_nsec deadline = session->args->timeout ? session->deadline : wk_now() + UP_TIME;
	struct wk_prepare prepare;
	bool ok;

	if (!wk_components_find(session->paths.cache, session->paths.data,
		    session->topology.istio_version, &session->components, err))
		return false;
	if (session->args->nodes_only)
		return raise_nodes(session, name, deadline, err) && mark_nodes_only(session, err);
	if (!wk_prepare_start(&prepare, &session->topology, &session->components, deadline, err))
		return false;
	ok = raise_nodes(session, name, deadline, err) && deploy(session, &prepare, deadline, err);
	wk_prepare_finish(&prepare);
	if (ok)
		wk_session_changed(session);
	return ok;
}

bool wk_session_up(struct wk_session *session, const char *name, struct wk_err *err)
{
	if (wk_session_is_foreign(session))
		return wk_err_set(err, WK_ERR_INPUT,
			"the clusters of %s are there already, and nothing is made in their place; "
			"'wookie-conform run all --topology %s' checks them",
			session->topology.file, session->topology.file);
	if (!wk_cli_root(*session->args->argv, err))
		return false;
	if (bring_up(session, name, err))
		return true;
	wk_session_tell_time(session, err);
	return false;
}

static bool load_settings(struct wk_session *session, const char *sets[WK_MAX_LIST], size_t *ret_n,
	struct wk_err *err)
{
	WK_AUTOFREE char *file = settings_file(session->mesh);
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_SETTINGS);
	size_t n = 0;
	char *save = NULL;

	if (wk_path_exists(file) && !wk_file_read(file, MAX_SETTINGS, &text, err))
		return false;
	if (text.len == 0) {
		*ret_n = 0;
		return true;
	}
	for (char *line = strtok_r(text.data, "\n", &save); line && n < WK_MAX_LIST;
		line = strtok_r(NULL, "\n", &save))
		sets[n++] = wk_arena_strdup(session->arena, line);
	*ret_n = n;
	return true;
}

bool wk_session_attach(struct wk_session *session, const char *name, struct wk_err *err)
{
	const char *sets[WK_MAX_LIST];
	size_t n = 0;

	if (session->args->topology || session->args->sets.n)
		return wk_err_set(err, WK_ERR_INPUT,
			"mesh '%s' keeps the topology it was made from; leave out --topology and "
			"--set",
			name);
	return wk_native_attach(session->paths.state, name, &session->mesh, err) &&
	       load_settings(session, sets, &n, err) &&
	       wk_topology_load(session->arena, wk_mesh_topology(session->mesh), sets, n,
		       &session->topology, err) &&
	       open_access(session, err);
}

bool wk_session_target(struct wk_session *session, struct wk_err *err)
{
	const char *against = session->args->against;

	return against ? wk_session_attach(session, against, err)
		       : wk_session_topology(session, err);
}

bool wk_session_claim(struct wk_session *session, struct wk_err *err)
{
	return wk_session_target(session, err) &&
	       (wk_session_is_foreign(session) ? wk_session_reach(session, err)
					       : wk_cli_root(*session->args->argv, err)) &&
	       (!session->mesh || (has_more_than_nodes(session->mesh, err) &&
					  wk_mesh_claim(session->mesh, err)));
}

const char *wk_session_target_name(const struct wk_session *session)
{
	const struct wk_args *args = session->args;

	if (args->against)
		return args->against;
	return args->name ? args->name : session->topology.name;
}

const char *wk_session_pick(struct wk_session *session, struct wk_err *err)
{
	char **names;
	const char *picked = session->args->name;
	size_t n = 0;

	if (picked)
		return picked;
	names = wk_native_names(session->paths.state);
	while (names[n])
		n++;
	if (n == 0)
		(void)wk_err_set(err, WK_ERR_INPUT, "no mesh is up; 'wookie-conform up' makes one");
	else if (n > 1)
		(void)wk_err_set(err, WK_ERR_INPUT,
			"%zu meshes are up (%s, %s%s); say which with --name", n, names[0],
			names[1], n > 2 ? ", ..." : "");
	else
		picked = wk_arena_strdup(session->arena, names[0]);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return picked;
}
