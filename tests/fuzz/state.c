/* Any bytes as what a mesh leaves on disk: the record of a process, and the journal of a fault. */
#include "wookie/base/mem.h"
#include "wookie/fault/fault.h"
#include "wookie/provider/native/record.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_record(const char *text)
{
	struct wk_record record = {0};
	struct wk_err err = {0};

	if (!wk_record_parse(text, &record, &err)) {
		if (!err.kind || !*err.msg)
			__builtin_trap();
		return;
	}
	/* Whatever is removed by a record is below a folder of ours. */
	if (record.pid <= 0 || strstr(record.group, "..") || record.group[0] == '/' ||
		!strstr(record.group, "wookie/"))
		__builtin_trap();
}

static void read_journal(const uint8_t *data, size_t size)
{
	struct wk_undo *WK_AUTO(wk_undo_free) undo = NULL;
	struct wk_err err = {0};
	char path[32];
	int fd = memfd_create("journal", MFD_CLOEXEC);

	if (fd < 0)
		return;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size && !wk_undo_load(path, &undo, &err) &&
		(!err.kind || !*err.msg))
		__builtin_trap();
	(void)close(fd);
	if (undo && (!wk_undo_fault(undo) || !wk_undo_since(undo)))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WK_AUTOFREE char *text = wk_xstrndup((const char *)data, size);

	read_record(text);
	read_journal(data, size);
	return 0;
}
