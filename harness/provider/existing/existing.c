/*
 * Clusters that are there
 *
 * A name in a kubeconfig is a promise that anybody may break: a copied context leads to the cluster of the
 * other one, and every check of a pair would then be one of a cluster with itself. So each API server is
 * asked who it is before anything else, by the uid of a namespace that every cluster has and that is
 * never remade.
 */
#include "wookie/provider/existing.h"

#include "wookie/base/mem.h"
#include "wookie/kube/client.h"

#include <cjson/cJSON.h>
#include <string.h>

#define PATIENCE (10 * WK_SEC)

struct identity {
	char uid[64];
};

static bool ask_identity(const struct wk_kubeconfig *config, wk_nsec deadline, struct identity *ret,
	struct wk_err *err)
{
	struct wk_kube *WK_AUTO(wk_kube_free) kube = wk_kube_new(config, -1);
	cJSON *namespace = NULL;
	const char *uid;

	if (!wk_kube_get(kube, "/api/v1/namespaces/kube-system",
		    wk_earlier(wk_now() + PATIENCE, deadline), &namespace, err))
		return false;
	uid = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(namespace, "metadata"), "uid"));
	if (uid && strlen(uid) < sizeof(ret->uid))
		memcpy(ret->uid, uid, strlen(uid) + 1);
	cJSON_Delete(namespace);
	return *ret->uid ||
	       wk_err_set(err, WK_ERR_REMOTE,
		       "the answer of %s is no namespace: is it an API server?", config->server);
}

static bool tell_whose(const struct wk_existing *cluster, struct wk_err *err)
{
	return cluster->name ? wk_err_context(err, "cluster '%s', context '%s'", cluster->name,
				       cluster->context)
			     : wk_err_context(err, "context '%s'", cluster->context);
}

static bool same_cluster(const struct wk_existing *one, const struct wk_existing *other,
	const char *uid, struct wk_err *err)
{
	return wk_err_set(err, WK_ERR_INPUT,
		"contexts '%s' and '%s' lead to the same cluster (namespace kube-system has uid "
		"%s in both); each cluster of a mesh needs one of its own",
		one->context, other->context, uid);
}

bool wk_existing_reach(const struct wk_kubeconfig_source *source,
	const struct wk_existing clusters[], size_t n, wk_nsec deadline, struct wk_kubeconfig ret[],
	struct wk_err *err)
{
	WK_AUTOFREE struct identity *who = wk_xcalloc(n + 1, sizeof(*who));

	for (size_t i = 0; i < n; i++) {
		if (!wk_kubeconfig_load(source, clusters[i].context, &ret[i], err) ||
			!ask_identity(&ret[i], deadline, &who[i], err))
			return tell_whose(&clusters[i], err);
		for (size_t j = 0; j < i; j++)
			if (strcmp(who[i].uid, who[j].uid) == 0)
				return same_cluster(&clusters[j], &clusters[i], who[i].uid, err);
	}
	return true;
}
