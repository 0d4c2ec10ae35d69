#ifndef WOOKIE_EXPECT_SCAN_H
#define WOOKIE_EXPECT_SCAN_H

#include "wookie/base/err.h"

#include <stddef.h>

struct cJSON;

/* What a jq program names, found without compiling it. Strings and comments are passed over; what
 * is interpolated in a string, "\(...)", is not. */
enum wk_token_kind {
	WK_TOKEN_WORD,     /* a function or keyword; no field (.env) and no key ({env: 1}) */
	WK_TOKEN_VARIABLE, /* "$server"; text is without the dollar sign */
	WK_TOKEN_INPUT, /* a "." that stands for what is looked at, as in ".a" and "..", not in "$x.a" */
	WK_TOKEN_PIPE, /* a "|" within no bracket */
};

struct wk_token {
	enum wk_token_kind kind;
	const char *text;
	size_t len;
};

/* Calls fn for each until it returns false. False: fn did, or the brackets or quotes of the program
 * do not match (err is set in that case). */
bool wk_scan(const char *program, bool (*fn)(void *context, const struct wk_token *token),
	void *context, struct wk_err *err) WK_MUST_CHECK;

/* Refuses what would reach out of the program: environment, modules, input, standard error. */
bool wk_scan_refuse(const char *program, struct wk_err *err) WK_MUST_CHECK;
/* The same, and every "$var.key" that `vars` plainly does not hold, with the nearest key. What is
 * null in `vars` may hold anything. */
bool wk_scan_names(const char *program, const struct cJSON *vars, struct wk_err *err) WK_MUST_CHECK;
/* False where the value of the program does not depend on its input: there is no evidence that it would
 * not hold for. */
bool wk_scan_looks(const char *program);
/* True where the program uses the variable. */
bool wk_scan_uses(const char *program, const char *variable);
/* Where the values that the program takes from `vars` came from ("from" of the facts), joined with
 * "; ". Never NULL, the caller frees. */
char *wk_scan_from(const char *program, const struct cJSON *vars);

#endif
