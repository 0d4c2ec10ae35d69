/*
 * What a node does to packets
 *
 * Rules, queueing disciplines, routes and settings of its network namespace, and its components with
 * their arguments. What kube-proxy and the CNI write for pods follows from objects, so it is left out.
 */
#include "wookie/suspect/suspect.h"

#include "wookie/base/file.h"
#include "wookie/proc/cmd.h"
#include "wookie/proc/ns.h"
#include "wookie/proc/process.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TIME (3 * WK_SEC)
#define MAX_FILE ((size_t)64 * 1024)

static const char *const components[] = {"etcd", "containerd", "kube-apiserver",
	"kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"};
static const char *const settings[] = {"net/ipv4/ip_forward", "net/ipv4/tcp_mtu_probing",
	"net/ipv4/conf/all/rp_filter", "net/ipv4/conf/eth0/rp_filter",
	"net/ipv4/ip_local_port_range", "net/ipv4/icmp_echo_ignore_all", "net/ipv4/tcp_syncookies"};

/* Of a line of iptables-save: what belongs to a table, without what others keep there. */
static bool is_foreign(const char *line)
{
	return strstr(line, "KUBE-") || strstr(line, "CNI-") || *line == '#' ||
	       strcmp(line, "COMMIT") == 0 || *line == '\0';
}

static void add_rules(cJSON *rules, char *text)
{
	char table[32] = "";
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *counters = *line == ':' ? strrchr(line, '[') : NULL;

		if (*line == '*')
			(void)snprintf(table, sizeof(table), "%s", line + 1);
		if (*line == '*' || is_foreign(line))
			continue;
		if (counters)
			*counters = '\0';
		WK_AUTOFREE char *row = wk_xasprintf("%s %s", table, line);

		(void)cJSON_AddTrueToObject(rules, row);
	}
}

/* Lines about the way to the wire; veth pairs come and go with pods. */
static void add_wire(cJSON *to, char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t len = strlen(line);

		while (len && line[len - 1] == ' ')
			line[--len] = '\0';
		if (strstr(line, "dev eth0") || strstr(line, "dev lo "))
			(void)cJSON_AddTrueToObject(to, line);
	}
}

static void ask(cJSON *to, const char *const *argv, int netns, void (*add)(cJSON *to, char *text))
{
	struct wk_cmd cmd = {.argv = argv, .netns = netns, .deadline = wk_now() + TIME};
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};
	struct wk_err ignored;

	if (wk_cmd_run(&cmd, &result, &ignored) && result.out.data)
		add(to, result.out.data);
}

static void add_process(cJSON *to, const char *name, pid_t pid)
{
	WK_AUTOFREE char *arguments = wk_xasprintf("/proc/%d/cmdline", (int)pid);
	struct wk_buf WK_AUTO(wk_buf_finish) line = WK_BUF_INIT(MAX_FILE);
	struct wk_process_look look = {0};
	struct wk_err ignored;
	cJSON *process;

	if (!wk_file_read(arguments, MAX_FILE, &line, &ignored) ||
		!wk_process_look(pid, &look, &ignored))
		return;
	for (size_t i = 0; i + 1 < line.len; i++)
		if (line.data[i] == '\0')
			line.data[i] = ' ';
	process = cJSON_AddObjectToObject(to, name);
	(void)cJSON_AddStringToObject(process, "state", look.state == 'T' ? "stopped" : "running");
	(void)cJSON_AddStringToObject(process, "arguments", wk_buf_str(&line));
}

static void add_settings(cJSON *to)
{
	for (size_t i = 0; i < WK_COUNT(settings); i++) {
		WK_AUTOFREE char *path = wk_xasprintf("/proc/sys/%s", settings[i]);
		struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_FILE);
		struct wk_err ignored;

		if (!wk_file_read(path, MAX_FILE, &text, &ignored))
			continue;
		WK_AUTOFREE char *row = wk_xasprintf("%s = %.*s", settings[i],
			(int)strcspn(wk_buf_str(&text), "\n"), wk_buf_str(&text));

		(void)cJSON_AddTrueToObject(to, row);
	}
}

void wk_suspect_node(const struct wk_snapshot_job *job, const char *cluster, cJSON *entry)
{
	cJSON *node = cJSON_AddObjectToObject(entry, "node");
	cJSON *processes = cJSON_AddObjectToObject(node, "processes");
	pid_t any = job->component_pid(job->context, cluster, "kubelet");
	WK_AUTOFREE char *path = wk_xasprintf("/proc/%d/ns/net", (int)any);
	int WK_AUTO(wk_close) netns = open(path, O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < WK_COUNT(components); i++) {
		pid_t pid = job->component_pid(job->context, cluster, components[i]);

		if (pid > 0)
			add_process(processes, components[i], pid);
	}
	if (any <= 0 || netns < 0)
		return;
	ask(cJSON_AddObjectToObject(node, "rules"), (const char *const[]){"iptables-save", NULL},
		netns, add_rules);
	ask(cJSON_AddObjectToObject(node, "qdiscs"),
		(const char *const[]){"tc", "qdisc", "show", NULL}, netns, add_wire);
	ask(cJSON_AddObjectToObject(node, "routes"),
		(const char *const[]){"ip", "route", "show", NULL}, netns, add_wire);
	struct wk_err ignored;

	if (wk_ns_enter(netns, &ignored))
		add_settings(cJSON_AddObjectToObject(node, "sysctls"));
}
