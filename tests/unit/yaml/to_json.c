/* Prints the documents of a YAML file as a JSON list, for the comparison with another reader. */
#include "wookie/base/file.h"
#include "wookie/yaml/node.h"

#include <stdio.h>

static bool print_documents(struct wk_arena *arena, const char *file, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(WK_YAML_MANIFEST_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) json = WK_BUF_INIT(4 * WK_YAML_MANIFEST_MAX);
	struct wk_node **docs = NULL;
	size_t n = 0;

	if (!wk_file_read(file, WK_YAML_MANIFEST_MAX, &text, err) ||
		!wk_yaml_parse_all(arena, file, wk_buf_str(&text), text.len, &docs, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		(void)wk_buf_putc(&json, i ? ',' : '[');
		if (!wk_node_json(docs[i], &json))
			return wk_err_set(err, WK_ERR_INPUT, "%s: too large", file);
	}
	(void)wk_buf_puts(&json, n ? "]\n" : "[]\n");
	return fputs(wk_buf_str(&json), stdout) >= 0;
}

int main(int argc, char **argv)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_err err;

	for (int i = 1; i < argc; i++) {
		if (!print_documents(arena, argv[i], &err)) {
			(void)fprintf(stderr, "%s\n", err.msg);
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}
