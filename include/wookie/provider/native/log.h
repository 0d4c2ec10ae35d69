#ifndef WOOKIE_PROVIDER_NATIVE_LOG_H
#define WOOKIE_PROVIDER_NATIVE_LOG_H

/* The last line of a program's log that tells why it ended, else its last line; at most 300 bytes
 * without control characters. NULL where there is none; the caller frees. */
char *wk_log_last_words(const char *path);

#endif
