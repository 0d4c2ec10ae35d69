/*
 * What root may believe
 *
 * What root reads as a recipe, and where root keeps what it will signal and remove later, must not be
 * another user's to change: that user would be root. A link on the way is looked at twice, where it
 * stands and where it leads. Who became root through sudo decides what root does here anyway, so that
 * a checkout of that user is as good as root's.
 */
#include "wookie/base/trust.h"

#include "wookie/base/mem.h"
#include "wookie/base/num.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The id in a variable that sudo sets; 0, root's, without. */
static uint64_t sudo_id(const char *variable)
{
	const char *text = getenv(variable);
	struct wk_err ignored;
	uint64_t id = 0;

	return text && wk_num_parse(text, 0, UINT32_MAX, &id, &ignored) ? id : 0;
}

enum place {
	PLACE_ITSELF,
	PLACE_ABOVE, /* a folder above: with a sticky bit others cannot rename what is not theirs */
};

static bool check(const char *what, const char *path, const struct stat *st, enum place place,
	struct wk_err *err)
{
	bool sticky = place == PLACE_ABOVE && st->st_mode & S_ISVTX;

	if (S_ISLNK(st->st_mode))
		return true;
	if (st->st_uid != 0 && st->st_uid != sudo_id("SUDO_UID"))
		return wk_err_set(err, WK_ERR_MISSING,
			"%s: '%s' belongs to user %u, who could change what root does with it; "
			"make "
			"it root's (chown -R root), or use another folder",
			what, path, (unsigned)st->st_uid);
	if (st->st_mode & S_IWOTH && !sticky)
		return wk_err_set(err, WK_ERR_MISSING,
			"%s: everybody may write to '%s', and so change what root does with it; "
			"take that away (chmod go-w), or use another folder",
			what, path);
	if (st->st_mode & S_IWGRP && !sticky && st->st_gid != 0 &&
		st->st_gid != sudo_id("SUDO_GID"))
		return wk_err_set(err, WK_ERR_MISSING,
			"%s: group %u may write to '%s', and so change what root does with it; "
			"take that away (chmod g-w), or use another folder",
			what, (unsigned)st->st_gid, path);
	return true;
}

/* What is at an absolute path, and all folders above it; what is not there is passed over. */
static bool check_way(const char *what, const char *path, struct wk_err *err)
{
	WK_AUTOFREE char *at = wk_xstrdup(path);
	enum place place = PLACE_ITSELF;

	for (;;) {
		struct stat st;
		char *slash;

		if (stat(at, &st) == 0) {
			if (!check(what, at, &st, place, err))
				return false;
		} else if (errno != ENOENT) {
			return wk_err_sys(err, errno, "%s: %s", what, at);
		}
		if (strcmp(at, "/") == 0)
			return true;
		slash = strrchr(at, '/');
		slash[slash == at] = '\0';
		place = PLACE_ABOVE;
	}
}

bool wk_trust_path(const char *what, const char *path, struct wk_err *err)
{
	WK_AUTOFREE char *real = NULL;
	WK_AUTOFREE char *named = NULL;
	char here[PATH_MAX];

	if (geteuid() != 0)
		return true;
	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return wk_err_sys(err, errno, "%s: current folder", what);
	named = path[0] == '/' ? wk_xstrdup(path) : wk_xasprintf("%s/%s", here, path);
	real = realpath(named, NULL);
	return check_way(what, named, err) && (!real || check_way(what, real, err));
}

static void fts_close_cleanup(FTS **tree)
{
	if (*tree)
		(void)fts_close(*tree);
}

bool wk_trust_tree(const char *what, const char *path, struct wk_err *err)
{
	WK_AUTOFREE char *copy = wk_xstrdup(path);
	FTS *WK_AUTO(fts_close) tree = NULL;

	if (geteuid() != 0)
		return true;
	if (!wk_trust_path(what, path, err))
		return false;
	tree = fts_open((char *[]){copy, NULL}, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	if (!tree)
		return wk_err_sys(err, errno, "%s: %s", what, path);
	for (FTSENT *entry = fts_read(tree); entry; entry = fts_read(tree)) {
		bool seen = entry->fts_info == FTS_DP || entry->fts_info == FTS_NS ||
			    entry->fts_info == FTS_SLNONE;

		if (!seen && !check(what, entry->fts_path, entry->fts_statp, PLACE_ITSELF, err))
			return false;
	}
	return true;
}
