#include "wookie/component/pins.h"

#include "wookie/component/component.h"

#include "scratch.h"

#include <unistd.h>

static void load(const char *datadir, struct wk_arena *arena, struct wk_pins *pins)
{
	struct wk_err err;

	cr_assert(wk_pins_load(datadir, arena, pins, &err), "%s", err.msg);
}

Test(pins, every_version_of_istio_that_is_offered_is_pinned)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	const char *const *versions = wk_istio_versions();
	struct wk_pins pins;
	size_t pinned = 0;

	load(WK_SOURCEDIR, arena, &pins);
	for (size_t i = 0; i < pins.count; i++)
		pinned += strcmp(pins.all[i].name, "istio") == 0;
	for (size_t i = 0; versions[i]; i++) {
		const struct wk_pin *pin = wk_pins_find(&pins, "istio", versions[i]);
		cr_assert(pin, "%s", versions[i]);
		cr_expect(strstr(pin->builds[0].ldflags, versions[i]), "%s", versions[i]);
		pinned--;
	}
	cr_expect_eq(pinned, 0);
}

Test(pins, every_module_carries_the_hashes_of_its_dependencies)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_pins pins;
	size_t modules = 0;

	load(WK_SOURCEDIR, arena, &pins);
	for (size_t i = 0; i < pins.count; i++) {
		if (pins.all[i].kind != WK_PIN_GO)
			continue;
		WK_AUTOFREE char *sum = wk_xasprintf("%s/go.sum", pins.all[i].folder);
		cr_expect(wk_path_exists(sum), "%s", sum);
		modules++;
	}
	cr_expect_eq(modules, 3);
}

/* A data folder with one C component. */
static void write_data(const char *folder, const char *json, const char *source)
{
	scratch_mkdir(folder, "fixtures/components");
	scratch_mkdir(folder, "fixtures/images");
	scratch_write(folder, "fixtures/components/versions.json", json);
	scratch_write(folder, "fixtures/images/p.c", source);
}

static char *key_of(const char *json, const char *source)
{
	char *WK_AUTO(scratch_free) folder = scratch_new();
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_pins pins;

	write_data(folder, json, source);
	load(folder, arena, &pins);
	cr_assert_eq(pins.count, 1);
	return wk_xstrdup(pins.all[0].key);
}

static const char one[] = "{\"components\": [{\"name\": \"x\", \"version\": \"1\", \"kind\": \"c\","
			  "\"programs\": [\"p\"]}]}";

Test(pins, a_key_depends_on_the_pin_and_its_files_and_nothing_else)
{
	static const char spaced[] = "{\"components\" : [ {\"name\":\"x\",\"version\":\"1\","
				     "\"kind\":\"c\",\n\"programs\":[\"p\"]} ]}";
	static const char other[] = "{\"components\": [{\"name\": \"x\", \"version\": \"2\","
				    "\"kind\": \"c\", \"programs\": [\"p\"]}]}";
	WK_AUTOFREE char *first = key_of(one, "int main");
	WK_AUTOFREE char *again = key_of(spaced, "int main");
	WK_AUTOFREE char *version = key_of(other, "int main");
	WK_AUTOFREE char *source = key_of(one, "int Main");

	cr_expect_str_eq(first, again);
	cr_expect_str_neq(first, version);
	cr_expect_str_neq(first, source);
	cr_expect_eq(strlen(first), 64);
}

static const struct {
	const char *json;
	const char *words;
} wrong[] = {
	{"{", "versions.json: expected JSON"},
	{"{}", "expected a list in 'components'"},
	{"{\"components\": [{\"name\": \"x\", \"version\": \"1\"}]}",
		"component 'x': expected a text in 'kind'"},
	{"{\"components\": [{\"name\": \"x\", \"version\": \"1\", \"kind\": \"rpm\"}]}",
		"component 'x': unknown kind 'rpm'; expected c, deb, go or wheel"},
	{"{\"components\": [{\"name\": \"x\", \"version\": \"1\", \"kind\": \"wheel\"}]}",
		"component 'x': expected a text in 'package'"},
	{"{\"components\": [{\"name\": \"x\", \"version\": \"1\", \"kind\": \"go\","
	 "\"module\": \"m\", \"builds\": []}]}",
		"component 'x': expected a list in 'builds'"},
	{"{\"components\": [{\"name\": \"x\", \"version\": \"1\", \"kind\": \"c\","
	 "\"programs\": [1]}]}",
		"component 'x': expected texts in 'programs'"},
};

Test(pins, a_wrong_file_is_explained)
{
	for (size_t i = 0; i < WK_COUNT(wrong); i++) {
		char *WK_AUTO(scratch_free) folder = scratch_new();
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		struct wk_pins pins;
		struct wk_err err = {0};
		write_data(folder, wrong[i].json, "");
		cr_expect_not(wk_pins_load(folder, arena, &pins, &err), "%s", wrong[i].json);
		cr_expect_eq(err.kind, WK_ERR_INPUT, "%s", wrong[i].json);
		cr_expect(strstr(err.msg, wrong[i].words), "%s: %s", wrong[i].json, err.msg);
	}
}
