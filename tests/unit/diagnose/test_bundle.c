#include "wookie/base/file.h"
#include "wookie/diagnose/bundle.h"
#include "wookie/probe/redact.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JWT "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0x.c2lnbmF0dXJlLW9mLWl0"
#define KEY "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n"
#define HALF_KEY "BgkqhkiG9w0BAQEFAASCBKcwgg\n-----END RSA PRIVATE KEY-----\n"

static void go_to_folder(void)
{
	static char dir[] = "/tmp/wk-bundle-XXXXXX";

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
}

static void leave_folder(void)
{
	char dir[200];
	struct wk_err err;

	cr_assert_not_null(getcwd(dir, sizeof(dir)));
	cr_assert_eq(chdir("/"), 0);
	cr_expect(wk_rmtree(dir, &err), "%s", err.msg);
}

TestSuite(bundle, .init = go_to_folder, .fini = leave_folder);

static void write_bundle(struct wk_bundle *bundle)
{
	struct wk_err err = {0};

	cr_assert(wk_bundle_write(bundle, "b.tar.gz", &err), "%s", err.msg);
	wk_bundle_free(bundle);
	cr_assert_eq(system("tar -xzf b.tar.gz"), 0);
}

/* The text of an unpacked file; the caller frees. */
static char *unpacked(const char *path)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = {0};
	WK_AUTOFREE char *below = wk_xasprintf("in/%s", path);
	struct wk_err err = {0};

	cr_assert(wk_file_read(below, 4 * WK_BUNDLE_FILE_MAX, &text, &err), "%s", err.msg);
	return wk_buf_take(&text);
}

static cJSON *entry_of(const cJSON *index, const char *file)
{
	cJSON *entry = NULL;

	cJSON_ArrayForEach(entry, index) if (strcmp(cJSON_GetObjectItem(entry, "file")->valuestring,
						     file) == 0) break;
	return entry;
}

static cJSON *read_index(void)
{
	WK_AUTOFREE char *text = unpacked("index.json");
	cJSON *index = cJSON_Parse(text);

	cr_assert(cJSON_IsArray(index), "%s", text);
	return index;
}

Test(bundle, tar_reads_it_and_nobody_else_may)
{
	struct wk_bundle *bundle = wk_bundle_new("in");
	cJSON *json = cJSON_Parse("{\"a\": [1, 2]}");
	WK_AUTOFREE char *text = NULL;
	struct stat st;
	cJSON *index;

	wk_bundle_json(bundle, "state/a/pods.json", json);
	wk_bundle_text(bundle, "answers.txt", "all well\n", 9);
	write_bundle(bundle);
	cr_expect_eq(stat("b.tar.gz", &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	text = unpacked("answers.txt");
	cr_expect_str_eq(text, "all well\n");
	index = read_index();
	cr_expect_eq(cJSON_GetArraySize(index), 2);
	cr_expect_eq(cJSON_GetObjectItem(entry_of(index, "answers.txt"), "bytes")->valueint, 9);
	cr_expect(cJSON_IsFalse(
		cJSON_GetObjectItem(entry_of(index, "state/a/pods.json"), "truncated")));
	cJSON_Delete(index);
	cJSON_Delete(json);
}

Test(bundle, nothing_in_it_is_a_secret)
{
	static const char log[] = HALF_KEY "I1122 token=" JWT " ok\n" KEY
					   "Authorization: Bearer abcdef0123456789 sent\n";
	static const char json[] =
		"{\"token\": \"" JWT "\", \"env\": [{\"name\": \"DB_PASSWORD\", \"value\": "
		"\"hunter2hunter2\"}], \"note\": \"password=hunter2hunter2\"}";
	static const char *const secrets[] = {
		JWT, "MIIEvQ", "BgkqhkiG", "abcdef0123456789", "hunter2", "PRIVATE KEY"};
	struct wk_bundle *bundle = wk_bundle_new("in");
	cJSON *tree = cJSON_Parse(json);
	WK_AUTOFREE char *text = NULL;
	WK_AUTOFREE char *other = NULL;

	wk_bundle_json(bundle, "x.json", tree);
	wk_bundle_text(bundle, "x.log", log, sizeof(log) - 1);
	write_bundle(bundle);
	text = unpacked("x.log");
	other = unpacked("x.json");
	for (size_t i = 0; i < WK_COUNT(secrets); i++) {
		cr_expect_null(strstr(text, secrets[i]), "%s in %s", secrets[i], text);
		cr_expect_null(strstr(other, secrets[i]), "%s in %s", secrets[i], other);
	}
	cr_expect(strstr(text, "I1122 token=(redacted) ok"), "%s", text);
	cJSON_Delete(tree);
}

Test(bundle, words_about_tokens_stay)
{
	static const char *const texts[] = {
		"Unauthorized: invalid bearer token: service account token has expired",
		"token: Unauthorized", "the password is wrong", "TokenReview of demo/test-pod"};

	for (size_t i = 0; i < WK_COUNT(texts); i++) {
		WK_AUTOFREE char *text = wk_redact_text(texts[i]);

		cr_expect_str_eq(text, texts[i]);
	}
}

Test(bundle, what_is_too_large_is_cut_and_said)
{
	struct wk_bundle *bundle = wk_bundle_new("in");
	WK_AUTOFREE char *lines = wk_xmalloc(2 * WK_BUNDLE_FILE_MAX);
	cJSON *json = cJSON_CreateObject();
	WK_AUTOFREE char *text = NULL;
	WK_AUTOFREE char *cut = NULL;
	cJSON *parsed;
	cJSON *index;

	for (size_t i = 0; i < 2 * WK_BUNDLE_FILE_MAX; i++)
		lines[i] = i % 10 == 9 ? '\n' : (char)('0' + i % 10);
	wk_bundle_text(bundle, "long.log", lines, 2 * WK_BUNDLE_FILE_MAX);
	lines[2 * WK_BUNDLE_FILE_MAX - 1] = '\0';
	cJSON_AddStringToObject(json, "long", lines);
	wk_bundle_json(bundle, "long.json", json);
	write_bundle(bundle);
	text = unpacked("long.log");
	cr_expect(strncmp(text, "(the first ", 11) == 0, "%.40s", text);
	cr_expect_leq(strlen(text), WK_BUNDLE_FILE_MAX + 100);
	cr_expect(strncmp(strchr(text, '\n'), "\n012345678\n", 11) == 0, "begins within a line");
	cut = unpacked("long.json");
	parsed = cJSON_Parse(cut);
	cr_expect(cJSON_GetObjectItem(parsed, "cut"));
	index = read_index();
	for (int i = 0; i < 2; i++)
		cr_expect(cJSON_IsTrue(
			cJSON_GetObjectItem(cJSON_GetArrayItem(index, i), "truncated")));
	cJSON_Delete(parsed);
	cJSON_Delete(index);
	cJSON_Delete(json);
}

Test(bundle, the_whole_is_bounded_and_says_what_is_left_out)
{
	struct wk_bundle *bundle = wk_bundle_new("in");
	WK_AUTOFREE char *noise = wk_xmalloc(WK_BUNDLE_FILE_MAX);
	struct stat st;
	cJSON *index;

	srandom(1);
	for (size_t i = 0; i < WK_BUNDLE_FILE_MAX; i++)
		noise[i] = (char)('!' + random() % 90);
	for (int i = 0; i < 40; i++) {
		WK_AUTOFREE char *path = wk_xasprintf("%d.log", i);

		wk_bundle_text(bundle, path, noise, WK_BUNDLE_FILE_MAX);
	}
	write_bundle(bundle);
	cr_expect_eq(stat("b.tar.gz", &st), 0);
	cr_expect_leq((size_t)st.st_size, WK_BUNDLE_MAX + 1024 * 1024);
	index = read_index();
	cr_expect_str_eq(cJSON_GetObjectItem(entry_of(index, "39.log"), "missing")->valuestring,
		"the bundle is full");
	cr_expect_neq(access("in/0.log", F_OK), -1);
	cr_expect_eq(access("in/39.log", F_OK), -1);
	cJSON_Delete(index);
}

Test(bundle, logs_are_taken_without_following_links)
{
	struct wk_bundle *bundle = wk_bundle_new("in");
	struct wk_err err;
	cJSON *index;
	WK_AUTOFREE char *text = NULL;

	cr_assert(wk_mkdir_p("logs/demo_pod_1503bba4-39f7-4462-b515-77dadb2ea0f2/c", 0700, &err));
	cr_assert(wk_file_write("logs/demo_pod_1503bba4-39f7-4462-b515-77dadb2ea0f2/c/0.log",
		"it\n", 3, 0600, &err));
	cr_assert(wk_file_write("logs/secret.txt", "no log\n", 7, 0600, &err));
	cr_assert_eq(symlink("/etc/passwd", "logs/link.log"), 0);
	cr_assert_eq(mkfifo("logs/fifo.log", 0600), 0);
	wk_bundle_logs(bundle, "pods", "logs");
	wk_bundle_logs(bundle, "none", "not-there");
	write_bundle(bundle);
	text = unpacked("pods/demo_pod/c/0.log");
	cr_expect_str_eq(text, "it\n");
	index = read_index();
	cr_expect_eq(cJSON_GetArraySize(index), 2);
	cr_expect(cJSON_GetObjectItem(entry_of(index, "none"), "missing"));
	cJSON_Delete(index);
}

Test(bundle, a_full_disk_leaves_nothing)
{
	struct wk_bundle *bundle = wk_bundle_new("in");
	struct wk_err err = {0};

	cr_expect_not(wk_bundle_write(bundle, "/dev/full/b.tar.gz", &err));
	cr_expect(strncmp(err.msg, "bundle: ", 8) == 0, "%s", err.msg);
	wk_bundle_free(bundle);
}
