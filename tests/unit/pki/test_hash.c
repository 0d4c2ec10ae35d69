#include "wookie/base/file.h"
#include "wookie/pki/ca.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

Test(hash, sha256_of_known_texts)
{
	static const struct {
		const char *text;
		const char *hex; /* FIPS 180-4 examples */
	} rows[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		char hex[65];

		wk_sha256(rows[i].text, strlen(rows[i].text), hex);
		cr_assert_str_eq(hex, rows[i].hex, "row '%s'", rows[i].text);
	}
}

Test(hash, a_file_hashes_like_its_bytes)
{
	char path[] = "/tmp/wk-hash-XXXXXX";
	struct wk_err err;
	int fd = mkstemp(path);
	char of_file[65] = "";
	char of_bytes[65];
	char data[70000];

	memset(data, 'x', sizeof(data));
	cr_assert(wk_write_all(fd, data, sizeof(data), &err));
	close(fd);
	cr_assert(wk_sha256_file(path, of_file, &err));
	wk_sha256(data, sizeof(data), of_bytes);
	cr_assert_str_eq(of_file, of_bytes);
	unlink(path);
	cr_assert_not(wk_sha256_file(path, of_file, &err));
	cr_assert_str_eq(of_file, of_bytes, "a failure left the output alone");
	cr_assert(strstr(err.msg, path) != NULL, "'%s' names the file", err.msg);
}

Test(hash, base64_goes_there_and_back)
{
	static const struct {
		const char *bytes;
		const char *text; /* RFC 4648 10 */
	} rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		WK_AUTOFREE char *text = wk_base64_encode(rows[i].bytes, strlen(rows[i].bytes));
		struct wk_buf WK_AUTO(wk_buf_finish) back = WK_BUF_INIT(1);
		struct wk_err err;

		cr_assert_str_eq(text, rows[i].text, "row '%s'", rows[i].bytes);
		cr_assert(wk_base64_decode(text, &back, &err), "row '%s'", rows[i].bytes);
		cr_assert_str_eq(wk_buf_str(&back), rows[i].bytes, "row '%s'", rows[i].bytes);
		cr_assert_eq(back.len, strlen(rows[i].bytes));
	}
}

Test(hash, base64_refuses_anything_else)
{
	static const char *const rows[] = {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm 9", " Zm9v",
		"Zm9v\n", "Zm9-", "Zm9_", "Z=9v"};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_buf back = WK_BUF_INIT(7);
		struct wk_err err = {0};

		cr_assert_not(wk_base64_decode(rows[i], &back, &err), "row '%s'", rows[i]);
		cr_assert_eq(err.kind, WK_ERR_INPUT, "row '%s'", rows[i]);
		cr_assert_eq(back.max, 7, "a failure left the output alone");
	}
}
