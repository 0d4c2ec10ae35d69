/*
 * Folders
 *
 * Caches and state go where the XDG base directory specification puts them, so that nothing is
 * written elsewhere on the machine. Suites and fixtures belong to the program: those beside it where
 * it is installed, those of its sources where it stands where it was built. The current folder is
 * never asked, whose ever it is: what it holds would run as root.
 */
#include "wookie/base/file.h"
#include "wookie/base/trust.h"
#include "wookie/cli/session.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
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

/* The same without links on the way, of which some tools below make something else; what is not there
 * yet is kept as it is named. Takes it over; NULL is NULL. */
static char *without_links(char *path)
{
	WK_AUTOFREE char *given = path;
	WK_AUTOFREE char *at = path ? wk_xstrdup(path) : NULL;

	while (at && strcmp(at, "/") != 0) {
		WK_AUTOFREE char *real = realpath(at, NULL);
		char *slash = strrchr(at, '/');

		if (real)
			return wk_xasprintf("%s%s", real, given + strlen(at));
		slash[slash == at] = '\0';
	}
	return WK_TAKE(given);
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

/* Whether this is the program that the build made, and not a copy of it. */
static bool is_as_built(void)
{
	struct stat own;
	struct stat built;

	return stat("/proc/self/exe", &own) == 0 &&
	       stat(WK_BUILDDIR "/wookie-conform", &built) == 0 && own.st_dev == built.st_dev &&
	       own.st_ino == built.st_ino;
}

static char *find_data(void)
{
	char *installed;

	if (is_as_built())
		return wk_xstrdup(WK_SOURCEDIR);
	installed = beside_program();
	if (installed && is_data(installed))
		return installed;
	free(installed);
	return wk_xstrdup(WK_DATADIR);
}

/* What root reads and writes here is nobody else's to change. */
static bool check_trust(const struct wk_paths *paths, struct wk_err *err)
{
	WK_AUTOFREE char *suites = wk_xasprintf("%s/suites", paths->data);
	WK_AUTOFREE char *fixtures = wk_xasprintf("%s/fixtures", paths->data);

	return wk_trust_tree("suites", suites, err) && wk_trust_tree("fixtures", fixtures, err) &&
	       (!paths->cache || wk_trust_path("cache", paths->cache, err)) &&
	       (!paths->state || wk_trust_path("state", paths->state, err));
}

static bool has_folders(const struct wk_paths *paths, enum wk_paths_need need, struct wk_err *err)
{
	bool no_cache = (need & WK_PATHS_CACHE) && !paths->cache;
	bool no_state = (need & WK_PATHS_STATE) && !paths->state;

	if (!no_cache && !no_state)
		return true;
	return wk_err_set(err, WK_ERR_MISSING, "neither HOME nor %s a folder to work in",
		!no_state   ? "XDG_CACHE_HOME names"
		: !no_cache ? "XDG_STATE_HOME names"
			    : "XDG_CACHE_HOME and XDG_STATE_HOME name");
}

bool wk_paths_find(struct wk_paths *ret, enum wk_paths_need need, struct wk_err *err)
{
	struct wk_paths paths = {
		.cache = xdg("XDG_CACHE_HOME", ".cache"),
		.state = xdg("XDG_STATE_HOME", ".local/state"),
		.data = find_data(),
	};

	if (!has_folders(&paths, need, err)) {
		wk_paths_finish(&paths);
		return false;
	}
	if (!is_data(paths.data)) {
		(void)wk_err_set(err, WK_ERR_MISSING,
			"no suites and fixtures in '%s'; install with 'meson install', or run the "
			"program where it was built",
			paths.data);
		wk_paths_finish(&paths);
		return false;
	}
	if (!check_trust(&paths, err)) {
		wk_paths_finish(&paths);
		return false;
	}
	paths.cache = without_links(paths.cache);
	paths.state = without_links(paths.state);
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
