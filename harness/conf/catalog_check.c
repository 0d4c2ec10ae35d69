/*
 * Names within the catalog
 *
 * Suites name suites and scratch workloads, checks name checks and causes, faults name all of them.
 * A name that leads nowhere is refused when the files are read: found later, a typo in a cause or a
 * prerequisite would be a check that never says what it should.
 */
#include "wookie/conf/documents.h"

#include <regex.h>
#include <string.h>

#define MOST_PAIRS 5

static bool second_err(const struct wk_decoder *decoder, const char *what, const char *second,
	const char *first, struct wk_err *err)
{
	struct wk_pos here = wk_decode_place(decoder, second);
	struct wk_pos there = wk_decode_place(decoder, first);

	return wk_pos_err(err, &here, "a second %s is named '%s', the first at %s:%u:%u", what,
		second, there.file, there.line, there.column);
}

/* Names of one kind of thing, for look-ups and messages. */
struct names {
	const char *what;
	const char **names;
	size_t n;
};

static bool check_unique(
	const struct wk_decoder *decoder, const struct names *names, struct wk_err *err)
{
	for (size_t i = 1; i < names->n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(names->names[i], names->names[j]) == 0 &&
				!wk_decode_goes_on(decoder,
					second_err(decoder, names->what, names->names[i],
						names->names[j], err),
					err))
				return false;
	return true;
}

static bool has(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->names[i], name) == 0)
			return true;
	return false;
}

static bool check_known(const struct wk_decoder *decoder, const struct names *names,
	const char *const used[], size_t n, struct wk_err *err)
{
	for (size_t i = 0; i < n; i++) {
		struct wk_pos pos;

		if (!used[i] || has(names, used[i]))
			continue;
		pos = wk_decode_place(decoder, used[i]);
		return wk_unknown_err(err, &pos, names->what, used[i], names->names, names->n);
	}
	return true;
}

/* All names there are. */
struct index {
	struct names suites;
	struct names checks;
	struct names seen; /* checks and questions: what a cause is refuted by */
	struct names causes;
	struct names scratch;
	struct names faults;
	struct names plays; /* faults and variants: `prove` takes the names of both */
};

static void add_name(struct wk_arena *arena, struct names *names, const char *name)
{
	names->names = wk_arena_grow(arena, names->names, names->n, sizeof(*names->names));
	names->names[names->n++] = name;
}

static void add_checks(struct wk_arena *arena, struct names *names, const struct wk_suite *suite)
{
	for (size_t i = 0; i < suite->n_checks; i++)
		add_name(arena, names, suite->checks[i].full_id);
}

static void gather(struct wk_arena *arena, const struct wk_catalog *catalog, struct index *ret)
{
	*ret = (struct index){{.what = "suite"}, {.what = "check"}, {.what = "check"},
		{.what = "cause"}, {.what = "scratch workload"}, {.what = "fault"},
		{.what = "fault or variant"}};
	for (size_t i = 0; i < catalog->n_suites; i++) {
		const struct wk_suite *suite = &catalog->suites[i];

		add_name(arena, &ret->suites, suite->name);
		add_checks(arena, &ret->checks, suite);
		add_checks(arena, &ret->seen, suite);
	}
	for (size_t i = 0; i < catalog->n_diagnosis; i++)
		add_checks(arena, &ret->seen, &catalog->diagnosis[i]);
	for (size_t i = 0; i < catalog->n_causes; i++)
		add_name(arena, &ret->causes, catalog->causes[i].code);
	for (size_t i = 0; i < catalog->n_scratch; i++)
		add_name(arena, &ret->scratch, catalog->scratch[i].id);
	for (size_t i = 0; i < catalog->n_faults; i++)
		add_name(arena, &ret->faults, catalog->faults[i].id);
	for (size_t i = 0; i < catalog->n_faults; i++)
		add_name(arena, &ret->plays, catalog->faults[i].id);
	for (size_t i = 0; i < catalog->n_variants; i++)
		add_name(arena, &ret->plays, catalog->variants[i].id);
}

static bool check_expectations(const struct wk_decoder *decoder, const struct index *index,
	const struct wk_expectation *expectations, size_t n, struct wk_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!wk_decode_goes_on(decoder,
			    check_known(decoder, &index->causes, &expectations[i].cause, 1, err),
			    err))
			return false;
	return true;
}

/* A need has to run earlier: it stands above in the same suite, or in a suite that comes before.
 * `earlier` holds the full ids of those. */
static bool check_needs(const struct wk_decoder *decoder, const struct wk_suite *suite,
	const struct wk_check *check, const struct index *index, const struct names *earlier,
	struct wk_err *err)
{
	for (size_t i = 0; i < check->n_needs; i++) {
		const char *need = check->needs[i];
		struct wk_pos pos = wk_decode_place(decoder, need);
		const char *full = strchr(need, '.') ? need
						     : wk_arena_printf(decoder->arena, "%s.%s",
							       suite->name, need);

		if (has(earlier, full))
			continue;
		if (has(&index->checks, full))
			(void)wk_pos_err(err, &pos,
				"check '%s' does not run before this one, so it cannot be needed",
				full);
		else
			(void)wk_unknown_err(
				err, &pos, "check", full, index->checks.names, index->checks.n);
		if (!wk_decode_goes_on(decoder, false, err))
			return false;
	}
	return true;
}

static void add_thats(struct wk_arena *arena, struct names *names,
	const struct wk_expectation *expectations, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_name(arena, names, expectations[i].that);
}

/* What a fault may name of a check. */
static struct names expectations_of(struct wk_arena *arena, const struct wk_check *check)
{
	struct names thats = {.what = "expectation"};

	add_thats(arena, &thats, check->expect, check->n_expect);
	add_thats(arena, &thats, check->control_expect, check->n_control_expect);
	return thats;
}

static bool check_suite(const struct wk_decoder *decoder, const struct wk_suite *suite,
	const struct index *index, struct names *earlier, struct wk_err *err)
{
	if (!wk_decode_goes_on(decoder,
		    check_known(decoder, &index->scratch, suite->with, suite->n_with, err), err))
		return false;
	for (size_t i = 0; i < suite->n_checks; i++) {
		const struct wk_check *check = &suite->checks[i];
		struct names thats = expectations_of(decoder->arena, check);

		if (!wk_decode_goes_on(decoder, check_unique(decoder, &thats, err), err) ||
			!check_needs(decoder, suite, check, index, earlier, err) ||
			!check_expectations(decoder, index, check->expect, check->n_expect, err) ||
			!check_expectations(decoder, index, check->control_expect,
				check->n_control_expect, err))
			return false;
		add_name(decoder->arena, earlier, check->full_id);
	}
	return true;
}

/* The check or question of that name; it is there. */
static const struct wk_check *find_check(const struct wk_catalog *catalog, const char *full_id)
{
	const struct wk_check *check = wk_catalog_check(catalog, full_id);

	for (size_t i = 0; !check && i < catalog->n_diagnosis; i++)
		for (size_t j = 0; j < catalog->diagnosis[i].n_checks; j++)
			if (strcmp(catalog->diagnosis[i].checks[j].full_id, full_id) == 0)
				check = &catalog->diagnosis[i].checks[j];
	return check;
}

/* The check is there, has all expectations that are named, and does not stand among those before. */
static bool check_ref(const struct wk_decoder *decoder, const struct wk_catalog *catalog,
	const struct names *checks, const struct wk_check_ref *refs, size_t i, struct wk_err *err)
{
	const struct wk_check_ref *ref = &refs[i];
	struct wk_pos pos = wk_decode_place(decoder, ref->check);
	struct names thats;

	if (!check_known(decoder, checks, &ref->check, 1, err))
		return false;
	for (size_t j = 0; j < i; j++)
		if (strcmp(refs[j].check, ref->check) == 0)
			return wk_pos_err(err, &pos, "'%s' stands twice in this list", ref->check);
	thats = expectations_of(decoder->arena, find_check(catalog, ref->check));
	return check_known(decoder, &thats, ref->that, ref->n_that, err);
}

static bool check_refs(const struct wk_decoder *decoder, const struct wk_catalog *catalog,
	const struct names *checks, const struct wk_check_ref *refs, size_t n, struct wk_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!wk_decode_goes_on(
			    decoder, check_ref(decoder, catalog, checks, refs, i, err), err))
			return false;
	return true;
}

static bool check_green(
	const struct wk_decoder *decoder, const struct wk_fault *fault, struct wk_err *err)
{
	for (size_t i = 0; i < fault->n_green; i++) {
		size_t len = strlen(fault->green[i]);

		for (size_t j = 0; j < fault->n_fails; j++) {
			struct wk_pos pos = wk_decode_place(decoder, fault->green[i]);

			if (strncmp(fault->fails[j].check, fault->green[i], len) == 0 &&
				fault->fails[j].check[len] == '.')
				return wk_pos_err(err, &pos,
					"suite '%s' cannot stay green: its check '%s' must fail",
					fault->green[i], fault->fails[j].check);
		}
	}
	return true;
}

static const struct wk_fault *find_fault(const struct wk_catalog *catalog, const char *id)
{
	for (size_t i = 0; i < catalog->n_faults; i++)
		if (strcmp(catalog->faults[i].id, id) == 0)
			return &catalog->faults[i];
	return NULL;
}

static bool check_variant(const struct wk_decoder *decoder, const struct wk_catalog *catalog,
	const struct wk_fault *fault, const struct index *index, struct wk_err *err)
{
	const struct wk_fault *of;
	struct wk_pos pos;

	if (!fault->variant_of)
		return true;
	if (!check_known(decoder, &index->faults, &fault->variant_of, 1, err))
		return false;
	of = find_fault(catalog, fault->variant_of);
	pos = wk_decode_place(decoder, fault->variant_of);
	if (!of || of == fault || of->variant_of)
		return wk_pos_err(err, &pos, "'%s' is a variant itself; name what it varies",
			fault->variant_of);
	return strcmp(of->cause, fault->cause) == 0 ||
	       wk_pos_err(err, &pos,
		       "a variant has the cause of what it varies, '%s' has %s; expected %s",
		       fault->variant_of, of->cause, fault->cause);
}

/* A cause comes with one fix: faults that need different ones must not share it. */
static bool check_own_cause(const struct wk_decoder *decoder, const struct wk_catalog *catalog,
	const struct wk_fault *fault, struct wk_err *err)
{
	for (const struct wk_fault *i = catalog->faults; i < fault; i++) {
		struct wk_pos pos = wk_decode_place(decoder, fault->cause);
		struct wk_pos first = wk_decode_place(decoder, i->cause);

		if (!fault->variant_of && !i->variant_of && strcmp(i->cause, fault->cause) == 0)
			return wk_pos_err(err, &pos,
				"%s is the cause of '%s' at %s:%u:%u too: where the fix is the "
				"same, one is a 'variant-of' the other; where not, they need two",
				fault->cause, i->id, first.file, first.line, first.column);
	}
	return true;
}

static bool check_fault(const struct wk_decoder *decoder, const struct wk_catalog *catalog,
	const struct wk_fault *fault, const struct index *index, struct wk_err *err)
{
	return check_refs(decoder, catalog, &index->checks, fault->fails, fault->n_fails, err) &&
	       check_known(decoder, &index->causes, &fault->cause, 1, err) &&
	       check_known(decoder, &index->suites, fault->green, fault->n_green, err) &&
	       check_green(decoder, fault, err) &&
	       check_variant(decoder, catalog, fault, index, err) &&
	       check_own_cause(decoder, catalog, fault, err);
}

/* Whether `code` is reached from `from` over `explains`. Each cause is entered once. */
static bool reaches(const struct wk_catalog *catalog, const struct wk_cause *from, const char *code,
	bool *entered)
{
	for (size_t i = 0; i < from->n_explains; i++) {
		const struct wk_cause *next = wk_catalog_cause(catalog, from->explains[i]);

		if (strcmp(from->explains[i], code) == 0)
			return true;
		if (!next || entered[next - catalog->causes])
			continue;
		entered[next - catalog->causes] = true;
		if (reaches(catalog, next, code, entered))
			return true;
	}
	return false;
}

static bool names_twin(const struct wk_cause *cause, const char *code)
{
	for (size_t i = 0; i < cause->n_twins; i++)
		if (strcmp(cause->twins[i], code) == 0)
			return true;
	return false;
}

/* A pair stands at one of the two, and there are few: each is a question left open. */
static bool check_twins(const struct wk_decoder *decoder, const struct wk_catalog *catalog,
	const struct names *codes, const struct wk_cause *cause, size_t *pairs, struct wk_err *err)
{
	if (!check_known(decoder, codes, cause->twins, cause->n_twins, err))
		return false;
	for (size_t i = 0; i < cause->n_twins; i++) {
		struct wk_pos pos = wk_decode_place(decoder, cause->twins[i]);

		if (strcmp(cause->twins[i], cause->code) == 0)
			return wk_pos_err(err, &pos, "a cause is not told from itself");
		if (names_twin(wk_catalog_cause(catalog, cause->twins[i]), cause->code))
			return wk_pos_err(err, &pos, "'%s' says so already", cause->twins[i]);
		if (++*pairs > MOST_PAIRS)
			return wk_pos_err(err, &pos,
				"more than %d pairs of causes that no evidence tells apart; find "
				"some",
				MOST_PAIRS);
	}
	return true;
}

static bool check_told_by(
	const struct wk_decoder *decoder, const struct wk_cause *cause, struct wk_err *err)
{
	for (size_t i = 0; i < cause->n_told_by; i++) {
		struct wk_pos pos = wk_decode_place(decoder, cause->told_by[i]);
		regex_t regex;

		if (regcomp(&regex, cause->told_by[i], REG_EXTENDED | REG_NOSUB) != 0)
			return wk_pos_err(err, &pos,
				"expected a POSIX regular expression, found '%s'",
				cause->told_by[i]);
		regfree(&regex);
	}
	return true;
}

static bool check_causes(const struct wk_decoder *decoder, const struct wk_catalog *catalog,
	const struct index *index, struct wk_err *err)
{
	const struct names *codes = &index->causes;
	size_t pairs = 0;

	for (size_t i = 0; i < catalog->n_causes; i++) {
		const struct wk_cause *cause = &catalog->causes[i];
		WK_AUTOFREE bool *entered = wk_xcalloc(catalog->n_causes, sizeof(*entered));
		struct wk_pos pos = wk_decode_place(decoder, cause->code);

		if (!wk_decode_goes_on(decoder,
			    check_known(decoder, codes, cause->explains, cause->n_explains, err) &&
				    check_known(
					    decoder, codes, cause->all_of, cause->n_all_of, err) &&
				    check_twins(decoder, catalog, codes, cause, &pairs, err) &&
				    check_refs(decoder, catalog, &index->seen, cause->refuted_by,
					    cause->n_refuted_by, err) &&
				    check_told_by(decoder, cause, err),
			    err))
			return false;
		if (reaches(catalog, cause, cause->code, entered) &&
			!wk_decode_goes_on(decoder,
				wk_pos_err(err, &pos,
					"cause '%s' explains itself, by way of what it explains",
					cause->code),
				err))
			return false;
	}
	return true;
}

static bool check_all_unique(
	const struct wk_decoder *decoder, const struct index *index, struct wk_err *err)
{
	return check_unique(decoder, &index->suites, err) &&
	       check_unique(decoder, &index->causes, err) &&
	       check_unique(decoder, &index->scratch, err) &&
	       check_unique(decoder, &index->plays, err);
}

bool wk_catalog_check_names(
	const struct wk_decoder *decoder, const struct wk_catalog *catalog, struct wk_err *err)
{
	struct names earlier = {.what = "check"};
	struct index index;

	gather(decoder->arena, catalog, &index);
	if (!check_all_unique(decoder, &index, err) || !check_causes(decoder, catalog, &index, err))
		return false;
	for (size_t i = 0; i < catalog->n_suites; i++)
		if (!check_suite(decoder, &catalog->suites[i], &index, &earlier, err))
			return false;
	for (size_t i = 0; i < catalog->n_diagnosis; i++)
		if (!check_suite(decoder, &catalog->diagnosis[i], &index, &earlier, err))
			return false;
	if (!wk_decode_goes_on(decoder,
		    check_known(
			    decoder, &index.checks, catalog->unlooked, catalog->n_unlooked, err),
		    err))
		return false;
	for (size_t i = 0; i < catalog->n_faults; i++)
		if (!wk_decode_goes_on(decoder,
			    check_fault(decoder, catalog, &catalog->faults[i], &index, err), err))
			return false;
	return true;
}

/* Whether all suites that `suite` comes after are among the first `n`. */
static bool is_next(const struct wk_suite *suite, const struct wk_suite *placed, size_t n)
{
	for (size_t i = 0; i < suite->n_after; i++) {
		bool found = false;

		for (size_t j = 0; j < n && !found; j++)
			found = strcmp(placed[j].name, suite->after[i]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* The first suite that this one waits for, among those from `placed` on. */
static const struct wk_suite *waits_for(
	const struct wk_catalog *catalog, const struct wk_suite *suite, size_t placed)
{
	for (size_t i = 0; i < suite->n_after; i++)
		for (size_t j = placed; j < catalog->n_suites; j++)
			if (strcmp(catalog->suites[j].name, suite->after[i]) == 0)
				return &catalog->suites[j];
	abort(); /* one that waits for nothing would have been placed */
}

static bool circle_err(const struct wk_decoder *decoder, const struct wk_catalog *catalog,
	size_t placed, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) way = WK_BUF_INIT(300);
	const struct wk_suite *start = &catalog->suites[placed];
	const struct wk_suite *suite;
	struct wk_pos pos;

	/* So many steps lead from any suite into the circle. */
	for (size_t i = placed; i < catalog->n_suites; i++)
		start = waits_for(catalog, start, placed);
	suite = start;
	do {
		suite = waits_for(catalog, suite, placed);
		(void)wk_buf_printf(&way, " after '%s'", suite->name);
	} while (suite != start);
	pos = wk_decode_place(decoder, start->name);
	return wk_pos_err(
		err, &pos, "suites wait for each other: '%s'%s", start->name, wk_buf_str(&way));
}

bool wk_catalog_order(
	const struct wk_decoder *decoder, struct wk_catalog *catalog, struct wk_err *err)
{
	struct wk_suite *suites = catalog->suites;
	size_t n = catalog->n_suites;
	size_t before = wk_errors_count(decoder->errors);
	struct index index;

	gather(decoder->arena, catalog, &index);
	for (size_t i = 0; i < n; i++)
		if (!wk_decode_goes_on(decoder,
			    check_known(decoder, &index.suites, suites[i].after, suites[i].n_after,
				    err),
			    err))
			return false;
	if (wk_errors_count(decoder->errors) > before)
		return false;
	for (size_t placed = 0; placed < n; placed++) {
		size_t next = placed;
		struct wk_suite moved;

		while (next < n && !is_next(&suites[next], suites, placed))
			next++;
		if (next == n)
			return circle_err(decoder, catalog, placed, err);
		moved = suites[next];
		memmove(&suites[placed + 1], &suites[placed], (next - placed) * sizeof(moved));
		suites[placed] = moved;
	}
	return true;
}
