/* What is counted out of curl's reports and the bodies between them. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "wookie/base/buf.h"
#include "wookie/probe/args.h"
#include "wookie/probe/read.h"

#define OK_REPORT                                                                   \
	"\n{\"http_code\":200,\"exitcode\":0,\"errormsg\":null,\"num_connects\":1," \
	"\"remote_ip\":\"10.1.0.9\",\"remote_port\":5000,\"time_total\":0.004000}\n"
#define LATE_REPORT                                                                \
	"\n{\"http_code\":0,\"exitcode\":28,\"errormsg\":\"Operation timed out\"," \
	"\"num_connects\":1,\"time_total\":5.0}\n"
#define DOWN_REPORT                                                                 \
	"\n{\"http_code\":503,\"exitcode\":0,\"errormsg\":null,\"num_connects\":0," \
	"\"time_total\":0.002}\n"

static cJSON *read_text(const char *text)
{
	return wk_read_curl(text, strlen(text));
}

static long in(const cJSON *evidence, const char *map, const char *key)
{
	return wk_arg_count(cJSON_GetObjectItem(evidence, map), key, 0);
}

Test(read_curl, a_sentence_names_the_one_who_answered)
{
	cJSON *evidence = read_text("Hello version: v1, instance: shop-7c-abc\n" OK_REPORT);
	const cJSON *answer = cJSON_GetArrayItem(cJSON_GetObjectItem(evidence, "answers"), 0);

	cr_expect_eq(wk_arg_count(evidence, "sent", -1), 1);
	cr_expect_eq(wk_arg_count(evidence, "ok", -1), 1);
	cr_expect_eq(in(evidence, "codes", "200"), 1);
	cr_expect_str_eq(wk_arg_text(answer, "instance"), "shop-7c-abc");
	cr_expect_str_eq(wk_arg_text(answer, "version"), "v1");
	cr_expect_str_eq(wk_arg_text(answer, "address"), "10.1.0.9");
	cr_expect_eq(in(evidence, "instances", "shop-7c-abc"), 1);
	cJSON_Delete(evidence);
}

Test(read_curl, bodies_that_come_before_the_reports_are_still_counted)
{
	cJSON *evidence =
		read_text("Hello version: v1, instance: a\nHello version: v1, instance: b\n"
			  "Hello version: v1, instance: a\n" OK_REPORT OK_REPORT OK_REPORT);

	cr_expect_eq(wk_arg_count(evidence, "ok", -1), 3);
	cr_expect_eq(in(evidence, "instances", "a"), 2);
	cr_expect_eq(in(evidence, "instances", "b"), 1);
	cr_expect_eq(in(evidence, "versions", "v1"), 3);
	cJSON_Delete(evidence);
}

Test(read_curl, a_transfer_that_failed_is_an_answer_with_its_reason)
{
	cJSON *evidence = read_text(LATE_REPORT "no healthy upstream" DOWN_REPORT);

	cr_expect_eq(wk_arg_count(evidence, "sent", -1), 2);
	cr_expect_eq(wk_arg_count(evidence, "ok", -1), 0);
	cr_expect_eq(in(evidence, "exits", "28"), 1);
	cr_expect_eq(in(evidence, "codes", "503"), 1);
	cr_expect_eq(in(evidence, "errors", "Operation timed out"), 1);
	cr_expect_eq(in(evidence, "bodies", "no healthy upstream"), 1);
	cJSON_Delete(evidence);
}

Test(read_curl, a_json_body_is_kept_as_json)
{
	cJSON *evidence = read_text("{\n \"host\": \"shop\"\n}\n" OK_REPORT);
	const cJSON *answer = cJSON_GetArrayItem(cJSON_GetObjectItem(evidence, "answers"), 0);

	cr_expect_str_eq(wk_arg_text(cJSON_GetObjectItem(answer, "json"), "host"), "shop");
	cJSON_Delete(evidence);
}

Test(read_curl, many_answers_leave_few_in_the_evidence_and_all_in_the_counts)
{
	char text[64 * 1024] = "";
	cJSON *evidence = NULL;

	for (int i = 0; i < 90; i++)
		(void)strcat(text, i == 80 ? LATE_REPORT : OK_REPORT);
	evidence = read_text(text);
	cr_expect_eq(wk_arg_count(evidence, "sent", -1), 90);
	cr_expect_eq(wk_arg_count(evidence, "ok", -1), 89);
	cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(evidence, "answers")), 11,
		"ten, and the failure");
	cJSON_Delete(evidence);
}

Test(read_curl, nothing_is_nothing_sent)
{
	static const char *const texts[] = {"", "\n\n", "{", "{}\n", "{\"http_code\":200}\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cJSON *evidence = read_text(texts[i]);

		cr_expect_eq(wk_arg_count(evidence, "sent", -1), 0, "'%s'", texts[i]);
		cJSON_Delete(evidence);
	}
}

Test(read_curl, every_transfer_counts)
{
	static const char line[] = "{\"http_code\":200,\"exitcode\":0,\"time_total\":0.001}\n";
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(1 << 20);
	cJSON *evidence;

	for (int i = 0; i < 3000; i++)
		(void)wk_buf_puts(&text, line);
	evidence = wk_read_curl(wk_buf_str(&text), text.len);
	cr_expect_eq(wk_arg_count(evidence, "sent", 0), 3000);
	cr_expect_eq(wk_arg_count(evidence, "ok", 0), 3000);
	cJSON_Delete(evidence);
}
