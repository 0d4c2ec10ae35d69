/*
 * lint: reads every suite, cause, fault, workload and topology file and compiles every expression
 *
 * All that is wrong is told, each once, where it stands: one error does not hide the next. In three steps,
 * because what follows would only be noise: names are looked up when every file can be read, and
 * expressions are compiled when every name leads somewhere.
 */
#include "wookie/base/file.h"
#include "wookie/cli/select.h"
#include "wookie/conf/topology.h"
#include "wookie/diagnose/diagnose.h"
#include "wookie/yaml/node.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct linter {
	struct wk_session *session;
	struct wk_errors errors;
	const char **told;
	size_t n_told;
	char input[40]; /* where standard input can be read again; "": not read yet */
};

/* What several topologies or links have in common is told once. */
static void tell(void *context, const struct wk_err *err)
{
	struct linter *linter = context;
	struct wk_arena *arena = linter->session->arena;
	size_t len = strlen(linter->input);
	bool input = len && strncmp(err->msg, linter->input, len) == 0;
	struct wk_err named = {.kind = err->kind};

	(void)snprintf(named.msg, sizeof(named.msg), "%s%s", input ? "standard input" : "",
		err->msg + (input ? len : 0));
	for (size_t i = 0; i < linter->n_told; i++)
		if (strcmp(linter->told[i], named.msg) == 0)
			return;
	linter->told = wk_arena_grow(arena, linter->told, linter->n_told, sizeof(*linter->told));
	linter->told[linter->n_told++] = wk_arena_strdup(arena, named.msg);
	(void)wk_cli_fail(&named);
}

/* Keeps standard input where it can be read more than once. */
static bool take_input(struct linter *linter, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(WK_YAML_MAX);
	int fd;

	if (!wk_file_read("/dev/stdin", WK_YAML_MAX, &text, err))
		return wk_err_context(err, "standard input");
	/* Closed with the process. */
	fd = memfd_create("standard input", MFD_CLOEXEC);
	if (fd < 0)
		return wk_err_sys(err, errno, "memory file");
	(void)snprintf(linter->input, sizeof(linter->input), "/proc/self/fd/%d", fd);
	return wk_write_all(fd, wk_buf_str(&text), text.len, err);
}

static bool lint_plans(struct linter *linter, struct wk_plan *plan, struct wk_err *err)
{
	struct wk_session *session = linter->session;
	struct wk_plan questions = {0};

	return wk_session_knows_version(&session->topology, err) &&
	       wk_plan_make(session->arena, &session->catalog, &session->topology,
		       &(struct wk_selection){0}, plan, err) &&
	       wk_plan_check(plan, &linter->errors, err) &&
	       wk_faults_verify(&session->catalog, &session->topology, &linter->errors, err) &&
	       wk_fixes_verify(&session->catalog, &session->topology, &linter->errors, err) &&
	       wk_diagnose_plan(
		       session->arena, &session->catalog, &session->topology, &questions, err) &&
	       wk_plan_check(&questions, &linter->errors, err);
}

/* False: nothing can be planned on it. */
static bool lint_topology(struct linter *linter, const char *file)
{
	struct wk_session *session = linter->session;
	size_t before = linter->errors.n;
	struct wk_plan plan = {0};
	struct wk_err err = {0};

	if (!wk_topology_lint(session->arena, file, &linter->errors, &session->topology))
		return false;
	if (!lint_plans(linter, &plan, &err))
		(void)!wk_errors_take(&linter->errors, &err);
	if (linter->errors.n == before)
		(void)printf("%s: %zu clusters, %zu checks\n",
			strcmp(file, linter->input) == 0 ? "standard input" : file,
			session->topology.n_clusters, plan.n_checks);
	return true;
}

static int is_yaml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && dot != entry->d_name && strcmp(dot, ".yaml") == 0;
}

/* What the operands are: a file with the key `suite` is a suite, everything else a topology. */
struct operands {
	struct wk_list suites;
	struct wk_list topologies;
};

static bool sort_operand(struct linter *linter, const char *file, struct operands *to)
{
	struct wk_node *root = NULL;
	struct wk_list *list = &to->topologies;
	struct wk_err err = {0};

	if (strcmp(file, "-") == 0 && !*linter->input && !take_input(linter, &err)) {
		tell(linter, &err);
		return false;
	}
	if (strcmp(file, "-") == 0)
		file = linter->input;
	/* What is wrong with it is told when it is read as what it is. */
	if (wk_yaml_read(linter->session->arena, file, &root, &err) && wk_node_get(root, "suite"))
		list = &to->suites;
	list->items[list->n++] = file;
	return true;
}

static void lint_installed(struct linter *linter)
{
	struct wk_session *session = linter->session;
	const char *dir =
		wk_arena_printf(session->arena, "%s/fixtures/topologies", session->paths.data);
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_yaml, alphasort);

	for (int i = 0; i < n; i++) {
		(void)lint_topology(
			linter, wk_arena_printf(session->arena, "%s/%s", dir, entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
}

/* Nothing is planned on suites of which some are wrong. */
static void lint_topologies_alone(struct linter *linter, const struct wk_list *topologies)
{
	struct wk_topology topology;

	for (size_t i = 0; i < topologies->n; i++)
		(void)!wk_topology_lint(
			linter->session->arena, topologies->items[i], &linter->errors, &topology);
}

static void lint(struct linter *linter, const struct operands *operands)
{
	struct wk_session *session = linter->session;
	const struct wk_catalog *catalog = &session->catalog;
	struct wk_err err = {0};
	bool planned = false;

	if (!wk_session_catalog_with(session, &operands->suites, &linter->errors, &err)) {
		tell(linter, &err);
		lint_topologies_alone(linter, &operands->topologies);
		return;
	}
	wk_catalog_prepare(catalog);
	(void)printf(
		"%s: %zu suites, %zu causes, %zu faults, %zu variants, %zu scratch workloads\n",
		session->paths.data, catalog->n_suites, catalog->n_causes, catalog->n_faults,
		catalog->n_variants, catalog->n_scratch);
	for (size_t i = 0; i < operands->topologies.n; i++)
		planned = lint_topology(linter, operands->topologies.items[i]) || planned;
	/* A suite is compiled against some topology. */
	if (operands->topologies.n == 0 || (operands->suites.n > 0 && !planned))
		lint_installed(linter);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct linter linter = {.session = &session};
	struct operands operands = {0};
	struct wk_err err = {0};
	bool ok = true;

	linter.errors = (struct wk_errors){.tell = tell, .context = &linter};
	if (!wk_session_init(&session, args, WK_PATHS_DATA, &err))
		return wk_cli_fail(&err);
	for (size_t i = 0; ok && i < args->n_operands; i++)
		ok = sort_operand(&linter, args->operands[i], &operands);
	if (ok)
		lint(&linter, &operands);
	if (linter.n_told > 1)
		(void)fprintf(stderr, "wookie-conform: lint: %zu errors\n", linter.n_told);
	return linter.n_told ? WK_EXIT_USAGE : WK_EXIT_OK;
}

static const char *const flags[] = {"suites", "help", NULL};

const struct wk_command wk_command_lint = {
	.name = "lint",
	.operands = "[FILE|-...]",
	.max_operands = WK_MAX_LIST,
	.about = "check every file and compile every expression, without touching anything",
	.details =
		"Reads the suites, causes, faults and workloads, the suites among the files, and "
		"the topologies\n"
		"among them (else all of fixtures/topologies); '-' is standard input. All that is "
		"wrong is told.",
	.example = "wookie-conform lint my-topology.yaml my-suite.yaml",
	.flags = flags,
	.run = run,
};
