/*
 * Redaction
 *
 * Everything that goes to a file passes here: texts by what secrets look like (looks.c), and trees also
 * by what they are: the data of a Secret, the value of a variable whose name tells, an argument of MySQL.
 * A text that is JSON itself, as the annotation of kubectl apply, is a tree.
 */
#include "wookie/probe/redact.h"

#include "wookie/base/buf.h"
#include "wookie/probe/looks.h"

#include <cjson/cJSON.h>
#include <string.h>

#define TEXT_MAX ((size_t)64 * 1024 * 1024)
#define HIDDEN "(redacted)"

/* NULL where there is nothing to hide. */
static char *clean(const char *text)
{
	struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(TEXT_MAX);
	struct wk_looked looked = wk_look_at(text);
	const char *from = text;
	bool found = false;

	for (const char *p = text; *p;) {
		size_t lead = 0;
		size_t len = wk_look_secret(&looked, p, &lead);

		if (len == 0) {
			p++;
			continue;
		}
		(void)wk_buf_add(&out, from, (size_t)(p - from) + lead);
		(void)wk_buf_puts(&out, HIDDEN);
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

static void hide(struct cJSON *json)
{
	/* What begins with a bracket says what was there: "(8 bytes, ...)". */
	if (cJSON_IsString(json) && json->valuestring[0] && json->valuestring[0] != '(')
		(void)cJSON_SetValuestring(json, HIDDEN);
}

/* An environment variable of a pod. */
static void hide_variable(struct cJSON *json)
{
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "name"));

	if (name && wk_look_telling(name))
		hide(cJSON_GetObjectItemCaseSensitive(json, "value"));
}

static void hide_all(struct cJSON *map)
{
	cJSON *value;

	cJSON_ArrayForEach(value, map)
	{
		hide(value);
	}
}

static void hide_secret(struct cJSON *json)
{
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "kind"));

	if (!kind || strcmp(kind, "Secret") != 0)
		return;
	hide_all(cJSON_GetObjectItemCaseSensitive(json, "data"));
	hide_all(cJSON_GetObjectItemCaseSensitive(json, "stringData"));
}

/* ["mysql", "-uroot", "-pSECRET"] */
static void hide_arguments(struct cJSON *list)
{
	bool mysql = false;
	cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item))
			continue;
		if (mysql && strncmp(item->valuestring, "-p", 2) == 0 && item->valuestring[2])
			(void)cJSON_SetValuestring(item, "-p" HIDDEN);
		mysql = mysql || wk_look_mysql(item->valuestring);
	}
}

static void redact_string(struct cJSON *json)
{
	cJSON *inner = json->valuestring[0] == '{' ? cJSON_Parse(json->valuestring) : NULL;
	char *text = NULL;

	if (inner) {
		char *before = cJSON_PrintUnformatted(inner);

		wk_redact(inner);
		text = cJSON_PrintUnformatted(inner);
		if (before && text && strcmp(before, text) == 0)
			free(WK_TAKE(text));
		free(before);
		cJSON_Delete(inner);
	} else {
		text = clean(json->valuestring);
	}
	if (text)
		(void)cJSON_SetValuestring(json, text);
	free(text);
}

/* A member that is as telling as the same in a text: {"token": "..."}. */
static bool is_telling_key(const char *key)
{
	WK_AUTOFREE char *text = wk_xasprintf("\"%s\":\"x\"", key);
	struct wk_looked looked = wk_look_at(text);
	size_t lead = 0;

	for (const char *p = text; *p; p++)
		if (wk_look_secret(&looked, p, &lead) > 0)
			return true;
	return false;
}

/* Depth is bounded by cJSON's own nesting limit. */
// NOLINTNEXTLINE(misc-no-recursion)
void wk_redact(struct cJSON *json)
{
	if (cJSON_IsString(json))
		redact_string(json);
	if (cJSON_IsArray(json))
		hide_arguments(json);
	if (!cJSON_IsArray(json) && !cJSON_IsObject(json))
		return;
	hide_variable(json);
	hide_secret(json);
	for (cJSON *i = json->child; i; i = i->next) {
		if (i->string && cJSON_IsString(i) && is_telling_key(i->string))
			hide(i);
		wk_redact(i);
	}
}
