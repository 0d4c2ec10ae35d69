/* What a report says to paste is whole: every fix of the shipped catalog, wherever it may be seen. */
#include "wookie/conf/catalog.h"
#include "wookie/conf/topology.h"
#include "wookie/expect/expect.h"
#include "wookie/fault/fault.h"
#include "wookie/probe/probe.h"
#include "wookie/run/fix.h"
#include "wookie/run/plan.h"

#include "shipped.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shipped {
	struct wk_arena *arena;
	struct wk_catalog catalog;
	struct wk_topology topology;
};

static void load(struct shipped *s, const char *name)
{
	struct wk_err err = {0};

	*s = (struct shipped){.arena = wk_arena_new()};
	load_shipped(s->arena, &s->catalog);
	cr_assert(wk_topology_load(s->arena,
			  wk_arena_printf(
				  s->arena, "%s/fixtures/topologies/%s.yaml", WK_SOURCEDIR, name),
			  NULL, 0, &s->topology, &err),
		"%s", err.msg);
	/* A program takes longer to compile than to run, and there are some hundred fixes. */
	wk_catalog_prepare(&s->catalog);
}

static void unload(struct shipped *s)
{
	wk_jq_forget();
	wk_arena_free(s->arena);
}

/* A word in capitals that stands for a name; "" where there is none. */
static const char *placeholder(const char *text)
{
	static const char *const words[] = {"SERVER", "CLIENT", "CLUSTER", "GATEWAY", "NAMESPACE",
		"POD", "SERVICE", "DEPLOYMENT", "ADDRESS", "NETWORK", "PORT"};

	for (size_t i = 0; i < WK_COUNT(words); i++) {
		size_t len = strlen(words[i]);

		for (const char *p = strstr(text, words[i]); p; p = strstr(p + 1, words[i])) {
			bool begins = p == text || p[-1] == ' ' || p[-1] == '=' || p[-1] == '/';
			bool ends =
				!isalnum((unsigned char)p[len]) && p[len] != '_' && p[len] != ':';

			if (begins && ends)
				return words[i];
		}
	}
	return "";
}

static void look_at(
	const struct wk_cause *cause, const struct wk_topology *topology, const char *scope)
{
	WK_AUTOFREE char *fix = wk_fix_text(cause, topology, scope);

	cr_expect(!strstr(fix, "${") && !strstr(fix, "<client.") && !strstr(fix, "<server.") &&
			  !strstr(fix, "<cluster."),
		"%s, seen at '%s': %s", cause->code, scope, fix);
	cr_expect_str_eq(placeholder(fix), "", "%s, seen at '%s': '%s' in: %s", cause->code, scope,
		placeholder(fix), fix);
}

static void look_everywhere(const struct wk_cause *cause, const struct shipped *s)
{
	static const enum wk_scope scopes[] = {
		WK_SCOPE_CLUSTERS, WK_SCOPE_LINKS, WK_SCOPE_PAIRS, WK_SCOPE_MESH};
	struct wk_instance all[WK_MAX_INSTANCES];

	for (size_t i = 0; i < WK_COUNT(scopes); i++) {
		/* What is said of a Service is seen where there is one. */
		bool pairs = scopes[i] == WK_SCOPE_LINKS &&
			     (strstr(cause->fix, "helloworld.") || strstr(cause->fix, "testPod."));
		size_t n = pairs ? 0 : wk_scope_instances(&s->topology, scopes[i], all);

		for (size_t j = 0; j < n; j++) {
			const struct wk_cluster *clusters = s->topology.clusters;
			char scope[160] = "";

			if (all[j].client >= 0)
				(void)snprintf(scope, sizeof(scope), "%s>%s",
					clusters[all[j].client].name, clusters[all[j].server].name);
			else if (all[j].cluster >= 0)
				(void)snprintf(
					scope, sizeof(scope), "%s", clusters[all[j].cluster].name);
			look_at(cause, &s->topology, scope);
		}
	}
	look_at(cause, &s->topology, NULL);
}

Test(fix, no_shipped_fix_keeps_a_placeholder_on_any_shipped_topology)
{
	static const char *const names[] = {"wookie", "other", "three"};

	for (size_t i = 0; i < WK_COUNT(names); i++) {
		struct shipped s;

		load(&s, names[i]);
		cr_assert_gt(s.catalog.n_causes, 100);
		for (size_t j = 0; j < s.catalog.n_causes; j++)
			look_everywhere(&s.catalog.causes[j], &s);
		unload(&s);
	}
}

Test(fix, its_commands_are_whole_for_a_shell)
{
	struct shipped s;

	load(&s, "wookie");
	for (size_t i = 0; i < s.catalog.n_causes; i++) {
		WK_AUTOFREE char *fix = wk_fix_text(&s.catalog.causes[i], &s.topology, NULL);
		char *save = NULL;
		FILE *shell = popen("bash -n", "w");

		cr_assert(shell);
		for (char *line = strtok_r(fix, "\n", &save); line;
			line = strtok_r(NULL, "\n", &save))
			if (wk_fix_is_command(line))
				(void)fprintf(shell, "%s\n", line);
		cr_expect_eq(pclose(shell), 0, "%s", s.catalog.causes[i].code);
	}
	unload(&s);
}

static const struct {
	const char *fix;
	const char *scope;
	const char *text;
} rows[] = {
	{"as it is", "", "as it is"},
	{"$client alone is no expression", "", "$client alone is no expression"},
	{"${client.name} calls ${server.name}", "cluster-b>cluster-a", "cluster-b calls cluster-a"},
	{"${client.name} calls ${server.name}", "cluster-a>cluster-b", "cluster-a calls cluster-b"},
	{"of a link ${cluster.name}", "cluster-a>cluster-b", "of a link cluster-b"},
	{"${cluster.name}", "cluster-b", "cluster-b"},
	{"nobody's ${client.name}", NULL, "nobody's cluster-b"},
	{"${client.name} for ${client.name}", "cluster-b", "cluster-b for cluster-b"},
	{"${server.name} for a server", "cluster-a", "cluster-a for a server"},
	{"${client.helloworld.name} and ${server.name}", "cluster-b>cluster-a",
		"<client.helloworld.name> and cluster-a"},
};

Test(fix, names_are_those_of_where_it_was_seen)
{
	struct shipped s;

	load(&s, "wookie");
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		const struct wk_cause cause = {.code = "X", .fix = rows[i].fix};
		WK_AUTOFREE char *text = wk_fix_text(&cause, &s.topology, rows[i].scope);

		cr_expect_str_eq(text, rows[i].text, "'%s': %s", rows[i].fix, text);
	}
	unload(&s);
}

Test(fix, a_value_that_no_topology_declares_is_refused)
{
	struct wk_cause cause = {.code = "X", .fix = "kubectl --context ${server.nmae} get pods"};
	const struct wk_catalog catalog = {.causes = &cause, .n_causes = 1};
	struct wk_err err = {0};
	struct shipped s;

	load(&s, "wookie");
	cr_expect_not(wk_fixes_verify(&catalog, &s.topology, NULL, &err));
	cr_expect(strstr(err.msg, "nmae"), "%s", err.msg);
	cr_expect(wk_fixes_verify(&s.catalog, &s.topology, NULL, &err), "%s", err.msg);
	unload(&s);
}
