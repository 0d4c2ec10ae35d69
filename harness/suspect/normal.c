/*
 * What counts of an object
 *
 * Two looks at a mesh that nobody touched must be the same. So what the server numbers and stamps,
 * what controllers report, and what a webhook draws by chance goes; of Secrets only hashes stay, as
 * the snapshot outlives them.
 */
#include "wookie/suspect/suspect.h"

#include "wookie/mesh/names.h"
#include "wookie/pki/ca.h"

#include <cjson/cJSON.h>
#include <string.h>

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return text ? text : "";
}

static const cJSON *at(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool has_controller(const cJSON *metadata)
{
	const cJSON *owner;

	cJSON_ArrayForEach(owner,
		at(metadata,
			"ownerReferences")) if (cJSON_IsTrue(at(owner, "controller"))) return true;
	return false;
}

bool wk_suspect_follows(const cJSON *object)
{
	static const char *const kinds[] = {"Event", "Lease", "ComponentStatus",
		"ControllerRevision", "CertificateSigningRequest"};
	const cJSON *metadata = at(object, "metadata");
	const cJSON *labels = at(metadata, "labels");

	for (size_t i = 0; i < WK_COUNT(kinds); i++)
		if (strcmp(text_of(object, "kind"), kinds[i]) == 0)
			return true;
	return has_controller(metadata) || at(labels, WK_SCRATCH_LABEL) ||
	       *text_of(labels, "endpoints.kubernetes.io/managed-by");
}

static void drop(cJSON *object, const char *const keys[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		cJSON_DeleteItemFromObjectCaseSensitive(object, keys[i]);
}

static void drop_annotations(cJSON *metadata)
{
	static const char *const keys[] = {"deployment.kubernetes.io/revision",
		"kubectl.kubernetes.io/restartedAt",
		"kubectl.kubernetes.io/last-applied-configuration",
		"control-plane.alpha.kubernetes.io/leader",
		"endpoints.kubernetes.io/last-change-trigger-time"};
	cJSON *annotations = cJSON_GetObjectItemCaseSensitive(metadata, "annotations");

	drop(annotations, keys, WK_COUNT(keys));
	if (annotations && !annotations->child)
		cJSON_DeleteItemFromObjectCaseSensitive(metadata, "annotations");
}

static void drop_metadata(cJSON *object)
{
	static const char *const keys[] = {"managedFields", "resourceVersion", "uid", "generation",
		"creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"};
	cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");

	drop(metadata, keys, WK_COUNT(keys));
	drop_annotations(metadata);
}

static void hash_values(cJSON *data)
{
	for (cJSON *item = data ? data->child : NULL; item; item = item->next) {
		char hex[65];
		const char *text = cJSON_GetStringValue(item);

		wk_sha256(text ? text : "", text ? strlen(text) : 0, hex);
		WK_AUTOFREE char *hash = wk_xasprintf("sha256:%.16s", hex);

		(void)cJSON_SetValuestring(item, hash);
	}
}

/* The token volume has a drawn name, and so have its mounts. */
static void drop_drawn(cJSON *list)
{
	cJSON *item = list ? list->child : NULL;

	while (item) {
		cJSON *next = item->next;

		if (strncmp(text_of(item, "name"), "kube-api-access-", 16) == 0)
			cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
		item = next;
	}
}

static void normal_pod(cJSON *spec)
{
	static const char *const lists[] = {"initContainers", "containers"};

	drop_drawn(cJSON_GetObjectItemCaseSensitive(spec, "volumes"));
	for (size_t i = 0; i < WK_COUNT(lists); i++) {
		cJSON *container;

		cJSON_ArrayForEach(container, cJSON_GetObjectItemCaseSensitive(spec, lists[i]))
			drop_drawn(cJSON_GetObjectItemCaseSensitive(container, "volumeMounts"));
	}
}

void wk_suspect_normal(cJSON *object)
{
	const char *kind = text_of(object, "kind");
	cJSON *spec = cJSON_GetObjectItemCaseSensitive(object, "spec");
	cJSON *template = cJSON_GetObjectItemCaseSensitive(spec, "template");

	/* The address of a gateway is read from there, by others too. */
	if (strcmp(kind, "Service") != 0)
		cJSON_DeleteItemFromObjectCaseSensitive(object, "status");
	drop_metadata(object);
	if (strcmp(kind, "Secret") == 0)
		hash_values(cJSON_GetObjectItemCaseSensitive(object, "data"));
	if (strcmp(kind, "Pod") == 0)
		normal_pod(spec);
	if (template)
		drop_metadata(template);
}

const char *wk_suspect_writer(const cJSON *object, const char **ret_since)
{
	const cJSON *metadata = at(object, "metadata");
	const cJSON *entry;
	const char *who = "";
	const char *since = "";

	cJSON_ArrayForEach(entry, at(metadata, "managedFields"))
	{
		const char *time = text_of(entry, "time");

		if (!*text_of(entry, "subresource") && strcmp(time, since) >= 0) {
			since = time;
			who = text_of(entry, "manager");
		}
	}
	*ret_since = *since ? since : text_of(metadata, "creationTimestamp");
	return who;
}
