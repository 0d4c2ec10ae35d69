#ifndef WOOKIE_DEPLOY_INSTALL_H
#define WOOKIE_DEPLOY_INSTALL_H

#include "wookie/deploy/batch.h"
#include "wookie/mesh/access.h"
#include "wookie/mesh/manifest.h"
#include "wookie/pki/ca.h"

struct cJSON;

/* One cluster's installation, run by a worker of its own. */
struct wk_install {
	struct wk_access *access;
	size_t cluster;
	struct wk_renderer renderer;
	const char *root_pem;
	const struct wk_cert *intermediate; /* of this cluster */
	wk_nsec deadline;
	int pipe; /* for wk_batch_send() */
};

bool wk_install_run(struct wk_install *install, struct wk_err *err) WK_MUST_CHECK;

/* CoreDNS with its RBAC, Deployment and the Service at the cluster's DNS address. */
bool wk_coredns_objects(
	const struct wk_cluster *cluster, struct cJSON **ret, struct wk_err *err) WK_MUST_CHECK;

#endif
