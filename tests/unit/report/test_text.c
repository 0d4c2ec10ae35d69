#include "wookie/report/text.h"

#include <criterion/criterion.h>
#include <string.h>

#define FFFD "\xef\xbf\xbd"

Test(text, what_could_harm_a_terminal_or_an_xml_reader_is_taken_out)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"plain, \xc3\xa9 and \xe6\x97\xa5", "plain, \xc3\xa9 and \xe6\x97\xa5"},
		{"\x1b[1;31mred\x1b[0m", "red"},
		{"\x1b]0;title\x07text", "text"},
		{"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"},
		{"\x1b]no end", "no end"},
		{"\x1b(Bset", "set"},
		{"tail\x1b", "tail"},
		{"tail\x1b[", "tail"},
		{"a\r\nb", "a\nb"},
		{"over\rwrite", "over" FFFD "write"},
		{"tab\tstays", "tab\tstays"},
		{"\x07\x08\x7f", FFFD FFFD FFFD},
		{"\xc2\x9b"
		 "31m",
			FFFD "31m"},
		{"\xff\xc0\xaf", FFFD FFFD FFFD},
		{"\xed\xa0\x80", FFFD FFFD FFFD},
		{"\xf5\x80\x80\x80", FFFD FFFD FFFD FFFD},
		{"cut \xe6\x97", "cut " FFFD FFFD},
		{"\xef\xbf\xbe", FFFD},
		{"\xe2\x80\xae"
		 "exe",
			FFFD "exe"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(1000);

		cr_expect(wk_text_scrub(&out, rows[i].in, strlen(rows[i].in)));
		cr_expect_str_eq(
			wk_buf_str(&out), rows[i].out, "row %zu: '%s'", i, wk_buf_str(&out));
	}
}

Test(text, columns_are_what_a_terminal_takes_for_them)
{
	cr_expect_eq(wk_text_width("abc"), 3);
	cr_expect_eq(wk_text_width("\xe2\x9c\x93"), 1);
	cr_expect_eq(wk_text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	cr_expect_eq(wk_text_width("e\xcc\x81"), 1);
}

Test(text, a_line_is_cut_between_characters)
{
	static const struct {
		const char *in;
		unsigned columns;
		const char *out;
	} rows[] = {
		{"short", 10, "short"},
		{"exactly", 7, "exactly"},
		{"too long", 6, "too..."},
		{"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 5, "\xe6\x97\xa5..."},
		{"two\nlines\tor", 0, "two lines or"},
		{"abcd", 2, ""},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(1000);

		cr_expect(wk_text_line(&out, rows[i].in, rows[i].columns, "..."));
		cr_expect_str_eq(
			wk_buf_str(&out), rows[i].out, "row %zu: '%s'", i, wk_buf_str(&out));
	}
}

Test(text, seconds_have_three_decimals_and_no_sign)
{
	static const struct {
		double in;
		const char *out;
	} rows[] = {{0, "0.000"}, {1003, "1003.000"}, {0.0015, "0.002"}, {-1, "0.000"},
		{1e300, "0.000"}, {59.9996, "60.000"}};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(100);

		cr_expect(wk_text_seconds(&out, rows[i].in));
		cr_expect_str_eq(wk_buf_str(&out), rows[i].out);
	}
}
