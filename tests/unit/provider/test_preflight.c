#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "wookie/provider/native.h"

static struct wk_preflight_result find(
	const struct wk_preflight_result *results, size_t n, const char *what)
{
	struct wk_preflight_result found = {.what = ""};

	for (size_t i = 0; i < n; i++)
		if (strcmp(results[i].what, what) == 0)
			found = results[i];
	cr_assert_str_eq(found.what, what);
	return found;
}

Test(preflight, every_need_says_what_was_found_and_what_to_do)
{
	struct wk_preflight_result results[WK_PREFLIGHT_MAX];
	size_t n = wk_native_preflight("/tmp/wookie-test-none/state", "/tmp", results);

	cr_assert_gt(n, 20);
	for (size_t i = 0; i < n; i++) {
		cr_expect_neq(results[i].found[0], '\0', "%s", results[i].what);
		cr_expect_neq(results[i].fix[0], '\0', "%s", results[i].what);
		cr_expect_null(strchr(results[i].found, '\n'), "%s", results[i].what);
	}
}

Test(preflight, without_root_every_trial_that_needs_it_says_so)
{
	struct wk_preflight_result results[WK_PREFLIGHT_MAX];
	struct wk_preflight_result bridge;
	size_t n;

	if (geteuid() == 0)
		cr_assert_eq(setresuid(65534, 65534, 65534), 0);
	n = wk_native_preflight("/tmp", "/tmp", results);
	cr_expect_not(find(results, n, "root").ok);
	bridge = find(results, n, "bridge");
	cr_expect_not(bridge.ok);
	cr_expect_str_eq(bridge.found, "cannot be tried without root");
	cr_expect_str_eq(bridge.fix, "run the same command with sudo");
	cr_expect(find(results, n, "memory").found[0] != '\0');
}

Test(preflight, a_file_system_without_room_is_seen)
{
	struct wk_preflight_result results[WK_PREFLIGHT_MAX];
	struct wk_preflight_result disk;
	/* /proc has no free blocks. */
	size_t n = wk_native_preflight("/proc/wookie", "/tmp", results);

	disk = find(results, n, "disk for state");
	cr_expect_not(disk.ok);
	cr_expect_not_null(strstr(disk.found, "0.0 GiB free at /proc"), "%s", disk.found);
}
