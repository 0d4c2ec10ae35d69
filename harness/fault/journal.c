/*
 * The journal of a fault
 *
 * A mesh that is kept outlives the process that broke it, so what was broken stands beside the mesh: the
 * fault's own way of healing, not only what was changed, because some faults need restarts
 * afterwards. Whoever reads it acts on it as root, so it is taken apart strictly.
 */
#include "wookie/fault/journal.h"

#include "wookie/base/file.h"
#include "wookie/fault/undo.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <time.h>

#define MAX_JOURNAL ((size_t)16 * 1024 * 1024)
#define VERSION 1

struct cJSON *wk_journal_new(void)
{
	cJSON *journal = cJSON_CreateObject();

	(void)cJSON_AddNumberToObject(journal, "version", VERSION);
	(void)cJSON_AddArrayToObject(journal, "entries");
	return journal;
}

static cJSON *step_json(const struct wk_fault_step *step)
{
	cJSON *json = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(json, "kind", step->kind);
	(void)cJSON_AddStringToObject(json, "args", step->args);
	(void)cJSON_AddStringToObject(json, "file", step->pos.file ? step->pos.file : "");
	(void)cJSON_AddNumberToObject(json, "line", step->pos.line);
	return json;
}

void wk_journal_name(cJSON *journal, const struct wk_fault *fault, const cJSON *vars)
{
	time_t now = time(NULL);
	struct tm tm;
	char since[32];
	cJSON *heal;

	(void)gmtime_r(&now, &tm);
	(void)strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &tm);
	(void)cJSON_AddStringToObject(journal, "fault", fault->id);
	(void)cJSON_AddStringToObject(journal, "title", fault->title);
	(void)cJSON_AddStringToObject(journal, "since", since);
	(void)cJSON_AddItemToObject(journal, "vars", cJSON_Duplicate(vars, true));
	heal = cJSON_AddArrayToObject(journal, "heal");
	for (size_t i = 0; i < fault->n_heal; i++)
		(void)cJSON_AddItemToArray(heal, step_json(&fault->heal[i]));
}

bool wk_journal_write(const char *file, const cJSON *journal, struct wk_err *err)
{
	char *text = cJSON_PrintUnformatted(journal);
	size_t len = strlen(text);
	bool ok = len <= MAX_JOURNAL
			  ? wk_file_write(file, text, len, 0600, err)
			  : wk_err_set(err, WK_ERR_SYSTEM,
				    "%s: a fault whose way back takes more than %zu bytes", file,
				    MAX_JOURNAL);

	cJSON_free(text);
	return ok;
}

/* What is odd about one entry; NULL: nothing. */
static const char *odd_entry(const cJSON *entry)
{
	static const struct {
		const char *kind;
		int type; /* of "what" */
		const char *odd;
	} rows[] = {
		{"object", cJSON_Object, "an object that is none"},
		{"pod", cJSON_Object, "a pod that is none"},
		{"created", cJSON_Object, "an object that is none"},
		{"rule", cJSON_Array, "a rule without words"},
		{"unruled", cJSON_Array, "a rule without words"},
		{"shape", cJSON_NULL, "a shape that is none"},
		{"stopped", cJSON_String, "a component without a name"},
	};
	const cJSON *what = cJSON_GetObjectItemCaseSensitive(entry, "what");
	const char *kind = wk_fault_text(entry, "kind");

	if (!kind || !wk_fault_text(entry, "cluster"))
		return "an entry without kind or cluster";
	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		if (strcmp(rows[i].kind, kind) != 0)
			continue;
		if (!what || (what->type & 0xff) != rows[i].type)
			return rows[i].odd;
		return rows[i].type == cJSON_Object && !wk_fault_is_named(what) ? rows[i].odd
										: NULL;
	}
	return "an entry of a kind that is not known";
}

static const char *odd_step(const cJSON *step)
{
	return wk_fault_text(step, "kind") && wk_fault_text(step, "args") &&
			       wk_fault_text(step, "file") &&
			       cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(step, "line"))
		       ? NULL
		       : "a step without kind, arguments or place";
}

static const char *odd_list(
	const cJSON *list, const char *(*odd)(const cJSON *item), const char *none)
{
	const cJSON *item;
	const char *found = cJSON_IsArray(list) ? NULL : none;

	cJSON_ArrayForEach(item, list) found = found ? found : odd(item);
	return found;
}

static const char *odd_journal(const cJSON *journal)
{
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(journal, "version");
	const char *odd;

	if (!journal)
		return "this is not JSON";
	if (!cJSON_IsNumber(version) || version->valuedouble != VERSION)
		return "expected version 1";
	if (!wk_fault_text(journal, "fault") || !wk_fault_text(journal, "since") ||
		!cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(journal, "vars")))
		return "it names no fault, or no values for its steps";
	odd = odd_list(cJSON_GetObjectItemCaseSensitive(journal, "heal"), odd_step, "no steps");
	return odd ? odd
		   : odd_list(cJSON_GetObjectItemCaseSensitive(journal, "entries"), odd_entry,
			     "no entries");
}

bool wk_journal_read(const char *file, cJSON **ret, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(MAX_JOURNAL);
	const char *odd;
	cJSON *journal;

	if (!wk_path_exists(file)) {
		*ret = NULL;
		return true;
	}
	if (!wk_file_read(file, MAX_JOURNAL, &text, err)) {
		/* No file of the user's: what is wrong with it is no usage error. */
		err->kind = WK_ERR_SYSTEM;
		return false;
	}
	journal = cJSON_ParseWithOpts(wk_buf_str(&text), NULL, true);
	odd = odd_journal(journal);
	if (!odd) {
		*ret = journal;
		return true;
	}
	cJSON_Delete(journal);
	return wk_err_set(err, WK_ERR_SYSTEM, "%s is damaged: %s", file, odd);
}

struct wk_fault_step wk_journal_step(const cJSON *step)
{
	return (struct wk_fault_step){
		.kind = wk_fault_text(step, "kind"),
		.args = wk_fault_text(step, "args"),
		.pos = {.file = wk_fault_text(step, "file"),
			.line = (unsigned)cJSON_GetNumberValue(
				cJSON_GetObjectItemCaseSensitive(step, "line"))},
	};
}
