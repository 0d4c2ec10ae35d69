/* For the comparison of decoder and schema: prints the schema of a document, or reads one document
 * per line and says of each whether it is accepted. */
#include "kinds.h"
#include "wookie/conf/documents.h"
#include "wookie/conf/schema.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	const struct wk_table *table;
} documents[] = {
	{"topology", &wk_topology_table},
	{"suite", &wk_suite_table},
	{"fault", &wk_fault_table},
	{"variant", &wk_variant_table},
	{"causes", &wk_causes_table},
	{"scratch", &wk_scratch_table},
	{"diagnose", &wk_diagnosis_table},
};

static int print_schema(const char *which)
{
	struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(1024UL * 1024);
	struct wk_err err;

	if (!wk_schema_write(which, test_probes, test_steps, &out, &err)) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return EXIT_FAILURE;
	}
	return fputs(wk_buf_str(&out), stdout) < 0;
}

static void judge_line(const struct wk_table *table, const char *line)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_decoder decoder = {.arena = arena, .probes = test_probes, .steps = test_steps};
	void *document = wk_arena_alloc(arena, 1, table->size);
	struct wk_node *root;
	struct wk_err err;

	if (wk_yaml_parse(arena, "line", line, strlen(line), &root, &err) &&
		wk_decode(&decoder, root, table, document, &err))
		(void)puts("ok");
	else
		(void)puts(err.msg);
}

int main(int argc, char **argv)
{
	static char line[1024 * 1024];

	if (argc == 3 && strcmp(argv[1], "schema") == 0)
		return print_schema(argv[2]);
	for (size_t i = 0; argc == 2 && i < WK_COUNT(documents); i++) {
		if (strcmp(argv[1], documents[i].name) != 0)
			continue;
		while (fgets(line, sizeof(line), stdin))
			judge_line(documents[i].table, line);
		return EXIT_SUCCESS;
	}
	return EXIT_FAILURE;
}
