/*
 * The images of a mesh
 *
 * What upstream images hold as far as a mesh uses it: the program that was built from the pinned
 * source, and around it tools of this machine with their libraries. A shell is there wherever
 * someone may want to look inside a pod; the system images have none, as upstream's.
 */
#include "wookie/component/images.h"

#include "wookie/base/buf.h"
#include "wookie/component/component.h"
#include "wookie/pki/ca.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#define XTABLES "/usr/lib/x86_64-linux-gnu/xtables"

/* Programs of this machine, and the package to install where one is not there. */
struct tool {
	const char *path;
	const char *package;
};

static const struct tool busybox = {"/bin/busybox", "busybox-static"};
static const struct tool curl = {"/usr/bin/curl", "curl"};
static const struct tool dig = {"/usr/bin/dig", "bind9-dnsutils"};
static const struct tool openssl = {"/usr/bin/openssl", "openssl"};
static const struct tool nft = {"/usr/sbin/xtables-nft-multi", "iptables"};
static const struct tool legacy = {"/usr/sbin/xtables-legacy-multi", "iptables"};

static const char *const applets[] = {"awk", "base64", "cat", "chmod", "cp", "cut", "date", "echo",
	"env", "false", "find", "grep", "head", "hostname", "id", "ip", "kill", "less", "ln", "ls",
	"mkdir", "mv", "nc", "netstat", "nslookup", "ps", "rm", "sed", "seq", "sh", "sleep", "sort",
	"tail", "tar", "tee", "test", "timeout", "top", "touch", "tr", "true", "uniq", "wc", "wget",
	"which", "xargs"};

static bool add_tool(struct wk_image *image, const struct tool *tool, struct wk_err *err)
{
	if (access(tool->path, X_OK) < 0)
		return wk_err_set(err, WK_ERR_MISSING,
			"no program '%s', which the image '%s' needs; install the package '%s'",
			tool->path, image->name, tool->package);
	return wk_image_program(image, tool->path, tool->path, err);
}

static void add_accounts(struct wk_image *image)
{
	wk_image_text(image, "/etc/passwd",
		"root:x:0:0:root:/root:/bin/sh\n"
		"istio-proxy:x:1337:1337:istio-proxy:/home/istio-proxy:/bin/sh\n"
		"nobody:x:65534:65534:nobody:/:/bin/false\n");
	wk_image_text(image, "/etc/group", "root:x:0:\nistio-proxy:x:1337:\nnogroup:x:65534:\n");
	wk_image_text(
		image, "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
	wk_image_dir(image, "/home/istio-proxy", 0777);
}

static bool add_shell(struct wk_image *image, struct wk_err *err)
{
	if (!add_tool(image, &busybox, err))
		return false;
	add_accounts(image);
	for (size_t i = 0; i < WK_COUNT(applets); i++)
		wk_image_link(
			image, wk_arena_printf(image->arena, "/usr/bin/%s", applets[i]), "busybox");
	return true;
}

static const char *below(const struct wk_image *image, const char *folder, const char *name)
{
	return wk_arena_printf(image->arena, "%s/%s", folder, name);
}

static bool make_pause(
	struct wk_image *image, const struct wk_image_inputs *inputs, struct wk_err *err)
{
	return wk_image_program(image, "/pause", below(image, inputs->workloads, "pause"), err);
}

static bool make_coredns(
	struct wk_image *image, const struct wk_image_inputs *inputs, struct wk_err *err)
{
	return wk_image_program(
		image, "/coredns", below(image, inputs->kubernetes, "coredns"), err);
}

static bool make_helloworld(
	struct wk_image *image, const struct wk_image_inputs *inputs, struct wk_err *err)
{
	return wk_image_program(
		       image, "/helloworld", below(image, inputs->workloads, "helloworld"), err) &&
	       add_shell(image, err);
}

static bool make_client(
	struct wk_image *image, const struct wk_image_inputs *inputs, struct wk_err *err)
{
	(void)inputs;
	/* openssl(1) complains on every call where its configuration is not there. */
	wk_image_text(image, "/usr/lib/ssl/openssl.cnf", "");
	return add_tool(image, &curl, err) && add_tool(image, &dig, err) &&
	       add_tool(image, &openssl, err) && add_shell(image, err);
}

static void add_bootstrap(struct wk_image *image, const struct wk_image_inputs *inputs)
{
	wk_image_file(image, "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json",
		below(image, inputs->istio, "envoy_bootstrap.json"));
}

static bool make_pilot(
	struct wk_image *image, const struct wk_image_inputs *inputs, struct wk_err *err)
{
	add_accounts(image);
	add_bootstrap(image, inputs);
	return wk_image_program(image, "/usr/local/bin/pilot-discovery",
		below(image, inputs->istio, "pilot-discovery"), err);
}

static bool add_xtables(struct wk_image *image, struct wk_err *err)
{
	glob_t found = {0};
	bool ok =
		glob(XTABLES "/*.so", 0, NULL, &found) == 0 ||
		wk_err_set(err, WK_ERR_MISSING,
			"no plugins of iptables in '" XTABLES "'; install the package 'iptables'");

	for (size_t i = 0; ok && i < found.gl_pathc; i++) {
		char target[256] = "";
		if (readlink(found.gl_pathv[i], target, sizeof(target) - 1) > 0)
			wk_image_link(image, found.gl_pathv[i], target);
		else
			wk_image_file(image, found.gl_pathv[i], found.gl_pathv[i]);
	}
	globfree(&found);
	return ok;
}

/* The names under which pilot-agent looks for iptables; nft is what plain `iptables` means. */
static bool add_iptables(struct wk_image *image, struct wk_err *err)
{
	static const struct {
		const char *suffix;
		const struct tool *tool;
	} variants[] = {{"", &nft}, {"-nft", &nft}, {"-legacy", &legacy}};
	static const char *const families[] = {"iptables", "ip6tables"};
	static const char *const commands[] = {"", "-save", "-restore"};

	if (!add_tool(image, &nft, err) || !add_tool(image, &legacy, err))
		return false;
	for (size_t i = 0; i < WK_COUNT(variants) * 6; i++) {
		const struct tool *tool = variants[i / 6].tool;
		wk_image_link(image,
			wk_arena_printf(image->arena, "/usr/sbin/%s%s%s", families[i % 2],
				variants[i / 6].suffix, commands[i % 6 / 2]),
			strrchr(tool->path, '/') + 1);
	}
	return add_xtables(image, err);
}

static bool make_proxy(
	struct wk_image *image, const struct wk_image_inputs *inputs, struct wk_err *err)
{
	add_bootstrap(image, inputs);
	return wk_image_program(image, "/usr/local/bin/pilot-agent",
		       below(image, inputs->istio, "pilot-agent"), err) &&
	       wk_image_program(image, "/usr/local/bin/envoy",
		       below(image, inputs->envoy, "envoy/_bin/envoy"), err) &&
	       add_tool(image, &curl, err) && add_shell(image, err) && add_iptables(image, err);
}

static const struct {
	const char *name; /* with a tag, or the one of Istio's version is added */
	const char *entrypoint;
	const char *user;
	bool (*make)(
		struct wk_image *image, const struct wk_image_inputs *inputs, struct wk_err *err);
} table[] = {
	{WK_IMAGE_PAUSE, "/pause", "65535:65535", make_pause},
	{WK_IMAGE_COREDNS, "/coredns", "", make_coredns},
	{"docker.io/istio/pilot", "/usr/local/bin/pilot-discovery", "1337:1337", make_pilot},
	{"docker.io/istio/proxyv2", "/usr/local/bin/pilot-agent", "", make_proxy},
	{WK_IMAGE_HELLOWORLD, "/helloworld", "", make_helloworld},
	{WK_IMAGE_CLIENT, "/usr/bin/curl", "", make_client},
};
_Static_assert(WK_COUNT(table) <= WK_IMAGES_MAX, "room for all images");

bool wk_images_make(const struct wk_image_inputs *inputs, struct wk_arena *arena,
	struct wk_images *ret, struct wk_err *err)
{
	struct wk_images images = {0};

	for (size_t i = 0; i < WK_COUNT(table); i++) {
		struct wk_image *image = &images.all[images.count++];
		const char *name = strchr(table[i].name, ':')
					   ? table[i].name
					   : wk_arena_printf(arena, "%s:%s", table[i].name,
						     inputs->istio_version);
		wk_image_init(image, arena, name, table[i].entrypoint, table[i].user);
		if (!table[i].make(image, inputs, err))
			return false;
	}
	*ret = images;
	return true;
}

bool wk_images_key(const struct wk_images *images, char hex[65], struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) all = WK_BUF_INIT(4096);

	for (size_t i = 0; i < images->count; i++) {
		if (!wk_image_key(&images->all[i], hex, err))
			return false;
		(void)wk_buf_printf(&all, "%s\n", hex);
	}
	wk_sha256(wk_buf_str(&all), all.len, hex);
	return true;
}
