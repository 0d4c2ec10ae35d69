/* The workload itself, on ports that the kernel chooses. */
#include "wookie/base/file.h"
#include "wookie/base/num.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
	pid_t pid;
	uint16_t http;
	uint16_t tcp;
};

static uint16_t read_port(FILE *from, const char *prefix)
{
	char line[128] = "";
	uint64_t port = 0;
	struct wk_err err;

	cr_assert(fgets(line, sizeof(line), from));
	cr_assert_eq(strncmp(line, prefix, strlen(prefix)), 0, "%s", line);
	line[strcspn(line, "\n")] = '\0';
	cr_assert(wk_num_parse(line + strlen(prefix), 1, 65535, &port, &err), "%s", err.msg);
	return (uint16_t)port;
}

static struct server server_start(void)
{
	int ends[2];
	struct server s = {0};

	cr_assert_eq(pipe(ends), 0);
	s.pid = fork();
	if (s.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)setenv("SERVICE_VERSION", "v9", 1);
		(void)execl(HELLOWORLD, HELLOWORLD, "0", "0", (char *)NULL);
		_exit(127);
	}
	wk_close(ends[1]);
	FILE *out = fdopen(ends[0], "r");
	s.http = read_port(out, "http listening on port ");
	s.tcp = read_port(out, "tcp listening on port ");
	(void)fclose(out);
	return s;
}

static void server_stop(struct server *s)
{
	int status = 0;

	(void)kill(s->pid, SIGTERM);
	cr_expect_eq(waitpid(s->pid, &status, 0), s->pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
}

static inline void server_stop_cleanup(struct server *s)
{
	server_stop(s);
}

static int dial(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void send_text(int fd, const char *text)
{
	struct wk_err err;

	cr_assert(wk_write_all(fd, text, strlen(text), &err), "%s", err.msg);
}

/* Until what came ends in `end`, or the peer closes. */
static void receive(int fd, const char *end, char *buf, size_t size)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, buf + len, size - 1 - len);
		len += n > 0 ? (size_t)n : 0;
		buf[len] = '\0';
		if (n <= 0 ||
			(end && len >= strlen(end) && strcmp(buf + len - strlen(end), end) == 0))
			return;
	}
}

static const char *instance(void)
{
	static char name[256];

	cr_assert_eq(gethostname(name, sizeof(name) - 1), 0);
	return name;
}

Test(helloworld, says_its_version_and_instance_and_keeps_the_connection)
{
	struct server WK_AUTO(server_stop) s = server_start();
	int WK_AUTO(wk_close) fd = dial(s.http);
	WK_AUTOFREE char *body =
		wk_xasprintf("\r\n\r\nHello version: v9, instance: %s\n", instance());
	char answer[4096];

	for (int i = 0; i < 2; i++) {
		send_text(fd, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
		receive(fd, body, answer, sizeof(answer));
		cr_expect(strstr(answer, "HTTP/1.1 200 OK\r\n"), "%d: %s", i, answer);
		cr_expect(strstr(answer, body), "%d: %s", i, answer);
	}
}

static const struct {
	const char *name;
	const char *request;
	const char *status;
	const char *words;
} closing[] = {
	{"headers",
		"GET /headers HTTP/1.1\r\nX-Forwarded-Client-Cert: By=\"a\"\r\nX-Two: 1\r\n"
		"x-two: 2\r\nConnection: close\r\n\r\n",
		"200 OK",
		"\"headers\": {\"x-forwarded-client-cert\": \"By=\\u0022a\\u0022\", \"x-two\": "
		"\"1,2\", \"connection\": \"close\"}}\n"},
	{"query", "GET /hello?a=b HTTP/1.1\r\nConnection: close\r\n\r\n", "200 OK",
		"Hello version: v9"},
	{"unknown path", "GET /other HTTP/1.1\r\nConnection: close\r\n\r\n", "404 Not Found",
		"there are /hello and /headers"},
	{"other method", "POST /hello HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"405 Method Not Allowed", "only GET is answered"},
	{"garbage", "\x16\x03\x01 garbage\r\n\r\n", "400 Bad Request", "not a request"},
	{"nothing", "\r\n\r\n", "400 Bad Request", "not a request"},
};

Test(helloworld, answers_and_closes_where_it_should)
{
	struct server WK_AUTO(server_stop) s = server_start();
	char answer[4096];

	for (size_t i = 0; i < WK_COUNT(closing); i++) {
		int WK_AUTO(wk_close) fd = dial(s.http);
		send_text(fd, closing[i].request);
		receive(fd, NULL, answer, sizeof(answer));
		cr_expect(strstr(answer, closing[i].status), "%s: %s", closing[i].name, answer);
		cr_expect(strstr(answer, closing[i].words), "%s: %s", closing[i].name, answer);
		cr_expect(strstr(answer, "Connection: close\r\n"), "%s", closing[i].name);
	}
}

Test(helloworld, the_database_speaks_first_and_echoes_with_the_connections_token)
{
	struct server WK_AUTO(server_stop) s = server_start();
	int WK_AUTO(wk_close) first = dial(s.tcp);
	int WK_AUTO(wk_close) second = dial(s.tcp);
	WK_AUTOFREE char *ready = wk_xasprintf("READY instance=%s token=", instance());
	char greeting[512];
	char other[512];
	char echo[512];

	receive(first, "\n", greeting, sizeof(greeting));
	receive(second, "\n", other, sizeof(other));
	cr_assert_eq(strncmp(greeting, ready, strlen(ready)), 0, "%s", greeting);
	cr_expect_str_neq(greeting, other);
	greeting[strcspn(greeting, "\n")] = '\0';
	WK_AUTOFREE char *expected = wk_xasprintf("ECHO%s a line\n", greeting + strlen("READY"));
	send_text(first, "a line\r\n");
	receive(first, "\n", echo, sizeof(echo));
	cr_expect_str_eq(echo, expected);
}
