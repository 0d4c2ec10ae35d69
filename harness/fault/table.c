/*
 * Steps of faults
 *
 * One row a kind: its arguments for lint and schema, and the function that does it. Keep sorted.
 */
#include "wookie/base/mem.h"
#include "wookie/expect/expect.h"
#include "wookie/fault/undo.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define CLUSTER                                                                                  \
	{                                                                                        \
		"cluster", WK_ARG_ANY, true, "the cluster: $client, $server, $cluster or a name" \
	}
#define OBJECT                                                                  \
	{"apiVersion", WK_ARG_STRING, false, "of the object; v1 unless given"}, \
		{"kind", WK_ARG_STRING, true, "of the object"},                 \
		{"namespace", WK_ARG_STRING, false, "of the object"},           \
	{                                                                       \
		"name", WK_ARG_STRING, true, "of the object"                    \
	}

static const struct wk_arg_spec apply_args[] = {
	CLUSTER,
	{"manifest", WK_ARG_OBJECT, true, "the object, applied server-side"},
	{0},
};
static const struct wk_arg_spec await_args[] = {
	CLUSTER,
	OBJECT,
	{"value", WK_ARG_STRING, true, "jq over the object"},
	{"is", WK_ARG_ANY, false, "what it becomes"},
	{"is-not", WK_ARG_ANY, false, "what it is no longer"},
	{0},
};
static const struct wk_arg_spec copy_args[] = {
	CLUSTER,
	OBJECT,
	{"jq", WK_ARG_STRING, true, "what is applied: another object, made from this one"},
	{0},
};
static const struct wk_arg_spec delete_args[] = {CLUSTER, OBJECT, {0}};
static const struct wk_arg_spec patch_args[] = {
	CLUSTER,
	OBJECT,
	{"subresource", WK_ARG_STRING, false, "such as status"},
	{"patch", WK_ARG_ANY, false, "JSON merge patch (RFC 7386); null removes a key"},
	{"type", WK_ARG_STRING, false,
		"merge (default), or strategic: lists are merged by their keys"},
	{"jq", WK_ARG_STRING, false,
		"instead of a patch: what the object becomes, from what it is"},
	{0},
};
static const struct wk_arg_spec recreate_args[] = {
	CLUSTER,
	{"namespace", WK_ARG_STRING, true, "of the pod"},
	{"name", WK_ARG_STRING, true, "of the pod"},
	{"patch", WK_ARG_ANY, false, "JSON merge patch on the pod as it was first applied"},
	{"reaches", WK_ARG_STRING, false,
		"the condition to wait for; Ready unless given, and PodScheduled for a pod that "
		"never gets so far"},
	{0},
};
static const struct wk_arg_spec remote_secret_args[] = {
	CLUSTER,
	{"of", WK_ARG_ANY, true, "the cluster that the secret gives access to"},
	{"server", WK_ARG_STRING, false, "another API server address"},
	{"token", WK_ARG_STRING, false,
		"'expired': a token of the account, an hour too old; or a duration such as 24h, "
		"for which it is still good"},
	{"ca", WK_ARG_STRING, false, "'other': the certificate of an unrelated CA"},
	{"key", WK_ARG_STRING, false, "another data key"},
	{"like", WK_ARG_ANY, false,
		"a cluster: what 'of' holds about that one, instead of its own kubeconfig"},
	{"content", WK_ARG_STRING, false, "this text instead of a kubeconfig"},
	{0},
};
static const struct wk_arg_spec replace_ca_args[] = {
	CLUSTER,
	{"life", WK_ARG_DURATION, false,
		"keeps the root: an intermediate below the present one, which ends after so long"},
	{"beside", WK_ARG_STRING, false,
		"'root': keeps all, and trusts another root beside the present one, which ends "
		"after 'life' where that is given"},
	{0},
};
static const struct wk_arg_spec restart_args[] = {
	CLUSTER,
	{"namespace", WK_ARG_STRING, true, "of the Deployment"},
	{"name", WK_ARG_STRING, true, "of the Deployment; waits until it is rolled out"},
	{0},
};
static const struct wk_arg_spec restore_args[] = {{0}};
static const struct wk_arg_spec rule_args[] = {
	CLUSTER,
	{"rule", WK_ARG_STRINGS, true,
		"an iptables rule in the node's network namespace, from the chain on: [FORWARD, "
		"-p, tcp, "
		"--dport, 15443, -j, DROP]; inserted first"},
	{"pod", WK_ARG_MAP, false,
		"{namespace, selector}: the last ready one by name, for whose address the word POD "
		"of the rule stands"},
	{0},
};
static const struct wk_arg_spec shape_args[] = {
	CLUSTER,
	{"port", WK_ARG_ANY, true, "TCP port from which packets that leave the node are slowed"},
	{"each", WK_ARG_DURATION, true, "so long takes each packet, one after the other"},
	{0},
};
static const struct wk_arg_spec stop_args[] = {
	CLUSTER,
	{"component", WK_ARG_STRING, true,
		"of the node, frozen by SIGSTOP: kube-apiserver, kubelet, ..."},
	{0},
};

static bool restore(
	const struct wk_fault_env *env, const cJSON *args, struct wk_undo *undo, struct wk_err *err)
{
	(void)args;
	return wk_undo_all(env, undo, err);
}

static const struct wk_kind_spec specs[] = {
	{"apply", "applies an object", apply_args},
	{"await", "waits until an object has become what it is to be", await_args},
	{"copy", "applies an object that is made from another", copy_args},
	{"delete", "deletes an object", delete_args},
	{"patch", "patches an object", patch_args},
	{"recreate", "deletes a pod and makes it anew", recreate_args},
	{"remote-secret", "replaces a remote secret by a broken one", remote_secret_args},
	{"replace-ca", "gives a cluster's istiod another intermediate, and another root",
		replace_ca_args},
	{"restart", "restarts a Deployment's pods", restart_args},
	{"restore", "puts everything back that the steps so far changed", restore_args},
	{"rule", "adds an iptables rule to a node", rule_args},
	{"shape", "slows what leaves a node from a port", shape_args},
	{"stop", "freezes a component of a node", stop_args},
	{0},
};

static wk_fault_fn *const functions[] = {
	wk_fault_apply,
	wk_fault_await,
	wk_fault_copy,
	wk_fault_delete,
	wk_fault_patch,
	wk_fault_recreate,
	wk_fault_remote_secret,
	wk_fault_replace_ca,
	wk_fault_restart,
	restore,
	wk_fault_rule,
	wk_fault_shape,
	wk_fault_stop,
};

_Static_assert(WK_COUNT(specs) == WK_COUNT(functions) + 1, "a row for every step");

const struct wk_kind_spec *wk_fault_specs(void)
{
	return specs;
}

/* No error of the system's: what the fault is about does not exist. */
#define VOID ENODATA

bool wk_fault_void(struct wk_err *err, const char *fmt, ...)
{
	WK_AUTOFREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = wk_xvasprintf(fmt, ap);
	va_end(ap);
	(void)wk_err_set(err, WK_ERR_REMOTE, "void: %s", text);
	err->errnum = VOID;
	return false;
}

bool wk_fault_is_void(const struct wk_err *err)
{
	return err->kind == WK_ERR_REMOTE && err->errnum == VOID;
}

static bool run_step(const struct wk_fault_env *env, const struct wk_fault_step *step,
	const cJSON *vars, struct wk_undo *undo, struct wk_err *err)
{
	cJSON *args = NULL;
	bool ok;

	for (size_t i = 0; i < WK_COUNT(functions); i++) {
		if (strcmp(specs[i].name, step->kind) != 0)
			continue;
		if (!wk_expand(step->args, vars, &args, err))
			return false;
		ok = functions[i](env, args, undo, err);
		cJSON_Delete(args);
		return ok;
	}
	return wk_err_set(err, WK_ERR_INPUT, "there is no step '%s'", step->kind);
}

bool wk_fault_steps(const struct wk_fault_env *env, const struct wk_fault_step steps[], size_t n,
	const cJSON *vars, struct wk_undo *undo, struct wk_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!run_step(env, &steps[i], vars, undo, err))
			return wk_err_context(err, "%s:%u: %s", steps[i].pos.file,
				steps[i].pos.line, steps[i].kind);
	return true;
}
