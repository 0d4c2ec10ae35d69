/* Whatever a plugin prints is a credential or is refused in words. */
#include "wookie/base/mem.h"
#include "wookie/kube/login.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WK_AUTOFREE char *text = wk_xstrndup((const char *)data, size);
	struct wk_kube_credential got = {0};
	struct wk_err err = {0};

	if (wk_plugin_answer("client.authentication.k8s.io/v1", text, &got, &err)) {
		if ((!got.token && !got.cert_pem) || !got.cert_pem != !got.key_pem)
			__builtin_trap();
	} else if (!err.kind || !*err.msg) {
		__builtin_trap();
	}
	wk_credential_finish(&got);
	return 0;
}
