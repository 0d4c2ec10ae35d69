/*
 * bisect: which change makes the mesh red, proven by experiment
 *
 * What differs from when all was well is taken back by halves, and the checks that are red are run again.
 * How the mesh was found is beside it while that lasts, so that `heal` puts it so where this is killed.
 *
 * A change takes its time to arrive, in either direction. Green counts once it has lasted; red counts once it
 * has lasted longer than it took to become green without any of the changes.
 */
#include "wookie/prove/bisect.h"

#include "wookie/base/file.h"
#include "wookie/cli/folder.h"
#include "wookie/cli/injected.h"
#include "wookie/cli/output.h"
#include "wookie/cli/suspects.h"
#include "wookie/fault/fault.h"
#include "wookie/proc/interrupt.h"
#include "wookie/prove/prove.h"
#include "wookie/report/change.h"
#include "wookie/report/results.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define JOBS 6
#define TURN_TIME (60 * WK_SEC)
#define COMPARE_TIME (30 * WK_SEC)
#define SETTLE (5 * WK_SEC)
#define LAST_GREEN (15 * WK_SEC)
#define LONGEST_RED (90 * WK_SEC) /* without all changes */
#define SPARE (10 * WK_SEC)
#define MOST_WATCHED 10

struct job {
	struct wk_session *session;
	const char *mesh;
	const char *dir;
	struct wk_plan all;
	struct wk_plan watched;
	const cJSON **changes; /* that can be taken back, nearest first */
	const cJSON **entries; /* of those that are taken back now: in `undo` */
	size_t n;
	struct wk_undo *undo;
	wk_nsec arranged;
	wk_nsec to_green; /* 0: not known yet */
	unsigned looks;
};

static struct wk_fault_env environment(const struct job *job)
{
	return (struct wk_fault_env){
		.access = &job->session->access,
		.component_pid = wk_session_component_pid,
		.context = job->session,
		.deadline = wk_now() + TURN_TIME,
	};
}

static bool run_plan(
	struct job *job, const struct wk_plan *plan, struct wk_seen *ret, struct wk_err *err)
{
	WK_AUTOFREE char *dir = wk_xasprintf("%s/look-%u", job->dir, ++job->looks);
	const struct wk_run run = {
		.plan = plan,
		.access = &job->session->access,
		.dir = dir,
		.jobs = JOBS,
		.deadline = job->session->deadline,
		.casualty = wk_session_casualty,
		.context = job->session,
	};

	for (size_t i = 0; i < plan->n_checks; i++)
		plan->checks[i].settle = SETTLE;
	/* What was not looked at any more is no red check. */
	return wk_seen_run(&run, ret, err) &&
	       (wk_now() < job->session->deadline || wk_err_set(err, WK_ERR_TIMEOUT, WK_TIME_OVER));
}

/* Keeps those that are as asked for; how many. */
static size_t keep(struct wk_plan *plan, const struct wk_seen *seen, enum wk_look look, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_checks && n < most; i++)
		if (wk_seen_is_red(seen, &plan->checks[i]) == (look == WK_LOOK_RED))
			plan->checks[n++] = plan->checks[i];
	return n;
}

/* What stays red without any of the changes is not theirs, and no longer watched. */
static enum wk_look judge(struct job *job, const struct wk_seen *seen)
{
	size_t red = 0;

	for (size_t i = 0; i < job->watched.n_checks; i++)
		red += wk_seen_is_red(seen, &job->watched.checks[i]);
	if (red == 0)
		return WK_LOOK_GREEN;
	if (job->to_green || red == job->watched.n_checks || wk_now() - job->arranged < LONGEST_RED)
		return WK_LOOK_RED;
	(void)printf("  %zu of %zu stay red without any of the changes, and are left out\n", red,
		job->watched.n_checks);
	job->watched.n_checks = keep(&job->watched, seen, WK_LOOK_GREEN, job->watched.n_checks);
	return WK_LOOK_GREEN;
}

static enum wk_look look(void *context, struct wk_err *err)
{
	struct job *job = context;
	wk_nsec red_for = job->to_green ? 2 * job->to_green + SPARE : LONGEST_RED;
	enum wk_look found;
	wk_nsec begun;
	bool over;

	do {
		struct wk_seen seen = {0};

		begun = wk_now();
		found = run_plan(job, &job->watched, &seen, err) ? judge(job, &seen)
								 : WK_LOOK_FAILED;
		wk_seen_finish(&seen);
		if (wk_interrupt_count() > 0)
			found = !wk_interrupted(err) ? WK_LOOK_FAILED : found;
		over = found == WK_LOOK_FAILED ||
		       (found == WK_LOOK_GREEN && begun - job->arranged >= LAST_GREEN) ||
		       (found == WK_LOOK_RED && begun - job->arranged >= red_for);
		if (found == WK_LOOK_GREEN && !job->to_green)
			job->to_green = begun - job->arranged + WK_SEC;
	} while (!over);
	if (found != WK_LOOK_FAILED)
		(void)printf("%s after %.0f s\n", found == WK_LOOK_RED ? "red" : "green",
			wk_seconds(wk_now() - job->arranged));
	(void)fflush(stdout);
	return found;
}

static bool back(void *context, size_t at, struct wk_err *err)
{
	struct job *job = context;
	struct wk_fault_env env = environment(job);

	return wk_turn_back(&env, job->changes[at], job->undo, &job->entries[at], err) ||
	       wk_err_context(err, "take back %s", wk_event_text(job->changes[at], "name"));
}

static bool again(void *context, size_t at, struct wk_err *err)
{
	struct job *job = context;
	struct wk_fault_env env = environment(job);

	return wk_undo_one(&env, job->undo, job->entries[at], err) ||
	       wk_err_context(err, "put %s again", wk_event_text(job->changes[at], "name"));
}

static void tell(void *context, const bool in[], size_t n)
{
	struct job *job = context;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += in[i];
	(void)printf("  with %zu of %zu changes: ", count, n);
	(void)fflush(stdout);
	job->arranged = wk_now();
}

static void print_change(const struct job *job, const cJSON *change)
{
	struct wk_screen screen;

	wk_screen_init(&screen, stdout, wk_output_color(job->session->args));
	wk_change_print(&screen, change);
}

static void print_culprits(const struct job *job, const bool culprits[], enum wk_culprit kind)
{
	static const char *const words[] = {
		[WK_CULPRIT_ONE] = "it is red because of this: red with it alone, green without it",
		[WK_CULPRIT_AMONG] =
			"it is red with this alone, and something else makes it red too: "
			"take it back, and bisect again",
		[WK_CULPRIT_TOGETHER] = "it is red because of these, and with no half of them",
		[WK_CULPRIT_NONE] = "it is red without any of these changes: what makes it red is "
				    "not among them",
	};

	(void)puts(words[kind]);
	for (size_t i = 0; i < job->n; i++)
		if (culprits[i])
			print_change(job, job->changes[i]);
}

/* The journal goes when nothing is away any more. */
static bool close_journal(struct job *job, struct wk_err *err)
{
	struct wk_fault_env env = environment(job);

	return wk_undo_heal(&env, job->undo, err) ||
	       wk_err_context(err, "'wookie-conform heal --name %s' tries again", job->mesh);
}

static bool leave_fixed(struct job *job, const bool culprits[], struct wk_err *err)
{
	struct wk_undo *WK_AUTO(wk_undo_free) forgotten = wk_undo_new();
	struct wk_fault_env env = environment(job);

	for (size_t i = 0; i < job->n; i++)
		if (culprits[i] &&
			!wk_turn_back(&env, job->changes[i], forgotten, &job->entries[i], err))
			return false;
	(void)puts("it is taken back, and stays so");
	return true;
}

static bool experiment(struct job *job, enum wk_culprit *ret_kind, struct wk_err *err)
{
	static const struct wk_fault self = {
		.id = "bisect", .title = "changes that were taken back"};
	const struct wk_bisect bisect = {.n = job->n,
		.back = back,
		.again = again,
		.look = look,
		.tell = tell,
		.context = job};
	WK_AUTOFREE bool *culprits = wk_xcalloc(job->n + 1, sizeof(*culprits));
	WK_AUTOFREE bool *in = wk_xcalloc(job->n + 1, sizeof(*in));
	struct wk_err late = {0};
	cJSON *vars = cJSON_CreateObject();
	bool ok = wk_undo_keep(
		job->undo, wk_injected_file(job->session, job->mesh), &self, vars, err);

	cJSON_Delete(vars);
	if (!ok)
		return false;
	ok = wk_bisect(&bisect, culprits, in, ret_kind, err);
	if (!close_journal(job, ok ? err : &late))
		return false;
	if (!ok)
		return false;
	print_culprits(job, culprits, *ret_kind);
	if (job->session->args->keep_fixed && *ret_kind != WK_CULPRIT_NONE)
		return leave_fixed(job, culprits, err);
	(void)puts("the mesh is as it was found");
	return true;
}

/* Those that are known to be somebody's doing, and how to take back. */
static void choose(struct job *job, const cJSON *changes)
{
	size_t n = (size_t)cJSON_GetArraySize(changes);
	const cJSON *change;

	job->changes = wk_arena_alloc(job->session->arena, n + 1, sizeof(const cJSON *));
	job->entries = wk_arena_alloc(job->session->arena, n + 1, sizeof(const cJSON *));
	cJSON_ArrayForEach(change, changes)
	{
		if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(change, "follows")))
			continue;
		if (wk_turn_can(change)) {
			job->changes[job->n++] = change;
			continue;
		}
		(void)printf("  not taken back here: %s in %s, which was %s\n",
			wk_event_text(change, "name"), wk_event_text(change, "cluster"),
			wk_event_text(change, "what"));
	}
}

static cJSON *scopes_of(const struct wk_plan *plan)
{
	cJSON *scopes = cJSON_CreateArray();

	for (size_t i = 0; i < plan->n_checks; i++)
		(void)cJSON_AddItemToArray(scopes, cJSON_CreateString(plan->checks[i].scope));
	return scopes;
}

/* The checks that are red now; how many, of all. */
static bool find_red(struct job *job, size_t *ret_red, struct wk_err *err)
{
	struct wk_session *session = job->session;
	const struct wk_selection selection = {0};
	struct wk_seen seen = {0};
	bool ok;

	if (!wk_plan_make(session->arena, &session->catalog, &session->topology, &selection,
		    &job->all, err) ||
		!wk_plan_make(session->arena, &session->catalog, &session->topology, &selection,
			&job->watched, err))
		return false;
	(void)printf("  all %zu checks: ", job->all.n_checks);
	(void)fflush(stdout);
	ok = run_plan(job, &job->all, &seen, err);
	if (ok) {
		*ret_red = 0;
		for (size_t i = 0; i < job->all.n_checks; i++)
			*ret_red += wk_seen_is_red(&seen, &job->all.checks[i]);
		job->watched.n_checks = keep(&job->watched, &seen, WK_LOOK_RED, MOST_WATCHED);
		(void)printf("%zu are red\n", *ret_red);
	}
	wk_seen_finish(&seen);
	return ok;
}

static bool bisect(struct job *job, enum wk_culprit *ret_kind, struct wk_err *err)
{
	struct wk_changes changes = {0};
	cJSON *scopes;
	size_t red = 0;
	bool ok;

	if (!find_red(job, &red, err))
		return false;
	if (red == 0) {
		(void)puts("nothing is red");
		*ret_kind = WK_CULPRIT_ONE;
		return true;
	}
	scopes = scopes_of(&job->watched);
	ok = wk_cli_changes(job->session, scopes, COMPARE_TIME, &changes, err);
	cJSON_Delete(scopes);
	if (!ok)
		return false;
	if (changes.silent->child) {
		ok = wk_err_set(err, WK_ERR_REMOTE, "what was changed is not known of %s",
			changes.silent->child->valuestring);
		wk_changes_finish(&changes);
		return ok;
	}
	choose(job, changes.list);
	*ret_kind = WK_CULPRIT_NONE;
	if (job->n == 0)
		(void)puts(
			"nothing is known that was changed since all was well and could be taken "
			"back");
	ok = job->n == 0 || experiment(job, ret_kind, err);
	wk_changes_finish(&changes);
	return ok;
}

static bool begin(struct job *job, struct wk_err *err)
{
	struct wk_session *session = job->session;
	char id[16];

	job->mesh = wk_session_pick(session, err);
	if (!job->mesh || !wk_session_catalog(session, err) ||
		!wk_session_attach(session, job->mesh, err) || !wk_mesh_claim(session->mesh, err))
		return false;
	if (wk_injected_line(session, job->mesh))
		return wk_err_set(err, WK_ERR_MISSING, "%s; nothing else can be found before",
			wk_injected_line(session, job->mesh));
	wk_output_id(id);
	job->dir = wk_arena_printf(session->arena, "reports/bisect-%s-%s", job->mesh, id);
	return wk_mkdir_p(job->dir, 0755, err);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct job job = {.session = &session};
	enum wk_culprit kind = WK_CULPRIT_NONE;
	struct wk_err err = {0};
	bool ok;

	if (!wk_session_init(&session, args, WK_PATHS_STATE, &err) || !begin(&job, &err))
		return wk_cli_fail(&err);
	wk_interrupt_catch();
	job.undo = wk_undo_new();
	ok = bisect(&job, &kind, &err);
	wk_undo_free(job.undo);
	(void)printf("what was seen: %s/\n", job.dir);
	wk_mesh_detach(session.mesh);
	wk_session_tell_time(&session, &err);
	if (!ok)
		return wk_cli_fail(&err);
	return kind == WK_CULPRIT_NONE ? WK_EXIT_FAILED : WK_EXIT_OK;
}

static const char *const flags[] = {
	"suites", "name", "keep-fixed", "timeout", "color", "verbose", "help", NULL};

const struct wk_command wk_command_bisect = {
	.name = "bisect",
	.operands = "",
	.about = "find by experiment which change makes a mesh red",
	.details =
		"Takes back by halves what was changed since all was well, runs the checks that "
		"are\n"
		"red again, and ends with the change with which alone it is red. Then the mesh is "
		"put\n"
		"as it was found; where this is killed, 'wookie-conform heal' does. Exits 0: "
		"found, or\n"
		"nothing is red, 1: what makes it red is not among the changes, 3: not to be told.",
	.example = "wookie-conform bisect --name mine",
	.flags = flags,
	.run = run,
};
