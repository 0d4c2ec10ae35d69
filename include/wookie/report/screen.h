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
	bool whole;   /* no terminal: nobody can widen it, so nothing is cut */
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
/* What is left of a line beside `used` columns, for a text that may be cut; 0 where nothing is cut. */
unsigned wk_screen_room(const struct wk_screen *screen, unsigned used);
const char *wk_screen_mark(const struct wk_screen *screen, enum wk_verdict verdict);
const char *wk_screen_ellipsis(const struct wk_screen *screen);
const char *wk_screen_dot(const struct wk_screen *screen);
/* Adds styled text. */
void wk_screen_put(
	const struct wk_screen *screen, struct wk_buf *line, enum wk_style style, const char *text);
/* Prints a line that is never broken; `right`, where there is one, ends at the right edge, on a line
 * of its own where both do not fit. */
void wk_screen_row(struct wk_screen *screen, const char *left, const char *right);
/* Prints `label` and `text` broken at spaces into at most `lines` lines below each other, from
 * column `indent` on; without a terminal into as many as it takes. */
void wk_screen_wrap(struct wk_screen *screen, unsigned indent, const char *label, const char *text,
	unsigned lines);
/* Prints the lines of a fix below each other; commands are never cut or broken, because they are there to
 * be copied. */
void wk_screen_fix(struct wk_screen *screen, unsigned indent, const char *label, const char *fix);
/* A row that may be broken at spaces where the screen is too narrow for it. */
void wk_screen_fold(struct wk_screen *screen, const char *left, const char *right);
/* Draws the live line, cut to the terminal; `right` is kept whole. Nothing without a terminal. */
void wk_screen_draw(struct wk_screen *screen, const char *left, const char *right);
void wk_screen_erase(struct wk_screen *screen);

#endif
