/*
 * reference: what those who write checks and faults can use
 *
 * Derived values, what each probe takes and may find, what each step of a fault takes: one page, made from
 * the tables that decode and that tests hold to what is really found. docs/reference.md is this output.
 */
#include "wookie/cli/command.h"
#include "wookie/fault/fault.h"
#include "wookie/mesh/facts.h"
#include "wookie/probe/probe.h"

#include <stdio.h>

static const char *type_name(enum wk_arg_type type)
{
	static const char *const names[] = {
		[WK_ARG_STRING] = "text",
		[WK_ARG_COUNT] = "number",
		[WK_ARG_BOOL] = "true or false",
		[WK_ARG_DURATION] = "duration",
		[WK_ARG_STRINGS] = "list of texts",
		[WK_ARG_MAP] = "map of texts",
		[WK_ARG_OBJECT] = "object",
		[WK_ARG_ANY] = "any",
	};

	return names[type];
}

/* What would end a cell, or be taken for markup. */
static void print_cell(const char *text)
{
	for (; *text; text++) {
		if (*text == '|' || *text == '<' || *text == '*')
			(void)putchar('\\');
		(void)putchar(*text);
	}
}

static void print_facts(const struct wk_fact_about *facts)
{
	(void)puts("\n| value | from | what |\n|---|---|---|");
	for (; facts->path; facts++) {
		(void)printf("| `%s` | %s | ", facts->path,
			facts->from == WK_FACT_TOPOLOGY ? "topology" : "cluster");
		print_cell(facts->doc);
		(void)puts(" |");
	}
}

static void print_args(const struct wk_arg_spec *args)
{
	(void)puts("\n| argument | is | what |\n|---|---|---|");
	for (; args->key; args++) {
		(void)printf("| `%s`%s | %s | ", args->key, args->required ? "" : " (optional)",
			type_name(args->type));
		print_cell(args->doc);
		(void)puts(" |");
	}
}

static void print_evidence(const struct wk_evidence_about *evidence)
{
	(void)puts("\n| evidence | what |\n|---|---|");
	for (; evidence->path; evidence++) {
		(void)printf("| `%s` | ", evidence->path);
		print_cell(evidence->doc);
		(void)puts(" |");
	}
}

static void print_kinds(const struct wk_kind_spec *kinds)
{
	for (; kinds->name; kinds++) {
		(void)printf("\n### %s\n%s.\n", kinds->name, kinds->doc);
		if (kinds->args->key)
			print_args(kinds->args);
		if (wk_probe_evidence(kinds->name))
			print_evidence(wk_probe_evidence(kinds->name));
	}
}

static enum wk_exit run(const struct wk_args *args)
{
	(void)args;
	(void)puts(
		"# Reference\n"
		"Made by `wookie-conform reference`; a test holds this page to it.\n"
		"\n"
		"In paths `[]` stands for each of a list, `{}` for each of a map whose keys are\n"
		"found, `.*` for what is another program's.\n"
		"\n"
		"## Derived values\n"
		"`$cluster` in a check `for-each: clusters`; `$client` and `$server` in one\n"
		"`for-each: links` or `pairs`; `$clusters` (a list of all) and `$mesh` in every\n"
		"one. What is from a cluster is null, or an empty list, in a plan, and where the\n"
		"object is not there. `wookie-conform plan` shows the values.\n"
		"\n"
		"### $cluster, $client, $server");
	print_facts(wk_facts_of_cluster);
	(void)puts("\n### $mesh");
	print_facts(wk_facts_of_mesh);
	(void)puts(
		"\n## Probes\n"
		"Evidence is what the expectations' jq looks at. Where an argument that is needed\n"
		"has no value, because what it is derived from is not there, or the pod is not,\n"
		"the evidence is `absent[]` instead: the names of what is missing.");
	print_kinds(wk_probe_specs());
	(void)puts("\n## Steps of faults and variants");
	print_kinds(wk_fault_specs());
	return WK_EXIT_OK;
}

static const char *const flags[] = {"help", NULL};

const struct wk_command wk_command_reference = {
	.name = "reference",
	.operands = "",
	.about = "what checks and faults can use: derived values, probes, evidence, steps",
	.example = "wookie-conform reference | less",
	.flags = flags,
	.run = run,
};
