/*
 * Asking
 *
 * First what each cluster says of itself, one worker a cluster, then all questions side by side, one
 * worker each, and what is kept besides, one worker for each cluster or link: an API server that
 * hangs costs the time of its own rows and nothing else, and a cluster that was silent the first time
 * is not asked again. This process asks nothing itself; it forks and polls, so that it always ends in
 * time.
 */
#include "wookie/base/file.h"
#include "wookie/diagnose/look.h"
#include "wookie/mesh/facts.h"
#include "wookie/proc/interrupt.h"
#include "wookie/proc/worker.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <string.h>

#define FACTS_TIME (5 * WK_SEC)
#define LOOK_TIME (8 * WK_SEC)
#define LEAST_TIME (2 * WK_SEC)
#define TICK (100 * WK_MSEC)
#define SIDE_BY_SIDE 32
#define ONE_OUTPUT ((size_t)2 * 1024 * 1024)
#define MANY_OUTPUT ((size_t)16 * 1024 * 1024)

/* The worker of some items, or of a cluster's facts. */
struct task {
	struct wk_worker worker;
	struct wk_look look;
	size_t cluster;
	wk_nsec begin; /* 0: not yet */
	bool done;
};

/* In a worker: connections of its parent are forgotten, not closed. */
static int work_facts(void *context, int pipe)
{
	const struct task *task = context;
	const struct wk_diagnose *diagnose = task->look.diagnose;
	struct wk_access *access = diagnose->access;
	cJSON *facts = wk_facts_declared(access->topology);
	cJSON *entry = cJSON_GetArrayItem(
		cJSON_GetObjectItemCaseSensitive(facts, "clusters"), (int)task->cluster);
	WK_AUTOFREE char *text = NULL;
	struct wk_err err;
	bool ok;

	memset(access->kube, 0, sizeof(access->kube));
	ok = (diagnose->ask ? diagnose->ask : wk_facts_ask)(
		access, task->cluster, wk_now() + task->look.patience, entry, &err);
	text = ok ? cJSON_PrintUnformatted(entry) : wk_xstrdup(err.msg);
	cJSON_Delete(facts);
	return wk_write_all(pipe, text, strlen(text), &err) && ok ? 0 : 1;
}

static int work_look(void *context, int pipe)
{
	struct task *task = context;
	struct wk_access *access = task->look.diagnose->access;

	memset(access->kube, 0, sizeof(access->kube));
	return wk_look_work(&task->look, pipe);
}

static bool is_over(const struct wk_diagnose *diagnose)
{
	return diagnose->latest && wk_now() >= diagnose->latest;
}

/* Whoever named an end for all of it gets it, however little time that leaves. */
static wk_nsec until(const struct wk_diagnose *diagnose, wk_nsec end)
{
	return diagnose->latest ? wk_earlier(diagnose->latest, end) : end;
}

/* What a worker has not told by its end, in words; the caller frees. */
static char *why_none(const struct task *task, enum wk_worker_end end, int status)
{
	if (end == WK_WORKER_LATE && is_over(task->look.diagnose))
		return wk_xstrdup(WK_TIME_OVER);
	if (end == WK_WORKER_KILLED)
		return wk_xasprintf("its worker crashed: %s", strsignal(status));
	if (end == WK_WORKER_LATE)
		return wk_xasprintf("no answer within %.0f s", wk_seconds(wk_now() - task->begin));
	return wk_xasprintf("its worker ended with code %d and no answer", status);
}

static void take_facts(
	struct wk_asked *asked, struct task *task, enum wk_worker_end end, int status)
{
	cJSON *clusters = cJSON_GetObjectItemCaseSensitive(asked->facts, "clusters");
	const char *text = wk_buf_str(&task->worker.out);
	cJSON *entry = end == WK_WORKER_EXITED && status == 0 ? cJSON_Parse(text) : NULL;

	asked->late[task->cluster] = end == WK_WORKER_LATE && is_over(asked->diagnose);
	if (entry)
		(void)cJSON_ReplaceItemInArray(clusters, (int)task->cluster, entry);
	else if (end == WK_WORKER_EXITED && *text)
		asked->silent[task->cluster] = wk_xstrdup(text);
	else
		asked->silent[task->cluster] = why_none(task, end, status);
}

static void keep_file(struct wk_asked *asked, const struct wk_planned *planned, cJSON *json)
{
	cJSON *file = cJSON_CreateObject();
	WK_AUTOFREE char *path = wk_xasprintf("%s/%s%s%s.json", planned->suite->name,
		planned->scope, planned->scope[0] ? "/" : "", planned->check->id);

	for (char *p = path; *p; p++)
		if (*p == '>')
			*p = '_';
	(void)cJSON_AddStringToObject(file, "path", path);
	(void)cJSON_AddItemToObject(file, "json", json);
	(void)cJSON_AddItemToArray(asked->files, file);
}

static void take_line(struct wk_asked *asked, cJSON *line)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, "item");
	size_t at = cJSON_IsNumber(item) ? (size_t)item->valuedouble : asked->plan.n_checks;
	cJSON *json = cJSON_DetachItemFromObjectCaseSensitive(line, "json");

	if (at >= asked->plan.n_checks || asked->rows[at]) {
		cJSON_Delete(json);
		return;
	}
	asked->rows[at] = cJSON_DetachItemFromObjectCaseSensitive(line, "row");
	if (!asked->rows[at])
		asked->rows[at] = cJSON_CreateNull();
	if (json)
		keep_file(asked, &asked->plan.checks[at], json);
}

/* A check that cannot be looked at because a cluster is silent is none that was asked: that is told once, by
 * the row of the cluster. */
static void not_asked(struct wk_asked *asked, size_t at, const char *state, const char *why)
{
	const struct wk_planned *planned = &asked->plan.checks[at];
	cJSON *json;

	if (asked->rows[at])
		return;
	asked->rows[at] =
		wk_look_is_kept(planned) ? cJSON_CreateNull() : wk_look_row(planned, state, why);
	json = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(json, "unknown", why);
	keep_file(asked, planned, json);
}

static void take_items(
	struct wk_asked *asked, struct task *task, enum wk_worker_end end, int status)
{
	WK_AUTOFREE char *why = why_none(task, end, status);
	char *save = NULL;
	char *text = wk_buf_take(&task->worker.out);

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		cJSON *json = cJSON_Parse(line);

		take_line(asked, json);
		cJSON_Delete(json);
	}
	free(text);
	for (size_t i = 0; i < task->look.n_items; i++)
		not_asked(asked, task->look.items[i], "unknown", why);
}

/* Tasks of one kind, which run side by side. */
struct stage {
	int (*work)(void *task, int pipe);
	void (*take)(struct wk_asked *asked, struct task *task, enum wk_worker_end end, int status);
	struct task *tasks;
	size_t n;
	wk_nsec length; /* of one task, from when it begins */
	wk_nsec until;  /* of all of them */
};

static void look_after(struct wk_asked *asked, const struct stage *stage, struct task *task)
{
	enum wk_worker_end end;
	int status = 0;

	end = wk_worker_look(&task->worker, &status);
	if (end == WK_WORKER_RUNNING)
		return;
	stage->take(asked, task, end, status);
	wk_worker_finish(&task->worker);
	task->done = true;
}

static void begin(struct wk_asked *asked, const struct stage *stage, struct task *task)
{
	size_t max = task->look.n_items == 1 ? ONE_OUTPUT : MANY_OUTPUT;
	wk_nsec until;
	struct wk_err err;

	task->begin = wk_now();
	until = task->begin + stage->length;
	if (wk_worker_start(&task->worker, stage->work, task,
		    until < stage->until ? until : stage->until, max, &err))
		return;
	/* As if it had ended at once: what it was to ask is unknown. */
	stage->take(asked, task, WK_WORKER_EXITED, 1);
	task->done = true;
}

/* How many are not done; fills fds with the pipes of those that run. */
static size_t advance(
	struct wk_asked *asked, const struct stage *stage, struct pollfd *fds, nfds_t *n)
{
	size_t left = 0;
	size_t running = 0;

	*n = 0;
	fds[(*n)++] = (struct pollfd){.fd = wk_interrupt_fd(), .events = POLLIN};
	for (size_t i = 0; i < stage->n; i++) {
		struct task *task = &stage->tasks[i];

		if (task->done)
			continue;
		if (task->begin)
			look_after(asked, stage, task);
		else if (running < SIDE_BY_SIDE)
			begin(asked, stage, task);
		left += !task->done;
		if (task->done || !task->begin)
			continue;
		running++;
		fds[(*n)++] = (struct pollfd){.fd = task->worker.pipe, .events = POLLIN};
	}
	return left;
}

/* Runs them all to their ends. False only when interrupted. */
static bool run(struct wk_asked *asked, const struct stage *stage, struct wk_err *err)
{
	WK_AUTOFREE struct pollfd *fds = wk_xcalloc(stage->n + 1, sizeof(*fds));
	nfds_t n = 0;

	while (advance(asked, stage, fds, &n) > 0 && wk_interrupt_count() == 0)
		(void)poll(fds, n, wk_poll_timeout(wk_now() + TICK));
	for (size_t i = 0; i < stage->n; i++)
		wk_worker_finish(&stage->tasks[i].worker);
	return wk_interrupt_count() == 0 || !wk_interrupted(err);
}

/* What is left of the time, at most `most`; never so little that a machine that is slow to start a
 * process would pass for a cluster that does not answer. */
static wk_nsec share(wk_nsec left, wk_nsec most)
{
	wk_nsec time = left < most ? left : most;

	return time > LEAST_TIME ? time : LEAST_TIME;
}

static bool ask_clusters(struct wk_asked *asked, struct wk_err *err)
{
	const struct wk_diagnose *diagnose = asked->diagnose;
	size_t n = diagnose->access->topology->n_clusters;
	wk_nsec now = wk_now();
	struct task tasks[WK_MAX_CLUSTERS] = {0};
	struct stage stage = {.work = work_facts, .take = take_facts, .tasks = tasks, .n = n};
	wk_nsec patience = share((diagnose->deadline - now) / 2, FACTS_TIME);

	/* The worker speaks first, the kill is for one that cannot. */
	stage.length = patience + WK_SEC / 2;
	stage.until = until(diagnose, now + stage.length);
	for (size_t i = 0; i < n; i++)
		tasks[i] = (struct task){.worker = {.pipe = -1},
			.look = {.diagnose = diagnose, .patience = patience},
			.cluster = i};
	return run(asked, &stage, err);
}

/* Why an item cannot be looked at, or NULL: the time is over, or the cluster that the probe runs in
 * is silent, or the one that it is about. */
static const char *hindrance(const struct wk_asked *asked, const struct wk_planned *planned)
{
	const bool without = planned->check->without_api;
	const int asks[] = {
		planned->client, without ? -1 : planned->cluster, without ? -1 : planned->server};

	if (is_over(asked->diagnose))
		return WK_TIME_OVER;
	for (size_t i = 0; i < WK_COUNT(asks); i++)
		if (asks[i] >= 0 && asked->silent[asks[i]])
			return wk_arena_printf(asked->arena, "not asked: %s does not answer",
				asked->diagnose->access->topology->clusters[asks[i]].name);
	return NULL;
}

static bool together(const struct wk_planned *a, const struct wk_planned *b)
{
	return wk_look_is_kept(a) && wk_look_is_kept(b) && strcmp(a->scope, b->scope) == 0;
}

/* The task that takes this item along: a question has one of its own. */
static struct task *task_for(struct wk_asked *asked, struct task *tasks, size_t *n, size_t at)
{
	const struct wk_plan *plan = &asked->plan;

	for (size_t i = 0; i < *n; i++)
		if (together(&plan->checks[tasks[i].look.items[0]], &plan->checks[at]))
			return &tasks[i];
	tasks[*n] = (struct task){.worker = {.pipe = -1},
		.look = {.diagnose = asked->diagnose, .plan = plan, .facts = asked->facts}};
	return &tasks[(*n)++];
}

static bool ask_items(struct wk_asked *asked, struct wk_err *err)
{
	const struct wk_plan *plan = &asked->plan;
	struct task *tasks = wk_arena_alloc(asked->arena, plan->n_checks + 1, sizeof(*tasks));
	struct stage stage = {.work = work_look, .take = take_items, .tasks = tasks};
	wk_nsec now = wk_now();
	wk_nsec patience = share(asked->diagnose->deadline - now - WK_SEC / 2, LOOK_TIME);

	stage.length = patience + WK_SEC / 2;
	stage.until = now + stage.length;
	if (stage.until < asked->diagnose->deadline)
		stage.until = asked->diagnose->deadline;
	stage.until = until(asked->diagnose, stage.until);
	for (size_t i = 0; i < plan->n_checks; i++) {
		const char *why = hindrance(asked, &plan->checks[i]);
		struct task *task;

		if (why) {
			not_asked(asked, i,
				wk_look_is_check(&plan->checks[i]) ? "skipped" : "unknown", why);
			continue;
		}
		task = task_for(asked, tasks, &stage.n, i);
		task->look.patience = patience;
		task->look.items = wk_arena_grow(asked->arena, task->look.items, task->look.n_items,
			sizeof(*task->look.items));
		task->look.items[task->look.n_items++] = i;
	}
	return run(asked, &stage, err);
}

bool wk_ask(const struct wk_diagnose *diagnose, struct wk_asked *ret, struct wk_err *err)
{
	const struct wk_topology *topology = diagnose->access->topology;
	struct wk_asked asked = {.diagnose = diagnose, .arena = wk_arena_new()};

	if (!wk_diagnose_plan(asked.arena, diagnose->catalog, topology, &asked.plan, err)) {
		wk_asked_finish(&asked);
		return false;
	}
	asked.facts = wk_facts_declared(topology);
	asked.files = cJSON_CreateArray();
	asked.seen = cJSON_CreateObject();
	asked.rows = wk_arena_alloc(asked.arena, asked.plan.n_checks, sizeof(cJSON *));
	wk_plan_prepare(&asked.plan);
	if (!ask_clusters(&asked, err) || !ask_items(&asked, err)) {
		wk_asked_finish(&asked);
		return false;
	}
	*ret = asked;
	return true;
}

void wk_asked_finish(struct wk_asked *asked)
{
	for (size_t i = 0; asked->rows && i < asked->plan.n_checks; i++)
		cJSON_Delete(asked->rows[i]);
	for (size_t i = 0; i < WK_MAX_CLUSTERS; i++)
		free(asked->silent[i]);
	cJSON_Delete(asked->files);
	cJSON_Delete(asked->seen);
	cJSON_Delete(asked->facts);
	wk_arena_free(asked->arena);
	*asked = (struct wk_asked){0};
}
