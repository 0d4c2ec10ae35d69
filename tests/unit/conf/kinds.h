#ifndef TESTS_UNIT_CONF_KINDS_H
#define TESTS_UNIT_CONF_KINDS_H

#include "wookie/model/suite.h"

/* Kinds of probes and steps with an argument of every type. */

static const struct wk_arg_spec test_ask_args[] = {
	{"cluster", WK_ARG_STRING, true, "the cluster that is asked"},
	{"times", WK_ARG_COUNT, false, "how often"},
	{"fresh", WK_ARG_BOOL, false, "whether over a new connection"},
	{"timeout", WK_ARG_DURATION, false, "how long one answer may take"},
	{"command", WK_ARG_STRINGS, false, "words of a command"},
	{"headers", WK_ARG_MAP, false, "headers to send"},
	{"body", WK_ARG_ANY, false, "anything"},
	{0},
};

static const struct wk_arg_spec test_no_args[] = {{0}};

static const struct wk_kind_spec test_probes[] = {
	{"ask", "asks something", test_ask_args},
	{"nothing", "asks nothing", test_no_args},
	{0},
};

static const struct wk_arg_spec test_delete_args[] = {
	{"cluster", WK_ARG_STRING, true, "the cluster"},
	{"name", WK_ARG_STRING, true, "the object"},
	{0},
};

static const struct wk_kind_spec test_steps[] = {
	{"delete", "removes an object", test_delete_args},
	{0},
};

#endif
