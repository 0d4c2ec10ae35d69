#ifndef WOOKIE_BASE_ERR_H
#define WOOKIE_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define WK_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define WK_MUST_CHECK __attribute__((warn_unused_result))

/* Why something could not be done. The kind decides the exit code (see wookie/model/event.h), the
 * message is for the person: lower case, one line, what was found and what was expected. */
enum wk_err_kind {
	WK_ERR_NONE,
	WK_ERR_INPUT,       /* the user's YAML or flags are wrong */
	WK_ERR_SYSTEM,      /* a system call failed; errnum says how */
	WK_ERR_MISSING,     /* a component, kernel feature or privilege is not there */
	WK_ERR_REMOTE,      /* an API server or another peer refused or misbehaved */
	WK_ERR_TIMEOUT,     /* a deadline passed */
	WK_ERR_INTERRUPTED, /* the user asked to stop */
};

/* Lives on the caller's stack; owns nothing, so it is never freed. */
struct wk_err {
	enum wk_err_kind kind;
	int errnum;
	char msg[512];
};

/* Records an error. Always returns false, so callers can return it. */
bool wk_err_set(struct wk_err *err, enum wk_err_kind kind, const char *fmt, ...) WK_PRINTF(3, 4);
/* Like wk_err_set(WK_ERR_SYSTEM), and appends strerror(errnum). */
bool wk_err_sys(struct wk_err *err, int errnum, const char *fmt, ...) WK_PRINTF(3, 4);
/* Puts "<context>: " before the message already there. Returns false. */
bool wk_err_context(struct wk_err *err, const char *fmt, ...) WK_PRINTF(2, 3);

/* Where errors go that shall not hide the next one. */
struct wk_errors {
	void (*tell)(void *context, const struct wk_err *err);
	void *context;
	size_t n;
};

/* Tells an error, after which the caller goes on with the next thing. False where nobody collects
 * (`errors` is NULL): the caller returns the error. */
bool wk_errors_take(struct wk_errors *errors, const struct wk_err *err) WK_MUST_CHECK;
/* How many there were; 0 where nobody collects. */
size_t wk_errors_count(const struct wk_errors *errors);

#endif
