#ifndef WOOKIE_PROBE_POD_H
#define WOOKIE_PROBE_POD_H

#include "wookie/kube/exec.h"
#include "wookie/probe/probe.h"

/* A container as the facts and the suites name it: {"namespace", "name", "container"}. */
struct wk_pod {
	const char *namespace;
	const char *name;
	const char *container;
};

/* Reads a pod from an argument. `container` NULL: the one that the object names; else another one
 * of the same pod, such as its sidecar. False when the argument is no such object. */
bool wk_pod_read(const struct cJSON *args, const char *key, const char *container,
	struct wk_pod *ret, struct wk_err *err) WK_MUST_CHECK;
/* The API server of the cluster that an argument names. NULL: there is no such cluster. */
struct wk_kube *wk_probe_cluster(const struct wk_probe_env *env, const struct cJSON *args,
	const char *key, struct wk_err *err) WK_MUST_CHECK;

/* One command in a container, within the probe's deadline. */
bool wk_pod_exec(const struct wk_probe_env *env, struct wk_kube *kube, const struct wk_pod *pod,
	const char *const *argv, struct wk_exec_result *ret, struct wk_err *err) WK_MUST_CHECK;
/* After an exec that could not be had: is there no such pod, or no such container in it? Then *ret
 * becomes {"absent": [name]}, which is evidence. */
bool wk_pod_absent(const struct wk_probe_env *env, struct wk_kube *kube, const struct wk_pod *pod,
	struct cJSON **ret);

#endif
