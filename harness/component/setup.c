/*
 * Set-up
 *
 * Brings the cache to where a mesh can be made from it: looks at every part down to its last byte,
 * makes what is missing or damaged, each in a worker of its own and all at once (fetching waits for
 * the network, linking uses one processor), then the image store, then the set that ties them
 * together. Scratch stays when this is interrupted, so that the next set-up goes on from there, and
 * goes when everything is verified.
 */
#include "wookie/component/component.h"

#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/component/build.h"
#include "wookie/component/cache.h"
#include "wookie/component/images.h"
#include "wookie/component/lock.h"
#include "wookie/component/set.h"
#include "wookie/component/store.h"
#include "wookie/proc/interrupt.h"
#include "wookie/proc/worker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Caches and scratch of Go grow to 9 GB, what stays takes 2. */
#define DISK_BUILD 12.0
#define DISK_STORE 3.0

#define SAY_EVERY (2 * WK_SEC)
#define WORKER_OUTPUT ((size_t)4 << 20)

/* One thing that is made, in a worker. */
struct job {
	const char *label;
	struct wk_worker worker;
	bool running;
	wk_nsec began;
	wk_nsec said;
	/* what the worker needs */
	struct wk_builder builder;
	const char *path;
	const struct wk_store_import *import;
};

struct setup {
	const struct wk_setup *in;
	struct wk_arena *arena;
	struct wk_pins pins;
	struct wk_set set;
	const char *work;
};

static void say(const struct setup *s, const char *what, enum wk_step_state state,
	const char *detail, wk_nsec began)
{
	wk_progress_report(s->in->progress, &(struct wk_step){.phase = "setup",
						    .what = what,
						    .detail = detail,
						    .state = state,
						    .elapsed = wk_now() - began});
}

/* What is there already stays, so the next set-up goes on from here. */
static bool is_over(const struct setup *s, struct wk_err *err)
{
	if (wk_interrupted(err))
		return true;
	return wk_now() >= s->in->deadline &&
	       !wk_err_set(err, WK_ERR_TIMEOUT,
		       "not everything is there yet; the next set-up goes on from here");
}

/* How a worker says why it gave up: '!', the kind of error, its message. */
static int give_up(int pipe, const struct wk_err *err)
{
	WK_AUTOFREE char *line = wk_xasprintf("!%d %s\n", (int)err->kind, err->msg);
	struct wk_err ignored;

	return wk_write_all(pipe, line, strlen(line), &ignored) ? 1 : 2;
}

static int build_part(void *arg, int pipe)
{
	struct job *job = arg;
	struct wk_err err;

	job->builder.pipe = pipe;
	if (!wk_rmtree(job->builder.folder, &err) || !wk_mkdir_p(job->builder.folder, 0755, &err) ||
		!wk_build(&job->builder, &err))
		return give_up(pipe, &err);
	wk_builder_say(&job->builder, "verifying");
	if (!wk_cache_publish(job->builder.folder, job->path, &err))
		return give_up(pipe, &err);
	return 0;
}

static int import_images(void *arg, int pipe)
{
	const struct job *job = arg;
	struct wk_err err;

	if (!wk_store_import(job->import, pipe, &err) ||
		!wk_cache_publish(job->import->folder, job->path, &err))
		return give_up(pipe, &err);
	return 0;
}

static char *last_line(const struct wk_buf *out)
{
	const char *text = wk_buf_str(out);
	size_t end = strlen(text);

	while (end > 0 && text[end - 1] != '\n')
		end--;
	end -= end > 0;
	size_t start = end;
	while (start > 0 && text[start - 1] != '\n')
		start--;
	return wk_xstrndup(text + start, end - start);
}

/* What give_up() wrote, or what became of a worker that could not write any more. */
static void read_reason(
	const struct job *job, enum wk_worker_end end, int status, struct wk_err *err)
{
	WK_AUTOFREE char *line = last_line(&job->worker.out);
	WK_AUTOFREE char *digits = wk_xstrndup(line + (*line == '!'), 1);
	struct wk_err ignored;
	uint64_t kind = 0;

	if (*line == '!' && wk_num_parse(digits, WK_ERR_INPUT, WK_ERR_INTERRUPTED, &kind, &ignored))
		(void)wk_err_set(err, (enum wk_err_kind)kind, "%s", line + strcspn(line, " ") + 1);
	else
		(void)wk_err_set(err, WK_ERR_SYSTEM, "its worker ended with %s %d",
			end == WK_WORKER_EXITED ? "code" : "signal", status);
}

static bool failed(const struct setup *s, const struct job *job, enum wk_worker_end end, int status,
	struct wk_err *err)
{
	read_reason(job, end, status, err);
	say(s, job->label, WK_STEP_FAILED, err->msg, job->began);
	return wk_err_context(err, "%s", job->label);
}

static bool start(
	const struct setup *s, struct job *job, int (*fn)(void *arg, int pipe), struct wk_err *err)
{
	job->began = wk_now();
	job->said = job->began;
	say(s, job->label, WK_STEP_BEGIN, NULL, job->began);
	job->running = wk_worker_start(&job->worker, fn, job, WK_NEVER, WORKER_OUTPUT, err);
	return job->running;
}

static bool look_at(const struct setup *s, struct job *job, struct wk_err *err)
{
	int status = 0;
	enum wk_worker_end end = wk_worker_look(&job->worker, &status);

	if (end == WK_WORKER_RUNNING && wk_now() > job->said + SAY_EVERY) {
		WK_AUTOFREE char *line = last_line(&job->worker.out);
		job->said = wk_now();
		say(s, job->label, WK_STEP_WAIT, *line ? line : NULL, job->began);
	}
	if (end == WK_WORKER_RUNNING)
		return true;
	job->running = false;
	if (end != WK_WORKER_EXITED || status != 0)
		return failed(s, job, end, status, err);
	say(s, job->label, WK_STEP_DONE, NULL, job->began);
	return true;
}

/* Until all are done, one gives up, or the user does. */
static bool wait_for_all(const struct setup *s, struct job *jobs, size_t count, struct wk_err *err)
{
	bool ok = true;
	size_t running = 1;

	while (ok && running > 0) {
		running = 0;
		for (size_t i = 0; ok && i < count; i++) {
			if (!jobs[i].running)
				continue;
			running++;
			ok = look_at(s, &jobs[i], err);
		}
		ok = ok && !is_over(s, err);
		if (ok && running > 0)
			wk_pause(100 * WK_MSEC);
	}
	for (size_t i = 0; i < count; i++)
		wk_worker_finish(&jobs[i].worker);
	return ok;
}

static double free_gigabytes(const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs) < 0)
		return 0;
	return (double)fs.f_bavail * (double)fs.f_frsize / 1e9;
}

static bool check_disk(const char *path, double needed, struct wk_err *err)
{
	double there = free_gigabytes(path);

	if (there >= needed)
		return true;
	return wk_err_set(err, WK_ERR_MISSING,
		"'%s' has %.1f GB free, setting up needs %.0f GB for a while; free some, or set "
		"XDG_CACHE_HOME to a folder with more",
		path, there, needed);
}

static bool is_there(const struct setup *s, const char *label, const char *path)
{
	wk_nsec began = wk_now();
	struct wk_err why;

	if (!wk_path_exists(path))
		return false;
	say(s, label, WK_STEP_BEGIN, "verifying", began);
	if (wk_cache_check(path, WK_CHECK_HASHES, &why)) {
		say(s, label, WK_STEP_DONE, "verified", began);
		return true;
	}
	say(s, label, WK_STEP_WAIT, why.msg, began);
	return false;
}

static struct job part_job(const struct setup *s, const struct wk_pin *pin)
{
	WK_AUTOFREE char *path = wk_cache_path(s->in->cache, pin->name, pin->version, pin->key);

	return (struct job){.label = wk_arena_printf(s->arena, "%s %s", pin->name, pin->version),
		.path = wk_arena_strdup(s->arena, path),
		.builder = {
			.pin = pin,
			.work = s->work,
			.folder = wk_arena_printf(
				s->arena, "%s/%s-%s", s->work, pin->name, pin->version),
			.pipe = -1,
		}};
}

/* A Go that can build the modules: this machine's, or the pinned one, fetched into the scratch
 * folder since nothing else needs it. */
static bool find_go(const struct setup *s, const char **ret, struct wk_err *err)
{
	WK_AUTOFREE char *found = wk_go_on_path();
	const struct wk_pin *pin = wk_pins_find(&s->pins, "go", NULL);

	if (found) {
		*ret = wk_arena_strdup(s->arena, found);
		return true;
	}
	if (!pin)
		return wk_err_set(err, WK_ERR_MISSING, "no Go 1.24 or later on this machine");
	struct job job = part_job(s, pin);
	job.path = wk_arena_printf(s->arena, "%s/toolchain", s->work);
	if (!is_there(s, job.label, job.path) &&
		(!start(s, &job, build_part, err) || !wait_for_all(s, &job, 1, err)))
		return false;
	*ret = wk_arena_printf(s->arena, "%s/go/bin/go", job.path);
	return true;
}

static bool start_parts(
	const struct setup *s, struct job *jobs, const bool *needed, struct wk_err *err)
{
	const char *go = NULL;
	bool builds = needed[WK_PART_KUBERNETES] || needed[WK_PART_ISTIO];

	if (builds && (!check_disk(s->in->cache, DISK_BUILD, err) || !find_go(s, &go, err)))
		return false;
	for (size_t i = 0; i < WK_PARTS; i++) {
		jobs[i].builder.go = go;
		if (needed[i] && !start(s, &jobs[i], build_part, err))
			return false;
	}
	return true;
}

static bool make_parts(const struct setup *s, struct wk_err *err)
{
	struct job jobs[WK_PARTS] = {0};
	bool needed[WK_PARTS] = {false};

	for (size_t i = 0; i < WK_PARTS; i++) {
		jobs[i] = part_job(s, s->set.parts[i]);
		needed[i] = !is_there(s, jobs[i].label, jobs[i].path);
		if (is_over(s, err))
			return false;
	}
	if (!start_parts(s, jobs, needed, err)) {
		for (size_t i = 0; i < WK_PARTS; i++)
			wk_worker_finish(&jobs[i].worker);
		return false;
	}
	return wait_for_all(s, jobs, WK_PARTS, err);
}

static const char *part_path(const struct setup *s, enum wk_part part)
{
	WK_AUTOFREE char *path = wk_part_path(s->in->cache, &s->set, part);

	return wk_arena_strdup(s->arena, path);
}

static bool write_archives(const struct setup *s, const struct wk_images *images,
	const char *folder, struct wk_err *err)
{
	wk_nsec began = wk_now();

	say(s, "images", WK_STEP_BEGIN, NULL, began);
	for (size_t i = 0; i < images->count; i++) {
		WK_AUTOFREE char *path = wk_xasprintf("%s/%zu.tar", folder, i);
		say(s, "images", WK_STEP_WAIT, images->all[i].name, began);
		if (is_over(s, err) || !wk_image_write(&images->all[i], folder, path, err))
			return false;
	}
	say(s, "images", WK_STEP_DONE, NULL, began);
	return true;
}

static bool fresh_folder(const char *path, struct wk_err *err)
{
	return wk_rmtree(path, err) && wk_mkdir_p(path, 0700, err);
}

static bool make_store(
	const struct setup *s, const struct wk_images *images, const char *path, struct wk_err *err)
{
	const char *archives = wk_arena_printf(s->arena, "%s/archives", s->work);
	const char *names[WK_IMAGES_MAX];
	struct wk_store_import import = {
		.programs = wk_arena_printf(s->arena, "%s/usr/bin", part_path(s, WK_PART_DEBIAN)),
		.archives = archives,
		.names = names,
		.count = images->count,
		.pinned = WK_IMAGE_PAUSE,
		.folder = wk_arena_printf(s->arena, "%s/store", s->work),
	};
	struct job job = {.label = "image store", .path = path, .import = &import};

	for (size_t i = 0; i < images->count; i++)
		names[i] = images->all[i].name;
	if (geteuid() != 0)
		return wk_err_set(err, WK_ERR_MISSING,
			"the programs are built; the image store takes root: run 'wookie-conform "
			"setup' as root with this user's XDG_CACHE_HOME");
	return check_disk(s->in->cache, DISK_STORE, err) && fresh_folder(archives, err) &&
	       fresh_folder(import.folder, err) && write_archives(s, images, archives, err) &&
	       start(s, &job, import_images, err) && wait_for_all(s, &job, 1, err);
}

/* The store is known by the content of the images, which holds programs of this machine: their
 * update makes another store. */
static bool find_or_make_store(const struct setup *s, const char **ret, struct wk_err *err)
{
	const struct wk_image_inputs inputs = {
		.envoy = part_path(s, WK_PART_ENVOY),
		.istio = part_path(s, WK_PART_ISTIO),
		.kubernetes = part_path(s, WK_PART_KUBERNETES),
		.workloads = part_path(s, WK_PART_WORKLOADS),
		.istio_version = s->set.parts[WK_PART_ISTIO]->version,
	};
	struct wk_images images;
	char key[65];

	if (!wk_images_make(&inputs, s->arena, &images, err) || !wk_images_key(&images, key, err))
		return false;
	WK_AUTOFREE char *path = wk_cache_path(s->in->cache, "store", inputs.istio_version, key);
	if (!is_there(s, "image store", path) && !make_store(s, &images, path, err))
		return false;
	*ret = wk_arena_strdup(s->arena, path);
	return true;
}

static bool make_set(const struct setup *s, const char *store, struct wk_err *err)
{
	WK_AUTOFREE char *path = wk_set_path(s->in->cache, &s->set);
	WK_AUTOFREE char *scratch = wk_xasprintf("%s/set", s->work);
	WK_AUTOFREE char *known = wk_set_store(path);
	struct wk_err ignored;

	/* Its links lead to the files of before where a part was made anew. */
	if (known && strcmp(known, store) == 0 && wk_cache_check(path, WK_CHECK_HASHES, &ignored))
		return true;
	return wk_set_publish(s->in->cache, &s->set, store, scratch, err);
}

static bool check_machine(struct wk_err *err)
{
	struct utsname machine;

	if (uname(&machine) < 0 || strcmp(machine.machine, "x86_64") == 0)
		return true;
	return wk_err_set(err, WK_ERR_MISSING,
		"this machine is '%s'; the pinned components are for x86_64", machine.machine);
}

static bool run(const struct setup *s, struct wk_err *err)
{
	const char *store = NULL;

	return make_parts(s, err) && find_or_make_store(s, &store, err) &&
	       make_set(s, store, err) && wk_rmtree(s->work, err);
}

bool wk_setup_run(const struct wk_setup *setup, struct wk_err *err)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	WK_AUTOFREE char *components = wk_xasprintf("%s/components", setup->cache);
	WK_AUTOFREE char *work = wk_xasprintf("%s/work", setup->cache);
	WK_AUTOFREE char *lock = wk_xasprintf("%s/setup.lock", setup->cache);
	struct setup s = {.in = setup, .arena = arena, .work = work};

	if (!check_machine(err) || !wk_pins_load(setup->datadir, arena, &s.pins, err) ||
		!wk_set_find(&s.pins, setup->istio_version, &s.set, err) ||
		!wk_mkdir_p(components, 0755, err))
		return false;
	int WK_AUTO(wk_close) held = wk_lock_take(lock, setup->progress, setup->deadline, err);
	return held >= 0 && wk_mkdir_p(work, 0755, err) && run(&s, err);
}
