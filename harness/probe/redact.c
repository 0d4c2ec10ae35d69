/*
 * Redaction
 *
 * A secret has a look: a JWT starts with the base64 of '{"' (RFC 7519, 7515), a private key is
 * framed by PEM lines (RFC 7468), and in a Kubernetes Secret both are base64 once more, which gives
 * their first letters a fixed form as well. What has no look may have a name. Everything that goes to
 * a file passes here.
 */
#include "wookie/probe/redact.h"

#include "wookie/base/buf.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

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

static bool is_value(char c)
{
	return isgraph((unsigned char)c) && !strchr("\"',;<>\\", c);
}

/* What stands behind a name that says what it is: password=..., "token": "...". After a colon in a
 * sentence stands another word, so there the value must hold a digit. Returns how much of p leads up
 * to the value; 0 where none does. */
static size_t named_length(const char *p, const char *name, size_t *ret_len)
{
	size_t at = strlen(name);
	size_t len = 0;
	bool digit = false;
	bool colon;

	if (strncasecmp(p, name, at) != 0)
		return 0;
	at += p[at] == '"';
	at += strspn(p + at, " ");
	colon = p[at] != '=';
	if (!strchr(":=", p[at]) && p[at - 1] != ' ')
		return 0;
	at += strspn(p + at, ":= ");
	at += p[at] == '"' || p[at] == '\'';
	for (; is_value(p[at + len]); len++)
		digit = digit || isdigit((unsigned char)p[at + len]);
	*ret_len = len;
	return len >= TOKEN_PART && (digit || !colon) ? at : 0;
}

static const char *const names[] = {
	"api_key", "apikey", "bearer ", "client_secret", "passwd", "password", "token"};

/* How long the secret is that begins `*ret_lead` behind p; 0: there is none. */
static size_t secret_at(const char *p, size_t *ret_lead)
{
	size_t len = 0;

	*ret_lead = 0;
	if (strchr("e-LZ", *p))
		for (size_t i = 0; i < WK_COUNT(looks); i++)
			if (strncmp(p, looks[i].start, strlen(looks[i].start)) == 0)
				return looks[i].length(p);
	if (!strchr("aAbBcCpPtT", *p))
		return 0;
	for (size_t i = 0; i < WK_COUNT(names); i++) {
		*ret_lead = named_length(p, names[i], &len);
		if (*ret_lead)
			return len;
	}
	return 0;
}

/* NULL where there is nothing to hide. */
static char *clean(const char *text)
{
	struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(TEXT_MAX);
	const char *from = text;
	bool found = false;

	for (const char *p = text; *p;) {
		size_t lead = 0;
		size_t len = secret_at(p, &lead);

		if (len == 0) {
			p++;
			continue;
		}
		(void)wk_buf_add(&out, from, (size_t)(p - from) + lead);
		(void)wk_buf_puts(&out, "(redacted)");
		p += lead + len;
		from = p;
		found = true;
	}
	if (!found)
		return NULL;
	(void)wk_buf_puts(&out, from);
	return wk_buf_take(&out);
}

/* Behind the private key that ends in a text in which it did not begin; else the text. */
static const char *after_half_key(const char *text)
{
	const char *begin = strstr(text, "-----BEGIN ");
	const char *end = strstr(text, "-----END ");
	const char *line = end ? strstr(end + 9, "-----") : NULL;
	const char *key = end ? strstr(end, "PRIVATE KEY") : NULL;

	if (!line || !key || key > line || (begin && begin < end))
		return text;
	return line + 5;
}

char *wk_redact_text(const char *text)
{
	const char *rest = after_half_key(text);
	char *cleaned = clean(rest);
	char *whole;

	if (rest == text)
		return cleaned ? cleaned : wk_xstrdup(text);
	whole = wk_xasprintf("(redacted)%s", cleaned ? cleaned : rest);
	free(cleaned);
	return whole;
}

/* An environment variable of a pod. */
static void hide_variable(struct cJSON *json)
{
	static const char *const telling[] = {
		"CREDENTIAL", "PASSWD", "PASSWORD", "PRIVATE", "SECRET", "TOKEN"};
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "name"));
	cJSON *value = cJSON_GetObjectItemCaseSensitive(json, "value");

	for (size_t i = 0; name && cJSON_IsString(value) && i < WK_COUNT(telling); i++)
		if (strcasestr(name, telling[i]))
			(void)cJSON_SetValuestring(value, "(redacted)");
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
	hide_variable(json);
	for (cJSON *i = json->child; i; i = i->next)
		wk_redact(i);
}
