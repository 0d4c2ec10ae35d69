#include "../kube/server.h"
#include "wookie/base/file.h"
#include "wookie/deploy/deploy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct wk_cluster cluster = {
	.name = "east",
	.network = "blue",
	.address = "10.9.0.2",
	.services = {.base = 0x0a020000, .bits = 16, .text = "10.2.0.0/16"},
};
static const struct wk_topology topology = {
	.mesh_id = "mesh1",
	.trust_domain = "cluster.local",
	.istio_version = "1.28.2",
	.clusters = &cluster,
	.n_clusters = 1,
};

static void note(void *context, const struct wk_step *step)
{
	static const char *const states[] = {"begin", "wait", "done", "failed"};

	wk_buf_printf(context, "%s %s\n", step->what, states[step->state]);
}

static char *nothing(void *context)
{
	(void)context;
	return NULL;
}

static char *a_death(void *context)
{
	(void)context;
	return wk_xstrdup("east: etcd ended by signal 9");
}

/* A deployment against a server that answers as `turns` say; istioctl is `program`. */
static void deploy(const struct turn *turns, size_t n, const char *program,
	char *(*casualty)(void *), struct wk_buf *steps, struct wk_err *err)
{
	char cache[] = "/tmp/wk-deploy-XXXXXX";
	char version[] = "1.28.2";
	WK_AUTOFREE char *istioctl = NULL;
	const struct wk_progress progress = {note, steps};
	struct wk_access access = {.topology = &topology, .netns = -1};
	struct wk_components components = {.manifests = cache, .istio_version = version};
	const struct wk_deploy job = {
		.access = &access,
		.components = &components,
		.progress = &progress,
		.casualty = casualty,
		.deadline = wk_now() + 20 * WK_SEC,
	};
	struct wk_err ignored = {0};
	struct server server;

	cr_assert_not_null(mkdtemp(cache));
	istioctl = wk_xasprintf("%s/istioctl", cache);
	components.istioctl = istioctl;
	cr_assert(wk_file_write(istioctl, program, strlen(program), 0755, &ignored));
	server_start(&server, turns, n);
	access.config[0] = server.config;
	cr_expect_not(wk_deploy_run(&job, err));
	server_stop(&server);
	cr_assert(wk_rmtree(cache, &ignored), "%s", ignored.msg);
}

#define RENDERS \
	"#!/bin/sh\ncat >/dev/null\nprintf 'kind: Deployment\\nmetadata: {name: istiod}\\n'\n"
#define CORE                                                                                     \
	{                                                                                        \
		.status = 200,                                                                   \
		.body = "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"versions\":[{"        \
			"\"version\":\"v1\",\"resources\":[{\"resource\":\"namespaces\","        \
			"\"responseKind\":{\"kind\":\"Namespace\"},\"scope\":\"Cluster\"}]}]}]}" \
	}
#define GROUPS                                                                             \
	{                                                                                  \
		.status = 200, .body = "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[]}" \
	}

Test(deploy, a_refusal_ends_it_with_the_objects_name)
{
	static const struct turn turns[] = {CORE, GROUPS,
		{.status = 403, .body = "{\"kind\":\"Status\",\"message\":\"may not\"}"}};
	struct wk_buf steps = WK_BUF_INIT(4096);
	struct wk_err err = {0};

	deploy(turns, WK_COUNT(turns), RENDERS, nothing, &steps, &err);
	cr_expect_eq(err.kind, WK_ERR_REMOTE);
	cr_expect_not_null(strstr(err.msg, "apply Namespace istio-system"), "%s", err.msg);
	cr_expect_not_null(strstr(err.msg, "may not"), "%s", err.msg);
	cr_expect_str_eq(wk_buf_str(&steps), "namespaces begin\nnamespaces failed\n");
	wk_buf_finish(&steps);
}

Test(deploy, a_death_underneath_ends_it_at_once)
{
	static const struct turn turns[] = {{.after = HANG}};
	struct wk_buf steps = WK_BUF_INIT(4096);
	struct wk_err err = {0};
	wk_nsec began = wk_now();

	deploy(turns, WK_COUNT(turns), RENDERS, a_death, &steps, &err);
	cr_expect_str_eq(err.msg, "east: etcd ended by signal 9");
	cr_expect_lt(wk_now() - began, 10 * WK_SEC);
	wk_buf_finish(&steps);
}

Test(deploy, what_cannot_be_rendered_is_said)
{
	static const struct turn turns[] = {CORE};
	struct wk_buf steps = WK_BUF_INIT(4096);
	struct wk_err err = {0};

	deploy(turns, WK_COUNT(turns), "#!/bin/sh\necho broken >&2\nexit 3\n", nothing, &steps,
		&err);
	cr_expect_not_null(strstr(err.msg, "ended with 3, expected 0: broken"), "%s", err.msg);
	wk_buf_finish(&steps);
}
