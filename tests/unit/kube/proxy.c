/*
 * The three kinds of proxy that a kubeconfig may name, as little of each as a client needs: CONNECT
 * in plain text and over TLS (RFC 9110 9.3.6), and SOCKS 5 without authentication, for names only
 * (RFC 1928).
 */
#include "proxy.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* One side of a tunnel; `ssl` is NULL in plain text. */
struct side {
	int fd;
	SSL *ssl;
};

static ssize_t side_read(const struct side *side, void *data, size_t size)
{
	return side->ssl ? SSL_read(side->ssl, data, (int)size) : read(side->fd, data, size);
}

static bool side_write(const struct side *side, const void *data, size_t len)
{
	ssize_t n = side->ssl ? SSL_write(side->ssl, data, (int)len) : write(side->fd, data, len);

	return n == (ssize_t)len;
}

static bool pass(const struct side *from, const struct side *to)
{
	char chunk[16384];
	ssize_t n = side_read(from, chunk, sizeof(chunk));

	return n > 0 && side_write(to, chunk, (size_t)n);
}

static void lead(const struct side *client, int port)
{
	const struct loopback target = {.port = port};
	const struct side server = {.fd = loopback_connect(&target)};

	for (;;) {
		struct pollfd fds[] = {
			{.fd = client->fd, .events = POLLIN}, {.fd = server.fd, .events = POLLIN}};

		if (!client->ssl || !SSL_pending(client->ssl))
			(void)poll(fds, 2, -1);
		else
			fds[0].revents = POLLIN;
		if ((fds[0].revents && !pass(client, &server)) ||
			(fds[1].revents && !pass(&server, client)))
			return;
	}
}

static void serve_http(const struct proxy *proxy, const struct side *client)
{
	char *head = *proxy->asked;
	size_t len = 0;
	char answer[128];
	const char *port;

	while (!strstr(head, "\r\n\r\n") && len + 1 < sizeof(*proxy->asked)) {
		ssize_t n = side_read(client, head + len, sizeof(*proxy->asked) - len - 1);

		if (n <= 0)
			return;
		len += (size_t)n;
		head[len] = '\0';
	}
	(void)snprintf(answer, sizeof(answer), "HTTP/1.1 %d Said\r\n%s\r\n",
		proxy->refuses ? proxy->refuses : 200,
		proxy->refuses ? "Content-Length: 0\r\n" : "");
	port = strchr(head, ':');
	if (side_write(client, answer, strlen(answer)) && !proxy->refuses && port)
		lead(client, atoi(port + 1));
}

static void serve_socks(const struct proxy *proxy, const struct side *client)
{
	unsigned char in[300] = {0};
	unsigned char out[10] = {5, 0, 0, 1};
	int port;

	if (side_read(client, in, sizeof(in)) < 3 || !side_write(client, out, 2) ||
		side_read(client, in, sizeof(in)) < 7 || in[3] != 3)
		return;
	port = in[5 + in[4]] << 8 | in[6 + in[4]];
	(void)snprintf(
		*proxy->asked, sizeof(*proxy->asked), "%.*s:%d", in[4], (const char *)in + 5, port);
	out[1] = (unsigned char)proxy->refuses;
	if (side_write(client, out, sizeof(out)) && !proxy->refuses)
		lead(client, port);
}

static void serve_tls(SSL *ssl, void *context)
{
	serve_http(context, &(struct side){.fd = SSL_get_fd(ssl), .ssl = ssl});
}

static void child_of_test(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN);
}

static void start_plain(struct proxy *proxy)
{
	int fd = loopback_listen(&proxy->loopback.port);

	proxy->loopback.pid = fork();
	cr_assert(proxy->loopback.pid >= 0);
	if (proxy->loopback.pid > 0) {
		(void)close(fd);
		return;
	}
	child_of_test();
	for (;;) {
		const struct side client = {.fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC)};

		if (fork() == 0) {
			child_of_test();
			(proxy->kind == PROXY_SOCKS5 ? serve_socks : serve_http)(proxy, &client);
			_exit(0);
		}
		(void)close(client.fd);
	}
}

void proxy_start(struct proxy *proxy, const struct wk_cert *cert)
{
	const struct loopback_setup setup = {.cert = cert, .serve = serve_tls, .context = proxy};

	proxy->asked = mmap(NULL, sizeof(*proxy->asked), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (proxy->kind == PROXY_HTTPS)
		loopback_start(&proxy->loopback, &setup);
	else
		start_plain(proxy);
}

void proxy_stop(struct proxy *proxy)
{
	loopback_stop(&proxy->loopback);
	(void)munmap(proxy->asked, sizeof(*proxy->asked));
}
