/* The command that takes a change back, quoted as a shell takes it. */
#include "wookie/suspect/suspect.h"

#include <cjson/cJSON.h>
#include <string.h>

#define MAX_COMMAND ((size_t)256 * 1024)

static const cJSON *at(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(at(object, key));

	return text ? text : "";
}

static void quote(struct wk_buf *out, const char *text)
{
	(void)wk_buf_putc(out, '\'');
	for (; *text; text++)
		(void)(*text == '\'' ? wk_buf_puts(out, "'\\''") : wk_buf_putc(out, *text));
	(void)wk_buf_putc(out, '\'');
}

static void add_kubectl(struct wk_buf *out, const cJSON *change, const char *mesh)
{
	(void)wk_buf_printf(out, "wookie-conform shell --name %s %s -- kubectl", mesh,
		text_of(change, "cluster"));
}

/* "virtualservice.v1.networking.istio.io NAME -n NAMESPACE" */
static void add_object(struct wk_buf *out, const cJSON *object)
{
	const char *version = text_of(object, "apiVersion");
	const char *slash = strchr(version, '/');
	const cJSON *metadata = at(object, "metadata");
	const char *namespace = text_of(metadata, "namespace");

	(void)wk_buf_printf(out, " %s", text_of(object, "kind"));
	if (slash)
		(void)wk_buf_printf(out, ".%s.%.*s", slash + 1, (int)(slash - version), version);
	(void)wk_buf_printf(out, " %s", text_of(metadata, "name"));
	if (*namespace)
		(void)wk_buf_printf(out, " -n %s", namespace);
}

static bool holds_hashes(const cJSON *patch)
{
	return at(patch, "data") != NULL;
}

static bool object_command(struct wk_buf *out, const cJSON *change, const char *mesh)
{
	const cJSON *before = at(change, "before");
	const cJSON *after = at(change, "after");
	bool secret = strcmp(text_of(before, "kind"), "Secret") == 0;
	cJSON *patch;
	bool known;

	if (!before) {
		add_kubectl(out, change, mesh);
		(void)wk_buf_puts(out, " delete");
		add_object(out, after);
		return true;
	}
	patch = after ? wk_suspect_patch(after, before) : cJSON_Duplicate(before, true);
	known = patch && !(secret && holds_hashes(patch));
	if (known) {
		WK_AUTOFREE char *text = cJSON_PrintUnformatted(patch);

		if (!after) {
			(void)wk_buf_puts(out, "printf %s ");
			quote(out, text);
			(void)wk_buf_puts(out, " | ");
			add_kubectl(out, change, mesh);
			(void)wk_buf_puts(out, " create -f -");
		} else {
			add_kubectl(out, change, mesh);
			(void)wk_buf_puts(out, " patch");
			add_object(out, before);
			(void)wk_buf_puts(out, " --type merge -p ");
			quote(out, text);
		}
	}
	cJSON_Delete(patch);
	return known;
}

/* "filter -A INPUT ..." as iptables-save writes it, which quotes as a shell does. */
static bool rule_command(struct wk_buf *out, const cJSON *change, pid_t node)
{
	const char *name = text_of(change, "name");
	const char *rule = strchr(name, ' ');
	bool added = strcmp(text_of(change, "what"), "added") == 0;

	if (!rule || strncmp(rule, " -A ", 4) != 0 || node <= 0)
		return false;
	return wk_buf_printf(out, "nsenter -t %d -n iptables -w 5 -t %.*s %s %s", (int)node,
		(int)(rule - name), name, added ? "-D" : "-A", rule + 4);
}

static bool node_command(struct wk_buf *out, const cJSON *change, pid_t node)
{
	const char *layer = text_of(change, "layer");
	const char *name = text_of(change, "name");
	bool added = strcmp(text_of(change, "what"), "added") == 0;

	if (strcmp(layer, "rules") == 0)
		return rule_command(out, change, node);
	if (strcmp(layer, "qdiscs") == 0 && added && node > 0)
		return wk_buf_printf(out, "nsenter -t %d -n tc qdisc del dev %s root", (int)node,
			strstr(name, "dev lo ") ? "lo" : "eth0");
	if (strcmp(layer, "routes") == 0 && node > 0)
		return wk_buf_printf(out, "nsenter -t %d -n ip route %s %s", (int)node,
			added ? "del" : "add", name);
	return false;
}

char *wk_suspect_command(const cJSON *change, const char *mesh, pid_t node)
{
	struct wk_buf WK_AUTO(wk_buf_finish) out = WK_BUF_INIT(MAX_COMMAND);
	bool known = strcmp(text_of(change, "layer"), "object") == 0
			     ? object_command(&out, change, mesh)
			     : node_command(&out, change, node);

	return known && !out.full ? wk_buf_take(&out) : NULL;
}
