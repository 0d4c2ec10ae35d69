/*
 * run: the main job
 *
 * Plan first, then provision, deploy, check, tear down, report. From the plan on everything that
 * happens is an event, and the reports and the exit code are made from the event log alone, at the
 * very end: what a person saw, what a file says and what the shell gets cannot differ. Whatever
 * goes wrong on the way, the mesh is taken down and the reports are written.
 */
#include "wookie/base/file.h"
#include "wookie/cli/bundle.h"
#include "wookie/cli/output.h"
#include "wookie/cli/select.h"
#include "wookie/proc/interrupt.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUNDLE_TIME (10 * WK_SEC)

/* One run: its folder, and how it fared so far. */
struct job {
	struct wk_session *session;
	struct wk_plan plan;
	struct wk_repeat repeat; /* `most` is 0 where the checks are run once */
	char id[32];
	char *dir;
	char *log;
	bool interrupted;
	struct wk_tally tally;
	struct wk_err trouble; /* why checks could not be run, kind WK_ERR_NONE where they could */
	char *leftover;
};

static bool make_folder(struct job *job, struct wk_err *err)
{
	uint16_t noise = 0;
	time_t now = time(NULL);
	struct tm tm;
	char date[16];
	WK_AUTOFREE char *evidence = NULL;

	(void)gmtime_r(&now, &tm);
	(void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	do {
		free(job->dir);
		(void)!getrandom(&noise, sizeof(noise), 0);
		(void)snprintf(job->id, sizeof(job->id), "%s-%04x", date, noise);
		job->dir = wk_xasprintf("reports/%s", job->id);
	} while (wk_path_exists(job->dir));
	evidence = wk_xasprintf("%s/evidence", job->dir);
	job->log = wk_xasprintf("%s/events.jsonl", job->dir);
	return wk_mkdir_p(evidence, 0755, err);
}

/* reports/latest points at the newest run; replaced by rename, so that it always points somewhere.
 */
static void point_latest(const struct job *job)
{
	WK_AUTOFREE char *tmp = wk_xasprintf("reports/.latest-%s", job->id);

	if (symlink(job->id, tmp) == 0 && rename(tmp, "reports/latest") != 0)
		(void)unlink(tmp);
}

static void add_clusters(cJSON *topology, const struct wk_topology *t)
{
	cJSON *clusters = cJSON_AddArrayToObject(topology, "clusters");

	for (size_t i = 0; i < t->n_clusters; i++) {
		cJSON *cluster = cJSON_CreateObject();

		(void)cJSON_AddStringToObject(cluster, "name", t->clusters[i].name);
		(void)cJSON_AddStringToObject(cluster, "role", wk_role_name(t->clusters[i].role));
		(void)cJSON_AddStringToObject(cluster, "network", t->clusters[i].network);
		(void)cJSON_AddItemToArray(clusters, cluster);
	}
}

static void add_repeat(cJSON *event, const struct wk_args *args)
{
	cJSON *to = cJSON_AddObjectToObject(event, "repeat");

	if (args->repeat > 0)
		(void)cJSON_AddNumberToObject(to, "most", (double)args->repeat);
	(void)cJSON_AddBoolToObject(to, "until_fail", args->until_fail);
}

static void add_run_event(struct job *job, const char *mesh)
{
	const struct wk_args *args = job->session->args;
	const struct wk_topology *t = &job->session->topology;
	cJSON *event = cJSON_CreateObject();
	cJSON *argv;
	cJSON *topology;

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_RUN);
	(void)cJSON_AddStringToObject(event, "id", job->id);
	(void)cJSON_AddStringToObject(event, "version", WK_VERSION);
	argv = cJSON_AddArrayToObject(event, "argv");
	for (size_t i = 0; i < args->n_argv; i++)
		(void)cJSON_AddItemToArray(argv, cJSON_CreateString(args->argv[i]));
	(void)cJSON_AddStringToObject(event, "mesh", mesh);
	topology = cJSON_AddObjectToObject(event, "topology");
	(void)cJSON_AddStringToObject(topology, "file", t->file);
	(void)cJSON_AddStringToObject(topology, "name", t->name);
	(void)cJSON_AddStringToObject(topology, "provider", "native");
	(void)cJSON_AddStringToObject(topology, "istio", t->istio_version);
	add_clusters(topology, t);
	(void)cJSON_AddBoolToObject(event, "strict", args->strict);
	(void)cJSON_AddStringToObject(event, "dir", job->dir);
	if (job->repeat.most > 0)
		add_repeat(event, args);
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

static char *casualty(void *context)
{
	return wk_mesh_casualty(context);
}

static void tick(void *context)
{
	wk_console_tick(context);
}

static bool run_checks(struct job *job, struct wk_err *err)
{
	const struct wk_args *args = job->session->args;
	struct wk_run run = {
		.plan = &job->plan,
		.access = &job->session->access,
		.events = job->session->events,
		.dir = job->dir,
		.jobs = (unsigned)args->jobs,
		.fail_fast = args->fail_fast,
		.repeat = job->repeat.most > 0 ? &job->repeat : NULL,
		.mesh_ends = !args->against && !args->keep && !args->keep_on_failure,
		.deadline = job->session->deadline,
		.casualty = casualty,
		.context = job->session->mesh,
		.tick = job->session->console ? tick : NULL,
		.tick_context = job->session->console,
	};

	return wk_run_checks(&run, &job->tally, err);
}

/* Provision and check. What stops it is kept in `trouble` and in the event log. */
static void check_mesh(struct job *job, const char *mesh)
{
	const struct wk_args *args = job->session->args;
	bool ready = args->against ? true : wk_session_up(job->session, mesh, &job->trouble);

	if (ready)
		(void)run_checks(job, &job->trouble);
	job->interrupted = job->trouble.kind == WK_ERR_INTERRUPTED || wk_interrupt_count() > 0;
	if (!ready && !job->interrupted)
		add_step(job, "setup", WK_STEP_FAILED, job->trouble.msg);
}

static bool is_bad(const struct job *job)
{
	bool strict = job->session->args->strict || job->repeat.most > 0;
	bool flaky = job->tally.flaky && strict;

	return flaky || job->tally.failed || job->tally.errors || job->trouble.kind;
}

static void add_bundle_event(struct job *job, const char *path)
{
	cJSON *event = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_BUNDLE);
	(void)cJSON_AddStringToObject(event, "path", path);
	wk_events_add(job->session->events, event);
}

/* What was seen of a mesh that is about to go. It changes nothing of how the run ends. */
static void take_bundle(struct job *job, const char *mesh)
{
	struct wk_session *session = job->session;
	struct wk_diagnosis WK_AUTO(wk_diagnosis_finish) diagnosis = {0};
	WK_AUTOFREE char *path = wk_xasprintf("%s/bundle.tar.gz", job->dir);
	struct wk_err err = {0};

	if (!session->mesh || !session->access.topology || job->interrupted || !is_bad(job))
		return;
	if (wk_cli_ask(session, mesh, wk_now() + BUNDLE_TIME, &diagnosis, &err) &&
		wk_cli_bundle(session, mesh, &diagnosis, path, &err)) {
		add_bundle_event(job, path);
		return;
	}
	job->interrupted = err.kind == WK_ERR_INTERRUPTED;
	wk_session_settle(session);
	if (!job->interrupted)
		(void)wk_cli_fail(&err);
}

static bool must_keep(const struct job *job)
{
	const struct wk_args *args = job->session->args;

	return args->against || args->keep || (args->keep_on_failure && is_bad(job));
}

static void tear_down(struct job *job, const char *mesh)
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
	if (!wk_native_down(session->paths.state, mesh, &session->progress, &err))
		job->leftover = wk_xstrdup(err.msg);
	wk_mesh_free(WK_TAKE(session->mesh));
}

/* `exit` is what the run itself knows to be wrong, besides what steps and checks say. */
static void add_end_event(struct job *job)
{
	cJSON *event = cJSON_CreateObject();
	enum wk_exit code = WK_EXIT_OK;

	if (job->trouble.kind)
		code = job->trouble.kind == WK_ERR_INPUT ? WK_EXIT_USAGE : WK_EXIT_ENVIRONMENT;
	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_END);
	(void)cJSON_AddNumberToObject(event, "exit", job->interrupted ? WK_EXIT_INTERRUPTED : code);
	(void)cJSON_AddBoolToObject(event, "interrupted", job->interrupted);
	if (job->trouble.kind)
		(void)cJSON_AddStringToObject(event, "reason", job->trouble.msg);
	if (job->leftover) {
		cJSON *list = cJSON_AddArrayToObject(event, "leftover");

		(void)cJSON_AddItemToArray(list, cJSON_CreateString(job->leftover));
	}
	wk_events_add(job->session->events, event);
}

static enum wk_exit write_reports(struct job *job)
{
	struct wk_results *WK_AUTO(wk_results_free) results = NULL;
	struct wk_err err = {0};
	enum wk_exit code;

	if (!wk_events_ok(job->session->events, &err) || !wk_results_read(job->log, &results, &err))
		return wk_cli_fail(&err);
	code = wk_results_exit(results);
	if (!wk_output_folder(job->dir, results, &err) ||
		!wk_output_files(job->session->args, results, &err) ||
		!wk_output_stdout(job->session->args, results, &err)) {
		(void)wk_cli_fail(&err);
		return code == WK_EXIT_OK ? WK_EXIT_ENVIRONMENT : code;
	}
	return code;
}

static void say_where(const struct job *job, const char *mesh)
{
	FILE *out = strcmp(job->session->args->output, "text") == 0 ? stdout : stderr;

	(void)fprintf(out, "reports in %s\n", job->dir);
	if (job->session->mesh && !job->session->args->against)
		(void)fprintf(
			out, "mesh '%s' is still up: wookie-conform down --name %s\n", mesh, mesh);
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
	const struct wk_args *args = session->args;

	if (!wk_session_catalog(session, err))
		return false;
	if (args->against ? !wk_session_attach(session, args->against, err)
			  : !wk_session_topology(session, err))
		return false;
	return wk_select_plan(session, &job->plan, err) && plan_rounds(job, err);
}

static bool open_run(struct job *job, const char *mesh, struct wk_err *err)
{
	/* Another format owns standard output: the console moves over. */
	FILE *out = strcmp(job->session->args->output, "text") == 0 ? stdout : stderr;

	if (!make_folder(job, err) || !wk_session_events(job->session, job->log, out, err))
		return false;
	point_latest(job);
	add_run_event(job, mesh);
	add_plan_event(job);
	return true;
}

static enum wk_exit run_job(struct job *job)
{
	const struct wk_args *args = job->session->args;
	struct wk_err err = {0};
	const char *mesh;
	enum wk_exit code;

	if (!prepare(job, &err)) {
		code = wk_cli_fail(&err);
		return err.kind == WK_ERR_NONE ? WK_EXIT_NOTHING : code;
	}
	mesh = args->against ? args->against
	       : args->name  ? args->name
			     : job->session->topology.name;
	wk_interrupt_catch();
	if (!open_run(job, mesh, &err))
		return wk_cli_fail(&err);
	check_mesh(job, mesh);
	take_bundle(job, mesh);
	tear_down(job, mesh);
	add_end_event(job);
	wk_session_settle(job->session);
	code = write_reports(job);
	say_where(job, mesh);
	return code;
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct job job = {.session = &session};
	struct wk_err err = {0};
	enum wk_exit code;

	code = wk_session_init(&session, args, &err) ? run_job(&job) : wk_cli_fail(&err);
	free(job.dir);
	free(job.log);
	free(job.leftover);
	return code;
}

static const char *const flags[] = {"topology", "set", "name", "against", "only", "skip",
	"rerun-failed", "repeat", "until-fail", "fail-fast", "jobs", "timeout", "strict", "keep",
	"keep-on-failure", "output", "junit", "tap", "json", "color", "verbose", "help", NULL};

const struct wk_command wk_command_run = {
	.name = "run",
	.operands = "SUITE...|all",
	.min_operands = 1,
	.max_operands = WK_MAX_LIST,
	.about = "bring the mesh up, run suites in order, report, take it down",
	.details = "Exits 0: all passed, 1: a check failed, 2: usage or a file is wrong, 3: set-up "
		   "or environment,\n"
		   "4: nothing selected or skips under --strict, 5: something was left, 130: "
		   "interrupted.",
	.example = "wookie-conform run dns routing --against mine --junit junit.xml",
	.flags = flags,
	.run = run,
};
