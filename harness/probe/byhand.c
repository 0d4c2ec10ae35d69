/*
 * The same by hand
 *
 * A report that says what to paste is believed sooner. Arguments are quoted for sh(1) only where
 * they need it, so that the plain ones stay readable.
 */
#include "wookie/probe/byhand.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "wookie/base/buf.h"
#include "wookie/probe/args.h"

#define MAX_COMMAND ((size_t)4096)

static void add_word(struct wk_buf *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "_-./:=@%+,";

	if (out->len)
		(void)wk_buf_putc(out, ' ');
	if (*word && strspn(word, plain) == strlen(word)) {
		(void)wk_buf_puts(out, word);
		return;
	}
	(void)wk_buf_putc(out, '\'');
	for (const char *p = word; *p; p++) {
		if (*p == '\'')
			(void)wk_buf_puts(out, "'\\''");
		else if (*p == '\n')
			(void)wk_buf_puts(out, "\\n");
		else
			(void)wk_buf_putc(
				out, (char)((unsigned char)*p < ' ' || *p == 127 ? '?' : *p));
	}
	(void)wk_buf_putc(out, '\'');
}

/* Half a command is none: cut within quotes it would swallow what is pasted next. */
static char *taken(struct wk_buf *out)
{
	return out->full ? NULL : wk_buf_take(out);
}

static void add_words(struct wk_buf *out, const char *const *argv)
{
	for (; *argv; argv++)
		add_word(out, *argv);
}

char *wk_by_hand_words(const char *const *argv)
{
	WK_AUTO(wk_buf_finish) struct wk_buf out = WK_BUF_INIT(MAX_COMMAND);

	add_words(&out, argv);
	return taken(&out);
}

char *wk_by_hand_kubectl(const struct cJSON *args, const char *key, const char *const *argv)
{
	WK_AUTO(wk_buf_finish) struct wk_buf out = WK_BUF_INIT(MAX_COMMAND);
	const char *cluster = wk_arg_text(args, key);

	if (!cluster)
		return NULL;
	add_words(&out, (const char *const[]){"kubectl", "--context", cluster, NULL});
	add_words(&out, argv);
	return taken(&out);
}

char *wk_by_hand_exec(const struct cJSON *args, const char *container, const char *const *argv)
{
	WK_AUTO(wk_buf_finish) struct wk_buf out = WK_BUF_INIT(MAX_COMMAND);
	const cJSON *pod = cJSON_GetObjectItemCaseSensitive(args, "from");
	const char *cluster = wk_arg_text(args, "cluster");
	const char *namespace = wk_arg_text(pod, "namespace");
	const char *name = wk_arg_text(pod, "name");

	if (!container)
		container = wk_arg_text(pod, "container");
	if (!cluster || !namespace || !name || !container)
		return NULL;
	add_words(&out, (const char *const[]){"kubectl", "--context", cluster, "-n", namespace,
				"exec", name, "-c", container, "--", NULL});
	add_words(&out, argv);
	return taken(&out);
}
