#include "wookie/pki/tls.h"

#include "loopback.h"

#include "wookie/base/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>

static struct wk_cert root;
static struct wk_cert middle;
static struct wk_cert leaf;
static struct wk_cert other;

static void make_certificates(void)
{
	static const char *const dns[] = {"localhost", NULL};
	const struct wk_cert_request request = {
		.common_name = "gateway", .dns = dns, .server = true, .days = 1};
	struct wk_err err;

	cr_assert(wk_ca_root("/O=Istio/CN=Root CA", 1, &root, &err));
	cr_assert(wk_ca_root("/O=Istio/CN=Root CA", 1, &other, &err));
	cr_assert(wk_ca_intermediate(&root, "/CN=Intermediate/L=a", 1, &middle, &err));
	cr_assert(wk_ca_issue(&middle, &request, &leaf, &err));
}

static void drop_certificates(void)
{
	wk_cert_finish(&root);
	wk_cert_finish(&other);
	wk_cert_finish(&middle);
	wk_cert_finish(&leaf);
}

TestSuite(tls, .init = make_certificates, .fini = drop_certificates);

static struct wk_tls_seen look(const struct loopback_setup *setup, struct wk_tls_ask ask)
{
	struct wk_tls_seen seen = {0};
	struct wk_err err = {0};
	struct loopback server;

	loopback_start(&server, setup);
	ask.fd = loopback_connect(&server);
	if (!ask.deadline)
		ask.deadline = wk_now() + 10 * WK_SEC;
	cr_assert(wk_tls_look(&ask, &seen, &err), "%s", err.msg);
	cr_assert_eq(fcntl(ask.fd, F_GETFL) & O_NONBLOCK, 0, "the socket is as it was");
	wk_close(ask.fd);
	loopback_stop(&server);
	return seen;
}

Test(tls, a_server_that_demands_a_certificate_shows_its_chain_all_the_same)
{
	static const struct {
		const char *name;
		int max_version;
		const char *version;
		bool handshake;
		const char *refusal;
	} rows[] = {
		{"1.3 succeeds here and is refused after", 0, "TLSv1.3", true,
			"tlsv13 alert certificate required"},
		{"1.2 fails", TLS1_2_VERSION, "TLSv1.2", false, "sslv3 alert handshake failure"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct loopback_setup setup = {.cert = &leaf,
			.chain_pem = middle.cert_pem,
			.client_root_pem = root.cert_pem,
			.max_version = rows[i].max_version};
		const struct wk_tls_seen seen =
			look(&setup, (struct wk_tls_ask){.root_pem = root.cert_pem});
		char fingerprint[65];
		struct wk_err err;

		cr_assert(wk_pem_fingerprint(leaf.cert_pem, fingerprint, &err));
		cr_assert_eq(seen.handshake, rows[i].handshake, "%s", rows[i].name);
		cr_assert_str_eq(seen.version, rows[i].version, "%s", rows[i].name);
		cr_assert_str_eq(seen.refusal, rows[i].refusal, "%s", rows[i].name);
		cr_assert_eq(seen.n_chain, 2, "%s: %zu", rows[i].name, seen.n_chain);
		cr_assert_str_eq(seen.chain[0].fingerprint, fingerprint, "%s", rows[i].name);
		cr_assert_str_eq(seen.chain[0].subject, "CN=gateway");
		cr_assert_str_eq(seen.chain[0].issuer, "CN=Intermediate, L=a");
		cr_assert_str_eq(seen.chain[1].issuer, "O=Istio, CN=Root CA");
		cr_assert_not(seen.chain[0].expired);
		cr_assert_eq(strlen(seen.chain[0].not_after), 20);
		cr_assert_eq(strlen(seen.chain[0].serial), 32);
		cr_assert(seen.verified, "%s: %s", rows[i].name, seen.verify_error);
	}
}

Test(tls, another_root_of_the_same_name_does_not_verify)
{
	const struct loopback_setup setup = {
		.cert = &leaf, .chain_pem = middle.cert_pem, .client_root_pem = root.cert_pem};
	const struct wk_tls_seen seen =
		look(&setup, (struct wk_tls_ask){.root_pem = other.cert_pem});

	cr_assert_not(seen.verified);
	cr_assert_str_neq(seen.verify_error, "");
}

Test(tls, a_root_that_is_none_is_said)
{
	const struct loopback_setup setup = {.cert = &leaf, .client_root_pem = root.cert_pem};
	const struct wk_tls_seen seen = look(&setup, (struct wk_tls_ask){.root_pem = "nonsense"});

	cr_assert_not(seen.verified);
	cr_assert(strstr(seen.verify_error, "expected a certificate"), "%s", seen.verify_error);
}

Test(tls, a_server_that_accepts_everyone_refuses_nothing)
{
	const struct loopback_setup setup = {.cert = &leaf, .alpn = "istio"};
	const struct wk_tls_seen seen =
		look(&setup, (struct wk_tls_ask){.alpn = "h2,istio", .sni = "localhost"});

	cr_assert(seen.handshake);
	cr_assert_str_eq(seen.refusal, "");
	cr_assert_str_eq(seen.alpn, "istio");
}

Test(tls, protocols_that_the_server_does_not_speak_are_refused_without_a_certificate)
{
	const struct loopback_setup setup = {.cert = &leaf, .alpn = "istio"};
	const struct wk_tls_seen seen = look(&setup, (struct wk_tls_ask){.alpn = "h2"});

	cr_assert_not(seen.handshake);
	cr_assert_eq(seen.n_chain, 0);
	cr_assert_str_neq(seen.refusal, "");
}

Test(tls, a_peer_that_hangs_up_is_an_answer)
{
	struct wk_tls_seen seen = {0};
	struct wk_err err = {0};
	struct loopback server = {0};
	int listener = loopback_listen(&server.port);
	const struct wk_tls_ask ask = {
		.fd = loopback_connect(&server), .deadline = wk_now() + 5 * WK_SEC};

	wk_close(listener); /* resets what waits in its queue */
	cr_assert(wk_tls_look(&ask, &seen, &err), "%s", err.msg);
	cr_assert_not(seen.handshake);
	cr_assert_eq(seen.n_chain, 0);
	cr_assert_str_neq(seen.refusal, "");
	wk_close(ask.fd);
}

Test(tls, a_peer_that_says_nothing_costs_no_more_than_the_deadline)
{
	struct wk_tls_seen seen = {.n_chain = 7};
	struct wk_err err = {0};
	struct loopback server = {0};
	int listener = loopback_listen(&server.port);
	const struct wk_tls_ask ask = {
		.fd = loopback_connect(&server), .deadline = wk_now() + 100 * WK_MSEC};
	wk_nsec began = wk_now();

	cr_assert_not(wk_tls_look(&ask, &seen, &err));
	cr_assert_eq(err.kind, WK_ERR_TIMEOUT);
	cr_assert_lt(wk_now() - began, 10 * WK_SEC);
	cr_assert_eq(seen.n_chain, 7, "a failure left the output alone");
	wk_close(ask.fd);
	wk_close(listener);
}

Test(tls, protocols_that_cannot_be_offered_are_said)
{
	static const char *const rows[] = {"", "a,,b", ",a"};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_tls_seen seen;
		struct wk_err err = {0};
		const struct wk_tls_ask ask = {.fd = -1, .alpn = rows[i], .deadline = wk_now()};

		cr_assert_not(wk_tls_look(&ask, &seen, &err), "row '%s'", rows[i]);
		cr_assert(strstr(err.msg, "expected ALPN protocols"), "row '%s': %s", rows[i],
			err.msg);
	}
}
