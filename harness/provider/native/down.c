/*
 * Taking a mesh down
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/provider/native/mesh.h"
#include "wookie/provider/native/state.h"

#define POLITE (8 * WK_SEC)
#define LOCK_WITHIN (2 * WK_SEC)

static bool send_to(const struct wk_record *keeper, int number)
{
	int WK_AUTO(wk_close) fd = wk_record_open(keeper);

	return fd >= 0 && syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) == 0;
}

static void report(const struct wk_progress *progress, wk_nsec begun, enum wk_step_state state)
{
	struct wk_step step = {.phase = "down",
		.what = "keeper",
		.detail = state == WK_STEP_FAILED ? "did not react and was killed" : NULL,
		.state = state,
		.elapsed = wk_now() - begun};

	wk_progress_report(progress, &step);
}

/* Returns when it is gone, by itself or killed. */
static void end_keeper(const struct wk_record *keeper, const struct wk_progress *progress)
{
	wk_nsec begun = wk_now();

	if (!wk_record_alive(keeper))
		return;
	report(progress, begun, WK_STEP_BEGIN);
	/* SIGCONT: one that somebody stopped would not hear the first. */
	if (send_to(keeper, SIGTERM) && send_to(keeper, SIGCONT) &&
		wk_mesh_await_end(keeper, begun + POLITE)) {
		report(progress, begun, WK_STEP_DONE);
		return;
	}
	(void)send_to(keeper, SIGKILL);
	(void)wk_mesh_await_end(keeper, wk_now() + POLITE);
	report(progress, begun, WK_STEP_FAILED);
}

bool wk_native_down(
	const char *state, const char *name, const struct wk_progress *progress, struct wk_err *err)
{
	wk_nsec deadline = wk_now() + LOCK_WITHIN;
	struct wk_record keeper = {0};
	struct wk_err ignored = {0};
	char *WK_AUTOFREE dir = NULL;
	char *WK_AUTOFREE path = NULL;

	dir = wk_mesh_dir(state, name, err);
	if (!dir)
		return false;
	path = wk_xasprintf("%s/keeper", dir);
	/* A keeper that is just starting has not written its record yet: look until it has, or
	 * nobody holds the folder. */
	while (wk_path_exists(dir)) {
		int WK_AUTO(wk_close) lock = -1;

		if (wk_record_read(path, &keeper, &ignored)) {
			end_keeper(&keeper, progress);
			deadline = wk_now() + LOCK_WITHIN;
		}
		lock = wk_state_lock(dir);
		if (lock >= 0)
			return wk_state_clear(dir, progress, err);
		if (wk_now() > deadline)
			return wk_err_set(err, WK_ERR_SYSTEM,
				"%s is held by another process, which is no keeper of this mesh",
				dir);
		wk_pause(10 * WK_MSEC);
	}
	return true;
}
