/*
 * Values in words
 *
 * A reason is one line that a person reads first, so two long values are not printed side by side:
 * lists say what is missing and what is unexpected, objects name the first place in which they
 * differ, texts are cut around the first letter that does. The whole values are in the evidence.
 */
#include "wookie/base/buf.h"
#include "wookie/expect/expect.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define SHORT 120
#define PART 160
#define PATH_MAX_BYTES 256

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

static char *cut(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return wk_xstrdup(text);
	while (max > 0 && is_continuation(text[max]))
		max--;
	return wk_xasprintf("%.*s...", (int)max, text);
}

char *wk_value_text(const struct cJSON *value, size_t max)
{
	WK_AUTOFREE char *json = value ? cJSON_PrintUnformatted(value) : NULL;

	return cut(json ? json : "null", max);
}

static bool has(const cJSON *list, const cJSON *value)
{
	for (const cJSON *i = list->child; i; i = i->next)
		if (cJSON_Compare(i, value, true))
			return true;
	return false;
}

/* The elements of a that b does not have. */
static char *without(const cJSON *a, const cJSON *b)
{
	cJSON *rest = cJSON_CreateArray();
	char *text;

	for (const cJSON *i = a->child; i; i = i->next)
		if (!has(b, i))
			cJSON_AddItemToArray(rest, cJSON_Duplicate(i, true));
	text = cJSON_GetArraySize(rest) > 0 ? wk_value_text(rest, PART) : NULL;
	cJSON_Delete(rest);
	return text;
}

static char *list_difference(const cJSON *expected, const cJSON *got)
{
	WK_AUTOFREE char *missing = without(expected, got);
	WK_AUTOFREE char *unexpected = without(got, expected);

	if (missing && unexpected)
		return wk_xasprintf("missing: %s, unexpected: %s", missing, unexpected);
	if (missing)
		return wk_xasprintf("missing: %s", missing);
	if (unexpected)
		return wk_xasprintf("unexpected: %s", unexpected);
	return wk_xasprintf(
		"expected %d elements, got %d: the same ones in another order or number",
		cJSON_GetArraySize(expected), cJSON_GetArraySize(got));
}

static char *text_difference(const char *expected, const char *got)
{
	WK_AUTOFREE char *a = NULL;
	WK_AUTOFREE char *b = NULL;
	size_t same = 0;
	size_t begin;

	while (expected[same] && expected[same] == got[same])
		same++;
	begin = same > SHORT / 4 ? same - SHORT / 4 : 0;
	while (begin > 0 && is_continuation(expected[begin]))
		begin--;
	a = cut(expected + begin, SHORT);
	b = cut(got + begin, SHORT);
	return wk_xasprintf(
		"expected '%s%s', got '%s%s'", begin ? "..." : "", a, begin ? "..." : "", b);
}

static char *pair_text(const cJSON *expected, const cJSON *got)
{
	WK_AUTOFREE char *a = wk_value_text(expected, PART);
	WK_AUTOFREE char *b = got ? wk_value_text(got, PART) : wk_xstrdup("nothing");

	return wk_xasprintf("expected %s, got %s", a, b);
}

static bool is_short(const cJSON *value)
{
	WK_AUTOFREE char *text = wk_value_text(value, SHORT);

	return strlen(text) <= SHORT;
}

/* The first key that differs; what only `got` has counts as well. */
static const char *first_key(const cJSON *expected, const cJSON *got)
{
	for (const cJSON *i = expected->child; i; i = i->next) {
		const cJSON *other = cJSON_GetObjectItemCaseSensitive(got, i->string);

		if (!other || !cJSON_Compare(i, other, true))
			return i->string;
	}
	for (const cJSON *i = got->child; i; i = i->next)
		if (!cJSON_GetObjectItemCaseSensitive(expected, i->string))
			return i->string;
	return NULL;
}

static char *difference(const cJSON *expected, const cJSON *got)
{
	if (!got || !expected || (is_short(expected) && is_short(got)))
		return pair_text(expected, got);
	if (cJSON_IsArray(expected) && cJSON_IsArray(got))
		return list_difference(expected, got);
	if (cJSON_IsString(expected) && cJSON_IsString(got))
		return text_difference(expected->valuestring, got->valuestring);
	return pair_text(expected, got);
}

char *wk_value_difference(const struct cJSON *expected, const struct cJSON *got)
{
	struct wk_buf WK_AUTO(wk_buf_finish) path = WK_BUF_INIT(PATH_MAX_BYTES);
	WK_AUTOFREE char *text = NULL;

	while (cJSON_IsObject(expected) && cJSON_IsObject(got) &&
		!(is_short(expected) && is_short(got))) {
		const char *key = first_key(expected, got);

		if (!key)
			break;
		(void)wk_buf_printf(&path, ".%s", key);
		expected = cJSON_GetObjectItemCaseSensitive(expected, key);
		got = cJSON_GetObjectItemCaseSensitive(got, key);
	}
	text = expected ? difference(expected, got) : NULL;
	if (!text) {
		WK_AUTOFREE char *extra = wk_value_text(got, PART);

		text = wk_xasprintf("expected nothing, got %s", extra);
	}
	if (path.len == 0)
		return WK_TAKE(text);
	return wk_xasprintf("at %s: %s", wk_buf_str(&path), text);
}
