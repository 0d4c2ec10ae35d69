/* lint: reads every suite, cause, fault, workload and topology file and compiles every expression.
 */
#include "wookie/cli/select.h"
#include "wookie/conf/topology.h"
#include "wookie/diagnose/diagnose.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static bool lint_topology(struct wk_session *session, const char *file, struct wk_err *err)
{
	struct wk_plan plan = {0};
	struct wk_plan questions = {0};

	if (!wk_session_read(session, file, NULL, 0, err) ||
		!wk_plan_make(session->arena, &session->catalog, &session->topology,
			&(struct wk_selection){0}, &plan, err) ||
		!wk_plan_check(&plan, err) ||
		!wk_faults_verify(&session->catalog, &session->topology, err) ||
		!wk_diagnose_plan(
			session->arena, &session->catalog, &session->topology, &questions, err) ||
		!wk_plan_check(&questions, err))
		return false;
	(void)printf("%s: %zu clusters, %zu checks\n", file, session->topology.n_clusters,
		plan.n_checks);
	return true;
}

static int is_yaml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && dot != entry->d_name && strcmp(dot, ".yaml") == 0;
}

static bool lint_topologies(struct wk_session *session, struct wk_err *err)
{
	const char *dir =
		wk_arena_printf(session->arena, "%s/fixtures/topologies", session->paths.data);
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_yaml, alphasort);
	bool ok = true;

	for (int i = 0; i < n; i++) {
		ok = ok &&
		     lint_topology(session,
			     wk_arena_printf(session->arena, "%s/%s", dir, entries[i]->d_name),
			     err);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	bool ok;

	if (!wk_session_init(&session, args, &err) || !wk_session_catalog(&session, &err))
		return wk_cli_fail(&err);
	wk_catalog_prepare(&session.catalog);
	(void)printf(
		"%s: %zu suites, %zu causes, %zu faults, %zu variants, %zu scratch workloads\n",
		session.paths.data, session.catalog.n_suites, session.catalog.n_causes,
		session.catalog.n_faults, session.catalog.n_variants, session.catalog.n_scratch);
	ok = args->n_operands || lint_topologies(&session, &err);
	for (size_t i = 0; ok && i < args->n_operands; i++)
		ok = lint_topology(&session, args->operands[i], &err);
	return ok ? WK_EXIT_OK : wk_cli_fail(&err);
}

static const char *const flags[] = {"suites", "help", NULL};

const struct wk_command wk_command_lint = {
	.name = "lint",
	.operands = "[TOPOLOGY...]",
	.max_operands = WK_MAX_LIST,
	.about = "check every file and compile every expression, without touching anything",
	.details = "Reads the suites, causes, faults and workloads, and the topologies that are "
		   "named (else all\n"
		   "of fixtures/topologies).",
	.example = "wookie-conform lint my-topology.yaml",
	.flags = flags,
	.run = run,
};
