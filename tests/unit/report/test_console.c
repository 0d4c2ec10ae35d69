#include "wookie/report/report.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RUN                                                                    \
	"{\"event\":\"run\",\"id\":\"r1\",\"topology\":{\"istio\":\"1.28.2\"," \
	"\"provider\":\"native\",\"clusters\":[{},{}]}}\n"
#define PLAN                                                               \
	"{\"event\":\"plan\",\"suites\":[{\"name\":\"dns\"}],\"checks\":[" \
	"{\"id\":\"dns.a\",\"suite\":\"dns\",\"title\":\"t\"},"            \
	"{\"id\":\"dns.b\",\"suite\":\"dns\",\"title\":\"t\"}]}\n"
#define STEP(state, elapsed, seconds)                                                   \
	"{\"event\":\"step\",\"phase\":\"deploy\",\"what\":\"crds\",\"state\":\"" state \
	"\",\"detail\":\"12 of 40\",\"elapsed\":" elapsed ",\"seconds\":" seconds "}\n"
#define CHECK(id, verdict)                                                                \
	"{\"event\":\"check\",\"id\":\"" id "\",\"suite\":\"dns\",\"verdict\":\"" verdict \
	"\",\"seconds\":1,\"elapsed\":3,\"reason\":\"it does not answer\"}\n"
#define BEGIN(id, elapsed) "{\"event\":\"begin\",\"id\":\"" id "\",\"elapsed\":" elapsed "}\n"
#define END "{\"event\":\"end\",\"exit\":1,\"seconds\":4,\"elapsed\":4}\n"

/* A clock that stands still unless it is set: each test runs in a process of its own. */
static wk_nsec *clock_now(void)
{
	static wk_nsec now = WK_SEC;

	return &now;
}

static wk_nsec read_clock(void)
{
	return *clock_now();
}

static void feed(struct wk_console *console, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");
		cJSON *event = cJSON_ParseWithLength(lines, len);

		cr_assert(event, "%.*s", (int)len, lines);
		wk_console_event(console, event);
		cJSON_Delete(event);
		lines += len + 1;
	}
}

struct terminal {
	int master;
	FILE *out;
};

static struct terminal open_terminal(unsigned short columns)
{
	const struct winsize size = {.ws_row = 24, .ws_col = columns};
	struct terminal terminal;
	int slave;

	cr_assert_eq(openpty(&terminal.master, &slave, NULL, NULL, &size), 0);
	terminal.out = fdopen(slave, "w");
	cr_assert(terminal.out);
	return terminal;
}

/* What was written to the terminal since the last look. */
static const char *look(const struct terminal *terminal)
{
	static char text[65536];
	struct pollfd pfd = {.fd = terminal->master, .events = POLLIN};
	size_t len = 0;
	ssize_t n;

	while (poll(&pfd, 1, 50) > 0) {
		n = read(terminal->master, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return text;
}

static void plain_environment(void)
{
	static const char *const names[] = {
		"CI", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < WK_COUNT(names); i++)
		(void)unsetenv(names[i]);
	(void)setenv("TERM", "xterm", 1);
	(void)setenv("LC_ALL", "C", 1);
}

static struct wk_console *console_on(FILE *out, enum wk_color color)
{
	const struct wk_console_options options = {.out = out, .color = color, .now = read_clock};

	return wk_console_new(&options);
}

/* What the console prints into a file. */
static const char *in_a_file(const char *lines, wk_nsec later)
{
	static char text[65536];
	FILE *out = tmpfile();
	struct wk_console *console = console_on(out, WK_COLOR_AUTO);

	feed(console, lines);
	*clock_now() += later;
	wk_console_tick(console);
	wk_console_free(console);
	rewind(out);
	text[fread(text, 1, sizeof(text) - 1, out)] = '\0';
	(void)fclose(out);
	return text;
}

Test(console, a_terminal_shows_what_runs_and_for_how_long, .init = plain_environment)
{
	struct terminal terminal = open_terminal(60);
	struct wk_console *WK_AUTO(wk_console_free) console =
		console_on(terminal.out, WK_COLOR_NEVER);

	feed(console, RUN PLAN STEP("wait", "1", "1"));
	(void)look(&terminal);
	*clock_now() += 9 * WK_SEC;
	wk_console_tick(console);
	cr_expect_str_eq(
		look(&terminal), "  deploy   crds: 12 of 40                               10s");
}

Test(console, the_live_line_names_the_check_that_has_run_longest, .init = plain_environment)
{
	struct terminal terminal = open_terminal(60);
	struct wk_console *WK_AUTO(wk_console_free) console =
		console_on(terminal.out, WK_COLOR_NEVER);

	feed(console, RUN PLAN BEGIN("dns.b", "1") BEGIN("dns.a", "3"));
	(void)look(&terminal);
	*clock_now() += 7 * WK_SEC;
	wk_console_tick(console);
	cr_expect_str_eq(
		look(&terminal), "  dns  0 of 2 checks, b and 1 more                       9s");
	feed(console, CHECK("dns.b", "pass"));
	(void)look(&terminal);
	*clock_now() += WK_SEC;
	wk_console_tick(console);
	cr_expect_str_eq(look(&terminal),
		"\r\x1b[K  dns  1 of 2 checks, a                                  1s");
}

Test(console, the_live_line_is_redrawn_five_times_a_second_at_most, .init = plain_environment)
{
	struct terminal terminal = open_terminal(60);
	struct wk_console *WK_AUTO(wk_console_free) console =
		console_on(terminal.out, WK_COLOR_NEVER);
	unsigned redraws = 0;

	feed(console, RUN PLAN STEP("wait", "1", "1"));
	(void)look(&terminal);
	for (unsigned i = 0; i < 100; i++) {
		*clock_now() += 10 * WK_MSEC;
		wk_console_tick(console);
	}
	for (const char *p = look(&terminal); (p = strstr(p, "crds")) != NULL; p++)
		redraws++;
	cr_expect_eq(redraws, 5, "%u", redraws);
}

Test(console, the_live_line_is_cut_to_the_terminal, .init = plain_environment)
{
	struct terminal terminal = open_terminal(30);
	struct wk_console *WK_AUTO(wk_console_free) console =
		console_on(terminal.out, WK_COLOR_NEVER);

	feed(console, RUN PLAN CHECK("dns.a", "pass"));
	(void)look(&terminal);
	*clock_now() += 2 * WK_SEC;
	wk_console_tick(console);
	cr_expect_str_eq(look(&terminal), "  dns  1 of 2 checks, ...  2s");
}

Test(console, the_live_line_is_gone_when_the_console_is, .init = plain_environment)
{
	struct terminal terminal = open_terminal(60);
	struct wk_console *console = console_on(terminal.out, WK_COLOR_NEVER);

	feed(console, RUN PLAN STEP("wait", "1", "1"));
	*clock_now() += WK_SEC;
	wk_console_tick(console);
	(void)look(&terminal);
	wk_console_free(console);
	cr_expect_str_eq(look(&terminal), "\r\x1b[K");
}

Test(console, what_is_pending_is_printed_before_somebody_else_prints, .init = plain_environment)
{
	struct terminal terminal = open_terminal(60);
	struct wk_console *WK_AUTO(wk_console_free) console =
		console_on(terminal.out, WK_COLOR_NEVER);

	feed(console, STEP("begin", "0", "0") STEP("done", "2", "2"));
	cr_expect_str_empty(look(&terminal));
	wk_console_settle(console);
	cr_expect_str_eq(look(&terminal),
		"  deploy   crds +                                       2.0s\r\n");
}

Test(console, one_trouble_is_told_once, .init = plain_environment)
{
	const char *text = in_a_file(RUN PLAN STEP("failed", "1", "1") STEP("failed", "1", "1"), 0);
	const char *first = strstr(text, "crds: 12 of 40");

	cr_assert(first, "%s", text);
	cr_expect_null(strstr(first + strlen("crds: 12"), "12 of 40"), "%s", text);
}

Test(console, a_log_has_a_line_for_each_event_and_no_control_characters, .init = plain_environment)
{
	const char *text = in_a_file(RUN PLAN STEP("begin", "0", "0") STEP("wait", "1", "1")
					     STEP("done", "2", "2") CHECK("dns.a", "pass")
						     CHECK("dns.b", "fail") END,
		0);
	static const char *const expected[] = {"wookie  2 clusters - istio 1.28.2 - native",
		"run r1\n", "  deploy   crds  ", "      + dns.a  ", "      x dns.b   after 1.0s\n",
		"        because  it does not answer\n", "  x dns                    1 of 2 checks",
		"2 checks: 1 passed, 1 failed, 0 errors, 0 skipped   4.0s\n"};

	for (size_t i = 0; i < WK_COUNT(expected); i++)
		cr_expect(strstr(text, expected[i]), "no '%s' in:\n%s", expected[i], text);
	cr_expect_null(strpbrk(text, "\r\x1b"), "%s", text);
}

Test(console, a_log_gets_a_heartbeat_that_names_what_runs, .init = plain_environment)
{
	const char *quiet = in_a_file(RUN PLAN STEP("wait", "1", "1"), 29 * WK_SEC);

	cr_expect_null(strstr(quiet, "crds"), "%s", quiet);
	const char *text = in_a_file(RUN PLAN STEP("wait", "1", "1"), 31 * WK_SEC);
	cr_expect(strstr(text, "  ... deploy   crds: 12 of 40"), "%s", text);
	cr_expect(strstr(text, "32s\n"), "%s", text);
}

static size_t told_in_full(const char *text)
{
	size_t n = 0;

	while ((text = strstr(text, "because  it does not answer"))) {
		n++;
		text++;
	}
	return n;
}

Test(console, tells_errors_for_one_reason_once, .init = plain_environment)
{
	const char *text =
		in_a_file(RUN PLAN CHECK("dns.a", "error") CHECK("dns.b", "error") END, 0);

	cr_expect_eq(told_in_full(text), 1, "%s", text);
	cr_expect(strstr(text, "! dns.b"), "%s", text);
	text = in_a_file(RUN PLAN CHECK("dns.a", "fail") CHECK("dns.b", "fail") END, 0);
	cr_expect_eq(told_in_full(text), 2, "%s", text);
}

#define LONG                                                                            \
	"the first word of a reason that is far longer than three lines of the screen " \
	"take, as those of image pulls and webhooks are when a name server or an API "  \
	"server is in them, with an address, a port, a path and what the program that " \
	"was asked said in its own words about what it looked for; and here is the end"
#define SAYING(id, verdict)                                                               \
	"{\"event\":\"check\",\"id\":\"" id "\",\"suite\":\"dns\",\"verdict\":\"" verdict \
	"\",\"seconds\":1,\"elapsed\":3,\"reason\":\"" LONG "\"}\n"

Test(console, a_log_has_the_whole_reason_and_tells_it_once, .init = plain_environment)
{
	const char *text = in_a_file(RUN PLAN SAYING("dns.a", "error") SAYING("dns.b", "error"), 0);
	const char *end = strstr(text, "here is the end\n");

	cr_assert(end, "%s", text);
	cr_expect_null(strstr(end + strlen("here is the end"), "is the end"), "%s", text);
	cr_expect(strstr(end, "! dns.b  for the same reason"), "%s", text);
	cr_expect_null(strstr(text, "..."), "%s", text);
}

/* Columns of the longest line, as the terminal would have to show it. */
static unsigned longest(const char *text)
{
	unsigned most = 0;

	while (*text) {
		unsigned n = (unsigned)strcspn(text, "\r\n");

		most = n > most ? n : most;
		text += n + strspn(text + n, "\r\n");
	}
	return most;
}

Test(console, nothing_but_what_is_copied_is_wider_than_the_terminal, .init = plain_environment)
{
	static const unsigned short columns[] = {94, 80, 60, 50, 40};

	for (size_t i = 0; i < WK_COUNT(columns); i++) {
		struct terminal terminal = open_terminal(columns[i]);
		struct wk_console *WK_AUTO(wk_console_free) console =
			console_on(terminal.out, WK_COLOR_NEVER);
		const char *text;

		feed(console, RUN PLAN STEP("done", "2", "2") CHECK("dns.a", "error")
				      CHECK("dns.b", "fail") END);
		text = look(&terminal);
		cr_expect(strstr(text, "native") && strstr(text, "run r1"), "%s", text);
		cr_expect_leq(longest(text), columns[i], "%u columns:\n%s", columns[i], text);
	}
}

static bool says_success(const char *lines)
{
	const char *text = in_a_file(lines, 0);
	bool sentence = strstr(text, "SUCCESS") != NULL;

	cr_expect_eq(sentence, strstr(text, "Response: Hello") != NULL, "%s", text);
	return sentence;
}

#define PLAN_THREE                                                                   \
	"{\"event\":\"plan\",\"suites\":[{\"name\":\"dns\"},{\"name\":\"routing\"}," \
	"{\"name\":\"sidecar\"}],\"checks\":[{\"id\":\"dns.a\",\"suite\":\"dns\"},"  \
	"{\"id\":\"routing.a\",\"suite\":\"routing\"},"                              \
	"{\"id\":\"sidecar.a\",\"suite\":\"sidecar\"}]}\n"
#define VERDICT(suite, verdict, more)                                    \
	"{\"event\":\"check\",\"id\":\"" suite ".a\",\"suite\":\"" suite \
	"\",\"verdict\":\"" verdict "\",\"seconds\":1,\"elapsed\":3" more "}\n"
#define HELLO ",\"response\":\"Hello version: v1\""
#define ENDED(exit) "{\"event\":\"end\",\"exit\":" exit ",\"seconds\":4,\"elapsed\":4}\n"

Test(console, success_is_said_of_a_green_run_that_heard_the_server, .init = plain_environment)
{
	static const struct {
		const char *what;
		const char *lines;
		bool success;
	} runs[] = {
		{"all passed",
			VERDICT("dns", "pass", "") VERDICT("routing", "pass", HELLO)
				VERDICT("sidecar", "pass", "") ENDED("0"),
			true},
		{"another suite failed",
			VERDICT("dns", "pass", "") VERDICT("routing", "pass", HELLO)
				VERDICT("sidecar", "fail", "") ENDED("0"),
			false},
		{"another suite in error",
			VERDICT("dns", "pass", "") VERDICT("routing", "pass", HELLO)
				VERDICT("sidecar", "error", "") ENDED("0"),
			false},
		{"a check was not judged",
			VERDICT("dns", "pass", "") VERDICT("routing", "pass", HELLO) ENDED("0"),
			false},
		{"something was left",
			VERDICT("dns", "pass", "") VERDICT("routing", "pass", HELLO)
				VERDICT("sidecar", "pass", "") ENDED("5"),
			false},
		{"the server was not heard",
			VERDICT("dns", "pass", "") VERDICT("routing", "pass", "")
				VERDICT("sidecar", "pass", "") ENDED("0"),
			false},
	};

	for (size_t i = 0; i < WK_COUNT(runs); i++) {
		WK_AUTOFREE char *lines = wk_xasprintf("%s%s%s", RUN, PLAN_THREE, runs[i].lines);

		cr_expect_eq(says_success(lines), runs[i].success, "%s", runs[i].what);
	}
}

Test(console, where_ci_is_set_a_terminal_is_a_log, .init = plain_environment)
{
	struct terminal terminal = open_terminal(80);

	(void)setenv("CI", "true", 1);
	struct wk_console *WK_AUTO(wk_console_free) console =
		console_on(terminal.out, WK_COLOR_NEVER);
	feed(console, RUN PLAN STEP("wait", "1", "1"));
	(void)look(&terminal);
	*clock_now() += WK_SEC;
	wk_console_tick(console);
	cr_expect_str_empty(look(&terminal));
}

Test(console, color_follows_the_terminal_the_environment_and_the_flag, .init = plain_environment)
{
	static const struct {
		const char *what;
		const char *name;
		const char *value;
		enum wk_color color;
		bool terminal;
		bool colored;
	} rows[] = {
		{"a terminal", "X", "", WK_COLOR_AUTO, true, true},
		{"a file", "X", "", WK_COLOR_AUTO, false, false},
		{"NO_COLOR", "NO_COLOR", "1", WK_COLOR_AUTO, true, false},
		{"an empty NO_COLOR", "NO_COLOR", "", WK_COLOR_AUTO, true, true},
		{"TERM=dumb", "TERM", "dumb", WK_COLOR_AUTO, true, false},
		{"FORCE_COLOR", "FORCE_COLOR", "1", WK_COLOR_AUTO, false, true},
		{"CLICOLOR_FORCE", "CLICOLOR_FORCE", "1", WK_COLOR_AUTO, false, true},
		{"CLICOLOR_FORCE=0", "CLICOLOR_FORCE", "0", WK_COLOR_AUTO, false, false},
		{"always over NO_COLOR", "NO_COLOR", "1", WK_COLOR_ALWAYS, false, true},
		{"never over FORCE_COLOR", "FORCE_COLOR", "1", WK_COLOR_NEVER, true, false},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct terminal terminal = open_terminal(80);
		int pipes[2];

		cr_assert_eq(pipe(pipes), 0);
		plain_environment();
		(void)setenv(rows[i].name, rows[i].value, 1);
		struct terminal at = {.master = rows[i].terminal ? terminal.master : pipes[0],
			.out = rows[i].terminal ? terminal.out : fdopen(pipes[1], "w")};
		struct wk_console *WK_AUTO(wk_console_free) console =
			console_on(at.out, rows[i].color);
		feed(console, RUN);
		cr_expect_eq(strstr(look(&at), "\x1b[1mwookie") != NULL, rows[i].colored, "%s",
			rows[i].what);
		(void)unsetenv(rows[i].name);
	}
}
