/*
 * The screen
 *
 * Colour and the live line are asked for by the terminal and refused by the environment: NO_COLOR
 * (no-color.org) wins over FORCE_COLOR and CLICOLOR_FORCE, --color over all of them, and where CI
 * is set nothing is redrawn, because logs keep every redraw as a line. Widths are columns of a
 * terminal, not bytes.
 */
#include "wookie/report/screen.h"

#include "wookie/report/text.h"

#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 94, WIDTH_UNKNOWN = 80, WIDTH_LEAST = 30, ROOM_LEAST = 10, FOLD_LINES = 4 };

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static bool forced(const char *name)
{
	return *env(name) && strcmp(env(name), "0") != 0;
}

static bool want_color(bool terminal, enum wk_color color)
{
	if (color != WK_COLOR_AUTO)
		return color == WK_COLOR_ALWAYS;
	if (*env("NO_COLOR"))
		return false;
	return terminal || forced("FORCE_COLOR") || forced("CLICOLOR_FORCE");
}

/* The first of these that is set names the character set (locale(7)). */
static bool locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < WK_COUNT(names); i++)
		if (*env(names[i]))
			return strcasestr(env(names[i]), "utf-8") ||
			       strcasestr(env(names[i]), "utf8");
	return false;
}

void wk_screen_init(struct wk_screen *screen, FILE *out, enum wk_color color)
{
	bool terminal = isatty(fileno(out)) && strcmp(env("TERM"), "dumb") != 0;

	*screen = (struct wk_screen){.out = out,
		.whole = !isatty(fileno(out)),
		.color = want_color(terminal, color),
		.live = terminal && !*env("CI"),
		.unicode = locale_is_utf8()};
}

static unsigned terminal_width(const struct wk_screen *screen)
{
	struct winsize size;

	if (ioctl(fileno(screen->out), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return WIDTH_UNKNOWN;
	return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
}

unsigned wk_screen_width(const struct wk_screen *screen)
{
	unsigned width = isatty(fileno(screen->out)) ? terminal_width(screen) : WIDTH;

	return width < WIDTH ? width : WIDTH;
}

unsigned wk_screen_room(const struct wk_screen *screen, unsigned used)
{
	unsigned width = wk_screen_width(screen);

	if (screen->whole)
		return 0;
	return width > used + ROOM_LEAST ? width - used : ROOM_LEAST;
}

const char *wk_screen_mark(const struct wk_screen *screen, enum wk_verdict verdict)
{
	static const char *const marks[][2] = {[WK_PASS] = {"+", "\u2713"},
		[WK_FAIL] = {"x", "\u2717"},
		[WK_ERROR] = {"!", "!"},
		[WK_SKIP] = {"-", "-"}};

	return marks[verdict][screen->unicode];
}

const char *wk_screen_ellipsis(const struct wk_screen *screen)
{
	return screen->unicode ? "\u2026" : "...";
}

const char *wk_screen_dot(const struct wk_screen *screen)
{
	return screen->unicode ? "\u00b7" : "-";
}

void wk_screen_put(
	const struct wk_screen *screen, struct wk_buf *line, enum wk_style style, const char *text)
{
	static const char *const codes[] = {[WK_STYLE_PLAIN] = "",
		[WK_STYLE_BOLD] = "\x1b[1m",
		[WK_STYLE_DIM] = "\x1b[2m",
		[WK_STYLE_RED] = "\x1b[31m",
		[WK_STYLE_GREEN] = "\x1b[32m",
		[WK_STYLE_MAGENTA] = "\x1b[35m"};
	bool styled = screen->color && style != WK_STYLE_PLAIN;

	(void)wk_buf_puts(line, styled ? codes[style] : "");
	(void)wk_buf_puts(line, text);
	(void)wk_buf_puts(line, styled ? "\x1b[0m" : "");
}

/* Where both do not fit beside each other, the right one has the next line for itself. */
void wk_screen_row(struct wk_screen *screen, const char *left, const char *right)
{
	unsigned width = wk_screen_width(screen);
	unsigned begin = wk_text_width(left);
	unsigned end = wk_text_width(right);
	bool beside = begin + 2 + end <= width;
	unsigned used = (beside ? begin : 0) + end;

	wk_screen_erase(screen);
	(void)fputs(left, screen->out);
	if (*right)
		(void)fprintf(screen->out, "%s%*s%s", beside ? "" : "\n",
			used < width ? (int)(width - used) : 0, "", right);
	(void)fputc('\n', screen->out);
	(void)fflush(screen->out);
}

/* Bytes of the longest start of `text` that fits and ends before a space or at a newline; a word
 * that is longer than the line is broken where the line ends. */
static size_t line_break(const char *text, unsigned columns)
{
	size_t end = strcspn(text, "\n");
	size_t fit = wk_text_fit(text, columns);

	if (end <= fit)
		return end;
	for (size_t at = fit; at > 0; at--)
		if (text[at] == ' ')
			return at;
	return fit > 0 ? fit : end;
}

void wk_screen_wrap(struct wk_screen *screen, unsigned indent, const char *label, const char *text,
	unsigned lines)
{
	unsigned width = wk_screen_width(screen);
	unsigned hang = indent + wk_text_width(label);
	unsigned room = width > hang + 20 ? width - hang : 20;
	size_t n;

	for (unsigned i = 0; (screen->whole || i < lines) && (*text || i == 0); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);

		n = line_break(text, room);
		(void)wk_buf_printf(&line, "%*s%s", (int)(i ? hang : indent), "", i ? "" : label);
		(void)wk_buf_add(&line, text, n);
		text += n;
		text += *text == ' ' || *text == '\n';
		if (*text && i + 1 == lines && !screen->whole)
			(void)wk_buf_printf(&line, " %s", wk_screen_ellipsis(screen));
		wk_screen_row(screen, wk_buf_str(&line), "");
	}
}

void wk_screen_fix(struct wk_screen *screen, unsigned indent, const char *label, const char *fix)
{
	unsigned hang = indent + wk_text_width(label);

	for (unsigned i = 0; *fix || i == 0; i++) {
		WK_AUTOFREE char *line = wk_xstrndup(fix, strcspn(fix, "\n"));
		WK_AUTOFREE char *blank = wk_xasprintf("%*s", (int)(hang - indent), "");

		fix += strlen(line);
		fix += *fix == '\n';
		if (wk_fix_is_command(line)) {
			wk_screen_erase(screen);
			(void)fprintf(
				screen->out, "%*s%s%s\n", (int)indent, "", i ? blank : label, line);
		} else {
			wk_screen_wrap(screen, indent, i ? blank : label, line, 4);
		}
	}
}

void wk_screen_fold(struct wk_screen *screen, const char *left, const char *right)
{
	if (wk_text_width(left) <= wk_screen_width(screen)) {
		wk_screen_row(screen, left, right);
		return;
	}
	wk_screen_wrap(screen, 0, "", left, FOLD_LINES);
	wk_screen_row(screen, "", right);
}

void wk_screen_draw(struct wk_screen *screen, const char *left, const char *right)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	unsigned width;
	unsigned tail = wk_text_width(right) + 2;

	if (!screen->live)
		return;
	/* One column stays free: a terminal that has filled its last one may wrap. */
	width = wk_screen_width(screen) - 1;
	(void)wk_text_line(
		&line, left, width > tail ? width - tail : 1, wk_screen_ellipsis(screen));
	wk_screen_erase(screen);
	(void)fprintf(screen->out, "%s%s%*s%s%s", screen->color ? "\x1b[2m" : "", wk_buf_str(&line),
		(int)(width - wk_text_width(wk_buf_str(&line)) - wk_text_width(right)), "", right,
		screen->color ? "\x1b[0m" : "");
	(void)fflush(screen->out);
	screen->drawn = true;
}

void wk_screen_erase(struct wk_screen *screen)
{
	if (screen->drawn)
		(void)fputs("\r\x1b[K", screen->out);
	screen->drawn = false;
}
