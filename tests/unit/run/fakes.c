#include "fakes.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

wk_probe_fn *fake_find(const struct fake fakes[], size_t n, const char *kind)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fakes[i].kind, kind) == 0)
			return fakes[i].fn;
	return NULL;
}

bool fake_crash(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)ret;
	(void)err;
	(void)signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return false;
}

bool fake_hang(const struct wk_probe_env *env, const struct cJSON *args, struct cJSON **ret,
	struct wk_err *err)
{
	(void)env;
	(void)args;
	(void)ret;
	(void)err;
	while (pause() < 0)
		;
	return false;
}
