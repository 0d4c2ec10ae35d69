/*
 * A mesh for proofs
 *
 * Scratch workloads are made once and stay, because they are not what is tried here and making them
 * takes longer than most faults. So the plan that runs is made from suites that ask for none.
 */
#include "wookie/base/file.h"
#include "wookie/mesh/facts.h"
#include "wookie/prove/rounds.h"
#include "wookie/run/scratch.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SCRATCH_TIME (180 * WK_SEC)
#define MAX_SAID ((size_t)64 * 1024)

char *wk_prover_control_dir(const struct wk_prover *prover)
{
	return wk_xasprintf("%s/control/%s", prover->prove.dir, prover->prove.mesh);
}

static struct wk_scratch_job scratch_job(struct wk_prover *prover)
{
	return (struct wk_scratch_job){.access = prover->prove.access,
		.objects = prover->scratch,
		.deadline = wk_now() + SCRATCH_TIME};
}

/* What it says goes to a file: all of it is there or this is the end. */
static bool apply_scratch(struct wk_prover *prover, struct wk_err *err)
{
	struct wk_scratch_job job = scratch_job(prover);
	WK_AUTOFREE char *file =
		wk_xasprintf("%s/scratch-%s", prover->prove.dir, prover->prove.mesh);
	WK_AUTO(wk_buf_finish) struct wk_buf said = {.max = MAX_SAID};
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const char *why;
	bool ok;

	if (fd < 0)
		return wk_err_sys(err, errno, "open '%s'", file);
	(void)wk_scratch_apply(&job, fd);
	wk_close(fd);
	ok = wk_file_read(file, said.max, &said, err);
	(void)unlink(file);
	if (!ok)
		return false;
	why = strchr(wk_buf_str(&said), '\t');
	return !why || wk_err_set(err, WK_ERR_REMOTE, "scratch workloads: %.*s",
			       (int)strcspn(why + 1, "\n"), why + 1);
}

static bool make_scratch(struct wk_prover *prover, struct wk_err *err)
{
	cJSON *facts = NULL;
	bool ok = wk_facts_gather(prover->prove.access, wk_now() + SCRATCH_TIME, &facts, err) &&
		  wk_scratch_expand(prover->prove.plan, facts, &prover->scratch, err);

	cJSON_Delete(facts);
	return ok && apply_scratch(prover, err);
}

/* The plan once more, of suites that ask for no scratch workloads. */
static bool plan_without_scratch(struct wk_prover *prover, struct wk_err *err)
{
	const struct wk_plan *plan = prover->prove.plan;
	struct wk_suite *suites =
		wk_arena_alloc(prover->arena, plan->catalog->n_suites + 1, sizeof(*suites));

	prover->catalog = *plan->catalog;
	for (size_t i = 0; i < prover->catalog.n_suites; i++) {
		suites[i] = plan->catalog->suites[i];
		suites[i].n_with = 0;
	}
	prover->catalog.suites = suites;
	return wk_plan_make(prover->arena, &prover->catalog, plan->topology,
		&(struct wk_selection){0}, &prover->plan, err);
}

bool wk_prover_begin(const struct wk_prove *prove, struct wk_prover **ret, struct wk_err *err)
{
	struct wk_prover *prover = wk_xcalloc(1, sizeof(*prover));
	WK_AUTOFREE char *dir = NULL;

	prover->prove = *prove;
	dir = wk_prover_control_dir(prover);
	prover->arena = wk_arena_new();
	if (plan_without_scratch(prover, err)) {
		prover->pace = wk_arena_alloc(
			prover->arena, prover->plan.n_checks + 1, sizeof(*prover->pace));
		if (make_scratch(prover, err) && wk_round_green(prover, dir, err)) {
			*ret = prover;
			return true;
		}
		(void)wk_err_context(err, "before any fault");
	}
	wk_prover_end(prover, WK_PROVER_LEAVE);
	return false;
}

void wk_prover_end(struct wk_prover *prover, enum wk_prover_scratch scratch)
{
	if (!prover)
		return;
	if (scratch == WK_PROVER_CLEAR && prover->scratch) {
		struct wk_scratch_job job = scratch_job(prover);

		(void)wk_scratch_remove(&job, STDERR_FILENO);
	}
	cJSON_Delete(prover->scratch);
	wk_arena_free(prover->arena);
	free(prover);
}
