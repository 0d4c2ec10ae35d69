/* The readers of what programs in a pod print: any bytes must give JSON that can be printed. */
#include <cjson/cJSON.h>
#include <stdint.h>

#include "wookie/base/mem.h"
#include "wookie/probe/read.h"

#include "evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const hosts[] = {"10.0.0.1", "10.0.0.2"};
	WK_AUTOFREE char *text = wk_xstrndup((const char *)data, size);
	cJSON *read[] = {wk_read_dig((const char *)data, size),
		wk_read_curl((const char *)data, size),
		wk_read_exchanges((const char *)data, size,
			&(const struct wk_exchanges){
				.token = text, .hosts = hosts, .n_hosts = 2, .each = 2})};

	for (size_t i = 0; i < WK_COUNT(read); i++)
		must_print(read[i]);
	return 0;
}
