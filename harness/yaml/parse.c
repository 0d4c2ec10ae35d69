/*
 * YAML text to a tree
 *
 * libyaml's events, not its documents: its composer has no limit of depth (time grows with the
 * square of it), resolves aliases (a small file can unfold into gigabytes) and keeps duplicate keys
 * silently. Here a stack of fixed height holds the lists and maps that are open, an alias or anchor
 * is an error, and a map is looked through for duplicate keys when it closes, by sorting where it
 * is large: custom resource definitions come as single maps of a megabyte.
 */
#include "wookie/base/file.h"
#include "wookie/yaml/node.h"
#include "wookie/yaml/scalar.h"

#include <assert.h>
#include <string.h>
#include <yaml.h>

/* Up to here comparing all pairs is quicker than sorting. */
#define FEW_KEYS 12

/* Whose files these are, and so how much may be asked of them. */
enum author {
	OURS,
	OTHER_TOOLS,
};

/* A list or map that has begun. In a map, key is what the next value belongs to, NULL before it. */
struct frame {
	struct wk_node node;
	const char *key;
	struct wk_pos key_pos;
};

struct reader {
	struct wk_arena *arena;
	const char *file;
	const char *text;
	size_t len;
	enum author author;
	yaml_parser_t parser;
	struct frame stack[WK_YAML_DEPTH];
	size_t depth;
	struct wk_node *root; /* set once the document's outermost value is whole */
};

static struct wk_pos at(const struct reader *r, yaml_mark_t mark)
{
	return (struct wk_pos){r->file, (unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

/* Reader errors carry a byte offset and no mark. */
static struct wk_pos at_offset(const struct reader *r, size_t offset)
{
	struct wk_pos pos = {r->file, 1, 1};

	for (size_t i = 0; i < offset && i < r->len; i++) {
		if (r->text[i] == '\n') {
			pos.line++;
			pos.column = 1;
		} else if (((unsigned char)r->text[i] & 0xc0) != 0x80) {
			pos.column++;
		}
	}
	return pos;
}

/* A mark counts characters, so the text before it has to be walked. */
static bool is_tab_at(const struct reader *r, yaml_mark_t mark)
{
	size_t passed = 0;
	size_t i = 0;

	for (; i < r->len; i++) {
		passed += ((unsigned char)r->text[i] & 0xc0) != 0x80;
		if (passed > mark.index)
			break;
	}
	return i < r->len && r->text[i] == '\t';
}

static bool syntax_err(const struct reader *r, struct wk_err *err)
{
	const yaml_parser_t *p = &r->parser;
	struct wk_pos pos = at(r, p->problem_mark);

	if (p->error == YAML_MEMORY_ERROR)
		abort();
	if (p->error == YAML_READER_ERROR) {
		pos = at_offset(r, p->problem_offset);
		return wk_pos_err(err, &pos, "expected UTF-8 text, found byte 0x%02x: %s",
			(unsigned)p->problem_value, p->problem);
	}
	if (p->error == YAML_SCANNER_ERROR && is_tab_at(r, p->problem_mark))
		return wk_pos_err(err, &pos, "found a tab, expected spaces");
	if (p->context && p->context_mark.line != p->problem_mark.line)
		return wk_pos_err(err, &pos, "%s %s that begins at line %zu", p->problem,
			p->context, p->context_mark.line + 1);
	return wk_pos_err(err, &pos, "%s%s%s", p->problem, p->context ? " " : "",
		p->context ? p->context : "");
}

static int by_key_then_place(const void *a, const void *b)
{
	const struct wk_node *x = *(const struct wk_node *const *)a;
	const struct wk_node *y = *(const struct wk_node *const *)b;
	int order = strcmp(x->key, y->key);

	return order ? order : (x > y) - (x < y);
}

static bool duplicate_err(
	const struct wk_node *first, const struct wk_node *second, struct wk_err *err)
{
	return wk_pos_err(err, &second->key_pos, "duplicate key '%.80s', first found at %s:%u:%u",
		second->key, first->key_pos.file, first->key_pos.line, first->key_pos.column);
}

static bool check_few_keys(const struct wk_node *map, struct wk_err *err)
{
	for (size_t i = 1; i < map->n_items; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(map->items[i].key, map->items[j].key) == 0)
				return duplicate_err(&map->items[j], &map->items[i], err);
	return true;
}

static bool check_keys(const struct wk_node *map, struct wk_err *err)
{
	WK_AUTOFREE const struct wk_node **sorted = NULL;

	if (map->n_items <= FEW_KEYS)
		return check_few_keys(map, err);
	sorted = wk_xcalloc(map->n_items, sizeof(struct wk_node *));
	for (size_t i = 0; i < map->n_items; i++)
		sorted[i] = &map->items[i];
	qsort(sorted, map->n_items, sizeof(struct wk_node *), by_key_then_place);
	for (size_t i = 1; i < map->n_items; i++)
		if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
			return duplicate_err(sorted[i - 1], sorted[i], err);
	return true;
}

static bool take_key(struct frame *top, const struct wk_node *node, struct wk_err *err)
{
	if (node->kind != WK_NODE_SCALAR)
		return wk_pos_err(err, &node->pos, "expected a key, found %s",
			node->kind == WK_NODE_MAP ? "a map" : "a list");
	if (node->plain && node->text[0] == '\0')
		return wk_pos_err(err, &node->pos, "expected a key, found nothing");
	if (node->plain && strcmp(node->text, "<<") == 0)
		return wk_pos_err(
			err, &node->pos, "merge keys ('<<') are not read: write the keys out");
	top->key = node->text;
	top->key_pos = node->pos;
	return true;
}

/* Hands a whole value to the list or map that is open, or makes it the root. */
static bool add(struct reader *r, const struct wk_node *node, struct wk_err *err)
{
	struct frame *top;
	struct wk_node *slot;

	if (r->depth == 0) {
		r->root = wk_arena_alloc(r->arena, 1, sizeof(*r->root));
		*r->root = *node;
		return true;
	}
	top = &r->stack[r->depth - 1];
	if (top->node.kind == WK_NODE_MAP && !top->key)
		return take_key(top, node, err);
	top->node.items =
		wk_arena_grow(r->arena, top->node.items, top->node.n_items, sizeof(*node));
	slot = &top->node.items[top->node.n_items++];
	*slot = *node;
	slot->key = top->key;
	slot->key_pos = top->key_pos;
	top->key = NULL;
	return true;
}

static bool add_scalar(struct reader *r, const yaml_event_t *event, struct wk_err *err)
{
	size_t len = event->data.scalar.length;
	const char *text = (const char *)event->data.scalar.value;
	struct wk_node node = {
		.kind = WK_NODE_SCALAR,
		.pos = at(r, event->start_mark),
		.plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
	};
	const char *advice;

	if (memchr(text, '\0', len))
		return wk_pos_err(err, &node.pos, "expected text, found a NUL character in it");
	node.text = wk_arena_strndup(r->arena, text, len);
	advice = node.plain && r->author == OURS ? wk_scalar_ambiguity(node.text) : NULL;
	if (advice)
		return wk_pos_err(err, &node.pos,
			"'%.80s' has different meanings in YAML 1.1 and 1.2: %s", node.text,
			advice);
	return add(r, &node, err);
}

static bool begin(
	struct reader *r, enum wk_node_kind kind, const yaml_event_t *event, struct wk_err *err)
{
	struct wk_node node = {.kind = kind, .pos = at(r, event->start_mark)};
	const struct frame *top = r->depth ? &r->stack[r->depth - 1] : NULL;

	if (top && top->node.kind == WK_NODE_MAP && !top->key)
		return add(r, &node, err);
	if (r->depth == WK_YAML_DEPTH)
		return wk_pos_err(err, &node.pos, "nested more than %d levels deep", WK_YAML_DEPTH);
	r->stack[r->depth++] = (struct frame){.node = node};
	return true;
}

static bool end(struct reader *r, struct wk_err *err)
{
	const struct frame *closed;

	assert(r->depth > 0);
	closed = &r->stack[--r->depth];
	if (closed->node.kind == WK_NODE_MAP && !check_keys(&closed->node, err))
		return false;
	return add(r, &closed->node, err);
}

static bool check_properties(const struct reader *r, const yaml_event_t *event,
	const yaml_char_t *anchor, const yaml_char_t *tag, struct wk_err *err)
{
	struct wk_pos pos = at(r, event->start_mark);

	if (anchor)
		return wk_pos_err(err, &pos,
			"anchors ('&%.80s') are not read: write the value where it is used",
			(const char *)anchor);
	if (tag)
		return wk_pos_err(
			err, &pos, "tags ('%.80s') are not read: leave it out", (const char *)tag);
	return true;
}

static bool take_event(struct reader *r, const yaml_event_t *event, struct wk_err *err)
{
	struct wk_pos pos = at(r, event->start_mark);

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return wk_pos_err(err, &pos, "aliases ('*%.80s') are not read: write the value out",
			(const char *)event->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		return check_properties(
			       r, event, event->data.scalar.anchor, event->data.scalar.tag, err) &&
		       add_scalar(r, event, err);
	case YAML_SEQUENCE_START_EVENT:
		return check_properties(r, event, event->data.sequence_start.anchor,
			       event->data.sequence_start.tag, err) &&
		       begin(r, WK_NODE_SEQ, event, err);
	case YAML_MAPPING_START_EVENT:
		return check_properties(r, event, event->data.mapping_start.anchor,
			       event->data.mapping_start.tag, err) &&
		       begin(r, WK_NODE_MAP, event, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return end(r, err);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return true;
}

/* One step of the text; *ret_type says which. */
static bool advance(struct reader *r, yaml_event_type_t *ret_type, struct wk_err *err)
{
	yaml_event_t event;
	bool ok;

	if (!yaml_parser_parse(&r->parser, &event))
		return syntax_err(r, err);
	*ret_type = event.type;
	ok = take_event(r, &event, err);
	yaml_event_delete(&event);
	return ok;
}

/* The next document; *ret is NULL behind the last. */
static bool next_document(struct reader *r, struct wk_node **ret, struct wk_err *err)
{
	yaml_event_type_t type = YAML_NO_EVENT;

	r->root = NULL;
	do {
		if (!advance(r, &type, err))
			return false;
	} while (type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT);
	*ret = r->root;
	return true;
}

static void finish_cleanup(struct reader *r)
{
	yaml_parser_delete(&r->parser);
}

static void init(struct reader *r, enum author author, struct wk_arena *arena, const char *file)
{
	*r = (struct reader){
		.arena = arena, .file = wk_arena_strdup(arena, file), .author = author};
	if (!yaml_parser_initialize(&r->parser))
		abort();
}

static bool set_text(struct reader *r, const char *text, size_t len, size_t max, struct wk_err *err)
{
	if (len > max)
		return wk_err_set(err, WK_ERR_INPUT,
			"%s: larger than the %zu bytes that are read of such a file", r->file, max);
	r->text = len ? text : "";
	r->len = len;
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text, len);
	return true;
}

bool wk_yaml_parse(struct wk_arena *arena, const char *file, const char *text, size_t len,
	struct wk_node **ret_root, struct wk_err *err)
{
	struct reader WK_AUTO(finish) r;
	struct wk_node *first = NULL;
	struct wk_node *second = NULL;

	init(&r, OURS, arena, file);
	if (!set_text(&r, text, len, WK_YAML_MAX, err) || !next_document(&r, &first, err))
		return false;
	if (!first)
		return wk_err_set(err, WK_ERR_INPUT, "%s: expected a document, found none", file);
	if (!next_document(&r, &second, err))
		return false;
	if (second)
		return wk_pos_err(err, &second->pos, "expected one document, found a second");
	*ret_root = first;
	return true;
}

bool wk_yaml_read(
	struct wk_arena *arena, const char *file, struct wk_node **ret_root, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(WK_YAML_MAX);

	if (!wk_file_read(file, WK_YAML_MAX, &text, err)) {
		err->kind = WK_ERR_INPUT;
		return false;
	}
	return wk_yaml_parse(arena, file, wk_buf_str(&text), text.len, ret_root, err);
}

static bool is_empty(const struct wk_node *root)
{
	return root->kind == WK_NODE_SCALAR && root->plain && root->text[0] == '\0';
}

/* Seven parameters, two of them one text and two of them one result. */
/* NOLINTNEXTLINE(readability-function-size) */
bool wk_yaml_parse_all(struct wk_arena *arena, const char *file, const char *text, size_t len,
	struct wk_node ***ret_docs, size_t *ret_n, struct wk_err *err)
{
	struct reader WK_AUTO(finish) r;
	struct wk_node *doc = NULL;
	struct wk_node **docs = NULL;
	size_t n = 0;

	init(&r, OTHER_TOOLS, arena, file);
	if (!set_text(&r, text, len, WK_YAML_MANIFEST_MAX, err))
		return false;
	do {
		if (!next_document(&r, &doc, err))
			return false;
		if (!doc || is_empty(doc))
			continue;
		docs = wk_arena_grow(arena, docs, n, sizeof(struct wk_node *));
		docs[n++] = doc;
	} while (doc);
	*ret_docs = docs;
	*ret_n = n;
	return true;
}
