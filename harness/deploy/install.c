/*
 * One cluster, from empty to the declared state
 *
 * The order is the one that is soonest ready, not the one of a textbook. What takes long is pods
 * starting, so a pod is asked for as soon as what it needs is there: istiod after its accounts and
 * keys, while the CRDs, whose cost is the API server's CPU, go in beside its start; the gateway and
 * the workloads when the injector answers. That istiod is Available does not say so, since its
 * Service may not be programmed yet, so the injector itself is asked, with a pod that is never
 * stored (dryRun). A pod that is refused earlier would be tried again by its controller with
 * growing delays.
 *
 * The remote secret of this cluster is made here and applied to all others, so every direction of
 * the mesh is somebody's work and nobody waits for a round.
 */
#include "wookie/deploy/install.h"

#include "wookie/deploy/wait.h"
#include "wookie/mesh/debug.h"
#include "wookie/mesh/names.h"
#include "wookie/mesh/object.h"
#include "wookie/mesh/policy.h"
#include "wookie/mesh/remote_secret.h"
#include "wookie/mesh/template.h"
#include "wookie/mesh/workload.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

WK_DEFINE_AUTO(struct cJSON *, cJSON_Delete);
#define WORDS_MAX 400
#define PATIENCE_FIRST (300 * WK_MSEC)
#define AUTO_JSON WK_AUTO(cJSON_Delete) cJSON

/* The objects of one cluster, by when they are applied. */
struct plan {
	cJSON *namespaces;
	cJSON *keys;
	cJSON *dns;
	cJSON *istiod; /* all but CRDs */
	cJSON *crds;
	cJSON *gateway;      /* all but the Deployment */
	cJSON *gateway_pods; /* the Deployment */
	cJSON *policies;
	cJSON *services;
	cJSON *workloads;
};

static void plan_free(struct plan *plan)
{
	cJSON *const all[] = {plan->namespaces, plan->keys, plan->dns, plan->istiod, plan->crds,
		plan->gateway, plan->gateway_pods, plan->policies, plan->services, plan->workloads};

	for (size_t i = 0; i < WK_COUNT(all); i++)
		cJSON_Delete(all[i]);
}

static void plan_free_cleanup(struct plan *plan)
{
	plan_free(plan);
}

static const struct wk_cluster *declared(const struct wk_install *install)
{
	return &install->access->topology->clusters[install->cluster];
}

static struct wk_kube *kube(const struct wk_install *install)
{
	return wk_access_kube(install->access, install->cluster);
}

static struct wk_wait waiting(const struct wk_install *install, enum wk_batch batch)
{
	return (struct wk_wait){
		.kube = kube(install),
		.cluster = declared(install)->name,
		.batch = batch,
		.pipe = install->pipe,
		.deadline = install->deadline,
	};
}

static bool say(const struct wk_install *install, enum wk_batch batch, enum wk_step_state state,
	struct wk_err *err)
{
	return wk_batch_send(install->pipe, batch, state, NULL, err);
}

static bool apply_all(const struct wk_install *install, const cJSON *objects, struct wk_err *err)
{
	const cJSON *object = NULL;

	cJSON_ArrayForEach(object, objects)
	{
		if (!wk_kube_apply(kube(install), object, install->deadline, err))
			return wk_err_context(err, "%s", declared(install)->name);
	}
	return true;
}

/* Moves the objects of a kind out of `from`, keeping their order. */
static cJSON *take_kind(cJSON *from, const char *kind)
{
	cJSON *taken = cJSON_CreateArray();
	cJSON *next = NULL;

	for (cJSON *object = from->child; object; object = next) {
		const char *is = wk_object_text(object, "kind");

		next = object->next;
		if (is && strcmp(is, kind) == 0)
			cJSON_AddItemToArray(taken, cJSON_DetachItemViaPointer(from, object));
	}
	return taken;
}

static void append(cJSON *to, cJSON *from)
{
	while (cJSON_GetArraySize(from) > 0)
		cJSON_AddItemToArray(to, cJSON_DetachItemFromArray(from, 0));
	cJSON_Delete(from);
}

/* Accounts and rights first, then what starts the pod; webhooks may follow, since nobody calls
 * them before there is an istiod. */
static cJSON *order(cJSON *objects)
{
	static const char *const kinds[] = {"ServiceAccount", "ClusterRole", "ClusterRoleBinding",
		"Role", "RoleBinding", "ConfigMap", "Deployment", "Service"};
	cJSON *ordered = cJSON_CreateArray();

	for (size_t i = 0; i < WK_COUNT(kinds); i++)
		append(ordered, take_kind(objects, kinds[i]));
	append(ordered, objects);
	return ordered;
}

static bool plan_namespaces(const struct wk_install *install, struct plan *plan, struct wk_err *err)
{
	static const char template[] = "apiVersion: v1\n"
				       "kind: Namespace\n"
				       "metadata:\n"
				       "  name: " WK_SYSTEM_NAMESPACE "\n"
				       "  labels:\n"
				       "    " WK_NETWORK_LABEL ": ${network}\n"
				       "    " WK_MANAGED_LABEL ": " WK_MANAGED_BY "\n";
	const struct wk_value value = {"network", declared(install)->network, WK_VALUE_TEXT};
	cJSON *workloads = NULL;

	if (!wk_template_objects("namespace", template, &value, 1, &plan->namespaces, err) ||
		!wk_workload_namespaces(declared(install), &workloads, err))
		return false;
	append(plan->namespaces, workloads);
	return true;
}

/* istiod's signing key and chain, in the form that it looks for (istio security/pkg/pki/ca). */
static bool plan_keys(const struct wk_install *install, struct plan *plan, struct wk_err *err)
{
	static const char template[] = "apiVersion: v1\n"
				       "kind: Secret\n"
				       "metadata:\n"
				       "  name: cacerts\n"
				       "  namespace: " WK_SYSTEM_NAMESPACE "\n"
				       "  labels: {" WK_MANAGED_LABEL ": " WK_MANAGED_BY "}\n"
				       "stringData:\n"
				       "  ca-cert.pem: ${cert}\n"
				       "  ca-key.pem: ${key}\n"
				       "  cert-chain.pem: ${chain}\n"
				       "  root-cert.pem: ${root}\n";
	WK_AUTOFREE char *chain =
		wk_xasprintf("%s%s", install->intermediate->cert_pem, install->root_pem);
	const struct wk_value values[] = {
		{"cert", install->intermediate->cert_pem, WK_VALUE_TEXT},
		{"key", install->intermediate->key_pem, WK_VALUE_TEXT},
		{"chain", chain, WK_VALUE_TEXT},
		{"root", install->root_pem, WK_VALUE_TEXT},
	};

	return wk_template_objects("cacerts", template, values, WK_COUNT(values), &plan->keys, err);
}

static bool plan_istio(const struct wk_install *install, struct plan *plan, struct wk_err *err)
{
	const struct wk_topology *topology = install->access->topology;
	const struct wk_cluster *cluster = declared(install);
	WK_AUTOFREE char *istiod = wk_istio_operator_text(topology, cluster);
	WK_AUTOFREE char *gateway = wk_istio_gateway_text(topology, cluster);
	cJSON *exposed = NULL;
	cJSON *objects = NULL;

	if (!wk_istio_render(&install->renderer, istiod, install->deadline, &objects, err))
		return false;
	plan->crds = take_kind(objects, "CustomResourceDefinition");
	plan->istiod = order(objects);
	if (!cluster->gateway_enabled)
		return true;
	if (!wk_istio_render(&install->renderer, gateway, install->deadline, &plan->gateway, err))
		return false;
	plan->gateway_pods = take_kind(plan->gateway, "Deployment");
	if (!wk_cross_network_gateway(cluster, &exposed, err))
		return false;
	append(plan->gateway, exposed);
	return true;
}

static bool plan_all(const struct wk_install *install, struct plan *plan, struct wk_err *err)
{
	return plan_namespaces(install, plan, err) && plan_keys(install, plan, err) &&
	       wk_coredns_objects(declared(install), &plan->dns, err) &&
	       plan_istio(install, plan, err) &&
	       wk_policy_objects(
		       install->access->topology, declared(install), &plan->policies, err) &&
	       wk_workload_services(declared(install), &plan->services, err) &&
	       wk_workload_pods(declared(install), &plan->workloads, err);
}

static bool apply_batch(const struct wk_install *install, enum wk_batch batch, const cJSON *objects,
	struct wk_err *err)
{
	return say(install, batch, WK_STEP_BEGIN, err) && apply_all(install, objects, err) &&
	       say(install, batch, WK_STEP_DONE, err);
}

/* The other clusters' workers make their namespaces; this one only waits for them. */
static bool await_namespace(const struct wk_install *install, size_t other, struct wk_err *err)
{
	const char *name = install->access->topology->clusters[other].name;
	WK_AUTOFREE char *what = wk_xasprintf("namespace " WK_SYSTEM_NAMESPACE " of %s", name);
	struct wk_wait wait = waiting(install, WK_BATCH_OPERATORS);

	for (;;) {
		cJSON *namespace = NULL;
		bool there = false;

		if (!wk_kube_find(wk_access_kube(install->access, other),
			    "/api/v1/namespaces/" WK_SYSTEM_NAMESPACE, install->deadline,
			    &namespace, err))
			return wk_err_context(err, "%s", name);
		there = namespace != NULL;
		cJSON_Delete(namespace);
		if (there)
			return true;
		if (!wk_wait_again(&wait, what, err))
			return false;
	}
}

static bool share_secret(const struct wk_install *install, struct wk_err *err)
{
	const struct wk_topology *topology = install->access->topology;
	AUTO_JSON *secret = NULL;

	if (!wk_remote_secret_make(
		    install->access, install->cluster, install->deadline, &secret, err))
		return false;
	for (size_t i = 0; i < topology->n_clusters; i++) {
		if (i == install->cluster)
			continue;
		if (!await_namespace(install, i, err) ||
			!wk_kube_apply(
				wk_access_kube(install->access, i), secret, install->deadline, err))
			return wk_err_context(err, "remote secret of '%s' for '%s'",
				declared(install)->name, topology->clusters[i].name);
	}
	return true;
}

/* No cloud gives the gateway an address here: it is reached at its node's, which kube-proxy routes
 * to the pods once the Service's status says so. */
static bool publish_gateway(const struct wk_install *install, struct wk_err *err)
{
	static const char path[] =
		"/api/v1/namespaces/" WK_SYSTEM_NAMESPACE "/services/" WK_GATEWAY_NAME "/status";
	WK_AUTOFREE char *body = wk_xasprintf("{\"status\":{\"loadBalancer\":{\"ingress\":"
					      "[{\"ip\":\"%s\",\"ipMode\":\"VIP\"}]}}}",
		declared(install)->address);
	WK_AUTO(wk_kube_reply_finish) struct wk_kube_reply reply = {0};

	if (!wk_kube_call(kube(install), "PATCH", path, "application/merge-patch+json", body,
		    install->deadline, &reply, err))
		return wk_err_context(err, "%s", declared(install)->name);
	if (reply.answer != WK_KUBE_OK)
		return wk_err_set(err, WK_ERR_REMOTE,
			"%s: the gateway's address '%s' is refused with HTTP %ld: %s",
			declared(install)->name, declared(install)->address, reply.status,
			reply.message);
	return true;
}

/* Asks with a pod that wants a sidecar and is not stored. `patience` bounds the call to istiod
 * inside the API server: a packet that is sent while kube-proxy exchanges "reject" for "forward" is
 * lost, and so is every repetition of it, which would cost the webhook's own ten seconds. */
static bool try_injector(const struct wk_install *install, wk_nsec patience, bool *ret_answers,
	char words[WORDS_MAX], struct wk_err *err)
{
	static const char pod[] =
		"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"generateName\":\"probe-\","
		"\"labels\":{\"sidecar.istio.io/inject\":\"true\"}},"
		"\"spec\":{\"serviceAccountName\":\"istiod\",\"containers\":"
		"[{\"name\":\"probe\",\"image\":\"probe\"}]}}";
	WK_AUTO(wk_kube_reply_finish) struct wk_kube_reply reply = {0};
	WK_AUTOFREE char *path = wk_xasprintf("/api/v1/namespaces/" WK_SYSTEM_NAMESPACE
					      "/pods?dryRun=All&timeout=%lldms",
		(long long)(patience / WK_MSEC));

	/* A request that the API server gives up late, it ends by closing the connection
	 * (k8s.io/apiserver pkg/server/filters/timeout.go). Had the server itself gone, whoever
	 * looks next says so. */
	if (!wk_kube_call(kube(install), "POST", path, "application/json", pod, install->deadline,
		    &reply, err)) {
		(void)snprintf(words, WORDS_MAX, "istiod's webhook: %s", err->msg);
		return err->kind == WK_ERR_REMOTE ||
		       wk_err_context(err, "%s", declared(install)->name);
	}
	*ret_answers = reply.answer == WK_KUBE_OK &&
		       wk_object_at(reply.json, "spec.initContainers") != NULL;
	if (reply.answer == WK_KUBE_OK || reply.status == 504 ||
		strstr(reply.message, "failed calling webhook")) {
		(void)snprintf(words, WORDS_MAX, "istiod's webhook: %s",
			reply.answer == WK_KUBE_OK ? "not registered yet" : reply.message);
		return true;
	}
	return wk_err_set(err, WK_ERR_REMOTE,
		"%s: a pod with a sidecar is refused with HTTP %ld: %s", declared(install)->name,
		reply.status, reply.message);
}

static bool await_injector(
	const struct wk_install *install, const cJSON *istiod, struct wk_err *err)
{
	struct wk_wait wait = waiting(install, WK_BATCH_OPERATORS);
	wk_nsec patience = PATIENCE_FIRST;

	for (;;) {
		char words[WORDS_MAX] = "";
		bool answers = false;
		wk_nsec asked = wk_now();

		if (!try_injector(install, patience, &answers, words, err))
			return false;
		if (answers)
			return true;
		if (wk_now() - asked >= patience)
			patience *= 2;
		/* istiod's own pod knows better than a webhook that nobody serves. */
		if (!wk_wait_behind(&wait, istiod, words, err))
			return false;
	}
}

static bool await_all(const struct wk_install *install, enum wk_batch batch, const cJSON *objects,
	struct wk_err *err)
{
	struct wk_wait wait = waiting(install, batch);
	const cJSON *object = NULL;

	cJSON_ArrayForEach(object, objects)
	{
		const char *kind = wk_object_text(object, "kind");

		if (strcmp(kind, "Deployment") != 0 && strcmp(kind, "Pod") != 0)
			continue;
		if (!wk_wait_object(&wait, object, err))
			return false;
	}
	return true;
}

/* The first other cluster that istiod has not read yet, or NULL. */
static const char *unsynced(const struct wk_install *install, const cJSON *clusters)
{
	const struct wk_topology *topology = install->access->topology;

	for (size_t i = 0; i < topology->n_clusters; i++) {
		const cJSON *entry = NULL;

		cJSON_ArrayForEach(entry, clusters)
		{
			const char *id = wk_object_text(entry, "id");
			const char *status = wk_object_text(entry, "syncStatus");

			if (id && strcmp(id, topology->clusters[i].name) == 0 && status &&
				strcmp(status, "synced") == 0)
				break;
		}
		if (!entry)
			return topology->clusters[i].name;
	}
	return NULL;
}

static bool await_sync(const struct wk_install *install, struct wk_err *err)
{
	struct wk_wait wait = waiting(install, WK_BATCH_SERVICES);

	for (;;) {
		WK_AUTOFREE char *what = NULL;
		AUTO_JSON *clusters = NULL;
		const char *missing = NULL;

		if (!wk_mesh_istiod_get(kube(install), WK_SYSTEM_NAMESPACE, "/debug/clusterz",
			    install->deadline, &clusters, err))
			return wk_err_context(err, "%s", declared(install)->name);
		missing = unsynced(install, clusters);
		if (!missing)
			return true;
		what = wk_xasprintf("istiod to be synced with %s", missing);
		if (!wk_wait_again(&wait, what, err))
			return false;
	}
}

static const cJSON *first_of(const cJSON *objects, const char *kind)
{
	const cJSON *object = NULL;

	cJSON_ArrayForEach(object,
		objects) if (strcmp(wk_object_text(object, "kind"), kind) == 0) return object;
	return NULL;
}

/* All that can be asked for before istiod runs. */
static bool lay_ground(
	const struct wk_install *install, const struct plan *plan, struct wk_err *err)
{
	return apply_batch(install, WK_BATCH_NAMESPACES, plan->namespaces, err) &&
	       say(install, WK_BATCH_OPERATORS, WK_STEP_BEGIN, err) &&
	       apply_all(install, plan->keys, err) && apply_all(install, plan->istiod, err) &&
	       apply_all(install, plan->dns, err) &&
	       apply_batch(install, WK_BATCH_CRDS, plan->crds, err) &&
	       say(install, WK_BATCH_SERVICES, WK_STEP_BEGIN, err) && share_secret(install, err) &&
	       apply_all(install, plan->policies, err) && apply_all(install, plan->services, err) &&
	       apply_all(install, plan->gateway, err) &&
	       (!plan->gateway || publish_gateway(install, err));
}

bool wk_install_run(struct wk_install *install, struct wk_err *err)
{
	WK_AUTO(plan_free) struct plan plan = {0};

	return plan_all(install, &plan, err) && lay_ground(install, &plan, err) &&
	       await_injector(install, first_of(plan.istiod, "Deployment"), err) &&
	       apply_all(install, plan.gateway_pods, err) &&
	       apply_all(install, plan.workloads, err) &&
	       await_all(install, WK_BATCH_OPERATORS, plan.istiod, err) &&
	       await_all(install, WK_BATCH_OPERATORS, plan.dns, err) &&
	       say(install, WK_BATCH_OPERATORS, WK_STEP_DONE, err) &&
	       await_all(install, WK_BATCH_SERVICES, plan.gateway_pods, err) &&
	       await_all(install, WK_BATCH_SERVICES, plan.workloads, err) &&
	       await_sync(install, err) && say(install, WK_BATCH_SERVICES, WK_STEP_DONE, err);
}
