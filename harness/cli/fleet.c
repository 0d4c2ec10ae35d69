/*
 * Meshes side by side
 *
 * A session owns one mesh, so several are several processes. Each writes its event log into the pipe
 * to this one, which adds every event to the one log there is: there it gets its time, and from there
 * the console and the reports.
 */
#include "wookie/cli/fleet.h"

#include "wookie/proc/interrupt.h"
#include "wookie/proc/worker.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <string.h>

#define MAX_EVENTS ((size_t)256 * 1024 * 1024)
#define TICK (100 * WK_MSEC)

struct member {
	const struct wk_fleet *fleet;
	size_t number;
	struct wk_worker worker;
	size_t taken; /* bytes of what it sent that became events */
	bool over;
};

static int work(void *context, int pipe)
{
	const struct member *member = context;
	WK_AUTOFREE char *path = wk_xasprintf("/proc/self/fd/%d", pipe);
	struct wk_err err;
	struct wk_events *events = wk_events_open(path, &err);

	if (!events)
		return 1;
	wk_interrupt_catch();
	member->fleet->work(member->fleet->context, member->number, events);
	wk_events_close(events);
	return 0;
}

static void take_event(struct member *member, const char *line, size_t len)
{
	cJSON *event = cJSON_ParseWithLength(line, len);

	if (!event)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(event, "at");
	cJSON_DeleteItemFromObjectCaseSensitive(event, "elapsed");
	member->fleet->event(member->fleet->context, member->number, event);
	wk_events_add(member->fleet->session->events, event);
}

static void take_events(struct member *member)
{
	const struct wk_buf *out = &member->worker.out;
	const char *end = out->len > member->taken ? strchr(out->data + member->taken, '\n') : NULL;

	while (end) {
		const char *begin = out->data + member->taken;

		take_event(member, begin, (size_t)(end - begin));
		member->taken += (size_t)(end - begin) + 1;
		end = strchr(end + 1, '\n');
	}
}

/* False when it crashed. */
static bool look(struct member *member, struct wk_err *err)
{
	int status = 0;
	enum wk_worker_end end = wk_worker_look(&member->worker, &status);

	take_events(member);
	member->over = end != WK_WORKER_RUNNING;
	return end == WK_WORKER_RUNNING || (end == WK_WORKER_EXITED && status == 0) ||
	       wk_err_set(err, WK_ERR_SYSTEM,
		       "the process of mesh %zu ended with %s %d; what it had to do is not judged",
		       member->number, end == WK_WORKER_KILLED ? "signal" : "code", status);
}

static void pause_for(const struct member members[], size_t n)
{
	WK_AUTOFREE struct pollfd *fds = wk_xcalloc(n + 1, sizeof(*fds));
	nfds_t n_fds = 0;

	fds[n_fds++] = (struct pollfd){.fd = wk_interrupt_fd(), .events = POLLIN};
	for (size_t i = 0; i < n; i++)
		if (!members[i].over)
			fds[n_fds++] =
				(struct pollfd){.fd = members[i].worker.pipe, .events = POLLIN};
	(void)poll(fds, n_fds, wk_poll_timeout(wk_now() + TICK));
}

static bool watch(const struct wk_fleet *fleet, struct member members[], struct wk_err *err)
{
	size_t left = fleet->n;
	bool ok = true;

	while (left > 0) {
		if (wk_interrupted(err))
			return false;
		pause_for(members, fleet->n);
		for (size_t i = 0; i < fleet->n; i++) {
			if (members[i].over)
				continue;
			ok = look(&members[i], err) && ok;
			left -= members[i].over;
		}
		if (fleet->session->console)
			wk_console_tick(fleet->session->console);
	}
	return ok;
}

bool wk_fleet_run(const struct wk_fleet *fleet, struct wk_err *err)
{
	WK_AUTOFREE struct member *members = wk_xcalloc(fleet->n, sizeof(*members));
	bool ok = true;

	for (size_t i = 0; i < fleet->n; i++) {
		members[i] =
			(struct member){.fleet = fleet, .number = i + 1, .worker = {.pipe = -1}};
		ok = ok && wk_worker_start(&members[i].worker, work, &members[i], WK_NEVER,
				   MAX_EVENTS, err);
	}
	ok = ok && watch(fleet, members, err);
	for (size_t i = 0; i < fleet->n; i++)
		wk_worker_finish(&members[i].worker);
	return ok;
}
