/*
 * Redaction
 *
 * A secret has a look: a JWT starts with the base64 of '{"' (RFC 7519, 7515), a private key is
 * framed by PEM lines (RFC 7468), and in a Kubernetes Secret both are base64 once more, which gives
 * their first letters a fixed form as well. Everything that goes to a file passes here.
 */
#include "wookie/probe/redact.h"

#include "wookie/base/buf.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>

#define TEXT_MAX ((size_t)64 * 1024 * 1024)
#define TOKEN_PART 8

static bool is_base64url(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool is_base64(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '/' || c == '=';
}

/* header.payload.signature */
static size_t jwt_length(const char *p)
{
	size_t total = 0;

	for (int part = 0; part < 3; part++) {
		size_t len = 0;

		if (part > 0 && p[total++] != '.')
			return 0;
		while (is_base64url(p[total + len]))
			len++;
		if (len < TOKEN_PART)
			return 0;
		total += len;
	}
	return total;
}

static size_t pem_length(const char *p)
{
	const char *line_end = strstr(p + 5, "-----");
	const char *key = strstr(p, "PRIVATE KEY");
	const char *end;

	if (!line_end || !key || key > line_end)
		return 0;
	end = strstr(line_end + 5, "-----END ");
	end = end ? strstr(end + 9, "-----") : NULL;
	return end ? (size_t)(end + 5 - p) : strlen(p);
}

static size_t base64_length(const char *p)
{
	size_t len = 0;

	while (is_base64(p[len]))
		len++;
	return len;
}

static const struct {
	const char *start;
	size_t (*length)(const char *p); /* of the secret at p; 0: it is none */
} looks[] = {
	{"eyJ", jwt_length},
	{"-----BEGIN ", pem_length},
	/* base64 of "-----BEGIN " and of PRIVATE, RSA PRIVATE, EC PRIVATE */
	{"LS0tLS1CRUdJTiBQUklWQVRF", base64_length},
	{"LS0tLS1CRUdJTiBSU0EgUFJJVkFUR", base64_length},
	{"LS0tLS1CRUdJTiBFQyBQUklWQVRF", base64_length},
	/* base64 of the base64 of '{"alg":' */
	{"ZXlKaGJHY2lPaU", base64_length},
};

static size_t secret_at(const char *p)
{
	if (!strchr("e-LZ", *p))
		return 0;
	for (size_t i = 0; i < WK_COUNT(looks); i++)
		if (strncmp(p, looks[i].start, strlen(looks[i].start)) == 0)
			return looks[i].length(p);
	return 0;
}

/* NULL where there is nothing to hide. */
static char *clean(const char *text)
{
	struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(TEXT_MAX);
	const char *from = text;
	bool found = false;

	for (const char *p = text; *p;) {
		size_t len = secret_at(p);

		if (len == 0) {
			p++;
			continue;
		}
		(void)wk_buf_add(&out, from, (size_t)(p - from));
		(void)wk_buf_puts(&out, "(redacted)");
		p += len;
		from = p;
		found = true;
	}
	if (!found)
		return NULL;
	(void)wk_buf_puts(&out, from);
	return wk_buf_take(&out);
}

/* Depth is bounded by cJSON's own nesting limit. */
// NOLINTNEXTLINE(misc-no-recursion)
void wk_redact(struct cJSON *json)
{
	WK_AUTOFREE char *text = cJSON_IsString(json) ? clean(json->valuestring) : NULL;

	if (text)
		(void)cJSON_SetValuestring(json, text);
	if (!cJSON_IsArray(json) && !cJSON_IsObject(json))
		return;
	for (cJSON *i = json->child; i; i = i->next)
		wk_redact(i);
}
