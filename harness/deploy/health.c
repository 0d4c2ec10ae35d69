/*
 * When to give up
 *
 * Kubernetes never gives up: a pod whose image is not there is tried for ever. A person who waits
 * for a roll-out wants to know at once. So the reasons that the kubelet and the controllers give
 * are sorted into those that pass by themselves and those that do not: without a registry an image
 * that is missing stays missing, a request that admission denied is denied again, and a container
 * that ended three times will end a fourth time.
 */
#include "wookie/deploy/health.h"

#include "wookie/base/mem.h"
#include "wookie/mesh/object.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define CRASHES_MAX 3

static bool is_one_of(const char *word, const char *const words[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* Reasons of a waiting container (kubernetes pkg/kubelet/images/types.go). */
static bool is_image_problem(const char *reason)
{
	static const char *const reasons[] = {"ImagePullBackOff", "ErrImagePull",
		"ErrImageNeverPull", "InvalidImageName", "ImageInspectError"};

	return is_one_of(reason, reasons, WK_COUNT(reasons));
}

static void conclude(struct wk_diagnosis *ret, enum wk_health health, const char *container,
	const char *reason, const char *message)
{
	ret->health = health;
	(void)snprintf(ret->words, sizeof(ret->words), "container %s: %s%s%s", container, reason,
		message && *message ? ": " : "", message ? message : "");
	(void)snprintf(ret->container, sizeof(ret->container), "%s", container);
}

/* One container's status. Leaves *ret alone when there is nothing to say against it. */
static void diagnose_container(const cJSON *status, struct wk_diagnosis *ret)
{
	const char *name = wk_object_text(status, "name");
	const char *reason = wk_object_text(status, "state.waiting.reason");
	const char *message = wk_object_text(status, "state.waiting.message");
	double restarts = wk_object_number(status, "restartCount", 0);

	name = name ? name : "?";
	if (!reason && restarts >= CRASHES_MAX && !cJSON_IsTrue(wk_object_at(status, "ready")) &&
		wk_object_at(status, "state.terminated"))
		conclude(ret, WK_HEALTH_CRASHING, name, "ended again and again", NULL);
	if (!reason)
		return;
	if (is_image_problem(reason))
		conclude(ret, WK_HEALTH_HOPELESS, name, reason, message);
	else if (strcmp(reason, "CrashLoopBackOff") == 0 && restarts >= CRASHES_MAX)
		conclude(ret, WK_HEALTH_CRASHING, name, reason, NULL);
	else
		conclude(ret, WK_HEALTH_WAITING, name, reason, message);
}

/* The first container that makes it hopeless, else the first that waits for more than its turn. */
static void diagnose_containers(const cJSON *statuses, struct wk_diagnosis *ret)
{
	const cJSON *status = NULL;

	cJSON_ArrayForEach(status, statuses)
	{
		struct wk_diagnosis one = {0};

		diagnose_container(status, &one);
		if (!*one.words)
			continue;
		if (one.health != WK_HEALTH_WAITING || !*ret->words)
			*ret = one;
		if (one.health != WK_HEALTH_WAITING)
			return;
	}
}

static void waiting(struct wk_diagnosis *ret, const char *what, const char *message)
{
	ret->health = WK_HEALTH_WAITING;
	(void)snprintf(ret->words, sizeof(ret->words), "%s%s%s", what,
		message && *message ? ": " : "", message ? message : "");
}

static void diagnose_conditions(const cJSON *pod, struct wk_diagnosis *ret)
{
	const cJSON *scheduled = wk_object_condition(pod, "PodScheduled");
	const char *is_scheduled = wk_object_text(scheduled, "status");

	if (is_scheduled && strcmp(is_scheduled, "False") == 0)
		waiting(ret, "unschedulable", wk_object_text(scheduled, "message"));
	else if (!is_scheduled)
		waiting(ret, "not scheduled yet", NULL);
	else
		waiting(ret, "not ready yet",
			wk_object_text(wk_object_condition(pod, "Ready"), "message"));
}

void wk_pod_diagnose(const struct cJSON *pod, struct wk_diagnosis *ret)
{
	const char *phase = wk_object_text(pod, "status.phase");

	*ret = (struct wk_diagnosis){.health = WK_HEALTH_READY};
	if (wk_pod_is_ready(pod))
		return;
	if (phase && (strcmp(phase, "Failed") == 0 || strcmp(phase, "Succeeded") == 0)) {
		waiting(ret, strcmp(phase, "Failed") == 0 ? "failed" : "ended",
			wk_object_text(pod, "status.message"));
		ret->health = WK_HEALTH_HOPELESS;
		return;
	}
	diagnose_containers(wk_object_at(pod, "status.initContainerStatuses"), ret);
	if (ret->health == WK_HEALTH_READY || ret->health == WK_HEALTH_WAITING) {
		struct wk_diagnosis containers = {.health = WK_HEALTH_READY};

		diagnose_containers(wk_object_at(pod, "status.containerStatuses"), &containers);
		if (containers.health > WK_HEALTH_WAITING || !*ret->words)
			*ret = containers;
	}
	if (!*ret->words)
		diagnose_conditions(pod, ret);
}

/* What the replica set could not create (kubernetes pkg/controller/deployment/util: the failure is
 * copied into the deployment's condition ReplicaFailure). */
static bool is_denied(const char *message)
{
	static const char *const words[] = {
		"denied the request", "is forbidden", "exceeded quota", "is invalid"};

	for (size_t i = 0; i < WK_COUNT(words); i++)
		if (strstr(message, words[i]))
			return true;
	return false;
}

void wk_deployment_diagnose(const struct cJSON *deployment, struct wk_diagnosis *ret)
{
	const cJSON *failure = wk_object_condition(deployment, "ReplicaFailure");
	const char *status = wk_object_text(failure, "status");
	const char *message = wk_object_text(failure, "message");

	*ret = (struct wk_diagnosis){.health = WK_HEALTH_READY};
	if (wk_deployment_is_rolled_out(deployment))
		return;
	if (!deployment) {
		waiting(ret, "not there yet", NULL);
	} else if (status && strcmp(status, "True") == 0) {
		waiting(ret, "its pods cannot be created", message);
		/* A service account that is still to be made is "forbidden" too, but heals. */
		if (message && is_denied(message) && !strstr(message, "error looking up"))
			ret->health = WK_HEALTH_HOPELESS;
	} else {
		waiting(ret, "not rolled out yet", NULL);
		(void)snprintf(ret->words, sizeof(ret->words), "%g of %g available",
			wk_object_number(deployment, "status.availableReplicas", 0),
			wk_object_number(deployment, "spec.replicas", 1));
	}
}
