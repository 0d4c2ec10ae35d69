#ifndef WOOKIE_PROVIDER_NATIVE_KEEPER_H
#define WOOKIE_PROVIDER_NATIVE_KEEPER_H

#include "wookie/provider/native.h"

/* What the keeper tells the harness, one message each over a SOCK_SEQPACKET pair. The other way
 * goes a single byte, WK_KEEPER_DETACH; closing the line ends the mesh. */
enum wk_keeper_word {
	WK_KEEPER_STATE,    /* the folders are there: keys may be written */
	WK_KEEPER_NODES,    /* every node is started */
	WK_KEEPER_DETACHED, /* understood: the mesh outlives the harness */
	WK_KEEPER_FAILED,   /* `err` says why; the keeper removes everything and ends */
};

#define WK_KEEPER_DETACH 'd'

struct wk_keeper_message {
	enum wk_keeper_word word;
	struct wk_err err;
};

/* Forks the keeper. `ret_line` is the harness's end of the line. */
bool wk_keeper_start(const struct wk_native_up *up, pid_t *ret_pid, int *ret_line,
	struct wk_err *err) WK_MUST_CHECK;

#endif
