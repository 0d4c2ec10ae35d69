#ifndef WOOKIE_PROBE_DIAL_H
#define WOOKIE_PROBE_DIAL_H

#include "wookie/base/clock.h"
#include "wookie/base/err.h"

/* A TCP connection from the wire's network namespace. -1 with *ret_errno (ECONNREFUSED, ETIMEDOUT,
 * EHOSTUNREACH ...; EINVAL for what is no IPv4 address) when the peer does not take it: that is an
 * answer. The caller closes the descriptor. */
int wk_dial(int netns, const char *address, long port, wk_nsec deadline, int *ret_errno);
/* "refused", "timed out", "reset" or what strerror(3) says. */
const char *wk_dial_why(int errnum);

#endif
