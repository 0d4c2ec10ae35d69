/*
 * Taking a mesh down
 *
 * Whoever asks for a mesh by its name is refused while another process works with it: that one's
 * Ctrl-C ends both cleanly, a mesh that vanishes under its checks tells lies. Whoever made the mesh
 * takes down the one that it holds, whatever has its name by now.
 *
 * The keeper made everything, so the keeper is asked first. One that does not react is killed: its
 * nodes die with it. What is left then, and what a lost power left, is cleared by the records in
 * the state folder, and at the end each thing that is still there is named.
 */
#include "wookie/provider/native.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/provider/native/cgroup.h"
#include "wookie/provider/native/mesh.h"
#include "wookie/provider/native/state.h"

#define POLITE (8 * WK_SEC)
#define CLAIM_WITHIN WK_SEC
#define LOCK_WITHIN (2 * WK_SEC)
#define DOWN_WITHIN (40 * WK_SEC) /* all of it, whatever comes up again meanwhile */

static bool send_to(const struct wk_record *keeper, int number)
{
	struct wk_err gone;

	return wk_record_send(keeper, number, &gone);
}

static void report(const struct wk_progress *progress, wk_nsec begun, enum wk_step_state state,
	const char *detail)
{
	struct wk_step step = {.phase = "down",
		.what = "keeper",
		.detail = detail,
		.state = state,
		.elapsed = wk_now() - begun};

	wk_progress_report(progress, &step);
}

/* Returns when it is gone, by itself or killed, or when the time is over. */
static void end_keeper(
	const struct wk_record *keeper, const struct wk_progress *progress, wk_nsec latest)
{
	wk_nsec begun = wk_now();

	if (!wk_record_alive(keeper))
		return;
	report(progress, begun, WK_STEP_BEGIN, NULL);
	/* SIGCONT: one that somebody stopped would not hear the first. */
	if (send_to(keeper, SIGTERM) && send_to(keeper, SIGCONT) &&
		wk_mesh_await_end(keeper, wk_earlier(begun + POLITE, latest))) {
		report(progress, begun, WK_STEP_DONE, NULL);
		return;
	}
	if (wk_now() >= latest) {
		report(progress, begun, WK_STEP_FAILED, "has not ended yet");
		return;
	}
	(void)send_to(keeper, SIGKILL);
	(void)wk_mesh_await_end(keeper, wk_earlier(wk_now() + POLITE, latest));
	report(progress, begun, WK_STEP_FAILED, "did not react and was killed");
}

/* Until nobody holds the folder: a keeper that is just starting has not written its record yet. */
static bool end_holder(const char *dir, const struct wk_progress *progress, wk_nsec latest,
	int *ret_lock, struct wk_err *err)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/keeper", dir);
	wk_nsec last = wk_now() + DOWN_WITHIN;
	wk_nsec deadline = wk_now() + LOCK_WITHIN;
	struct wk_record keeper = {0};
	struct wk_err ignored = {0};

	for (*ret_lock = -1; wk_path_exists(dir); wk_pause(10 * WK_MSEC)) {
		if (wk_record_read(path, &keeper, &ignored) && wk_record_alive(&keeper)) {
			end_keeper(&keeper, progress, latest);
			deadline = wk_now() + LOCK_WITHIN;
		}
		*ret_lock = wk_state_lock(dir);
		if (*ret_lock >= 0)
			return true;
		if (wk_now() >= latest)
			return wk_err_set(err, WK_ERR_TIMEOUT, "%s is not taken down yet", dir);
		if (wk_now() > last && wk_record_alive(&keeper))
			return wk_err_set(err, WK_ERR_SYSTEM,
				"the keeper of %s, process %d, was killed and is still there", dir,
				(int)keeper.pid);
		if (wk_now() > deadline || wk_now() > last)
			return wk_err_set(err, WK_ERR_SYSTEM,
				"%s is held by another process, which is no keeper of this mesh",
				dir);
	}
	return true;
}

static bool take_down(
	const char *dir, const struct wk_progress *progress, wk_nsec latest, struct wk_err *err)
{
	int WK_AUTO(wk_close) lock = -1;

	return end_holder(dir, progress, latest, &lock, err) &&
	       (lock < 0 || wk_state_clear(dir, progress, err));
}

/* One that is just ending lets go in a moment. */
static bool claim(const char *dir, const char *name, int *ret_claim, struct wk_err *err)
{
	wk_nsec deadline = wk_now() + CLAIM_WITHIN;
	char holder[32];

	*ret_claim = wk_mesh_try_claim(dir, holder);
	while (*ret_claim < 0 && errno == EWOULDBLOCK && wk_now() < deadline) {
		wk_pause(20 * WK_MSEC);
		*ret_claim = wk_mesh_try_claim(dir, holder);
	}
	/* A folder that is full or gone is no reason to leave a mesh standing. */
	if (*ret_claim >= 0 || errno != EWOULDBLOCK)
		return true;
	return wk_err_set(err, WK_ERR_MISSING,
		"mesh '%s' is in use by process %s; wait for its end, or end it with 'kill %s'",
		name, holder, holder);
}

bool wk_native_down(const char *state, const char *name, const struct wk_progress *progress,
	wk_nsec deadline, struct wk_err *err)
{
	int WK_AUTO(wk_close) claimed = -1;
	char *WK_AUTOFREE dir = NULL;

	if (!wk_native_check_name(name, err))
		return false;
	dir = wk_native_dir(state, name);
	if (!wk_path_exists(dir))
		return true;
	if (wk_now() >= deadline)
		return wk_err_set(err, WK_ERR_TIMEOUT, "mesh '%s' is still there", name);
	return claim(dir, name, &claimed, err) && take_down(dir, progress, deadline, err);
}

bool wk_mesh_down(
	const struct wk_mesh *mesh, const struct wk_progress *progress, struct wk_err *err)
{
	char *WK_AUTOFREE path = wk_xasprintf("%s/keeper", mesh->dir);
	struct wk_record now = {0};
	struct wk_cgroups groups;
	struct wk_err unreadable = {0};

	end_keeper(&mesh->keeper, progress, WK_NEVER);
	if (wk_record_read(path, &now, &unreadable) && now.pid == mesh->keeper.pid &&
		now.start == mesh->keeper.start)
		return take_down(mesh->dir, progress, WK_NEVER, err);
	/* The folder is gone, or another's: what the keeper could not remove is known from here. */
	return wk_cgroups_find(&groups, err) &&
	       wk_cgroups_remove(&groups, mesh->keeper.group, wk_now() + POLITE, err);
}

size_t wk_native_sweep(const char *name)
{
	struct wk_cgroups groups;
	struct wk_err ignored = {0};

	return wk_cgroups_find(&groups, &ignored) ? wk_cgroups_sweep(&groups, name) : 0;
}
