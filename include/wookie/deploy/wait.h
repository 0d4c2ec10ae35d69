#ifndef WOOKIE_DEPLOY_WAIT_H
#define WOOKIE_DEPLOY_WAIT_H

#include "wookie/deploy/batch.h"
#include "wookie/kube/client.h"

struct cJSON;

/* Looking until something holds, over one warm connection. */
struct wk_wait {
	struct wk_kube *kube;
	const char *cluster; /* for words */
	enum wk_batch batch;
	int pipe; /* where it says what it waits for */
	wk_nsec deadline;
	wk_nsec told; /* when it last did */
};

/* Until a Deployment is rolled out or a Pod is Ready, whichever `object` is. False early when its
 * status says that waiting cannot help. */
bool wk_wait_object(
	struct wk_wait *wait, const struct cJSON *object, struct wk_err *err) WK_MUST_CHECK;
/* Between two looks at anything else: says what is waited for (not at every look), fails when the
 * deadline has passed, pauses. */
bool wk_wait_again(struct wk_wait *wait, const char *what, struct wk_err *err) WK_MUST_CHECK;
/* The same for what only works when `object` does: its reasons are told instead of `what`, and it
 * may be without hope. */
bool wk_wait_behind(struct wk_wait *wait, const struct cJSON *object, const char *what,
	struct wk_err *err) WK_MUST_CHECK;

#endif
