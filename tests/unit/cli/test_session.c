#include "wookie/cli/session.h"

#include <criterion/criterion.h>
#include <string.h>

Test(session, an_error_at_the_end_of_the_time_says_so_once)
{
	const struct {
		wk_nsec timeout;
		wk_nsec left;
		enum wk_err_kind kind;
		bool told;
	} rows[] = {
		{WK_SEC, -1, WK_ERR_TIMEOUT, true},
		{WK_SEC, -1, WK_ERR_REMOTE, true},
		{WK_SEC, -1, WK_ERR_INTERRUPTED, false},
		{WK_SEC, WK_SEC * 60, WK_ERR_TIMEOUT, false},
		{0, -1, WK_ERR_TIMEOUT, false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct wk_args args = {.timeout = rows[i].timeout};
		struct wk_session session = {.args = &args, .deadline = wk_now() + rows[i].left};
		struct wk_err err = {0};

		(void)wk_err_set(&err, rows[i].kind, "gave up waiting");
		wk_session_tell_time(&session, &err);
		wk_session_tell_time(&session, &err);
		cr_expect_str_eq(err.msg,
			rows[i].told ? "the time that --timeout gave is over: gave up waiting"
				     : "gave up waiting",
			"row %zu: %s", i, err.msg);
		cr_expect_eq(err.kind, rows[i].kind, "row %zu", i);
	}
}
