#include "wookie/base/mem.h"
#include "wookie/pki/ca.h"
#include "wookie/pki/jwt.h"

#include <criterion/criterion.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

/* A part of a token; the caller frees. */
static unsigned char *decoded(const char *text, size_t len, size_t *ret_len)
{
	WK_AUTOFREE char *padded = wk_xasprintf("%.*s%.*s", (int)len, text, (int)(-len & 3), "===");
	struct wk_buf buf = WK_BUF_INIT(4096);
	struct wk_err err;
	unsigned char *copy;

	for (char *at = padded; *at; at++)
		*at = *at == '-' ? '+' : *at == '_' ? '/' : *at;
	cr_assert(wk_base64_decode(padded, &buf, &err), "%s", err.msg);
	*ret_len = buf.len;
	copy = wk_xmalloc(buf.len + 1);
	memcpy(copy, wk_buf_str(&buf), buf.len);
	copy[buf.len] = '\0';
	wk_buf_finish(&buf);
	return copy;
}

static bool verified(
	const char *public_pem, const char *text, size_t len, const unsigned char *numbers)
{
	BIO *bio = BIO_new_mem_buf(public_pem, -1);
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG *signature = ECDSA_SIG_new();
	unsigned char *der = NULL;
	int size;
	bool ok;

	cr_assert_eq(ECDSA_SIG_set0(signature, BN_bin2bn(numbers, 32, NULL),
			     BN_bin2bn(numbers + 32, 32, NULL)),
		1);
	size = i2d_ECDSA_SIG(signature, &der);
	ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, der, (size_t)size, (const unsigned char *)text, len) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(signature);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok;
}

Test(jwt, a_token_holds_its_claims_and_is_verified_with_the_public_key)
{
	static const char claims[] = "{\"sub\":\"system:serviceaccount:ns:name\",\"exp\":1}";
	struct wk_cert pair = {0};
	struct wk_err err;
	char *token = NULL;
	size_t len = 0;

	cr_assert(wk_key_pair(&pair, &err));
	cr_assert(wk_jwt_sign(pair.key_pem, claims, &token, &err), "%s", err.msg);

	const char *body = strchr(token, '.') + 1;
	const char *tail = strchr(body, '.') + 1;
	WK_AUTOFREE unsigned char *head = decoded(token, (size_t)(body - token - 1), &len);
	WK_AUTOFREE unsigned char *text = decoded(body, (size_t)(tail - body - 1), &len);

	cr_expect_str_eq((const char *)head, "{\"alg\":\"ES256\",\"typ\":\"JWT\"}");
	cr_expect_str_eq((const char *)text, claims);
	WK_AUTOFREE unsigned char *numbers = decoded(tail, strlen(tail), &len);

	cr_expect_eq(len, 64);
	cr_expect(verified(pair.cert_pem, token, (size_t)(tail - token - 1), numbers));
	numbers[5] ^= 1;
	cr_expect_not(verified(pair.cert_pem, token, (size_t)(tail - token - 1), numbers));
	free(token);
	wk_cert_finish(&pair);
}

Test(jwt, what_is_no_key_is_refused)
{
	struct wk_err err = {0};
	char *token = NULL;

	cr_expect_not(wk_jwt_sign("no key", "{}", &token, &err));
	cr_expect_null(token);
	cr_expect_eq(err.kind, WK_ERR_INPUT);
}
