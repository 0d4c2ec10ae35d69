#include "wookie/base/file.h"
#include "wookie/yaml/node.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool parse(
	struct wk_arena *arena, const char *text, struct wk_node **ret, struct wk_err *err)
{
	return wk_yaml_parse(arena, "f.yaml", text, strlen(text), ret, err);
}

Test(yaml, refuses_what_is_ambiguous_or_broken_with_its_place)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"", "f.yaml: expected a document, found none"},
		{"# only words\n", "f.yaml: expected a document, found none"},
		{"a: 1\n---\nb: 2\n", "f.yaml:3:1: expected one document, found a second"},
		{"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: duplicate key 'a', first found at f.yaml:1:1"},
		{"a: {b: 1, 'b': 2}\n",
			"f.yaml:1:11: duplicate key 'b', first found at f.yaml:1:5"},
		{"a: 0\nb: 0\nc: 0\nd: 0\ne: 0\nf: 0\ng: 0\nh: 0\ni: 0\nj: 0\nk: 0\nl: 0\nm: "
		 "0\nd: 1\n",
			"f.yaml:14:1: duplicate key 'd', first found at f.yaml:4:1"},
		{"a: &x 1\n", "f.yaml:1:4: anchors ('&x') are not read: write the value where it "
			      "is used"},
		{"a: &x [1]\n", "f.yaml:1:4: anchors ('&x') are not read: write the value where "
				"it is used"},
		{"a: *x\n", "f.yaml:1:4: aliases ('*x') are not read: write the value out"},
		{"a: !!str 1\n",
			"f.yaml:1:4: tags ('tag:yaml.org,2002:str') are not read: leave it out"},
		{"a: !mine {b: 1}\n", "f.yaml:1:4: tags ('!mine') are not read: leave it out"},
		{"? [a]\n: 1\n", "f.yaml:1:3: expected a key, found a list"},
		{"? {a: 1}\n: 1\n", "f.yaml:1:3: expected a key, found a map"},
		{"?\n: 1\n", "f.yaml:1:2: expected a key, found nothing"},
		{"<<: {a: 1}\n", "f.yaml:1:1: merge keys ('<<') are not read: write the keys out"},
		{"a:\n\tb: 1\n", "f.yaml:2:1: found a tab, expected spaces"},
		{"\xc3\xa9: 1\na:\n\tb: 1\n", "f.yaml:3:1: found a tab, expected spaces"},
		{"a: 1\nb\xc3\xa9: \"\xff\"\n", "f.yaml:2:6: expected UTF-8 text, found byte 0xff: "
						"invalid leading UTF-8 octet"},
		{"a: \"\x01\"\n", "f.yaml:1:5: expected UTF-8 text, found byte 0x01: control "
				  "characters are not allowed"},
		{"a: \"x\\0y\"\n", "f.yaml:1:4: expected text, found a NUL character in it"},
		{"a: [1, 2\nb: 3\n", "f.yaml:2:2: did not find expected ',' or ']' while parsing a "
				     "flow sequence that begins at line 1"},
		{"a: 'open\n", "f.yaml:2:1: found unexpected end of stream while scanning a quoted "
			       "scalar that begins at line 1"},
		{"a: b: c\n", "f.yaml:1:5: mapping values are not allowed in this context"},
		{"a: yes\n", "f.yaml:1:4: 'yes' has different meanings in YAML 1.1 and 1.2: write "
			     "true or false, or quote it"},
		{"a: [off]\n", "f.yaml:1:5: 'off' has different meanings in YAML 1.1 and 1.2: "
			       "write true or false, or quote it"},
		{"a: 0644\n", "f.yaml:1:4: '0644' has different meanings in YAML 1.1 and 1.2: "
			      "write a decimal number, or quote it"},
		{"a: 1_000\n", "f.yaml:1:4: '1_000' has different meanings in YAML 1.1 and 1.2: "
			       "write a decimal number, or quote it"},
		{"a: -0o17\n", "f.yaml:1:4: '-0o17' has different meanings in YAML 1.1 and 1.2: "
			       "write a decimal number, or quote it"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		struct wk_node *root = NULL;
		struct wk_err err = {0};

		cr_expect_not(parse(arena, rows[i].text, &root, &err), "row %zu was read", i);
		cr_expect_str_eq(err.msg, rows[i].message, "row %zu: %s", i, err.msg);
		cr_expect_eq(err.kind, WK_ERR_INPUT, "row %zu", i);
		cr_expect_null(root, "row %zu: output touched", i);
	}
}

Test(yaml, reads_what_is_plain_yaml)
{
	static const struct {
		const char *text;
		const char *json;
	} rows[] = {
		{"\xef\xbb\xbf%YAML 1.2\n---\na: 1\n", "{\"a\":1}"},
		{"a: 1\r\nb: 2\r\n", "{\"a\":1,\"b\":2}"},
		{"a:\t1\n", "{\"a\":1}"},
		{"- 'yes'\n- \"0644\"\n- on call\n", "[\"yes\",\"0644\",\"on call\"]"},
		{"[~, null, true, False, '', '~']", "[null,null,true,false,\"\",\"~\"]"},
		{"[0, -0, 7, -7, +7, 0x1f, 18446744073709551615]",
			"[0,-0,7,-7,7,31,18446744073709551615]"},
		{"[18446744073709551616, -9223372036854775809]",
			"[18446744073709551616,-9223372036854775809]"},
		{"[0.5, .5, 5., 1e3, 1.5E-3, -.25, 0.0]", "[0.5,0.5,5,1e3,1.5E-3,-0.25,0.0]"},
		{"[1.28.2, 10.0.0.0/8, 30s, 1e, e3, ., .inf, -, 0x, 12:30, 2026-11-22]",
			"[\"1.28.2\",\"10.0.0.0/8\",\"30s\",\"1e\",\"e3\",\".\",\".inf\",\"-\","
			"\"0x\",\"12:30\",\"2026-11-22\"]"},
		{"a: \"q\\\" b\\\\ \\n\\u00e9\\x01\"\n",
			"{\"a\":\"q\\\" b\\\\ \\u000a\xc3\xa9\\u0001\"}"},
		{"{}", "{}"},
		{"a:\n", "{\"a\":null}"},
		{"'on': 1\n1: 2\n", "{\"on\":1,\"1\":2}"},
	};

	for (size_t i = 0; i < WK_COUNT(rows); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		struct wk_buf WK_AUTO(wk_buf_finish) json = WK_BUF_INIT(4096);
		struct wk_node *root = NULL;
		struct wk_err err = {0};

		cr_assert(parse(arena, rows[i].text, &root, &err), "row %zu: %s", i, err.msg);
		cr_expect(wk_node_json(root, &json));
		cr_expect_str_eq(
			wk_buf_str(&json), rows[i].json, "row %zu: %s", i, wk_buf_str(&json));
	}
}

Test(yaml, manifests_are_typed_as_kubectl_types_them)
{
	static const char text[] =
		"---\n# nothing\n---\nmode: 0644\nold: [yes, n, ON, off]\n"
		"numbers: [0o17, 0b101, 15_443, 08, -0x10, 1_0.5, 0777777777777777777777]\n"
		"---\n---\n- second\n...\n";
	static const char *const expected[] = {
		"{\"mode\":420,\"old\":[true,false,true,false],"
		"\"numbers\":[15,5,15443,8,-16,10.5,9223372036854775807]}",
		"[\"second\"]"};
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_node **docs = NULL;
	struct wk_err err = {0};
	size_t n = 0;

	cr_assert(wk_yaml_parse_all(arena, "m.yaml", text, strlen(text), &docs, &n, &err), "%s",
		err.msg);
	cr_assert_eq(n, WK_COUNT(expected));
	for (size_t i = 0; i < n; i++) {
		struct wk_buf WK_AUTO(wk_buf_finish) json = WK_BUF_INIT(4096);

		cr_expect(wk_node_json(docs[i], &json));
		cr_expect_str_eq(wk_buf_str(&json), expected[i]);
	}
}

Test(yaml, no_documents_are_fine_where_any_number_is_expected)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_node **docs = NULL;
	struct wk_err err = {0};
	size_t n = 7;

	cr_assert(wk_yaml_parse_all(arena, "m.yaml", NULL, 0, &docs, &n, &err), "%s", err.msg);
	cr_expect_eq(n, 0);
}

Test(yaml, every_value_knows_its_place)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_node *root = NULL;
	struct wk_err err = {0};
	const struct wk_node *b;

	cr_assert(parse(arena, "# first\na:\n  b\xc3\xa9: [v,  w]\n", &root, &err), "%s", err.msg);
	b = wk_node_get(wk_node_get(root, "a"), "b\xc3\xa9");
	cr_assert_not_null(b);
	cr_expect_eq(b->key_pos.line, 3);
	cr_expect_eq(b->key_pos.column, 3);
	cr_expect_eq(b->pos.column, 7);
	cr_expect_eq(b->items[1].pos.column, 12, "columns count characters, not bytes");
	cr_expect_str_eq(b->items[1].pos.file, "f.yaml");
	cr_expect_null(b->items[1].key);
}

Test(yaml, look_ups_accept_what_is_not_there)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_node *root = NULL;
	struct wk_err err = {0};

	cr_assert(parse(arena, "a: text\nb: [1]\n", &root, &err), "%s", err.msg);
	cr_expect_str_eq(wk_node_text(root, "a"), "text");
	cr_expect_null(wk_node_text(root, "b"), "a list has no text");
	cr_expect_null(wk_node_text(root, "c"));
	cr_expect_null(wk_node_get(NULL, "a"));
	cr_expect_null(wk_node_get(wk_node_get(root, "b"), "a"));
}

/* Seconds of processor time since `start`: a busy machine must not fail a test. */
static double spent_since(clock_t start)
{
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static char *repeated(const char *part, size_t times)
{
	struct wk_buf buf = WK_BUF_INIT(64UL * 1024 * 1024);

	for (size_t i = 0; i < times; i++)
		(void)wk_buf_puts(&buf, part);
	return wk_buf_take(&buf);
}

Test(yaml, ten_megabytes_of_nesting_end_at_once)
{
	static const char *const parts[] = {"[", "{a: ", "- ", "? "};

	for (size_t i = 0; i < WK_COUNT(parts); i++) {
		struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
		WK_AUTOFREE char *text = repeated(parts[i], 10UL * 1024 * 1024 / strlen(parts[i]));
		struct wk_node **docs = NULL;
		struct wk_err err = {0};
		clock_t start = clock();
		size_t n = 0;

		cr_expect_not(
			wk_yaml_parse_all(arena, "deep.yaml", text, strlen(text), &docs, &n, &err));
		cr_expect_lt(
			spent_since(start), 0.1, "'%s' took %.3f s", parts[i], spent_since(start));
		cr_expect_not_null(strstr(err.msg, "deep.yaml:1:"), "%s", err.msg);
	}
}

Test(yaml, sixty_four_levels_are_read_and_one_more_is_not)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	WK_AUTOFREE char *open = repeated("[", WK_YAML_DEPTH);
	WK_AUTOFREE char *shut = repeated("]", WK_YAML_DEPTH);
	WK_AUTOFREE char *deep = wk_xasprintf("%s%s", open, shut);
	WK_AUTOFREE char *deeper = wk_xasprintf("[%s]", deep);
	struct wk_node *root = NULL;
	struct wk_err err = {0};

	cr_expect(parse(arena, deep, &root, &err), "%s", err.msg);
	cr_expect_not(parse(arena, deeper, &root, &err));
	cr_expect_str_eq(err.msg, "f.yaml:1:65: nested more than 64 levels deep");
}

Test(yaml, a_large_map_is_read_in_good_time)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(WK_YAML_MANIFEST_MAX);
	struct wk_node **docs = NULL;
	struct wk_err err = {0};
	clock_t start;
	size_t n = 0;

	for (int i = 0; i < 60000; i++)
		(void)wk_buf_printf(&text, "key-%05d: v\n", i);
	(void)wk_buf_puts(&text, "key-31415: again\n");
	start = clock();
	cr_expect_not(wk_yaml_parse_all(arena, "big.yaml", text.data, text.len, &docs, &n, &err));
	cr_expect_str_eq(err.msg,
		"big.yaml:60001:1: duplicate key 'key-31415', first found at big.yaml:31416:1");
	cr_expect_lt(spent_since(start), 2.0, "the look for duplicates is quadratic");
}

Test(yaml, more_than_the_maximum_is_refused)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	WK_AUTOFREE char *text = repeated("a", WK_YAML_MAX + 1);
	struct wk_node *root = NULL;
	struct wk_err err = {0};

	cr_expect_not(parse(arena, text, &root, &err));
	cr_expect_str_eq(
		err.msg, "f.yaml: larger than the 1048576 bytes that are read of such a file");
}

Test(yaml, a_file_that_cannot_be_read_is_the_users_mistake)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_node *root = NULL;
	struct wk_err err = {0};

	cr_expect_not(wk_yaml_read(arena, "/nowhere/t.yaml", &root, &err));
	cr_expect_str_eq(err.msg, "/nowhere/t.yaml: No such file or directory");
	cr_expect_eq(err.kind, WK_ERR_INPUT);
	cr_expect_not(wk_yaml_read(arena, "/tmp", &root, &err));
	cr_expect_eq(err.kind, WK_ERR_INPUT);
}

Test(yaml, json_that_does_not_fit_is_said)
{
	struct wk_arena *WK_AUTO(wk_arena_free) arena = wk_arena_new();
	struct wk_buf WK_AUTO(wk_buf_finish) json = WK_BUF_INIT(8);
	struct wk_node *root = NULL;
	struct wk_err err = {0};

	cr_assert(parse(arena, "[a, bb, ccc, dddd]", &root, &err), "%s", err.msg);
	cr_expect_not(wk_node_json(root, &json));
	cr_expect(json.full);
}
