#include "stage.h"

#include "wookie/base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

void stage_begin(struct stage *stage)
{
	(void)snprintf(stage->folder, sizeof(stage->folder), "/tmp/wk-kubeconfig.XXXXXX");
	cr_assert_not_null(mkdtemp(stage->folder));
}

void stage_end(struct stage *stage)
{
	struct wk_err err = {0};

	cr_assert(wk_rmtree(stage->folder, &err), "%s", err.msg);
}

char *stage_path(const struct stage *stage, const char *name)
{
	return wk_xasprintf("%s/%s", stage->folder, name);
}

void stage_write(const struct stage *stage, const char *name, mode_t mode, const char *text)
{
	struct wk_buf WK_AUTO(wk_buf_finish) whole = WK_BUF_INIT(1 << 20);
	WK_AUTOFREE char *path = stage_path(stage, name);
	char *slash = strrchr(path, '/');
	struct wk_err err = {0};

	for (; *text; text++)
		(void)(*text == '@' ? wk_buf_puts(&whole, stage->folder)
				    : wk_buf_putc(&whole, *text));
	*slash = '\0';
	cr_assert(wk_mkdir_p(path, 0700, &err), "%s", err.msg);
	*slash = '/';
	cr_assert(wk_file_write(path, wk_buf_str(&whole), whole.len, mode, &err), "%s", err.msg);
}

unsigned stage_lines(const struct stage *stage, const char *name)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(1);
	WK_AUTOFREE char *path = stage_path(stage, name);
	struct wk_err err = {0};
	unsigned n = 0;

	if (!wk_file_read(path, 1 << 20, &text, &err))
		return 0;
	for (size_t i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}
