#ifndef WOOKIE_DIAGNOSE_DIAGNOSE_H
#define WOOKIE_DIAGNOSE_DIAGNOSE_H

#include "wookie/base/arena.h"
#include "wookie/probe/probe.h"
#include "wookie/report/report.h"
#include "wookie/run/plan.h"

/* Questions asked once of a mesh that is up (fixtures/diagnose.yaml), the checks of the suites that can be
 * looked at once, and their answers. */
struct wk_diagnose {
	const struct wk_catalog *catalog;
	struct wk_access *access;
	const char *mesh; /* its name */
	/* By cluster: a dead component of its node in words, or NULL where all run. */
	const char *casualty[WK_MAX_CLUSTERS];
	wk_nsec deadline; /* of it all; what has no answer by then is unknown */
	/* Nothing is waited for any longer, even where a slow machine was given no time at all; 0: no
	 * such end. */
	wk_nsec latest;
	/* NULL: the probe table, and wk_facts_ask(). */
	wk_probe_fn *(*find)(const char *kind);
	bool (*ask)(struct wk_access *access, size_t cluster, wk_nsec deadline, struct cJSON *entry,
		struct wk_err *err);
};

/* The plan of what the catalog declares, for lint and for asking. A catalog without a diagnosis is
 * WK_ERR_INPUT. */
bool wk_diagnose_plan(struct wk_arena *arena, const struct wk_catalog *catalog,
	const struct wk_topology *topology, struct wk_plan *ret, struct wk_err *err) WK_MUST_CHECK;

/* answers  {version: 1, mesh, at, seconds, topology: {file, name, istio, clusters: [{name, role,
 *           network}]}, exit, counts: {ok, notOk, unknown, skipped, checks: how many of them are of suites}, cause?: {code, title, fix,
 *           explains, of, also: [code]}, rows: [{id, ask, suite?: of a check, for, state: ok|not ok|unknown|skipped,
 *           answer, reason?, causes: [code], reproduce?, seconds}],
 *           notAsked: [code]: causes that only a run can name,
 *           suspects?: [as the event of wookie/model/event.h],
 *           notCompared?: [text]: of whom it is not known what was changed}
 *          In the order of the screen: each cluster, each link, the mesh. `exit` is that of the
 *          command: 3 where something is unknown, 1 where something is not ok.
 * files    [{path, json}]: the evidence of each question and what is kept besides, for the bundle */
struct wk_diagnosis {
	struct cJSON *answers;
	struct cJSON *files;
};

/* False when it was interrupted or could not begin; whatever a cluster does is an answer. */
bool wk_diagnose(const struct wk_diagnose *diagnose, struct wk_diagnosis *ret,
	struct wk_err *err) WK_MUST_CHECK;
void wk_diagnosis_finish(struct wk_diagnosis *diagnosis);
static inline void wk_diagnosis_finish_cleanup(struct wk_diagnosis *diagnosis)
{
	wk_diagnosis_finish(diagnosis);
}

/* One screen of answers; what is long is cut unless `verbose` is set in the options. */
void wk_diagnosis_print(const struct cJSON *answers, const struct wk_console_options *options);

#endif
