#ifndef WOOKIE_PROVIDER_NATIVE_MESH_H
#define WOOKIE_PROVIDER_NATIVE_MESH_H

#include "wookie/provider/native.h"
#include "wookie/provider/native/record.h"

struct wk_mesh {
	char *name;
	char *dir;
	char *topology;
	struct wk_record keeper;
	int netns;
	int line;           /* to the keeper, for as long as this process owns the mesh; or -1 */
	int claim;          /* the file that is locked while this process checks the mesh; or -1 */
	pid_t child;        /* the keeper where it is our child and not reaped yet, or 0 */
	char **clusters;    /* sorted, ends with NULL */
	char **kubeconfigs; /* in the same order */
};

/* A handle that holds nothing yet. Free with wk_mesh_free(). */
struct wk_mesh *wk_mesh_new(const char *name, const char *dir);
/* Fills in what is read from the state of a mesh whose keeper lives. `mesh` has name and dir. */
bool wk_mesh_load(struct wk_mesh *mesh, struct wk_err *err) WK_MUST_CHECK;
/* Takes the mesh of that folder for this process: a locked descriptor, or -1 with errno; where another
 * process has it that is EWOULDBLOCK, and `ret_holder` is its pid in text. */
int wk_mesh_try_claim(const char *dir, char ret_holder[32]);
/* Waits until the keeper is gone. False when the deadline passed. */
bool wk_mesh_await_end(const struct wk_record *keeper, wk_nsec deadline);
/* The folder of the mesh of that name, the caller frees; NULL: there is none, and the error lists
 * those there are. */
char *wk_mesh_dir(const char *state, const char *name, struct wk_err *err);

#endif
