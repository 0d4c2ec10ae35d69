/* Any bytes as a topology file, with one override. */
#include "wookie/conf/topology.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *context, const struct wk_err *err)
{
	(void)context;
	if (err->kind != WK_ERR_INPUT || !*err->msg)
		abort();
}

/* Told all at once: something is, where and only where the first would have been. */
static void lint(struct wk_arena *arena, const char *path)
{
	struct wk_errors errors = {.tell = count};
	struct wk_topology topology;
	struct wk_err err;
	bool loads = wk_topology_load(arena, path, NULL, 0, &topology, &err);

	if (wk_topology_lint(arena, path, &errors, &topology) != loads || loads != (errors.n == 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const sets[] = {"clusters.a.workloads.helloworld.replicas=5"};
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_topology topology;
	struct wk_err err;
	char path[32];
	int fd = memfd_create("topology", MFD_CLOEXEC);

	if (fd < 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size) {
		for (size_t n = 0; n <= WK_COUNT(sets); n++)
			if (!wk_topology_load(arena, path, sets, n, &topology, &err) &&
				err.kind != WK_ERR_INPUT)
				abort();
		lint(arena, path);
	}
	(void)close(fd);
	return 0;
}
