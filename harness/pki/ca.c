/*
 * Certificates of our own making
 *
 * Every mesh gets its own: a root and one intermediate per cluster for Istio's plug-in CA, a CA per
 * API server, and the leaves that its components use. What Istio and Kubernetes want of them is in
 * one table, `extensions`; the rest is the same for all: ECDSA P-256, SHA-256, a random serial. The
 * serial matters: two intermediates with the same issuer and serial are one and the same to a
 * verifier (RFC 5280 4.1.2.2), which shows as handshakes that fail half of the time.
 *
 * Validity starts a little in the past, because the nodes' clocks are the machine's but a token or
 * certificate made in this second must hold in this second.
 */
#include "wookie/pki/ca.h"

#include "wookie/pki/x509.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#define BACKDATE_SECONDS 300

WK_DEFINE_AUTO(BIO *, BIO_free_all);
WK_DEFINE_AUTO(X509 *, X509_free);
WK_DEFINE_AUTO(X509_EXTENSION *, X509_EXTENSION_free);
WK_DEFINE_AUTO(X509_NAME *, X509_NAME_free);
WK_DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
WK_DEFINE_AUTO(GENERAL_NAMES *, GENERAL_NAMES_free);
WK_DEFINE_AUTO(BIGNUM *, BN_free);

enum role {
	ROLE_ROOT,
	ROLE_INTERMEDIATE,
	ROLE_SERVER,
	ROLE_CLIENT,
};

struct extension {
	int nid;
	const char *value;
};

/* A subject key id must come before the authority key id, which may be made from it. */
static const struct extension extensions[][5] = {
	[ROLE_ROOT] = {{NID_subject_key_identifier, "hash"},
		{NID_basic_constraints, "critical,CA:TRUE"},
		{NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign"}},
	[ROLE_INTERMEDIATE] = {{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
		{NID_basic_constraints, "critical,CA:TRUE,pathlen:1"},
		{NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign"}},
	[ROLE_SERVER] = {{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
		{NID_basic_constraints, "critical,CA:FALSE"},
		{NID_key_usage, "critical,digitalSignature"}, {NID_ext_key_usage, "serverAuth"}},
	[ROLE_CLIENT] = {{NID_subject_key_identifier, "hash"},
		{NID_authority_key_identifier, "keyid:always"},
		{NID_basic_constraints, "critical,CA:FALSE"},
		{NID_key_usage, "critical,digitalSignature"}, {NID_ext_key_usage, "clientAuth"}},
};

/* Who signs: NULL for the certificate itself. */
struct signer {
	X509 *cert;
	EVP_PKEY *key;
};

static void signer_finish_cleanup(struct signer *signer)
{
	X509_free(signer->cert);
	EVP_PKEY_free(signer->key);
}

void wk_cert_finish(struct wk_cert *cert)
{
	if (!cert)
		return;
	free(cert->cert_pem);
	if (cert->key_pem)
		OPENSSL_cleanse(cert->key_pem, strlen(cert->key_pem));
	free(cert->key_pem);
	*cert = (struct wk_cert){0};
}

static char *bio_text(BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);

	return wk_xstrndup(data, (size_t)len);
}

/* A key under a pass phrase is refused: OpenSSL would ask for it at the terminal. */
static int no_pass_phrase(char *phrase, int size, int writing, void *context)
{
	(void)writing;
	(void)context;
	if (size > 0)
		*phrase = '\0';
	return -1;
}

static bool signer_load(const struct wk_cert *pair, struct signer *ret, struct wk_err *err)
{
	struct signer WK_AUTO(signer_finish) signer = {.cert = wk_x509_parse(pair->cert_pem, err)};
	BIO *WK_AUTO(BIO_free_all) bio = BIO_new_mem_buf(pair->key_pem, -1);

	if (!signer.cert)
		return false;
	signer.key = PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL);
	if (!signer.key)
		return wk_openssl_err(err, WK_ERR_INPUT,
			"expected a private key in PEM form without a pass phrase");
	if (X509_check_private_key(signer.cert, signer.key) != 1)
		return wk_openssl_err(
			err, WK_ERR_INPUT, "the key does not belong to the certificate");
	*ret = signer;
	signer = (struct signer){0};
	return true;
}

bool wk_cert_check(const struct wk_cert *pair, struct wk_err *err)
{
	struct signer WK_AUTO(signer_finish) signer = {0};

	return signer_load(pair, &signer, err);
}

/* "/O=Istio/CN=Root CA" */
static X509_NAME *parse_subject(const char *subject, struct wk_err *err)
{
	X509_NAME *WK_AUTO(X509_NAME_free) name = X509_NAME_new();
	WK_AUTOFREE char *copy = wk_xstrdup(subject);
	char *rest = NULL;

	for (char *part = strtok_r(copy, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
		char *value = strchr(part, '=');

		if (value)
			*value++ = '\0';
		if (!value || X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
				      (const unsigned char *)value, -1, -1, 0) != 1) {
			(void)wk_openssl_err(err, WK_ERR_INPUT,
				"subject '%s': expected the form '/O=Istio/CN=Root CA'", subject);
			return NULL;
		}
	}
	return WK_TAKE(name);
}

static bool set_serial(X509 *cert)
{
	BIGNUM *WK_AUTO(BN_free) number = BN_new();

	/* 127 bits with the top one set: positive, never zero, at most 20 octets. */
	return number && BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
	       BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
}

static bool add_extensions(X509 *cert, X509 *issuer, enum role role)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	for (size_t i = 0; i < WK_COUNT(extensions[role]) && extensions[role][i].value; i++) {
		X509_EXTENSION *WK_AUTO(X509_EXTENSION_free) extension = X509V3_EXT_conf_nid(
			NULL, &ctx, extensions[role][i].nid, extensions[role][i].value);

		if (!extension || X509_add_ext(cert, extension, -1) != 1)
			return false;
	}
	return true;
}

static bool add_name(GENERAL_NAMES *names, int type, const char *text)
{
	GENERAL_NAME *name = a2i_GENERAL_NAME(NULL, NULL, NULL, type, text, 0);

	if (!name)
		return false;
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

static bool add_alternatives(X509 *cert, const struct wk_cert_request *request, struct wk_err *err)
{
	GENERAL_NAMES *WK_AUTO(GENERAL_NAMES_free) names = GENERAL_NAMES_new();

	for (const char *const *dns = request->dns; dns && *dns; dns++)
		if (!add_name(names, GEN_DNS, *dns))
			return wk_openssl_err(
				err, WK_ERR_INPUT, "'%s' is no DNS name for a certificate", *dns);
	for (const char *const *ip = request->ips; ip && *ip; ip++)
		if (!add_name(names, GEN_IPADD, *ip))
			return wk_openssl_err(
				err, WK_ERR_INPUT, "'%s' is no IP address for a certificate", *ip);
	if (sk_GENERAL_NAME_num(names) > 0 &&
		X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) != 1)
		return wk_openssl_err(err, WK_ERR_SYSTEM, "subject alternative names");
	return true;
}

static bool set_validity(X509 *cert, unsigned days, unsigned seconds)
{
	return X509_time_adj_ex(X509_getm_notBefore(cert), 0, -BACKDATE_SECONDS, NULL) &&
	       X509_time_adj_ex(X509_getm_notAfter(cert), (int)days, (long)seconds, NULL);
}

static bool to_pem(X509 *cert, EVP_PKEY *key, struct wk_cert *ret, struct wk_err *err)
{
	BIO *WK_AUTO(BIO_free_all) certs = BIO_new(BIO_s_mem());
	BIO *WK_AUTO(BIO_free_all) keys = BIO_new(BIO_s_secmem());
	int ok = cert ? PEM_write_bio_X509(certs, cert) : PEM_write_bio_PUBKEY(certs, key);

	if (ok != 1 || PEM_write_bio_PrivateKey(keys, key, NULL, NULL, 0, NULL, NULL) != 1)
		return wk_openssl_err(err, WK_ERR_SYSTEM, "cannot write PEM");
	*ret = (struct wk_cert){.cert_pem = bio_text(certs), .key_pem = bio_text(keys)};
	return true;
}

/* What makes one certificate; `request` is NULL for authorities. */
struct recipe {
	enum role role;
	const char *subject;
	const struct wk_cert_request *request;
	unsigned days;
	unsigned seconds; /* on top of the days */
};

static bool set_names(X509 *cert, const struct recipe *recipe, X509 *issuer, struct wk_err *err)
{
	X509_NAME *WK_AUTO(X509_NAME_free) name = NULL;

	if (recipe->subject) {
		name = parse_subject(recipe->subject, err);
		if (!name)
			return false;
	} else {
		assert(recipe->request);
		name = X509_NAME_new();
		if ((recipe->request->organization &&
			    X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_UTF8,
				    (const unsigned char *)recipe->request->organization, -1, -1,
				    0) != 1) ||
			X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
				(const unsigned char *)recipe->request->common_name, -1, -1,
				0) != 1)
			return wk_openssl_err(err, WK_ERR_INPUT,
				"'%s' cannot be the name in a certificate",
				recipe->request->common_name);
	}
	if (X509_set_subject_name(cert, name) != 1 ||
		X509_set_issuer_name(cert, issuer == cert ? name : X509_get_subject_name(issuer)) !=
			1)
		return wk_openssl_err(err, WK_ERR_SYSTEM, "cannot name a certificate");
	return true;
}

static bool make(const struct wk_cert *ca, const struct recipe *recipe, struct wk_cert *ret,
	struct wk_err *err)
{
	struct signer WK_AUTO(signer_finish) signer = {0};
	EVP_PKEY *WK_AUTO(EVP_PKEY_free) key = EVP_EC_gen("P-256");
	X509 *WK_AUTO(X509_free) cert = X509_new();
	X509 *issuer = cert;

	if (ca) {
		if (!signer_load(ca, &signer, err))
			return wk_err_context(err, "certificate authority");
		issuer = signer.cert;
	}
	if (!key || !cert || X509_set_version(cert, X509_VERSION_3) != 1 || !set_serial(cert) ||
		!set_validity(cert, recipe->days, recipe->seconds) ||
		X509_set_pubkey(cert, key) != 1)
		return wk_openssl_err(err, WK_ERR_SYSTEM, "cannot make a certificate");
	if (!set_names(cert, recipe, issuer, err))
		return false;
	if (!add_extensions(cert, issuer, recipe->role))
		return wk_openssl_err(err, WK_ERR_SYSTEM, "cannot extend a certificate");
	if (recipe->request && !add_alternatives(cert, recipe->request, err))
		return false;
	if (X509_sign(cert, ca ? signer.key : key, EVP_sha256()) <= 0)
		return wk_openssl_err(err, WK_ERR_SYSTEM, "cannot sign a certificate");
	return to_pem(cert, key, ret, err);
}

bool wk_ca_root(const char *subject, unsigned days, struct wk_cert *ret, struct wk_err *err)
{
	const struct recipe recipe = {.role = ROLE_ROOT, .subject = subject, .days = days};

	return make(NULL, &recipe, ret, err);
}

bool wk_ca_intermediate(const struct wk_cert *root, const char *subject, unsigned days,
	struct wk_cert *ret, struct wk_err *err)
{
	const struct recipe recipe = {.role = ROLE_INTERMEDIATE, .subject = subject, .days = days};

	return make(root, &recipe, ret, err);
}

bool wk_ca_short_lived(const struct wk_cert *ca, const char *subject, wk_nsec life,
	struct wk_cert *ret, struct wk_err *err)
{
	const struct recipe recipe = {.role = ca ? ROLE_INTERMEDIATE : ROLE_ROOT,
		.subject = subject,
		.seconds = (unsigned)(life / WK_SEC)};

	return make(ca, &recipe, ret, err);
}

bool wk_ca_issue(const struct wk_cert *ca, const struct wk_cert_request *request,
	struct wk_cert *ret, struct wk_err *err)
{
	const struct recipe recipe = {.role = request->server ? ROLE_SERVER : ROLE_CLIENT,
		.request = request,
		.days = request->days};

	return make(ca, &recipe, ret, err);
}

bool wk_key_pair(struct wk_cert *ret, struct wk_err *err)
{
	EVP_PKEY *WK_AUTO(EVP_PKEY_free) key = EVP_EC_gen("P-256");

	if (!key)
		return wk_openssl_err(err, WK_ERR_SYSTEM, "cannot make a key");
	return to_pem(NULL, key, ret, err);
}
