/*
 * A node's view of the file system
 *
 * A root of its own, in memory. Of the machine it shows, read-only, what a node's programs run on:
 * /usr with its libraries, the few files of /etc that those read, and the harmless devices. Nothing
 * else is there, so that a pod that mounts the node's "/" finds no /root, no /home, no /etc/shadow and
 * no other mesh's keys. Nothing is created before the mount that receives it, so not even a folder
 * ever appears on the machine. What the node needs from outside (programs, images, its own state)
 * may lie anywhere, also below /tmp: it is opened first and bound to fixed places afterwards, while the
 * machine's root is still mounted below ours; that goes last of all.
 *
 * Kernel settings outside the network namespace belong to the machine. /proc/sys is read-only but
 * for net, and the few values that kubelet insists on are shown to it from files.
 */
#include "wookie/provider/native/node.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wookie/base/file.h"

#define CONTENT "io.containerd.content.v1.content"
#define META "io.containerd.metadata.v1.bolt"
#define OVERLAY "io.containerd.snapshotter.v1.overlayfs"
#define CONTAINERD_ROOT "/var/lib/containerd"
#define MACHINE "/machine" /* where its root is until the node is furnished */

static bool put_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const char *data, struct wk_err *err)
{
	if (mount(source, target, type, flags, data) < 0)
		return wk_err_sys(err, errno, "mounting %s on %s", type ? type : source, target);
	return true;
}

/* Binds what a descriptor stands for. `mode` is MS_RDONLY or 0. */
static bool bind_fd(int fd, const char *target, unsigned long mode, struct wk_err *err)
{
	char source[64];

	(void)snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
	return put_mount(source, target, NULL, MS_BIND, NULL, err) &&
	       put_mount(source, target, NULL, MS_REMOUNT | MS_BIND | mode, NULL, err);
}

static bool make_folders(const char *const *paths, struct wk_err *err)
{
	for (; *paths; paths++)
		if (!wk_mkdir_p(*paths, 0755, err))
			return false;
	return true;
}

static int open_path(const char *path, struct wk_err *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		(void)wk_err_sys(err, errno, "%s", path);
	return fd;
}

/* Everything that is mounted now becomes private and read-only, at once and for all below. */
static bool freeze_host(struct wk_err *err)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	if (!put_mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL, err))
		return false;
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return wk_err_sys(err, errno, "making the machine's file system read-only");
	return true;
}

/* kubelet refuses to start unless it reads these values or can write them
 * (kubernetes/pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables). */
static bool show_tunables(struct wk_err *err)
{
	static const struct {
		const char *path;
		const char *value;
	} tunables[] = {
		{"/proc/sys/vm/overcommit_memory", "1\n"},
		{"/proc/sys/vm/panic_on_oom", "0\n"},
		{"/proc/sys/kernel/panic", "10\n"},
		{"/proc/sys/kernel/panic_on_oops", "1\n"},
		{"/proc/sys/kernel/keys/root_maxkeys", "1000000\n"},
		{"/proc/sys/kernel/keys/root_maxbytes", "25000000\n"},
	};

	for (size_t i = 0; i < WK_COUNT(tunables); i++) {
		char file[64];

		(void)snprintf(file, sizeof(file), "/run/wookie/sys/%zu", i);
		if (!wk_path_exists(tunables[i].path))
			continue;
		if (!wk_file_write(file, tunables[i].value, strlen(tunables[i].value), 0644, err) ||
			!put_mount(file, tunables[i].path, NULL, MS_BIND, NULL, err))
			return false;
	}
	return true;
}

static bool guard_settings(struct wk_err *err)
{
	return put_mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL, err) &&
	       put_mount("none", "/proc/sys", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL, err) &&
	       put_mount("/proc/sys/net", "/proc/sys/net", NULL, MS_BIND, NULL, err) &&
	       put_mount("none", "/proc/sys/net", NULL, MS_REMOUNT | MS_BIND, NULL, err) &&
	       show_tunables(err);
}

static bool enter_root(struct wk_err *err)
{
	if (!put_mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755", err))
		return false;
	if (mkdir("/tmp" MACHINE, 0700) < 0 ||
		syscall(SYS_pivot_root, "/tmp", "/tmp" MACHINE) < 0 || chdir("/") < 0)
		return wk_err_sys(err, errno, "a root of the node's own");
	return true;
}

static bool leave_machine(struct wk_err *err)
{
	if (umount2(MACHINE, MNT_DETACH) < 0 || rmdir(MACHINE) < 0)
		return wk_err_sys(err, errno, "letting go of the machine's file system");
	return true;
}

static bool fresh_folders(struct wk_err *err)
{
	static const char *const folders[] = {"/proc", "/sys", "/etc", "/run/lock", "/run/netns",
		WK_NODE_BIN, WK_NODE_CNI, WK_NODE_CONF, WK_NODE_STATE, "/run/wookie/sys",
		"/var/lib", "/var/log", "/var/cache", "/tmp", "/var/tmp", "/dev/pts", "/dev/shm",
		"/dev/mqueue", NULL};

	if (!make_folders(folders, err))
		return false;
	if (chmod("/tmp", 01777) < 0 || chmod("/var/tmp", 01777) < 0 ||
		symlink("/run", "/var/run") < 0 || symlink("/run/lock", "/var/lock") < 0)
		return wk_err_sys(err, errno, "/var/run");
	return true;
}

/* Programs and libraries. Where /bin and its like are links into /usr they stay such. */
static bool show_programs(struct wk_err *err)
{
	static const char *const names[] = {
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};

	for (size_t i = 0; i < WK_COUNT(names); i++) {
		char source[64];
		char link[256];
		struct stat st;
		ssize_t n;

		(void)snprintf(source, sizeof(source), MACHINE "%s", names[i]);
		n = readlink(source, link, sizeof(link) - 1);
		if (n > 0) {
			link[n] = '\0';
			if (symlink(link, names[i]) < 0)
				return wk_err_sys(err, errno, "%s", names[i]);
		} else if (stat(source, &st) == 0 &&
			   (mkdir(names[i], 0755) < 0 || !put_mount(source, names[i], NULL,
								 MS_BIND | MS_REC, NULL, err))) {
			return wk_err_context(err, "%s", names[i]);
		}
	}
	return true;
}

/* A file or folder of the machine at the same place; one that is not there is left out. */
static bool show(const char *path, struct wk_err *err)
{
	char source[128];
	struct stat st;
	int WK_AUTO(wk_close) fd = -1;

	(void)snprintf(source, sizeof(source), MACHINE "%s", path);
	if (stat(source, &st) < 0)
		return true;
	if (S_ISDIR(st.st_mode)) {
		if (mkdir(path, 0755) < 0)
			return wk_err_sys(err, errno, "%s", path);
	} else {
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			return wk_err_sys(err, errno, "%s", path);
	}
	return put_mount(source, path, NULL, MS_BIND, NULL, err);
}

/* What iptables, ip and the dynamic linker read, and the devices that runc binds. */
static bool show_files(struct wk_err *err)
{
	static const char *const paths[] = {"/etc/alternatives", "/etc/ethertypes", "/etc/iproute2",
		"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
		"/etc/nsswitch.conf", "/etc/os-release", "/etc/protocols", "/etc/services",
		"/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"};

	for (size_t i = 0; i < WK_COUNT(paths); i++)
		if (!show(paths[i], err))
			return false;
	return true;
}

/* kubelet gives /etc/hosts to pods of the host network. */
static bool write_files(const struct wk_node *node, struct wk_err *err)
{
	WK_AUTOFREE char *hosts = wk_xasprintf(
		"127.0.0.1 localhost\n%s %s\n", node->cluster->address, node->cluster->name);
	static const char users[] = "root:x:0:0:root:/run/wookie:/bin/sh\n"
				    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
	static const char teams[] = "root:x:0:\nnogroup:x:65534:\n";

	return wk_file_write("/etc/hosts", hosts, strlen(hosts), 0644, err) &&
	       wk_file_write("/etc/passwd", users, strlen(users), 0644, err) &&
	       wk_file_write("/etc/group", teams, strlen(teams), 0644, err);
}

static bool mount_kernel(const struct wk_node *node, struct wk_err *err)
{
	static const unsigned long closed = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (!put_mount("proc", "/proc", "proc", closed, NULL, err) ||
		!put_mount("sysfs", "/sys", "sysfs", closed | MS_RDONLY, NULL, err) ||
		!wk_cgroups_mount(node->cgroups, err) ||
		!put_mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
			"newinstance,ptmxmode=0666,mode=620", err) ||
		!put_mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", err))
		return false;
	/* kubelet will not start without a kernel log to watch; the machine's is not its business. */
	if (symlink("pts/ptmx", "/dev/ptmx") < 0 || symlink("/proc/self/fd", "/dev/fd") < 0 ||
		symlink("null", "/dev/kmsg") < 0)
		return wk_err_sys(err, errno, "/dev/ptmx");
	return true;
}

static bool copy_file(int store, const char *name, struct wk_err *err)
{
	char target[256];
	int WK_AUTO(wk_close) in = openat(store, name, O_RDONLY | O_CLOEXEC);
	int WK_AUTO(wk_close) out = -1;
	ssize_t n = 1;

	(void)snprintf(target, sizeof(target), CONTAINERD_ROOT "/%s", name);
	out = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (in < 0 || out < 0)
		return wk_err_sys(err, errno, "image store: %s", name);
	while (n > 0)
		n = sendfile(out, in, NULL, 1 << 20);
	return n == 0 ? true : wk_err_sys(err, errno, "image store: copying %s", name);
}

static bool bind_from_store(int store, const char *name, struct wk_err *err)
{
	char target[320];
	int WK_AUTO(wk_close) fd = openat(store, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return wk_err_sys(err, errno, "image store: %s", name);
	(void)snprintf(target, sizeof(target), CONTAINERD_ROOT "/%s", name);
	if (mkdir(target, 0755) < 0)
		return wk_err_sys(err, errno, "%s", target);
	return bind_fd(fd, target, MS_RDONLY, err);
}

static inline void close_dir_cleanup(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static bool bind_snapshots(int store, struct wk_err *err)
{
	int fd = openat(store, OVERLAY "/snapshots", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *WK_AUTO(close_dir) dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		wk_close(fd);
		return wk_err_sys(err, errno, "image store: snapshots");
	}
	for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
		char name[256];

		if (strspn(e->d_name, "0123456789") != strlen(e->d_name))
			continue;
		(void)snprintf(name, sizeof(name), OVERLAY "/snapshots/%.32s", e->d_name);
		if (!bind_from_store(store, name, err))
			return false;
	}
	return true;
}

/* The images of one store serve all nodes: contents and layers are only read, what containerd keeps
 * about them is copied, and what it adds goes to memory. */
static bool share_images(int store, struct wk_err *err)
{
	static const char *const folders[] = {CONTAINERD_ROOT "/" CONTENT "/ingest",
		CONTAINERD_ROOT "/" META, CONTAINERD_ROOT "/" OVERLAY "/snapshots", NULL};

	return make_folders(folders, err) && bind_from_store(store, CONTENT "/blobs", err) &&
	       copy_file(store, META "/meta.db", err) &&
	       copy_file(store, OVERLAY "/metadata.db", err) && bind_snapshots(store, err);
}

bool wk_node_furnish(const struct wk_node *node, struct wk_err *err)
{
	int WK_AUTO(wk_close) bin = open_path(node->components->bin, err);
	int WK_AUTO(wk_close) cni = bin < 0 ? -1 : open_path(node->components->cni, err);
	int WK_AUTO(wk_close) store = cni < 0 ? -1 : open_path(node->components->store, err);
	int WK_AUTO(wk_close) state = store < 0 ? -1 : open_path(node->dir, err);

	if (state < 0 || !freeze_host(err) || !enter_root(err))
		return false;
	if (!fresh_folders(err) || !show_programs(err) || !show_files(err) ||
		!write_files(node, err) || !mount_kernel(node, err) || !guard_settings(err))
		return false;
	if (!bind_fd(bin, WK_NODE_BIN, MS_RDONLY, err) ||
		!bind_fd(cni, WK_NODE_CNI, MS_RDONLY, err) ||
		!bind_fd(state, WK_NODE_STATE, 0, err) || !share_images(store, err) ||
		!leave_machine(err))
		return false;
	/* Volumes that kubelet mounts have to reach the containers of its pods. */
	return put_mount("none", "/", NULL, MS_REC | MS_SHARED, NULL, err);
}
