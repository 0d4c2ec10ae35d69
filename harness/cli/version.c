/* version: of the harness and of what it is made to check. */
#include "wookie/cli/output.h"
#include "wookie/component/component.h"

#include <cjson/cJSON.h>
#include <stdio.h>

static enum wk_exit run(const struct wk_args *args)
{
	const char *const *istio = wk_istio_versions();

	if (wk_output_is_json(args)) {
		cJSON *answer = cJSON_CreateObject();
		cJSON *list;

		(void)cJSON_AddStringToObject(answer, "version", WK_VERSION);
		list = cJSON_AddArrayToObject(answer, "istio");
		for (size_t i = 0; istio[i]; i++)
			(void)cJSON_AddItemToArray(list, cJSON_CreateString(istio[i]));
		wk_output_answer(answer);
		return WK_EXIT_OK;
	}
	(void)printf("wookie-conform %s\nistio", WK_VERSION);
	for (size_t i = 0; istio[i]; i++)
		(void)printf(" %s", istio[i]);
	(void)putchar('\n');
	return WK_EXIT_OK;
}

static const char *const flags[] = {"output", "help", NULL};

const struct wk_command wk_command_version = {
	.name = "version",
	.operands = "",
	.about = "version of the harness and the Istio versions it can build",
	.example = "wookie-conform version",
	.flags = flags,
	.outputs = wk_outputs_answer,
	.run = run,
};
