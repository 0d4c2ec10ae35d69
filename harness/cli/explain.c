/* explain: the page of a cause: meaning, evidence, fix, who names it, what proves it. */
#include "wookie/cli/session.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool find_cause(struct wk_session *session, const char *code, const struct wk_cause **ret,
	struct wk_err *err)
{
	const struct wk_catalog *catalog = &session->catalog;
	const char **codes = wk_arena_alloc(session->arena, catalog->n_causes, sizeof(*codes));

	for (size_t i = 0; i < catalog->n_causes; i++) {
		codes[i] = catalog->causes[i].code;
		if (strcasecmp(codes[i], code) == 0) {
			*ret = &catalog->causes[i];
			return true;
		}
	}
	return wk_cli_unknown("cause", code, codes, catalog->n_causes, "explain", err);
}

/* The causes of a family, such as "wk-sec"; false where the text is a whole code, or none begins so. */
static bool list_prefix(const struct wk_catalog *catalog, const char *prefix)
{
	size_t len = strlen(prefix);
	size_t n = 0;

	for (size_t i = 0; i < catalog->n_causes && len > 0; i++) {
		const struct wk_cause *cause = &catalog->causes[i];

		if (strncasecmp(cause->code, prefix, len) != 0 || strlen(cause->code) == len)
			continue;
		(void)printf("%-12s %s\n", cause->code, cause->title);
		n++;
	}
	return n > 0;
}

static void print_paragraph(const char *title, const char *text)
{
	if (!text || !*text)
		return;
	(void)printf("\n%s\n", title);
	while (*text) {
		size_t n = strcspn(text, "\n");

		(void)printf("  %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void print_naming(const struct wk_check *check, const char *role,
	const struct wk_expectation *expectations, size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		if (expectations[i].cause && strcmp(expectations[i].cause, code) == 0)
			(void)printf("  %s: %s%s\n", check->full_id, role, expectations[i].that);
}

static void print_users(const struct wk_catalog *catalog, const char *code)
{
	(void)puts("\nnamed by");
	for (size_t i = 0; i < catalog->n_suites; i++)
		for (size_t j = 0; j < catalog->suites[i].n_checks; j++) {
			const struct wk_check *check = &catalog->suites[i].checks[j];

			print_naming(check, "", check->expect, check->n_expect, code);
			print_naming(check, "control: ", check->control_expect,
				check->n_control_expect, code);
		}
}

/* A cause that is never the likeliest is a symptom of others, and they are what proves it. */
static void print_faults(const struct wk_catalog *catalog, const char *code)
{
	size_t n = 0;

	for (size_t i = 0; i < catalog->n_faults; i++) {
		const struct wk_fault *fault = &catalog->faults[i];

		if (strcmp(fault->cause, code) != 0)
			continue;
		if (n++ == 0)
			(void)puts("\nproven by the fault");
		(void)printf("  %-26s %s\n", fault->id, fault->title);
	}
	if (n == 0)
		(void)puts("\nproven by no fault of its own: it follows from others");
}

static void print_codes(
	const struct wk_catalog *catalog, const char *title, const char *const codes[], size_t n)
{
	if (n > 0)
		(void)printf("\n%s\n", title);
	for (size_t i = 0; i < n; i++)
		(void)printf("  %s  %s\n", codes[i], wk_catalog_cause(catalog, codes[i])->title);
}

static void print_page(const struct wk_catalog *catalog, const struct wk_cause *cause)
{
	(void)printf("%s  %s\n", cause->code, cause->title);
	print_paragraph("meaning", cause->meaning);
	print_paragraph("evidence", cause->evidence);
	print_paragraph("fix", cause->fix);
	print_codes(catalog, "explains", cause->explains, cause->n_explains);
	print_codes(catalog, "no evidence tells it from", cause->twins, cause->n_twins);
	print_users(catalog, cause->code);
	print_faults(catalog, cause->code);
}

static enum wk_exit run(const struct wk_args *args)
{
	struct wk_session WK_AUTO(wk_session_finish) session = {0};
	const struct wk_cause *cause = NULL;
	struct wk_err err = {0};

	if (!wk_session_init(&session, args, &err) || !wk_session_catalog(&session, &err))
		return wk_cli_fail(&err);
	if (!args->n_operands) {
		for (size_t i = 0; i < session.catalog.n_causes; i++)
			(void)printf("%-12s %s\n", session.catalog.causes[i].code,
				session.catalog.causes[i].title);
		return WK_EXIT_OK;
	}
	if (list_prefix(&session.catalog, args->operands[0]))
		return WK_EXIT_OK;
	if (!find_cause(&session, args->operands[0], &cause, &err) || !cause)
		return wk_cli_fail(&err);
	print_page(&session.catalog, cause);
	return WK_EXIT_OK;
}

static const char *const flags[] = {"suites", "help", NULL};

const struct wk_command wk_command_explain = {
	.name = "explain",
	.operands = "[CODE|PREFIX]",
	.max_operands = 1,
	.about = "what a cause means, how it is seen, how it is fixed",
	.example = "wookie-conform explain WK-SEC-001",
	.flags = flags,
	.run = run,
};
