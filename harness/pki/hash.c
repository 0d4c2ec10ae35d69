/*
 * Hashes, fingerprints and base64
 *
 * Components are known by the hash of their files, certificates by the hash of their DER form, and
 * kubeconfigs carry PEM texts in base64. All of it is OpenSSL's; what is added here is strictness
 * (its base64 decoder takes what it should not) and the words for people.
 */
#include "wookie/pki/ca.h"

#include "wookie/base/file.h"
#include "wookie/pki/x509.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

WK_DEFINE_AUTO(BIO *, BIO_free_all);
WK_DEFINE_AUTO(X509 *, X509_free);
WK_DEFINE_AUTO(EVP_MD_CTX *, EVP_MD_CTX_free);

bool wk_openssl_err(struct wk_err *err, enum wk_err_kind kind, const char *fmt, ...)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	char what[sizeof(err->msg) - 128];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	ERR_clear_error();
	return wk_err_set(err, kind, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
}

static void to_hex(const unsigned char *bytes, size_t n, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * n] = '\0';
}

/* Only a lack of memory makes SHA-256 fail, and that ends the process everywhere. */
static void must(int ok)
{
	if (ok == 1)
		return;
	ERR_print_errors_fp(stderr);
	abort();
}

void wk_sha256(const void *data, size_t len, char hex[65])
{
	unsigned char digest[32];

	must(EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL));
	to_hex(digest, sizeof(digest), hex);
}

void wk_sha1(const void *data, size_t len, unsigned char digest[20])
{
	must(EVP_Digest(data, len, digest, NULL, EVP_sha1(), NULL));
}

bool wk_sha256_file(const char *path, char hex[65], struct wk_err *err)
{
	int WK_AUTO(wk_close) fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	EVP_MD_CTX *WK_AUTO(EVP_MD_CTX_free) ctx = EVP_MD_CTX_new();
	WK_AUTOFREE unsigned char *chunk = wk_xmalloc(65536);
	unsigned char digest[32];
	ssize_t n;

	if (fd < 0)
		return wk_err_sys(err, errno, "%s", path);
	must(EVP_DigestInit_ex2(ctx, EVP_sha256(), NULL));
	for (n = read(fd, chunk, 65536); n != 0; n = read(fd, chunk, 65536)) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wk_err_sys(err, errno, "%s", path);
		must(EVP_DigestUpdate(ctx, chunk, (size_t)n));
	}
	must(EVP_DigestFinal_ex(ctx, digest, NULL));
	to_hex(digest, sizeof(digest), hex);
	return true;
}

void wk_x509_fingerprint(const X509 *cert, char hex[65])
{
	unsigned char digest[32];

	must(X509_digest(cert, EVP_sha256(), digest, NULL));
	to_hex(digest, sizeof(digest), hex);
}

X509 *wk_x509_parse(const char *pem, struct wk_err *err)
{
	BIO *WK_AUTO(BIO_free_all) bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	if (!cert)
		(void)wk_openssl_err(err, WK_ERR_INPUT, "expected a certificate in PEM form");
	return cert;
}

bool wk_pem_fingerprint(const char *pem, char hex[65], struct wk_err *err)
{
	X509 *WK_AUTO(X509_free) cert = wk_x509_parse(pem, err);

	if (!cert)
		return false;
	wk_x509_fingerprint(cert, hex);
	return true;
}

const char *wk_pem_next(const char *pem)
{
	static const char head[] = "-----BEGIN CERTIFICATE-----";
	const char *first = strstr(pem, head);

	return first ? strstr(first + strlen(head), head) : NULL;
}

char *wk_base64_encode(const void *data, size_t len)
{
	/* EVP_EncodeBlock counts in int; a block that is a multiple of 3 bytes has no padding. */
	const size_t block = (size_t)3 << 20;
	const unsigned char *in = data;
	unsigned char *text = wk_xmalloc((len + 2) / 3 * 4 + 1);
	unsigned char *out = text;

	*out = '\0';
	for (size_t n; len > 0; in += n, len -= n) {
		n = len < block ? len : block;
		out += EVP_EncodeBlock(out, in, (int)n);
	}
	return (char *)text;
}

/* Length of the text when it is base64 and nothing but that, else 0. */
static size_t base64_length(const char *text)
{
	size_t len = strlen(text);
	size_t body =
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

	if (len % 4 || len > INT_MAX || len - body > 2 || strspn(text + body, "=") != len - body)
		return 0;
	return len;
}

bool wk_base64_decode(const char *text, struct wk_buf *ret, struct wk_err *err)
{
	size_t len = base64_length(text);
	size_t padding = len - strcspn(text, "=");
	WK_AUTOFREE unsigned char *bytes = NULL;
	int n;

	if (len == 0 && *text)
		return wk_err_set(err, WK_ERR_INPUT,
			"expected base64 (A-Z a-z 0-9 + / and = at the end, in groups of four)");
	bytes = wk_xmalloc(len + 1);
	n = len ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len) : 0;
	if (n < 0 || (size_t)n < padding)
		return wk_openssl_err(err, WK_ERR_INPUT, "expected base64");
	*ret = WK_BUF_INIT(len + 1);
	(void)wk_buf_add(ret, bytes, (size_t)n - padding);
	return true;
}
