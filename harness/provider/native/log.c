/*
 * What a program's log says of its end
 *
 * The folder of a mesh goes with the mesh, so that a message which names a log there is of no use to
 * whoever reads it later. The line that tells why goes into the message instead.
 */
#include "wookie/provider/native/log.h"

#include "wookie/base/file.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAST_WORDS 300
#define LOG_END 8192

/* Whether a log line tells of what went wrong: klog's E and F lines, a Go panic, an error in words. */
static bool tells_why(const char *line)
{
	bool klog = (line[0] == 'E' || line[0] == 'F') && isdigit((unsigned char)line[1]);

	return klog || strncmp(line, "panic:", 6) == 0 || strncmp(line, "Error", 5) == 0 ||
	       strstr(line, "level=fatal") || strstr(line, "\"level\":\"fatal\"");
}

/* The last line of `text` that tells why, else its last line; cut in place. */
static char *choose_line(char *text)
{
	char *save = NULL;
	char *chosen = NULL;
	char *last = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		last = line;
		if (tells_why(line))
			chosen = line;
	}
	return chosen ? chosen : last;
}

char *wk_log_last_words(const char *path)
{
	char text[LOG_END + 1];
	struct stat st = {0};
	char *line;
	ssize_t n;
	int WK_AUTO(wk_close) fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	n = pread(fd, text, LOG_END, st.st_size > LOG_END ? st.st_size - LOG_END : 0);
	text[n > 0 ? n : 0] = '\0';
	line = choose_line(text);
	if (!line)
		return NULL;
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = '?';
	return wk_xstrndup(line, strnlen(line, LAST_WORDS));
}
