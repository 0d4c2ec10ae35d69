/* The table of kinds, and that the suites that ship are written in its terms. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/conf/catalog.h"
#include "wookie/probe/probe.h"

Test(table, kinds_are_sorted_and_each_is_found)
{
	const struct wk_kind_spec *specs = wk_probe_specs();
	size_t n = 0;

	for (; specs[n].name; n++) {
		cr_expect(n == 0 || strcmp(specs[n - 1].name, specs[n].name) < 0, "'%s'",
			specs[n].name);
		cr_expect_not_null(wk_probe_find(specs[n].name), "'%s'", specs[n].name);
		cr_expect_not_null(specs[n].doc, "'%s'", specs[n].name);
	}
	cr_expect_eq(n, 13);
	cr_expect_null(wk_probe_find("telepathy"));
	cr_expect_null(wk_probe_find(""));
}

Test(table, every_kind_says_how_to_see_the_same_by_hand)
{
	static const struct {
		const char *kind;
		const char *args;
		const char *command;
	} rows[] = {
		{"dns",
			"{\"cluster\":\"c\",\"from\":{\"namespace\":\"n\",\"name\":\"p\","
			"\"container\":"
			"\"k\"},\"names\":[\"a.b\"],\"search\":true}",
			"kubectl --context c -n n exec p -c k -- dig +search +tries=1 +time=2 "
			"+noall "
			"+comments +question +answer +stats -q a.b -t A"},
		{"http",
			"{\"cluster\":\"c\",\"from\":{\"namespace\":\"n\",\"name\":\"p\","
			"\"container\":"
			"\"k\"},\"url\":\"http://a/b\",\"count\":3,\"reuse\":true}",
			"kubectl --context c -n n exec p -c k -- curl -sS --no-progress-meter -m "
			"5.000 "
			"-w '\\n%{json}\\n' 'http://a/b?n=[1-3]'"},
		{"http",
			"{\"cluster\":\"c\",\"from\":{\"namespace\":\"n\",\"name\":\"p\","
			"\"container\":"
			"\"k\"},\"url\":\"http://a/b\",\"via\":\"10.0.0.1\",\"reuse\":true}",
			"kubectl --context c -n n exec p -c k -- curl -sS --no-progress-meter -m "
			"5.000 "
			"-g --connect-to ::10.0.0.1: -w '\\n%{json}\\n' http://a/b"},
		{"istiod", "{\"cluster\":\"c\",\"get\":\"/debug/networkz\"}",
			"kubectl --context c -n istio-system exec deploy/istiod -- pilot-discovery "
			"request GET /debug/networkz"},
		{"kube",
			"{\"cluster\":\"c\",\"kind\":\"Pod\",\"namespace\":\"n\",\"selector\":\"a="
			"b\"}",
			"kubectl --context c -n n get Pod -l a=b -o yaml"},
		{"envoy",
			"{\"cluster\":\"c\",\"from\":{\"namespace\":\"n\",\"name\":[\"p\",\"q\"]},"
			"\"get\":\"certs\"}",
			"kubectl --context c -n n exec p -c istio-proxy -- pilot-agent request GET "
			"certs"},
		{"tls",
			"{\"address\":\"172.30.0.2\",\"port\":15443,\"sni\":\"x\",\"alpn\":"
			"\"istio\"}",
			"openssl s_client -connect 172.30.0.2:15443 -servername x -alpn istio "
			"-showcerts </dev/null"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *args = cJSON_Parse(rows[i].args);
		WK_AUTOFREE char *command = wk_probe_reproduce(rows[i].kind, args, NULL);

		cr_assert_not_null(command, "kind '%s'", rows[i].kind);
		cr_expect_str_eq(command, rows[i].command, "kind '%s'", rows[i].kind);
		cJSON_Delete(args);
	}
}

Test(table, of_several_the_command_asks_the_one_that_was_red)
{
	static const char envoy[] = "{\"cluster\":\"c\",\"from\":{\"namespace\":\"n\",\"name\":"
				    "[\"p\",\"q\"]},\"get\":\"certs\"}";
	static const char tcp[] = "{\"cluster\":\"c\",\"from\":{\"namespace\":\"n\",\"name\":"
				  "\"client\",\"container\":"
				  "\"k\"},\"hosts\":[\"10.0.0.1\",\"10.0.0.2\"],\"port\":9000}";
	static const struct {
		const char *kind;
		const char *args;
		const char *whose;
		const char *asked;
	} rows[] = {
		{"envoy", envoy, "q", " exec q "},
		{"envoy", envoy, "gone", " exec p "},
		{"envoy", envoy, NULL, " exec p "},
		{"tcp", tcp, "10.0.0.2", " nc 10.0.0.2 9000"},
		{"tcp", tcp, NULL, " nc 10.0.0.1 9000"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *args = cJSON_Parse(rows[i].args);
		WK_AUTOFREE char *command = wk_probe_reproduce(rows[i].kind, args, rows[i].whose);

		cr_assert_not_null(command, "row %zu", i);
		cr_expect_not_null(strstr(command, rows[i].asked), "row %zu: %s", i, command);
		cJSON_Delete(args);
	}
}

Test(table, without_arguments_there_is_no_command_rather_than_a_wrong_one)
{
	cJSON *none = cJSON_CreateObject();

	for (const struct wk_kind_spec *spec = wk_probe_specs(); spec->name; spec++) {
		WK_AUTOFREE char *command = wk_probe_reproduce(spec->name, none, NULL);

		cr_expect_null(command, "kind '%s' says '%s'", spec->name, command);
	}
	cJSON_Delete(none);
}

Test(table, a_missing_required_argument_is_evidence_of_its_absence)
{
	const struct wk_probe_env env = {.deadline = 0};
	cJSON *none = cJSON_CreateObject();

	for (const struct wk_kind_spec *spec = wk_probe_specs(); spec->name; spec++) {
		struct wk_err err = {0};
		cJSON *evidence = NULL;

		if (strcmp(spec->name, "tls") == 0)
			continue; /* it alone takes the absence of an address as nobody there */
		cr_assert(wk_probe_find(spec->name)(&env, none, &evidence, &err), "'%s': %s",
			spec->name, err.msg);
		cr_expect(cJSON_HasObjectItem(evidence, "absent"), "'%s'", spec->name);
		cJSON_Delete(evidence);
	}
	cJSON_Delete(none);
}

/* Only this room's data: faults are replayed by others. */
static void link_data(void)
{
	struct wk_err err = {0};

	cr_assert(wk_mkdir_p("data/fixtures", 0700, &err), "%s", err.msg);
	cr_assert_eq(symlink(WK_SOURCEDIR "/suites", "data/suites"), 0);
	cr_assert_eq(symlink(WK_SOURCEDIR "/fixtures/workloads", "data/fixtures/workloads"), 0);
	cr_assert_eq(
		symlink(WK_SOURCEDIR "/fixtures/diagnose.yaml", "data/fixtures/diagnose.yaml"), 0);
}

static bool in_temporary_folder(char folder[64])
{
	(void)strcpy(folder, "/tmp/wookie-suites-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0;
}

Test(suites, those_that_ship_load_with_all_their_causes_and_kinds)
{
	WK_AUTO(wk_arena_free) struct wk_arena *arena = wk_arena_new();
	struct wk_catalog catalog = {0};
	struct wk_err err = {0};
	char folder[64];
	size_t n = 0;

	cr_assert(in_temporary_folder(folder));
	link_data();
	bool loaded = wk_catalog_load(arena,
		&(struct wk_catalog_source){.datadir = "data",
			.probes = wk_probe_specs(),
			.steps = &(const struct wk_kind_spec){0}},
		&catalog, &err);

	cr_assert(loaded, "%s", err.msg);
	cr_assert(wk_rmtree(folder, &err), "%s", err.msg);
	cr_assert_eq(catalog.n_suites, 7);
	for (size_t i = 0; i < catalog.n_suites; i++)
		n += catalog.suites[i].n_checks;
	cr_expect_geq(n, 50, "%zu checks", n);
	cr_expect_str_eq(catalog.suites[0].name, "remote-secret");
	cr_expect_str_eq(catalog.suites[5].name, "load-balancing");
	cr_expect_str_eq(catalog.suites[6].name, "expiry");
}
