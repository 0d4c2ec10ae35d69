/*
 * Undo
 *
 * A list of what was changed, newest last. Objects are kept as they were before; putting one back
 * does not care how it was changed in between. A later change of an object that is already in the
 * list adds nothing new: its first state is the one to come back to.
 *
 * The list is JSON, in memory as on disk. Each entry is in the file before its step is run, and leaves it
 * after it was put back, so a process that dies at any point leaves at most too many entries: putting
 * back what was never changed, or is back already, changes nothing.
 */
#include "wookie/fault/undo.h"

#include "wookie/fault/journal.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <unistd.h>

struct wk_undo {
	cJSON *doc; /* wookie/fault/journal.h */
	cJSON *entries;
	char *file; /* NULL: in memory only */
};

static const char *kind_name(enum wk_undo_kind kind)
{
	static const char *const names[] = {
		[WK_UNDO_OBJECT] = "object",
		[WK_UNDO_POD] = "pod",
		[WK_UNDO_CREATED] = "created",
		[WK_UNDO_RULE] = "rule",
		[WK_UNDO_UNRULED] = "unruled",
		[WK_UNDO_SHAPE] = "shape",
		[WK_UNDO_STOPPED] = "stopped",
	};

	return names[kind];
}

static bool is_kind(const cJSON *entry, enum wk_undo_kind kind)
{
	const char *name = wk_fault_text(entry, "kind");

	return name && strcmp(name, kind_name(kind)) == 0;
}

struct wk_undo *wk_undo_new(void)
{
	struct wk_undo *undo = wk_xcalloc(1, sizeof(*undo));

	undo->doc = wk_journal_new();
	undo->entries = cJSON_GetObjectItemCaseSensitive(undo->doc, "entries");
	return undo;
}

void wk_undo_free(struct wk_undo *undo)
{
	if (!undo)
		return;
	cJSON_Delete(undo->doc);
	free(undo->file);
	free(undo);
}

size_t wk_undo_count(const struct wk_undo *undo)
{
	return (size_t)cJSON_GetArraySize(undo->entries);
}

static bool save(const struct wk_undo *undo, struct wk_err *err)
{
	return !undo->file || wk_journal_write(undo->file, undo->doc, err);
}

bool wk_undo_keep(struct wk_undo *undo, const char *file, const struct wk_fault *fault,
	const cJSON *vars, struct wk_err *err)
{
	wk_journal_name(undo->doc, fault, vars);
	if (!wk_journal_write(file, undo->doc, err))
		return false;
	undo->file = wk_xstrdup(file);
	return true;
}

bool wk_undo_load(const char *file, struct wk_undo **ret, struct wk_err *err)
{
	struct wk_undo *undo;
	cJSON *doc = NULL;

	if (!wk_journal_read(file, &doc, err))
		return false;
	if (!doc) {
		*ret = NULL;
		return true;
	}
	undo = wk_xcalloc(1, sizeof(*undo));
	undo->doc = doc;
	undo->entries = cJSON_GetObjectItemCaseSensitive(doc, "entries");
	undo->file = wk_xstrdup(file);
	*ret = undo;
	return true;
}

const char *wk_undo_fault(const struct wk_undo *undo)
{
	return wk_fault_text(undo->doc, "fault");
}

const char *wk_undo_since(const struct wk_undo *undo)
{
	return wk_fault_text(undo->doc, "since");
}

bool wk_undo_trim(struct wk_undo *undo, size_t n, struct wk_err *err)
{
	while (wk_undo_count(undo) > n)
		cJSON_DeleteItemFromArray(undo->entries, cJSON_GetArraySize(undo->entries) - 1);
	return save(undo, err);
}

/* "what": an object as the API knows it, or something else. */
static bool same_object(const cJSON *a, const cJSON *b)
{
	static const char *const keys[] = {"apiVersion", "kind"};
	static const char *const names[] = {"namespace", "name"};
	const cJSON *meta_a = cJSON_GetObjectItemCaseSensitive(a, "metadata");
	const cJSON *meta_b = cJSON_GetObjectItemCaseSensitive(b, "metadata");

	for (size_t i = 0; i < WK_COUNT(keys); i++) {
		if (!wk_same_text(wk_fault_text(a, keys[i]), wk_fault_text(b, keys[i])) ||
			!wk_same_text(
				wk_fault_text(meta_a, names[i]), wk_fault_text(meta_b, names[i])))
			return false;
	}
	return true;
}

static bool is_object(const cJSON *entry)
{
	return is_kind(entry, WK_UNDO_OBJECT) || is_kind(entry, WK_UNDO_CREATED);
}

/* Whether its first state is remembered. */
static bool is_known(const struct wk_undo *undo, const cJSON *added)
{
	const cJSON *what = cJSON_GetObjectItemCaseSensitive(added, "what");
	const cJSON *entry;

	cJSON_ArrayForEach(entry, undo->entries)
	{
		bool alike = (is_object(entry) && is_object(added)) ||
			     (is_kind(entry, WK_UNDO_POD) && is_kind(added, WK_UNDO_POD));

		if (alike &&
			wk_same_text(
				wk_fault_text(entry, "cluster"), wk_fault_text(added, "cluster")) &&
			same_object(cJSON_GetObjectItemCaseSensitive(entry, "what"), what))
			return true;
	}
	return false;
}

bool wk_undo_add(struct wk_undo *undo, enum wk_undo_kind kind, const char *cluster, cJSON *what,
	struct wk_err *err)
{
	cJSON *entry = cJSON_CreateObject();
	size_t before = wk_undo_count(undo);

	(void)cJSON_AddStringToObject(entry, "kind", kind_name(kind));
	(void)cJSON_AddStringToObject(entry, "cluster", cluster);
	(void)cJSON_AddItemToObject(entry, "what", what ? what : cJSON_CreateNull());
	if (is_known(undo, entry)) {
		cJSON_Delete(entry);
		return true;
	}
	(void)cJSON_AddItemToArray(undo->entries, entry);
	if (save(undo, err))
		return true;
	/* What cannot be remembered is not done. */
	cJSON_DeleteItemFromArray(undo->entries, (int)before);
	return wk_err_context(err, "remember how to take it back");
}

static bool put_back(const struct wk_fault_env *env, const cJSON *entry, struct wk_err *err)
{
	const cJSON *what = cJSON_GetObjectItemCaseSensitive(entry, "what");
	const char *name = wk_fault_text(entry, "cluster");
	int cluster;

	if (is_kind(entry, WK_UNDO_RULE))
		return wk_fault_rule_back(env, name, what, err);
	if (is_kind(entry, WK_UNDO_UNRULED))
		return wk_fault_rule_again(env, name, what, err);
	if (is_kind(entry, WK_UNDO_SHAPE))
		return wk_fault_unshape(env, name, err);
	if (is_kind(entry, WK_UNDO_STOPPED))
		return wk_fault_thaw(env, name, cJSON_GetStringValue(what), err);
	cluster = wk_fault_cluster(env, entry, err);
	if (cluster < 0)
		return false;
	if (is_kind(entry, WK_UNDO_POD))
		return wk_fault_pod_back(env, (size_t)cluster, what, err);
	if (is_kind(entry, WK_UNDO_CREATED))
		return wk_kube_delete(
			wk_access_kube(env->access, (size_t)cluster), what, 1, env->deadline, err);
	return wk_fault_put_back(env, (size_t)cluster, what, err);
}

/* A frozen API server takes no requests: thaw first, whatever the order was. */
static void thaw_all(const struct wk_fault_env *env, const struct wk_undo *undo)
{
	const cJSON *entry;
	struct wk_err ignored;

	cJSON_ArrayForEach(entry, undo->entries)
	{
		if (is_kind(entry, WK_UNDO_STOPPED))
			(void)!put_back(env, entry, &ignored);
	}
}

bool wk_undo_all(const struct wk_fault_env *env, struct wk_undo *undo, struct wk_err *err)
{
	bool ok = true;

	thaw_all(env, undo);
	for (int i = cJSON_GetArraySize(undo->entries) - 1; i >= 0; i--) {
		struct wk_err one = {0};
		bool back = put_back(env, cJSON_GetArrayItem(undo->entries, i), &one);

		if (back) {
			cJSON_DeleteItemFromArray(undo->entries, i);
			back = save(undo, &one);
		}
		if (!back && ok)
			*err = one;
		ok = ok && back;
	}
	return ok;
}

const cJSON *wk_undo_at(const struct wk_undo *undo, size_t at)
{
	return cJSON_GetArrayItem(undo->entries, (int)at);
}

bool wk_undo_one(const struct wk_fault_env *env, struct wk_undo *undo, const cJSON *entry,
	struct wk_err *err)
{
	if (!put_back(env, entry, err))
		return false;
	for (int i = 0; i < cJSON_GetArraySize(undo->entries); i++) {
		if (cJSON_GetArrayItem(undo->entries, i) != entry)
			continue;
		cJSON_DeleteItemFromArray(undo->entries, i);
		break;
	}
	return save(undo, err);
}

static bool play_heal(const struct wk_fault_env *env, struct wk_undo *undo, struct wk_err *err)
{
	const cJSON *heal = cJSON_GetObjectItemCaseSensitive(undo->doc, "heal");
	size_t n = (size_t)cJSON_GetArraySize(heal);
	WK_AUTOFREE struct wk_fault_step *steps = wk_xcalloc(n + 1, sizeof(*steps));

	for (size_t i = 0; i < n; i++)
		steps[i] = wk_journal_step(cJSON_GetArrayItem(heal, (int)i));
	return wk_fault_steps(
		env, steps, n, cJSON_GetObjectItemCaseSensitive(undo->doc, "vars"), undo, err);
}

bool wk_undo_heal(const struct wk_fault_env *env, struct wk_undo *undo, struct wk_err *err)
{
	struct wk_err late = {0};
	bool ok = play_heal(env, undo, err);

	if (!wk_undo_all(env, undo, ok ? err : &late))
		ok = false;
	if (ok && undo->file && unlink(undo->file) < 0)
		return wk_err_set(err, WK_ERR_SYSTEM, "%s cannot be removed", undo->file);
	return ok;
}
