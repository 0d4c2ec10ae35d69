#ifndef WOOKIE_PROVIDER_NATIVE_RECORD_H
#define WOOKIE_PROVIDER_NATIVE_RECORD_H

#include "wookie/base/clock.h"
#include "wookie/base/err.h"

#include <stdint.h>
#include <sys/types.h>

/* Which process something was, so that it is never mistaken for another that got its pid later:
 * pid, start time in clock ticks since boot (proc(5), /proc/PID/stat field 22) and boot id. */
struct wk_record {
	pid_t pid;
	uint64_t start;
	char boot[40];
	wk_nsec since;   /* wk_now() when it was written */
	char group[512]; /* cgroup below the top of every hierarchy: ".../wookie/MESH.PID..." */
};

/* Of a process that lives now. */
bool wk_record_of(
	pid_t pid, const char *group, struct wk_record *ret, struct wk_err *err) WK_MUST_CHECK;
bool wk_record_write(
	const struct wk_record *record, const char *path, struct wk_err *err) WK_MUST_CHECK;
bool wk_record_read(const char *path, struct wk_record *ret, struct wk_err *err) WK_MUST_CHECK;
bool wk_record_parse(const char *text, struct wk_record *ret, struct wk_err *err) WK_MUST_CHECK;

/* Written since this machine was started last. */
bool wk_record_this_boot(const struct wk_record *record);
/* That very process is alive (a zombie is not). */
bool wk_record_alive(const struct wk_record *record);
/* A pidfd of that very process, or -1 when it is gone. */
int wk_record_open(const struct wk_record *record);
/* A signal to that very process and no other. */
bool wk_record_send(const struct wk_record *record, int number, struct wk_err *err) WK_MUST_CHECK;

#endif
