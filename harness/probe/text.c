/*
 * Text that may be shown
 *
 * Evidence ends in reports and chat messages: what a program printed passes here first, so that it
 * holds no bytes that break JSON or a terminal.
 */
#include "wookie/probe/text.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <string.h>

#include "wookie/base/buf.h"

char *wk_text_clean(const char *data, size_t len, size_t max)
{
	size_t n = len < max ? len : max;
	const char *end = n < len ? "..." : "";
	char *text = wk_xmalloc(n + sizeof("..."));

	for (size_t i = 0; i < n; i++) {
		bool shown =
			(data[i] >= ' ' && data[i] <= '~') || data[i] == '\n' || data[i] == '\t';

		text[i] = '?';
		if (shown)
			text[i] = data[i];
	}
	memcpy(text + n, end, strlen(end) + 1);
	return text;
}

void wk_json_count(struct cJSON *object, const char *key)
{
	cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	if (item)
		(void)cJSON_SetNumberHelper(item, item->valuedouble + 1);
	else
		(void)cJSON_AddNumberToObject(object, key, 1);
}
