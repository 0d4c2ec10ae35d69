#ifndef WOOKIE_BASE_POS_H
#define WOOKIE_BASE_POS_H

/* Where something stands in a file the user wrote; 1-based, for "file:line:column" messages. */
struct wk_pos {
	const char *file;
	unsigned line;
	unsigned column;
};

#endif
