/*
 * complete: what may stand next on a command line
 *
 * Asked by the completion of a shell, which hands over the words so far, the last of them as far as it is
 * typed. The answer comes from the tables that parse and print --help: flags, their choices, and the
 * operands as --help shows them, where a word in lower case is itself and one in upper case stands for names
 * that are looked up. So the scripts of the shells hold no list, and nothing can grow old.
 *
 * One candidate a line, with what it means after a tab. A line without a candidate says that files, or
 * folders, may stand there.
 */
#include "wookie/cli/session.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct wk_asked {
	const struct wk_command *command;
	const char *name;   /* what --name said */
	const char *before; /* stands before each candidate: "--only=dns.resolves," */
	const char *typed;  /* what each has to begin with */
};

static void offer(const struct wk_asked *asked, const char *word, const char *about)
{
	if (strncmp(word, asked->typed, strlen(asked->typed)) == 0)
		(void)printf("%s%s\t%s\n", asked->before, word, about ? about : "");
}

static void offer_files(struct wk_session *session, const struct wk_asked *asked)
{
	(void)session;
	(void)asked;
	(void)puts("\tfiles");
}

static void offer_folders(struct wk_session *session, const struct wk_asked *asked)
{
	(void)session;
	(void)asked;
	(void)puts("\tfolders");
}

static void offer_suites(struct wk_session *session, const struct wk_asked *asked)
{
	for (size_t i = 0; i < session->catalog.n_suites; i++)
		offer(asked, session->catalog.suites[i].name, session->catalog.suites[i].title);
}

/* A suite is what most look for: its checks come once its name stands there. */
static void offer_checks(struct wk_session *session, const struct wk_asked *asked)
{
	for (size_t i = 0; i < session->catalog.n_suites; i++)
		for (size_t j = 0; j < session->catalog.suites[i].n_checks; j++) {
			const struct wk_check *check = &session->catalog.suites[i].checks[j];

			if (strchr(asked->typed, '.'))
				offer(asked, check->full_id, check->title);
		}
}

static void offer_globs(struct wk_session *session, const struct wk_asked *asked)
{
	for (size_t i = 0; i < session->catalog.n_suites && !strchr(asked->typed, '.'); i++) {
		const struct wk_suite *suite = &session->catalog.suites[i];

		offer(asked, wk_arena_printf(session->arena, "%s.*", suite->name), suite->title);
	}
	offer_checks(session, asked);
}

static void offer_faults(struct wk_session *session, const struct wk_asked *asked)
{
	for (size_t i = 0; i < session->catalog.n_faults; i++)
		offer(asked, session->catalog.faults[i].id, session->catalog.faults[i].title);
}

static void offer_variants(struct wk_session *session, const struct wk_asked *asked)
{
	for (size_t i = 0; i < session->catalog.n_variants; i++)
		offer(asked, session->catalog.variants[i].id, session->catalog.variants[i].title);
}

static void offer_causes(struct wk_session *session, const struct wk_asked *asked)
{
	for (size_t i = 0; i < session->catalog.n_causes; i++)
		offer(asked, session->catalog.causes[i].code, session->catalog.causes[i].title);
}

static void offer_meshes(struct wk_session *session, const struct wk_asked *asked)
{
	char **names;

	if (!session->paths.state)
		return;
	names = wk_native_names(session->paths.state);
	for (size_t i = 0; names[i]; i++) {
		offer(asked, names[i], "");
		free(names[i]);
	}
	free(names);
}

static void offer_contexts(struct wk_session *session, const struct wk_asked *asked)
{
	const struct wk_kubeconfig_source source = wk_cli_kubeconfig(session->args);
	size_t n = 0;
	const char *const *names = wk_kubeconfig_contexts(session->arena, &source, &n);

	for (size_t i = 0; i < n; i++)
		offer(asked, names[i], "");
}

static void offer_clusters(struct wk_session *session, const struct wk_asked *asked)
{
	struct wk_args *args = wk_arena_alloc(session->arena, 1, sizeof(*args));
	struct wk_mesh_status status;
	struct wk_err ignored = {0};
	const char *mesh;

	args->name = asked->name;
	session->args = args;
	mesh = session->paths.state ? wk_session_pick(session, &ignored) : NULL;
	if (!mesh || !wk_native_status(session->paths.state, mesh, &status, &ignored))
		return;
	for (size_t i = 0; i < status.n_nodes; i++)
		offer(asked, status.nodes[i].cluster, status.nodes[i].address);
}

static void offer_versions(struct wk_session *session, const struct wk_asked *asked)
{
	const char *const *known = wk_istio_versions();

	(void)session;
	for (size_t i = 0; known[i]; i++)
		offer(asked, known[i], "");
}

/* What the words in upper case stand for; those that are missing are the user's to make up. */
static const struct {
	const char *word;
	void (*offer)(struct wk_session *session, const struct wk_asked *asked);
} names[] = {
	{"CHECK", offer_checks},
	{"CLUSTER", offer_clusters},
	{"CODE", offer_causes},
	{"CONTEXT", offer_contexts},
	{"DIR", offer_folders},
	{"EVENTS", offer_files},
	{"FAULT", offer_faults},
	{"FILE", offer_files},
	{"GLOB", offer_globs},
	{"MESH", offer_meshes},
	{"PATH", offer_files},
	{"SUITE", offer_suites},
	{"TOPOLOGY", offer_files},
	{"VARIANT", offer_variants},
	{"VERSION", offer_versions},
};

static void offer_names(
	struct wk_session *session, const struct wk_asked *asked, const char *word, size_t len)
{
	for (size_t i = 0; i < WK_COUNT(names); i++)
		if (strlen(names[i].word) == len && strncmp(names[i].word, word, len) == 0)
			names[i].offer(session, asked);
}

/* "[SUITE|CHECK...|all]": every word of it. */
static void offer_operands(
	struct wk_session *session, const struct wk_asked *asked, const char *operands)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	while (*operands) {
		size_t len = strspn(operands, letters);

		if (len > 0 && islower((unsigned char)*operands))
			offer(asked, wk_arena_strndup(session->arena, operands, len), "");
		else if (len > 0)
			offer_names(session, asked, operands, len);
		operands += len + (operands[len] != '\0');
	}
}

static void offer_flags(struct wk_session *session, const struct wk_asked *asked)
{
	for (size_t i = 0; asked->command->flags[i]; i++) {
		struct wk_flag_about flag = wk_args_about(asked->command, i);

		offer(asked, wk_arena_printf(session->arena, "--%s", flag.name), flag.help);
	}
}

static void offer_values(
	struct wk_session *session, const struct wk_asked *asked, const struct wk_flag_about *flag)
{
	for (size_t i = 0; flag->choices && flag->choices[i]; i++)
		offer(asked, flag->choices[i], "");
	if (!flag->choices)
		offer_names(session, asked, flag->value, strlen(flag->value));
}

static void offer_commands(const struct wk_asked *asked)
{
	for (size_t i = 0; wk_commands[i]; i++)
		offer(asked, wk_commands[i]->name, wk_commands[i]->about);
}

/* The flag that a word is, "--only" or "-o", and that takes a value. */
static bool takes_value(
	const struct wk_command *command, const char *word, struct wk_flag_about *ret)
{
	for (size_t i = 0; command->flags[i]; i++) {
		struct wk_flag_about flag = wk_args_about(command, i);
		bool is_it =
			strncmp(word, "--", 2) == 0
				? strcmp(word + 2, flag.name) == 0
				: word[0] == '-' && word[1] && word[1] == flag.letter && !word[2];

		if (is_it && flag.value) {
			*ret = flag;
			return true;
		}
	}
	return false;
}

/* "--only=dns.a,dn": the flag apart from its value, and a list apart from its last member. */
static bool split_value(
	struct wk_session *session, struct wk_asked *asked, struct wk_flag_about *flag)
{
	const char *equals = strchr(asked->typed, '=');
	const char *typed = asked->typed;
	size_t len;

	if (strncmp(typed, "--", 2) != 0 || !equals)
		return false;
	len = (size_t)(equals - typed);
	if (!takes_value(asked->command, wk_arena_strndup(session->arena, typed, len), flag))
		return false;
	asked->before = wk_arena_strndup(session->arena, typed, len + 1);
	asked->typed = equals + 1;
	return true;
}

static void split_list(struct wk_session *session, struct wk_asked *asked)
{
	const char *comma = strrchr(asked->typed, ',');

	if (!comma)
		return;
	asked->before = wk_arena_printf(session->arena, "%s%.*s", asked->before,
		(int)(comma + 1 - asked->typed), asked->typed);
	asked->typed = comma + 1;
}

static void remember_name(struct wk_asked *asked, const char *const words[], size_t n)
{
	for (size_t i = 1; i + 1 < n; i++)
		if (strcmp(words[i], "--name") == 0 || strcmp(words[i], "-n") == 0)
			asked->name = words[i + 1];
}

static void answer(struct wk_session *session, const char *const words[], size_t n)
{
	struct wk_asked asked = {.before = "", .typed = n ? words[n - 1] : ""};
	struct wk_flag_about flag;

	asked.command = n > 1 ? wk_command_find(words[0]) : NULL;
	if (n <= 1) {
		offer_commands(&asked);
		return;
	}
	if (!asked.command)
		return;
	remember_name(&asked, words, n - 1);
	if (split_value(session, &asked, &flag) ||
		(n > 2 && takes_value(asked.command, words[n - 2], &flag))) {
		split_list(session, &asked);
		offer_values(session, &asked, &flag);
	} else if (*asked.typed == '-') {
		offer_flags(session, &asked);
	} else {
		offer_operands(session, &asked, asked.command->operands);
	}
}

/* Whatever is wrong here is told by the command itself, once it is run. */
static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	struct wk_args own = {0};
	struct wk_err ignored = {0};

	if (wk_session_init(&session, &own, WK_PATHS_DATA, &ignored))
		(void)!wk_session_catalog(&session, &ignored);
	answer(&session, args->operands, args->n_operands);
	return WK_EXIT_OK;
}

static const char *const flags[] = {"help", NULL};

const struct wk_command wk_command_complete = {
	.name = "complete",
	.operands = "-- [WORD...]",
	.max_operands = 1000,
	.about = "what may stand next on a command line, for the completion of a shell",
	.details = "Scripts for bash, zsh and fish are installed with the program.",
	.example = "wookie-conform complete -- run --output ''",
	.flags = flags,
	.run = run,
};
