/*
 * Components that are built: Go modules
 *
 * A wrapper module requires the upstream one in its pinned version and carries the hashes of every
 * module involved, so that `go build -mod=readonly` can neither choose nor accept anything else.
 * Build cache and module cache are the set-up's own: an interrupted build goes on where it was, and
 * the gigabytes they grow to can be removed when the programs are verified. The user's own Go
 * settings stay in force where they say from where modules come.
 */
#include "wookie/component/build.h"

#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/proc/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The oldest Go that the pinned modules accept. */
#define GO_MINOR 24

#define BUILD_ARGS 32

struct go_env {
	char *vars[8];
};

static void go_env_finish(struct go_env *env)
{
	for (size_t i = 0; i < WK_COUNT(env->vars); i++)
		free(env->vars[i]);
}

static inline void go_env_finish_cleanup(struct go_env *env)
{
	go_env_finish(env);
}

static struct go_env go_env(const struct wk_builder *builder)
{
	return (struct go_env){{
		wk_xasprintf("GOCACHE=%s/go-build", builder->work),
		wk_xasprintf("GOMODCACHE=%s/go-mod", builder->work),
		wk_xasprintf("GOTMPDIR=%s/go-tmp", builder->work),
		wk_xstrdup("GOFLAGS=-mod=readonly -modcacherw -buildvcs=false -trimpath"),
		wk_xstrdup("GOTOOLCHAIN=local"),
		wk_xstrdup("GOWORK=off"),
		wk_xstrdup("CGO_ENABLED=0"),
	}};
}

/* `go build -v` names each package as it is compiled, and each module as it is downloaded. */
static void look(struct wk_builder *builder, const char *out, const char *err)
{
	size_t modules = 0;
	size_t packages = 0;

	(void)out;
	for (const char *line = err; *line;) {
		size_t len = strcspn(line, "\n");
		if (strncmp(line, "go: downloading ", strlen("go: downloading ")) == 0)
			modules++;
		else
			packages++;
		line += len + (line[len] == '\n');
	}
	if (packages == 0)
		wk_builder_say(builder, "go build: %zu modules downloaded", modules);
	else
		wk_builder_say(builder, "go build: %zu packages", packages);
}

static bool build(struct wk_builder *builder, const struct wk_pin_build *wanted,
	const struct go_env *env, struct wk_err *err)
{
	WK_AUTOFREE char *out = wk_xasprintf("%s/", builder->folder);
	const char *argv[BUILD_ARGS] = {builder->go, "build", "-v", "-tags", wanted->tags,
		"-ldflags", wanted->ldflags, "-o", out};
	size_t n = 9;
	struct wk_build_step step = {.argv = argv,
		.env = (const char *const *)env->vars,
		.cwd = builder->pin->folder,
		.look = look};

	for (const char *const *package = wanted->packages; *package; package++) {
		if (n + 1 == BUILD_ARGS)
			return wk_err_set(err, WK_ERR_INPUT,
				"component '%s': more packages than one build takes",
				builder->pin->name);
		argv[n++] = *package;
	}
	return wk_build_run(builder, &step, NULL, err);
}

static bool check_programs(
	const struct wk_builder *builder, const struct wk_pin_build *built, struct wk_err *err)
{
	for (const char *const *package = built->packages; *package; package++) {
		WK_AUTOFREE char *path =
			wk_xasprintf("%s/%s", builder->folder, strrchr(*package, '/') + 1);
		if (access(path, X_OK) < 0)
			return wk_err_sys(err, errno, "'go build' left no program '%s'", path);
	}
	return true;
}

static bool copy_from_module(
	struct wk_builder *builder, const struct go_env *env, struct wk_err *err)
{
	const char *argv[] = {
		builder->go, "list", "-m", "-f", "{{.Dir}}", builder->pin->copy_module, NULL};
	struct wk_build_step step = {
		.argv = argv, .env = (const char *const *)env->vars, .cwd = builder->pin->folder};
	struct wk_buf WK_AUTO(wk_buf_finish) dir = {0};
	struct wk_buf WK_AUTO(wk_buf_finish) text = {0};

	if (!wk_build_run(builder, &step, &dir, err))
		return false;
	WK_AUTOFREE char *source = wk_xasprintf("%.*s/%s", (int)strcspn(wk_buf_str(&dir), "\n"),
		wk_buf_str(&dir), builder->pin->copy_file);
	WK_AUTOFREE char *target =
		wk_xasprintf("%s/%s", builder->folder, strrchr(builder->pin->copy_file, '/') + 1);
	return wk_file_read(source, (size_t)1 << 20, &text, err) &&
	       wk_file_write(target, wk_buf_str(&text), text.len, 0644, err);
}

bool wk_build_go(struct wk_builder *builder, struct wk_err *err)
{
	const struct wk_pin *pin = builder->pin;
	struct go_env WK_AUTO(go_env_finish) env = go_env(builder);
	WK_AUTOFREE char *tmp = wk_xasprintf("%s/go-tmp", builder->work);

	if (!wk_mkdir_p(tmp, 0700, err))
		return false;
	for (size_t i = 0; i < pin->build_count; i++)
		if (!build(builder, &pin->builds[i], &env, err) ||
			!check_programs(builder, &pin->builds[i], err))
			return false;
	return !pin->copy_module || copy_from_module(builder, &env, err);
}

bool wk_go_is_new_enough(const char *version)
{
	static const char prefix[] = "go version go1.";
	struct wk_err ignored;
	uint64_t minor = 0;

	if (strncmp(version, prefix, strlen(prefix)) != 0)
		return false;
	const char *digits = version + strlen(prefix);
	WK_AUTOFREE char *number = wk_xstrndup(digits, strspn(digits, "0123456789"));
	return wk_num_parse(number, 0, 1000, &minor, &ignored) && minor >= GO_MINOR;
}

char *wk_go_on_path(void)
{
	static const char *const candidates[] = {
		"go", "/usr/local/go/bin/go", "/usr/lib/go/bin/go"};
	static const char *const env[] = {"GOTOOLCHAIN=local", NULL};

	for (size_t i = 0; i < WK_COUNT(candidates); i++) {
		const char *argv[] = {candidates[i], "version", NULL};
		struct wk_cmd cmd = {
			.argv = argv, .env = env, .netns = -1, .deadline = wk_now() + 20 * WK_SEC};
		struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};
		struct wk_err ignored;
		if (wk_cmd_run(&cmd, &result, &ignored) && result.exit_code == 0 &&
			wk_go_is_new_enough(wk_buf_str(&result.out)))
			return wk_xstrdup(candidates[i]);
	}
	return NULL;
}
