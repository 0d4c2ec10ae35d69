/*
 * A fix that can be pasted
 *
 * The catalog writes a fix once, for any mesh; who reads it in a report has one mesh and one failed
 * check before him. So the names of that check's clusters and workloads are filled in. Only what the topology
 * declares is used: a fix is printed when clusters do not answer, too.
 */
#include "wookie/run/fix.h"

#include "wookie/base/buf.h"
#include "wookie/expect/expect.h"
#include "wookie/mesh/facts.h"
#include "wookie/run/plan.h"

#include <cjson/cJSON.h>
#include <string.h>

#define FIX_MAX ((size_t)64 * 1024)

static int index_of(const struct wk_topology *topology, const char *name, size_t len)
{
	for (size_t i = 0; i < topology->n_clusters; i++)
		if (strlen(topology->clusters[i].name) == len &&
			strncmp(topology->clusters[i].name, name, len) == 0)
			return (int)i;
	return -1;
}

/* The first pair, or else link, that satisfies what is known of it. */
static void complete(
	struct wk_instance *where, const struct wk_topology *topology, enum wk_scope scope)
{
	struct wk_instance all[WK_MAX_INSTANCES];
	size_t n = wk_scope_instances(topology, scope, all);

	for (size_t i = 0; i < n; i++) {
		if ((where->client >= 0 && where->client != all[i].client) ||
			(where->server >= 0 && where->server != all[i].server))
			continue;
		where->client = all[i].client;
		where->server = all[i].server;
		return;
	}
}

/* Tries to see the cluster as `side` of a pair. */
static void complete_as(struct wk_instance *where, int *side, const struct wk_topology *topology)
{
	*side = where->cluster;
	complete(where, topology, WK_SCOPE_PAIRS);
	if (where->client < 0 || where->server < 0)
		*side = -1;
}

/* Every role has somebody: of a check about one cluster, who calls it, or whom it calls. */
static struct wk_instance place(
	const struct wk_cause *cause, const struct wk_topology *topology, const char *scope)
{
	const char *other = strchr(scope, '>');
	size_t len = other ? (size_t)(other - scope) : strlen(scope);
	struct wk_instance where = {.client = -1, .server = -1, .cluster = -1};
	bool calls = strstr(cause->fix, "${client.") != NULL;

	if (other) {
		where.client = index_of(topology, scope, len);
		where.server = index_of(topology, other + 1, strlen(other + 1));
		where.cluster = where.server;
	} else if (*scope) {
		where.cluster = index_of(topology, scope, len);
		complete_as(&where, calls ? &where.client : &where.server, topology);
		if (where.client < 0 || where.server < 0)
			complete_as(&where, calls ? &where.server : &where.client, topology);
	}
	complete(&where, topology, WK_SCOPE_PAIRS);
	complete(&where, topology, WK_SCOPE_LINKS);
	if (where.cluster < 0)
		where.cluster = where.server >= 0 ? where.server : 0;
	return where;
}

/* For wk_expand(): the blank keeps the whole of it from being one expression. The caller frees. */
static char *as_json(const char *text)
{
	WK_AUTOFREE char *blank = wk_xasprintf(" %s", text);
	cJSON *json = cJSON_CreateString(blank);
	char *printed = cJSON_PrintUnformatted(json);

	cJSON_Delete(json);
	return printed;
}

/* What one expression stands for; as the catalog has it where that is not to be had: "<client.testPod.name>". */
static void fill(struct wk_buf *text, const char *path, size_t len, const cJSON *vars)
{
	WK_AUTOFREE char *expression = wk_xasprintf("${%.*s}", (int)len, path);
	WK_AUTOFREE char *json = as_json(expression);
	cJSON *value = NULL;
	struct wk_err ignored;

	if (wk_expand(json, vars, &value, &ignored) && cJSON_IsString(value))
		(void)wk_buf_puts(text, value->valuestring + 1);
	else
		(void)wk_buf_printf(text, "<%.*s>", (int)len, path);
	cJSON_Delete(value);
}

static char *filled(const char *fix, const cJSON *vars)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(FIX_MAX);

	while (*fix) {
		const char *end = strncmp(fix, "${", 2) == 0 ? strchr(fix, '}') : NULL;

		if (end) {
			fill(&text, fix + 2, (size_t)(end - fix - 2), vars);
			fix = end + 1;
		} else {
			(void)wk_buf_putc(&text, *fix++);
		}
	}
	return wk_buf_take(&text);
}

char *wk_fix_json(const struct wk_cause *cause)
{
	return as_json(cause->fix);
}

char *wk_fix_text(
	const struct wk_cause *cause, const struct wk_topology *topology, const char *scope)
{
	struct wk_instance where = place(cause, topology, scope ? scope : "");
	cJSON *facts = wk_facts_declared(topology);
	cJSON *vars = wk_instance_vars(&where, facts);
	char *text = filled(cause->fix, vars);

	cJSON_Delete(vars);
	cJSON_Delete(facts);
	return text;
}
