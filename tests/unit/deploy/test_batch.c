#include "wookie/base/buf.h"
#include "wookie/deploy/batch.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static void note(void *context, const struct wk_step *step)
{
	static const char *const states[] = {"begin", "wait", "done", "failed"};

	cr_assert_str_eq(step->phase, "deploy");
	wk_buf_printf(context, "%s %s%s%s\n", step->what, states[step->state],
		step->detail ? " " : "", step->detail ? step->detail : "");
}

Test(batches, one_is_done_when_its_last_cluster_is)
{
	struct wk_buf got = WK_BUF_INIT(4096);
	const struct wk_progress progress = {note, &got};
	struct wk_batches batches = {.progress = &progress, .n_clusters = 2};

	wk_batches_tell(&batches, 1, WK_BATCH_NAMESPACES, WK_STEP_BEGIN, NULL);
	wk_batches_tell(&batches, 1, WK_BATCH_NAMESPACES, WK_STEP_DONE, NULL);
	wk_batches_tell(&batches, 1, WK_BATCH_CRDS, WK_STEP_BEGIN, NULL);
	wk_batches_tell(&batches, 0, WK_BATCH_NAMESPACES, WK_STEP_BEGIN, NULL);
	wk_batches_tell(&batches, 1, WK_BATCH_NAMESPACES, WK_STEP_DONE, NULL);
	wk_batches_tell(&batches, 1, WK_BATCH_CRDS, WK_STEP_WAIT, "b: this");
	wk_batches_tell(&batches, 0, WK_BATCH_NAMESPACES, WK_STEP_DONE, NULL);
	wk_batches_tell(&batches, 0, WK_BATCH_NAMESPACES, WK_STEP_DONE, NULL);
	wk_batches_tell(&batches, 0, WK_BATCH_CRDS, WK_STEP_DONE, NULL);
	wk_batches_fail(&batches, "a: that");
	cr_expect_str_eq(wk_buf_str(&got), "namespaces begin\n"
					   "crds begin\n"
					   "crds wait b: this\n"
					   "namespaces done\n"
					   "crds failed a: that\n");
	wk_buf_finish(&got);
}

Test(batches, a_line_comes_out_as_it_went_in_but_for_its_ends)
{
	enum wk_step_state state = WK_STEP_BEGIN;
	enum wk_batch batch = WK_BATCH_NAMESPACES;
	struct wk_err err = {0};
	const char *detail = NULL;
	char line[64] = "";
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert(wk_batch_send(ends[1], WK_BATCH_SERVICES, WK_STEP_WAIT, "a\nb", &err));
	cr_assert_gt(read(ends[0], line, sizeof(line) - 1), 0);
	cr_assert_eq(line[strlen(line) - 1], '\n');
	line[strlen(line) - 1] = '\0';
	cr_assert(wk_batch_read(line, &batch, &state, &detail));
	cr_expect_eq(batch, WK_BATCH_SERVICES);
	cr_expect_eq(state, WK_STEP_WAIT);
	cr_expect_str_eq(detail, "a b");
	close(ends[0]);
	close(ends[1]);
}

Test(batches, what_is_no_line_is_refused)
{
	static const char *const rows[] = {"", "B", "B9", "X0", "0B", "hello", "B/"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum wk_step_state state = WK_STEP_BEGIN;
		enum wk_batch batch = WK_BATCH_NAMESPACES;
		const char *detail = NULL;

		cr_expect_not(wk_batch_read(rows[i], &batch, &state, &detail), "'%s'", rows[i]);
	}
}
