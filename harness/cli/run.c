/*
 * run: the main job
 *
 * Plan first, then provision, deploy, check, tear down, report. From the plan on everything that
 * happens is an event, and the reports and the exit code are made from the event log alone, at the
 * very end: what a person saw, what a file says and what the shell gets cannot differ. Whatever
 * goes wrong on the way, the mesh is taken down and the reports are written.
 */
#include "wookie/cli/bundle.h"
#include "wookie/cli/folder.h"
#include "wookie/cli/select.h"
#include "wookie/cli/suspects.h"
#include "wookie/proc/interrupt.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define JOBS 4
#define BUNDLE_TIME (10 * WK_SEC)

/* One run: its folder, and how it fared so far. */
struct job {
	struct wk_session *session;
	struct wk_plan plan;
	struct wk_repeat repeat; /* `most` is 0 where the checks are run once */
	struct wk_folder folder;
	struct wk_tally tally;
	struct wk_ending ending;
};

static void add_repeat(cJSON *event, const struct wk_args *args)
{
	cJSON *to = cJSON_AddObjectToObject(event, "repeat");

	if (args->repeat > 0)
		(void)cJSON_AddNumberToObject(to, "most", (double)args->repeat);
	(void)cJSON_AddBoolToObject(to, "until_fail", args->until_fail);
}

static void add_run_event(struct job *job, const char *mesh)
{
	cJSON *event = wk_folder_run(job->session, &job->folder, mesh);

	if (job->repeat.most > 0)
		add_repeat(event, job->session->args);
	wk_events_add(job->session->events, event);
}

static void add_plan_event(struct job *job)
{
	const struct wk_plan *plan = &job->plan;
	cJSON *event = cJSON_CreateObject();
	cJSON *suites;
	cJSON *checks;

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_PLAN);
	suites = cJSON_AddArrayToObject(event, "suites");
	checks = cJSON_AddArrayToObject(event, "checks");
	for (size_t i = 0; i < plan->n_checks; i++) {
		const struct wk_planned *planned = &plan->checks[i];
		cJSON *check = cJSON_CreateObject();

		if (i == 0 || plan->checks[i - 1].suite != planned->suite) {
			cJSON *suite = cJSON_CreateObject();

			(void)cJSON_AddStringToObject(suite, "name", planned->suite->name);
			(void)cJSON_AddStringToObject(suite, "title", planned->suite->title);
			(void)cJSON_AddItemToArray(suites, suite);
		}
		(void)cJSON_AddStringToObject(check, "id", planned->id);
		(void)cJSON_AddStringToObject(check, "suite", planned->suite->name);
		(void)cJSON_AddStringToObject(check, "name", planned->name);
		(void)cJSON_AddStringToObject(check, "title", planned->check->title);
		(void)cJSON_AddStringToObject(check, "for", planned->scope);
		if (planned->check->doc)
			(void)cJSON_AddStringToObject(check, "doc", planned->check->doc);
		if (planned->check->false_alarm.chance > 0)
			(void)cJSON_AddNumberToObject(
				check, "false_alarm", planned->check->false_alarm.chance);
		(void)cJSON_AddItemToArray(checks, check);
	}
	wk_events_add(job->session->events, event);
}

static void add_step(
	struct job *job, const char *phase, enum wk_step_state state, const char *detail)
{
	struct wk_step step = {.phase = phase, .what = phase, .detail = detail, .state = state};

	wk_progress_report(&job->session->progress, &step);
}

static bool is_bad(const struct job *job)
{
	return job->tally.flaky || job->tally.failed || job->tally.errors ||
	       job->ending.trouble.kind;
}

static bool must_keep(const struct job *job)
{
	const struct wk_args *args = job->session->args;

	return wk_session_is_lent(job->session) || args->keep ||
	       (args->keep_on_failure && is_bad(job));
}

static bool run_checks(struct job *job, struct wk_err *err)
{
	const struct wk_args *args = job->session->args;
	struct wk_run run = {
		.plan = &job->plan,
		.access = &job->session->access,
		.events = job->session->events,
		.dir = job->folder.dir,
		.jobs = args->jobs ? (unsigned)args->jobs : JOBS,
		.fail_fast = args->fail_fast,
		.repeat = job->repeat.most > 0 ? &job->repeat : NULL,
		.changed =
			!wk_session_is_lent(job->session) || wk_session_is_settling(job->session),
		.mesh_ends = !must_keep(job) && !args->keep_on_failure,
		.deadline = job->session->deadline,
		.casualty = wk_session_casualty,
		.tick = wk_session_tick,
		.context = job->session,
	};

	return wk_run_checks(&run, &job->tally, err);
}

/* Provision and check. What stops it is kept in `trouble` and in the event log. */
static void check_mesh(struct job *job, const char *mesh)
{
	bool ready = wk_session_is_lent(job->session) ||
		     wk_session_up(job->session, mesh, &job->ending.trouble);

	if (ready)
		(void)run_checks(job, &job->ending.trouble);
	job->ending.interrupted =
		job->ending.trouble.kind == WK_ERR_INTERRUPTED || wk_interrupt_count() > 0;
	if (!ready && !job->ending.interrupted)
		add_step(job, "setup", WK_STEP_FAILED, job->ending.trouble.msg);
}

/* What passes part of the checks may still be broken. */
static bool is_whole(const struct wk_args *args)
{
	return args->n_operands == 1 && strcmp(args->operands[0], "all") == 0 &&
	       args->only.n + args->skip.n == 0 && !args->rerun_failed;
}

/* A mesh that stays is remembered when it is well, and compared with that when it is not. */
static void compare_mesh(struct job *job)
{
	struct wk_session *session = job->session;
	struct wk_err err = {0};
	bool ok = true;

	if (!session->mesh || !session->access.topology || job->ending.interrupted)
		return;
	if (is_bad(job))
		ok = wk_cli_tell_suspects(session, job->folder.log, job->tally.caused, &err);
	else if (must_keep(job) && is_whole(session->args))
		ok = wk_cli_remember(session, &err);
	if (ok)
		return;
	wk_session_settle(session);
	(void)wk_cli_fail(&err);
}

static void add_bundle_event(struct job *job, const char *path)
{
	cJSON *event = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_BUNDLE);
	(void)cJSON_AddStringToObject(event, "path", path);
	wk_events_add(job->session->events, event);
}

static void add_bundle_step(struct job *job, enum wk_step_state state, wk_nsec begun)
{
	struct wk_step step = {.phase = "bundle",
		.what = "what is seen of the mesh",
		.state = state,
		.elapsed = wk_now() - begun};

	wk_progress_report(&job->session->progress, &step);
}

/* What was seen of a mesh that is about to go. It changes nothing of how the run ends. */
static void take_bundle(struct job *job, const char *mesh)
{
	struct wk_session *session = job->session;
	struct wk_diagnosis WK_AUTO(wk_diagnosis_finish) diagnosis = {0};
	WK_AUTOFREE char *path = wk_xasprintf("%s/bundle.tar.gz", job->folder.dir);
	struct wk_err err = {0};
	wk_nsec begun = wk_now();

	if ((!session->mesh && !wk_session_is_foreign(session)) || !session->access.topology ||
		job->ending.interrupted || !is_bad(job))
		return;
	add_bundle_step(job, WK_STEP_BEGIN, begun);
	if (wk_cli_ask(session, mesh, begun + BUNDLE_TIME, WK_NEVER, &diagnosis, &err) &&
		wk_cli_bundle(session, mesh, &diagnosis, path, &err)) {
		add_bundle_step(job, WK_STEP_DONE, begun);
		add_bundle_event(job, path);
		return;
	}
	job->ending.interrupted = err.kind == WK_ERR_INTERRUPTED;
	wk_session_settle(session);
	if (!job->ending.interrupted)
		(void)wk_cli_fail(&err);
}

static void tear_down(struct job *job)
{
	struct wk_session *session = job->session;
	struct wk_err err = {0};

	wk_access_finish(&session->access);
	if (!session->mesh)
		return;
	if (must_keep(job)) {
		wk_mesh_detach(session->mesh);
		return;
	}
	if (!wk_mesh_down(session->mesh, &session->progress, &err))
		job->ending.leftover = wk_xstrdup(err.msg);
	wk_mesh_free(WK_TAKE(session->mesh));
}

/* Every verdict of every round is kept, so there is an end to how many there may be. */
static bool plan_rounds(struct job *job, struct wk_err *err)
{
	const struct wk_args *args = job->session->args;
	size_t n = job->plan.n_checks;
	uint64_t most = WK_MAX_VERDICTS / n;

	if (args->repeat > most)
		return wk_err_set(err, WK_ERR_INPUT,
			"--repeat: %zu checks can be run %" PRIu64 " times at most, found '%" PRIu64
			"'; select fewer checks",
			n, most, args->repeat);
	if (!args->repeat && !args->until_fail)
		return true;
	job->repeat = (struct wk_repeat){
		.most = args->repeat ? args->repeat : most,
		.until_fail = args->until_fail,
		.in_time = !args->repeat,
	};
	return true;
}

static bool prepare(struct job *job, struct wk_err *err)
{
	struct wk_session *session = job->session;

	return wk_session_catalog(session, err) && wk_session_claim(session, err) &&
	       wk_select_plan(session, &job->plan, err) && plan_rounds(job, err);
}

/* What was taken for granted of clusters that nobody here made, and how much that leaves unasked. */
static void tell_found(struct job *job)
{
	const struct wk_topology *topology = &job->session->topology;
	WK_AUTOFREE char *unasked = NULL;
	size_t n = 0;

	for (size_t i = 0; i < topology->n_clusters; i++) {
		WK_AUTOFREE char *text = wk_cli_about(&topology->clusters[i]);
		struct wk_step step = {.phase = "clusters", .what = text, .state = WK_STEP_DONE};

		wk_progress_report(&job->session->progress, &step);
	}
	for (size_t i = 0; i < job->plan.n_checks; i++)
		n += job->plan.checks[i].nowhere != NULL;
	if (!n)
		return;
	unasked = wk_xasprintf(
		"%zu of %zu checks cannot be asked here; each says why", n, job->plan.n_checks);
	wk_progress_report(&job->session->progress,
		&(struct wk_step){.phase = "plan", .what = unasked, .state = WK_STEP_DONE});
}

static bool open_run(struct job *job, const char *mesh, struct wk_err *err)
{
	if (!wk_folder_open(job->session, &job->folder, err))
		return false;
	add_run_event(job, mesh);
	add_plan_event(job);
	if (wk_session_is_foreign(job->session))
		tell_found(job);
	return true;
}

static enum wk_exit run_job(struct job *job)
{
	struct wk_err err = {0};
	const char *mesh;
	enum wk_exit code;

	if (!prepare(job, &err)) {
		code = wk_cli_fail(&err);
		return err.kind == WK_ERR_NONE ? WK_EXIT_NOTHING : code;
	}
	mesh = wk_session_target_name(job->session);
	wk_interrupt_catch();
	if (!open_run(job, mesh, &err))
		return wk_cli_fail(&err);
	check_mesh(job, mesh);
	compare_mesh(job);
	take_bundle(job, mesh);
	tear_down(job);
	wk_folder_end(job->session, &job->ending);
	code = wk_folder_reports(job->session, &job->folder);
	wk_folder_where(job->session, &job->folder, mesh);
	return code;
}

/* The ids that would be run, as --only and operands take them. */
static enum wk_exit list_ids(struct wk_session *session)
{
	struct wk_plan plan = {0};
	struct wk_err err = {0};

	if (!wk_session_catalog(session, &err) || !wk_session_target(session, &err) ||
		!wk_select_plan(session, &plan, &err)) {
		enum wk_exit code = wk_cli_fail(&err);

		return err.kind == WK_ERR_NONE ? WK_EXIT_NOTHING : code;
	}
	for (size_t i = 0; i < plan.n_checks; i++)
		(void)puts(plan.checks[i].id);
	return WK_EXIT_OK;
}

static bool names_something(const struct wk_args *args, struct wk_err *err)
{
	return args->n_operands || args->only.n || args->rerun_failed || args->list ||
	       wk_err_set(err, WK_ERR_INPUT,
		       "run: expected SUITE, CHECK, 'all' or --only; 'wookie-conform run --help' "
		       "says "
		       "more");
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct job job = {.session = &session};
	struct wk_err err = {0};
	enum wk_exit code;

	if (!names_something(args, &err) ||
		!(args->list ? wk_session_init_read(&session, args, &err)
			     : wk_session_init_target(&session, args, &err)))
		code = wk_cli_fail(&err);
	else
		code = args->list ? list_ids(&session) : run_job(&job);
	wk_folder_finish(&job.folder);
	free(job.ending.leftover);
	return code;
}

static const char *const flags[] = {"topology", "set", "suites", "name", "against", "context",
	"kubeconfig", "read-only", "only", "skip", "list", "rerun-failed", "repeat", "until-fail",
	"fail-fast", "jobs", "timeout", "strict", "keep", "keep-on-failure", "output", "junit",
	"tap", "json", "color", "verbose", "help", NULL};

const struct wk_command wk_command_run = {
	.name = "run",
	.operands = "SUITE|CHECK...|all",
	.max_operands = WK_MAX_LIST,
	.about = "bring the mesh up, run suites in order, report, take it down",
	.details =
		"Exits 0 passed, 1 failed, 2 usage, 3 environment, 4 nothing selected or strict, "
		"5 left over, 130 interrupted.",
	.example = "wookie-conform run dns routing --against mine --junit junit.xml",
	.flags = flags,
	.root = true,
	.run = run,
};
