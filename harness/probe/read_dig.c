/*
 * dig's output
 *
 * dig is asked for comments, question, answer and statistics, which is the text people know. A
 * query that nobody answered has no header at all, so the loss lines begin an entry of their own.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wookie/base/mem.h"
#include "wookie/base/num.h"
#include "wookie/probe/read.h"
#include "wookie/probe/text.h"

#define MAX_LINE 1024

struct reading {
	cJSON *answers;
	cJSON *current; /* owned by answers */
	bool in_question;
};

static cJSON *begin(struct reading *reading, const char *status)
{
	cJSON *answer = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(answer, "status", status);
	(void)cJSON_AddFalseToObject(answer, "aa");
	(void)cJSON_AddNullToObject(answer, "ttl");
	(void)cJSON_AddArrayToObject(answer, "data");
	(void)cJSON_AddArrayToObject(answer, "names");
	(void)cJSON_AddItemToArray(reading->answers, answer);
	reading->current = answer;
	return answer;
}

/* ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1" */
static void read_header(struct reading *reading, const char *line)
{
	const char *status = strstr(line, "status: ");
	char name[32] = "";

	if (!status)
		return;
	(void)sscanf(status, "status: %31[A-Z0-9]", name);
	(void)begin(reading, name);
}

static void set_text(cJSON *object, const char *key, const char *text)
{
	if (!cJSON_HasObjectItem(object, key))
		(void)cJSON_AddStringToObject(object, key, text);
}

/* ";name. IN A" */
static void read_question(struct reading *reading, const char *line)
{
	char name[256];
	char type[16];

	if (sscanf(line, ";%255s %*15s %15s", name, type) != 2)
		return;
	set_text(reading->current, "question", name);
	set_text(reading->current, "type", type);
	reading->in_question = false;
}

/* Keeps an array of strings in order; the agent shuffles records on purpose. */
static void add_sorted(cJSON *array, const char *text)
{
	int at = 0;

	for (const cJSON *i = array->child; i && strcmp(i->valuestring, text) <= 0; i = i->next)
		at++;
	(void)cJSON_InsertItemInArray(array, at, cJSON_CreateString(text));
}

/* "name. 30 IN A 10.43.0.1" */
static void read_record(struct reading *reading, const char *line)
{
	char name[256];
	char ttl_text[16];
	char type[16];
	char data[256];
	uint64_t ttl = 0;
	struct wk_err err;
	const cJSON *asked = cJSON_GetObjectItem(reading->current, "type");
	cJSON *old = cJSON_GetObjectItem(reading->current, "ttl");

	if (sscanf(line, "%255s %15s %*15s %15s %255[^\n]", name, ttl_text, type, data) != 4 ||
		!wk_num_parse(ttl_text, 0, UINT32_MAX, &ttl, &err))
		return;
	add_sorted(cJSON_GetObjectItem(reading->current, "names"), name);
	if (!cJSON_IsString(asked) || strcmp(asked->valuestring, type) == 0)
		add_sorted(cJSON_GetObjectItem(reading->current, "data"), data);
	if (!cJSON_IsNumber(old) || old->valuedouble > (double)ttl)
		(void)cJSON_ReplaceItemInObject(
			reading->current, "ttl", cJSON_CreateNumber((double)ttl));
}

static void read_comment(struct reading *reading, const char *line)
{
	char server[64];
	int ms = 0;

	if (strncmp(line, ";; flags:", 9) == 0) {
		const char *end = strchr(line + 9, ';');
		const char *flag = strstr(line, " aa");

		if (flag && end && flag < end)
			(void)cJSON_ReplaceItemInObject(reading->current, "aa", cJSON_CreateTrue());
	} else if (strncmp(line, ";; QUESTION", 11) == 0) {
		reading->in_question = true;
	} else if (sscanf(line, ";; Query time: %d", &ms) == 1) { // NOLINT(cert-err34-c)
		(void)cJSON_AddNumberToObject(reading->current, "ms", ms);
	} else if (sscanf(line, ";; SERVER: %63[^( ]", server) == 1) {
		set_text(reading->current, "server", server);
	}
}

/* What dig says when nobody answers; it repeats itself for each server it tried. */
static bool is_loss(const char *line)
{
	return strncmp(line, ";; connection timed out", 23) == 0 ||
	       strncmp(line, ";; no servers could be reached", 30) == 0;
}

static void read_line(struct reading *reading, const char *line)
{
	if (strstr(line, "->>HEADER<<-")) {
		read_header(reading, line);
	} else if (is_loss(line)) {
		WK_AUTOFREE char *text = wk_text_clean(line + 3, strlen(line + 3), 200);

		(void)cJSON_AddStringToObject(begin(reading, "TIMEOUT"), "error", text);
		reading->current = NULL;
	} else if (!reading->current) {
		return;
	} else if (strncmp(line, ";;", 2) == 0) {
		read_comment(reading, line);
	} else if (*line == ';' && reading->in_question) {
		read_question(reading, line);
	} else if (*line && *line != ';') {
		read_record(reading, line);
	}
}

struct cJSON *wk_read_dig(const char *text, size_t len)
{
	struct reading reading = {.answers = cJSON_CreateArray()};
	const char *end = text + len;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		WK_AUTOFREE char *line = wk_text_clean(text, n, MAX_LINE);

		read_line(&reading, line);
		text += n + 1;
	}
	return reading.answers;
}
