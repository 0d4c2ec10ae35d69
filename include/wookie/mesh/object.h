#ifndef WOOKIE_MESH_OBJECT_H
#define WOOKIE_MESH_OBJECT_H

#include <stdbool.h>

struct cJSON;

/* Reading Kubernetes objects. A path is keys with dots ("status.loadBalancer.ingress"); keys that
 * hold dots themselves are not reached by it. All of these accept NULL and what is no object. */
const struct cJSON *wk_object_at(const struct cJSON *object, const char *path);
/* The text at a path, or NULL. */
const char *wk_object_text(const struct cJSON *object, const char *path);
/* The number at a path, or `otherwise`. */
double wk_object_number(const struct cJSON *object, const char *path, double otherwise);
/* A label, whose key may hold dots, or NULL. */
const char *wk_object_label(const struct cJSON *object, const char *key);
/* metadata.name, or "". */
const char *wk_object_name(const struct cJSON *object);
/* The entry of status.conditions with this type, or NULL. */
const struct cJSON *wk_object_condition(const struct cJSON *object, const char *type);
/* That entry is there and its status True. */
bool wk_object_has_condition(const struct cJSON *object, const char *type);
/* Condition Ready is True and nobody is deleting it. */
bool wk_pod_is_ready(const struct cJSON *pod);
/* Every replica is of the newest template and available. The Available condition alone stays True
 * during a roll-out, so it is not asked. */
bool wk_deployment_is_rolled_out(const struct cJSON *deployment);

#endif
