#ifndef WOOKIE_PROBE_TEXT_H
#define WOOKIE_PROBE_TEXT_H

#include <stddef.h>

struct cJSON;

/* At most `max` bytes of what a program printed, as text that JSON and reports can hold: bytes that
 * are no printable ASCII, tab or line feed become '?'; cut text ends in "...". The caller frees. */
char *wk_text_clean(const char *data, size_t len, size_t max);

/* Adds 1 to the member `key` of an object that counts. */
void wk_json_count(struct cJSON *object, const char *key);

#endif
