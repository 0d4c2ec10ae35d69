/*
 * What secrets look like
 *
 * A secret has a look: a JWT starts with the base64 of '{"' (RFC 7519, 7515), a private key is framed
 * by PEM lines (RFC 7468), the tokens of some services have prefixes, a password in a URL stands before
 * '@'. What has no look has a name before it: "token": "...", password=..., IDENTIFIED BY '...'. All of
 * them are often wrapped in base64, as in a Secret, so that what decodes to a text is looked at in turn.
 */
#include "wookie/probe/looks.h"

#include "wookie/base/buf.h"
#include "wookie/pki/ca.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define TOKEN_PART 8
#define MOST_WRAPS 3
#define SHORTEST_WRAP 16
#define WRAPPED_LINE 60
#define LONGEST_PASSWORD 300
#define TEXT_MAX ((size_t)64 * 1024 * 1024)

static bool is_base64url(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool is_base64(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '/';
}

/* Whether p is where a word begins. */
static bool is_begin(const struct wk_looked *looked, const char *p)
{
	return p == looked->text || !(isalnum((unsigned char)p[-1]) || strchr("_-.", p[-1]));
}

static size_t span(const char *p, bool (*is)(char c))
{
	size_t len = 0;

	while (is(p[len]))
		len++;
	return len;
}

/* header.payload.signature */
static size_t jwt_length(const char *p)
{
	size_t total = 0;

	for (int part = 0; part < 3; part++) {
		size_t len;

		if (part > 0 && p[total++] != '.')
			return 0;
		len = span(p + total, is_base64url);
		if (len < TOKEN_PART)
			return 0;
		total += len;
	}
	return total;
}

static size_t pem_length(const char *p)
{
	const char *line_end = strstr(p + 5, "-----");
	const char *key = strstr(p, "PRIVATE KEY");
	const char *end;

	if (!line_end || !key || key > line_end)
		return 0;
	end = strstr(line_end + 5, "-----END ");
	end = end ? strstr(end + 9, "-----") : NULL;
	return end ? (size_t)(end + 5 - p) : strlen(p);
}

static size_t prefixed_length(const char *p)
{
	size_t len = span(p, is_base64url);

	return len >= 20 ? len : 0;
}

static size_t base64_run(const char *p)
{
	size_t len = span(p, is_base64);

	return len + strspn(p + len, "=");
}

static const struct {
	const char *start;
	size_t (*length)(const char *p); /* of the secret at p; 0: it is none */
} looks[] = {
	{"eyJ", jwt_length},
	{"-----BEGIN ", pem_length},
	/* base64 of the base64 of '{"alg":', of a token that may be cut */
	{"ZXlKaGJHY2lPaU", base64_run},
	{"ghp_", prefixed_length},
	{"ghs_", prefixed_length},
	{"github_pat_", prefixed_length},
	{"AKIA", prefixed_length},
	{"ASIA", prefixed_length},
};

static size_t look_length(const struct wk_looked *looked, const char *p)
{
	if (!strchr("e-gAZ", *p))
		return 0;
	for (size_t i = 0; i < WK_COUNT(looks); i++)
		if (strncmp(p, looks[i].start, strlen(looks[i].start)) == 0 &&
			(i < 3 || is_begin(looked, p)))
			return looks[i].length(p);
	return 0;
}

/* abcdef.0123456789abcdef, of kubeadm. */
static size_t bootstrap_length(const struct wk_looked *looked, const char *p)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	bool digit = false;

	if (!is_begin(looked, p) || strspn(p, set) != 6 || p[6] != '.' ||
		strspn(p + 7, set) != 16 || is_base64url(p[23]) || p[23] == '.')
		return 0;
	for (int i = 0; i < 23; i++)
		digit = digit || isdigit((unsigned char)p[i]);
	return digit ? 23 : 0;
}

static bool is_text(const struct wk_buf *buf)
{
	for (size_t i = 0; i < buf->len; i++) {
		unsigned char c = (unsigned char)buf->data[i];

		if ((c < ' ' && !isspace(c)) || c == 127)
			return false;
	}
	return buf->len > 0;
}

static bool has_secret(const char *text, int depth)
{
	struct wk_looked inner = wk_look_at(text);
	size_t lead = 0;

	inner.depth = depth;
	for (const char *p = text; *p; p++)
		if (wk_look_secret(&inner, p, &lead) > 0)
			return true;
	return false;
}

/* The length of a run of base64, over the ends of lines of the usual lengths. */
static size_t wrapped_length(const char *p, struct wk_buf *ret)
{
	size_t total = 0;

	for (;;) {
		size_t len = span(p + total, is_base64);
		size_t gap;

		(void)wk_buf_add(ret, p + total, len);
		total += len;
		gap = p[total] == '\r' ? 1 : 0;
		if (len < WRAPPED_LINE || p[total + gap] != '\n' || !is_base64(p[total + gap + 1]))
			break;
		total += gap + 1;
	}
	return total + strspn(p + total, "=");
}

/* Something secret in base64; one that was cut is looked at as far as it goes. */
static size_t base64_length(const struct wk_looked *looked, const char *p)
{
	struct wk_buf WK_AUTO(wk_buf_finish) run = WK_BUF_INIT(TEXT_MAX);
	struct wk_buf WK_AUTO(wk_buf_finish) inside = {0};
	struct wk_err ignored;
	size_t len;

	if ((p > looked->text && is_base64(p[-1])) || looked->depth >= MOST_WRAPS ||
		span(p, is_base64) < SHORTEST_WRAP)
		return 0;
	len = wrapped_length(p, &run);
	run.len -= run.len % 4 == 1;
	run.data[run.len] = '\0';
	while (run.len % 4 != 0)
		(void)wk_buf_putc(&run, '=');
	if (!wk_base64_decode(wk_buf_str(&run), &inside, &ignored) || !is_text(&inside))
		return 0;
	return has_secret(wk_buf_str(&inside), looked->depth + 1) ? len : 0;
}

/* Names before a value; '-' stands for '-', '_' and nothing. What may be part of a longer name is known
 * by its end, so that the value of db_password is hidden too. */
static const char *const names[] = {"access-key", "access-key-id", "api-key", "auth",
	"authorization", "bearer ", "client-secret", "encryption-key", "mysql-pwd", "passphrase",
	"passwd", "password", "pwd", "secret-access-key", "secret-key", "shared-secret", "token",
	"token-secret"};

/* How much of p one character of a name takes; -1: it is another one. */
static int letter_length(const char *p, char letter)
{
	if (letter == '-')
		return *p == '-' || *p == '_';
	return strncasecmp(p, &letter, 1) == 0 ? 1 : -1;
}

/* How much of p the name takes; 0: it is another one. */
static size_t name_length(const char *p, const char *name)
{
	const char *from = p;

	for (; *name; name++) {
		int len = letter_length(p, *name);

		if (len < 0)
			return 0;
		p += len;
	}
	return (size_t)(p - from);
}

static bool is_value(char c)
{
	return isgraph((unsigned char)c) && !strchr("\"',;<>\\&", c);
}

/* A value in quotes, which may be escaped themselves: p stands on its first character, `quote` opened it. */
static size_t quoted_length(const char *p, char quote, bool escaped)
{
	size_t len = 0;

	for (; p[len] && p[len] != '\n'; len++) {
		if (p[len] == quote && !escaped)
			break;
		if (p[len] == '\\' && p[len + 1] == quote && escaped)
			break;
		if (p[len] == '\\' && p[len + 1] && p[len + 1] != '\n')
			len++;
	}
	return len;
}

static bool is_nothing(const char *p, size_t len)
{
	static const char *const words[] = {
		"", "true", "false", "yes", "no", "null", "none", "~", "(redacted)"};

	for (size_t i = 0; i < WK_COUNT(words); i++)
		if (strlen(words[i]) == len && strncasecmp(p, words[i], len) == 0)
			return true;
	return *p == '{' || *p == '[';
}

struct named {
	size_t lead; /* from the name to the value */
	size_t len;
	bool equals;
	bool quoted;
};

/* What stands between a name and its value: quotes, spaces, ':' or '='. */
static bool find_value(const char *p, size_t at, struct named *ret)
{
	bool spaced = at > 0 && p[at - 1] == ' ';
	bool escaped = false;
	char quote = '\0';

	at += p[at] == '\\';
	at += p[at] == '"' || p[at] == '\'';
	at += strspn(p + at, " ");
	if (!strchr(":=", p[at]) && !spaced)
		return false;
	ret->equals = p[at] == '=';
	at += strspn(p + at, ":= ");
	if (p[at] == '\\' && (p[at + 1] == '"' || p[at + 1] == '\'')) {
		escaped = true;
		at++;
	}
	if (p[at] == '"' || p[at] == '\'')
		quote = p[at++];
	ret->quoted = quote;
	ret->lead = at;
	ret->len = quote ? quoted_length(p + at, quote, escaped) : span(p + at, is_value);
	return true;
}

static bool is_line_end(const char *p)
{
	return !*p || *p == '\n' || *p == '\r' || (p[0] == '\\' && p[1] == 'n');
}

/* "Unauthorized" */
static bool is_sentence(const char *p, size_t len)
{
	return isupper((unsigned char)*p) && strspn(p + 1, "abcdefghijklmnopqrstuvwxyz") + 1 == len;
}

/* In a sentence another word stands after the colon, so that a bare one counts where it has a digit, or
 * is all that is left of a line that begins with the name, as in YAML. */
static bool is_secret_value(const struct wk_looked *looked, const char *p, const struct named *n)
{
	const char *value = p + n->lead;
	bool digit = false;

	if (is_nothing(value, n->len))
		return false;
	if (n->quoted || n->equals)
		return true;
	for (size_t i = 0; i < n->len; i++)
		digit = digit || isdigit((unsigned char)value[i]);
	if (digit && n->len >= TOKEN_PART)
		return true;
	if (is_sentence(value, n->len))
		return false;
	while (p > looked->text && strchr(" -", p[-1]))
		p--;
	return (p == looked->text || p[-1] == '\n') && p[0] && is_line_end(value + n->len);
}

/* "Authorization: Basic dXNlcg==": the scheme may stay, what follows it may not. */
static size_t header_length(const char *p, struct named *n)
{
	size_t word = strspn(p + n->lead, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

	if (p[n->lead + word] != ' ' || !is_value(p[n->lead + word + 1]))
		return 0;
	n->lead += word + 1;
	return span(p + n->lead, is_value);
}

static size_t named_length(const struct wk_looked *looked, const char *p, size_t *ret_lead)
{
	if (!strchr("aAbBcCeEmMpPsStT", *p))
		return 0;
	for (size_t i = 0; i < WK_COUNT(names); i++) {
		size_t at = name_length(p, names[i]);
		struct named n = {0};
		size_t len = 0;

		if (at == 0 || !find_value(p, at, &n))
			continue;
		/* Short names are parts of too many others. */
		if ((strcmp(names[i], "auth") == 0 || strcmp(names[i], "pwd") == 0) &&
			(!is_begin(looked, p) || !(n.quoted || n.equals)))
			continue;
		if (strcmp(names[i], "authorization") == 0)
			len = header_length(p, &n);
		if (len == 0 && is_secret_value(looked, p, &n))
			len = n.len;
		*ret_lead = n.lead;
		if (len > 0 && !is_nothing(p + n.lead, len))
			return len;
	}
	return 0;
}

/* Of "://user:password@host" what stands before '@'; the name of a user may stay. */
static size_t url_length(const char *p, size_t *ret_lead)
{
	size_t len;
	const char *colon;

	if (strncmp(p, "://", 3) != 0)
		return 0;
	/* The last '@' before the path: a password may hold one. */
	len = strcspn(p + 3, "/ \t\r\n\"'<>\\?#");
	while (len > 0 && p[3 + len] != '@')
		len--;
	if (len == 0)
		return 0;
	colon = memchr(p + 3, ':', len);
	*ret_lead = colon ? (size_t)(colon + 1 - p) : 3;
	len -= *ret_lead - 3;
	if ((!colon && len < 20) || is_nothing(p + *ret_lead, len))
		return 0;
	return len;
}

/* Of "user:password@tcp(host:3306)/db". */
static size_t dsn_length(const char *p, size_t *ret_lead)
{
	size_t len = 0;

	if (*p != ':')
		return 0;
	while (p[1 + len] && !strchr(" \t\n\"'()/", p[1 + len]))
		if (++len > LONGEST_PASSWORD)
			return 0;
	for (; len > 0; len--)
		if (p[1 + len] == '@' && (strncmp(p + 1 + len, "@tcp(", 5) == 0 ||
						 strncmp(p + 1 + len, "@unix(", 6) == 0))
			break;
	*ret_lead = 1;
	return len;
}

/* "-pSECRET" of MySQL's programs. */
static size_t option_length(const struct wk_looked *looked, const char *p, size_t *ret_lead)
{
	char quote = '\0';

	if (!looked->mysql || p[0] != '-' || p[1] != 'p' || p == looked->text ||
		!isspace((unsigned char)p[-1]))
		return 0;
	if (p[2] == '\'' || p[2] == '"')
		quote = p[2];
	*ret_lead = quote ? 3 : 2;
	return quote ? quoted_length(p + 3, quote, false) : strcspn(p + 2, " \t\r\n\"'");
}

/* IDENTIFIED [WITH plugin] BY [PASSWORD] 'secret', AS 'hash'; PASSWORD('secret'). */
static size_t sql_length(const char *p, size_t *ret_lead)
{
	static const char *const words[] = {"IDENTIFIED", "PASSWORD(", "PASSWORD ("};
	bool found = false;
	size_t statement;
	size_t at;

	if (!strchr("iIpP", *p))
		return 0;
	for (size_t i = 0; i < WK_COUNT(words); i++)
		found = found || strncasecmp(p, words[i], strlen(words[i])) == 0;
	if (!found)
		return 0;
	statement = strcspn(p, ";\n");
	at = strcspn(p, "'\"");
	if (at >= statement || !p[at])
		return 0;
	*ret_lead = at + 1;
	at = quoted_length(p + *ret_lead, p[at], at > 0 && p[at - 1] == '\\');
	return is_nothing(p + *ret_lead, at) ? 0 : at;
}

bool wk_look_mysql(const char *text)
{
	return strcasestr(text, "mysql") || strcasestr(text, "mariadb");
}

struct wk_looked wk_look_at(const char *text)
{
	return (struct wk_looked){.text = text,
		.mysql = wk_look_mysql(text),
		.yaml_secret = strstr(text, "kind: Secret")};
}

size_t wk_look_secret(const struct wk_looked *looked, const char *p, size_t *ret_lead)
{
	size_t len;

	*ret_lead = 0;
	len = wk_look_yaml(looked, p, ret_lead);
	if (len == 0)
		len = look_length(looked, p);
	if (len == 0)
		len = sql_length(p, ret_lead);
	if (len == 0)
		len = named_length(looked, p, ret_lead);
	if (len == 0)
		len = url_length(p, ret_lead);
	if (len == 0)
		len = dsn_length(p, ret_lead);
	if (len == 0)
		len = option_length(looked, p, ret_lead);
	if (len > 0)
		return len;
	*ret_lead = 0;
	len = bootstrap_length(looked, p);
	return len > 0 ? len : base64_length(looked, p);
}

bool wk_look_telling(const char *name)
{
	static const char *const parts[] = {"ACCESS_KEY", "API_KEY", "APIKEY", "CREDENTIAL",
		"PASSPHRASE", "PASSWD", "PASSWORD", "PRIVATE", "SECRET", "TOKEN", "_PWD"};

	for (size_t i = 0; i < WK_COUNT(parts); i++)
		if (strcasestr(name, parts[i]))
			return true;
	return false;
}
