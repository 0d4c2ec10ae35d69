#ifndef WOOKIE_PROBE_KINDS_H
#define WOOKIE_PROBE_KINDS_H

#include "wookie/probe/probe.h"

/* What one kind of probe gives to the table: its arguments, its function, and how to see the same
 * by hand (a command that the caller frees). */
#define WK_PROBE_KIND(kind)                                       \
	extern const struct wk_arg_spec wk_probe_##kind##_args[]; \
	wk_probe_fn wk_probe_##kind;                              \
	char *wk_probe_##kind##_by_hand(const struct cJSON *args)

WK_PROBE_KIND(canary);
WK_PROBE_KIND(certificates);
WK_PROBE_KIND(config);
WK_PROBE_KIND(dns);
WK_PROBE_KIND(envoy);
WK_PROBE_KIND(exec);
WK_PROBE_KIND(http);
WK_PROBE_KIND(istiod);
WK_PROBE_KIND(kube);
WK_PROBE_KIND(proxies);
WK_PROBE_KIND(secret);
WK_PROBE_KIND(tcp);
WK_PROBE_KIND(tls);

#endif
