#ifndef WOOKIE_TEST_MESH_FIXTURE_H
#define WOOKIE_TEST_MESH_FIXTURE_H

#include "wookie/provider/native.h"
#include "wookie/provider/native/record.h"

/* Two real nodes whose programs are shell scripts, in a temporary folder below /tmp: namespaces,
 * mounts, cgroups and the keeper are the real ones, Kubernetes is not there. */
struct fixture {
	char root[64];
	char bin[96];
	char store[96];
	char state[96];
	char file[96];
	struct wk_cluster clusters[2];
	struct wk_topology topology;
	struct wk_components components;
	struct wk_native_up up;
	pid_t keeper;
	int line;
};

/* `script` is what etcd does; the other programs sleep. */
void fixture_make(struct fixture *f, const char *script);
void fixture_remove(struct fixture *f);
/* Starts the keeper and waits for its nodes. */
void fixture_start(struct fixture *f, const char *name);
/* The keeper's next message that is not WK_KEEPER_STATE; its error when it failed. */
bool fixture_listen(struct fixture *f, struct wk_err *err);
/* Asks every few milliseconds for as much as three seconds. */
bool fixture_gone(const char *path);
bool fixture_there(const char *path);
/* "ROOT/state/NAME/REST"; in one of a few static buffers. */
const char *fixture_path(const struct fixture *f, const char *name, const char *rest);
struct wk_record fixture_record(const struct fixture *f, const char *name, const char *rest);
/* Whether any cgroup of that mesh is left. */
bool fixture_groups_left(const char *name);

#endif
