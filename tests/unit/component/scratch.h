#ifndef WOOKIE_TEST_COMPONENT_SCRATCH_H
#define WOOKIE_TEST_COMPONENT_SCRATCH_H

#include "wookie/base/file.h"

#include <criterion/criterion.h>
#include <string.h>

/* A folder for one test, removed at its end. */
static inline char *scratch_new(void)
{
	char *path = wk_xstrdup("/tmp/wookie-test-XXXXXX");

	cr_assert(mkdtemp(path));
	return path;
}

static inline void scratch_free(char *path)
{
	struct wk_err err;

	cr_expect(wk_rmtree(path, &err), "%s", err.msg);
	free(path);
}
WK_DEFINE_AUTO(char *, scratch_free);

static inline void scratch_write(const char *folder, const char *name, const char *text)
{
	WK_AUTOFREE char *path = wk_xasprintf("%s/%s", folder, name);
	struct wk_err err;

	cr_assert(wk_file_write(path, text, strlen(text), 0755, &err), "%s", err.msg);
}

static inline void scratch_mkdir(const char *folder, const char *name)
{
	WK_AUTOFREE char *path = wk_xasprintf("%s/%s", folder, name);
	struct wk_err err;

	cr_assert(wk_mkdir_p(path, 0755, &err), "%s", err.msg);
}

#endif
