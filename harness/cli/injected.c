/*
 * What a fault left
 *
 * A proof that is killed takes nothing back. Every command that meets such a mesh says so first: whatever
 * it finds there is that fault's, and no news.
 */
#include "wookie/cli/injected.h"

#include "wookie/fault/fault.h"

const char *wk_injected_file(const struct wk_session *session, const char *mesh)
{
	WK_AUTOFREE char *dir = wk_native_dir(session->paths.state, mesh);

	return wk_arena_printf(session->arena, "%s/fault.json", dir);
}

const char *wk_injected_line(const struct wk_session *session, const char *mesh)
{
	struct wk_undo *WK_AUTO(wk_undo_free) undo = NULL;
	struct wk_err err = {0};

	if (!wk_undo_load(wk_injected_file(session, mesh), &undo, &err))
		return wk_arena_printf(session->arena,
			"a fault is in this mesh, and how to take it back cannot be read: %s; "
			"'wookie-conform down --name %s' takes the mesh down",
			err.msg, mesh);
	if (!undo)
		return NULL;
	return wk_arena_printf(session->arena,
		"'%s' is in this mesh since %s; 'wookie-conform heal --name %s' takes it back",
		wk_undo_fault(undo), wk_undo_since(undo), mesh);
}
