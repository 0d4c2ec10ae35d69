/*
 * What is different
 *
 * Objects by their key, and of those that are in both looks each field that is not the same. A
 * cluster that did not answer now has not lost its objects: nothing is said of them.
 */
#include "wookie/suspect/suspect.h"

#include <cjson/cJSON.h>
#include <string.h>

#define MAX_FIELDS 12
#define MAX_VALUE 240

static const cJSON *at(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static void add_value(cJSON *field, const char *key, const cJSON *value)
{
	WK_AUTOFREE char *text = NULL;

	if (!value)
		return;
	text = cJSON_PrintUnformatted(value);
	if (strlen(text) <= MAX_VALUE) {
		(void)cJSON_AddItemToObject(field, key, cJSON_Duplicate(value, true));
		return;
	}
	WK_AUTOFREE char *cut = wk_xasprintf("%.*s ...", MAX_VALUE, text);

	(void)cJSON_AddStringToObject(field, key, cut);
}

static void add_field(cJSON *fields, const char *path, const cJSON *was, const cJSON *is)
{
	cJSON *field;

	if (cJSON_GetArraySize(fields) >= MAX_FIELDS)
		return;
	field = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(field, "path", path);
	add_value(field, "was", was);
	add_value(field, "is", is);
	(void)cJSON_AddItemToArray(fields, field);
}

static void compare(cJSON *fields, const char *path, const cJSON *was, const cJSON *is);

static void compare_keys(cJSON *fields, const char *path, const cJSON *was, const cJSON *is)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, was)
	{
		WK_AUTOFREE char *longer =
			wk_xasprintf("%s%s%s", path, *path ? "." : "", item->string);

		compare(fields, longer, item, at(is, item->string));
	}
	cJSON_ArrayForEach(item, is) if (!at(was, item->string))
	{
		WK_AUTOFREE char *longer =
			wk_xasprintf("%s%s%s", path, *path ? "." : "", item->string);

		add_field(fields, longer, NULL, item);
	}
}

static const cJSON *named(const cJSON *list, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		const char *its = cJSON_GetStringValue(at(item, "name"));

		if (its && strcmp(its, name) == 0)
			return item;
	}
	return NULL;
}

/* Whether each item has a name of its own, as containers, variables, ports and volumes have. */
static bool is_by_name(const cJSON *list)
{
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return false;
	cJSON_ArrayForEach(item, list)
	{
		const char *name = cJSON_GetStringValue(at(item, "name"));

		if (!name || named(list, name) != item)
			return false;
	}
	return true;
}

/* By name, so that what was added in front leaves the rest as it was. */
static void compare_named(cJSON *fields, const char *path, const cJSON *was, const cJSON *is)
{
	const int before = cJSON_GetArraySize(fields);
	const cJSON *item;

	cJSON_ArrayForEach(item, was)
	{
		const char *name = cJSON_GetStringValue(at(item, "name"));
		WK_AUTOFREE char *longer = wk_xasprintf("%s[%s]", path, name);

		compare(fields, longer, item, named(is, name));
	}
	cJSON_ArrayForEach(item, is)
	{
		const char *name = cJSON_GetStringValue(at(item, "name"));
		WK_AUTOFREE char *longer = wk_xasprintf("%s[%s]", path, name);

		if (!named(was, name))
			add_field(fields, longer, NULL, item);
	}
	if (cJSON_GetArraySize(fields) == before) /* the order, which routes go by */
		add_field(fields, path, was, is);
}

/* Recursion is bounded by cJSON's own limit on nesting. */
static void compare(cJSON *fields, const char *path, const cJSON *was, const cJSON *is)
{
	size_t i = 0;

	if (is && cJSON_Compare(was, is, true))
		return;
	if (cJSON_IsObject(was) && cJSON_IsObject(is)) {
		compare_keys(fields, path, was, is);
		return;
	}
	if (is_by_name(was) && is_by_name(is)) {
		compare_named(fields, path, was, is);
		return;
	}
	if (!cJSON_IsArray(was) || !cJSON_IsArray(is) ||
		cJSON_GetArraySize(was) != cJSON_GetArraySize(is)) {
		add_field(fields, path, was, is);
		return;
	}
	for (const cJSON *a = was->child, *b = is->child; a && b; a = a->next, b = b->next, i++) {
		WK_AUTOFREE char *longer = wk_xasprintf("%s[%zu]", path, i);

		compare(fields, longer, a, b);
	}
}

cJSON *wk_suspect_patch(const cJSON *from, const cJSON *to)
{
	cJSON *patch;
	const cJSON *item;

	if (cJSON_Compare(from, to, true))
		return NULL;
	if (!cJSON_IsObject(from) || !cJSON_IsObject(to))
		return cJSON_Duplicate(to, true);
	patch = cJSON_CreateObject();
	cJSON_ArrayForEach(item, from) if (!at(to, item->string))(void)
		cJSON_AddNullToObject(patch, item->string);
	cJSON_ArrayForEach(item, to)
	{
		const cJSON *old = at(from, item->string);
		cJSON *part = old ? wk_suspect_patch(old, item) : cJSON_Duplicate(item, true);

		if (part)
			(void)cJSON_AddItemToObject(patch, item->string, part);
	}
	return patch;
}

static cJSON *add_change(
	cJSON *changes, const char *cluster, const char *layer, const char *what, const char *name)
{
	cJSON *change = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(change, "cluster", cluster);
	(void)cJSON_AddStringToObject(change, "layer", layer);
	(void)cJSON_AddStringToObject(change, "what", what);
	(void)cJSON_AddStringToObject(change, "name", name);
	(void)cJSON_AddItemToArray(changes, change);
	return change;
}

static void add_who(cJSON *change, const cJSON *entry)
{
	static const char *const keys[] = {"by", "since"};

	for (size_t i = 0; i < WK_COUNT(keys); i++) {
		const char *text = cJSON_GetStringValue(at(entry, keys[i]));

		if (text && *text)
			(void)cJSON_AddStringToObject(change, keys[i], text);
	}
}

static void differ_object(
	cJSON *changes, const char *cluster, const char *key, const cJSON *was, const cJSON *is)
{
	const cJSON *before = at(was, "object");
	const cJSON *after = at(is, "object");
	cJSON *change;

	if (was && is && cJSON_Compare(before, after, true))
		return;
	change = add_change(changes, cluster, "object",
		!was ? "added"
		: is ? "changed"
		     : "removed",
		key);
	if (before)
		(void)cJSON_AddItemToObject(change, "before", cJSON_Duplicate(before, true));
	if (!after)
		return;
	(void)cJSON_AddItemToObject(change, "after", cJSON_Duplicate(after, true));
	add_who(change, is);
	if (before)
		compare(cJSON_AddArrayToObject(change, "fields"), "", before, after);
}

static void differ_objects(cJSON *changes, const char *cluster, const cJSON *was, const cJSON *is)
{
	const cJSON *item;

	if (!was || !is)
		return;
	cJSON_ArrayForEach(item, was)
		differ_object(changes, cluster, item->string, item, at(is, item->string));
	cJSON_ArrayForEach(item, is) if (!at(was, item->string))
		differ_object(changes, cluster, item->string, NULL, item);
}

/* Lines are there or not; a process also has fields. */
static void differ_line(
	cJSON *changes, const char *cluster, const char *layer, const cJSON *was, const cJSON *is)
{
	cJSON *change;

	if (is && cJSON_Compare(was, is, true))
		return;
	change = add_change(changes, cluster, layer, is ? "changed" : "removed", was->string);
	if (is)
		compare(cJSON_AddArrayToObject(change, "fields"), "", was, is);
}

static void differ_node(cJSON *changes, const char *cluster, const cJSON *was, const cJSON *is)
{
	static const char *const layers[] = {"rules", "qdiscs", "routes", "sysctls", "processes"};

	for (size_t i = 0; i < WK_COUNT(layers); i++) {
		const cJSON *a = at(was, layers[i]);
		const cJSON *b = at(is, layers[i]);
		const cJSON *line;

		if (!a || !b)
			continue;
		cJSON_ArrayForEach(line, b) if (!at(a, line->string))(void)
			add_change(changes, cluster, layers[i], "added", line->string);
		cJSON_ArrayForEach(line, a)
			differ_line(changes, cluster, layers[i], line, at(b, line->string));
	}
}

cJSON *wk_suspect_differ(const cJSON *before, const cJSON *after)
{
	cJSON *changes = cJSON_CreateArray();
	const cJSON *was;

	cJSON_ArrayForEach(was, at(before, "clusters"))
	{
		const cJSON *is = at(at(after, "clusters"), was->string);

		differ_objects(changes, was->string, at(was, "objects"), at(is, "objects"));
		differ_node(changes, was->string, at(was, "node"), at(is, "node"));
	}
	return changes;
}
