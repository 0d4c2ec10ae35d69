#include "wookie/base/arena.h"
#include "wookie/base/buf.h"
#include "wookie/base/num.h"
#include "wookie/base/suggest.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

Test(err, context_is_put_before_the_message)
{
	struct wk_err err = {0};

	cr_assert_not(wk_err_set(&err, WK_ERR_INPUT, "unknown key '%s'", "timeoutt"));
	cr_assert_not(wk_err_context(&err, "%s:%d", "mesh.yaml", 14));
	cr_assert_str_eq(err.msg, "mesh.yaml:14: unknown key 'timeoutt'");
	cr_assert_eq(err.kind, WK_ERR_INPUT);
}

Test(err, a_system_error_says_why)
{
	struct wk_err err = {0};

	cr_assert_not(wk_err_sys(&err, 28, "%s", "/cache"));
	cr_assert_str_eq(err.msg, "/cache: No space left on device");
	cr_assert_eq(err.errnum, 28);
}

Test(err, a_message_that_is_cut_ends_with_a_whole_character)
{
	struct wk_err err = {0};
	char text[1200] = "";

	for (size_t pad = 0; pad < 4; pad++) {
		memset(text, 'x', pad);
		for (size_t i = pad; i + 4 < sizeof(text) - 4; i += 3)
			memcpy(text + i, "\u20ac", 4);
		cr_assert_not(wk_err_set(&err, WK_ERR_INPUT, "%s", text));
		cr_expect_eq((strlen(err.msg) - pad) % 3, 0, "pad %zu", pad);
		cr_assert_not(wk_err_context(&err, "y"));
		cr_expect_eq((strlen(err.msg) - pad - strlen("y: ")) % 3, 0, "pad %zu", pad);
	}
}

Test(buf, what_does_not_fit_is_dropped_whole_and_remembered)
{
	struct wk_buf WK_AUTO(wk_buf_finish) buf = WK_BUF_INIT(8);

	cr_assert(wk_buf_puts(&buf, "1234"));
	cr_assert_not(wk_buf_puts(&buf, "56789"));
	cr_assert(buf.full);
	cr_assert_str_eq(wk_buf_str(&buf), "1234");
	cr_assert_not(wk_buf_putc(&buf, '5'), "a full buffer stays full");
}

Test(buf, takes_and_starts_again)
{
	struct wk_buf WK_AUTO(wk_buf_finish) buf = WK_BUF_INIT(1024);
	WK_AUTOFREE char *text = NULL;

	cr_assert(wk_buf_printf(&buf, "%s-%d", "a", 7));
	text = wk_buf_take(&buf);
	cr_assert_str_eq(text, "a-7");
	cr_assert_eq(buf.len, 0u);
	cr_assert_str_eq(wk_buf_str(&buf), "");
}

Test(arena, arrays_grow_and_keep_their_elements)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	size_t *numbers = NULL;

	for (size_t i = 0; i < 1000; i++) {
		numbers = wk_arena_grow(arena, numbers, i, sizeof(*numbers));
		numbers[i] = i;
	}
	for (size_t i = 0; i < 1000; i++)
		cr_assert_eq(numbers[i], i, "element %zu", i);
}

Test(arena, large_and_small_allocations_are_zero_and_apart)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	char *large = wk_arena_alloc(arena, 1, 100000);
	char *small = wk_arena_strdup(arena, "abc");

	memset(large, 'x', 100000);
	cr_assert_str_eq(small, "abc");
	cr_assert_eq(((char *)wk_arena_alloc(arena, 1, 1))[0], 0);
}

Test(num, takes_what_it_says_and_nothing_else)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t value;
	} rows[] = {
		{"0", true, 0},
		{"15443", true, 15443},
		{"18446744073709551615", true, UINT64_MAX},
		{"18446744073709551616", false, 0},
		{"", false, 0},
		{"-3", false, 0},
		{"+3", false, 0},
		{" 3", false, 0},
		{"3 ", false, 0},
		{"3x", false, 0},
		{"soon", false, 0},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_err err = {0};
		uint64_t value = 77;

		cr_expect_eq(wk_num_parse(rows[i].text, 0, UINT64_MAX, &value, &err), rows[i].ok,
			"'%s'", rows[i].text);
		cr_expect_eq(value, rows[i].ok ? rows[i].value : 77, "'%s'", rows[i].text);
	}
}

Test(num, range_is_part_of_the_message)
{
	struct wk_err err = {0};
	uint64_t value;

	cr_assert_not(wk_num_parse("70000", 1, 65535, &value, &err));
	cr_assert_str_eq(err.msg, "expected a whole number from 1 to 65535, found '70000'");
}

Test(num, dates)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-22T14:33:41Z", 1795358021},
		{"2026-11-22T14:33:41.999Z", 1795358021},
		{"2026-11-22T15:33:41+01:00", 1795358021},
		{"2026-11-22T06:03:41-08:30", 1795358021},
		{"2026-11-22T14:33:41", -1},
		{"2026-11-22 14:33:41Z", -1},
		{"2026-11-22T14:33:41Zulu", -1},
		{"2026-11-22T14:33:41+1:00", -1},
		{"2026-11-22T14:33:41+0100", -1},
		{"2026-13-22T14:33:41Z", -1},
		{" 2026-11-22T14:33:41Z", -1},
		{"+2026-11-22T14:33:41Z", -1},
		{"tomorrow", -1},
		{"", -1},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_err err = {0};
		int64_t got = -1;

		cr_expect_eq(wk_date_parse(rows[i].text, &got, &err), rows[i].seconds >= 0, "'%s'",
			rows[i].text);
		cr_expect_eq(got, rows[i].seconds, "'%s': %" PRId64, rows[i].text, got);
		cr_expect(got >= 0 || strstr(err.msg, "expected a date"), "'%s'", rows[i].text);
	}
}

Test(num, chances)
{
	static const struct {
		const char *text;
		double chance; /* 0: refused */
	} rows[] = {
		{"1e-6", 1e-6},
		{"4e-11", 4e-11},
		{"1.5e-09", 1.5e-9},
		{"9e-99", 9e-99},
		{"2e-6", 0},
		{"1.1e-6", 0},
		{"1e-100", 0},
		{"0e-9", 0},
		{"10e-9", 0},
		{"1.e-9", 0},
		{"1e9", 0},
		{"1e-", 0},
		{"-1e-9", 0},
		{" 1e-9", 0},
		{"1e-9 ", 0},
		{"1e-99999999999999999999999", 0},
		{"0.0000001", 0},
		{"nan", 0},
		{"", 0},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		double chance = 0;
		struct wk_err err = {0};

		cr_expect_eq(wk_chance_parse(rows[i].text, 1e-6, &chance, &err), rows[i].chance > 0,
			"'%s': %s", rows[i].text, err.msg);
		cr_expect_eq(chance, rows[i].chance, "'%s': %g", rows[i].text, chance);
	}
}

Test(num, durations)
{
	static const struct {
		const char *text;
		wk_nsec length;
	} rows[] = {
		{"250ms", 250 * WK_MSEC},
		{"30s", 30 * WK_SEC},
		{"1.5s", 1500 * WK_MSEC},
		{"0.25m", 15 * WK_SEC},
		{"2m", 120 * WK_SEC},
		{"1h", 3600 * WK_SEC},
		{"1h30m", 5400 * WK_SEC},
		{"1m0.5s", 60 * WK_SEC + 500 * WK_MSEC},
		{"1h1h", -1},
		{"30m1h", -1},
		{"2562047h99999m", -1},
		{"1h30", -1},
		{"5 parsecs", -1},
		{"5", -1},
		{"s", -1},
		{"-1s", -1},
		{"1.s", -1},
		{"99999999999999999h", -1},
		{"87600h", 87600 * 3600 * WK_SEC},
		{"87600.1h", -1},
		{"2562047h", -1},
		{"9223372036s", -1},
		{"0.99999999999999999999999999h", 3600 * WK_SEC - 9},
		{"", -1},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_err err = {0};
		wk_nsec length = -1;

		cr_expect_eq(wk_duration_parse(rows[i].text, &length, &err), rows[i].length >= 0,
			"'%s'", rows[i].text);
		cr_expect_eq(length, rows[i].length, "'%s'", rows[i].text);
	}
}

Test(suggest, the_nearest_name_or_none)
{
	static const char *const names[] = {"remote-secret", "dns", "routing", NULL, "sidecar"};
	static const struct {
		const char *word;
		const char *near;
	} rows[] = {
		{"routnig", "routing"},
		{"remote_secret", "remote-secret"},
		{"dsn", "dns"},
		{"sidecars", "sidecar"},
		{"kubernetes", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const char *near = wk_suggest(rows[i].word, names, WK_COUNT(names));

		if (rows[i].near)
			cr_expect_str_eq(
				near ? near : "(none)", rows[i].near, "'%s'", rows[i].word);
		else
			cr_expect_null(near, "'%s' gave '%s'", rows[i].word, near ? near : "");
	}
}
