/*
 * The only fake of the tests: an API server's side of the wire. What it answers is written down in
 * the test as turns; what it was asked is kept for the test to look at.
 */
#include "server.h"

#include "wookie/kube/websocket.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Reads a head, and a body of Content-Length, into the record. False at the end. */
static bool read_request(SSL *ssl, struct record *record, const char **ret_head)
{
	char *head = record->text + record->len;
	const char *end = NULL;
	const char *length;
	size_t want = 1;

	while (!end || strlen(end + 4) < want) {
		size_t room = sizeof(record->text) - record->len - 1;
		int n = SSL_read(ssl, record->text + record->len, (int)room);

		if (n <= 0)
			return false;
		record->len += (size_t)n;
		record->text[record->len] = '\0';
		end = strstr(head, "\r\n\r\n");
		length = end ? strstr(head, "Content-Length: ") : NULL;
		want = length && length < end ? (size_t)atoi(length + 16) : 0;
	}
	*ret_head = head;
	return true;
}

static void send_text(SSL *ssl, const char *data, size_t len, bool drip)
{
	size_t step = drip ? 1 : len;

	for (size_t i = 0; i < len; i += step)
		(void)SSL_write(ssl, data + i, (int)step);
}

/* The client's masked frames, until it closes channel 0. */
static void echo_input(SSL *ssl)
{
	char frame[4096] = {(char)(0x80 | WK_WS_OP_BINARY), 0, 1};
	size_t len = 0;
	unsigned char head[6];

	for (;;) {
		unsigned char data[126];

		cr_assert_eq(SSL_read(ssl, head, 6), 6);
		cr_assert_eq(SSL_read(ssl, data, head[1] & 0x7f), head[1] & 0x7f);
		for (int i = 0; i < (head[1] & 0x7f); i++)
			data[i] ^= head[2 + i % 4];
		if (data[0] == 255)
			break;
		memcpy(frame + 3 + len, data + 1, (size_t)(head[1] & 0x7f) - 1);
		len += (size_t)(head[1] & 0x7f) - 1;
	}
	frame[1] = (char)(len + 1);
	send_text(ssl, frame, len + 3, false);
}

static void send_upgrade(SSL *ssl, const struct turn *turn, const char *head)
{
	const char *name = "Sec-WebSocket-Key: ";
	const char *key = strstr(head, name) + strlen(name);
	WK_AUTOFREE char *copy = wk_xstrndup(key, strcspn(key, "\r"));
	WK_AUTOFREE char *accept = wk_ws_accept(copy);
	WK_AUTOFREE char *text = wk_xasprintf("HTTP/1.1 101 Switching Protocols\r\n"
					      "Upgrade: websocket\r\nConnection: Upgrade\r\n"
					      "sec-websocket-accept: %s\r\n"
					      "Sec-WebSocket-Protocol: %s\r\n\r\n",
		turn->accept ? turn->accept : accept,
		turn->protocol ? turn->protocol : "v5.channel.k8s.io");
	struct wk_buf all = WK_BUF_INIT(4096 + turn->n_frames);

	/* In one piece, so that frames come together with the head. */
	(void)wk_buf_puts(&all, text);
	if (!turn->echo)
		(void)wk_buf_add(&all, turn->frames, turn->n_frames);
	send_text(ssl, all.data, all.len, turn->drip);
	if (turn->echo) {
		echo_input(ssl);
		send_text(ssl, turn->frames, turn->n_frames, false);
	}
	wk_buf_finish(&all);
}

static void send_answer(SSL *ssl, const struct turn *turn)
{
	const char *body = turn->body ? turn->body : "";
	WK_AUTOFREE char *text = wk_xasprintf(
		"HTTP/1.1 %d Said\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
		turn->status, *body == '{' ? "application/json" : "text/plain",
		strlen(body) + (size_t)turn->claimed, body);

	send_text(ssl, text, strlen(text), false);
}

static void serve(SSL *ssl, void *context)
{
	struct server *server = context;
	const char *head;

	server->record->connections++;
	while (read_request(ssl, server->record, &head)) {
		unsigned at = server->record->turn++;
		const struct turn *turn =
			&server->turns[at < server->n_turns ? at : server->n_turns - 1];

		if (turn->status == 101)
			send_upgrade(ssl, turn, head);
		else if (turn->status)
			send_answer(ssl, turn);
		if (turn->after == RESET)
			loopback_reset(ssl);
		if (turn->after == HANG)
			(void)pause();
		if (turn->after == CLOSE)
			return;
	}
}

void server_start(struct server *server, const struct turn *turns, size_t n_turns)
{
	static const char *const ips[] = {"127.0.0.1", NULL};
	static const char *const dns[] = {"api.example", NULL};
	const struct wk_cert_request request = {
		.common_name = "api", .ips = ips, .dns = dns, .server = true, .days = 1};
	const struct wk_cert_request client = {.common_name = "admin", .days = 1};
	struct wk_err err = {0};

	*server = (struct server){.turns = turns, .n_turns = n_turns};
	server->record = mmap(NULL, sizeof(*server->record), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert(wk_ca_root("/CN=test", 1, &server->ca, &err) &&
			  wk_ca_issue(&server->ca, &request, &server->cert, &err) &&
			  wk_ca_issue(&server->ca, &client, &server->client, &err),
		"%s", err.msg);

	const struct loopback_setup setup = {
		.cert = &server->cert, .serve = serve, .context = server};

	loopback_start(&server->loopback, &setup);
	(void)snprintf(
		server->url, sizeof(server->url), "https://127.0.0.1:%d", server->loopback.port);
	(void)snprintf(server->name, sizeof(server->name), "c1");
	server->config = (struct wk_kubeconfig){
		.cluster = server->name, .server = server->url, .ca_pem = server->ca.cert_pem};
}

void server_stop(struct server *server)
{
	loopback_stop(&server->loopback);
	(void)munmap(server->record, sizeof(*server->record));
	wk_cert_finish(&server->ca);
	wk_cert_finish(&server->cert);
	wk_cert_finish(&server->client);
}
