/*
 * Time
 *
 * Deadlines are instants on the monotonic clock, computed once and handed down; nobody adds up
 * timeouts on the way.
 */
#include "wookie/base/clock.h"

#include <limits.h>
#include <time.h>

wk_nsec wk_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (wk_nsec)ts.tv_sec * WK_SEC + ts.tv_nsec;
}

int wk_poll_timeout(wk_nsec deadline)
{
	wk_nsec left;

	if (deadline == WK_NEVER)
		return -1;
	left = deadline - wk_now();
	if (left <= 0)
		return 0;
	left = (left + WK_MSEC - 1) / WK_MSEC;
	return left > INT_MAX ? INT_MAX : (int)left;
}

void wk_pause(wk_nsec length)
{
	struct timespec ts = {.tv_sec = length / WK_SEC, .tv_nsec = length % WK_SEC};

	if (length > 0)
		(void)nanosleep(&ts, NULL);
}

double wk_seconds(wk_nsec length)
{
	return (double)length / (double)WK_SEC;
}

void wk_clock_utc(char buf[21])
{
	time_t now = time(NULL);
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	(void)strftime(buf, 21, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
