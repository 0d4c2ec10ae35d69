/* Any JSON as a remote secret: it is taken apart, or what is wrong with it is said. */
#include <cjson/cJSON.h>
#include <stdint.h>

#include "wookie/mesh/remote_secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cJSON *secret = cJSON_ParseWithLength((const char *)data, size);
	struct wk_remote_secret parts = {0};
	struct wk_err err = {0};

	if (!secret)
		return 0;
	if (!wk_remote_secret_parse(secret, &parts, &err) && (!err.kind || !*err.msg))
		__builtin_trap();
	wk_remote_secret_finish(&parts);
	cJSON_Delete(secret);
	return 0;
}
