/* Evidence without secrets and without bytes that break a report; arguments that may be null. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#include "wookie/base/mem.h"
#include "wookie/probe/args.h"
#include "wookie/probe/byhand.h"
#include "wookie/probe/kinds.h"
#include "wookie/probe/redact.h"
#include "wookie/probe/text.h"

#define TOKEN "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_"

Test(text, tokens_and_private_keys_never_pass)
{
	static const struct {
		const char *text;
		const char *redacted;
	} rows[] = {
		{"plain", "plain"},
		{"Bearer " TOKEN " end", "Bearer (redacted) end"},
		{"\"" TOKEN "\"", "\"(redacted)\""},
		{"eyJhbG no token", "eyJhbG no token"},
		{"eyJhbG.ab.cd", "eyJhbG.ab.cd"},
		{"-----BEGIN EC PRIVATE KEY-----\nAA\n-----END EC PRIVATE KEY-----\nrest",
			"(redacted)\nrest"},
		{"-----BEGIN RSA PRIVATE KEY-----\nAA cut", "(redacted)"},
		{"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n",
			"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"},
		{"a Secret's key: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUk= x",
			"a Secret's key: (redacted) x"},
		{"ZXlKaGJHY2lPaUpTVXpJMU5pSjk=", "(redacted)"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *text = cJSON_CreateString(rows[i].text);

		wk_redact(text);
		cr_expect_str_eq(text->valuestring, rows[i].redacted, "row '%s' became '%s'",
			rows[i].text, text->valuestring);
		cJSON_Delete(text);
	}
}

Test(text, a_token_deep_in_evidence_is_found)
{
	cJSON *json = cJSON_Parse("{\"a\":[{\"b\":\"x " TOKEN "\"}],\"c\":1}");
	char *text = NULL;

	wk_redact(json);
	text = cJSON_PrintUnformatted(json);
	cr_expect_str_eq(text, "{\"a\":[{\"b\":\"x (redacted)\"}],\"c\":1}");
	cJSON_free(text);
	cJSON_Delete(json);
}

Test(text, bytes_that_break_a_report_become_question_marks)
{
	WK_AUTOFREE char *clean = wk_text_clean("a\033[31m\0\xff\tz\n", 10, 100);
	WK_AUTOFREE char *cut = wk_text_clean("0123456789", 10, 4);

	cr_expect_str_eq(clean, "a?[31m??\tz");
	cr_expect_str_eq(cut, "0123...");
}

static const struct wk_arg_spec specs[] = {
	{"cluster", WK_ARG_STRING, true, ""},
	{"from", WK_ARG_ANY, true, ""},
	{"type", WK_ARG_STRING, false, ""},
	{0},
};

Test(args, a_derived_object_that_is_not_there_is_evidence)
{
	static const struct {
		const char *args;
		const char *absent;
	} rows[] = {
		{"{\"cluster\":\"a\",\"from\":{\"name\":\"p\"}}", NULL},
		{"{\"cluster\":null,\"from\":{\"name\":\"p\"}}", "{\"absent\":[\"cluster\"]}"},
		{"{\"cluster\":\"a\",\"from\":{\"name\":null}}", "{\"absent\":[\"from\"]}"},
		{"{\"type\":\"A\"}", "{\"absent\":[\"cluster\",\"from\"]}"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *args = cJSON_Parse(rows[i].args);
		cJSON *evidence = NULL;
		char *text = NULL;

		cr_expect_eq(wk_args_absent(args, specs, &evidence), rows[i].absent != NULL,
			"row %s", rows[i].args);
		text = evidence ? cJSON_PrintUnformatted(evidence) : NULL;
		if (rows[i].absent)
			cr_expect_str_eq(text, rows[i].absent);
		cJSON_free(text);
		cJSON_Delete(evidence);
		cJSON_Delete(args);
	}
}

Test(args, a_command_for_people_is_quoted_only_where_it_must_be)
{
	cJSON *args =
		cJSON_Parse("{\"cluster\":\"one\",\"from\":{\"namespace\":\"n\",\"name\":\"p\","
			    "\"container\":\"c\"}}");
	WK_AUTOFREE char *text = wk_by_hand_exec(
		args, NULL, (const char *const[]){"curl", "-w", "\n%{json}", "it's", NULL});

	cr_expect_str_eq(text, "kubectl --context one -n n exec p -c c -- curl -w '\\n%{json}' "
			       "'it'\\''s'");
	cJSON_Delete(args);
}

Test(args, no_argument_of_a_tls_command_is_read_by_a_shell)
{
	cJSON *args =
		cJSON_Parse("{\"address\":\"10.0.0.1\",\"port\":443,\"sni\":\"a;$(reboot)\\u001b"
			    "\",\"alpn\":\"istio, h2\"}");
	WK_AUTOFREE char *text = wk_probe_tls_by_hand(args);
	WK_AUTOFREE char *plain = NULL;

	cr_expect_str_eq(text, "openssl s_client -connect 10.0.0.1:443 -servername 'a;$(reboot)?' "
			       "-alpn 'istio, h2' -showcerts </dev/null");
	cJSON_DeleteItemFromObject(args, "sni");
	cJSON_DeleteItemFromObject(args, "alpn");
	plain = wk_probe_tls_by_hand(args);
	cr_expect_str_eq(plain, "openssl s_client -connect 10.0.0.1:443 -showcerts </dev/null");
	cJSON_Delete(args);
}

Test(args, half_a_command_is_none)
{
	WK_AUTOFREE char *word = wk_xmalloc(5001);

	(void)memset(word, ' ', 5000);
	word[5000] = '\0';
	cr_expect_null(wk_by_hand_words((const char *const[]){"echo", word, NULL}));
}

Test(args, durations_and_counts_have_what_stands_in_for_them)
{
	cJSON *args = cJSON_Parse("{\"a\":\"250ms\",\"b\":\"soon\",\"n\":7,\"m\":-1}");

	cr_expect_eq(wk_arg_duration(args, "a", 0), 250 * WK_MSEC);
	cr_expect_eq(wk_arg_duration(args, "b", 3), 3);
	cr_expect_eq(wk_arg_count(args, "n", 0), 7);
	cr_expect_eq(wk_arg_count(args, "m", 5), 5);
	cJSON_Delete(args);
}
