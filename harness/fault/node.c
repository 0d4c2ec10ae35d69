/*
 * Nodes
 *
 * What goes wrong below Kubernetes: packets that are dropped, rejected or late, and components that
 * hang. A node's network namespace is that of its components; iptables and tc run there as children
 * of ours.
 */
#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/fault/undo.h"
#include "wookie/proc/cmd.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#define MAX_WORDS 32
/* A node's way to the wire (harness/provider/native/wire.c). */
#define WIRE "eth0"
#define PACKET_BYTES 2000 /* more than any packet has */

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
		(void)wk_fault_void(err, "no '%s' runs in the node of '%s'", component, cluster);
	return pid;
}

/* Runs a program in the network namespace of a node. */
static bool run_in_node(const struct wk_fault_env *env, const char *cluster,
	const char *const *argv, struct wk_err *err)
{
	/* An interrupt is why a change is taken back: it must not keep us from it. */
	struct wk_cmd cmd = {.argv = argv, .deadline = env->deadline, .patience = 1};
	struct wk_cmd_result result = {0};
	pid_t pid = component_pid(env, cluster, "kubelet", err);
	bool ok;

	if (pid <= 0)
		return false;
	WK_AUTOFREE char *path = wk_xasprintf("/proc/%d/ns/net", (int)pid);
	int WK_AUTO(wk_close) netns = open(path, O_RDONLY | O_CLOEXEC);

	if (netns < 0)
		return wk_err_sys(err, errno, "%s", path);
	cmd.netns = netns;
	ok = wk_cmd_run(&cmd, &result, err);
	if (ok && result.exit_code != 0)
		ok = wk_err_set(err, WK_ERR_SYSTEM, "%s: %.*s", argv[0],
			(int)strcspn(wk_buf_str(&result.err), "\n"), wk_buf_str(&result.err));
	wk_cmd_result_finish(&result);
	return ok;
}

bool wk_fault_iptables(const struct wk_fault_env *env, const char *cluster, const char *action,
	const cJSON *words, struct wk_err *err)
{
	const char *argv[MAX_WORDS + 5] = {"iptables", "-w", "5", action};
	size_t n = 4;
	const cJSON *word;

	cJSON_ArrayForEach(word, words) if (n < MAX_WORDS + 4) argv[n++] =
		cJSON_GetStringValue(word);
	return run_in_node(env, cluster, argv, err);
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

bool wk_fault_unshape(const struct wk_fault_env *env, const char *cluster, struct wk_err *err)
{
	return run_in_node(env, cluster,
		(const char *const[]){"tc", "qdisc", "del", "dev", WIRE, "root", NULL}, err);
}

/* Two classes: everything as fast as it gets, and one port behind a queue of its own, which is short,
 * or it would hold minutes of traffic. Of all disciplines that know classes, HTB is the one that
 * kernels without modules have; it thinks in bits, so each packet counts as equally large. */
bool wk_fault_shape(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(args, "port");
	const char *cluster = cluster_name(env, args, err);
	wk_nsec each = 0;

	if (!cluster || !wk_duration_parse(wk_fault_text(args, "each"), &each, err))
		return false;
	if (each < WK_MSEC)
		return wk_err_set(err, WK_ERR_INPUT, "a packet has to take a millisecond or more");

	WK_AUTOFREE char *port = wk_xasprintf("%.0f", cJSON_GetNumberValue(number));
	WK_AUTOFREE char *size = wk_xasprintf("%d", PACKET_BYTES);
	WK_AUTOFREE char *rate =
		wk_xasprintf("%lldbit", (long long)((wk_nsec)PACKET_BYTES * 8 * WK_SEC / each));
	const char *const steps[][24] = {
		{"tc", "qdisc", "add", "dev", WIRE, "root", "handle", "1:", "htb", "default", "1"},
		{"tc", "class", "add", "dev", WIRE, "parent", "1:", "classid", "1:1", "htb", "rate",
			"10gbit", "quantum", "60000"},
		{"tc", "class", "add", "dev", WIRE, "parent", "1:", "classid", "1:2", "htb", "rate",
			rate, "mpu", size, "quantum", size},
		{"tc", "qdisc", "add", "dev", WIRE, "parent", "1:2", "pfifo", "limit", "10"},
		{"tc", "filter", "add", "dev", WIRE, "parent", "1:", "protocol", "ip", "u32",
			"match", "ip", "sport", port, "0xffff", "flowid", "1:2"},
	};

	for (size_t i = 0; i < WK_COUNT(steps); i++) {
		if (!run_in_node(env, cluster, steps[i], err))
			return false;
		if (i == 0)
			wk_undo_shape(undo, cluster);
	}
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
