#include "trial.h"

#include "wookie/base/file.h"
#include "wookie/mesh/facts.h"

#include "fakes.h"
#include "mesh.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fake probes. A worker is a process of its own, so what they count starts at 0 for each check. */

static const char *const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0x.c2lnbmF0dXJlLW9mLWl0";

static bool say(struct cJSON **ret, bool fine)
{
	*ret = cJSON_CreateObject();
	cJSON_AddBoolToObject(*ret, "ok", fine);
	return true;
}

static bool good(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)err;
	return say(ret, true);
}

static bool bad(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)err;
	return say(ret, false);
}

/* One letter of "does" for each attempt, the last one for ever: h(olds), b(reaks), e(rror). */
static bool script(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	static size_t n;
	const char *does = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, "does"));
	size_t at = n < strlen(does) ? n : strlen(does) - 1;

	(void)env;
	n++;
	if (does[at] == 'e')
		return wk_err_set(err, WK_ERR_REMOTE, "no API server");
	return say(ret, does[at] == 'h');
}

/* The same over the attempts of all rounds, which it counts in a file. */
static bool turns(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	const char *file = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, "file"));
	const char *does = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, "does"));
	int fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	off_t at = lseek(fd, 0, SEEK_END);

	(void)env;
	if (!wk_write_all(fd, ".", 1, err))
		return false;
	wk_close(fd);
	if (at >= (off_t)strlen(does))
		at = (off_t)strlen(does) - 1;
	return say(ret, does[at] == 'h');
}

static bool leave(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)ret;
	(void)err;
	_exit(0);
	return false;
}

static bool interrupt(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)kill(getppid(), SIGINT);
	return fake_hang(env, args, ret, err);
}

static bool are_two_open(const char *file)
{
	struct wk_buf WK_AUTO(wk_buf_finish) seen = {0};
	struct wk_err ignored;

	return wk_file_read(file, 100, &seen, &ignored) && strstr(wk_buf_str(&seen), "((");
}

/* Writes "(" and ")" around some time, to see who runs beside whom; "beside": as long as it takes
 * for another to come. */
static bool bracket(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	const char *file = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(args, "file"));
	wk_nsec until =
		wk_now() + (cJSON_HasObjectItem(args, "beside") ? 10 * WK_SEC : 100 * WK_MSEC);
	int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	(void)env;
	if (!wk_write_all(fd, "(", 1, err))
		return false;
	while (wk_now() < until && !are_two_open(file))
		wk_pause(5 * WK_MSEC);
	if (!wk_write_all(fd, ")", 1, err))
		return false;
	wk_close(fd);
	return say(ret, true);
}

static bool leak(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)err;
	*ret = cJSON_CreateObject();
	cJSON_AddStringToObject(*ret, "ok", jwt);
	return true;
}

char hanging[64];

static bool stop_mesh(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)ret;
	return wk_file_write(hanging, "", 0, 0600, err) &&
	       wk_err_set(err, WK_ERR_REMOTE, "no answer");
}

bool gather_until(
	struct wk_access *access, wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	(void)deadline;
	if (wk_path_exists(hanging))
		return wk_err_set(err, WK_ERR_TIMEOUT, "b: no answer came");
	*ret = wk_facts_declared(access->topology);
	return true;
}

static wk_probe_fn *find(const char *kind)
{
	static const struct fake fakes[] = {{"good", good}, {"bad", bad}, {"script", script},
		{"turns", turns}, {"crash", fake_crash}, {"leave", leave}, {"hang", fake_hang},
		{"interrupt", interrupt}, {"bracket", bracket}, {"leak", leak},
		{"stop_mesh", stop_mesh}};

	return fake_find(fakes, WK_COUNT(fakes), kind);
}

static bool gather(
	struct wk_access *access, wk_nsec deadline, struct cJSON **ret, struct wk_err *err)
{
	(void)deadline;
	(void)err;
	*ret = wk_facts_declared(access->topology);
	return true;
}

struct wk_expectation ok[] = {
	{.that = "it is fine", .jq = ".ok", .at_least = 1, .cause = "WK-T-001"}};

static struct wk_cause causes[] = {{.code = "WK-T-001",
	.title = "broken",
	.meaning = "it broke",
	.evidence = "",
	.fix = "mend it"}};

struct wk_check check(const char *id, const char *kind)
{
	return (struct wk_check){
		.id = id,
		.full_id = id,
		.title = id,
		.probe = {.kind = kind, .args = "{}"},
		.expect = ok,
		.n_expect = 1,
		.scope = WK_SCOPE_MESH,
		.within = 0,
		.stable = 1,
	};
}

void trial_begin(struct trial *t, struct wk_check *checks, size_t n)
{
	*t = (struct trial){.arena = wk_arena_new(), .dir = "/tmp/wk-run-XXXXXX"};
	t->suite = (struct wk_suite){.name = "s", .title = "s", .checks = checks, .n_checks = n};
	t->catalog = (struct wk_catalog){
		.suites = &t->suite, .n_suites = 1, .causes = causes, .n_causes = 1};
	t->access = (struct wk_access){.topology = &topology, .netns = -1};
	cr_assert(mkdtemp(t->dir));
	t->run = (struct wk_run){
		.plan = &t->plan,
		.access = &t->access,
		.dir = t->dir,
		.jobs = 4,
		.deadline = wk_now() + 30 * WK_SEC,
		.sources = {.find = find, .gather = gather},
	};
}

static void read_events(struct trial *t, const char *log)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = {0};
	char *state = NULL;

	cr_assert(wk_file_read(log, 10000000, &text, &t->err));
	t->events = cJSON_CreateArray();
	for (char *line = strtok_r(text.data, "\n", &state); line;
		line = strtok_r(NULL, "\n", &state))
		cJSON_AddItemToArray(t->events, cJSON_Parse(line));
}

void trial_go(struct trial *t)
{
	WK_AUTOFREE char *log = wk_xasprintf("%s/events.jsonl", t->dir);
	struct wk_events *events = wk_events_open(log, &t->err);

	cr_assert(events, "%s", t->err.msg);
	cr_assert(wk_plan_make(t->arena, &t->catalog, t->access.topology, &(struct wk_selection){0},
		&t->plan, &t->err));
	for (size_t i = 0; i < t->plan.n_checks; i++)
		t->plan.checks[i].settle = t->settle;
	t->run.events = events;
	if (t->watch)
		wk_events_watch(events, t->watch, t);
	t->result = wk_run_checks(&t->run, &t->tally, &t->err);
	wk_events_close(events);
	read_events(t, log);
}

void trial_end(struct trial *t)
{
	struct wk_err err;

	cr_expect(wk_rmtree(t->dir, &err), "%s", err.msg);
	cJSON_Delete(t->events);
	wk_arena_free(t->arena);
}

const char *text(const struct cJSON *event, const char *key)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, key));

	return value ? value : "";
}

const struct cJSON *event_of(const struct trial *t, const char *id)
{
	for (const cJSON *i = t->events->child; i; i = i->next) {
		const char *own = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(i, "id"));

		if (own && strcmp(own, id) == 0 && strcmp(text(i, "event"), "check") == 0)
			return i;
	}
	cr_assert_fail("no event of '%s'", id);
	return NULL;
}

int number(const struct cJSON *event, const char *key)
{
	return (int)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(event, key));
}
