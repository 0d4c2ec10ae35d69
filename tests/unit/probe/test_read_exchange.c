/* What is read out of a server-first exchange. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#include "wookie/probe/args.h"
#include "wookie/probe/read.h"

static cJSON *read_both(const char *text, const char *sent)
{
	return wk_read_exchange(text, strlen(text), sent);
}

Test(read_exchange, greeting_and_echo_carry_both_tokens_and_their_moments)
{
	cJSON *evidence = read_both("100.25 READY instance=db-0 token=ab12\n"
				    "105.50 ECHO instance=db-0 token=ab12 c0ffee and more\n",
		"105.26\n");
	const cJSON *greeting = cJSON_GetObjectItem(evidence, "greeting");
	const cJSON *echo = cJSON_GetObjectItem(evidence, "echo");

	cr_expect_str_eq(wk_arg_text(greeting, "instance"), "db-0");
	cr_expect_str_eq(wk_arg_text(greeting, "token"), "ab12");
	cr_expect_str_eq(wk_arg_text(echo, "line"), "c0ffee and more");
	cr_expect_float_eq(cJSON_GetObjectItem(greeting, "at")->valuedouble, 100.25, 0.001);
	cr_expect_float_eq(cJSON_GetObjectItem(evidence, "sentAt")->valuedouble, 105.26, 0.001);
	cJSON_Delete(evidence);
}

Test(read_exchange, what_was_not_said_is_null)
{
	static const char *const texts[] = {"", "READY instance=db-0 token=ab\n",
		"1.0 READY instance=db-0\n", "1.0 READY token=ab instance=db-0\n",
		"1.0 ready instance=db-0 token=ab\n", "1.0 READY instance=db-0 token=XYZ\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cJSON *evidence = read_both(texts[i], "nc: bad address");

		cr_expect(
			cJSON_IsNull(cJSON_GetObjectItem(evidence, "greeting")), "'%s'", texts[i]);
		cr_expect(cJSON_IsNull(cJSON_GetObjectItem(evidence, "sentAt")), "'%s'", texts[i]);
		cJSON_Delete(evidence);
	}
}

Test(read_exchange, the_first_greeting_counts)
{
	cJSON *evidence =
		read_both("1.0 READY instance=a token=aa\n2.0 READY instance=b token=bb\n", "");

	cr_expect_str_eq(wk_arg_text(cJSON_GetObjectItem(evidence, "greeting"), "instance"), "a");
	cJSON_Delete(evidence);
}
