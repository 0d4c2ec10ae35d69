#include "wookie/base/mem.h"
#include "wookie/run/cause.h"

#include <criterion/criterion.h>
#include <string.h>

/* secret -> endpoints -> traffic; gateway -> traffic; x <-> y explain each other; dead and deaf are not
 * told apart. */
static const char *of_secret[] = {"END"};
static const char *of_endpoints[] = {"TRAFFIC"};
static const char *of_gateway[] = {"TRAFFIC"};
static const char *of_x[] = {"Y"};
static const char *of_y[] = {"X"};
static const char *of_dead[] = {"DEAF"};
static struct wk_cause causes[] = {
	{.code = "SECRET", .explains = of_secret, .n_explains = 1},
	{.code = "END", .explains = of_endpoints, .n_explains = 1},
	{.code = "GATEWAY", .explains = of_gateway, .n_explains = 1},
	{.code = "TRAFFIC"},
	{.code = "X", .explains = of_x, .n_explains = 1},
	{.code = "Y", .explains = of_y, .n_explains = 1},
	{.code = "DEAD", .twins = of_dead, .n_twins = 1},
	{.code = "DEAF", .explains = of_gateway, .n_explains = 1},
};
static const struct wk_catalog catalog = {.causes = causes, .n_causes = WK_COUNT(causes)};

static const struct {
	const char *name;
	const char *symptoms; /* codes with ',', failed checks with ' '; "-" names none */
	const char *code;     /* NULL: none */
	size_t explains;
	const char *also;
} rows[] = {
	{"nothing failed", "", NULL, 0, ""},
	{"none named", "- -", NULL, 0, ""},
	{"unknown code", "NOBODY", NULL, 0, ""},
	{"one", "TRAFFIC", "TRAFFIC", 1, ""},
	{"a root and what follows", "TRAFFIC END", "END", 2, ""},
	{"transitively, with a gap", "TRAFFIC SECRET -", "SECRET", 2, ""},
	{"the whole chain", "TRAFFIC END SECRET TRAFFIC", "SECRET", 4, ""},
	{"the one that explains most", "GATEWAY TRAFFIC SECRET END", "SECRET", 3, ""},
	{"a tie goes to the first", "GATEWAY SECRET TRAFFIC", "GATEWAY", 2, "SECRET"},
	{"a check may name several", "END,GATEWAY TRAFFIC", "END", 2, "GATEWAY"},
	{"a check counts once", "END,TRAFFIC", "END", 1, ""},
	{"two that explain each other", "X Y", "X", 2, "Y"},
	{"one of two that nothing tells apart", "DEAD", "DEAD", 1, "DEAF"},
	{"the other of them", "DEAF TRAFFIC", "DEAF", 2, "DEAD"},
	{"both of them", "DEAD DEAF", "DEAD", 1, "DEAF"},
	{"one of them that something else explains", "TRAFFIC END DEAF", "END", 2, "DEAF"},
};

/* Splits in place; returns how many. */
static size_t split(char *text, const char *by, char *parts[16])
{
	char *state = NULL;
	size_t n = 0;

	for (char *p = strtok_r(text, by, &state); p; p = strtok_r(NULL, by, &state))
		parts[n++] = p;
	return n;
}

Test(cause, the_likeliest_root_explains_most_of_what_failed)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		char *WK_AUTOFREE text = wk_xstrdup(rows[i].symptoms);
		struct wk_symptom symptoms[16];
		char *codes[16][16];
		struct wk_likeliest got;
		char also[64] = "";
		char *checks[16];
		size_t n = split(text, " ", checks);
		bool ok;

		for (size_t j = 0; j < n; j++) {
			bool none = strcmp(checks[j], "-") == 0;

			symptoms[j].n = none ? 0 : split(checks[j], ",", codes[j]);
			symptoms[j].codes = (const char *const *)codes[j];
		}
		ok = wk_cause_likeliest(&catalog, symptoms, n, &got);
		cr_expect_eq(ok, rows[i].code != NULL, "%s", rows[i].name);
		if (!ok || !rows[i].code)
			continue;
		for (size_t j = 0; j < got.n_also; j++)
			strcat(also, got.also[j]->code);
		cr_expect_str_eq(
			got.cause->code, rows[i].code, "%s: %s", rows[i].name, got.cause->code);
		cr_expect_eq(got.explains, rows[i].explains, "%s: %zu", rows[i].name, got.explains);
		cr_expect_str_eq(also, rows[i].also, "%s: %s", rows[i].name, also);
	}
}
