#ifndef TESTS_FUZZ_EVIDENCE_H
#define TESTS_FUZZ_EVIDENCE_H

#include <cjson/cJSON.h>

#include "wookie/probe/redact.h"

/* Whatever was read can be redacted and printed; takes it over. */
static inline void must_print(cJSON *evidence)
{
	char *printed;

	wk_redact(evidence);
	printed = cJSON_PrintUnformatted(evidence);
	if (!printed)
		__builtin_trap();
	cJSON_free(printed);
	cJSON_Delete(evidence);
}

#endif
