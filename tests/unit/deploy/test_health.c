#include "wookie/base/mem.h"
#include "wookie/deploy/health.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <string.h>

#define WAITS(reason, message, restarts)                                               \
	"{\"status\":{\"phase\":\"Pending\",\"containerStatuses\":[{\"name\":\"app\"," \
	"\"restartCount\":" restarts ",\"state\":{\"waiting\":{\"reason\":\"" reason   \
	"\",\"message\":\"" message "\"}}}]}}"

Test(health, a_pod_is_given_up_for_what_waiting_cannot_change)
{
	static const struct {
		const char *pod;
		enum wk_health health;
		const char *words;
	} rows[] = {
		{"{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}",
			WK_HEALTH_READY, ""},
		{WAITS("ImagePullBackOff", "Back-off pulling image x", "0"), WK_HEALTH_HOPELESS,
			"container app: ImagePullBackOff: Back-off pulling image x"},
		{WAITS("ErrImagePull", "no such host", "0"), WK_HEALTH_HOPELESS,
			"container app: ErrImagePull: no such host"},
		{WAITS("ErrImageNeverPull", "image x is not present", "0"), WK_HEALTH_HOPELESS,
			"container app: ErrImageNeverPull: image x is not present"},
		{WAITS("InvalidImageName", "bad", "0"), WK_HEALTH_HOPELESS,
			"container app: InvalidImageName: bad"},
		{WAITS("CrashLoopBackOff", "back-off 40s", "3"), WK_HEALTH_CRASHING,
			"container app: CrashLoopBackOff"},
		{WAITS("CrashLoopBackOff", "back-off 10s", "1"), WK_HEALTH_WAITING,
			"container app: CrashLoopBackOff: back-off 10s"},
		{WAITS("CreateContainerConfigError", "configmap x not found", "0"),
			WK_HEALTH_WAITING,
			"container app: CreateContainerConfigError: configmap x not found"},
		{WAITS("ContainerCreating", "", "0"), WK_HEALTH_WAITING,
			"container app: ContainerCreating"},
		{"{\"status\":{\"containerStatuses\":[{\"name\":\"app\",\"restartCount\":3,"
		 "\"ready\":false,\"state\":{\"terminated\":{\"exitCode\":1}}}]}}",
			WK_HEALTH_CRASHING, "container app: ended again and again"},
		{"{\"status\":{\"phase\":\"Failed\",\"message\":\"Evicted\"}}", WK_HEALTH_HOPELESS,
			"failed: Evicted"},
		{"{\"status\":{\"phase\":\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\","
		 "\"status\":\"False\",\"message\":\"0/1 nodes are available\"}]}}",
			WK_HEALTH_WAITING, "unschedulable: 0/1 nodes are available"},
		{"{\"status\":{\"phase\":\"Pending\"}}", WK_HEALTH_WAITING, "not scheduled yet"},
		{"{\"status\":{\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"True\"},"
		 "{\"type\":\"Ready\",\"status\":\"False\",\"message\":\"containers with unready "
		 "status: [app]\"}]}}",
			WK_HEALTH_WAITING, "not ready yet: containers with unready status: [app]"},
		{"{}", WK_HEALTH_WAITING, "not scheduled yet"},
		{"7", WK_HEALTH_WAITING, "not scheduled yet"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		cJSON *pod = cJSON_Parse(rows[i].pod);
		struct wk_diagnosis got = {0};

		wk_pod_diagnose(pod, &got);
		cr_expect_eq(got.health, rows[i].health, "%s: %d", rows[i].pod, (int)got.health);
		cr_expect_str_eq(got.words, rows[i].words, "%s", rows[i].pod);
		cJSON_Delete(pod);
	}
}

Test(health, a_hopeless_container_outweighs_one_that_waits_before_it)
{
	cJSON *pod = cJSON_Parse(
		"{\"status\":{\"initContainerStatuses\":[{\"name\":\"istio-proxy\",\"state\":"
		"{\"waiting\":{\"reason\":\"PodInitializing\"}}}],\"containerStatuses\":["
		"{\"name\":\"a\",\"state\":{\"waiting\":{\"reason\":\"PodInitializing\"}}},"
		"{\"name\":\"b\",\"state\":{\"waiting\":{\"reason\":\"ErrImagePull\"}}}]}}");
	struct wk_diagnosis got = {0};

	wk_pod_diagnose(pod, &got);
	cr_expect_eq(got.health, WK_HEALTH_HOPELESS);
	cr_expect_str_eq(got.words, "container b: ErrImagePull");
	cJSON_Delete(pod);
}

Test(health, a_deployment_is_given_up_when_admission_denies_its_pods)
{
	static const struct {
		const char *message;
		enum wk_health health;
	} rows[] = {
		{"admission webhook \\\"x\\\" denied the request: no", WK_HEALTH_HOPELESS},
		{"pods \\\"a\\\" is forbidden: exceeded quota: q", WK_HEALTH_HOPELESS},
		{"Pod \\\"a\\\" is invalid: spec.containers: Required value", WK_HEALTH_HOPELESS},
		{"pods \\\"a\\\" is forbidden: error looking up service account demo/x: not found",
			WK_HEALTH_WAITING},
		{"Internal error occurred: failed calling webhook \\\"x\\\": connection refused",
			WK_HEALTH_WAITING},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *text = wk_xasprintf("{\"status\":{\"conditions\":[{\"type\":"
						      "\"ReplicaFailure\",\"status\":\"True\","
						      "\"message\":\"%s\"}]}}",
			rows[i].message);
		cJSON *deployment = cJSON_Parse(text);
		struct wk_diagnosis got = {0};

		cr_assert_not_null(deployment, "%s", text);
		wk_deployment_diagnose(deployment, &got);
		cr_expect_eq(got.health, rows[i].health, "%s", rows[i].message);
		cr_expect(strncmp(got.words, "its pods cannot be created: ", 28) == 0, "%s",
			got.words);
		cJSON_Delete(deployment);
	}
}

Test(health, a_deployment_says_how_far_it_is)
{
	cJSON *deployment =
		cJSON_Parse("{\"metadata\":{\"generation\":1},\"spec\":{\"replicas\":3},"
			    "\"status\":{\"observedGeneration\":1,\"updatedReplicas\":3,"
			    "\"replicas\":3,\"availableReplicas\":1}}");
	struct wk_diagnosis got = {0};

	wk_deployment_diagnose(deployment, &got);
	cr_expect_eq(got.health, WK_HEALTH_WAITING);
	cr_expect_str_eq(got.words, "1 of 3 available");
	cJSON_Delete(deployment);
	wk_deployment_diagnose(NULL, &got);
	cr_expect_str_eq(got.words, "not there yet");
}
