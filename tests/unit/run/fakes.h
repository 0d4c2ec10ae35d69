#ifndef TESTS_RUN_FAKES_H
#define TESTS_RUN_FAKES_H

#include "wookie/probe/probe.h"

/* Probes that end a worker badly, and the finding of fake probes by their kind. */
struct fake {
	const char *kind;
	wk_probe_fn *fn;
};

wk_probe_fn *fake_find(const struct fake fakes[], size_t n, const char *kind);
/* Dies of SIGSEGV. */
bool fake_crash(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err);
/* Never returns. */
bool fake_hang(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err);

#endif
