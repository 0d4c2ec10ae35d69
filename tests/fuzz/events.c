/* Any event log renders in every format, or is refused. */
#include "wookie/report/report.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool (*const renderers[])(
		const struct wk_results *, struct wk_buf *, struct wk_err *) = {
		wk_report_junit, wk_report_tap, wk_report_json, wk_report_github};
	struct wk_results *WK_AUTO(wk_results_free) results = NULL;
	struct wk_err err = {0};

	if (!wk_results_parse((const char *)data, size, &results, &err))
		return 0;
	for (size_t i = 0; i < WK_COUNT(renderers); i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(1 << 24);

		(void)renderers[i](results, &out, &err);
	}
	return 0;
}
