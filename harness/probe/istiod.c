/*
 * istiod: what a control plane believes
 *
 * Its debug pages (istio pilot/pkg/xds/debug.go) are Go structs as JSON. The registry and the
 * shards of a whole mesh are large, so one service can be picked out of them. Every ready istiod is
 * asked, since each serves a share of the proxies. No istiod is evidence:
 * {"answered": false, "reply": null}.
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "wookie/mesh/debug.h"
#include "wookie/mesh/names.h"
#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/each.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/redact.h"

const struct wk_arg_spec wk_probe_istiod_args[] = {
	{"cluster", WK_ARG_STRING, true, "name of the cluster whose istiod is asked"},
	{"get", WK_ARG_STRING, true, "path of a debug page: /debug/networkz"},
	{"service", WK_ARG_STRING, false, "host name: keep only what the page says of it"},
	{0},
};

/* Pages list services by host name as keys, or as elements with a "hostname". */
static cJSON *only_service(const cJSON *reply, const char *host)
{
	const cJSON *item = NULL;
	cJSON *list = NULL;

	if (cJSON_IsObject(reply)) {
		item = cJSON_GetObjectItemCaseSensitive(reply, host);
		return item ? cJSON_Duplicate(item, true) : cJSON_CreateObject();
	}
	list = cJSON_CreateArray();
	cJSON_ArrayForEach(item, reply)
	{
		const char *name = wk_arg_text(item, "hostname");

		if (name && strcmp(name, host) == 0)
			(void)cJSON_AddItemToArray(list, cJSON_Duplicate(item, true));
	}
	return list;
}

/* Takes the reply over. */
static cJSON *reduce(cJSON *reply, const char *host)
{
	cJSON *less = NULL;

	if (!host || !reply)
		return reply ? reply : cJSON_CreateNull();
	less = only_service(reply, host);
	cJSON_Delete(reply);
	return less;
}

static cJSON *answer(bool answered, cJSON *reply, const struct cJSON *args)
{
	cJSON *evidence = cJSON_CreateObject();

	(void)cJSON_AddBoolToObject(evidence, "answered", answered);
	(void)cJSON_AddItemToObject(evidence, "reply", reduce(reply, wk_arg_text(args, "service")));
	wk_redact(evidence);
	return evidence;
}

static bool ask_each(const struct wk_probe_env *env, struct wk_kube *kube, const cJSON *names,
	const struct cJSON *args, cJSON *answers, struct wk_err *err)
{
	const cJSON *name = NULL;

	cJSON_ArrayForEach(name, names)
	{
		const struct wk_mesh_pod istiod = {WK_SYSTEM_NAMESPACE, name->valuestring};
		cJSON *reply = NULL;

		if (!wk_mesh_istiod_ask(
			    kube, &istiod, wk_arg_text(args, "get"), env->deadline, &reply, err))
			return false;
		wk_each_add(answers, name->valuestring, answer(true, reply, args));
	}
	return true;
}

bool wk_probe_istiod(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	struct wk_kube *kube = NULL;
	cJSON *answers = NULL;
	cJSON *names = NULL;
	bool ok = false;

	if (wk_args_absent(args, wk_probe_istiod_args, ret_evidence))
		return true;
	kube = wk_probe_cluster(env, args, "cluster", err);
	if (!kube)
		return false;
	if (!wk_mesh_istiods(kube, WK_SYSTEM_NAMESPACE, env->deadline, &names, err)) {
		if (err->kind != WK_ERR_MISSING)
			return false;
		*ret_evidence = answer(false, NULL, args);
		return true;
	}
	answers = cJSON_CreateArray();
	ok = ask_each(env, kube, names, args, answers, err);
	cJSON_Delete(names);
	if (ok)
		*ret_evidence = wk_each_take(answers);
	else
		cJSON_Delete(answers);
	return ok;
}

char *wk_probe_istiod_by_hand(const struct cJSON *args)
{
	const char *path = wk_arg_text(args, "get");

	return wk_by_hand_kubectl(args, "cluster",
		(const char *const[]){"-n", WK_SYSTEM_NAMESPACE, "exec", "deploy/istiod", "--",
			"pilot-discovery", "request", "GET", path ? path : "/debug", NULL});
}
