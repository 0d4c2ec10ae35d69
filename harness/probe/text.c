/*
 * Text that may be shown
 *
 * Evidence ends in reports and chat messages, so it passes here first: no bytes that break JSON or
 * a terminal, no bearer tokens, no private keys. A token is known by its shape, three base64url
 * parts of which the first begins with the encoding of {" , because no probe can know all places in
 * which a cluster keeps one.
 */
#include "wookie/probe/text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <string.h>

#include "wookie/base/buf.h"

#define REDACTED "(redacted)"

char *wk_text_clean(const char *data, size_t len, size_t max)
{
	size_t n = len < max ? len : max;
	const char *end = n < len ? "..." : "";
	char *text = wk_xmalloc(n + sizeof("..."));

	for (size_t i = 0; i < n; i++) {
		bool shown =
			(data[i] >= ' ' && data[i] <= '~') || data[i] == '\n' || data[i] == '\t';

		text[i] = '?';
		if (shown)
			text[i] = data[i];
	}
	memcpy(text + n, end, strlen(end) + 1);
	return text;
}

static size_t base64url(const char *p)
{
	return strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=");
}

/* Length of the token at p; 0 when there is none. */
static size_t token_length(const char *p)
{
	size_t head = 0;
	size_t body = 0;

	if (strncmp(p, "eyJ", 3) != 0)
		return 0;
	head = base64url(p);
	if (p[head] != '.')
		return 0;
	body = base64url(p + head + 1);
	if (body < 4 || p[head + 1 + body] != '.')
		return 0;
	return head + 1 + body + 1 + base64url(p + head + body + 2);
}

/* Length of the private key block at p; 0 when there is none. One without an end goes to the end.
 */
static size_t key_length(const char *p)
{
	static const char begin[] = "-----BEGIN ";
	static const char tail[] = "PRIVATE KEY-----";
	const char *line_end = NULL;
	const char *key = NULL;
	const char *end = NULL;

	if (strncmp(p, begin, sizeof(begin) - 1) != 0)
		return 0;
	line_end = p + strcspn(p, "\n\\");
	key = strstr(p, tail);
	if (!key || key > line_end)
		return 0;
	end = strstr(key + sizeof(tail) - 1, tail);
	return end ? (size_t)(end - p) + sizeof(tail) - 1 : strlen(p);
}

char *wk_text_redact(const char *text)
{
	WK_AUTO(wk_buf_finish) struct wk_buf out = WK_BUF_INIT(strlen(text) * 4 + 16);

	while (*text) {
		size_t secret = token_length(text);

		if (!secret)
			secret = key_length(text);
		if (secret)
			(void)wk_buf_puts(&out, REDACTED);
		else
			(void)wk_buf_putc(&out, *text);
		text += secret ? secret : 1;
	}
	return wk_buf_take(&out);
}

/* Depth is bounded by cJSON's own nesting limit. */
// NOLINTNEXTLINE(misc-no-recursion)
void wk_json_redact(struct cJSON *json)
{
	cJSON *item = NULL;

	if (cJSON_IsString(json) &&
		(strstr(json->valuestring, "eyJ") || strstr(json->valuestring, "PRIVATE KEY"))) {
		WK_AUTOFREE char *text = wk_text_redact(json->valuestring);

		(void)cJSON_SetValuestring(json, text);
	}
	cJSON_ArrayForEach(item, json) wk_json_redact(item);
}

void wk_json_count(struct cJSON *object, const char *key)
{
	cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (item)
		(void)cJSON_SetNumberHelper(item, item->valuedouble + 1);
	else
		(void)cJSON_AddNumberToObject(object, key, 1);
}
