/*
 * Waiting for workloads
 *
 * A warm GET costs about a millisecond, so things are looked at every 50 ms: no watch to keep
 * alive, nothing missed. The reasons behind a Deployment that is not there yet are in its pods and
 * in their events; they are asked for less often, because they only make words and the decision to
 * give up.
 */
#include "wookie/deploy/wait.h"

#include "wookie/deploy/health.h"
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>

#define LOOK_EVERY (50 * WK_MSEC)
#define TELL_EVERY (500 * WK_MSEC)
/* For the last look, so that the deadline is met by words and not by a broken-off answer. */
#define ANSWER_TIME (300 * WK_MSEC)
#define LOG_LINES 3

/* A label selector or name inside a query (RFC 3986, 2.1). */
static void add_escaped(struct wk_buf *out, const char *text)
{
	for (; *text; text++) {
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			wk_buf_putc(out, *text);
		else
			wk_buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

bool wk_wait_again(struct wk_wait *wait, const char *what, struct wk_err *err)
{
	wk_nsec now = wk_now();

	if (now >= wait->deadline)
		return wk_err_set(
			err, WK_ERR_TIMEOUT, "%s: gave up waiting for %s", wait->cluster, what);
	if (now - wait->told >= TELL_EVERY) {
		WK_AUTOFREE char *line = wk_xasprintf("%s: %s", wait->cluster, what);

		wait->told = now;
		if (!wk_batch_send(wait->pipe, wait->batch, WK_STEP_WAIT, line, err))
			return false;
	}
	wk_pause(LOOK_EVERY);
	return true;
}

/* "pods?labelSelector=..." of a Deployment; the caller frees. */
static char *pods_path(const cJSON *deployment, const char *namespace)
{
	struct wk_buf selector = WK_BUF_INIT(SIZE_MAX / 2);
	const cJSON *label = NULL;

	wk_buf_printf(&selector, "/api/v1/namespaces/%s/pods?labelSelector=", namespace);
	cJSON_ArrayForEach(label, wk_object_at(deployment, "spec.selector.matchLabels"))
	{
		if (label->prev && label->prev->next)
			wk_buf_puts(&selector, "%2C");
		add_escaped(&selector, label->string);
		wk_buf_puts(&selector, "%3D");
		add_escaped(&selector, cJSON_IsString(label) ? label->valuestring : "");
	}
	return wk_buf_take(&selector);
}

/* The newest warning about a pod, put behind what its status says. */
static void add_warning(
	const struct wk_wait *wait, const char *namespace, const char *pod, struct wk_buf *words)
{
	WK_AUTOFREE char *path =
		wk_xasprintf("/api/v1/namespaces/%s/"
			     "events?fieldSelector=involvedObject.name%%3D%s%%2Ctype%%3DWarning",
			namespace, pod);
	struct wk_err ignored = {0};
	cJSON *events = NULL;
	const cJSON *items = NULL;
	const char *message = NULL;

	if (!wk_kube_find(wait->kube, path, wait->deadline, &events, &ignored))
		return;
	items = wk_object_at(events, "items");
	message =
		wk_object_text(cJSON_GetArrayItem(items, cJSON_GetArraySize(items) - 1), "message");
	if (message)
		wk_buf_printf(words, " (%.200s)", message);
	cJSON_Delete(events);
}

/* The end of the log of the container's last run. */
static void add_last_words(const struct wk_wait *wait, const char *namespace, const char *pod,
	const char *container, struct wk_buf *words)
{
	WK_AUTOFREE char *path = wk_xasprintf(
		"/api/v1/namespaces/%s/pods/%s/log?container=%s&previous=true&tailLines=%d"
		"&limitBytes=600",
		namespace, pod, container, LOG_LINES);
	WK_AUTO(wk_kube_reply_finish) struct wk_kube_reply reply = {0};
	struct wk_err ignored = {0};

	if (!wk_kube_call(wait->kube, "GET", path, NULL, NULL, wait->deadline, &reply, &ignored))
		return;
	if (reply.answer == WK_KUBE_OK && reply.text.len > 0)
		wk_buf_printf(words, "; its last words: %.300s", wk_buf_str(&reply.text));
}

/* Adds what a pod says; true while it may still come. */
static bool tell_pod(
	const struct wk_wait *wait, const cJSON *pod, const char *namespace, struct wk_buf *words)
{
	struct wk_diagnosis diagnosis = {0};

	wk_pod_diagnose(pod, &diagnosis);
	if (diagnosis.health == WK_HEALTH_READY)
		return true;
	wk_buf_printf(words, ": pod %s: %s", wk_object_name(pod), diagnosis.words);
	if (diagnosis.health == WK_HEALTH_CRASHING)
		add_last_words(wait, namespace, wk_object_name(pod), diagnosis.container, words);
	else if (diagnosis.health == WK_HEALTH_WAITING)
		add_warning(wait, namespace, wk_object_name(pod), words);
	return diagnosis.health == WK_HEALTH_WAITING;
}

/* The first pod that stands in the way, or one that never will come. */
static bool tell_pods(const struct wk_wait *wait, const cJSON *deployment, const char *namespace,
	struct wk_buf *words)
{
	WK_AUTOFREE char *path = pods_path(deployment, namespace);
	struct wk_err ignored = {0};
	const cJSON *pod = NULL;
	cJSON *pods = NULL;
	bool hope = true;

	if (!wk_kube_find(wait->kube, path, wait->deadline, &pods, &ignored))
		return true;
	cJSON_ArrayForEach(pod, wk_object_at(pods, "items"))
	{
		WK_AUTO(wk_buf_finish) struct wk_buf one = WK_BUF_INIT(words->max);

		hope = tell_pod(wait, pod, namespace, &one);
		if (!hope || words->len == 0) {
			words->len = 0;
			wk_buf_puts(words, wk_buf_str(&one));
		}
		if (!hope)
			break;
	}
	cJSON_Delete(pods);
	return hope;
}

/* Words for what is waited for; false when it is without hope. The caller finishes `words`. */
static bool describe(const struct wk_wait *wait, const cJSON *wanted, const cJSON *now, bool is_pod,
	struct wk_buf *words)
{
	WK_AUTO(wk_buf_finish) struct wk_buf why = WK_BUF_INIT(1024);
	const char *namespace = wk_object_text(wanted, "metadata.namespace");
	struct wk_diagnosis diagnosis = {0};
	bool hope = true;

	wk_buf_printf(words, "%s %s/%s", is_pod ? "pod" : "deployment", namespace,
		wk_object_name(wanted));
	if (is_pod && now) {
		hope = tell_pod(wait, now, namespace, &why);
	} else if (!is_pod) {
		wk_deployment_diagnose(now, &diagnosis);
		wk_buf_printf(words, ": %s", diagnosis.words);
		hope = diagnosis.health != WK_HEALTH_HOPELESS;
		if (now && hope)
			hope = tell_pods(wait, now, namespace, &why);
	}
	wk_buf_puts(words, wk_buf_str(&why));
	return hope;
}

/* One look. *ret_words, when it is time for new ones, says what stands in the way. */
static bool look(struct wk_wait *wait, const cJSON *object, const char *path, bool *ret_there,
	struct wk_buf *ret_words, struct wk_err *err)
{
	bool is_pod = strcmp(wk_object_text(object, "kind"), "Pod") == 0;
	cJSON *now = NULL;
	bool hope = true;

	if (!wk_kube_find(wait->kube, path, wait->deadline + ANSWER_TIME, &now, err))
		return false;
	*ret_there = is_pod ? wk_pod_is_ready(now) : wk_deployment_is_rolled_out(now);
	if (!*ret_there && wk_now() - wait->told >= TELL_EVERY) {
		ret_words->len = 0;
		hope = describe(wait, object, now, is_pod, ret_words);
	}
	cJSON_Delete(now);
	return hope ||
	       wk_err_set(err, WK_ERR_REMOTE, "%s: %s", wait->cluster, wk_buf_str(ret_words));
}

bool wk_wait_object(struct wk_wait *wait, const struct cJSON *object, struct wk_err *err)
{
	WK_AUTO(wk_buf_finish) struct wk_buf words = WK_BUF_INIT(2048);
	WK_AUTOFREE char *path = NULL;
	bool there = false;

	if (!wk_kube_path(wait->kube, wk_object_text(object, "apiVersion"),
		    wk_object_text(object, "kind"), wk_object_text(object, "metadata.namespace"),
		    wk_object_name(object), wait->deadline, &path, err))
		return false;
	wk_buf_puts(&words, wk_object_name(object));
	for (;;) {
		if (!look(wait, object, path, &there, &words, err))
			return false;
		if (there)
			return true;
		if (!wk_wait_again(wait, wk_buf_str(&words), err))
			return false;
	}
}

bool wk_wait_behind(
	struct wk_wait *wait, const struct cJSON *object, const char *what, struct wk_err *err)
{
	WK_AUTO(wk_buf_finish) struct wk_buf words = WK_BUF_INIT(2048);
	WK_AUTOFREE char *path = NULL;
	bool there = true;

	if (!wk_kube_path(wait->kube, wk_object_text(object, "apiVersion"),
		    wk_object_text(object, "kind"), wk_object_text(object, "metadata.namespace"),
		    wk_object_name(object), wait->deadline, &path, err) ||
		!look(wait, object, path, &there, &words, err))
		return false;
	return wk_wait_again(wait, words.len > 0 ? wk_buf_str(&words) : what, err);
}
