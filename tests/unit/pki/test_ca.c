#include "wookie/pki/ca.h"

#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

/* What a verifier that is not ours says: OpenSSL's own chain building. */
static int verify(const char *root, const char *intermediate, const char *leaf, int purpose)
{
	const char *const pems[] = {root, intermediate, leaf};
	X509 *certs[3] = {NULL};
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *untrusted = sk_X509_new_null();
	int result;

	for (int i = 0; i < 3; i++) {
		BIO *bio = pems[i] ? BIO_new_mem_buf(pems[i], -1) : NULL;

		certs[i] = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
		BIO_free(bio);
	}
	X509_STORE_add_cert(store, certs[0]);
	if (certs[1])
		sk_X509_push(untrusted, certs[1]);
	X509_STORE_CTX_init(ctx, store, certs[2], untrusted);
	X509_STORE_CTX_set_purpose(ctx, purpose);
	X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
	(void)X509_verify_cert(ctx);
	result = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(untrusted);
	for (int i = 0; i < 3; i++)
		X509_free(certs[i]);
	return result;
}

/* `openssl x509 -text` of a certificate. */
static char *as_text(const char *pem)
{
	BIO *in = BIO_new_mem_buf(pem, -1);
	BIO *out = BIO_new(BIO_s_mem());
	X509 *cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
	char *data = NULL;
	char *text = NULL;
	long len;

	X509_print_ex(out, cert, XN_FLAG_ONELINE, X509_FLAG_COMPAT);
	len = BIO_get_mem_data(out, &data);
	text = wk_xstrndup(data, (size_t)len);
	X509_free(cert);
	BIO_free(in);
	BIO_free(out);
	return text;
}

struct chain {
	struct wk_cert root;
	struct wk_cert middle;
	struct wk_cert leaf;
};

static void chain_init(struct chain *chain, const struct wk_cert_request *request)
{
	struct wk_err err;

	cr_assert(wk_ca_root("/O=Istio/CN=Root CA", 3650, &chain->root, &err), "%s", err.msg);
	cr_assert(wk_ca_intermediate(&chain->root, "/O=Istio/CN=Intermediate CA/L=cluster-a", 730,
			  &chain->middle, &err),
		"%s", err.msg);
	cr_assert(wk_ca_issue(&chain->middle, request, &chain->leaf, &err), "%s", err.msg);
}

static void chain_finish(struct chain *chain)
{
	wk_cert_finish(&chain->root);
	wk_cert_finish(&chain->middle);
	wk_cert_finish(&chain->leaf);
}

static const char *const dns[] = {"localhost", "kubernetes.default.svc", NULL};
static const char *const ips[] = {"127.0.0.1", "fd00::1", NULL};

Test(ca, a_strict_verifier_accepts_the_chain_for_its_purpose_only)
{
	const struct wk_cert_request server = {
		.common_name = "api", .dns = dns, .server = true, .days = 1};
	struct chain chain = {0};

	chain_init(&chain, &server);
	cr_assert_eq(verify(chain.root.cert_pem, chain.middle.cert_pem, chain.leaf.cert_pem,
			     X509_PURPOSE_SSL_SERVER),
		X509_V_OK);
	cr_assert_eq(verify(chain.root.cert_pem, chain.middle.cert_pem, chain.leaf.cert_pem,
			     X509_PURPOSE_SSL_CLIENT),
		X509_V_ERR_INVALID_PURPOSE);
	cr_assert_eq(
		verify(chain.root.cert_pem, NULL, chain.leaf.cert_pem, X509_PURPOSE_SSL_SERVER),
		X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
	chain_finish(&chain);
}

Test(ca, an_intermediate_cannot_make_another)
{
	const struct wk_cert_request client = {.common_name = "admin", .days = 1};
	struct chain chain = {0};
	struct wk_cert below = {0};
	struct wk_cert leaf = {0};
	struct wk_err err;

	chain_init(&chain, &client);
	cr_assert(wk_ca_intermediate(&chain.middle, "/CN=below", 1, &below, &err));
	cr_assert(wk_ca_issue(&below, &client, &leaf, &err));
	cr_assert_eq(verify(chain.middle.cert_pem, below.cert_pem, leaf.cert_pem,
			     X509_PURPOSE_SSL_CLIENT),
		X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT);
	wk_cert_finish(&below);
	wk_cert_finish(&leaf);
	chain_finish(&chain);
}

Test(ca, names_usages_and_alternatives_are_in_the_certificates)
{
	const struct wk_cert_request request = {.common_name = "system:node:a",
		.organization = "system:nodes",
		.dns = dns,
		.ips = ips,
		.server = true,
		.days = 1};
	struct chain chain = {0};

	chain_init(&chain, &request);

	const struct {
		const char *pem;
		const char *text;
	} rows[] = {
		{chain.root.cert_pem, "Subject: O = Istio, CN = Root CA"},
		{chain.root.cert_pem, "CA:TRUE"},
		{chain.middle.cert_pem, "Subject: O = Istio, CN = Intermediate CA, L = cluster-a"},
		{chain.middle.cert_pem, "Issuer: O = Istio, CN = Root CA"},
		{chain.middle.cert_pem,
			"X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:1"},
		{chain.middle.cert_pem, "X509v3 Key Usage: critical\n                Digital "
					"Signature, Certificate Sign, CRL Sign"},
		{chain.middle.cert_pem, "X509v3 Authority Key Identifier"},
		{chain.leaf.cert_pem, "Subject: O = system:nodes, CN = system:node:a"},
		{chain.leaf.cert_pem, "DNS:localhost, DNS:kubernetes.default.svc, IP "
				      "Address:127.0.0.1, IP Address:FD00:0:0:0:0:0:0:1"},
		{chain.leaf.cert_pem, "TLS Web Server Authentication"},
		{chain.leaf.cert_pem, "ASN1 OID: prime256v1"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *text = as_text(rows[i].pem);

		cr_assert(strstr(text, rows[i].text) != NULL, "'%s' is not in\n%s", rows[i].text,
			text);
	}
	chain_finish(&chain);
}

Test(ca, a_short_lived_intermediate_stands_below_another_and_ends_soon)
{
	struct wk_cert root = {0};
	struct wk_cert middle = {0};
	struct wk_cert brief = {0};
	struct wk_err err;

	cr_assert(wk_ca_root("/CN=r", 1, &root, &err));
	cr_assert(wk_ca_intermediate(&root, "/CN=i", 1, &middle, &err));
	cr_assert(wk_ca_short_lived(&middle, "/CN=b", 30 * WK_SEC, &brief, &err));

	BIO *bio = BIO_new_mem_buf(brief.cert_pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	time_t soon = time(NULL) + 25;
	time_t later = time(NULL) + 35;

	cr_expect_gt(X509_cmp_time(X509_get0_notAfter(cert), &soon), 0);
	cr_expect_lt(X509_cmp_time(X509_get0_notAfter(cert), &later), 0);
	WK_AUTOFREE char *text = as_text(brief.cert_pem);

	cr_expect_not_null(strstr(text, "Issuer: CN = i"));
	X509_free(cert);
	BIO_free(bio);
	wk_cert_finish(&root);
	wk_cert_finish(&middle);
	wk_cert_finish(&brief);
}

Test(ca, serials_differ)
{
	struct wk_cert root = {0};
	struct wk_cert one = {0};
	struct wk_cert two = {0};
	struct wk_err err;
	char a[65];
	char b[65];

	cr_assert(wk_ca_root("/CN=r", 1, &root, &err));
	cr_assert(wk_ca_intermediate(&root, "/CN=i", 1, &one, &err));
	cr_assert(wk_ca_intermediate(&root, "/CN=i", 1, &two, &err));
	cr_assert(wk_pem_fingerprint(one.cert_pem, a, &err));
	cr_assert(wk_pem_fingerprint(two.cert_pem, b, &err));
	cr_assert_str_neq(a, b);

	WK_AUTOFREE char *first = as_text(one.cert_pem);
	WK_AUTOFREE char *second = as_text(two.cert_pem);
	const char *serial = strstr(first, "Serial Number:");
	const char *other = strstr(second, "Serial Number:");

	cr_assert(memcmp(serial, other, 80) != 0);
	wk_cert_finish(&root);
	wk_cert_finish(&one);
	wk_cert_finish(&two);
}

Test(ca, a_key_pair_is_a_private_and_its_public_key)
{
	struct wk_cert pair = {0};
	struct wk_err err;

	cr_assert(wk_key_pair(&pair, &err));

	BIO *pub = BIO_new_mem_buf(pair.cert_pem, -1);
	BIO *key = BIO_new_mem_buf(pair.key_pem, -1);
	EVP_PKEY *a = PEM_read_bio_PUBKEY(pub, NULL, NULL, NULL);
	EVP_PKEY *b = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);

	cr_assert_eq(EVP_PKEY_eq(a, b), 1);
	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
	BIO_free(pub);
	BIO_free(key);
	wk_cert_finish(&pair);
}

Test(ca, what_cannot_be_a_certificate_is_said)
{
	static const char *const bad_ip[] = {"10.0.0.300", NULL};
	const struct wk_cert_request request = {.common_name = "x", .ips = bad_ip, .days = 1};
	struct wk_cert root = {0};
	struct wk_cert other = {0};
	struct wk_cert leaf = {0};
	struct wk_err err;

	cr_assert_not(wk_ca_root("Root CA", 1, &root, &err));
	cr_assert(strstr(err.msg, "subject 'Root CA'") != NULL, "%s", err.msg);
	cr_assert(root.cert_pem == NULL);
	cr_assert(wk_ca_root("/CN=one", 1, &root, &err));
	cr_assert(wk_ca_root("/CN=two", 1, &other, &err));
	cr_assert_not(wk_ca_issue(&root, &request, &leaf, &err));
	cr_assert(strstr(err.msg, "'10.0.0.300' is no IP address") != NULL, "%s", err.msg);

	const struct wk_cert mixed = {.cert_pem = root.cert_pem, .key_pem = other.key_pem};
	char no_pem[] = "garbage";
	const struct wk_cert garbage = {.cert_pem = no_pem, .key_pem = root.key_pem};

	cr_assert_not(wk_ca_intermediate(&mixed, "/CN=x", 1, &leaf, &err));
	cr_assert(strstr(err.msg, "does not belong") != NULL, "%s", err.msg);
	cr_assert_not(wk_ca_intermediate(&garbage, "/CN=x", 1, &leaf, &err));
	cr_assert(strstr(err.msg, "expected a certificate in PEM form") != NULL, "%s", err.msg);
	wk_cert_finish(&root);
	wk_cert_finish(&other);
}

/* The key under a pass phrase. */
static char *lock(const char *key_pem)
{
	BIO *in = BIO_new_mem_buf(key_pem, -1);
	BIO *out = BIO_new(BIO_s_mem());
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	char *data = NULL;
	char *text;
	long len;

	PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
	len = BIO_get_mem_data(out, &data);
	text = wk_xstrndup(data, (size_t)len);
	EVP_PKEY_free(key);
	BIO_free(in);
	BIO_free(out);
	return text;
}

Test(ca, a_key_is_held_against_its_certificate)
{
	struct wk_cert one = {0};
	struct wk_cert other = {0};
	struct wk_err err = {0};

	cr_assert(wk_ca_root("/CN=a", 1, &one, &err) && wk_ca_root("/CN=b", 1, &other, &err));

	WK_AUTOFREE char *locked = lock(one.key_pem);
	const struct {
		const char *name;
		const char *cert;
		const char *key;
		const char *message; /* NULL: they belong together */
	} rows[] = {
		{"its own", one.cert_pem, one.key_pem, NULL},
		{"another", one.cert_pem, other.key_pem, "the key does not belong to"},
		{"no key", one.cert_pem, one.cert_pem, "expected a private key in PEM form"},
		{"a locked key", one.cert_pem, locked, "without a pass phrase"},
		{"no certificate", "x", one.key_pem, "expected a certificate in PEM form"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct wk_cert pair = {
			(char *)(uintptr_t)rows[i].cert, (char *)(uintptr_t)rows[i].key};
		bool ok = wk_cert_check(&pair, &err);

		cr_expect_eq(ok, !rows[i].message, "%s: %s", rows[i].name, err.msg);
		cr_expect(ok || strstr(err.msg, rows[i].message), "%s: %s", rows[i].name, err.msg);
	}
	wk_cert_finish(&one);
	wk_cert_finish(&other);
}
