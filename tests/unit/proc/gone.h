#ifndef TESTS_PROC_GONE_H
#define TESTS_PROC_GONE_H

#include "wookie/base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

static inline bool runs(pid_t pid)
{
	char path[64];
	char line[256] = "";
	const char *name_end;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	(void)fclose(file);
	name_end = strrchr(line, ')');
	/* proc(5): the state follows the name; a zombie only waits for init. */
	return name_end && name_end[1] && name_end[2] != 'Z';
}

/* True once the process has ended; waits as long as a loaded machine may need. */
static inline bool gone(pid_t pid)
{
	wk_nsec deadline = wk_now() + 5 * WK_SEC;

	while (runs(pid) && wk_now() < deadline)
		wk_pause(5 * WK_MSEC);
	return !runs(pid);
}

#endif
