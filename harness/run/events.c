/*
 * The event log
 *
 * One line, one write(2) where the file takes it, appended: a line is there as a whole or not at all,
 * and a run that is killed leaves everything up to its last event. A write that fell short (full disk) is taken back,
 * so that the next line does not run into it, and is remembered: the run goes on, but does not say
 * that its log is complete.
 */
#include "wookie/base/file.h"
#include "wookie/model/event.h"
#include "wookie/probe/redact.h"
#include "wookie/run/run.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPEAT_AFTER (5 * WK_SEC)
#define WAITS ((size_t)4 * WK_MAX_CLUSTERS)

/* What was said to be waited for, and when; clusters wait side by side. */
struct wait {
	char *text;
	wk_nsec since;
};

struct wk_events {
	char *path;
	int fd;
	wk_nsec begin;
	struct wk_err trouble; /* of the first write that fell short */
	void (*watch)(void *context, const struct cJSON *event);
	void *context;
	struct wait waits[WAITS];
};

struct wk_events *wk_events_open(const char *path, struct wk_err *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	struct wk_events *events;

	if (fd < 0) {
		(void)wk_err_sys(err, errno, "event log '%s'", path);
		return NULL;
	}
	events = wk_xcalloc(1, sizeof(*events));
	events->path = wk_xstrdup(path);
	events->fd = fd;
	events->begin = wk_now();
	return events;
}

double wk_event_time(wk_nsec length)
{
	return round(wk_seconds(length) * 1000) / 1000;
}

struct cJSON *wk_event_topology(const struct wk_topology *topology)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *clusters;

	(void)cJSON_AddStringToObject(json, "file", topology->file);
	(void)cJSON_AddStringToObject(json, "name", topology->name);
	(void)cJSON_AddStringToObject(json, "provider", wk_provider_name(topology->provider));
	(void)cJSON_AddStringToObject(json, "istio", topology->istio_version);
	clusters = cJSON_AddArrayToObject(json, "clusters");
	for (size_t i = 0; i < topology->n_clusters; i++) {
		const struct wk_cluster *of = &topology->clusters[i];
		cJSON *cluster = cJSON_CreateObject();

		(void)cJSON_AddStringToObject(cluster, "name", of->name);
		(void)cJSON_AddStringToObject(cluster, "role", wk_role_name(of->role));
		(void)cJSON_AddStringToObject(cluster, "network", of->network);
		(void)cJSON_AddItemToArray(clusters, cluster);
	}
	return json;
}

static void write_line(struct wk_events *events, const char *line, size_t len)
{
	off_t before = lseek(events->fd, 0, SEEK_END);
	struct wk_err err;

	/* A pipe may take it in parts. */
	if (wk_write_all(events->fd, line, len, &err))
		return;
	if (events->trouble.kind == WK_ERR_NONE)
		(void)wk_err_sys(&events->trouble, err.errnum, "event log '%s' is not complete",
			events->path);
	if (before >= 0 && ftruncate(events->fd, before) < 0)
		(void)!wk_write_all(events->fd, "\n", 1, &err);
}

void wk_events_add(struct wk_events *events, struct cJSON *event)
{
	WK_AUTOFREE char *text = NULL;
	WK_AUTOFREE char *line = NULL;
	char now[21];

	wk_clock_utc(now);
	(void)cJSON_AddStringToObject(event, "at", now);
	(void)cJSON_AddNumberToObject(event, "elapsed", wk_event_time(wk_now() - events->begin));
	wk_redact(event);
	text = cJSON_PrintUnformatted(event);
	line = wk_xasprintf("%s\n", text);
	write_line(events, line, strlen(line));
	if (events->watch)
		events->watch(events->context, event);
	cJSON_Delete(event);
}

void wk_events_watch(struct wk_events *events, void (*fn)(void *context, const struct cJSON *event),
	void *context)
{
	events->watch = fn;
	events->context = context;
}

bool wk_events_ok(const struct wk_events *events, struct wk_err *err)
{
	if (events->trouble.kind == WK_ERR_NONE)
		return true;
	*err = events->trouble;
	return false;
}

void wk_events_close(struct wk_events *events)
{
	if (!events)
		return;
	wk_close(events->fd);
	free(events->path);
	for (size_t i = 0; i < WAITS; i++)
		free(events->waits[i].text);
	free(events);
}

/* A wait is reported at every look, many times a second; it is news when it is another one. */
static bool is_news(struct wk_events *events, const struct wk_step *step)
{
	WK_AUTOFREE char *text = NULL;
	struct wait *wait = events->waits;

	if (step->state != WK_STEP_WAIT)
		return true;
	text = wk_xasprintf("%s %s %s", step->phase, step->what, step->detail ? step->detail : "");
	for (size_t i = 0; i < WAITS; i++) {
		struct wait *other = &events->waits[i];

		if (other->text && strcmp(other->text, text) == 0 &&
			wk_now() - other->since < REPEAT_AFTER)
			return false;
		if (other->since < wait->since)
			wait = other;
	}
	free(wait->text);
	*wait = (struct wait){WK_TAKE(text), wk_now()};
	return true;
}

static void add_step(void *context, const struct wk_step *step)
{
	static const char *const names[] = {
		[WK_STEP_BEGIN] = "begin",
		[WK_STEP_WAIT] = "wait",
		[WK_STEP_DONE] = "done",
		[WK_STEP_FAILED] = "failed",
	};
	struct wk_events *events = context;
	cJSON *event;

	if (!is_news(events, step))
		return;
	event = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_STEP);
	(void)cJSON_AddStringToObject(event, "phase", step->phase);
	(void)cJSON_AddStringToObject(event, "what", step->what);
	(void)cJSON_AddStringToObject(event, "state", names[step->state]);
	if (step->detail)
		(void)cJSON_AddStringToObject(event, "detail", step->detail);
	(void)cJSON_AddNumberToObject(event, "seconds", wk_event_time(step->elapsed));
	wk_events_add(events, event);
}

struct wk_progress wk_events_progress(struct wk_events *events)
{
	return (struct wk_progress){.report = add_step, .context = events};
}
