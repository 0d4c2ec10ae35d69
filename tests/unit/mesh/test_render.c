#include "wookie/base/file.h"
#include "wookie/mesh/manifest.h"
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A program in istioctl's place that counts its runs and prints `script`'s output. */
struct stage {
	char folder[32];
	char program[64];
	char runs[64];
	char cache[64];
	struct wk_renderer renderer;
};

static void stage_open(struct stage *stage, const char *script)
{
	struct wk_err err = {0};
	WK_AUTOFREE char *text = NULL;

	(void)snprintf(stage->folder, sizeof(stage->folder), "/tmp/wk-render-XXXXXX");
	cr_assert_not_null(mkdtemp(stage->folder));
	(void)snprintf(stage->program, sizeof(stage->program), "%s/istioctl", stage->folder);
	(void)snprintf(stage->runs, sizeof(stage->runs), "%s/runs", stage->folder);
	(void)snprintf(stage->cache, sizeof(stage->cache), "%s/cache", stage->folder);
	text = wk_xasprintf("#!/bin/sh\nprintf x >>%s\n%s\n", stage->runs, script);
	cr_assert(wk_file_write(stage->program, text, strlen(text), 0755, &err), "%s", err.msg);
	stage->renderer = (struct wk_renderer){stage->program, "1.2.3", stage->cache};
}

static size_t runs(const struct stage *stage)
{
	struct stat st;

	return stat(stage->runs, &st) == 0 ? (size_t)st.st_size : 0;
}

static void stage_close(struct stage *stage)
{
	struct wk_err err = {0};

	cr_assert(wk_rmtree(stage->folder, &err), "%s", err.msg);
}

static bool render(const struct stage *stage, const char *text, struct wk_err *err)
{
	cJSON *objects = NULL;

	if (!wk_istio_render(&stage->renderer, text, wk_now() + 20 * WK_SEC, &objects, err))
		return false;
	cr_expect_str_eq(wk_object_text(cJSON_GetArrayItem(objects, 0), "kind"), "Thing");
	cr_expect_eq(wk_object_number(cJSON_GetArrayItem(objects, 1), "n", 0), 7);
	cJSON_Delete(objects);
	return true;
}

Test(render, a_text_is_rendered_once)
{
	struct wk_err err = {0};
	struct stage stage;

	stage_open(&stage, "cat >/dev/null; printf 'kind: Thing\\n---\\nn: 7\\n---\\n'");
	cr_expect(render(&stage, "a", &err), "%s", err.msg);
	cr_expect(render(&stage, "a", &err), "%s", err.msg);
	cr_expect_eq(runs(&stage), 1);
	cr_expect(render(&stage, "b", &err), "%s", err.msg);
	cr_expect_eq(runs(&stage), 2, "another text is another manifest");
	stage.renderer.istio_version = "1.2.4";
	cr_expect(render(&stage, "a", &err), "%s", err.msg);
	cr_expect_eq(runs(&stage), 3, "another istioctl is another manifest");
	stage_close(&stage);
}

Test(render, a_damaged_cache_is_made_anew)
{
	static const char *const damage[] = {"", "[", "[]", "{}", "7", "[{\"kind\":\"Thi"};
	struct wk_err err = {0};
	struct stage stage;

	stage_open(&stage, "cat >/dev/null; printf 'kind: Thing\\n---\\nn: 7\\n'");
	for (size_t i = 0; i < WK_COUNT(damage); i++) {
		WK_AUTOFREE char *spoil = NULL;

		cr_expect(render(&stage, "a", &err), "'%s': %s", damage[i], err.msg);
		spoil = wk_xasprintf(
			"for f in %s/*; do printf '%%s' '%s' >$f; done", stage.cache, damage[i]);
		cr_assert_eq(system(spoil), 0);
	}
	cr_expect(render(&stage, "a", &err), "%s", err.msg);
	cr_expect_eq(runs(&stage), WK_COUNT(damage) + 1);
	stage_close(&stage);
}

Test(render, what_istioctl_says_is_passed_on)
{
	static const struct {
		const char *script;
		const char *says;
	} rows[] = {
		{"echo 'Error: no such profile' >&2; exit 64",
			"ended with 64, expected 0: Error: no such profile"},
		{"cat >/dev/null; echo 'a: [1'", "istioctl's manifest:"},
		{"cat >/dev/null; echo hello", "found a document that is no object"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_err err = {0};
		struct stage stage;

		stage_open(&stage, rows[i].script);
		cr_expect_not(render(&stage, "a", &err), "%s", rows[i].script);
		cr_expect_not_null(strstr(err.msg, rows[i].says), "%s", err.msg);
		stage_close(&stage);
	}
}
