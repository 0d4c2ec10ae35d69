/* Any text is a kubeconfig or is refused in words. */
#include "wookie/kube/client.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wk_kubeconfig config = {0};
	struct wk_err err = {0};

	if (wk_kubeconfig_parse("fuzz", (const char *)data, size, &config, &err)) {
		if (!config.cluster || !config.server || !config.cert_pem != !config.key_pem)
			__builtin_trap();
	} else if (!err.kind || !*err.msg) {
		__builtin_trap();
	}
	wk_kubeconfig_finish(&config);
	return 0;
}
