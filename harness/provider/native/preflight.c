/*
 * Preflight
 *
 * Nothing is concluded from a kernel version, a configuration file or a list of modules: every need
 * is tried, with the very calls and rules that a node uses, in a child that has moved into new
 * namespaces first. The child reports what it found through its pipe, and what it made vanishes
 * with it.
 */
#include "wookie/provider/native.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/proc/cmd.h"
#include "wookie/proc/worker.h"
#include "wookie/provider/native/cgroup.h"
#include "wookie/provider/native/node.h"
#include "wookie/provider/native/wire.h"

#define GIB ((uint64_t)1 << 30)
#define MEMORY_NEED (4 * GIB)
#define CACHE_NEED (3 * GIB)
#define STATE_NEED (GIB / 4)
#define INOTIFY_NEED (2 * WK_NODE_INOTIFY)
#define FOUND_MAX 160
#define TRY_WITHIN (10 * WK_SEC)

struct ask {
	const struct need *need;
	const char *state;
	const char *cache;
	char found[FOUND_MAX]; /* what was seen, good or bad */
};

struct need {
	const char *what;
	const char *fix;
	bool (*try)(struct ask *ask);
	const char *const *run; /* a program and its arguments, where that is the trial */
	int flags;              /* namespaces to move into first */
	bool optional;
};

static bool say(struct ask *ask, bool ok, const char *fmt, ...) WK_PRINTF(3, 4);
static bool say(struct ask *ask, bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(ask->found, sizeof(ask->found), fmt, ap);
	va_end(ap);
	return ok;
}

static bool refused(struct ask *ask)
{
	return say(ask, false, "%s", strerror(errno));
}

static bool be_root(struct ask *ask)
{
	return geteuid() == 0 ? say(ask, true, "yes")
			      : say(ask, false, "running as user %u", (unsigned)geteuid());
}

/* The namespaces were entered already, or this would not have been called. */
static bool be_there(struct ask *ask)
{
	return say(ask, true, "works");
}

static bool make_private(void)
{
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool freeze(struct ask *ask)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	if (!make_private() || mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return refused(ask);
	if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0 || mkdir("/tmp/machine", 0700) < 0 ||
		syscall(SYS_pivot_root, "/tmp", "/tmp/machine") < 0)
		return say(ask, false, "no root of its own: %s", strerror(errno));
	return say(ask, true, "works");
}

static bool layer_etc(struct ask *ask)
{
	if (!make_private() || mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0 ||
		mkdir("/run/upper", 0755) < 0 || mkdir("/run/work", 0755) < 0 ||
		mount("overlay", "/etc", "overlay", 0,
			"lowerdir=/etc,upperdir=/run/upper,workdir=/run/work") < 0)
		return refused(ask);
	return say(ask, true, "works");
}

static bool lay_wire(struct ask *ask, size_t cables)
{
	struct wk_topology topology = {.wire = {.base = 0xc0000200, .bits = 24}};
	struct wk_err err = {0};

	if (!wk_wire_make(&topology, &err) || (cables > 0 && !wk_wire_join(0, getpid(), &err)))
		return say(ask, false, "%s", err.msg);
	return say(ask, true, "works");
}

static bool bridge(struct ask *ask)
{
	return lay_wire(ask, 0);
}

static bool cable(struct ask *ask)
{
	return lay_wire(ask, 1);
}

static bool bridge_filter(struct ask *ask)
{
	int WK_AUTO(wk_close) fd =
		open("/proc/sys/net/bridge/bridge-nf-call-iptables", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		return refused(ask);
	return say(ask, true, "works");
}

static bool run_program(struct ask *ask)
{
	struct wk_cmd cmd = {
		.argv = ask->need->run, .netns = -1, .deadline = wk_now() + TRY_WITHIN / 2};
	struct wk_cmd_result result = {0};
	struct wk_err err = {0};
	bool ok;

	/* The legacy variant keeps its lock file in /run. */
	if ((ask->need->flags & CLONE_NEWNS) &&
		(!make_private() || mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0))
		return refused(ask);
	if (!wk_cmd_run(&cmd, &result, &err)) {
		ok = say(ask, false, "%s", err.msg);
	} else if (result.exit_code != 0) {
		const char *text = wk_buf_str(&result.err);

		ok = say(ask, false, "%.*s", (int)strcspn(text, "\n"), text);
	} else {
		const char *text = wk_buf_str(&result.out);
		int len = (int)strcspn(text, "\n");

		ok = say(ask, true, "%.*s", len ? len : 5, len ? text : "works");
	}
	wk_cmd_result_finish(&result);
	return ok;
}

static bool has_memory(const struct wk_hierarchy *h, const char *base)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(4096);
	struct wk_err ignored = {0};
	char path[512];

	if (h->version == WK_CGROUP_V1)
		return strstr(h->options, "memory") != NULL;
	(void)snprintf(path, sizeof(path), "%s/%s/cgroup.controllers", h->path, base);
	return wk_file_read(path, 4096, &text, &ignored) &&
	       strstr(wk_buf_str(&text), "memory") != NULL;
}

static bool cgroups(struct ask *ask)
{
	struct wk_cgroups groups;
	struct wk_err err = {0};
	char group[WK_CGROUP_NAME];
	const struct wk_hierarchy *memory = NULL;

	if (!wk_cgroups_find(&groups, &err))
		return say(ask, false, "%s", err.msg);
	wk_cgroups_name(&groups, "preflight", getpid(), group);
	for (size_t i = 0; i < groups.n; i++)
		if (has_memory(&groups.list[i], groups.base))
			memory = &groups.list[i];
	if (!memory)
		return say(ask, false, "none of the %zu hierarchies has the memory controller",
			groups.n);
	if (!wk_cgroups_make(&groups, group, &err)) {
		struct wk_err ignored = {0};

		(void)!wk_cgroups_remove(&groups, group, wk_now() + WK_SEC, &ignored);
		return say(ask, false, "%s", err.msg);
	}
	if (!wk_cgroups_remove(&groups, group, wk_now() + WK_SEC, &err))
		return say(ask, false, "%s", err.msg);
	return say(ask, true, "version %d, %zu hierarchies",
		memory->version == WK_CGROUP_V1 ? 1 : 2, groups.n);
}

static bool inotify(struct ask *ask)
{
	int n = 0;

	while (n < INOTIFY_NEED && inotify_init1(IN_CLOEXEC) >= 0)
		n++;
	return say(ask, n == INOTIFY_NEED, "%d instances free, %d needed", n, INOTIFY_NEED);
}

static bool memory(struct ask *ask)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(16384);
	struct wk_err err = {0};
	const char *line;
	char number[24];
	uint64_t kib;

	if (!wk_file_read("/proc/meminfo", 16384, &text, &err))
		return say(ask, false, "%s", err.msg);
	line = strstr(wk_buf_str(&text), "MemAvailable:");
	if (!line)
		return say(ask, false, "/proc/meminfo has no MemAvailable");
	line += strlen("MemAvailable:");
	line += strspn(line, " ");
	(void)snprintf(number, sizeof(number), "%.*s", (int)strcspn(line, " "), line);
	if (!wk_num_parse(number, 0, UINT64_MAX / 1024, &kib, &err))
		return say(ask, false, "%s", err.msg);
	return say(ask, kib * 1024 >= MEMORY_NEED, "%.1f GiB available, %.1f needed",
		(double)kib / (1 << 20), (double)MEMORY_NEED / GIB);
}

/* Of the file system that a folder is or will be on. */
static bool space(struct ask *ask, const char *folder, uint64_t need)
{
	char path[4096];
	struct statvfs fs;
	uint64_t free_bytes;

	(void)snprintf(path, sizeof(path), "%s", folder);
	while (statvfs(path, &fs) < 0) {
		char *slash = strrchr(path, '/');

		if (errno != ENOENT || !slash || slash == path)
			return refused(ask);
		*slash = '\0';
	}
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	return say(ask, free_bytes >= need, "%.1f GiB free at %.80s, %.2f needed",
		(double)free_bytes / GIB, path, (double)need / GIB);
}

/* NULL is where nothing names one. */
static bool named(struct ask *ask, const char *folder, const char *variable)
{
	return folder || say(ask, false, "neither HOME nor %s names a folder", variable);
}

static bool cache_space(struct ask *ask)
{
	return named(ask, ask->cache, "XDG_CACHE_HOME") && space(ask, ask->cache, CACHE_NEED);
}

static bool state_space(struct ask *ask)
{
	return named(ask, ask->state, "XDG_STATE_HOME") && space(ask, ask->state, STATE_NEED);
}

#define RUN(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NET (CLONE_NEWNET)
#define FILTER (CLONE_NEWNET | CLONE_NEWNS)
#define LOAD(module) "run 'modprobe -a " module "', or use a kernel that has it"
#define INSTALL(package) "run 'apt-get install " package "'"

static const struct need needs[] = {
	{"root", "run the same command with sudo", be_root, NULL, 0, false},
	{"network namespace", "use a kernel with CONFIG_NET_NS", be_there, NULL, CLONE_NEWNET,
		false},
	{"mount namespace", "run outside of an unprivileged container", be_there, NULL, CLONE_NEWNS,
		false},
	{"pid namespace", "use a kernel with CONFIG_PID_NS", be_there, NULL, CLONE_NEWPID, false},
	{"uts namespace", "use a kernel with CONFIG_UTS_NS", be_there, NULL, CLONE_NEWUTS, false},
	{"cgroup namespace", "use a kernel with CONFIG_CGROUPS, 4.6 or later", be_there, NULL,
		CLONE_NEWCGROUP, false},
	{"read-only view of the machine", "use Linux 5.12 or later", freeze, NULL, CLONE_NEWNS,
		false},
	{"overlay on memory", LOAD("overlay"), layer_etc, NULL, CLONE_NEWNS, false},
	{"bridge", LOAD("bridge"), bridge, NULL, NET, false},
	{"veth", LOAD("veth"), cable, NULL, NET, false},
	{"br_netfilter", LOAD("br_netfilter"), bridge_filter, NULL, NET, false},
	{"iptables program", INSTALL("iptables"), run_program, RUN("iptables", "--version"), FILTER,
		false},
	{"iptables NAT", LOAD("nft_chain_nat"), run_program,
		RUN("iptables", "-t", "nat", "-A", "POSTROUTING", "-j", "MASQUERADE"), FILTER,
		false},
	{"iptables REDIRECT", LOAD("xt_REDIRECT"), run_program,
		RUN("iptables", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-j", "REDIRECT",
			"--to-ports", "15001"),
		FILTER, false},
	{"iptables owner match", LOAD("xt_owner"), run_program,
		RUN("iptables", "-t", "nat", "-A", "OUTPUT", "-m", "owner", "--uid-owner", "1337",
			"-j", "RETURN"),
		FILTER, false},
	{"iptables CT target", LOAD("xt_CT"), run_program,
		RUN("iptables", "-t", "raw", "-A", "OUTPUT", "-p", "udp", "--dport", "53", "-j",
			"CT", "--zone", "1"),
		FILTER, false},
	{"iptables statistic match", LOAD("xt_statistic"), run_program,
		RUN("iptables", "-t", "nat", "-A", "OUTPUT", "-m", "statistic", "--mode", "random",
			"--probability", "0.5", "-j", "RETURN"),
		FILTER, false},
	{"iptables marks and addresses", LOAD("xt_mark xt_addrtype"), run_program,
		RUN("iptables", "-t", "nat", "-A", "OUTPUT", "-m", "addrtype", "--dst-type",
			"LOCAL", "-m", "comment", "--comment", "preflight", "-j", "MARK",
			"--or-mark", "0x4000"),
		FILTER, false},
	{"connection tracking", LOAD("nf_conntrack"), run_program,
		RUN("iptables", "-A", "FORWARD", "-m", "conntrack", "--ctstate", "INVALID", "-j",
			"DROP"),
		FILTER, false},
	{"memory cgroup", "boot with 'cgroup_enable=memory'", cgroups, NULL, 0, false},
	{"inotify instances", "run 'sysctl fs.inotify.max_user_instances=512'", inotify, NULL, 0,
		false},
	{"memory", "stop other programs or use a larger machine", memory, NULL, 0, false},
	{"disk for components", "free some space or set XDG_CACHE_HOME", cache_space, NULL, 0,
		false},
	{"disk for state", "free some space or set XDG_STATE_HOME", state_space, NULL, 0, false},
	{"busybox program", INSTALL("busybox-static"), run_program, RUN("busybox", "true"), 0,
		true},
};
_Static_assert(WK_COUNT(needs) <= WK_PREFLIGHT_MAX, "results have room for every need");

static int try_it(void *arg, int pipe)
{
	struct ask *ask = arg;
	struct wk_err ignored = {0};
	bool ok = ask->need->flags == 0 || unshare(ask->need->flags) == 0;

	ok = ok ? ask->need->try(ask) : refused(ask);
	(void)!wk_write_all(pipe, ask->found, strlen(ask->found), &ignored);
	return ok ? 0 : 1;
}

static void judge(struct ask *ask, struct wk_preflight_result *result)
{
	struct wk_worker worker;
	struct wk_err err = {0};
	enum wk_worker_end end = WK_WORKER_RUNNING;
	int status = 0;

	*result = (struct wk_preflight_result){
		.what = ask->need->what, .needed = !ask->need->optional};
	(void)snprintf(result->fix, sizeof(result->fix), "%s", ask->need->fix);
	if (geteuid() != 0 && (ask->need->flags != 0 || ask->need->try == cgroups)) {
		(void)snprintf(
			result->found, sizeof(result->found), "cannot be tried without root");
		(void)snprintf(result->fix, sizeof(result->fix), "%s", needs[0].fix);
		return;
	}
	if (!wk_worker_start(&worker, try_it, ask, wk_now() + TRY_WITHIN, FOUND_MAX, &err)) {
		(void)snprintf(result->found, sizeof(result->found), "%s", err.msg);
		return;
	}
	while (end == WK_WORKER_RUNNING) {
		struct pollfd fd = {.fd = worker.pipe, .events = POLLIN};

		(void)poll(&fd, 1, wk_poll_timeout(worker.deadline));
		end = wk_worker_look(&worker, &status);
	}
	result->ok = end == WK_WORKER_EXITED && status == 0;
	(void)snprintf(result->found, sizeof(result->found), "%s",
		end == WK_WORKER_LATE ? "no answer in time" : wk_buf_str(&worker.out));
	wk_worker_finish(&worker);
}

size_t wk_native_preflight(
	const char *state, const char *cache, struct wk_preflight_result results[WK_PREFLIGHT_MAX])
{
	for (size_t i = 0; i < WK_COUNT(needs); i++) {
		struct ask ask = {.need = &needs[i], .state = state, .cache = cache};

		judge(&ask, &results[i]);
	}
	return WK_COUNT(needs);
}
