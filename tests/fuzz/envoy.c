/* Any JSON as a page of Envoy's admin interface: each reader makes evidence that can be printed. */
#include <cjson/cJSON.h>
#include <stdint.h>

#include "wookie/base/mem.h"
#include "wookie/probe/read.h"

#include "evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cJSON *reply = cJSON_ParseWithLength((const char *)data, size);
	cJSON *read[] = {wk_read_envoy_clusters(reply, NULL), wk_read_envoy_clusters(reply, "a"),
		wk_read_envoy_listeners(reply, NULL), wk_read_envoy_policies(reply, NULL),
		wk_read_envoy_certs(reply), wk_read_envoy_node(reply), wk_read_envoy_roots(reply)};

	for (size_t i = 0; i < WK_COUNT(read); i++)
		must_print(read[i]);
	cJSON_Delete(reply);
	return 0;
}
