/*
 * prove: every check is seen to fail
 *
 * Faults are played one after the other on a mesh of their own, or side by side on several (--jobs).
 * A mesh that a fault left broken is made anew; one that was lent (--against) is not ours to replace,
 * and ends the proof.
 */
#include "wookie/prove/prove.h"

#include "wookie/base/file.h"
#include "wookie/cli/fleet.h"
#include "wookie/cli/folder.h"
#include "wookie/cli/injected.h"
#include "wookie/proc/interrupt.h"
#include "wookie/prove/rounds.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHECK_JOBS 6
#define LIST_MAX 4096 /* bytes of an error that tells several faults */

/* One proof. */
struct job {
	struct wk_session *session;
	struct wk_folder folder;
	struct wk_plan plan;
	const struct wk_fault **faults;
	size_t n_faults;
	const struct wk_fault **left_out; /* named, and none on this topology */
	size_t n_left_out;
	bool whole; /* all faults: every expectation has to be proven */
	const char *mesh;
	size_t n_meshes; /* side by side */
	pid_t owner;     /* of these */
	size_t *next;    /* fault to be played; all processes of a fleet take from it */
	struct wk_prover *prover;
	struct wk_ledger ledger;
	struct wk_ending ending;
};

/* Both kinds, faults first: each in the catalog's order. The caller frees. */
static const struct wk_fault **all_plays(const struct wk_catalog *catalog, size_t *ret_n)
{
	size_t n = catalog->n_faults + catalog->n_variants;
	const struct wk_fault **all = wk_xcalloc(n + 1, sizeof(struct wk_fault *));

	for (size_t i = 0; i < n; i++)
		all[i] = i < catalog->n_faults ? &catalog->faults[i]
					       : &catalog->variants[i - catalog->n_faults];
	*ret_n = n;
	return all;
}

static bool check_name(
	const char *name, const struct wk_fault *const all[], size_t n, struct wk_err *err)
{
	WK_AUTOFREE const char **ids = wk_xcalloc(n + 1, sizeof(char *));

	for (size_t i = 0; i < n; i++) {
		if (strcmp(all[i]->id, name) == 0)
			return true;
		ids[i] = all[i]->id;
	}
	return wk_cli_unknown("fault or variant", name, ids, n,
		"list faults' or 'wookie-conform list variants", err);
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
	size_t n = 0;
	WK_AUTOFREE const struct wk_fault **all = all_plays(&job->session->catalog, &n);

	for (size_t i = 0; i < args->n_operands; i++)
		if (strcmp(args->operands[i], "all") == 0)
			job->whole = true;
		else if (!check_name(args->operands[i], all, n, err))
			return false;
	job->faults = wk_arena_alloc(job->session->arena, n + 1, sizeof(struct wk_fault *));
	for (size_t i = 0; i < n; i++)
		if (is_chosen(args, all[i]->id))
			job->faults[job->n_faults++] = all[i];
	return true;
}

static char *why_not(const struct wk_fault *fault)
{
	return wk_xasprintf("it is no fault on this topology: %s",
		fault->when ? fault->when : "it has nobody to break");
}

/* Nothing is left to be played: all of it in one error. */
static bool refuse(const struct job *job, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) list = WK_BUF_INIT(LIST_MAX);

	for (size_t i = 0; i < job->n_left_out; i++) {
		WK_AUTOFREE char *why = why_not(job->left_out[i]);

		(void)wk_buf_printf(&list, "%s'%s': %s", i ? "; " : "", job->left_out[i]->id, why);
	}
	return wk_err_set(err, WK_ERR_INPUT, "nothing to play: %s", wk_buf_str(&list));
}

/* Faults that are none on this topology: of all they are left out; one that is named is told as skipped. */
static bool leave_out(struct job *job, struct wk_err *err)
{
	size_t n = 0;

	job->left_out =
		wk_arena_alloc(job->session->arena, job->n_faults + 1, sizeof(struct wk_fault *));
	for (size_t i = 0; i < job->n_faults; i++) {
		bool meant = false;

		if (!wk_fault_is_meant(job->faults[i], &job->session->topology, &meant, err))
			return false;
		if (meant)
			job->faults[n++] = job->faults[i];
		else if (!job->whole)
			job->left_out[job->n_left_out++] = job->faults[i];
	}
	job->n_faults = n;
	return n > 0 || refuse(job, err);
}

/* The plan of what is played and of what was named in vain, and at once the verdicts on the latter. */
static void tell_plan(struct job *job)
{
	struct wk_session *session = job->session;
	size_t n = job->n_faults + job->n_left_out;
	WK_AUTOFREE const struct wk_fault **all = wk_xcalloc(n + 1, sizeof(struct wk_fault *));

	for (size_t i = 0; i < n; i++)
		all[i] = i < job->n_faults ? job->faults[i] : job->left_out[i - job->n_faults];
	wk_events_add(session->events,
		wk_prove_plan(all, n, job->whole ? &job->ledger : NULL, &session->catalog));
	for (size_t i = 0; i < job->n_left_out; i++) {
		const struct wk_fault *fault = job->left_out[i];
		WK_AUTOFREE char *why = why_not(fault);

		wk_events_add(
			session->events, wk_proof_case_event(&(const struct wk_proof_case){
						 .suite = wk_prove_suite(fault),
						 .name = fault->id,
						 .title = fault->title,
						 .verdict = WK_SKIP,
						 .kind = fault->harmless ? "variant" : "fault",
						 .reason = why,
					 }));
	}
}

static struct wk_prove prove_of(const struct job *job)
{
	struct wk_session *session = job->session;

	return (struct wk_prove){
		.plan = &job->plan,
		.access = &session->access,
		.events = session->events,
		.mesh = job->mesh,
		.journal = wk_injected_file(session, job->mesh),
		.dir = job->folder.dir,
		.jobs = CHECK_JOBS,
		.deadline = session->deadline,
		.casualty = wk_session_casualty,
		.component_pid = wk_session_component_pid,
		.tick = wk_session_tick,
		.context = session,
	};
}

static bool begin_prover(struct job *job, struct wk_err *err)
{
	const struct wk_prove prove = prove_of(job);

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
	if (!wk_mesh_down(session->mesh, &session->progress, &err) && !job->ending.leftover)
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

static const struct wk_fault *take_next(struct job *job)
{
	size_t at = __atomic_fetch_add(job->next, 1, __ATOMIC_RELAXED);

	return at < job->n_faults ? job->faults[at] : NULL;
}

static bool play_all(struct job *job, struct wk_err *err)
{
	const struct wk_fault *fault = take_next(job);

	while (fault) {
		const struct wk_fault *next;
		enum wk_prove_end end;

		if (wk_now() >= job->session->deadline)
			return wk_err_set(err, WK_ERR_TIMEOUT, WK_TIME_OVER);
		end = wk_prover_play(job->prover, fault, &job->ledger);
		if (end == WK_PROVE_INTERRUPTED)
			return !wk_interrupted(err);
		next = take_next(job);
		if (end == WK_PROVE_MESH_LOST && next && !replace_mesh(job, fault, err))
			return false;
		fault = next;
	}
	return true;
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
		wk_session_changed(session);
		wk_access_finish(&session->access);
		wk_mesh_detach(session->mesh);
	} else {
		wk_prover_end(WK_TAKE(job->prover), WK_PROVER_LEAVE);
		drop_mesh(job);
	}
}

static void say_trouble(const struct job *job)
{
	const struct wk_err *trouble = &job->ending.trouble;
	struct wk_step step = {.phase = "prove",
		.what = job->mesh,
		.detail = trouble->msg,
		.state = WK_STEP_FAILED};

	if (trouble->kind && trouble->kind != WK_ERR_INTERRUPTED)
		wk_progress_report(&job->session->progress, &step);
}

/* One mesh from its making to its end. */
static bool prove_on_mesh(struct job *job)
{
	bool ok = raise_mesh(job, &job->ending.trouble) && play_all(job, &job->ending.trouble);

	say_trouble(job);
	settle(job);
	return ok;
}

/* Named after this process, so that no other one can take such a name at the same time: what bears it
 * is ours to take down. */
static char *mesh_of(const struct job *job, size_t number)
{
	return wk_xasprintf("%s-%d-%zu", job->mesh, (int)job->owner, number);
}

/* Before anything is made: what bears such a name now is not ours. */
static bool check_fleet(const struct job *job, struct wk_err *err)
{
	for (size_t i = 1; i <= job->n_meshes; i++) {
		WK_AUTOFREE char *mesh = mesh_of(job, i);
		WK_AUTOFREE char *dir = wk_native_dir(job->session->paths.state, mesh);

		if (!wk_native_check_name(mesh, err))
			return wk_err_context(err, "--jobs");
		if (wk_path_exists(dir))
			return wk_err_set(err, WK_ERR_MISSING,
				"there is a mesh '%s' already, and it is not of this proof; "
				"'wookie-conform down --name %s' takes it down",
				mesh, mesh);
	}
	return true;
}

/* In a process of its own, with events of its own. */
static void work(void *context, size_t number, struct wk_events *events)
{
	struct job *job = context;
	WK_AUTOFREE char *mesh = mesh_of(job, number);

	job->session->events = events;
	job->session->console = NULL;
	job->session->progress = wk_events_progress(events);
	job->mesh = mesh;
	(void)prove_on_mesh(job);
}

/* Which mesh a step is of; and what a fault proves. */
static void take_event(void *context, size_t number, struct cJSON *event)
{
	struct job *job = context;
	const cJSON *what = cJSON_GetObjectItemCaseSensitive(event, "what");
	WK_AUTOFREE char *mesh = mesh_of(job, number);

	if (what) {
		WK_AUTOFREE char *text = wk_xasprintf("%s %s", mesh, what->valuestring);

		(void)cJSON_ReplaceItemInObjectCaseSensitive(
			event, "what", cJSON_CreateString(text));
	}
	wk_ledger_add(&job->ledger, event);
}

/* What a process that was killed could not take down itself. */
static void clear_meshes(struct job *job)
{
	for (size_t i = 1; i <= job->n_meshes; i++) {
		WK_AUTOFREE char *mesh = mesh_of(job, i);
		struct wk_err err = {0};

		if (!wk_native_down(job->session->paths.state, mesh, NULL, WK_NEVER, &err) &&
			err.kind != WK_ERR_INPUT && !job->ending.leftover)
			job->ending.leftover = wk_xstrdup(err.msg);
	}
}

static bool prove_side_by_side(struct job *job)
{
	const struct wk_fleet fleet = {.session = job->session,
		.n = job->n_meshes,
		.work = work,
		.event = take_event,
		.context = job};
	bool ok = wk_fleet_run(&fleet, &job->ending.trouble);

	say_trouble(job);
	clear_meshes(job);
	job->ending.interrupted = wk_interrupt_count() > 0;
	return ok;
}

static void prove(struct job *job)
{
	bool ok = job->n_meshes > 1 ? prove_side_by_side(job) : prove_on_mesh(job);

	if (ok && job->whole)
		wk_ledger_report(&job->ledger, &job->session->catalog, job->session->events);
}

/* Memory that the processes of a fleet share. */
static bool share_counter(struct job *job, struct wk_err *err)
{
	void *page = mmap(NULL, sizeof(*job->next), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return wk_err_sys(err, errno, "memory to share");
	job->next = page;
	return true;
}

static bool check_args(const struct wk_args *args, struct wk_err *err)
{
	if (args->jobs > 1 && (args->against || args->keep || args->keep_on_failure))
		return wk_err_set(err, WK_ERR_INPUT,
			"--jobs makes meshes of its own and takes them down; leave out --against, "
			"--keep and --keep-on-failure");
	if (args->inject_only && !args->against)
		return wk_err_set(err, WK_ERR_INPUT,
			"--inject-only leaves a fault in a mesh that is up: name it with "
			"--against");
	return true;
}

static bool prepare(struct job *job, struct wk_err *err)
{
	struct wk_session *session = job->session;

	if (!check_args(session->args, err) || !wk_session_catalog(session, err) ||
		!select_faults(job, err) || !wk_session_claim(session, err))
		return false;
	job->mesh = wk_session_target_name(session);
	job->owner = getpid();
	if (session->args->against && wk_injected_line(session, job->mesh))
		return wk_err_set(err, WK_ERR_MISSING, "%s; nothing can be proven before",
			wk_injected_line(session, job->mesh));
	wk_catalog_prepare(&session->catalog);
	if (!wk_plan_make(session->arena, &session->catalog, &session->topology,
		    &(struct wk_selection){0}, &job->plan, err) ||
		!wk_plan_verify(&job->plan, err) ||
		!wk_faults_verify(&session->catalog, &session->topology, NULL, err) ||
		!leave_out(job, err))
		return false;
	job->n_meshes =
		session->args->jobs < job->n_faults ? (size_t)session->args->jobs : job->n_faults;
	return (job->n_meshes < 2 || check_fleet(job, err)) && share_counter(job, err);
}

/* One fault, which stays. */
static enum wk_exit leave_in(struct job *job)
{
	const struct wk_prove prove = prove_of(job);
	struct wk_err err = {0};
	bool ok = job->n_faults == 1
			  ? wk_prove_inject(&prove, job->faults[0], &err)
			  : wk_err_set(&err, WK_ERR_INPUT,
				    "--inject-only: expected one fault, found %zu", job->n_faults);

	wk_access_finish(&job->session->access);
	wk_mesh_detach(job->session->mesh);
	if (!ok)
		return wk_cli_fail(&err);
	(void)printf("%s\n", wk_injected_line(job->session, job->mesh));
	return WK_EXIT_OK;
}

static enum wk_exit run_job(struct job *job)
{
	struct wk_session *session = job->session;
	struct wk_err err = {0};
	enum wk_exit code;

	if (!prepare(job, &err))
		return wk_cli_fail(&err);
	wk_interrupt_catch();
	if (session->args->inject_only)
		return leave_in(job);
	if (!wk_folder_open(session, &job->folder, &err))
		return wk_cli_fail(&err);
	wk_ledger_init(&job->ledger, &job->plan);
	wk_events_add(session->events, wk_folder_run(session, &job->folder, job->mesh));
	tell_plan(job);
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

	code = wk_session_init_target(&session, args, &err) ? run_job(&job) : wk_cli_fail(&err);
	if (job.next)
		(void)munmap(job.next, sizeof(*job.next));
	wk_ledger_finish(&job.ledger);
	wk_folder_finish(&job.folder);
	free(job.ending.leftover);
	return code;
}

static const char *const flags[] = {"topology", "set", "suites", "name", "against", "inject-only",
	"jobs", "timeout", "keep", "keep-on-failure", "output", "junit", "tap", "json", "matrix",
	"color", "verbose", "help", NULL};

const struct wk_command wk_command_prove = {
	.name = "prove",
	.operands = "FAULT|VARIANT...|all",
	.min_operands = 1,
	.max_operands = WK_MAX_LIST,
	.about = "break a mesh on purpose, fault by fault, and see whether the checks notice",
	.details =
		"For each fault: all checks are green, it is injected, the checks that it names\n"
		"fail and its cause comes out as the likeliest, it is healed, all checks are "
		"green\n"
		"again. A variant is another way to build the mesh, under which all checks stay\n"
		"green. With 'all', every expectation of every check has to be proven by a fault.\n"
		"Exits 0: all proven and quiet, 1: survived, wrong cause, collateral, unproven or\n"
		"alarmed, 3: void or not to be healed.",
	.example = "wookie-conform prove remote-secret-missing gateway-port-dropped",
	.flags = flags,
	.root = true,
	.run = run,
};
