/*
 * What a scalar is
 *
 * A manifest must mean here what it means to kubectl, which reads YAML 1.1 in the form of
 * go.yaml.in/yaml/v2 (resolve.go): words such as "on" are bools, underscores in numbers count for
 * nothing, and a leading 0 makes octal unless a digit is too large for that, in which case the
 * number is decimal after all. Most other tools read YAML 1.2, where "on" is a word. Our own files
 * therefore may not hold what the two read differently; wk_scalar_ambiguity() tells.
 */
#include "wookie/yaml/scalar.h"

#include <inttypes.h>
#include <string.h>

/* Longer than any number that fits into 64 bits, in any base. */
#define LONGEST_NUMBER 80

struct word {
	const char *text;
	enum wk_scalar_type type;
	bool old; /* only YAML 1.1 knows it as anything but text */
};

static const struct word words[] = {
	{"", WK_SCALAR_NULL, false},
	{"~", WK_SCALAR_NULL, false},
	{"null", WK_SCALAR_NULL, false},
	{"Null", WK_SCALAR_NULL, false},
	{"NULL", WK_SCALAR_NULL, false},
	{"true", WK_SCALAR_TRUE, false},
	{"True", WK_SCALAR_TRUE, false},
	{"TRUE", WK_SCALAR_TRUE, false},
	{"false", WK_SCALAR_FALSE, false},
	{"False", WK_SCALAR_FALSE, false},
	{"FALSE", WK_SCALAR_FALSE, false},
	{"y", WK_SCALAR_TRUE, true},
	{"Y", WK_SCALAR_TRUE, true},
	{"yes", WK_SCALAR_TRUE, true},
	{"Yes", WK_SCALAR_TRUE, true},
	{"YES", WK_SCALAR_TRUE, true},
	{"on", WK_SCALAR_TRUE, true},
	{"On", WK_SCALAR_TRUE, true},
	{"ON", WK_SCALAR_TRUE, true},
	{"n", WK_SCALAR_FALSE, true},
	{"N", WK_SCALAR_FALSE, true},
	{"no", WK_SCALAR_FALSE, true},
	{"No", WK_SCALAR_FALSE, true},
	{"NO", WK_SCALAR_FALSE, true},
	{"off", WK_SCALAR_FALSE, true},
	{"Off", WK_SCALAR_FALSE, true},
	{"OFF", WK_SCALAR_FALSE, true},
};

static const struct word *find_word(const char *text)
{
	if (strlen(text) > 5)
		return NULL;
	for (size_t i = 0; i < WK_COUNT(words); i++)
		if (strcmp(words[i].text, text) == 0)
			return &words[i];
	return NULL;
}

/* A number taken apart; pointers lead into `text`, which is free of underscores. */
struct number {
	char text[LONGEST_NUMBER + 1];
	bool negative;
	enum wk_scalar_type type; /* TEXT: it is none */
	uint64_t whole;           /* of an INT */
	const char *digits;       /* of a FLOAT, or a decimal beyond 64 bits: before the point */
	size_t n_digits;
	const char *fraction;
	size_t n_fraction;
	const char *exponent; /* with its "e", to the end */
};

static bool strip_underscores(const char *from, char to[LONGEST_NUMBER + 1])
{
	size_t n = 0;

	for (; *from; from++) {
		if (*from == '_')
			continue;
		if (n == LONGEST_NUMBER)
			return false;
		to[n++] = *from;
	}
	to[n] = '\0';
	return true;
}

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
}

static bool parse_base(const char *p, unsigned base, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*p)
		return false;
	for (; *p; p++) {
		unsigned d = digit_value(*p);

		if (d >= base || __builtin_mul_overflow(value, base, &value) ||
			__builtin_add_overflow(value, d, &value))
			return false;
	}
	*ret = value;
	return true;
}

/* Prefixes as Go's strconv.ParseInt(s, 0, 64) takes them. */
static bool parse_whole(const char *p, bool negative, uint64_t *ret)
{
	unsigned base = 10;
	uint64_t value;

	if (p[0] == '0' && p[1]) {
		char prefix = (char)(p[1] | 0x20);

		base = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 8;
		p += prefix == 'x' || prefix == 'b' || prefix == 'o' ? 2 : 1;
	}
	if (!parse_base(p, base, &value) || (negative && value > (uint64_t)INT64_MAX + 1))
		return false;
	*ret = value;
	return true;
}

static const char *skip_digits(const char *p)
{
	return p + strspn(p, "0123456789");
}

/* [digits][.digits][e[sign]digits] with at least one digit before the exponent. */
static bool parse_float(struct number *n, const char *p)
{
	const char *end = skip_digits(p);

	n->digits = p;
	n->n_digits = (size_t)(end - p);
	if (*end == '.') {
		n->fraction = end + 1;
		end = skip_digits(n->fraction);
		n->n_fraction = (size_t)(end - n->fraction);
	}
	if (n->n_digits + n->n_fraction == 0)
		return false;
	n->exponent = end;
	if (*end != 'e' && *end != 'E')
		return *end == '\0';
	end += end[1] == '+' || end[1] == '-' ? 2 : 1;
	return *end && *skip_digits(end) == '\0';
}

static void parse_number(const char *text, struct number *ret)
{
	const char *p = ret->text;

	*ret = (struct number){.type = WK_SCALAR_TEXT};
	if (!strchr("+-.0123456789", text[0]) || !strip_underscores(text, ret->text))
		return;
	ret->negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if (parse_whole(p, ret->negative, &ret->whole))
		ret->type = WK_SCALAR_INT;
	else if (parse_float(ret, p))
		ret->type = WK_SCALAR_FLOAT;
}

enum wk_scalar_type wk_scalar_type(const struct wk_node *scalar)
{
	const struct word *word;
	struct number number;

	if (!scalar->plain)
		return WK_SCALAR_TEXT;
	word = find_word(scalar->text);
	if (word)
		return word->type;
	parse_number(scalar->text, &number);
	return number.type;
}

bool wk_scalar_json_number(const struct wk_node *scalar, struct wk_buf *out)
{
	struct number n;

	parse_number(scalar->text, &n);
	if (n.negative && !wk_buf_putc(out, '-'))
		return false;
	if (n.type == WK_SCALAR_INT)
		return wk_buf_printf(out, "%" PRIu64, n.whole);
	while (n.n_digits > 1 && *n.digits == '0') {
		n.digits++;
		n.n_digits--;
	}
	if (n.n_digits == 0)
		(void)wk_buf_putc(out, '0');
	(void)wk_buf_add(out, n.digits, n.n_digits);
	if (n.n_fraction > 0) {
		(void)wk_buf_putc(out, '.');
		(void)wk_buf_add(out, n.fraction, n.n_fraction);
	}
	return wk_buf_puts(out, n.exponent);
}

const char *wk_scalar_ambiguity(const char *plain_text)
{
	const struct word *word = find_word(plain_text);
	const char *p = plain_text;
	struct number number;

	if (word)
		return word->old ? "write true or false, or quote it" : NULL;
	parse_number(plain_text, &number);
	if (number.type == WK_SCALAR_TEXT)
		return NULL;
	p += *p == '-' || *p == '+';
	if (strchr(p, '_') || (p[0] == '0' && p[1] && !strchr(".xXeE", p[1])))
		return "write a decimal number, or quote it";
	return NULL;
}
