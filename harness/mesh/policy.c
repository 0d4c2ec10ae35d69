/*
 * Policies
 *
 * The declared modes of mutual TLS as Istio reads them: the policy without a selector in the root
 * namespace counts for the mesh, one without a selector for its namespace, one with a selector for
 * the pods it selects. Each istiod reads those of its own cluster only, so every cluster gets its own.
 */
#include "wookie/mesh/policy.h"

#include "wookie/mesh/names.h"
#include "wookie/mesh/template.h"

#include <cjson/cJSON.h>
#include <stdio.h>

static const char template[] = "apiVersion: security.istio.io/v1\n"
			       "kind: PeerAuthentication\n"
			       "metadata:\n"
			       "  name: ${name}\n"
			       "  namespace: ${namespace}\n"
			       "  labels: {" WK_MANAGED_LABEL ": " WK_MANAGED_BY "}\n"
			       "spec: {${selector}mtls: {mode: ${mode}}}\n";

/* Appends one; `app` is the label of the pods it is for, NULL: all of the namespace. */
static bool add(cJSON *policies, const char *name, const char *namespace, const char *app,
	enum wk_mtls mtls, struct wk_err *err)
{
	WK_AUTOFREE char *selector =
		app ? wk_xasprintf("selector: {matchLabels: {app: \"%s\"}}, ", app)
		    : wk_xstrdup("");
	const struct wk_value values[] = {
		{"name", name, WK_VALUE_TEXT},
		{"namespace", namespace, WK_VALUE_TEXT},
		{"selector", selector, WK_VALUE_RAW},
		{"mode", wk_mtls_name(mtls), WK_VALUE_TEXT},
	};
	cJSON *objects = NULL;

	if (!wk_template_objects("policy", template, values, WK_COUNT(values), &objects, err))
		return false;
	(void)cJSON_AddItemToArray(policies, cJSON_DetachItemFromArray(objects, 0));
	cJSON_Delete(objects);
	return true;
}

static bool add_all(const struct wk_topology *topology, const struct wk_cluster *cluster,
	cJSON *policies, struct wk_err *err)
{
	if (topology->mtls == WK_MTLS_STRICT &&
		!add(policies, "default", WK_SYSTEM_NAMESPACE, NULL, topology->mtls, err))
		return false;
	for (size_t i = 0; i < cluster->n_namespaces; i++)
		if (!add(policies, "default", cluster->namespaces[i].name, NULL,
			    cluster->namespaces[i].mtls, err))
			return false;
	for (size_t i = 0; i < cluster->n_workloads; i++) {
		const struct wk_workload *w = &cluster->workloads[i];

		if (w->mtls != WK_MTLS_INHERITED &&
			!add(policies, w->name, w->namespace, w->name, w->mtls, err))
			return false;
	}
	return true;
}

bool wk_policy_objects(const struct wk_topology *topology, const struct wk_cluster *cluster,
	struct cJSON **ret, struct wk_err *err)
{
	cJSON *policies = cJSON_CreateArray();

	if (!add_all(topology, cluster, policies, err)) {
		cJSON_Delete(policies);
		return false;
	}
	*ret = policies;
	return true;
}
