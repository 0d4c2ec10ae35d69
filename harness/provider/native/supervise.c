/*
 * The first process of a node
 *
 * Starts each program as soon as what it needs answers, looking every few milliseconds instead of
 * sleeping, and then does what a pid 1 must: reap. A program that ends is written down with the
 * last lines of its log and is not started again: a mesh under test that repairs itself silently
 * would hide the very thing a check is there to see. One that gave up waiting for an API server that
 * was not healthy yet never began: it is started again, as a kubelet would.
 */
#include "wookie/provider/native/node.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wookie/base/file.h"
#include "wookie/provider/native/log.h"

#define LOOK_EVERY (10 * WK_MSEC)
#define SEARCH_PATH \
	"PATH=" WK_NODE_BIN ":/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
#define MAX_CASUALTY 8192
/* How long a program has lived that ended because the API server was not healthy in time:
 * kube-controller-manager gives it 10 s (its cmd/kube-controller-manager/app/controllermanager.go,
 * WaitForAPIServer), which is too short on a machine where an API server needs a minute. */
#define GIVES_UP_AFTER (8 * WK_SEC)
#define GIVES_UP_BEFORE (60 * WK_SEC)

struct supervisor {
	const struct wk_node *node;
	pid_t pids[WK_NODE_PROGRAMS]; /* 0: not started, -1: ended */
	wk_nsec begun[WK_NODE_PROGRAMS];
	unsigned met; /* set of enum wk_need */
	int question; /* connection on which the API server was asked, or -1 */
	struct wk_buf casualties;
};

static bool answers(const struct sockaddr *address, socklen_t len)
{
	int WK_AUTO(wk_close) fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, address, len) == 0;
}

static bool port_answers(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return answers((const struct sockaddr *)&address, sizeof(address));
}

static bool containerd_answers(void)
{
	struct sockaddr_un address = {
		.sun_family = AF_UNIX, .sun_path = "/run/containerd/containerd.sock"};

	return answers((const struct sockaddr *)&address, sizeof(address));
}

/* The API server listens long before it serves, so a connection proves nothing. Asked in plain HTTP
 * it refuses as soon as it serves (Go's net/http, "Client sent an HTTP request to an HTTPS
 * server"): that needs no TLS here. The question stays open from one look to the next. */
static bool api_answers(struct supervisor *s)
{
	static const char question[] = "GET / HTTP/1.0\r\n\r\n";
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(6443)};
	char answer;
	ssize_t n;

	if (s->question < 0) {
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		s->question = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(s->question, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
			send(s->question, question, sizeof(question) - 1, MSG_NOSIGNAL) < 0) {
			wk_close(s->question);
			s->question = -1;
		}
		return false;
	}
	n = recv(s->question, &answer, 1, MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return false;
	wk_close(s->question);
	s->question = -1;
	return n == 1;
}

static bool is_met(struct supervisor *s, enum wk_need need)
{
	switch (need) {
	case WK_NEED_KEYS:
		return wk_path_exists(WK_NODE_ADMIN);
	case WK_NEED_ETCD:
		return port_answers(2379);
	case WK_NEED_CONTAINERD:
		return containerd_answers();
	case WK_NEED_API:
		return api_answers(s);
	}
	return false;
}

static void look(struct supervisor *s)
{
	static const enum wk_need all[] = {
		WK_NEED_KEYS, WK_NEED_ETCD, WK_NEED_CONTAINERD, WK_NEED_API};

	for (size_t i = 0; i < WK_COUNT(all); i++)
		if (!(s->met & all[i]) && is_met(s, all[i]))
			s->met |= all[i];
}

static void log_path(const char *program, char path[128])
{
	(void)snprintf(path, 128, WK_NODE_LOG "/%s.log", program);
}

/* In the child. Nothing is inherited but what is set here: not the user's environment either, whose
 * proxies would send cluster traffic elsewhere. */
static _Noreturn void become(const struct supervisor *s, const struct wk_program *program)
{
	struct wk_argv environment = {0};
	struct wk_argv args = {0};
	char path[128];
	sigset_t none;
	int log;
	int null = open("/dev/null", O_RDWR);

	(void)setsid();
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	log_path(program->name, path);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	args.list[args.n++] = wk_xstrdup(program->name);
	program->arguments(s->node, &args);
	environment.list[environment.n++] = wk_xstrdup(SEARCH_PATH);
	environment.list[environment.n++] = wk_xstrdup("HOME=/run/wookie");
	for (size_t i = 0; program->environment[i]; i++)
		environment.list[environment.n++] = wk_xstrdup(program->environment[i]);
	(void)dup2(null, 0);
	(void)dup2(log < 0 ? null : log, 1);
	(void)dup2(log < 0 ? null : log, 2);
	(void)close_range(3, ~0U, 0);
	(void)snprintf(path, sizeof(path), WK_NODE_BIN "/%s", program->name);
	(void)execve(path, args.list, environment.list);
	(void)dprintf(2, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

/* What a program's log says of its end. */
static void add_last_words(struct wk_buf *text, const char *program)
{
	char path[128];
	WK_AUTOFREE char *words = NULL;

	log_path(program, path);
	words = wk_log_last_words(path);
	if (words)
		(void)wk_buf_printf(text, "; last words: %s", words);
}

/* On a full disk nobody can be told; the check that needs the program still fails. */
static void write_casualties(const struct supervisor *s)
{
	const struct wk_buf *text = &s->casualties;
	struct wk_err ignored = {0};

	if (text->data)
		(void)!wk_file_write(
			WK_NODE_STATE "/casualty", text->data, text->len, 0600, &ignored);
}

static void mourn(struct supervisor *s, const char *program, int status)
{
	struct wk_buf *text = &s->casualties;

	if (text->len)
		(void)wk_buf_puts(text, "\n");
	if (WIFSIGNALED(status))
		(void)wk_buf_printf(text, "%s ended by signal %d", program, WTERMSIG(status));
	else
		(void)wk_buf_printf(text, "%s ended with code %d", program, WEXITSTATUS(status));
	add_last_words(text, program);
	write_casualties(s);
}

/* A program for which there is no process never ran: as bad as one that ended, and as loud. */
static void miss(struct supervisor *s, const char *program, int errnum)
{
	(void)wk_buf_printf(&s->casualties, "%s%s could not be started: %s",
		s->casualties.len ? "\n" : "", program, strerror(errnum));
	write_casualties(s);
}

static size_t start_what_can(struct supervisor *s)
{
	size_t waiting = 0;

	look(s);
	for (size_t i = 0; i < WK_NODE_PROGRAMS; i++) {
		const struct wk_program *program = &wk_node_programs[i];

		if (s->pids[i] != 0)
			continue;
		if ((s->met & program->needs) != program->needs) {
			waiting++;
			continue;
		}
		s->begun[i] = wk_now();
		s->pids[i] = fork();
		if (s->pids[i] == 0)
			become(s, program);
		if (s->pids[i] < 0)
			miss(s, program->name, errno);
	}
	return waiting;
}

static bool gave_up_waiting(const struct supervisor *s, size_t program, int status)
{
	wk_nsec lived = wk_now() - s->begun[program];

	return (wk_node_programs[program].needs & WK_NEED_API) && WIFEXITED(status) &&
	       lived >= GIVES_UP_AFTER && lived < GIVES_UP_BEFORE;
}

/* Returns how many programs are to be started again. */
static size_t reap(struct supervisor *s)
{
	size_t again = 0;
	int status;

	for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0;
		pid = waitpid(-1, &status, WNOHANG))
		for (size_t i = 0; i < WK_NODE_PROGRAMS; i++) {
			if (s->pids[i] != pid)
				continue;
			s->pids[i] = gave_up_waiting(s, i, status) ? 0 : -1;
			if (s->pids[i] == 0)
				again++;
			else
				mourn(s, wk_node_programs[i].name, status);
		}
	return again;
}

void wk_node_supervise(const struct wk_node *node)
{
	static const struct timespec pause = {.tv_nsec = LOOK_EVERY};
	struct supervisor s = {
		.node = node, .question = -1, .casualties = WK_BUF_INIT(MAX_CASUALTY)};
	size_t waiting = WK_NODE_PROGRAMS;
	sigset_t child;

	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, NULL);
	for (;;) {
		if (waiting > 0)
			waiting = start_what_can(&s);
		(void)sigtimedwait(&child, NULL, waiting > 0 ? &pause : NULL);
		waiting += reap(&s);
	}
}
