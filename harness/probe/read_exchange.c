/*
 * The server-first exchange
 *
 * A database greets before its client says anything, which is the case that protocol sniffing and
 * half-open proxies break. Each line carries the second at which it arrived, so that "before we
 * sent" is a comparison and not a belief.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wookie/base/mem.h"
#include "wookie/probe/read.h"
#include "wookie/probe/text.h"

#define MAX_LINE 512

/* "123.45 ..." as seconds; false when it does not begin with a number. */
static bool stamp(const char *text, double *ret, const char **rest)
{
	char *end = NULL;
	double value = strtod(text, &end);

	if (end == text)
		return false;
	*ret = value;
	*rest = *end == ' ' ? end + 1 : end;
	return true;
}

static cJSON *reply(const char *text, double at, const char *line)
{
	char instance[128];
	char token[80];
	cJSON *json = NULL;

	if (sscanf(text, "instance=%127[A-Za-z0-9.-] token=%79[0-9a-f]", instance, token) != 2)
		return NULL;
	json = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(json, "instance", instance);
	(void)cJSON_AddStringToObject(json, "token", token);
	(void)cJSON_AddNumberToObject(json, "at", at);
	if (line)
		(void)cJSON_AddStringToObject(json, "line", line);
	return json;
}

/* The text behind "instance=X token=Y ". */
static const char *echoed(const char *text)
{
	const char *line = strstr(text, " token=");

	line = line ? strchr(line + 1, ' ') : NULL;
	return line ? line + 1 : "";
}

static void read_line(cJSON *evidence, const char *line)
{
	const char *text = NULL;
	double at = 0;
	const char *key = NULL;
	cJSON *json = NULL;

	if (!stamp(line, &at, &text))
		return;
	if (strncmp(text, "READY ", 6) == 0) {
		key = "greeting";
		json = reply(text + 6, at, NULL);
	} else if (strncmp(text, "ECHO ", 5) == 0) {
		key = "echo";
		json = reply(text + 5, at, echoed(text + 5));
	}
	if (json && cJSON_IsNull(cJSON_GetObjectItem(evidence, key)))
		(void)cJSON_ReplaceItemInObject(evidence, key, json);
	else
		cJSON_Delete(json);
}

struct cJSON *wk_read_exchange(const char *text, size_t len, const char *sent)
{
	cJSON *evidence = cJSON_CreateObject();
	const char *end = text + len;
	const char *rest = NULL;
	double at = 0;

	(void)cJSON_AddNullToObject(evidence, "greeting");
	(void)cJSON_AddNullToObject(evidence, "echo");
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		WK_AUTOFREE char *line = wk_text_clean(text, n, MAX_LINE);

		read_line(evidence, line);
		text += n + 1;
	}
	if (stamp(sent, &at, &rest))
		(void)cJSON_AddNumberToObject(evidence, "sentAt", at);
	else
		(void)cJSON_AddNullToObject(evidence, "sentAt");
	return evidence;
}
