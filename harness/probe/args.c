/*
 * Arguments of a probe
 *
 * Suites write "$server.helloworld.clusterIP" where a value is derived. When the object behind it
 * is not there the value is null; that absence is what a check is looking for, so it becomes
 * evidence instead of an error.
 */
#include "wookie/probe/args.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "wookie/base/num.h"

const char *wk_arg_text(const struct cJSON *args, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(args, key);

	return cJSON_IsString(item) ? item->valuestring : NULL;
}

long wk_arg_count(const struct cJSON *args, const char *key, long otherwise)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(args, key);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > 1e9)
		return otherwise;
	return (long)item->valuedouble;
}

bool wk_arg_true(const struct cJSON *args, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(args, key));
}

wk_nsec wk_arg_duration(const struct cJSON *args, const char *key, wk_nsec otherwise)
{
	const char *text = wk_arg_text(args, key);
	wk_nsec length = 0;
	struct wk_err err;

	return text && wk_duration_parse(text, &length, &err) ? length : otherwise;
}

size_t wk_arg_texts(const struct cJSON *args, const char *key, const char **ret, size_t max)
{
	size_t n = 0;
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(args, key))
	{
		if (cJSON_IsString(item) && n + 1 < max)
			ret[n++] = item->valuestring;
	}
	ret[n] = NULL;
	return n;
}

bool wk_args_fit(const struct cJSON *args, const char *key, size_t most, struct wk_err *err)
{
	size_t n = (size_t)cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(args, key));

	return n <= most ||
	       wk_err_set(err, WK_ERR_INPUT, "'%s' holds %zu, expected at most %zu", key, n, most);
}

static bool is_nobody(const cJSON *item)
{
	return cJSON_IsNull(item) || (cJSON_IsArray(item) && cJSON_GetArraySize(item) == 0);
}

/* An object given for a pod without a name is as absent as null, and so is a list of nobody. */
static bool has_value(const cJSON *item)
{
	const cJSON *name =
		cJSON_IsObject(item) ? cJSON_GetObjectItemCaseSensitive(item, "name") : NULL;

	return item && !is_nobody(item) && !is_nobody(name);
}

bool wk_args_absent(const struct cJSON *args, const struct wk_arg_spec *specs, struct cJSON **ret)
{
	cJSON *keys = cJSON_CreateArray();

	for (const struct wk_arg_spec *spec = specs; spec->key; spec++)
		if (spec->required && !has_value(cJSON_GetObjectItemCaseSensitive(args, spec->key)))
			cJSON_AddItemToArray(keys, cJSON_CreateString(spec->key));
	if (cJSON_GetArraySize(keys) == 0) {
		cJSON_Delete(keys);
		return false;
	}
	*ret = cJSON_CreateObject();
	cJSON_AddItemToObject(*ret, "absent", keys);
	return true;
}
