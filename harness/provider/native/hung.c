/*
 * What lives and does nothing
 *
 * A component that ended is written down by the node's first process. One that somebody stopped, or that
 * waits for something for ever, is still there, and everything that needs it only times out. So the states
 * of all processes below that first one are read, and the three on which all others depend are asked for
 * their health: all at once, as they would be slow together.
 */
#include "wookie/provider/native/hung.h"

#include "wookie/base/file.h"
#include "wookie/base/num.h"
#include "wookie/proc/ns.h"

#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEEPEST 64
#define MOST_STOPPED 4

struct seen {
	pid_t pid;
	pid_t parent;
	char state;
};

struct table {
	struct seen *rows;
	size_t n;
};

static void read_table(struct table *table)
{
	DIR *dir = opendir("/proc");

	for (struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
		struct wk_process_look look;
		struct wk_err gone;
		uint64_t pid;

		if (!wk_num_parse(e->d_name, 1, INT32_MAX, &pid, &gone) ||
			!wk_process_look((pid_t)pid, &look, &gone))
			continue;
		table->rows = wk_xrealloc(table->rows, (table->n + 1) * sizeof(*table->rows));
		table->rows[table->n++] = (struct seen){(pid_t)pid, look.parent, look.state};
	}
	if (dir)
		(void)closedir(dir);
}

static const struct seen *row_of(const struct table *table, pid_t pid)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->rows[i].pid == pid)
			return &table->rows[i];
	return NULL;
}

static bool is_below(const struct table *table, const struct seen *row, pid_t top)
{
	for (int i = 0; row && i < DEEPEST; i++) {
		if (row->pid == top)
			return true;
		row = row_of(table, row->parent);
	}
	return false;
}

/* The program that it was started as: "etcd", "pilot-discovery". */
static void name_of(pid_t pid, char name[64])
{
	struct wk_buf WK_AUTO(wk_buf_finish) command = WK_BUF_INIT(65536);
	struct wk_err gone;
	char path[64];
	const char *slash;

	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	if (!wk_file_read(path, 65536, &command, &gone) || command.len == 0) {
		(void)snprintf(name, 64, "process %d", (int)pid);
		return;
	}
	slash = strrchr(wk_buf_str(&command), '/');
	(void)snprintf(name, 64, "%s", slash ? slash + 1 : wk_buf_str(&command));
}

static void add(struct wk_buf *words, char hung[64], const char *name, const char *what)
{
	(void)wk_buf_printf(words, "%s%s %s", words->len ? "; " : "", name, what);
	if (!*hung)
		(void)snprintf(hung, 64, "%s", name);
}

static void tell_stopped(const struct wk_process *node, struct wk_buf *words, char hung[64])
{
	struct table table = {0};
	size_t n = 0;

	read_table(&table);
	for (size_t i = 0; i < table.n && n < MOST_STOPPED; i++) {
		const struct seen *row = &table.rows[i];
		char name[64];

		if ((row->state != 'T' && row->state != 't') || !is_below(&table, row, node->pid))
			continue;
		name_of(row->pid, name);
		add(words, hung, name, "is stopped");
		n++;
	}
	free(table.rows);
}

/* Plain HTTP is answered by all of them: the API server refuses it in words, as soon as it serves. */
static const struct {
	const char *name;
	uint16_t port;
	const char *question;
} questions[] = {
	{"etcd", 2379, "GET /health HTTP/1.0\r\n\r\n"},
	{"kube-apiserver", 6443, "GET / HTTP/1.0\r\n\r\n"},
	{"kubelet", 10248, "GET /healthz HTTP/1.0\r\n\r\n"},
};

/* -1: nobody listens, which is no sign of hanging. */
static int ask(int netns, uint16_t port, const char *question)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = wk_ns_socket(netns, AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
		send(fd, question, strlen(question), MSG_NOSIGNAL) > 0)
		return fd;
	wk_close(fd);
	return -1;
}

static void tell_silent(
	const struct wk_process *node, wk_nsec deadline, struct wk_buf *words, char hung[64])
{
	struct pollfd asked[WK_COUNT(questions)];
	struct wk_err gone;
	int WK_AUTO(wk_close) netns = wk_process_netns(node, &gone);

	if (netns < 0)
		return;
	for (size_t i = 0; i < WK_COUNT(questions); i++)
		asked[i] =
			(struct pollfd){.fd = ask(netns, questions[i].port, questions[i].question),
				.events = POLLIN};
	for (size_t i = 0; i < WK_COUNT(questions); i++) {
		bool silent =
			asked[i].fd >= 0 && poll(&asked[i], 1, wk_poll_timeout(deadline)) == 0;

		/* What is stopped is silent too. */
		if (silent && !(words->len && strstr(wk_buf_str(words), questions[i].name)))
			add(words, hung, questions[i].name, "does not answer");
		wk_close(asked[i].fd);
	}
}

void wk_hung_look(
	const struct wk_process *node, wk_nsec deadline, struct wk_buf *words, char hung[64])
{
	*hung = '\0';
	tell_stopped(node, words, hung);
	tell_silent(node, deadline, words, hung);
}
