/*
 * tls: who answers behind a TLS port
 *
 * A handshake without a client certificate shows the chain of whoever terminates TLS. Behind an
 * east-west gateway that is the pod itself, chosen by the server name, one pod for each connection:
 * so distinct leaves are distinct replicas, and no certificate means that no such route exists.
 * Refusals of every sort are counted, never an error.
 */
#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "wookie/base/file.h"
#include "wookie/pki/tls.h"
#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/dial.h"
#include "wookie/probe/each.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/text.h"

/* Of one connection; a peer that drops takes this long, whatever is left of the check's time. */
#define PATIENCE (2 * WK_SEC)
#define MOST_LET_IN 5

const struct wk_arg_spec wk_probe_tls_args[] = {
	{"address", WK_ARG_ANY, false,
		"IPv4 address, or a list of which each is dialled; null counts as nobody there"},
	{"port", WK_ARG_COUNT, true, "TCP port"},
	{"from", WK_ARG_STRING, false,
		"name of the cluster whose node dials, as its pods' packets leave; the wire unless "
		"given"},
	{"sni", WK_ARG_STRING, false, "server name to ask for"},
	{"alpn", WK_ARG_STRING, false, "protocols to offer, with commas"},
	{"root", WK_ARG_STRING, false, "PEM of the root that the chain must lead to"},
	{"count", WK_ARG_COUNT, false, "how many connections; 1 unless given"},
	{"want", WK_ARG_COUNT, false, "stop as soon as so many different leaves were seen"},
	{0},
};

struct tally {
	cJSON *leaves;   /* [{"fingerprint", ..., "seen"}] */
	cJSON *refusals; /* {text: n}: how TLS ended */
	cJSON *refused;  /* {text: n}: TCP connections that were not taken */
	cJSON *unverified;
	cJSON *chain; /* of the first connection that showed one */
	int connected;
	int shown;
	int verified;
	int let_in; /* neither refused nor ended by the peer, which takes a while to find out */
	int resent; /* connections of which the kernel sent something twice */
	uint32_t rtt_us; /* of the slowest, as the kernel measured it */
};

static cJSON *cert_json(const struct wk_tls_cert *cert)
{
	cJSON *json = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(json, "fingerprint", cert->fingerprint);
	(void)cJSON_AddStringToObject(json, "uri", cert->uri);
	(void)cJSON_AddStringToObject(json, "subject", cert->subject);
	(void)cJSON_AddStringToObject(json, "issuer", cert->issuer);
	(void)cJSON_AddStringToObject(json, "serial", cert->serial);
	(void)cJSON_AddStringToObject(json, "notBefore", cert->not_before);
	(void)cJSON_AddStringToObject(json, "notAfter", cert->not_after);
	(void)cJSON_AddBoolToObject(json, "expired", cert->expired);
	return json;
}

static void count_leaf(cJSON *leaves, const struct wk_tls_cert *cert)
{
	cJSON *leaf = NULL;

	cJSON_ArrayForEach(leaf, leaves)
	{
		const char *fingerprint = wk_arg_text(leaf, "fingerprint");

		if (fingerprint && strcmp(fingerprint, cert->fingerprint) == 0) {
			wk_json_count(leaf, "seen");
			return;
		}
	}
	leaf = cert_json(cert);
	wk_json_count(leaf, "seen");
	(void)cJSON_AddItemToArray(leaves, leaf);
}

static void count_seen(struct tally *tally, const struct wk_tls_seen *seen)
{
	if (seen->refusal[0])
		wk_json_count(tally->refusals, seen->refusal);
	else
		tally->let_in++;
	if (seen->n_chain == 0)
		return;
	tally->shown++;
	count_leaf(tally->leaves, &seen->chain[0]);
	if (cJSON_GetArraySize(tally->chain) == 0)
		for (size_t i = 0; i < seen->n_chain; i++)
			(void)cJSON_AddItemToArray(tally->chain, cert_json(&seen->chain[i]));
	if (seen->verified)
		tally->verified++;
	else if (seen->verify_error[0])
		wk_json_count(tally->unverified, seen->verify_error);
}

/* What the way was like: the kernel counts what it had to send again, and times the answers. */
static void count_way(struct tally *tally, int fd)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
		return;
	tally->resent += info.tcpi_total_retrans > 0;
	if (info.tcpi_rtt > tally->rtt_us)
		tally->rtt_us = info.tcpi_rtt;
}

/* One connection; a peer that never finishes the handshake has refused it in its own way. */
static bool look(const struct wk_probe_env *env, int netns, const struct cJSON *args,
	struct tally *tally, struct wk_err *err)
{
	wk_nsec patience = wk_now() + PATIENCE;
	wk_nsec deadline = wk_earlier(patience, env->deadline);
	struct wk_tls_seen seen = {0};
	int why = 0;
	bool ok;
	int WK_AUTO(wk_close) fd = wk_dial(
		netns, wk_arg_text(args, "address"), wk_arg_count(args, "port", 0), deadline, &why);
	const struct wk_tls_ask ask = {.fd = fd,
		.sni = wk_arg_text(args, "sni"),
		.alpn = wk_arg_text(args, "alpn"),
		.root_pem = wk_arg_text(args, "root"),
		.deadline = deadline};

	if (fd < 0) {
		wk_json_count(tally->refused, wk_dial_why(why));
		return true;
	}
	tally->connected++;
	ok = wk_tls_look(&ask, &seen, err);
	count_way(tally, fd);
	if (!ok) {
		if (err->kind != WK_ERR_TIMEOUT)
			return false;
		wk_json_count(tally->refusals, "timed out");
		return true;
	}
	count_seen(tally, &seen);
	return true;
}

/* Where to dial from; `own` is what the caller closes. A node that cannot be entered leaves the wire. */
static bool find_start(const struct wk_probe_env *env, const struct cJSON *args, int *ret_netns,
	int *ret_own, struct wk_err *err)
{
	const char *name = wk_arg_text(args, "from");
	int cluster = name ? wk_access_find(env->access, name) : -1;

	if (name && cluster < 0)
		return wk_err_set(err, WK_ERR_INPUT, "there is no cluster '%s'", name);
	if (name && env->access->node[cluster] > 0) {
		*ret_own = wk_access_node(env->access, (size_t)cluster, err);
		*ret_netns = *ret_own;
		return *ret_own >= 0;
	}
	*ret_netns = env->access->netns;
	return true;
}

/* A second peer that drops would only cost the same time again, and so would many that let in. */
static bool enough(const struct tally *tally, const struct cJSON *args)
{
	long want = wk_arg_count(args, "want", 0);

	return (want && cJSON_GetArraySize(tally->leaves) >= want) ||
	       tally->let_in >= MOST_LET_IN || cJSON_HasObjectItem(tally->refused, "timed out") ||
	       cJSON_HasObjectItem(tally->refusals, "timed out");
}

/* `count` is so large that chance hides no leaf; fewer for want of time are no evidence that one is
 * not there. */
static bool had_time(const struct wk_probe_env *env, const struct tally *tally,
	const struct cJSON *args, long tried, struct wk_err *err)
{
	long want = wk_arg_count(args, "want", 0);
	long count = wk_arg_count(args, "count", 1);
	int n = cJSON_GetArraySize(tally->leaves);

	return n == 0 || n >= want || tried >= count || wk_now() < env->deadline ||
	       wk_err_set(err, WK_ERR_TIMEOUT,
		       "%d of %ld certificates seen in %ld connections, and no time for all %ld", n,
		       want, tried, count);
}

static bool dial_one(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	long count = wk_arg_count(args, "count", 1);
	cJSON *evidence = cJSON_CreateObject();
	struct tally tally = {.leaves = cJSON_AddArrayToObject(evidence, "leaves"),
		.refusals = cJSON_AddObjectToObject(evidence, "refusals"),
		.refused = cJSON_AddObjectToObject(evidence, "refused"),
		.unverified = cJSON_AddObjectToObject(evidence, "unverified"),
		.chain = cJSON_AddArrayToObject(evidence, "chain")};
	long tried = 0;
	wk_nsec begin = wk_now();
	int WK_AUTO(wk_close) own = -1;
	int netns = -1;

	if (!find_start(env, args, &netns, &own, err)) {
		cJSON_Delete(evidence);
		return false;
	}
	while (tried < count && wk_now() < env->deadline && !enough(&tally, args)) {
		if (!look(env, netns, args, &tally, err)) {
			cJSON_Delete(evidence);
			return false;
		}
		tried++;
	}
	if (!had_time(env, &tally, args, tried, err)) {
		cJSON_Delete(evidence);
		return false;
	}
	(void)cJSON_AddNumberToObject(evidence, "tried", (double)tried);
	(void)cJSON_AddNumberToObject(evidence, "connected", tally.connected);
	(void)cJSON_AddNumberToObject(evidence, "shown", tally.shown);
	(void)cJSON_AddNumberToObject(evidence, "verified", tally.verified);
	(void)cJSON_AddNumberToObject(evidence, "resent", tally.resent);
	(void)cJSON_AddNumberToObject(evidence, "rttMs", tally.rtt_us / 1000.0);
	(void)cJSON_AddNumberToObject(evidence, "seconds", wk_seconds(wk_now() - begin));
	*ret_evidence = evidence;
	return true;
}

bool wk_probe_tls(const struct wk_probe_env *env, const struct cJSON *args,
	struct cJSON **ret_evidence, struct wk_err *err)
{
	return wk_probe_each(env, args, "address", dial_one, ret_evidence, err);
}

char *wk_probe_tls_by_hand(const struct cJSON *args)
{
	const char *argv[9] = {"openssl", "s_client", "-connect"};
	const char *address = wk_arg_text(args, "address");
	const char *sni = wk_arg_text(args, "sni");
	const char *alpn = wk_arg_text(args, "alpn");
	WK_AUTOFREE char *server = NULL;
	WK_AUTOFREE char *command = NULL;
	size_t n = 3;

	if (!address)
		return NULL;
	server = wk_xasprintf("%s:%ld", address, wk_arg_count(args, "port", 0));
	argv[n++] = server;
	if (sni) {
		argv[n++] = "-servername";
		argv[n++] = sni;
	}
	if (alpn) {
		argv[n++] = "-alpn";
		argv[n++] = alpn;
	}
	command = wk_by_hand_words(argv);
	return command ? wk_xasprintf("%s -showcerts </dev/null", command) : NULL;
}
