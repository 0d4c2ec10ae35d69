#ifndef WOOKIE_COMPONENT_BUILD_H
#define WOOKIE_COMPONENT_BUILD_H

#include "wookie/base/buf.h"
#include "wookie/base/clock.h"
#include "wookie/component/pins.h"

/* What a component is being made with. A builder runs in a worker of its own. */
struct wk_builder {
	const struct wk_pin *pin;
	const char *work;   /* scratch that outlives an interrupted build */
	const char *folder; /* where the result goes; exists */
	const char *go;     /* the Go command; NULL where no Go is needed */
	int pipe;           /* progress goes here, a line each; -1: nobody listens */
	wk_nsec said;       /* when it last did */
};

/* Says how far it is, at most twice a second. */
void wk_builder_say(struct wk_builder *builder, const char *fmt, ...) WK_PRINTF(2, 3);

/* Makes what the pin says in builder->folder. WK_ERR_MISSING where a tool is not there, else
 * WK_ERR_REMOTE with the last words of the program that gave up. */
bool wk_build(struct wk_builder *builder, struct wk_err *err) WK_MUST_CHECK;

bool wk_build_go(struct wk_builder *builder, struct wk_err *err) WK_MUST_CHECK;
bool wk_build_wheel(struct wk_builder *builder, struct wk_err *err) WK_MUST_CHECK;
bool wk_build_deb(struct wk_builder *builder, struct wk_err *err) WK_MUST_CHECK;
bool wk_build_c(struct wk_builder *builder, struct wk_err *err) WK_MUST_CHECK;

/* The path of a Go that is new enough, for the caller to free; NULL when this machine has none. */
char *wk_go_on_path(void);
/* What `go version` says is new enough for the pinned modules. */
bool wk_go_is_new_enough(const char *version);

/* Runs a program of the build to its end; `look` may be NULL. False also when it exits with another
 * code than 0: the message ends with the last line it wrote. */
struct wk_build_step {
	const char *const *argv;
	const char *const *env;
	const char *cwd;
	void (*look)(struct wk_builder *builder, const char *out, const char *err);
};
bool wk_build_run(struct wk_builder *builder, const struct wk_build_step *step, struct wk_buf *out,
	struct wk_err *err) WK_MUST_CHECK;

#endif
