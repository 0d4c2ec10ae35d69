/*
 * Debug log
 *
 * What only the person who asked with -v wants to see. Results, progress and errors never come
 * through here.
 */
#include "wookie/base/log.h"

#include "wookie/base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool enabled;

void wk_log_set_verbose(bool verbose)
{
	enabled = verbose;
}

void wk_debug(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (!enabled)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "%.3f [%d] %s\n", wk_seconds(wk_now()), (int)getpid(), text);
}
