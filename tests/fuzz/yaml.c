/* Any bytes as YAML, strictly and as manifests; what is read must also go out as JSON. */
#include "wookie/yaml/node.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_buf WK_AUTO(wk_buf_finish) json = WK_BUF_INIT(WK_YAML_MANIFEST_MAX);
	struct wk_node *root = NULL;
	struct wk_node **docs = NULL;
	struct wk_err err;
	size_t n = 0;

	if (wk_yaml_parse(arena, "input", (const char *)data, size, &root, &err))
		(void)wk_node_json(root, &json);
	if (!wk_yaml_parse_all(arena, "input", (const char *)data, size, &docs, &n, &err))
		return 0;
	for (size_t i = 0; i < n; i++)
		(void)wk_node_json(docs[i], &json);
	return 0;
}
