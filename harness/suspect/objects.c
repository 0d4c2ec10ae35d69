/*
 * Every object of a cluster
 *
 * Discovery says which kinds can be listed, so a kind that nobody here knows (a mesh policy of
 * somebody's own) is seen too. A kind that is served in several versions is asked in the preferred
 * one, which comes first.
 */
#include "wookie/suspect/suspect.h"

#include "wookie/kube/transport.h"

#include <cjson/cJSON.h>
#include <string.h>

/* Written all the time, huge, or nothing that a mesh hangs on. */
static bool is_noise(const struct wk_kube_kind *kind)
{
	static const char *const resources[] = {"events", "leases", "componentstatuses",
		"controllerrevisions", "replicasets", "certificatesigningrequests", "flowschemas",
		"prioritylevelconfigurations", "csinodes", "csistoragecapacities", "ipaddresses",
		"servicecidrs", "customresourcedefinitions"};

	for (size_t i = 0; i < WK_COUNT(resources); i++)
		if (strcmp(kind->resource, resources[i]) == 0)
			return true;
	return false;
}

static const char *group_of(const char *api_version, size_t *ret_len)
{
	const char *slash = strchr(api_version, '/');

	*ret_len = slash ? (size_t)(slash - api_version) : 0;
	return api_version;
}

/* Whether an earlier row is the same resource in another version. */
static bool is_later_version(const struct wk_kube *kube, size_t row)
{
	const struct wk_kube_kind *kind = &kube->kinds[row];
	size_t len;
	const char *group = group_of(kind->api_version, &len);

	for (size_t i = 0; i < row; i++) {
		size_t other_len;
		const char *other = group_of(kube->kinds[i].api_version, &other_len);

		if (strcmp(kube->kinds[i].resource, kind->resource) == 0 && len == other_len &&
			strncmp(group, other, len) == 0)
			return true;
	}
	return false;
}

static char *key_of(const cJSON *object)
{
	const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");
	const char *version = wk_kube_text(object, "apiVersion");
	const char *namespace = wk_kube_text(metadata, "namespace");
	size_t len;
	const char *group = group_of(version, &len);

	return wk_xasprintf("%s%s%.*s %s%s%s", wk_kube_text(object, "kind"), len ? "." : "",
		(int)len, group, namespace, *namespace ? "/" : "", wk_kube_text(metadata, "name"));
}

static void keep(cJSON *objects, cJSON *item)
{
	WK_AUTOFREE char *key = key_of(item);
	cJSON *entry = cJSON_AddObjectToObject(objects, key);
	const char *since;
	const char *by = wk_suspect_writer(item, &since);

	(void)cJSON_AddStringToObject(entry, "by", by);
	(void)cJSON_AddStringToObject(entry, "since", since);
	wk_suspect_normal(item);
	(void)cJSON_AddItemToObject(entry, "object", item);
}

static void keep_list(cJSON *objects, const struct wk_kube_kind *kind, cJSON *list)
{
	cJSON *items = cJSON_GetObjectItemCaseSensitive(list, "items");
	cJSON *item = items ? items->child : NULL;

	while (item) {
		cJSON *next = item->next;

		(void)cJSON_DetachItemViaPointer(items, item);
		cJSON_DeleteItemFromObjectCaseSensitive(item, "apiVersion");
		cJSON_DeleteItemFromObjectCaseSensitive(item, "kind");
		(void)cJSON_AddStringToObject(item, "apiVersion", kind->api_version);
		(void)cJSON_AddStringToObject(item, "kind", kind->kind);
		if (wk_suspect_follows(item))
			cJSON_Delete(item);
		else
			keep(objects, item);
		item = next;
	}
}

static bool list_kind(struct wk_kube *kube, const struct wk_kube_kind *kind, wk_nsec deadline,
	cJSON *objects, struct wk_err *err)
{
	WK_AUTOFREE char *path = wk_kube_path_of(kind, NULL, NULL);
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {0};

	if (!wk_kube_call(kube, "GET", path, NULL, NULL, deadline, &reply, err))
		return false;
	if (reply.answer == WK_KUBE_OK)
		keep_list(objects, kind, reply.json);
	return true;
}

bool wk_suspect_objects(struct wk_kube *kube, wk_nsec deadline, cJSON *entry, struct wk_err *err)
{
	cJSON *all;

	if (!wk_kube_discover(kube, deadline, err))
		return false;
	all = cJSON_CreateObject();
	for (size_t i = 0; i < kube->n_kinds; i++) {
		const struct wk_kube_kind *kind = &kube->kinds[i];

		if (!kind->listable || is_noise(kind) || is_later_version(kube, i))
			continue;
		if (!list_kind(kube, kind, deadline, all, err)) {
			cJSON_Delete(all);
			return false;
		}
	}
	(void)cJSON_AddItemToObject(entry, "objects", all);
	return true;
}
