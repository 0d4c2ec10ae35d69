/*
 * The image store
 *
 * All nodes of all runs start from one containerd root in which the images are already imported and
 * unpacked. It is filled once, by a containerd that sees nothing of the machine but its programs:
 * /run is its own, the folders it needs are bound there under short names (a socket's path may not
 * be long), and the process namespace takes everything down with its first process. The part of
 * containerd that talks to Kubernetes is off, so that no sandbox and no network is ever set up
 * here.
 */
#include "wookie/component/store.h"

#include "wookie/base/file.h"
#include "wookie/base/mem.h"
#include "wookie/proc/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE "/run/wookie"
#define SOCKET BASE "/containerd.sock"
#define CONFIG BASE "/containerd.toml"
#define LOG BASE "/containerd.log"

/* A slow disk needs its time for 400 MB. */
#define IMPORT_MAX (300 * WK_SEC)
#define START_MAX (30 * WK_SEC)

static const char config[] =
	"version = 2\n"
	"root = \"" BASE "/store\"\n"
	"state = \"" BASE "/state\"\n"
	"disabled_plugins = [\"io.containerd.grpc.v1.cri\", \"io.containerd.internal.v1.opt\",\n"
	"  \"io.containerd.internal.v1.restart\", \"io.containerd.internal.v1.tracing\",\n"
	"  \"io.containerd.tracing.processor.v1.otlp\", \"io.containerd.snapshotter.v1.aufs\",\n"
	"  \"io.containerd.snapshotter.v1.btrfs\", \"io.containerd.snapshotter.v1.devmapper\",\n"
	"  \"io.containerd.snapshotter.v1.native\", \"io.containerd.snapshotter.v1.zfs\"]\n"
	"[grpc]\n"
	"address = \"" SOCKET "\"\n"
	"[ttrpc]\n"
	"address = \"" BASE "/containerd.ttrpc\"\n";

/* The folders as they were before /run was covered: they may lie below it. */
struct folders {
	int programs;
	int archives;
	int store;
};

static int open_folder(const char *path, struct wk_err *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		(void)wk_err_sys(err, errno, "%s", path);
	return fd;
}

static bool bind_folder(int fd, const char *name, struct wk_err *err)
{
	WK_AUTOFREE char *target = wk_xasprintf(BASE "/%s", name);
	WK_AUTOFREE char *source = wk_xasprintf("/proc/self/fd/%d", fd);

	if (!wk_mkdir_p(target, 0700, err))
		return false;
	return mount(source, target, NULL, MS_BIND, NULL) == 0 ||
	       wk_err_sys(err, errno, "bind '%s'", target);
}

static bool make_room(const struct folders *folders, struct wk_err *err)
{
	if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") < 0)
		return wk_err_sys(err, errno, "mount an own /run");
	return bind_folder(folders->programs, "programs", err) &&
	       bind_folder(folders->archives, "archives", err) &&
	       bind_folder(folders->store, "store", err) && wk_mkdir_p(BASE "/state", 0700, err) &&
	       wk_file_write(CONFIG, config, strlen(config), 0600, err);
}

static _Noreturn void become_containerd(void)
{
	int fd = open(LOG, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)dup2(fd, STDOUT_FILENO);
	(void)dup2(fd, STDERR_FILENO);
	(void)execl(BASE "/programs/containerd", "containerd", "-c", CONFIG, (char *)NULL);
	perror("containerd");
	_exit(127);
}

static bool answers(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	int WK_AUTO(wk_close) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

/* Ends with its last words where it did not stay. */
static bool containerd_gone(struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) log = {0};
	struct wk_err ignored;
	const char *text = "";

	if (wk_file_read(LOG, (size_t)1 << 20, &log, &ignored))
		text = wk_buf_str(&log);
	size_t len = strlen(text);
	return wk_err_set(
		err, WK_ERR_SYSTEM, "containerd ended: %s", len > 300 ? text + len - 300 : text);
}

static bool wait_until_it_answers(pid_t containerd, struct wk_err *err)
{
	wk_nsec deadline = wk_now() + START_MAX;

	while (!answers()) {
		if (waitpid(containerd, NULL, WNOHANG) == containerd)
			return containerd_gone(err);
		if (wk_now() > deadline)
			return wk_err_set(
				err, WK_ERR_TIMEOUT, "containerd did not answer within 30 s");
		wk_pause(20 * WK_MSEC);
	}
	return true;
}

static bool ctr(const char *const *args, size_t count, struct wk_buf *out, struct wk_err *err)
{
	const char *argv[16] = {BASE "/programs/ctr", "--address", SOCKET, "--namespace", "k8s.io"};
	struct wk_cmd cmd = {.argv = argv, .netns = -1, .deadline = wk_now() + IMPORT_MAX};
	struct wk_cmd_result WK_AUTO(wk_cmd_result_finish) result = {0};

	memcpy(argv + 5, args, count * sizeof(*args));
	if (!wk_cmd_run(&cmd, &result, err))
		return false;
	if (result.exit_code != 0)
		return wk_err_set(err, WK_ERR_SYSTEM, "ctr images %s: %.300s", args[1],
			result.timed_out ? "did not end within 5 min" : wk_buf_str(&result.err));
	if (out) {
		*out = result.out;
		result.out = (struct wk_buf){0};
	}
	return true;
}

static void say(int progress, const char *name)
{
	WK_AUTOFREE char *line = wk_xasprintf("importing %s\n", name);
	struct wk_err ignored;

	/* Progress that nobody takes is no reason to stop. */
	if (!wk_write_all(progress, line, strlen(line), &ignored))
		return;
}

static bool import_all(const struct wk_store_import *import, int progress, struct wk_err *err)
{
	const char *label[] = {
		"images", "label", import->pinned, "io.cri-containerd.image=managed"};
	const char *list[] = {"images", "list", "--quiet"};
	struct wk_buf WK_AUTO(wk_buf_finish) names = {0};

	for (size_t i = 0; i < import->count; i++) {
		WK_AUTOFREE char *path = wk_xasprintf(BASE "/archives/%zu.tar", i);
		const char *args[] = {"images", "import", path};
		say(progress, import->names[i]);
		if (!ctr(args, WK_COUNT(args), NULL, err))
			return wk_err_context(err, "image '%s'", import->names[i]);
	}
	if (!ctr(label, WK_COUNT(label), NULL, err) || !ctr(list, WK_COUNT(list), &names, err))
		return false;
	for (size_t i = 0; i < import->count; i++)
		if (!strstr(wk_buf_str(&names), import->names[i]))
			return wk_err_set(err, WK_ERR_SYSTEM,
				"image '%s' is not in the store after its import",
				import->names[i]);
	return true;
}

/* The first process of the process namespace: when it ends, so does everything in there. */
static bool run_inside(const struct wk_store_import *import, int progress, struct wk_err *err)
{
	int status = 0;

	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return wk_err_sys(err, errno, "mount an own /proc");
	pid_t containerd = fork();
	if (containerd < 0)
		return wk_err_sys(err, errno, "start containerd");
	if (containerd == 0)
		become_containerd();
	if (!wait_until_it_answers(containerd, err) || !import_all(import, progress, err))
		return false;
	/* It closes its databases in order. */
	(void)kill(containerd, SIGTERM);
	while (waitpid(containerd, &status, 0) < 0 && errno == EINTR)
		continue;
	return true;
}

static _Noreturn void first_process(const struct wk_store_import *import, int progress, int report)
{
	struct wk_err err = {0};
	struct wk_err ignored;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (run_inside(import, progress, &err))
		_exit(0);
	_exit(wk_write_all(report, &err, sizeof(err), &ignored) ? 1 : 2);
}

static bool wait_for_report(pid_t pid, int report, struct wk_err *err)
{
	struct wk_err found = {0};
	int status = 0;
	ssize_t n = read(report, &found, sizeof(found));

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status == 0)
		return true;
	if (n == (ssize_t)sizeof(found))
		*err = found;
	else
		(void)wk_err_set(err, WK_ERR_SYSTEM, "the import of the images was killed");
	return false;
}

static bool run_in_namespaces(
	const struct wk_store_import *import, int progress, struct wk_err *err)
{
	int report[2];
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0)
		return wk_err_sys(err, errno, "make a pipe");
	pid = fork();
	if (pid == 0)
		first_process(import, progress, report[1]);
	wk_close(report[1]);
	bool ok = pid < 0 ? wk_err_sys(err, errno, "start a process namespace")
			  : wait_for_report(pid, report[0], err);
	wk_close(report[0]);
	return ok;
}

bool wk_store_import(const struct wk_store_import *import, int progress, struct wk_err *err)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET) < 0)
		return wk_err_sys(err, errno, "make namespaces for the import of the images");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return wk_err_sys(err, errno, "keep mounts private");
	/* Only now: a folder of another mount namespace cannot be bound. */
	int WK_AUTO(wk_close) programs = open_folder(import->programs, err);
	int WK_AUTO(wk_close) archives = open_folder(import->archives, err);
	int WK_AUTO(wk_close) store = open_folder(import->folder, err);
	if (programs < 0 || archives < 0 || store < 0)
		return false;
	return make_room(&(struct folders){programs, archives, store}, err) &&
	       run_in_namespaces(import, progress, err);
}
