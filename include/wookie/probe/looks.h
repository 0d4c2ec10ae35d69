#ifndef WOOKIE_PROBE_LOOKS_H
#define WOOKIE_PROBE_LOOKS_H

#include <stdbool.h>
#include <stddef.h>

/* A text in which secrets are looked for. */
struct wk_looked {
	const char *text;
	bool mysql;       /* it speaks of MySQL, whose -p takes a password */
	bool yaml_secret; /* a Secret stands in it, in YAML */
	int depth;        /* how often it was wrapped in base64 */
};

struct wk_looked wk_look_at(const char *text);
/* How long the secret is that begins `*ret_lead` behind p, a place in the text; 0: there is none. */
size_t wk_look_secret(const struct wk_looked *looked, const char *p, size_t *ret_lead);
/* The same for what only the lines around tell: a value of a Secret in YAML. */
size_t wk_look_yaml(const struct wk_looked *looked, const char *p, size_t *ret_lead);
/* Whether a word such as the name of an environment variable says that its value is secret. */
bool wk_look_telling(const char *name);
/* Whether a program is of MySQL's, or of MariaDB's. */
bool wk_look_mysql(const char *text);

#endif
