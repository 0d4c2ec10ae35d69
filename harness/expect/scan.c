/*
 * Reading jq without running it
 *
 * libjq tells nothing about a program but whether it compiles. Three questions need more: does it
 * reach for what it must not (environment, modules, input), does it name a derived value that does
 * not exist (a typo would be null, which is only found out when the mesh is up), and where did the
 * expected value come from. A scan of its words and variables answers all three. It also makes sure
 * that brackets match, so that a program stays inside the parentheses in which it is compiled.
 */
#include "wookie/expect/scan.h"

#include "wookie/base/buf.h"
#include "wookie/base/suggest.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>

#define MAX_DEPTH 64
#define MAX_STEPS 16
#define FROM_MAX 4096

struct scanner {
	const char *p;
	/* Open brackets; '"' is a string, '\\' an interpolation inside one. */
	char open[MAX_DEPTH];
	size_t depth;
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool in_string(const struct scanner *s)
{
	return s->depth > 0 && s->open[s->depth - 1] == '"';
}

static bool push(struct scanner *s, char c, struct wk_err *err)
{
	if (s->depth == MAX_DEPTH)
		return wk_err_set(
			err, WK_ERR_INPUT, "brackets are nested more than %d deep", MAX_DEPTH);
	s->open[s->depth++] = c;
	s->p++;
	return true;
}

static bool pop(struct scanner *s, char c, struct wk_err *err)
{
	int opening = c == ')' ? '(' : c == ']' ? '[' : '{';
	int top = s->depth > 0 ? s->open[s->depth - 1] : 0;
	if (top != opening && !(top == '\\' && c == ')'))
		return wk_err_set(err, WK_ERR_INPUT, "'%c' closes nothing", c);
	s->depth--;
	s->p++;
	return true;
}

/* One step inside a string: text, an escape, an interpolation or its end. */
static bool string_step(struct scanner *s, struct wk_err *err)
{
	if (*s->p == '"') {
		s->depth--;
		s->p++;
		return true;
	}
	if (s->p[0] == '\\' && s->p[1] == '(') {
		s->p++;
		return push(s, '\\', err);
	}
	s->p += s->p[0] == '\\' && s->p[1] ? 2 : 1;
	return true;
}

/* A word or variable at s->p; fields and keys are passed over. */
static bool word_step(struct scanner *s, const char *program,
	bool (*fn)(void *context, const struct wk_token *token), void *context)
{
	bool variable = *s->p == '$';
	bool field = !variable && s->p > program && s->p[-1] == '.';
	struct wk_token token = {.kind = variable ? WK_TOKEN_VARIABLE : WK_TOKEN_WORD};
	const char *after;

	s->p += variable;
	token.text = s->p;
	while (is_word(*s->p))
		s->p++;
	token.len = (size_t)(s->p - token.text);
	after = s->p + strspn(s->p, " \t\n");
	if (token.len == 0 || field || (!variable && *after == ':'))
		return true;
	return fn(context, &token);
}

/* Whether the "." at p begins a term, and so stands for the input. */
static bool is_input(const char *program, const char *p)
{
	if (isdigit((unsigned char)p[1]))
		return false;
	return p == program || !(is_word(p[-1]) || strchr(")]}\"?", p[-1]));
}

/* Neither bracket nor word. */
static bool sign_step(struct scanner *s, const char *program,
	bool (*fn)(void *context, const struct wk_token *token), void *context)
{
	struct wk_token token = {.kind = WK_TOKEN_PIPE, .text = s->p, .len = 1};
	bool pipe = *s->p == '|' && s->p[1] != '=' && s->depth == 0;
	bool input = *s->p == '.' && is_input(program, s->p);

	if (input)
		token.kind = WK_TOKEN_INPUT;
	s->p++;
	return (!pipe && !input) || fn(context, &token);
}

bool wk_scan(const char *program, bool (*fn)(void *context, const struct wk_token *token),
	void *context, struct wk_err *err)
{
	struct scanner s = {.p = program};
	bool ok = true;

	while (ok && *s.p) {
		if (in_string(&s))
			ok = string_step(&s, err);
		else if (*s.p == '#')
			s.p += strcspn(s.p, "\n");
		else if (strchr("([{\"", *s.p))
			ok = push(&s, *s.p, err);
		else if (strchr(")]}", *s.p))
			ok = pop(&s, *s.p, err);
		else if (is_word(*s.p) || *s.p == '$')
			ok = word_step(&s, program, fn, context);
		else
			ok = sign_step(&s, program, fn, context);
	}
	if (ok && s.depth > 0)
		return wk_err_set(err, WK_ERR_INPUT, "%s",
			in_string(&s) ? "a string is not closed" : "a bracket is not closed");
	return ok;
}

static bool token_is(const struct wk_token *token, const char *text)
{
	return strlen(text) == token->len && memcmp(token->text, text, token->len) == 0;
}

static bool refuse(void *context, const struct wk_token *token)
{
	static const char *const words[] = {"env", "input", "inputs", "debug", "stderr",
		"input_filename", "input_line_number", "halt", "halt_error", "import", "include",
		"modulemeta", "get_search_list"};
	struct wk_err *err = context;

	if (token->kind == WK_TOKEN_VARIABLE)
		return !token_is(token, "ENV") ||
		       wk_err_set(err, WK_ERR_INPUT,
			       "'$ENV' reaches out of the expression; it sees only evidence and "
			       "derived values");
	for (size_t i = 0; i < WK_COUNT(words); i++)
		if (token_is(token, words[i]))
			return wk_err_set(err, WK_ERR_INPUT,
				"'%s' reaches out of the expression; it sees only evidence and "
				"derived values",
				words[i]);
	return true;
}

bool wk_scan_refuse(const char *program, struct wk_err *err)
{
	return wk_scan(program, refuse, err, err);
}

static bool is_other(void *context, const struct wk_token *token)
{
	return token->kind != WK_TOKEN_VARIABLE || !token_is(token, context);
}

struct looks {
	bool found;
	bool binds; /* "as $x |" hands the input on */
};

/* False at the first pipe that hands on something else. */
static bool look(void *context, const struct wk_token *token)
{
	static const char *const words[] = {"and", "or", "if", "then", "else", "elif", "end",
		"true", "false", "null", "reduce", "foreach", "try", "catch", "label", "empty",
		"range", "now"};
	struct looks *looks = context;

	if (token->kind == WK_TOKEN_VARIABLE)
		return true;
	if (token->kind == WK_TOKEN_PIPE) {
		bool binds = looks->binds;

		looks->binds = false;
		return binds;
	}
	if (token->kind == WK_TOKEN_WORD && token_is(token, "as")) {
		looks->binds = true;
		return true;
	}
	for (size_t i = 0; token->kind == WK_TOKEN_WORD && i < WK_COUNT(words); i++)
		if (token_is(token, words[i]))
			return true;
	/* A number is a word that stands for itself. */
	looks->found = token->kind == WK_TOKEN_INPUT || !isdigit((unsigned char)*token->text);
	return !looks->found;
}

bool wk_scan_looks(const char *program)
{
	struct looks looks = {0};
	struct wk_err ignored;

	return !wk_scan(program, look, &looks, &ignored) && looks.found;
}

bool wk_scan_uses(const char *program, const char *variable)
{
	WK_AUTOFREE char *name = wk_xstrdup(variable);
	struct wk_err err = {.kind = WK_ERR_NONE};

	return !wk_scan(program, is_other, name, &err) && err.kind == WK_ERR_NONE;
}

/* The keys after a variable: $server.gateway.addresses, also ["key"] and, passed over, [] and [0].
 */
struct chain {
	const char *key[MAX_STEPS];
	size_t len[MAX_STEPS];
	size_t n;
};

static bool add_key(struct chain *chain, const char *key, size_t len)
{
	if (len == 0 || chain->n == MAX_STEPS)
		return false;
	chain->key[chain->n] = key;
	chain->len[chain->n++] = len;
	return true;
}

/* A key in quotes, with or without brackets; p stands at its first letter. */
static const char *quoted_key(struct chain *chain, const char *p)
{
	size_t len = strcspn(p, "\"\\");

	if (p[len] != '"' || !add_key(chain, p, len))
		return NULL;
	return p[len + 1] == ']' ? p + len + 2 : p + len + 1;
}

static const char *plain_key(struct chain *chain, const char *p)
{
	size_t len = 0;

	while (is_word(p[len]))
		len++;
	return add_key(chain, p, len) ? p + len : NULL;
}

/* The next link; returns where it ends, or NULL where the chain does. */
static const char *chain_step(struct chain *chain, const char *p)
{
	size_t digits;

	if (*p == '?')
		return p + 1;
	if (p[0] == '.' && p[1] == '"')
		return quoted_key(chain, p + 2);
	if (p[0] == '.' && p[1] != '[')
		return plain_key(chain, p + 1);
	p += p[0] == '.';
	if (p[0] != '[')
		return NULL;
	if (p[1] == '"')
		return quoted_key(chain, p + 2);
	digits = strspn(p + 1, "0123456789");
	return p[1 + digits] == ']' ? p + digits + 2 : NULL;
}

static struct chain read_chain(const struct wk_token *token)
{
	struct chain chain = {.n = 0};
	const char *p = token->text + token->len;

	while (p)
		p = chain_step(&chain, p);
	return chain;
}

static const cJSON *variable(const cJSON *vars, const struct wk_token *token)
{
	WK_AUTOFREE char *name = wk_xstrndup(token->text, token->len);

	return cJSON_GetObjectItemCaseSensitive(vars, name);
}

struct names {
	const cJSON *vars;
	struct wk_err *err;
};

static bool no_such_key(
	const cJSON *object, const char *key, const struct wk_token *token, struct wk_err *err)
{
	const char *known[64];
	const char *near;
	size_t n = 0;

	for (const cJSON *i = object->child; i && n < WK_COUNT(known); i = i->next)
		known[n++] = i->string;
	near = wk_suggest(key, known, n);
	if (!near)
		return wk_err_set(err, WK_ERR_INPUT, "'$%.*s' holds no '%s'", (int)token->len,
			token->text, key);
	return wk_err_set(err, WK_ERR_INPUT, "'$%.*s' holds no '%s'; the nearest is '%s'",
		(int)token->len, token->text, key, near);
}

static bool check_name(void *context, const struct wk_token *token)
{
	struct names *names = context;
	const cJSON *at;
	struct chain chain;

	if (!refuse(names->err, token))
		return false;
	if (token->kind != WK_TOKEN_VARIABLE)
		return true;
	at = variable(names->vars, token);
	chain = read_chain(token);
	for (size_t i = 0; i < chain.n; i++) {
		WK_AUTOFREE char *key = wk_xstrndup(chain.key[i], chain.len[i]);
		const cJSON *next;

		if (cJSON_IsArray(at))
			at = at->child;
		if (!cJSON_IsObject(at))
			return true;
		next = cJSON_GetObjectItemCaseSensitive(at, key);
		if (!next)
			return no_such_key(at, key, token, names->err);
		at = next;
	}
	return true;
}

bool wk_scan_names(const char *program, const struct cJSON *vars, struct wk_err *err)
{
	struct names names = {vars, err};

	return wk_scan(program, check_name, &names, err);
}

struct sources {
	const cJSON *vars;
	struct wk_buf text;
};

static void add_source(struct wk_buf *text, const char *source)
{
	/* Distinct ones only; a source is long enough not to be part of another by chance. */
	if (strstr(wk_buf_str(text), source))
		return;
	if (text->len > 0)
		(void)wk_buf_puts(text, "; ");
	(void)wk_buf_puts(text, source);
}

static size_t common_prefix(const char *key, const char *path)
{
	size_t len = strlen(key);

	if (strncmp(key, path, len) != 0 || (path[len] != '\0' && path[len] != '.'))
		return 0;
	return len;
}

static void add_from(struct wk_buf *text, const cJSON *object, const char *path)
{
	const cJSON *from = cJSON_GetObjectItemCaseSensitive(object, "from");
	const cJSON *best = NULL;
	size_t length = strlen(path);
	size_t longest = 0;

	if (!cJSON_IsObject(from) || length == 0)
		return;
	for (const cJSON *i = from->child; i; i = i->next) {
		size_t len = cJSON_IsString(i) ? common_prefix(i->string, path) : 0;

		best = len > longest ? i : best;
		longest = len > longest ? len : longest;
	}
	if (best) {
		add_source(text, best->valuestring);
		return;
	}
	/* The program takes the whole of what has several sources. */
	for (const cJSON *i = from->child; i; i = i->next)
		if (cJSON_IsString(i) && common_prefix(path, i->string) == length)
			add_source(text, i->valuestring);
}

static bool collect(void *context, const struct wk_token *token)
{
	struct sources *sources = context;
	struct wk_buf WK_AUTO(wk_buf_finish) path = WK_BUF_INIT(FROM_MAX);
	const cJSON *value;
	struct chain chain;

	if (token->kind != WK_TOKEN_VARIABLE)
		return true;
	value = variable(sources->vars, token);
	chain = read_chain(token);
	for (size_t i = 0; i < chain.n; i++)
		(void)wk_buf_printf(&path, "%s%.*s", i ? "." : "", (int)chain.len[i], chain.key[i]);
	if (!cJSON_IsArray(value)) {
		add_from(&sources->text, value, wk_buf_str(&path));
		return true;
	}
	for (const cJSON *i = value->child; i; i = i->next)
		add_from(&sources->text, i, wk_buf_str(&path));
	return true;
}

char *wk_scan_from(const char *program, const struct cJSON *vars)
{
	struct sources sources = {.vars = vars, .text = WK_BUF_INIT(FROM_MAX)};
	struct wk_err ignored;

	if (!wk_scan(program, collect, &sources, &ignored))
		wk_buf_finish(&sources.text);
	return wk_buf_take(&sources.text);
}
