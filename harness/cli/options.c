/*
 * Flags
 *
 * One table says what every flag is called, what it takes and where it goes; each command names the
 * flags it accepts. --help, the parser and the nearest-name hint all read this table, so they
 * cannot drift apart. getopt_long does the reading.
 */
#include "wookie/base/mem.h"
#include "wookie/base/num.h"
#include "wookie/base/suggest.h"
#include "wookie/cli/command.h"
#include "wookie/provider/native.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum flag_kind {
	FLAG_SWITCH,
	FLAG_TEXT,
	FLAG_CHOICE,
	FLAG_LIST,
	FLAG_COUNT,
	FLAG_MANY,
	FLAG_DURATION,
};

struct flag {
	const char *name;
	char letter;
	enum flag_kind kind;
	size_t offset;
	const char *value;
	const char *help;
	const char *const *choices;
};

static const char *const colors[] = {"auto", "always", "never", NULL};
static const char *const outputs[] = {"text", "tap", "json", "github", NULL};
const char *const wk_outputs_answer[] = {"text", "json", NULL};

#define AT(member) offsetof(struct wk_args, member)

static const struct flag flags[] = {
	{"against", 0, FLAG_TEXT, AT(against), "MESH", "use a mesh that is up instead of a new one",
		NULL},
	{"all", 0, FLAG_SWITCH, AT(all), NULL, "every mesh there is", NULL},
	{"color", 0, FLAG_CHOICE, AT(color), "WHEN", "when to use colours", colors},
	{"context", 0, FLAG_LIST, AT(contexts), "CONTEXT",
		"check a cluster that is there: CONTEXT or CLUSTER=CONTEXT; once for each", NULL},
	{"fail-fast", 0, FLAG_SWITCH, AT(fail_fast), NULL,
		"skip what is left after the first failure", NULL},
	{"from", 0, FLAG_TEXT, AT(from), "EVENTS", "the event log to render", NULL},
	{"help", 'h', FLAG_SWITCH, AT(help), NULL, "this text", NULL},
	{"inject-only", 0, FLAG_SWITCH, AT(inject_only), NULL,
		"leave the fault in the mesh, for 'wookie-conform heal' to take back", NULL},
	{"istio", 0, FLAG_TEXT, AT(istio), "VERSION", "the Istio version to build", NULL},
	{"jobs", 'j', FLAG_COUNT, AT(jobs), "N",
		"how many side by side: checks of a suite (4), meshes of a proof (1)", NULL},
	{"json", 0, FLAG_TEXT, AT(json), "FILE",
		"write the results as JSON here too ('-': standard output)", NULL},
	{"junit", 0, FLAG_TEXT, AT(junit), "FILE", "write the JUnit report here too", NULL},
	{"keep", 0, FLAG_SWITCH, AT(keep), NULL, "leave the mesh up", NULL},
	{"keep-fixed", 0, FLAG_SWITCH, AT(keep_fixed), NULL, "leave what makes it red taken back",
		NULL},
	{"keep-on-failure", 0, FLAG_SWITCH, AT(keep_on_failure), NULL,
		"leave the mesh up when a check did not pass", NULL},
	{"kubeconfig", 0, FLAG_TEXT, AT(kubeconfig), "FILE",
		"where the contexts are (KUBECONFIG, else ~/.kube/config)", NULL},
	{"list", 0, FLAG_SWITCH, AT(list), NULL, "print the ids that would be run, and run nothing",
		NULL},
	{"matrix", 0, FLAG_TEXT, AT(matrix), "FILE",
		"write the detection matrix here too; .html: a page, .md: Markdown, else text",
		NULL},
	{"name", 'n', FLAG_TEXT, AT(name), "MESH", "name of the mesh (that of the topology)", NULL},
	{"nodes-only", 0, FLAG_SWITCH, AT(nodes_only), NULL, "Kubernetes alone, without Istio",
		NULL},
	{"only", 0, FLAG_LIST, AT(only), "GLOB",
		"only these: 'dns.*', an id that was printed, or a,b; may repeat", NULL},
	{"output", 'o', FLAG_CHOICE, AT(output), "FORMAT", "what goes to standard output", outputs},
	{"read-only", 0, FLAG_SWITCH, AT(read_only), NULL,
		"make nothing: skip the checks that need objects of their own", NULL},
	{"repeat", 0, FLAG_MANY, AT(repeat), "N", "run the checks N times on one mesh", NULL},
	{"rerun-failed", 0, FLAG_TEXT, AT(rerun_failed), "DIR",
		"only what did not pass in that run", NULL},
	{"set", 0, FLAG_LIST, AT(sets), "KEY=VALUE", "override a value of the topology; may repeat",
		NULL},
	{"skip", 0, FLAG_LIST, AT(skip), "GLOB", "leave out these, named as for --only; may repeat",
		NULL},
	{"strict", 0, FLAG_SWITCH, AT(strict), NULL, "skipped checks are not success", NULL},
	{"suites", 0, FLAG_LIST, AT(suites), "PATH",
		"suites of your own besides the installed ones; may repeat", NULL},
	{"tap", 0, FLAG_TEXT, AT(tap), "FILE", "write the TAP report here too", NULL},
	{"timeout", 0, FLAG_DURATION, AT(timeout), "DURATION",
		"of the whole of it, such as 90s or 5m", NULL},
	{"topology", 't', FLAG_TEXT, AT(topology), "FILE",
		"the topology (fixtures/topologies/wookie.yaml)", NULL},
	{"until-fail", 0, FLAG_SWITCH, AT(until_fail), NULL,
		"repeat until a round is red, or --repeat's N are over", NULL},
	{"verbose", 'v', FLAG_SWITCH, AT(verbose), NULL,
		"every check and step, and debug lines on standard error", NULL},
};

/* A command that names a flag without a row is our own bug. */
static const struct flag *find_flag(const char *name)
{
	size_t i = 0;

	while (i < WK_COUNT(flags) && strcmp(flags[i].name, name) != 0)
		i++;
	assert(i < WK_COUNT(flags));
	return &flags[i];
}

/* What a command takes of a flag's choices; NULL: any text. */
static const char *const *choices_of(const struct wk_command *command, const struct flag *flag)
{
	return flag->choices == outputs && command->outputs ? command->outputs : flag->choices;
}

/* "text, tap or json" */
static void list_choices(const char *const choices[], char *text, size_t size)
{
	size_t len = 0;

	*text = '\0';
	for (size_t i = 0; choices[i] && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s",
			i == 0           ? ""
			: choices[i + 1] ? ", "
					 : " or ",
			choices[i]);
}

static bool take_choice(
	const struct flag *flag, const char *const choices[], const char *text, struct wk_err *err)
{
	char expected[64];
	size_t n = 0;
	const char *near;

	for (; choices[n]; n++)
		if (strcmp(choices[n], text) == 0)
			return true;
	near = wk_suggest(text, choices, n);
	list_choices(choices, expected, sizeof(expected));
	return wk_err_set(err, WK_ERR_INPUT, "--%s: expected %s, found '%s'%s%s%s", flag->name,
		expected, text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool take_item(
	const struct flag *flag, struct wk_list *list, const char *text, struct wk_err *err)
{
	if (list->n == WK_MAX_LIST)
		return wk_err_set(err, WK_ERR_INPUT, "--%s: given more than %d times", flag->name,
			WK_MAX_LIST);
	list->items[list->n++] = text;
	return true;
}

/* No time at all is not "no limit". */
static bool take_duration(
	const struct flag *flag, const char *text, wk_nsec *at, struct wk_err *err)
{
	if (!wk_duration_parse(text, at, err))
		return wk_err_context(err, "--%s", flag->name);
	return *at > 0 || wk_err_set(err, WK_ERR_INPUT,
				  "--%s: expected a duration of more than nothing, found '%s'",
				  flag->name, text);
}

static bool take(const struct wk_command *command, const struct flag *flag, const char *text,
	struct wk_args *args, struct wk_err *err)
{
	void *at = (char *)args + flag->offset;

	switch (flag->kind) {
	case FLAG_SWITCH:
		*(bool *)at = true;
		return true;
	case FLAG_CHOICE:
		if (!take_choice(flag, choices_of(command, flag), text, err))
			return false;
		*(const char **)at = text;
		return true;
	case FLAG_TEXT:
		*(const char **)at = text;
		return true;
	case FLAG_LIST:
		return take_item(flag, at, text, err);
	case FLAG_COUNT:
		return wk_num_parse(text, 1, 64, at, err) ||
		       wk_err_context(err, "--%s", flag->name);
	case FLAG_MANY:
		return wk_num_parse(text, 1, WK_MAX_VERDICTS, at, err) ||
		       wk_err_context(err, "--%s", flag->name);
	case FLAG_DURATION:
		return take_duration(flag, text, at, err);
	}
	return false;
}

static bool unknown_flag(const struct wk_command *command, const char *word, struct wk_err *err)
{
	size_t n = 0;
	WK_AUTOFREE char *name = wk_xstrndup(word, strcspn(word, "="));
	const char *near;

	while (command->flags[n])
		n++;
	near = wk_suggest(name + strspn(name, "-"), command->flags, n);
	if (near)
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: there is no flag '%s'; did you mean '--%s'?", command->name, name,
			near);
	return wk_err_set(err, WK_ERR_INPUT,
		"%s: there is no flag '%s'; 'wookie-conform %s --help' lists them", command->name,
		name, command->name);
}

/* getopt's two tables for the flags of one command. */
struct getopt_tables {
	struct option longs[WK_COUNT(flags) + 1];
	const struct flag *rows[WK_COUNT(flags)];
	char letters[2 * WK_COUNT(flags) + 3];
};

static void make_tables(const struct wk_command *command, struct getopt_tables *tables)
{
	char *letter = tables->letters;

	*tables = (struct getopt_tables){0};
	*letter++ = ':';
	for (size_t i = 0; command->flags[i]; i++) {
		const struct flag *flag = find_flag(command->flags[i]);

		tables->rows[i] = flag;
		tables->longs[i] = (struct option){.name = flag->name,
			.has_arg = flag->kind == FLAG_SWITCH ? no_argument : required_argument,
			.val = 256 + (int)i};
		if (!flag->letter)
			continue;
		*letter++ = flag->letter;
		if (flag->kind != FLAG_SWITCH)
			*letter++ = ':';
	}
}

static const struct flag *row_of(const struct getopt_tables *tables, int code)
{
	if (code >= 256)
		return tables->rows[code - 256];
	for (size_t i = 0; tables->rows[i]; i++)
		if (tables->rows[i]->letter == (char)code)
			return tables->rows[i];
	return NULL;
}

static bool check_operands(
	const struct wk_command *command, const struct wk_args *args, struct wk_err *err)
{
	if (args->help)
		return true;
	if (args->n_operands < command->min_operands)
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: expected %s; 'wookie-conform %s --help' says more", command->name,
			command->operands, command->name);
	if (args->n_operands > command->max_operands)
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: unexpected '%s'; 'wookie-conform %s --help' says more", command->name,
			args->operands[command->max_operands], command->name);
	return true;
}

/* Before anything is looked for or made. */
static bool check_meshes(
	const struct wk_command *command, const struct wk_args *args, struct wk_err *err)
{
	if (args->contexts.n > 0 &&
		(args->name || args->against || args->keep || args->keep_on_failure))
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: --context is of clusters that are there and stay; leave out --name, "
			"--against, --keep and --keep-on-failure",
			command->name);
	if (args->kubeconfig && args->contexts.n == 0)
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: --kubeconfig holds the contexts that --context names; give one for "
			"each cluster",
			command->name);
	if (args->name && args->against)
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: --name is of a mesh to be made, --against of one that is up; leave "
			"one of them out",
			command->name);
	if (args->name && !wk_native_check_name(args->name, err))
		return wk_err_context(err, "%s: --name", command->name);
	return !args->against || wk_native_check_name(args->against, err) ||
	       wk_err_context(err, "%s: --against", command->name);
}

bool wk_args_parse(const struct wk_command *command, int argc, char **argv, struct wk_args *ret,
	struct wk_err *err)
{
	struct wk_args args = {.output = "text", .color = "auto"};
	struct getopt_tables tables;
	int code;

	make_tables(command, &tables);
	opterr = 0;
	optind = 1;
	while ((code = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
		const struct flag *flag = code == '?' || code == ':' ? NULL : row_of(&tables, code);

		if (code == ':')
			return wk_err_set(err, WK_ERR_INPUT, "%s: '%s' needs a value",
				command->name, argv[optind - 1]);
		if (!flag)
			return unknown_flag(command, argv[optind - 1], err);
		if (!take(command, flag, optarg, &args, err))
			return wk_err_context(err, "%s", command->name);
	}
	args.argv = (const char *const *)argv;
	args.n_argv = (size_t)argc;
	args.operands = (const char *const *)argv + optind;
	args.n_operands = (size_t)(argc - optind);
	if (!check_operands(command, &args, err) || !check_meshes(command, &args, err))
		return false;
	*ret = args;
	return true;
}

struct wk_flag_about wk_args_about(const struct wk_command *command, size_t i)
{
	const struct flag *flag = find_flag(command->flags[i]);

	return (struct wk_flag_about){
		flag->name, flag->letter, flag->value, flag->help, choices_of(command, flag)};
}

void wk_args_help(const struct wk_command *command)
{
	for (size_t i = 0; command->flags[i]; i++) {
		const struct flag *flag = find_flag(command->flags[i]);
		char choices[64] = "";
		char left[64];

		(void)snprintf(left, sizeof(left), "%s%c%s --%s%s%s", flag->letter ? "-" : "  ",
			flag->letter ? flag->letter : ' ', flag->letter ? "," : "", flag->name,
			flag->value ? " " : "", flag->value ? flag->value : "");
		if (flag->choices)
			list_choices(choices_of(command, flag), choices, sizeof(choices));
		(void)printf("  %-26s  %s%s%s\n", left, flag->help, *choices ? ": " : "", choices);
	}
}
