/*
 * Objects of the API servers
 *
 * apply, delete and patch, each with the object's state before. Two sorts are put back by delete and
 * create: Secrets, as istiod ignores an update that gives it the kubeconfig it already holds, also when
 * that one did not work (istio pkg/kube/multicluster/secretcontroller.go, "kubeconfig are identical"); and
 * what the API server refuses to change in place (a Service's clusterIP, a Deployment's selector, the data of what is immutable).
 */
#include "wookie/expect/expect.h"
#include "wookie/fault/undo.h"

#include <cjson/cJSON.h>
#include <string.h>

#define LOOK_AGAIN (100 * WK_MSEC)

/* Content types of the API (Kubernetes "API concepts"). */
static const char json[] = "application/json";
static const char merge_patch[] = "application/merge-patch+json";
static const char strategic_patch[] = "application/strategic-merge-patch+json";

const char *wk_fault_text(const cJSON *args, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, key));
}

const char *wk_fault_cluster_name(const struct wk_fault_env *env, size_t cluster)
{
	return env->access->topology->clusters[cluster].name;
}

int wk_fault_cluster(const struct wk_fault_env *env, const cJSON *args, struct wk_err *err)
{
	const cJSON *cluster = cJSON_GetObjectItemCaseSensitive(args, "cluster");
	const char *name = cJSON_IsObject(cluster) ? wk_fault_text(cluster, "name")
						   : cJSON_GetStringValue(cluster);
	int index = name ? wk_access_find(env->access, name) : -1;

	if (index < 0)
		(void)wk_err_set(err, WK_ERR_INPUT, "there is no cluster '%s'", name ? name : "?");
	return index;
}

static const char *meta(const cJSON *object, const char *key)
{
	return wk_fault_text(cJSON_GetObjectItemCaseSensitive(object, "metadata"), key);
}

bool wk_fault_is_named(const cJSON *object)
{
	return wk_fault_text(object, "kind") && meta(object, "name");
}

static bool object_path(const struct wk_fault_env *env, size_t cluster, const cJSON *object,
	char **ret, struct wk_err *err)
{
	const char *version = wk_fault_text(object, "apiVersion");

	if (!wk_fault_is_named(object))
		return wk_err_set(
			err, WK_ERR_INPUT, "expected an object with kind and metadata.name");
	return wk_kube_path(wk_access_kube(env->access, cluster), version ? version : "v1",
		wk_fault_text(object, "kind"), meta(object, "namespace"), meta(object, "name"),
		env->deadline, ret, err);
}

bool wk_fault_find(const struct wk_fault_env *env, size_t cluster, const cJSON *object, cJSON **ret,
	struct wk_err *err)
{
	WK_AUTOFREE char *path = NULL;

	return object_path(env, cluster, object, &path, err) &&
	       wk_kube_find(wk_access_kube(env->access, cluster), path, env->deadline, ret, err);
}

cJSON *wk_fault_fresh(const cJSON *object)
{
	static const char *const servers[] = {"uid", "resourceVersion", "creationTimestamp",
		"generation", "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds",
		"selfLink"};
	cJSON *copy = cJSON_Duplicate(object, true);
	cJSON *metadata = cJSON_GetObjectItemCaseSensitive(copy, "metadata");

	for (size_t i = 0; i < WK_COUNT(servers); i++)
		cJSON_DeleteItemFromObjectCaseSensitive(metadata, servers[i]);
	cJSON_DeleteItemFromObjectCaseSensitive(copy, "status");
	return copy;
}

/* One change: how, and what. */
struct change {
	const char *method;
	const char *type;
	const cJSON *body;
};

/* *ret_status: HTTP; 0 without an answer. */
static bool send_for(const struct wk_fault_env *env, size_t cluster, const char *path,
	const struct change *change, long *ret_status, struct wk_err *err)
{
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) reply = {0};
	char *text = cJSON_PrintUnformatted(change->body);
	bool ok = wk_kube_call(wk_access_kube(env->access, cluster), change->method, path,
		change->type, text, env->deadline, &reply, err);

	cJSON_free(text);
	*ret_status = reply.status;
	if (ok && reply.answer != WK_KUBE_OK)
		return wk_err_set(
			err, WK_ERR_REMOTE, "%s %s: %s", change->method, path, reply.message);
	return ok;
}

static bool send(const struct wk_fault_env *env, size_t cluster, const char *path,
	const struct change *change, struct wk_err *err)
{
	long ignored;

	return send_for(env, cluster, path, change, &ignored, err);
}

/* The service controller does not run here: an address that was published by hand is put back so. */
static bool put_status_back(const struct wk_fault_env *env, size_t cluster, const char *path,
	const cJSON *before, struct wk_err *err)
{
	const cJSON *balancer = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(before, "status"), "loadBalancer");
	WK_AUTOFREE char *status = wk_xasprintf("%s/status", path);
	cJSON *patch;
	bool ok;

	if (!balancer || !balancer->child)
		return true;
	patch = cJSON_CreateObject();
	(void)cJSON_AddItemToObject(cJSON_AddObjectToObject(patch, "status"), "loadBalancer",
		cJSON_Duplicate(balancer, true));
	ok = send(env, cluster, status, &(struct change){"PATCH", merge_patch, patch}, err);
	cJSON_Delete(patch);
	return ok;
}

static bool create(const struct wk_fault_env *env, size_t cluster, const char *path,
	const cJSON *before, struct wk_err *err)
{
	WK_AUTOFREE char *collection = wk_xstrdup(path);
	cJSON *fresh = wk_fault_fresh(before);
	bool ok;

	*strrchr(collection, '/') = '\0';
	ok = send(env, cluster, collection, &(struct change){"POST", json, fresh}, err);
	cJSON_Delete(fresh);
	return ok;
}

/* Whether it can be made anew without the loss of more than itself. */
static bool holds_others(const cJSON *object)
{
	static const char *const kinds[] = {"Namespace", "Node", "CustomResourceDefinition",
		"PersistentVolume", "PersistentVolumeClaim"};

	for (size_t i = 0; i < WK_COUNT(kinds); i++)
		if (strcmp(wk_fault_text(object, "kind"), kinds[i]) == 0)
			return true;
	return false;
}

static bool make_anew(const struct wk_fault_env *env, size_t cluster, const char *path,
	const cJSON *before, const cJSON *now, struct wk_err *err)
{
	return wk_kube_delete(wk_access_kube(env->access, cluster), now, 0, env->deadline, err) &&
	       create(env, cluster, path, before, err);
}

/* 422 Unprocessable Entity (Kubernetes "API conventions", Invalid): a field that was valid before is not
 * to be changed in place. */
static bool replace(const struct wk_fault_env *env, size_t cluster, const char *path,
	const cJSON *before, const cJSON *now, struct wk_err *err)
{
	cJSON *fresh = wk_fault_fresh(before);
	long answer;
	bool ok;

	(void)cJSON_AddStringToObject(cJSON_GetObjectItemCaseSensitive(fresh, "metadata"),
		"resourceVersion", meta(now, "resourceVersion"));
	ok = send_for(env, cluster, path, &(struct change){"PUT", json, fresh}, &answer, err);
	cJSON_Delete(fresh);
	if (!ok && answer == 422 && !holds_others(before))
		return make_anew(env, cluster, path, before, now, err);
	return ok;
}

bool wk_fault_put_back(
	const struct wk_fault_env *env, size_t cluster, const cJSON *before, struct wk_err *err)
{
	WK_AUTOFREE char *path = NULL;
	cJSON *now = NULL;
	bool secret = strcmp(wk_fault_text(before, "kind"), "Secret") == 0;
	bool ok;

	if (!object_path(env, cluster, before, &path, err) ||
		!wk_kube_find(wk_access_kube(env->access, cluster), path, env->deadline, &now, err))
		return false;
	if (!now)
		ok = create(env, cluster, path, before, err);
	else
		ok = (secret ? make_anew : replace)(env, cluster, path, before, now, err);
	cJSON_Delete(now);
	return ok && put_status_back(env, cluster, path, before, err);
}

/* The object that args name by kind and name. */
static cJSON *named(const cJSON *args)
{
	const char *version = wk_fault_text(args, "apiVersion");
	const char *namespace = wk_fault_text(args, "namespace");
	cJSON *object = cJSON_CreateObject();
	cJSON *metadata;

	(void)cJSON_AddStringToObject(object, "apiVersion", version ? version : "v1");
	(void)cJSON_AddStringToObject(object, "kind", wk_fault_text(args, "kind"));
	metadata = cJSON_AddObjectToObject(object, "metadata");
	if (namespace)
		(void)cJSON_AddStringToObject(metadata, "namespace", namespace);
	(void)cJSON_AddStringToObject(metadata, "name", wk_fault_text(args, "name"));
	return object;
}

/* The object that args name, remembered as it is now. Not there: the fault is void. */
static bool take_state(const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo,
	int *ret_cluster, cJSON **ret, struct wk_err *err)
{
	int cluster = wk_fault_cluster(env, args, err);
	cJSON *object;
	cJSON *now = NULL;
	bool ok;

	if (cluster < 0)
		return false;
	object = named(args);
	ok = wk_fault_find(env, (size_t)cluster, object, &now, err);
	cJSON_Delete(object);
	if (!ok)
		return false;
	if (!now)
		return wk_fault_void(err, "there is no %s '%s'", wk_fault_text(args, "kind"),
			wk_fault_text(args, "name"));
	if (!wk_undo_add(undo, WK_UNDO_OBJECT, wk_fault_cluster_name(env, (size_t)cluster),
		    cJSON_Duplicate(now, true), err)) {
		cJSON_Delete(now);
		return false;
	}
	*ret_cluster = cluster;
	*ret = now;
	return true;
}

bool wk_fault_delete(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	cJSON *now = NULL;
	int cluster = 0;
	bool ok;

	if (!take_state(env, args, undo, &cluster, &now, err))
		return false;
	ok = wk_kube_delete(
		wk_access_kube(env->access, (size_t)cluster), now, 1, env->deadline, err);
	cJSON_Delete(now);
	return ok;
}

/* A patch that leaves the resourceVersion as it was changed nothing. */
static bool was_changed(
	const struct wk_fault_env *env, size_t cluster, const cJSON *before, struct wk_err *err)
{
	cJSON *now = NULL;
	bool changed;

	if (!wk_fault_find(env, cluster, before, &now, err))
		return false;
	changed = !now ||
		  !wk_same_text(meta(now, "resourceVersion"), meta(before, "resourceVersion"));
	cJSON_Delete(now);
	return changed || wk_fault_void(err, "'%s' is as it was", meta(before, "name"));
}

/* How args want the object changed: by a patch, or by what jq makes of it. *ret_made is the
 * caller's to delete. */
static bool wanted_change(const cJSON *args, const cJSON *now, struct change *ret, cJSON **ret_made,
	struct wk_err *err)
{
	const char *program = wk_fault_text(args, "jq");
	const char *type = wk_fault_text(args, "type");
	const cJSON *patch = cJSON_GetObjectItemCaseSensitive(args, "patch");

	if (!program == !patch)
		return wk_err_set(err, WK_ERR_INPUT, "expected either 'patch' or 'jq'");
	if (patch) {
		*ret = (struct change){"PATCH",
			type && strcmp(type, "strategic") == 0 ? strategic_patch : merge_patch,
			patch};
		return true;
	}
	if (!wk_jq_eval(program, now, NULL, ret_made, err))
		return false;
	*ret = (struct change){"PUT", json, *ret_made};
	return true;
}

static bool change_object(const struct wk_fault_env *env, size_t cluster, const cJSON *args,
	const cJSON *now, struct wk_err *err)
{
	const char *subresource = wk_fault_text(args, "subresource");
	WK_AUTOFREE char *path = NULL;
	WK_AUTOFREE char *target = NULL;
	struct change change = {0};
	cJSON *made = NULL;
	bool ok;

	if (!object_path(env, cluster, now, &path, err) ||
		!wanted_change(args, now, &change, &made, err))
		return false;
	target = wk_xasprintf(
		"%s%s%s", path, subresource ? "/" : "", subresource ? subresource : "");
	ok = send(env, cluster, target, &change, err);
	cJSON_Delete(made);
	return ok && was_changed(env, cluster, now, err);
}

bool wk_fault_patch(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	cJSON *now = NULL;
	int cluster = 0;
	bool ok;

	if (!take_state(env, args, undo, &cluster, &now, err))
		return false;
	ok = change_object(env, (size_t)cluster, args, now, err);
	cJSON_Delete(now);
	return ok;
}

static bool apply_object(const struct wk_fault_env *env, size_t cluster, const cJSON *manifest,
	struct wk_undo *undo, struct wk_err *err)
{
	cJSON *now = NULL;

	if (!wk_fault_find(env, cluster, manifest, &now, err))
		return false;
	return wk_undo_add(undo, now ? WK_UNDO_OBJECT : WK_UNDO_CREATED,
		       wk_fault_cluster_name(env, cluster),
		       now ? now : cJSON_Duplicate(manifest, true), err) &&
	       wk_kube_apply(wk_access_kube(env->access, cluster), manifest, env->deadline, err);
}

bool wk_fault_apply(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	const cJSON *manifest = cJSON_GetObjectItemCaseSensitive(args, "manifest");
	int cluster = wk_fault_cluster(env, args, err);

	return cluster >= 0 && apply_object(env, (size_t)cluster, manifest, undo, err);
}

/* Applies what jq makes of an object; that one stays as it is. */
bool wk_fault_copy(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	int cluster = wk_fault_cluster(env, args, err);
	cJSON *object = named(args);
	cJSON *now = NULL;
	cJSON *fresh = NULL;
	cJSON *made = NULL;
	bool ok = cluster >= 0 && wk_fault_find(env, (size_t)cluster, object, &now, err);

	cJSON_Delete(object);
	if (ok && !now)
		ok = wk_fault_void(err, "there is no %s '%s'", wk_fault_text(args, "kind"),
			wk_fault_text(args, "name"));
	fresh = ok ? wk_fault_fresh(now) : NULL;
	ok = ok && wk_jq_eval(wk_fault_text(args, "jq"), fresh, NULL, &made, err) &&
	     apply_object(env, (size_t)cluster, made, undo, err);
	cJSON_Delete(made);
	cJSON_Delete(fresh);
	cJSON_Delete(now);
	return ok;
}

bool wk_fault_wait(const struct wk_fault_env *env, size_t cluster, const cJSON *object,
	wk_fault_reached *reached, const void *context, struct wk_err *err)
{
	while (wk_now() < env->deadline) {
		cJSON *now = NULL;
		bool there;

		if (!wk_fault_find(env, cluster, object, &now, err))
			return false;
		there = now && reached(now, context);
		cJSON_Delete(now);
		if (there)
			return true;
		wk_pause(LOOK_AGAIN);
	}
	return wk_err_set(err, WK_ERR_TIMEOUT, "%s '%s' is not there in time",
		wk_fault_text(object, "kind"), meta(object, "name"));
}

static bool is_as_asked(const cJSON *object, const void *context)
{
	const cJSON *args = context;
	const cJSON *is = cJSON_GetObjectItemCaseSensitive(args, "is");
	const cJSON *is_not = cJSON_GetObjectItemCaseSensitive(args, "is-not");
	cJSON *value = NULL;
	struct wk_err ignored;
	bool asked = wk_jq_eval(wk_fault_text(args, "value"), object, NULL, &value, &ignored) &&
		     (!is || cJSON_Compare(value, is, true)) &&
		     (!is_not || !cJSON_Compare(value, is_not, true));

	cJSON_Delete(value);
	return asked;
}

bool wk_fault_await(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	int cluster = wk_fault_cluster(env, args, err);
	cJSON *object;
	bool ok;

	(void)undo;
	if (cluster < 0)
		return false;
	object = named(args);
	ok = wk_fault_wait(env, (size_t)cluster, object, is_as_asked, args, err);
	cJSON_Delete(object);
	return ok;
}
