#ifndef WOOKIE_COMPONENT_COMPONENT_H
#define WOOKIE_COMPONENT_COMPONENT_H

#include "wookie/base/clock.h"
#include "wookie/base/mem.h"
#include "wookie/base/progress.h"

/* Images that a store holds beside those of Istio (docker.io/istio/pilot and proxyv2, with Istio's
 * version as their tag). */
#define WK_IMAGE_PAUSE "registry.k8s.io/pause:3.10"
#define WK_IMAGE_COREDNS "registry.k8s.io/coredns/coredns:v1.13.1"
#define WK_IMAGE_HELLOWORLD "docker.io/istio/examples-helloworld-v1:1.0"
#define WK_IMAGE_CLIENT "docker.io/curlimages/curl:8.16.0"

/* Where the verified programs and the image store of one Istio version are. Paths are absolute and
 * the caller's to free with wk_components_finish(). */
struct wk_components {
	char *bin; /* kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy,
		    * kubectl, etcd, containerd, containerd-shim-runc-v2, ctr, runc */
	char *cni; /* CNI plugins: bridge, host-local, loopback, portmap */
	char *istioctl;  /* of this Istio version */
	char *store;     /* containerd's content, meta.db and snapshots with all images imported */
	char *manifests; /* folder for rendered manifests, kept between runs */
	char *istio_version;
	char *kubernetes_version;
};

void wk_components_finish(struct wk_components *components);

/* `cache` is the per-user cache folder, `datadir` holds fixtures/. Checks that everything is there
 * and whole; else WK_ERR_MISSING names what is missing and says "run 'wookie-conform setup'". */
bool wk_components_find(const char *cache, const char *datadir, const char *istio_version,
	struct wk_components *ret, struct wk_err *err) WK_MUST_CHECK;

struct wk_setup {
	const char *cache;
	const char *datadir;
	const char *istio_version; /* NULL: the default */
	const struct wk_progress *progress;
	wk_nsec deadline;
};

/* Builds what is not yet there. Resumable, verifies what it finds, waits for another set-up that is
 * running on the same cache. WK_ERR_TIMEOUT: the deadline came first. */
bool wk_setup_run(const struct wk_setup *setup, struct wk_err *err) WK_MUST_CHECK;
/* The Istio versions that fixtures/components pins, newest last; ends with NULL. The default is the
 * first. */
const char *const *wk_istio_versions(void);

#endif
