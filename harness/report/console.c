/*
 * The console
 *
 * It follows the events into a result tree of its own, the same that the reports render, and prints
 * whatever is over: a phase, a suite, the run. Three ways of showing come from one flow: on a terminal
 * what is over, and below it one line that tells what runs; in a log, which cannot be redrawn, every event
 * that ends something, and a heartbeat; and from an event log afterwards just what is over.
 */
#include "wookie/base/clock.h"
#include "wookie/report/block.h"
#include "wookie/report/doing.h"
#include "wookie/report/own.h"
#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <string.h>

#define REDRAW (200 * WK_MSEC)
#define HEARTBEAT (30 * WK_SEC)

enum mode { MODE_LIVE, MODE_LINES, MODE_REPLAY };

/* A phase that has not been printed yet. */
struct phase {
	char *name; /* NULL: none */
	struct wk_buf done;
	double begin;
	double end;
	bool failed;
};

struct shown {
	size_t count;  /* checks of the suite that were printed; 0: none yet */
	double begin;  /* when the suite began */
	double latest; /* its latest verdict */
	bool begun;
};

struct wk_console {
	struct wk_screen screen;
	enum mode mode;
	bool verbose;
	bool down_seen;
	wk_nsec (*now)(void);
	struct wk_results *results;
	const struct wk_results *whole; /* of a replay: what was read, with what was odd about it */
	struct phase phase;
	struct shown *shown; /* one for each suite */
	size_t n_shown;
	size_t red;    /* the red testcase printed last, counted from 1; 0: none */
	double mark;   /* when the latest phase or suite was over */
	double round;  /* when the latest round began */
	bool in_round; /* it is not over */
	char *doing;   /* what runs now */
	char *trouble; /* what the latest step that failed said; NULL: none did */
	wk_nsec since; /* it began */
	wk_nsec drawn; /* the latest redraw or heartbeat */
};

static struct wk_console *console_new(const struct wk_console_options *options, enum mode mode)
{
	struct wk_console *console = wk_xcalloc(1, sizeof(*console));

	wk_screen_init(&console->screen, options->out, options->color);
	if (mode == MODE_REPLAY)
		console->screen.live = false;
	console->mode = mode == MODE_LIVE && !console->screen.live ? MODE_LINES : mode;
	console->verbose = options->verbose;
	console->now = options->now ? options->now : wk_now;
	console->results = wk_results_new();
	console->phase.done = WK_BUF_INIT(WK_LINE_MAX);
	console->doing = wk_xstrdup("starting");
	console->since = console->now();
	console->drawn = console->since;
	return console;
}

struct wk_console *wk_console_new(const struct wk_console_options *options)
{
	return console_new(options, MODE_LIVE);
}

static void row(struct wk_console *console, const char *left, const char *right)
{
	wk_screen_row(&console->screen, left, right);
	console->drawn = console->now();
}

static void now_doing(struct wk_console *console, char *what)
{
	if (strcmp(console->doing, what) != 0)
		console->since = console->now();
	free(console->doing);
	console->doing = what;
}

static void print_header(struct wk_console *console, const struct cJSON *run)
{
	const cJSON *topology = cJSON_GetObjectItemCaseSensitive(run, "topology");
	int clusters = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(topology, "clusters"));
	const char *dot = wk_screen_dot(&console->screen);
	struct wk_buf WK_AUTO(wk_buf_finish) left = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) right = WK_BUF_INIT(WK_LINE_MAX);

	wk_screen_put(&console->screen, &left, WK_STYLE_BOLD, "wookie");
	(void)wk_buf_printf(&left, "  %d clusters %s istio %s %s %s", clusters, dot,
		wk_event_text(topology, "istio"), dot, wk_event_text(topology, "provider"));
	(void)wk_buf_printf(&right, "run %s", wk_event_text(run, "id"));
	wk_screen_fold(&console->screen, wk_buf_str(&left), wk_buf_str(&right));
	if (*wk_event_text(run, "injected"))
		wk_screen_wrap(&console->screen, 2, "  ", wk_event_text(run, "injected"), 4);
	console->drawn = console->now();
}

/* Prints the phase that is over, with what was done in it. */
static void finish_phase(struct wk_console *console)
{
	struct phase *phase = &console->phase;
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) time = WK_BUF_INIT(64);
	bool ready = phase->name && strcmp(phase->name, "up") == 0 && !phase->failed;

	if (!phase->name)
		return;
	(void)wk_buf_printf(&line, "  %-8s ", phase->name);
	(void)wk_text_line(&line, wk_buf_str(&phase->done), wk_screen_room(&console->screen, 26),
		wk_screen_ellipsis(&console->screen));
	(void)wk_buf_puts(&line, ready ? " ready" : "");
	(void)wk_buf_printf(&time, "%.1fs", phase->end - phase->begin);
	/* `down` is told at the end, when it is known what it left. A phase that failed at its
	 * first step has been told. */
	if (phase->done.len && strcmp(phase->name, "down") != 0)
		row(console, wk_buf_str(&line), wk_buf_str(&time));
	console->mark = phase->end;
	free(WK_TAKE(phase->name));
	wk_buf_finish(&phase->done);
}

void wk_console_settle(struct wk_console *console)
{
	finish_phase(console);
	wk_screen_erase(&console->screen);
	(void)fflush(console->screen.out);
}

void wk_console_free(struct wk_console *console)
{
	if (!console)
		return;
	wk_console_settle(console);
	wk_results_free(console->results);
	wk_buf_finish(&console->phase.done);
	free(console->phase.name);
	free(console->shown);
	free(console->doing);
	free(console->trouble);
	free(console);
}

static void enter_phase(struct wk_console *console, const char *name, const struct cJSON *step)
{
	struct phase *phase = &console->phase;

	if (phase->name && strcmp(phase->name, name) == 0)
		return;
	finish_phase(console);
	phase->name = wk_xstrdup(name);
	phase->begin = wk_event_seconds(step, "elapsed") - wk_event_seconds(step, "seconds");
	phase->end = phase->begin;
	phase->failed = false;
}

static void print_step(struct wk_console *console, const struct cJSON *step)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) time = WK_BUF_INIT(64);

	(void)wk_buf_printf(
		&line, "  %-8s %s", wk_event_text(step, "phase"), wk_event_text(step, "what"));
	(void)wk_buf_printf(&time, "%.1fs", wk_event_seconds(step, "seconds"));
	row(console, wk_buf_str(&line), wk_buf_str(&time));
}

/* The same trouble often stops a step and what it is part of. */
static bool is_news(struct wk_console *console, const char *detail)
{
	bool known = console->trouble && *detail &&
		     (strstr(detail, console->trouble) || strstr(console->trouble, detail));

	free(console->trouble);
	console->trouble = wk_xstrdup(detail);
	return !known;
}

static void print_failed_step(struct wk_console *console, const struct cJSON *step)
{
	struct wk_buf WK_AUTO(wk_buf_finish) label = WK_BUF_INIT(WK_LINE_MAX);
	const char *detail = wk_event_text(step, "detail");

	finish_phase(console);
	if (!is_news(console, detail))
		return;
	(void)wk_buf_printf(&label, "%s %-8s ", wk_screen_mark(&console->screen, WK_FAIL),
		wk_event_text(step, "phase"));
	wk_screen_wrap(&console->screen, 2, wk_buf_str(&label),
		wk_step_trouble(console->results, step), 8);
	console->drawn = console->now();
}

static void tell_checks(struct wk_console *console, size_t suite)
{
	double begun = 0;
	char *what = wk_doing(console->results, suite, &begun);

	now_doing(console, what ? what : wk_xstrdup("finishing"));
	/* How long that check has run, not how long nothing else has happened. */
	if (begun > 0)
		console->since =
			console->now() - (wk_nsec)((console->results->elapsed - begun) * WK_SEC);
}

/* When the steps of a phase are told. */
enum telling { TELL_NOT, TELL_TOGETHER, TELL_EACH };

static enum telling telling_of(const struct wk_console *console, const char *phase)
{
	/* They prepare a suite. */
	if (strcmp(phase, "scratch") == 0 || strcmp(phase, "suite") == 0)
		return console->verbose ? TELL_EACH : TELL_NOT;
	/* Set-up takes minutes: what is done is told at once. */
	if (console->verbose || console->mode == MODE_LINES || strcmp(phase, "setup") == 0)
		return TELL_EACH;
	return TELL_TOGETHER;
}

static void step_done(struct wk_console *console, const struct cJSON *step)
{
	const char *phase = wk_event_text(step, "phase");
	enum telling telling = telling_of(console, phase);
	bool up = strcmp(phase, "up") == 0;
	struct wk_buf *done = &console->phase.done;

	console->mark = wk_event_seconds(step, "elapsed");
	console->phase.end = console->mark;
	if (telling == TELL_EACH)
		print_step(console, step);
	if (telling == TELL_TOGETHER)
		(void)wk_buf_printf(done, "%s%s%s%s", done->len ? (up ? " " : "  ") : "",
			wk_event_text(step, "what"), up ? "" : " ",
			up ? "" : wk_screen_mark(&console->screen, WK_PASS));
	/* Where another step follows, its begin comes at once. */
	if (console->results->planned)
		tell_checks(console, 0);
}

static struct shown *shown_of(struct wk_console *console, size_t suite)
{
	while (console->n_shown <= suite) {
		console->shown = wk_xrealloc(
			console->shown, (console->n_shown + 1) * sizeof(*console->shown));
		console->shown[console->n_shown++] = (struct shown){0};
	}
	return &console->shown[suite];
}

static void on_step(struct wk_console *console, const struct cJSON *step)
{
	const char *phase = wk_event_text(step, "phase");
	const char *what = wk_event_text(step, "what");
	const char *state = wk_event_text(step, "state");
	const char *detail = wk_event_text(step, "detail");

	enter_phase(console, phase, step);
	console->down_seen = console->down_seen || strcmp(phase, "down") == 0;
	if (strcmp(state, "done") == 0) {
		step_done(console, step);
	} else if (strcmp(state, "failed") == 0) {
		console->phase.failed = true;
		print_failed_step(console, step);
	} else {
		now_doing(console,
			wk_xasprintf("%-8s %s%s%s", phase, what, *detail ? ": " : "", detail));
		/* How long the step has taken, whatever it says of itself meanwhile. */
		console->since =
			console->now() - (wk_nsec)(wk_event_seconds(step, "seconds") * WK_SEC);
	}
}

static bool is_over(const struct wk_results *results, size_t suite)
{
	for (size_t i = results->round_case; i < results->n_cases; i++)
		if (results->cases[i].suite == suite && !results->cases[i].judged)
			return false;
	return true;
}

static void print_suite(struct wk_console *console, size_t suite)
{
	struct shown *shown = shown_of(console, suite);

	shown->count = console->results->suites[suite].count;
	wk_block_suite(&console->screen, console->results, suite, shown->latest - shown->begin);
	/* In a log each check has had its line. */
	if (console->mode != MODE_LINES)
		wk_block_checks(&console->screen, console->results, suite,
			console->verbose ? WK_BLOCK_ALL : WK_BLOCK_PROBLEMS);
	console->mark = shown->latest;
	console->drawn = console->now();
}

static const struct wk_case *case_of(const struct wk_results *results, const char *id)
{
	for (size_t i = results->round_case; i < results->n_cases; i++)
		if (strcmp(results->cases[i].check, id) == 0)
			return &results->cases[i];
	return NULL;
}

/* Of rounds that are all alike a line each is enough. */
static bool tells_suites(const struct wk_console *console)
{
	return console->verbose || !console->results->round;
}

static void print_red(struct wk_console *console, const struct wk_case *c)
{
	wk_block_red(&console->screen, console->results, c,
		console->red ? &console->results->cases[console->red - 1] : NULL);
	console->red = (size_t)(c - console->results->cases) + 1;
}

static void print_check(struct wk_console *console, const struct wk_case *c)
{
	if (wk_verdict_is_red(c->verdict))
		print_red(console, c);
	else if (tells_suites(console))
		wk_block_check(&console->screen, console->results, c, 6);
	else
		return;
	console->drawn = console->now();
}

static void on_check(struct wk_console *console, const struct cJSON *event)
{
	const struct wk_case *c = case_of(console->results, wk_event_text(event, "id"));
	struct shown *shown;

	if (!c)
		return;
	finish_phase(console);
	shown = shown_of(console, c->suite);
	if (!shown->begun) {
		shown->begun = true;
		shown->begin = console->mark;
	}
	shown->latest = wk_event_seconds(event, "elapsed");
	if (console->mode == MODE_LINES)
		print_check(console, c);
	tell_checks(console, c->suite);
	if (tells_suites(console) && is_over(console->results, c->suite))
		print_suite(console, c->suite);
}

static void print_round(struct wk_console *console, double seconds)
{
	console->in_round = false;
	wk_block_round(&console->screen, console->results, seconds);
	/* Otherwise they have been told. */
	if (console->mode != MODE_LINES && !console->verbose)
		wk_block_round_checks(&console->screen, console->results);
	console->drawn = console->now();
}

static void on_round(struct wk_console *console, const struct cJSON *event)
{
	finish_phase(console);
	if (strcmp(wk_event_text(event, "state"), "done") == 0) {
		print_round(console, wk_event_seconds(event, "seconds"));
		wk_results_forget_passes(console->results);
		return;
	}
	console->round = wk_event_seconds(event, "elapsed");
	console->in_round = true;
}

/* After an interrupt or a kill: suites that were not over. */
static void print_open_suites(struct wk_console *console)
{
	const struct wk_results *results = console->results;

	for (size_t i = 0; i < results->n_suites; i++) {
		const struct wk_suite_result *suite = &results->suites[i];

		if (suite->count && shown_of(console, i)->count != suite->count &&
			!results->cases[suite->first].synthetic)
			print_suite(console, i);
	}
}

static void print_down(struct wk_console *console)
{
	const cJSON *leftover = cJSON_GetObjectItemCaseSensitive(console->results->end, "leftover");
	struct wk_buf WK_AUTO(wk_buf_finish) time = WK_BUF_INIT(64);
	const cJSON *item;

	(void)wk_buf_printf(&time, "%.1fs", console->phase.end - console->phase.begin);
	if (cJSON_GetArraySize(leftover) > 0)
		row(console, "  down     left behind; wookie-conform down removes it:", "");
	else if (console->down_seen && !console->phase.failed)
		row(console, "  down     nothing left", wk_buf_str(&time));
	cJSON_ArrayForEach(item, leftover)
	{
		const char *text = cJSON_GetStringValue(item);

		wk_screen_wrap(&console->screen, 11, "", text ? text : "?", 2);
	}
}

static void conclude(struct wk_console *console)
{
	if (console->results->closed)
		return;
	finish_phase(console);
	if (console->whole)
		wk_results_share_problems(console->results, console->whole);
	wk_results_close(console->results);
	if (tells_suites(console))
		print_open_suites(console);
	if (console->in_round)
		print_round(console, console->results->elapsed - console->round);
	print_down(console);
	wk_block_summary(&console->screen, console->results);
}

static void show(struct wk_console *console, const struct cJSON *event)
{
	if (wk_event_is(event, WK_EVENT_RUN)) {
		print_header(console, event);
		wk_report_own(&console->screen, event);
	} else if (wk_event_is(event, WK_EVENT_STEP))
		on_step(console, event);
	else if (wk_event_is(event, WK_EVENT_CHECK))
		on_check(console, event);
	else if (wk_event_is(event, WK_EVENT_ROUND))
		on_round(console, event);
	else if (wk_event_is(event, WK_EVENT_END))
		conclude(console);
}

void wk_console_event(struct wk_console *console, const struct cJSON *event)
{
	cJSON *copy = cJSON_Duplicate(event, true);

	if (console->results->closed) {
		cJSON_Delete(copy);
		return;
	}
	wk_results_add(console->results, copy);
	if (wk_event_is(event, WK_EVENT_BEGIN))
		tell_checks(console, 0);
	else /* As it is in the tree: scrubbed. */
		show(console, copy);
	wk_console_tick(console);
}

static void beat(struct wk_console *console, const char *left, const char *right)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);

	(void)wk_buf_printf(&line, "  %s ", wk_screen_ellipsis(&console->screen));
	(void)wk_text_line(&line, left, wk_screen_room(&console->screen, 20),
		wk_screen_ellipsis(&console->screen));
	row(console, wk_buf_str(&line), right);
}

void wk_console_tick(struct wk_console *console)
{
	wk_nsec now = console->now();
	wk_nsec pace = console->mode == MODE_LIVE ? REDRAW : HEARTBEAT;
	struct wk_buf WK_AUTO(wk_buf_finish) left = WK_BUF_INIT(WK_LINE_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) right = WK_BUF_INIT(64);

	if (console->mode == MODE_REPLAY || console->results->closed || now - console->drawn < pace)
		return;
	console->drawn = now;
	(void)wk_buf_printf(&right, "%.0fs", wk_seconds(now - console->since));
	if (console->mode == MODE_LINES) {
		beat(console, console->doing, wk_buf_str(&right));
		return;
	}
	(void)wk_buf_printf(&left, "  %s", console->doing);
	wk_screen_draw(&console->screen, wk_buf_str(&left), wk_buf_str(&right));
}

void wk_report_text(const struct wk_results *results, const struct wk_console_options *options)
{
	struct wk_console *WK_AUTO(wk_console_free) console = console_new(options, MODE_REPLAY);
	const cJSON *event;

	console->whole = results;
	cJSON_ArrayForEach(event, results->events) wk_console_event(console, event);
	conclude(console);
}
