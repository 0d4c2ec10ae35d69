/*
 * The command line
 *
 * Picks the command by its first word and hands over. This is the only room that prints errors and
 * decides exit codes; every message it shows was made where the fault arose.
 */
#include "wookie/base/log.h"
#include "wookie/base/mem.h"
#include "wookie/base/suggest.h"
#include "wookie/cli/output.h"

#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In the order in which --help shows them: the daily ones first. */
const struct wk_command *const wk_commands[] = {
	&wk_command_run,
	&wk_command_up,
	&wk_command_down,
	&wk_command_status,
	&wk_command_diagnose,
	&wk_command_list,
	&wk_command_plan,
	&wk_command_topology,
	&wk_command_lint,
	&wk_command_schema,
	&wk_command_reference,
	&wk_command_explain,
	&wk_command_setup,
	&wk_command_preflight,
	&wk_command_prove,
	&wk_command_heal,
	&wk_command_bisect,
	&wk_command_shell,
	&wk_command_kubeconfig,
	&wk_command_report,
	&wk_command_version,
	&wk_command_complete,
	NULL,
};

#define N_COMMANDS (WK_COUNT(wk_commands) - 1)

enum wk_exit wk_cli_fail(const struct wk_err *err)
{
	(void)fflush(stdout);
	(void)fprintf(stderr, "wookie-conform: %s\n", err->msg);
	if (err->kind == WK_ERR_INPUT)
		return WK_EXIT_USAGE;
	return err->kind == WK_ERR_INTERRUPTED ? WK_EXIT_INTERRUPTED : WK_EXIT_ENVIRONMENT;
}

bool wk_cli_unknown(const char *what, const char *name, const char *const known[], size_t n_known,
	const char *list_command, struct wk_err *err)
{
	const char *near = wk_suggest(name, known, n_known);

	return wk_err_set(err, WK_ERR_INPUT,
		"unknown %s '%.80s'%s%s%s; 'wookie-conform %s' shows them", what, name,
		near ? ", did you mean '" : "", near ? near : "", near ? "'" : "", list_command);
}

static void print_overview(void)
{
	(void)puts("wookie-conform brings up a real two-cluster Istio mesh, checks it, and takes "
		   "it down.\n"
		   "\n"
		   "usage: wookie-conform COMMAND [FLAGS] [OPERANDS]\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)printf("  %-11s %s\n", wk_commands[i]->name, wk_commands[i]->about);
	(void)puts("\n"
		   "'wookie-conform COMMAND --help' says more; the man page is wookie-conform(1).\n"
		   "Start with: wookie-conform run all");
}

static void print_help(const struct wk_command *command)
{
	(void)printf("%s\n\nusage: wookie-conform %s%s%s%s\n", command->about, command->name,
		command->flags[1] ? " [FLAGS]" : "", *command->operands ? " " : "",
		command->operands);
	if (command->details)
		(void)printf("\n%s\n", command->details);
	(void)putchar('\n');
	wk_args_help(command);
	(void)printf("\nexample:\n  %s\n", command->example);
}

const struct wk_command *wk_command_find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(wk_commands[i]->name, name) == 0)
			return wk_commands[i];
	return NULL;
}

static enum wk_exit unknown_command(const char *word)
{
	const char *names[N_COMMANDS];
	const char *near;
	struct wk_err err = {0};

	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = wk_commands[i]->name;
	near = wk_suggest(word, names, WK_COUNT(names));
	if (near)
		(void)wk_err_set(&err, WK_ERR_INPUT, "there is no command '%s'; did you mean '%s'?",
			word, near);
	else
		(void)wk_err_set(&err, WK_ERR_INPUT,
			"there is no command '%s'; 'wookie-conform --help' lists them", word);
	return wk_cli_fail(&err);
}

bool wk_cli_root(const char *command, struct wk_err *err)
{
	return geteuid() == 0 || wk_err_set(err, WK_ERR_MISSING,
					 "%s: needs root, for namespaces of its own; found user %u",
					 command, (unsigned)geteuid());
}

static enum wk_exit run_command(const struct wk_command *command, int argc, char **argv)
{
	struct wk_err err = {0};
	struct wk_args args;
	enum wk_exit code;

	if (!wk_args_parse(command, argc, argv, &args, &err))
		return wk_cli_fail(&err);
	if (args.help) {
		print_help(command);
		return WK_EXIT_OK;
	}
	/* A list of ids is made of files alone; whose clusters a topology is of is not known yet. */
	if (command->root && !args.list && args.contexts.n == 0 && !args.topology &&
		!wk_cli_root(command->name, &err))
		return wk_cli_fail(&err);
	if (!wk_output_check(&args, &err)) {
		(void)wk_err_context(&err, "%s", command->name);
		return wk_cli_fail(&err);
	}
	wk_log_set_verbose(args.verbose);
	code = command->run(&args);
	/* What did not fit earlier is gone from the buffer, only the mark remains. */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	(void)fputs("wookie-conform: standard output could not be written\n", stderr);
	return code == WK_EXIT_OK ? WK_EXIT_ENVIRONMENT : code;
}

/* Where a standard stream is closed, the next file that is opened would take its number, and with it
 * what is meant for the stream. */
static void fill_standard_streams(void)
{
	int fd = open("/dev/null", O_RDWR);

	while (fd >= 0 && fd <= STDERR_FILENO)
		fd = dup(fd);
	if (fd >= 0)
		(void)close(fd);
}

int wk_cli_main(int argc, char **argv)
{
	const struct wk_command *command;
	const char *word = argc > 1 ? argv[1] : "";

	fill_standard_streams();
	/* Reports are the same everywhere; only the character set is the user's. */
	(void)setlocale(LC_CTYPE, "");
	if (argc < 2) {
		print_overview();
		return WK_EXIT_USAGE;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
		command = argc > 2 ? wk_command_find(argv[2]) : NULL;
		command ? print_help(command) : print_overview();
		return WK_EXIT_OK;
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		word = "version";
	command = wk_command_find(word);
	return command ? (int)run_command(command, argc - 1, argv + 1) : (int)unknown_command(word);
}
