/*
 * Running a program in a container
 *
 * The API server answers an exec request by turning the connection into a WebSocket whose binary
 * messages begin with a channel: 0 to the program, 1 and 2 from it, 3 a Status that says how it
 * ended, 255 to close one (v5.channel.k8s.io, Kubernetes apimachinery remotecommand/constants.go).
 * libcurl only makes the connection (CONNECT_ONLY); what follows is read and written here, because
 * standard input and pings must be answered while output arrives.
 *
 * Only the Status ends an exec. A connection that ends without one, for whatever reason, proves
 * nothing about the command and is an error; so is a Status without an exit code, which means that
 * the program was never started.
 */
#include "wookie/kube/exec.h"

#include "wookie/base/num.h"
#include "wookie/kube/transport.h"
#include "wookie/kube/websocket.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PROTOCOL "v5.channel.k8s.io"
#define OUTPUT_MAX ((size_t)4 << 20)
#define HEAD_MAX ((size_t)64 << 10)
#define STATUS_MAX ((size_t)1 << 20)
#define INPUT_CHUNK ((size_t)32 << 10)
#define SEND_SLACK ((size_t)64 << 10) /* frame heads, pongs, the request's fixed part */

enum channel {
	CHANNEL_UNKNOWN = -1,
	CHANNEL_IN = 0,
	CHANNEL_OUT = 1,
	CHANNEL_ERR = 2,
	CHANNEL_STATUS = 3,
	CHANNEL_CLOSE = 255,
};

struct stream {
	struct wk_kube *kube;
	struct wk_kube_bound bound;
	CURL *easy;
	CURLM *multi;
	int fd;
	struct wk_buf to_send;
	size_t sent;
	struct wk_ws_reader reader;
	int channel; /* of the message that is being read */
	struct wk_buf out;
	struct wk_buf err;
	struct wk_buf status;
	bool ended;                 /* the Status is whole */
	enum wk_kube_answer answer; /* to the request for an upgrade */
};

static void stream_finish_cleanup(struct stream *stream)
{
	if (stream->easy)
		(void)curl_multi_remove_handle(stream->multi, stream->easy);
	curl_easy_cleanup(stream->easy);
	(void)curl_multi_cleanup(stream->multi);
	wk_buf_finish(&stream->to_send);
	wk_buf_finish(&stream->out);
	wk_buf_finish(&stream->err);
	wk_buf_finish(&stream->status);
}

void wk_exec_result_finish(struct wk_exec_result *result)
{
	wk_buf_finish(&result->out);
	wk_buf_finish(&result->err);
}

static char *request_path(const struct wk_exec *exec)
{
	struct wk_buf path = WK_BUF_INIT(SIZE_MAX / 2);

	(void)wk_buf_puts(&path, "/api/v1/namespaces/");
	wk_kube_escape(&path, exec->namespace);
	(void)wk_buf_puts(&path, "/pods/");
	wk_kube_escape(&path, exec->pod);
	(void)wk_buf_puts(&path, "/exec?container=");
	wk_kube_escape(&path, exec->container);
	for (const char *const *arg = exec->argv; *arg; arg++) {
		(void)wk_buf_puts(&path, "&command=");
		wk_kube_escape(&path, *arg);
	}
	(void)wk_buf_printf(
		&path, "&stdin=%s&stdout=true&stderr=true", exec->input ? "true" : "false");
	return wk_buf_take(&path);
}

static bool lost(const struct stream *stream, const char *how, struct wk_err *err)
{
	return wk_err_set(err, WK_ERR_REMOTE,
		"%s: %s before the command's status came; the command may still be running",
		stream->kube->config.cluster, how);
}

static bool connect_stream(struct stream *stream, const char *path, struct wk_err *err)
{
	WK_AUTOFREE char *url = wk_xasprintf("%s%s", stream->kube->base, path);
	curl_socket_t fd = CURL_SOCKET_BAD;

	stream->easy = wk_kube_handle(stream->kube);
	stream->multi = curl_multi_init();
	(void)curl_easy_setopt(stream->easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(stream->easy, CURLOPT_CONNECT_ONLY, 1L);
	if (!wk_kube_drive(stream->kube, stream->multi, stream->easy, &stream->bound, err))
		return false;
	if (curl_easy_getinfo(stream->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
		fd == CURL_SOCKET_BAD)
		return lost(stream, "the connection ended", err);
	stream->fd = fd;
	return true;
}

/* Sends what is queued, as far as the socket takes it. A command that ends without reading its
 * input makes sending fail while its Status is still to be read, so that is no error here: a
 * connection that is lost shows when reading. */
static void flush(struct stream *stream)
{
	CURLcode code = CURLE_OK;

	while (stream->sent < stream->to_send.len && code == CURLE_OK) {
		size_t n = 0;

		code = curl_easy_send(stream->easy, stream->to_send.data + stream->sent,
			stream->to_send.len - stream->sent, &n);
		stream->sent += n;
	}
	if (code == CURLE_AGAIN)
		return;
	wk_buf_finish(&stream->to_send);
	stream->sent = 0;
}

/* Waits for bytes, sending meanwhile. *ret_n is 0 at the end of the stream. TLS may hold bytes that
 * the socket no longer has, so reading comes before polling. */
static bool receive(
	struct stream *stream, unsigned char *data, size_t size, size_t *ret_n, struct wk_err *err)
{
	for (;;) {
		struct pollfd poll_fd = {.fd = stream->fd, .events = POLLIN};
		CURLcode code;

		if (!wk_kube_uninterrupted(&stream->bound, err))
			return false;
		if (wk_now() >= stream->bound.deadline)
			return wk_err_set(err, WK_ERR_TIMEOUT,
				"%s: not ended within %.1f s; the command may still be running",
				stream->kube->config.cluster,
				wk_seconds(wk_now() - stream->bound.began));
		flush(stream);
		code = curl_easy_recv(stream->easy, data, size, ret_n);
		if (code == CURLE_OK)
			return true;
		if (code != CURLE_AGAIN)
			return lost(stream, "the connection broke", err);
		if (stream->to_send.len > 0)
			poll_fd.events |= POLLOUT;
		(void)poll(&poll_fd, 1, wk_kube_slice(&stream->bound));
	}
}

/* The value of a header in a response's head, or NULL; the caller frees. */
static char *header(const char *head, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		return wk_xstrndup(line, strcspn(line, "\r\n"));
	}
	return NULL;
}

/* Reads on into `text` until it holds `want` bytes, the stream ends, or it is full. */
static bool read_up_to(struct stream *stream, struct wk_buf *text, size_t want, struct wk_err *err)
{
	unsigned char chunk[4096];
	size_t n = 1;

	while (n > 0 && !text->full && text->len < want) {
		if (!receive(stream, chunk, sizeof(chunk), &n, err))
			return false;
		(void)wk_buf_add(text, chunk, n);
	}
	return true;
}

/* An answer that is no upgrade: an ordinary response, whose Status says why. */
static bool refused(struct stream *stream, const struct wk_buf *text, size_t head_len, long status,
	struct wk_err *err)
{
	struct wk_kube_reply WK_AUTO(wk_kube_reply_finish)
		reply = {.status = status, .text = WK_BUF_INIT(HEAD_MAX)};
	WK_AUTOFREE char *length = header(wk_buf_str(text), "Content-Length");
	uint64_t want = HEAD_MAX;
	struct wk_err ignored;

	(void)wk_buf_add(&reply.text, text->data + head_len, text->len - head_len);
	if (length && !wk_num_parse(length, 0, HEAD_MAX, &want, &ignored))
		want = HEAD_MAX;
	if (!read_up_to(stream, &reply.text, (size_t)want, err))
		return false;
	wk_kube_reply_read(&reply);
	stream->answer = reply.answer;
	if (reply.status == 403 && reply.text.len == 0)
		return wk_err_set(err, WK_ERR_REMOTE,
			"%s: exec over %s is refused; expected Kubernetes 1.30 or later",
			stream->kube->config.cluster, PROTOCOL);
	return wk_kube_refusal(stream->kube, "no exec", &reply, err);
}

/* The status code of a response's first line; 0 for what is none. */
static long status_code(const char *head)
{
	char digits[4] = "";
	uint64_t code = 0;
	struct wk_err ignored;

	if (strncmp(head, "HTTP/1.1 ", 9) == 0)
		memcpy(digits, head + 9, strnlen(head + 9, 3));
	return wk_num_parse(digits, 100, 999, &code, &ignored) ? (long)code : 0;
}

static bool check_upgrade(
	const struct stream *stream, const char *head, const char *key, struct wk_err *err)
{
	WK_AUTOFREE char *expected = wk_ws_accept(key);
	WK_AUTOFREE char *accept = header(head, "Sec-WebSocket-Accept");
	WK_AUTOFREE char *protocol = header(head, "Sec-WebSocket-Protocol");

	if (!accept || strcmp(accept, expected) != 0)
		return wk_err_set(err, WK_ERR_REMOTE,
			"%s: the answer to the exec request is no WebSocket's "
			"(Sec-WebSocket-Accept is '%s', expected '%s')",
			stream->kube->config.cluster, accept ? accept : "", expected);
	if (!protocol || strcmp(protocol, PROTOCOL) != 0)
		return wk_err_set(err, WK_ERR_REMOTE,
			"%s: the server speaks exec protocol '%s', expected '%s'",
			stream->kube->config.cluster, protocol ? protocol : "", PROTOCOL);
	return true;
}

static void queue_request(struct stream *stream, const char *path, const char *key)
{
	const char *authority = stream->kube->base + strlen("https://");
	int len = (int)strcspn(authority, "/");

	(void)wk_buf_printf(&stream->to_send,
		"GET %s%s HTTP/1.1\r\nHost: %.*s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
		"Sec-WebSocket-Protocol: %s\r\n",
		authority + len, path, len, authority, key, PROTOCOL);
	if (stream->kube->config.token)
		(void)wk_buf_printf(&stream->to_send, "Authorization: Bearer %s\r\n",
			stream->kube->config.token);
	if (stream->kube->config.impersonate)
		(void)wk_buf_puts(&stream->to_send, stream->kube->config.impersonate);
	(void)wk_buf_puts(&stream->to_send, "\r\n");
}

/* Makes the connection a WebSocket. `rest` gets what came behind the response's head. */
static bool upgrade(
	struct stream *stream, const char *path, struct wk_buf *rest, struct wk_err *err)
{
	struct wk_buf WK_AUTO(wk_buf_finish) text = WK_BUF_INIT(HEAD_MAX);
	WK_AUTOFREE char *key = wk_ws_key();
	const char *end = NULL;
	size_t head_len;
	long status;

	queue_request(stream, path, key);
	while (!end) {
		size_t had = text.len;

		if (!read_up_to(stream, &text, had + 1, err))
			return false;
		end = strstr(wk_buf_str(&text), "\r\n\r\n");
		if (!end && (text.len == had || text.full))
			return lost(stream, "the connection ended", err);
	}
	head_len = (size_t)(end - text.data) + 4;
	text.data[head_len - 2] = '\0';
	status = status_code(text.data);
	if (status != 101)
		return refused(stream, &text, head_len, status, err);
	if (!check_upgrade(stream, text.data, key, err))
		return false;
	(void)wk_buf_add(rest, text.data + head_len, text.len - head_len);
	return true;
}

static void queue_input(struct stream *stream, const char *input)
{
	static const unsigned char end[] = {CHANNEL_CLOSE, CHANNEL_IN};
	WK_AUTOFREE unsigned char *message = wk_xmalloc(INPUT_CHUNK + 1);
	size_t left = strlen(input);

	message[0] = CHANNEL_IN;
	for (size_t n; left > 0; input += n, left -= n) {
		n = left < INPUT_CHUNK ? left : INPUT_CHUNK;
		memcpy(message + 1, input, n);
		wk_ws_write(&stream->to_send, WK_WS_OP_BINARY, message, n + 1);
	}
	wk_ws_write(&stream->to_send, WK_WS_OP_BINARY, end, sizeof(end));
}

/* What does not fit is cut off and remembered in `full`; the command's end is still worth having.
 */
static void keep(struct wk_buf *buf, const unsigned char *data, size_t len)
{
	size_t fits = buf->max - buf->len;

	(void)wk_buf_add(buf, data, len < fits ? len : fits);
	if (len > fits)
		buf->full = true;
}

static void take_piece(struct stream *stream, const struct wk_ws_piece *piece)
{
	const unsigned char *data = piece->data;
	size_t len = piece->len;

	if (piece->first)
		stream->channel = CHANNEL_UNKNOWN;
	if (stream->channel == CHANNEL_UNKNOWN && len > 0) {
		stream->channel = *data++;
		len--;
	}
	if (stream->channel == CHANNEL_OUT)
		keep(&stream->out, data, len);
	else if (stream->channel == CHANNEL_ERR)
		keep(&stream->err, data, len);
	else if (stream->channel == CHANNEL_STATUS)
		keep(&stream->status, data, len);
	if (piece->last && stream->status.len > 0)
		stream->ended = true;
}

static bool closed(const struct stream *stream, const struct wk_ws_piece *piece, struct wk_err *err)
{
	char reason[WK_WS_CONTROL_MAX + 32] = "the server closed the connection";

	if (piece->len >= 2)
		(void)snprintf(reason + strlen(reason), sizeof(reason) - strlen(reason),
			" (%d%s%.*s)", piece->data[0] << 8 | piece->data[1],
			piece->len > 2 ? " " : "", (int)piece->len - 2,
			(const char *)piece->data + 2);
	return lost(stream, reason, err);
}

/* Works off the frames among `len` bytes. */
static bool take(struct stream *stream, const void *data, size_t len, struct wk_err *err)
{
	const unsigned char *pos = data;
	const unsigned char *end = pos + len;
	enum wk_ws_event event = WK_WS_DATA;

	while (event != WK_WS_MORE && !stream->ended) {
		struct wk_ws_piece piece = {0};

		if (!wk_ws_read(&stream->reader, &pos, end, &event, &piece, err))
			return wk_err_context(err, "%s", stream->kube->config.cluster);
		if (event == WK_WS_DATA)
			take_piece(stream, &piece);
		else if (event == WK_WS_PING)
			wk_ws_write(&stream->to_send, WK_WS_OP_PONG, piece.data, piece.len);
		else if (event == WK_WS_CLOSE)
			return closed(stream, &piece, err);
	}
	return true;
}

static bool run(struct stream *stream, const struct wk_buf *rest, struct wk_err *err)
{
	unsigned char chunk[16384];

	if (!take(stream, wk_buf_str(rest), rest->len, err))
		return false;
	while (!stream->ended) {
		size_t n = 0;

		if (!receive(stream, chunk, sizeof(chunk), &n, err))
			return false;
		if (n == 0)
			return lost(stream, "the connection ended", err);
		if (!take(stream, chunk, n, err))
			return false;
	}
	return true;
}

/* The runtime's own words, without the layers that passed them on. */
static const char *why_not_run(const cJSON *status)
{
	const char *message = wk_kube_text(status, "message");
	const char *runtime = strstr(message, "OCI runtime exec failed");

	if (!*message)
		return "its status cannot be read";
	return runtime ? runtime : message;
}

/* The exit code in a Status: 0 for Success, else the cause named ExitCode, a number as text. */
static bool exit_code(const struct stream *stream, int *ret, struct wk_err *err)
{
	cJSON *status = cJSON_ParseWithLength(wk_buf_str(&stream->status), stream->status.len);
	const cJSON *details = cJSON_GetObjectItemCaseSensitive(status, "details");
	const char *text = strcmp(wk_kube_text(status, "status"), "Success") == 0 ? "0" : "";
	const cJSON *cause;
	uint64_t code = 0;
	struct wk_err ignored;
	bool ok;

	cJSON_ArrayForEach(cause, cJSON_GetObjectItemCaseSensitive(details, "causes"))
	{
		if (strcmp(wk_kube_text(cause, "reason"), "ExitCode") == 0)
			text = wk_kube_text(cause, "message");
	}
	ok = wk_num_parse(text, 0, INT_MAX, &code, &ignored);
	if (ok)
		*ret = (int)code;
	else
		(void)wk_err_set(err, WK_ERR_REMOTE, "%s: the command was not run: %s",
			stream->kube->config.cluster, why_not_run(status));
	cJSON_Delete(status);
	return ok;
}

/* About how much there will be to send; a server that only pings gets no more of our memory. */
static size_t send_length(const struct wk_kube *kube, const struct wk_exec *exec)
{
	size_t len = strlen(kube->base) + strlen(exec->namespace) + strlen(exec->pod) +
		     strlen(exec->container);

	for (const char *const *arg = exec->argv; *arg; arg++)
		len += strlen(*arg) + strlen("&command=");
	len *= 3; /* percent-encoded */
	len += kube->config.token ? strlen(kube->config.token) : 0;
	len += kube->config.impersonate ? strlen(kube->config.impersonate) : 0;
	return exec->input ? len + strlen(exec->input) * 2 : len;
}

/* *ret_answer is set where the API server gave one before it would have run anything. */
static bool attempt(struct wk_kube *kube, const struct wk_exec *exec,
	enum wk_kube_answer *ret_answer, struct wk_exec_result *ret, struct wk_err *err)
{
	size_t max = exec->max_output ? exec->max_output : OUTPUT_MAX;
	struct stream WK_AUTO(stream_finish) stream = {
		.kube = kube,
		.bound = wk_kube_bound(exec->deadline),
		.fd = -1,
		.to_send = WK_BUF_INIT(SEND_SLACK + send_length(kube, exec)),
		.channel = CHANNEL_UNKNOWN,
		.out = WK_BUF_INIT(max),
		.err = WK_BUF_INIT(max),
		.status = WK_BUF_INIT(STATUS_MAX),
		.answer = WK_KUBE_OK,
	};
	struct wk_buf WK_AUTO(wk_buf_finish) rest = WK_BUF_INIT(HEAD_MAX);
	WK_AUTOFREE char *path = request_path(exec);
	bool ok = connect_stream(&stream, path, err) && upgrade(&stream, path, &rest, err);
	int code = 0;

	*ret_answer = stream.answer;
	if (ok && exec->input)
		queue_input(&stream, exec->input);
	if (!ok || !run(&stream, &rest, err) || !exit_code(&stream, &code, err))
		return false;
	*ret = (struct wk_exec_result){.exit_code = code, .out = stream.out, .err = stream.err};
	stream.out = WK_BUF_INIT(max);
	stream.err = WK_BUF_INIT(max);
	return true;
}

bool wk_kube_exec(struct wk_kube *kube, const struct wk_exec *exec, struct wk_exec_result *ret,
	struct wk_err *err)
{
	enum wk_kube_answer answer = WK_KUBE_OK;
	bool ok;

	do
		ok = wk_kube_log_in(kube, exec->deadline, err) &&
		     attempt(kube, exec, &answer, ret, err);
	while (wk_kube_log_in_again(kube, answer));
	return ok || wk_err_context(err, "exec %s in %s/%s, container %s", exec->argv[0],
			     exec->namespace, exec->pod, exec->container);
}
