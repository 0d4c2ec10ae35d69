/*
 * Batches
 *
 * Each cluster goes its own way at its own pace, and in the order that is fastest rather than the
 * one that reads best: istiod's pod is created before the CRDs, whose API work overlaps with its
 * start. What a person sees are four batches over the whole mesh, put together here from what the
 * clusters' workers send, one line per change.
 */
#include "wookie/deploy/batch.h"

#include "wookie/base/file.h"

#include <string.h>

static const char *const names[WK_N_BATCHES] = {"namespaces", "crds", "operators", "services"};
static const char states[] = {
	[WK_STEP_BEGIN] = 'B', [WK_STEP_WAIT] = 'W', [WK_STEP_DONE] = 'D', [WK_STEP_FAILED] = 'F'};

const char *wk_batch_name(enum wk_batch batch)
{
	return names[batch];
}

static void report(const struct wk_batches *batches, enum wk_batch batch, enum wk_step_state state,
	const char *detail)
{
	const struct wk_step step = {
		.phase = "deploy",
		.what = names[batch],
		.detail = detail,
		.state = state,
		.elapsed = wk_now() - batches->begun[batch],
	};

	wk_progress_report(batches->progress, &step);
}

static bool is_done(const struct wk_batches *batches, enum wk_batch batch)
{
	for (size_t i = 0; i < batches->n_clusters; i++)
		if (!batches->done[batch][i])
			return false;
	return true;
}

void wk_batches_tell(struct wk_batches *batches, size_t cluster, enum wk_batch batch,
	enum wk_step_state state, const char *detail)
{
	if (!batches->begun[batch]) {
		batches->begun[batch] = wk_now();
		report(batches, batch, WK_STEP_BEGIN, NULL);
	}
	if (state == WK_STEP_WAIT)
		report(batches, batch, WK_STEP_WAIT, detail);
	if (state != WK_STEP_DONE || batches->done[batch][cluster])
		return;
	batches->done[batch][cluster] = true;
	if (is_done(batches, batch))
		report(batches, batch, WK_STEP_DONE, NULL);
}

void wk_batches_fail(struct wk_batches *batches, const char *detail)
{
	for (enum wk_batch batch = 0; batch < WK_N_BATCHES; batch++)
		if (batches->begun[batch] && !is_done(batches, batch))
			report(batches, batch, WK_STEP_FAILED, detail);
}

bool wk_batch_send(int pipe, enum wk_batch batch, enum wk_step_state state, const char *detail,
	struct wk_err *err)
{
	WK_AUTOFREE char *line =
		wk_xasprintf("%c%u%s\n", states[state], (unsigned)batch, detail ? detail : "");
	size_t len = strlen(line);

	for (size_t i = 0; i + 1 < len; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	return wk_write_all(pipe, line, len, err);
}

bool wk_batch_read(const char *line, enum wk_batch *ret_batch, enum wk_step_state *ret_state,
	const char **ret_detail)
{
	const char *state = *line ? memchr(states, *line, sizeof(states)) : NULL;

	if (!state || line[1] < '0' || line[1] >= '0' + WK_N_BATCHES)
		return false;
	*ret_state = (enum wk_step_state)(state - states);
	*ret_batch = (enum wk_batch)(line[1] - '0');
	*ret_detail = line + 2;
	return true;
}
