#ifndef WOOKIE_PROVIDER_NATIVE_NODE_H
#define WOOKIE_PROVIDER_NATIVE_NODE_H

#include "wookie/component/component.h"
#include "wookie/model/topology.h"
#include "wookie/provider/native/cgroup.h"

/* Fixed places inside every node, whatever the outside looks like. */
#define WK_NODE_BIN "/run/wookie/bin"
#define WK_NODE_CNI "/run/wookie/cni"
#define WK_NODE_CONF "/run/wookie/conf"
#define WK_NODE_STATE "/run/wookie/node" /* its folder below the mesh's state */
#define WK_NODE_LOG WK_NODE_STATE "/log"
#define WK_NODE_PKI WK_NODE_STATE "/pki"
#define WK_NODE_ADMIN WK_NODE_STATE "/admin.kubeconfig" /* written last of all keys */
#define WK_NODE_KUBELET WK_NODE_STATE "/kubelet.kubeconfig"

/* inotify instances that the components of one node take as root: 16 were counted. */
#define WK_NODE_INOTIFY 16

/* One node that is to be; borrows everything. */
struct wk_node {
	const struct wk_topology *topology;
	const struct wk_cluster *cluster;
	size_t index; /* of the cluster */
	const struct wk_components *components;
	const struct wk_cgroups *cgroups;
	const char *dir; /* its folder as the outside sees it */
};

/* Clones the node's first process into namespaces of its own. It waits for wk_node_go() and dies
 * with its parent. `socket` is the parent's end of the line to it: it carries the go, and back the
 * reason when the node could not be furnished. */
bool wk_node_clone(const struct wk_node *node, pid_t *ret_pid, int *ret_socket,
	struct wk_err *err) WK_MUST_CHECK;
bool wk_node_go(int socket, struct wk_err *err) WK_MUST_CHECK;

/* In the node, before anything else of it runs: its view of the file system. */
bool wk_node_furnish(const struct wk_node *node, struct wk_err *err) WK_MUST_CHECK;
/* In the node: the files that its programs read. */
bool wk_node_configure(const struct wk_node *node, struct wk_err *err) WK_MUST_CHECK;
/* In the node: starts every program when what it needs is there, reaps, and writes down who dies.
 * Never returns. */
_Noreturn void wk_node_supervise(const struct wk_node *node);

/* What a program waits for before it is started. */
enum wk_need {
	WK_NEED_KEYS = 1,       /* certificates and kubeconfigs are written */
	WK_NEED_ETCD = 2,       /* etcd takes connections */
	WK_NEED_CONTAINERD = 4, /* so does containerd */
	WK_NEED_API = 8,        /* so does the API server */
};

#define WK_ARGV_MAX 40
struct wk_argv {
	char *list[WK_ARGV_MAX + 1]; /* ends with NULL */
	size_t n;
};
void wk_argv_finish(struct wk_argv *args);
static inline void wk_argv_finish_cleanup(struct wk_argv *args)
{
	wk_argv_finish(args);
}

struct wk_program {
	const char *name; /* of the program and of its log */
	unsigned needs;   /* a set of enum wk_need */
	void (*arguments)(const struct wk_node *node, struct wk_argv *args);
	const char *environment[3]; /* "K=V" beside PATH and HOME; ends with NULL */
};

/* In order of starting; ends with a nameless one. */
extern const struct wk_program wk_node_programs[];
#define WK_NODE_PROGRAMS 7

/* In the harness: the node's certificates and kubeconfigs, written below `dir`. */
bool wk_node_keys(
	const struct wk_cluster *cluster, const char *dir, struct wk_err *err) WK_MUST_CHECK;

#endif
