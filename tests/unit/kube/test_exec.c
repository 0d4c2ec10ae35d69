#include "wookie/kube/exec.h"

#include "server.h"

#include <criterion/criterion.h>
#include <string.h>

#define SOON (wk_now() + 30 * WK_SEC)
/* Server frames: unmasked, lengths below 126. */
#define OPEN "\x82\x01\x01"
#define SUCCESS "\x82\x15\x03{\"status\":\"Success\"}"
#define FRAMES(text) .frames = (text), .n_frames = sizeof(text) - 1

static const char *const argv[] = {"prog", "a b", "c&d=\xc3\xa4", NULL};

static bool run(const struct turn *turn, const char *input, wk_nsec deadline,
	struct wk_exec_result *ret, struct wk_err *err)
{
	const struct wk_exec exec = {.namespace = "demo",
		.pod = "p",
		.container = "c",
		.argv = argv,
		.input = input,
		.deadline = deadline};
	struct server server;
	struct wk_kube *kube;
	bool ok;

	server_start(&server, turn, 1);
	kube = wk_kube_new(&server.config, -1);
	ok = wk_kube_exec(kube, &exec, ret, err);
	if (ok && turn->status == 101)
		cr_assert(strstr(server.record->text,
				  "GET /api/v1/namespaces/demo/pods/p/exec?container=c&command=prog"
				  "&command=a%20b&command=c%26d%3D%C3%A4&stdin="),
			"%s", server.record->text);
	wk_kube_free(kube);
	server_stop(&server);
	return ok;
}

/* A Status on channel 3 in the form that needs 16 bits of length. */
#define STATUS_16(length, json) "\x82\x7e" length "\x03" json
#define EXIT_7                                                                                     \
	"{\"status\":\"Failure\",\"message\":\"command terminated with non-zero exit code\",\"rea" \
	"son\":\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":\"ExitCode\",\"message\":" \
	"\"7\"}]}}"

Test(exec, a_status_gives_the_exit_code_and_what_came_before_is_the_output)
{
	static const struct {
		const char *name;
		struct turn turn;
		int exit_code;
		const char *out;
		const char *err;
	} rows[] = {
		{"success", {FRAMES(OPEN SUCCESS)}, 0, "", ""},
		{"output", {FRAMES(OPEN "\x82\x03\x01hi\x82\x03\x02ho\x82\x02\x01!" SUCCESS)}, 0,
			"hi!", "ho"},
		{"exit code", {FRAMES(OPEN STATUS_16("\x00\xa2", EXIT_7))}, 7, "", ""},
		{"fragments, with a ping in between",
			{FRAMES("\x02\x01\x01\x00\x01h\x89\x02yo\x80\x01i" SUCCESS)}, 0, "hi", ""},
		{"an empty first fragment", {FRAMES("\x02\x00\x80\x03\x01hi" SUCCESS)}, 0, "hi",
			""},
		{"unknown channels are passed over", {FRAMES("\x82\x02\x09x" SUCCESS)}, 0, "", ""},
		{"a pong nobody asked for", {FRAMES("\x8a\x00" SUCCESS)}, 0, "", ""},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		for (int drip = 0; drip < 2; drip++) {
			struct turn turn = rows[i].turn;
			struct wk_exec_result result = {0};
			struct wk_err err = {0};

			turn.status = 101;
			turn.drip = drip;
			cr_assert(run(&turn, NULL, SOON, &result, &err), "%s: %s", rows[i].name,
				err.msg);
			cr_assert_eq(result.exit_code, rows[i].exit_code, "%s: %d", rows[i].name,
				result.exit_code);
			cr_assert_str_eq(wk_buf_str(&result.out), rows[i].out, "%s", rows[i].name);
			cr_assert_str_eq(wk_buf_str(&result.err), rows[i].err, "%s", rows[i].name);
			wk_exec_result_finish(&result);
		}
	}
}

Test(exec, without_a_status_nothing_is_known)
{
	static const struct {
		const char *name;
		struct turn turn;
		enum wk_err_kind kind;
		const char *text;
	} rows[] = {
		{"end", {FRAMES("\x82\x03\x01hi"), .after = CLOSE}, WK_ERR_REMOTE,
			"the connection ended before the command's status came"},
		{"end within a frame", {FRAMES("\x82\x7e\xff\xff\x01hi"), .after = CLOSE},
			WK_ERR_REMOTE, "the connection ended before"},
		{"end within the status", {FRAMES("\x02\x05\x03{\"st"), .after = CLOSE},
			WK_ERR_REMOTE, "the connection ended before"},
		{"reset", {FRAMES(OPEN), .after = RESET}, WK_ERR_REMOTE,
			"before the command's status came"},
		{"close", {FRAMES(OPEN "\x88\x06\x03\xe9gone")}, WK_ERR_REMOTE,
			"the server closed the connection (1001 gone) before"},
		{"close without a code", {FRAMES(OPEN "\x88\x00")}, WK_ERR_REMOTE,
			"the server closed the connection before"},
		{"silence", {FRAMES(OPEN), .after = HANG}, WK_ERR_TIMEOUT,
			"s; the command may still be running"},
		{"status without an exit code",
			{FRAMES("\x82\x2e\x03{\"status\":\"Failure\",\"message\":\"no such "
				"file\"}")},
			WK_ERR_REMOTE, "the command was not run: no such file"},
		{"status that is no JSON", {FRAMES("\x82\x02\x03x")}, WK_ERR_REMOTE,
			"its status cannot be read"},
		{"masked", {FRAMES("\x82\x81")}, WK_ERR_REMOTE, "broken WebSocket frame"},
		{"wrong accept", {FRAMES(SUCCESS), .accept = "bm9uc2Vuc2U="}, WK_ERR_REMOTE,
			"Sec-WebSocket-Accept is 'bm9uc2Vuc2U='"},
		{"wrong protocol", {FRAMES(SUCCESS), .protocol = "v4.channel.k8s.io"},
			WK_ERR_REMOTE, "speaks exec protocol 'v4.channel.k8s.io', expected 'v5"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct turn turn = rows[i].turn;
		struct wk_exec_result result = {.exit_code = 42};
		struct wk_err err = {0};

		turn.status = 101;
		cr_assert_not(run(&turn, NULL, turn.after == HANG ? wk_now() + 2 * WK_SEC : SOON,
				      &result, &err),
			"%s", rows[i].name);
		cr_assert_eq(err.kind, rows[i].kind, "%s: %s", rows[i].name, err.msg);
		cr_assert(strstr(err.msg, rows[i].text), "%s: %s", rows[i].name, err.msg);
		cr_assert(strstr(err.msg, "exec prog in demo/p, container c: c1: "), "%s: %s",
			rows[i].name, err.msg);
		cr_assert_eq(result.exit_code, 42, "a failure left the output alone");
	}
}

Test(exec, a_refusal_before_the_upgrade_says_why)
{
	static const struct {
		struct turn turn;
		const char *text;
	} rows[] = {
		{{.status = 404,
			 .body = "{\"kind\":\"Status\",\"message\":\"pods \\\"p\\\" not "
				 "found\",\"details\":{\"name\":\"p\"}}"},
			"HTTP 404: pods \"p\" not found"},
		{{.status = 400, .body = "container c is not valid"},
			"HTTP 400: container c is not valid"},
		{{.status = 403}, "expected Kubernetes 1.30 or later"},
		{{.status = 403, .body = "system:anonymous may not"},
			"HTTP 403 (no credentials were sent)"},
		{{.status = 200, .body = "{}"}, "HTTP 200"},
		{{.after = CLOSE}, "the connection ended before"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_exec_result result = {0};
		struct wk_err err = {0};

		cr_assert_not(run(&rows[i].turn, NULL, SOON, &result, &err), "row %zu", i);
		cr_assert_eq(err.kind, WK_ERR_REMOTE, "row %zu", i);
		cr_assert(strstr(err.msg, rows[i].text), "row %zu: %s", i, err.msg);
	}
}

Test(exec, input_is_sent_and_ended)
{
	static const char *const rows[] = {"", "hello", "a\nb\n"};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct turn turn = {.status = 101, .echo = true, FRAMES(SUCCESS)};
		struct wk_exec_result result = {0};
		struct wk_err err = {0};

		cr_assert(run(&turn, rows[i], SOON, &result, &err), "'%s': %s", rows[i], err.msg);
		cr_assert_str_eq(wk_buf_str(&result.out), rows[i]);
		wk_exec_result_finish(&result);
	}
}

Test(exec, a_command_that_ignores_its_input_still_has_an_end)
{
	const struct turn turn = {.status = 101, FRAMES(SUCCESS), .after = CLOSE};
	WK_AUTOFREE char *input = wk_xmalloc(8 << 20);
	struct wk_exec_result result = {0};
	struct wk_err err = {0};

	memset(input, 'x', (8 << 20) - 1);
	input[(8 << 20) - 1] = '\0';
	cr_assert(run(&turn, input, SOON, &result, &err), "%s", err.msg);
	cr_assert_eq(result.exit_code, 0);
	wk_exec_result_finish(&result);
}

Test(exec, output_beyond_the_maximum_is_cut_and_said)
{
	const struct turn turn = {.status = 101,
		FRAMES("\x82\x05\x01"
		       "abcd\x82\x05\x01"
		       "efgh" SUCCESS)};
	struct server server;
	struct wk_exec_result result = {0};
	struct wk_err err = {0};
	const struct wk_exec exec = {.namespace = "demo",
		.pod = "p",
		.container = "c",
		.argv = argv,
		.max_output = 6,
		.deadline = SOON};
	struct wk_kube *kube;

	server_start(&server, &turn, 1);
	kube = wk_kube_new(&server.config, -1);
	cr_assert(wk_kube_exec(kube, &exec, &result, &err), "%s", err.msg);
	cr_assert_str_eq(wk_buf_str(&result.out), "abcdef");
	cr_assert(result.out.full);
	cr_assert_not(result.err.full);
	wk_exec_result_finish(&result);
	wk_kube_free(kube);
	server_stop(&server);
}
