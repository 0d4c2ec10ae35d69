/*
 * canary: does a change in one cluster arrive in the other's istiod
 *
 * The only proof that a watch is alive is an event that comes through it. A Service with one
 * endpoint (an address of TEST-NET-1, RFC 5737, which leads nowhere) is made in the server's
 * cluster and looked for in the registry and shards of each of the client's istiods, then removed on
 * every path. One that a killed probe left behind is removed by the next.
 */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "wookie/mesh/debug.h"
#include "wookie/mesh/names.h"
#include "wookie/mesh/object.h"
#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/read.h"
#include "wookie/probe/served.h"
#include "wookie/probe/text.h"

#define LABEL "wookie-conform/canary"
#define SPACE (100 * WK_MSEC)
#define CLEAN_UP (3 * WK_SEC)
#define NOWHERE "192.0.2.1"

const struct wk_arg_spec wk_probe_canary_args[] = {
	{"client", WK_ARG_STRING, true, "name of the cluster whose istiod must learn of it"},
	{"server", WK_ARG_STRING, true, "name of the cluster in which it is made"},
	{"namespace", WK_ARG_STRING, false, "where; default unless given"},
	{"patience", WK_ARG_DURATION, false, "how long to look for it; 10s unless given"},
	{"from", WK_ARG_ANY, false,
		"a pod of the client, {namespace, name}, whose Envoy must learn of it too"},
	{"endpoint", WK_ARG_ANY, false,
		"the pod that is its endpoint, {namespace, name, address}; an address that leads "
		"nowhere unless given"},
	{0},
};

struct canary {
	struct wk_kube *client;
	struct wk_kube *server;
	const char *namespace;
	char name[40];
	char observer[64]; /* as the label says it */
	char *host_begin;  /* "name.namespace." */
	struct wk_pod pod; /* whose Envoy has to learn of it; no name: none */
	cJSON *service;
	cJSON *slice;
	wk_nsec made;
	wk_nsec until;    /* no more looks begin */
	wk_nsec deadline; /* none is still waited for */
	int looks;
};

static void canary_finish(struct canary *canary)
{
	free(canary->host_begin);
	cJSON_Delete(canary->service);
	cJSON_Delete(canary->slice);
}

static void canary_finish_cleanup(struct canary *canary)
{
	canary_finish(canary);
}

static cJSON *make_object(
	const char *api, const char *kind, const struct canary *canary, const char *rest)
{
	WK_AUTOFREE char *text = wk_xasprintf(
		"{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\","
		"\"namespace\":\"%s\",\"labels\":{\"" WK_MANAGED_LABEL "\":\"" WK_MANAGED_BY "\","
		"\"" LABEL "\":\"%s\",\"kubernetes.io/service-name\":\"%s\"}},%s}",
		api, kind, canary->name, canary->namespace, canary->observer, canary->name, rest);

	return cJSON_Parse(text);
}

/* One that ends in an Envoy is none that the other looks after. */
static void canary_name(struct canary *canary, const struct cJSON *args, uint32_t random)
{
	const char *namespace = wk_arg_text(args, "namespace");
	bool envoy = cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(args, "from"));

	canary->namespace = namespace ? namespace : "default";
	(void)snprintf(canary->name, sizeof(canary->name), "wookie-canary-%08x", random);
	(void)snprintf(canary->observer, sizeof(canary->observer), "%.54s%s",
		wk_arg_text(args, "client"), envoy ? ".envoy" : "");
	canary->host_begin = wk_xasprintf("%s.%s.", canary->name, canary->namespace);
}

/* The endpoint: a pod of the server, by whose labels istiod knows its network and mutual TLS, or an address
 * that leads nowhere. The caller frees. */
static char *endpoint_text(const cJSON *pod)
{
	const char *address = wk_arg_text(pod, "address");
	const char *namespace = wk_arg_text(pod, "namespace");
	const char *name = wk_arg_text(pod, "name");
	WK_AUTOFREE char *target = NULL;

	if (address && namespace && name)
		target = wk_xasprintf(
			",\"targetRef\":{\"kind\":\"Pod\",\"namespace\":\"%s\",\"name\":\"%s\"}",
			namespace, name);
	return wk_xasprintf("\"addressType\":\"IPv4\",\"ports\":[{\"name\":\"tcp\",\"port\":9,"
			    "\"protocol\":\"TCP\"}],\"endpoints\":[{\"addresses\":[\"%s\"],"
			    "\"conditions\":{\"ready\":true}%s}]",
		target ? address : NOWHERE, target ? target : "");
}

static bool canary_make(struct canary *canary, const struct cJSON *args, struct wk_err *err)
{
	WK_AUTOFREE char *slice = endpoint_text(cJSON_GetObjectItemCaseSensitive(args, "endpoint"));
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		(void)wk_err_set(err, WK_ERR_SYSTEM, "the kernel gives no random bytes");
		return false;
	}
	canary_name(canary, args, random);
	canary->service = make_object(
		"v1", "Service", canary, "\"spec\":{\"ports\":[{\"name\":\"tcp\",\"port\":9}]}");
	canary->slice = make_object("discovery.k8s.io/v1", "EndpointSlice", canary, slice);
	return true;
}

/* A page names the canary by a host name, as a key or as the "hostname" of an element. */
static bool page_names(const cJSON *page, const char *host_begin)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, page)
	{
		const char *host = item->string ? item->string : wk_arg_text(item, "hostname");

		if (host && strncmp(host, host_begin, strlen(host_begin)) == 0)
			return true;
	}
	return false;
}

/* Whether one of the places where it is looked for knows it. */
typedef bool canary_look(const struct canary *canary, const char *page, const char *place,
	bool *ret_known, struct wk_err *err);

static bool istiod_knows(const struct canary *canary, const char *page, const char *place,
	bool *ret_known, struct wk_err *err)
{
	cJSON *reply = NULL;

	if (!wk_mesh_istiod_ask(canary->client, &(struct wk_mesh_pod){WK_SYSTEM_NAMESPACE, place},
		    page, canary->deadline, &reply, err))
		return false;
	*ret_known = page_names(reply, canary->host_begin);
	cJSON_Delete(reply);
	return true;
}

/* A cluster with a host: the first comes with CDS, the second with EDS. */
static bool envoy_knows(const struct canary *canary, const char *page, const char *place,
	bool *ret_known, struct wk_err *err)
{
	WK_AUTO(wk_buf_finish) struct wk_buf text = WK_BUF_INIT(0);
	WK_AUTOFREE char *match = wk_xasprintf("outbound|9||%s", canary->host_begin);
	cJSON *reply = NULL;
	cJSON *clusters = NULL;
	const cJSON *hosts = NULL;

	if (!wk_mesh_envoy_get(canary->client, &(struct wk_mesh_pod){canary->pod.namespace, place},
		    page, canary->deadline, &text, err))
		return false;
	reply = cJSON_Parse(wk_buf_str(&text));
	clusters = wk_read_envoy_clusters(reply, match);
	hosts = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(clusters, 0), "hosts");
	*ret_known = cJSON_GetArraySize(hosts) > 0;
	cJSON_Delete(clusters);
	cJSON_Delete(reply);
	return true;
}

/* Takes out of `places` where it has arrived. */
static bool look_once(struct canary *canary, canary_look *look, const char *page, cJSON *places,
	struct wk_err *err)
{
	cJSON *next = NULL;

	canary->looks++;
	for (cJSON *place = places->child; place; place = next) {
		bool known = false;

		next = place->next;
		if (!look(canary, page, place->valuestring, &known, err))
			return false;
		if (known)
			cJSON_Delete(cJSON_DetachItemViaPointer(places, place));
	}
	return true;
}

/* Looks until it is everywhere or patience ends: {"arrived", "seconds", "missed": where it is not, though
 * elsewhere it is}. Takes `places` over; where there are none, nobody knows it. */
static bool look_for(struct canary *canary, canary_look *look, const char *page, cJSON *places,
	cJSON *found, struct wk_err *err)
{
	int n = cJSON_GetArraySize(places);
	bool ok = true;
	bool arrived = false;

	while (n > 0 && !arrived) {
		ok = look_once(canary, look, page, places, err);
		arrived = ok && !places->child;
		if (!ok || arrived || wk_now() + SPACE >= canary->until)
			break;
		wk_pause(SPACE);
	}
	(void)cJSON_AddBoolToObject(found, "arrived", arrived);
	if (arrived)
		(void)cJSON_AddNumberToObject(
			found, "seconds", wk_seconds(wk_now() - canary->made));
	if (cJSON_GetArraySize(places) < n)
		(void)cJSON_AddItemToObject(found, "missed", WK_TAKE(places));
	else
		(void)cJSON_AddArrayToObject(found, "missed");
	cJSON_Delete(places);
	return ok;
}

/* The istiods that are asked, none where none is ready. */
static bool istiods(const struct canary *canary, cJSON **ret, struct wk_err *err)
{
	if (wk_mesh_istiods(canary->client, WK_SYSTEM_NAMESPACE, canary->deadline, ret, err))
		return true;
	*ret = cJSON_CreateArray();
	return err->kind == WK_ERR_MISSING;
}

static bool look_in_istiods(struct canary *canary, const char *page, const char *key,
	cJSON *evidence, struct wk_err *err)
{
	cJSON *places = NULL;

	if (!istiods(canary, &places, err)) {
		cJSON_Delete(places);
		return false;
	}
	return look_for(
		canary, istiod_knows, page, places, cJSON_AddObjectToObject(evidence, key), err);
}

/* What the pod's istiod says of it: null where none serves it. */
static bool add_proxy(const struct canary *canary, cJSON *evidence, struct wk_err *err)
{
	WK_AUTOFREE char *id = wk_xasprintf("%s.%s", canary->pod.name, canary->pod.namespace);
	cJSON *list = cJSON_CreateArray();
	cJSON *proxy = NULL;
	bool ok = wk_proxies_served(canary->client, canary->deadline, list, NULL, err);

	for (cJSON *i = list->child; i && !proxy; i = i->next) {
		const char *name = wk_arg_text(i, "proxy");

		if (name && strcmp(name, id) == 0)
			proxy = cJSON_Duplicate(i, true);
	}
	(void)cJSON_AddItemToObject(evidence, "proxy", proxy ? proxy : cJSON_CreateNull());
	cJSON_Delete(list);
	return ok;
}

/* A pod without a proxy learns of nothing; any other that cannot be asked is an error. */
static bool look_in_envoy(
	const struct wk_probe_env *env, struct canary *canary, cJSON *evidence, struct wk_err *err)
{
	cJSON *places = cJSON_CreateArray();
	cJSON *found = cJSON_AddObjectToObject(evidence, "envoy");
	cJSON *absent = NULL;

	if (!canary->pod.name) {
		cJSON_Delete(places);
		return true;
	}
	(void)cJSON_AddItemToArray(places, cJSON_CreateString(canary->pod.name));
	if (look_for(canary, envoy_knows, "clusters?format=json", places, found, err))
		return add_proxy(canary, evidence, err);
	if (!wk_pod_absent(env, canary->client, &canary->pod, &absent))
		return false;
	cJSON_Delete(absent);
	return true;
}

static bool fly(
	const struct wk_probe_env *env, struct canary *canary, cJSON *evidence, struct wk_err *err)
{
	if (!wk_kube_apply(canary->server, canary->service, canary->deadline, err) ||
		!wk_kube_apply(canary->server, canary->slice, canary->deadline, err))
		return false;
	canary->made = wk_now();
	return look_in_istiods(canary, "/debug/registryz", "service", evidence, err) &&
	       look_in_istiods(canary, "/debug/endpointShardz", "endpoint", evidence, err) &&
	       look_in_envoy(env, canary, evidence, err);
}

static bool land(struct canary *canary)
{
	wk_nsec deadline = wk_now() + CLEAN_UP;
	struct wk_err why;
	bool slice = wk_kube_delete(canary->server, canary->slice, 0, deadline, &why);

	return wk_kube_delete(canary->server, canary->service, 0, deadline, &why) && slice;
}

/* Those of the same pair of clusters that a killed probe left; their slices go with the list. */
static void sweep(const struct canary *canary, const char *collection)
{
	WK_AUTOFREE char *path = wk_xasprintf(
		"%s?labelSelector=wookie-conform%%2Fcanary%%3D%s", collection, canary->observer);
	WK_AUTO(wk_kube_reply_finish) struct wk_kube_reply reply = {0};
	struct wk_err why;

	/* Not being able to sweep is no reason not to look. */
	if (!wk_kube_call(canary->server, "DELETE", path, NULL, NULL, canary->until, &reply, &why))
		return;
}

static void sweep_all(const struct canary *canary)
{
	WK_AUTOFREE char *services =
		wk_xasprintf("/api/v1/namespaces/%s/services", canary->namespace);
	WK_AUTOFREE char *slices = wk_xasprintf(
		"/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices", canary->namespace);

	sweep(canary, services);
	sweep(canary, slices);
}

bool wk_probe_canary(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	WK_AUTO(canary_finish) struct canary canary = {0};
	wk_nsec until = wk_now() + wk_arg_duration(args, "patience", 10 * WK_SEC);
	cJSON *evidence = NULL;
	bool flown = false;

	if (wk_args_absent(args, wk_probe_canary_args, ret_evidence))
		return true;
	canary.client = wk_probe_cluster(env, args, "client", err);
	canary.server = canary.client ? wk_probe_cluster(env, args, "server", err) : NULL;
	if (!canary.server || !canary_make(&canary, args, err))
		return false;
	if (cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(args, "from")) &&
		!wk_pod_read(args, "from", WK_PROXY_CONTAINER, &canary.pod, err))
		return false;
	canary.deadline = env->deadline - CLEAN_UP;
	canary.until = wk_earlier(until, canary.deadline);
	sweep_all(&canary);
	evidence = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(evidence, "name", canary.name);
	flown = fly(env, &canary, evidence, err);
	(void)cJSON_AddNumberToObject(evidence, "looks", canary.looks);
	if (!land(&canary) && flown)
		flown = wk_err_set(
			err, WK_ERR_REMOTE, "canary '%s' could not be removed again", canary.name);
	if (!flown) {
		cJSON_Delete(evidence);
		return false;
	}
	*ret_evidence = evidence;
	return true;
}

char *wk_probe_canary_by_hand(const struct cJSON *args)
{
	return wk_by_hand_kubectl(args, "client",
		(const char *const[]){
			"-n", WK_SYSTEM_NAMESPACE, "logs", "deploy/istiod", "--since", "5m", NULL});
}
