/*
 * Numbers from text
 *
 * strtoul takes "-3" for four billion and atoi takes "soon" for nought. These take what they say.
 */
#include "wookie/base/num.h"

#include "wookie/base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Digits at *text; leaves *text behind them. False on no digit or overflow. */
static bool digits(const char **text, uint64_t *ret)
{
	const char *p = *text;
	uint64_t value = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return false;
	*text = p;
	*ret = value;
	return true;
}

bool wk_num_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret, struct wk_err *err)
{
	const char *p = text;
	uint64_t value;

	if (!digits(&p, &value) || *p || value < min || value > max)
		return wk_err_set(err, WK_ERR_INPUT,
			"expected a whole number from %" PRIu64 " to %" PRIu64 ", found '%s'", min,
			max, text);
	*ret = value;
	return true;
}

bool wk_chance_parse(const char *text, double max, double *ret, struct wk_err *err)
{
	const char *p = text;
	uint64_t exponent = 0;
	bool ok = *p >= '1' && *p <= '9';
	double value;

	p += ok;
	if (ok && *p == '.') {
		p++;
		ok = *p >= '0' && *p <= '9';
		p += strspn(p, "0123456789");
	}
	ok = ok && p[0] == 'e' && p[1] == '-';
	p += ok ? 2 : 0;
	/* What is left of it is in the form that strtod() takes, in the locale that is never set. */
	ok = ok && digits(&p, &exponent) && !*p && exponent <= 99;
	value = ok ? strtod(text, NULL) : 0;
	if (!ok || value > max)
		return wk_err_set(err, WK_ERR_INPUT,
			"expected a chance of at most %.0e, such as 4e-11, found '%s'", max, text);
	*ret = value;
	return true;
}

/* The fraction behind a point, as a part of `unit`. */
static wk_nsec fraction(const char **text, wk_nsec unit)
{
	wk_nsec part = 0;

	for (unit /= 10; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
		part += (**text - '0') * unit;
	return part;
}

/* The unit at *text, its length; 0 for one that is none. Leaves *text behind it. */
static wk_nsec unit_at(const char **text)
{
	static const struct {
		const char *name;
		wk_nsec length;
	} units[] = {{"ms", WK_MSEC}, {"s", WK_SEC}, {"m", 60 * WK_SEC}, {"h", 3600 * WK_SEC}};
	size_t n = strspn(*text, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < WK_COUNT(units); i++) {
		if (strlen(units[i].name) != n || strncmp(units[i].name, *text, n) != 0)
			continue;
		*text += n;
		return units[i].length;
	}
	return 0;
}

/* Ten years: added to any instant, what comes out still is one. */
#define MOST_HOURS 87600

/* One number with its unit, of a unit shorter than `below`; leaves *text behind it. */
static bool part_of_duration(const char **text, wk_nsec *below, wk_nsec *value)
{
	const char *point = NULL;
	uint64_t whole = 0;
	wk_nsec unit;
	wk_nsec part;

	if (!digits(text, &whole) || whole > INT64_MAX / 2)
		return false;
	if (**text == '.' && (*text)[1] >= '0' && (*text)[1] <= '9') {
		point = *text + 1;
		*text = point + strspn(point, "0123456789");
	}
	unit = unit_at(text);
	if (!unit || unit >= *below)
		return false;
	*below = unit;
	if (__builtin_mul_overflow((wk_nsec)whole, unit, &part) ||
		__builtin_add_overflow(part, point ? fraction(&point, unit) : 0, &part) ||
		__builtin_add_overflow(*value, part, value))
		*value = INT64_MAX; /* more than any limit */
	return true;
}

bool wk_duration_parse(const char *text, wk_nsec *ret, struct wk_err *err)
{
	const char *p = text;
	wk_nsec below = INT64_MAX;
	wk_nsec value = 0;
	bool ok = *p != '\0';

	while (ok && *p)
		ok = part_of_duration(&p, &below, &value);
	if (!ok)
		return wk_err_set(err, WK_ERR_INPUT,
			"expected a duration such as 250ms, 30s, 2m or 1h30m, found '%s'", text);
	if (value > MOST_HOURS * (3600 * WK_SEC))
		return wk_err_set(err, WK_ERR_INPUT,
			"expected a duration of at most %dh, found '%s'", MOST_HOURS, text);
	*ret = value;
	return true;
}

/* "Z" or "+01:00" at *text as seconds east of Greenwich; leaves *text behind it. */
static bool offset(const char **text, int64_t *ret)
{
	const char *p = *text + 1;
	uint64_t hours = 0;
	uint64_t minutes = 0;

	if (**text == 'Z') {
		*text = p;
		*ret = 0;
		return true;
	}
	if ((**text != '+' && **text != '-') || !digits(&p, &hours) || p != *text + 3 ||
		*p++ != ':' || !digits(&p, &minutes) || p != *text + 6 || hours > 23 ||
		minutes > 59)
		return false;
	*ret = (int64_t)(hours * 3600 + minutes * 60) * (**text == '-' ? -1 : 1);
	*text = p;
	return true;
}

bool wk_date_parse(const char *text, int64_t *ret, struct wk_err *err)
{
	struct tm tm = {0};
	int64_t east = 0;
	/* strptime() takes spaces and signs, a date has none. */
	const char *p = strpbrk(text, " \t\n") ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (p && *p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	if (!p || text[0] < '0' || text[0] > '9' || !offset(&p, &east) || *p)
		return wk_err_set(err, WK_ERR_INPUT,
			"expected a date of the form '2026-11-22T14:33:41Z', found '%.40s'", text);
	*ret = (int64_t)timegm(&tm) - east;
	return true;
}
