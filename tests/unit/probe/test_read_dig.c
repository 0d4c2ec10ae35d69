/* What is read out of dig's text: answers, flags, loss, and nothing out of noise. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "wookie/base/buf.h"
#include "wookie/probe/args.h"
#include "wookie/probe/read.h"

static const char found[] = ";; Got answer:\n"
			    ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711\n"
			    ";; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1\n"
			    ";; WARNING: recursion requested but not available\n"
			    "\n"
			    ";; OPT PSEUDOSECTION:\n"
			    "; EDNS: version: 0, flags:; udp: 1232\n"
			    ";; QUESTION SECTION:\n"
			    ";shop.demo.svc.cluster.local. IN A\n"
			    "\n"
			    ";; ANSWER SECTION:\n"
			    "shop.demo.svc.cluster.local. 30 IN A 10.1.0.9\n"
			    "shop.demo.svc.cluster.local. 20 IN A 10.1.0.10\n"
			    "\n"
			    ";; Query time: 3 msec\n"
			    ";; SERVER: 10.2.0.10#53(10.2.0.10) (UDP)\n";

static const char unknown[] =
	";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n"
	";; flags: qr rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 0\n"
	";; QUESTION SECTION:\n"
	";nobody.demo.svc.cluster.local. IN AAAA\n";

static const char alias[] = ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n"
			    ";; QUESTION SECTION:\n"
			    ";shop.demo.svc.cluster.local.home.svc.cluster.local. IN A\n"
			    ";; ANSWER SECTION:\n"
			    "shop.demo.svc.cluster.local.home.svc.cluster.local. 30 IN CNAME "
			    "shop.demo.svc.cluster.local.\n"
			    "shop.demo.svc.cluster.local. 30 IN A 10.1.0.9\n";

static const char lost[] = ";; communications error to 10.2.0.10#53: timed out\n"
			   ";; no servers could be reached\n";

static cJSON *read_one(const char *text)
{
	cJSON *answers = wk_read_dig(text, strlen(text));

	cr_assert_eq(cJSON_GetArraySize(answers), 1, "expected one answer");
	return answers;
}

static const cJSON *data_of(const cJSON *answers)
{
	return cJSON_GetObjectItem(cJSON_GetArrayItem(answers, 0), "data");
}

Test(read_dig, an_answer_has_status_flags_and_sorted_records)
{
	cJSON *answers = read_one(found);
	const cJSON *answer = cJSON_GetArrayItem(answers, 0);

	cr_expect_str_eq(wk_arg_text(answer, "status"), "NOERROR");
	cr_expect(wk_arg_true(answer, "aa"));
	cr_expect_eq(wk_arg_count(answer, "ttl", -1), 20);
	cr_expect_eq(wk_arg_count(answer, "ms", -1), 3);
	cr_expect_str_eq(wk_arg_text(answer, "question"), "shop.demo.svc.cluster.local.");
	cr_expect_str_eq(wk_arg_text(answer, "server"), "10.2.0.10#53");
	cr_assert_eq(cJSON_GetArraySize(data_of(answers)), 2);
	cr_expect_str_eq(cJSON_GetArrayItem(data_of(answers), 0)->valuestring, "10.1.0.10");
	cJSON_Delete(answers);
}

Test(read_dig, an_unknown_name_has_no_records_and_no_ttl)
{
	cJSON *answers = read_one(unknown);
	const cJSON *answer = cJSON_GetArrayItem(answers, 0);

	cr_expect_str_eq(wk_arg_text(answer, "status"), "NXDOMAIN");
	cr_expect_str_eq(wk_arg_text(answer, "type"), "AAAA");
	cr_expect_not(wk_arg_true(answer, "aa"), "'ra' is not 'aa'");
	cr_expect(cJSON_IsNull(cJSON_GetObjectItem(answer, "ttl")));
	cr_expect_eq(cJSON_GetArraySize(data_of(answers)), 0);
	cJSON_Delete(answers);
}

Test(read_dig, an_alias_is_a_name_and_not_an_address)
{
	cJSON *answers = read_one(alias);
	const cJSON *names = cJSON_GetObjectItem(cJSON_GetArrayItem(answers, 0), "names");

	cr_assert_eq(cJSON_GetArraySize(data_of(answers)), 1);
	cr_expect_str_eq(cJSON_GetArrayItem(data_of(answers), 0)->valuestring, "10.1.0.9");
	cr_expect_eq(cJSON_GetArraySize(names), 2);
	cJSON_Delete(answers);
}

Test(read_dig, silence_is_a_timeout_in_its_own_words)
{
	cJSON *answers = read_one(lost);
	const cJSON *answer = cJSON_GetArrayItem(answers, 0);

	cr_expect_str_eq(wk_arg_text(answer, "status"), "TIMEOUT");
	cr_expect_str_eq(wk_arg_text(answer, "error"), "no servers could be reached");
	cJSON_Delete(answers);
}

Test(read_dig, several_queries_stay_in_order)
{
	char text[4096];
	cJSON *answers = NULL;

	(void)snprintf(text, sizeof(text), "%s%s%s", unknown, lost, found);
	answers = wk_read_dig(text, strlen(text));
	cr_assert_eq(cJSON_GetArraySize(answers), 3);
	cr_expect_str_eq(wk_arg_text(cJSON_GetArrayItem(answers, 0), "status"), "NXDOMAIN");
	cr_expect_str_eq(wk_arg_text(cJSON_GetArrayItem(answers, 1), "status"), "TIMEOUT");
	cr_expect_str_eq(wk_arg_text(cJSON_GetArrayItem(answers, 2), "status"), "NOERROR");
	cJSON_Delete(answers);
}

Test(read_dig, noise_has_no_answers)
{
	static const char noise[] =
		"dig: couldn't get address for 'x'\n; comment\nname 30 IN A 1.2.3.4\n";
	cJSON *answers = wk_read_dig(noise, strlen(noise));

	cr_expect_eq(cJSON_GetArraySize(answers), 0);
	cJSON_Delete(answers);
}

Test(read_dig, every_record_of_an_answer_counts)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(100000);
	cJSON *answers;
	const cJSON *data;

	(void)wk_buf_puts(&text, ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n"
				 ";; QUESTION SECTION:\n;many.test. IN A\n;; ANSWER SECTION:\n");
	for (int i = 0; i < 100; i++)
		(void)wk_buf_printf(&text, "many.test. 30 IN A 10.0.0.%d\n", 199 - i);
	answers = wk_read_dig(wk_buf_str(&text), text.len);
	data = cJSON_GetObjectItem(cJSON_GetArrayItem(answers, 0), "data");
	cr_expect_eq(cJSON_GetArraySize(data), 100);
	cr_expect_str_eq(cJSON_GetArrayItem(data, 0)->valuestring, "10.0.0.100");
	cr_expect_str_eq(cJSON_GetArrayItem(data, 99)->valuestring, "10.0.0.199");
	cJSON_Delete(answers);
}
