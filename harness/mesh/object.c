/*
 * Reading Kubernetes objects
 *
 * What an API server sends is trusted for its form no more than any other answer: a key that is
 * absent or of another type reads as absent, and every question about it has a safe "no".
 */
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <string.h>

static const cJSON *member(const cJSON *object, const char *key, size_t len)
{
	const cJSON *item = NULL;

	if (!cJSON_IsObject(object))
		return NULL;
	cJSON_ArrayForEach(item, object) if (strlen(item->string) == len &&
					     memcmp(item->string, key, len) == 0) return item;
	return NULL;
}

const struct cJSON *wk_object_at(const struct cJSON *object, const char *path)
{
	while (object && *path) {
		size_t len = strcspn(path, ".");

		object = member(object, path, len);
		path += len + (path[len] == '.');
	}
	return object;
}

const char *wk_object_text(const struct cJSON *object, const char *path)
{
	return cJSON_GetStringValue(wk_object_at(object, path));
}

double wk_object_number(const struct cJSON *object, const char *path, double otherwise)
{
	const cJSON *item = wk_object_at(object, path);

	return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

const char *wk_object_label(const struct cJSON *object, const char *key)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(wk_object_at(object, "metadata.labels"), key));
}

const char *wk_object_name(const struct cJSON *object)
{
	const char *name = wk_object_text(object, "metadata.name");

	return name ? name : "";
}

const struct cJSON *wk_object_condition(const struct cJSON *object, const char *type)
{
	const cJSON *condition = NULL;

	cJSON_ArrayForEach(condition, wk_object_at(object, "status.conditions"))
	{
		const char *is = wk_object_text(condition, "type");

		if (is && strcmp(is, type) == 0)
			return condition;
	}
	return NULL;
}

bool wk_object_has_condition(const struct cJSON *object, const char *type)
{
	const char *status = wk_object_text(wk_object_condition(object, type), "status");

	return status && strcmp(status, "True") == 0;
}

bool wk_pod_is_ready(const struct cJSON *pod)
{
	return wk_object_has_condition(pod, "Ready") &&
	       !wk_object_at(pod, "metadata.deletionTimestamp");
}

bool wk_deployment_is_rolled_out(const struct cJSON *deployment)
{
	double wanted = wk_object_number(deployment, "spec.replicas", 1);

	return deployment &&
	       wk_object_number(deployment, "status.observedGeneration", 0) >=
		       wk_object_number(deployment, "metadata.generation", 1) &&
	       wk_object_number(deployment, "status.updatedReplicas", 0) == wanted &&
	       wk_object_number(deployment, "status.replicas", 0) == wanted &&
	       wk_object_number(deployment, "status.availableReplicas", 0) == wanted;
}
