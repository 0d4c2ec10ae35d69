#ifndef WOOKIE_REPORT_SCREEN_H
#define WOOKIE_REPORT_SCREEN_H

#include "wookie/base/buf.h"
#include "wookie/model/suite.h"
#include "wookie/report/report.h"

#include <stdio.h>

/* Where the console prints: what it can show, and the one line that is redrawn. */
enum wk_style {
	WK_STYLE_PLAIN,
	WK_STYLE_BOLD,
	WK_STYLE_DIM,
	WK_STYLE_RED,
	WK_STYLE_GREEN,
	WK_STYLE_MAGENTA,
};

struct wk_screen {
	FILE *out;
	bool color;
	bool live;    /* a terminal on which a line can be redrawn */
	bool unicode; /* the locale is UTF-8 */
	bool drawn;   /* the live line is on the screen */
};

/* NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR, TERM and CI are looked at, and whether `out` is a
 * terminal.
 */
void wk_screen_init(struct wk_screen *screen, FILE *out, enum wk_color color);
/* Columns of what is printed: the terminal's, at most 94; 94 where there is no terminal. */
unsigned wk_screen_width(const struct wk_screen *screen);
const char *wk_screen_mark(const struct wk_screen *screen, enum wk_verdict verdict);
const char *wk_screen_ellipsis(const struct wk_screen *screen);
const char *wk_screen_dot(const struct wk_screen *screen);
/* Adds styled text. */
void wk_screen_put(
	const struct wk_screen *screen, struct wk_buf *line, enum wk_style style, const char *text);
/* Prints a line; `right`, where there is one, ends at the right edge. */
void wk_screen_row(struct wk_screen *screen, const char *left, const char *right);
/* Prints `label` and `text` broken at spaces into at most `lines` lines below each other, from
 * column `indent` on. */
void wk_screen_wrap(struct wk_screen *screen, unsigned indent, const char *label, const char *text,
	unsigned lines);
/* Draws the live line, cut to the terminal; `right` is kept whole. Nothing without a terminal. */
void wk_screen_draw(struct wk_screen *screen, const char *left, const char *right);
void wk_screen_erase(struct wk_screen *screen);

#endif
