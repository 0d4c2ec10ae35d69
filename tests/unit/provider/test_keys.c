#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/kube/client.h"
#include "wookie/provider/native/node.h"

static const struct wk_cluster cluster = {.name = "east",
	.address = "192.168.7.10",
	.ip = 0xc0a8070a,
	.pods = {0x0a640000, 16, "10.100.0.0/16", {0}},
	.services = {0x0a650000, 16, "10.101.0.0/16", {0}}};

Test(keys, a_kubeconfig_leads_to_the_node_and_only_its_owner_reads_it)
{
	static const char *const files[] = {"admin.kubeconfig", "kubelet.kubeconfig", "pki/ca.key",
		"pki/apiserver.key", "pki/sa.key"};
	char dir[] = "/tmp/wookie-test-XXXXXX";
	char path[128];
	struct wk_kubeconfig config = {0};
	struct wk_err err = {0};
	struct stat st;

	cr_assert_not_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/pki", dir);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert(wk_node_keys(&cluster, dir, &err), "%s", err.msg);
	(void)snprintf(path, sizeof(path), "%s/admin.kubeconfig", dir);
	cr_assert(wk_kubeconfig_read(path, &config, &err), "%s", err.msg);
	cr_expect_str_eq(config.server, "https://192.168.7.10:6443");
	cr_expect_str_eq(config.cluster, "east");
	cr_expect_not_null(config.ca_pem);
	cr_expect_not_null(config.key_pem);
	cr_expect_not(config.insecure);
	wk_kubeconfig_finish(&config);
	for (size_t i = 0; i < WK_COUNT(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		cr_assert_eq(stat(path, &st), 0, "%s", path);
		cr_expect_eq(st.st_mode & 0777, 0600, "%s", path);
	}
	cr_assert(wk_rmtree(dir, &err));
}

Test(keys, a_folder_that_is_not_there_is_said)
{
	struct wk_err err = {0};

	cr_assert_not(wk_node_keys(&cluster, "/tmp/wookie-test-no-such-folder", &err));
	cr_expect_not_null(strstr(err.msg, "No such file or directory"), "%s", err.msg);
}

Test(programs, every_one_gets_the_cluster_s_own_values)
{
	static const struct {
		const char *program;
		const char *argument;
	} rows[] = {
		{"kube-apiserver", "--advertise-address=192.168.7.10"},
		{"kube-apiserver", "--service-cluster-ip-range=10.101.0.0/16"},
		{"kube-controller-manager", "--cluster-cidr=10.100.0.0/16"},
		{"kubelet", "--hostname-override=east"},
		{"kubelet", "--node-ip=192.168.7.10"},
	};
	struct wk_node node = {.cluster = &cluster};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		bool found = false;

		for (const struct wk_program *p = wk_node_programs; p->name; p++) {
			struct wk_argv args = {0};

			p->arguments(&node, &args);
			for (size_t j = 0; j < args.n && strcmp(p->name, rows[i].program) == 0; j++)
				found = found || strcmp(args.list[j], rows[i].argument) == 0;
			wk_argv_finish(&args);
		}
		cr_expect(found, "%s %s", rows[i].program, rows[i].argument);
	}
}
