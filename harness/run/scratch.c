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
#include "wookie/mesh/names.h"
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <string.h>

#define LOOK_EVERY (150 * WK_MSEC)
#define CALL_TIME (10 * WK_SEC)

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

	if (!cJSON_HasObjectItem(labels, WK_SCRATCH_LABEL))
		(void)cJSON_AddStringToObject(labels, WK_SCRATCH_LABEL, id);
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

/* Whether the text holds the start of a name, up to the first expression in it; one that starts with an
 * expression may be named by any. */
static bool holds_name(const char *text, const char *name)
{
	WK_AUTOFREE char *start = wk_xstrndup(name ? name : "", name ? strcspn(name, "$") : 0);

	return strstr(text, start) != NULL;
}

/* By its name, or by a host that it declares. */
static bool names_object(const char *text, const struct wk_scratch_object *object)
{
	cJSON *manifest = cJSON_Parse(object->manifest);
	const cJSON *spec = cJSON_GetObjectItemCaseSensitive(manifest, "spec");
	const cJSON *host = NULL;
	bool named = holds_name(
		text, text_of(cJSON_GetObjectItemCaseSensitive(manifest, "metadata"), "name"));

	cJSON_ArrayForEach(host, cJSON_GetObjectItemCaseSensitive(spec, "hosts")) named =
		named || (cJSON_IsString(host) && holds_name(text, host->valuestring));
	cJSON_Delete(manifest);
	return named;
}

static bool expects_object(
	const struct wk_expectation expect[], size_t n, const struct wk_scratch_object *object)
{
	for (size_t i = 0; i < n; i++)
		if (names_object(expect[i].jq, object) ||
			(expect[i].equals && names_object(expect[i].equals, object)))
			return true;
	return false;
}

bool wk_scratch_is_used(const struct wk_scratch *scratch, const struct wk_check *check)
{
	const char *const args[] = {check->probe.args, check->control.args};

	for (size_t i = 0; i < scratch->n_objects; i++) {
		const struct wk_scratch_object *object = &scratch->objects[i];

		for (size_t j = 0; j < WK_COUNT(args); j++)
			if (args[j] && names_object(args[j], object))
				return true;
		/* Some list all there are, and look for it in the list. */
		if (expects_object(check->expect, check->n_expect, object) ||
			expects_object(check->control_expect, check->n_control_expect, object))
			return true;
	}
	return false;
}

static bool expand_check(const struct wk_plan *plan, const struct wk_planned *planned,
	const cJSON *facts, cJSON *list, struct wk_err *err)
{
	for (size_t i = 0; i < planned->suite->n_with; i++) {
		const struct wk_scratch *scratch =
			wk_catalog_scratch(plan->catalog, planned->suite->with[i]);

		if (scratch && !wk_scratch_is_listed(list, scratch->id) &&
			wk_scratch_is_used(scratch, planned->check) &&
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
		if (i > 0 && plan->checks[i].check == plan->checks[i - 1].check)
			continue;
		if (!expand_check(plan, &plan->checks[i], facts, list, err)) {
			cJSON_Delete(list);
			return false;
		}
	}
	*ret = list;
	return true;
}

/* Looks once. */
static bool is_met(struct wk_kube *kube, const cJSON *object, const char *condition,
	wk_nsec deadline, bool *ret_met, struct wk_err *err)
{
	const cJSON *meta = cJSON_GetObjectItemCaseSensitive(object, "metadata");
	WK_AUTOFREE char *path = NULL;
	cJSON *now = NULL;

	if (!wk_kube_path(kube, text_of(object, "apiVersion"), text_of(object, "kind"),
		    text_of(meta, "namespace"), text_of(meta, "name"), deadline, &path, err) ||
		!wk_kube_get(kube, path, deadline, &now, err))
		return false;
	*ret_met = wk_object_has_condition(now, condition);
	cJSON_Delete(now);
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

/* No call may take the time that the others need: each has one of its own. */
static wk_nsec call_by(const struct wk_scratch_job *job)
{
	wk_nsec by = wk_now() + CALL_TIME;

	return wk_earlier(by, job->deadline);
}

enum found {
	THERE,
	COMING,
	NOT_TO_BE_HAD,
};

static enum found apply_one(
	const struct wk_scratch_job *job, const cJSON *entry, struct wk_err *err)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(entry, "object");

	if (wk_kube_apply(kube_of(job, entry), object, call_by(job), err))
		return THERE;
	(void)told(entry, object, err);
	return NOT_TO_BE_HAD;
}

static enum found look_at(const struct wk_scratch_job *job, const cJSON *entry, struct wk_err *err)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(entry, "object");
	const char *condition = text_of(entry, "wait");
	struct wk_kube *kube = kube_of(job, entry);
	bool met = true;
	bool asked = !condition || is_met(kube, object, condition, call_by(job), &met, err);

	if (asked && met)
		return THERE;
	if (wk_now() < job->deadline)
		return COMING;
	if (asked)
		wk_scratch_obstacle(kube, object, condition, err);
	(void)told(entry, object, err);
	return NOT_TO_BE_HAD;
}

/* Does one thing to all objects of the scratch workload that `first` belongs to: the worst of what
 * was found. */
static enum found for_workload(const struct wk_scratch_job *job, const cJSON *first,
	enum found (*fn)(const struct wk_scratch_job *job, const cJSON *entry, struct wk_err *err),
	struct wk_err *err)
{
	const char *id = text_of(first, "scratch");
	enum found worst = THERE;

	for (const cJSON *i = first; i && worst == THERE && strcmp(text_of(i, "scratch"), id) == 0;
		i = i->next)
		worst = fn(job, i, err);
	return worst;
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

/* What is there or cannot be had is said at once, and not looked at again. True when all is said. */
static bool look_at_all(const struct wk_scratch_job *job, int pipe, bool *said)
{
	bool all = true;
	size_t n = 0;

	for (const cJSON *i = job->objects->child; i; i = next_workload(i), n++) {
		struct wk_err err;
		enum found found = said[n] ? THERE : for_workload(job, i, look_at, &err);

		all = all && found != COMING;
		if (said[n] || found == COMING)
			continue;
		said[n] = true;
		say(pipe, text_of(i, "scratch"), found == THERE ? NULL : err.msg);
	}
	return all;
}

int wk_scratch_apply(void *context, int pipe)
{
	const struct wk_scratch_job *job = context;
	WK_AUTOFREE bool *said =
		wk_xcalloc((size_t)cJSON_GetArraySize(job->objects) + 1, sizeof(*said));
	size_t n = 0;

	/* Everything starts side by side; only then is any of it waited for, all of it alike. */
	for (const cJSON *i = job->objects->child; i; i = next_workload(i), n++) {
		struct wk_err err;

		said[n] = for_workload(job, i, apply_one, &err) != THERE;
		if (said[n])
			say(pipe, text_of(i, "scratch"), err.msg);
	}
	while (!look_at_all(job, pipe, said))
		wk_pause(LOOK_EVERY);
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
