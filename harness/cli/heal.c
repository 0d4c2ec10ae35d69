/*
 * heal: takes back what a killed proof left in a mesh that was kept
 *
 * The journal beside the mesh says what; it goes only when all of it is back, so this may be interrupted
 * or killed, and run again.
 */
#include "wookie/cli/injected.h"
#include "wookie/fault/fault.h"
#include "wookie/proc/interrupt.h"

#include <stdio.h>

#define HEAL_TIME (180 * WK_SEC)

static bool heal(struct wk_session *session, struct wk_undo *undo, struct wk_err *err)
{
	wk_nsec latest = wk_now() + HEAL_TIME;
	const struct wk_fault_env env = {
		.access = &session->access,
		.component_pid = wk_session_component_pid,
		.context = session,
		.deadline = wk_earlier(session->deadline, latest),
	};

	return wk_undo_heal(&env, undo, err) ||
	       wk_err_context(err, "heal '%s'", wk_undo_fault(undo));
}

static bool heal_mesh(struct wk_session *session, const char *mesh, struct wk_err *err)
{
	struct wk_undo *WK_AUTO(wk_undo_free) undo = NULL;

	/* Whoever has the mesh may have a fault in it on purpose, and takes that back. */
	if (!wk_session_attach(session, mesh, err) || !wk_mesh_claim(session->mesh, err) ||
		!wk_undo_load(wk_injected_file(session, mesh), &undo, err))
		return false;
	if (!undo) {
		(void)printf("nothing is injected in mesh '%s'\n", mesh);
		return true;
	}
	if (!heal(session, undo, err))
		return false;
	wk_session_changed(session);
	(void)printf("mesh '%s' is healed of '%s'\n", mesh, wk_undo_fault(undo));
	return true;
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_err err = {0};
	const char *mesh;
	bool ok;

	if (!wk_session_init(&session, args, WK_PATHS_STATE, &err))
		return wk_cli_fail(&err);
	mesh = wk_session_pick(&session, &err);
	if (!mesh)
		return wk_cli_fail(&err);
	wk_interrupt_catch();
	ok = heal_mesh(&session, mesh, &err);
	if (session.mesh)
		wk_mesh_detach(session.mesh);
	if (ok)
		return WK_EXIT_OK;
	wk_session_tell_time(&session, &err);
	return wk_cli_fail(&err);
}

static const char *const flags[] = {"name", "timeout", "verbose", "help", NULL};

const struct wk_command wk_command_heal = {
	.name = "heal",
	.operands = "",
	.about = "take back the fault that a killed proof left in a mesh",
	.details =
		"What was injected is written beside the mesh before it is injected. May be run\n"
		"again after an error. Exits 0: nothing is injected (any more), 3: something is "
		"left.",
	.example = "wookie-conform heal --name mine",
	.flags = flags,
	.root = true,
	.run = run,
};
