/*
 * Making one component
 *
 * Three kinds, one shape: run programs that fetch or build, show how far they are, leave the files
 * in a folder. Whoever runs a builder decides what becomes of the folder; nothing here touches
 * anything outside of it and of the scratch folder.
 */
#include "wookie/component/build.h"

#include "wookie/base/file.h"
#include "wookie/proc/cmd.h"

#include <stdarg.h>
#include <string.h>

/* One step may take this long: the slowest machine that builds Kubernetes at all. */
#define STEP_MAX (3600 * WK_SEC)
#define OUTPUT_MAX ((size_t)8 << 20)

void wk_builder_say(struct wk_builder *builder, const char *fmt, ...)
{
	struct wk_err ignored;
	va_list ap;

	if (builder->pipe < 0 || wk_now() < builder->said + WK_SEC / 2)
		return;
	builder->said = wk_now();
	va_start(ap, fmt);
	WK_AUTOFREE char *text = wk_xvasprintf(fmt, ap);
	va_end(ap);
	WK_AUTOFREE char *line = wk_xasprintf("%s\n", text);
	/* Progress that nobody takes any more is no reason to stop. */
	if (!wk_write_all(builder->pipe, line, strlen(line), &ignored))
		builder->pipe = -1;
}

/* The last line with anything in it: that is where programs say why they give up. */
static char *last_line(const char *text)
{
	size_t end = strlen(text);

	while (end > 0 && strchr("\r\n ", text[end - 1]))
		end--;
	size_t start = end;
	while (start > 0 && text[start - 1] != '\n')
		start--;
	return wk_xstrndup(text + start, end - start);
}

struct looking {
	struct wk_builder *builder;
	const struct wk_build_step *step;
};

static void look(void *context, const struct wk_cmd_result *so_far)
{
	const struct looking *looking = context;

	if (looking->step->look)
		looking->step->look(
			looking->builder, wk_buf_str(&so_far->out), wk_buf_str(&so_far->err));
}

bool wk_build_run(struct wk_builder *builder, const struct wk_build_step *step, struct wk_buf *out,
	struct wk_err *err)
{
	struct looking looking = {builder, step};
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};
	struct wk_cmd cmd = {
		.argv = step->argv,
		.env = step->env,
		.cwd = step->cwd,
		.netns = -1,
		.max_output = OUTPUT_MAX,
		.deadline = wk_now() + STEP_MAX,
		.look = look,
		.context = &looking,
	};

	if (!wk_cmd_run(&cmd, &result, err))
		return false;
	if (result.timed_out)
		return wk_err_set(
			err, WK_ERR_TIMEOUT, "'%s' did not end within an hour", step->argv[0]);
	if (result.exit_code != 0) {
		const char *words = wk_buf_str(&result.err);
		WK_AUTOFREE char *last = last_line(*words ? words : wk_buf_str(&result.out));
		return wk_err_set(err, WK_ERR_REMOTE, "'%s %s' gave up: %s", step->argv[0],
			step->argv[1] ? step->argv[1] : "", *last ? last : "it does not say why");
	}
	if (out) {
		*out = result.out;
		result.out = (struct wk_buf){0};
	}
	return true;
}

/* No build id, which would differ with the path of the source. */
static bool compile(struct wk_builder *builder, const char *program, struct wk_err *err)
{
	WK_AUTOFREE char *source = wk_xasprintf("%s/%s.c", builder->pin->folder, program);
	WK_AUTOFREE char *target = wk_xasprintf("%s/%s", builder->folder, program);
	const char *argv[] = {"cc", "-std=c17", "-D_GNU_SOURCE", "-O2", "-static", "-s", "-pthread",
		"-Wl,--build-id=none", "-o", target, source, NULL};

	return wk_build_run(builder, &(struct wk_build_step){.argv = argv}, NULL, err);
}

bool wk_build_c(struct wk_builder *builder, struct wk_err *err)
{
	for (const char *const *program = builder->pin->programs; *program; program++)
		if (!compile(builder, *program, err))
			return false;
	return true;
}

bool wk_build(struct wk_builder *builder, struct wk_err *err)
{
	switch (builder->pin->kind) {
	case WK_PIN_GO:
		return wk_build_go(builder, err);
	case WK_PIN_WHEEL:
		return wk_build_wheel(builder, err);
	case WK_PIN_DEB:
		return wk_build_deb(builder, err);
	case WK_PIN_C:
		return wk_build_c(builder, err);
	}
	return wk_err_set(err, WK_ERR_INPUT, "no such kind of component");
}
