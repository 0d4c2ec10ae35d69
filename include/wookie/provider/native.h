#ifndef WOOKIE_PROVIDER_NATIVE_H
#define WOOKIE_PROVIDER_NATIVE_H

#include "wookie/base/progress.h"
#include "wookie/component/component.h"
#include "wookie/model/topology.h"

#include <sys/types.h>

/* A mesh of native nodes: one keeper process holds its namespaces, each node is one process tree.
 * See harness/provider/native/keeper.c for the life story. */
struct wk_mesh;

struct wk_native_up {
	const struct wk_topology *topology;
	const struct wk_components *components;
	const char *name;  /* of the mesh */
	const char *state; /* folder of all meshes; this one's is state/name */
	const struct wk_progress *progress;
	wk_nsec deadline;
};

/* Refuses what is no DNS label of at most 40 characters: a name becomes a folder. WK_ERR_INPUT. */
bool wk_native_check_name(const char *name, struct wk_err *err) WK_MUST_CHECK;
/* "STATE/NAME", whether it is there or not; the caller frees. */
char *wk_native_dir(const char *state, const char *name);
/* Starts keeper and nodes; returns when every API server answers. A name that is in use, a missing
 * privilege or kernel feature is WK_ERR_MISSING; whatever was created is removed again. */
bool wk_native_up(
	const struct wk_native_up *up, struct wk_mesh **ret, struct wk_err *err) WK_MUST_CHECK;
/* A mesh that is up, by name. WK_ERR_INPUT lists the meshes there are when it is none of them. */
bool wk_native_attach(const char *state, const char *name, struct wk_mesh **ret,
	struct wk_err *err) WK_MUST_CHECK;
/* Takes the mesh for the checks of this process: those of another would have scratch workloads of the
 * same names. Held until the handle is freed or the process ends. WK_ERR_MISSING names the process
 * that has it. */
bool wk_mesh_claim(struct wk_mesh *mesh, struct wk_err *err) WK_MUST_CHECK;
/* From now on the mesh outlives this process (`up`). */
void wk_mesh_detach(struct wk_mesh *mesh);
/* Forgets the handle. A mesh that is not detached is ended. */
void wk_mesh_free(struct wk_mesh *mesh);
WK_DEFINE_AUTO(struct wk_mesh *, wk_mesh_free);

const char *wk_mesh_name(const struct wk_mesh *mesh);
/* The network namespace with the wire's bridge; the mesh's own. */
int wk_mesh_netns(const struct wk_mesh *mesh);
/* Path of a cluster's admin kubeconfig. */
const char *wk_mesh_kubeconfig(const struct wk_mesh *mesh, const char *cluster);
/* Path of the topology file kept with the mesh, for --against. */
const char *wk_mesh_topology(const struct wk_mesh *mesh);
/* Folders of logs: of a node's components, or of its pods (below each pod's folder, in the node's own
 * file system). The caller frees; it may not be there. */
enum wk_logs { WK_LOGS_COMPONENTS, WK_LOGS_PODS };
char *wk_mesh_logs(const struct wk_mesh *mesh, const char *cluster, enum wk_logs which);
/* A component of a node that died, in words ("cluster-a: etcd ended by signal 9: ...last lines"),
 * or NULL. The caller frees. */
char *wk_mesh_casualty(const struct wk_mesh *mesh);
/* pid of a component ("etcd", "kubelet", ...) of a node in this pid namespace, 0 when there is
 * none. */
pid_t wk_mesh_component_pid(const struct wk_mesh *mesh, const char *cluster, const char *component);

/* Ends the mesh and removes all that it made; also what a killed run or a lost power left. Returns
 * false and lists what could not be removed; WK_ERR_MISSING names the process that works with it. Of a
 * mesh that does not exist there is nothing to remove. WK_ERR_TIMEOUT where the deadline came first:
 * what was asked to end goes on ending, and nothing is killed for want of time. */
bool wk_native_down(const char *state, const char *name, const struct wk_progress *progress,
	wk_nsec deadline, struct wk_err *err) WK_MUST_CHECK;
/* The same for the very mesh of a handle, which this process may work with; the handle is to be freed
 * all the same. */
bool wk_mesh_down(const struct wk_mesh *mesh, const struct wk_progress *progress,
	struct wk_err *err) WK_MUST_CHECK;
/* Removes cgroups of a mesh of that name (NULL: of any) whose folder and keeper are gone. Returns how
 * many. */
size_t wk_native_sweep(const char *name);
/* Names of all meshes below `state`, sorted, ends with NULL; free each and the array. */
char **wk_native_names(const char *state);

enum wk_mesh_state {
	WK_MESH_UP,
	WK_MESH_BROKEN,  /* a component or node died */
	WK_MESH_REMAINS, /* its keeper is gone; `down` clears it */
};

struct wk_node_status {
	char cluster[64];
	char address[16];
	pid_t pid; /* 0: gone */
	char casualty[256];
	long memory_kib;
};

struct wk_mesh_status {
	enum wk_mesh_state state;
	pid_t keeper;
	bool detached;
	wk_nsec age;
	struct wk_node_status nodes[WK_MAX_CLUSTERS];
	size_t n_nodes;
};

bool wk_native_status(const char *state, const char *name, struct wk_mesh_status *ret,
	struct wk_err *err) WK_MUST_CHECK;

/* What of a node lives and does nothing ("etcd is stopped"), and the last words of the first such; both ""
 * where all is well. Asks for as long as the deadline allows. */
struct wk_node_hung {
	char words[256];
	char last_words[320];
};
void wk_native_hung(const char *state, const char *name, const char *cluster, wk_nsec deadline,
	struct wk_node_hung *ret);

/* One need of the native provider: tried for real, in a child where it could do harm. */
struct wk_preflight_result {
	const char *what;
	bool ok;
	bool needed; /* false: only a warning */
	char found[160];
	char fix[160];
};

#define WK_PREFLIGHT_MAX 32
/* Returns how many there are. */
size_t wk_native_preflight(
	const char *state, const char *cache, struct wk_preflight_result results[WK_PREFLIGHT_MAX]);

#endif
