#ifndef WOOKIE_BASE_CLOCK_H
#define WOOKIE_BASE_CLOCK_H

#include <stdint.h>

/* The only unit of time: nanoseconds. An instant is on the monotonic clock. */
typedef int64_t wk_nsec;

#define WK_MSEC ((wk_nsec)1000 * 1000)
#define WK_SEC (1000 * WK_MSEC)
#define WK_NEVER INT64_MAX
/* How it is told, wherever it is noticed, that the time of a whole command is over. */
#define WK_TIME_OVER "the time that --timeout gave is over"

wk_nsec wk_now(void);
/* Of two instants, or two lengths. */
static inline wk_nsec wk_earlier(wk_nsec a, wk_nsec b)
{
	return a < b ? a : b;
}
/* Until `deadline`, as a poll(2) timeout in milliseconds, rounded up; 0 when it has passed,
 * -1 for WK_NEVER. */
int wk_poll_timeout(wk_nsec deadline);
/* For the space between two looks at something that changes on its own, never to "give it time".
 * Ends early when a signal arrives. */
void wk_pause(wk_nsec length);
/* Seconds, for people and reports. */
double wk_seconds(wk_nsec length);
/* Now in UTC as 2026-11-22T14:33:41Z; buf holds at least 21 bytes. */
void wk_clock_utc(char buf[21]);

#endif
