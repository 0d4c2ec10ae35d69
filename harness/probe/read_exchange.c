/*
 * Server-first exchanges
 *
 * A database greets before its client says anything, which is the case that protocol sniffing and
 * half-open proxies break. Each line carries the number of its connection and the second at which it
 * arrived, so that "before we sent" is a comparison and not a belief. A connection of which nothing
 * was heard is there too, with nothing in it.
 */
#include <cjson/cJSON.h>
#include <limits.h>
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

static void put_first(cJSON *exchange, const char *key, cJSON *json)
{
	if (json && cJSON_IsNull(cJSON_GetObjectItem(exchange, key)))
		(void)cJSON_ReplaceItemInObject(exchange, key, json);
	else
		cJSON_Delete(json);
}

/* "3 123.45 READY ...": by the third connection, at that second. */
static void read_line(cJSON *exchanges, const char *line)
{
	char *end = NULL;
	long number = strtol(line, &end, 10);
	cJSON *exchange = number > 0 && number <= INT_MAX
				  ? cJSON_GetArrayItem(exchanges, (int)number - 1)
				  : NULL;
	const char *text = NULL;
	double at = 0;

	if (!exchange || *end != ' ' || !stamp(end + 1, &at, &text))
		return;
	if (strncmp(text, "READY ", 6) == 0)
		put_first(exchange, "greeting", reply(text + 6, at, NULL));
	else if (strncmp(text, "ECHO ", 5) == 0)
		put_first(exchange, "echo", reply(text + 5, at, echoed(text + 5)));
	else if (strcmp(text, "SENT") == 0)
		put_first(exchange, "sentAt", cJSON_CreateNumber(at));
}

static cJSON *unheard(const struct wk_exchanges *of)
{
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < of->n_hosts * of->each; i++) {
		cJSON *exchange = cJSON_CreateObject();
		WK_AUTOFREE char *sent = wk_xasprintf("%s-%zu", of->token, i + 1);

		(void)cJSON_AddStringToObject(exchange, "host", of->hosts[i / of->each]);
		(void)cJSON_AddStringToObject(exchange, "sent", sent);
		(void)cJSON_AddNullToObject(exchange, "sentAt");
		(void)cJSON_AddNullToObject(exchange, "greeting");
		(void)cJSON_AddNullToObject(exchange, "echo");
		(void)cJSON_AddItemToArray(list, exchange);
	}
	return list;
}

struct cJSON *wk_read_exchanges(const char *text, size_t len, const struct wk_exchanges *of)
{
	cJSON *evidence = cJSON_CreateObject();
	cJSON *exchanges = unheard(of);
	const char *end = text + len;

	(void)cJSON_AddItemToObject(evidence, "exchanges", exchanges);
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		WK_AUTOFREE char *line = wk_text_clean(text, n, MAX_LINE);

		read_line(exchanges, line);
		text += n + 1;
	}
	return evidence;
}
