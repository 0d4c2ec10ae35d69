/*
 * The catalog
 *
 * Every suite, cause, scratch workload, fault and variant there is, read from their folders. Files are taken
 * in the order of their names, whatever the file system says, so that two runs see the same.
 */
#include "wookie/conf/catalog.h"

#include "wookie/base/file.h"
#include "wookie/conf/documents.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define CAUSES_FILE "causes.yaml"

/* One of which something is wrong is left out: what follows from it would only be noise. */
static bool decode_whole(struct wk_decoder *decoder, const struct wk_node *root,
	const struct wk_table *table, void *out, struct wk_err *err)
{
	size_t before = wk_errors_count(decoder->errors);

	return wk_decode(decoder, root, table, out, err) &&
	       wk_errors_count(decoder->errors) == before;
}

/* Reads one file and adds what it holds to the catalog. */
typedef bool read_fn(struct wk_decoder *decoder, const char *file, const struct wk_node *root,
	struct wk_catalog *catalog, struct wk_err *err);

static bool read_suite(struct wk_decoder *decoder, const char *file, const struct wk_node *root,
	struct wk_catalog *catalog, struct wk_err *err)
{
	struct wk_suite suite;

	if (!decode_whole(decoder, root, &wk_suite_table, &suite, err) ||
		!wk_suite_complete(decoder, &suite, err))
		return false;
	suite.file = file;
	catalog->suites =
		wk_arena_grow(decoder->arena, catalog->suites, catalog->n_suites, sizeof(suite));
	catalog->suites[catalog->n_suites++] = suite;
	return true;
}

static bool read_scratch(struct wk_decoder *decoder, const char *file, const struct wk_node *root,
	struct wk_catalog *catalog, struct wk_err *err)
{
	struct wk_scratch scratch;

	if (!decode_whole(decoder, root, &wk_scratch_table, &scratch, err) ||
		!wk_scratch_check(decoder, &scratch, err))
		return false;
	scratch.file = file;
	catalog->scratch = wk_arena_grow(
		decoder->arena, catalog->scratch, catalog->n_scratch, sizeof(scratch));
	catalog->scratch[catalog->n_scratch++] = scratch;
	return true;
}

static bool read_fault(struct wk_decoder *decoder, const char *file, const struct wk_node *root,
	struct wk_catalog *catalog, struct wk_err *err)
{
	struct wk_fault fault;

	if (!decode_whole(decoder, root, &wk_fault_table, &fault, err))
		return false;
	fault.file = file;
	catalog->faults =
		wk_arena_grow(decoder->arena, catalog->faults, catalog->n_faults, sizeof(fault));
	catalog->faults[catalog->n_faults++] = fault;
	return true;
}

static bool read_variant(struct wk_decoder *decoder, const char *file, const struct wk_node *root,
	struct wk_catalog *catalog, struct wk_err *err)
{
	struct wk_fault variant;

	if (!decode_whole(decoder, root, &wk_variant_table, &variant, err))
		return false;
	variant.file = file;
	catalog->variants = wk_arena_grow(
		decoder->arena, catalog->variants, catalog->n_variants, sizeof(variant));
	catalog->variants[catalog->n_variants++] = variant;
	return true;
}

static bool read_causes(struct wk_decoder *decoder, const char *file, const struct wk_node *root,
	struct wk_catalog *catalog, struct wk_err *err)
{
	struct wk_causes causes;

	(void)file;
	if (!decode_whole(decoder, root, &wk_causes_table, &causes, err))
		return false;
	for (size_t i = 0; i < causes.n_causes; i++) {
		catalog->causes = wk_arena_grow(decoder->arena, catalog->causes, catalog->n_causes,
			sizeof(*catalog->causes));
		catalog->causes[catalog->n_causes++] = causes.causes[i];
	}
	return true;
}

static bool read_diagnosis(struct wk_decoder *decoder, const char *file, const struct wk_node *root,
	struct wk_catalog *catalog, struct wk_err *err)
{
	struct wk_diagnosis_file diagnosis;
	struct wk_suite *suites[] = {&diagnosis.questions, &diagnosis.state};
	static const char *const names[] = {"questions", "state"};

	if (!decode_whole(decoder, root, &wk_diagnosis_table, &diagnosis, err))
		return false;
	catalog->diagnosis = wk_arena_alloc(decoder->arena, 2, sizeof(*catalog->diagnosis));
	for (size_t i = 0; i < 2; i++) {
		suites[i]->file = file;
		suites[i]->name = names[i];
		suites[i]->title = names[i];
		if (!wk_suite_complete(decoder, suites[i], err))
			return false;
		catalog->diagnosis[catalog->n_diagnosis++] = *suites[i];
	}
	catalog->unlooked = diagnosis.unlooked;
	catalog->n_unlooked = diagnosis.n_unlooked;
	return true;
}

/* `folder` NULL: the name is a path. */
static bool read_file(struct wk_decoder *decoder, const char *folder, const char *name,
	read_fn *read, struct wk_catalog *catalog, struct wk_err *err)
{
	const char *file = wk_arena_printf(
		decoder->arena, "%s%s%s", folder ? folder : "", folder ? "/" : "", name);
	struct wk_node *root;

	size_t before = wk_errors_count(decoder->errors);

	if (wk_yaml_read(decoder->arena, file, &root, err) &&
		read(decoder, file, root, catalog, err))
		return true;
	/* What was told while it was read is not told twice. */
	return wk_errors_count(decoder->errors) > before || wk_errors_take(decoder->errors, err);
}

static bool read_file_if_any(struct wk_decoder *decoder, const char *folder, const char *name,
	read_fn *read, struct wk_catalog *catalog, struct wk_err *err)
{
	const char *file = wk_arena_printf(decoder->arena, "%s/%s", folder, name);

	return !wk_path_exists(file) || read_file(decoder, folder, name, read, catalog, err);
}

static bool is_yaml(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void closedir_cleanup(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

/* The names of the YAML files in a folder, sorted; none when there is no such folder. */
static bool list_folder(struct wk_arena *arena, const char *folder, const char ***ret,
	size_t *ret_n, struct wk_err *err)
{
	DIR *WK_AUTO(closedir) dir = opendir(folder);
	const char **names = NULL;
	size_t n = 0;

	if (!dir && errno != ENOENT)
		return wk_err_set(err, WK_ERR_INPUT, "%s: %s", folder, strerror(errno));
	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		if (!is_yaml(e->d_name))
			continue;
		names = wk_arena_grow(arena, names, n, sizeof(*names));
		names[n++] = wk_arena_strdup(arena, e->d_name);
	}
	if (n)
		qsort(names, n, sizeof(*names), by_name);
	*ret = names;
	*ret_n = n;
	return true;
}

static bool read_folder(struct wk_decoder *decoder, const char *folder, read_fn *read,
	struct wk_catalog *catalog, struct wk_err *err)
{
	const char **names = NULL;
	size_t n = 0;

	if (!list_folder(decoder->arena, folder, &names, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], CAUSES_FILE) != 0 &&
			!read_file(decoder, folder, names[i], read, catalog, err))
			return false;
	return true;
}

static bool read_own(struct wk_decoder *decoder, const char *path, struct wk_catalog *catalog,
	struct wk_err *err)
{
	size_t before = catalog->n_suites;
	size_t wrong = wk_errors_count(decoder->errors);
	struct stat st;

	if (stat(path, &st) < 0)
		return wk_err_set(err, WK_ERR_INPUT, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode)) {
		if (!read_file(decoder, NULL, path, read_suite, catalog, err))
			return false;
	} else if (!read_file_if_any(decoder, path, CAUSES_FILE, read_causes, catalog, err) ||
		   !read_folder(decoder, path, read_suite, catalog, err)) {
		return false;
	}
	if (catalog->n_suites == before && wk_errors_count(decoder->errors) == wrong)
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: expected a suite, found no file such as mine.yaml in this folder",
			path);
	for (size_t i = before; i < catalog->n_suites; i++)
		catalog->suites[i].own = path;
	return true;
}

static bool read_installed(struct wk_decoder *decoder, const char *datadir,
	struct wk_catalog *catalog, struct wk_err *err)
{
	struct wk_arena *arena = decoder->arena;
	const char *suites = wk_arena_printf(arena, "%s/suites", datadir);
	const char *workloads = wk_arena_printf(arena, "%s/fixtures/workloads", datadir);
	const char *faults = wk_arena_printf(arena, "%s/fixtures/faults", datadir);
	const char *variants = wk_arena_printf(arena, "%s/fixtures/variants", datadir);
	const char *fixtures = wk_arena_printf(arena, "%s/fixtures", datadir);

	return read_file(decoder, suites, CAUSES_FILE, read_causes, catalog, err) &&
	       read_folder(decoder, suites, read_suite, catalog, err) &&
	       read_folder(decoder, workloads, read_scratch, catalog, err) &&
	       read_folder(decoder, faults, read_fault, catalog, err) &&
	       read_folder(decoder, variants, read_variant, catalog, err) &&
	       read_file_if_any(decoder, fixtures, "diagnose.yaml", read_diagnosis, catalog, err);
}

bool wk_catalog_load(struct wk_arena *arena, const struct wk_catalog_source *source,
	struct wk_catalog *ret, struct wk_err *err)
{
	struct wk_decoder decoder = {.arena = arena,
		.probes = source->probes,
		.steps = source->steps,
		.errors = source->errors};
	size_t before = wk_errors_count(source->errors);
	struct wk_catalog catalog = {0};

	if (!read_installed(&decoder, source->datadir, &catalog, err))
		return false;
	for (size_t i = 0; i < source->n_own; i++)
		if (!read_own(&decoder, source->own[i], &catalog, err) &&
			!wk_errors_take(source->errors, err))
			return false;
	/* A name that leads to a file that could not be read is no second error. */
	if (wk_errors_count(source->errors) > before)
		return false;
	if (!wk_catalog_order(&decoder, &catalog, err) ||
		!wk_catalog_check_names(&decoder, &catalog, err) ||
		wk_errors_count(source->errors) > before)
		return false;
	*ret = catalog;
	return true;
}
