/* What is different since all was well, told in words: what it is, by whom, how it lies in the way, and
 * the command that takes it back. */
#include "wookie/report/change.h"

#include "wookie/report/results.h"
#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { FIELDS_SHOWN = 4 };

char *wk_change_text(const struct cJSON *change)
{
	const char *since = wk_event_text(change, "since");
	const char *by = wk_event_text(change, "by");

	return wk_xasprintf("%s in %s was %s%s%s%s%s: %s", wk_event_text(change, "name"),
		wk_event_text(change, "cluster"), wk_event_text(change, "what"),
		*since ? " at " : "", since, *by ? " by " : "", by,
		wk_event_text(change, "touches"));
}

static char *value_of(const cJSON *field, const char *key)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(field, key);

	return value ? cJSON_PrintUnformatted(value) : wk_xstrdup("nothing");
}

void wk_change_print(struct wk_screen *screen, const struct cJSON *change)
{
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
	WK_AUTOFREE char *text = wk_change_text(change);
	const char *command = wk_event_text(change, "command");
	const cJSON *field;
	size_t shown = 0;

	wk_screen_wrap(screen, 0, "changed: ", text, 4);
	cJSON_ArrayForEach(field, cJSON_GetObjectItemCaseSensitive(change, "fields"))
	{
		WK_AUTOFREE char *was = value_of(field, "was");
		WK_AUTOFREE char *is = value_of(field, "is");
		WK_AUTOFREE char *row =
			wk_xasprintf("%s: %s -> %s", wk_event_text(field, "path"), was, is);

		if (shown++ < FIELDS_SHOWN)
			wk_screen_wrap(screen, 2, "", row, 3);
	}
	if (*command)
		(void)fprintf(screen->out, "  back     %s\n", command);
}
