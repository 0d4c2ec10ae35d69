#ifndef WOOKIE_CLI_COMMAND_H
#define WOOKIE_CLI_COMMAND_H

#include "wookie/base/clock.h"
#include "wookie/base/err.h"
#include "wookie/model/event.h"

#include <stddef.h>
#include <stdint.h>

#define WK_MAX_LIST 64
/* Verdicts that one run may come to: all are kept, so that none can hide another. */
#define WK_MAX_VERDICTS 50000

/* Texts given by a flag that may stand more than once. */
struct wk_list {
	const char *items[WK_MAX_LIST];
	size_t n;
};

/* Everything a command line can say; a flag that was not given leaves zero, or the default of its
 * row in the table of harness/cli/options.c. */
struct wk_args {
	const char *topology;
	const char *name;
	const char *against;
	const char *istio;
	const char *rerun_failed;
	const char *junit;
	const char *tap;
	const char *json;
	const char *matrix;
	const char *output;
	const char *color;
	const char *from;
	const char *kubeconfig;
	struct wk_list contexts;
	struct wk_list sets;
	struct wk_list only;
	struct wk_list skip;
	struct wk_list suites;
	uint64_t jobs;
	uint64_t repeat; /* 0: not given */
	wk_nsec timeout;
	bool all;
	bool fail_fast;
	bool inject_only;
	bool keep;
	bool keep_fixed;
	bool list;
	bool keep_on_failure;
	bool nodes_only;
	bool read_only;
	bool strict;
	bool until_fail;
	bool verbose;
	bool help;
	const char *const *argv; /* the whole command line, from the command's name on */
	size_t n_argv;
	const char *const *operands; /* what is not a flag */
	size_t n_operands;
};

/* One command: a file of its own in harness/cli, a row in the table of harness/cli/cli.c. */
struct wk_command {
	const char *name;
	const char *operands; /* as --help shows them: "SUITE...|all" */
	size_t min_operands;
	size_t max_operands;
	const char *about;
	const char *details; /* a few lines more for --help; may be NULL */
	const char *example;
	const char *const *flags; /* names of the flags it takes, ends with NULL */
	/* What its --output may be, ends with NULL; NULL: text, tap, json and github. */
	const char *const *outputs;
	/* Makes or enters namespaces, of a mesh of its own: without root there is nothing else to say. */
	bool root;
	enum wk_exit (*run)(const struct wk_args *args);
};

/* Of the commands that answer a question: text and json. */
extern const char *const wk_outputs_answer[];

extern const struct wk_command wk_command_complete;
extern const struct wk_command wk_command_bisect;
extern const struct wk_command wk_command_diagnose;
extern const struct wk_command wk_command_down;
extern const struct wk_command wk_command_explain;
extern const struct wk_command wk_command_heal;
extern const struct wk_command wk_command_kubeconfig;
extern const struct wk_command wk_command_lint;
extern const struct wk_command wk_command_list;
extern const struct wk_command wk_command_plan;
extern const struct wk_command wk_command_preflight;
extern const struct wk_command wk_command_prove;
extern const struct wk_command wk_command_reference;
extern const struct wk_command wk_command_report;
extern const struct wk_command wk_command_run;
extern const struct wk_command wk_command_schema;
extern const struct wk_command wk_command_setup;
extern const struct wk_command wk_command_shell;
extern const struct wk_command wk_command_status;
extern const struct wk_command wk_command_topology;
extern const struct wk_command wk_command_up;
extern const struct wk_command wk_command_version;

/* All commands, in the order in which --help shows them, ends with NULL. */
extern const struct wk_command *const wk_commands[];
/* NULL: there is none of that name. */
const struct wk_command *wk_command_find(const char *name);

/* The whole program: picks the command, reads its flags, runs it. */
int wk_cli_main(int argc, char **argv);

/* Prints "wookie-conform: <message>" on standard error and gives the exit code of its kind. */
enum wk_exit wk_cli_fail(const struct wk_err *err);

/* An error of kind INPUT: there is no such `what`; the nearest of `known`, and the command that lists
 * them. Returns false. */
bool wk_cli_unknown(const char *what, const char *name, const char *const known[], size_t n_known,
	const char *list_command, struct wk_err *err);

/* Whether this user may make and enter namespaces; else an error of kind MISSING. */
bool wk_cli_root(const char *command, struct wk_err *err) WK_MUST_CHECK;

/* Reads the flags of a command; argv[0] is its name. */
bool wk_args_parse(const struct wk_command *command, int argc, char **argv, struct wk_args *ret,
	struct wk_err *err) WK_MUST_CHECK;
/* What there is to know of the i-th flag of a command. */
struct wk_flag_about {
	const char *name;
	char letter;       /* 0: it has none */
	const char *value; /* as --help shows it; NULL: it takes none */
	const char *help;
	const char *const *choices; /* ends with NULL; NULL: any text */
};
struct wk_flag_about wk_args_about(const struct wk_command *command, size_t i);
/* The flags of a command, a line each, as --help prints them. */
void wk_args_help(const struct wk_command *command);

#endif
