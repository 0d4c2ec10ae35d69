/* A Secret in YAML: every value of its data is secret, whatever it looks like. */
#include "wookie/probe/looks.h"

#include <string.h>

#define MOST_LINES 5000

static size_t indentation(const char *line)
{
	return strspn(line, " ");
}

/* The beginning of the line before; NULL at the first. */
static const char *line_before(const struct wk_looked *looked, const char *line)
{
	if (line == looked->text)
		return NULL;
	for (line--; line > looked->text && line[-1] != '\n'; line--)
		;
	return line;
}

static bool is_key(const char *line, const char *key)
{
	line += indentation(line);
	return strncmp(line, key, strlen(key)) == 0 && strchr("\r\n", line[strlen(key)]);
}

/* A line of a Secret in YAML that stands below `data` or `stringData`. */
size_t wk_look_yaml(const struct wk_looked *looked, const char *p, size_t *ret_lead)
{
	size_t depth;
	size_t len;
	size_t key;
	int steps = 0;
	int most = MOST_LINES;

	/* Asked at every place of a text that may be one long line: nothing is measured before. */
	if (!looked->yaml_secret || *p != ' ' || (p > looked->text && p[-1] != '\n'))
		return 0;
	depth = indentation(p);
	len = strcspn(p, "\r\n");
	key = depth + strcspn(p + depth, ": \r\n");
	if (depth == len)
		return 0;
	for (const char *line = line_before(looked, p); line && depth > 0 && most > 0;
		line = line_before(looked, line)) {
		most--;
		if (indentation(line) >= depth)
			continue;
		depth = indentation(line);
		steps++;
		if (!is_key(line, "data:") && !is_key(line, "stringData:"))
			continue;
		*ret_lead = steps == 1 && p[key] == ':' ? key + 1 + indentation(p + key + 1)
							: indentation(p);
		return len - *ret_lead;
	}
	return 0;
}
