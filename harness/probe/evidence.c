/*
 * What each kind of probe may find
 *
 * For those who write checks: every path that evidence can have. All of them in one place, because they are
 * read together, and because tests hold them to what the readers really return.
 */
#include "wookie/base/mem.h"
#include "wookie/probe/probe.h"

#include <string.h>

static const struct wk_evidence_about canary[] = {
	{"name", "of the Service that was made"},
	{"looks", "how often somebody was asked"},
	{"service.arrived", "whether every istiod of the client has the Service"},
	{"service.seconds", "how long it took; not there where it did not arrive"},
	{"service.missed[]", "istiods that do not have it though another does"},
	{"endpoint.arrived", "whether they have the endpoint"},
	{"endpoint.seconds", "how long it took; not there where it did not arrive"},
	{"endpoint.missed[]", "istiods that do not have it though another does"},
	{"envoy.arrived", "with `from`: whether the pod's Envoy has the endpoint"},
	{"envoy.seconds", "how long it took; not there where it did not arrive"},
	{"envoy.missed[]", "nobody: one is asked"},
	{"proxy", "what an istiod says of the pod, as `proxies` does; null: none serves it"},
	{"proxy.*", "the rest as it says it"},
	{0},
};

static const struct wk_evidence_about certificates[] = {
	{"found", "whether the object, or the kind, is there"},
	{"objects[].name", "of an object that was looked into"},
	{"objects[].type", "of a Secret"},
	{"objects[].certificates[].where", "the way to it within the object"},
	{"objects[].certificates[].subject", "whose it is"},
	{"objects[].certificates[].issuer", "who signed it"},
	{"objects[].certificates[].notBefore", "valid from"},
	{"objects[].certificates[].notAfter", "valid until"},
	{0},
};

static const struct wk_evidence_about config[] = {
	{"objects[].kind", "of Istio's, as the API server holds them"},
	{"objects[].namespace", "where it is"},
	{"objects[].name", "its name"},
	{"objects[].revision", "its label istio.io/rev; null: it has none"},
	{"objects[].deployed", "whether the topology brought it"},
	{"objects[].missing[]", "istiods that do not know it"},
	{"revisions[]", "of the istiods that run"},
	{"istiods[]", "names of those that were asked"},
	{0},
};

static const struct wk_evidence_about dns[] = {
	{"answers[].asked", "the name as it was given"},
	{"answers[].question", "the name that was asked, after the search list"},
	{"answers[].type", "record type"},
	{"answers[].status", "NOERROR, NXDOMAIN ...; TIMEOUT where nobody answered"},
	{"answers[].error", "what dig says where nobody answered"},
	{"answers[].aa", "whether the answer is authoritative: that of the sidecar's agent is"},
	{"answers[].ttl", "the smallest, in seconds; null without records"},
	{"answers[].data[]", "records of the asked type, sorted"},
	{"answers[].names[]", "owners of the records"},
	{"answers[].server", "who answered"},
	{"answers[].ms", "how long it took"},
	{"table", "with `table`: names that the sidecar's agent answers; null without a sidecar"},
	{"table.size", "how many there are"},
	{"table.entries.{}.ips[]", "addresses, by the asked name"},
	{"table.entries.{}.registry", "where the agent has it from"},
	{"table.entries.{}.*", "the rest as the agent says it"},
	{"tableProblem", "why there is no table"},
	{0},
};

static const struct wk_evidence_about envoy[] = {
	{"certs.chain[].serial", "`get: certs`: certificates that the proxy shows"},
	{"certs.chain[].notBefore", "valid from"},
	{"certs.chain[].notAfter", "valid until"},
	{"certs.chain[].uris[]", "whose it is: SPIFFE ids"},
	{"certs.roots[].serial", "certificates that it trusts"},
	{"certs.roots[].notBefore", "valid from"},
	{"certs.roots[].notAfter", "valid until"},
	{"certs.roots[].uris[]", "whose it is"},
	{"clusters[].name", "`get: clusters`: upstream clusters"},
	{"clusters[].hosts[].address", "address:port"},
	{"clusters[].hosts[].weight", "share of the traffic"},
	{"clusters[].hosts[].health", "as EDS says it; null: not said"},
	{"clusters[].hosts[].ejected", "whether outlier detection has taken it out"},
	{"clusters[].hosts[].{}", "each counter of Envoy under its name, since the proxy started"},
	{"extensions[].name",
		"`get: extensions`: filters that are fetched apart, such as Wasm modules"},
	{"extensions[].type", "of the filter"},
	{"extensions[].denies", "whether it stands for a module that could not be fetched"},
	{"listeners[].name", "`get: listeners`: what it listens on"},
	{"listeners[].address", "address:port"},
	{"listeners[].rejected", "why the newest configuration was refused; null: it was not"},
	{"listeners[].chains[].name", "filter chains"},
	{"listeners[].chains[].sni[]", "server names that it is for; null: any"},
	{"listeners[].chains[].alpn[]", "protocols that it is for; null: any"},
	{"listeners[].chains[].transport", "tls, or raw_buffer for what is plain; null: any"},
	{"listeners[].chains[].port", "of the connection, before it was captured; null: any"},
	{"names.{}.ips[]", "`get: names`: the agent's table of names, by name"},
	{"names.{}.*", "the rest as the agent says it"},
	{"node.id", "`get: node`: who the proxy says it is"},
	{"node.state", "LIVE when it serves"},
	{"node.version", "of Envoy"},
	{"node.metadata.{}",
		"CLUSTER_ID, NETWORK, MESH_ID, NAMESPACE, SERVICE_ACCOUNT, ISTIO_VERSION, "
		"DNS_CAPTURE, REQUESTED_NETWORK_VIEW"},
	{"policies[].name", "`get: policies`: upstream clusters"},
	{"policies[].policy", "how a host is chosen"},
	{"policies[].sni", "server name that is sent; null: none"},
	{"roots[].name", "`get: roots`: the bundle, under Envoy's name for it"},
	{"roots[].fingerprint", "SHA-256 of each authority in it"},
	{"around", "with `around`: what that probe found"},
	{"around.*", "see there"},
	{0},
};

static const struct wk_evidence_about exec[] = {
	{"exit", "code of the command"},
	{"stdout", "what it printed, at most 8 KiB"},
	{"stderr", "what it complained about, at most 8 KiB"},
	{0},
};

static const struct wk_evidence_about http[] = {
	{"sent", "how many requests were made"},
	{"ok", "how many gave 200"},
	{"codes.{}", "how many gave this status; 0: none came"},
	{"exits.{}", "how many ended with this code of curl"},
	{"errors.{}", "how many ended with these words of curl"},
	{"instances.{}", "how many this pod answered"},
	{"versions.{}", "how many this version answered"},
	{"bodies.{}", "how many had this body, at most 20 of them"},
	{"response", "body of the first 200"},
	{"connects", "connections that were made"},
	{"ms.min", "the shortest"},
	{"ms.median", "the median"},
	{"ms.max", "the longest"},
	{"answers[].code", "status; the first ten requests, and ten more that failed"},
	{"answers[].exit", "code of curl"},
	{"answers[].error", "words of curl"},
	{"answers[].address", "whom it connected to"},
	{"answers[].port", "and where"},
	{"answers[].connects", "connections that were made for it"},
	{"answers[].ms", "how long it took"},
	{"answers[].body", "what came; of requests side by side it may be another's"},
	{"answers[].instance", "the pod that answered, where the body says so"},
	{"answers[].version", "its version"},
	{"answers[].json", "the body, where it is JSON"},
	{"answers[].json.*", "and what is in it"},
	{0},
};

static const struct wk_evidence_about istiod[] = {
	{"answered", "false: there is no istiod to ask"},
	{"reply", "the page as istiod has it, or what it says of `service`; null: not answered"},
	{"reply.*", "and what is in it"},
	{0},
};

static const struct wk_evidence_about kube[] = {
	{"found", "with `name`: whether there is such an object"},
	{"object", "it, without managedFields; values of a Secret are hidden; null: not found"},
	{"object.*", "and what is in it"},
	{"items[]", "without `name`: the objects"},
	{"items[].*", "and what is in them"},
	{0},
};

static const struct wk_evidence_about proxies[] = {
	{"pods[].proxy", "POD.NAMESPACE of every pod that carries a proxy"},
	{"pods[].ready", "whether the pod is"},
	{"served[].proxy", "POD.NAMESPACE of a proxy that an istiod serves"},
	{"served[].istiod", "which one"},
	{"served[].resources.{}.sent", "by kind, such as Cluster: what was sent last"},
	{"served[].resources.{}.acked", "what the proxy took last"},
	{"served[].resources.{}.*", "the rest as istiod says it (SyncStatus)"},
	{"served[].*", "the rest as istiod says it"},
	{"istiods[]", "names of those that were asked"},
	{0},
};

static const struct wk_evidence_about secret[] = {
	{"found", "whether there is a remote secret for the server; nothing else is there if not"},
	{"name", "of the secret"},
	{"labelled", "whether istiod looks at it"},
	{"keys[]", "names of the clusters in it"},
	{"readable", "whether the kubeconfig in it can be read"},
	{"problem", "why not"},
	{"address", "the API server that it leads to"},
	{"ca", "SHA-256 of the authority in it"},
	{"serverCa", "SHA-256 of the authority that the server's cluster publishes"},
	{"tokenEnds", "when the token ends, in seconds since 1970; null: it does not say"},
	{"authorities[].where", "the key in which an authority stands"},
	{"authorities[].subject", "whose it is"},
	{"authorities[].issuer", "who signed it"},
	{"authorities[].notBefore", "valid from"},
	{"authorities[].notAfter", "valid until"},
	{"connected", "whether somebody takes connections there; null: it is a name, not dialled"},
	{"refused", "why not"},
	{"silent", "whether it took the connection and answered nothing"},
	{"verified", "whether the authority in it proves who answers"},
	{"error", "why there was no answer; null: there was"},
	{"status", "HTTP status of the answer: 401 for a token that is refused"},
	{"user", "who the token is"},
	{"uid", "which cluster answers: that of its namespace kube-system"},
	{"may[]", "what istiod needs and the token may: list pods"},
	{"mayNot[]", "what istiod needs and the token may not"},
	{0},
};

static const struct wk_evidence_about tcp[] = {
	{"exchanges[].host", "the server that was called"},
	{"exchanges[].greeting", "the server's first line; null: it said nothing"},
	{"exchanges[].greeting.instance", "the pod that greets"},
	{"exchanges[].greeting.token", "its own token"},
	{"exchanges[].greeting.at", "when, in seconds of the client's node"},
	{"exchanges[].sentAt", "when the client spoke; null: it did not"},
	{"exchanges[].sent", "the client's token for this connection"},
	{"exchanges[].echo", "the server's answer; null: none came"},
	{"exchanges[].echo.instance", "the pod that answers"},
	{"exchanges[].echo.token", "its own token"},
	{"exchanges[].echo.line", "what it got from the client"},
	{"exchanges[].echo.at", "when"},
	{"idle", "seconds of silence before it"},
	{"exit", "code of the client"},
	{"stderr", "what the client complained about"},
	{0},
};

#define CERT(of)                                                                             \
	{of "[].fingerprint", "SHA-256"}, {of "[].uri", "whose it is: SPIFFE id"},           \
		{of "[].subject", "whose it says to be"}, {of "[].issuer", "who signed it"}, \
		{of "[].serial", "serial number"}, {of "[].notBefore", "valid from"},        \
		{of "[].notAfter", "valid until"},                                           \
	{                                                                                    \
		of "[].expired", "whether that is over"                                      \
	}

static const struct wk_evidence_about tls[] = {
	{"tried", "connections that were tried"},
	{"connected", "how many were taken"},
	{"refused.{}", "how many were not, by reason"},
	{"shown", "how many showed a certificate"},
	{"refusals.{}", "how many handshakes were refused, by reason"},
	{"verified", "how many chains `root` proves"},
	{"unverified.{}", "how many it does not, by reason"},
	{"leaves[].seen", "distinct certificates of servers, and how often each was seen"},
	CERT("leaves"),
	CERT("chain"),
	{"resent", "connections on which the kernel had to send again"},
	{"rttMs", "the longest round trip"},
	{"seconds", "how long all took"},
	{0},
};

static const struct {
	const char *kind;
	const struct wk_evidence_about *evidence;
} rows[] = {
	{"canary", canary},
	{"certificates", certificates},
	{"config", config},
	{"dns", dns},
	{"envoy", envoy},
	{"exec", exec},
	{"http", http},
	{"istiod", istiod},
	{"kube", kube},
	{"proxies", proxies},
	{"secret", secret},
	{"tcp", tcp},
	{"tls", tls},
};

const struct wk_evidence_about *wk_probe_evidence(const char *kind)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++)
		if (strcmp(rows[i].kind, kind) == 0)
			return rows[i].evidence;
	return NULL;
}
