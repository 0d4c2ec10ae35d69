/*
 * Why scratch is not there
 *
 * "Not ready in time" helps nobody: the pods of an object say what they wait for (an image, a node, a
 * container that does not come up), and where there are none a warning says who refused them: a
 * webhook, a quota. Read once, when the time is over.
 */
#include "wookie/mesh/object.h"
#include "wookie/run/scratch.h"

#include <cjson/cJSON.h>
#include <string.h>

#define ASK_TIME (3 * WK_SEC)

static cJSON *list_of(struct wk_kube *kube, const char *namespace, const char *what)
{
	WK_AUTOFREE char *path = wk_xasprintf("/api/v1/namespaces/%s/%s", namespace, what);
	struct wk_err ignored;
	cJSON *list = NULL;

	return wk_kube_get(kube, path, wk_now() + ASK_TIME, &list, &ignored) ? list : NULL;
}

static bool begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static const char *text_at(const cJSON *object, const char *path)
{
	const char *text = wk_object_text(object, path);

	return text ? text : "";
}

/* What the first container of a pod that waits or ended waits for or ended with. */
static void add_container(struct wk_buf *words, const cJSON *pod)
{
	const cJSON *status = NULL;

	cJSON_ArrayForEach(status, wk_object_at(pod, "status.containerStatuses"))
	{
		const char *reason = text_at(status, "state.waiting.reason");
		const char *message = text_at(status, "state.waiting.message");

		if (!*reason) {
			reason = text_at(status, "state.terminated.reason");
			message = text_at(status, "state.terminated.message");
		}
		if (!*reason)
			continue;
		(void)wk_buf_printf(words, "; container '%s': %s%s%.200s", text_at(status, "name"),
			reason, *message ? ": " : "", message);
		return;
	}
}

static void add_condition(struct wk_buf *words, const cJSON *pod)
{
	const cJSON *condition = NULL;

	cJSON_ArrayForEach(condition, wk_object_at(pod, "status.conditions"))
	{
		if (strcmp(text_at(condition, "status"), "False") != 0 ||
			!*text_at(condition, "message"))
			continue;
		(void)wk_buf_printf(words, "; %s: %.200s", text_at(condition, "reason"),
			text_at(condition, "message"));
		return;
	}
}

static void add_pods(struct wk_buf *words, const cJSON *pods, const char *name)
{
	const cJSON *pod = NULL;

	cJSON_ArrayForEach(pod, cJSON_GetObjectItemCaseSensitive(pods, "items"))
	{
		if (!begins(text_at(pod, "metadata.name"), name) ||
			wk_object_has_condition(pod, "Ready"))
			continue;
		(void)wk_buf_printf(words, "; its pod is %s", text_at(pod, "status.phase"));
		add_container(words, pod);
		add_condition(words, pod);
		return;
	}
}

static void add_warning(struct wk_buf *words, const cJSON *events, const char *name)
{
	const cJSON *last = NULL;
	const cJSON *event = NULL;

	cJSON_ArrayForEach(event, cJSON_GetObjectItemCaseSensitive(events, "items"))
	{
		if (begins(text_at(event, "involvedObject.name"), name) &&
			strcmp(text_at(event, "type"), "Warning") == 0)
			last = event;
	}
	if (last)
		(void)wk_buf_printf(
			words, "; %s: %.300s", text_at(last, "reason"), text_at(last, "message"));
}

void wk_scratch_obstacle(struct wk_kube *kube, const struct cJSON *object, const char *condition,
	struct wk_err *ret_why)
{
	const char *namespace = text_at(object, "metadata.namespace");
	const char *name = text_at(object, "metadata.name");
	cJSON *pods = list_of(kube, namespace, "pods");
	cJSON *events = list_of(kube, namespace, "events");
	struct wk_buf WK_AUTO(wk_buf_finish) words = WK_BUF_INIT(4096);

	add_pods(&words, pods, name);
	add_warning(&words, events, name);
	(void)wk_err_set(
		ret_why, WK_ERR_TIMEOUT, "is not %s in time%s", condition, wk_buf_str(&words));
	cJSON_Delete(pods);
	cJSON_Delete(events);
}
