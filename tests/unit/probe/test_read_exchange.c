/* What is read out of server-first exchanges. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#include "wookie/probe/args.h"
#include "wookie/probe/read.h"

static const char *const hosts[] = {"10.0.0.1", "10.0.0.2"};

/* Two connections to each of two hosts. */
static cJSON *read_all(const char *text)
{
	return wk_read_exchanges(text, strlen(text),
		&(const struct wk_exchanges){
			.token = "c0ffee", .hosts = hosts, .n_hosts = 2, .each = 2});
}

static const cJSON *exchange(const cJSON *evidence, int number)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItem(evidence, "exchanges"), number - 1);
}

static const cJSON *of(const cJSON *evidence, int number, const char *key)
{
	return cJSON_GetObjectItem(exchange(evidence, number), key);
}

Test(read_exchange, greeting_and_echo_carry_both_tokens_and_their_moments)
{
	cJSON *evidence = read_all("3 100.25 READY instance=db-0 token=ab12\n"
				   "3 105.26 SENT\n"
				   "3 105.50 ECHO instance=db-0 token=ab12 c0ffee-3 and more\n");
	const cJSON *greeting = of(evidence, 3, "greeting");
	const cJSON *echo = of(evidence, 3, "echo");

	cr_expect_str_eq(wk_arg_text(exchange(evidence, 3), "host"), "10.0.0.2");
	cr_expect_str_eq(wk_arg_text(exchange(evidence, 3), "sent"), "c0ffee-3");
	cr_expect_str_eq(wk_arg_text(greeting, "instance"), "db-0");
	cr_expect_str_eq(wk_arg_text(greeting, "token"), "ab12");
	cr_expect_str_eq(wk_arg_text(echo, "line"), "c0ffee-3 and more");
	cr_expect_float_eq(cJSON_GetObjectItem(greeting, "at")->valuedouble, 100.25, 0.001);
	cr_expect_float_eq(of(evidence, 3, "sentAt")->valuedouble, 105.26, 0.001);
	cJSON_Delete(evidence);
}

Test(read_exchange, a_connection_of_which_nothing_was_heard_is_there_too)
{
	cJSON *evidence = read_all("4 1.5 READY instance=b token=bb\n"
				   "1 1.5 READY instance=a token=aa\n");

	cr_assert_eq(cJSON_GetArraySize(cJSON_GetObjectItem(evidence, "exchanges")), 4);
	cr_expect_str_eq(wk_arg_text(of(evidence, 1, "greeting"), "instance"), "a");
	cr_expect(cJSON_IsNull(of(evidence, 2, "greeting")));
	cr_expect_str_eq(wk_arg_text(exchange(evidence, 2), "host"), "10.0.0.1");
	cr_expect(cJSON_IsNull(of(evidence, 3, "greeting")));
	cr_expect_str_eq(wk_arg_text(of(evidence, 4, "greeting"), "instance"), "b");
	cJSON_Delete(evidence);
}

Test(read_exchange, what_was_not_said_is_null)
{
	static const char *const texts[] = {"", "READY instance=db-0 token=ab\n",
		"1.0 READY instance=db-0 token=ab\n", "1 1.0 READY instance=db-0\n",
		"1 1.0 READY token=ab instance=db-0\n", "1 1.0 ready instance=db-0 token=ab\n",
		"1 1.0 READY instance=db-0 token=XYZ\n", "0 1.0 READY instance=a token=ab\n",
		"5 1.0 READY instance=a token=ab\n", "-1 1.0 READY instance=a token=ab\n",
		"99999999999999999999 1.0 READY instance=a token=ab\n", "1 1.0 SENTRY\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cJSON *evidence = read_all(texts[i]);

		for (int n = 1; n <= 4; n++) {
			cr_expect(cJSON_IsNull(of(evidence, n, "greeting")), "'%s'", texts[i]);
			cr_expect(cJSON_IsNull(of(evidence, n, "sentAt")), "'%s'", texts[i]);
		}
		cJSON_Delete(evidence);
	}
}

Test(read_exchange, the_first_greeting_counts)
{
	cJSON *evidence =
		read_all("1 1.0 READY instance=a token=aa\n1 2.0 READY instance=b token=bb\n");

	cr_expect_str_eq(wk_arg_text(of(evidence, 1, "greeting"), "instance"), "a");
	cJSON_Delete(evidence);
}
