/*
 * curl's report lines
 *
 * Many requests go into one exec (an exec costs as much as a hundred requests), so curl writes a
 * JSON line for each transfer with its body before it. Side by side the bodies come in any order:
 * what is counted over all of them stays right, and is what checks ask for.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wookie/base/buf.h"
#include "wookie/probe/read.h"
#include "wookie/probe/text.h"

#define MAX_BODY ((size_t)16 * 1024)
#define MAX_BODIES 20
#define MAX_KEPT 10
#define MORE_TRANSFERS 1024

struct reading {
	cJSON *evidence;
	cJSON *answers; /* these are owned by evidence */
	cJSON *codes;
	cJSON *exits;
	cJSON *errors;
	cJSON *instances;
	cJSON *versions;
	cJSON *bodies;
	struct wk_buf body; /* since the last report */
	double *ms;         /* of each transfer */
	int sent;
	int ok;
	int connects;
	int failures_kept;
};

static double number(const cJSON *report, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(report, key);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static const char *text_of(const cJSON *report, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(report, key);

	return cJSON_IsString(item) ? item->valuestring : "";
}

/* Finds the sentence of helloworld in a line. */
static bool sentence(const char *line, char version[64], char instance[128])
{
	const char *hello = strstr(line, "Hello version: ");

	return hello && sscanf(hello, "Hello version: %63[^,], instance: %127[A-Za-z0-9.-]",
				version, instance) == 2;
}

static void read_body_line(struct reading *reading, const char *line)
{
	char version[64];
	char instance[128];
	WK_AUTOFREE char *text = wk_text_clean(line, strlen(line), 300);

	(void)wk_buf_puts(&reading->body, line);
	(void)wk_buf_putc(&reading->body, '\n');
	if (sentence(line, version, instance)) {
		wk_json_count(reading->instances, instance);
		wk_json_count(reading->versions, version);
		if (!cJSON_HasObjectItem(reading->evidence, "response"))
			(void)cJSON_AddStringToObject(reading->evidence, "response", text);
	}
	if (*line && (cJSON_HasObjectItem(reading->bodies, text) ||
			     cJSON_GetArraySize(reading->bodies) < MAX_BODIES))
		wk_json_count(reading->bodies, text);
}

static void add_body(cJSON *answer, const struct wk_buf *body)
{
	char version[64];
	char instance[128];
	WK_AUTOFREE char *text = wk_text_clean(wk_buf_str(body), body->len, 1024);
	cJSON *json = cJSON_Parse(wk_buf_str(body));

	(void)cJSON_AddStringToObject(answer, "body", text);
	if (sentence(text, version, instance)) {
		(void)cJSON_AddStringToObject(answer, "version", version);
		(void)cJSON_AddStringToObject(answer, "instance", instance);
	}
	if (cJSON_IsObject(json) || cJSON_IsArray(json))
		(void)cJSON_AddItemToObject(answer, "json", json);
	else
		cJSON_Delete(json);
}

static void keep_answer(struct reading *reading, const cJSON *report, bool ok)
{
	cJSON *answer = NULL;

	if (reading->sent >= MAX_KEPT && (ok || reading->failures_kept >= MAX_KEPT))
		return;
	reading->failures_kept += reading->sent >= MAX_KEPT ? 1 : 0;
	answer = cJSON_CreateObject();
	(void)cJSON_AddNumberToObject(answer, "code", number(report, "http_code"));
	(void)cJSON_AddNumberToObject(answer, "exit", number(report, "exitcode"));
	(void)cJSON_AddStringToObject(answer, "error", text_of(report, "errormsg"));
	(void)cJSON_AddStringToObject(answer, "address", text_of(report, "remote_ip"));
	(void)cJSON_AddNumberToObject(answer, "port", number(report, "remote_port"));
	(void)cJSON_AddNumberToObject(answer, "connects", number(report, "num_connects"));
	(void)cJSON_AddNumberToObject(
		answer, "ms", (double)(long)(number(report, "time_total") * 1e6) / 1e3);
	add_body(answer, &reading->body);
	(void)cJSON_AddItemToArray(reading->answers, answer);
}

static void count_number(cJSON *object, double value)
{
	char key[24];

	(void)snprintf(key, sizeof(key), "%.0f", value);
	wk_json_count(object, key);
}

static void read_report(struct reading *reading, const cJSON *report)
{
	double code = number(report, "http_code");
	bool ok = code == 200 && number(report, "exitcode") == 0;

	keep_answer(reading, report, ok);
	count_number(reading->codes, code);
	count_number(reading->exits, number(report, "exitcode"));
	if (*text_of(report, "errormsg"))
		wk_json_count(reading->errors, text_of(report, "errormsg"));
	if (reading->sent % MORE_TRANSFERS == 0)
		reading->ms = wk_xrealloc(
			reading->ms, sizeof(double) * ((size_t)reading->sent + MORE_TRANSFERS));
	reading->ms[reading->sent] = number(report, "time_total") * 1e3;
	reading->sent++;
	reading->ok += ok ? 1 : 0;
	reading->connects += (int)number(report, "num_connects");
	wk_buf_finish(&reading->body);
	reading->body = WK_BUF_INIT(MAX_BODY);
}

static void read_line(struct reading *reading, const char *line)
{
	cJSON *report = *line == '{' ? cJSON_Parse(line) : NULL;

	if (cJSON_HasObjectItem(report, "http_code") && cJSON_HasObjectItem(report, "exitcode")) {
		read_report(reading, report);
	} else {
		read_body_line(reading, line);
	}
	cJSON_Delete(report);
}

static int by_value(const void *a, const void *b)
{
	const double *left = a;
	const double *right = b;

	return (*left > *right) - (*left < *right);
}

static void add_times(struct reading *reading)
{
	cJSON *ms = cJSON_AddObjectToObject(reading->evidence, "ms");
	size_t n = (size_t)reading->sent;

	if (n == 0)
		return;
	qsort(reading->ms, n, sizeof(double), by_value);
	(void)cJSON_AddNumberToObject(ms, "min", (double)(long)(reading->ms[0] * 1e3) / 1e3);
	(void)cJSON_AddNumberToObject(ms, "median", (double)(long)(reading->ms[n / 2] * 1e3) / 1e3);
	(void)cJSON_AddNumberToObject(ms, "max", (double)(long)(reading->ms[n - 1] * 1e3) / 1e3);
}

static void start(struct reading *reading)
{
	cJSON *evidence = cJSON_CreateObject();

	*reading = (struct reading){.evidence = evidence,
		.answers = cJSON_AddArrayToObject(evidence, "answers"),
		.codes = cJSON_AddObjectToObject(evidence, "codes"),
		.exits = cJSON_AddObjectToObject(evidence, "exits"),
		.errors = cJSON_AddObjectToObject(evidence, "errors"),
		.instances = cJSON_AddObjectToObject(evidence, "instances"),
		.versions = cJSON_AddObjectToObject(evidence, "versions"),
		.bodies = cJSON_AddObjectToObject(evidence, "bodies"),
		.body = WK_BUF_INIT(MAX_BODY)};
}

struct cJSON *wk_read_curl(const char *text, size_t len)
{
	struct reading all;
	struct reading *reading = &all;
	const char *end = text + len;
	cJSON *evidence = NULL;

	start(reading);
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);
		WK_AUTOFREE char *line = wk_text_clean(text, n, MAX_BODY);

		read_line(reading, line);
		text += n + 1;
	}
	evidence = reading->evidence;
	(void)cJSON_AddNumberToObject(evidence, "sent", reading->sent);
	(void)cJSON_AddNumberToObject(evidence, "ok", reading->ok);
	(void)cJSON_AddNumberToObject(evidence, "connects", reading->connects);
	add_times(reading);
	wk_buf_finish(&reading->body);
	free(reading->ms);
	return evidence;
}
