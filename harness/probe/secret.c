/*
 * secret: a remote secret, taken apart and tried
 *
 * istiod's own view of a remote cluster is sticky: once synced it stays "synced" whatever becomes
 * of the address, the certificate authority, the token or the role behind it (istio
 * pkg/kube/multicluster/cluster.go). So the credential is used here as istiod would use it after
 * its next reconnect: dialled, verified, authenticated, and asked what it may do. The token stays
 * in memory; evidence holds only what came of it.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/mesh/names.h"
#include "wookie/mesh/object.h"
#include "wookie/mesh/remote_secret.h"
#include "wookie/pki/ca.h"
#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/dial.h"
#include "wookie/probe/ends.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/pod.h"
#include "wookie/probe/redact.h"

#define PATIENCE (2 * WK_SEC)
#define SECRETS "/api/v1/namespaces/" WK_SYSTEM_NAMESPACE "/secrets"

const struct wk_arg_spec wk_probe_secret_args[] = {
	{"client", WK_ARG_STRING, true, "name of the cluster that holds the secret"},
	{"server", WK_ARG_STRING, true, "name of the cluster that it leads to"},
	{"use", WK_ARG_BOOL, false, "try its address and token, from the client's node"},
	{0},
};

/* What istiod lists and watches in a remote cluster (istio pkg/kube/multicluster,
 * pilot/pkg/serviceregistry/kube/controller). */
static const struct {
	const char *group;
	const char *resource;
} needed[] = {
	{"", "namespaces"},
	{"", "nodes"},
	{"", "pods"},
	{"", "secrets"},
	{"", "services"},
	{"apiextensions.k8s.io", "customresourcedefinitions"},
	{"discovery.k8s.io", "endpointslices"},
	{"networking.istio.io", "workloadentries"},
};

/* By the name that istioctl gives, else any labelled one whose data key is the server's name. */
static bool find_secret(
	struct wk_kube *kube, const char *server, wk_nsec deadline, cJSON **ret, struct wk_err *err)
{
	WK_AUTOFREE char *path = wk_xasprintf(SECRETS "/" WK_REMOTE_SECRET "%s", server);
	cJSON *list = NULL;
	cJSON *item = NULL;

	*ret = NULL;
	if (!wk_kube_find(kube, path, deadline, ret, err))
		return false;
	if (*ret)
		return true;
	if (!wk_kube_get(kube, SECRETS "?labelSelector=istio%2FmultiCluster%3Dtrue", deadline,
		    &list, err))
		return false;
	cJSON_ArrayForEach(item, wk_object_at(list, "items"))
	{
		if (cJSON_HasObjectItem(wk_object_at(item, "data"), server))
			break;
	}
	*ret = item ? cJSON_Duplicate(item, true) : NULL;
	cJSON_Delete(list);
	return true;
}

static void add_text(cJSON *to, const char *key, const char *text)
{
	if (text)
		(void)cJSON_AddStringToObject(to, key, text);
	else
		(void)cJSON_AddNullToObject(to, key);
}

static void add_fingerprint(cJSON *to, const char *key, const char *pem)
{
	char hex[65];
	struct wk_err err;

	add_text(to, key, pem && wk_pem_fingerprint(pem, hex, &err) ? hex : NULL);
}

/* Until when token and authorities last; a token that does not say so lasts until it is revoked. */
static void add_ends(const struct wk_kubeconfig *config, cJSON *evidence)
{
	cJSON *list = cJSON_AddArrayToObject(evidence, "authorities");
	double ends = wk_ends_token(config->token);

	if (ends >= 0)
		(void)cJSON_AddNumberToObject(evidence, "tokenEnds", ends);
	else
		(void)cJSON_AddNullToObject(evidence, "tokenEnds");
	if (config->ca_pem)
		wk_ends_add(list, "certificate-authority-data", config->ca_pem);
}

/* The authority that the server's own cluster publishes to its pods. */
static void add_server_ca(const struct wk_probe_env *env, struct wk_kube *server, cJSON *evidence)
{
	cJSON *map = NULL;
	struct wk_err err;

	if (!wk_kube_find(server, "/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt",
		    env->deadline, &map, &err))
		map = NULL;
	add_fingerprint(evidence, "serverCa", wk_arg_text(wk_object_at(map, "data"), "ca.crt"));
	cJSON_Delete(map);
}

/* How the credential is tried: from the client's node, whose way to the server its istiod shares. */
struct trial {
	const struct wk_kubeconfig *config;
	int netns;
	wk_nsec deadline;
};

/* "https://172.24.0.2:6443" taken apart; false for a host that is a name. */
static bool ip_and_port(const char *server, char ip[16], uint64_t *port)
{
	char digits[8];
	struct wk_err err;

	return sscanf(server, "https://%15[0-9.]:%7[0-9]", ip, digits) == 2 &&
	       wk_num_parse(digits, 1, UINT16_MAX, port, &err);
}

/* False when nobody answers; a host that is a name is not dialled. */
static bool add_dial(const struct trial *trial, cJSON *evidence)
{
	char ip[16];
	uint64_t port = 0;
	int why = 0;
	wk_nsec patience = wk_now() + PATIENCE;

	if (!trial->config->server || !ip_and_port(trial->config->server, ip, &port)) {
		(void)cJSON_AddNullToObject(evidence, "connected");
		return true;
	}
	int WK_AUTO(wk_close) fd =
		wk_dial(trial->netns, ip, (long)port, wk_earlier(patience, trial->deadline), &why);

	(void)cJSON_AddBoolToObject(evidence, "connected", fd >= 0);
	if (fd < 0)
		(void)cJSON_AddStringToObject(evidence, "refused", wk_dial_why(why));
	return fd >= 0;
}

/* Asks with the secret's credential. False when there was no answer; *error says why. */
static bool ask(struct wk_kube *kube, const char *method, const char *path, const char *body,
	struct wk_kube_reply *ret, struct wk_err *why)
{
	return wk_kube_call(kube, method, path, body ? "application/json" : NULL, body,
		wk_now() + PATIENCE, ret, why);
}

static bool may(struct wk_kube *kube, const char *group, const char *resource, const char *verb)
{
	WK_AUTO(wk_kube_reply_finish) struct wk_kube_reply reply = {0};
	struct wk_err why;
	WK_AUTOFREE char *body = wk_xasprintf(
		"{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\","
		"\"spec\":{\"resourceAttributes\":{\"group\":\"%s\",\"resource\":\"%s\","
		"\"verb\":\"%s\"}}}",
		group, resource, verb);

	return ask(kube, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body,
		       &reply, &why) &&
	       cJSON_IsTrue(wk_object_at(reply.json, "status.allowed"));
}

static void add_rights(struct wk_kube *kube, cJSON *evidence)
{
	static const char *const verbs[] = {"list", "watch"};
	cJSON *allowed = cJSON_AddArrayToObject(evidence, "may");
	cJSON *denied = cJSON_AddArrayToObject(evidence, "mayNot");

	for (size_t i = 0; i < WK_COUNT(needed); i++)
		for (size_t j = 0; j < WK_COUNT(verbs); j++) {
			const char *group = needed[i].group;
			WK_AUTOFREE char *text = wk_xasprintf("%s %s%s%s", verbs[j],
				needed[i].resource, *group ? "." : "", group);
			bool is = may(kube, group, needed[i].resource, verbs[j]);

			(void)cJSON_AddItemToArray(is ? allowed : denied, cJSON_CreateString(text));
		}
}

/* Which cluster answers: the uid of a namespace that every cluster has and that is never remade. */
static void add_identity(struct wk_kube *kube, cJSON *evidence)
{
	WK_AUTO(wk_kube_reply_finish) struct wk_kube_reply reply = {0};
	struct wk_err why;

	if (ask(kube, "GET", "/api/v1/namespaces/kube-system", NULL, &reply, &why))
		add_text(evidence, "uid", wk_object_text(reply.json, "metadata.uid"));
}

static void add_trial(const struct trial *trial, cJSON *evidence)
{
	WK_AUTO(wk_kube_free) struct wk_kube *kube = wk_kube_new(trial->config, trial->netns);
	WK_AUTO(wk_kube_reply_finish) struct wk_kube_reply reply = {0};
	struct wk_err why;
	bool answered = ask(kube, "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
		"{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"SelfSubjectReview\"}",
		&reply, &why);

	(void)cJSON_AddBoolToObject(evidence, "silent", !answered && why.kind == WK_ERR_TIMEOUT);
	(void)cJSON_AddBoolToObject(evidence, "verified", answered && !trial->config->insecure);
	add_text(evidence, "error", answered ? NULL : why.msg);
	if (!answered)
		return;
	(void)cJSON_AddNumberToObject(evidence, "status", (double)reply.status);
	add_text(evidence, "user", wk_object_text(reply.json, "status.userInfo.username"));
	if (reply.answer != WK_KUBE_OK)
		return;
	add_identity(kube, evidence);
	add_rights(kube, evidence);
}

/* Takes the secret over; NULL: there is none. Without a trial it is only read. */
static bool take_apart(struct trial *trial, cJSON *secret, cJSON *evidence, struct wk_err *err)
{
	struct wk_remote_secret parts = {0};
	const cJSON *value = NULL;
	cJSON *keys = NULL;

	(void)cJSON_AddBoolToObject(evidence, "found", secret != NULL);
	if (!secret)
		return true;
	if (!wk_remote_secret_parse(secret, &parts, err)) {
		cJSON_Delete(secret);
		return false;
	}
	add_text(evidence, "name", parts.name);
	(void)cJSON_AddBoolToObject(evidence, "labelled", parts.labelled);
	keys = cJSON_AddArrayToObject(evidence, "keys");
	cJSON_ArrayForEach(value, wk_object_at(secret, "data"))
	{
		(void)cJSON_AddItemToArray(keys, cJSON_CreateString(value->string));
	}
	cJSON_Delete(secret);
	(void)cJSON_AddBoolToObject(evidence, "readable", parts.readable);
	add_text(evidence, "problem", parts.problem);
	add_text(evidence, "address", parts.config.server);
	add_fingerprint(evidence, "ca", parts.config.ca_pem);
	add_ends(&parts.config, evidence);
	if (trial) {
		trial->config = &parts.config;
		if (add_dial(trial, evidence) && parts.readable)
			add_trial(trial, evidence);
		trial->config = NULL;
	}
	wk_remote_secret_finish(&parts);
	return true;
}

/* Takes the secret over. */
static bool take_apart_at_client(const struct wk_probe_env *env, const struct cJSON *args,
	cJSON *secret, cJSON *evidence, struct wk_err *err)
{
	int client = wk_access_find(env->access, wk_arg_text(args, "client"));
	bool use = wk_arg_true(args, "use");
	int WK_AUTO(wk_close) node = use ? wk_access_node(env->access, (size_t)client, err) : -1;
	struct trial trial = {.netns = node, .deadline = env->deadline};

	if (!use || node >= 0)
		return take_apart(use ? &trial : NULL, secret, evidence, err);
	cJSON_Delete(secret);
	return false;
}

bool wk_probe_secret(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	struct wk_kube *client = NULL;
	struct wk_kube *server = NULL;
	cJSON *secret = NULL;
	cJSON *evidence = NULL;

	if (wk_args_absent(args, wk_probe_secret_args, ret_evidence))
		return true;
	client = wk_probe_cluster(env, args, "client", err);
	server = client ? wk_probe_cluster(env, args, "server", err) : NULL;
	if (!server ||
		!find_secret(client, wk_arg_text(args, "server"), env->deadline, &secret, err))
		return false;
	evidence = cJSON_CreateObject();
	if (!take_apart_at_client(env, args, secret, evidence, err)) {
		cJSON_Delete(evidence);
		return false;
	}
	add_server_ca(env, server, evidence);
	wk_redact(evidence);
	*ret_evidence = evidence;
	return true;
}

char *wk_probe_secret_by_hand(const struct cJSON *args)
{
	return wk_by_hand_kubectl(args, "client",
		(const char *const[]){"-n", WK_SYSTEM_NAMESPACE, "get", "secret", "-l",
			"istio/multiCluster=true", "-o", "wide", NULL});
}
