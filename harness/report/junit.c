/*
 * JUnit XML
 *
 * There is no standard, so this writes what every reader takes: flat suites (several lose nested
 * ones), the elements that both the junit-4 and the junit-10 schema of Jenkins know, in the order
 * of the stricter one, a classname and a time for each testcase, a message and a text for each
 * failure (GitLab reads the one, others the other), and dotted types (GitLab's reader takes a bare
 * `symbol` or `integer` for an instruction). No CDATA: plain escaping needs no care for "]]>".
 */
#include "wookie/report/results.h"
#include "wookie/report/text.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* What a parser would make a space of in an attribute. */
static void put_attribute(struct wk_buf *out, const char *name, const char *value)
{
	(void)wk_buf_printf(out, " %s=\"", name);
	while (*value) {
		char part[256];
		size_t len = strcspn(value, "\n\t");

		if (len == 0) {
			(void)wk_buf_printf(out, "&#%d;", *value++);
			continue;
		}
		(void)snprintf(part, sizeof(part), "%.*s", (int)len, value);
		(void)wk_text_markup(out, part);
		value += strlen(part);
	}
	(void)wk_buf_putc(out, '"');
}

static void put_count(struct wk_buf *out, const char *name, size_t value)
{
	(void)wk_buf_printf(out, " %s=\"%zu\"", name, value);
}

static void put_time(struct wk_buf *out, double seconds)
{
	(void)wk_buf_puts(out, " time=\"");
	(void)wk_text_seconds(out, seconds);
	(void)wk_buf_putc(out, '"');
}

static void put_property(struct wk_buf *out, const char *name, const char *value)
{
	if (!*value)
		return;
	(void)wk_buf_puts(out, "      <property");
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	(void)wk_buf_puts(out, "/>\n");
}

static void put_argv(struct wk_buf *out, const struct cJSON *run)
{
	struct wk_buf WK_AUTO(wk_buf_finish) argv = WK_BUF_INIT(WK_LINE_MAX);
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(run, "argv"))
	{
		if (!cJSON_IsString(item))
			continue;
		(void)wk_buf_puts(&argv, argv.len ? " " : "");
		(void)wk_buf_puts(&argv, item->valuestring);
	}
	put_property(out, "argv", wk_buf_str(&argv));
}

static void put_settled(const struct wk_results *results, struct wk_buf *out)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(32);
	double settled;

	if (!wk_results_settled(results, &settled))
		return;
	(void)wk_text_seconds(&text, settled);
	put_property(out, "settled", wk_buf_str(&text));
}

/* junit-4 wants at least one property where there are any; the program's name is always known. */
static void put_properties(const struct wk_results *results, struct wk_buf *out)
{
	const struct cJSON *run = results->run;
	const cJSON *topology = cJSON_GetObjectItemCaseSensitive(run, "topology");

	(void)wk_buf_puts(out, "    <properties>\n");
	put_property(out, "tool", "wookie-conform");
	put_property(out, "version", wk_event_text(run, "version"));
	put_property(out, "run", wk_event_text(run, "id"));
	put_property(out, "mesh", wk_event_text(run, "mesh"));
	put_property(out, "topology", wk_event_text(topology, "name"));
	put_property(out, "provider", wk_event_text(topology, "provider"));
	put_property(out, "istio", wk_event_text(topology, "istio"));
	if (*wk_event_text(run, "injected"))
		put_property(out, "injected", wk_event_text(run, "injected"));
	put_settled(results, out);
	put_argv(out, run);
	(void)wk_buf_puts(out, "    </properties>\n");
}

static void put_facts(const struct wk_results *results, struct wk_buf *out, const struct wk_case *c)
{
	struct wk_fact facts[WK_FACTS_MAX];
	size_t n = wk_case_facts(results, c, facts);

	for (size_t i = 0; i < n; i++) {
		(void)wk_buf_printf(out, "%-9s ", facts[i].label);
		(void)wk_text_markup(out, facts[i].text);
		(void)wk_buf_putc(out, '\n');
	}
}

static void put_red(const struct wk_results *results, struct wk_buf *out, const struct wk_case *c)
{
	const char *element = c->verdict == WK_FAIL ? "failure" : "error";

	(void)wk_buf_printf(out, "      <%s", element);
	put_attribute(out, "message", c->reason);
	put_attribute(out, "type", c->type);
	(void)wk_buf_putc(out, '>');
	put_facts(results, out, c);
	(void)wk_buf_printf(out, "</%s>\n", element);
}

/* The attachment's form is the one that GitLab, Jenkins and Azure read. */
static void put_output(
	const struct wk_results *results, struct wk_buf *out, const struct wk_case *c)
{
	const char *evidence = wk_event_text(c->event, "evidence");

	if (c->verdict == WK_PASS || !*evidence)
		return;
	(void)wk_buf_puts(out, "      <system-out>[[ATTACHMENT|");
	(void)wk_text_markup(out, wk_results_path(results, evidence));
	(void)wk_buf_puts(out, "]]</system-out>\n");
}

static void put_case(const struct wk_results *results, struct wk_buf *out, const struct wk_case *c)
{
	WK_AUTOFREE char *class = wk_xasprintf("wookie.%s", results->suites[c->suite].name);

	(void)wk_buf_puts(out, "    <testcase");
	put_attribute(out, "classname", class);
	put_attribute(out, "name", c->id);
	put_time(out, c->seconds);
	if (c->verdict == WK_PASS && !c->flaky) {
		(void)wk_buf_puts(out, "/>\n");
		return;
	}
	(void)wk_buf_puts(out, ">\n");
	if (c->verdict == WK_SKIP) {
		(void)wk_buf_puts(out, "      <skipped>");
		(void)wk_text_markup(out, c->reason);
		(void)wk_buf_puts(out, "</skipped>\n");
	} else if (c->verdict == WK_PASS) {
		(void)wk_buf_puts(out, "      <system-out>flaky: ");
		(void)wk_text_markup(out, wk_case_course(results, c));
		(void)wk_buf_puts(out, "</system-out>\n");
	} else {
		put_red(results, out, c);
	}
	put_output(results, out, c);
	(void)wk_buf_puts(out, "    </testcase>\n");
}

static void put_suite(const struct wk_results *results, struct wk_buf *out, size_t index)
{
	const struct wk_suite_result *suite = &results->suites[index];
	size_t by_verdict[WK_SKIP + 1] = {0};
	double seconds = 0;

	for (size_t i = suite->first; i < suite->first + suite->count; i++) {
		by_verdict[results->cases[i].verdict]++;
		seconds += results->cases[i].seconds;
	}
	(void)wk_buf_puts(out, "  <testsuite");
	put_attribute(out, "name", wk_suite_label(results, suite));
	put_count(out, "tests", suite->count);
	put_count(out, "failures", by_verdict[WK_FAIL]);
	put_count(out, "errors", by_verdict[WK_ERROR]);
	put_count(out, "skipped", by_verdict[WK_SKIP]);
	put_time(out, seconds);
	if (*wk_event_text(results->run, "at"))
		put_attribute(out, "timestamp", wk_event_text(results->run, "at"));
	put_count(out, "id", index);
	(void)wk_buf_puts(out, ">\n");
	put_properties(results, out);
	for (size_t i = suite->first; i < suite->first + suite->count; i++)
		put_case(results, out, &results->cases[i]);
	(void)wk_buf_puts(out, "  </testsuite>\n");
}

bool wk_report_junit(const struct wk_results *results, struct wk_buf *out, struct wk_err *err)
{
	(void)wk_buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	put_attribute(out, "name", "wookie-conform");
	put_count(out, "tests", results->tests.all);
	put_count(out, "failures", results->tests.failed);
	put_count(out, "errors", results->tests.errors);
	put_time(out, results->elapsed);
	(void)wk_buf_puts(out, ">\n");
	for (size_t i = 0; i < results->n_suites; i++)
		if (results->suites[i].count)
			put_suite(results, out, i);
	(void)wk_buf_puts(out, "</testsuites>\n");
	return !out->full || wk_err_set(err, WK_ERR_SYSTEM,
				     "the JUnit report is larger than %zu bytes", out->max);
}
