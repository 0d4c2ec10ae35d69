/*
 * Asking each of several
 *
 * Of the replicas of a gateway or a server one may be broken while the first is well, and a Service
 * sends a share of its clients to that one. So where an argument is a list, everybody on it is asked, one
 * after the other, and everybody's answer is evidence.
 */
#include "wookie/probe/each.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "wookie/model/evidence.h"

static const cJSON *list_at(const struct cJSON *args, const char *path)
{
	const cJSON *at = args;
	const char *dot = strchr(path, '.');
	WK_AUTOFREE char *outer = dot ? wk_xstrndup(path, (size_t)(dot - path)) : NULL;

	if (outer)
		at = cJSON_GetObjectItemCaseSensitive(at, outer);
	at = cJSON_GetObjectItemCaseSensitive(at, dot ? dot + 1 : path);
	return cJSON_IsArray(at) ? at : NULL;
}

/* A copy with one element in the place of the list; NULL stands for null. */
static cJSON *with_one(const struct cJSON *args, const char *path, const cJSON *element)
{
	cJSON *copy = cJSON_Duplicate(args, true);
	const char *dot = strchr(path, '.');
	WK_AUTOFREE char *outer = dot ? wk_xstrndup(path, (size_t)(dot - path)) : NULL;

	(void)cJSON_ReplaceItemInObjectCaseSensitive(
		outer ? cJSON_GetObjectItemCaseSensitive(copy, outer) : copy, dot ? dot + 1 : path,
		element ? cJSON_Duplicate(element, true) : cJSON_CreateNull());
	return copy;
}

struct cJSON *wk_probe_one(const struct cJSON *args, const char *path, const char *whose)
{
	const cJSON *list = list_at(args, path);
	const cJSON *one = NULL;

	cJSON_ArrayForEach(one, list)
	{
		if (whose && cJSON_IsString(one) && strcmp(one->valuestring, whose) == 0)
			break;
	}
	if (!list)
		return cJSON_Duplicate(args, true);
	return with_one(args, path, one ? one : list->child);
}

void wk_each_add(struct cJSON *list, const char *of, struct cJSON *evidence)
{
	(void)cJSON_AddStringToObject(evidence, WK_EVIDENCE_OF, of);
	(void)cJSON_AddItemToArray(list, evidence);
}

struct cJSON *wk_each_take(struct cJSON *list)
{
	cJSON *evidence = NULL;

	if (cJSON_GetArraySize(list) == 1) {
		evidence = cJSON_DetachItemFromArray(list, 0);
		cJSON_Delete(list);
		return evidence;
	}
	evidence = cJSON_CreateObject();
	(void)cJSON_AddItemToObject(evidence, WK_EVIDENCE_EACH, list);
	return evidence;
}

static bool ask_one(const struct wk_probe_env *env, const struct cJSON *args, wk_probe_fn *one,
	const char *of, cJSON *answers, struct wk_err *err)
{
	cJSON *evidence = NULL;

	if (!one(env, args, &evidence, err))
		return of[0] ? wk_err_context(err, "%s", of) : false;
	wk_each_add(answers, of, evidence);
	return true;
}

bool wk_probe_each(const struct wk_probe_env *env, const struct cJSON *args, const char *path,
	wk_probe_fn *one, struct cJSON **ret_evidence, struct wk_err *err)
{
	const cJSON *list = list_at(args, path);
	const cJSON *element = list ? list->child : NULL;
	cJSON *answers = NULL;
	bool ok = true;

	if (!list)
		return one(env, args, ret_evidence, err);
	answers = cJSON_CreateArray();
	do {
		const char *of = cJSON_GetStringValue(element);
		cJSON *with = with_one(args, path, element);

		ok = ask_one(env, with, one, of ? of : "", answers, err);
		cJSON_Delete(with);
		element = element ? element->next : NULL;
	} while (ok && element);
	if (!ok) {
		cJSON_Delete(answers);
		return false;
	}
	*ret_evidence = wk_each_take(answers);
	return true;
}
