/* Whose suites were taken: a green run means something else where they are not the program's own. */
#include "wookie/report/own.h"

#include "wookie/report/results.h"
#include "wookie/report/text.h"

#include <cjson/cJSON.h>

void wk_report_own(struct wk_screen *screen, const struct cJSON *run)
{
	const cJSON *sources = cJSON_GetObjectItemCaseSensitive(run, "sources");
	const cJSON *own;

	cJSON_ArrayForEach(own, cJSON_GetObjectItemCaseSensitive(sources, "own"))
	{
		struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(WK_LINE_MAX);
		const cJSON *name;

		(void)wk_buf_puts(&line, "  suites   besides the installed ones");
		cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(own, "suites"))
		{
			if (cJSON_IsString(name))
				(void)wk_buf_printf(&line, " %s", name->valuestring);
		}
		(void)wk_buf_printf(&line, " of %s", wk_event_text(own, "path"));
		wk_screen_row(screen, wk_buf_str(&line), "");
	}
}
