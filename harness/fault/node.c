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
#include "wookie/mesh/object.h"
#include "wookie/proc/cmd.h"
#include "wookie/proc/process.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

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

/* The component as one very process: it is looked for again once that is known. */
static bool find_component(const struct wk_fault_env *env, const char *cluster,
	const char *component, struct wk_process *ret, struct wk_err *err)
{
	pid_t pid = component_pid(env, cluster, component, err);

	if (pid <= 0)
		return false;
	if (wk_process_find(pid, ret, err) &&
		env->component_pid(env->context, cluster, component) == pid)
		return true;
	return wk_err_sys(err, ESRCH, "'%s' of '%s'", component, cluster);
}

/* Runs a program in the network namespace of a node; release the result in either case. */
static bool run_in_node(const struct wk_fault_env *env, const char *cluster,
	const char *const *argv, struct wk_cmd_result *ret, struct wk_err *err)
{
	/* An interrupt is why a change is taken back: it must not keep us from it. */
	struct wk_cmd cmd = {.argv = argv, .deadline = env->deadline, .patience = 1};
	struct wk_process kubelet;
	int WK_AUTO(wk_close) netns = -1;

	*ret = (struct wk_cmd_result){0};
	if (!find_component(env, cluster, "kubelet", &kubelet, err))
		return false;
	netns = wk_process_netns(&kubelet, err);
	if (netns < 0)
		return false;
	cmd.netns = netns;
	return wk_cmd_run(&cmd, ret, err);
}

static bool complain(
	const char *const *argv, const struct wk_cmd_result *result, struct wk_err *err)
{
	return wk_err_set(err, WK_ERR_SYSTEM, "%s: %.*s", argv[0],
		(int)strcspn(wk_buf_str(&result->err), "\n"), wk_buf_str(&result->err));
}

static bool do_in_node(const struct wk_fault_env *env, const char *cluster, const char *const *argv,
	struct wk_err *err)
{
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};

	return run_in_node(env, cluster, argv, &result, err) &&
	       (result.exit_code == 0 || complain(argv, &result, err));
}

/* "iptables ACTION WORDS"; the caller frees the array. NULL with an error where a word is none. */
static const char **rule_argv(const char *action, const cJSON *words, struct wk_err *err)
{
	const char *const head[] = {"iptables", "-w", "5", action};
	const char **argv =
		wk_xcalloc((size_t)cJSON_GetArraySize(words) + WK_COUNT(head) + 1, sizeof(*argv));
	size_t n = 0;
	const cJSON *word;

	for (; n < WK_COUNT(head); n++)
		argv[n] = head[n];
	cJSON_ArrayForEach(word, words)
	{
		argv[n] = cJSON_GetStringValue(word);
		if (argv[n++])
			continue;
		(void)wk_err_set(
			err, WK_ERR_INPUT, "rule: expected a text as word %zu", n - WK_COUNT(head));
		free(argv);
		return NULL;
	}
	return argv;
}

static const cJSON *last_ready(const cJSON *pods)
{
	const cJSON *last = NULL;
	const cJSON *pod = NULL;

	cJSON_ArrayForEach(pod, cJSON_GetObjectItemCaseSensitive(pods, "items"))
	{
		if (wk_pod_is_ready(pod) && wk_object_text(pod, "status.podIP") &&
			(!last || strcmp(wk_object_name(pod), wk_object_name(last)) > 0))
			last = pod;
	}
	return last;
}

/* Puts the address of the pod in the place of POD, where args name one. */
static bool aim(const struct wk_fault_env *env, const cJSON *args, cJSON *words, struct wk_err *err)
{
	const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(args, "pod");
	const char *namespace = wk_fault_text(wanted, "namespace");
	const char *selector = wk_fault_text(wanted, "selector");
	int cluster = wanted ? wk_fault_cluster(env, args, err) : 0;
	WK_AUTOFREE char *path = NULL;
	const cJSON *pod = NULL;
	cJSON *pods = NULL;

	if (!wanted)
		return true;
	if (cluster < 0)
		return false;
	path = wk_xasprintf("/api/v1/namespaces/%s/pods?labelSelector=%s",
		namespace ? namespace : "default", selector ? selector : "");
	if (!wk_kube_get(
		    wk_access_kube(env->access, (size_t)cluster), path, env->deadline, &pods, err))
		return false;
	pod = last_ready(pods);
	for (cJSON *word = words->child; pod && word; word = word->next)
		if (wk_same_text(cJSON_GetStringValue(word), "POD"))
			(void)cJSON_SetValuestring(word, wk_object_text(pod, "status.podIP"));
	cJSON_Delete(pods);
	return pod ||
	       wk_fault_void(err, "no pod is ready with '%s'", selector ? selector : "no label");
}

bool wk_fault_rule(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	const char *cluster = cluster_name(env, args, err);
	cJSON *words = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(args, "rule"), true);
	WK_AUTOFREE const char **argv =
		cluster && aim(env, args, words, err) ? rule_argv("-I", words, err) : NULL;

	if (!argv) {
		cJSON_Delete(words);
		return false;
	}
	return wk_undo_add(undo, WK_UNDO_RULE, cluster, words, err) &&
	       do_in_node(env, cluster, argv, err);
}

bool wk_fault_rule_back(
	const struct wk_fault_env *env, const char *cluster, const cJSON *words, struct wk_err *err)
{
	WK_AUTOFREE const char **look = rule_argv("-C", words, err);
	WK_AUTOFREE const char **take = look ? rule_argv("-D", words, err) : NULL;
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};

	if (!take || !run_in_node(env, cluster, look, &result, err))
		return false;
	/* iptables(8): 1 is what it says of a rule that is not there; 2 of words it does not know. */
	if (result.exit_code == 1)
		return true;
	return result.exit_code == 0 ? do_in_node(env, cluster, take, err)
				     : complain(look, &result, err);
}

bool wk_fault_rule_again(
	const struct wk_fault_env *env, const char *cluster, const cJSON *words, struct wk_err *err)
{
	WK_AUTOFREE const char **look = rule_argv("-C", words, err);
	WK_AUTOFREE const char **put = look ? rule_argv("-I", words, err) : NULL;
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};

	if (!put || !run_in_node(env, cluster, look, &result, err))
		return false;
	return result.exit_code == 0 || do_in_node(env, cluster, put, err);
}

bool wk_fault_unshape(const struct wk_fault_env *env, const char *cluster, struct wk_err *err)
{
	const char *const look[] = {"tc", "qdisc", "show", "dev", WIRE, "root", NULL};
	const char *const take[] = {"tc", "qdisc", "del", "dev", WIRE, "root", NULL};
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};

	if (!run_in_node(env, cluster, look, &result, err))
		return false;
	if (result.exit_code != 0)
		return complain(look, &result, err);
	return !strstr(wk_buf_str(&result.out), "htb 1:") || do_in_node(env, cluster, take, err);
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

	if (!wk_undo_add(undo, WK_UNDO_SHAPE, cluster, NULL, err))
		return false;
	for (size_t i = 0; i < WK_COUNT(steps); i++)
		if (!do_in_node(env, cluster, steps[i], err))
			return false;
	return true;
}

static bool send_to(const struct wk_fault_env *env, const char *cluster, const char *component,
	int number, struct wk_err *err)
{
	struct wk_process process;

	return find_component(env, cluster, component, &process, err) &&
	       (wk_process_send(&process, number, err) || wk_err_context(err, "'%s'", component));
}

bool wk_fault_thaw(const struct wk_fault_env *env, const char *cluster, const char *component,
	struct wk_err *err)
{
	return send_to(env, cluster, component, SIGCONT, err);
}

bool wk_fault_stop(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	const char *component = wk_fault_text(args, "component");
	const char *cluster = cluster_name(env, args, err);

	return cluster && component_pid(env, cluster, component, err) > 0 &&
	       wk_undo_add(undo, WK_UNDO_STOPPED, cluster, cJSON_CreateString(component), err) &&
	       send_to(env, cluster, component, SIGSTOP, err);
}
