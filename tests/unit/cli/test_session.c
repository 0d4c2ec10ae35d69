#include "wookie/base/file.h"
#include "wookie/cli/session.h"
#include "wookie/provider/native/mesh.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
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

/* Later than half a minute after the last change, or where that is not known, the first look counts. */
Test(session, a_mesh_is_settling_for_a_while_after_it_was_changed)
{
	char dir[] = "/tmp/wookie-unit-session.XXXXXX";
	WK_AUTOFREE char *topology = NULL;
	WK_AUTOFREE char *file = NULL;
	struct wk_mesh mesh = {0};
	const struct wk_session session = {.mesh = &mesh};
	const wk_nsec now = wk_now();
	const struct {
		const char *what;
		char *text;
		bool settling;
	} rows[] = {
		{"just now", wk_xasprintf("%" PRId64 "\n", now), true},
		{"20 s ago", wk_xasprintf("%" PRId64 "\n", now - 20 * WK_SEC), true},
		{"31 s ago", wk_xasprintf("%" PRId64 "\n", now - 31 * WK_SEC), false},
		{"in the future: another boot", wk_xasprintf("%" PRId64 "\n", now + 60 * WK_SEC),
			false},
		{"nothing", wk_xstrdup(""), false},
		{"no number", wk_xstrdup("soon\n"), false},
		{"no number of ours", wk_xstrdup("-5\n"), false},
		{"longer than a number", wk_xasprintf("%" PRId64 "%040d\n", now, 0), false},
	};
	struct wk_err err;

	cr_assert_not_null(mkdtemp(dir));
	topology = wk_xasprintf("%s/topology.yaml", dir);
	file = wk_xasprintf("%s.changed", topology);
	mesh.topology = topology;
	cr_expect_not(wk_session_is_settling(&session), "it was never changed");
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cr_assert(wk_file_write(file, rows[i].text, strlen(rows[i].text), 0600, &err));
		cr_expect_eq(
			wk_session_is_settling(&session), rows[i].settling, "%s", rows[i].what);
		free(rows[i].text);
	}
	wk_session_changed(&session);
	cr_expect(wk_session_is_settling(&session));
	cr_expect(wk_rmtree(dir, &err), "%s", err.msg);
}
