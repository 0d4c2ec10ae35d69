/*
 * A proof as testcases
 *
 * Faults are cases of a suite "faults", variants of one "variants"; where all of them are played, every check is one of a suite
 * "expectations", which fails where no fault proves one of its expectations. So a proof is reported
 * like a run.
 */
#include "wookie/base/mem.h"
#include "wookie/model/event.h"
#include "wookie/prove/rounds.h"

#include <cjson/cJSON.h>

static void add_suite(cJSON *suites, const char *name, const char *title)
{
	cJSON *suite = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(suite, "name", name);
	(void)cJSON_AddStringToObject(suite, "title", title);
	(void)cJSON_AddItemToArray(suites, suite);
}

static cJSON *case_json(const char *suite, const char *name, const char *title)
{
	WK_AUTOFREE char *id = wk_xasprintf("%s.%s", suite, name);
	cJSON *json = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(json, "id", id);
	(void)cJSON_AddStringToObject(json, "suite", suite);
	(void)cJSON_AddStringToObject(json, "name", id);
	(void)cJSON_AddStringToObject(json, "title", title);
	(void)cJSON_AddStringToObject(json, "for", "");
	return json;
}

const char *wk_prove_suite(const struct wk_fault *fault)
{
	return fault->harmless ? "variants" : "faults";
}

static void add_plays(cJSON *suites, cJSON *checks, const struct wk_fault *const faults[], size_t n,
	bool harmless)
{
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		const char *suite = wk_prove_suite(faults[i]);

		if (faults[i]->harmless != harmless)
			continue;
		if (first)
			add_suite(suites, suite,
				harmless ? "no check minds another way to build the mesh"
					 : "each fault is seen, named and healed");
		first = false;
		(void)cJSON_AddItemToArray(
			checks, case_json(suite, faults[i]->id, faults[i]->title));
	}
}

static const char *title_of(const struct wk_catalog *catalog, const char *check)
{
	return wk_catalog_check(catalog, check)->title;
}

struct cJSON *wk_prove_plan(const struct wk_fault *const faults[], size_t n,
	const struct wk_ledger *ledger, const struct wk_catalog *catalog)
{
	cJSON *event = cJSON_CreateObject();
	const cJSON *pages = ledger ? ledger->proofs : NULL;
	cJSON *suites;
	cJSON *checks;
	const cJSON *page;

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_PLAN);
	suites = cJSON_AddArrayToObject(event, "suites");
	checks = cJSON_AddArrayToObject(event, "checks");
	add_plays(suites, checks, faults, n, false);
	add_plays(suites, checks, faults, n, true);
	if (ledger)
		add_suite(suites, "expectations", "each expectation is proven by a fault");
	cJSON_ArrayForEach(page, pages)
	{
		(void)cJSON_AddItemToArray(checks,
			case_json("expectations", page->string, title_of(catalog, page->string)));
	}
	return event;
}

static cJSON *unproven_of(const cJSON *page)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *that;

	cJSON_ArrayForEach(that, page)
	{
		if (!that->child)
			(void)cJSON_AddItemToArray(list, cJSON_CreateString(that->string));
	}
	return list;
}

struct cJSON *wk_proof_case_event(const struct wk_proof_case *of)
{
	cJSON *event = case_json(of->suite, of->name, of->title);

	(void)cJSON_AddStringToObject(event, "event", WK_EVENT_CHECK);
	(void)cJSON_AddStringToObject(event, "verdict", wk_verdict_name(of->verdict));
	(void)cJSON_AddStringToObject(event, "kind", of->kind);
	(void)cJSON_AddBoolToObject(event, "flaky", false);
	(void)cJSON_AddNumberToObject(event, "seconds", wk_event_time(of->length));
	if (of->reason)
		(void)cJSON_AddStringToObject(event, "reason", of->reason);
	(void)cJSON_AddArrayToObject(event, "attempts");
	(void)cJSON_AddNumberToObject(event, "n_attempts", 1);
	(void)cJSON_AddArrayToObject(event, "causes");
	return event;
}

/* A page of the ledger as the verdict of a check. */
static cJSON *page_event(const struct wk_catalog *catalog, const cJSON *page)
{
	cJSON *unproven = unproven_of(page);
	int n = cJSON_GetArraySize(unproven);
	WK_AUTOFREE char *list = cJSON_PrintUnformatted(unproven);
	WK_AUTOFREE char *reason = wk_xasprintf("%d of %d expectations are proven by no fault: %s",
		n, cJSON_GetArraySize(page), list);
	cJSON *event = wk_proof_case_event(&(const struct wk_proof_case){
		.suite = "expectations",
		.name = page->string,
		.title = title_of(catalog, page->string),
		.verdict = n > 0 ? WK_FAIL : WK_PASS,
		.kind = "expectations",
		.reason = n > 0 ? reason : NULL,
	});

	(void)cJSON_AddItemToObject(event, "proofs", cJSON_Duplicate(page, true));
	cJSON_Delete(unproven);
	return event;
}

void wk_ledger_report(
	const struct wk_ledger *ledger, const struct wk_catalog *catalog, struct wk_events *events)
{
	const cJSON *page;

	cJSON_ArrayForEach(page, ledger->proofs) wk_events_add(events, page_event(catalog, page));
}
