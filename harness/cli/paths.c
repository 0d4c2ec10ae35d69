/*
 * Folders
 *
 * Caches and state go where the XDG base directory specification puts them, so that nothing is
 * written elsewhere on the machine. Suites and fixtures are those of the current folder where it is
 * a checkout (its author wants the file just edited), else those beside the program.
 */
#include "wookie/base/file.h"
#include "wookie/cli/session.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static char *xdg(const char *variable, const char *below_home)
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");

	if (base && base[0] == '/')
		return wk_xasprintf("%s/wookie-conform", base);
	if (!home || home[0] != '/')
		return NULL;
	return wk_xasprintf("%s/%s/wookie-conform", home, below_home);
}

static bool is_data(const char *folder)
{
	WK_AUTOFREE char *causes = wk_xasprintf("%s/suites/causes.yaml", folder);
	WK_AUTOFREE char *topologies = wk_xasprintf("%s/fixtures/topologies", folder);

	return wk_path_exists(causes) && wk_path_exists(topologies);
}

/* The folder beside the program: PREFIX/bin/wookie-conform and PREFIX/share/wookie-conform. */
static char *beside_program(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n < 0)
		return NULL;
	exe[n] = '\0';
	for (int up = 0; up < 2; up++) {
		slash = strrchr(exe, '/');
		if (!slash)
			return NULL;
		*slash = '\0';
	}
	return wk_xasprintf("%s/share/wookie-conform", exe);
}

static char *find_data(void)
{
	char cwd[PATH_MAX];
	char *installed = beside_program();

	if (getcwd(cwd, sizeof(cwd)) && is_data(cwd)) {
		free(installed);
		return wk_xstrdup(cwd);
	}
	if (installed && is_data(installed))
		return installed;
	free(installed);
	return wk_xstrdup(is_data(WK_SOURCEDIR) ? WK_SOURCEDIR : WK_DATADIR);
}

bool wk_paths_find(struct wk_paths *ret, struct wk_err *err)
{
	struct wk_paths paths = {
		.cache = xdg("XDG_CACHE_HOME", ".cache"),
		.state = xdg("XDG_STATE_HOME", ".local/state"),
		.data = find_data(),
	};

	if (!paths.cache || !paths.state) {
		wk_paths_finish(&paths);
		return wk_err_set(err, WK_ERR_MISSING,
			"neither HOME nor XDG_CACHE_HOME and XDG_STATE_HOME name a folder to work "
			"in");
	}
	if (!is_data(paths.data)) {
		(void)wk_err_set(err, WK_ERR_MISSING,
			"no suites and fixtures in '%s'; install with 'meson install' or run it in "
			"a checkout",
			paths.data);
		wk_paths_finish(&paths);
		return false;
	}
	*ret = paths;
	return true;
}

void wk_paths_finish(struct wk_paths *paths)
{
	free(paths->data);
	free(paths->cache);
	free(paths->state);
	*paths = (struct wk_paths){0};
}
