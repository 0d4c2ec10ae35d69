#ifndef WOOKIE_TESTS_STAGE_H
#define WOOKIE_TESTS_STAGE_H

#include "wookie/base/mem.h"

#include <sys/types.h>

/* A folder of the test's own, with files in it that have one thing to say. */
struct stage {
	char folder[32];
};

void stage_begin(struct stage *stage);
void stage_end(struct stage *stage);
/* Folders on the way are made. Every "@" in the text becomes the stage's folder. */
void stage_write(const struct stage *stage, const char *name, mode_t mode, const char *text);
/* The caller frees. */
char *stage_path(const struct stage *stage, const char *name);
/* How many lines a file has; 0 where there is none. */
unsigned stage_lines(const struct stage *stage, const char *name);

#endif
