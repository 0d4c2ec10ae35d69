/*
 * certificates: what an object holds of them, and until when
 *
 * Authorities stand in Secrets, ConfigMaps and webhook configurations, as PEM or as base64 of it, under
 * keys that each has of its own. So every text of an object is looked at. Only what a certificate says to
 * everybody leaves this file: keys and what else a Secret holds do not.
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "wookie/mesh/object.h"
#include "wookie/pki/ca.h"
#include "wookie/pki/tls.h"
#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/ends.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"

#define TEXT_MAX ((size_t)1024 * 1024)
#define DEEPEST 16

const struct wk_arg_spec wk_probe_certificates_args[] = {
	{"cluster", WK_ARG_STRING, true, "name of the cluster"},
	{"api", WK_ARG_STRING, false, "API version; v1 unless given"},
	{"kind", WK_ARG_STRING, true, "kind of the object"},
	{"namespace", WK_ARG_STRING, false, "its namespace, where the kind has one"},
	{"name", WK_ARG_STRING, false, "its name; all of them where there is none"},
	{0},
};

static const char begin[] = "-----BEGIN CERTIFICATE-----";

void wk_ends_add(struct cJSON *list, const char *where, const char *pem)
{
	for (const char *at = strstr(pem, begin); at; at = strstr(at + 1, begin)) {
		struct wk_tls_cert cert;
		struct wk_err unreadable;
		cJSON *entry = NULL;

		if (!wk_pem_describe(at, &cert, &unreadable))
			continue;
		entry = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(entry, "where", where);
		(void)cJSON_AddStringToObject(entry, "subject", cert.subject);
		(void)cJSON_AddStringToObject(entry, "issuer", cert.issuer);
		(void)cJSON_AddStringToObject(entry, "notBefore", cert.not_before);
		(void)cJSON_AddStringToObject(entry, "notAfter", cert.not_after);
		(void)cJSON_AddItemToArray(list, entry);
	}
}

double wk_ends_token(const char *token)
{
	struct wk_buf WK_AUTO(wk_buf_finish) padded = WK_BUF_INIT(TEXT_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) claims = WK_BUF_INIT(TEXT_MAX);
	const char *dot = token ? strchr(token, '.') : NULL;
	const cJSON *when = NULL;
	cJSON *json = NULL;
	struct wk_err unreadable;
	double ends = -1;

	/* base64url without padding (RFC 7515 2). */
	for (const char *p = dot ? dot + 1 : ""; *p && *p != '.'; p++) {
		char c = *p;

		if (c == '-')
			c = '+';
		else if (c == '_')
			c = '/';
		(void)wk_buf_putc(&padded, c);
	}
	while (padded.len % 4)
		(void)wk_buf_putc(&padded, '=');
	if (!wk_base64_decode(wk_buf_str(&padded), &claims, &unreadable))
		return -1;
	json = cJSON_Parse(wk_buf_str(&claims));
	when = cJSON_GetObjectItemCaseSensitive(json, "exp");
	if (cJSON_IsNumber(when))
		ends = when->valuedouble;
	cJSON_Delete(json);
	return ends;
}

static void look_at_text(cJSON *list, const char *where, const char *text)
{
	struct wk_buf WK_AUTO(wk_buf_finish) decoded = WK_BUF_INIT(TEXT_MAX);
	struct wk_err no_base64;

	if (strstr(text, begin))
		wk_ends_add(list, where, text);
	else if (wk_base64_decode(text, &decoded, &no_base64))
		wk_ends_add(list, where, wk_buf_str(&decoded));
}

/* What the server keeps beside an object says nothing that the object does not. */
static bool is_bookkeeping(const cJSON *item)
{
	return item->string && (strcmp(item->string, "managedFields") == 0 ||
				       strcmp(item->string, "annotations") == 0);
}

static void look_into(cJSON *list, const char *where, const cJSON *item, int depth)
{
	int at = 0;

	if (cJSON_IsString(item))
		look_at_text(list, where, item->valuestring);
	if (depth == DEEPEST || cJSON_IsString(item))
		return;
	for (const cJSON *child = item->child; child; child = child->next, at++) {
		WK_AUTOFREE char *deeper = child->string
						   ? wk_xasprintf("%s.%s", where, child->string)
						   : wk_xasprintf("%s[%d]", where, at);

		if (!is_bookkeeping(child))
			look_into(list, deeper, child, depth + 1);
	}
}

static cJSON *object_json(const cJSON *object)
{
	cJSON *json = cJSON_CreateObject();
	const char *type = wk_object_text(object, "type");

	(void)cJSON_AddStringToObject(json, "name", wk_object_name(object));
	if (type)
		(void)cJSON_AddStringToObject(json, "type", type);
	look_into(cJSON_AddArrayToObject(json, "certificates"), wk_object_name(object), object, 0);
	return json;
}

static bool fetch(struct wk_kube *kube, const struct cJSON *args, wk_nsec deadline, cJSON **ret,
	struct wk_err *err)
{
	const char *api = wk_arg_text(args, "api");
	WK_AUTOFREE char *path = NULL;

	return wk_kube_path(kube, api ? api : "v1", wk_arg_text(args, "kind"),
		       wk_arg_text(args, "namespace"), wk_arg_text(args, "name"), deadline, &path,
		       err) &&
	       wk_kube_find(kube, path, deadline, ret, err);
}

bool wk_probe_certificates(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	struct wk_kube *kube = NULL;
	cJSON *reply = NULL;
	cJSON *objects = NULL;
	const cJSON *item = NULL;

	if (wk_args_absent(args, wk_probe_certificates_args, ret_evidence))
		return true;
	kube = wk_probe_cluster(env, args, "cluster", err);
	if (!kube || !fetch(kube, args, env->deadline, &reply, err))
		return false;
	*ret_evidence = cJSON_CreateObject();
	(void)cJSON_AddBoolToObject(*ret_evidence, "found", reply != NULL);
	objects = cJSON_AddArrayToObject(*ret_evidence, "objects");
	if (wk_arg_text(args, "name") && reply)
		(void)cJSON_AddItemToArray(objects, object_json(reply));
	cJSON_ArrayForEach(item, wk_object_at(reply, "items"))
	{
		(void)cJSON_AddItemToArray(objects, object_json(item));
	}
	cJSON_Delete(reply);
	return true;
}

char *wk_probe_certificates_by_hand(const struct cJSON *args)
{
	return wk_probe_kube_by_hand(args);
}
