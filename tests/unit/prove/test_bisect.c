#include "wookie/base/mem.h"
#include "wookie/prove/bisect.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MOST = 20 };

/* A mesh that is red while all of some group of changes are in it. */
struct mesh {
	bool in[MOST];
	size_t n;
	unsigned groups[3]; /* bits; 0: no group */
	bool always;        /* red whatever is in it */
	int looks;
	int fails_at; /* the look that cannot be had; 0: none */
	int stuck;    /* a change that cannot be put again, or -1 */
};

static bool back(void *context, size_t at, struct wk_err *err)
{
	struct mesh *mesh = context;

	(void)err;
	cr_expect(mesh->in[at], "%zu was taken back twice", at);
	mesh->in[at] = false;
	return true;
}

static bool again(void *context, size_t at, struct wk_err *err)
{
	struct mesh *mesh = context;

	cr_expect_not(mesh->in[at], "%zu was put in twice", at);
	if (mesh->stuck == (int)at)
		return wk_err_set(err, WK_ERR_REMOTE, "refused");
	mesh->in[at] = true;
	return true;
}

static enum wk_look look(void *context, struct wk_err *err)
{
	struct mesh *mesh = context;
	unsigned in = 0;

	if (++mesh->looks == mesh->fails_at) {
		(void)wk_err_set(err, WK_ERR_REMOTE, "nobody answers");
		return WK_LOOK_FAILED;
	}
	for (size_t i = 0; i < mesh->n; i++)
		in |= (mesh->in[i] ? 1U : 0U) << i;
	for (size_t i = 0; i < WK_COUNT(mesh->groups); i++)
		if (mesh->groups[i] && (in & mesh->groups[i]) == mesh->groups[i])
			return WK_LOOK_RED;
	return mesh->always ? WK_LOOK_RED : WK_LOOK_GREEN;
}

static struct wk_bisect bisect_of(struct mesh *mesh)
{
	memset(mesh->in, true, sizeof(mesh->in));
	return (struct wk_bisect){
		.n = mesh->n, .back = back, .again = again, .look = look, .context = mesh};
}

static const struct {
	const char *name;
	size_t n;
	unsigned groups[3];
	bool always;
	enum wk_culprit kind;
	unsigned culprits;
	int looks; /* at most */
} rows[] = {
	{"the only one", 1, {1}, false, WK_CULPRIT_ONE, 1, 1},
	{"the first of two", 2, {1}, false, WK_CULPRIT_ONE, 1, 4},
	{"the last of three", 3, {4}, false, WK_CULPRIT_ONE, 4, 5},
	{"one of twenty", 20, {1 << 13}, false, WK_CULPRIT_ONE, 1 << 13, 12},
	{"two that each do", 4, {1, 8}, false, WK_CULPRIT_AMONG, 1, 4},
	{"two that only together do", 4, {9}, false, WK_CULPRIT_TOGETHER, 15, 3},
	{"two within a half", 8, {3}, false, WK_CULPRIT_TOGETHER, 3, 5},
	{"none of them", 3, {0}, true, WK_CULPRIT_NONE, 0, 1},
};

Test(bisect, finds_what_makes_it_red_and_leaves_all_as_it_was)
{
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct mesh mesh = {.n = rows[i].n, .always = rows[i].always, .stuck = -1};
		struct wk_bisect bisect = bisect_of(&mesh);
		enum wk_culprit kind = WK_CULPRIT_NONE;
		struct wk_err err = {0};
		bool culprits[MOST] = {0};
		bool in[MOST];
		unsigned found = 0;

		memcpy(mesh.groups, rows[i].groups, sizeof(mesh.groups));
		cr_expect(wk_bisect(&bisect, culprits, in, &kind, &err), "%s: %s", rows[i].name,
			err.msg);
		for (size_t j = 0; j < mesh.n; j++) {
			found |= (culprits[j] ? 1U : 0U) << j;
			cr_expect(mesh.in[j] && in[j], "%s: %zu is not back", rows[i].name, j);
		}
		cr_expect_eq(kind, rows[i].kind, "%s: %d", rows[i].name, (int)kind);
		cr_expect_eq(found, rows[i].culprits, "%s: %x", rows[i].name, found);
		cr_expect_leq(mesh.looks, rows[i].looks, "%s: %d looks", rows[i].name, mesh.looks);
	}
}

Test(bisect, puts_all_back_wherever_a_look_fails)
{
	for (int fails_at = 1; fails_at <= 5; fails_at++) {
		struct mesh mesh = {.n = 3, .groups = {4}, .fails_at = fails_at, .stuck = -1};
		struct wk_bisect bisect = bisect_of(&mesh);
		enum wk_culprit kind = WK_CULPRIT_NONE;
		struct wk_err err = {0};
		bool culprits[MOST];
		bool in[MOST];

		if (wk_bisect(&bisect, culprits, in, &kind, &err))
			cr_expect_gt(fails_at, mesh.looks);
		else
			cr_expect_str_eq(err.msg, "nobody answers");
		for (size_t i = 0; i < mesh.n; i++)
			cr_expect(mesh.in[i], "look %d: %zu", fails_at, i);
	}
}

Test(bisect, what_cannot_be_put_again_is_told_and_the_others_are)
{
	struct mesh mesh = {.n = 4, .groups = {1}, .stuck = 3};
	struct wk_bisect bisect = bisect_of(&mesh);
	enum wk_culprit kind = WK_CULPRIT_NONE;
	struct wk_err err = {0};
	bool culprits[MOST];
	bool in[MOST];

	cr_expect_not(wk_bisect(&bisect, culprits, in, &kind, &err));
	cr_expect_str_eq(err.msg, "refused");
	for (size_t i = 0; i < mesh.n; i++) {
		cr_expect_eq(mesh.in[i], i != 3, "%zu", i);
		cr_expect_eq(in[i], i != 3, "%zu", i);
	}
}
