/* The readers of what programs in a pod print: any bytes must give JSON that can be printed. */
#include <cjson/cJSON.h>
#include <stdint.h>

#include "wookie/base/mem.h"
#include "wookie/probe/read.h"
#include "wookie/probe/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WK_AUTOFREE char *text = wk_xstrndup((const char *)data, size);
	cJSON *read[] = {wk_read_dig((const char *)data, size),
		wk_read_curl((const char *)data, size),
		wk_read_exchange((const char *)data, size, text)};

	for (size_t i = 0; i < WK_COUNT(read); i++) {
		char *printed = NULL;

		wk_redact(read[i]);
		printed = cJSON_PrintUnformatted(read[i]);
		if (!printed)
			__builtin_trap();
		cJSON_free(printed);
		cJSON_Delete(read[i]);
	}
	return 0;
}
