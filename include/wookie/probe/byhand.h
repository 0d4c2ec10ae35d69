#ifndef WOOKIE_PROBE_BYHAND_H
#define WOOKIE_PROBE_BYHAND_H

struct cJSON;

/* Commands for people, to be pasted into the shell that `wookie-conform shell CLUSTER` opens. All
 * return text that the caller frees, or NULL where an argument they need is not there, or where it would
 * be longer than a person pastes. */

/* kubectl exec into the pod of the argument "from"; `container` NULL: the one it names. */
char *wk_by_hand_exec(const struct cJSON *args, const char *container, const char *const *argv);
/* Any command, its words quoted where a shell would read them otherwise; NULL ends them. */
char *wk_by_hand_words(const char *const *argv);
/* kubectl with the given arguments, against the cluster of the argument `key`. */
char *wk_by_hand_kubectl(const struct cJSON *args, const char *key, const char *const *argv);

#endif
