/*
 * JSON Web Tokens
 *
 * What a service account's token is. Only ever signed here, never read: an API server is the one to
 * judge it. JOSE wants the two numbers of an ECDSA signature side by side, 32 bytes each, where
 * OpenSSL makes them a DER sequence (RFC 7518 3.4).
 */
#include "wookie/pki/jwt.h"

#include "wookie/pki/ca.h"
#include "wookie/pki/x509.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#define NUMBER_BYTES 32
#define DER_MAX 128

WK_DEFINE_AUTO(BIO *, BIO_free_all);
WK_DEFINE_AUTO(EVP_PKEY *, EVP_PKEY_free);
WK_DEFINE_AUTO(EVP_MD_CTX *, EVP_MD_CTX_free);
WK_DEFINE_AUTO(ECDSA_SIG *, ECDSA_SIG_free);

/* The alphabet for URLs, without padding (RFC 4648 5). */
static char *base64url(const void *data, size_t len)
{
	char *text = wk_base64_encode(data, len);

	for (char *at = text; *at; at++) {
		if (*at == '+')
			*at = '-';
		else if (*at == '/')
			*at = '_';
		else if (*at == '=')
			*at = '\0';
	}
	return text;
}

static bool sign(EVP_PKEY *key, const char *text, unsigned char numbers[2 * NUMBER_BYTES])
{
	EVP_MD_CTX *WK_AUTO(EVP_MD_CTX_free) ctx = EVP_MD_CTX_new();
	ECDSA_SIG *WK_AUTO(ECDSA_SIG_free) signature = NULL;
	unsigned char der[DER_MAX];
	const unsigned char *at = der;
	size_t len = sizeof(der);

	if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
		EVP_DigestSign(ctx, der, &len, (const unsigned char *)text, strlen(text)) != 1)
		return false;
	signature = d2i_ECDSA_SIG(NULL, &at, (long)len);
	return signature &&
	       BN_bn2binpad(ECDSA_SIG_get0_r(signature), numbers, NUMBER_BYTES) == NUMBER_BYTES &&
	       BN_bn2binpad(ECDSA_SIG_get0_s(signature), numbers + NUMBER_BYTES, NUMBER_BYTES) ==
		       NUMBER_BYTES;
}

bool wk_jwt_sign(const char *key_pem, const char *claims, char **ret, struct wk_err *err)
{
	static const char header[] = "{\"alg\":\"ES256\",\"typ\":\"JWT\"}";
	BIO *WK_AUTO(BIO_free_all) bio = BIO_new_mem_buf(key_pem, -1);
	EVP_PKEY *WK_AUTO(EVP_PKEY_free) key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	WK_AUTOFREE char *head = base64url(header, strlen(header));
	WK_AUTOFREE char *body = base64url(claims, strlen(claims));
	WK_AUTOFREE char *text = wk_xasprintf("%s.%s", head, body);
	WK_AUTOFREE char *tail = NULL;
	unsigned char numbers[2 * NUMBER_BYTES];

	if (!key)
		return wk_openssl_err(err, WK_ERR_INPUT, "cannot read a key for tokens");
	if (!sign(key, text, numbers))
		return wk_openssl_err(err, WK_ERR_SYSTEM, "cannot sign a token");
	tail = base64url(numbers, sizeof(numbers));
	*ret = wk_xasprintf("%s.%s", text, tail);
	return true;
}
