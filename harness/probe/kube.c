/*
 * kube: what an API server holds
 *
 * One object by name or a list by label. The values of a Secret never leave this file: a check may
 * ask which keys there are and how long a value is. Bookkeeping that no check asks for is left out,
 * and so is kubectl's copy of what was last applied, which would hold a Secret's values too.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/redact.h"

const struct wk_arg_spec wk_probe_kube_args[] = {
	{"cluster", WK_ARG_STRING, true, "name of the cluster"},
	{"api", WK_ARG_STRING, false, "API version; v1 unless given"},
	{"kind", WK_ARG_STRING, true, "kind of the object"},
	{"namespace", WK_ARG_STRING, false, "its namespace, where the kind has one"},
	{"name", WK_ARG_STRING, false, "its name; a list where there is none"},
	{"selector", WK_ARG_STRING, false, "labels of the listed: app=helloworld"},
	{0},
};

/* Key by key, how long each value was. */
static void hide_values(cJSON *object, const char *key)
{
	cJSON *values = cJSON_GetObjectItemCaseSensitive(object, key);
	cJSON *value = NULL;

	cJSON_ArrayForEach(value, values)
	{
		char text[48];
		const char *was = cJSON_IsString(value) ? value->valuestring : "";

		(void)snprintf(text, sizeof(text), "(%zu bytes, hidden)", strlen(was));
		(void)cJSON_SetValuestring(value, text);
	}
}

static void reduce(cJSON *object, const char *kind)
{
	cJSON *meta = cJSON_GetObjectItemCaseSensitive(object, "metadata");

	cJSON_DeleteItemFromObject(meta, "managedFields");
	cJSON_DeleteItemFromObject(cJSON_GetObjectItemCaseSensitive(meta, "annotations"),
		"kubectl.kubernetes.io/last-applied-configuration");
	if (strcmp(kind, "Secret") == 0) {
		hide_values(object, "data");
		hide_values(object, "stringData");
	}
}

/* Takes the reply over; NULL: there is no such object. */
static cJSON *make_evidence(cJSON *reply, const char *kind, const char *name)
{
	cJSON *evidence = cJSON_CreateObject();
	cJSON *items = NULL;
	cJSON *item = NULL;

	if (name) {
		(void)cJSON_AddBoolToObject(evidence, "found", reply != NULL);
		if (reply)
			reduce(reply, kind);
		(void)cJSON_AddItemToObject(evidence, "object", reply ? reply : cJSON_CreateNull());
		return evidence;
	}
	items = cJSON_DetachItemFromObjectCaseSensitive(reply, "items");
	cJSON_ArrayForEach(item, items) reduce(item, kind);
	(void)cJSON_AddItemToObject(evidence, "items", items ? items : cJSON_CreateArray());
	cJSON_Delete(reply);
	return evidence;
}

/* RFC 3986 2.1; the characters of labels and selectors that a query must not hold bare. */
static char *with_selector(const char *path, const char *selector)
{
	WK_AUTO(wk_buf_finish) struct wk_buf out = WK_BUF_INIT(SIZE_MAX / 2);

	(void)wk_buf_printf(&out, "%s?labelSelector=", path);
	for (const char *p = selector; *p; p++) {
		if (strchr("=,/!()+ &%#", *p))
			(void)wk_buf_printf(&out, "%%%02X", (unsigned)(unsigned char)*p);
		else
			(void)wk_buf_putc(&out, *p);
	}
	return wk_buf_take(&out);
}

static bool fetch(struct wk_kube *kube, const struct cJSON *args, wk_nsec deadline, cJSON **ret,
	struct wk_err *err)
{
	const char *api = wk_arg_text(args, "api");
	const char *name = wk_arg_text(args, "name");
	const char *selector = wk_arg_text(args, "selector");
	WK_AUTOFREE char *path = NULL;
	WK_AUTOFREE char *query = NULL;

	if (!wk_kube_path(kube, api ? api : "v1", wk_arg_text(args, "kind"),
		    wk_arg_text(args, "namespace"), name, deadline, &path, err))
		return false;
	if (name)
		return wk_kube_find(kube, path, deadline, ret, err);
	query = selector ? with_selector(path, selector) : wk_xstrdup(path);
	return wk_kube_get(kube, query, deadline, ret, err);
}

bool wk_probe_kube(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	struct wk_kube *kube = NULL;
	cJSON *reply = NULL;

	if (wk_args_absent(args, wk_probe_kube_args, ret_evidence))
		return true;
	kube = wk_probe_cluster(env, args, "cluster", err);
	if (!kube || !fetch(kube, args, env->deadline, &reply, err))
		return false;
	*ret_evidence = make_evidence(reply, wk_arg_text(args, "kind"), wk_arg_text(args, "name"));
	wk_redact(*ret_evidence);
	return true;
}

char *wk_probe_kube_by_hand(const struct cJSON *args)
{
	const char *argv[12];
	size_t n = 0;

	if (wk_arg_text(args, "namespace")) {
		argv[n++] = "-n";
		argv[n++] = wk_arg_text(args, "namespace");
	}
	argv[n++] = "get";
	argv[n++] = wk_arg_text(args, "kind");
	if (wk_arg_text(args, "name"))
		argv[n++] = wk_arg_text(args, "name");
	if (wk_arg_text(args, "selector")) {
		argv[n++] = "-l";
		argv[n++] = wk_arg_text(args, "selector");
	}
	argv[n++] = "-o";
	argv[n++] = "yaml";
	argv[n] = NULL;
	return wk_by_hand_kubectl(args, "cluster", argv);
}
