/*
 * Which kinds an API server knows
 *
 * Paths are made of a plural and a scope that no manifest states, so the server is asked for them
 * rather than a table kept here: two requests (aggregated discovery, Kubernetes 1.30 and later)
 * give all kinds, those of CRDs included. They are asked once per client, and again while a kind is
 * unknown, as a CRD's kinds are listed a moment after it is made.
 */
#include "wookie/kube/transport.h"

#include "wookie/base/suggest.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>

#define PAUSE_FIRST (20 * WK_MSEC)
#define PAUSE_MOST (250 * WK_MSEC)

static bool is_core(const char *api_version)
{
	return strchr(api_version, '/') == NULL;
}

/* Groups without a dot (apps, batch ...) ship with Kubernetes and cannot come from a CRD: what they
 * do not list now they never will. */
static bool may_come(const char *api_version)
{
	return memchr(api_version, '.', strcspn(api_version, "/")) != NULL;
}

void wk_kube_forget_kinds(struct wk_kube *kube)
{
	for (size_t i = 0; i < kube->n_kinds; i++) {
		free(kube->kinds[i].api_version);
		free(kube->kinds[i].kind);
		free(kube->kinds[i].resource);
	}
	free(kube->kinds);
	kube->kinds = NULL;
	kube->n_kinds = 0;
}

static bool can_list(const cJSON *resource)
{
	const cJSON *verb;

	cJSON_ArrayForEach(
		verb, cJSON_GetObjectItemCaseSensitive(resource,
			      "verbs")) if (cJSON_IsString(verb) &&
					    strcmp(verb->valuestring, "list") == 0) return true;
	return false;
}

static void add_version(struct wk_kube *kube, const char *group, const cJSON *version)
{
	const cJSON *resources = cJSON_GetObjectItemCaseSensitive(version, "resources");
	size_t n = (size_t)cJSON_GetArraySize(resources);
	const char *name = wk_kube_text(version, "version");
	const cJSON *resource;

	kube->kinds = wk_xrealloc(kube->kinds, (kube->n_kinds + n + 1) * sizeof(*kube->kinds));
	cJSON_ArrayForEach(resource, resources)
	{
		const cJSON *kind = cJSON_GetObjectItemCaseSensitive(resource, "responseKind");

		kube->kinds[kube->n_kinds++] = (struct wk_kube_kind){
			.api_version =
				*group ? wk_xasprintf("%s/%s", group, name) : wk_xstrdup(name),
			.kind = wk_xstrdup(wk_kube_text(kind, "kind")),
			.resource = wk_xstrdup(wk_kube_text(resource, "resource")),
			.namespaced = strcmp(wk_kube_text(resource, "scope"), "Namespaced") == 0,
			.listable = can_list(resource),
		};
	}
}

static void add_groups(struct wk_kube *kube, const cJSON *list)
{
	const cJSON *group;
	const cJSON *version;

	cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(list, "items"))
	{
		const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(group, "metadata");

		cJSON_ArrayForEach(version, cJSON_GetObjectItemCaseSensitive(group, "versions"))
			add_version(kube, wk_kube_text(metadata, "name"), version);
	}
}

static bool ask(struct wk_kube *kube, const char *path, wk_nsec deadline, struct wk_kube_reply *ret,
	struct wk_err *err)
{
	const struct wk_kube_request request = {.method = "GET",
		.path = path,
		.accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"};

	if (!wk_kube_send(kube, &request, deadline, ret, err))
		return false;
	if (ret->answer == WK_KUBE_OK &&
		strcmp(wk_kube_text(ret->json, "kind"), "APIGroupDiscoveryList") == 0)
		return true;
	if (ret->answer == WK_KUBE_OK || ret->status == 406)
		return wk_err_set(err, WK_ERR_REMOTE,
			"%s: no aggregated discovery at %s; expected Kubernetes 1.30 or later",
			kube->config.cluster, path);
	return wk_kube_refusal(kube, path, ret, err);
}

bool wk_kube_discover(struct wk_kube *kube, wk_nsec deadline, struct wk_err *err)
{
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) core = {0};
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish) groups = {0};

	if (!ask(kube, "/api", deadline, &core, err) || !ask(kube, "/apis", deadline, &groups, err))
		return wk_err_context(err, "discovery");
	wk_kube_forget_kinds(kube);
	add_groups(kube, core.json);
	add_groups(kube, groups.json);
	return true;
}

const struct wk_kube_kind *wk_kube_known(
	const struct wk_kube *kube, const char *api_version, const char *kind)
{
	for (size_t i = 0; i < kube->n_kinds; i++)
		if (strcmp(kube->kinds[i].api_version, api_version) == 0 &&
			strcmp(kube->kinds[i].kind, kind) == 0)
			return &kube->kinds[i];
	return NULL;
}

void wk_kube_escape(struct wk_buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 128 && (isalnum(c) || strchr("-._~", c)))
			(void)wk_buf_putc(out, *text);
		else
			(void)wk_buf_printf(out, "%%%02X", c);
	}
}

char *wk_kube_path_of(const struct wk_kube_kind *kind, const char *namespace, const char *name)
{
	struct wk_buf path = WK_BUF_INIT(SIZE_MAX / 2);
	/* As for kubectl: an object of no namespace is in "default", a collection in all. */
	const char *within = namespace || !name ? namespace : "default";

	(void)wk_buf_printf(
		&path, "%s/%s", is_core(kind->api_version) ? "/api" : "/apis", kind->api_version);
	if (kind->namespaced && within) {
		(void)wk_buf_puts(&path, "/namespaces/");
		wk_kube_escape(&path, within);
	}
	(void)wk_buf_printf(&path, "/%s", kind->resource);
	if (name) {
		(void)wk_buf_putc(&path, '/');
		wk_kube_escape(&path, name);
	}
	return wk_buf_take(&path);
}

static bool unknown(
	const struct wk_kube *kube, const char *api_version, const char *kind, struct wk_err *err)
{
	WK_AUTOFREE const char **names = wk_xcalloc(kube->n_kinds + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < kube->n_kinds; i++)
		if (strcmp(kube->kinds[i].api_version, api_version) == 0)
			names[i] = kube->kinds[i].kind;
	near = wk_suggest(kind, names, kube->n_kinds);
	return wk_err_set(err, WK_ERR_REMOTE, "%s: kind '%s' of '%s' is not served%s%s%s",
		kube->config.cluster, kind, api_version, near ? "; did you mean '" : "",
		near ? near : "", near ? "'?" : "");
}

/* NOLINTNEXTLINE(readability-function-size): the parts of a path, as manifests have them */
bool wk_kube_path(struct wk_kube *kube, const char *api_version, const char *kind,
	const char *namespace, const char *name, wk_nsec deadline, char **ret, struct wk_err *err)
{
	const struct wk_kube_bound bound = wk_kube_bound(deadline);
	const struct wk_kube_kind *known = wk_kube_known(kube, api_version, kind);
	wk_nsec rest = PAUSE_FIRST;

	while (!known) {
		if (!wk_kube_discover(kube, deadline, err) || !wk_kube_uninterrupted(&bound, err))
			return false;
		known = wk_kube_known(kube, api_version, kind);
		if (known)
			break;
		if (!may_come(api_version) || deadline - wk_now() <= rest)
			return unknown(kube, api_version, kind, err);
		wk_pause(rest);
		rest = rest * 2 < PAUSE_MOST ? rest * 2 : PAUSE_MOST;
	}
	*ret = wk_kube_path_of(known, namespace, name);
	return true;
}
