/*
 * Back and forth
 *
 * A difference that somebody else made is taken back for as long as an experiment needs, and put as it was
 * found. How it was found is in the journal first, like what a fault changes: a process that dies leaves a
 * mesh that `heal` puts as it was.
 */
#include "wookie/base/buf.h"
#include "wookie/fault/undo.h"

#include <cjson/cJSON.h>
#include <string.h>

#define MAX_WORD ((size_t)4096)

static const cJSON *part(const cJSON *change, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(change, key);
}

static bool is(const cJSON *change, const char *key, const char *text)
{
	return wk_same_text(wk_fault_text(change, key), text);
}

/* One word of a line as iptables-save writes it; moves *p behind it. Only comments are in quotes. */
static void add_word(cJSON *words, const char **p)
{
	struct wk_buf WK_AUTO(wk_buf_finish) word = WK_BUF_INIT(MAX_WORD);
	bool quoted = false;

	for (; **p && (quoted || **p != ' '); (*p)++) {
		if (**p == '"')
			quoted = !quoted;
		else if (**p == '\\' && quoted && (*p)[1])
			(void)wk_buf_putc(&word, *++*p);
		else
			(void)wk_buf_putc(&word, **p);
	}
	(void)cJSON_AddItemToArray(words, cJSON_CreateString(wk_buf_str(&word)));
}

/* "filter -A INPUT -p tcp ..." as iptables takes it behind -I or -D; NULL where it is none. */
static cJSON *rule_words(const cJSON *change)
{
	const char *name = wk_fault_text(change, "name");
	const char *rule = name ? strstr(name, " -A ") : NULL;
	cJSON *words;

	if (!is(change, "layer", "rules") || !rule || strchr(name, ' ') != rule)
		return NULL;
	words = cJSON_CreateArray();
	for (const char *p = rule + strlen(" -A "); *p; p += *p == ' ')
		add_word(words, &p);
	WK_AUTOFREE char *table = wk_xstrndup(name, (size_t)(rule - name));

	(void)cJSON_AddItemToArray(words, cJSON_CreateString("-t"));
	(void)cJSON_AddItemToArray(words, cJSON_CreateString(table));
	return words;
}

/* A bare pod cannot be changed in place but for its labels; of a Secret only hashes are known. */
static bool can_patch(const cJSON *change)
{
	const cJSON *patch = part(change, "patch");

	if (is(part(change, "after"), "kind", "Secret"))
		return patch && !part(patch, "data");
	return patch && (!is(part(change, "after"), "kind", "Pod") || !part(patch, "spec"));
}

bool wk_turn_can(const cJSON *change)
{
	cJSON *words;
	bool can;

	if (is(change, "layer", "object"))
		return is(change, "what", "added") ||
		       (is(change, "what", "changed") && can_patch(change)) ||
		       (is(change, "what", "removed") &&
			       !is(part(change, "before"), "kind", "Secret"));
	words = rule_words(change);
	can = words != NULL;
	cJSON_Delete(words);
	return can;
}

static bool find_now(const struct wk_fault_env *env, size_t cluster, const cJSON *object,
	cJSON **ret, struct wk_err *err)
{
	if (!wk_fault_find(env, cluster, object, ret, err))
		return false;
	return *ret || wk_err_set(err, WK_ERR_REMOTE, "%s '%s' is not there any more",
			       wk_fault_text(object, "kind"),
			       wk_fault_text(part(object, "metadata"), "name"));
}

static bool turn_object(const struct wk_fault_env *env, const cJSON *change, struct wk_undo *undo,
	struct wk_err *err)
{
	const cJSON *before = part(change, "before");
	const cJSON *after = part(change, "after");
	const char *name = wk_fault_text(change, "cluster");
	int cluster = wk_fault_cluster(env, change, err);
	cJSON *now = NULL;
	bool ok;

	if (cluster < 0)
		return false;
	if (!after)
		return wk_undo_add(
			       undo, WK_UNDO_CREATED, name, cJSON_Duplicate(before, true), err) &&
		       wk_fault_put_back(env, (size_t)cluster, before, err);
	if (!find_now(env, (size_t)cluster, after, &now, err))
		return false;
	ok = wk_undo_add(undo, WK_UNDO_OBJECT, name, cJSON_Duplicate(now, true), err);
	if (ok && !before) {
		ok = wk_kube_delete(
			wk_access_kube(env->access, (size_t)cluster), now, 1, env->deadline, err);
	} else if (ok) {
		wk_fault_merge(now, part(change, "patch"));
		ok = wk_fault_put_back(env, (size_t)cluster, now, err);
	}
	cJSON_Delete(now);
	return ok;
}

static bool turn_rule(const struct wk_fault_env *env, const cJSON *change, struct wk_undo *undo,
	struct wk_err *err)
{
	const char *cluster = wk_fault_text(change, "cluster");
	cJSON *words = rule_words(change);
	bool ok;

	if (!words)
		return wk_err_set(err, WK_ERR_INPUT, "this is no rule");
	if (is(change, "what", "removed"))
		ok = wk_undo_add(undo, WK_UNDO_RULE, cluster, cJSON_Duplicate(words, true), err) &&
		     wk_fault_rule_again(env, cluster, words, err);
	else
		ok = wk_undo_add(
			     undo, WK_UNDO_UNRULED, cluster, cJSON_Duplicate(words, true), err) &&
		     wk_fault_rule_back(env, cluster, words, err);
	cJSON_Delete(words);
	return ok;
}

bool wk_turn_back(const struct wk_fault_env *env, const cJSON *change, struct wk_undo *undo,
	const cJSON **ret_entry, struct wk_err *err)
{
	size_t before = wk_undo_count(undo);
	bool ok = is(change, "layer", "object") ? turn_object(env, change, undo, err)
						: turn_rule(env, change, undo, err);

	if (ok) {
		*ret_entry = wk_undo_at(undo, before);
		return true;
	}
	/* What may have been done in part is as it was found, or stays in the journal. */
	if (wk_undo_count(undo) > before) {
		struct wk_err ignored;

		(void)!wk_undo_one(env, undo, wk_undo_at(undo, before), &ignored);
	}
	return false;
}
