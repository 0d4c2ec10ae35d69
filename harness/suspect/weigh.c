/*
 * Whether a change lies in the way
 *
 * The way of a failing check is known: from the client's pod over its control plane and its node to
 * the other cluster's gateway and servers. A change touches it by the host that it names, by
 * what it selects, by its namespace, or because everything of its cluster passes there. What
 * controllers write follows from something else that changed, so it stands behind.
 */
#include "wookie/suspect/suspect.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* Nearest first. */
enum distance {
	NAMED = 1,    /* names the host, or is the very object that traffic passes */
	SELECTED = 2, /* applies to pods on the way */
	ROOT = 3,     /* the control plane, gateway and what they read */
	AROUND = 5,   /* in a namespace on the way, or in effect for the whole cluster */
	ELSEWHERE = 7,
};
#define FOLLOWS 10      /* added where a controller wrote it */
#define OTHER_CLUSTER 4 /* added where no failing check goes there */

/* A cluster as the path sees it. */
struct spot {
	const cJSON *facts;
	const char *client; /* namespaces */
	const char *server;
	const char *root;
	const char *host;
	const char *service;
	const char *pod; /* the client's */
	const char *gateway;
	const cJSON *objects;
	bool on_path;
};

static const cJSON *at(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(at(object, key));

	return text ? text : "";
}

static bool same(const char *a, const char *b)
{
	return *a && strcmp(a, b) == 0;
}

bool wk_suspect_host(const char *host, const char *namespace, const char *name)
{
	const char *slash = strchr(host, '/');
	size_t len;

	if (slash)
		host = slash + 1;
	if (strcmp(host, "*") == 0 || strcmp(host, name) == 0)
		return true;
	len = strlen(name);
	if (host[0] == '*' && host[1] == '.')
		return strlen(host + 1) < len &&
		       strcmp(name + len - strlen(host + 1), host + 1) == 0;
	if (strchr(host, '.')) {
		/* "name.namespace" and "name.namespace.svc" are short for the whole. */
		size_t short_len = strlen(host);

		return strncmp(name, host, short_len) == 0 && name[short_len] == '.' &&
		       (strncmp(name + short_len, ".svc.", 5) == 0 ||
			       (short_len > 4 && strcmp(host + short_len - 4, ".svc") == 0));
	}
	WK_AUTOFREE char *whole = wk_xasprintf("%s.%s.svc.", host, namespace);

	return *host && strncmp(name, whole, strlen(whole)) == 0;
}

static bool in_scopes(const cJSON *scopes, const char *cluster)
{
	const cJSON *scope;
	size_t len = strlen(cluster);

	cJSON_ArrayForEach(scope, scopes)
	{
		const char *text = scope->valuestring ? scope->valuestring : "";
		const char *other = strchr(text, '>');

		if (!*text ||
			(strncmp(text, cluster, len) == 0 &&
				(text[len] == '\0' || text[len] == '>')) ||
			(other && strcmp(other + 1, cluster) == 0))
			return true;
	}
	return cJSON_GetArraySize(scopes) == 0;
}

static struct spot spot_of(const struct wk_suspect_path *path, const char *cluster)
{
	struct spot spot = {.client = "",
		.server = "",
		.root = "",
		.host = "",
		.service = "",
		.pod = "",
		.gateway = ""};
	const cJSON *facts;

	cJSON_ArrayForEach(facts, at(path->facts, "clusters"))
	{
		if (strcmp(text_of(facts, "name"), cluster) != 0)
			continue;
		spot.facts = facts;
		spot.root = text_of(facts, "systemNamespace");
		spot.client = text_of(at(facts, "testPod"), "namespace");
		spot.pod = text_of(at(facts, "testPod"), "name");
		spot.gateway = text_of(at(facts, "gateway"), "service");
	}
	/* The host is the same in all of them, though not every one declares it. */
	cJSON_ArrayForEach(facts, at(path->facts, "clusters")) if (!*spot.host)
	{
		const cJSON *server = at(facts, "helloworld");

		spot.server = text_of(server, "namespace");
		spot.host = text_of(server, "host");
		spot.service = text_of(server, "name");
	}
	spot.objects = at(at(at(path->snapshot, "clusters"), cluster), "objects");
	spot.on_path = in_scopes(path->scopes, cluster);
	return spot;
}

static bool names_host(const cJSON *object, const struct spot *spot)
{
	static const char *const lists[] = {"hosts", "exportedHosts"};
	const cJSON *spec = at(object, "spec");
	const char *namespace = text_of(at(object, "metadata"), "namespace");
	const cJSON *host;

	if (wk_suspect_host(text_of(spec, "host"), namespace, spot->host))
		return true;
	for (size_t i = 0; i < WK_COUNT(lists); i++)
		cJSON_ArrayForEach(
			host, at(spec, lists[i])) if (cJSON_IsString(host) &&
						      wk_suspect_host(host->valuestring, namespace,
							      spot->host)) return true;
	return false;
}

static bool selects(const cJSON *selector, const cJSON *labels)
{
	const cJSON *wanted;

	cJSON_ArrayForEach(wanted, selector) if (!cJSON_IsString(wanted) ||
						 strcmp(text_of(labels, wanted->string),
							 wanted->valuestring) != 0) return false;
	return true;
}

/* Labels of a pod, or of the pods that a controller makes. */
static const cJSON *pod_labels(const cJSON *object)
{
	const cJSON *template = at(at(object, "spec"), "template");

	if (template)
		return at(at(template, "metadata"), "labels");
	return strcmp(text_of(object, "kind"), "Pod") == 0 ? at(at(object, "metadata"), "labels")
							   : NULL;
}

static bool on_way(const char *namespace, const struct spot *spot)
{
	return same(namespace, spot->client) || same(namespace, spot->server) ||
	       same(namespace, spot->root);
}

/* A policy with a selector applies to pods of its namespace; one of the root namespace to all. */
static bool selects_workload(const cJSON *object, const struct spot *spot)
{
	const cJSON *spec = at(object, "spec");
	const char *namespace = text_of(at(object, "metadata"), "namespace");
	const cJSON *selector = at(spec, "selector");
	const cJSON *entry;

	selector = selector ? selector : at(spec, "workloadSelector");
	selector = selector ? selector : at(spec, "podSelector");
	if (!on_way(namespace, spot))
		return false;
	if (at(selector, "matchLabels") || at(selector, "labels"))
		selector = at(selector, "matchLabels") ? at(selector, "matchLabels")
						       : at(selector, "labels");
	if (!selector || !selector->child)
		return true;
	cJSON_ArrayForEach(entry, spot->objects)
	{
		const cJSON *pod = at(entry, "object");
		const char *where = text_of(at(pod, "metadata"), "namespace");
		const cJSON *labels = pod_labels(pod);

		if (labels && on_way(where, spot) &&
			(same(where, namespace) || same(namespace, spot->root)) &&
			selects(selector, labels))
			return true;
	}
	return false;
}

static bool is_of_mesh(const char *api_version)
{
	return strstr(api_version, ".istio.io/") ||
	       strncmp(api_version, "gateway.networking.k8s.io/", 26) == 0 ||
	       strncmp(api_version, "networking.k8s.io/", 18) == 0;
}

static enum distance say(char touches[200], enum distance distance, const char *fmt, ...)
	WK_PRINTF(3, 4);

static enum distance say(char touches[200], enum distance distance, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(touches, 200, fmt, ap);
	va_end(ap);
	return distance;
}

static enum distance weigh_mesh(const cJSON *object, const struct spot *spot, char touches[200])
{
	const char *namespace = text_of(at(object, "metadata"), "namespace");

	if (names_host(object, spot))
		return say(touches, NAMED, "it names the host %s", spot->host);
	if (selects_workload(object, spot))
		return say(touches, SELECTED, "it applies to pods of %s, which lie on the way",
			namespace);
	if (on_way(namespace, spot))
		return say(touches, AROUND, "it stands in %s, a namespace on the way", namespace);
	return say(touches, ELSEWHERE, "it is of the mesh, but in %s, off the way", namespace);
}

static enum distance weigh_own(const cJSON *object, const struct spot *spot, char touches[200])
{
	const cJSON *metadata = at(object, "metadata");
	const char *kind = text_of(object, "kind");
	const char *namespace = text_of(metadata, "namespace");
	const char *name = text_of(metadata, "name");
	bool workload = pod_labels(object) || strcmp(kind, "Service") == 0 ||
			strcmp(kind, "EndpointSlice") == 0;

	if (same(namespace, spot->server) && same(name, spot->service))
		return say(touches, NAMED, "it is what stands behind the host %s", spot->host);
	if (same(namespace, spot->client) && same(name, spot->pod))
		return say(touches, NAMED, "it is the client %s", name);
	if (on_way(namespace, spot) && workload)
		return say(touches, SELECTED, "it runs or finds pods of %s, which lie on the way",
			namespace);
	if (same(namespace, spot->root) || same(namespace, "kube-system"))
		return say(
			touches, ROOT, "what stands in %s is read by the control plane", namespace);
	if (strcmp(kind, "Namespace") == 0 && on_way(name, spot))
		return say(touches, SELECTED,
			"its labels hold for all pods of %s, which lie on the way", name);
	if (!*namespace)
		return say(touches, AROUND, "%s holds for the whole cluster", name);
	if (on_way(namespace, spot))
		return say(touches, AROUND, "it stands in %s, a namespace on the way", namespace);
	return say(touches, ELSEWHERE, "it stands in %s, off the way", namespace);
}

static bool by_controller(const cJSON *change)
{
	static const char *const managers[] = {"kube-controller-manager", "kubelet",
		"pilot-discovery", "kube-apiserver", "istiod", "kube-scheduler"};
	const char *by = text_of(change, "by");

	for (size_t i = 0; i < WK_COUNT(managers); i++)
		if (strcmp(by, managers[i]) == 0)
			return true;
	return false;
}

/* Endpoints and the objects that istiod writes by itself, also where nobody says who did. */
static bool is_derived(const cJSON *change, const cJSON *object)
{
	return by_controller(change) || strcmp(text_of(object, "kind"), "Endpoints") == 0 ||
	       strncmp(text_of(at(object, "metadata"), "name"), "istio-ca-root-cert", 18) == 0;
}

static const cJSON *object_of(const cJSON *change)
{
	return at(change, "after") ? at(change, "after") : at(change, "before");
}

static enum distance weigh_object(const cJSON *change, const struct spot *spot, char touches[200])
{
	const cJSON *object = object_of(change);
	const char *kind = text_of(object, "kind");
	enum distance distance = 0;

	if (is_of_mesh(text_of(object, "apiVersion")))
		distance = weigh_mesh(object, spot, touches);
	else if (strstr(kind, "WebhookConfiguration"))
		distance = say(touches, ROOT, "%s sees what is made on the way",
			text_of(at(object, "metadata"), "name"));
	else
		distance = weigh_own(object, spot, touches);
	return distance;
}

static double distance_of(const cJSON *change)
{
	return at(change, "distance")->valuedouble;
}

static bool is_before(const cJSON *a, const cJSON *b)
{
	if (distance_of(a) < distance_of(b) || distance_of(a) > distance_of(b))
		return distance_of(a) < distance_of(b);
	return strcmp(text_of(a, "since"), text_of(b, "since")) > 0;
}

/* Insertion keeps the order of equals. */
static void sort(cJSON *changes)
{
	size_t n = (size_t)cJSON_GetArraySize(changes);
	WK_AUTOFREE cJSON **sorted = wk_xcalloc(n + 1, sizeof(cJSON *));

	for (size_t i = 0; i < n; i++) {
		cJSON *change = cJSON_DetachItemFromArray(changes, 0);
		size_t place = i;

		for (; place > 0 && is_before(change, sorted[place - 1]); place--)
			sorted[place] = sorted[place - 1];
		sorted[place] = change;
	}
	for (size_t i = 0; i < n; i++)
		(void)cJSON_AddItemToArray(changes, sorted[i]);
}

void wk_suspect_weigh(cJSON *changes, const struct wk_suspect_path *path)
{
	cJSON *change;

	cJSON_ArrayForEach(change, changes)
	{
		const char *cluster = text_of(change, "cluster");
		struct spot spot = spot_of(path, cluster);
		char touches[200];
		int distance;

		if (strcmp(text_of(change, "layer"), "object") == 0)
			distance = (int)weigh_object(change, &spot, touches);
		else
			distance = (int)say(touches, NAMED,
				"all packets from and to pods of %s pass its node", cluster);
		if (!spot.on_path)
			distance += OTHER_CLUSTER;
		if (is_derived(change, object_of(change))) {
			distance += FOLLOWS;
			(void)cJSON_AddTrueToObject(change, "follows");
		}
		(void)cJSON_AddNumberToObject(change, "distance", distance);
		(void)cJSON_AddStringToObject(change, "touches", touches);
	}
	sort(changes);
}
