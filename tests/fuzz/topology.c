/* Any bytes as a topology file, with one override. */
#include "wookie/conf/topology.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	}
	(void)close(fd);
	return 0;
}
