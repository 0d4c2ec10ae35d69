#include "wookie/base/file.h"
#include "wookie/run/run.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char *temp_file(void)
{
	char *path = wk_xstrdup("/tmp/wk-events-XXXXXX");
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
	return path;
}

static cJSON *event(const char *text)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "event", "check");
	cJSON_AddStringToObject(json, "reason", text);
	return json;
}

static void keep_last(void *context, const struct cJSON *json)
{
	char **last = context;

	free(*last);
	*last = wk_xstrdup(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "reason")));
}

static void on_alarm(int signo)
{
	(void)signo;
}

/* What the reader of a pipe gets in the end; it takes its time. */
static void read_slowly(int fd, const char *file)
{
	struct wk_buf WK_AUTO(wk_buf_finish) all = WK_BUF_INIT((size_t)1 << 22);
	struct wk_err err;
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		(void)wk_buf_add(&all, chunk, (size_t)n);
		(void)usleep(500);
	}
	_exit(wk_file_write(file, wk_buf_str(&all), all.len, 0600, &err) ? 0 : 1);
}

Test(events, a_pipe_that_takes_a_line_in_parts_gets_all_of_it)
{
	WK_AUTOFREE char *file = temp_file();
	WK_AUTOFREE char *long_text = wk_xmalloc((size_t)1 << 20);
	struct itimerval often = {{0, 2000}, {0, 2000}};
	struct sigaction action = {.sa_handler = on_alarm};
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(1);
	struct wk_events *events;
	struct wk_err err;
	char path[32];
	int ends[2];
	int status;
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		read_slowly(ends[0], file);
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	events = wk_events_open(path, &err);
	close(ends[1]);
	close(ends[0]);
	(void)memset(long_text, 'a', (size_t)1 << 20);
	long_text[((size_t)1 << 20) - 1] = '\0';
	/* A signal ends a write to a pipe early; the rest is still to come. */
	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &often, NULL);
	wk_events_add(events, event(long_text));
	(void)setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	cr_expect(wk_events_ok(events, &err), "%s", err.msg);
	wk_events_close(events);
	while (waitpid(pid, &status, 0) < 0)
		;
	cr_assert_eq(status, 0);
	cr_assert(wk_file_read(file, (size_t)1 << 22, &text, &err), "%s", err.msg);
	cr_expect(strstr(text.data, long_text));
	(void)unlink(file);
}

Test(events, each_is_one_line_with_its_time_and_is_seen_at_once)
{
	WK_AUTOFREE char *path = temp_file();
	WK_AUTOFREE char *last = NULL;
	struct wk_buf WK_AUTO(wk_buf_finish) text = {0};
	struct wk_err err;
	struct wk_events *events = wk_events_open(path, &err);
	cJSON *line;
	char *end;

	cr_assert(events, "%s", err.msg);
	wk_events_watch(events, keep_last, &last);
	wk_events_add(events, event("one\ntwo"));
	cr_expect_str_eq(last, "one\ntwo");
	wk_events_add(events, event("three"));
	cr_assert(wk_file_read(path, 10000, &text, &err), "%s", err.msg);
	end = strchr(text.data, '\n');
	cr_assert(end);
	*end = '\0';
	line = cJSON_Parse(text.data);
	cr_assert(line);
	cr_expect_str_eq(
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "reason")), "one\ntwo");
	cr_expect(cJSON_HasObjectItem(line, "at"));
	cr_expect(cJSON_HasObjectItem(line, "elapsed"));
	cr_expect(wk_events_ok(events, &err));
	cJSON_Delete(line);
	wk_events_close(events);
	unlink(path);
}

Test(events, a_log_that_cannot_be_written_is_remembered_and_stays_whole)
{
	WK_AUTOFREE char *path = temp_file();
	WK_AUTOFREE char *last = NULL;
	struct wk_buf WK_AUTO(wk_buf_finish) text = {0};
	struct rlimit limit = {.rlim_cur = 200, .rlim_max = 200};
	struct wk_err err;
	struct wk_events *events = wk_events_open(path, &err);

	cr_assert(events);
	/* As a full disk: the write falls short. */
	(void)signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	wk_events_watch(events, keep_last, &last);
	wk_events_add(events, event("first"));
	wk_events_add(events, event("second, which is rather long: it does not fit any more; "
				    "it does not fit any more; it does not fit any more"));
	cr_expect_not(wk_events_ok(events, &err));
	cr_expect(strstr(err.msg, "is not complete"), "%s", err.msg);
	cr_expect(strncmp(last, "second", 6) == 0);
	cr_assert(wk_file_read(path, 10000, &text, &err));
	cr_expect_eq(text.data[text.len - 1], '\n');
	cr_expect_not(strstr(text.data, "second"));
	wk_events_close(events);
	unlink(path);
}

static void count_them(void *context, const struct cJSON *json)
{
	(void)json;
	++*(int *)context;
}

Test(events, a_wait_is_news_only_when_it_is_another_one)
{
	WK_AUTOFREE char *path = temp_file();
	struct wk_err err;
	struct wk_events *events = wk_events_open(path, &err);
	struct wk_progress progress;
	struct wk_step step = {.phase = "deploy", .what = "crds", .state = WK_STEP_BEGIN};
	int n = 0;

	cr_assert(events);
	progress = wk_events_progress(events);
	wk_events_watch(events, count_them, &n);
	wk_progress_report(&progress, &step);
	step.state = WK_STEP_WAIT;
	/* Two clusters, side by side. */
	for (int i = 0; i < 10; i++) {
		step.detail = i % 2 ? "pod x" : "pod y";
		wk_progress_report(&progress, &step);
	}
	step.state = WK_STEP_DONE;
	wk_progress_report(&progress, &step);
	cr_expect_eq(n, 4, "%d events", n);
	wk_events_close(events);
	unlink(path);
}
