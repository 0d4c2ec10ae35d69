/*
 * Scratch workloads
 *
 * A suite may need more on the mesh than the topology declares: a pod without DNS capture, a STRICT
 * policy. Such objects are applied before it and removed after the run, by workers of their own, so
 * that this process never opens a connection that a forked check would inherit. What is to be
 * removed is the list that was applied, not what could be derived later from a changed mesh.
 */
#include "wookie/run/scratch.h"

#include "wookie/base/file.h"
#include "wookie/expect/expect.h"
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <string.h>

#define LABEL "wookie-conform/scratch"
#define LOOK_EVERY (150 * WK_MSEC)

static const char *text_of(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static cJSON *child(cJSON *object, const char *key)
{
	cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);

	return found ? found : cJSON_AddObjectToObject(object, key);
}

static void label(cJSON *object, const char *id)
{
	cJSON *labels = child(child(object, "metadata"), "labels");

	if (!cJSON_HasObjectItem(labels, LABEL))
		(void)cJSON_AddStringToObject(labels, LABEL, id);
}

/* `to` yields a cluster's derived object, or its name. */
static bool find_cluster(const struct wk_topology *topology, const char *to, const cJSON *vars,
	int *ret, struct wk_err *err)
{
	cJSON *value = NULL;
	const char *name;
	int at = -1;

	if (!wk_jq_eval(to, NULL, vars, &value, err))
		return false;
	name = cJSON_IsString(value) ? value->valuestring : text_of(value, "name");
	for (size_t i = 0; name && i < topology->n_clusters; i++)
		if (strcmp(topology->clusters[i].name, name) == 0)
			at = (int)i;
	cJSON_Delete(value);
	if (at < 0)
		return wk_err_set(err, WK_ERR_INPUT, "'to: %s' is no cluster", to);
	*ret = at;
	return true;
}

static bool expand_object(const struct wk_topology *topology, const struct wk_scratch *scratch,
	const struct wk_scratch_object *source, const cJSON *vars, cJSON *list, struct wk_err *err)
{
	cJSON *manifest = NULL;
	cJSON *entry;
	int cluster = -1;

	if (!find_cluster(topology, source->to, vars, &cluster, err) ||
		!wk_expand(source->manifest, vars, &manifest, err))
		return false;
	label(manifest, scratch->id);
	entry = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(entry, "scratch", scratch->id);
	(void)cJSON_AddNumberToObject(entry, "cluster", cluster);
	(void)cJSON_AddItemToObject(entry, "object", manifest);
	if (source->wait)
		(void)cJSON_AddStringToObject(entry, "wait", source->wait);
	(void)cJSON_AddItemToArray(list, entry);
	return true;
}

static bool expand_scratch(const struct wk_topology *topology, const struct wk_scratch *scratch,
	const cJSON *facts, cJSON *list, struct wk_err *err)
{
	struct wk_instance instances[WK_MAX_INSTANCES];
	size_t n = wk_scope_instances(topology, scratch->scope, instances);
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		cJSON *vars = wk_instance_vars(&instances[i], facts);

		for (size_t j = 0; ok && j < scratch->n_objects; j++)
			ok = expand_object(
				topology, scratch, &scratch->objects[j], vars, list, err);
		cJSON_Delete(vars);
	}
	return ok || wk_err_context(err, "scratch '%s'", scratch->id);
}

bool wk_scratch_is_listed(const struct cJSON *list, const char *id)
{
	for (const cJSON *i = list->child; i; i = i->next)
		if (strcmp(text_of(i, "scratch"), id) == 0)
			return true;
	return false;
}

static bool expand_suite(const struct wk_plan *plan, const struct wk_suite *suite,
	const cJSON *facts, cJSON *list, struct wk_err *err)
{
	for (size_t i = 0; i < suite->n_with; i++) {
		const struct wk_scratch *scratch =
			wk_catalog_scratch(plan->catalog, suite->with[i]);

		if (scratch && !wk_scratch_is_listed(list, scratch->id) &&
			!expand_scratch(plan->topology, scratch, facts, list, err))
			return false;
	}
	return true;
}

bool wk_scratch_expand(const struct wk_plan *plan, const struct cJSON *facts, struct cJSON **ret,
	struct wk_err *err)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < plan->n_checks; i++) {
		if (i > 0 && plan->checks[i].suite == plan->checks[i - 1].suite)
			continue;
		if (!expand_suite(plan, plan->checks[i].suite, facts, list, err)) {
			cJSON_Delete(list);
			return false;
		}
	}
	*ret = list;
	return true;
}

static bool wait_for(struct wk_kube *kube, const cJSON *object, const char *condition,
	wk_nsec deadline, struct wk_err *err)
{
	const cJSON *meta = cJSON_GetObjectItemCaseSensitive(object, "metadata");
	WK_AUTOFREE char *path = NULL;
	bool met = false;

	if (!wk_kube_path(kube, text_of(object, "apiVersion"), text_of(object, "kind"),
		    text_of(meta, "namespace"), text_of(meta, "name"), deadline, &path, err))
		return false;
	while (!met) {
		cJSON *now = NULL;

		if (!wk_kube_get(kube, path, deadline, &now, err))
			return false;
		met = wk_object_has_condition(now, condition);
		cJSON_Delete(now);
		if (!met && wk_now() >= deadline)
			return wk_err_set(err, WK_ERR_TIMEOUT, "is not %s in time", condition);
		if (!met)
			wk_pause(LOOK_EVERY);
	}
	return true;
}

static bool told(const struct cJSON *entry, const cJSON *object, struct wk_err *err)
{
	const cJSON *meta = cJSON_GetObjectItemCaseSensitive(object, "metadata");
	const char *kind = text_of(object, "kind");
	const char *name = text_of(meta, "name");

	return wk_err_context(err, "scratch '%s': %s '%s'", text_of(entry, "scratch"),
		kind ? kind : "object", name ? name : "");
}

static struct wk_kube *kube_of(const struct wk_scratch_job *job, const cJSON *entry)
{
	const cJSON *cluster = cJSON_GetObjectItemCaseSensitive(entry, "cluster");

	return wk_access_kube(job->access, (size_t)cluster->valueint);
}

static bool apply_one(const struct wk_scratch_job *job, const cJSON *entry, struct wk_err *err)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(entry, "object");

	return wk_kube_apply(kube_of(job, entry), object, job->deadline, err) ||
	       told(entry, object, err);
}

static bool await_one(const struct wk_scratch_job *job, const cJSON *entry, struct wk_err *err)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(entry, "object");
	const char *condition = text_of(entry, "wait");

	return !condition || wait_for(kube_of(job, entry), object, condition, job->deadline, err) ||
	       told(entry, object, err);
}

/* Does one thing to all objects of the scratch workload that `first` belongs to. */
static bool for_workload(const struct wk_scratch_job *job, const cJSON *first,
	bool (*fn)(const struct wk_scratch_job *job, const cJSON *entry, struct wk_err *err),
	struct wk_err *err)
{
	const char *id = text_of(first, "scratch");

	for (const cJSON *i = first; i && strcmp(text_of(i, "scratch"), id) == 0; i = i->next)
		if (!fn(job, i, err))
			return false;
	return true;
}

static const cJSON *next_workload(const cJSON *first)
{
	const char *id = text_of(first, "scratch");
	const cJSON *i = first;

	while (i && strcmp(text_of(i, "scratch"), id) == 0)
		i = i->next;
	return i;
}

static void say(int pipe, const char *id, const char *why)
{
	WK_AUTOFREE char *line = wk_xasprintf("%s%s%s\n", id, why ? "\t" : "", why ? why : "");
	struct wk_err ignored;

	(void)!wk_write_all(pipe, line, strlen(line), &ignored);
}

int wk_scratch_apply(void *context, int pipe)
{
	const struct wk_scratch_job *job = context;
	struct wk_err err;

	/* Everything starts side by side; only then is any of it waited for. */
	for (const cJSON *i = job->objects->child; i; i = next_workload(i))
		if (!for_workload(job, i, apply_one, &err))
			say(pipe, text_of(i, "scratch"), err.msg);
	for (const cJSON *i = job->objects->child; i; i = next_workload(i)) {
		bool there = for_workload(job, i, await_one, &err);

		say(pipe, text_of(i, "scratch"), there ? NULL : err.msg);
	}
	return 0;
}

enum wk_scratch_state wk_scratch_heard(const char *lines, const char *id, char **ret_why)
{
	size_t n = strlen(id);
	const char *end;

	for (const char *line = lines; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			break;
		if (strncmp(line, id, n) != 0 || (line[n] != '\n' && line[n] != '\t'))
			continue;
		if (line[n] == '\n')
			return WK_SCRATCH_THERE;
		*ret_why = wk_xstrndup(line + n + 1, (size_t)(end - line) - n - 1);
		return WK_SCRATCH_FAILED;
	}
	return WK_SCRATCH_COMING;
}

/* Asks for everything first, in reverse order, and only then waits: pods end side by side. They get
 * the grace that they declare: kubelet 1.34.4 may panic over a pod that is forced away and made anew
 * under its name. Goes on after an error: what can be removed is. */
static bool remove_all(const struct wk_scratch_job *job, struct wk_err *err)
{
	const wk_nsec gone_by[] = {0, job->deadline};
	bool ok = true;

	for (size_t pass = 0; pass < WK_COUNT(gone_by); pass++)
		for (int i = cJSON_GetArraySize(job->objects) - 1; i >= 0; i--) {
			const cJSON *entry = cJSON_GetArrayItem(job->objects, i);
			const cJSON *object = cJSON_GetObjectItemCaseSensitive(entry, "object");
			struct wk_err this;

			if (wk_kube_delete(kube_of(job, entry), object, -1, gone_by[pass], &this) ||
				!ok)
				continue;
			*err = this;
			ok = told(entry, object, err);
		}
	return ok;
}

int wk_scratch_remove(void *job, int pipe)
{
	struct wk_err ignored;
	struct wk_err err;

	if (remove_all(job, &err))
		return 0;
	return wk_write_all(pipe, err.msg, strlen(err.msg), &ignored) ? 1 : 2;
}
