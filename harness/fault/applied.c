/*
 * What was applied
 *
 * A bare pod is made anew from what was applied in the first place: the server keeps that in
 * managedFields, field by field (Kubernetes "server-side apply"); what webhooks put in is left out
 * and put in again.
 */
#include "wookie/fault/undo.h"

#include <cjson/cJSON.h>
#include <string.h>

static cJSON *owned_part(const cJSON *value, const cJSON *fields);

/* The element of a list that "k:{...}" describes. */
static const cJSON *keyed_element(const cJSON *list, const char *key_text)
{
	cJSON *key = cJSON_Parse(key_text);
	const cJSON *element;

	cJSON_ArrayForEach(element, list)
	{
		const cJSON *part;
		bool same = true;

		cJSON_ArrayForEach(part, key) same =
			same &&
			cJSON_Compare(part, cJSON_GetObjectItemCaseSensitive(element, part->string),
				true);
		if (same)
			break;
	}
	cJSON_Delete(key);
	return element;
}

static cJSON *owned_list(const cJSON *list, const cJSON *fields)
{
	cJSON *part = cJSON_CreateArray();
	const cJSON *field;

	cJSON_ArrayForEach(field, fields)
	{
		const cJSON *element = strncmp(field->string, "k:", 2) == 0
					       ? keyed_element(list, field->string + 2)
					       : NULL;

		if (element)
			(void)cJSON_AddItemToArray(part, owned_part(element, field));
	}
	return part;
}

/* What of `value` is listed in `fields` ("f:name", "k:{key}", ".": FieldsV1 of the Kubernetes API). */
static cJSON *owned_part(const cJSON *value, const cJSON *fields)
{
	const cJSON *field;
	cJSON *part;

	if (!fields->child)
		return cJSON_Duplicate(value, true);
	if (cJSON_IsArray(value))
		return owned_list(value, fields);
	part = cJSON_CreateObject();
	cJSON_ArrayForEach(field, fields)
	{
		const char *name = strncmp(field->string, "f:", 2) == 0 ? field->string + 2 : NULL;
		const cJSON *item = name ? cJSON_GetObjectItemCaseSensitive(value, name) : NULL;

		if (item)
			(void)cJSON_AddItemToObject(part, name, owned_part(item, field));
	}
	return part;
}

cJSON *wk_fault_as_applied(const cJSON *pod)
{
	const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(pod, "metadata");
	const cJSON *entry;
	cJSON *object = NULL;
	cJSON *identity;

	cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(metadata, "managedFields"))
	{
		const char *operation = wk_fault_text(entry, "operation");

		if (!object && operation && strcmp(operation, "Apply") == 0)
			object = owned_part(
				pod, cJSON_GetObjectItemCaseSensitive(entry, "fieldsV1"));
	}
	if (!object)
		return NULL;
	(void)cJSON_AddStringToObject(object, "apiVersion", "v1");
	(void)cJSON_AddStringToObject(object, "kind", "Pod");
	identity = cJSON_GetObjectItemCaseSensitive(object, "metadata");
	if (!identity)
		identity = cJSON_AddObjectToObject(object, "metadata");
	(void)cJSON_AddStringToObject(identity, "namespace", wk_fault_text(metadata, "namespace"));
	(void)cJSON_AddStringToObject(identity, "name", wk_fault_text(metadata, "name"));
	return object;
}

void wk_fault_merge(cJSON *object, const cJSON *patch)
{
	const cJSON *change;

	cJSON_ArrayForEach(change, patch)
	{
		cJSON *now = cJSON_GetObjectItemCaseSensitive(object, change->string);

		if (!cJSON_IsObject(change) || !cJSON_IsObject(now)) {
			cJSON_DeleteItemFromObjectCaseSensitive(object, change->string);
			now = NULL;
		}
		if (cJSON_IsObject(change))
			wk_fault_merge(now ? now : cJSON_AddObjectToObject(object, change->string),
				change);
		else if (!cJSON_IsNull(change))
			(void)cJSON_AddItemToObject(
				object, change->string, cJSON_Duplicate(change, true));
	}
}
