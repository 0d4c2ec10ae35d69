/*
 * jq
 *
 * libjq compiles its own built-in functions anew for every program: 15 ms with jq 1.6, however
 * short the program is. A run has hundreds of expressions and forks a worker for each check, so all
 * of them are compiled once, as the branches of one program, before the first worker is forked; the
 * workers inherit it. The cache is all the state there is, and only makes things faster: what is
 * not in it is compiled when it is used.
 *
 * Variables are not bound when compiling but taken from the input, {"n": which program, "vars": ..,
 * "input": ..}, so that the compiled form serves every cluster and every attempt.
 */
#include "wookie/base/buf.h"
#include "wookie/base/num.h"
#include "wookie/expect/expect.h"
#include "wookie/expect/scan.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <jq.h>
#include <jv.h>
#include <stdio.h>
#include <string.h>

/* Wrong programs that are left out one by one: each costs a compilation of all. */
#define MOST_WRONG 16
#define SOURCE_MAX ((size_t)4 * 1024 * 1024)

struct prepared {
	jq_state *jq;
	char **programs;
	size_t n;
	char **names;
	size_t n_names;
};

static struct prepared cache;

static jv to_jv(const cJSON *json)
{
	jv value;

	if (cJSON_IsTrue(json) || cJSON_IsFalse(json))
		return jv_bool(cJSON_IsTrue(json));
	if (cJSON_IsNumber(json))
		return jv_number(json->valuedouble);
	if (cJSON_IsString(json))
		return jv_string(json->valuestring);
	if (cJSON_IsArray(json)) {
		value = jv_array();
		for (const cJSON *i = json->child; i; i = i->next)
			value = jv_array_append(value, to_jv(i));
		return value;
	}
	if (cJSON_IsObject(json)) {
		value = jv_object();
		for (const cJSON *i = json->child; i; i = i->next)
			value = jv_object_set(value, jv_string(i->string), to_jv(i));
		return value;
	}
	return jv_null();
}

static cJSON *from_jv(jv value);

static cJSON *object_from_jv(jv value)
{
	cJSON *object = cJSON_CreateObject();

	for (int i = jv_object_iter(value); jv_object_iter_valid(value, i);
		i = jv_object_iter_next(value, i)) {
		jv key = jv_object_iter_key(value, i);

		cJSON_AddItemToObject(
			object, jv_string_value(key), from_jv(jv_object_iter_value(value, i)));
		jv_free(key);
	}
	jv_free(value);
	return object;
}

static cJSON *array_from_jv(jv value)
{
	cJSON *array = cJSON_CreateArray();
	int n = jv_array_length(jv_copy(value));

	for (int i = 0; i < n; i++)
		cJSON_AddItemToArray(array, from_jv(jv_array_get(jv_copy(value), i)));
	jv_free(value);
	return array;
}

/* Takes value over, as all of libjq's own functions do. */
static cJSON *from_jv(jv value)
{
	cJSON *json = NULL;

	switch (jv_get_kind(value)) {
	case JV_KIND_OBJECT:
		return object_from_jv(value);
	case JV_KIND_ARRAY:
		return array_from_jv(value);
	case JV_KIND_STRING:
		json = cJSON_CreateString(jv_string_value(value));
		break;
	case JV_KIND_NUMBER:
		json = cJSON_CreateNumber(jv_number_value(value));
		break;
	case JV_KIND_TRUE:
		json = cJSON_CreateTrue();
		break;
	case JV_KIND_FALSE:
		json = cJSON_CreateFalse();
		break;
	case JV_KIND_NULL:
	case JV_KIND_INVALID:
		json = cJSON_CreateNull();
		break;
	}
	jv_free(value);
	return json;
}

/* What jq said of a program: its first complaint, and the first line that any of them names. */
struct complaint {
	struct wk_buf message;
	uint64_t line; /* 0: none was named */
};

/* From "... at <top-level>, line 3:" (jq 1.6) or "... line 3, column 5:" (1.7). */
static uint64_t line_of(const char *message)
{
	static const char before[] = " at <top-level>, line ";
	const char *start = strstr(message, before);
	struct wk_err ignored;
	uint64_t line = 0;
	char digits[8] = "";

	if (!start)
		return 0;
	start += strlen(before);
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)strspn(start, "0123456789"), start);
	return wk_num_parse(digits, 1, UINT32_MAX, &line, &ignored) ? line : 0;
}

static void on_error(void *context, jv message)
{
	struct complaint *complaint = context;
	jv text = jv_get_kind(message) == JV_KIND_STRING ? message : jv_dump_string(message, 0);
	uint64_t line = line_of(jv_string_value(text));

	if (complaint->message.len == 0)
		(void)wk_buf_puts(&complaint->message, jv_string_value(text));
	if (line > 0 && (complaint->line == 0 || line < complaint->line))
		complaint->line = line;
	jv_free(text);
}

/* The length of a message without the place in the program, which is ours and means nothing. */
static size_t message_length(const char *message)
{
	static const char *const ends[] = {"\n", " at <top-level>", " (Unix shell quoting"};
	size_t len = strlen(message);

	for (size_t i = 0; i < WK_COUNT(ends); i++) {
		const char *end = strstr(message, ends[i]);

		if (end && end < message + len)
			len = (size_t)(end - message);
	}
	return len;
}

/* "jq: error: foo/1 is not defined at <top-level>, line 1:\n..." becomes "foo/1 is not defined". */
static char *tidy(const char *message)
{
	static const char prefix[] = "jq: error: ";
	char *text;

	if (strncmp(message, prefix, strlen(prefix)) == 0)
		message += strlen(prefix);
	text = wk_xstrndup(message, message_length(message));
	/* "Cannot iterate over null"; but "JSON ..." keeps its capitals. */
	if (isupper((unsigned char)text[0]) && !isupper((unsigned char)text[1]))
		text[0] = (char)(text[0] - 'A' + 'a');
	return text;
}

static bool jq_says(struct wk_err *err, const char *program, const char *message)
{
	WK_AUTOFREE char *text = tidy(message);

	return wk_err_set(err, WK_ERR_INPUT, "jq '%.120s': %s", program, text);
}

/* NULL with the complaint, which says nothing when jq itself cannot be started. Takes args over. */
static jq_state *try_compile(const char *program, jv args, struct complaint *complaint)
{
	jq_state *jq = jq_init();
	bool ok;

	if (!jq) {
		jv_free(args);
		return NULL;
	}
	jq_set_error_cb(jq, on_error, complaint);
	ok = jq_compile_args(jq, program, args);
	jq_set_error_cb(jq, NULL, NULL);
	if (!ok)
		jq_teardown(&jq);
	return jq;
}

static jq_state *compile(const char *program, jv args, struct wk_err *err)
{
	struct complaint complaint = {.message = WK_BUF_INIT(SOURCE_MAX)};
	jq_state *jq = try_compile(program, args, &complaint);

	if (!jq && complaint.message.len == 0)
		(void)wk_err_set(err, WK_ERR_SYSTEM, "jq cannot be started");
	else if (!jq)
		(void)jq_says(err, program, wk_buf_str(&complaint.message));
	wk_buf_finish(&complaint.message);
	return jq;
}

bool wk_jq_check(const char *program, const struct cJSON *vars, struct wk_err *err)
{
	jq_state *jq;

	if (!wk_scan_names(program, vars, err))
		return wk_err_context(err, "jq '%.120s'", program);
	if (wk_jq_is_prepared(program, vars))
		return true;
	jq = compile(program, to_jv(vars), err);
	if (!jq)
		return false;
	jq_teardown(&jq);
	return true;
}

static bool raised(struct wk_err *err, const char *program, jv invalid)
{
	jv message = jv_invalid_get_msg(invalid);
	jv text = jv_get_kind(message) == JV_KIND_STRING ? message : jv_dump_string(message, 0);

	(void)jq_says(err, program, jv_string_value(text));
	jv_free(text);
	return false;
}

/* Takes input over. */
static bool only_value(
	jq_state *jq, const char *program, jv input, struct cJSON **ret, struct wk_err *err)
{
	jv value;
	jv second;

	jq_start(jq, input, 0);
	value = jq_next(jq);
	if (!jv_is_valid(value)) {
		if (jv_invalid_has_msg(jv_copy(value)))
			return raised(err, program, value);
		jv_free(value);
		return wk_err_set(
			err, WK_ERR_INPUT, "jq '%.120s': yields no value, expected one", program);
	}
	second = jq_next(jq);
	if (!jv_is_valid(second) && !jv_invalid_has_msg(jv_copy(second))) {
		jv_free(second);
		*ret = from_jv(value);
		return true;
	}
	jv_free(value);
	if (!jv_is_valid(second))
		return raised(err, program, second);
	jv_free(second);
	return wk_err_set(err, WK_ERR_INPUT,
		"jq '%.120s': yields more than one value, expected one; put it in [...]", program);
}

/* Its place in the cache; -1 where it is not there or uses a variable that vars does not hold. */
static int find_prepared(const char *program, const cJSON *vars)
{
	size_t at = 0;

	while (at < cache.n && strcmp(cache.programs[at], program) != 0)
		at++;
	if (at == cache.n)
		return -1;
	for (size_t i = 0; i < cache.n_names; i++)
		if (!cJSON_HasObjectItem(vars, cache.names[i]) &&
			wk_scan_uses(program, cache.names[i]))
			return -1;
	return (int)at;
}

bool wk_jq_is_prepared(const char *program, const struct cJSON *vars)
{
	return find_prepared(program, vars) >= 0;
}

bool wk_jq_eval(const char *program, const struct cJSON *input, const struct cJSON *vars,
	struct cJSON **ret, struct wk_err *err)
{
	int at = find_prepared(program, vars);
	jq_state *jq;
	jv wrapped;
	bool ok;

	if (at >= 0) {
		wrapped = jv_object_set(jv_object(), jv_string("n"), jv_number(at));
		wrapped = jv_object_set(wrapped, jv_string("vars"), to_jv(vars));
		wrapped = jv_object_set(wrapped, jv_string("input"), to_jv(input));
		return only_value(cache.jq, program, wrapped, ret, err);
	}
	if (!wk_scan_refuse(program, err))
		return wk_err_context(err, "jq '%.120s'", program);
	jq = compile(program, vars ? to_jv(vars) : jv_object(), err);
	if (!jq)
		return false;
	ok = only_value(jq, program, to_jv(input), ret, err);
	jq_teardown(&jq);
	return ok;
}

static bool is_known(char **list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], text) == 0)
			return true;
	return false;
}

/* One program with n branches. Each has lines of its own, and ends its last one: a program may
 * close with a comment. */
static char *dispatcher(const struct prepared *p)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(SOURCE_MAX);

	(void)wk_buf_puts(&text, ".vars as {");
	for (size_t i = 0; i < p->n_names; i++)
		(void)wk_buf_printf(&text, "%s%s: $%s", i ? ", " : "", p->names[i], p->names[i]);
	(void)wk_buf_puts(&text, "} | .n as $__n | .input | ");
	for (size_t i = 0; i < p->n; i++)
		(void)wk_buf_printf(&text, "%s $__n == %zu then (%s\n)\n", i ? " elif" : "if", i,
			p->programs[i]);
	(void)wk_buf_puts(&text, " else null end");
	return text.full ? NULL : wk_buf_take(&text);
}

/* Which program a line of the dispatcher belongs to; the first when no line is known. */
static size_t program_at(const struct prepared *p, uint64_t line)
{
	uint64_t end = 0;

	for (size_t i = 0; i < p->n; i++) {
		end += 2;
		for (const char *c = p->programs[i]; *c; c++)
			end += *c == '\n';
		if (line <= end)
			return i;
	}
	return 0;
}

static void prepared_finish(struct prepared *p)
{
	if (p->jq)
		jq_teardown(&p->jq);
	for (size_t i = 0; i < p->n; i++)
		free(p->programs[i]);
	for (size_t i = 0; i < p->n_names; i++)
		free(p->names[i]);
	free(p->programs);
	free(p->names);
	*p = (struct prepared){.jq = NULL};
}

/* Those from `at` on, as many as there are up to `n`. */
static void drop(struct prepared *p, size_t at, size_t n)
{
	size_t end = n < p->n - at ? at + n : p->n;

	for (size_t i = at; i < end; i++)
		free(p->programs[i]);
	memmove(&p->programs[at], &p->programs[end], (p->n - end) * sizeof(*p->programs));
	p->n -= end - at;
}

/* Where one does not compile, leaves that one out. Where it is not known which, or so many were wrong that
 * trying takes longer than it saves, keeps those before it alone: at least one fewer in any case. */
static void compile_together(struct prepared *p, size_t tried)
{
	struct complaint complaint = {.message = WK_BUF_INIT(SOURCE_MAX)};
	WK_AUTOFREE char *source = dispatcher(p);
	bool known;

	if (source)
		p->jq = try_compile(source, jv_object(), &complaint);
	known = source && complaint.line > 0 && tried < MOST_WRONG;
	if (!p->jq)
		drop(p, program_at(p, complaint.line), known ? 1 : p->n);
	wk_buf_finish(&complaint.message);
}

void wk_jq_prepare(const char *const *programs, size_t n, const struct cJSON *vars)
{
	struct prepared fresh = {
		.programs = wk_xcalloc(n + 1, sizeof(char *)),
		.names = wk_xcalloc((size_t)cJSON_GetArraySize(vars) + 1, sizeof(char *)),
	};
	struct wk_err ignored;

	wk_jq_forget();
	for (const cJSON *i = vars ? vars->child : NULL; i; i = i->next)
		fresh.names[fresh.n_names++] = wk_xstrdup(i->string);
	for (size_t i = 0; i < n; i++)
		if (!is_known(fresh.programs, fresh.n, programs[i]) &&
			wk_scan_refuse(programs[i], &ignored))
			fresh.programs[fresh.n++] = wk_xstrdup(programs[i]);
	for (size_t i = 0; fresh.n > 0 && fresh.n_names > 0 && !fresh.jq; i++)
		compile_together(&fresh, i);
	if (fresh.jq)
		cache = fresh;
	else
		prepared_finish(&fresh);
}

void wk_jq_forget(void)
{
	prepared_finish(&cache);
}
