#ifndef WOOKIE_DEPLOY_HEALTH_H
#define WOOKIE_DEPLOY_HEALTH_H

#include <stdbool.h>

struct cJSON;

/* What an object's own status says about waiting for it. */
enum wk_health {
	WK_HEALTH_READY,
	WK_HEALTH_WAITING,  /* not yet; may still come */
	WK_HEALTH_HOPELESS, /* will not come by waiting */
	WK_HEALTH_CRASHING, /* hopeless too, and its container's log says why */
};

struct wk_diagnosis {
	enum wk_health health;
	char words[320];    /* "container curl: ImagePullBackOff: Back-off pulling ..." */
	char container[64]; /* whose log to read when it is crashing */
};

void wk_pod_diagnose(const struct cJSON *pod, struct wk_diagnosis *ret);
/* From its own conditions alone; pods it has tell more. */
void wk_deployment_diagnose(const struct cJSON *deployment, struct wk_diagnosis *ret);

#endif
