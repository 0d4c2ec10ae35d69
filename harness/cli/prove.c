/*
 * prove: every check is seen to fail
 *
 * Faults are testcases of a suite "faults"; with all of them, every check is one of a suite
 * "expectations", which fails where no fault proves one of its expectations. So a proof is reported
 * like a run. A mesh that a fault killed is made anew; one that was lent (--against) is not ours to
 * replace, and ends the proof.
 */
#include "wookie/prove/prove.h"

#include "wookie/base/suggest.h"
#include "wookie/cli/folder.h"
#include "wookie/proc/interrupt.h"

#include <cjson/cJSON.h>
#include <string.h>

#define CHECK_JOBS 6

/* One proof. */
struct job {
	struct wk_session *session;
	struct wk_folder folder;
	struct wk_plan plan;
	const struct wk_fault **faults;
	size_t n_faults;
	bool whole; /* all faults: every expectation has to be proven */
	const char *mesh;
	struct wk_prover *prover;
	struct wk_ledger ledger;
	struct wk_ending ending;
};

static bool unknown_fault(const struct wk_catalog *catalog, const char *name, struct wk_err *err)
{
	WK_AUTOFREE const char **ids = wk_xcalloc(catalog->n_faults + 1, sizeof(char *));
	const char *near;

	for (size_t i = 0; i < catalog->n_faults; i++)
		ids[i] = catalog->faults[i].id;
	near = wk_suggest(name, ids, catalog->n_faults);
	return wk_err_set(err, WK_ERR_INPUT,
		"unknown fault '%.80s'%s%s%s; 'wookie-conform list faults' shows them", name,
		near ? ", did you mean '" : "", near ? near : "", near ? "'" : "");
}

static const struct wk_fault *find_fault(const struct wk_catalog *catalog, const char *name)
{
	for (size_t i = 0; i < catalog->n_faults; i++)
		if (strcmp(catalog->faults[i].id, name) == 0)
			return &catalog->faults[i];
	return NULL;
}

static bool is_chosen(const struct wk_args *args, const char *id)
{
	for (size_t i = 0; i < args->n_operands; i++)
		if (strcmp(args->operands[i], id) == 0 || strcmp(args->operands[i], "all") == 0)
			return true;
	return false;
}

/* In the catalog's order, whatever the operands' is. */
static bool select_faults(struct job *job, struct wk_err *err)
{
	const struct wk_args *args = job->session->args;
	const struct wk_catalog *catalog = &job->session->catalog;

	for (size_t i = 0; i < args->n_operands; i++)
		if (strcmp(args->operands[i], "all") == 0)
			job->whole = true;
		else if (!find_fault(catalog, args->operands[i]))
			return unknown_fault(catalog, args->operands[i], err);
	job->faults = wk_arena_alloc(
		job->session->arena, catalog->n_faults + 1, sizeof(struct wk_fault *));
	for (size_t i = 0; i < catalog->n_faults; i++)
		if (is_chosen(args, catalog->faults[i].id))
			job->faults[job->n_faults++] = &catalog->faults[i];
	return true;
}

static void add_suite(cJSON *suites, const char *name, const char *title)
{
	cJSON *suite = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(suite, "name", name);
	(void)cJSON_AddStringToObject(suite, "title", title);
	(void)cJSON_AddItemToArray(suites, suite);
}

static cJSON *case_json(const char *suite, const char *name, const char *title)
{
	WK_AUTOFREE char *id = wk_xasprintf("%s.%s", suite, name);
	cJSON *json = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(json, "id", id);
	(void)cJSON_AddStringToObject(json, "suite", suite);
	(void)cJSON_AddStringToObject(json, "name", id);
	(void)cJSON_AddStringToObject(json, "title", title);
	(void)cJSON_AddStringToObject(json, "for", "");
	return json;
}

static const char *title_of(const struct wk_catalog *catalog, const char *check)
{
	return wk_catalog_check(catalog, check)->title;
}

static void add_plan_event(struct job *job)
{
	cJSON *event = cJSON_CreateObject();
	cJSON *suites;
	cJSON *checks;
	const cJSON *pages = job->whole ? job->ledger.proofs : NULL;
	const cJSON *page;

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_PLAN);
	suites = cJSON_AddArrayToObject(event, "suites");
	checks = cJSON_AddArrayToObject(event, "checks");
	add_suite(suites, "faults", "each fault is seen, named and healed");
	for (size_t i = 0; i < job->n_faults; i++)
		(void)cJSON_AddItemToArray(
			checks, case_json("faults", job->faults[i]->id, job->faults[i]->title));
	if (job->whole)
		add_suite(suites, "expectations", "each expectation is proven by a fault");
	cJSON_ArrayForEach(page, pages)
	{
		(void)cJSON_AddItemToArray(
			checks, case_json("expectations", page->string,
					title_of(&job->session->catalog, page->string)));
	}
	wk_events_add(job->session->events, event);
}

static char *casualty(void *context)
{
	return wk_mesh_casualty(context);
}

static pid_t component_pid(void *context, const char *cluster, const char *component)
{
	return wk_mesh_component_pid(context, cluster, component);
}

static void tick(void *context)
{
	wk_console_tick(context);
}

static bool begin_prover(struct job *job, struct wk_err *err)
{
	struct wk_session *session = job->session;
	const struct wk_prove prove = {
		.plan = &job->plan,
		.access = &session->access,
		.events = session->events,
		.dir = job->folder.dir,
		.jobs = CHECK_JOBS,
		.deadline = session->deadline,
		.casualty = casualty,
		.component_pid = component_pid,
		.context = session->mesh,
		.tick = session->console ? tick : NULL,
		.tick_context = session->console,
	};

	return wk_prover_begin(&prove, &job->prover, err);
}

static bool raise_mesh(struct job *job, struct wk_err *err)
{
	return (job->session->args->against || wk_session_up(job->session, job->mesh, err)) &&
	       begin_prover(job, err);
}

static void drop_mesh(struct job *job)
{
	struct wk_session *session = job->session;
	struct wk_err err = {0};

	wk_access_finish(&session->access);
	if (!session->mesh)
		return;
	if (!wk_native_down(session->paths.state, job->mesh, &session->progress, &err) &&
		!job->ending.leftover)
		job->ending.leftover = wk_xstrdup(err.msg);
	wk_mesh_free(WK_TAKE(session->mesh));
}

/* Another mesh in place of the one that a fault left broken. */
static bool replace_mesh(struct job *job, const struct wk_fault *fault, struct wk_err *err)
{
	WK_AUTOFREE char *what = wk_xasprintf("mesh anew, '%s' broke it", fault->id);
	struct wk_step step = {.phase = "prove", .what = what, .state = WK_STEP_BEGIN};

	if (job->session->args->against)
		return wk_err_set(err, WK_ERR_REMOTE,
			"mesh '%s' is not green after '%s', and is not ours to replace; make "
			"another one, or leave --against out",
			job->mesh, fault->id);
	wk_progress_report(&job->session->progress, &step);
	wk_prover_end(WK_TAKE(job->prover), WK_PROVER_LEAVE);
	drop_mesh(job);
	return raise_mesh(job, err);
}

static bool play_all(struct job *job, struct wk_err *err)
{
	for (size_t i = 0; i < job->n_faults; i++) {
		const struct wk_fault *fault = job->faults[i];
		enum wk_prove_end end;

		if (wk_now() >= job->session->deadline)
			return wk_err_set(err, WK_ERR_TIMEOUT,
				"the time of the whole proof was over (--timeout)");
		end = wk_prover_play(job->prover, fault, &job->ledger);
		if (end == WK_PROVE_INTERRUPTED)
			return !wk_interrupted(err);
		if (end == WK_PROVE_MESH_LOST && i + 1 < job->n_faults &&
			!replace_mesh(job, fault, err))
			return false;
	}
	return true;
}

static cJSON *unproven_of(const cJSON *page)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *that;

	cJSON_ArrayForEach(that, page)
	{
		if (!that->child)
			(void)cJSON_AddItemToArray(list, cJSON_CreateString(that->string));
	}
	return list;
}

/* A page of the ledger as the verdict of a check. */
static void add_page_event(struct job *job, const cJSON *page)
{
	const char *title = title_of(&job->session->catalog, page->string);
	cJSON *unproven = unproven_of(page);
	int n = cJSON_GetArraySize(unproven);
	WK_AUTOFREE char *list = cJSON_PrintUnformatted(unproven);
	WK_AUTOFREE char *reason = wk_xasprintf("%d of %d expectations are proven by no fault: %s",
		n, cJSON_GetArraySize(page), list);
	cJSON *event = case_json("expectations", page->string, title);

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_CHECK);
	(void)cJSON_AddStringToObject(event, "verdict", wk_verdict_name(n > 0 ? WK_FAIL : WK_PASS));
	(void)cJSON_AddStringToObject(event, "kind", "expectations");
	(void)cJSON_AddBoolToObject(event, "flaky", false);
	(void)cJSON_AddNumberToObject(event, "seconds", 0);
	if (n > 0)
		(void)cJSON_AddStringToObject(event, "reason", reason);
	(void)cJSON_AddArrayToObject(event, "attempts");
	(void)cJSON_AddNumberToObject(event, "n_attempts", 1);
	(void)cJSON_AddArrayToObject(event, "causes");
	(void)cJSON_AddItemToObject(event, "proofs", cJSON_Duplicate(page, true));
	wk_events_add(job->session->events, event);
	cJSON_Delete(unproven);
}

static void add_ledger(struct job *job)
{
	const cJSON *page;

	cJSON_ArrayForEach(page, job->ledger.proofs) add_page_event(job, page);
}

static bool must_keep(const struct job *job)
{
	const struct wk_args *args = job->session->args;

	return args->against || args->keep || (args->keep_on_failure && job->ending.trouble.kind);
}

static void settle(struct job *job)
{
	struct wk_session *session = job->session;

	job->ending.interrupted =
		job->ending.trouble.kind == WK_ERR_INTERRUPTED || wk_interrupt_count() > 0;
	if (must_keep(job) && session->mesh) {
		wk_prover_end(WK_TAKE(job->prover), WK_PROVER_CLEAR);
		wk_access_finish(&session->access);
		wk_mesh_detach(session->mesh);
	} else {
		wk_prover_end(WK_TAKE(job->prover), WK_PROVER_LEAVE);
		drop_mesh(job);
	}
}

static void prove(struct job *job)
{
	struct wk_err *trouble = &job->ending.trouble;

	if (raise_mesh(job, trouble) && play_all(job, trouble) && job->whole)
		add_ledger(job);
	if (trouble->kind && trouble->kind != WK_ERR_INTERRUPTED) {
		struct wk_step step = {.phase = "prove",
			.what = "prove",
			.detail = trouble->msg,
			.state = WK_STEP_FAILED};

		wk_progress_report(&job->session->progress, &step);
	}
	settle(job);
}

static bool prepare(struct job *job, struct wk_err *err)
{
	struct wk_session *session = job->session;
	const struct wk_args *args = session->args;

	if (!wk_session_catalog(session, err) || !select_faults(job, err))
		return false;
	if (args->against ? !wk_session_attach(session, args->against, err)
			  : !wk_session_topology(session, err))
		return false;
	return wk_plan_make(session->arena, &session->catalog, &session->topology,
		       &(struct wk_selection){0}, &job->plan, err) &&
	       wk_plan_verify(&job->plan, err);
}

static enum wk_exit run_job(struct job *job)
{
	struct wk_session *session = job->session;
	const struct wk_args *args = session->args;
	struct wk_err err = {0};
	enum wk_exit code;

	if (!prepare(job, &err))
		return wk_cli_fail(&err);
	job->mesh = args->against ? args->against
		    : args->name  ? args->name
				  : session->topology.name;
	wk_interrupt_catch();
	if (!wk_folder_open(session, &job->folder, &err))
		return wk_cli_fail(&err);
	wk_ledger_init(&job->ledger, &job->plan);
	wk_events_add(session->events, wk_folder_run(session, &job->folder, job->mesh));
	add_plan_event(job);
	prove(job);
	wk_folder_end(session, &job->ending);
	code = wk_folder_reports(session, &job->folder);
	wk_folder_where(session, &job->folder, job->mesh);
	return code;
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct job job = {.session = &session};
	struct wk_err err = {0};
	enum wk_exit code;

	code = wk_session_init(&session, args, &err) ? run_job(&job) : wk_cli_fail(&err);
	wk_ledger_finish(&job.ledger);
	wk_folder_finish(&job.folder);
	free(job.ending.leftover);
	return code;
}

static const char *const flags[] = {"topology", "set", "name", "against", "timeout", "keep",
	"keep-on-failure", "output", "junit", "tap", "json", "matrix", "color", "verbose", "help",
	NULL};

const struct wk_command wk_command_prove = {
	.name = "prove",
	.operands = "FAULT...|all",
	.min_operands = 1,
	.max_operands = WK_MAX_LIST,
	.about = "break a mesh on purpose, fault by fault, and see whether the checks notice",
	.details =
		"For each fault: all checks are green, it is injected, the checks that it names "
		"fail "
		"and its cause\n"
		"comes out as the likeliest, it is healed, all checks are green again. With 'all', "
		"every expectation\n"
		"of every check has to be proven by a fault.\n"
		"Exits 0: all proven, 1: survived, wrong cause, collateral or unproven, 3: void or "
		"not to be healed.",
	.example = "wookie-conform prove remote-secret-missing gateway-port-dropped",
	.flags = flags,
	.run = run,
};
