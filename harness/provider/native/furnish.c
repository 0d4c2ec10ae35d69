/*
 * A node's view of the file system
 *
 * The machine's own files, read-only, because its libraries and programs are what a node runs on;
 * and over them whole new file systems for everything that Kubernetes writes: /run, /var, /tmp and
 * a layer over /etc. Nothing is created before the mount that receives it, so not even a folder
 * ever appears on the machine. What the node needs from outside (programs, images, its own state)
 * may lie anywhere, also below /tmp: it is opened first and bound to fixed places afterwards.
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
#include <unistd.h>

#include "wookie/base/file.h"

#define CONTENT "io.containerd.content.v1.content"
#define META "io.containerd.metadata.v1.bolt"
#define OVERLAY "io.containerd.snapshotter.v1.overlayfs"
#define CONTAINERD_ROOT "/var/lib/containerd"

static bool put_mount(const char *source, const char *target, const char *type, unsigned long flags,
	const char *data, struct wk_err *err)
{
	if (mount(source, target, type, flags, data) < 0)
		return wk_err_sys(err, errno, "mounting %s on %s", type ? type : source, target);
	return true;
}

static bool fresh(const char *target, const char *options, struct wk_err *err)
{
	return put_mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options, err);
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

static bool fresh_folders(struct wk_err *err)
{
	static const char *const folders[] = {"/run/lock", "/run/netns", WK_NODE_BIN, WK_NODE_CNI,
		WK_NODE_CONF, WK_NODE_STATE, "/run/wookie/sys", "/run/wookie/etc/upper",
		"/run/wookie/etc/work", "/var/lib", "/var/log", "/var/cache", "/var/tmp", NULL};

	if (!fresh("/run", "mode=755", err) || !fresh("/var", "mode=755", err) ||
		!fresh("/tmp", "mode=1777", err) || !make_folders(folders, err))
		return false;
	if (symlink("/run", "/var/run") < 0 || symlink("/run/lock", "/var/lock") < 0)
		return wk_err_sys(err, errno, "/var/run");
	return put_mount("overlay", "/etc", "overlay", 0,
		"lowerdir=/etc,upperdir=/run/wookie/etc/upper,workdir=/run/wookie/etc/work", err);
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

	if (state < 0 || !freeze_host(err))
		return false;
	if (!put_mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err) ||
		!put_mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY,
			NULL, err) ||
		!wk_cgroups_mount(node->cgroups, err) || !fresh_folders(err) ||
		!guard_settings(err))
		return false;
	if (!bind_fd(bin, WK_NODE_BIN, MS_RDONLY, err) ||
		!bind_fd(cni, WK_NODE_CNI, MS_RDONLY, err) ||
		!bind_fd(state, WK_NODE_STATE, 0, err) || !share_images(store, err))
		return false;
	/* Volumes that kubelet mounts have to reach the containers of its pods. */
	return put_mount("none", "/", NULL, MS_REC | MS_SHARED, NULL, err);
}
