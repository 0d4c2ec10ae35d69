/*
 * Undo
 *
 * A list of what was changed, newest last. Objects are kept as they were before; putting one back
 * does not care how it was changed in between. A later change of an object that is already in the
 * list adds nothing new: its first state is the one to come back to, and reverse order ends there.
 */
#include "wookie/fault/undo.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <signal.h>

enum undo_kind {
	UNDO_OBJECT,
	UNDO_POD,
	UNDO_CREATED,
	UNDO_RULE,
	UNDO_SHAPE,
	UNDO_STOPPED,
};

struct entry {
	enum undo_kind kind;
	size_t cluster;
	char *name; /* of the cluster, for rules and shapes */
	cJSON *json;
	pid_t pid;
};

#define MAX_ENTRIES 64

struct wk_undo {
	struct entry entries[MAX_ENTRIES];
	size_t n;
};

struct wk_undo *wk_undo_new(void)
{
	return wk_xcalloc(1, sizeof(struct wk_undo));
}

static void drop(struct entry *entry)
{
	free(entry->name);
	cJSON_Delete(entry->json);
}

void wk_undo_free(struct wk_undo *undo)
{
	for (size_t i = 0; undo && i < undo->n; i++)
		drop(&undo->entries[i]);
	free(undo);
}

static void add(struct wk_undo *undo, struct entry entry)
{
	assert(undo->n < MAX_ENTRIES);
	undo->entries[undo->n++] = entry;
}

void wk_undo_object(struct wk_undo *undo, size_t cluster, cJSON *before)
{
	add(undo, (struct entry){.kind = UNDO_OBJECT, .cluster = cluster, .json = before});
}

void wk_undo_pod(struct wk_undo *undo, size_t cluster, cJSON *before)
{
	add(undo, (struct entry){.kind = UNDO_POD, .cluster = cluster, .json = before});
}

void wk_undo_created(struct wk_undo *undo, size_t cluster, cJSON *created)
{
	add(undo, (struct entry){.kind = UNDO_CREATED, .cluster = cluster, .json = created});
}

void wk_undo_rule(struct wk_undo *undo, const char *cluster, cJSON *words)
{
	add(undo, (struct entry){.kind = UNDO_RULE, .name = wk_xstrdup(cluster), .json = words});
}

void wk_undo_shape(struct wk_undo *undo, const char *cluster)
{
	add(undo, (struct entry){.kind = UNDO_SHAPE, .name = wk_xstrdup(cluster)});
}

void wk_undo_stopped(struct wk_undo *undo, pid_t pid)
{
	add(undo, (struct entry){.kind = UNDO_STOPPED, .pid = pid});
}

static bool put_back(const struct wk_fault_env *env, const struct entry *entry, struct wk_err *err)
{
	switch (entry->kind) {
	case UNDO_OBJECT:
		return wk_fault_put_back(env, entry->cluster, entry->json, err);
	case UNDO_POD:
		return wk_fault_pod_back(env, entry->cluster, entry->json, err);
	case UNDO_CREATED:
		return wk_kube_delete(wk_access_kube(env->access, entry->cluster), entry->json, 1,
			env->deadline, err);
	case UNDO_RULE:
		return wk_fault_iptables(env, entry->name, "-D", entry->json, err);
	case UNDO_SHAPE:
		return wk_fault_unshape(env, entry->name, err);
	case UNDO_STOPPED:
		return kill(entry->pid, SIGCONT) == 0 ||
		       wk_err_set(err, WK_ERR_SYSTEM, "process %d is gone", (int)entry->pid);
	}
	return false;
}

bool wk_undo_all(const struct wk_fault_env *env, struct wk_undo *undo, struct wk_err *err)
{
	bool ok = true;

	/* A frozen API server takes no requests: thaw first, whatever the order was. */
	for (size_t i = 0; i < undo->n; i++)
		if (undo->entries[i].kind == UNDO_STOPPED)
			(void)kill(undo->entries[i].pid, SIGCONT);
	while (undo->n > 0) {
		struct entry *entry = &undo->entries[--undo->n];
		struct wk_err one = {0};

		if (!put_back(env, entry, &one)) {
			if (ok)
				*err = one;
			ok = false;
		}
		drop(entry);
	}
	return ok;
}
