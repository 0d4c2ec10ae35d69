/* schema: JSON Schema of the file formats, for editors. */
#include "wookie/conf/schema.h"
#include "wookie/cli/session.h"
#include "wookie/fault/fault.h"
#include "wookie/probe/probe.h"

#include <stdio.h>

#define MAX_SCHEMA ((size_t)1024 * 1024)

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_SCHEMA);
	struct wk_err err = {0};

	if (!wk_schema_write(args->operands[0], wk_probe_specs(), wk_fault_specs(), &text, &err))
		return wk_cli_fail(&err);
	(void)fputs(wk_buf_str(&text), stdout);
	return WK_EXIT_OK;
}

static const char *const flags[] = {"help", NULL};

const struct wk_command wk_command_schema = {
	.name = "schema",
	.operands = "topology|suite|fault|variant|causes|scratch|diagnose",
	.min_operands = 1,
	.max_operands = 1,
	.about = "print the JSON Schema of a file format, for editors",
	.example = "wookie-conform schema suite > suite.schema.json",
	.flags = flags,
	.run = run,
};
