/* version: of the harness and of what it is made to check. */
#include "wookie/cli/command.h"
#include "wookie/component/component.h"

#include <stdio.h>

static enum wk_exit run(const struct wk_args *args)
{
	const char *const *istio = wk_istio_versions();

	(void)args;
	(void)printf("wookie-conform %s\nistio", WK_VERSION);
	for (size_t i = 0; istio[i]; i++)
		(void)printf(" %s", istio[i]);
	(void)putchar('\n');
	return WK_EXIT_OK;
}

static const char *const flags[] = {"help", NULL};

const struct wk_command wk_command_version = {
	.name = "version",
	.operands = "",
	.about = "version of the harness and the Istio versions it can build",
	.example = "wookie-conform version",
	.flags = flags,
	.run = run,
};
