/*
 * Nodes
 *
 * What goes wrong below Kubernetes: packets that are dropped or rejected, and components that hang.
 * A node's network namespace is that of its components; iptables runs there as a child of ours.
 */
#include "wookie/base/file.h"
#include "wookie/fault/undo.h"
#include "wookie/proc/cmd.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#define MAX_WORDS 32

static const char *cluster_name(
	const struct wk_fault_env *env, const cJSON *args, struct wk_err *err)
{
	int cluster = wk_fault_cluster(env, args, err);

	return cluster < 0 ? NULL : env->access->topology->clusters[cluster].name;
}

static pid_t component_pid(const struct wk_fault_env *env, const char *cluster,
	const char *component, struct wk_err *err)
{
	pid_t pid = env->component_pid(env->context, cluster, component);

	if (pid <= 0)
		(void)wk_err_set(err, WK_ERR_MISSING, "void: no '%s' runs in the node of '%s'",
			component, cluster);
	return pid;
}

bool wk_fault_iptables(const struct wk_fault_env *env, const char *cluster, const char *action,
	const cJSON *words, struct wk_err *err)
{
	const char *argv[MAX_WORDS + 5] = {"iptables", "-w", "5", action};
	/* An interrupt is why a rule is taken back: it must not keep us from it. */
	struct wk_cmd cmd = {.argv = argv, .deadline = env->deadline, .patience = 1};
	struct wk_cmd_result result = {0};
	pid_t pid = component_pid(env, cluster, "kubelet", err);
	size_t n = 4;
	const cJSON *word;
	bool ok;

	if (pid <= 0)
		return false;
	WK_AUTOFREE char *path = wk_xasprintf("/proc/%d/ns/net", (int)pid);
	int WK_AUTO(wk_close) netns = open(path, O_RDONLY | O_CLOEXEC);

	if (netns < 0)
		return wk_err_sys(err, errno, "%s", path);
	cJSON_ArrayForEach(word, words) if (n < MAX_WORDS + 4) argv[n++] =
		cJSON_GetStringValue(word);
	cmd.netns = netns;
	ok = wk_cmd_run(&cmd, &result, err);
	if (ok && result.exit_code != 0)
		ok = wk_err_set(err, WK_ERR_SYSTEM, "iptables %s: %.*s", action,
			(int)strcspn(wk_buf_str(&result.err), "\n"), wk_buf_str(&result.err));
	wk_cmd_result_finish(&result);
	return ok;
}

bool wk_fault_rule(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	const cJSON *words = cJSON_GetObjectItemCaseSensitive(args, "rule");
	const char *cluster = cluster_name(env, args, err);

	if (!cluster || !wk_fault_iptables(env, cluster, "-I", words, err))
		return false;
	wk_undo_rule(undo, cluster, cJSON_Duplicate(words, true));
	return true;
}

bool wk_fault_stop(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	const char *component = wk_fault_text(args, "component");
	const char *cluster = cluster_name(env, args, err);
	pid_t pid = cluster ? component_pid(env, cluster, component, err) : 0;

	if (pid <= 0)
		return false;
	if (kill(pid, SIGSTOP) < 0)
		return wk_err_sys(err, errno, "stop '%s'", component);
	wk_undo_stopped(undo, pid);
	return true;
}
