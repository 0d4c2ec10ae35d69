/*
 * Server-side apply, and delete
 *
 * One PATCH makes or changes an object, and the server says who owns which field. What it refuses
 * falls in two classes that its status codes do not separate: a 500 is a webhook that is not up
 * yet, or a field that the schema does not have and never will. `heals` draws that line; everything
 * on its wrong side is reported at once instead of being tried until the deadline.
 *
 * Protocol: kubernetes.io "Server-Side Apply"; the body is JSON, which the YAML type includes.
 */
#include "wookie/kube/transport.h"

#include <cjson/cJSON.h>
#include <string.h>

#define APPLY_QUERY "?fieldManager=wookie-conform&force=true&fieldValidation=Strict"
#define PAUSE_FIRST (5 * WK_MSEC)
#define PAUSE_MOST (250 * WK_MSEC)
#define DELETE_ANSWER (10 * WK_SEC)

/* What an object is called; points into it. */
struct identity {
	const char *api_version;
	const char *kind;
	const char *namespace; /* NULL: none given */
	const char *name;
};

static bool identify(const cJSON *object, struct identity *ret, struct wk_err *err)
{
	const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");
	const char *namespace = wk_kube_text(metadata, "namespace");
	const struct identity id = {
		.api_version = wk_kube_text(object, "apiVersion"),
		.kind = wk_kube_text(object, "kind"),
		.namespace = *namespace ? namespace : NULL,
		.name = wk_kube_text(metadata, "name"),
	};

	if (!*id.api_version || !*id.kind || !*id.name)
		return wk_err_set(err, WK_ERR_INPUT,
			"expected an object with apiVersion, kind and metadata.name, found "
			"apiVersion '%s', kind '%s', name '%s'",
			id.api_version, id.kind, id.name);
	*ret = id;
	return true;
}

static char *describe(const char *doing, const struct identity *id)
{
	return wk_xasprintf("%s %s %s%s%s", doing, id->kind, id->namespace ? id->namespace : "",
		id->namespace ? "/" : "", id->name);
}

static bool has_cause(const cJSON *status, const char *reason)
{
	const cJSON *details = cJSON_GetObjectItemCaseSensitive(status, "details");
	const cJSON *cause;

	cJSON_ArrayForEach(cause, cJSON_GetObjectItemCaseSensitive(details,
					  "causes")) if (strcmp(wk_kube_text(cause, "reason"),
								 reason) == 0) return true;
	return false;
}

/* Whether the same request may succeed a moment later. */
static bool heals(const struct wk_kube_reply *reply)
{
	switch (reply->answer) {
	case WK_KUBE_NO_KIND: /* a CRD that was just made */
		return true;
	case WK_KUBE_CONFLICT: /* two writers at once; with force, fields are never in dispute */
		return !has_cause(reply->json, "FieldManagerConflict");
	case WK_KUBE_REFUSED:
		break;
	case WK_KUBE_OK:
	case WK_KUBE_NOT_FOUND:
	case WK_KUBE_UNAUTHORIZED:
	case WK_KUBE_FORBIDDEN:
		return false;
	}
	if (reply->status == 500)
		return strcmp(wk_kube_text(reply->json, "reason"), "InternalError") == 0 &&
		       strstr(reply->message, "failed calling webhook") != NULL;
	return reply->status == 429 || reply->status == 503 || reply->status == 504;
}

static wk_nsec longer(wk_nsec rest)
{
	return rest * 2 < PAUSE_MOST ? rest * 2 : PAUSE_MOST;
}

static bool gave_up(const struct wk_kube *kube, const char *doing,
	const struct wk_kube_bound *bound, const struct wk_kube_reply *reply, struct wk_err *err)
{
	(void)wk_kube_refusal(kube, doing, reply, err);
	err->kind = WK_ERR_TIMEOUT;
	return wk_err_context(err, "gave up after %.1f s", wk_seconds(wk_now() - bound->began));
}

/* One object's PATCH, until it is taken or will not be. */
static bool patch(struct wk_kube *kube, const char *doing, const char *path, const char *body,
	wk_nsec deadline, struct wk_err *err)
{
	const struct wk_kube_bound bound = wk_kube_bound(deadline);
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) last = {0};

	for (wk_nsec rest = PAUSE_FIRST;; rest = longer(rest)) {
		struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {0};

		if (!wk_kube_call(kube, "PATCH", path, "application/apply-patch+yaml", body,
			    deadline, &reply, err))
			/* A question that the deadline cut off says less than the answer before. */
			return last.status != 0 && wk_now() >= deadline
				       ? gave_up(kube, doing, &bound, &last, err)
				       : wk_err_context(err, "%s", doing);
		if (reply.answer == WK_KUBE_OK)
			return true;
		if (!heals(&reply))
			return wk_kube_refusal(kube, doing, &reply, err);
		if (deadline - wk_now() <= rest)
			return gave_up(kube, doing, &bound, &reply, err);
		wk_kube_reply_finish(&last);
		last = reply;
		reply = (struct wk_kube_reply){0};
		wk_pause(rest);
		if (!wk_kube_uninterrupted(&bound, err))
			return wk_err_context(err, "%s", doing);
	}
}

bool wk_kube_apply(
	struct wk_kube *kube, const struct cJSON *object, wk_nsec deadline, struct wk_err *err)
{
	WK_AUTOFREE char *doing = NULL;
	WK_AUTOFREE char *object_path = NULL;
	WK_AUTOFREE char *path = NULL;
	WK_AUTOFREE char *body = NULL;
	struct identity id = {0};

	if (!identify(object, &id, err))
		return false;
	doing = describe("apply", &id);
	if (!wk_kube_path(kube, id.api_version, id.kind, id.namespace, id.name, deadline,
		    &object_path, err))
		return wk_err_context(err, "%s", doing);
	path = wk_xasprintf("%s%s", object_path, APPLY_QUERY);
	body = cJSON_PrintUnformatted(object);
	return patch(kube, doing, path, body, deadline, err);
}

/* What a DELETE's answer or a GET's says about the object's uid; "" for nothing. */
static const char *uid_of(const cJSON *json)
{
	const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(json, "metadata");
	const cJSON *details = cJSON_GetObjectItemCaseSensitive(json, "details");
	const char *uid = wk_kube_text(metadata, "uid");

	return *uid ? uid : wk_kube_text(details, "uid");
}

/* Why an object that is being deleted may still be there. */
static void holding(const cJSON *object, struct wk_buf *out)
{
	const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(object, "metadata");
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(object, "status");
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(metadata, "finalizers"))
	{
		if (cJSON_IsString(item))
			(void)wk_buf_printf(out, "; finalizer '%s'", item->valuestring);
	}
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(status, "conditions"))
	{
		if (strncmp(wk_kube_text(item, "type"), "Namespace", 9) == 0 &&
			strcmp(wk_kube_text(item, "status"), "True") == 0)
			(void)wk_buf_printf(out, "; %s", wk_kube_text(item, "message"));
	}
}

static bool still_there(const struct wk_kube *kube, const char *doing,
	const struct wk_kube_bound *bound, const cJSON *object, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) why = WK_BUF_INIT(300);

	holding(object, &why);
	return wk_err_set(err, WK_ERR_TIMEOUT, "%s: %s: still there after %.1f s%s",
		kube->config.cluster, doing, wk_seconds(wk_now() - bound->began), wk_buf_str(&why));
}

/* Another object of the same name counts as gone: it is not the one that was deleted. */
static bool wait_gone(struct wk_kube *kube, const char *doing, const char *path, const char *uid,
	wk_nsec deadline, struct wk_err *err)
{
	const struct wk_kube_bound bound = wk_kube_bound(deadline);

	for (wk_nsec rest = PAUSE_FIRST;; rest = longer(rest)) {
		cJSON *object = NULL;
		bool ok = wk_kube_find(kube, path, deadline, &object, err);
		bool gone = ok && (!object || (*uid && strcmp(uid_of(object), uid) != 0));

		if (!ok)
			(void)wk_err_context(err, "%s: waiting until it is gone", doing);
		else if (!gone && deadline - wk_now() <= rest)
			ok = still_there(kube, doing, &bound, object, err);
		cJSON_Delete(object);
		if (!ok || gone)
			return ok;
		wk_pause(rest);
		if (!wk_kube_uninterrupted(&bound, err))
			return wk_err_context(err, "%s", doing);
	}
}

bool wk_kube_delete(struct wk_kube *kube, const struct cJSON *object, long grace_seconds,
	wk_nsec gone_by, struct wk_err *err)
{
	const wk_nsec answer_by = gone_by ? gone_by : wk_now() + DELETE_ANSWER;
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {0};
	WK_AUTOFREE char *doing = NULL;
	WK_AUTOFREE char *path = NULL;
	WK_AUTOFREE char *options = NULL;
	const struct wk_kube_kind *kind;
	struct identity id = {0};

	if (!identify(object, &id, err))
		return false;
	doing = describe("delete", &id);
	if (!wk_kube_known(kube, id.api_version, id.kind) &&
		!wk_kube_discover(kube, answer_by, err))
		return wk_err_context(err, "%s", doing);
	kind = wk_kube_known(kube, id.api_version, id.kind);
	if (!kind)
		return true; /* a kind that is not served has no objects */
	path = wk_kube_path_of(kind, id.namespace, id.name);
	options = wk_xasprintf("{\"gracePeriodSeconds\":%ld}", grace_seconds);
	if (!wk_kube_call(kube, "DELETE", path, "application/json",
		    grace_seconds < 0 ? NULL : options, answer_by, &reply, err))
		return wk_err_context(err, "%s", doing);
	if (reply.answer == WK_KUBE_NOT_FOUND || reply.answer == WK_KUBE_NO_KIND)
		return true;
	if (reply.answer != WK_KUBE_OK)
		return wk_kube_refusal(kube, doing, &reply, err);
	return !gone_by || wait_gone(kube, doing, path, uid_of(reply.json), gone_by, err);
}
