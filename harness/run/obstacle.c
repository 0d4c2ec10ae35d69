/*
 * Why scratch is not there
 *
 * "Not ready in time" helps nobody: the pods of an object say what they wait for (an image, a node, a
 * container that does not come up), and where there are none a warning says who refused them: a
 * webhook, a quota. A sidecar that does not become ready says why in its own log. Read once, when the
 * time is over; the causes of the catalog are told by these words.
 */
#include "wookie/mesh/names.h"
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

/* Says what a container that waits or ended waits for or ended with. One that came to its end as it
 * should, or waits for others, is not what the pod waits for. */
static bool add_container(struct wk_buf *words, const cJSON *status)
{
	const char *reason = text_at(status, "state.waiting.reason");
	const char *message = text_at(status, "state.waiting.message");

	if (!*reason) {
		reason = text_at(status, "state.terminated.reason");
		message = text_at(status, "state.terminated.message");
	}
	if (!*reason || strcmp(reason, "PodInitializing") == 0 || strcmp(reason, "Completed") == 0)
		return false;
	(void)wk_buf_printf(words, "; container '%s': %s%s%.200s", text_at(status, "name"), reason,
		*message ? ": " : "", message);
	return true;
}

/* A log line of Istio's agent or of Envoy that tells of trouble: TIME<tab>LEVEL<tab>WORDS. */
static bool is_trouble(const char *line, size_t len)
{
	static const char *const levels[] = {"\twarn", "\terror", "\tcritical"};

	for (size_t i = 0; i < WK_COUNT(levels); i++) {
		const char *at = memmem(line, len, levels[i], strlen(levels[i]));

		if (at && at - line < 40)
			return true;
	}
	return false;
}

/* The last trouble that a sidecar tells of; its time says nothing. */
static void add_last_trouble(struct wk_buf *words, const char *log)
{
	const char *last = NULL;
	size_t last_len = 0;
	size_t len = 0;

	for (const char *line = log; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		if (!is_trouble(line, len))
			continue;
		last = memchr(line, '\t', len);
		last_len = len - (size_t)(last - line);
	}
	if (last)
		(void)wk_buf_printf(words, "; " WK_PROXY_CONTAINER " says:%.*s",
			(int)(last_len < 300 ? last_len : 300), last);
}

static void add_proxy_log(struct wk_kube *kube, const cJSON *pod, struct wk_buf *words)
{
	WK_AUTOFREE char *path = wk_xasprintf(
		"/api/v1/namespaces/%s/pods/%s/log?container=" WK_PROXY_CONTAINER "&tailLines=40",
		text_at(pod, "metadata.namespace"), text_at(pod, "metadata.name"));
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {0};
	struct wk_err ignored;

	if (wk_kube_call(kube, "GET", path, NULL, NULL, wk_now() + ASK_TIME, &reply, &ignored) &&
		reply.answer == WK_KUBE_OK)
		add_last_trouble(words, wk_buf_str(&reply.text));
}

/* The first container that keeps the pod from being ready, native sidecars before all others. */
static void add_containers(struct wk_kube *kube, struct wk_buf *words, const cJSON *pod)
{
	static const char *const lists[] = {
		"status.initContainerStatuses", "status.containerStatuses"};
	const cJSON *status = NULL;

	for (size_t i = 0; i < WK_COUNT(lists); i++)
		cJSON_ArrayForEach(status, wk_object_at(pod, lists[i]))
		{
			bool proxy = strcmp(text_at(status, "name"), WK_PROXY_CONTAINER) == 0;

			if (proxy && wk_object_at(status, "state.running") &&
				!cJSON_IsTrue(wk_object_at(status, "ready"))) {
				(void)wk_buf_puts(
					words, "; container '" WK_PROXY_CONTAINER "' is not ready");
				add_proxy_log(kube, pod, words);
				return;
			}
			if (add_container(words, status))
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

static void add_pods(
	struct wk_kube *kube, struct wk_buf *words, const cJSON *pods, const char *name)
{
	const cJSON *pod = NULL;

	cJSON_ArrayForEach(pod, cJSON_GetObjectItemCaseSensitive(pods, "items"))
	{
		if (!begins(text_at(pod, "metadata.name"), name) ||
			wk_object_has_condition(pod, "Ready"))
			continue;
		(void)wk_buf_printf(words, "; its pod is %s", text_at(pod, "status.phase"));
		add_containers(kube, words, pod);
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

	add_pods(kube, &words, pods, name);
	add_warning(&words, events, name);
	for (char *p = words.data; p && *p; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	(void)wk_err_set(
		ret_why, WK_ERR_TIMEOUT, "is not %s in time%s", condition, wk_buf_str(&words));
	cJSON_Delete(pods);
	cJSON_Delete(events);
}
