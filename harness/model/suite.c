/*
 * Suites and their words
 *
 * Names of the enums as files and reports spell them, and look-ups in the catalog.
 */
#include "wookie/model/suite.h"

#include <string.h>

const char *wk_verdict_name(enum wk_verdict verdict)
{
	static const char *const names[] = {"pass", "fail", "error", "skip"};

	return names[verdict];
}

bool wk_verdict_is_red(enum wk_verdict verdict)
{
	return verdict == WK_FAIL || verdict == WK_ERROR;
}

bool wk_fix_is_command(const char *line)
{
	static const char *const programs[] = {
		"kubectl ", "istioctl ", "wookie-conform ", "timeout ", "ip "};
	bool is = false;

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		is = is || strncmp(line, programs[i], strlen(programs[i])) == 0;
	return is;
}

const char *wk_scope_name(enum wk_scope scope)
{
	static const char *const names[] = {"clusters", "links", "pairs", "mesh"};

	return names[scope];
}

const char *wk_chance_model_text(enum wk_chance_model model)
{
	static const char *const texts[] = {"any replica is as likely as any other",
		"the less loaded of two replicas that are drawn is taken"};

	return texts[model];
}

const struct wk_suite *wk_catalog_suite(const struct wk_catalog *catalog, const char *name)
{
	for (size_t i = 0; i < catalog->n_suites; i++)
		if (strcmp(catalog->suites[i].name, name) == 0)
			return &catalog->suites[i];
	return NULL;
}

const struct wk_check *wk_catalog_check(const struct wk_catalog *catalog, const char *full_id)
{
	for (size_t i = 0; i < catalog->n_suites; i++)
		for (size_t j = 0; j < catalog->suites[i].n_checks; j++)
			if (strcmp(catalog->suites[i].checks[j].full_id, full_id) == 0)
				return &catalog->suites[i].checks[j];
	return NULL;
}

const struct wk_cause *wk_catalog_cause(const struct wk_catalog *catalog, const char *code)
{
	for (size_t i = 0; i < catalog->n_causes; i++)
		if (strcmp(catalog->causes[i].code, code) == 0)
			return &catalog->causes[i];
	return NULL;
}

const struct wk_scratch *wk_catalog_scratch(const struct wk_catalog *catalog, const char *id)
{
	for (size_t i = 0; i < catalog->n_scratch; i++)
		if (strcmp(catalog->scratch[i].id, id) == 0)
			return &catalog->scratch[i];
	return NULL;
}
