/*
 * Any text is a kubeconfig or is refused in words, by both readers: the strict one, which must give
 * nothing that leads anywhere else, and the trusting one, as far as it opens and runs nothing.
 */
#include "wookie/kube/entries.h"
#include "wookie/kube/login.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static void read_strictly(const char *text, size_t size)
{
	struct wk_kubeconfig config = {0};
	struct wk_err err = {0};

	if (wk_kubeconfig_parse("fuzz", text, size, &config, &err)) {
		must(config.cluster && config.server && !config.cert_pem == !config.key_pem);
		must(!config.proxy_url && !config.impersonate && !config.login);
	} else {
		must(err.kind && *err.msg);
	}
	wk_kubeconfig_finish(&config);
}

static void check_draft(const struct wk_kubeconfig_draft *draft)
{
	const struct wk_kubeconfig *config = &draft->config;
	const struct wk_kube_login *login = config->login;
	char *info = NULL;

	must(config->cluster && config->server && !draft->cert.node == !draft->key.node);
	must(!config->cert_pem || !draft->cert.path);
	must(!login || !login->token_file == !!login->plugin.argv);
	if (login && login->plugin.argv) {
		must(login->plugin.argv[0] && login->plugin.env && !config->token);
		info = wk_plugin_info(&login->plugin, config);
		must(strstr(info, login->plugin.api_version) != NULL);
	}
	free(info);
}

static void read_trustingly(const char *text, size_t size, const char *context)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_kubeconfig_draft draft = {0};
	const struct wk_node *roots[2];
	struct wk_node *root = NULL;
	struct wk_err err = {0};

	if (!wk_kubeconfig_tree(arena, "folder/fuzz", text, size, &root, &err)) {
		must(err.kind && *err.msg);
		return;
	}
	roots[0] = root;
	roots[1] = root;
	if (wk_kubeconfig_draft(arena, roots, WK_COUNT(roots), context, &draft, &err))
		check_draft(&draft);
	else
		must(err.kind && *err.msg);
	wk_kubeconfig_finish(&draft.config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	read_strictly(text, size);
	read_trustingly(text, size, NULL);
	read_trustingly(text, size, "a");
	return 0;
}
