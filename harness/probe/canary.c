/*
 * canary: does a change in one cluster arrive in the other's istiod
 *
 * The only proof that a watch is alive is an event that comes through it. A Service with one
 * endpoint (an address of TEST-NET-1, RFC 5737, which leads nowhere) is made in the server's
 * cluster and looked for in the client's registry and shards, then removed on every path. One that
 * a killed probe left behind is removed by the next.
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
#include "wookie/probe/text.h"

#define LABEL "wookie-conform/canary"
#define SPACE (100 * WK_MSEC)
#define CLEAN_UP (3 * WK_SEC)

const struct wk_arg_spec wk_probe_canary_args[] = {
	{"client", WK_ARG_STRING, true, "name of the cluster whose istiod must learn of it"},
	{"server", WK_ARG_STRING, true, "name of the cluster in which it is made"},
	{"namespace", WK_ARG_STRING, false, "where; default unless given"},
	{"patience", WK_ARG_DURATION, false, "how long to look for it; 10s unless given"},
	{0},
};

struct canary {
	struct wk_kube *client;
	struct wk_kube *server;
	const char *namespace;
	char name[40];
	char *host_begin; /* "name.namespace." */
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

static cJSON *make_object(const char *api, const char *kind, const struct canary *canary,
	const char *observer, const char *rest)
{
	WK_AUTOFREE char *text = wk_xasprintf(
		"{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\","
		"\"namespace\":\"%s\",\"labels\":{\"" WK_MANAGED_LABEL "\":\"" WK_MANAGED_BY "\","
		"\"" LABEL "\":\"%s\",\"kubernetes.io/service-name\":\"%s\"}},%s}",
		api, kind, canary->name, canary->namespace, observer, canary->name, rest);

	return cJSON_Parse(text);
}

static bool canary_make(struct canary *canary, const struct cJSON *args, struct wk_err *err)
{
	uint32_t random = 0;
	const char *namespace = wk_arg_text(args, "namespace");
	const char *observer = wk_arg_text(args, "client");

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		(void)wk_err_set(err, WK_ERR_SYSTEM, "the kernel gives no random bytes");
		return false;
	}
	canary->namespace = namespace ? namespace : "default";
	(void)snprintf(canary->name, sizeof(canary->name), "wookie-canary-%08x", random);
	canary->host_begin = wk_xasprintf("%s.%s.", canary->name, canary->namespace);
	canary->service = make_object("v1", "Service", canary, observer,
		"\"spec\":{\"ports\":[{\"name\":\"tcp\",\"port\":9}]}");
	canary->slice = make_object("discovery.k8s.io/v1", "EndpointSlice", canary, observer,
		"\"addressType\":\"IPv4\",\"ports\":[{\"name\":\"tcp\",\"port\":9,"
		"\"protocol\":\"TCP\"}],\"endpoints\":[{\"addresses\":[\"192.0.2.1\"],"
		"\"conditions\":{\"ready\":true}}]");
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

/* Looks until it is there or patience ends. No istiod to ask is the same as not there. */
static bool look_for(struct canary *canary, const char *path, cJSON *evidence, const char *key,
	struct wk_err *err)
{
	bool arrived = false;
	cJSON *found = NULL;

	for (;;) {
		cJSON *page = NULL;

		canary->looks++;
		if (!wk_mesh_istiod_get(canary->client, WK_SYSTEM_NAMESPACE, path, canary->deadline,
			    &page, err) &&
			err->kind != WK_ERR_MISSING)
			return false;
		arrived = page_names(page, canary->host_begin);
		cJSON_Delete(page);
		if (arrived || wk_now() + SPACE >= canary->until)
			break;
		wk_pause(SPACE);
	}
	found = cJSON_AddObjectToObject(evidence, key);
	(void)cJSON_AddBoolToObject(found, "arrived", arrived);
	if (arrived)
		(void)cJSON_AddNumberToObject(
			found, "seconds", wk_seconds(wk_now() - canary->made));
	return true;
}

static bool fly(struct canary *canary, cJSON *evidence, struct wk_err *err)
{
	if (!wk_kube_apply(canary->server, canary->service, canary->deadline, err) ||
		!wk_kube_apply(canary->server, canary->slice, canary->deadline, err))
		return false;
	canary->made = wk_now();
	return look_for(canary, "/debug/registryz", evidence, "service", err) &&
	       look_for(canary, "/debug/endpointShardz", evidence, "endpoint", err);
}

static bool land(struct canary *canary)
{
	wk_nsec deadline = wk_now() + CLEAN_UP;
	struct wk_err why;
	bool slice = wk_kube_delete(canary->server, canary->slice, 0, deadline, &why);

	return wk_kube_delete(canary->server, canary->service, 0, deadline, &why) && slice;
}

/* Those of the same pair of clusters that a killed probe left; their slices go with the list. */
static void sweep(const struct canary *canary, const char *observer, const char *collection)
{
	WK_AUTOFREE char *path = wk_xasprintf(
		"%s?labelSelector=wookie-conform%%2Fcanary%%3D%s", collection, observer);
	WK_AUTO(wk_kube_reply_finish) struct wk_kube_reply reply = {0};
	struct wk_err why;

	/* Not being able to sweep is no reason not to look. */
	if (!wk_kube_call(canary->server, "DELETE", path, NULL, NULL, canary->until, &reply, &why))
		return;
}

static void sweep_all(const struct canary *canary, const char *observer)
{
	WK_AUTOFREE char *services =
		wk_xasprintf("/api/v1/namespaces/%s/services", canary->namespace);
	WK_AUTOFREE char *slices = wk_xasprintf(
		"/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices", canary->namespace);

	sweep(canary, observer, services);
	sweep(canary, observer, slices);
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
	canary.deadline = env->deadline - CLEAN_UP;
	canary.until = until < canary.deadline ? until : canary.deadline;
	sweep_all(&canary, wk_arg_text(args, "client"));
	evidence = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(evidence, "name", canary.name);
	flown = fly(&canary, evidence, err);
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
